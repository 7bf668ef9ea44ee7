package store

import (
	"slices"
	"testing"

	"waxwing/backend/mail"
)

const (
	seen    = mail.KeywordSeen
	flagged = mail.KeywordFlagged
)

func in(list ...mail.MailboxID) []mail.MailboxID { return list }

var refusal = &mail.Error{Code: mail.CodeServerRefused, Server: "NO not today"}

func TestKeywordsAreLocalAtOnceAndQueued(t *testing.T) {
	b := open(t)
	inbox, _, _, _, _ := b.mailboxes()
	m := b.put(inbox, 1, letter{id: "1"}, letter{id: "2"}, letter{id: "3", keywords: []mail.Keyword{seen}})
	op := b.keyword(seen, "", m...)
	b.wantMessage(m[0], in(inbox), seen)
	if got := b.mailbox(inbox).UnreadEmails; got != 0 {
		t.Errorf("unread is %d, want 0", got)
	}
	work := b.work()
	if len(work) != 1 || work[0].Operation != op || !slices.Equal(work[0].UIDs, []mail.UID{1, 2}) || work[0].Keywords == nil {
		t.Fatalf("work is %+v, want one piece for UIDs 1 and 2, which changed", work)
	}
	if none := b.keyword(seen, "", m...); none != 0 {
		t.Errorf("marking read what is read gave operation %d, want 0", none)
	}
	b.sound()
	b.ok(b.Begin(b.ctx, work[0].ID, nil))
	b.ok(b.Finish(b.ctx, work[0].ID, nil, 0))
	if n, _ := b.PendingOperations(b.ctx); n != 0 || len(b.work()) != 0 {
		t.Errorf("%d operations and %d pieces are left, want none", n, len(b.work()))
	}
	b.wantMessage(m[0], in(inbox), seen)
	located, err := b.Locations(b.ctx, inbox)
	b.ok(err)
	if !slices.Equal(located[0].Keywords, []mail.Keyword{seen}) {
		t.Errorf("the server is taken to have %q, want $seen", located[0].Keywords)
	}
	b.sound()
}

func TestSyncKeepsPendingKeywords(t *testing.T) {
	b := open(t)
	inbox, _, _, _, _ := b.mailboxes()
	m := b.put(inbox, 1, letter{id: "1", keywords: []mail.Keyword{flagged}})
	b.keyword(seen, "", m...)
	_, _, err := b.Commit(b.ctx, Batch{Mailbox: inbox, Seen: []Seen{{UID: 1, Keywords: []mail.Keyword{"project"}, ModSeq: 9}}})
	b.ok(err)
	b.wantMessage(m[0], in(inbox), seen, "project")
	b.ok(b.Refuse(b.ctx, b.work()[0].ID, refusal))
	b.wantMessage(m[0], in(inbox), "project")
	ops, err := b.Operations(b.ctx)
	b.ok(err)
	if len(ops) != 1 || ops[0].State != mail.OperationRefused || ops[0].Problem.Server != refusal.Server {
		t.Fatalf("operations are %+v, want the refused one with its reason", ops)
	}
	b.ok(b.DismissOperation(b.ctx, ops[0].ID))
	wantCode(t, b.DismissOperation(b.ctx, ops[0].ID), mail.CodeNotFound)
	b.sound()
}

func TestMoveWithCOPYUID(t *testing.T) {
	b := open(t)
	inbox, archive, _, _, _ := b.mailboxes()
	m := b.put(inbox, 1, letter{id: "1", keywords: []mail.Keyword{seen}}, letter{id: "2"})
	b.move(archive, m...)
	b.wantMessage(m[0], in(archive), seen)
	if got := b.mailbox(inbox); got.TotalEmails != 0 || got.TotalThreads != 0 {
		t.Errorf("inbox shows %d messages, %d threads, want none", got.TotalEmails, got.TotalThreads)
	}
	b.sound()
	w := b.work()[0]
	if w.MoveTo == nil || w.MoveTo.ID != archive || !slices.Equal(w.MessageIDs, []string{"1", "2"}) {
		t.Fatalf("work is %+v, want a move to the archive of messages 1 and 2", w)
	}
	b.ok(b.Begin(b.ctx, w.ID, []byte("uidnext 40")))
	if got := b.work()[0].Journal; string(got) != "uidnext 40" {
		t.Errorf("journal is %q, want what Begin wrote", got)
	}
	b.ok(b.Finish(b.ctx, w.ID, []Moved{{1, 41}, {2, 42}}, 7))
	located, err := b.Locations(b.ctx, archive)
	b.ok(err)
	if len(located) != 2 || located[0].UID != 41 || located[0].Message != m[0] || located[1].UID != 42 {
		t.Errorf("archive holds %+v, want UIDs 41 and 42", located)
	}
	if left, _ := b.Locations(b.ctx, inbox); len(left) != 0 {
		t.Errorf("inbox still holds %+v", left)
	}
	b.sound()
}

