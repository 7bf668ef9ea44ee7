// The frame's only script. It runs under a nonce in a document of opaque origin
// and can do nothing but tell the window what happens in it.
(() => {
  "use strict";
  const tell = (message) => parent.postMessage(message, "*");

  // The window makes the frame as high as its content.
  let last = 0;
  const measure = () => {
    const height = Math.ceil(Math.max(document.body.offsetHeight, document.body.scrollHeight));
    if (height !== last) {
      last = height;
      tell({ waxwing: "size", height });
    }
  };
  new ResizeObserver(measure).observe(document.body);
  addEventListener("load", measure);
  document.addEventListener("toggle", measure, true);

  // A picture that doesn't load takes no more room than its text; some engines
  // draw it as large as it says it is.
  const broken = (image) => image.classList.add("waxwing-broken");
  document.addEventListener("error", (event) => {
    if (event.target instanceof HTMLImageElement) broken(event.target);
  }, true);
  for (const image of document.images) {
    if (image.currentSrc && image.complete && !image.naturalWidth) broken(image);
  }

  // Links are opened by the window, never by the frame.
  const follow = (event) => {
    const link = event.target instanceof Element ? event.target.closest("a[href]") : null;
    if (!link || (event.type === "auxclick" && event.button !== 1)) return;
    event.preventDefault();
    const url = link.getAttribute("href");
    if (url.startsWith("#")) {
      document.getElementById(url.slice(1))?.scrollIntoView();
      return;
    }
    tell({ waxwing: "link", url });
  };
  document.addEventListener("click", follow);
  document.addEventListener("auxclick", follow);
  document.addEventListener("dragstart", (event) => event.preventDefault());

  // Keys pressed in the frame work as in the window, save those that the focused
  // fold needs itself.
  document.addEventListener("keydown", (event) => {
    const onFold = event.target instanceof Element && event.target.closest("summary");
    if (event.isComposing || (onFold && (event.key === "Enter" || event.key === " "))) return;
    const { key, ctrlKey: ctrl, metaKey: meta, shiftKey: shift, altKey: alt } = event;
    tell({ waxwing: "key", key, ctrl, meta, shift, alt });
  });
})();
