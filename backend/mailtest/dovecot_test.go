package mailtest

import (
	"bytes"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"waxwing/backend/mail"
)

func TestMain(m *testing.M) { Main(m) }

const hello = "From: a@waxwing.test\r\nSubject: hello\r\nMessage-ID: <1@waxwing.test>\r\n\r\nHello.\r\n"

func TestDeliverLoadSnapshot(t *testing.T) {
	t.Parallel()
	s := Shared(t)
	user := s.NewUser(t)
	received := time.Date(2020, 2, 29, 12, 0, 0, 0, time.UTC)
	n := s.Load(t, user, slices.Values([]Message{
		{Raw: []byte(hello + "1\r\n"), Flags: []string{`\Seen`, `\Flagged`}, Received: received},
		{Raw: []byte(hello + "2\r\n")},
		{Raw: []byte(hello + "3\r\n"), Mailbox: "Projects/Größe & Co"},
	}))
	if n != 3 {
		t.Errorf("Load = %d, want 3", n)
	}
	if uid := s.Deliver(t, user, "INBOX", []byte(hello)); uid != 3 {
		t.Errorf("Deliver = UID %d, want 3", uid)
	}
	got := s.Snapshot(t, user)
	want := map[string]map[mail.UID]Stored{
		"INBOX": {
			1: {Flags: []string{`\Flagged`, `\Seen`}, Raw: []byte(hello + "1\r\n")},
			2: {Flags: []string{}, Raw: []byte(hello + "2\r\n")},
			3: {Flags: []string{}, Raw: []byte(hello)},
		},
		"Projects/Größe & Co": {1: {Flags: []string{}, Raw: []byte(hello + "3\r\n")}},
		"Drafts":              {}, "Sent": {}, "Trash": {}, "Junk": {}, "Archive": {},
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("Snapshot\n got %v\nwant %v", got, want)
	}
	c := s.Client(t, user)
	c.Do("SELECT INBOX")
	responses := c.Do("FETCH 1 INTERNALDATE")
	if len(responses) != 1 || !strings.Contains(responses[0].Line, "29-Feb-2020 12:00:00 +0000") {
		t.Errorf("INTERNALDATE = %v, want %v", responses, received)
	}
}

func TestWrongPassword(t *testing.T) {
	t.Parallel()
	s := Shared(t)
	user := s.NewUser(t)
	start := time.Now()
	for range 3 {
		if _, status := Connect(t, s.IMAP()).Try("LOGIN %s wrong", user); !strings.HasPrefix(status, "NO [AUTHENTICATIONFAILED]") {
			t.Errorf("LOGIN with a wrong password: %q, want NO [AUTHENTICATIONFAILED]", status)
		}
	}
	if d := time.Since(start); d > 5*time.Second {
		t.Errorf("three refusals took %v, want half a second each", d)
	}
	s.SetPassword(t, user, "other")
	if _, status := Connect(t, s.IMAP()).Try("LOGIN %s other", user); !strings.HasPrefix(status, "OK") {
		t.Errorf("LOGIN with the new password: %q, want OK", status)
	}
}

func TestCertificates(t *testing.T) {
	t.Parallel()
	tests := []struct {
		flaw Flaw
		want string // in the error of a client that trusts the authority
	}{
		{FlawNone, ""},
		{FlawExpired, "expired"},
		{FlawNotYet, "not yet valid"},
		{FlawWrongHost, "127.0.0.1"},
		{FlawSelfSigned, "unknown authority"},
	}
	for _, test := range tests {
		t.Run(string(test.flaw), func(t *testing.T) {
			t.Parallel()
			s := Dovecot(t, Options{Certificate: test.flaw})
			address := net.JoinHostPort("127.0.0.1", strconv.Itoa(s.IMAPS().Port))
			conn, err := tls.Dial("tcp", address, &tls.Config{RootCAs: s.Roots})
			if err == nil {
				_ = conn.Close()
			}
			switch {
			case test.want == "" && err != nil:
				t.Errorf("flaw %q: got %v, want no error", test.flaw, err)
			case test.want != "" && (err == nil || !strings.Contains(err.Error(), test.want)):
				t.Errorf("flaw %q: got %v, want an error with %q", test.flaw, err, test.want)
			}
		})
	}
}

