// Package imapsync keeps one account's store equal to its IMAP server, in both
// directions.
//
// # What it guarantees
//
//   - Nothing a person did is lost: an operation leaves the store's queue only
//     when the server has done it or has refused it, and then with a reason.
//   - Nothing is done twice: what could be doubled by a crash (a COPY, an APPEND) is
//     noted in the store before the server is asked, and looked for afterwards.
//   - Nothing is destroyed that was not meant: a message leaves its mailbox only
//     after its copy has been seen in the other one, and EXPUNGE never takes
//     along messages that somebody else has marked.
//   - One malformed message or response never stops a mailbox: the connection is
//     made anew, the culprit is found by bisection and quarantined, the rest
//     arrives.
//   - Every wait is bounded, either by a deadline of our own on the connection or
//     by the caller's context.
//
// # How a pass goes
//
// sign in → replay operations → (first time) the fifty newest of the inbox →
// mailbox list → each mailbox: plan, listing, what vanished and changed, bodies
// newest first. Bodies are requested in chunks bounded by size and count, the
// next one before the former is read; workers parse and compress; one writer
// commits batches. Operations that are queued meanwhile are replayed between two
// chunks.
//
// A pass is driven by one goroutine on one connection. A second connection only
// watches the inbox (IDLE) and nudges the first one.
//
// # What it leaves to others
//
// Trying again after a failure (package engine), the meaning of the data
// (package store), parsing (package message).
package imapsync
