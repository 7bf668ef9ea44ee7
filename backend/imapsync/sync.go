package imapsync

import (
	"context"
	"log/slog"
	"maps"
	"slices"
	"time"

	"github.com/emersion/go-imap/v2"

	"waxwing/backend/mail"
	"waxwing/backend/store"
)

// A syncer is one run of Sync or Run: the work connection and what is
// remembered from pass to pass.
type syncer struct {
	cfg Config
	log *slog.Logger
	s   *session // nil before the first connection

	bell  Bell          // nil for Sync, which nobody wakes
	again bool          // a complete pass was asked for during one
	eager bool          // the next replay tries what waits for its time, too
	poked chan struct{} // the inbox has news; holds one
	// putOff says that operations wait for a mailbox to be synchronised.
	putOff bool
	// names are those of the mailboxes, as the last listing of names alone had them: a
	// server may leave out others when it is asked for more.
	names   []string
	skipped int // minutes since
	// listed says that the list of mailboxes was asked for a moment ago: who is
	// refused by one of them is not refused for its name.
	listed bool
	// checked are the mailboxes to move to that were looked at in this replay.
	checked map[mail.MailboxID]bool

	retryAt    time.Time // when the first operation that the server put off is due; zero for none
	lastSync   time.Time
	reconnects int // made because of malformed answers, in this run
	hangups    int // messages blamed for a closed connection, in this pass
	// seen holds the last STATUS of each mailbox whose look was worth it.
	seen map[mail.MailboxID]imap.StatusData
	// stale holds mailboxes to look at though their STATUS may not tell.
	stale map[mail.MailboxID]bool
	// closed holds, by path, the mailboxes that the server didn't let us into and
	// what it said.
	closed map[string]*imap.Error
}

// maxReconnects bounds the connections that malformed answers may cost a run.
const maxReconnects = 500

func newSyncer(cfg Config) *syncer {
	cfg = cfg.withDefaults()
	return &syncer{
		cfg: cfg, log: cfg.Log.With("account", int64(cfg.Account.ID)),
		poked: make(chan struct{}, 1),
		seen:  map[mail.MailboxID]imap.StatusData{}, stale: map[mail.MailboxID]bool{},
		closed:  map[string]*imap.Error{},
		checked: map[mail.MailboxID]bool{},
	}
}

// Sync makes one complete pass: it connects, replays operations, brings the
// mailbox list and every mailbox up to date, and returns when everything is in
// the store. Its error is a *mail.Error. What was stored before an error stays,
// and the next pass goes on from there.
func Sync(ctx context.Context, cfg Config) error {
	y := newSyncer(cfg)
	defer y.disconnect()
	err := y.connect(ctx)
	if err == nil {
		err = y.pass(ctx)
	}
	return explain(err, cfg.Account.IMAP)
}

func (y *syncer) connect(ctx context.Context) error {
	y.report(ctx, mail.Status{Phase: mail.PhaseConnecting})
	s, err := dial(ctx, &y.cfg, nil)
	if err != nil {
		return err
	}
	y.s = s
	y.log.Info("signed in", "host", y.cfg.Account.IMAP.Host, "capabilities", s.capabilities())
	return nil
}

func (y *syncer) disconnect() {
	if y.s != nil {
		y.s.close()
		y.s = nil
	}
}

// reconnect makes a new connection after the old one became useless, and
// selects a mailbox on it.
func (y *syncer) reconnect(ctx context.Context, m mail.Mailbox) error {
	validity := y.s.selected.UIDValidity
	if err := y.renew(ctx, m.Path); err != nil {
		return err
	}
	return y.selectAgain(ctx, m, validity)
}

// renew makes a new connection in place of one that something in a mailbox made
// useless.
func (y *syncer) renew(ctx context.Context, mailbox string) error {
	y.disconnect()
	if y.reconnects++; y.reconnects > maxReconnects {
		return &mail.Error{Code: mail.CodeProtocol, Args: map[string]string{"host": y.cfg.Account.IMAP.Host, "mailbox": mailbox}}
	}
	s, err := dial(ctx, &y.cfg, nil)
	if err == nil {
		y.s = s
	}
	return err
}

// selectAgain selects a mailbox whose UIDs are still in use.
func (y *syncer) selectAgain(ctx context.Context, m mail.Mailbox, validity uint32) error {
	if err := y.s.selectMailbox(ctx, m.Path); err != nil {
		return err
	}
	if y.s.selected.UIDValidity != validity {
		return errReset
	}
	return nil
}

