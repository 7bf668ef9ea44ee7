package demo

import (
	"sort"
	"strings"
	"time"

	"github.com/emersion/go-imap/v2"
)

// A mailbox keeps its messages by ascending UID. The account's mutex guards it.
type mailbox struct {
	account    *account
	name       string
	validity   uint32
	use        []imap.MailboxAttr // SPECIAL-USE attributes (RFC 6154)
	subscribed bool
	uidNext    imap.UID
	messages   []*message
}

// A message's raw bytes, UID and date never change.
type message struct {
	uid  imap.UID
	raw  []byte
	date time.Time // INTERNALDATE

	flags   map[string]imap.Flag // by lower-case name
	version int                  // counts the changes of flags
	gone    bool                 // expunged
}

func (a *account) newMailbox(name string, validity uint32) *mailbox {
	return &mailbox{account: a, name: name, validity: validity, subscribed: true, uidNext: 1}
}

// add appends a message under a new UID and wakes whoever waits.
func (b *mailbox) add(raw []byte, date time.Time, flags []imap.Flag) *message {
	b.uidNext = max(b.uidNext, b.account.nextUID())
	return b.addNext(raw, date, flags)
}

// addNext is add with the very next UID, for the sample mail.
func (b *mailbox) addNext(raw []byte, date time.Time, flags []imap.Flag) *message {
	m := &message{uid: b.uidNext, raw: raw, date: date, flags: make(map[string]imap.Flag)}
	m.setFlags(imap.StoreFlagsAdd, flags)
	m.version = 0
	b.uidNext++
	b.messages = append(b.messages, m)
	b.account.notify()
	return m
}

// expunge removes the messages that match.
func (b *mailbox) expunge(match func(*message) bool) {
	kept := make([]*message, 0, len(b.messages))
	for _, m := range b.messages {
		if match(m) {
			m.gone = true
		} else {
			kept = append(kept, m)
		}
	}
	if len(kept) == len(b.messages) {
		return
	}
	b.messages = kept
	b.account.notify()
}

// count returns how many messages have, or don't have, a flag.
func (b *mailbox) count(flag imap.Flag, has bool) *uint32 {
	var n uint32
	for _, m := range b.messages {
		if m.has(flag) == has {
			n++
		}
	}
	return &n
}

// status answers STATUS with what was asked for (RFC 9051 §6.3.11).
func (b *mailbox) status(options *imap.StatusOptions) *imap.StatusData {
	data := &imap.StatusData{Mailbox: b.name}
	if options.NumMessages {
		n := uint32(len(b.messages))
		data.NumMessages = &n
	}
	if options.UIDNext {
		data.UIDNext = b.uidNext
	}
	if options.UIDValidity {
		data.UIDValidity = b.validity
	}
	if options.NumUnseen {
		data.NumUnseen = b.count(imap.FlagSeen, false)
	}
	if options.NumDeleted {
		data.NumDeleted = b.count(imap.FlagDeleted, true)
	}
	if options.NumRecent {
		data.NumRecent = new(uint32)
	}
	if options.Size {
		data.Size = b.size(func(*message) bool { return true })
	}
	if options.DeletedStorage {
		data.DeletedStorage = b.size(func(m *message) bool { return m.has(imap.FlagDeleted) })
	}
	return data
}

func (b *mailbox) size(match func(*message) bool) *int64 {
	var n int64
	for _, m := range b.messages {
		if match(m) {
			n += int64(len(m.raw))
		}
	}
	return &n
}

// systemFlags are those of RFC 9051 §2.3.2 that a client may set, in their
// usual spelling.
var systemFlags = []imap.Flag{
	imap.FlagAnswered, imap.FlagFlagged, imap.FlagDeleted, imap.FlagSeen, imap.FlagDraft,
}

// knownFlags lists the system flags and the keywords in use.
func (b *mailbox) knownFlags() []imap.Flag {
	known := make(map[string]imap.Flag)
	for _, m := range b.messages {
		for name, flag := range m.flags {
			known[name] = flag
		}
	}
	for _, flag := range systemFlags {
		delete(known, strings.ToLower(string(flag)))
	}
	return append(append([]imap.Flag{}, systemFlags...), sortedFlags(known)...)
}

func sortedFlags(set map[string]imap.Flag) []imap.Flag {
	list := make([]imap.Flag, 0, len(set))
	for _, flag := range set {
		list = append(list, flag)
	}
	sort.Slice(list, func(i, j int) bool { return list[i] < list[j] })
	return list
}

func (m *message) flagList() []imap.Flag { return sortedFlags(m.flags) }

// has compares flags without regard to case (RFC 9051 §2.3.2).
func (m *message) has(flag imap.Flag) bool {
	_, ok := m.flags[strings.ToLower(string(flag))]
	return ok
}

// setFlags changes flags and reports whether that made a difference. \Recent
// can't be set and is passed over.
func (m *message) setFlags(op imap.StoreFlagsOp, flags []imap.Flag) bool {
	next := make(map[string]imap.Flag, len(m.flags)+len(flags))
	if op != imap.StoreFlagsSet {
		for name, flag := range m.flags {
			next[name] = flag
		}
	}
	for _, flag := range flags {
		name := strings.ToLower(string(flag))
		switch {
		case op == imap.StoreFlagsDel:
			delete(next, name)
		case name != `\recent`:
			next[name] = spelling(flag)
		}
	}
	same := len(next) == len(m.flags)
	for name := range next {
		_, had := m.flags[name]
		same = same && had
	}
	if !same {
		m.flags = next
		m.version++
	}
	return !same
}

func spelling(flag imap.Flag) imap.Flag {
	for _, known := range systemFlags {
		if strings.EqualFold(string(known), string(flag)) {
			return known
		}
	}
	return flag
}
