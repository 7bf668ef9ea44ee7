package verify_test

import (
	"context"
	"fmt"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"waxwing/backend/connect"
	"waxwing/backend/mail"
	"waxwing/backend/mailtest"
	"waxwing/backend/verify"
)

func TestMain(m *testing.M) { mailtest.Main(m) }

const patience = 20 * time.Second // on a busy computer

// config is a verification of a user who works, and soon ends.
func config(s *mailtest.Server, user string) verify.Config {
	return verify.Config{
		Email: s.Address(user), IMAP: s.IMAPS(), SMTP: s.Submissions(),
		Credentials: connect.Credentials{User: user, Password: s.Password(user)},
		Dialer:      &connect.Dialer{Timeout: patience, Roots: s.Roots},
		MessageID:   verify.NewMessageID(s.Address(user)),
		Limit:       patience, Pause: 20 * time.Millisecond,
	}
}

// empty fails unless no mailbox of the user holds anything.
func empty(t *testing.T, s *mailtest.Server, user string) {
	t.Helper()
	for path, messages := range s.Snapshot(t, user) {
		if len(messages) > 0 {
			t.Errorf("%s of %s holds %d messages", path, user, len(messages))
		}
	}
}

func TestRoundTrip(t *testing.T) {
	t.Parallel()
	s := mailtest.Dovecot(t, mailtest.Options{Submission: true})
	kept := s.Deliver(t, "alice", "INBOX", []byte("Subject: somebody else's\r\n\r\nkept\r\n"))
	for _, security := range []mail.Security{mail.SecurityTLS, mail.SecuritySTARTTLS} {
		c := config(s, "alice")
		if security == mail.SecuritySTARTTLS {
			c.IMAP, c.SMTP = s.STARTTLS(), s.Submission()
		}
		var once sync.Once
		c.Report = func(r connect.Report) {
			if state(r, verify.StepSubmit) == connect.StepOK {
				// A provider that keeps what is sent.
				once.Do(func() {
					s.Deliver(t, "alice", "Sent", fmt.Appendf(nil, "Message-ID: <%s>\r\n\r\ncopy\r\n", c.MessageID))
				})
			}
		}
		got := verify.Run(t.Context(), c)
		if got.Problem != nil || !got.Report.OK || !got.Removed || got.Mailbox != "INBOX" || got.Junk {
			t.Fatalf("%s: got %+v", security, got)
		}
		for path, messages := range s.Snapshot(t, "alice") {
			for uid := range messages {
				if path != "INBOX" || uid != kept {
					t.Errorf("%s: UID %d is left in %s", security, uid, path)
				}
			}
		}
	}
}

// A message that is taken for spam has arrived, and this is told.
func TestJunk(t *testing.T) {
	t.Parallel()
	s := mailtest.Dovecot(t, mailtest.Options{Submission: true})
	c := config(s, "alice")
	c.Email = s.Address("bob") // so that nothing comes by itself
	var once sync.Once
	c.Report = func(r connect.Report) {
		if state(r, verify.StepArrive) == connect.StepRunning {
			once.Do(func() {
				s.Deliver(t, "alice", "Junk", fmt.Appendf(nil, "Message-ID: <%s>\r\n\r\nspam?\r\n", c.MessageID))
			})
		}
	}
	if got := verify.Run(t.Context(), c); got.Problem != nil || !got.Junk || got.Mailbox != "Junk" || !got.Removed {
		t.Errorf("got %+v", got)
	}
	empty(t, s, "alice")
}

