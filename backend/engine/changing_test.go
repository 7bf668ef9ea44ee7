package engine

import (
	"context"
	"slices"
	"strings"
	"testing"

	"waxwing/backend/mail"
	"waxwing/backend/message"
	"waxwing/backend/store"
)

// places returns the paths of the mailboxes that a message is in: none for one
// that is on its way out.
func places(t *testing.T, e *Engine, ref mail.Ref) string {
	t.Helper()
	m, err := e.Message(t.Context(), ref)
	if err != nil {
		t.Fatal(err)
	}
	db, err := e.Store(ref.Account)
	if err != nil {
		t.Fatal(err)
	}
	var paths []string
	for _, id := range m.Mailboxes {
		b, err := db.Mailbox(t.Context(), id)
		if err != nil {
			t.Fatal(err)
		}
		paths = append(paths, b.Path)
	}
	slices.Sort(paths)
	return strings.Join(paths, ",")
}

func TestMoveToRoles(t *testing.T) {
	flat := usual[:1]
	gmail := append(slices.Clone(flat), store.RemoteMailbox{
		Path: "[Gmail]/All Mail", Delimiter: "/", Role: mail.RoleAll, Selectable: true,
	})
	tests := []struct {
		name  string
		boxes []store.RemoteMailbox
		do    func(*Engine, []mail.Ref) (Receipt, error)
		code  mail.Code
		place string
	}{
		{"archive", usual, func(e *Engine, r []mail.Ref) (Receipt, error) { return e.Archive(t.Context(), r) }, "", "Archive"},
		{"trash", usual, func(e *Engine, r []mail.Ref) (Receipt, error) { return e.Trash(t.Context(), r) }, "", "Trash"},
		{"junk", usual, func(e *Engine, r []mail.Ref) (Receipt, error) { return e.Junk(t.Context(), r) }, "", "Junk"},
		{"delete", usual, func(e *Engine, r []mail.Ref) (Receipt, error) { return e.Delete(t.Context(), r) }, "", "Trash"},
		{"archive where all mail is", gmail, func(e *Engine, r []mail.Ref) (Receipt, error) { return e.Archive(t.Context(), r) }, "", "[Gmail]/All Mail"},
		{"no archive", flat, func(e *Engine, r []mail.Ref) (Receipt, error) { return e.Archive(t.Context(), r) }, mail.CodeNoMailbox, "INBOX"},
		{"no trash", flat, func(e *Engine, r []mail.Ref) (Receipt, error) { return e.Trash(t.Context(), r) }, mail.CodeNoMailbox, "INBOX"},
		{"delete without trash", flat, func(e *Engine, r []mail.Ref) (Receipt, error) { return e.Delete(t.Context(), r) }, "", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			e := openEngine(t, t.TempDir(), nil, idle)
			id := addAccount(t, e, "ann")
			ref := deliver(t, e, id, fill(t, e, id, tt.boxes)["INBOX"], "hello", 1)
			receipt, err := tt.do(e, []mail.Ref{ref})
			if mail.CodeOf(err) != tt.code {
				t.Fatalf("got %v, want code %q", err, tt.code)
			}
			if got := places(t, e, ref); got != tt.place {
				t.Errorf("the message is in %s, want %s", got, tt.place)
			}
			if done := tt.code == ""; done != (receipt.Count == 1 && len(receipt.Operations) == 1) {
				t.Errorf("receipt is %+v", receipt)
			}
		})
	}
}

// TestChangesOverAccounts changes and undoes messages of two accounts at once.
func TestChangesOverAccounts(t *testing.T) {
	e := openEngine(t, t.TempDir(), nil, idle)
	ann, bob := addAccount(t, e, "ann"), addAccount(t, e, "bob")
	refs := []mail.Ref{
		deliver(t, e, ann, fill(t, e, ann, usual)["INBOX"], "one", 1),
		deliver(t, e, bob, fill(t, e, bob, usual)["INBOX"], "two", 2),
	}
	receipt, err := e.Archive(t.Context(), refs)
	if err != nil || receipt.Count != 2 || len(receipt.Operations) != 2 {
		t.Fatalf("Archive: %+v, %v, want two operations", receipt, err)
	}
	if got := places(t, e, refs[0]) + " " + places(t, e, refs[1]); got != "Archive Archive" {
		t.Errorf("archived messages are in %s", got)
	}
	if e.Status(ann).Pending != 1 || e.Status(bob).Pending != 1 {
		t.Errorf("pending: %d and %d, want 1 and 1", e.Status(ann).Pending, e.Status(bob).Pending)
	}
	if ops, err := e.Operations(t.Context()); err != nil || len(ops) != 2 || ops[0].Account != ann || ops[1].Account != bob {
		t.Errorf("operations: %+v, %v", ops, err)
	}
	if err := e.Undo(t.Context(), receipt.Operations); err != nil {
		t.Fatal(err)
	}
	if got := places(t, e, refs[0]) + " " + places(t, e, refs[1]); got != "INBOX INBOX" {
		t.Errorf("after Undo the messages are in %s", got)
	}
	if e.Status(ann).Pending != 0 {
		t.Errorf("after Undo %d operations are pending", e.Status(ann).Pending)
	}

	foreign := mail.MailboxRef(bob, fill(t, e, bob, usual)["Archive"])
	if _, err := e.Move(t.Context(), refs, foreign); mail.CodeOf(err) != mail.CodeInvalid {
		t.Errorf("moving into another account's mailbox: %v, want code invalid", err)
	}
	// One account that isn't there doesn't keep the other from being served.
	mixed := []mail.Ref{mail.MessageRef(99, 1), refs[1]}
	receipt, err = e.Trash(t.Context(), mixed)
	if mail.CodeOf(err) != mail.CodeNotFound || receipt.Count != 1 || places(t, e, refs[1]) != "Trash" {
		t.Errorf("Trash with an unknown account: %+v, %v, message in %s", receipt, err, places(t, e, refs[1]))
	}
	if receipt, err = e.Delete(t.Context(), refs[1:]); err != nil || places(t, e, refs[1]) != "" {
		t.Errorf("Delete in the trash: %+v, %v, message in %q, want nowhere", receipt, err, places(t, e, refs[1]))
	}
}

