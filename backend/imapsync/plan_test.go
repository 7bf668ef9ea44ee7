package imapsync

import (
	"reflect"
	"slices"
	"testing"

	"github.com/emersion/go-imap/v2"

	"waxwing/backend/mail"
	"waxwing/backend/store"
)

func TestPlanMailbox(t *testing.T) {
	t.Parallel()
	complete := store.Cursor{UIDValidity: 7, UIDNext: 100, HighestModSeq: 50, Complete: true}
	tests := []struct {
		name  string
		known store.Cursor
		shown remote
		want  plan
	}{
		{"never seen", store.Cursor{}, remote{7, 100, 50, 90}, plan{list: listAll, first: true}},
		{"never seen, empty", store.Cursor{}, remote{7, 1, 1, 0}, plan{list: listNothing, first: true}},
		{"interrupted", store.Cursor{UIDValidity: 7}, remote{7, 100, 50, 90}, plan{list: listAll, first: true}},
		{"condstore", complete, remote{7, 101, 51, 90}, plan{list: listChanges, since: 50}},
		{"condstore, nothing new", complete, remote{7, 100, 50, 90}, plan{list: listChanges, since: 50}},
		{"no condstore", complete, remote{7, 101, 0, 90}, plan{list: listFlags}},
		{"condstore is new", store.Cursor{UIDValidity: 7, Complete: true}, remote{7, 101, 51, 90}, plan{list: listFlags}},
		{"modseq backwards", complete, remote{7, 101, 49, 90}, plan{list: listFlags}},
		{"emptied", complete, remote{7, 101, 51, 0}, plan{list: listNothing}},
		{"new validity", complete, remote{8, 100, 50, 90}, plan{reset: true, list: listAll}},
		{"new validity, empty", complete, remote{8, 1, 1, 0}, plan{reset: true, list: listNothing}},
	}
	for _, test := range tests {
		if got := planMailbox(test.known, test.shown); got != test.want {
			t.Errorf("%s: planMailbox(%+v, %+v)\n got %+v\nwant %+v", test.name, test.known, test.shown, got, test.want)
		}
	}
}

func TestUnchanged(t *testing.T) {
	t.Parallel()
	n := uint32(90)
	known := store.Cursor{UIDValidity: 7, UIDNext: 100, HighestModSeq: 50, Complete: true}
	same := imap.StatusData{NumMessages: &n, UIDValidity: 7, UIDNext: 100, HighestModSeq: 50}
	with := func(change func(*store.Cursor, *imap.StatusData)) (store.Cursor, imap.StatusData) {
		k, s := known, same
		change(&k, &s)
		return k, s
	}
	tests := []struct {
		name   string
		held   int
		change func(*store.Cursor, *imap.StatusData)
		want   bool
	}{
		{"same", 90, func(*store.Cursor, *imap.StatusData) {}, true},
		{"fewer here", 89, func(*store.Cursor, *imap.StatusData) {}, false},
		{"incomplete", 90, func(k *store.Cursor, _ *imap.StatusData) { k.Complete = false }, false},
		{"flag changed", 90, func(_ *store.Cursor, s *imap.StatusData) { s.HighestModSeq++ }, false},
		{"arrived", 90, func(_ *store.Cursor, s *imap.StatusData) { s.UIDNext++ }, false},
		{"no modseq", 90, func(k *store.Cursor, s *imap.StatusData) { s.HighestModSeq, k.HighestModSeq = 0, 0 }, false},
		{"the rest left out", 60, func(k *store.Cursor, _ *imap.StatusData) { k.Beyond = 30 }, true},
		{"less kept than is wanted", 60, func(k *store.Cursor, _ *imap.StatusData) { k.Beyond, k.KeptSince = 30, 1 }, false},
		{"other validity", 90, func(_ *store.Cursor, s *imap.StatusData) { s.UIDValidity++ }, false},
	}
	for _, test := range tests {
		k, s := with(test.change)
		if got := unchanged(k, test.held, &s, 0); got != test.want {
			t.Errorf("%s: unchanged(%+v, %d, %+v) = %v, want %v", test.name, k, test.held, s, got, test.want)
		}
	}
}

