package imapsync

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/emersion/go-imap/v2"

	"waxwing/backend/mail"
)

// Run makes a pass as Sync does and then keeps the account up to date: when the
// bell rings it does what the ring asks for, new mail of the inbox is fetched as
// soon as the server tells of it (IDLE), the names of mailboxes are looked at every
// minute, and what is in the others every few minutes. It returns nil when ctx ends, and a *mail.Error when the
// connection fails or the server refuses; calling it again goes on from there.
//
// Ring also when the network changed or the computer woke up: a connection that
// died meanwhile is noticed then.
func Run(ctx context.Context, cfg Config, bell Bell) error {
	y := newSyncer(cfg)
	y.bell = bell
	runCtx, cancel := context.WithCancel(ctx)
	watched := make(chan struct{})
	defer func() {
		cancel()
		y.disconnect()
		<-watched
	}()
	err := y.connect(runCtx)
	if err != nil {
		close(watched)
	} else {
		go func() {
			defer close(watched)
			y.watch(runCtx)
		}()
		if err = y.pass(runCtx); err == nil {
			err = y.keep(runCtx)
		}
	}
	if ctx.Err() != nil {
		return nil
	}
	return explain(err, cfg.Account.IMAP)
}

// nudge sends to a channel that holds one, unless it is full.
func nudge(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}

// keep does what comes up until the connection fails.
func (y *syncer) keep(ctx context.Context) error {
	idle := y.s.has(imap.CapIdle)
	var retry <-chan time.Time
	var retryAt time.Time // that retry waits for
	inbox, all := y.cfg.Clock.After(y.cfg.limits.pollInbox), y.cfg.Clock.After(y.cfg.limits.poll)
	for {
		if y.again {
			y.bell.Ring(WakeFull)
			y.again = false
		}
		if retryAt != y.retryAt {
			retryAt, retry = y.retryAt, nil
			if !retryAt.IsZero() {
				retry = y.cfg.Clock.After(retryAt.Sub(y.cfg.Clock.Now()))
			}
		}
		var err error
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-y.s.client.Closed():
			return y.s.classify(ctx, errors.New("connection closed"))
		case w := <-y.bell:
			err = y.afterWake(ctx, w)
		case <-retry:
			retryAt = time.Time{}
			err = y.afterWake(ctx, WakeQuick)
		case <-y.poked:
			err = y.lookAtInbox(ctx)
		case <-inbox:
			inbox = y.cfg.Clock.After(y.cfg.limits.pollInbox)
			if !idle {
				err = y.lookAtInbox(ctx)
			}
			if err == nil {
				err = y.lookAtNames(ctx)
			}
		case <-all:
			all = y.cfg.Clock.After(y.cfg.limits.poll)
			err = y.pass(ctx)
		}
		if err != nil {
			return err
		}
	}
}

// afterWake does what a ring asks for. The NOOP first has little patience: after
// a sleep the connection may be gone without a word.
func (y *syncer) afterWake(ctx context.Context, w Wake) error {
	if err := y.s.noop(ctx, y.cfg.limits.patience/6); err != nil {
		return err
	}
	if w == WakeFull {
		y.eager = true
		return y.pass(ctx)
	}
	if err := y.replay(ctx); err != nil {
		return err
	}
	list, err := y.cfg.Store.Mailboxes(ctx)
	if err != nil {
		return err
	}
	if err := y.visitStale(ctx, list); err != nil {
		return err
	}
	return y.lookAtInbox(ctx)
}

func (s *session) noop(ctx context.Context, patience time.Duration) error {
	defer s.link.expectWithin(patience)()
	return s.classify(ctx, s.client.Noop().Wait())
}

// lookAtInbox brings the inbox up to date.
func (y *syncer) lookAtInbox(ctx context.Context) error {
	inbox, err := y.inbox(ctx)
	if err != nil {
		return err
	}
	if err := y.syncMailbox(ctx, inbox); err != nil {
		refusal, ok := status(err)
		if !ok || passing(refusal) {
			return err
		}
		y.close(inbox, refusal)
	} else {
		delete(y.closed, inbox.Path)
	}
	y.lastSync = y.cfg.Clock.Now()
	y.report(ctx, mail.Status{Phase: mail.PhaseUpToDate})
	return nil
}

// namesAtOnce is how many mailboxes may be listed every minute; of more, the names are
// asked for so much less often.
const namesAtOnce = 500

// lookAtNames makes a complete pass when a mailbox came, went or was renamed. Only the
// names are asked for: counts would let the server open every mailbox.
func (y *syncer) lookAtNames(ctx context.Context) error {
	if y.skipped++; y.skipped*namesAtOnce < len(y.names) {
		return nil
	}
	y.skipped = 0
	list, err := y.s.listNames(ctx)
	if _, refused := status(err); refused {
		return nil // the next pass asks as it always does
	}
	if err != nil {
		return err
	}
	before := y.names
	if y.names = namesOf(list); slices.Equal(before, y.names) {
		return nil
	}
	y.log.Info("mailboxes changed")
	return y.pass(ctx)
}

// urgent reports whether something should come before further messages.
func (y *syncer) urgent() bool { return len(y.bell) > 0 || len(y.poked) > 0 }

// attend does what is urgent while a mailbox is being fetched. A complete pass
// comes after the present one, which may have been to the mailbox that matters.
func (y *syncer) attend(ctx context.Context, current mail.Mailbox) error {
	select {
	case w := <-y.bell:
		y.again = y.again || w == WakeFull
	default:
	}
	doubt, err := y.replayQueue(ctx)
	if err != nil {
		return err
	}
	y.again = y.again || doubt // the list of mailboxes must not change now
	select {
	case <-y.poked:
	default:
		return nil
	}
	return y.fetchNewer(ctx)
}

// fetchNewer fetches what arrived in the inbox after everything that is known of
// it. The next look at the inbox does the rest.
func (y *syncer) fetchNewer(ctx context.Context) error {
	inbox, err := y.inbox(ctx)
	if err != nil {
		return err
	}
	known, err := y.cfg.Store.Cursor(ctx, inbox.ID)
	if err != nil {
		return err
	}
	_, last, err := y.cfg.Store.Known(ctx, inbox.ID)
	if err != nil {
		return err
	}
	if err := y.s.selectMailbox(ctx, inbox.Path); err != nil {
		return err
	}
	if y.s.selected.UIDValidity != known.UIDValidity || y.s.selected.NumMessages == 0 {
		return nil
	}
	first := last + 1
	entries, err := y.s.entries(ctx, imap.UIDSet{{Start: imap.UID(first), Stop: 0}}, &imap.FetchOptions{UID: true, Flags: true, RFC822Size: true})
	if err != nil {
		return err
	}
	// "n:*" names the last message even when its UID is below n (RFC 9051 §9, seq-range).
	entries = slices.DeleteFunc(entries, func(e entry) bool { return e.uid < first })
	if since := y.keptSince(inbox); !since.IsZero() && len(entries) > 0 {
		kept, err := y.s.since(ctx, since)
		if err != nil {
			return err
		}
		entries = slices.DeleteFunc(entries, func(e entry) bool { return !slices.Contains(kept, e.uid) })
	}
	if len(entries) == 0 {
		return nil
	}
	t := &tally{total: len(entries), notify: known.Complete}
	_, _, err = y.attempt(ctx, inbox, entries, never, t)
	y.announce(t)
	return err
}
