package demo

import (
	"bytes"
	"io"
	"strings"
	"testing"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapclient"
)

// store appends a small message and returns its UID.
func store(t *testing.T, c *imapclient.Client, box, subject string, flags ...imap.Flag) imap.UID {
	t.Helper()
	raw := "From: a@b.example\r\nSubject: " + subject + "\r\nMessage-ID: <" + subject + "@b.example>\r\n\r\nText of " + subject + "\r\n"
	cmd := c.Append(box, int64(len(raw)), &imap.AppendOptions{Flags: flags})
	if _, err := io.WriteString(cmd, raw); err != nil {
		t.Fatal(err)
	}
	if err := cmd.Close(); err != nil {
		t.Fatal(err)
	}
	data, err := cmd.Wait()
	if err != nil {
		t.Fatal(err)
	}
	if data.UID == 0 || data.UIDValidity == 0 {
		t.Fatalf("APPEND %s: no APPENDUID: %+v", box, data)
	}
	return data.UID
}

// all returns the UIDs in the selected mailbox.
func all(t *testing.T, c *imapclient.Client) []imap.UID {
	t.Helper()
	return search(t, c, &imap.SearchCriteria{})
}

func search(t *testing.T, c *imapclient.Client, criteria *imap.SearchCriteria) []imap.UID {
	t.Helper()
	data, err := c.UIDSearch(criteria, &imap.SearchOptions{ReturnAll: true}).Wait()
	if err != nil {
		t.Fatal(err)
	}
	return data.AllUIDs()
}

func TestFetchGivesTheStoredBytes(t *testing.T) {
	s := start(t, Options{Base: base})
	c := signIn(t, s, nil)
	for _, box := range s.account.sorted() {
		open(t, c, box.name)
		if len(box.messages) == 0 {
			continue
		}
		whole := &imap.FetchItemBodySection{Peek: true}
		header := &imap.FetchItemBodySection{Peek: true, Specifier: imap.PartSpecifierHeader}
		text := &imap.FetchItemBodySection{Peek: true, Specifier: imap.PartSpecifierText}
		messages, err := c.Fetch(imap.SeqSet{{Start: 1, Stop: 0}}, &imap.FetchOptions{
			UID: true, Flags: true, InternalDate: true, RFC822Size: true, Envelope: true,
			BodyStructure: &imap.FetchItemBodyStructure{Extended: true},
			BodySection:   []*imap.FetchItemBodySection{whole, header, text},
		}).Collect()
		if err != nil {
			t.Fatalf("%s: %v", box.name, err)
		}
		if len(messages) != len(box.messages) {
			t.Fatalf("%s: got %d messages, want %d", box.name, len(messages), len(box.messages))
		}
		for i, got := range messages {
			want := box.messages[i]
			if got.UID != want.uid || got.RFC822Size != int64(len(want.raw)) || !got.InternalDate.Equal(want.date) {
				t.Errorf("%s %d: got uid %d size %d date %v, want %d %d %v", box.name, i+1,
					got.UID, got.RFC822Size, got.InternalDate, want.uid, len(want.raw), want.date)
			}
			if !bytes.Equal(got.FindBodySection(whole), want.raw) {
				t.Errorf("%s uid %d: BODY[] differs from what was stored", box.name, got.UID)
			}
			both := append(append([]byte{}, got.FindBodySection(header)...), got.FindBodySection(text)...)
			if !bytes.Equal(both, want.raw) {
				t.Errorf("%s uid %d: HEADER and TEXT don't make up the message", box.name, got.UID)
			}
		}
	}
}

