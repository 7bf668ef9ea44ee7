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
		if tryCreate(err) && y.listed {
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
// expunge just them. Nothing is deleted before every copy was seen. An attempt
// that was broken off is taken up by looking for its copies, also for those that
// were seen before: hours may have passed, and whoever found a message in two
// mailboxes meanwhile may have deleted the copy.
func (y *syncer) copyAndDelete(ctx context.Context, t task, target mail.Mailbox) (result, error) {
	r := result{missing: map[mail.UID]bool{}}
	if !storable(y.s.selected.PermanentFlags, y.s.permanentTold, imap.FlagDeleted) {
		return r, impossible{&mail.Error{Code: mail.CodeReadOnly, Args: map[string]string{"mailbox": t.works[0].Mailbox.Path}}}
	}
	j, err := t.journal()
	if err != nil {
		return r, err
	}
	sources, err := y.s.identify(ctx, t.uids)
	if err != nil {
		return r, err
	}
	if j.Step == "" {
		for _, u := range t.uids {
			r.missing[u] = !slices.ContainsFunc(sources, func(p probed) bool { return p.UID == u })
		}
	}
	if len(sources) > 0 {
		if j, err = y.copy(ctx, t, target, j, sources); err != nil {
			return r, err
		}
	}
	if j.Step == stepDelete {
		if err := y.expunge(ctx, t, j, uidsOfProbes(sources)); err != nil {
			return r, err
		}
	}
	r.moved, r.validity = j.Moved, j.Validity
	return r, nil
}

// copy sees to it that each source has its copy, and returns the journal in
// which that is noted.
func (y *syncer) copy(ctx context.Context, t task, target mail.Mailbox, j journal, sources []probed) (journal, error) {
	j, err := y.prepareCopy(ctx, t, target, j, sources)
	if err != nil {
		return j, err
	}
	todo := withoutCopies(sources, j.Moved)
	for part := range slices.Chunk(todo, y.cfg.limits.uidsPerSet) {
		pairs, validity, err := y.s.copySet(ctx, uidsOfProbes(part), target.Path, y.listed)
		if j.Validity == 0 {
			j.Validity = validity
		}
		j.Moved = append(j.Moved, pairs...)
		if err != nil {
			return j, y.noteCopies(ctx, t, j, err)
		}
	}
	if unseen := withoutCopies(sources, j.Moved); len(unseen) > 0 {
		// No COPYUID, or not for all: look.
		if j, err = y.findCopies(ctx, t, target, j, sources); err != nil {
			return j, err
		}
		if len(withoutCopies(sources, j.Moved)) > 0 {
			reason := &mail.Error{Code: mail.CodeServerRefused, Args: map[string]string{"mailbox": target.Path}, Server: "COPY without a copy"}
			return j, y.noteCopies(ctx, t, j, impossible{reason})
		}
	}
	if err := y.returnTo(ctx, t); err != nil {
		return j, err
	}
	j.Step = stepDelete
	return j, y.begin(ctx, t, j)
}

// prepareCopy writes the journal before a first COPY; for a later one it looks for
// the copies that there are.
func (y *syncer) prepareCopy(ctx context.Context, t task, target mail.Mailbox, j journal, sources []probed) (journal, error) {
	if j.Step == stepCopy || j.Step == stepDelete {
		j, err := y.findCopies(ctx, t, target, j, sources)
		if err != nil {
			return j, err
		}
		return j, y.returnTo(ctx, t)
	}
	next, validity, err := y.s.nextUID(ctx, target.Path)
	if err != nil {
		return j, err
	}
	j.Step, j.Next, j.Validity = stepCopy, next, validity
	return j, y.begin(ctx, t, j)
}

// noteCopies writes down the copies that were made before a refusal, so that they
// can be removed, and returns the refusal.
func (y *syncer) noteCopies(ctx context.Context, t task, j journal, refusal error) error {
	if reason, _ := y.verdict(refusal); reason == nil || len(j.Moved) == 0 {
		return refusal
	}
	if err := y.begin(ctx, t, j); err != nil {
		return err
	}
	return refusal
}

// returnTo selects a task's mailbox again after another one. Its UIDs must be the
// same: a mailbox that was made anew in between holds other messages.
func (y *syncer) returnTo(ctx context.Context, t task) error {
	if err := y.s.ensure(ctx, t.works[0].Mailbox.Path); err != nil {
		return unopened{err}
	}
	if y.s.selected.UIDValidity != t.validity {
		return errLater
	}
	return nil
}

// withoutCopies returns the sources that have no copy yet.
func withoutCopies(sources []probed, moved []store.Moved) []probed {
	return slices.DeleteFunc(slices.Clone(sources), func(p probed) bool { return wasMoved(moved, p.UID) })
}

func uidsOfProbes(list []probed) []mail.UID {
	out := make([]mail.UID, len(list))
	for i, p := range list {
		out[i] = p.UID
	}
	return out
}

func wasMoved(moved []store.Moved, u mail.UID) bool {
	return slices.ContainsFunc(moved, func(m store.Moved) bool { return m.From == u })
}

// copySet copies some messages and returns what COPYUID told. make says that the
// target may be made when the server wants that.
func (s *session) copySet(ctx context.Context, uids []mail.UID, target string, make bool) (pairs []store.Moved, validity uint32, err error) {
	s.link.repair.takeCopyUID()
	ask := func() error {
		return s.do(ctx, func(c *imapclient.Client) error {
			_, err := c.Copy(uidSet(uids), target).Wait()
			return err
		})
	}
	err = ask()
	if tryCreate(err) && make {
		if err := s.create(ctx, target); err != nil {
			return nil, 0, err
		}
		err = ask()
	}
	if err != nil {
		return nil, 0, err
	}
	pairs, validity = s.copied(uids)
	return pairs, validity, nil
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
