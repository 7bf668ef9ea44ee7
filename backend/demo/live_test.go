package demo

import (
	"bytes"
	"fmt"
	"net/mail"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"
)

// testClock stands still until it is moved, which runs what has become due.
type testClock struct {
	mu    sync.Mutex
	now   time.Time
	calls map[int]call
	next  int
}

type call struct {
	at time.Time
	f  func()
}

func newTestClock(now time.Time) *testClock {
	return &testClock{now: now, calls: make(map[int]call)}
}

func (c *testClock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *testClock) AfterFunc(d time.Duration, f func()) func() {
	c.mu.Lock()
	defer c.mu.Unlock()
	id := c.next
	c.next++
	c.calls[id] = call{c.now.Add(d), f}
	return func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		delete(c.calls, id)
	}
}

func (c *testClock) advance(d time.Duration) {
	c.mu.Lock()
	end := c.now.Add(d)
	for {
		due := -1
		for id, k := range c.calls {
			if !k.at.After(end) && (due < 0 || k.at.Before(c.calls[due].at)) {
				due = id
			}
		}
		if due < 0 {
			break
		}
		k := c.calls[due]
		delete(c.calls, due)
		c.now = k.at
		c.mu.Unlock()
		k.f()
		c.mu.Lock()
	}
	c.now = end
	c.mu.Unlock()
}

// in returns the headers of a mailbox.
func in(t *testing.T, s *Server, box string) []mail.Header {
	t.Helper()
	s.account.mu.Lock()
	defer s.account.mu.Unlock()
	var list []mail.Header
	for _, m := range s.account.boxes[box].messages {
		parsed, err := mail.ReadMessage(bytes.NewReader(m.raw))
		if err != nil {
			t.Fatalf("%s uid %d: %v", box, m.uid, err)
		}
		list = append(list, parsed.Header)
	}
	return list
}

func TestMailComesByItself(t *testing.T) {
	clock := newTestClock(base)
	s := start(t, Options{Empty: true, Live: true, Base: base, Clock: clock})
	for _, step := range []struct {
		after time.Duration
		want  int
	}{{19 * time.Second, 0}, {time.Second, 1}, {3*time.Minute - time.Second, 1}, {time.Second, 2}, {30 * time.Minute, 12}} {
		clock.advance(step.after)
		if got := len(in(t, s, inboxName)); got != step.want {
			t.Errorf("%v after the start: got %d messages, want %d", clock.Now().Sub(base), got, step.want)
		}
	}
	ids := map[string]bool{}
	for _, h := range in(t, s, inboxName) {
		ids[h.Get("Message-Id")] = true
		if date, err := h.Date(); err != nil || date.Before(base) || date.After(clock.Now()) {
			t.Errorf("%s: date %v (%v) is not between start and now", h.Get("Subject"), date, err)
		}
	}
	if len(ids) != 12 {
		t.Errorf("got %d different Message-IDs, want 12", len(ids))
	}
}

func submit(s *Server, to []string, raw string) error {
	return send(s, sasl.NewPlainClient("", s.User, s.Password), s.Email, to, raw)
}

// send is smtp.SendMail without STARTTLS.
func send(s *Server, auth sasl.Client, from string, to []string, raw string) error {
	c, err := smtp.Dial(address(s.SMTP()))
	if err != nil {
		return err
	}
	defer func() { _ = c.Close() }()
	if auth != nil {
		if err := c.Auth(auth); err != nil {
			return err
		}
	}
	return c.SendMail(from, to, strings.NewReader(raw))
}

func TestAColleagueAnswers(t *testing.T) {
	clock := newTestClock(base)
	s := start(t, Options{Empty: true, Live: true, Base: base, Clock: clock, FirstArrival: time.Hour})
	raw := "From: Mara <mara@northwind.example>\r\nTo: jonas@northwind.example\r\nSubject: =?utf-8?q?Gr=C3=BC=C3=9Fe?=\r\n" +
		"Message-ID: <q1@northwind.example>\r\nReferences: <old@x.example>\r\nDate: Wed, 18 Nov 2026 14:30:00 +0000\r\n\r\nIs it ready?\r\n"
	if err := submit(s, []string{"jonas@northwind.example"}, raw); err != nil {
		t.Fatal(err)
	}
	if got := in(t, s, sentName); len(got) != 1 || got[0].Get("Message-Id") != "<q1@northwind.example>" {
		t.Fatalf("Sent: got %v, want the one message", got)
	}
	clock.advance(11 * time.Second)
	if got := in(t, s, inboxName); len(got) != 0 {
		t.Fatalf("answered too early: %v", got)
	}
	clock.advance(time.Second)
	got := in(t, s, inboxName)
	if len(got) != 1 {
		t.Fatalf("got %d answers, want 1", len(got))
	}
	h := got[0]
	for field, want := range map[string]string{
		"From": "Jonas Ek <jonas@northwind.example>", "In-Reply-To": "<q1@northwind.example>",
		"References": "<old@x.example> <q1@northwind.example>", "Subject": "=?utf-8?B?UmU6IEdyw7zDn2U=?=",
	} {
		if h.Get(field) != want {
			t.Errorf("answer's %s: got %q, want %q", field, h.Get(field), want)
		}
	}
	body := string(s.account.boxes[inboxName].messages[0].raw)
	if !strings.Contains(body, "\r\n> Is it ready?\r\n") {
		t.Errorf("the answer doesn't quote: %q", body)
	}
	// The client may search for its copy and then append: no second one comes.
	if err := submit(s, []string{"jonas@northwind.example"}, raw); err != nil {
		t.Fatal(err)
	}
	if got := in(t, s, sentName); len(got) != 1 {
		t.Errorf("Sent: got %d copies, want 1", len(got))
	}
}

