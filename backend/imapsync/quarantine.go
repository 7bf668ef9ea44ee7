package imapsync

import (
	"context"
	"errors"
	"slices"
	"sync"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapclient"

	"waxwing/backend/mail"
	"waxwing/backend/store"
)

// fetchAll brings messages of the selected mailbox into the store, newest
// first, with urgent work between two chunks. Those whose answers break the
// connection or are refused are found by bisection and quarantined.
func (y *syncer) fetchAll(ctx context.Context, m mail.Mailbox, want []entry, t *tally) error {
	newestFirst(want)
	validity := y.s.selected.UIDValidity
	for len(want) > 0 {
		y.progress(ctx, m.Name, t.done, t.total)
		asked, missing, err := y.attempt(ctx, m, want, y.urgent, t)
		want = want[asked:]
		switch {
		case errors.Is(err, errUrgent):
			if err := y.attend(ctx, m); err != nil {
				return err
			}
			if err := y.selectAgain(ctx, m, validity); err != nil {
				return err
			}
			err = y.explainMissing(ctx, m, missing, t)
			if err != nil {
				return err
			}
		case err == nil:
			if err := y.explainMissing(ctx, m, missing, t); err != nil {
				return err
			}
		default:
			if err := y.recover(ctx, m, err); err != nil {
				return err
			}
			if err := y.narrow(ctx, m, missing, t); err != nil {
				return err
			}
		}
	}
	return nil
}

// attempt fetches messages into the store. It returns how many of them were
// asked for and which of those brought no body.
func (y *syncer) attempt(ctx context.Context, m mail.Mailbox, want []entry, urgent func() bool, t *tally) (asked int, missing []entry, err error) {
	var mu sync.Mutex
	got := make(map[mail.UID]bool)
	err = y.ingest(ctx, m.ID, y.committed(ctx, m, t), func(take func(fetched) error) (err error) {
		asked, err = y.s.stream(ctx, want, urgent, func(f fetched) error {
			mu.Lock()
			got[f.uid] = true
			mu.Unlock()
			return take(f)
		})
		return err
	})
	for _, e := range want[:asked] {
		if !got[e.uid] {
			missing = append(missing, e)
		}
	}
	return asked, missing, err
}

// committed counts a stored message.
func (y *syncer) committed(ctx context.Context, m mail.Mailbox, t *tally) func(store.Incoming, mail.MessageID) {
	return func(in store.Incoming, id mail.MessageID) {
		if t.done++; t.done%100 == 0 {
			y.progress(ctx, m.Name, t.done, t.total)
		}
		if t.notify && in.UID >= t.newFrom && id != 0 && arrives(y.cfg.Account, in) {
			t.arrived = append(t.arrived, id)
		}
		if in.Quarantine != "" {
			y.log.Warn("message quarantined", "mailbox", int64(m.ID), "uid", uint32(in.UID), "reason", in.Quarantine)
		}
	}
}

// recover makes the connection usable again after a failure that may be due to
// a message, and returns any other failure.
func (y *syncer) recover(ctx context.Context, m mail.Mailbox, err error) error {
	if refusal, ok := status(err); ok && !passing(refusal) {
		return nil // the connection is sound
	}
	if !blamesMessage(err) {
		return err
	}
	y.log.Warn("connection given up while fetching", "mailbox", int64(m.ID), "err", err)
	return y.reconnect(ctx, m)
}

// narrow finds out which of some messages is to blame for a failure: it fetches
// each half on its own.
func (y *syncer) narrow(ctx context.Context, m mail.Mailbox, suspects []entry, t *tally) error {
	if len(suspects) == 0 {
		return nil
	}
	if len(suspects) == 1 {
		return y.single(ctx, m, suspects[0], t)
	}
	half := len(suspects) / 2
	for _, part := range [][]entry{suspects[:half], suspects[half:]} {
		_, missing, err := y.attempt(ctx, m, part, never, t)
		if err == nil {
			if err := y.explainMissing(ctx, m, missing, t); err != nil {
				return err
			}
			continue
		}
		if err := y.recover(ctx, m, err); err != nil {
			return err
		}
		if err := y.narrow(ctx, m, missing, t); err != nil {
			return err
		}
	}
	return nil
}

func never() bool { return false }

// explainMissing deals with messages whose bodies did not come although the
// command succeeded: most were expunged meanwhile; the others are asked for one
// by one.
func (y *syncer) explainMissing(ctx context.Context, m mail.Mailbox, missing []entry, t *tally) error {
	if len(missing) == 0 {
		return nil
	}
	left, err := y.s.search(ctx, &imap.SearchCriteria{UID: []imap.UIDSet{uidSet(uidsOf(missing))}})
	if err != nil {
		return err
	}
	for _, e := range missing {
		if _, there := slices.BinarySearch(left, e.uid); there {
			if err := y.single(ctx, m, e, t); err != nil {
				return err
			}
		}
	}
	return nil
}

// single fetches one message in the ways that there are, and quarantines it
// when none works.
func (y *syncer) single(ctx context.Context, m mail.Mailbox, e entry, t *tally) error {
	reason := "the server lists this message but doesn't give it"
	for _, items := range []*imap.FetchOptions{everything, bodyOnly} {
		f, err := y.s.fetchOne(ctx, e, items)
		var b *broken
		switch refusal, refused := status(err); {
		case err == nil && f.complete:
			return y.put(ctx, m, f, t)
		case err == nil:
			continue
		case refused && passing(refusal):
			return err
		case refused:
			reason = "the server refuses to give this message: " + refusal.Text
			continue
		case errors.As(err, &b) && b.cause == causeProtocol:
			reason = "the server's answer can't be understood: " + b.err.Error()
		case errors.As(err, &b) && b.cause == causeHangup:
			reason = "the server closes the connection when asked for this message"
			if items == bodyOnly {
				y.hangups++
			}
			if y.hangups > y.cfg.limits.hangups {
				return err // the connection is bad, not the messages
			}
		default:
			return err
		}
		if err := y.reconnect(ctx, m); err != nil {
			return err
		}
	}
	gone, err := y.gone(ctx, e.uid)
	if err != nil || gone {
		return err
	}
	return y.put(ctx, m, fetched{entry: e, refused: reason}, t)
}

// gone reports whether a message is no longer in the selected mailbox.
func (y *syncer) gone(ctx context.Context, u mail.UID) (bool, error) {
	left, err := y.s.search(ctx, &imap.SearchCriteria{UID: []imap.UIDSet{uidSet([]mail.UID{u})}})
	return !slices.Contains(left, u), err
}

func (y *syncer) put(ctx context.Context, m mail.Mailbox, f fetched, t *tally) error {
	return y.ingest(ctx, m.ID, y.committed(ctx, m, t), func(take func(fetched) error) error { return take(f) })
}

// fetchOne asks for one message.
func (s *session) fetchOne(ctx context.Context, e entry, items *imap.FetchOptions) (fetched, error) {
	var f fetched
	err := s.do(ctx, func(c *imapclient.Client) error {
		return readBodies(c.Fetch(uidSet([]mail.UID{e.uid}), items), map[mail.UID]entry{e.uid: e}, func(got fetched) error {
			f = got
			return nil
		})
	})
	return f, err
}
