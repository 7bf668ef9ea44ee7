package store

import (
	"slices"
	"testing"

	"waxwing/backend/mail"
)

// TestOrderWithinASecond: INTERNALDATE has no more than seconds, and a first sync
// brings the newest first; within a batch the order is that of the UIDs all the same.
func TestOrderWithinASecond(t *testing.T) {
	b := open(t)
	inbox, _, _, _, _ := b.mailboxes()
	var want []mail.MessageID // newest first
	batch := Batch{Mailbox: inbox}
	for _, uid := range []mail.UID{9, 7, 8, 3, 5, 4} {
		batch.Incoming = append(batch.Incoming, letter{subject: string(rune('a' + uid))}.incoming(uid))
	}
	_, _, err := b.Commit(b.ctx, batch)
	b.ok(err)
	locations, err := b.Locations(b.ctx, inbox)
	b.ok(err)
	for _, l := range slices.Backward(locations) {
		want = append(want, l.Message)
	}
	var got []mail.MessageID
	for cursor, more := "", true; more; more = cursor != "" {
		page, err := b.Messages(b.ctx, MessageQuery{Mailbox: inbox, Before: cursor, Limit: 2})
		b.ok(err)
		for _, m := range page.Messages {
			got = append(got, m.ID)
		}
		cursor = page.Next
	}
	if !slices.Equal(got, want) {
		t.Errorf("messages are %v, want %v", got, want)
	}
	for _, mailbox := range []mail.MailboxID{inbox, jointMailbox} {
		got = nil
		for offset := range len(want) {
			page, err := b.Threads(b.ctx, ThreadQuery{Mailbox: mailbox, Offset: offset, Limit: 1})
			b.ok(err)
			for _, r := range page.Threads {
				got = append(got, r.Latest)
			}
		}
		if !slices.Equal(got, want) {
			t.Errorf("threads of mailbox %d are %v, want %v", mailbox, got, want)
		}
	}
}