// TestRefusalLeavesPiecesAlone refuses a move while a later operation's pieces
// have been taken from the queue: what the refusal adds to that operation must
// still be asked for.
func TestRefusalLeavesPiecesAlone(t *testing.T) {
	b := open(t)
	inbox, archive, _, _, _ := b.mailboxes()
	m := b.put(inbox, 1, letter{id: "1"}, letter{id: "2"})
	b.move(archive, m[0])
	b.keyword(seen, "", m...)
	taken := b.work()
	if len(taken) != 2 || !slices.Equal(taken[1].UIDs, []mail.UID{2}) {
		t.Fatalf("work is %+v, want the move, and the keyword of UID 2", taken)
	}
	b.ok(b.Refuse(b.ctx, taken[0].ID, &mail.Error{Code: mail.CodeQuota}))
	b.ok(b.Begin(b.ctx, taken[1].ID, nil))
	b.ok(b.Finish(b.ctx, taken[1].ID, nil, 0))
	if left := b.work(); len(left) != 1 || !slices.Equal(left[0].UIDs, []mail.UID{1}) || left[0].Keywords == nil {
		t.Errorf("work is %+v, want the keyword of UID 1, which the server wasn't asked for", left)
	}
	b.wantMessage(m[0], in(inbox), seen)
	b.sound()
}

// TestDestroyInTrash destroys a message that is in the trash and elsewhere.
func TestDestroyInTrash(t *testing.T) {
	b := open(t)
	inbox, _, trash, _, _ := b.mailboxes()
	l := letter{id: "1"}
	m := b.put(inbox, 1, l)
	b.put(trash, 11, l)
	b.wantMessage(m[0], in(inbox, trash))
	b.apply(mail.Change{Messages: m, Destroy: &mail.DestroyChange{}})
	b.wantMessage(m[0], in(inbox))
	if w := b.work(); len(w) != 1 || w[0].Mailbox.ID != trash || !slices.Equal(w[0].UIDs, []mail.UID{11}) {
		t.Errorf("work is %+v, want only UID 11 of the trash", w)
	}
	b.sound()
}

func TestMoveWithoutCOPYUIDIsAdopted(t *testing.T) {
	for _, c := range []struct {
		name     string
		validity uint32
		moved    []Moved
	}{
		{"no answer", 0, nil},
		{"another UIDVALIDITY", 8, []Moved{{1, 41}}},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := open(t)
			inbox, archive, _, _, _ := b.mailboxes()
			l := letter{id: "1"}
			m := b.put(inbox, 1, l)
			b.move(archive, m...)
			b.ok(b.Finish(b.ctx, b.work()[0].ID, c.moved, c.validity))
			if awaits, _ := b.AwaitsUIDs(b.ctx, archive); !awaits {
				t.Fatal("the archive awaits no UIDs")
			}
			size := int64(len(l.raw()))
			left, err := b.Adopt(b.ctx, archive, []Probe{{UID: 50, MessageID: "other", Size: size}, {UID: 51, MessageID: "1", Size: size, Keywords: []mail.Keyword{seen}}})
			b.ok(err)
			if len(left) != 1 || left[0].UID != 50 {
				t.Errorf("unmatched are %+v, want UID 50", left)
			}
			b.wantMessage(m[0], in(archive), seen)
			if awaits, _ := b.AwaitsUIDs(b.ctx, archive); awaits {
				t.Error("the archive still awaits UIDs")
			}
			b.sound()
		})
	}
}