// TestDeleteOfSome deletes a message that is in the trash and elsewhere, and one
// that is gone, with one that is neither.
func TestDeleteOfSome(t *testing.T) {
	e := openEngine(t, t.TempDir(), nil, idle)
	id := addAccount(t, e, "ann")
	boxes := fill(t, e, id, usual)
	one := deliver(t, e, id, boxes["INBOX"], "one", 1)
	db, err := e.Store(id)
	if err != nil {
		t.Fatal(err)
	}
	raw, err := e.Raw(t.Context(), one)
	if err != nil {
		t.Fatal(err)
	}
	again := store.Prepare(store.Incoming{UID: 1, Content: message.Content(raw)}, raw)
	if _, _, err := db.Commit(t.Context(), store.Batch{Mailbox: boxes["Trash"], Incoming: []store.Incoming{again}}); err != nil {
		t.Fatal(err)
	}
	two := deliver(t, e, id, boxes["INBOX"], "two", 2)
	if _, err := e.Delete(t.Context(), []mail.Ref{mail.MessageRef(id, 99), one, two}); err != nil {
		t.Error(err)
	}
	if got := places(t, e, one) + " " + places(t, e, two); got != "Trash Trash" {
		t.Errorf("the messages are in %s, want Trash Trash", got)
	}
	if _, err := e.Delete(t.Context(), []mail.Ref{mail.MessageRef(id, 99)}); mail.CodeOf(err) != mail.CodeNotFound {
		t.Errorf("deleting what is gone: %v, want code notFound", err)
	}
}

// TestUndoGoesBackwards undoes two moves of one message: the last comes first.
func TestUndoGoesBackwards(t *testing.T) {
	e := openEngine(t, t.TempDir(), nil, idle)
	id := addAccount(t, e, "ann")
	ref := deliver(t, e, id, fill(t, e, id, usual)["INBOX"], "one", 1)
	var done []mail.Ref
	for _, move := range []func(context.Context, []mail.Ref, ...mail.Ref) (Receipt, error){e.Archive, e.Junk, e.Trash} {
		receipt, err := move(t.Context(), []mail.Ref{ref})
		if err != nil {
			t.Fatal(err)
		}
		done = append(done, receipt.Operations...)
	}
	if err := e.Undo(t.Context(), done); err != nil || places(t, e, ref) != "INBOX" {
		t.Errorf("after Undo (%v) the message is in %q, want INBOX", err, places(t, e, ref))
	}
	if n := e.Status(id).Pending; n != 0 {
		t.Errorf("after Undo %d operations are pending", n)
	}
}

func TestKeywords(t *testing.T) {
	e := openEngine(t, t.TempDir(), nil, idle)
	id := addAccount(t, e, "ann")
	ref := deliver(t, e, id, fill(t, e, id, usual)["INBOX"], "one", 1, mail.KeywordFlagged)
	seen, flagged := []mail.Keyword{mail.KeywordSeen}, []mail.Keyword{mail.KeywordFlagged}
	if _, err := e.SetKeywords(t.Context(), []mail.Ref{ref}, seen, flagged); err != nil {
		t.Fatal(err)
	}
	m, err := e.Message(t.Context(), ref)
	if err != nil || !slices.Equal(m.Keywords, seen) {
		t.Errorf("keywords are %q, %v, want %q", m.Keywords, err, seen)
	}
	receipt, err := e.SetKeywords(t.Context(), []mail.Ref{ref}, seen, flagged)
	if err != nil || len(receipt.Operations) != 0 {
		t.Errorf("setting again: %+v, %v, want no operation", receipt, err)
	}
	if _, err := e.SetKeywords(t.Context(), []mail.Ref{mail.AccountRef(id)}, seen, nil); mail.CodeOf(err) != mail.CodeNotFound {
		t.Errorf("keywords of an account: %v, want code notFound", err)
	}
}
