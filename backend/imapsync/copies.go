package imapsync

import (
	"context"
	"slices"

	"github.com/emersion/go-imap/v2"

	"waxwing/backend/mail"
	"waxwing/backend/store"
)

// findCopies looks in the target for the copies of the sources, among what arrived
// since the journal was begun, and returns the journal with those that are there.
// A UID that the store knows as another message is no copy.
func (y *syncer) findCopies(ctx context.Context, t task, target mail.Mailbox, j journal, sources []probed) (journal, error) {
	before := j.Moved
	j.Moved = nil
	err := y.s.examineMailbox(ctx, target.Path)
	if _, refused := status(err); refused {
		return j, nil // it doesn't exist, so nothing is in it
	}
	if err != nil {
		return j, err
	}
	if shown := y.s.selected.UIDValidity; shown != j.Validity {
		j.Validity, j.Next, before = shown, 1, nil
	}
	if y.s.exists() == 0 {
		return j, nil
	}
	found, err := y.s.probe(ctx, imap.UIDSet{{Start: imap.UID(j.Next), Stop: 0}})
	if err != nil {
		return j, err
	}
	// "n:*" names the last message even when its UID is below n (RFC 9051 §9, seq-range).
	found = slices.DeleteFunc(found, func(p probed) bool { return p.UID < mail.UID(j.Next) })
	others, err := y.otherMessages(ctx, t, target)
	if err != nil {
		return j, err
	}
	for _, m := range before { // those of originals that are gone
		if !slices.ContainsFunc(sources, func(p probed) bool { return p.UID == m.From }) {
			j.Moved = append(j.Moved, m)
		}
	}
	j.Moved = append(j.Moved, match(sources, found, before, others)...)
	return j, nil
}

// match gives each source its copy, if it is there: the one that was seen before, or
// one that is the same message and nobody else's.
func match(sources, found []probed, before []store.Moved, others func(source, copy mail.UID) bool) []store.Moved {
	var out []store.Moved
	taken := map[mail.UID]bool{}
	take := func(source, copy probed) bool {
		if taken[copy.UID] || wasMoved(out, source.UID) || !source.same(copy) {
			return false
		}
		taken[copy.UID] = true
		out = append(out, store.Moved{From: source.UID, To: copy.UID})
		return true
	}
	for _, source := range sources {
		for _, copy := range found {
			if slices.Contains(before, store.Moved{From: source.UID, To: copy.UID}) && take(source, copy) {
				break
			}
		}
	}
	for _, source := range sources {
		for _, copy := range found {
			claimed := slices.ContainsFunc(before, func(m store.Moved) bool { return m.To == copy.UID })
			if !claimed && !others(source.UID, copy.UID) && take(source, copy) {
				break
			}
		}
	}
	return out
}

// otherMessages returns a function that tells whether the store knows a UID of the
// target as another message than the source's. A copy that was found by a pass in
// between is known as the source's own.
func (y *syncer) otherMessages(ctx context.Context, t task, target mail.Mailbox) (func(source, copy mail.UID) bool, error) {
	known := func(id mail.MailboxID) (map[mail.UID]mail.MessageID, error) {
		local, err := y.cfg.Store.Locations(ctx, id)
		out := make(map[mail.UID]mail.MessageID, len(local))
		for _, l := range local {
			out[l.UID] = l.Message
		}
		return out, err
	}
	from, err := known(t.works[0].Mailbox.ID)
	if err != nil {
		return nil, err
	}
	to, err := known(target.ID)
	return func(source, copy mail.UID) bool {
		m, ok := to[copy]
		return ok && m != from[source]
	}, err
}

// same reports whether two messages are the same one: by Message-ID and size, or
// without a Message-ID by INTERNALDATE and size.
func (p probed) same(q probed) bool {
	return p.Size == q.Size && p.MessageID == q.MessageID && (p.MessageID != "" || p.Size > 0 && !p.date.IsZero() && p.date.Equal(q.date))
}

// removeCopies removes what an unfinished move that comes back has copied.
//
// A move by COPY can stop half way: the copies are there and the originals can't
// be deleted, as in a mailbox of somebody else's. To finish it is not in our power
// then. Left alone, the messages would be in both mailboxes, and whoever was told
// that the move failed would tidy up the wrong one. So the copies go, each of them
// only when the original was seen a moment ago, unmarked, and the copy is the same
// message and came by our COPY. They go by UID EXPUNGE or not at all: a message too
// many is an annoyance, one too few a loss.
//
// Nothing need be noted: after a crash in between, the piece is taken up again
// with the copies that are left, and makes the others anew.
func (y *syncer) removeCopies(ctx context.Context, w store.Work) error {
	j, err := readJournal(w)
	if err != nil || w.MoveTo == nil || len(j.Moved) == 0 {
		return err
	}
	y.stale[w.MoveTo.ID] = true
	err = y.expungeCopies(ctx, w, j)
	if reason, _ := y.verdict(err); err != nil && reason == nil {
		return err
	}
	if err != nil || !y.s.has(imap.CapUIDPlus) {
		y.log.Warn("a move that came back leaves its copies", "operation", int64(w.Operation), "mailbox", int64(w.MoveTo.ID), "err", err)
	}
	return nil
}

// expungeCopies is removeCopies for a piece that has copies.
func (y *syncer) expungeCopies(ctx context.Context, w store.Work, j journal) error {
	if !y.s.has(imap.CapUIDPlus) {
		return nil
	}
	known, err := y.cfg.Store.Cursor(ctx, w.Mailbox.ID)
	if err != nil {
		return err
	}
	if err := y.s.ensure(ctx, w.Mailbox.Path); err != nil || y.s.selected.UIDValidity != known.UIDValidity || j.Source != known.UIDValidity {
		return err
	}
	sources, err := y.s.identify(ctx, w.UIDs)
	if err != nil {
		return err
	}
	sources = slices.DeleteFunc(sources, func(p probed) bool { return slices.Contains(p.Keywords, keywordDeleted) })
	if err := y.s.ensure(ctx, w.MoveTo.Path); err != nil || y.s.selected.UIDValidity != j.Validity {
		return err
	}
	var asked []mail.UID
	for _, m := range j.Moved {
		if m.To >= mail.UID(j.Next) && slices.ContainsFunc(sources, func(p probed) bool { return p.UID == m.From }) {
			asked = append(asked, m.To)
		}
	}
	found, err := y.s.identify(ctx, asked)
	if err != nil {
		return err
	}
	never := func(_, _ mail.UID) bool { return true }
	var copies []mail.UID
	for _, m := range match(sources, found, j.Moved, never) {
		copies = append(copies, m.To)
	}
	return y.expungeMarked(ctx, copies)
}
