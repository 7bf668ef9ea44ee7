package store

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"waxwing/backend/mail"
)

// TestDiskFull lets the file not grow any further: what then fails is told as a
// full disk and leaves no trace, everything stays readable, and the same calls
// succeed when there is room.
func TestDiskFull(t *testing.T) {
	b := open(t)
	inbox, archive, _, _, _ := b.mailboxes()
	r := rand.New(rand.NewPCG(3, 4))
	letters := func(n int) (list []letter) {
		for i := range n {
			list = append(list, letter{id: fmt.Sprintf("%d.%d@waxwing.test", n, i), from: "Ada <ada@waxwing.test>", subject: "Report", text: words(r, 400)})
		}
		return list
	}
	known := b.put(inbox, 1, letters(40)...)
	b.ok(b.db.pragma(b.ctx, "max_page_count = 1")) // SQLite takes the pages there are for the least

	// Whatever is tried changes everything or nothing. Small things may find room
	// in pages that are in use.
	try := func(what string, f func() error) (full bool) {
		t.Helper()
		before, err := b.State(b.ctx)
		b.ok(err)
		if err := f(); err == nil {
			return false
		} else if mail.CodeOf(err) != mail.CodeDiskFull {
			t.Fatalf("%s: %v, want a full disk", what, err)
		}
		after, err := b.State(b.ctx)
		b.ok(err)
		if after != before {
			t.Errorf("%s failed and raised the state from %d to %d", what, before, after)
		}
		return true
	}
	news := Batch{Mailbox: inbox}
	for i, l := range letters(41) {
		news.Incoming = append(news.Incoming, l.incoming(mail.UID(1000+i)))
	}
	commit := func() error { _, _, err := b.Commit(b.ctx, news); return err }
	if !try("a batch", commit) {
		t.Fatal("41 messages found room on a full disk")
	}
	moved := 0
	for ; moved < len(known); moved++ {
		change := mail.Change{Messages: known[moved : moved+1], Move: &mail.MoveChange{To: archive}}
		if try("a move", func() error { _, err := b.Apply(b.ctx, change); return err }) {
			break
		}
	}
	if moved == len(known) {
		t.Fatal("forty moves found room on a full disk")
	}
	for i, id := range known {
		want := inbox
		if i < moved {
			want = archive
		}
		b.wantMessage(id, []mail.MailboxID{want})
		if _, err := b.Raw(b.ctx, id); err != nil {
			t.Errorf("message %d can't be read: %v", id, err)
		}
	}
	if n := len(b.work()); n != moved {
		t.Errorf("%d pieces of work for %d moves", n, moved)
	}

	b.ok(b.db.pragma(b.ctx, "max_page_count = 4294967294"))
	b.sound()
	b.ok(commit())
	b.move(archive, known[moved])
	b.wantMessage(known[moved], []mail.MailboxID{archive})
	if got := b.mailbox(inbox).TotalEmails + b.mailbox(archive).TotalEmails; got != 81 {
		t.Errorf("%d messages, want 81", got)
	}
	b.sound()
}
