// Package submission hands one message to one outgoing server (RFC 6409).
//
// Guarantees:
//   - The octets sent are the ones given, so that a copy of them is the message.
//   - The outcome is never guessed. Once the last octet may have reached the
//     server and its answer is missing, the outcome is Unknown: the message may
//     have been sent, and must not be sent again by itself.
//   - Nothing is sent unless the server takes every recipient; each one's answer
//     is in the Result.
//   - No wait is without end, and every failure is a *mail.Error.
//
// It speaks through go-mail's SMTP client on a connection of package connect:
// go-mail's own dialling has rules of its own for TLS and certificates, and
// turns failures into text.
//
// Retrying, queueing and copies in Sent are the caller's.
package submission
