package store

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"waxwing/backend/mail"
	"waxwing/backend/search"
)

func TestThreadRows(t *testing.T) {
	b := open(t)
	inbox, _, _, _, sent := b.mailboxes()
	m := b.put(inbox, 1,
		letter{id: "a", subject: "Plan", from: "Anna <anna@example.org>", to: "me@example.org", keywords: []mail.Keyword{seen, "work"}},
		letter{id: "b", subject: "Re: Plan", from: "Bob <bob@example.org>", refs: []string{"a"}, at: time.Hour, files: []string{"x.pdf"}, text: "newest"},
		letter{id: "c", subject: "Re: Plan", from: "anna@EXAMPLE.org", refs: []string{"a"}, at: time.Minute, keywords: []mail.Keyword{flagged}},
		letter{id: "d", subject: "Other", at: 2 * time.Hour})
	b.put(sent, 1, letter{id: "e", refs: []string{"a"}, from: "me@example.org", to: "Carl <carl@example.org>", at: 3 * time.Hour})
	page, err := b.Threads(b.ctx, ThreadQuery{Mailbox: inbox})
	b.ok(err)
	if page.Total != 2 || len(page.Threads) != 2 || page.Threads[0].Latest != m[3] {
		t.Fatalf("page is %+v, want two threads, the newest first", page)
	}
	got := page.Threads[1]
	if got.Latest != m[1] || got.Preview != "newest" || !slices.Equal(got.Messages, []mail.MessageID{m[0], m[2], m[1]}) || got.Unread != 2 ||
		!got.Flagged || got.Answered || !got.HasAttachment || !slices.Equal(got.Keywords, []mail.Keyword{"work"}) ||
		!got.ReceivedAt.Equal(day.Add(time.Hour)) {
		t.Errorf("row is %+v", got)
	}
	if want := "[{Anna anna@example.org} {Bob bob@example.org}]"; fmt.Sprint(got.People) != want {
		t.Errorf("people are %v, want %s", got.People, want)
	}
	page, err = b.Threads(b.ctx, ThreadQuery{Mailbox: sent})
	b.ok(err)
	if want := "[{Carl carl@example.org}]"; fmt.Sprint(page.Threads[0].People) != want {
		t.Errorf("people in sent are %v, want the recipients %s", page.Threads[0].People, want)
	}
	joint, err := b.Threads(b.ctx, ThreadQuery{})
	b.ok(err)
	if joint.Total != 2 || len(joint.Threads[0].Messages) != 4 {
		t.Errorf("joint view is %+v, want the thread of four messages first", joint)
	}
	_, err = b.Threads(b.ctx, ThreadQuery{Mailbox: 99})
	wantCode(t, err, mail.CodeNotFound)
}

// TestCountOfConversation: each row counts the messages that the conversation shows
// when it is opened, wherever they are.
func TestCountOfConversation(t *testing.T) {
	b := open(t)
	inbox, archive, trash, junk, sent := b.mailboxes()
	put := func(mailbox mail.MailboxID, uid mail.UID, id string, refs ...string) []mail.MessageID {
		return b.put(mailbox, uid, letter{id: id, refs: refs, subject: "Plan", text: "plan"})
	}
	put(inbox, 1, "a")
	put(inbox, 2, "b", "a")
	put(sent, 1, "c", "a")
	put(archive, 2, "b", "a") // once more
	leaving := put(archive, 3, "d", "a")
	put(trash, 1, "e", "a")
	put(trash, 2, "f")
	put(junk, 1, "g", "f")
	b.apply(mail.Change{Messages: leaving, Destroy: &mail.DestroyChange{}})
	rows := 0
	check := func(where string, page ThreadPage, err error) {
		b.ok(err)
		for _, row := range page.Threads {
			list, err := b.Thread(b.ctx, row.ID)
			b.ok(err)
			if rows++; row.Count != len(list) {
				t.Errorf("a row of %s counts %d, its conversation shows %d", where, row.Count, len(list))
			}
		}
	}
	for _, mailbox := range []mail.MailboxID{jointMailbox, inbox, archive, trash, junk, sent} {
		page, err := b.Threads(b.ctx, ThreadQuery{Mailbox: mailbox})
		check(fmt.Sprint("mailbox ", mailbox), page, err)
	}
	for _, query := range []string{"plan", "in:anywhere plan"} {
		page, err := b.SearchThreads(b.ctx, search.Parse(query), SearchOptions{})
		check(query, page, err)
	}
	if rows != 10 {
		t.Errorf("%d rows, want 10", rows)
	}
}

