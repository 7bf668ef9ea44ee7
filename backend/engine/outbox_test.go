package engine

import (
	"bytes"
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"waxwing/backend/connect"
	"waxwing/backend/events"
	"waxwing/backend/imapsync"
	"waxwing/backend/mail"
	"waxwing/backend/mailtest"
	"waxwing/backend/secrets"
)

// A mailer is an engine with an account at a real server.
type mailer struct {
	*Engine
	t      *testing.T
	server *mailtest.Server
	id     mail.AccountID
	dir    string
}

// newMailer connects alice; change, if not nil, may send her mail elsewhere.
func newMailer(t *testing.T, change func(*mail.Account)) *mailer {
	t.Helper()
	s := mailtest.Dovecot(t, mailtest.Options{Submission: true})
	m := &mailer{t: t, server: s, dir: t.TempDir()}
	m.open()
	info := mail.Account{Email: s.Address("alice"), Name: "Alice", User: "alice", IMAP: s.IMAP(), SMTP: s.PlainSubmission()}
	if change != nil {
		change(&info)
	}
	var err error
	if m.id, err = m.AddAccount(t.Context(), info, s.Password("alice")); err != nil {
		t.Fatal(err)
	}
	return m
}

// open opens the engine, again after a Close.
func (m *mailer) open() {
	m.t.Helper()
	e, err := Open(m.t.Context(), Config{
		Dir: m.dir, Bus: new(events.Bus), Dialer: &connect.Dialer{Timeout: 20 * time.Second},
		Secrets: secrets.Options{KeyFile: m.dir + "/key"}, PolicyFile: m.dir + "/policy.json",
	})
	if err != nil {
		m.t.Fatal(err)
	}
	m.t.Cleanup(func() { _ = e.Close() })
	m.Engine = e
}

// written is a draft to bob with something in it.
func (m *mailer) written(start StartDraft, to ...string) AccountDraft {
	m.t.Helper()
	start.Account = m.id
	d, err := m.Compose(m.t.Context(), start)
	if err != nil {
		m.t.Fatal(err)
	}
	for _, a := range to {
		d.To = append(d.To, mail.Address{Email: a})
	}
	d.Subject, d.Body = "Plan", "<p>As agreed.</p>"
	if d, err = m.SaveDraft(m.t.Context(), d); err != nil {
		m.t.Fatal(err)
	}
	return d
}

func (m *mailer) send(d AccountDraft, at time.Time) mail.Ref {
	m.t.Helper()
	ref, err := m.Send(m.t.Context(), d.Ref(), SendOptions{At: at})
	if err != nil {
		m.t.Fatal(err)
	}
	return ref
}

// wantState waits until a submission is in a state.
func (m *mailer) wantState(ref mail.Ref, want mail.SubmissionState) AccountSubmission {
	m.t.Helper()
	changed := make(chan struct{}, 1)
	defer m.bus.Subscribe(func(events.Event) {
		select {
		case changed <- struct{}{}:
		default:
		}
	})()
	deadline := time.After(time.Minute)
	for {
		sub, err := m.Submission(m.t.Context(), ref)
		if err != nil {
			m.t.Fatal(err)
		}
		if sub.State == want {
			return sub
		}
		select {
		case <-changed:
		case <-deadline:
			m.t.Fatalf("the submission is %+v, want it %s", sub, want)
		}
	}
}