func TestCommitAdoptsWhatArrives(t *testing.T) {
	b := open(t)
	inbox, archive, _, _, _ := b.mailboxes()
	l := letter{id: "1", text: "hello"}
	m := b.put(inbox, 1, l)
	b.move(archive, m...)
	w := b.work()[0]
	b.ok(b.Begin(b.ctx, w.ID, nil)) // and the answer is lost
	if got := b.put(archive, 41, l); got[0] != 0 {
		t.Errorf("the moved message was stored as new message %d", got[0])
	}
	_, _, err := b.Commit(b.ctx, Batch{Mailbox: inbox, Vanished: []mail.UID{1}})
	b.ok(err)
	if again := b.work(); len(again) != 1 || again[0].UIDs[0] != 1 {
		t.Fatalf("work is %+v, want the begun move until its outcome is told", again)
	}
	b.ok(b.Finish(b.ctx, w.ID, []Moved{{1, 41}}, 7))
	b.wantMessage(m[0], in(archive))
	if got := b.mailbox(archive).TotalEmails; got != 1 {
		t.Errorf("archive has %d messages, want 1", got)
	}
	b.sound()
}

func TestFinishAfterSyncBroughtTheUID(t *testing.T) {
	b := open(t)
	inbox, archive, _, _, _ := b.mailboxes()
	m := b.put(inbox, 1, letter{id: "1"})
	b.move(archive, m...)
	// The same UID came in with content that can't be recognised as the same.
	other := b.put(archive, 41, letter{id: "changed on the way"})
	b.ok(b.Finish(b.ctx, b.work()[0].ID, []Moved{{1, 41}}, 7))
	b.wantMessage(other[0], in(archive))
	_, err := b.Message(b.ctx, m[0])
	wantCode(t, err, mail.CodeNotFound)
	b.sound()
}

func TestRefusedMoveComesBack(t *testing.T) {
	b := open(t)
	inbox, archive, trash, _, _ := b.mailboxes()
	m := b.put(inbox, 1, letter{id: "1"}, letter{id: "2"})
	b.move(archive, m...)
	b.keyword(seen, "", m[0])
	b.move(trash, m[1])
	work := b.work()
	if len(work) != 1 {
		t.Fatalf("work is %+v, want only what has UIDs", work)
	}
	b.ok(b.Refuse(b.ctx, work[0].ID, refusal))
	// What was done afterwards stays, applied to where the messages are.
	b.wantMessage(m[0], in(inbox), seen)
	b.wantMessage(m[1], in(trash))
	b.sound()
	work = b.work()
	if len(work) != 2 || work[0].Mailbox.ID != inbox || work[0].Keywords == nil || work[0].UIDs[0] != 1 ||
		work[1].Mailbox.ID != inbox || work[1].MoveTo.ID != trash || work[1].UIDs[0] != 2 {
		t.Errorf("work is %+v, want $seen on UID 1 and a move of UID 2 from the inbox", work)
	}
}

func TestKeywordsFollowAMessageOnItsWay(t *testing.T) {
	b := open(t)
	inbox, archive, trash, _, _ := b.mailboxes()
	m := b.put(inbox, 1, letter{id: "1"})
	b.keyword(seen, "", m...)
	b.move(archive, m...)
	b.move(trash, m...)
	_, _, err := b.Commit(b.ctx, Batch{Mailbox: inbox, Seen: []Seen{{UID: 1, Keywords: []mail.Keyword{flagged}}}})
	b.ok(err)
	b.wantMessage(m[0], in(trash), flagged, seen)
	b.sound()
	b.ok(b.Refuse(b.ctx, b.work()[0].ID, refusal)) // of $seen
	b.wantMessage(m[0], in(trash), flagged)
	b.sound()
}

func TestUndoPendingMove(t *testing.T) {
	b := open(t)
	inbox, archive, _, _, _ := b.mailboxes()
	m := b.put(inbox, 1, letter{id: "1", keywords: []mail.Keyword{flagged}}, letter{id: "2"})
	before, err := b.Locations(b.ctx, inbox)
	b.ok(err)
	op := b.move(archive, m...)
	b.ok(b.Undo(b.ctx, op))
	b.wantMessage(m[0], in(inbox), flagged)
	after, err := b.Locations(b.ctx, inbox)
	b.ok(err)
	if len(after) != 2 || after[0].UID != before[0].UID || after[0].Leaving || len(b.work()) != 0 {
		t.Errorf("inbox holds %+v with work %+v, want it as before: %+v", after, b.work(), before)
	}
	if ops, _ := b.Operations(b.ctx); len(ops) != 0 {
		t.Errorf("operations are %+v, want none", ops)
	}
	wantCode(t, b.Undo(b.ctx, op), mail.CodeNotFound)
	b.sound()
}

