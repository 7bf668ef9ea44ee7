/** Browsers stop at about 33 million pixels; longer lists are scrolled in proportion. */
export const maxHeight = 30_000_000;

/** Rows drawn beyond the edges, so that scrolling never shows a gap. */
const overscan = 8;

/** Where rows of one height stand in a scrolled list, whatever its length. */
export interface Geometry {
  /** Height of the scrolled content, in pixels. */
  height: number;
  /** The rows to draw: first up to, not including, end. */
  first: number;
  end: number;
  /** Distance of the first drawn row from the top of the content, in pixels. */
  top: number;
}

export interface Scrolled {
  total: number;
  rowHeight: number;
  viewport: number;
  scrollTop: number;
}

/** How many pixels of rows one pixel of scrolling stands for; 1 in all but endless lists. */
export function ratioOf({ total, rowHeight, viewport }: Omit<Scrolled, 'scrollTop'>): number {
  const full = total * rowHeight;
  const height = Math.min(full, maxHeight);
  return height <= viewport ? 1 : (full - viewport) / (height - viewport);
}

export function geometryOf(list: Scrolled): Geometry {
  const { total, rowHeight, viewport, scrollTop } = list;
  const height = Math.min(total * rowHeight, maxHeight);
  const shift = scrollTop * ratioOf(list);
  const first = Math.max(0, Math.floor(shift / rowHeight) - overscan);
  const end = Math.min(total, Math.ceil((shift + viewport) / rowHeight) + overscan);
  return { height, first, end: Math.max(first, end), top: scrollTop - (shift - first * rowHeight) };
}

/** The rows that can be seen, the last one included. */
export function visibleRows(list: Scrolled): { first: number; last: number } {
  const shift = list.scrollTop * ratioOf(list);
  const first = Math.max(0, Math.floor(shift / list.rowHeight));
  const last = Math.max(first, Math.ceil((shift + list.viewport) / list.rowHeight) - 1);
  return { first, last: Math.max(0, Math.min(last, list.total - 1)) };
}

/** Where to scroll so that a row can be seen whole; the same place when it already can. */
export function scrollTo(list: Scrolled, row: number): number {
  const ratio = ratioOf(list);
  const shift = list.scrollTop * ratio;
  const top = row * list.rowHeight;
  const bottom = top + list.rowHeight;
  if (top < shift) return top / ratio;
  if (bottom > shift + list.viewport) return (bottom - list.viewport) / ratio;
  return list.scrollTop;
}