// TestThread answers a message and sends the answer: it arrives with file and Bcc, the
// original is marked, the copy is among what was sent at the server, once, and the
// draft is gone.
func TestThread(t *testing.T) {
	t.Parallel()
	m := newMailer(t, nil)
	m.server.Deliver(t, "alice", "INBOX", []byte("From: Bob <bob@waxwing.test>\r\nTo: alice@waxwing.test\r\nSubject: Question\r\nMessage-ID: <q@waxwing.test>\r\nDate: Mon, 2 Mar 2026 09:00:00 +0000\r\n\r\nWhen?\r\n"))
	m.Start(t.Context())
	changed := make(chan mail.AccountID, 1)
	t.Cleanup(m.bus.Subscribe(func(ev events.Event) {
		if c, ok := ev.(events.Changed); ok {
			select {
			case changed <- c.Account:
			default:
			}
		}
	}))
	var question []AccountMessage
	for len(question) == 0 {
		var err error
		if question, err = m.SearchMessages(t.Context(), "When", m.id, 5); err != nil {
			t.Fatal(err)
		}
		if len(question) == 0 {
			<-changed
		}
	}
	original := mail.MessageRef(m.id, question[0].ID)
	d := m.written(StartDraft{Kind: mail.DraftReply, Original: original, Language: "en"})
	if d.To[0].Email != "bob@waxwing.test" || d.InReplyTo[0] != "q@waxwing.test" {
		t.Fatalf("the answer begins as %+v", d)
	}
	d.Bcc = []mail.Address{{Email: m.server.Address("alice")}}
	d, err := m.SaveDraft(t.Context(), d)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := m.AttachFile(t.Context(), d.Ref(), "plan.txt", "text/plain", "", strings.NewReader("the plan\n")); err != nil {
		t.Fatal(err)
	}
	ref := m.send(d, time.Now())
	m.wantState(ref, mail.SubmissionCopied)

	bob, alice := m.server.Client(t, "bob"), m.server.Client(t, "alice")
	bob.WaitMessages("INBOX", 1)
	alice.WaitMessages("INBOX", 2)
	alice.WaitMessages("Sent", 1)
	for _, got := range bob.Fetch("INBOX") {
		for _, sent := range alice.Fetch("Sent") {
			if !bytes.HasSuffix(got.Raw, sent.Raw) || !bytes.Contains(got.Raw, []byte("filename=plan.txt")) || bytes.Contains(got.Raw, []byte("Bcc")) {
				t.Errorf("bob gets\n%s\nand the copy is\n%s", got.Raw, sent.Raw)
			}
			if !slices.Contains(sent.Flags, `\Seen`) {
				t.Errorf("the copy has flags %v", sent.Flags)
			}
		}
	}
	if now, err := m.Message(t.Context(), original); err != nil || !now.Has(mail.KeywordAnswered) {
		t.Errorf("the original has %v, %v", now.Keywords, err)
	}
	wantNotFound(t, d.Ref(), func() error { _, err := m.OpenDraft(t.Context(), d.Ref()); return err })
	if list, err := m.Submissions(t.Context()); err != nil || len(list) != 0 {
		t.Errorf("submissions are %+v, %v", list, err)
	}
}

// TestUndoSend takes a message back within the time for it.
func TestUndoSend(t *testing.T) {
	t.Parallel()
	m := newMailer(t, nil)
	m.Start(t.Context())
	d := m.written(StartDraft{Kind: mail.DraftNew}, m.server.Address("bob"))
	before := time.Now()
	ref := m.send(d, time.Time{})
	sub := m.wantState(ref, mail.SubmissionQueued)
	if wait := sub.SendAt.Sub(before); wait < UndoSend-time.Millisecond || wait > UndoSend+time.Minute {
		t.Errorf("sent after %v, want %v", wait, UndoSend)
	}
	if _, err := m.SaveDraft(t.Context(), d); mail.CodeOf(err) != mail.CodeConflict {
		t.Errorf("what leaves is saved with %v", err)
	}
	back, err := m.CancelSubmission(t.Context(), ref)
	if err != nil || back.Ref() != d.Ref() || back.Body != d.Body || back.Revision != d.Revision {
		t.Fatalf("taken back is %+v, %v", back, err)
	}
	wantNotFound(t, ref, func() error { _, err := m.CancelSubmission(t.Context(), ref); return err })
	wantNotFound(t, ref, func() error { return m.RetrySubmission(t.Context(), ref) })
	wantNotFound(t, ref, func() error { return m.ResolveSubmission(t.Context(), ref, true) })
	wantNotFound(t, ref, func() error { return m.ResolveSubmission(t.Context(), ref, false) })
	m.wantState(m.send(back, time.Now()), mail.SubmissionCopied)
	m.server.Client(t, "bob").WaitMessages("INBOX", 1)
}

// TestQuitSends quits within the time to undo: the message goes out, one for later
// stays.
func TestQuitSends(t *testing.T) {
	t.Parallel()
	m := newMailer(t, nil)
	m.Start(t.Context())
	soon := m.send(m.written(StartDraft{Kind: mail.DraftNew}, m.server.Address("bob")), time.Time{})
	later := m.send(m.written(StartDraft{Kind: mail.DraftNew}, m.server.Address("bob")), time.Now().Add(time.Hour))
	if err := m.Close(); err != nil {
		t.Fatal(err)
	}
	m.server.Client(t, "bob").WaitMessages("INBOX", 1)
	m.open()
	if err := m.SyncOnce(t.Context(), m.id, nil); err != nil {
		t.Fatal(err)
	}
	m.wantState(soon, mail.SubmissionCopied)
	m.wantState(later, mail.SubmissionQueued)
}