func TestDifference(t *testing.T) {
	t.Parallel()
	tests := []struct{ local, server, fresh, vanished []mail.UID }{
		{nil, nil, nil, nil},
		{nil, []mail.UID{1, 2}, []mail.UID{1, 2}, nil},
		{[]mail.UID{1, 2}, nil, nil, []mail.UID{1, 2}},
		{[]mail.UID{1, 2, 3}, []mail.UID{1, 2, 3}, nil, nil},
		{[]mail.UID{1, 3, 5}, []mail.UID{2, 3, 4, 6}, []mail.UID{2, 4, 6}, []mail.UID{1, 5}},
		{[]mail.UID{4294967295}, []mail.UID{1}, []mail.UID{1}, []mail.UID{4294967295}},
	}
	for _, test := range tests {
		var local []store.Located
		for _, u := range test.local {
			local = append(local, store.Located{UID: u})
		}
		fresh, vanished := difference(local, test.server)
		if !slices.Equal(fresh, test.fresh) || !slices.Equal(vanished, test.vanished) {
			t.Errorf("difference(%v, %v) = %v, %v, want %v, %v", test.local, test.server, fresh, vanished, test.fresh, test.vanished)
		}
	}
}

func TestNextChunk(t *testing.T) {
	t.Parallel()
	sizes := func(s ...int64) []entry {
		out := make([]entry, len(s))
		for i, n := range s {
			out[i].size = n
		}
		return out
	}
	tests := []struct {
		entries []entry
		count   int
		bytes   int64
		want    int
	}{
		{sizes(1, 1, 1), 10, 10, 3},
		{sizes(1, 1, 1), 2, 10, 2},
		{sizes(4, 4, 4), 10, 8, 2},
		{sizes(100, 1), 10, 8, 1},
		{sizes(1, 100, 1), 10, 8, 1},
		{sizes(0, 0), 10, guessedSize, 1},
		{sizes(-5, 3), 10, guessedSize + 3, 2},
		{nil, 10, 10, 0},
	}
	for _, test := range tests {
		if got := nextChunk(test.entries, test.count, test.bytes); got != test.want {
			t.Errorf("nextChunk(%v, %d, %d) = %d, want %d", test.entries, test.count, test.bytes, got, test.want)
		}
	}
}

func TestUIDSet(t *testing.T) {
	t.Parallel()
	tests := []struct {
		uids []mail.UID
		want string
	}{
		{nil, ""},
		{[]mail.UID{5}, "5"},
		{[]mail.UID{9, 1, 3, 2, 2}, "1:3,9"},
		{[]mail.UID{4294967295, 4294967294}, "4294967294:4294967295"},
	}
	for _, test := range tests {
		if got := uidSet(test.uids).String(); got != test.want {
			t.Errorf("uidSet(%v) = %q, want %q", test.uids, got, test.want)
		}
	}
}

func TestUIDsFound(t *testing.T) {
	t.Parallel()
	tests := []struct {
		set    imap.NumSet
		exists int
		want   int
		ok     bool
	}{
		{nil, 5, 0, true},
		{imap.UIDSet{{Start: 1, Stop: 3}, {Start: 7, Stop: 7}}, 4, 4, true},
		{imap.UIDSet{{Start: 1, Stop: 4294967295}}, 4, 0, false},
		{imap.UIDSet{{Start: 4294967290, Stop: 4294967295}}, 6, 6, true},
		{imap.UIDSet{{Start: 9, Stop: 0}}, 6, 0, false},
		{imap.UIDSet{{Start: 7, Stop: 9}, {Start: 1, Stop: 3}, {Start: 2, Stop: 7}}, 9, 9, true},
		{imap.UIDSet{{Start: 1, Stop: 4294967295}}, 4294967295, 0, false},
	}
	for _, test := range tests {
		got, ok := uidsFound(&imap.SearchData{All: test.set}, test.exists)
		if !slices.IsSorted(got) {
			t.Errorf("uidsFound(%v, %d) is not ascending: %v", test.set, test.exists, got)
		}
		if len(got) != test.want || ok != test.ok {
			t.Errorf("uidsFound(%v, %d) = %d UIDs, %v, want %d, %v", test.set, test.exists, len(got), ok, test.want, test.ok)
		}
	}
}

