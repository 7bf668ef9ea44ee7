package store

import (
	"slices"
	"testing"

	"waxwing/backend/mail"
)

// add appends a letter and returns its message and operation.
func (b *box) add(to mail.MailboxID, replaces mail.MessageID, l letter) (mail.MessageID, mail.OperationID) {
	b.t.Helper()
	m, op, err := b.Append(b.ctx, mail.AppendChange{To: to, Replaces: replaces, Keywords: []mail.Keyword{"$draft"}}, l.incoming(0))
	b.ok(err)
	return m, op
}

// wantWork fails the test unless what waits is, in order, of these kinds.
func (b *box) wantWork(kinds ...string) []Work {
	b.t.Helper()
	list := b.work()
	var got []string
	for _, w := range list {
		switch {
		case w.Append != nil:
			got = append(got, "append "+w.Append.MessageID)
		case w.MoveTo != nil:
			got = append(got, "move")
		case w.Destroy:
			got = append(got, "destroy")
		default:
			got = append(got, "keywords")
		}
	}
	if !slices.Equal(got, kinds) {
		b.t.Fatalf("work is %q, want %q", got, kinds)
	}
	return list
}

func (b *box) done(w Work, uid mail.UID) {
	b.t.Helper()
	b.ok(b.Begin(b.ctx, w.ID, nil))
	b.ok(b.Finish(b.ctx, w.ID, []Moved{{To: uid}}, 7))
}

func TestAppendIsThereAtOnceAndQueued(t *testing.T) {
	b := open(t)
	_, _, _, _, sent := b.mailboxes()
	l := letter{id: "1", subject: "Colour samples", text: "turquoise", at: 3}
	m, op := b.add(sent, 0, l)
	b.wantMessage(m, in(sent), "$draft", seen)
	box := b.mailbox(sent)
	if box.TotalEmails != 1 || box.UnreadEmails != 0 {
		t.Errorf("sent shows %d messages, %d unread, want one that is read", box.TotalEmails, box.UnreadEmails)
	}
	raw, err := b.Raw(b.ctx, m)
	b.ok(err)
	if string(raw) != string(l.raw()) {
		t.Errorf("raw is %q, want what was appended", raw)
	}
	ops, err := b.Operations(b.ctx)
	b.ok(err)
	if len(ops) != 1 || ops[0].ID != op || ops[0].Subject != l.subject || ops[0].Change.Append == nil || ops[0].Change.Append.To != sent {
		t.Errorf("operations are %+v, want the append with its subject", ops)
	}
	b.sound()
	wantCode(t, b.Undo(b.ctx, op), mail.CodeNotFound)
	w := b.wantWork("append 1")[0]
	if a := w.Append; w.Mailbox.ID != sent || a.Message != m || a.Size != int64(len(raw)) || !slices.Equal(a.Keywords, []mail.Keyword{"$draft", seen}) ||
		!a.ReceivedAt.Equal(day.Add(l.at).Truncate(1e6)) || len(w.UIDs) != 0 {
		t.Errorf("work is %+v of %+v", a, w)
	}
	b.done(w, 41)
	located, err := b.Locations(b.ctx, sent)
	b.ok(err)
	if len(located) != 1 || located[0].UID != 41 || located[0].Message != m || len(b.work()) != 0 {
		t.Errorf("sent holds %+v with work %+v, want UID 41", located, b.work())
	}
	wantCode(t, b.Undo(b.ctx, op), mail.CodeNotFound)
	b.sound()
}

func TestAppendRefusesNonsense(t *testing.T) {
	b := open(t)
	inbox, _, _, _, _ := b.mailboxes()
	b.setMailboxes([]RemoteMailbox{{Path: "INBOX", Role: mail.RoleInbox, Selectable: true}, {Path: "Work"}})
	for name, test := range map[string]struct {
		to   mail.MailboxID
		in   Incoming
		code mail.Code
	}{
		"no Message-ID":     {inbox, letter{}.incoming(0), mail.CodeInvalid},
		"no octets":         {inbox, Prepare(Incoming{Content: mail.Content{MessageID: "1"}}, nil), mail.CodeInvalid},
		"no such mailbox":   {99, letter{id: "1"}.incoming(0), mail.CodeNotFound},
		"holds no messages": {b.mailboxOf("Work"), letter{id: "1"}.incoming(0), mail.CodeInvalid},
	} {
		_, _, err := b.Append(b.ctx, mail.AppendChange{To: test.to}, test.in)
		if mail.CodeOf(err) != test.code {
			t.Errorf("%s: got %v, want code %s", name, err, test.code)
		}
	}
	_, err := b.Apply(b.ctx, mail.Change{Append: &mail.AppendChange{To: inbox}})
	wantCode(t, err, mail.CodeInvalid)
	b.sound()
}

