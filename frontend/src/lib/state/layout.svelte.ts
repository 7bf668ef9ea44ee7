/** How many panes fit: all, without the sidebar, or one at a time. */
export type Fit = 'wide' | 'medium' | 'narrow';
export type Pane = 'sidebar' | 'list' | 'reader';

/** Window widths in pixels below which the sidebar folds, and one pane remains. */
const wideFrom = 1000;
const mediumFrom = 700;

export const sidebarWidth = { min: 180, max: 360, normal: 232 };
export const listWidth = { min: 280, max: 640, normal: 384 };

export function fitOf(width: number): Fit {
  if (width >= wideFrom) return 'wide';
  return width >= mediumFrom ? 'medium' : 'narrow';
}

/** Which panes are shown, and how wide. */
export class Layout {
  width = $state(typeof window === 'undefined' ? 1280 : window.innerWidth);
  fit = $derived(fitOf(this.width));
  /** The pane shown when only one fits. */
  pane = $state<Pane>('list');
  /** Whether the folded sidebar lies over the list. */
  drawer = $state(false);
  sidebar = $state(sidebarWidth.normal);
  list = $state(listWidth.normal);

  /** Takes the widths from the settings. */
  restore(widths: Record<string, number>): void {
    this.sidebar = within(widths['sidebar'], sidebarWidth);
    this.list = within(widths['list'], listWidth);
  }

  /** The widest the list may be, so that the reader keeps room. */
  get listMax(): number {
    const sidebar = this.fit === 'wide' ? this.sidebar : 0;
    return Math.max(listWidth.min, Math.min(listWidth.max, this.width - sidebar - 380));
  }

  show(pane: Pane): void {
    this.pane = pane;
    this.drawer = false;
  }

  /** One pane back; reports whether there was one. */
  back(): boolean {
    if (this.drawer) {
      this.drawer = false;
      return true;
    }
    if (this.fit !== 'narrow' || this.pane === 'sidebar') return false;
    this.pane = this.pane === 'reader' ? 'list' : 'sidebar';
    return true;
  }
}

function within(width: number | undefined, range: typeof listWidth): number {
  if (!width) return range.normal;
  return Math.min(Math.max(width, range.min), range.max);
}
