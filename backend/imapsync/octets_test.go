package imapsync

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestEveryOctet compares every message after a sync with the file that the server
// keeps of it: a thousand of the corpus, and all that this project knows of broken
// and hostile mail.
func TestEveryOctet(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.load(1000)
	c := r.server.Client(t, r.user)
	c.Do("CREATE Work")
	for _, pattern := range []string{"../message/testdata/mail/*.eml", "../render/testdata/hostile/*"} {
		names, err := filepath.Glob(pattern)
		if err != nil || len(names) < 10 {
			t.Fatalf("%s: %d files, %v", pattern, len(names), err)
		}
		for _, name := range names {
			raw, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			if len(raw) > 0 {
				c.Append("Work", raw, time.Time{})
			}
		}
	}
	head := "From: eve@example.org\r\nMessage-ID: <odd@example.org>\r\n\r\n"
	every := make([]byte, 0, 255)
	for b := 1; b < 256; b++ {
		every = append(every, byte(b))
	}
	for _, raw := range []string{
		"x", "\r\n", "\n", "\r", "\r\r\n", "no line end at all", head, head + "\r", head + "\n\r\n\r", head + string(every),
		head + strings.Repeat("long ", 500_000), head + strings.Repeat("\r\n", 10_000), head + ".\r\n..\r\n)\r\nA1 OK {5}\r\n",
	} {
		c.Append("Work", []byte(raw), time.Time{})
	}
	r.sync()
	for path, least := range map[string]int{"INBOX": 1000, "Work": 50} {
		if n := r.wantFiles(path); n < least {
			t.Errorf("%s: %d messages compared, want at least %d", path, n, least)
		}
	}
}

// wantFiles compares the messages of a mailbox with the server's files, and returns
// how many there are.
func (r *rig) wantFiles(path string) int {
	r.t.Helper()
	files := r.server.Files(r.t, r.user, path)
	local, err := r.store.Locations(r.t.Context(), r.mailbox(path).ID)
	if err != nil || len(local) != len(files) {
		r.t.Errorf("%s: %d messages, %v, want %d", path, len(local), err, len(files))
	}
	for _, l := range local {
		raw, err := r.store.Raw(r.t.Context(), l.Message)
		// A literal holds no NUL (RFC 9051 §9, CHAR8); Dovecot sends 0x80 for it.
		if want := bytes.ReplaceAll(files[l.UID], []byte{0}, []byte{0x80}); err != nil || !bytes.Equal(raw, want) {
			r.t.Errorf("%s: UID %d: %s, %v", path, l.UID, firstDifference(raw, want), err)
		}
	}
	return len(files)
}

// firstDifference tells where two messages part.
func firstDifference(got, want []byte) string {
	at := 0
	for at < min(len(got), len(want)) && got[at] == want[at] {
		at++
	}
	around := func(b []byte) []byte { return b[max(at-10, 0):min(at+10, len(b))] }
	return fmt.Sprintf("%d octets, want %d; differ at %d: %q, want %q", len(got), len(want), at, around(got), around(want))
}
