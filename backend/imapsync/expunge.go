package imapsync

import (
	"context"
	"slices"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapclient"

	"waxwing/backend/mail"
)

func addFlags(flags ...imap.Flag) *imap.StoreFlags {
	return &imap.StoreFlags{Op: imap.StoreFlagsAdd, Silent: true, Flags: flags}
}

func removeFlags(flags ...imap.Flag) *imap.StoreFlags {
	return &imap.StoreFlags{Op: imap.StoreFlagsDel, Silent: true, Flags: flags}
}

// expunge removes messages from the selected mailbox, and no others. Asking
// twice does no harm.
//
// Without UIDPLUS there is only EXPUNGE, which takes along whatever is marked
// \Deleted (RFC 9051 §6.4.3). Messages that others have marked lose the mark for
// that moment; which ones is in the journal, so that they have it back after a
// crash.
func (y *syncer) expunge(ctx context.Context, t task, j journal, uids []mail.UID) error {
	if j.Step == "" {
		j.Step = stepAsk
	}
	if y.s.has(imap.CapUIDPlus) {
		if err := y.begin(ctx, t, j); err != nil {
			return err
		}
		for part := range slices.Chunk(uids, y.cfg.limits.uidsPerSet) {
			if err := y.s.expungeSet(ctx, uidSet(part)); err != nil {
				return err
			}
		}
		return nil
	}
	marked, err := y.s.search(ctx, &imap.SearchCriteria{Flag: []imap.Flag{imap.FlagDeleted}})
	if err != nil {
		return err
	}
	for _, u := range marked {
		if !slices.Contains(uids, u) && !slices.Contains(j.Restore, u) {
			j.Restore = append(j.Restore, u)
		}
	}
	if err := y.begin(ctx, t, j); err != nil {
		return err
	}
	if err := y.mark(ctx, j.Restore, removeFlags(imap.FlagDeleted)); err != nil {
		return err
	}
	if err := y.mark(ctx, uids, addFlags(imap.FlagDeleted)); err != nil {
		return err
	}
	err = y.s.do(ctx, func(c *imapclient.Client) error { return c.Expunge().Close() })
	if err != nil {
		return err
	}
	return y.mark(ctx, j.Restore, addFlags(imap.FlagDeleted))
}

// mark changes a flag of messages of the selected mailbox.
func (y *syncer) mark(ctx context.Context, uids []mail.UID, change *imap.StoreFlags) error {
	for part := range slices.Chunk(uids, y.cfg.limits.uidsPerSet) {
		err := y.s.do(ctx, func(c *imapclient.Client) error { return c.Store(uidSet(part), change, nil).Close() })
		if err != nil {
			return err
		}
	}
	return nil
}

// expungeSet marks messages and expunges just them (RFC 4315 §2.1). The second
// command is sent when the first has succeeded: a mark that was refused must not
// be followed by anything.
func (s *session) expungeSet(ctx context.Context, set imap.UIDSet) error {
	return s.do(ctx, func(c *imapclient.Client) error {
		if err := c.Store(set, addFlags(imap.FlagDeleted), nil).Close(); err != nil {
			return err
		}
		return c.UIDExpunge(set).Close()
	})
}