// TestHalves breaks one half at a time.
func TestHalves(t *testing.T) {
	t.Parallel()
	s := mailtest.Dovecot(t, mailtest.Options{Submission: true})
	for _, c := range []struct {
		name    string
		change  func(*verify.Config)
		half    string
		want    mail.Code
		removed bool
	}{
		{"wrong outgoing port", func(c *verify.Config) { c.SMTP.Port = closedPort(t) }, "smtp", mail.CodeRefused, true},
		{"wrong incoming port", func(c *verify.Config) { c.IMAP.Port = closedPort(t) }, "imap", mail.CodeRefused, true},
		{"wrong password", func(c *verify.Config) { c.Credentials.Password = "marker-secret" }, "imap", mail.CodeSignIn, true},
		{"outgoing is incoming", func(c *verify.Config) { c.SMTP = c.IMAP }, "smtp", mail.CodeNotSMTP, true},
		{"no outgoing server", func(c *verify.Config) { c.SMTP = mail.Server{} }, "smtp", mail.CodeNoOutgoing, true},
		{"unknown certificate", func(c *verify.Config) { c.Dialer = &connect.Dialer{Timeout: patience} }, "imap", mail.CodeTLSUntrusted, true},
		{"recipient refused", func(c *verify.Config) { c.Email = "nobody@" + mailtest.Domain }, "smtp", mail.CodeRecipientRefused, true},
		{
			"never arrives",
			func(c *verify.Config) { c.Email, c.Limit = s.Address("bob"), 200*time.Millisecond },
			"imap", mail.CodeNotArrived, false,
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			config := config(s, "alice")
			c.change(&config)
			got := verify.Run(t.Context(), config)
			if got.Problem == nil || got.Problem.Code != c.want || got.Half != c.half || got.Removed != c.removed || got.Report.OK {
				t.Errorf("got %+v, %v; want %s of %s", got, got.Problem, c.want, c.half)
			}
			for _, step := range got.Report.Steps {
				if step.State == connect.StepRunning || step.State == connect.StepWaiting {
					t.Errorf("%s is %s at the end", step.Name, step.State)
				}
			}
			if text := fmt.Sprintf("%+v %v", got, got.Problem); strings.Contains(text, "marker-secret") {
				t.Errorf("the password is in %s", text)
			}
		})
	}
	empty(t, s, "alice")
}

// Who gives up is obeyed at once, and what was sent is removed when it came.
func TestCancel(t *testing.T) {
	t.Parallel()
	s := mailtest.Dovecot(t, mailtest.Options{Submission: true})
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	c := config(s, "alice")
	c.Email, c.Limit = s.Address("bob"), time.Hour
	c.Report = func(r connect.Report) {
		if state(r, verify.StepArrive) == connect.StepRunning {
			s.Deliver(t, "alice", "Sent", fmt.Appendf(nil, "Message-ID: <%s>\r\n\r\ncopy\r\n", c.MessageID))
			cancel()
		}
	}
	got := verify.Run(ctx, c)
	if got.Problem == nil || got.Problem.Code != mail.CodeCancelled || got.Removed {
		t.Errorf("got %+v, %v", got, got.Problem)
	}
	empty(t, s, "alice")
}

// What a crash left behind is removed by its Message-ID.
func TestSweep(t *testing.T) {
	t.Parallel()
	s := mailtest.Dovecot(t, mailtest.Options{})
	c := config(s, "alice")
	for _, path := range []string{"INBOX", "Junk", "Sent"} {
		s.Deliver(t, "alice", path, fmt.Appendf(nil, "Message-ID: <%s>\r\n\r\nleft\r\n", c.MessageID))
	}
	removed, err := verify.Sweep(t.Context(), c.Dialer, c.IMAP, c.Credentials, c.MessageID)
	if !removed || err != nil {
		t.Errorf("got %v, %v", removed, err)
	}
	empty(t, s, "alice")
}

// Without UIDPLUS nothing is expunged while others' messages wait for it.
func TestNoUIDPLUS(t *testing.T) {
	t.Parallel()
	s := mailtest.Dovecot(t, mailtest.Options{Capabilities: []string{"IMAP4rev1"}})
	alice := s.Client(t, "alice")
	theirs := alice.Append("INBOX", []byte("Subject: theirs\r\n\r\nx\r\n"), time.Time{}, `\Deleted`)
	c := config(s, "alice")
	s.Deliver(t, "alice", "INBOX", fmt.Appendf(nil, "Message-ID: <%s>\r\n\r\nours\r\n", c.MessageID))
	for _, want := range []bool{false, true} {
		removed, err := verify.Sweep(t.Context(), c.Dialer, c.IMAP, c.Credentials, c.MessageID)
		if removed != want || err != nil {
			t.Fatalf("got %v, %v; want %v", removed, err, want)
		}
		left := s.Snapshot(t, "alice")["INBOX"]
		if _, there := left[theirs]; !there {
			t.Fatal("a message of somebody else is gone")
		}
		alice.Do("SELECT INBOX")
		alice.Do(`UID STORE %d -FLAGS (\Deleted)`, theirs)
	}
}

func state(r connect.Report, name connect.StepName) connect.StepState {
	for _, s := range r.Steps {
		if s.Name == name {
			return s.State
		}
	}
	return ""
}

// closedPort returns a port at which nobody listens.
func closedPort(t *testing.T) int {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port
}
