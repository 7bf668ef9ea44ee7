package imapsync

import (
	"slices"

	"github.com/emersion/go-imap/v2"

	"waxwing/backend/mail"
	"waxwing/backend/store"
)

// A listing is the way in which a pass asks what a mailbox holds.
type listing int

const (
	listNothing listing = iota // it is empty
	listAll                    // every UID with flags and size: the first time, and when nothing is to be trusted
	listFlags                  // every UID with flags: there is no CONDSTORE
	listChanges                // CHANGEDSINCE and all UIDs (RFC 7162 §3.1.4)
)

// remote is a mailbox as SELECT shows it.
type remote struct {
	validity, next uint32
	modSeq         uint64 // 0: not known
	exists         uint32
}

// A plan is what to do with one mailbox.
type plan struct {
	reset bool // the UIDs known are void (RFC 9051 §2.3.1.1)
	list  listing
	since uint64 // for listChanges
	first bool   // the mailbox has never been fetched completely
}

// planMailbox compares what the store knows with what the server shows.
func planMailbox(known store.Cursor, r remote) plan {
	p := plan{first: !known.Complete}
	if known.UIDValidity != 0 && void(known, r.validity, r.next) {
		p.reset = true
		known = store.Cursor{}
	}
	switch {
	case r.exists == 0:
		p.list = listNothing
	case !known.Complete:
		p.list = listAll
	case r.modSeq == 0 || known.HighestModSeq == 0:
		p.list = listFlags
	case r.modSeq < known.HighestModSeq:
		// QUIRK: Amazon WorkMail shows a HIGHESTMODSEQ below that of its own
		// messages; a sequence that goes backwards tells nothing.
		p.list = listFlags
	default:
		p.list, p.since = listChanges, known.HighestModSeq
	}
	return p
}

// void reports whether a mailbox's UIDs are others than those that the store knows.
// UIDVALIDITY is often the second of creation, as RFC 9051 §2.3.1.1 suggests, so that a
// mailbox that is deleted and made anew at once keeps it, as does one that was restored
// from a backup; UIDNEXT goes back then, and never otherwise.
func void(known store.Cursor, validity, next uint32) bool {
	return validity != known.UIDValidity || next != 0 && next < known.UIDNext
}

// unchanged reports whether STATUS shows that a mailbox needs no look: nothing
// arrived, nothing changed, nothing went.
func unchanged(known store.Cursor, held int, s *imap.StatusData, keptSince int64) bool {
	return s != nil && known.Complete && s.NumMessages != nil && known.KeptSince == keptSince &&
		s.UIDValidity == known.UIDValidity && uint32(s.UIDNext) == known.UIDNext &&
		s.HighestModSeq != 0 && s.HighestModSeq == known.HighestModSeq &&
		int(*s.NumMessages) == held+known.Beyond
}

// difference tells which UIDs the server has beyond the store's and which it
// has no more. Both are given ascending.
func difference(local []store.Located, server []mail.UID) (fresh, vanished []mail.UID) {
	i, j := 0, 0
	for i < len(local) || j < len(server) {
		switch {
		case j == len(server) || i < len(local) && local[i].UID < server[j]:
			vanished = append(vanished, local[i].UID)
			i++
		case i == len(local) || server[j] < local[i].UID:
			fresh = append(fresh, server[j])
			j++
		default:
			i++
			j++
		}
	}
	return fresh, vanished
}

// differing returns what the server says of messages whose keywords the store
// knows otherwise. local is ascending.
func differing(local []store.Located, entries []entry) []store.Seen {
	var out []store.Seen
	for _, e := range entries {
		i, found := slices.BinarySearchFunc(local, e.uid, func(l store.Located, u mail.UID) int { return int(int64(l.UID) - int64(u)) })
		if found && e.flagged && !slices.Equal(local[i].Keywords, e.keywords) {
			out = append(out, store.Seen{UID: e.uid, Keywords: e.keywords, ModSeq: e.modSeq})
		}
	}
	return out
}

// entry is a message as a listing shows it.
type entry struct {
	uid      mail.UID
	flagged  bool // FLAGS were told
	keywords []mail.Keyword
	size     int64 // RFC822.SIZE; 0 when not told
	modSeq   uint64
}

// newestFirst sorts entries by descending UID: within a mailbox the greater UID
// arrived later (RFC 9051 §2.3.1.1).
func newestFirst(entries []entry) {
	slices.SortFunc(entries, func(a, b entry) int { return int(int64(b.uid) - int64(a.uid)) })
}

// guessedSize stands for a size that the server didn't tell, so that a chunk
// stays bounded.
const guessedSize = 64 << 10

// nextChunk returns how many of the entries to ask for at once: as many as fit
// both bounds, and at least one.
//
// QUIRK: RFC822.SIZE is an estimate with Exchange and 0 with some gateways; it
// only decides how much is asked for at once.
func nextChunk(entries []entry, count int, bytes int64) int {
	var sum int64
	for i, e := range entries {
		size := e.size
		if size <= 0 {
			size = guessedSize
		}
		if sum += size; i > 0 && (i == count || sum > bytes) {
			return i
		}
	}
	return len(entries)
}

// uidSet builds the set of some UIDs.
func uidSet(uids []mail.UID) imap.UIDSet {
	sorted := slices.Clone(uids)
	slices.Sort(sorted)
	var set imap.UIDSet
	for _, u := range sorted {
		if n := len(set); n > 0 && set[n-1].Stop+1 == imap.UID(u) {
			set[n-1].Stop = imap.UID(u)
		} else if n == 0 || set[n-1].Stop != imap.UID(u) {
			set = append(set, imap.UIDRange{Start: imap.UID(u), Stop: imap.UID(u)})
		}
	}
	return set
}

func uidsOf(entries []entry) []mail.UID {
	out := make([]mail.UID, len(entries))
	for i, e := range entries {
		out[i] = e.uid
	}
	return out
}
