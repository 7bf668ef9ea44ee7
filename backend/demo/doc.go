// Package demo is a mail provider of its own for the sample account: an IMAP
// and an SMTP server on loopback ports that hold the mail of a fictional person
// (package sample), for a first look around and for tests.
//
// What it guarantees:
//
//   - It listens on 127.0.0.1 only, and nothing that it is given leaves the
//     process: mail to anybody is accepted and goes nowhere. With Options.Live
//     a sample colleague answers, and new mail comes now and then.
//   - IMAP4rev1 with NAMESPACE, UIDPLUS, MOVE, ESEARCH, LIST-EXTENDED,
//     LIST-STATUS, SPECIAL-USE, CHILDREN, STATUS=SIZE and IDLE. An update that
//     happens at any moment before, during or after "+ idling" is reported.
//     CONDSTORE is not offered: go-imap's server can't parse it.
//   - State is in memory. The same Options.Base gives the same mail with the
//     same UIDs and UIDVALIDITY, so that a client which knows it from before
//     has nothing to fetch again; what was done to it since is forgotten.
//   - UIDs are never used twice under one UIDVALIDITY, not even by a later
//     process: those given out at run time count the milliseconds since the
//     base (RFC 9051 §2.3.1.1).
//
// Locking: one mutex for the whole account guards everything mutable. Nothing is
// written to a connection while it is held, so that a client which stops
// reading stops nobody else.
package demo
