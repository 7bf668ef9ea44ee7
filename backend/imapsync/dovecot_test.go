package imapsync

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/emersion/go-imap/v2"

	"waxwing/backend/mail"
	"waxwing/backend/mailtest"
	"waxwing/backend/store"
)

// TestCapabilities plays the whole life of an account with each capability
// withheld, and with all of them.
func TestCapabilities(t *testing.T) {
	t.Parallel()
	all := []imap.Cap{
		imap.CapMove, imap.CapUIDPlus, imap.CapCondStore, imap.CapIdle, imap.CapSpecialUse,
		imap.CapListStatus, imap.CapListExtended, imap.CapESearch, imap.CapLiteralPlus, imap.CapLiteralMinus, imap.CapSASLIR, "QRESYNC",
	}
	tests := map[string][]imap.Cap{
		"none": nil, "all": all, "CONDSTORE": {imap.CapCondStore, "QRESYNC"},
		"LITERAL+": {imap.CapLiteralPlus, imap.CapLiteralMinus}, "MOVE and UIDPLUS": {imap.CapMove, imap.CapUIDPlus},
		"LIST-STATUS": {imap.CapListStatus}, "LIST-EXTENDED": {imap.CapListExtended, imap.CapListStatus},
	}
	for _, c := range []imap.Cap{imap.CapMove, imap.CapUIDPlus, imap.CapIdle, imap.CapSpecialUse, imap.CapESearch, imap.CapSASLIR} {
		tests[string(c)] = []imap.Cap{c}
	}
	for name, withhold := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			life(newRig(t, withhold...))
		})
	}
}

// life is what happens to an account, with a look after each step.
func life(r *rig) {
	r.load(60)
	other := r.server.Client(r.t, r.user)
	other.Append("Sent", letter("sent-1", r.cfg.Account.Email, "sent"), time.Time{}, `\Seen`)
	other.Do("CREATE %s", mailtest.Quote("R&D"))
	other.Append("R&D", letter("rd-1", "eve@example.org", "plans"), time.Time{})
	r.sync()
	r.same()
	for path, role := range map[string]mail.Role{"INBOX": "inbox", "Sent": "sent", "Trash": "trash", "Drafts": "drafts", "R&D": ""} {
		if got := r.mailbox(path).Role; got != role {
			r.t.Errorf("role of %s is %q, want %q", path, got, role)
		}
	}
	// The other device changes things.
	other.Do("SELECT INBOX")
	other.Do(`UID STORE 1:3 +FLAGS (\Flagged work)`)
	other.Do(`UID STORE 4 +FLAGS (\Deleted)`)
	other.Do(`EXPUNGE`)
	other.Append("INBOX", letter("new-1", "eve@example.org", "new"), time.Time{})
	r.sync()
	r.same()
	if len(r.arrived) != 1 || len(r.arrived[0]) != 1 {
		r.t.Errorf("arrived %v, want one message once", r.arrived)
	}
	// The person changes things.
	ids := r.ids("INBOX")
	r.apply(mail.Change{Messages: ids[:5], Keywords: &mail.KeywordChange{Add: []mail.Keyword{"$seen", "later"}, Remove: []mail.Keyword{"$flagged"}}})
	r.apply(mail.Change{Messages: ids[5:9], Move: &mail.MoveChange{To: r.mailbox("Archive").ID}})
	r.apply(mail.Change{Messages: ids[9:10], Move: &mail.MoveChange{To: r.mailbox("R&D").ID}})
	r.apply(mail.Change{Messages: ids[10:12], Destroy: &mail.DestroyChange{}})
	// Somebody else's mark survives.
	other.Do("SELECT INBOX")
	other.Do(`UID STORE 20 +FLAGS (\Deleted)`)
	r.sync()
	r.same()
	for path, want := range map[string]int{"INBOX": 60 - 1 + 1 - 4 - 1 - 2, "Archive": 4, "R&D": 2} {
		if got := len(r.ids(path)); got != want {
			r.t.Errorf("%s holds %d messages, want %d", path, got, want)
		}
	}
	if len(r.refused) > 0 {
		r.t.Errorf("refused: %+v", r.refused)
	}
	r.sync()
	r.same()
}

func TestFirstSync(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.load(400)
	p := r.through()
	r.sync()
	r.same()
	if len(r.arrived) > 0 {
		t.Errorf("a first sync announces %v", r.arrived)
	}
	last := r.statuses[len(r.statuses)-1]
	if last.Phase != mail.PhaseUpToDate || last.LastSync.IsZero() {
		t.Errorf("last status %+v, want up to date", last)
	}
	checkOrder(t, p.Lines())
	octets := p.Counts().ToClient
	p.Reset()
	r.sync()
	c := p.Counts()
	t.Logf("first %d octets; no change: %+v", octets, c)
	if c.Turns > 8 || c.ToClient > 4000 {
		t.Errorf("a pass without changes takes %+v, want at most 8 turns and 4000 octets", c)
	}
}

