// Package verify proves that a mailbox works both ways: a message to one's own
// address, handed to the outgoing server, must arrive at the incoming one.
//
// Guarantees:
//   - It ends within its limit, or soon after its context does.
//   - It says which half failed, and why, as a *mail.Error.
//   - It looks for its message by a Message-ID that nobody can guess, and removes
//     just that message from every mailbox where one is to be expected, also
//     when it is cancelled; Result.Removed says whether that is certain.
//   - Nothing else in the mailbox is read or changed.
//
// It keeps nothing. Who runs it notes the Message-ID before, so that a message
// left behind by a crash can be removed by Sweep.
package verify