// pass brings everything up to date.
func (y *syncer) pass(ctx context.Context) error {
	y.hangups = 0
	y.report(ctx, mail.Status{Phase: mail.PhaseSyncing})
	if err := y.replay(ctx); err != nil {
		return err
	}
	if err := y.headStart(ctx); err != nil {
		return err
	}
	statuses, err := y.mailboxes(ctx)
	if err != nil {
		return err
	}
	list, err := y.cfg.Store.Mailboxes(ctx)
	if err != nil {
		return err
	}
	y.keepClosed(list)
	for _, m := range inOrder(list) {
		if err := y.visit(ctx, m, statuses[m.Path]); err != nil {
			return err
		}
	}
	if err := y.visitStale(ctx, list); err != nil {
		return err
	}
	y.lastSync = y.cfg.Clock.Now()
	y.report(ctx, mail.Status{Phase: mail.PhaseUpToDate})
	return nil
}

// visitStale visits the mailboxes that a replay said must be looked at: it moved
// messages into them after they had their turn, or their UIDs are void. What was put
// off for the latter is done now.
func (y *syncer) visitStale(ctx context.Context, list []mail.Mailbox) error {
	visit := func() error {
		for _, m := range inOrder(list) {
			if y.stale[m.ID] {
				if err := y.visit(ctx, m, nil); err != nil {
					return err
				}
			}
		}
		return nil
	}
	err := visit()
	if err != nil || !y.putOff {
		return err
	}
	y.putOff = false
	if err := y.replay(ctx); err != nil {
		return err
	}
	return visit()
}

// mailboxes brings the list up to date and returns the status of each.
func (y *syncer) mailboxes(ctx context.Context) (map[string]*imap.StatusData, error) {
	list, err := y.s.list(ctx)
	if err != nil {
		return nil, err
	}
	if y.names == nil {
		y.names = namesOf(list)
	}
	known, err := y.cfg.Store.Mailboxes(ctx)
	if err != nil {
		return nil, err
	}
	statuses := make(map[string]*imap.StatusData, len(list))
	var paths []string
	for _, m := range list {
		if y.s.has(imap.CapListStatus) {
			statuses[m.path] = m.status
		} else if m.selectable {
			paths = append(paths, m.path)
		}
	}
	count := func() error {
		told, _, err := y.s.statuses(ctx, paths)
		maps.Copy(statuses, told)
		return err
	}
	first := len(known) <= 1 // nothing can have been renamed, and somebody waits to see the list
	if !first {
		if err := count(); err != nil {
			return nil, err
		}
	}
	remote, err := y.withUnlisted(ctx, known, remoteMailboxes(list))
	if err != nil {
		return nil, err
	}
	if remote, err = y.withRenamed(ctx, known, remote, statuses); err != nil {
		return nil, err
	}
	if err := y.setMailboxes(ctx, remote); err != nil {
		return nil, err
	}
	if first {
		err = count()
	}
	return statuses, err
}

// withUnlisted returns the list with those of the known mailboxes that LIST left
// out, or called mere parents, although the server has them or may have them.
//
// A mailbox that is gone takes its messages and what was to be done to them with
// it, so that one short answer must not be enough: STATUS has to be refused, too,
// and not for a passing reason. Not every server says NONEXISTENT then.
func (y *syncer) withUnlisted(ctx context.Context, known []mail.Mailbox, list []store.RemoteMailbox) ([]store.RemoteMailbox, error) {
	listed, roles := map[string]int{}, map[mail.Role]bool{}
	for i, m := range list {
		listed[m.Path], roles[m.Role] = i, true
	}
	known = slices.DeleteFunc(slices.Clone(known), func(m mail.Mailbox) bool {
		i, ok := listed[m.Path]
		return !m.Selectable || ok && list[i].Selectable
	})
	missing := make([]string, len(known))
	for i, m := range known {
		missing[i] = m.Path
	}
	_, refused, err := y.s.statuses(ctx, missing)
	if err != nil {
		return nil, err
	}
	for _, m := range known {
		if refusal := refused[m.Path]; refusal != nil && !passing(refusal) {
			y.log.Info("mailbox gone", "mailbox", int64(m.ID), "code", string(refusal.Code))
			continue
		}
		y.log.Warn("mailbox not listed", "mailbox", int64(m.ID))
		if i, ok := listed[m.Path]; ok {
			list[i].Selectable = true
			continue
		}
		if roles[m.Role] {
			m.Role = mail.RoleNone
		}
		list = append(list, store.RemoteMailbox{
			Path: m.Path, Delimiter: m.Delimiter, Role: m.Role, Selectable: true, Subscribed: m.Subscribed,
		})
	}
	return list, nil
}

// setMailboxes makes the store's list of mailboxes another one, and tells of
// operations that can't be done any more.
func (y *syncer) setMailboxes(ctx context.Context, list []store.RemoteMailbox) error {
	refused, err := y.cfg.Store.SetMailboxes(ctx, list)
	for _, o := range refused {
		y.log.Warn("operation refused", "operation", int64(o.ID), "code", string(o.Problem.Code))
		y.cfg.Refused(o)
	}
	return err
}