func TestFetchMarksAsReadUnlessPeeking(t *testing.T) {
	s := start(t, Options{Empty: true})
	c := signIn(t, s, nil)
	uid := store(t, c, "INBOX", "one")
	for _, step := range []struct {
		readOnly, peek, seen bool
	}{{false, true, false}, {true, false, false}, {false, false, true}} {
		if _, err := c.Select("INBOX", &imap.SelectOptions{ReadOnly: step.readOnly}).Wait(); err != nil {
			t.Fatal(err)
		}
		section := &imap.FetchItemBodySection{Peek: step.peek}
		if _, err := c.Fetch(imap.UIDSetNum(uid), &imap.FetchOptions{BodySection: []*imap.FetchItemBodySection{section}}).Collect(); err != nil {
			t.Fatal(err)
		}
		got := len(search(t, c, &imap.SearchCriteria{Flag: []imap.Flag{imap.FlagSeen}})) == 1
		if got != step.seen {
			t.Errorf("read-only %v, peek %v: seen = %v, want %v", step.readOnly, step.peek, got, step.seen)
		}
	}
}

func TestFetchHeaderFields(t *testing.T) {
	s := start(t, Options{Empty: true})
	s.Deliver([]byte("Subject: a\r\n folded one\r\nX-Other: no\r\nmessage-id: <1@x>\r\n\r\nbody\r\n"))
	c := signIn(t, s, nil)
	open(t, c, "INBOX")
	section := &imap.FetchItemBodySection{Peek: true, Specifier: imap.PartSpecifierHeader, HeaderFields: []string{"SUBJECT", "Message-ID"}}
	list, err := c.Fetch(imap.SeqSetNum(1), &imap.FetchOptions{BodySection: []*imap.FetchItemBodySection{section}}).Collect()
	if err != nil {
		t.Fatal(err)
	}
	got := string(list[0].FindBodySection(section))
	if want := "Subject: a\r\n folded one\r\nmessage-id: <1@x>\r\n\r\n"; got != want {
		t.Errorf("HEADER.FIELDS: got %q, want %q", got, want)
	}
}

func TestStoreFlags(t *testing.T) {
	s := start(t, Options{Empty: true})
	c := signIn(t, s, nil)
	uid := store(t, c, "INBOX", "one", imap.FlagSeen)
	open(t, c, "INBOX")
	for _, step := range []struct {
		op    imap.StoreFlagsOp
		flags []imap.Flag
		want  string
	}{
		{imap.StoreFlagsAdd, []imap.Flag{`\flagged`, "Work"}, `Work \Flagged \Seen`},
		{imap.StoreFlagsDel, []imap.Flag{imap.FlagSeen, "WORK"}, `\Flagged`},
		{imap.StoreFlagsSet, []imap.Flag{imap.FlagAnswered, `\Recent`}, `\Answered`},
		{imap.StoreFlagsSet, nil, ``},
	} {
		list, err := c.Store(imap.UIDSetNum(uid), &imap.StoreFlags{Op: step.op, Flags: step.flags}, nil).Collect()
		if err != nil {
			t.Fatal(err)
		}
		if len(list) != 1 {
			t.Fatalf("STORE %v: %d answers", step.flags, len(list))
		}
		var got []string
		for _, f := range list[0].Flags {
			got = append(got, string(f))
		}
		if joined := strings.Join(got, " "); joined != step.want {
			t.Errorf("STORE %v %v: got %q, want %q", step.op, step.flags, joined, step.want)
		}
	}
}

func TestMoveAndCopyTellTheNewUIDs(t *testing.T) {
	s := start(t, Options{Empty: true})
	c := signIn(t, s, nil)
	var uids imap.UIDSet
	for _, subject := range []string{"one", "two", "three"} {
		uids.AddNum(store(t, c, "INBOX", subject))
	}
	open(t, c, "INBOX")
	copied, err := c.Copy(uids, "Archive").Wait()
	if err != nil {
		t.Fatal(err)
	}
	if copied.SourceUIDs.String() != uids.String() {
		t.Errorf("COPYUID source: got %v, want %v", copied.SourceUIDs, uids)
	}
	moved, err := c.Move(uids, "Trash").Wait()
	if err != nil {
		t.Fatal(err)
	}
	destination, ok := moved.DestUIDs.(imap.UIDSet)
	if !ok {
		t.Fatalf("MOVE: no COPYUID: %+v", moved)
	}
	if left := all(t, c); len(left) != 0 {
		t.Errorf("after MOVE the source holds %v", left)
	}
	data := open(t, c, "Trash")
	if data.UIDValidity != moved.UIDValidity {
		t.Errorf("COPYUID: UIDVALIDITY %d, mailbox has %d", moved.UIDValidity, data.UIDValidity)
	}
	want, _ := destination.Nums()
	if got := all(t, c); len(got) != 3 || got[0] != want[0] || got[2] != want[2] {
		t.Errorf("UIDs in Trash: got %v, want %v", got, want)
	}
	if _, err := c.Move(imap.SeqSetNum(1), "Nowhere").Wait(); !isCode(err, imap.ResponseCodeTryCreate) {
		t.Errorf("MOVE to a missing mailbox: got %v, want TRYCREATE", err)
	}
	if got := all(t, c); len(got) != 3 {
		t.Errorf("a refused MOVE lost messages: %v left", got)
	}
}