func TestCopyUID(t *testing.T) {
	t.Parallel()
	tests := []struct {
		code  string
		asked []mail.UID
		want  []store.Moved
	}{
		{" 38505 304,319:320 3956:3958", []mail.UID{304, 319, 320}, []store.Moved{{From: 304, To: 3956}, {From: 319, To: 3957}, {From: 320, To: 3958}}},
		{" 1 5,3 10,11", []mail.UID{3, 5}, []store.Moved{{From: 5, To: 10}, {From: 3, To: 11}}},
		{" 1 3:5 12:10", []mail.UID{3, 4, 5}, []store.Moved{{From: 3, To: 10}, {From: 4, To: 11}, {From: 5, To: 12}}},
		{" 1 100 3", []mail.UID{3}, nil},     // swapped
		{" 1 3,4 10", []mail.UID{3, 4}, nil}, // unequal
		{" 1  10", []mail.UID{3}, nil},
		{" 1 3 *", []mail.UID{3}, nil},
		{" 0 3 4", []mail.UID{3}, nil},
		{" 1 1:4294967295 1:4294967295", []mail.UID{3}, nil},
		{"", []mail.UID{3}, nil},
	}
	for _, test := range tests {
		c, _ := parseCopyUID(test.code)
		if got := c.pairs(test.asked); !slices.Equal(got, test.want) {
			t.Errorf("COPYUID%s for %v: %v, want %v", test.code, test.asked, got, test.want)
		}
	}
}

func TestKeywords(t *testing.T) {
	t.Parallel()
	flags := []imap.Flag{`\Seen`, `\FLAGGED`, "$Forwarded", "Work", `\Recent`, `\Unknown`, `\Deleted`, "work"}
	want := []mail.Keyword{"$deleted", "$flagged", "$forwarded", "$seen", "work"}
	if got := keywordsOf(flags); !slices.Equal(got, want) {
		t.Errorf("keywordsOf(%v) = %v, want %v", flags, got, want)
	}
	tests := []struct {
		keywords []mail.Keyword
		flags    []imap.Flag
		bad      mail.Keyword
	}{
		{[]mail.Keyword{"$seen", "$answered", "work"}, []imap.Flag{`\Seen`, `\Answered`, "work"}, ""},
		{[]mail.Keyword{"a b"}, nil, "a b"},
		{[]mail.Keyword{"größe"}, nil, "größe"},
		{[]mail.Keyword{`\x`}, nil, `\x`},
	}
	for _, test := range tests {
		got, bad := flagsOf(test.keywords)
		if !slices.Equal(got, test.flags) || bad != test.bad {
			t.Errorf("flagsOf(%q) = %q, %q, want %q, %q", test.keywords, got, bad, test.flags, test.bad)
		}
	}
}

func TestAssignRoles(t *testing.T) {
	t.Parallel()
	box := func(path string, attrs ...imap.MailboxAttr) listed {
		return listed{path: path, delimiter: "/", attrs: attrs, selectable: true}
	}
	tests := []struct {
		name string
		list []listed
		want []mail.Role
	}{
		{"special-use", []listed{box("INBOX"), box("Foo", imap.MailboxAttrSent), box("Sent")}, []mail.Role{"inbox", "sent", ""}},
		{"english", []listed{box("INBOX"), box("Drafts"), box("Sent Items"), box("Deleted Items"), box("Junk E-mail"), box("Archive")}, []mail.Role{"inbox", "drafts", "sent", "trash", "junk", "archive"}},
		{"german, case and composition", []listed{box("entwu\u0308rfe"), box("GESENDET"), box("Papierkorb")}, []mail.Role{"drafts", "sent", "trash"}},
		{"others", []listed{box("Brouillons"), box("Elementos enviados"), box("Cestino"), box("Спам"), box("草稿箱"), box("送信済みメール")}, []mail.Role{"drafts", "sent", "trash", "junk", "", ""}},
		{"under INBOX", []listed{box("INBOX"), box("INBOX/Sent"), box("Projects/Sent")}, []mail.Role{"inbox", "sent", ""}},
		{"never in part", []listed{box("Robin"), box("Sent to Bob"), box("Archived things")}, []mail.Role{"", "", ""}},
		{"the likeliest", []listed{box("Sent Messages"), box("Sent")}, []mail.Role{"", "sent"}},
		{"flat server", []listed{{path: "Trash", selectable: true}}, []mail.Role{"trash"}},
		{"mere parent", []listed{{path: "Archive", delimiter: "/"}}, []mail.Role{""}},
		{"each role once", []listed{box("A", imap.MailboxAttrTrash), box("B", imap.MailboxAttrTrash), box("Trash")}, []mail.Role{"trash", "", ""}},
		{"gmail", []listed{box("[Gmail]/All Mail", imap.MailboxAttrAll), box("[Gmail]/Bin", imap.MailboxAttrTrash)}, []mail.Role{"all", "trash"}},
	}
	for _, test := range tests {
		if got := assignRoles(test.list); !reflect.DeepEqual(got, test.want) {
			t.Errorf("%s: assignRoles(%+v)\n got %q\nwant %q", test.name, test.list, got, test.want)
		}
	}
}