// TestRefusedComesBack sends to somebody who isn't there: the draft can be mended and
// sent.
func TestRefusedComesBack(t *testing.T) {
	t.Parallel()
	m := newMailer(t, nil)
	m.Start(t.Context())
	d := m.written(StartDraft{Kind: mail.DraftNew}, m.server.Address("bob"), "nobody@"+mailtest.Domain)
	ref := m.send(d, time.Now())
	sub := m.wantState(ref, mail.SubmissionRefused)
	if sub.Problem == nil || sub.Problem.Code != mail.CodeRecipientRefused || sub.Problem.Server == "" ||
		sub.Recipients[0].Problem != nil || sub.Recipients[1].Problem == nil {
		t.Errorf("refused as %+v", sub)
	}
	if err := m.RetrySubmission(t.Context(), ref); err != nil {
		t.Fatal(err)
	}
	m.wantState(ref, mail.SubmissionRefused)
	back, err := m.CancelSubmission(t.Context(), ref)
	if err != nil {
		t.Fatal(err)
	}
	back.To = back.To[:1]
	if back, err = m.SaveDraft(t.Context(), back); err != nil {
		t.Fatal(err)
	}
	m.wantState(m.send(back, time.Now()), mail.SubmissionCopied)
	m.server.Client(t, "bob").WaitMessages("INBOX", 1)
}

// TestUnknownIsDecided loses the answer to the end of a message: it waits, also after
// a restart, until the person says what became of it.
func TestUnknownIsDecided(t *testing.T) {
	t.Parallel()
	for _, sent := range []bool{true, false} {
		var p *mailtest.Proxy
		m := newMailer(t, func(a *mail.Account) {
			p = mailtest.NewProxy(t, a.SMTP)
			a.SMTP = p.Server()
		})
		if err := m.SyncOnce(t.Context(), m.id, nil); err != nil {
			t.Fatal(err)
		}
		d := m.written(StartDraft{Kind: mail.DraftNew}, m.server.Address("bob"))
		ref := m.send(d, time.Now())
		p.CutAtEnd(sent)
		if err := m.SendOnce(t.Context(), m.id); err != nil {
			t.Fatal(err)
		}
		m.wantState(ref, mail.SubmissionUnknown)
		if err := m.RetrySubmission(t.Context(), ref); mail.CodeOf(err) != mail.CodeConflict {
			t.Errorf("what is unknown is tried again with %v", err)
		}
		if err := m.Close(); err != nil {
			t.Fatal(err)
		}
		m.open()
		if list, err := m.Submissions(t.Context()); err != nil || len(list) != 1 || list[0].State != mail.SubmissionUnknown {
			t.Fatalf("after a restart submissions are %+v, %v", list, err)
		}
		if err := m.ResolveSubmission(t.Context(), ref, sent); err != nil {
			t.Fatal(err)
		}
		if err := m.ResolveSubmission(t.Context(), ref, sent); mail.CodeOf(err) != mail.CodeConflict {
			t.Errorf("decided again with %v", err)
		}
		if err := m.SyncOnce(t.Context(), m.id, nil); err != nil {
			t.Fatal(err)
		}
		m.wantState(ref, mail.SubmissionCopied)
		m.server.Client(t, "alice").WaitMessages("Sent", 1)
		bob := m.server.Client(t, "bob")
		bob.WaitMessages("INBOX", 1)
		if got := len(bob.Fetch("INBOX")); got != 1 {
			t.Errorf("bob has %d messages, want one", got)
		}
	}
}

// TestSendRefuses tries to send what can't be.
func TestSendRefuses(t *testing.T) {
	t.Parallel()
	e := openEngine(t, t.TempDir(), nil, idle)
	id := addAccount(t, e, "ann")
	for field, change := range map[string]func(*AccountDraft){
		"to":   func(d *AccountDraft) { d.To = []mail.Address{{Email: "bea"}} },
		"cc":   func(d *AccountDraft) { d.Cc = []mail.Address{{Name: "Cleo"}} },
		"bcc":  func(d *AccountDraft) { d.Bcc = []mail.Address{{Email: "a b@example.org"}} },
		"from": func(d *AccountDraft) { d.To, d.From = []mail.Address{{Email: "bea@example.org"}}, mail.Address{} },
	} {
		d := begin(t, e, id)
		change(&d)
		d, err := e.SaveDraft(t.Context(), d)
		if err != nil {
			t.Fatal(err)
		}
		_, err = e.Send(t.Context(), d.Ref(), SendOptions{})
		if problem := mail.AsError(err); problem == nil || problem.Code != mail.CodeInvalid || problem.Args["field"] != field {
			t.Errorf("%s: got %v", field, err)
		}
	}
	nobody := begin(t, e, id)
	_, err := e.Send(t.Context(), nobody.Ref(), SendOptions{})
	if problem := mail.AsError(err); problem == nil || problem.Code != mail.CodeInvalid || problem.Args["field"] != "to" {
		t.Errorf("to nobody: got %v", err)
	}
	if list, err := e.Submissions(t.Context()); err != nil || len(list) != 0 {
		t.Errorf("submissions are %+v, %v", list, err)
	}
}

