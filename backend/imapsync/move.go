package imapsync

import (
	"context"
	"slices"
	"time"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapclient"

	"waxwing/backend/mail"
	"waxwing/backend/store"
)

const capMove = imap.CapMove

// move does UID MOVE (RFC 6851), which the server does wholly or not at all for
// each message. Asking twice does no harm: what was moved is not there any more.
func (y *syncer) move(ctx context.Context, t task, target string) (result, error) {
	r := result{missing: map[mail.UID]bool{}}
	first := t.works[0].Journal == nil
	if err := y.begin(ctx, t, journal{Step: stepAsk}); err != nil {
		return r, err
	}
	for uids := range slices.Chunk(t.uids, y.cfg.limits.uidsPerSet) {
		there, pairs, validity, err := y.s.moveSet(ctx, uids, target)
		if tryCreate(err) {
			if err := y.s.create(ctx, target); err != nil {
				return r, err
			}
			there, pairs, validity, err = y.s.moveSet(ctx, uids, target)
		}
		if err != nil {
			return r, err
		}
		r.moved, r.validity = append(r.moved, pairs...), validity
		for _, u := range uids {
			if first && !slices.Contains(there, u) {
				r.missing[u] = true
			}
		}
	}
	return r, nil
}

// moveSet moves some messages and tells, in the same turn, which were there.
func (s *session) moveSet(ctx context.Context, uids []mail.UID, target string) (there []mail.UID, pairs []store.Moved, validity uint32, err error) {
	s.link.repair.takeCopyUID()
	var found *imap.SearchData
	err = s.do(ctx, func(c *imapclient.Client) error {
		search := c.UIDSearch(&imap.SearchCriteria{UID: []imap.UIDSet{uidSet(uids)}}, s.searchOptions())
		move := c.Move(uidSet(uids), target)
		var failed error
		found, failed = search.Wait()
		if _, err := move.Wait(); err != nil {
			return err
		}
		return failed
	})
	if err != nil {
		return nil, nil, 0, err
	}
	there, _ = uidsFound(found, len(uids))
	pairs, validity = s.copied(uids)
	return there, pairs, validity, nil
}

// copied returns what COPYUID told about some messages.
func (s *session) copied(uids []mail.UID) (pairs []store.Moved, validity uint32) {
	for _, c := range s.link.repair.takeCopyUID() {
		if p := c.pairs(uids); len(p) > 0 {
			pairs, validity = append(pairs, p...), c.validity
		}
	}
	return pairs, validity
}

// tryCreate reports whether a mailbox must be created first (RFC 9051 §7.1).
func tryCreate(err error) bool {
	e, ok := status(err)
	return ok && e.Code == imap.ResponseCodeTryCreate
}

func (s *session) create(ctx context.Context, path string) error {
	return s.do(ctx, func(c *imapclient.Client) error { return c.Create(path, nil).Wait() })
}

// copyAndDelete moves without MOVE: COPY, see the copies, mark the originals,
// expunge just them. Nothing is deleted before every copy was seen, and after a
// crash the copies are looked for before anything is copied again.
func (y *syncer) copyAndDelete(ctx context.Context, t task, target mail.Mailbox) (result, error) {
	r := result{missing: map[mail.UID]bool{}}
	if !storable(y.s.selected.PermanentFlags, y.s.permanentTold, imap.FlagDeleted) {
		return r, &mail.Error{Code: mail.CodeReadOnly, Args: map[string]string{"mailbox": t.works[0].Mailbox.Path}}
	}
	j, err := y.journal(t)
	if err != nil {
		return r, err
	}
	sources, err := y.s.identify(ctx, t.uids)
	if err != nil {
		return r, err
	}
	if j.Step != stepDelete {
		if j.Step == "" {
			for _, u := range t.uids {
				r.missing[u] = !slices.ContainsFunc(sources, func(p probed) bool { return p.UID == u })
			}
		}
		if len(sources) == 0 {
			return r, nil
		}
		if j, err = y.copy(ctx, t, target, j, sources); err != nil {
			return r, err
		}
	}
	left := make([]mail.UID, len(sources))
	for i, p := range sources {
		left[i] = p.UID
	}
	if err := y.expunge(ctx, t, j, left); err != nil {
		return r, err
	}
	r.moved, r.validity = j.Moved, j.Validity
	return r, nil
}

