package store

import (
	"slices"
	"testing"

	"waxwing/backend/mail"
)

func TestSetMailboxes(t *testing.T) {
	b := open(t)
	list := []RemoteMailbox{
		{Path: "INBOX", Delimiter: "/", Role: mail.RoleInbox, Selectable: true, Subscribed: true},
		{Path: "Work", Delimiter: "/"},
		{Path: "Work/Plans", Delimiter: "/", Selectable: true},
		{Path: "Flat/er", Selectable: true}, // no delimiter: the slash is part of the name
	}
	b.setMailboxes(list)
	got, err := b.Mailboxes(b.ctx)
	b.ok(err)
	byPath := map[string]mail.Mailbox{}
	for _, m := range got {
		byPath[m.Path] = m
	}
	if p := byPath["Work/Plans"]; p.Name != "Plans" || p.Parent != byPath["Work"].ID || !p.Selectable {
		t.Errorf("Work/Plans is %+v", p)
	}
	if f := byPath["Flat/er"]; f.Name != "Flat/er" || f.Parent != 0 {
		t.Errorf("Flat/er is %+v", f)
	}
	for _, m := range got {
		if one := b.mailbox(m.ID); one != m {
			t.Errorf("mailbox %d alone is %+v, in the list %+v", m.ID, one, m)
		}
	}
	state, err := b.State(b.ctx)
	b.ok(err)
	b.setMailboxes(list)
	if now, _ := b.State(b.ctx); now != state {
		t.Errorf("the same list raised the state from %d to %d", state, now)
	}
	m := b.put(byPath["Work/Plans"].ID, 1, letter{id: "1"})
	kept := b.put(byPath["Work/Plans"].ID, 2, letter{id: "2"})
	b.put(byPath["INBOX"].ID, 2, letter{id: "2"})
	b.keyword(seen, "", append(m, kept...)...)
	b.setMailboxes(list[:2])
	_, err = b.Message(b.ctx, m[0])
	wantCode(t, err, mail.CodeNotFound)
	b.wantMessage(kept[0], in(byPath["INBOX"].ID), seen)
	_, err = b.Mailbox(b.ctx, byPath["Work/Plans"].ID)
	wantCode(t, err, mail.CodeNotFound)
	c, err := b.Changes(b.ctx, state, 100)
	b.ok(err)
	if !slices.Contains(c.MailboxesDestroyed, byPath["Work/Plans"].ID) || len(c.MailboxesCreated) != 0 {
		t.Errorf("changes are %+v", c)
	}
	b.sound()
}

// TestMailboxGone: what can't be done any more because its mailbox is gone is
// refused and listed, and what was done afterwards is not lost with it.
func TestMailboxGone(t *testing.T) {
	type boxes struct{ inbox, archive, trash mail.MailboxID }
	tests := []struct {
		name    string
		do      func(b *box, at boxes, m mail.MessageID) (refused []mail.OperationID)
		in      []string // where the message, of inbox and archive, is in the end
		seen    []mail.Keyword
		pending int
	}{
		{"moved there", func(b *box, at boxes, m mail.MessageID) []mail.OperationID {
			return []mail.OperationID{b.move(at.archive, m)}
		}, []string{"INBOX"}, nil, 0},
		{"moved there, then flagged", func(b *box, at boxes, m mail.MessageID) []mail.OperationID {
			op := b.move(at.archive, m)
			b.keyword(flagged, "", m)
			return []mail.OperationID{op}
		}, []string{"INBOX"}, []mail.Keyword{flagged}, 1},
		{"moved there and on", func(b *box, at boxes, m mail.MessageID) []mail.OperationID {
			op := b.move(at.archive, m)
			b.move(at.trash, m)
			return []mail.OperationID{op}
		}, []string{"Trash"}, nil, 1},
		{"moved there, which had begun", func(b *box, at boxes, m mail.MessageID) []mail.OperationID {
			op := b.move(at.archive, m)
			b.ok(b.Begin(b.ctx, b.work()[0].ID, nil))
			return []mail.OperationID{op}
		}, []string{"INBOX"}, nil, 0},
		{"taken back after it had begun", func(b *box, at boxes, m mail.MessageID) []mail.OperationID {
			op := b.move(at.archive, m)
			b.ok(b.Begin(b.ctx, b.work()[0].ID, nil))
			b.ok(b.Undo(b.ctx, op))
			return nil
		}, []string{"INBOX"}, nil, 0},
		{"elsewhere", func(b *box, at boxes, m mail.MessageID) []mail.OperationID {
			b.move(at.trash, m)
			return nil
		}, []string{"Trash"}, nil, 1},
	}
	list := func(paths ...string) (out []RemoteMailbox) {
		for _, p := range paths {
			out = append(out, RemoteMailbox{Path: p, Delimiter: "/", Selectable: true})
		}
		return out
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			b := open(t)
			inbox, archive, trash, _, _ := b.mailboxes()
			m := b.put(inbox, 1, letter{id: "1"})[0]
			want := test.do(b, boxes{inbox, archive, trash}, m)
			b.wantGone(b.setMailboxes(list("INBOX", "Trash")), "Archive", want)
			var at []mail.MailboxID
			for _, path := range test.in {
				at = append(at, b.mailboxOf(path))
			}
			b.wantMessage(m, at, test.seen...)
			if n, err := b.PendingOperations(b.ctx); n != test.pending || err != nil {
				t.Errorf("%d operations pending, %v, want %d", n, err, test.pending)
			}
			for _, w := range b.work() {
				if w.Mailbox.ID != inbox || w.UIDs[0] != 1 {
					t.Errorf("work is %+v, want it to begin at UID 1 of the inbox", w)
				}
			}
			b.sound()
		})
	}
}

