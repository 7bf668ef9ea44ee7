package engine

import (
	"cmp"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"waxwing/backend/connect"
	"waxwing/backend/events"
	"waxwing/backend/mail"
	"waxwing/backend/mailtest"
	"waxwing/backend/message"
	"waxwing/backend/secrets"
)

// TestSendThroughAnother: what an account sends goes through the server that it was
// given, from that server's address, and the same octets are in Sent.
func TestSendThroughAnother(t *testing.T) {
	t.Parallel()
	m := newMailer(t, func(a *mail.Account) { a.SMTP = mail.Server{} })
	m.Start(t.Context())
	s := relayServer("Desk")
	s.Server, s.Account, s.Sender = m.server.PlainSubmission(), "bob", m.server.Address("bob")
	through, err := m.AddOutgoingServer(t.Context(), s, mail.OutgoingSecret{Password: m.server.Password("bob")})
	if err != nil {
		t.Fatal(err)
	}
	if err := m.SetOutgoing(t.Context(), m.id, through); err != nil {
		t.Fatal(err)
	}
	m.wantState(m.send(m.written(StartDraft{Kind: mail.DraftNew}, m.server.Address("bob")), time.Now()), mail.SubmissionCopied)
	raw := "From: Alice <alice@waxwing.test>\r\nSender: alice@waxwing.test\r\nTo: bob@waxwing.test\r\nSubject: Raw\r\n\r\nHello\r\n"
	ref, err := m.SendMessage(t.Context(), m.id, Envelope{}, []byte(raw), SendOptions{At: time.Now()})
	if err != nil {
		t.Fatal(err)
	}
	if sub := m.wantState(ref, mail.SubmissionCopied); sub.From != s.Sender {
		t.Errorf("the envelope's sender is %s, want %s", sub.From, s.Sender)
	}
	bob := m.server.Client(t, "bob")
	bob.WaitMessages("INBOX", 2)
	sent := m.server.Client(t, "alice").Fetch("Sent")
	if len(sent) != 2 {
		t.Fatalf("%d messages in Sent, want 2", len(sent))
	}
	for _, got := range bob.Fetch("INBOX") {
		c := message.Content(got.Raw)
		if len(c.From) != 1 || c.From[0] != (mail.Address{Name: "Alice", Email: s.Sender}) || len(c.Sender) != 0 {
			t.Errorf("%q is from %v, %v", c.Subject, c.From, c.Sender)
		}
		if !slices.ContainsFunc(slices.Collect(maps.Values(sent)), func(s mailtest.Stored) bool { return strings.HasSuffix(string(got.Raw), string(s.Raw)) }) {
			t.Errorf("%q isn't in Sent as it arrived", c.Subject)
		}
	}
	// Its settings hold for what is sent next.
	if err := m.UpdateOutgoingServer(t.Context(), with(s, through), mail.OutgoingSecret{Password: "wrong"}); err != nil {
		t.Fatal(err)
	}
	ref = m.send(m.written(StartDraft{Kind: mail.DraftNew}, m.server.Address("bob")), time.Now())
	waiting := m.wantProblem(ref, mail.CodeSignIn)
	if waiting.State != mail.SubmissionQueued {
		t.Errorf("with a wrong password: %+v", waiting)
	}
	// Who mends it needn't do more.
	if err := m.UpdateOutgoingServer(t.Context(), with(s, through), mail.OutgoingSecret{Password: m.server.Password("bob")}); err != nil {
		t.Fatal(err)
	}
	m.wantState(ref, mail.SubmissionCopied)
}

func with(s mail.OutgoingServer, id mail.OutgoingID) mail.OutgoingServer {
	s.ID = id
	return s
}

// TestSendThroughOnce: one message may go through another server than the account's
// others do.
func TestSendThroughOnce(t *testing.T) {
	t.Parallel()
	m := newMailer(t, nil)
	m.Start(t.Context())
	s := relayServer("Desk")
	s.Server, s.Account, s.Sender = m.server.PlainSubmission(), "bob", "desk@waxwing.test"
	through, err := m.AddOutgoingServer(t.Context(), s, mail.OutgoingSecret{Password: m.server.Password("bob")})
	if err != nil {
		t.Fatal(err)
	}
	s.Name = "Broken"
	broken, err := m.AddOutgoingServer(t.Context(), s, mail.OutgoingSecret{Password: "wrong"})
	if err != nil {
		t.Fatal(err)
	}
	send := func(through mail.OutgoingID) mail.Ref {
		t.Helper()
		d := m.written(StartDraft{Kind: mail.DraftNew}, m.server.Address("bob"))
		ref, err := m.Send(t.Context(), d.Ref(), SendOptions{At: time.Now(), Through: through})
		if err != nil {
			t.Fatal(err)
		}
		return ref
	}
	wantFrom := func(ref mail.Ref, want string) {
		t.Helper()
		if sub := m.wantState(ref, mail.SubmissionCopied); sub.From != want {
			t.Errorf("from %s, want %s", sub.From, want)
		}
	}
	wantFrom(send(through), s.Sender)
	wantFrom(send(""), m.server.Address("alice"))
	m.wantProblem(send(broken), mail.CodeSignIn)
	if err := m.SetOutgoing(t.Context(), m.id, broken); err != nil {
		t.Fatal(err)
	}
	wantFrom(send(through), s.Sender)
	wantFrom(send(mail.OutgoingAccount), m.server.Address("alice"))
	m.wantProblem(send(""), mail.CodeSignIn)
	d := m.written(StartDraft{Kind: mail.DraftNew}, m.server.Address("bob"))
	if _, err := m.Send(t.Context(), d.Ref(), SendOptions{Through: "s99"}); mail.CodeOf(err) != mail.CodeNotFound {
		t.Errorf("through nothing: %v", err)
	}
}