// TestAppendOfWhatIsThere: a server that files sent mail by itself may have been
// quicker, with other octets.
func TestAppendOfWhatIsThere(t *testing.T) {
	b := open(t)
	_, archive, _, _, sent := b.mailboxes()
	filed := b.put(sent, 5, letter{id: "1", text: "as the server has it"})
	m, op := b.add(sent, 0, letter{id: "1", text: "as it was sent"})
	if m != filed[0] || op != 0 || len(b.work()) != 0 {
		t.Errorf("got message %d, operation %d, want message %d and nothing to do", m, op, filed[0])
	}
	if m, op := b.add(archive, 0, letter{id: "1", text: "as it was sent"}); m == filed[0] || op == 0 {
		t.Errorf("got message %d, operation %d: another mailbox has its own", m, op)
	}
	b.sound()
}

// TestAppendFoundBySync: what the server got in another way, or whose answer was lost,
// takes the place of what waits.
func TestAppendFoundBySync(t *testing.T) {
	sent := letter{id: "1", text: "as it was sent"}
	other := letter{id: "1", text: "as the server has it, with more text"}
	for name, bring := range map[string]func(b *box, to mail.MailboxID){
		"the same":     func(b *box, to mail.MailboxID) { b.put(to, 9, sent) },
		"other octets": func(b *box, to mail.MailboxID) { b.put(to, 9, other) },
		"recognised": func(b *box, to mail.MailboxID) {
			left, err := b.Adopt(b.ctx, to, []Probe{{UID: 9, MessageID: "1", Size: int64(len(sent.raw()))}})
			if b.ok(err); len(left) != 0 {
				b.t.Errorf("unmatched are %+v", left)
			}
		},
	} {
		for _, refused := range []bool{false, true} {
			b := open(t)
			_, _, _, _, to := b.mailboxes()
			_, op := b.add(to, 0, sent)
			w := b.wantWork("append 1")[0]
			b.ok(b.Begin(b.ctx, w.ID, []byte("begun")))
			if refused {
				b.ok(b.Refuse(b.ctx, w.ID, refusal))
			}
			bring(b, to)
			located, err := b.Locations(b.ctx, to)
			b.ok(err)
			if box := b.mailbox(to); len(located) != 1 || located[0].UID != 9 || box.TotalEmails != 1 {
				t.Errorf("%s, refused %v: mailbox holds %+v and shows %d, want UID 9 alone", name, refused, located, box.TotalEmails)
			}
			if ops, _ := b.Operations(b.ctx); len(ops) != 0 || len(b.work()) != 0 {
				t.Errorf("%s, refused %v: operations %+v and work %+v are left", name, refused, ops, b.work())
			}
			b.ok(b.Finish(b.ctx, w.ID, []Moved{{To: 9}}, 7)) // the late answer
			wantCode(t, b.Undo(b.ctx, op), mail.CodeNotFound)
			b.sound()
		}
	}
}

// TestAppendFollowedByChanges: what the person does to it waits for its UID.
func TestAppendFollowedByChanges(t *testing.T) {
	b := open(t)
	_, archive, _, _, sent := b.mailboxes()
	m, _ := b.add(sent, 0, letter{id: "1"})
	b.keyword(flagged, "", m)
	b.move(archive, m)
	b.wantMessage(m, in(archive), "$draft", flagged, seen)
	w := b.wantWork("append 1")[0]
	if slices.Contains(w.Append.Keywords, flagged) {
		t.Error("$flagged is given with the append, and would be once more")
	}
	b.sound()
	b.done(w, 41)
	list := b.wantWork("keywords", "move")
	if list[0].UIDs[0] != 41 || list[1].MoveTo.ID != archive {
		t.Errorf("work is %+v", list)
	}
	b.sound()
}

