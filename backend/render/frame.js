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

  // Links are opened by the window, never by the frame. It is told what can be
  // read of them, so that it can ask where that isn't where they lead.
  const linkAt = (target) => target instanceof Element ? target.closest("a[href]") : null;
  const about = (link) => ({ url: link.getAttribute("href"), text: link.innerText.slice(0, 2000) });
  const follow = (event) => {
    const link = linkAt(event.target);
    if (!link || (event.type === "auxclick" && event.button !== 1)) return;
    event.preventDefault();
    const { url, text } = about(link);
    if (url.startsWith("#")) {
      document.getElementById(url.slice(1))?.scrollIntoView();
      return;
    }
    tell({ waxwing: "link", url, text });
  };
  document.addEventListener("click", follow);
  document.addEventListener("auxclick", follow);

  // The window shows where the link under the pointer or the keyboard leads.
  let pointed = null;
  const point = (link) => {
    if (link === pointed) return;
    pointed = link;
    const { url, text } = link ? about(link) : { url: "", text: "" };
    tell({ waxwing: "pointed", url: url.startsWith("#") ? "" : url, text });
  };
  document.addEventListener("mouseover", (event) => point(linkAt(event.target)));
  document.addEventListener("focusin", (event) => point(linkAt(event.target)));
  document.documentElement.addEventListener("mouseleave", () => point(null));
  document.addEventListener("focusout", () => point(null));
  document.addEventListener("dragstart", (event) => event.preventDefault());

  // Keys pressed in the frame work as in the window, save those that the focused
  // fold or link needs itself.
  document.addEventListener("keydown", (event) => {
    const onFold = event.target instanceof Element && event.target.closest("summary");
    if (event.isComposing || (onFold && (event.key === "Enter" || event.key === " "))) return;
    if (event.key === "Enter" && linkAt(event.target)) return;
    const { key, ctrlKey: ctrl, metaKey: meta, shiftKey: shift, altKey: alt } = event;
    tell({ waxwing: "key", key, ctrl, meta, shift, alt });
  });
})();