// wantProblem waits until a submission that isn't under way has a problem.
func (m *mailer) wantProblem(ref mail.Ref, want mail.Code) AccountSubmission {
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
		if sub.Problem != nil && sub.Problem.Code == want && sub.State != mail.SubmissionSending {
			return sub
		}
		select {
		case <-changed:
		case <-deadline:
			m.t.Fatalf("the submission is %+v, want it with %s", sub, want)
		}
	}
}

// A cloud is a mailer whose mail goes through Graph.
func newCloud(t *testing.T) (*mailer, *mailtest.Graph, mail.OutgoingID) {
	t.Helper()
	g := mailtest.NewGraph(t, "desk@waxwing.test")
	s := mailtest.Dovecot(t, mailtest.Options{})
	m := &mailer{t: t, server: s, dir: t.TempDir()}
	e, err := Open(t.Context(), Config{
		Dir: m.dir, Bus: new(events.Bus), Dialer: &connect.Dialer{Timeout: 20 * time.Second, Roots: g.Trust.Roots},
		Secrets: secrets.Options{KeyFile: m.dir + "/key"}, PolicyFile: m.dir + "/policy.json",
		Graph: GraphPlace{Authority: g.Authority, Endpoint: g.Endpoint},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = e.Close() })
	m.Engine = e
	info := mail.Account{Email: s.Address("alice"), Name: "Alice", User: "alice", IMAP: s.IMAP()}
	if m.id, err = m.AddAccount(t.Context(), info, s.Password("alice")); err != nil {
		t.Fatal(err)
	}
	certificate, err := loadCertificate(graphServer("Cloud"), keyStore(t))
	if err != nil {
		t.Fatal(err)
	}
	g.Register("waxwing.test", clientID, certificate.Leaf)
	through := addServer(t, e, graphServer("Cloud"), keyStore(t))
	if err := m.SetOutgoing(t.Context(), m.id, through); err != nil {
		t.Fatal(err)
	}
	m.Start(t.Context())
	return m, g, through
}

func TestSendThroughGraph(t *testing.T) {
	t.Parallel()
	m, g, _ := newCloud(t)
	for n := 1; n <= 2; n++ {
		m.wantState(m.send(m.written(StartDraft{Kind: mail.DraftNew}, "bob@waxwing.test"), time.Now()), mail.SubmissionCopied)
	}
	sent := g.Sent()
	copies := m.server.Client(t, "alice").Fetch("Sent")
	if len(sent) != 2 || len(copies) != 2 || g.Count(mailtest.GraphToken) != 1 {
		t.Fatalf("%d sent, %d copies, signed in %d times; want 2, 2 and 1", len(sent), len(copies), g.Count(mailtest.GraphToken))
	}
	for _, got := range sent {
		c := message.Content(got.Raw)
		if got.Mailbox != "desk@waxwing.test" || len(got.To) != 1 || got.To[0] != "bob@waxwing.test" || c.From[0] != (mail.Address{Name: "Alice", Email: "desk@waxwing.test"}) {
			t.Errorf("sent from %s, %v, to %v", got.Mailbox, c.From, got.To)
		}
		if !slices.ContainsFunc(slices.Collect(maps.Values(copies)), func(m mailtest.Stored) bool { return string(m.Raw) == string(got.Raw) }) {
			t.Errorf("what was sent isn't in Sent")
		}
	}
}

