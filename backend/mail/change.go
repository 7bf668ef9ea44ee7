package mail

import "time"

// A Change is one thing that a person does to messages of one account. Exactly
// one of its pointers is set.
type Change struct {
	Messages []MessageID
	Keywords *KeywordChange
	Move     *MoveChange
	Destroy  *DestroyChange
	Append   *AppendChange
}

// KeywordChange adds and removes keywords; a keyword in both is removed.
type KeywordChange struct {
	Add, Remove []Keyword
}

// MoveChange moves messages out of From into To. Without From it is the inbox
// that each is taken out of, or else the first mailbox it is in. Copies in other
// mailboxes stay, since somebody put them there; but a mailbox of all mail gives
// up what goes to the trash or to junk and is nowhere else.
type MoveChange struct {
	From, To MailboxID
}

// DestroyChange deletes messages for good, in From if it is set: it is not undone.
// Without From, one that is in the trash as well as elsewhere is deleted in the
// trash only.
type DestroyChange struct {
	From MailboxID
}

// AppendChange puts one new message into a mailbox, where it is seen at once. It is
// made by store.Append, which also takes the message's octets and, for its listing,
// names it in Change.Messages. One with the same Message-ID that the server has there
// already takes its place, so that no crash and no server that files copies by itself
// can double it; the message therefore must have one.
type AppendChange struct {
	To MailboxID
	// Keywords are what it is given. It counts as seen: it is the person's own.
	Keywords []Keyword
	// Replaces is the message whose successor this is, in the same mailbox (a draft
	// saved before); it goes when this one is there. 0 for none.
	Replaces MessageID
	// Awaited says that the server files the message by itself: it is looked for
	// until then, and only appended when the server hasn't done so in time.
	Awaited bool
}

// OperationState tells where an operation is on its way.
type OperationState string

// The states. A refused operation has been reverted locally and stays listed
// until the person dismisses it. A refused append isn't reverted: its message may be
// nowhere else, so that it stays where it is, here only, and can be tried again.
const (
	OperationPending OperationState = "pending" // waits for the server
	OperationStarted OperationState = "started" // the server may have seen some of it
	OperationRefused OperationState = "refused"
)

// An Operation is a Change that is durable and on its way to the server.
type Operation struct {
	ID        OperationID
	Change    Change
	Subject   string // of the first message; empty when that is gone
	State     OperationState
	CreatedAt time.Time
	Attempts  int
	Problem   *Error // why the last attempt failed or was refused
}

// Changes is what happened to an account between two states (RFC 8620 §5.2).
type Changes struct {
	Old, New State
	// HasMore says that New is not yet the newest; ask again from it.
	HasMore                            bool
	Created, Updated, Destroyed        []MessageID
	MailboxesCreated, MailboxesUpdated []MailboxID
	MailboxesDestroyed                 []MailboxID
	Threads                            []ThreadID // every thread whose row may look different
}
