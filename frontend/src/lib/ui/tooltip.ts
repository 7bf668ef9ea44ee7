import type { Attachment } from 'svelte/attachments';

/** How long the pointer rests before a tooltip shows, in milliseconds. */
const delay = 500;

let bubble: HTMLElement | undefined;
let timer = 0;

/**
 * Shows text, and the key that does the same, beside an element under the
 * pointer or with visible keyboard focus. One bubble serves the whole window,
 * and it is hidden from assistive technology, which has the element's name.
 */
export function tooltip(text: string, shortcut = ''): Attachment<HTMLElement> {
  return (element) => {
    const soon = () => {
      window.clearTimeout(timer);
      timer = window.setTimeout(() => show(element, text, shortcut), delay);
    };
    const onFocus = () => {
      if (element.matches(':focus-visible')) show(element, text, shortcut);
    };
    element.addEventListener('pointerenter', soon);
    element.addEventListener('pointerleave', hide);
    element.addEventListener('pointerdown', hide);
    element.addEventListener('focus', onFocus);
    element.addEventListener('blur', hide);
    return () => {
      hide();
      element.removeEventListener('pointerenter', soon);
      element.removeEventListener('pointerleave', hide);
      element.removeEventListener('pointerdown', hide);
      element.removeEventListener('focus', onFocus);
      element.removeEventListener('blur', hide);
    };
  };
}

function show(element: HTMLElement, text: string, shortcut: string): void {
  if (text === '' || !element.isConnected) return;
  hide();
  bubble = document.createElement('div');
  bubble.className = 'tooltip';
  bubble.setAttribute('aria-hidden', 'true');
  bubble.append(text);
  if (shortcut !== '') {
    const key = document.createElement('kbd');
    key.textContent = shortcut;
    bubble.append(key);
  }
  document.body.append(bubble);
  place(bubble, element.getBoundingClientRect());
}

/** Below the element, or above it where there is no room; never off the window. */
function place(tip: HTMLElement, at: DOMRect): void {
  const gap = 6;
  const { width, height } = tip.getBoundingClientRect();
  const left = Math.min(
    Math.max(gap, at.left + at.width / 2 - width / 2),
    window.innerWidth - width - gap,
  );
  const below = at.bottom + gap;
  const top = below + height < window.innerHeight ? below : at.top - height - gap;
  tip.style.transform = `translate(${Math.round(left)}px, ${Math.round(top)}px)`;
}

function hide(): void {
  window.clearTimeout(timer);
  bubble?.remove();
  bubble = undefined;
}
