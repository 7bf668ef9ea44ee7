// Package mailtest holds what tests of Waxwing need of the outside world: real
// mail servers, a network that fails on command, servers that talk nonsense by
// script, and large mailboxes whose content is known.
//
//   - [Dovecot] starts a real Dovecot (and Exim behind it, when asked) in a
//     temporary folder on free loopback ports, in a fraction of a second, as root
//     or as anybody. [Shared] does so once for all tests of a package.
//   - [NewOpenID] starts a real OpenID provider whose tokens Dovecot accepts, and
//     plays the person in front of it.
//   - [NewGraph] stands in for Microsoft's sign-in and Microsoft Graph, as strictly
//     as they are documented.
//   - [Client] is a second, independent IMAP client: it plays "another device"
//     and tells what the server really holds ([Server.Snapshot]).
//   - [Proxy] stands between a client and a server, counts, and cuts.
//   - [Script] is a server that follows a conversation line by line.
//   - [Corpus] generates realistic mail with its truth beside it.
//   - [DNS] is a name server for the records of a test.
//   - [Authority] issues certificates, good and bad.
//
// What is promised:
//
//   - Nothing outlives the test: every helper registers its clean-up, and servers
//     die with the test process even when that is killed.
//   - Nothing is skipped: a missing program fails the test and says what to install.
//   - Nothing waits for a guessed time: a server is ready when it says so.
//   - Failures are deterministic: faults trigger on bytes and lines, not on time.
//
// The package is for tests and benchmarks only. It imports nothing of Waxwing
// but package mail, so that every package above can be tested with it, and none
// of the client libraries, so that their mistakes aren't its own.
package mailtest
