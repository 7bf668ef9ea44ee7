package imapsync

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapclient"

	"waxwing/backend/mail"
	"waxwing/backend/message"
	"waxwing/backend/store"
)

// errReset means that the UIDs of the mailbox under way became void.
var errReset = errors.New("imapsync: UIDVALIDITY changed meanwhile")

// syncMailbox makes the store's mailbox equal to the server's.
func (y *syncer) syncMailbox(ctx context.Context, m mail.Mailbox) error {
	err := y.syncOnce(ctx, m)
	if errors.Is(err, errReset) {
		err = y.syncOnce(ctx, m)
	}
	return err
}

func (y *syncer) syncOnce(ctx context.Context, m mail.Mailbox) error {
	if err := y.s.selectMailbox(ctx, m.Path); err != nil {
		return err
	}
	delete(y.stale, m.ID)
	known, err := y.cfg.Store.Cursor(ctx, m.ID)
	if err != nil {
		return err
	}
	shown := y.s.selected
	p := planMailbox(known, remote{shown.UIDValidity, uint32(shown.UIDNext), shown.HighestModSeq, shown.NumMessages})
	if p.reset {
		y.log.Info("UIDVALIDITY changed", "mailbox", int64(m.ID))
		if err := y.cfg.Store.ResetMailbox(ctx, m.ID, shown.UIDValidity); err != nil {
			return err
		}
	}
	since := y.keptSince(m)
	inv, err := y.takeInventory(ctx, m, p, since)
	if err != nil {
		return err
	}
	fresh, err := y.settle(ctx, m, known, shown.UIDValidity, inv)
	if err != nil {
		return err
	}
	t := &tally{total: len(inv.kept), done: len(inv.kept) - len(fresh)}
	t.notify = !p.first && !p.reset && m.Role == mail.RoleInbox
	if known.KeptSince != unixOf(since) {
		t.newFrom = mail.UID(known.UIDNext) // mail of earlier days is no news
	}
	defer y.announce(t) // after a failure too: the next pass knows what came in
	if err := y.fetchAll(ctx, m, fresh, t); err != nil {
		return err
	}
	if err := y.abandon(ctx, m); err != nil {
		return err
	}
	cursor := store.Cursor{
		UIDValidity: shown.UIDValidity, UIDNext: uint32(shown.UIDNext), HighestModSeq: shown.HighestModSeq, Complete: true,
		KeptSince: unixOf(since), Beyond: len(inv.uids) - len(inv.kept),
	}
	if cursor != known {
		if _, _, err := y.cfg.Store.Commit(ctx, store.Batch{Mailbox: m.ID, Cursor: &cursor}); err != nil {
			return err
		}
	}
	return nil
}

// takeInventory lists the mailbox. When one message's answer can't be
// understood, only the UIDs are asked for, and the rest with the bodies.
func (y *syncer) takeInventory(ctx context.Context, m mail.Mailbox, p plan, since time.Time) (inventory, error) {
	inv, err := y.s.take(ctx, p, since)
	refusal, refused := status(err)
	if !blamesMessage(err) && (!refused || passing(refusal)) {
		return inv, err
	}
	y.log.Warn("listing can't be understood", "mailbox", int64(m.ID), "err", err)
	if !refused {
		if err := y.reconnect(ctx, m); err != nil {
			return inventory{}, err
		}
	}
	uids, err := y.s.search(ctx, &imap.SearchCriteria{})
	if err == nil && len(uids) != y.s.exists() {
		err = &broken{cause: causeProtocol, err: errors.New("neither FETCH nor SEARCH lists the mailbox")}
	}
	kept := uids
	if err == nil && !since.IsZero() {
		if kept, err = y.s.since(ctx, since); err == nil {
			kept = common(kept, uids)
		}
	}
	return inventory{uids: uids, kept: kept, blind: true}, err
}

// settle stores what changed and what went, gives UIDs to messages that the
// store has already, and returns those to fetch.
func (y *syncer) settle(ctx context.Context, m mail.Mailbox, known store.Cursor, validity uint32, inv inventory) ([]entry, error) {
	local, err := y.cfg.Store.Locations(ctx, m.ID)
	if err != nil {
		return nil, err
	}
	fresh, vanished := difference(local, inv.uids)
	batch := store.Batch{Mailbox: m.ID, Seen: differing(local, inv.entries), Vanished: vanished}
	if known.UIDValidity != validity {
		batch.Cursor = &store.Cursor{UIDValidity: validity}
	}
	if len(batch.Seen) > 0 || len(batch.Vanished) > 0 || batch.Cursor != nil {
		if _, _, err := y.cfg.Store.Commit(ctx, batch); err != nil {
			return nil, err
		}
	}
	if err := y.leaveOut(ctx, m, local, inv); err != nil {
		return nil, err
	}
	if len(fresh) == 0 {
		return nil, nil
	}
	if fresh, err = y.adopt(ctx, m, fresh); err != nil {
		return nil, err
	}
	return y.described(ctx, common(fresh, inv.kept), inv)
}

// askSizes is from how many messages of unknown size on it is worth asking.
const askSizes = 16

