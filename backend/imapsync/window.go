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

// keptSince is the day from which on mail of a mailbox is kept here, zero for all of
// it. Drafts are kept whatever their age: what is missing there would look discarded.
//
// Older mail is left out altogether, not only its text: half a message in lists and
// search would have to be told apart everywhere. What is inside of the bound, only
// the server says (SINCE goes by its own calendar), so that both always agree.
func (y *syncer) keptSince(m mail.Mailbox) time.Time {
	if m.Role == mail.RoleDrafts {
		return time.Time{}
	}
	return y.cfg.Account.Keep.Since(y.cfg.Clock.Now())
}

// unixOf is how a cursor holds the bound.
func unixOf(since time.Time) int64 {
	if since.IsZero() {
		return 0
	}
	return since.Unix()
}

// since returns the UIDs of the selected mailbox that arrived on or after a day,
// ascending.
//
// QUIRK: iCloud leaves messages out of ESEARCH answers, so that a plain SEARCH asks.
func (s *session) since(ctx context.Context, day time.Time) ([]mail.UID, error) {
	var found *imap.SearchData
	err := s.do(ctx, func(c *imapclient.Client) (err error) {
		found, err = c.UIDSearch(&imap.SearchCriteria{Since: day}, nil).Wait()
		return err
	})
	if err != nil {
		return nil, err
	}
	uids, ok := uidsFound(found, s.exists())
	if !ok {
		return nil, errSearch
	}
	return uids, nil
}

// within takes the inventory of a mailbox of which only mail since a day is kept: all
// UIDs, since what is gone must be told from what is left out, and the rest of what is
// kept.
func (s *session) within(ctx context.Context, p plan, since time.Time) (inventory, error) {
	if p.list == listNothing {
		return inventory{}, nil
	}
	var inv inventory
	var err error
	if p.list == listChanges {
		inv, err = s.changes(ctx, p.since)
	} else {
		inv.uids, err = s.every(ctx)
	}
	if err != nil {
		return inv, err
	}
	if inv.kept, err = s.since(ctx, since); err != nil {
		return inv, err
	}
	inv.kept = common(inv.kept, inv.uids)
	if p.list == listChanges {
		return inv, nil
	}
	items := &imap.FetchOptions{UID: true, Flags: true, RFC822Size: p.list == listAll}
	for part := range slices.Chunk(inv.kept, s.cfg.limits.uidsPerSet) {
		entries, err := s.entries(ctx, uidSet(part), items)
		if err != nil {
			return inv, err
		}
		inv.entries = append(inv.entries, entries...)
	}
	return inv, nil
}

// every returns all UIDs of the selected mailbox, ascending.
func (s *session) every(ctx context.Context) ([]mail.UID, error) {
	uids, err := s.search(ctx, &imap.SearchCriteria{})
	if err != nil || len(uids) == s.exists() {
		return uids, err
	}
	// As in changes.
	entries, err := s.entries(ctx, allUIDs, &imap.FetchOptions{UID: true})
	return uidsOf(entries), err
}

// common returns what is in both of two ascending lists.
func common(a, b []mail.UID) []mail.UID {
	out := make([]mail.UID, 0, min(len(a), len(b)))
	for i, j := 0, 0; i < len(a) && j < len(b); {
		switch {
		case a[i] < b[j]:
			i++
		case b[j] < a[i]:
			j++
		default:
			out = append(out, a[i])
			i++
			j++
		}
	}
	return out
}

// leaveOut drops from the store what is there and isn't to be kept any more. What a
// person did to it goes to the server first: it is dropped by a later pass.
func (y *syncer) leaveOut(ctx context.Context, m mail.Mailbox, local []store.Located, inv inventory) error {
	if len(inv.kept) == len(inv.uids) {
		return nil
	}
	var aged []mail.UID
	for _, l := range local {
		_, kept := slices.BinarySearch(inv.kept, l.UID)
		if _, there := slices.BinarySearch(inv.uids, l.UID); there && !kept {
			aged = append(aged, l.UID)
		}
	}
	for part := range slices.Chunk(aged, y.cfg.limits.batchCount) {
		if _, _, err := y.cfg.Store.Commit(ctx, store.Batch{Mailbox: m.ID, LeftOut: part}); err != nil {
			return err
		}
	}
	return nil
}

// newestKept lists the newest messages of the selected mailbox that are kept, with
// flags and sizes.
func (s *session) newestKept(ctx context.Context, since time.Time, most int) ([]entry, error) {
	uids, err := s.since(ctx, since)
	if err != nil || len(uids) == 0 {
		return nil, err
	}
	uids = uids[max(0, len(uids)-most):]
	return s.entries(ctx, uidSet(uids), &imap.FetchOptions{UID: true, Flags: true, RFC822Size: true})
}