// TestAppendWithoutUID: an answer without APPENDUID leaves the UID to be found.
func TestAppendWithoutUID(t *testing.T) {
	b := open(t)
	_, _, _, _, drafts := b.mailboxes()
	l := letter{id: "2"}
	old := b.put(drafts, 4, letter{id: "1"})
	m, _ := b.add(drafts, old[0], l)
	b.ok(b.Finish(b.ctx, b.wantWork("append 2")[0].ID, nil, 0))
	b.wantMessage(m, in(drafts), "$draft", seen)
	b.wantWork() // the predecessor stays until the successor has been seen
	b.sound()
	_, err := b.Adopt(b.ctx, drafts, []Probe{{UID: 5, MessageID: "2", Size: int64(len(l.raw()))}})
	b.ok(err)
	if w := b.wantWork("destroy")[0]; !slices.Equal(w.UIDs, []mail.UID{4}) {
		t.Errorf("work is %+v, want UID 4", w)
	}
	b.sound()
}

// TestAppendNeverSeen: a predecessor stays when its successor hasn't arrived.
func TestAppendNeverSeen(t *testing.T) {
	b := open(t)
	_, _, _, _, drafts := b.mailboxes()
	old := b.put(drafts, 4, letter{id: "1"})
	b.add(drafts, old[0], letter{id: "2"})
	b.ok(b.Finish(b.ctx, b.wantWork("append 2")[0].ID, nil, 0))
	n, err := b.Abandon(b.ctx, drafts)
	b.ok(err)
	if n != 1 {
		t.Errorf("abandoned %d, want the one that the server said it had", n)
	}
	b.wantMessage(old[0], in(drafts))
	b.wantWork()
	b.sound()
}

func TestAppendReplaces(t *testing.T) {
	b := open(t)
	_, _, _, _, drafts := b.mailboxes()
	first, _ := b.add(drafts, 0, letter{id: "1"})
	b.done(b.wantWork("append 1")[0], 1)
	// The second begins, the third never reaches the server, nor the fourth.
	second, _ := b.add(drafts, first, letter{id: "2"})
	begun := b.wantWork("append 2")[0]
	b.ok(b.Begin(b.ctx, begun.ID, nil))
	third, _ := b.add(drafts, second, letter{id: "3"})
	fourth, _ := b.add(drafts, third, letter{id: "4"})
	fifth, _ := b.add(drafts, fourth, letter{id: "5"})
	for _, gone := range []mail.MessageID{third, fourth} {
		_, err := b.Message(b.ctx, gone)
		wantCode(t, err, mail.CodeNotFound)
	}
	b.wantMessage(fifth, in(drafts), "$draft", seen)
	if n := b.mailbox(drafts).TotalEmails; n != 1 {
		t.Errorf("%d drafts are shown, want the newest", n)
	}
	if ops, _ := b.Operations(b.ctx); len(ops) != 2 {
		t.Errorf("operations are %+v, want those of the second and the fifth", ops)
	}
	b.sound()
	b.wantWork("append 2", "append 5")
	b.ok(b.Finish(b.ctx, begun.ID, []Moved{{To: 2}}, 7))
	list := b.wantWork("destroy", "append 5")
	if !slices.Equal(list[0].UIDs, []mail.UID{1}) {
		t.Errorf("work is %+v, want UID 1 to go", list[0])
	}
	b.ok(b.Finish(b.ctx, list[0].ID, nil, 0))
	b.done(list[1], 3)
	list = b.wantWork("destroy")
	if !slices.Equal(list[0].UIDs, []mail.UID{2}) {
		t.Errorf("work is %+v, want UID 2 to go", list[0])
	}
	b.ok(b.Finish(b.ctx, list[0].ID, nil, 0))
	located, err := b.Locations(b.ctx, drafts)
	b.ok(err)
	if len(located) != 1 || located[0].Message != fifth {
		t.Errorf("drafts holds %+v, want the fifth", located)
	}
	b.sound()
}

// TestAppendTakenBack: what the server hasn't been given is dropped when it is
// deleted; a piece that was taken from the queue before must not be done.
func TestAppendTakenBack(t *testing.T) {
	b := open(t)
	_, _, _, _, drafts := b.mailboxes()
	old := b.put(drafts, 4, letter{id: "1"})
	m, _ := b.add(drafts, old[0], letter{id: "2"})
	b.keyword(flagged, "", m)
	w := b.wantWork("append 2")[0]
	b.apply(mail.Change{Messages: []mail.MessageID{m}, Destroy: &mail.DestroyChange{}})
	wantCode(t, b.Begin(b.ctx, w.ID, nil), mail.CodeNotFound)
	_, err := b.Message(b.ctx, m)
	wantCode(t, err, mail.CodeNotFound)
	b.wantWork("destroy") // of what it replaces
	b.sound()
	// One that was begun is appended, and then goes.
	m, _ = b.add(drafts, 0, letter{id: "3"})
	w = b.work()[1]
	b.ok(b.Begin(b.ctx, w.ID, nil))
	b.apply(mail.Change{Messages: []mail.MessageID{m}, Destroy: &mail.DestroyChange{}})
	b.sound()
	b.wantWork("destroy", "append 3")
	b.ok(b.Finish(b.ctx, w.ID, []Moved{{To: 6}}, 7))
	b.wantWork("destroy", "destroy")
	b.sound()
}

