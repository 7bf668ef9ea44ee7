package sample

import (
	"fmt"
	"hash/fnv"
	"strings"
	"time"
)

// book is all scripted messages as of a base time.
type book struct {
	calendar calendar
	entries  []*entry // those of the past, in the order of the scripts
	byKey    map[string]*entry
	dates    map[string]time.Time
	answered map[string]bool // keys that the person answered
}

func newBook(base time.Time) (*book, error) {
	all, err := scripts()
	if err != nil {
		return nil, err
	}
	b := &book{
		calendar: newCalendar(base),
		byKey:    make(map[string]*entry),
		dates:    make(map[string]time.Time),
		answered: make(map[string]bool),
	}
	for name, entries := range all {
		if name == liveScript {
			continue
		}
		for _, e := range entries {
			if b.byKey[e.key] != nil {
				return nil, fmt.Errorf("sample: two messages called %q", e.key)
			}
			b.byKey[e.key] = e
			if b.dates[e.key], err = b.calendar.instant(e.get("at")); err != nil {
				return nil, fmt.Errorf("sample: %s: %w", e.key, err)
			}
			if e.own() && e.box() != "Drafts" {
				b.answered[e.get("re")] = true
			}
			b.entries = append(b.entries, e)
		}
	}
	for _, e := range b.entries {
		if re := e.get("re"); re != "" && b.byKey[re] == nil {
			return nil, fmt.Errorf("sample: %s answers %q, which doesn't exist", e.key, re)
		}
	}
	sortEntries(b)
	return b, nil
}

// date is when the message was sent, in the sender's zone.
func (b *book) date(e *entry) time.Time {
	t := e.at
	if t.IsZero() {
		t = b.dates[e.key]
	}
	if zone := e.get("zone"); zone != "" {
		if z, err := time.Parse("-0700", zone); err == nil {
			_, offset := z.Zone()
			return t.In(time.FixedZone("", offset))
		}
	}
	return t
}

// id is the message's Message-ID, in angle brackets.
func (b *book) id(e *entry) string {
	h := fnv.New64a()
	_, _ = h.Write([]byte(e.key)) // never fails
	domain := Email[strings.IndexByte(Email, '@')+1:]
	if p, err := who(e.get("from")); err == nil {
		domain = p.domain()
	}
	return fmt.Sprintf("<%s.%x@%s>", b.date(e).UTC().Format("20060102150405"), h.Sum64()>>16, domain)
}

// parent returns the entry that e answers, or nil.
func (b *book) parent(e *entry) *entry { return b.byKey[e.get("re")] }

// references lists the Message-IDs of the thread before e, oldest first.
func (b *book) references(e *entry) []string {
	p := b.parent(e)
	if p == nil {
		return nil
	}
	return append(b.references(p), b.id(p))
}

// subject is the entry's own, or the parent's with one "Re:".
func (b *book) subject(e *entry) string {
	if s := e.get("subject"); s != "" {
		return b.calendar.expand(s)
	}
	p := b.parent(e)
	if p == nil {
		return ""
	}
	s := b.subject(p)
	if strings.HasPrefix(s, "Re: ") {
		return s
	}
	return "Re: " + s
}

// flags are those of the script, with \Seen, \Answered and \Draft where they
// follow from it.
func (b *book) flags(e *entry) []string {
	var flags []string
	seen := true
	for _, f := range strings.Fields(e.get("flags")) {
		switch f {
		case "new":
			seen = false
		case "flagged":
			flags = append(flags, `\Flagged`)
		case "forwarded":
			flags = append(flags, "$Forwarded")
		default:
			flags = append(flags, f)
		}
	}
	if seen {
		flags = append(flags, `\Seen`)
	}
	if b.answered[e.key] {
		flags = append(flags, `\Answered`)
	}
	if e.box() == "Drafts" {
		flags = append(flags, `\Draft`)
	}
	return flags
}