func TestUndoBegunAndFinishedMove(t *testing.T) {
	for _, finished := range []bool{false, true} {
		b := open(t)
		inbox, archive, _, _, _ := b.mailboxes()
		m := b.put(inbox, 1, letter{id: "1"})
		op := b.move(archive, m...)
		w := b.work()[0]
		b.ok(b.Begin(b.ctx, w.ID, nil))
		if finished {
			b.ok(b.Finish(b.ctx, w.ID, []Moved{{1, 41}}, 7))
		}
		b.ok(b.Undo(b.ctx, op))
		b.wantMessage(m[0], in(inbox))
		b.sound()
		if !finished {
			if list := b.work(); len(list) != 1 || list[0].ID != w.ID {
				t.Fatalf("work is %+v, want only the first move while its outcome is open", list)
			}
			b.ok(b.Finish(b.ctx, w.ID, []Moved{{1, 41}}, 7))
		}
		back := b.work()
		if len(back) != 1 || back[0].Mailbox.ID != archive || back[0].MoveTo.ID != inbox || back[0].UIDs[0] != 41 {
			t.Fatalf("work is %+v, want UID 41 moved back", back)
		}
		b.ok(b.Finish(b.ctx, back[0].ID, []Moved{{41, 2}}, 7))
		b.wantMessage(m[0], in(inbox))
		wantCode(t, b.Undo(b.ctx, op), mail.CodeNotFound)
		b.sound()
	}
}

func TestRefusedAfterUndoLeavesNothing(t *testing.T) {
	b := open(t)
	inbox, archive, _, _, _ := b.mailboxes()
	m := b.put(inbox, 1, letter{id: "1"})
	op := b.move(archive, m...)
	w := b.work()[0]
	b.ok(b.Begin(b.ctx, w.ID, nil))
	b.ok(b.Undo(b.ctx, op))
	b.ok(b.Refuse(b.ctx, w.ID, refusal))
	b.wantMessage(m[0], in(inbox))
	if ops, _ := b.Operations(b.ctx); len(ops) != 0 || len(b.work()) != 0 {
		t.Errorf("operations %+v and work %+v are left, want none", ops, b.work())
	}
	b.sound()
}

func TestUndoKeywordsChangesBackOnlyWhatChanged(t *testing.T) {
	b := open(t)
	inbox, _, _, _, _ := b.mailboxes()
	m := b.put(inbox, 1, letter{id: "1", keywords: []mail.Keyword{seen}}, letter{id: "2"})
	op := b.keyword(seen, "", m...)
	b.ok(b.Finish(b.ctx, b.work()[0].ID, nil, 0))
	b.ok(b.Undo(b.ctx, op))
	b.wantMessage(m[0], in(inbox), seen)
	b.wantMessage(m[1], in(inbox))
	if w := b.work(); len(w) != 1 || !slices.Equal(w[0].UIDs, []mail.UID{2}) {
		t.Errorf("work is %+v, want only UID 2", w)
	}
	b.sound()
}

func TestDestroy(t *testing.T) {
	b := open(t)
	_, _, trash, _, _ := b.mailboxes()
	m := b.put(trash, 1, letter{id: "1"})
	op := b.apply(mail.Change{Messages: m, Destroy: &mail.DestroyChange{}})
	b.wantMessage(m[0], in())
	wantCode(t, b.Undo(b.ctx, op), mail.CodeNotFound)
	b.sound()
	w := b.work()[0]
	if !w.Destroy {
		t.Fatalf("work is %+v, want to destroy", w)
	}
	b.ok(b.Finish(b.ctx, w.ID, nil, 0))
	_, err := b.Message(b.ctx, m[0])
	wantCode(t, err, mail.CodeNotFound)
	b.sound()
}

