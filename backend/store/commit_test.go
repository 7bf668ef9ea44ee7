package store

import (
	"fmt"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"waxwing/backend/mail"
	"waxwing/backend/search"
)

func TestCommitStoresWhatCame(t *testing.T) {
	b := open(t)
	inbox, _, _, _, _ := b.mailboxes()
	l := letter{id: "1@x", subject: "Grüße", text: "body", from: "Anna <anna@example.org>", to: "bob@example.org",
		refs: []string{"0@x"}, files: []string{"a.pdf"}, at: time.Hour, sent: day, keywords: []mail.Keyword{"work", seen}}
	created := b.put(inbox, 5, l)
	m := b.message(created[0])
	want := parseLetter(l.raw())
	if m.MessageID != want.MessageID || m.Subject != want.Subject || !slices.Equal(m.From, want.From) || !slices.Equal(m.To, want.To) ||
		!slices.Equal(m.References, want.References) || !slices.Equal(m.Attachments, want.Attachments) || m.Preview != want.Preview {
		t.Errorf("got %+v, want %+v", m.Content, want)
	}
	if !m.ReceivedAt.Equal(day.Add(time.Hour)) || !m.SentAt.Equal(day) || m.Size != int64(len(l.raw())) {
		t.Errorf("received %v, sent %v, size %d", m.ReceivedAt, m.SentAt, m.Size)
	}
	if want := []mail.Keyword{seen, "work"}; !slices.Equal(m.Keywords, want) {
		t.Errorf("keywords are %q, want %q", m.Keywords, want)
	}
	raw, err := b.Raw(b.ctx, m.ID)
	b.ok(err)
	if string(raw) != string(l.raw()) {
		t.Errorf("raw is %q, want %q", raw, l.raw())
	}
	if again := b.put(inbox, 5, l); again[0] != 0 {
		t.Errorf("a known UID was stored again as %d", again[0])
	}
	b.sound()
}

func TestSameBytes(t *testing.T) {
	b := open(t)
	inbox, archive, _, _, _ := b.mailboxes()
	l := letter{id: "1", text: "same"}
	m := b.put(inbox, 1, l, l)
	if m[0] == m[1] {
		t.Error("two UIDs of a mailbox became one message")
	}
	if got := b.put(archive, 1, l); got[0] != m[0] {
		t.Errorf("the same bytes elsewhere are message %d, want %d", got[0], m[0])
	}
	b.wantMessage(m[0], in(inbox, archive))
	joint, err := b.Threads(b.ctx, ThreadQuery{})
	b.ok(err)
	if joint.Total != 1 || len(joint.Threads[0].Messages) != 2 {
		t.Errorf("joint view is %+v, want one thread of two messages", joint)
	}
	b.sound()
	_, _, err = b.Commit(b.ctx, Batch{Mailbox: inbox, Vanished: []mail.UID{1, 2}})
	b.ok(err)
	b.wantMessage(m[0], in(archive))
	_, err = b.Message(b.ctx, m[1])
	wantCode(t, err, mail.CodeNotFound)
	b.sound()
}

func TestKeywordsOfCopies(t *testing.T) {
	b := open(t)
	inbox, archive, _, _, _ := b.mailboxes()
	l := letter{id: "1", keywords: []mail.Keyword{seen}}
	m := b.put(inbox, 1, l)
	l.keywords = []mail.Keyword{flagged}
	b.put(archive, 1, l)
	b.wantMessage(m[0], in(inbox, archive), flagged) // seen only where it is seen everywhere
	if in, ar := b.mailbox(inbox).UnreadEmails, b.mailbox(archive).UnreadEmails; in != 0 || ar != 1 {
		t.Errorf("unread are %d and %d, want 0 and 1 as on the server", in, ar)
	}
	joint, err := b.Threads(b.ctx, ThreadQuery{Filter: Filter{Unread: true}})
	b.ok(err)
	if joint.Total != 1 || joint.Threads[0].Unread != 1 {
		t.Errorf("joint view is %+v, want the message once, unread", joint)
	}
	b.sound()
}

func TestQuarantined(t *testing.T) {
	b := open(t)
	inbox, _, _, _, _ := b.mailboxes()
	_, created, err := b.Commit(b.ctx, Batch{Mailbox: inbox, Incoming: []Incoming{
		{UID: 1, Quarantine: "the server can't send it", Size: 77}, {UID: 2, Quarantine: "the server can't send it", Size: 77}}})
	b.ok(err)
	m := b.message(created[0])
	if m.Quarantine == "" || m.Size != 77 || created[1] == created[0] {
		t.Errorf("got %+v and %v", m, created)
	}
	b.put(inbox, 3, letter{id: "sound"})
	local, err := b.Locations(b.ctx, inbox)
	b.ok(err)
	if len(local) != 3 || !local[0].Quarantined || !local[1].Quarantined || local[2].Quarantined {
		t.Errorf("locations %+v, want the first two in quarantine", local)
	}
	_, err = b.Raw(b.ctx, m.ID)
	wantCode(t, err, mail.CodeNotOffline)
	_, err = b.Raw(b.ctx, 99)
	wantCode(t, err, mail.CodeNotFound)
	b.sound()
}

func TestKnown(t *testing.T) {
	b := open(t)
	inbox, archive, _, _, _ := b.mailboxes()
	known := func(mailbox mail.MailboxID, wantN int, wantLast mail.UID) {
		t.Helper()
		n, last, err := b.Known(b.ctx, mailbox)
		if err != nil || n != wantN || last != wantLast {
			t.Errorf("knows %d UIDs up to %d (%v), want %d up to %d", n, last, err, wantN, wantLast)
		}
	}
	known(inbox, 0, 0)
	list := b.put(inbox, 7, letter{id: "a"}, letter{id: "b"})
	b.put(archive, 100, letter{id: "c"})
	known(inbox, 2, 8)
	b.move(archive, list[1]) // leaves the inbox, and has no UID in the archive
	known(inbox, 2, 8)
	known(archive, 1, 100)
}

