package mailtest

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"strings"
	"sync"
	"testing"
	"time"
)

// A recorder is a testing.TB that keeps failures instead of failing.
type recorder struct {
	testing.TB
	mu       sync.Mutex
	failures []string
	cleanups []func()
}

func (r *recorder) Helper() {}

func (r *recorder) Cleanup(f func()) { r.cleanups = append(r.cleanups, f) }

func (r *recorder) Errorf(format string, args ...any) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.failures = append(r.failures, fmt.Sprintf(format, args...))
}

// finish ends the recorded test and returns its failures.
func (r *recorder) finish() string {
	for _, f := range r.cleanups {
		f()
	}
	return strings.Join(r.failures, "\n")
}

func TestScript(t *testing.T) {
	t.Parallel()
	const talk = `
		S: * OK ready
		C: {tag} LOGIN {user} {}
		S: {tag} OK welcome {user}
		C: {tag} FETCH 1 (BODY[] {5})
		S> * 1 FETCH (BODY[] {5}\r\nh\000llo "x")\r\n
		S: {tag} OK
	`
	const all = "* OK ready\r\na1 OK welcome alice\r\n* 1 FETCH (BODY[] {5}\r\nh\x00llo \"x\")\r\na2 OK\r\n"
	tests := []struct {
		name    string
		talk    string
		says    []string
		hears   string
		failure string // part of it; empty for none
	}{
		{"as written", talk, []string{"a1 login alice pw", "a2 fetch 1 (body[] {5})"}, all, ""},
		{"farewell", talk, []string{"a1 login alice pw", "a2 fetch 1 (body[] {5})", "a3 LOGOUT"}, all, ""},
		{"wrong command", talk, []string{"a1 login alice pw", "a2 noop"}, "* OK ready\r\na1 OK welcome alice\r\n", `line 5 (C: {tag} FETCH 1 (BODY[] {5})): the client says "a2 noop"`},
		{"leaves early", talk, []string{"a1 login alice pw"}, "* OK ready\r\na1 OK welcome alice\r\n", "the client left"},
		{"says more", talk, []string{"a1 login alice pw", "a2 fetch 1 (body[] {5})", "a3 noop"}, all, `is over, but the client says "a3 noop`},
		{"close", "S: bye\nX: close", nil, "bye\r\n", ""},
		{"reset", "C: {tag} GO\nX: reset", []string{"a1 GO"}, "", ""},
		{"silence", "C: {tag} GO\nX: silence", []string{"a1 GO", "a2 GO"}, "", ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			r := &recorder{TB: t}
			s := NewScript(r, test.talk)
			c := dial(t, s.Server())
			for _, line := range test.says {
				say(t, c, line+"\r\n")
			}
			if strings.HasPrefix(test.failure, "the client left") || test.name == "silence" {
				halfClose(c)
			}
			heard, _ := hear(c, len(test.hears))
			if heard != test.hears {
				t.Errorf("heard %q, want %q", heard, test.hears)
			}
			halfClose(c)
			_, _ = io.Copy(io.Discard, c)
			got := r.finish()
			if (test.failure == "") != (got == "") || !strings.Contains(got, test.failure) {
				t.Errorf("failures: %q, want %q", got, test.failure)
			}
		})
	}
}

func TestScriptCountsConnections(t *testing.T) {
	t.Parallel()
	r := &recorder{TB: t}
	NewScript(r, "S: hello")
	if got := r.finish(); !strings.Contains(got, "came 0 times, want 1") {
		t.Errorf("nobody came: %q, want a failure", got)
	}
	r = &recorder{TB: t}
	s := NewScript(r)
	if got, err := hear(dial(t, s.Server()), 1); err == nil {
		t.Errorf("an unexpected connection hears %q, want nothing", got)
	}
	if got := r.finish(); !strings.Contains(got, "connection 1, but there are 0") {
		t.Errorf("one too many came: %q, want a failure", got)
	}
}

func TestScriptSTARTTLS(t *testing.T) {
	t.Parallel()
	s := NewScript(t, `
		S: * OK ready
		C: {tag} STARTTLS
		S: {tag} OK go on
		X: tls
		C: {tag} NOOP
		S: {tag} OK now in secret
	`)
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM([]byte(s.CA))
	plain := dial(t, s.Server())
	say(t, plain, "a1 STARTTLS\r\n")
	if _, err := hear(plain, len("* OK ready\r\na1 OK go on\r\n")); err != nil {
		t.Fatal(err)
	}
	secret := tls.Client(plain, &tls.Config{RootCAs: roots, ServerName: "localhost"})
	say(t, secret, "a2 NOOP\r\n")
	const want = "a2 OK now in secret\r\n"
	if got, err := hear(secret, len(want)); got != want {
		t.Errorf("after STARTTLS: %q, %v, want %q", got, err, want)
	}
}

func TestTLSScript(t *testing.T) {
	t.Parallel()
	s := NewTLSScript(t, "S: * OK ready")
	c := Connect(t, s.Server())
	if err := c.conn.SetReadDeadline(time.Now().Add(clientTimeout)); err != nil {
		t.Fatal(err)
	}
}

func TestScriptRefusesNonsense(t *testing.T) {
	t.Parallel()
	for _, bad := range []string{"hello", `S> \q`, "Y: x"} {
		if steps, err := parseScript(bad); err == nil {
			t.Errorf("parseScript(%q) = %v, want an error", bad, steps)
		}
	}
}