// copy sees to it that each source has its copy, and returns the journal in
// which that is noted.
func (y *syncer) copy(ctx context.Context, t task, target mail.Mailbox, j journal, sources []probed) (journal, error) {
	var moved []store.Moved
	if j.Step == stepCopy {
		var err error
		if moved, err = y.findCopies(ctx, target, j, sources); err != nil {
			return j, err
		}
	} else {
		next, validity, err := y.s.nextUID(ctx, target.Path)
		if err != nil {
			return j, err
		}
		j = journal{Step: stepCopy, Next: next, Validity: validity}
		if err := y.begin(ctx, t, j); err != nil {
			return j, err
		}
	}
	if err := y.s.ensure(ctx, t.works[0].Mailbox.Path); err != nil {
		return j, err
	}
	todo := slices.DeleteFunc(slices.Clone(sources), func(p probed) bool { return wasMoved(moved, p.UID) })
	for part := range slices.Chunk(todo, y.cfg.limits.uidsPerSet) {
		uids := make([]mail.UID, len(part))
		for i, p := range part {
			uids[i] = p.UID
		}
		pairs, err := y.s.copySet(ctx, uids, target.Path)
		if err != nil {
			return j, err
		}
		moved = append(moved, pairs...)
	}
	if len(moved) < len(sources) {
		// No COPYUID, or not for all: look.
		unseen := slices.DeleteFunc(slices.Clone(sources), func(p probed) bool { return wasMoved(moved, p.UID) })
		pairs, err := y.findCopies(ctx, target, journal{Next: j.Next, Validity: j.Validity, Moved: moved}, unseen)
		if err != nil {
			return j, err
		}
		if moved = append(moved, pairs...); len(moved) < len(sources) {
			return j, &mail.Error{Code: mail.CodeServerRefused, Args: map[string]string{"mailbox": target.Path}, Server: "COPY without a copy"}
		}
	}
	if err := y.s.ensure(ctx, t.works[0].Mailbox.Path); err != nil {
		return j, err
	}
	j.Step, j.Moved = stepDelete, moved
	return j, y.begin(ctx, t, j)
}

func wasMoved(moved []store.Moved, u mail.UID) bool {
	return slices.ContainsFunc(moved, func(m store.Moved) bool { return m.From == u })
}

// copySet copies some messages and returns what COPYUID told.
func (s *session) copySet(ctx context.Context, uids []mail.UID, target string) ([]store.Moved, error) {
	s.link.repair.takeCopyUID()
	ask := func() error {
		return s.do(ctx, func(c *imapclient.Client) error {
			_, err := c.Copy(uidSet(uids), target).Wait()
			return err
		})
	}
	err := ask()
	if tryCreate(err) {
		if err := s.create(ctx, target); err != nil {
			return nil, err
		}
		err = ask()
	}
	if err != nil {
		return nil, err
	}
	pairs, _ := s.copied(uids)
	return pairs, nil
}

// nextUID tells from which UID on a mailbox shows what is copied into it next.
// For one that doesn't exist yet it is 1.
func (s *session) nextUID(ctx context.Context, path string) (next, validity uint32, err error) {
	err = s.do(ctx, func(c *imapclient.Client) error {
		data, err := c.Status(path, &imap.StatusOptions{UIDNext: true, UIDValidity: true}).Wait()
		if err == nil {
			next, validity = uint32(data.UIDNext), data.UIDValidity
		}
		return err
	})
	if _, refused := status(err); refused {
		err = nil
	}
	return max(next, 1), validity, err
}

// probed is a message as the server identifies it.
type probed struct {
	store.Probe
	date time.Time // INTERNALDATE, which COPY keeps (RFC 9051 §6.4.7)
}

// identify asks what identifies messages of the selected mailbox; those that
// are gone are left out.
func (s *session) identify(ctx context.Context, uids []mail.UID) ([]probed, error) {
	var out []probed
	for part := range slices.Chunk(uids, s.cfg.limits.uidsPerSet) {
		found, err := s.probe(ctx, uidSet(part))
		if err != nil {
			return nil, err
		}
		out = append(out, found...)
	}
	return out, nil
}

// findCopies looks in the target for messages that arrived since the journal
// was begun and are copies of the sources. UIDs that the store knows belong to
// other messages.
func (y *syncer) findCopies(ctx context.Context, target mail.Mailbox, j journal, sources []probed) ([]store.Moved, error) {
	err := y.s.examineMailbox(ctx, target.Path)
	if _, refused := status(err); refused {
		return nil, nil // it doesn't exist, so nothing is in it
	}
	if err != nil {
		return nil, err
	}
	next := j.Next
	if y.s.selected.UIDValidity != j.Validity {
		next = 1
	}
	if y.s.exists() == 0 {
		return nil, nil
	}
	found, err := y.s.probe(ctx, imap.UIDSet{{Start: imap.UID(next), Stop: 0}})
	if err != nil {
		return nil, err
	}
	local, err := y.cfg.Store.Locations(ctx, target.ID)
	if err != nil {
		return nil, err
	}
	taken := make(map[mail.UID]bool)
	for _, l := range local {
		taken[l.UID] = true
	}
	for _, m := range j.Moved {
		taken[m.To] = true
	}
	var out []store.Moved
	for _, source := range sources {
		for _, copy := range found {
			if !taken[copy.UID] && copy.UID >= mail.UID(next) && source.same(copy) {
				taken[copy.UID] = true
				out = append(out, store.Moved{From: source.UID, To: copy.UID})
				break
			}
		}
	}
	return out, nil
}

// same reports whether two messages are the same one: by Message-ID and size, or
// without a Message-ID by INTERNALDATE and size.
func (p probed) same(q probed) bool {
	return p.Size == q.Size && p.MessageID == q.MessageID && (p.MessageID != "" || !p.date.IsZero() && p.date.Equal(q.date))
}
