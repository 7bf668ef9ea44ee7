// Package mail holds Waxwing's vocabulary: accounts, mailboxes, messages,
// threads, operations, and the errors that a person may see. Names follow
// RFC 8621 (JMAP for Mail) where it has one.
//
// It imports nothing of the project, knows no database, network or screen, and
// is safe to use from anywhere.
package mail