func TestWhoIsNotAnswered(t *testing.T) {
	for _, c := range []struct{ name, to, header string }{
		{"oneself", "mara@northwind.example", ""},
		{"a program", "jonas@northwind.example", "Auto-Submitted: auto-replied\r\n"},
	} {
		clock := newTestClock(base)
		s := start(t, Options{Empty: true, Live: true, Base: base, Clock: clock, FirstArrival: time.Hour})
		raw := c.header + "Message-ID: <q@northwind.example>\r\nSubject: x\r\n\r\nx\r\n"
		if err := submit(s, []string{c.to}, raw); err != nil {
			t.Fatal(err)
		}
		before := len(in(t, s, inboxName))
		clock.advance(time.Minute)
		if got := len(in(t, s, inboxName)); got != before {
			t.Errorf("%s: got %d messages after a minute, want %d", c.name, got, before)
		}
	}
}

func TestSubmissionRefuses(t *testing.T) {
	s := start(t, Options{Empty: true})
	raw := "Message-ID: <q@northwind.example>\r\nSubject: x\r\n\r\nx\r\n"
	auth := sasl.NewPlainClient("", s.User, s.Password)
	for _, c := range []struct {
		name string
		auth sasl.Client
		from string
		to   string
		code int
	}{
		{"wrong password", sasl.NewPlainClient("", s.User, "no"), s.Email, "a@b.example", 535},
		{"not signed in", nil, s.Email, "a@b.example", 502},
		{"another sender", auth, "other@northwind.example", "a@b.example", 550},
		{"unknown recipient", auth, s.Email, "nobody@b.example", 550},
		{"all right", auth, s.Email, "a@b.example", 0},
	} {
		err := send(s, c.auth, c.from, []string{c.to}, raw)
		code := 0
		if e, ok := err.(*smtp.SMTPError); ok {
			code = e.Code
		}
		if code != c.code || c.code == 0 && err != nil {
			t.Errorf("%s: got %v, want code %d", c.name, err, c.code)
		}
	}
}

// The same base gives the same mail under the same UIDs, also for a process
// that starts later; UIDs given out at run time never come back.
func TestRestartKeepsTheMail(t *testing.T) {
	clock := newTestClock(base)
	first := start(t, Options{Base: base, Clock: clock})
	clock.advance(time.Minute)
	first.Deliver([]byte("Subject: x\r\n\r\nx\r\n"))
	late := last(first)
	clock.advance(50 * time.Millisecond)
	second := start(t, Options{Base: base, Clock: clock})
	describe := func(s *Server) string {
		var b strings.Builder
		for _, box := range s.account.sorted() {
			for _, m := range box.messages {
				if m.uid < 1000 {
					fmt.Fprintf(&b, "%s %d %d %x %v\n", box.name, box.validity, m.uid, len(m.raw), m.flagList())
				}
			}
		}
		return b.String()
	}
	if describe(first) != describe(second) {
		t.Error("a restart changed the sample mail")
	}
	second.Deliver([]byte("Subject: y\r\n\r\ny\r\n"))
	if again := last(second); again.uid <= late.uid {
		t.Errorf("UID after a restart: got %d, want more than %d", again.uid, late.uid)
	}
	clock.advance(Freshness + time.Hour)
	third := start(t, Options{Base: base, Clock: clock})
	if got, want := third.Base(), base.Add(Freshness); !got.Equal(want) {
		t.Errorf("base after %v: got %v, want %v", Freshness+time.Hour, got, want)
	}
	if third.account.boxes[inboxName].validity == first.account.boxes[inboxName].validity {
		t.Error("fresh mail under the old UIDVALIDITY")
	}
}

func last(s *Server) *message {
	list := s.account.boxes[inboxName].messages
	return list[len(list)-1]
}
