package store

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"waxwing/backend/mail"
	"waxwing/backend/search"
)

// messageOrder and threadOrder list a mailbox, newest first, in small pages.
func (b *box) messageOrder(mailbox mail.MailboxID) (got []mail.MessageID) {
	for cursor, more := "", true; more; more = cursor != "" {
		page, err := b.Messages(b.ctx, MessageQuery{Mailbox: mailbox, Before: cursor, Limit: 2})
		b.ok(err)
		for _, m := range page.Messages {
			got = append(got, m.ID)
		}
		cursor = page.Next
	}
	return got
}

func (b *box) threadOrder(mailbox mail.MailboxID) (got []mail.MessageID) {
	for offset, more := 0, true; more; offset++ {
		page, err := b.Threads(b.ctx, ThreadQuery{Mailbox: mailbox, Offset: offset, Limit: 1})
		b.ok(err)
		for _, r := range page.Threads {
			got = append(got, r.Latest)
		}
		more = offset+1 < page.Total
	}
	return got
}

// byUIDs returns the mailbox's messages with UIDs, the greatest first.
func (b *box) byUIDs(mailbox mail.MailboxID) (want []mail.MessageID) {
	list, err := b.Locations(b.ctx, mailbox)
	b.ok(err)
	for _, l := range slices.Backward(list) {
		want = append(want, l.Message)
	}
	return want
}

// wantOrder holds every list of the mailbox against what it should be.
func (b *box) wantOrder(mailbox mail.MailboxID, want []mail.MessageID) {
	if got := b.messageOrder(mailbox); !slices.Equal(got, want) {
		b.t.Errorf("messages are %v, want %v", got, want)
	}
	for _, m := range []mail.MailboxID{mailbox, jointMailbox} {
		if got := b.threadOrder(m); !slices.Equal(got, want) {
			b.t.Errorf("threads of mailbox %d are %v, want %v", m, got, want)
		}
	}
}

// TestOrderWithinASecond: INTERNALDATE has no more than seconds, and a first sync
// brings the newest first, in several batches; the order is that of the UIDs all
// the same.
func TestOrderWithinASecond(t *testing.T) {
	b := open(t)
	inbox, _, _, _, _ := b.mailboxes()
	for _, batch := range [][]mail.UID{{12, 11, 13}, {9, 7, 8}, {3, 5, 4}, {1}, {20}} {
		var list []Incoming
		for _, uid := range batch {
			list = append(list, letter{subject: string(rune('a' + uid))}.incoming(uid))
		}
		_, _, err := b.Commit(b.ctx, Batch{Mailbox: inbox, Incoming: list})
		b.ok(err)
	}
	b.wantOrder(inbox, b.byUIDs(inbox))
	// A new UIDVALIDITY, which numbers them the other way round.
	letters := map[mail.MessageID]mail.UID{}
	for i, m := range b.byUIDs(inbox) {
		letters[m] = mail.UID(100 + i)
	}
	b.ok(b.ResetMailbox(b.ctx, inbox, 8))
	var again []Incoming
	for m, uid := range letters {
		raw, err := b.Raw(b.ctx, m)
		b.ok(err)
		again = append(again, Prepare(Incoming{UID: uid, ReceivedAt: day, Content: parseLetter(raw)}, raw))
	}
	_, _, err := b.Commit(b.ctx, Batch{Mailbox: inbox, Incoming: again})
	b.ok(err)
	want := b.byUIDs(inbox)
	if len(want) != len(letters) || letters[want[0]] != mail.UID(100+len(want)-1) {
		t.Fatalf("after the new UIDVALIDITY the mailbox holds %v, want the same messages the other way round", want)
	}
	b.wantOrder(inbox, want)
	b.sound()
}