func TestOptions(t *testing.T) {
	t.Parallel()
	s := Dovecot(t, Options{
		Users:        []string{"carol"},
		NoTLS:        true,
		Capabilities: []string{"IMAP4rev1", "UIDPLUS"},
		Mailboxes:    []Special{{Name: "Sent Items"}},
		Separator:    ".", Prefix: "INBOX.",
		Quota: "1M",
	})
	c := s.Client(t, "carol")
	if got := c.Do("CAPABILITY"); len(got) != 1 || got[0].Line != "* CAPABILITY IMAP4rev1 UIDPLUS" {
		t.Errorf("CAPABILITY = %v, want just IMAP4rev1 UIDPLUS", got)
	}
	if got, want := c.Mailboxes(), []string{"INBOX", "INBOX.Sent Items"}; !reflect.DeepEqual(got, want) {
		t.Errorf("mailboxes = %q, want %q", got, want)
	}
	s.Load(t, "carol", slices.Values([]Message{{Mailbox: "INBOX.A.B", Raw: []byte(hello)}}))
	if got := len(s.Snapshot(t, "carol")["INBOX.A.B"]); got != 1 {
		t.Errorf("messages in INBOX.A.B = %d, want 1", got)
	}
	big := hello + strings.Repeat("0123456789\r\n", 100_000)
	tag := c.send(fmt.Sprintf("APPEND INBOX {%d}", len(big)))
	if r := c.read(); strings.HasPrefix(r.Line, "+") {
		_, _ = c.conn.Write([]byte(big + "\r\n"))
	} else if !strings.Contains(r.Line, "OVERQUOTA") {
		t.Errorf("APPEND over quota: %q, want OVERQUOTA", r.Line)
	} else {
		return
	}
	if _, status := c.collect(tag); !strings.Contains(status, "OVERQUOTA") {
		t.Errorf("APPEND over quota: %q, want OVERQUOTA", status)
	}
}

// TestRestrict takes the right to expunge: the server says OK and does nothing.
func TestRestrict(t *testing.T) {
	t.Parallel()
	s := Dovecot(t, Options{Rights: true})
	s.Client(t, "alice").Append("INBOX", []byte(hello), time.Time{})
	for _, step := range []struct {
		rights string
		left   int
	}{{"lrswtip", 1}, {"", 0}} {
		s.Restrict(t, "alice", "INBOX", step.rights)
		c := s.Client(t, "alice")
		c.Do("SELECT INBOX")
		c.Do(`UID STORE 1 +FLAGS (\Deleted)`)
		c.Do("UID EXPUNGE 1")
		if n := len(s.Snapshot(t, "alice")["INBOX"]); n != step.left {
			t.Errorf("%d messages after UID EXPUNGE with rights %q, want %d", n, step.rights, step.left)
		}
	}
}

// TestServersKeepApart starts several at once and sees each with its own mail,
// and gone with its test.
func TestServersKeepApart(t *testing.T) {
	t.Parallel()
	var servers []*Server
	t.Run("running", func(t *testing.T) {
		for i := range 3 {
			s := Dovecot(t, Options{})
			servers = append(servers, s)
			s.Deliver(t, "alice", "INBOX", fmt.Appendf(nil, "Subject: %d\r\n\r\n", i))
		}
		for i, s := range servers {
			inbox := s.Snapshot(t, "alice")["INBOX"]
			if want := fmt.Sprintf("Subject: %d\r\n\r\n", i); len(inbox) != 1 || !bytes.Equal(inbox[1].Raw, []byte(want)) {
				t.Errorf("server %d holds %v, want only %q", i, inbox, want)
			}
		}
	})
	for i, s := range servers {
		conn, err := net.Dial("tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(s.IMAP().Port)))
		if err == nil {
			_ = conn.Close()
		}
		var op *net.OpError
		if !errors.As(err, &op) {
			t.Errorf("server %d after its test: %v, want a refused connection", i, err)
		}
	}
}

func TestUTF7(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, encoded string }{
		{"INBOX", "INBOX"},
		{"A & B", "A &- B"},
		{"Entwürfe", "Entw&APw-rfe"},
		{"下書き", "&Tgtm+DBN-"},
		{"😀x", "&2D3eAA-x"},
	}
	for _, test := range tests {
		if got := encodeUTF7(test.name); got != test.encoded {
			t.Errorf("encodeUTF7(%q) = %q, want %q", test.name, got, test.encoded)
		}
		if got := decodeUTF7(test.encoded); got != test.name {
			t.Errorf("decodeUTF7(%q) = %q, want %q", test.encoded, got, test.name)
		}
	}
	for _, broken := range []string{"&", "R&D", "&AP-", "x&!!-"} {
		if got := decodeUTF7(broken); got != broken {
			t.Errorf("decodeUTF7(%q) = %q, want it unchanged", broken, got)
		}
	}
}
