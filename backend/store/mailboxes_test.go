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
	b.ok(b.SetMailboxes(b.ctx, list))
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
	state, err := b.State(b.ctx)
	b.ok(err)
	b.ok(b.SetMailboxes(b.ctx, list))
	if now, _ := b.State(b.ctx); now != state {
		t.Errorf("the same list raised the state from %d to %d", state, now)
	}
	m := b.put(byPath["Work/Plans"].ID, 1, letter{id: "1"})
	kept := b.put(byPath["Work/Plans"].ID, 2, letter{id: "2"})
	b.put(byPath["INBOX"].ID, 2, letter{id: "2"})
	b.keyword(seen, "", append(m, kept...)...)
	b.ok(b.SetMailboxes(b.ctx, list[:2]))
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

func TestTargetMailboxGone(t *testing.T) {
	b := open(t)
	inbox, _, _, _, _ := b.mailboxes()
	m := b.put(inbox, 1, letter{id: "1"})
	archive := b.mailboxOf("Archive")
	b.move(archive, m...)
	b.keyword(flagged, "", m...)
	b.ok(b.SetMailboxes(b.ctx, []RemoteMailbox{{Path: "INBOX", Delimiter: "/", Role: mail.RoleInbox, Selectable: true}}))
	b.wantMessage(m[0], in(inbox), flagged)
	if w := b.work(); len(w) != 1 || w[0].Keywords == nil || w[0].UIDs[0] != 1 {
		t.Errorf("work is %+v, want $flagged on UID 1 alone", w)
	}
	b.sound()
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
	b.ok(b.SetMailboxes(b.ctx, list))
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
	b.ok(b.SetMailboxes(b.ctx, list)) // the server still says otherwise
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