// TestOrderWithinAThread: the newest message of a thread is the one with the
// greatest UID among those of its last second, and it decides where the thread
// stands, whatever UIDs its older messages have.
func TestOrderWithinAThread(t *testing.T) {
	b := open(t)
	inbox, _, _, _, _ := b.mailboxes()
	reply := letter{id: "b", refs: []string{"a"}}
	put := func(uid mail.UID, l letter) mail.MessageID { return b.put(inbox, uid, l)[0] }
	last := put(30, reply)
	middle := put(20, letter{id: "c", refs: []string{"a"}})
	other := put(25, letter{id: "x"})
	late := put(40, letter{id: "a", at: -time.Hour}) // old, but moved here last
	newer := put(35, letter{id: "y"})
	page, err := b.Threads(b.ctx, ThreadQuery{Mailbox: inbox})
	b.ok(err)
	if got, want := page.Threads[1].Messages, []mail.MessageID{late, middle, last}; !slices.Equal(got, want) {
		t.Errorf("the thread's row has %v, want %v", got, want)
	}
	list, err := b.Thread(b.ctx, page.Threads[1].ID)
	b.ok(err)
	if got := fmt.Sprint(list[0].ID, list[1].ID, list[2].ID); got != fmt.Sprint(late, middle, last) {
		t.Errorf("the thread is %s, want %v, %v, %v", got, late, middle, last)
	}
	if got, want := b.threadOrder(inbox), []mail.MessageID{newer, last, other}; !slices.Equal(got, want) {
		t.Errorf("threads are %v, want %v", got, want)
	}
	if got, want := b.messageOrder(inbox), []mail.MessageID{newer, last, other, middle, late}; !slices.Equal(got, want) {
		t.Errorf("messages are %v, want %v", got, want)
	}
	b.sound()
}

// TestOrderOfArriving: what was moved here stands before its equals as long as its
// UID isn't known.
func TestOrderOfArriving(t *testing.T) {
	b := open(t)
	inbox, archive, _, _, _ := b.mailboxes()
	moved := b.put(inbox, 1, letter{id: "moved"})[0]
	there := b.put(archive, 90, letter{id: "there"})[0]
	op, err := b.Apply(b.ctx, mail.Change{Messages: []mail.MessageID{moved}, Move: &mail.MoveChange{To: archive}})
	b.ok(err)
	if got, want := b.messageOrder(archive), []mail.MessageID{moved, there}; !slices.Equal(got, want) {
		t.Errorf("messages are %v, want %v", got, want)
	}
	work, err := b.NextWork(b.ctx, 1)
	b.ok(err)
	if len(work) != 1 || work[0].Operation != op {
		t.Fatalf("work is %+v, want the move's", work)
	}
	b.ok(b.Begin(b.ctx, work[0].ID, nil))
	b.ok(b.Finish(b.ctx, work[0].ID, nil, 0))
	_, err = b.Adopt(b.ctx, archive, []Probe{{UID: 80, MessageID: "moved", Size: int64(len(letter{id: "moved"}.raw()))}})
	b.ok(err)
	b.wantOrder(archive, []mail.MessageID{there, moved})
	b.sound()
}