func TestOnCommitTellsStatesInOrder(t *testing.T) {
	b := open(t)
	inbox, _, _, _, _ := b.mailboxes()
	var mu sync.Mutex
	var told []mail.State
	b.OnCommit(func(s mail.State) {
		mu.Lock()
		told = append(told, s)
		mu.Unlock()
		if _, err := b.Mailboxes(b.ctx); err != nil { // may read and write
			t.Error(err)
		}
		if s%7 == 0 {
			if _, _, err := b.Commit(b.ctx, Batch{Mailbox: inbox, Cursor: &Cursor{UIDNext: 1}}); err != nil {
				t.Error(err)
			}
		}
	})
	first, err := b.State(b.ctx)
	b.ok(err)
	var wg sync.WaitGroup
	for i := range 30 {
		wg.Go(func() {
			if _, _, err := b.Commit(b.ctx, Batch{Mailbox: inbox, Incoming: []Incoming{letter{}.incoming(mail.UID(i + 1))}}); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	b.tell()
	mu.Lock()
	defer mu.Unlock()
	for i, s := range told {
		if s != first+mail.State(i)+1 {
			t.Fatalf("told %v after %d, want every state once, in order", told, first)
		}
	}
	if len(told) != 30 {
		t.Errorf("told %d states, want 30: a commit of nothing visible is none", len(told))
	}
}

func TestCommitToUnknownMailbox(t *testing.T) {
	b := open(t)
	_, _, err := b.Commit(b.ctx, Batch{Mailbox: 9, Incoming: []Incoming{letter{}.incoming(1)}})
	wantCode(t, err, mail.CodeNotFound)
	b.sound()
}

func TestCursor(t *testing.T) {
	b := open(t)
	inbox, _, _, _, _ := b.mailboxes()
	want := Cursor{UIDValidity: 4294967295, UIDNext: 4294967295, HighestModSeq: 1<<63 - 1, Complete: true}
	_, _, err := b.Commit(b.ctx, Batch{Mailbox: inbox, Cursor: &want})
	b.ok(err)
	got, err := b.Cursor(b.ctx, inbox)
	b.ok(err)
	if got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

// TestManySegments: with more commits than the index keeps segments, everything is
// found and the index agrees with itself. A file from before the index's settings
// gets them when it is opened.
func TestManySegments(t *testing.T) {
	path := filepath.Join(t.TempDir(), "1.db")
	b := openAt(t, path)
	inbox, _, _, _, _ := b.mailboxes()
	b.ok(b.db.write(b.ctx, repeatable, func(t *tx) error {
		t.exec("DELETE FROM message_index_config WHERE k IN ('automerge', 'crisismerge', 'hashsize')")
		return t.err
	}))
	b.ok(b.Close())
	b = openAt(t, path)
	for key, want := range map[string]int64{"automerge": 16, "crisismerge": 32} {
		if got := b.db.query(t, "SELECT v FROM message_index_config WHERE k = '"+key+"'"); got != want {
			t.Errorf("%s is %d, want %d", key, got, want)
		}
	}
	const n = 80
	for uid := range mail.UID(n) {
		b.put(inbox, uid+1, letter{id: fmt.Sprint(uid), text: "everywhere"})
	}
	found, err := b.Search(b.ctx, search.Parse("everywhere"), SearchOptions{Limit: 2 * n})
	b.ok(err)
	if len(found.Messages) != n {
		t.Errorf("found %d messages, want %d", len(found.Messages), n)
	}
	b.sound()
}

// TestEmptyMessage: a message of no octets is there, unlike one that couldn't be
// fetched.
func TestEmptyMessage(t *testing.T) {
	b := open(t)
	inbox, _, _, _, _ := b.mailboxes()
	_, list, err := b.Commit(b.ctx, Batch{Mailbox: inbox, Incoming: []Incoming{Prepare(Incoming{UID: 1, ReceivedAt: day}, nil)}})
	b.ok(err)
	raw, err := b.Raw(b.ctx, list[0])
	if err != nil || len(raw) != 0 {
		t.Errorf("raw is %q, %v, want nothing and no error", raw, err)
	}
	b.sound()
}

// TestLeftOut: what is not to be kept here any more goes, but for what a person has
// just done something to.
func TestLeftOut(t *testing.T) {
	b := open(t)
	inbox, archive, _, _, _ := b.mailboxes()
	m := b.put(inbox, 1, letter{id: "1"}, letter{id: "2"}, letter{id: "3"})
	b.put(archive, 7, letter{id: "1"})
	b.keyword(seen, "", m[1])
	b.move(archive, m[2])
	leaveOut := func() {
		_, _, err := b.Commit(b.ctx, Batch{Mailbox: inbox, LeftOut: []mail.UID{1, 2, 3, 99}})
		b.ok(err)
		b.sound()
	}
	leaveOut()
	b.wantMessage(m[0], in(archive))
	b.wantMessage(m[1], in(inbox), seen)
	b.wantMessage(m[2], in(archive))
	work := b.work()
	if len(work) != 2 {
		t.Fatalf("work is %+v, want what was asked for", work)
	}
	b.ok(b.Finish(b.ctx, work[0].ID, nil, 0))
	leaveOut()
	_, err := b.Message(b.ctx, m[1])
	wantCode(t, err, mail.CodeNotFound)
	if left := b.work(); len(left) != 1 || left[0].MoveTo == nil {
		t.Errorf("work is %+v, want the move alone", left)
	}
}