func TestUIDValidity(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	c := r.server.Client(t, r.user)
	c.Do("CREATE Work")
	for i := range 30 {
		raw := append(letter(fmt.Sprint("w", i), "eve@example.org", "work"), strings.Repeat("0123456789\r\n", 1000)...)
		c.Append("Work", raw, time.Time{}, `\Seen`)
	}
	r.sync()
	before := r.ids("Work")
	// The mailbox is made anew with the same messages and one more.
	c.Do("RENAME Work Old")
	c.Do("CREATE Work")
	c.Append("Work", letter("first", "eve@example.org", "first"), time.Time{})
	c.Do("SELECT Old")
	c.Do("COPY 1:* Work")
	c.Do("CLOSE")
	c.Do("DELETE Old")
	p := r.through()
	r.sync()
	r.same()
	if after := r.ids("Work"); len(after) != 31 || fmt.Sprint(after[1:]) != fmt.Sprint(before) {
		t.Errorf("messages before %v, after %v: want the same and one in front", before, after)
	}
	if n := p.Counts().ToClient; n > 20_000 {
		t.Errorf("%d octets fetched, want only the new message: %q", n, p.Lines())
	}
	if len(r.arrived) > 0 {
		t.Errorf("announced %v, want nothing", r.arrived)
	}
}

// TestUIDValidityWithWork: what waits for messages whose UIDs became void is done
// in the pass that finds them again.
func TestUIDValidityWithWork(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	c := r.server.Client(t, r.user)
	c.Do("CREATE Work")
	for i := range 5 {
		c.Append("Work", letter(fmt.Sprint("w", i), "eve@example.org", "work"), time.Time{})
	}
	r.sync()
	r.apply(mail.Change{Messages: r.ids("Work")[:2], Move: &mail.MoveChange{To: r.mailbox("Archive").ID}})
	c.Do("RENAME Work Old")
	c.Do("CREATE Work")
	c.Append("Work", letter("first", "eve@example.org", "first"), time.Time{})
	c.Do("SELECT Old")
	c.Do("COPY 1:* Work")
	c.Do("CLOSE")
	c.Do("DELETE Old")
	r.sync()
	if n := r.pending(); n != 0 {
		t.Errorf("%d operations pending after the pass", n)
	}
	r.same()
	if n := len(r.server.Snapshot(t, r.user)["Archive"]); n != 2 {
		t.Errorf("%d messages in the archive, want 2", n)
	}
}

// checkOrder: the newest messages come before the mailbox list, and all of them
// newest first.
func checkOrder(t *testing.T, lines []string) {
	t.Helper()
	list, last := -1, 401
	fetches := 0
	for i, l := range lines {
		if strings.Contains(l, " LIST ") {
			list = i
		}
		if !strings.Contains(l, "BODY.PEEK[]") {
			continue
		}
		if fetches++; fetches == 1 && list >= 0 {
			t.Errorf("LIST comes before the newest messages: %q", lines)
		}
		var first, end int
		if _, err := fmt.Sscanf(l[strings.Index(l, "UID FETCH"):], "UID FETCH %d:%d ", &first, &end); err != nil {
			t.Fatalf("%q: %v", l, err)
		}
		if end != last-1 {
			t.Errorf("%q follows UID %d: want newest first, none left out", l, last)
		}
		last = first
	}
	if last != 1 || list < 0 || fetches < 3 {
		t.Errorf("%d FETCHes down to UID %d, LIST at line %d", fetches, last, list)
	}
}

// TestOrderOfImported: messages that all arrived in the same second, as imported
// ones did, list in the order of their UIDs though they come in many batches.
func TestOrderOfImported(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	c := r.server.Client(t, r.user)
	day := time.Date(2026, 11, 2, 10, 0, 0, 0, time.UTC)
	for i := range 40 {
		c.Append("INBOX", letter(fmt.Sprint("i", i), "eve@example.org", fmt.Sprint("imported ", i)), day)
	}
	r.cfg.limits.headStart, r.cfg.limits.chunkCount, r.cfg.limits.batchCount = 5, 7, 3
	r.sync()
	want := r.ids("INBOX")
	slices.Reverse(want)
	messages, err := r.store.Messages(t.Context(), store.MessageQuery{Mailbox: r.mailbox("INBOX").ID})
	if err != nil {
		t.Fatal(err)
	}
	threads, err := r.store.Threads(t.Context(), store.ThreadQuery{Mailbox: r.mailbox("INBOX").ID})
	if err != nil {
		t.Fatal(err)
	}
	var got, rows []mail.MessageID
	for _, m := range messages.Messages {
		got = append(got, m.ID)
	}
	for _, row := range threads.Threads {
		rows = append(rows, row.Latest)
	}
	if !slices.Equal(got, want) || !slices.Equal(rows, want) {
		t.Errorf("messages are %v, threads %v, want %v", got, rows, want)
	}
}