// TestOrderAfterMigration: what a database of version 1 holds is listed in the new
// order, and the rows are right, those of several mailboxes and of the joint view.
func TestOrderAfterMigration(t *testing.T) {
	path := filepath.Join(t.TempDir(), "1.db")
	old := openSteps(t, path, migrations("account")[:1])
	err := old.write(context.Background(), repeatable, func(x *tx) error {
		x.exec(`INSERT INTO mailbox (id, path, delimiter, role, selectable, subscribed, uid_validity)
			VALUES (1, 'INBOX', '/', 'inbox', 1, 1, 7), (2, 'Archive', '/', 'archive', 1, 1, 7), (3, 'Trash', '/', 'trash', 1, 1, 7)`)
		x.exec(`INSERT INTO thread (id) VALUES (1), (2), (3), (4)`)
		for i, thread := range []int{1, 2, 3, 4, 1} { // ids in the order of a first sync: the newest first
			x.exec(`INSERT INTO message (thread, received_at, size, digest, subject_hash, orphan, attachment, message_id, subject,
				preview, sender, recipients, header, quarantine) VALUES (?, 1000000, 10, 0, 0, 0, ?, '', '', '', '[]', '[]', '{}', '')`, thread, i == 1)
			x.insertIndex(mail.MessageID(i+1), &[7]string{})
		}
		// Thread 4 is in the trash only; message 3 in the inbox and the archive, one of them on its way out.
		for _, l := range [][6]int{{1, 1, 10, 1, 1000000, 0}, {2, 1, 30, 0, 1000000, 0}, {3, 1, 20, 3, 1000000, 0}, {3, 2, 5, 2, 1000000, 2},
			{4, 3, 8, 0, 1000000, 0}, {5, 1, 40, 0, 999000, 0}} {
			x.exec(`INSERT INTO location (message, mailbox, uid, server_flags, flags, received_at, status, mod_seq, server_keywords, keywords)
				VALUES (?, ?, ?, ?4, ?4, ?, ?, 1, '', '')`, l[0], l[1], l[2], l[3], l[4], l[5])
		}
		x.exec(`INSERT INTO thread_row VALUES (1, 1, 1000000, 2, 1, 0, 0, 0), (1, 2, 1000000, 1, 1, 0, 0, 1), (1, 3, 1000000, 1, 0, 1, 0, 0),
			(3, 4, 1000000, 1, 1, 0, 0, 0), (0, 1, 1000000, 2, 1, 0, 0, 0), (0, 2, 1000000, 1, 1, 0, 0, 1), (0, 3, 1000000, 1, 0, 1, 0, 0)`)
		x.exec(`UPDATE mailbox_count SET total = 4, unread = 2, threads = 3 WHERE mailbox = 0`)
		x.exec(`INSERT INTO mailbox_count VALUES (1, 4, 2, 3), (2, 0, 0, 0), (3, 1, 1, 1)`)
		return x.err
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := old.close(); err != nil {
		t.Fatal(err)
	}
	b := openAt(t, path)
	if got, want := b.messageOrder(1), []mail.MessageID{2, 3, 1, 5}; !slices.Equal(got, want) {
		t.Errorf("messages are %v, want %v", got, want)
	}
	for _, mailbox := range []mail.MailboxID{1, jointMailbox} {
		if got, want := b.threadOrder(mailbox), []mail.MessageID{2, 3, 1}; !slices.Equal(got, want) {
			t.Errorf("threads of mailbox %d are %v, want %v", mailbox, got, want)
		}
	}
	// A leaving location without an operation is what Check mends; rows come first.
	b.ok(b.db.write(b.ctx, repeatable, func(x *tx) error {
		x.exec("DELETE FROM location WHERE status = 2")
		return x.err
	}))
	b.sound()
}

// TestSearchWithinASecond: what a search finds within one second comes in the order
// of the lists.
func TestSearchWithinASecond(t *testing.T) {
	b := open(t)
	inbox, archive, _, _, _ := b.mailboxes()
	for _, uid := range []mail.UID{12, 11, 13, 9, 20, 7} {
		b.put(inbox, uid, letter{id: fmt.Sprint("m", uid), text: "apple"})
	}
	b.put(inbox, 15, letter{id: "reply", refs: []string{"m7"}, text: "apple"})
	b.put(archive, 30, letter{id: "m9", text: "apple"}) // once more, as the newest
	var messages, threads []mail.MessageID
	for offset := range 7 {
		opt := SearchOptions{Offset: offset, Limit: 1}
		page, err := b.Search(b.ctx, search.Parse("apple"), opt)
		b.ok(err)
		messages = append(messages, page.Messages[0].ID)
		found, err := b.SearchThreads(b.ctx, search.Parse("apple"), opt)
		b.ok(err)
		for _, row := range found.Threads {
			threads = append(threads, row.Latest)
		}
	}
	at := func(uids ...mail.UID) (list []mail.MessageID) {
		for _, uid := range uids {
			local, err := b.Locations(b.ctx, inbox)
			b.ok(err)
			i := slices.IndexFunc(local, func(l Located) bool { return l.UID == uid })
			list = append(list, local[i].Message)
		}
		return list
	}
	if want := at(9, 20, 15, 13, 12, 11, 7); !slices.Equal(messages, want) {
		t.Errorf("messages are %v, want %v", messages, want)
	}
	if want := at(9, 20, 15, 13, 12, 11); !slices.Equal(threads, want) || !slices.Equal(threads, b.threadOrder(jointMailbox)) {
		t.Errorf("threads are %v, want %v, as in the joint view: %v", threads, want, b.threadOrder(jointMailbox))
	}
}