// TestRefusedAppend: the message stays readable and can be tried again, moved,
// deleted, or left as it is.
func TestRefusedAppend(t *testing.T) {
	type state struct {
		*box
		drafts, archive mail.MailboxID
		old, m          mail.MessageID
		op              mail.OperationID
	}
	gone := func(s state) {
		s.t.Helper()
		_, err := s.Message(s.ctx, s.m)
		wantCode(s.t, err, mail.CodeNotFound)
		if ops, _ := s.Operations(s.ctx); len(ops) != 0 {
			s.t.Errorf("operations are %+v, want none", ops)
		}
	}
	for name, then := range map[string]func(s state){
		"tried again": func(s state) {
			s.ok(s.RetryOperation(s.ctx, s.op))
			wantCode(s.t, s.RetryOperation(s.ctx, s.op), mail.CodeNotFound)
			s.sound()
			w := s.wantWork("append 2")[0]
			if string(w.Journal) != "begun" || w.Attempts != 0 {
				s.t.Errorf("work is %+v, want the journal of the first time", w)
			}
			s.done(w, 9)
			s.wantWork("destroy")
		},
		"tried again after a change of the predecessor": func(s state) {
			s.keyword(flagged, "", s.old)
			s.ok(s.RetryOperation(s.ctx, s.op))
			s.done(s.wantWork("append 2")[0], 9)
			s.ok(s.Finish(s.ctx, s.wantWork("destroy", "keywords")[0].ID, nil, 0))
			s.wantWork()
			if n, _ := s.PendingOperations(s.ctx); n != 0 {
				s.t.Errorf("%d operations are pending, want none: the message is gone", n)
			}
		},
		"replaced": func(s state) {
			s.add(s.drafts, s.m, letter{id: "3"})
			gone2, err := s.Operations(s.ctx)
			s.ok(err)
			if len(gone2) != 1 || gone2[0].State != mail.OperationPending {
				s.t.Errorf("operations are %+v, want the successor's", gone2)
			}
			s.done(s.wantWork("append 3")[0], 9)
			if w := s.wantWork("destroy")[0]; !slices.Equal(w.UIDs, []mail.UID{4}) {
				s.t.Errorf("work is %+v, want the first version to go", w)
			}
		},
		"moved": func(s state) {
			if op := s.move(s.archive, s.m); op != 0 {
				s.t.Errorf("moving gave operation %d, which can't be undone", op)
			}
			s.wantMessage(s.m, in(s.archive), "$draft", seen)
			if w := s.wantWork("append 2")[0]; w.Mailbox.ID != s.archive {
				s.t.Errorf("work is %+v, want it in the archive", w)
			}
		},
		"deleted": func(s state) {
			s.apply(mail.Change{Messages: []mail.MessageID{s.m}, Destroy: &mail.DestroyChange{}})
			gone(s)
		},
		"dismissed": func(s state) {
			s.ok(s.DismissOperation(s.ctx, s.op))
			wantCode(s.t, s.DismissOperation(s.ctx, s.op), mail.CodeNotFound)
			wantCode(s.t, s.RetryOperation(s.ctx, s.op), mail.CodeNotFound)
			if ops, _ := s.Operations(s.ctx); len(ops) != 0 {
				s.t.Errorf("operations are %+v, want none", ops)
			}
			s.wantMessage(s.m, in(s.drafts), "$draft", seen)
			_, err := s.Abandon(s.ctx, s.drafts)
			s.ok(err)
			s.wantMessage(s.m, in(s.drafts), "$draft", seen)
			s.sound()
			s.move(s.archive, s.m)
			s.wantWork("append 2")
		},
		"dismissed and deleted": func(s state) {
			s.ok(s.DismissOperation(s.ctx, s.op))
			s.apply(mail.Change{Messages: []mail.MessageID{s.m}, Destroy: &mail.DestroyChange{}})
			gone(s)
		},
	} {
		t.Run(name, func(t *testing.T) {
			b := open(t)
			_, archive, _, _, drafts := b.mailboxes()
			s := state{box: b, drafts: drafts, archive: archive, old: b.put(drafts, 4, letter{id: "1"})[0]}
			s.m, s.op = b.add(drafts, s.old, letter{id: "2"})
			w := b.wantWork("append 2")[0]
			b.ok(b.Begin(b.ctx, w.ID, []byte("begun")))
			b.ok(b.Refuse(b.ctx, w.ID, refusal))
			b.wantMessage(s.old, in(drafts)) // is back
			b.wantMessage(s.m, in(drafts), "$draft", seen)
			ops, err := b.Operations(b.ctx)
			b.ok(err)
			if len(ops) != 1 || ops[0].State != mail.OperationRefused || ops[0].Problem.Code != refusal.Code {
				t.Fatalf("operations are %+v, want the refused one", ops)
			}
			b.wantWork()
			b.sound()
			then(s)
			b.sound()
		})
	}
}