// TestMoveOneCopy: a message that is in several mailboxes is taken out of one, and
// undoing puts it back there.
func TestMoveOneCopy(t *testing.T) {
	for name, test := range map[string]struct {
		in       []string
		from, to string
		want     []string
	}{
		"out of a named mailbox":       {[]string{"Archive", "All", "INBOX"}, "Archive", "Trash", []string{"INBOX", "All", "Trash"}},
		"out of the inbox":             {[]string{"Archive", "All", "INBOX"}, "", "Sent", []string{"Archive", "All", "Sent"}},
		"where it is already":          {[]string{"Archive", "All", "INBOX"}, "", "Archive", []string{"Archive", "All"}},
		"out of a mailbox without it":  {[]string{"Archive", "All", "INBOX"}, "Junk", "Trash", []string{"INBOX", "Archive", "All"}},
		"out of all mail only if said": {[]string{"Archive", "All", "INBOX"}, "All", "Sent", []string{"INBOX", "Archive", "Sent"}},
		"no copy but in all mail":      {[]string{"All", "INBOX"}, "", "Trash", []string{"Trash"}},
		"moved, all mail has it still": {[]string{"All", "INBOX"}, "", "Sent", []string{"All", "Sent"}},
	} {
		t.Run(name, func(t *testing.T) {
			b := open(t)
			b.mailboxes()
			b.setMailboxes([]RemoteMailbox{
				{Path: "All", Role: mail.RoleAll, Selectable: true}, {Path: "INBOX", Role: mail.RoleInbox, Selectable: true},
				{Path: "Archive", Selectable: true}, {Path: "Trash", Role: mail.RoleTrash, Selectable: true},
				{Path: "Junk", Role: mail.RoleJunk, Selectable: true}, {Path: "Sent", Role: mail.RoleSent, Selectable: true},
			})
			_, _, err := b.Commit(b.ctx, Batch{Mailbox: b.mailboxOf("All"), Cursor: &Cursor{UIDValidity: 7}})
			b.ok(err)
			var m []mail.MessageID
			for _, path := range test.in {
				m = b.put(b.mailboxOf(path), 1, letter{id: "1"})
			}
			at := func(paths []string) []mail.MailboxID {
				list := make([]mail.MailboxID, len(paths))
				for i, path := range paths {
					list[i] = b.mailboxOf(path)
				}
				return list
			}
			move := mail.MoveChange{To: b.mailboxOf(test.to)}
			if test.from != "" {
				move.From = b.mailboxOf(test.from)
			}
			op := b.apply(mail.Change{Messages: m, Move: &move})
			b.wantMessage(m[0], at(test.want))
			b.sound()
			if op != 0 {
				b.ok(b.Undo(b.ctx, op))
				b.wantMessage(m[0], at(test.in))
				b.sound()
			}
		})
	}
}

// TestOperationsNameAMessage: what waits and what was refused can be recognised.
func TestOperationsNameAMessage(t *testing.T) {
	b := open(t)
	inbox, archive, _, _, _ := b.mailboxes()
	m := b.put(inbox, 1, letter{id: "1", subject: "Colour samples"}, letter{id: "2", subject: "Another"})
	b.move(archive, m...)
	list, err := b.Operations(b.ctx)
	b.ok(err)
	if len(list) != 1 || list[0].Subject != "Colour samples" {
		t.Errorf("operations %+v, want one with the subject of the first message", list)
	}
}

// TestDestroyOneCopy: only the mailbox that is named loses the message.
func TestDestroyOneCopy(t *testing.T) {
	b := open(t)
	inbox, archive, _, _, _ := b.mailboxes()
	m := b.put(inbox, 1, letter{id: "1"})
	b.put(archive, 1, letter{id: "1"})
	b.apply(mail.Change{Messages: m, Destroy: &mail.DestroyChange{From: archive}})
	b.wantMessage(m[0], in(inbox))
	b.sound()
}