func isCode(err error, code imap.ResponseCode) bool {
	e, ok := err.(*imap.Error)
	return ok && e.Code == code
}

func TestExpungeOnlyWhatIsNamed(t *testing.T) {
	s := start(t, Options{Empty: true})
	c := signIn(t, s, nil)
	a, b := store(t, c, "INBOX", "a", imap.FlagDeleted), store(t, c, "INBOX", "b", imap.FlagDeleted)
	keep := store(t, c, "INBOX", "keep")
	open(t, c, "INBOX")
	if _, err := c.UIDExpunge(imap.UIDSetNum(a, keep)).Collect(); err != nil {
		t.Fatal(err)
	}
	if got := all(t, c); len(got) != 2 || got[0] != b || got[1] != keep {
		t.Errorf("after UID EXPUNGE: got %v, want [%d %d]", got, b, keep)
	}
	if _, err := c.Expunge().Collect(); err != nil {
		t.Fatal(err)
	}
	if got := all(t, c); len(got) != 1 || got[0] != keep {
		t.Errorf("after EXPUNGE: got %v, want [%d]", got, keep)
	}
}

func TestMailboxCommands(t *testing.T) {
	s := start(t, Options{Empty: true})
	c := signIn(t, s, nil)
	if err := c.Create("Trips/2026/Łódź & co", nil).Wait(); err != nil {
		t.Fatal(err)
	}
	store(t, c, "Trips/2026/Łódź & co", "plan")
	for _, step := range []struct {
		name string
		do   func() error
		code imap.ResponseCode
	}{
		{"create again", func() error { return c.Create("trips/2026", nil).Wait() }, ""},
		{"create what exists", func() error { return c.Create("Trips/2026", nil).Wait() }, imap.ResponseCodeAlreadyExists},
		{"delete a parent", func() error { return c.Delete("Trips").Wait() }, imap.ResponseCodeHasChildren},
		{"delete INBOX", func() error { return c.Delete("inbox").Wait() }, imap.ResponseCodeCannot},
		{"delete nothing", func() error { return c.Delete("Nothing").Wait() }, imap.ResponseCodeNonExistent},
		{"rename into itself", func() error { return c.Rename("Trips", "Trips/x", nil).Wait() }, imap.ResponseCodeCannot},
		{"rename", func() error { return c.Rename("Trips", "Journeys", nil).Wait() }, ""},
	} {
		err := step.do()
		if step.code == "" && err != nil || step.code != "" && !isCode(err, step.code) {
			t.Errorf("%s: got %v, want code %q", step.name, err, step.code)
		}
	}
	if data := open(t, c, "Journeys/2026/Łódź & co"); data.NumMessages != 1 {
		t.Errorf("renamed child: got %d messages, want 1", data.NumMessages)
	}
	old := open(t, c, "Archive").UIDValidity
	if err := c.Unselect().Wait(); err != nil {
		t.Fatal(err)
	}
	if err := c.Delete("Archive").Wait(); err != nil {
		t.Fatal(err)
	}
	if err := c.Create("Archive", nil).Wait(); err != nil {
		t.Fatal(err)
	}
	if got := open(t, c, "Archive").UIDValidity; got <= old {
		t.Errorf("UIDVALIDITY of a mailbox created again: got %d, want more than %d", got, old)
	}
}