// TestMailboxOnlyParent: a mailbox that was deleted and still holds others is
// gone as far as its messages go.
func TestMailboxOnlyParent(t *testing.T) {
	b := open(t)
	inbox, archive, _, _, _ := b.mailboxes()
	m := b.put(inbox, 1, letter{id: "1"})
	lost := b.put(archive, 1, letter{id: "2"})
	op := b.move(archive, m...)
	b.wantGone(b.setMailboxes([]RemoteMailbox{{Path: "INBOX", Delimiter: "/", Selectable: true}, {Path: "Archive", Delimiter: "/"}}),
		"Archive", []mail.OperationID{op})
	b.wantMessage(m[0], in(inbox))
	_, err := b.Message(b.ctx, lost[0])
	wantCode(t, err, mail.CodeNotFound)
	if got := b.mailbox(archive); got.Selectable || got.TotalEmails != 0 {
		t.Errorf("mailbox is %+v, want an empty one that can't be selected", got)
	}
	b.sound()
}

// TestSourceMailboxGone: what was to be done to messages of a mailbox that is
// gone is refused; their copies elsewhere stay.
func TestSourceMailboxGone(t *testing.T) {
	b := open(t)
	inbox, archive, _, _, _ := b.mailboxes()
	lost := b.put(archive, 1, letter{id: "1"}, letter{id: "2"}, letter{id: "3"})
	kept := b.put(archive, 4, letter{id: "4"})
	b.put(inbox, 4, letter{id: "4"})
	want := []mail.OperationID{
		b.move(inbox, lost[0]),
		b.keyword(seen, "", lost[0]), // on its way
		b.keyword(seen, "", lost[1]),
		b.apply(mail.Change{Messages: kept, Move: &mail.MoveChange{From: archive, To: b.mailboxOf("Sent")}}),
	}
	b.apply(mail.Change{Messages: lost[2:], Destroy: &mail.DestroyChange{}}) // has happened
	b.wantGone(b.setMailboxes([]RemoteMailbox{{Path: "INBOX", Delimiter: "/", Role: mail.RoleInbox, Selectable: true},
		{Path: "Sent", Delimiter: "/", Role: mail.RoleSent, Selectable: true}}), "Archive", want)
	for _, id := range lost {
		_, err := b.Message(b.ctx, id)
		wantCode(t, err, mail.CodeNotFound)
	}
	b.wantMessage(kept[0], in(inbox))
	if n, err := b.PendingOperations(b.ctx); n != 0 || err != nil {
		t.Errorf("%d operations pending, %v, want none", n, err)
	}
	b.sound()
}

// wantGone sees that just these operations were refused, and are listed, since
// the mailbox is gone.
func (b *box) wantGone(refused []mail.Operation, path string, want []mail.OperationID) {
	b.t.Helper()
	all, err := b.Operations(b.ctx)
	b.ok(err)
	listed := slices.DeleteFunc(all, func(o mail.Operation) bool { return o.State != mail.OperationRefused })
	for _, list := range [][]mail.Operation{refused, listed} {
		var got []mail.OperationID
		for _, o := range list {
			got = append(got, o.ID)
			if p := o.Problem; o.State != mail.OperationRefused || p.Code != mail.CodeMailboxGone || p.Args["mailbox"] != path {
				b.t.Errorf("operation %d is %s by %v, want refused by %s of %s", o.ID, o.State, p, mail.CodeMailboxGone, path)
			}
		}
		if !slices.Equal(got, want) {
			b.t.Errorf("refused %v, want %v", got, want)
		}
	}
}

func (b *box) mailboxOf(path string) mail.MailboxID {
	b.t.Helper()
	list, err := b.Mailboxes(b.ctx)
	b.ok(err)
	for _, m := range list {
		if m.Path == path {
			return m.ID
		}
	}
	b.t.Fatalf("no mailbox %q", path)
	return 0
}

