// Package outbox brings an account's submissions from queued to sent (RFC 6409),
// each at most once.
//
// The states are those of mail.SubmissionState; every one is on the disk before what
// follows from it is done. What that means when the program ends at any instant:
//
//   - queued, sending: the server hasn't been told the end of the message, so nobody
//     gets it. It is sent after the next start.
//   - ending: the server may have taken it. It becomes unknown, and is never sent
//     again by itself. It turns into sent when the server shows the message, else the
//     person decides.
//   - sent: the draft is gone, the original is marked, and the copy is an operation
//     that package imapsync replays; all of that is one transaction.
//
// What the server puts off, and what doesn't reach it, is tried again after pauses
// that grow. What it refuses for good waits for the person, and so does what needs a
// sign-in. Nothing here decides what a message is or where its octets come from.
package outbox
