package bench

import (
	"bytes"
	"encoding/json"
	"strconv"
	"testing"
)

// pageSize is the most that waxwingctl lists and shows in one call.
const pageSize = 500

// compare checks that the mailbox here is the server's: as many messages, each
// octet for octet one of the server's and none of them twice. The server is
// asked by a client that shares no code with Waxwing.
func (t *bed) compare(b *testing.B, folder string) {
	b.Helper()
	waiting := map[string]int{} // the server's messages that weren't seen here yet
	for _, m := range t.server.Snapshot(b, t.user)["INBOX"] {
		waiting[string(m.Raw)]++
	}
	if len(waiting) != messages {
		b.Fatalf("the server has %d different messages, want %d", len(waiting), messages)
	}
	n := 0
	for before := ""; ; {
		ids, next := t.list(b, folder, before)
		for i, raw := range t.show(b, folder, ids) {
			if waiting[string(raw)] == 0 {
				b.Fatalf("message %s is none of the server's, or here twice:\n%.2000q", ids[i], raw)
			}
			waiting[string(raw)]--
			n++
		}
		if before = next; before == "" {
			break
		}
	}
	if n != messages {
		b.Fatalf("waxwingctl has %d messages, want %d", n, messages)
	}
}

// list returns the ids of a page of the inbox, and where the next page begins,
// "" after the last.
func (t *bed) list(b *testing.B, folder, before string) (ids []string, next string) {
	b.Helper()
	args := []string{"message", "list", "--mailbox", "inbox", "--limit", strconv.Itoa(pageSize)}
	if before != "" {
		args = append(args, "--before", before)
	}
	var page struct {
		List []struct{ ID string }
		Next string
	}
	t.ask(b, folder, &page, args...)
	for _, m := range page.List {
		ids = append(ids, m.ID)
	}
	return ids, page.Next
}

// show returns the raw messages.
func (t *bed) show(b *testing.B, folder string, ids []string) [][]byte {
	b.Helper()
	type message struct {
		Data []byte `json:"data:asBase64"`
	}
	var page struct{ List []message }
	if len(ids) == 1 {
		page.List = make([]message, 1)
		t.ask(b, folder, &page.List[0], "message", "show", "--raw", ids[0])
	} else if len(ids) > 1 {
		t.ask(b, folder, &page, append([]string{"message", "show", "--raw"}, ids...)...)
	}
	if len(page.List) != len(ids) {
		b.Fatalf("waxwingctl shows %d of %d messages", len(page.List), len(ids))
	}
	raws := make([][]byte, len(ids))
	for i, m := range page.List {
		raws[i] = m.Data
	}
	return raws
}

// ask calls waxwingctl and reads its document.
func (t *bed) ask(b *testing.B, folder string, document any, args ...string) {
	b.Helper()
	cmd := t.command(folder, append([]string{"--json"}, args...)...)
	var complaint bytes.Buffer
	cmd.Stderr = &complaint
	out, err := cmd.Output()
	if err == nil {
		err = json.Unmarshal(out, document)
	}
	if err != nil {
		b.Fatalf("waxwingctl %s: %v\n%s", args[:2], err, complaint.Bytes())
	}
}
