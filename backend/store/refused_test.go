package store

import (
	"testing"

	"waxwing/backend/mail"
)

// TestDestroyRefused: what there was no room for in the trash is deleted where it
// was taken from, and nowhere else.
func TestDestroyRefused(t *testing.T) {
	b := open(t)
	inbox, archive, trash, _, _ := b.mailboxes()
	m := b.put(inbox, 1, letter{id: "1"}, letter{id: "2"}, letter{id: "3"})
	b.put(archive, 1, letter{id: "1"})
	op := b.apply(mail.Change{Messages: m, Move: &mail.MoveChange{From: inbox, To: trash}})
	_, err := b.DestroyRefused(b.ctx, op)
	wantCode(t, err, mail.CodeNotFound) // it isn't refused yet
	b.ok(b.Refuse(b.ctx, b.work()[0].ID, refusal))
	b.move(archive, m[2]) // what a person did meanwhile stays
	destroyed, err := b.DestroyRefused(b.ctx, op)
	b.ok(err)
	b.wantMessage(m[0], in(archive))
	b.wantMessage(m[1], in())
	b.wantMessage(m[2], in(archive))
	if list, err := b.Operations(b.ctx); err != nil || len(list) != 2 || list[1].ID != destroyed || list[1].Change.Destroy == nil {
		t.Errorf("operations are %+v (%v), want the move and the deletion %d", list, err, destroyed)
	}
	b.sound()
	_, err = b.DestroyRefused(b.ctx, op)
	wantCode(t, err, mail.CodeNotFound)
}

// TestDestroyRefusedInPart: of a move that was done in part, what did move is in the
// trash and stays there, and copies of it elsewhere stay too.
func TestDestroyRefusedInPart(t *testing.T) {
	b := open(t)
	inbox, archive, trash, junk, _ := b.mailboxes()
	m := append(b.put(inbox, 1, letter{id: "1"}), b.put(archive, 1, letter{id: "2"})...)
	b.put(junk, 1, letter{id: "1"})
	op := b.move(trash, m...)
	work := b.work()
	b.ok(b.Finish(b.ctx, work[0].ID, []Moved{{1, 41}}, 7))
	b.ok(b.Refuse(b.ctx, work[1].ID, refusal))
	_, err := b.DestroyRefused(b.ctx, op)
	b.ok(err)
	b.wantMessage(m[0], in(trash, junk))
	b.wantMessage(m[1], in())
	b.sound()
}

// TestDestroyRefusedOfNothing: everything is gone already, and the refusal with it.
func TestDestroyRefusedOfNothing(t *testing.T) {
	b := open(t)
	inbox, archive, trash, _, _ := b.mailboxes()
	m := b.put(inbox, 1, letter{id: "1"})
	op := b.apply(mail.Change{Messages: m, Move: &mail.MoveChange{From: inbox, To: trash}})
	b.ok(b.Refuse(b.ctx, b.work()[0].ID, refusal))
	b.move(archive, m...)
	destroyed, err := b.DestroyRefused(b.ctx, op)
	b.ok(err)
	b.wantMessage(m[0], in(archive))
	if list, err := b.Operations(b.ctx); destroyed != 0 || err != nil || len(list) != 1 || list[0].State == mail.OperationRefused {
		t.Errorf("deleted by %d, operations %+v (%v), want the later move alone", destroyed, list, err)
	}
}