// described returns the entries of the messages to fetch, with their sizes if
// there are so many that chunks matter.
func (y *syncer) described(ctx context.Context, fresh []mail.UID, inv inventory) ([]entry, error) {
	out := make([]entry, len(fresh))
	var unknown []mail.UID
	for i, u := range fresh {
		out[i] = entry{uid: u}
		if j, ok := findEntry(inv.entries, u); ok {
			out[i] = inv.entries[j]
		}
		if out[i].size == 0 {
			unknown = append(unknown, u)
		}
	}
	if len(unknown) < askSizes || inv.blind {
		return out, nil
	}
	for part := range slices.Chunk(unknown, y.cfg.limits.uidsPerSet) {
		sized, err := y.s.entries(ctx, uidSet(part), &imap.FetchOptions{UID: true, RFC822Size: true})
		if _, refused := status(err); refused {
			return out, nil // sizes are a help, not a need
		}
		if err != nil {
			return nil, err
		}
		for i := range out {
			if j, ok := findEntry(sized, out[i].uid); ok && out[i].size == 0 {
				out[i].size = sized[j].size
			}
		}
	}
	return out, nil
}

func findEntry(entries []entry, u mail.UID) (int, bool) {
	return slices.BinarySearchFunc(entries, u, func(e entry, u mail.UID) int { return int(int64(e.uid) - int64(u)) })
}

// adopt gives UIDs to messages that the store holds without one, by Message-ID
// and size, and returns the UIDs that must be fetched.
func (y *syncer) adopt(ctx context.Context, m mail.Mailbox, fresh []mail.UID) ([]mail.UID, error) {
	awaits, err := y.cfg.Store.AwaitsUIDs(ctx, m.ID)
	if err != nil || !awaits {
		return fresh, err
	}
	var out []mail.UID
	for part := range slices.Chunk(fresh, y.cfg.limits.uidsPerSet) {
		found, err := y.s.probe(ctx, uidSet(part))
		if _, refused := status(err); refused || blamesMessage(err) {
			if !refused {
				if err := y.reconnect(ctx, m); err != nil {
					return nil, err
				}
			}
			out = append(out, part...) // fetching knows ways around
			continue
		}
		if err != nil {
			return nil, err
		}
		probes := make([]store.Probe, len(found))
		for i, p := range found {
			probes[i] = p.Probe
		}
		unmatched, err := y.cfg.Store.Adopt(ctx, m.ID, probes)
		if err != nil {
			return nil, err
		}
		answered := make(map[mail.UID]bool, len(probes))
		for _, p := range probes {
			answered[p.UID] = true
		}
		for _, p := range unmatched {
			answered[p.UID] = false
		}
		for _, u := range part {
			if !answered[u] {
				out = append(out, u)
			}
		}
	}
	return out, nil
}

// abandon drops messages that the store still holds without a UID, now that it
// knows every UID of the mailbox. Messages that were moved here since the
// listing may have one that is not known yet.
func (y *syncer) abandon(ctx context.Context, m mail.Mailbox) error {
	if y.stale[m.ID] {
		return nil
	}
	awaits, err := y.cfg.Store.AwaitsUIDs(ctx, m.ID)
	if err != nil || !awaits {
		return err
	}
	dropped, err := y.cfg.Store.Abandon(ctx, m.ID)
	if dropped > 0 {
		y.log.Info("messages gone from the server", "mailbox", int64(m.ID), "count", dropped)
	}
	return err
}

var messageIDField = &imap.FetchItemBodySection{Peek: true, Specifier: imap.PartSpecifierHeader, HeaderFields: []string{"Message-ID"}}

// probe asks what identifies messages without fetching them.
func (s *session) probe(ctx context.Context, set imap.UIDSet) ([]probed, error) {
	items := &imap.FetchOptions{UID: true, Flags: true, InternalDate: true, RFC822Size: true, BodySection: []*imap.FetchItemBodySection{messageIDField}}
	var out []probed
	err := s.do(ctx, func(c *imapclient.Client) error {
		command := c.Fetch(set, items)
		for m := command.Next(); m != nil; m = command.Next() {
			p, err := readProbe(m)
			if err != nil {
				return err // as in readBodies
			}
			if p.UID != 0 {
				out = append(out, p)
			}
		}
		return command.Close()
	})
	return out, err
}

func readProbe(m *imapclient.FetchMessageData) (probed, error) {
	var p probed
	for item := m.Next(); item != nil; item = m.Next() {
		switch item := item.(type) {
		case imapclient.FetchItemDataUID:
			p.UID = mail.UID(item.UID)
		case imapclient.FetchItemDataFlags:
			p.Keywords = keywordsOf(item.Flags)
		case imapclient.FetchItemDataRFC822Size:
			p.Size = item.Size
		case imapclient.FetchItemDataInternalDate:
			p.date = item.Time
		case imapclient.FetchItemDataModSeq:
			p.ModSeq = item.ModSeq
		case imapclient.FetchItemDataBodySection:
			raw, _, err := readLiteral(item.Literal)
			if err != nil {
				return p, err
			}
			// Read as the store's own were, so that both compare.
			p.MessageID = message.Content(raw).MessageID
		}
	}
	return p, nil
}
