package imapsync

import (
	"cmp"
	"context"
	"slices"

	"github.com/emersion/go-imap/v2"

	"waxwing/backend/mail"
	"waxwing/backend/store"
)

// The bounds of what recognising one renamed mailbox may cost.
const (
	renameTries  = 8   // new mailboxes looked into
	renameProbes = 100 // messages compared in each
)

// renames are the mailboxes that aren't where the store has them, and the places
// where they may have gone.
//
// QUIRK: RFC 8474 gives mailboxes an identity of their own, but go-imap beta.8
// closes the connection at a MAILBOXID in STATUS. UIDVALIDITY and messages tell
// the same, except for an empty mailbox of a server that numbers them all alike.
type renames struct {
	cursors  map[mail.MailboxID]store.Cursor
	statuses map[string]*imap.StatusData
	homeless []mail.Mailbox
	places   []int // of the list
}

// withRenamed returns the list with Was set where a mailbox of the store is found
// under another path: RENAME keeps UIDs and UIDVALIDITY (RFC 9051 §6.3.6). Two
// that changed places are recognised, too.
func (y *syncer) withRenamed(ctx context.Context, known []mail.Mailbox, list []store.RemoteMailbox, statuses map[string]*imap.StatusData) ([]store.RemoteMailbox, error) {
	cursors, err := y.cfg.Store.Cursors(ctx)
	if err != nil {
		return nil, err
	}
	r := renames{cursors: cursors, statuses: statuses}
	r.find(known, list)
	for _, m := range r.homeless {
		for _, i := range r.candidates(m, list) {
			same, err := y.sameMailbox(ctx, &r, m, list[i].Path)
			if err != nil {
				return nil, err
			}
			if same {
				y.log.Info("mailbox renamed", "mailbox", int64(m.ID))
				list[i].Was = m.ID
				r.places = slices.DeleteFunc(r.places, func(p int) bool { return p == i })
				break
			}
		}
		y.s.path = "" // what is selected may have another name now
	}
	return list, nil
}

// find tells which mailboxes have to be looked for, and where. The inbox is never
// elsewhere: renaming it moves its messages (RFC 9051 §6.3.6).
func (r *renames) find(known []mail.Mailbox, list []store.RemoteMailbox) {
	at := make(map[string]int, len(list))
	for i, m := range list {
		if m.Selectable {
			at[m.Path] = i
		}
	}
	occupied := map[int]bool{}
	for _, m := range known {
		cursor := r.cursors[m.ID]
		i, listed := at[m.Path]
		status := r.statuses[m.Path]
		another := listed && status != nil && cursor.UIDValidity != 0 && void(cursor, status.UIDValidity, uint32(status.UIDNext))
		switch {
		case listed && (!another || m.Path == "INBOX"):
			occupied[i] = true
		case m.Selectable && m.Path != "INBOX" && cursor.UIDValidity != 0:
			r.homeless = append(r.homeless, m)
		}
	}
	if len(r.homeless) == 0 {
		return
	}
	for i, m := range list {
		if m.Selectable && !occupied[i] && r.statuses[m.Path] != nil {
			r.places = append(r.places, i)
		}
	}
}

// candidates returns the places where the mailbox may be, the likeliest first.
func (r *renames) candidates(m mail.Mailbox, list []store.RemoteMailbox) []int {
	cursor := r.cursors[m.ID]
	next := func(i int) uint32 { return uint32(r.statuses[list[i].Path].UIDNext) }
	out := slices.DeleteFunc(slices.Clone(r.places), func(i int) bool {
		return r.statuses[list[i].Path].UIDValidity != cursor.UIDValidity || next(i) < cursor.UIDNext
	})
	slices.SortStableFunc(out, func(a, b int) int { return cmp.Compare(next(a), next(b)) })
	return out[:min(len(out), renameTries)]
}

// unique reports whether no other mailbox, before or now, has the UIDVALIDITY of a
// mailbox and its candidate, so that it tells by itself that they are the same.
func (r *renames) unique(m mail.Mailbox, path string) bool {
	validity := r.cursors[m.ID].UIDValidity
	for id, c := range r.cursors {
		if id != m.ID && c.UIDValidity == validity {
			return false
		}
	}
	for other, s := range r.statuses {
		if other != path && s != nil && s.UIDValidity == validity {
			return false
		}
	}
	return true
}

// sameMailbox compares the newest messages that the store knows of a mailbox with
// those that have the same UIDs at another path.
func (y *syncer) sameMailbox(ctx context.Context, r *renames, m mail.Mailbox, path string) (bool, error) {
	known, err := y.cfg.Store.Newest(ctx, m.ID, renameProbes)
	if err != nil {
		return false, err
	}
	if len(known) == 0 {
		return uint32(r.statuses[path].UIDNext) == r.cursors[m.ID].UIDNext && r.unique(m, path), nil
	}
	err = y.s.examineMailbox(ctx, path)
	if _, refused := status(err); refused {
		return false, nil
	}
	if err != nil || y.s.selected.UIDValidity != r.cursors[m.ID].UIDValidity {
		return false, err
	}
	uids := make([]mail.UID, len(known))
	for i, p := range known {
		uids[i] = p.UID
	}
	found, err := y.s.identify(ctx, uids)
	if blamesMessage(err) {
		return r.unique(m, path), y.reconnect(ctx, mail.Mailbox{ID: m.ID, Path: path})
	}
	if _, refused := status(err); refused {
		return r.unique(m, path), nil
	}
	if err != nil {
		return false, err
	}
	alike, other := compare(known, found)
	return !other && (alike || r.unique(m, path)), nil
}

// compare tells whether messages with the same UIDs are alike, and whether some
// are others. A size alone is no proof, nor is another size with a Message-ID:
// some servers estimate it.
func compare(known []store.Probe, found []probed) (alike, other bool) {
	for _, k := range known {
		i := slices.IndexFunc(found, func(p probed) bool { return p.UID == k.UID })
		switch {
		case i < 0:
		case found[i].MessageID != k.MessageID || k.MessageID == "" && found[i].Size != k.Size:
			other = true
		case k.MessageID != "":
			alike = true
		}
	}
	return alike, other
}
