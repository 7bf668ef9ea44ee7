package engine

import (
	"slices"
	"testing"

	"waxwing/backend/mail"
)

func TestParseView(t *testing.T) {
	tests := []struct {
		in   string
		want View
		ok   bool
	}{
		{"inboxes", View{Joint: ViewInboxes}, true},
		{"unread", View{Joint: ViewUnread}, true},
		{"flagged", View{Joint: ViewFlagged}, true},
		{"drafts", View{Joint: ViewDrafts}, true},
		{"a1-b3", View{Mailbox: mail.MailboxRef(1, 3)}, true},
		{"a1-t3", View{}, false},
		{"everything", View{}, false},
		{"", View{}, false},
	}
	for _, tt := range tests {
		got, err := ParseView(tt.in)
		if got != tt.want || (err == nil) != tt.ok {
			t.Errorf("ParseView(%q) = %+v, %v, want %+v, ok %v", tt.in, got, err, tt.want, tt.ok)
		}
	}
}

func TestViews(t *testing.T) {
	e := openEngine(t, t.TempDir(), nil, idle)
	ann, bob := addAccount(t, e, "ann"), addAccount(t, e, "bob")
	a, b := fill(t, e, ann, usual), fill(t, e, bob, usual)
	deliver(t, e, ann, a["INBOX"], "a1", 1, mail.KeywordSeen)
	deliver(t, e, ann, a["INBOX"], "a3", 3)
	deliver(t, e, ann, a["Archive"], "a5", 5, mail.KeywordFlagged)
	deliver(t, e, ann, a["Drafts"], "a7", 7, mail.KeywordSeen, mail.KeywordDraft)
	deliver(t, e, bob, b["INBOX"], "b2", 2, mail.KeywordSeen, mail.KeywordFlagged)
	deliver(t, e, bob, b["INBOX"], "b4", 4, mail.KeywordSeen)
	deliver(t, e, bob, b["Trash"], "b6", 6, mail.KeywordFlagged)
	deliver(t, e, bob, b["Drafts"], "b8", 8, mail.KeywordSeen, mail.KeywordDraft)
	inbox := mail.MailboxRef(ann, a["INBOX"])
	tests := []struct {
		name          string
		view          View
		filter        Filter
		offset, limit int
		total         int
		want          []string
	}{
		{"inboxes", View{Joint: ViewInboxes}, Filter{}, 0, 10, 4, []string{"b4", "a3", "b2", "a1"}},
		{"a page of them", View{Joint: ViewInboxes}, Filter{}, 1, 2, 4, []string{"a3", "b2"}},
		{"beyond the end", View{Joint: ViewInboxes}, Filter{}, 9, 2, 4, []string{}},
		{"unread inboxes", View{Joint: ViewInboxes}, Filter{Unread: true}, 0, 10, 1, []string{"a3"}},
		{"unread", View{Joint: ViewUnread}, Filter{}, 0, 10, 2, []string{"a5", "a3"}},
		{"flagged", View{Joint: ViewFlagged}, Filter{}, 0, 10, 2, []string{"a5", "b2"}},
		{"drafts", View{Joint: ViewDrafts}, Filter{}, 0, 10, 2, []string{"b8", "a7"}},
		{"a mailbox", View{Mailbox: inbox}, Filter{}, 0, 10, 2, []string{"a3", "a1"}},
		{"to me", View{Joint: ViewInboxes}, Filter{ToMe: true}, 0, 10, 2, []string{"a3", "a1"}},
	}
	for _, tt := range tests {
		page, err := e.Threads(t.Context(), tt.view, tt.filter, tt.offset, tt.limit)
		if got := subjects(page); err != nil || page.Total != tt.total || !slices.Equal(got, tt.want) {
			t.Errorf("%s: got %q of %d, %v, want %q of %d", tt.name, got, page.Total, err, tt.want, tt.total)
		}
	}
	if _, err := e.Threads(t.Context(), View{Mailbox: mail.MailboxRef(9, 1)}, Filter{}, 0, 10); mail.CodeOf(err) != mail.CodeNotFound {
		t.Errorf("mailbox of an unknown account: %v, want code notFound", err)
	}
}

func TestSearchOverAccounts(t *testing.T) {
	e := openEngine(t, t.TempDir(), nil, idle)
	ann, bob := addAccount(t, e, "ann"), addAccount(t, e, "bob")
	a, b := fill(t, e, ann, usual), fill(t, e, bob, usual)
	for minute, subject := range []string{"apple", "pear", "apple pie", "quince"} {
		deliver(t, e, ann, a["INBOX"], subject, 2*minute)
		deliver(t, e, bob, b["INBOX"], subject, 2*minute+1)
	}
	page, err := e.Search(t.Context(), "apple", 0, 0, 3)
	if got := subjects(page); err != nil || page.Total != 4 || !slices.Equal(got, []string{"apple pie", "apple pie", "apple"}) ||
		page.Threads[0].Account != bob {
		t.Errorf("Search(apple): %q of %d, %v", got, page.Total, err)
	}
	if page, err = e.Search(t.Context(), "apple", ann, 1, 3); err != nil || !slices.Equal(subjects(page), []string{"apple"}) {
		t.Errorf("Search(apple) in one account, second page: %q, %v", subjects(page), err)
	}
	found, err := e.SearchMessages(t.Context(), "apple", 0, 3)
	if err != nil || len(found) != 3 || found[0].Account != bob || found[1].Account != ann || found[2].Subject != "apple" {
		t.Errorf("SearchMessages(apple): %+v, %v", found, err)
	}
	if _, err := e.Search(t.Context(), "apple", 9, 0, 3); mail.CodeOf(err) != mail.CodeNotFound {
		t.Errorf("Search in an unknown account: %v, want code notFound", err)
	}
}

func subjects(page ThreadPage) []string {
	list := []string{}
	for _, t := range page.Threads {
		list = append(list, t.Subject)
	}
	return list
}

// A message links two threads: whoever shows one of them finds it by its messages.
func TestThreadIsFoundByItsMessage(t *testing.T) {
	e := openEngine(t, t.TempDir(), nil, idle)
	ann := addAccount(t, e, "ann")
	box := fill(t, e, ann, usual)["INBOX"]
	older, newer := deliver(t, e, ann, box, "older", 1), deliver(t, e, ann, box, "newer", 2)
	before, err := e.Message(t.Context(), newer)
	if err != nil {
		t.Fatal(err)
	}
	deliver(t, e, ann, box, "Re: newer\r\nReferences: <older.1.1@example.org> <newer.1.2@example.org>", 3)
	if list, err := e.Thread(t.Context(), mail.ThreadRef(ann, before.Thread)); mail.CodeOf(err) != mail.CodeNotFound {
		t.Errorf("the thread that became part of another: %d messages, %v, want code notFound", len(list), err)
	}
	for _, ref := range []mail.Ref{older, newer} {
		list, err := e.Thread(t.Context(), ref)
		if err != nil || len(list) != 3 {
			t.Errorf("thread of message %s: %d messages, %v, want 3", ref, len(list), err)
		}
	}
	if _, err := e.Thread(t.Context(), mail.MessageRef(ann, 99)); mail.CodeOf(err) != mail.CodeNotFound {
		t.Errorf("thread of no message: %v, want code notFound", err)
	}
}
