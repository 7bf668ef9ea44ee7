package store

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"waxwing/backend/mail"
	"waxwing/backend/search"
)

func TestSearch(t *testing.T) {
	b := open(t)
	b.setMailboxes([]RemoteMailbox{{Path: "INBOX", Role: mail.RoleInbox, Selectable: true, Delimiter: "/"},
		{Path: "Projects/North", Selectable: true, Delimiter: "/"}, {Path: "Bin", Role: mail.RoleTrash, Selectable: true, Delimiter: "/"}})
	box := map[string]mail.MailboxID{}
	all, err := b.Mailboxes(b.ctx)
	b.ok(err)
	for _, m := range all {
		box[m.Path] = m.ID
	}
	names := map[mail.MessageID]string{}
	add := func(path, name string, l letter) {
		l.id, l.at = name, time.Duration(len(names))*24*time.Hour
		names[b.put(box[path], mail.UID(len(names)+1), l)[0]] = name
	}
	add("INBOX", "anna", letter{subject: "Quarterly figures", from: "Anna Müller <anna.mueller@example.org>", to: "me@example.org", text: "Revenue grew. Rechnungen attached.", files: []string{"Bericht 2024.pdf"}})
	add("INBOX", "bob", letter{subject: "Lunch?", from: "Bob <bob@example.net>", to: "Anna Müller <anna.mueller@example.org>", text: "the figures can wait, order 4711", keywords: []mail.Keyword{seen, flagged, "private"}})
	add("Projects/North", "tokyo", letter{subject: "日本語の件名", from: "佐藤 <sato@example.jp>", text: "東京都に行きます", keywords: []mail.Keyword{seen, mail.KeywordAnswered}})
	add("Projects/North", "large", letter{subject: `He said "quote" (and) more`, text: strings.Repeat("x ", 40000) + "order 47110"})
	add("Bin", "gone", letter{subject: "figures in the bin"})
	add("Bin", "rue", letter{from: "Sørensen <s@example.dk>", text: "Hauptstraße 1"})
	for _, c := range []struct{ query, want string }{
		{"figures", "bob anna"},
		{"FIGURES", "bob anna"},
		{"figur", "bob anna"},
		{`"figur"`, ""},
		{"fi", ""},
		{"fi*", "bob anna"},
		{"muller", "bob anna"},
		{"from:müller", "anna"},
		{"to:muller", "bob"},
		{"from:anna.mueller@example.org", "anna"},
		{"from:example.net", "bob"},
		{"rechnung", "anna"},
		{"4711", "bob"},
		{"4711*", "large bob"},
		{`"figures can wait"`, "bob"},
		{`"can figures wait"`, ""},
		{"figures -lunch", "anna"},
		{"-figures", "large tokyo"},
		{"lunch OR revenue", "bob anna"},
		{"(lunch OR revenue) anna", "bob anna"},
		{"lunch OR is:answered", "tokyo bob"},
		{"subject:figures", "anna"},
		{"filename:bericht", "anna"},
		{"has:attachment", "anna"},
		{"-has:attachment figures", "bob"},
		{"is:unread", "large anna"},
		{"is:read", "tokyo bob"},
		{"is:flagged", "bob"},
		{"in:north", "large tokyo"},
		{"in:projects/north is:unread", "large"},
		{"in:trash", "rue gone"},
		{"in:anywhere figures", "gone bob anna"},
		{"in:nowhere", ""},
		{"larger:50k", "large"},
		{"smaller:50k figures", "bob anna"},
		{"before:2026-03-03", "anna"},
		{"after:2026-03-04", "large tokyo"},
		{"after:2026-03-03 before:2026-03-04", "bob"},
		{"日本", "tokyo"},
		{"日本語", "tokyo"},
		{"本", "tokyo"},
		{"名", "tokyo"},
		{"京都", "tokyo"},
		{"京大", ""},
		{"from:佐藤", "tokyo"},
		{"from:藤", "tokyo"},
		{`"quote`, "large"},
		{`said (quote`, "large"},
		{`NEAR(a b)`, ""},
		{"body:figures", ""},
		{"", ""},
		{`"`, ""},
		{"OR", ""},
		{"from:", ""},
		{"before:2026-03-32", ""},
		{"in:trash hauptstrasse", "rue"},
		{"in:trash HAUPTSTRASSE", "rue"},
		{"in:trash hauptstraße", "rue"},
		{"in:trash from:soren", "rue"},
		{"in:trash from:sørensen", "rue"},
	} {
		q := search.ParseIn(c.query, time.UTC)
		page, err := b.Search(b.ctx, q, SearchOptions{})
		b.ok(err)
		var got []string
		for _, m := range page.Messages {
			got = append(got, names[m.ID])
		}
		if strings.Join(got, " ") != c.want {
			t.Errorf("search %q found %q, want %q", c.query, strings.Join(got, " "), c.want)
		}
		threads, err := b.SearchThreads(b.ctx, q, SearchOptions{})
		b.ok(err)
		if threads.Total != len(got) || len(threads.Threads) != len(got) {
			t.Errorf("search %q found %d threads (%d rows), want %d", c.query, threads.Total, len(threads.Threads), len(got))
		}
	}
}

func TestSearchOptions(t *testing.T) {
	b := open(t)
	inbox, _, _, _, _ := b.mailboxes()
	m := b.put(inbox, 1, letter{text: "apple apple apple apple"}, letter{text: "apple " + strings.Repeat("pear ", 50), at: time.Hour},
		letter{text: "apple plum", at: 2 * time.Hour})
	find := func(opt SearchOptions) []mail.MessageID {
		page, err := b.Search(b.ctx, search.Parse("apple"), opt)
		b.ok(err)
		var out []mail.MessageID
		for _, m := range page.Messages {
			out = append(out, m.ID)
		}
		return out
	}
	if got := find(SearchOptions{Limit: 2}); !slices.Equal(got, []mail.MessageID{m[2], m[1]}) {
		t.Errorf("newest are %v, want %v", got, m)
	}
	if got := find(SearchOptions{Offset: 2}); !slices.Equal(got, m[:1]) {
		t.Errorf("from the third on: %v, want %v", got, m[:1])
	}
	if got := find(SearchOptions{Sort: SortRelevance}); got[0] != m[0] || got[2] != m[1] {
		t.Errorf("by relevance: %v, want %v first and %v last", got, m[0], m[1])
	}
	ctx, cancel := context.WithCancel(b.ctx)
	cancel()
	_, err := b.Search(ctx, search.Parse("apple"), SearchOptions{})
	wantCode(t, err, mail.CodeCancelled)
}

// FuzzSearch looks for input that becomes broken SQL.
func FuzzSearch(f *testing.F) {
	for _, s := range []string{`a OR -b in:x larger:1`, `"'; DROP TABLE message`, "a\x00*", `^x {sender}:y`, "-(-a OR b) c", `日 "`} {
		f.Add(s)
	}
	b := open(f)
	inbox, _, _, _, _ := b.mailboxes()
	b.put(inbox, 1, letter{text: "a b c"})
	f.Fuzz(func(t *testing.T, s string) {
		if _, err := b.Search(b.ctx, search.Parse(s), SearchOptions{Sort: Sort(len(s) % 2)}); err != nil {
			t.Errorf("%q: %v", s, err)
		}
	})
}
