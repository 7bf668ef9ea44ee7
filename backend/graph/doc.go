// Package graph hands one message to Microsoft Graph, which sends it for a
// mailbox of Exchange Online (learn.microsoft.com/graph/api/user-sendmail).
//
// Guarantees, the same as package submission's:
//   - The outcome is never guessed. Once the last octet of the request that sends
//     may have been written and its answer is missing, or comes from something in
//     between, the outcome is Unknown: the message must not be sent again by itself.
//   - It goes to the recipients of the envelope and to nobody else. Graph knows no
//     envelope and reads the header, so that the ones that aren't in it are added as
//     Bcc, which Exchange takes out; a message that names somebody else is refused.
//   - No wait is without end, and every failure is a *mail.Error. None holds a
//     token, a key, a password or the address of an upload session.
//
// Up to four million octets the message goes as it is (sendMail with MIME). A
// larger one becomes a draft in the mailbox, to which its attachments are uploaded
// one by one, and which is then sent; Exchange puts it together, so that the
// octets are its own. Exchange files every message in Sent Items by itself.
//
// Who signs in is a connect.Tokens: a person's tokens from package oauth, or an
// App, which is a program of the organisation's that proves itself with a
// certificate (LoadCertificate reads the files in which those come).
//
// Throttling is honoured: a mailbox that Graph asked to leave alone isn't asked
// again before the time that it named.
package graph
