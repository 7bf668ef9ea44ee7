package engine

import (
	"bytes"
	"fmt"
	"log/slog"
	"net"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"waxwing/backend/connect"
	"waxwing/backend/events"
	"waxwing/backend/mail"
	"waxwing/backend/mailtest"
	"waxwing/backend/secrets"
	"waxwing/backend/verify"
)

// A logbook keeps everything that is logged.
type logbook struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *logbook) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *logbook) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// verifyEngine opens an engine that trusts the server, and logs all it can.
func verifyEngine(t *testing.T, dir string, s *mailtest.Server, bus *events.Bus, log *logbook) *Engine {
	t.Helper()
	e, err := Open(t.Context(), Config{
		Dir: dir, Bus: bus,
		Dialer:  &connect.Dialer{Timeout: patience, Roots: s.Roots},
		Secrets: secrets.Options{KeyFile: filepath.Join(dir, "key")},
		Log:     slog.New(slog.NewTextHandler(log, &slog.HandlerOptions{Level: slog.LevelDebug})),
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = e.Close() })
	return e
}

func accountOf(s *mailtest.Server, user string) mail.Account {
	return mail.Account{Email: s.Address(user), User: user, IMAP: s.IMAPS(), SMTP: s.Submissions(), Notify: true, NotifyHere: true}
}

