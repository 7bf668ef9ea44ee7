import { isAddress } from './form.svelte';

/** What a signature is made of; Go keeps nothing else. */
const elements = new Set(['B', 'I', 'U', 'A', 'DIV', 'BR']);

/**
 * Puts a signature, as Go keeps it, into an element that is edited. It is built node
 * by node, so that nothing else could come along.
 */
export function fillSignature(target: Element, html: string): void {
  const source = new DOMParser().parseFromString(html, 'text/html').body;
  target.replaceChildren(...copies(source));
}

function copies(source: Node): Node[] {
  return [...source.childNodes].flatMap((node) => {
    if (node instanceof Text) return [document.createTextNode(node.data)];
    if (!(node instanceof HTMLElement)) return [];
    if (!elements.has(node.tagName)) return copies(node);
    const copy = document.createElement(node.tagName);
    const href = node instanceof HTMLAnchorElement && linkFrom(node.getAttribute('href') ?? '');
    if (href) copy.setAttribute('href', href);
    copy.append(...copies(node));
    return [copy];
  });
}

/** Where a typed link leads: a web page, an address or a telephone; else nowhere. */
export function linkFrom(typed: string): string | undefined {
  const text = typed.trim();
  if (isAddress(text)) return `mailto:${text}`;
  if (/^(https?:\/\/|mailto:|tel:)[^\s]+$/i.test(text)) return text;
  return /^[^\s:/]+\.[^\s:/]+(:\d+)?(\/\S*)?$/.test(text) ? `https://${text}` : undefined;
}

/** What an edited element holds; empty when there is nothing to see. */
export function signatureIn(element: Element): string {
  return element.textContent.trim() === '' ? '' : element.innerHTML;
}