func TestFilters(t *testing.T) {
	b := open(t)
	inbox, _, trash, _, _ := b.mailboxes()
	m := b.put(inbox, 1,
		letter{id: "unread", to: "me@example.org", at: 1},
		letter{id: "flagged", keywords: []mail.Keyword{seen, flagged}, at: time.Second},
		letter{id: "file", keywords: []mail.Keyword{seen}, files: []string{"a"}, at: 2 * time.Second},
		letter{id: "both", keywords: []mail.Keyword{flagged}, to: "notme@example.org", at: 3 * time.Second})
	b.put(trash, 1, letter{id: "trash"})
	for _, c := range []struct {
		filter Filter
		want   []int
	}{
		{Filter{}, []int{3, 2, 1, 0}},
		{Filter{Unread: true}, []int{3, 0}},
		{Filter{Flagged: true}, []int{3, 1}},
		{Filter{Attachments: true}, []int{2}},
		{Filter{Unread: true, Flagged: true}, []int{3}},
		{Filter{To: "me@example.org"}, []int{0}},
		{Filter{To: "me@example.org", Flagged: true}, nil},
	} {
		for _, mailbox := range []mail.MailboxID{inbox, 0} {
			page, err := b.Threads(b.ctx, ThreadQuery{Mailbox: mailbox, Filter: c.filter})
			b.ok(err)
			var got []int
			for _, row := range page.Threads {
				got = append(got, slices.Index(m, row.Latest))
			}
			if !slices.Equal(got, c.want) || page.Total != len(c.want) {
				t.Errorf("%+v in %d: got %v of %d, want %v", c.filter, mailbox, got, page.Total, c.want)
			}
		}
	}
}

// TestPagesAtAnyOffset reads pages in every order and compares them with the
// whole, while the remembered positions grow, and after a change.
func TestPagesAtAnyOffset(t *testing.T) {
	b := open(t)
	inbox, _, _, _, _ := b.mailboxes()
	var letters []letter
	for i := range 60 {
		letters = append(letters, letter{id: fmt.Sprint(i), at: time.Duration(i/3) * time.Minute}) // with equal times
	}
	b.put(inbox, 1, letters...)
	for range 2 {
		early, err := b.Threads(b.ctx, ThreadQuery{Mailbox: inbox, Offset: 31, Limit: 3})
		b.ok(err)
		all, err := b.Threads(b.ctx, ThreadQuery{Mailbox: inbox, Limit: 500})
		b.ok(err)
		if fmt.Sprint(early.Threads) != fmt.Sprint(all.Threads[31:34]) {
			t.Errorf("page at 31 is %v, want %v", early.Threads, all.Threads[31:34])
		}
		for _, limit := range []int{7, 1, 20} {
			for _, offset := range []int{30, 0, 55, 31, 29, 33, 10, 59, 60, 100, 45, 24} {
				page, err := b.Threads(b.ctx, ThreadQuery{Mailbox: inbox, Offset: offset, Limit: limit})
				b.ok(err)
				want := all.Threads[min(offset, all.Total):min(offset+limit, all.Total)]
				if fmt.Sprint(page.Threads) != fmt.Sprint(want) || page.Total != all.Total {
					t.Fatalf("page at %d of %d differs: %v, want %v", offset, limit, page.Threads, want)
				}
			}
		}
		b.put(inbox, 1000, letter{id: "new", at: 5 * time.Minute}, letter{id: "newest", at: 5 * time.Hour})
	}
}