func TestRoleNamesAreDistinct(t *testing.T) {
	t.Parallel()
	seen := map[string]mail.Role{}
	for role, list := range roleNames {
		for _, name := range list {
			if other, ok := seen[fold(name)]; ok && other != role {
				t.Errorf("%q is listed for %s and %s", name, role, other)
			}
			seen[fold(name)] = role
		}
	}
}

func TestInOrder(t *testing.T) {
	t.Parallel()
	list := []mail.Mailbox{
		{Path: "All", Role: mail.RoleAll, Selectable: true}, {Path: "b", Selectable: true}, {Path: "Trash", Role: mail.RoleTrash, Selectable: true},
		{Path: "parent"}, {Path: "a", Selectable: true}, {Path: "Sent", Role: mail.RoleSent, Selectable: true}, {Path: "INBOX", Role: mail.RoleInbox, Selectable: true},
	}
	var got []string
	for _, m := range inOrder(list) {
		got = append(got, m.Path)
	}
	if want := []string{"INBOX", "Sent", "a", "b", "Trash", "All"}; !slices.Equal(got, want) {
		t.Errorf("inOrder = %q, want %q", got, want)
	}
}

func TestTasks(t *testing.T) {
	t.Parallel()
	inbox, trash := mail.Mailbox{ID: 1, Path: "INBOX"}, mail.Mailbox{ID: 2, Path: "Trash"}
	seen := &mail.KeywordChange{Add: []mail.Keyword{"$seen"}}
	unseen := &mail.KeywordChange{Remove: []mail.Keyword{"$seen"}}
	works := []store.Work{
		{ID: 1, Mailbox: inbox, Keywords: seen, UIDs: []mail.UID{1}},
		{ID: 2, Mailbox: inbox, Keywords: &mail.KeywordChange{Add: []mail.Keyword{"$seen"}}, UIDs: []mail.UID{2, 3}},
		{ID: 3, Mailbox: inbox, Keywords: unseen, UIDs: []mail.UID{1}},
		{ID: 4, Mailbox: inbox, MoveTo: &trash, UIDs: []mail.UID{4}},
		{ID: 5, Mailbox: inbox, MoveTo: &trash, UIDs: []mail.UID{5}},
		{ID: 6, Mailbox: inbox, MoveTo: &trash, UIDs: []mail.UID{6}, Journal: []byte("{}")},
		{ID: 7, Mailbox: trash, Destroy: true, UIDs: []mail.UID{7}},
		{ID: 8, Mailbox: trash, Destroy: true, UIDs: []mail.UID{8, 9, 10, 11}},
		{ID: 9, Mailbox: inbox, Destroy: true, UIDs: []mail.UID{8}},
	}
	var got [][]int64
	for _, task := range tasks(works, 4) {
		var ids []int64
		for _, w := range task.works {
			ids = append(ids, w.ID)
		}
		got = append(got, ids)
	}
	if want := [][]int64{{1, 2}, {3}, {4, 5}, {6}, {7}, {8}, {9}}; !reflect.DeepEqual(got, want) {
		t.Errorf("tasks = %v, want %v", got, want)
	}
}