func verificationOf(t *testing.T, e *Engine, id mail.AccountID) mail.Verification {
	t.Helper()
	a, err := e.Account(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	return a.Verification
}

// TestVerifyAccount verifies an account that is being synchronised: its message
// is never stored, and the outcome stays until the servers change.
func TestVerifyAccount(t *testing.T) {
	s := mailtest.Dovecot(t, mailtest.Options{Submission: true})
	dir, bus, log := t.TempDir(), new(events.Bus), new(logbook)
	e := verifyEngine(t, dir, s, bus, log)
	e.Start(t.Context())
	info := accountOf(s, "alice")
	id, err := e.AddAccount(t.Context(), info, s.Password("alice"))
	if err != nil {
		t.Fatal(err)
	}
	eventually(t, bus, "up to date", func() bool { return e.Status(id).Phase == mail.PhaseUpToDate })
	db, err := e.Store(id)
	if err != nil {
		t.Fatal(err)
	}
	ran := false
	steps, got, err := e.VerifyAccount(t.Context(), id, func(connect.Report) {
		ran = ran || verificationOf(t, e, id).State == mail.VerificationRuns
	})
	if err != nil || got.State != mail.Verified || !steps.OK || !ran {
		t.Fatalf("got %+v, %v (told while it ran: %v)", got, err, ran)
	}
	before, err := db.Changes(t.Context(), 0, 1000)
	if err != nil || len(before.Created) != 0 {
		t.Errorf("the message was stored: %v, %v", before.Created, err)
	}
	if n := len(e.verification.all()); n != 0 {
		t.Errorf("%d notes are left", n)
	}
	if err := e.Close(); err != nil {
		t.Fatal(err)
	}
	e = verifyEngine(t, dir, s, bus, log)
	if got := verificationOf(t, e, id); got.State != mail.Verified || got.At.IsZero() {
		t.Errorf("after a restart: %+v", got)
	}
	info.ID, info.Name = id, "Alice"
	if err := e.UpdateAccount(t.Context(), info); err != nil || verificationOf(t, e, id).State != mail.Verified {
		t.Errorf("another name: %+v, %v", verificationOf(t, e, id), err)
	}
	info.SMTP = s.Submission()
	if err := e.UpdateAccount(t.Context(), info); err != nil || verificationOf(t, e, id).State != mail.NotVerified {
		t.Errorf("another server: %+v, %v", verificationOf(t, e, id), err)
	}
	if strings.Contains(log.String(), s.Password("alice")) {
		t.Error("the password is in the log")
	}
}

// TestVerifyForm carries the outcome for what was typed over to the account.
func TestVerifyForm(t *testing.T) {
	s := mailtest.Dovecot(t, mailtest.Options{Submission: true})
	e := verifyEngine(t, t.TempDir(), s, new(events.Bus), new(logbook))
	info := accountOf(s, "alice")
	wrong := info
	wrong.SMTP.Port = freePort(t)
	_, got, err := e.VerifyForm(t.Context(), wrong, s.Password("alice"), nil)
	if err != nil || got.State != mail.VerificationFailed || got.Half != "smtp" || got.Problem.Code != mail.CodeRefused {
		t.Fatalf("wrong port: %+v, %v", got, err)
	}
	id, err := e.AddAccount(t.Context(), wrong, s.Password("alice"))
	if err != nil {
		t.Fatal(err)
	}
	if got := verificationOf(t, e, id); got.State != mail.VerificationFailed || got.Problem.Code != mail.CodeRefused {
		t.Errorf("added after it failed: %+v", got)
	}
	info.ID = id
	if _, got, err = e.VerifyForm(t.Context(), info, "", nil); err != nil || got.State != mail.Verified {
		t.Fatalf("right port, stored password: %+v, %v", got, err)
	}
	if err := e.UpdateAccount(t.Context(), info); err != nil || verificationOf(t, e, id).State != mail.Verified {
		t.Errorf("changed after it was proven: %+v, %v", verificationOf(t, e, id), err)
	}
	info.SMTP = s.Submission()
	if err := e.UpdateAccount(t.Context(), info); err != nil || verificationOf(t, e, id).State != mail.NotVerified {
		t.Errorf("another server: %+v, %v", verificationOf(t, e, id), err)
	}
	if _, got, err = e.VerifyForm(t.Context(), info, "", nil); err != nil || got.State != mail.Verified {
		t.Fatalf("as it is: %+v, %v", got, err)
	}
	if err := e.UpdateAccount(t.Context(), info); err != nil || verificationOf(t, e, id).State != mail.Verified {
		t.Errorf("proven and saved without a change: %+v, %v", verificationOf(t, e, id), err)
	}
	if err := e.SetPassword(t.Context(), id, "another"); err != nil || verificationOf(t, e, id).State != mail.NotVerified {
		t.Errorf("another password: %+v, %v", verificationOf(t, e, id), err)
	}
}

// TestVerificationAfterCrash finds a message and a state that were left behind.
func TestVerificationAfterCrash(t *testing.T) {
	s := mailtest.Dovecot(t, mailtest.Options{Submission: true})
	dir, bus := t.TempDir(), new(events.Bus)
	e := verifyEngine(t, dir, s, bus, new(logbook))
	id, err := e.AddAccount(t.Context(), accountOf(s, "alice"), s.Password("alice"))
	if err != nil {
		t.Fatal(err)
	}
	info, _ := e.Account(t.Context(), id)
	left := note{Email: info.Email, MessageID: verify.NewMessageID(info.Email), At: time.Now()}
	if err := e.addNote(t.Context(), left); err != nil {
		t.Fatal(err)
	}
	if err := e.keepVerification(t.Context(), info, mail.Verification{State: mail.VerificationRuns}); err != nil {
		t.Fatal(err)
	}
	s.Deliver(t, "alice", "INBOX", fmt.Appendf(nil, "Message-ID: <%s>\r\n\r\nleft\r\n", left.MessageID))
	if err := e.Close(); err != nil {
		t.Fatal(err)
	}
	e = verifyEngine(t, dir, s, bus, new(logbook))
	if got := verificationOf(t, e, id); got.State != mail.NotVerified {
		t.Errorf("after the crash: %+v", got)
	}
	e.sweepAll(t.Context())
	if n := len(s.Snapshot(t, "alice")["INBOX"]); n != 0 || len(e.verification.all()) != 0 {
		t.Errorf("%d messages and %d notes are left", n, len(e.verification.all()))
	}
}

// freePort returns a port at which nobody listens.
func freePort(t *testing.T) int {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port
}