func TestMessagePages(t *testing.T) {
	b := open(t)
	inbox, _, _, _, _ := b.mailboxes()
	var letters []letter
	for i := range 25 {
		letters = append(letters, letter{at: time.Duration(i/4) * time.Minute})
	}
	want := b.put(inbox, 1, letters...)
	slices.Reverse(want)
	var got []mail.MessageID
	q := MessageQuery{Mailbox: inbox, Limit: 10}
	for {
		page, err := b.Messages(b.ctx, q)
		b.ok(err)
		for _, m := range page.Messages {
			got = append(got, m.ID)
		}
		if q.Before = page.Next; q.Before == "" {
			break
		}
	}
	if !slices.Equal(got, want) {
		t.Errorf("pages give %v, want %v", got, want)
	}
	for _, cursor := range []string{"x", "1", "1.", "1.2", "1.2.3.4", "1.2.3x", " 1.2.3", "-"} {
		_, err := b.Messages(b.ctx, MessageQuery{Mailbox: inbox, Before: cursor})
		wantCode(t, err, mail.CodeInvalid)
	}
	_, err := b.Messages(b.ctx, MessageQuery{Mailbox: 99})
	wantCode(t, err, mail.CodeNotFound)
}

// BenchmarkPage reads a page of a mailbox of a million threads. "cold" forgets
// the known positions before each page.
func BenchmarkPage(b *testing.B) {
	s := open(b)
	inbox, _, _, _, _ := s.mailboxes()
	const n = 1_000_000
	err := s.db.write(s.ctx, repeatable, func(t *tx) error {
		const numbers = "WITH RECURSIVE i(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM i WHERE n < ?1) "
		t.exec("INSERT INTO thread SELECT n FROM ("+numbers+"SELECT n FROM i)", n)
		t.exec(`INSERT INTO message SELECT n, n, n * 1000, NULL, 5000, n, n, 0, n % 9 = 0, 'id' || n, 'subject ' || n, 'preview', '[["A","a@example.org"]]', '[]', '{}', ''
			FROM (`+numbers+"SELECT n FROM i)", n)
		t.exec(`INSERT INTO location SELECT n, n, ?2, n, 0, n * 1000, 1, n % 3 = 0, '', n % 3 = 0, '' FROM (`+numbers+"SELECT n FROM i)", n, inbox)
		t.exec(`INSERT INTO thread_row SELECT ?2, n, n * 1000, n, 1, n % 3 <> 0, 0, 0, n % 9 = 0 FROM (`+numbers+"SELECT n FROM i)", n, inbox)
		t.exec("UPDATE mailbox_count SET threads = ? WHERE mailbox = ?", n, inbox)
		return t.err
	})
	s.ok(err)
	for _, c := range []struct {
		name   string
		offset int
		filter Filter
		cold   bool
	}{
		{"top", 0, Filter{}, true}, {"end", n - 1050, Filter{}, true}, {"middle/cold", n / 2, Filter{}, true},
		{"middle/near", n / 2, Filter{}, false}, {"unread/top", 0, Filter{Unread: true}, true},
	} {
		b.Run(c.name, func(b *testing.B) {
			for i := 0; b.Loop(); i++ {
				if c.cold {
					s.anchors.mu.Lock()
					s.anchors.views = nil
					s.anchors.mu.Unlock()
				}
				page, err := s.Threads(s.ctx, ThreadQuery{Mailbox: inbox, Offset: c.offset + i%1000, Limit: 50, Filter: c.filter})
				if err != nil || len(page.Threads) == 0 {
					b.Fatal(page, err)
				}
			}
		})
	}
}
