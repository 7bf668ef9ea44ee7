package demo

import (
	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapserver"
)

// A view is a selected mailbox as one client knows it: message sequence numbers
// are positions in entries, and stay so until the client is told otherwise
// (RFC 9051 §7.5.1). The account's mutex guards it.
//
// There is no queue of updates that could overflow or be missed: telling news
// is comparing the view with the mailbox.
type view struct {
	box      *mailbox
	readOnly bool
	entries  []entry
	last     imap.UID // the highest UID ever in entries
}

// entry is a message and the version of its flags that the client knows.
type entry struct {
	message *message
	version int
}

func newView(b *mailbox, readOnly bool) *view {
	v := &view{box: b, readOnly: readOnly}
	v.grow()
	return v
}

// grow takes in the messages that came since.
func (v *view) grow() bool {
	before := len(v.entries)
	for _, m := range v.box.messages {
		if m.uid > v.last {
			v.entries = append(v.entries, entry{m, m.version})
			v.last = m.uid
		}
	}
	return len(v.entries) > before
}

// An update is one untagged response; exactly one field is set.
type update struct {
	expunge uint32
	exists  uint32
	flags   *flagUpdate
}

type flagUpdate struct {
	number uint32
	uid    imap.UID
	flags  []imap.Flag
}

// news returns what the client doesn't know yet, and takes it as told.
// Expunged messages keep their numbers while expunges aren't allowed.
func (v *view) news(expunges bool) []update {
	var list []update
	if expunges {
		for i := len(v.entries) - 1; i >= 0; i-- {
			if v.entries[i].message.gone {
				list = append(list, update{expunge: uint32(i + 1)})
				v.entries = append(v.entries[:i], v.entries[i+1:]...)
			}
		}
	}
	if v.grow() {
		list = append(list, update{exists: uint32(len(v.entries))})
	}
	for i := range v.entries {
		e := &v.entries[i]
		if m := e.message; e.version != m.version {
			e.version = m.version
			list = append(list, update{flags: &flagUpdate{uint32(i + 1), m.uid, m.flagList()}})
		}
	}
	return list
}

func (u update) write(w *imapserver.UpdateWriter) error {
	switch {
	case u.expunge != 0:
		return w.WriteExpunge(u.expunge)
	case u.exists != 0:
		return w.WriteNumMessages(u.exists)
	default:
		return w.WriteMessageFlags(u.flags.number, u.flags.uid, u.flags.flags)
	}
}

// pick calls f for the entries that set names, with their sequence numbers.
func (v *view) pick(set imap.NumSet, f func(number uint32, e *entry)) {
	contains := v.resolve(set)
	for i := range v.entries {
		if number := uint32(i + 1); contains(number, v.entries[i].message.uid) {
			f(number, &v.entries[i])
		}
	}
}

// resolve gives "*" its meaning, the highest number or UID in the view, and
// tells which entries a set names (RFC 9051 §9, "seq-number").
func (v *view) resolve(set imap.NumSet) func(number uint32, uid imap.UID) bool {
	within := func(x, start, stop, highest uint32) bool {
		if start == 0 {
			start = highest
		}
		if stop == 0 {
			stop = highest
		}
		return min(start, stop) <= x && x <= max(start, stop)
	}
	switch set := set.(type) {
	case imap.SeqSet:
		highest := uint32(len(v.entries))
		return func(number uint32, _ imap.UID) bool {
			for _, r := range set {
				if within(number, r.Start, r.Stop, highest) {
					return true
				}
			}
			return false
		}
	case imap.UIDSet:
		var highest uint32
		if n := len(v.entries); n > 0 {
			highest = uint32(v.entries[n-1].message.uid)
		}
		return func(_ uint32, uid imap.UID) bool {
			for _, r := range set {
				if within(uint32(uid), uint32(r.Start), uint32(r.Stop), highest) {
					return true
				}
			}
			return false
		}
	}
	return func(uint32, imap.UID) bool { return false }
}
