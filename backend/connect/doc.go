// Package connect reaches mail servers and says in plain codes why one can't be
// reached: dialling, certificates, signing in, and the connection test of
// the account dialog.
//
// Guarantees:
//   - Nothing waits without end: every function that waits takes a context, and
//     has a deadline of its own beside it.
//   - TLS is at least version 1.2. A certificate that no known authority
//     vouches for is refused, unless it is the very one that the person
//     accepted for that server (mail.Server.Trusted).
//   - STARTTLS is never skipped: a server that doesn't offer it is refused, and
//     a password never leaves before the connection is as protected as
//     mail.Server.Security asks.
//   - Every failure is a *mail.Error with a code that a person can act on. No
//     error, step or log holds a password, even if the server echoes it.
//
// The package keeps no state and knows neither accounts nor databases.
package connect
