import { configure } from '@testing-library/svelte';

// A busy machine is slow, not wrong. Failures name the query, not the whole page.
configure({
  asyncUtilTimeout: 10_000,
  getElementError: (message) => new Error(message ?? 'not found'),
});

/** What jsdom lacks and components need: media queries, sizes, scrolling. */
window.matchMedia ??= (media: string): MediaQueryList =>
  ({
    media,
    matches: false,
    onchange: null,
    addEventListener: () => undefined,
    removeEventListener: () => undefined,
    addListener: () => undefined,
    removeListener: () => undefined,
    dispatchEvent: () => false,
  }) satisfies MediaQueryList;

Element.prototype.scrollIntoView ??= () => undefined;

/** Nothing is laid out, so every element has the size of a window. */
Object.defineProperty(HTMLElement.prototype, 'clientHeight', { get: () => 600 });

globalThis.ResizeObserver ??= class {
  constructor(private readonly callback: ResizeObserverCallback) {}
  observe(target: Element): void {
    queueMicrotask(() => this.callback([{ target } as ResizeObserverEntry], this));
  }
  unobserve(): void {
    // Sizes never change here.
  }
  disconnect(): void {
    // Sizes never change here.
  }
};

globalThis.IntersectionObserver ??= class {
  readonly root = null;
  readonly rootMargin = '';
  readonly scrollMargin = '';
  readonly thresholds = [];
  constructor(private readonly callback: IntersectionObserverCallback) {}
  observe(target: Element): void {
    const entry = { target, isIntersecting: true } as unknown as IntersectionObserverEntry;
    queueMicrotask(() => this.callback([entry], this));
  }
  unobserve(): void {
    // Everything is always in sight.
  }
  disconnect(): void {
    // Everything is always in sight.
  }
  takeRecords(): IntersectionObserverEntry[] {
    return [];
  }
};
