/**
 * Makes an area focusable while it scrolls and holds nothing that is, so that
 * the arrow keys reach all of it.
 */
export function scrollable(area: HTMLElement): () => void {
  const look = () => {
    const idle = !area.querySelector('input, select, textarea, button, a[href], [tabindex="0"]');
    if (idle && area.scrollHeight > area.clientHeight) area.tabIndex = 0;
    else area.removeAttribute('tabindex');
  };
  const sizes = new ResizeObserver(look);
  sizes.observe(area);
  for (const part of area.children) sizes.observe(part);
  const parts = new MutationObserver(look);
  parts.observe(area, { childList: true });
  look();
  return () => {
    sizes.disconnect();
    parts.disconnect();
  };
}
