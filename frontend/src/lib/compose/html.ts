import type { DraftFile, Id } from '../api';

/** Where a file of a draft is loaded from. */
export function fileURL(draft: Id, file: DraftFile): string {
  return `/mail/draft/file?${new URLSearchParams({ id: draft, file: file.id })}`;
}

/**
 * HTML as nodes that belong to no window, so that nothing in it runs or loads.
 * What comes in is safe already (Go wrote it anew); this doesn't make it so.
 */
export function toFragment(html: string): DocumentFragment {
  const parsed = new DOMParser().parseFromString(html, 'text/html');
  const fragment = document.createDocumentFragment();
  fragment.append(...parsed.body.childNodes);
  return fragment;
}

/** The body for the editor: pictures come from where the draft's files are. */
export function toEditor(html: string, draft: Id, files: readonly DraftFile[]): string {
  const { body } = new DOMParser().parseFromString(html, 'text/html');
  for (const image of body.querySelectorAll('img[src^="cid:"]')) {
    const cid = (image.getAttribute('src') ?? '').slice('cid:'.length);
    const file = files.find((f) => f.contentId === cid);
    image.setAttribute('data-cid', cid);
    if (file) image.setAttribute('src', fileURL(draft, file));
    else image.removeAttribute('src');
  }
  return body.innerHTML;
}

/** The body as it is kept: pictures are named by their content ids. */
export function fromEditor(html: string): string {
  const { body } = new DOMParser().parseFromString(html, 'text/html');
  for (const image of body.querySelectorAll('img[data-cid]')) {
    image.setAttribute('src', `cid:${image.getAttribute('data-cid') ?? ''}`);
    image.removeAttribute('data-cid');
  }
  return body.innerHTML;
}

/** The text of HTML, a line for each block. */
export function textOf(html: string): string {
  const { body } = new DOMParser().parseFromString(html, 'text/html');
  for (const quote of body.querySelectorAll('blockquote')) quote.remove();
  for (const br of body.querySelectorAll('br')) br.replaceWith('\n');
  for (const block of body.querySelectorAll('div, p, li, h1, h2, h3, pre, tr')) block.append('\n');
  return body.textContent ?? '';
}