// TestRefusedAppendOfWhatWentOn: what was moved or deleted meanwhile can't wait for a
// UID that never comes.
func TestRefusedAppendOfWhatWentOn(t *testing.T) {
	b := open(t)
	_, archive, trash, _, sent := b.mailboxes()
	m, op := b.add(sent, 0, letter{id: "1"})
	w := b.wantWork("append 1")[0]
	b.ok(b.Begin(b.ctx, w.ID, nil))
	b.move(archive, m)
	b.keyword(flagged, "", m)
	b.move(trash, m)
	b.ok(b.Refuse(b.ctx, w.ID, refusal))
	b.wantMessage(m, in(trash), "$draft", flagged, seen)
	b.sound()
	b.ok(b.RetryOperation(b.ctx, op))
	w = b.wantWork("append 1")[0]
	if w.Mailbox.ID != trash {
		t.Errorf("work is %+v, want it in the trash", w)
	}
	b.ok(b.Begin(b.ctx, w.ID, nil))
	b.apply(mail.Change{Messages: []mail.MessageID{m}, Destroy: &mail.DestroyChange{}})
	b.ok(b.Refuse(b.ctx, w.ID, refusal))
	_, err := b.Message(b.ctx, m)
	wantCode(t, err, mail.CodeNotFound)
	if ops, _ := b.Operations(b.ctx); len(ops) != 0 {
		t.Errorf("operations are %+v, want none", ops)
	}
	b.sound()
}

// TestAppendMailboxGone: the message finds another place.
func TestAppendMailboxGone(t *testing.T) {
	inbox := RemoteMailbox{Path: "INBOX", Role: mail.RoleInbox, Selectable: true}
	for name, test := range map[string]struct {
		list    []RemoteMailbox
		in      string
		refused int
	}{
		"another has the role": {[]RemoteMailbox{inbox, {Path: "Sent Items", Role: mail.RoleSent, Selectable: true}}, "Sent Items", 0},
		"none has the role":    {[]RemoteMailbox{inbox, {Path: "Archive", Selectable: true}}, "INBOX", 1},
		"can't hold messages":  {[]RemoteMailbox{inbox, {Path: "Sent", Role: mail.RoleSent}}, "INBOX", 1},
	} {
		t.Run(name, func(t *testing.T) {
			b := open(t)
			_, _, _, _, sent := b.mailboxes()
			m, op := b.add(sent, 0, letter{id: "1"})
			b.keyword(flagged, "", m)
			begun := b.wantWork("append 1")[0]
			b.ok(b.Begin(b.ctx, begun.ID, []byte("begun")))
			refused := b.setMailboxes(test.list)
			if len(refused) != test.refused || test.refused > 0 && (refused[0].ID != op || refused[0].Problem.Code != mail.CodeMailboxGone) {
				t.Errorf("refused %+v, want %d", refused, test.refused)
			}
			b.wantMessage(m, in(b.mailboxOf(test.in)), "$draft", flagged, seen)
			b.sound()
			if test.refused > 0 {
				b.ok(b.RetryOperation(b.ctx, op))
			}
			w := b.wantWork("append 1")[0]
			if w.Mailbox.Path != test.in || w.Journal != nil || w.ID == begun.ID {
				t.Errorf("work is %+v, want it to begin anew in %s", w, test.in)
			}
			b.done(w, 3)
			b.sound()
		})
	}
}