// visit synchronises a mailbox unless its status shows that nothing happened.
// A mailbox that the server doesn't let us into is left as it is, told of in the
// status, and tried again in the next pass; the inbox matters too much for that.
func (y *syncer) visit(ctx context.Context, m mail.Mailbox, st *imap.StatusData) error {
	if y.closed[m.Path] == nil && !y.stale[m.ID] {
		same, err := y.sameAsBefore(ctx, m, st)
		if err != nil || same {
			return err
		}
	}
	err := y.syncMailbox(ctx, m)
	if refusal, ok := status(err); ok && m.Role != mail.RoleInbox {
		y.close(m, refusal)
		delete(y.stale, m.ID)
		return nil
	}
	if err != nil {
		return err
	}
	delete(y.closed, m.Path)
	if st != nil {
		y.seen[m.ID] = *st
	}
	return nil
}

// sameAsBefore compares a status with what the store knows or, without
// mod-sequences, with the status before the last look in this run.
func (y *syncer) sameAsBefore(ctx context.Context, m mail.Mailbox, st *imap.StatusData) (bool, error) {
	if st == nil || st.NumMessages == nil {
		return false, nil
	}
	known, err := y.cfg.Store.Cursor(ctx, m.ID)
	if err != nil {
		return false, err
	}
	since := unixOf(y.keptSince(m))
	if before, ok := y.seen[m.ID]; ok && st.HighestModSeq == 0 && m.Role != mail.RoleInbox && known.Complete && known.KeptSince == since {
		return sameStatus(before, *st), nil
	}
	if !unchanged(known, int(*st.NumMessages)-known.Beyond, st, since) {
		return false, nil // no need to count
	}
	n, _, err := y.cfg.Store.Known(ctx, m.ID)
	return unchanged(known, n, st, since), err
}

func sameStatus(a, b imap.StatusData) bool {
	number := func(p *uint32) int64 {
		if p == nil {
			return -1
		}
		return int64(*p)
	}
	return a.UIDValidity == b.UIDValidity && a.UIDNext == b.UIDNext &&
		number(a.NumMessages) == number(b.NumMessages) && number(a.NumUnseen) == number(b.NumUnseen)
}

// headStart fetches the newest messages of an inbox that was never looked into,
// before anything else is asked.
//
// They are asked for by sequence number, once, right after SELECT.
//
// QUIRK: Yahoo's sequence numbers are wrong after an expunge in the session;
// nothing else uses them.
func (y *syncer) headStart(ctx context.Context) error {
	inbox, err := y.inbox(ctx)
	if err != nil {
		return err
	}
	known, err := y.cfg.Store.Cursor(ctx, inbox.ID)
	if err != nil || known.UIDValidity != 0 {
		return err
	}
	if err := y.s.selectMailbox(ctx, inbox.Path); err != nil {
		return err
	}
	exists := y.s.selected.NumMessages
	if exists == 0 {
		return nil
	}
	first := uint32(1)
	if n := uint32(y.cfg.limits.headStart); exists > n {
		first = exists - n + 1
	}
	var entries []entry
	if since := y.keptSince(inbox); since.IsZero() {
		entries, err = y.s.entries(ctx, imap.SeqSet{{Start: first, Stop: exists}}, &imap.FetchOptions{UID: true, Flags: true, RFC822Size: true})
	} else {
		entries, err = y.s.newestKept(ctx, since, y.cfg.limits.headStart)
	}
	if blamesMessage(err) {
		return y.reconnect(ctx, inbox) // the complete listing knows a way around
	}
	if err != nil {
		return err
	}
	cursor := store.Cursor{UIDValidity: y.s.selected.UIDValidity}
	if _, _, err := y.cfg.Store.Commit(ctx, store.Batch{Mailbox: inbox.ID, Cursor: &cursor}); err != nil {
		return err
	}
	return y.fetchAll(ctx, inbox, entries, &tally{total: int(exists)})
}

// inbox returns the inbox, made known to the store if need be.
func (y *syncer) inbox(ctx context.Context) (mail.Mailbox, error) {
	find := func() (mail.Mailbox, bool, error) {
		list, err := y.cfg.Store.Mailboxes(ctx)
		i := slices.IndexFunc(list, func(m mail.Mailbox) bool { return m.Path == "INBOX" })
		if err != nil || i < 0 {
			return mail.Mailbox{}, len(list) > 0, err
		}
		return list[i], true, nil
	}
	m, any, err := find()
	if err != nil || any {
		return m, err
	}
	err = y.setMailboxes(ctx, []store.RemoteMailbox{{Path: "INBOX", Role: mail.RoleInbox, Selectable: true, Subscribed: true}})
	if err != nil {
		return m, err
	}
	m, _, err = find()
	return m, err
}
