// Package sample is the mail of a fictional person at a fictional small company,
// for the sample account and for tests: threads, newsletters, invoices,
// invitations, many languages and charsets, a huge message and a broken one.
//
// The mail is written down as scripts (mail/*.txt, format in script.go) and
// layouts (mail/layouts), and made into raw messages relative to a base time.
// The same base gives the same bytes. Every domain ends in .example (RFC 2606).
package sample

import (
	"embed"
	"fmt"
	"sort"
	"strings"
	"sync"
	"time"
)

// The person whose mail it is.
const (
	Name  = "Mara Lindqvist"
	Email = "mara@northwind.example"
)

// A Message is one sample message in its mailbox.
type Message struct {
	Key     string   // its name in the scripts
	Mailbox string   // path with "/" between the levels
	Flags   []string // IMAP flags and keywords
	Date    time.Time
	Raw     []byte // CRLF lines
}

// A Mailbox is one of the sample account's mailboxes.
type Mailbox struct {
	Path string
	Use  string // SPECIAL-USE attribute (RFC 6154) or empty
}

// Mailboxes lists the mailboxes, parents before children.
func Mailboxes() []Mailbox {
	return []Mailbox{
		{"INBOX", ""},
		{"Drafts", `\Drafts`},
		{"Sent", `\Sent`},
		{"Archive", `\Archive`},
		{"Junk", `\Junk`},
		{"Trash", `\Trash`},
		{"Newsletters", ""},
		{"Projects", ""},
		{"Projects/Harbour Lights", ""},
		{"Projects/Museum Belvédère", ""},
		{"Receipts", ""},
	}
}

//go:embed mail
var files embed.FS

// scripts parses the scripts once; they are part of the program.
var scripts = sync.OnceValues(func() (map[string][]*entry, error) {
	names, err := files.ReadDir("mail")
	if err != nil {
		return nil, err
	}
	all := make(map[string][]*entry)
	for _, f := range names {
		if !strings.HasSuffix(f.Name(), ".txt") {
			continue
		}
		data, err := files.ReadFile("mail/" + f.Name())
		if err != nil {
			return nil, err
		}
		entries, err := parse(string(data))
		if err != nil {
			return nil, fmt.Errorf("sample: mail/%s: %w", f.Name(), err)
		}
		all[strings.TrimSuffix(f.Name(), ".txt")] = entries
	}
	return all, nil
})

// liveScript is the script of what comes while the account runs.
const liveScript = "live"

// Messages returns the sample mail that leads up to base, oldest first. Working
// hours are those of base's location.
func Messages(base time.Time) ([]Message, error) {
	b, err := newBook(base)
	if err != nil {
		return nil, err
	}
	list := make([]Message, 0, len(b.entries))
	for _, e := range b.entries {
		raw, err := b.raw(e)
		if err != nil {
			return nil, fmt.Errorf("sample: %s: %w", e.key, err)
		}
		list = append(list, Message{e.key, e.box(), b.flags(e), b.date(e), raw})
	}
	sort.SliceStable(list, func(i, j int) bool { return list[i].Date.Before(list[j].Date) })
	return list, nil
}

// Live returns the n-th message that comes while the account runs, dated now.
// After the last of the script it begins again, with new Message-IDs.
func Live(n int, base, now time.Time) ([]byte, error) {
	b, err := newBook(base)
	if err != nil {
		return nil, err
	}
	all, _ := scripts()
	live := all[liveScript]
	e := *live[n%len(live)]
	e.key = fmt.Sprintf("%s-%d", e.key, now.UnixMilli())
	e.at = now
	raw, err := b.raw(&e)
	if err != nil {
		return nil, fmt.Errorf("sample: %s: %w", e.key, err)
	}
	return raw, nil
}
