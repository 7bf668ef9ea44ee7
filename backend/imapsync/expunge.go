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
		return y.expungeMarked(ctx, uids)
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
	err = y.mark(ctx, j.Restore, removeFlags(imap.FlagDeleted))
	if err == nil {
		if err = y.mark(ctx, uids, addFlags(imap.FlagDeleted)); err == nil {
			err = y.expungeAll(ctx, uids)
		}
		err = y.unmark(ctx, uids, err)
	}
	if reason, _ := y.verdict(err); err != nil && reason == nil {
		return err
	}
	failed := y.mark(ctx, j.Restore, addFlags(imap.FlagDeleted))
	if _, refused := status(failed); failed != nil && !refused {
		return failed
	}
	return err
}

// expungeAll removes what is marked, which is just these messages, and sees that
// they are gone.
func (y *syncer) expungeAll(ctx context.Context, uids []mail.UID) error {
	if err := y.s.do(ctx, func(c *imapclient.Client) error { return c.Expunge().Close() }); err != nil {
		return err
	}
	for part := range slices.Chunk(uids, y.cfg.limits.uidsPerSet) {
		if err := y.s.seeGone(ctx, part); err != nil {
			return err
		}
	}
	return nil
}

// expungeMarked marks messages of the selected mailbox and expunges just them.
func (y *syncer) expungeMarked(ctx context.Context, uids []mail.UID) error {
	for part := range slices.Chunk(uids, y.cfg.limits.uidsPerSet) {
		if err := y.unmark(ctx, part, y.s.expungeSet(ctx, part)); err != nil {
			return err
		}
	}
	return nil
}

// unmark takes the mark off messages that the server then refused to expunge, so
// that the next EXPUNGE of another client doesn't take them along, and returns the
// refusal. Any other failure is returned as it is.
func (y *syncer) unmark(ctx context.Context, uids []mail.UID, refusal error) error {
	if reason, _ := y.verdict(refusal); reason == nil {
		return refusal
	}
	err := y.mark(ctx, uids, removeFlags(imap.FlagDeleted))
	if _, refused := status(err); err != nil && !refused {
		return err
	}
	return refusal
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
func (s *session) expungeSet(ctx context.Context, uids []mail.UID) error {
	set := uidSet(uids)
	err := s.do(ctx, func(c *imapclient.Client) error {
		if err := c.Store(set, addFlags(imap.FlagDeleted), nil).Close(); err != nil {
			return err
		}
		return c.UIDExpunge(set).Close()
	})
	if err != nil {
		return err
	}
	return s.seeGone(ctx, uids)
}

// seeGone makes a refusal of messages that are there although the server said OK
// to EXPUNGE. It asks in a turn of its own: Dovecot answers a SEARCH that is sent
// along before it removes anything.
//
// QUIRK: Dovecot says "OK Expunge ignored: Permission denied" in a mailbox without
// the right to expunge (RFC 4314 §4 wants NO); seen with 2.3.19.
func (s *session) seeGone(ctx context.Context, uids []mail.UID) error {
	there, err := s.search(ctx, &imap.SearchCriteria{UID: []imap.UIDSet{uidSet(uids)}})
	if err != nil {
		return err
	}
	if slices.ContainsFunc(there, func(u mail.UID) bool { return slices.Contains(uids, u) }) {
		return impossible{&mail.Error{Code: mail.CodeReadOnly, Args: map[string]string{"mailbox": s.path}}}
	}
	return nil
}