// TestSendMessage sends a finished message, to whom its header or the caller says.
func TestSendMessage(t *testing.T) {
	t.Parallel()
	m := newMailer(t, nil)
	raw := []byte("From: Alice <alice@waxwing.test>\nTo: bob@waxwing.test\nBcc: alice@waxwing.test\nSubject: By hand\n\nText\n")
	ref, err := m.SendMessage(t.Context(), m.id, Envelope{}, raw, SendOptions{At: time.Now()})
	if err != nil {
		t.Fatal(err)
	}
	sub := m.wantState(ref, mail.SubmissionQueued)
	if len(sub.Recipients) != 2 || sub.From != "alice@waxwing.test" || sub.Subject != "By hand" || sub.MessageID == "" || sub.Draft != 0 {
		t.Errorf("queued as %+v", sub)
	}
	if err := m.SendOnce(t.Context(), m.id); err != nil {
		t.Fatal(err)
	}
	bob, alice := m.server.Client(t, "bob"), m.server.Client(t, "alice")
	bob.WaitMessages("INBOX", 1)
	alice.WaitMessages("INBOX", 1)
	for _, got := range bob.Fetch("INBOX") {
		if bytes.Contains(got.Raw, []byte("Bcc")) || !bytes.Contains(got.Raw, []byte("Message-ID: <"+sub.MessageID+">\r\n")) {
			t.Errorf("bob gets\n%s", got.Raw)
		}
	}
	ref, err = m.SendMessage(t.Context(), m.id, Envelope{To: []string{"bob@waxwing.test", "BOB@waxwing.test"}}, raw, SendOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if sub := m.wantState(ref, mail.SubmissionQueued); len(sub.Recipients) != 1 {
		t.Errorf("queued for %+v", sub.Recipients)
	}
	if gone, err := m.CancelSubmission(t.Context(), ref); err != nil || gone.ID != 0 {
		t.Errorf("taken back is %+v, %v", gone, err)
	}
	for _, raw := range []string{"From: alice@waxwing.test\n\nto nobody\n", ""} {
		_, err := m.SendMessage(t.Context(), m.id, Envelope{}, []byte(raw), SendOptions{})
		if problem := mail.AsError(err); problem == nil || problem.Code != mail.CodeInvalid || problem.Args["field"] != "to" {
			t.Errorf("%q gives %v", raw, err)
		}
	}
}

// TestSendingStopsWithAccount removes an account that waits to send.
func TestSendingStopsWithAccount(t *testing.T) {
	t.Parallel()
	bus := new(events.Bus)
	e := openEngine(t, t.TempDir(), bus, func(ctx context.Context, c imapsync.Config) error { return idle(ctx, c) })
	id := addAccount(t, e, "ann")
	e.Start(t.Context())
	d := begin(t, e, id)
	d.To = []mail.Address{{Email: "bea@example.org"}}
	d, err := e.SaveDraft(t.Context(), d)
	if err != nil {
		t.Fatal(err)
	}
	ref, err := e.Send(t.Context(), d.Ref(), SendOptions{At: time.Now()})
	if err != nil {
		t.Fatal(err)
	}
	for {
		sub, err := e.Submission(t.Context(), ref)
		if err != nil {
			t.Fatal(err)
		}
		if sub.Problem != nil {
			if sub.Problem.Code != mail.CodeNoOutgoing || sub.State != mail.SubmissionQueued {
				t.Errorf("without an outgoing server it is %+v", sub)
			}
			break
		}
	}
	if err := e.RemoveAccount(t.Context(), id); err != nil {
		t.Fatal(err)
	}
	if _, err := e.Submission(t.Context(), ref); mail.CodeOf(err) != mail.CodeNotFound {
		t.Errorf("got %v", err)
	}
}