func TestRenameInboxMovesItsMessages(t *testing.T) {
	s := start(t, Options{Empty: true})
	c := signIn(t, s, nil)
	store(t, c, "INBOX", "one")
	if err := c.Rename("INBOX", "Old", nil).Wait(); err != nil {
		t.Fatal(err)
	}
	if n := open(t, c, "INBOX").NumMessages; n != 0 {
		t.Errorf("INBOX: got %d messages, want 0", n)
	}
	if n := open(t, c, "Old").NumMessages; n != 1 {
		t.Errorf("Old: got %d messages, want 1", n)
	}
}

func TestSearch(t *testing.T) {
	s := start(t, Options{Base: base})
	c := signIn(t, s, nil)
	open(t, c, "INBOX")
	header := func(key, value string) *imap.SearchCriteria {
		return &imap.SearchCriteria{Header: []imap.SearchCriteriaHeaderField{{Key: key, Value: value}}}
	}
	for _, step := range []struct {
		name     string
		criteria *imap.SearchCriteria
		want     int
	}{
		{"encoded subject", header("Subject", "ガラスシェード"), 1},
		{"subject in capitals", header("SUBJECT", "SPARE PARTS FOR THE malmö"), 1},
		{"message-id", header("Message-ID", biggestID(s)), 1},
		{"koi8-r body", &imap.SearchCriteria{Body: []string{"чугунных фонарях"}}, 1},
		{"gb18030 text", &imap.SearchCriteria{Text: []string{"光谱测试报告"}}, 1},
		{"larger", &imap.SearchCriteria{Larger: 8 << 20}, 1},
		{"or", &imap.SearchCriteria{Or: [][2]imap.SearchCriteria{{*header("Subject", "chúpa"), {Larger: 8 << 20}}}}, 1},
		{"flagged since", &imap.SearchCriteria{Flag: []imap.Flag{imap.FlagFlagged}, Since: base.AddDate(0, 0, -1)}, 3},
		{"not", &imap.SearchCriteria{Not: []imap.SearchCriteria{{Larger: 1}}}, 0},
		{"last", &imap.SearchCriteria{SeqNum: []imap.SeqSet{{{Start: 0, Stop: 0}}}}, 1},
		{"past the end", &imap.SearchCriteria{UID: []imap.UIDSet{{{Start: 4e9, Stop: 0}}}}, 1},
	} {
		if got := search(t, c, step.criteria); len(got) != step.want {
			t.Errorf("%s: got %d messages %v, want %d", step.name, len(got), got, step.want)
		}
	}
	data, err := c.Search(&imap.SearchCriteria{}, &imap.SearchOptions{ReturnMin: true, ReturnMax: true, ReturnCount: true}).Wait()
	if err != nil {
		t.Fatal(err)
	}
	if n := uint32(len(s.account.boxes[inboxName].messages)); data.Min != 1 || data.Max != n || data.Count != n {
		t.Errorf("ESEARCH: got min %d max %d count %d, want 1 %d %d", data.Min, data.Max, data.Count, n, n)
	}
}

// biggestID returns the Message-ID of the biggest message in the inbox.
func biggestID(s *Server) string {
	var biggest *message
	for _, m := range s.account.boxes[inboxName].messages {
		if biggest == nil || len(m.raw) > len(biggest.raw) {
			biggest = m
		}
	}
	header, _ := splitHeader(biggest.raw)
	return headerValue(header, "Message-ID")
}

func TestWrongPassword(t *testing.T) {
	s := start(t, Options{Empty: true})
	c, err := imapclient.DialInsecure(address(s.IMAP()), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = c.Close() }()
	if err := c.Login(s.User, "wrong").Wait(); !isCode(err, imap.ResponseCodeAuthenticationFailed) {
		t.Errorf("LOGIN: got %v, want AUTHENTICATIONFAILED", err)
	}
}