func TestChosenRoleWins(t *testing.T) {
	b := open(t)
	list := []RemoteMailbox{{Path: "Trash", Role: mail.RoleTrash, Selectable: true}, {Path: "Bin", Selectable: true}}
	b.setMailboxes(list)
	trash, bin := b.mailboxOf("Trash"), b.mailboxOf("Bin")
	b.put(bin, 1, letter{id: "1"})
	b.put(trash, 1, letter{id: "2"})
	joint := func() int {
		page, err := b.Threads(b.ctx, ThreadQuery{})
		b.ok(err)
		return page.Total
	}
	if n := joint(); n != 1 {
		t.Errorf("joint view has %d threads, want 1", n)
	}
	b.ok(b.SetRole(b.ctx, bin, mail.RoleTrash))
	b.setMailboxes(list) // the server still says otherwise
	if r, s := b.mailbox(bin).Role, b.mailbox(trash).Role; r != mail.RoleTrash || s != mail.RoleNone {
		t.Errorf("roles are %q and %q, want the chosen one alone", r, s)
	}
	page, err := b.Threads(b.ctx, ThreadQuery{})
	b.ok(err)
	if page.Total != 1 || len(page.Threads) != 1 || page.Threads[0].Messages[0] != 2 {
		t.Errorf("joint view is %+v, want message 2 alone", page)
	}
	b.sound()
	wantCode(t, b.SetRole(b.ctx, 99, mail.RoleTrash), mail.CodeNotFound)
}

// A move out of two mailboxes is a move out of one and a deletion in the other.
// When the first copy is expunged elsewhere before, the other one is the last.
func TestMovedCopyExpungedElsewhere(t *testing.T) {
	for _, gone := range []int{0, 1} {
		b := open(t)
		inbox, archive, _, _, sent := b.mailboxes()
		kept := b.put(archive, 4, letter{id: "4"})
		b.put(inbox, 4, letter{id: "4"})
		b.move(sent, kept...)
		from, left := archive, inbox
		if gone == 1 {
			from, left = inbox, archive
		}
		_, _, err := b.Commit(b.ctx, Batch{Mailbox: from, Vanished: []mail.UID{4}})
		b.ok(err)
		work := b.work()
		for _, w := range work {
			if w.Destroy && w.Mailbox.ID == left {
				t.Errorf("the last copy is to be destroyed: %+v", w)
			}
		}
		if len(work) == 0 { // the move went with its copy
			b.wantMessage(kept[0], in(left))
		}
		b.sound()
	}
}

// TestRenamedMailboxes: mailboxes that changed places keep what they hold and what
// waits for them; what stood where one went is gone.
func TestRenamedMailboxes(t *testing.T) {
	b := open(t)
	inbox, archive, trash, junk, sent := b.mailboxes()
	a, z := b.put(archive, 1, letter{id: "a"}), b.put(trash, 1, letter{id: "z"})
	m := b.put(inbox, 1, letter{id: "m"}, letter{id: "n"})
	b.keyword(seen, "", a...)
	b.move(trash, m[0])
	lost := b.move(sent, m[1])
	b.ok(b.SetRole(b.ctx, archive, mail.RoleArchive))
	refused := b.setMailboxes([]RemoteMailbox{
		{Path: "INBOX", Delimiter: "/", Role: mail.RoleInbox, Selectable: true},
		{Path: "Trash", Delimiter: "/", Selectable: true, Was: archive},
		{Path: "Archive", Delimiter: "/", Role: mail.RoleArchive, Selectable: true, Was: trash},
		{Path: "Sent", Delimiter: "/", Selectable: true, Was: junk},
		{Path: "New", Delimiter: "/", Selectable: true, Was: 99}, // no such mailbox: a new one
	})
	b.wantGone(refused, "Sent", []mail.OperationID{lost})
	for path, want := range map[string]mail.MailboxID{"Trash": archive, "Archive": trash, "Sent": junk, "INBOX": inbox} {
		if got := b.mailboxOf(path); got != want {
			t.Errorf("%s is mailbox %d, want %d", path, got, want)
		}
	}
	if r := b.mailbox(archive).Role; r != mail.RoleArchive {
		t.Errorf("the role chosen is %q after the rename", r)
	}
	b.wantMessage(a[0], in(archive), seen)
	b.wantMessage(z[0], in(trash))
	b.wantMessage(m[0], in(trash))
	b.wantMessage(m[1], in(inbox))
	for _, w := range b.work() {
		if w.MoveTo != nil && w.MoveTo.Path != "Archive" || w.Keywords != nil && w.Mailbox.Path != "Trash" {
			t.Errorf("work is %+v, want it under the new names", w)
		}
	}
	b.mailboxOf("New")
	b.sound()
}