func TestVanishedTakesItsWorkAlong(t *testing.T) {
	b := open(t)
	inbox, archive, _, _, _ := b.mailboxes()
	m := b.put(inbox, 1, letter{id: "1"}, letter{id: "2"})
	b.keyword(seen, "", m[0])
	b.move(archive, m...)
	_, _, err := b.Commit(b.ctx, Batch{Mailbox: inbox, Vanished: []mail.UID{1}})
	b.ok(err)
	_, err = b.Message(b.ctx, m[0])
	wantCode(t, err, mail.CodeNotFound)
	w := b.work()
	if len(w) != 1 || !slices.Equal(w[0].UIDs, []mail.UID{2}) {
		t.Errorf("work is %+v, want only the move of UID 2", w)
	}
	b.sound()
	// And work that was asked for before it was taken away needs nothing.
	b.ok(b.Finish(b.ctx, 999, nil, 0))
	b.ok(b.Refuse(b.ctx, 999, refusal))
	wantCode(t, b.Begin(b.ctx, 999, nil), mail.CodeNotFound)
}

func TestRetryCountsAttempts(t *testing.T) {
	b := open(t)
	inbox, _, _, _, _ := b.mailboxes()
	m := b.put(inbox, 1, letter{id: "1"})
	b.keyword(seen, "", m...)
	b.ok(b.Retry(b.ctx, b.work()[0].ID, &mail.Error{Code: mail.CodeTimeout}, day))
	ops, err := b.Operations(b.ctx)
	b.ok(err)
	if b.work()[0].Attempts != 1 || ops[0].Attempts != 1 || ops[0].Problem.Code != mail.CodeTimeout {
		t.Errorf("work %+v, operation %+v: want one attempt that timed out", b.work()[0], ops[0])
	}
}

func TestApplyRefusesNonsense(t *testing.T) {
	b := open(t)
	inbox, archive, _, _, _ := b.mailboxes()
	m := b.put(inbox, 1, letter{id: "1"})
	for _, c := range []struct {
		name   string
		change mail.Change
		code   mail.Code
	}{
		{"nothing", mail.Change{Messages: m}, mail.CodeInvalid},
		{"two things", mail.Change{Messages: m, Destroy: &mail.DestroyChange{}, Move: &mail.MoveChange{To: archive}}, mail.CodeInvalid},
		{"no such mailbox", mail.Change{Messages: m, Move: &mail.MoveChange{To: 99}}, mail.CodeNotFound},
		{"no such message", mail.Change{Messages: []mail.MessageID{99}, Destroy: &mail.DestroyChange{}}, mail.CodeNotFound},
	} {
		_, err := b.Apply(b.ctx, c.change)
		if mail.CodeOf(err) != c.code {
			t.Errorf("%s: got %v, want code %s", c.name, err, c.code)
		}
	}
	if op := b.move(inbox, m...); op != 0 {
		t.Errorf("moving to where it is gave operation %d, want 0", op)
	}
	b.sound()
}

func TestResetMailboxKeepsMessages(t *testing.T) {
	b := open(t)
	inbox, _, _, _, _ := b.mailboxes()
	letters := []letter{{id: "1"}, {text: "no message-id"}, {id: "3"}}
	m := b.put(inbox, 1, letters...)
	b.keyword(seen, "", m[0])
	b.ok(b.ResetMailbox(b.ctx, inbox, 8))
	b.wantMessage(m[0], in(inbox), seen)
	if len(b.work()) != 0 {
		t.Errorf("work %+v has no UIDs and must wait", b.work())
	}
	left, err := b.Adopt(b.ctx, inbox, []Probe{{UID: 11, MessageID: "1", Size: int64(len(letters[0].raw()))}, {UID: 12, Size: int64(len(letters[1].raw()))}})
	b.ok(err)
	if len(left) != 1 || left[0].UID != 12 {
		t.Errorf("unmatched are %+v, want UID 12, which has no Message-ID", left)
	}
	if got := b.put(inbox, 12, letters[1]); got[0] != 0 {
		t.Errorf("the message without Message-ID was stored again as %d", got[0])
	}
	n, err := b.Abandon(b.ctx, inbox)
	b.ok(err)
	if n != 1 {
		t.Errorf("abandoned %d, want message 3 alone", n)
	}
	_, err = b.Message(b.ctx, m[2])
	wantCode(t, err, mail.CodeNotFound)
	if w := b.work(); len(w) != 1 || w[0].UIDs[0] != 11 {
		t.Errorf("work is %+v, want it under the new UID", w)
	}
	b.sound()
}
