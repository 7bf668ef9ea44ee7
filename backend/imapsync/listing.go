package imapsync

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapclient"

	"waxwing/backend/mail"
)

// allUIDs is "1:*".
var allUIDs = imap.UIDSet{{Start: 1, Stop: 0}}

// An inventory is what a mailbox holds.
type inventory struct {
	uids    []mail.UID // every message, ascending
	kept    []mail.UID // those that are kept here, ascending; all, unless there is a bound
	entries []entry    // what is known of those, ascending; of the changed ones only for listChanges
	blind   bool       // the server can't tell more than the UIDs
}

// take asks for the inventory of the selected mailbox in the way the plan says, in
// one turn; or, when only mail since a day is kept, in several.
func (s *session) take(ctx context.Context, p plan, since time.Time) (inventory, error) {
	if !since.IsZero() {
		return s.within(ctx, p, since)
	}
	inv, err := s.whole(ctx, p)
	inv.kept = inv.uids
	return inv, err
}

// whole is take without a bound.
func (s *session) whole(ctx context.Context, p plan) (inventory, error) {
	switch p.list {
	case listNothing:
		return inventory{}, nil
	case listChanges:
		return s.changes(ctx, p.since)
	}
	items := &imap.FetchOptions{UID: true, Flags: true, RFC822Size: p.list == listAll}
	entries, err := s.entries(ctx, allUIDs, items)
	return inventory{uids: uidsOf(entries), entries: entries}, err
}

// changes asks for what changed since a mod-sequence and, since CONDSTORE tells
// of no expunges, for all UIDs, in one turn.
func (s *session) changes(ctx context.Context, since uint64) (inventory, error) {
	var inv inventory
	var found *imap.SearchData
	err := s.do(ctx, func(c *imapclient.Client) error {
		fetch := c.Fetch(allUIDs, &imap.FetchOptions{UID: true, Flags: true, RFC822Size: true, ChangedSince: since})
		search := c.UIDSearch(&imap.SearchCriteria{}, s.searchOptions())
		var err1, err2 error
		inv.entries, err1 = s.collect(fetch)
		found, err2 = search.Wait()
		if err1 != nil {
			return err1
		}
		return err2
	})
	if err != nil {
		return inv, err
	}
	exists := s.exists()
	var ok bool
	if inv.uids, ok = uidsFound(found, exists); !ok || len(inv.uids) != exists {
		// QUIRK: iCloud leaves messages out of ESEARCH answers. Messages are not
		// forgotten on such evidence: what FETCH lists counts.
		entries, err := s.entries(ctx, allUIDs, &imap.FetchOptions{UID: true})
		if err != nil {
			return inv, err
		}
		inv.uids = uidsOf(entries)
	}
	return inv, nil
}

func (s *session) searchOptions() *imap.SearchOptions {
	if !s.has(imap.CapESearch) {
		return nil
	}
	return &imap.SearchOptions{ReturnAll: true}
}

// exists is the number of messages in the selected mailbox, as last told.
func (s *session) exists() int {
	if m := s.client.Mailbox(); m != nil {
		return int(m.NumMessages)
	}
	return int(s.selected.NumMessages)
}

// search returns the UIDs of the selected mailbox that match, ascending.
func (s *session) search(ctx context.Context, criteria *imap.SearchCriteria) ([]mail.UID, error) {
	var found *imap.SearchData
	err := s.do(ctx, func(c *imapclient.Client) (err error) {
		found, err = c.UIDSearch(criteria, s.searchOptions()).Wait()
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

// errSearch means that an answer to SEARCH can't be true.
var errSearch = &broken{cause: causeProtocol, err: errors.New("SEARCH finds more than there is")}

// maxListed is more than any mailbox holds: what a server may make us expand.
const maxListed = 1 << 24

// uidsFound expands a set of UIDs, ascending. ok is false when it holds more than
// the mailbox can: a server could make up ranges that fill the memory.
func uidsFound(data *imap.SearchData, exists int) (uids []mail.UID, ok bool) {
	set, _ := data.All.(imap.UIDSet)
	total := 0
	for _, r := range set {
		if r.Stop < r.Start {
			return nil, false
		}
		if total += int(r.Stop-r.Start) + 1; total > min(exists+1000, maxListed) {
			return nil, false
		}
	}
	uids = make([]mail.UID, 0, total)
	for _, r := range set {
		for u := uint64(r.Start); u <= uint64(r.Stop); u++ {
			uids = append(uids, mail.UID(u))
		}
	}
	// ESEARCH promises no order (RFC 9051 §7.3.4).
	slices.Sort(uids)
	return slices.Compact(uids), true
}

// entries lists messages, ascending. A server that refuses to list an empty set
// has nothing to list.
func (s *session) entries(ctx context.Context, set imap.NumSet, items *imap.FetchOptions) ([]entry, error) {
	var out []entry
	err := s.do(ctx, func(c *imapclient.Client) (err error) {
		out, err = s.collect(c.Fetch(set, items))
		return err
	})
	return out, err
}

// collect reads the answers to a FETCH of small items. A message may be told of
// twice, when its flags change meanwhile.
func (s *session) collect(command *imapclient.FetchCommand) ([]entry, error) {
	most := min(2*s.exists()+1000, maxListed)
	var out []entry
	sorted := true
	for m := command.Next(); m != nil; m = command.Next() {
		if len(out) >= most {
			return nil, s.breakOff("FETCH tells of more messages than there are", command.Close)
		}
		e := readEntry(m)
		if e.uid == 0 {
			continue
		}
		sorted = sorted && (len(out) == 0 || out[len(out)-1].uid < e.uid)
		out = append(out, e)
	}
	err := command.Close()
	if !sorted {
		slices.SortFunc(out, func(a, b entry) int { return int(int64(a.uid) - int64(b.uid)) })
		out = slices.CompactFunc(out, func(a, b entry) bool { return a.uid == b.uid })
	}
	return out, err
}

func readEntry(m *imapclient.FetchMessageData) entry {
	var e entry
	for item := m.Next(); item != nil; item = m.Next() {
		switch item := item.(type) {
		case imapclient.FetchItemDataUID:
			e.uid = mail.UID(item.UID)
		case imapclient.FetchItemDataFlags:
			e.keywords, e.flagged = keywordsOf(item.Flags), true
		case imapclient.FetchItemDataRFC822Size:
			e.size = item.Size
		case imapclient.FetchItemDataModSeq:
			e.modSeq = item.ModSeq
		}
	}
	return e
}
