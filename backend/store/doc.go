// Package store keeps accounts and mail in SQLite. It is the only package that
// speaks SQL.
//
// On disk, below the data folder:
//
//	waxwing.db        App: accounts, settings, sealed secrets
//	accounts/<n>.db   Account: one account's mail, index and operations
//	*.db-wal, *.db-shm  belong to the file beside them
//
// All of them are readable by their owner only, whatever the folder allows.
//
// The tables, and why they are as they are, are described in schema/*.sql.
//
// What holds after every commit, and therefore after a crash at any instant:
//
//   - A message that has no location doesn't exist: with the last location go
//     its row, its raw bytes and its index entry.
//   - A location's keywords are those of the server with every unfinished
//     operation on top, in the order of the operations. Nothing else ever sets
//     them, so neither a late flag sync nor a refusal can lose a change.
//   - In a mailbox a message is visible in at most one location, and a UID is
//     given at most once.
//   - A message that was appended here stays until the server has it, or until the
//     person deletes it: a refusal doesn't take it back.
//   - Thread rows are what their locations add up to, and a mailbox's numbers
//     are what its thread rows add up to.
//   - An operation and its local half are one transaction, which is on the disk
//     when Apply returns. What came from the server may be lost with the power
//     (never with the process), and is then fetched again.
//   - The state grows by one with each commit that a reader could see.
//
// Check verifies all of it.
//
// Writes are serialised; readers see the last commit and never wait for a
// writer. Errors are *mail.Error where a person could act on them: CodeNotFound,
// CodeDiskFull, CodeDamaged, CodeNewerDatabase, CodeInUse, CodeCancelled.
package store
