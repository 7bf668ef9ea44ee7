// Package message reads and writes Internet messages: RFC 5322 header fields, MIME
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
// What is written is the opposite: strict. Build makes a message of a draft, whatever
// was typed or came from an original into it: no field can be left by a line end, no
// part by a boundary. Its writers are our own, a few hundred lines: those of the
// libraries at hand fold badly or not at all, leave words alone that read as encoded
// ones, don't cut long parameters, and trust that addresses and names are clean;
// here the rules are those by which the reader beside them cleans.
//
// The way through: header.go cuts the fields, tree.go the parts, layout.go
// decides which parts are the body and which are attachments, message.go puts
// the answer together. Outwards, build.go puts the header together, entity.go the
// parts and their encodings, fields.go folds and encodes fields, quote.go and
// plaintext.go make the HTML and the text of a draft. Making HTML safe is package
// render's work.
package message