// TestGraphOutcomes: what Graph doesn't answer is never sent again by itself, what it
// puts off waits as long as it says, and what it refuses comes back.
func TestGraphOutcomes(t *testing.T) {
	t.Parallel()
	m, g, _ := newCloud(t)
	next := func() mail.Ref {
		t.Helper()
		return m.send(m.written(StartDraft{Kind: mail.DraftNew}, "bob@waxwing.test"), time.Now())
	}
	g.Fail(mailtest.GraphSendMail, mailtest.GraphFault{Cut: true, Done: true})
	m.wantState(next(), mail.SubmissionUnknown)
	g.Fail(mailtest.GraphSendMail, mailtest.GraphFault{Status: 400, Code: "ErrorInvalidRecipients"})
	m.wantState(next(), mail.SubmissionRefused)
	g.Fail(mailtest.GraphSendMail, mailtest.GraphFault{Status: 403, Code: "ErrorAccessDenied"})
	if waiting := m.wantProblem(next(), mail.CodeSendingDenied); waiting.State != mail.SubmissionQueued || !waiting.RetryAt.IsZero() {
		t.Errorf("not allowed, and tried again by itself: %+v", waiting)
	}
	begun := time.Now()
	g.Fail(mailtest.GraphSendMail, mailtest.GraphFault{Status: 429, RetryAfter: "3600"})
	if put := m.wantProblem(next(), mail.CodeThrottled); put.State != mail.SubmissionQueued || put.RetryAt.Before(begun.Add(59*time.Minute)) {
		t.Errorf("put off for an hour: %+v", put)
	}
	if n := len(g.Sent()); n != 1 {
		t.Errorf("%d were sent, want the first one only, once", n)
	}
}

// TestServerThatIsGone: where an inherited server is taken away, mail waits and says so.
func TestServerThatIsGone(t *testing.T) {
	t.Parallel()
	m := newMailer(t, nil)
	m.Start(t.Context())
	policy := filepath.Join(m.dir, "policy.json")
	write := func(outgoing string) {
		t.Helper()
		if err := os.WriteFile(policy, []byte(`{"version": 1, "organisation": {"name": "Fernhill"}`+outgoing+`}`), 0o600); err != nil {
			t.Fatal(err)
		}
		m.RefreshPolicy()
	}
	write(`, "outgoing": [{"id": "relay", "name": "Relay", "type": "smtp", "host": "127.0.0.1"}]`)
	if err := m.SetOutgoing(t.Context(), m.id, "org-relay"); err != nil {
		t.Fatal(err)
	}
	write("")
	ref := m.send(m.written(StartDraft{Kind: mail.DraftNew}, m.server.Address("bob")), time.Now())
	if sub := m.wantProblem(ref, mail.CodeNoOutgoing); sub.State != mail.SubmissionQueued {
		t.Errorf("got %+v", sub)
	}
	if err := m.SetOutgoing(t.Context(), m.id, mail.OutgoingAccount); err != nil {
		t.Fatal(err)
	}
	m.wantState(ref, mail.SubmissionCopied)
	m.server.Client(t, "bob").WaitMessages("INBOX", 1)
}

// TestFilesSent: a copy is awaited where a provider files it in this very mailbox.
func TestFilesSent(t *testing.T) {
	e := openEngine(t, t.TempDir(), nil, idle)
	gmail := mail.Server{Host: "smtp.gmail.com", Port: 465, Security: mail.SecurityTLS}
	add := func(s mail.OutgoingServer, secret mail.OutgoingSecret) mail.OutgoingID {
		return addServer(t, e, s, secret)
	}
	mine, others := relayServer("Mine"), relayServer("Others")
	mine.Server, mine.Account, others.Server = gmail, "desk@waxwing.test", gmail
	graph := add(graphServer("Cloud"), keyStore(t))
	for _, c := range []struct {
		imap     string
		smtp     mail.Server
		outgoing mail.OutgoingID
		want     bool
		email    string // empty for the one that sends by Graph
	}{
		{"imap.gmail.com", gmail, "", true, ""},
		{"imap.example.org", gmail, "", false, ""},
		{"imap.gmail.com", mail.Server{}, add(mine, mail.OutgoingSecret{}), true, ""},
		{"imap.gmail.com", gmail, add(others, mail.OutgoingSecret{}), false, ""},
		{"imap.gmail.com", gmail, graph, false, ""},
		{"outlook.office365.com", gmail, graph, true, ""},
		{"outlook.office365.com", gmail, graph, false, "ann@waxwing.test"},
		{"outlook.office365.com", microsoftSMTP, "org-gone", false, ""},
	} {
		info := mail.Account{Email: cmp.Or(c.email, "desk@waxwing.test"), IMAP: mail.Server{Host: c.imap}, SMTP: c.smtp, Outgoing: c.outgoing}
		if got := e.newAccount(info).filesSent(t.Context(), info); got != c.want {
			t.Errorf("%s and %s through %q: %t, want %t", c.imap, c.smtp.Host, c.outgoing, got, c.want)
		}
	}
}
