// Package message parses Internet messages: RFC 5322 header fields, MIME
// (RFC 2045–2047, 2231), and what a reader needs of them — the body as HTML and
// as text, a one-line preview, the attachments.
//
// Mail is written by anybody, so nothing here refuses. Whatever the input,
// every function returns, without panicking, in time and memory proportional to
// the input's length (nesting and part counts are bounded), with as much of the
// message as can be made out. What had to be repaired is named in
// Message.Problems.
//
// Invariants:
//   - Every string that leaves the package is valid UTF-8; names, subjects and
//     addresses hold no control characters and no bidirectional overrides.
//   - Part numbers follow RFC 9051 §6.4.5.1 and are stable for a raw message.
//   - An Attachment's Size is exactly the length of what PartContent returns.
//   - Content and Parse agree: Content(raw) equals Parse(raw).Content.
//
// The way through: header.go cuts the fields, tree.go the parts, layout.go
// decides which parts are the body and which are attachments, message.go puts
// the answer together. Making HTML safe to show is package render's work.
package message
