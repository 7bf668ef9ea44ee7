// Package render makes mail safe to show.
//
// A body becomes a whole HTML document for a sandboxed frame. Safety is by
// construction: the source is read as a stream of tokens (golang.org/x/net/html,
// tdewolff's CSS lexer), and the output is written anew from allow-lists. What
// isn't known isn't written; every text and value is escaped; every CSS token is
// unescaped, checked and serialised again; the output is balanced and of
// bounded depth. Nothing therefore depends on how a browser would have read the
// source.
//
// Invariants of Document.HTML, whatever the message:
//   - no script but the frame's own under its nonce, no event handler, no form,
//     frame, plug-in, SVG, MathML, meta refresh or base;
//   - no URL that is fetched except those that PartURL and RemoteURL made and
//     data: pictures of raster types; no CSS function or at-rule that fetches;
//   - links lead to http, https, mailto and tel only, and don't navigate by
//     themselves;
//   - identifiers of the mail can't meet those of the frame;
//   - time and output are proportional to the input, of which at most 4 MiB per
//     section and about 20,000 elements are shown.
//
// The frame's Content-Security-Policy and opaque origin are the second wall,
// see Policy. Showing a mail in the application's own document is never right.
package render
