package engine

import (
	"bytes"
	"context"
	"net/url"
	"os"
	"path/filepath"
	"testing"
	"time"

	"waxwing/backend/events"
	"waxwing/backend/mail"
	"waxwing/backend/mailtest"
	"waxwing/backend/oauth"
)

// signedIn has a person sign in at the provider as the user.
func signedIn(t *testing.T, e *Engine, o *mailtest.OpenID, user string) *SignedIn {
	t.Helper()
	s, err := e.SignIn(t.Context(), asking(t, o, user))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func asking(t *testing.T, o *mailtest.OpenID, user string) SignInRequest {
	return SignInRequest{
		Email: user + "@" + mailtest.Domain,
		SignIn: mail.SignIn{
			Method: mail.SignInOAuth, Provider: mail.ProviderOther, Issuer: o.Issuer, ClientID: mailtest.ClientID,
		},
		Open: func(p SignInPrompt) { go o.Visit(t, p.URL, user, false) },
	}
}

// TestSignedInAccount lives through all that befalls a sign-in: tokens that end
// while nothing happens, a provider that is down, one that takes everything
// back, a new sign-in, and the end.
func TestSignedInAccount(t *testing.T) {
	o := mailtest.NewOpenID(t, 2*time.Second)
	server := mailtest.Dovecot(t, mailtest.Options{OpenID: o, Users: []string{"alice"}})
	proxy := mailtest.NewProxy(t, server.IMAP())
	server.Deliver(t, "alice", "INBOX", []byte("From: bea@example.org\r\nSubject: hello\r\nMessage-ID: <1@example.org>\r\n\r\nHello.\r\n"))
	var bus events.Bus
	dir := t.TempDir()
	e := liveEngine(t, dir, &bus)
	e.Start(t.Context())

	s := signedIn(t, e, o, "alice")
	info := mail.Account{Email: "alice@" + mailtest.Domain, User: "alice", IMAP: proxy.Server()}
	report, err := e.TestSignedIn(t.Context(), info, s, nil)
	if err != nil || !report.OK {
		t.Fatalf("test: %v, %+v", err, report)
	}
	id, err := e.AddSignedIn(t.Context(), info, s)
	if err != nil {
		t.Fatal(err)
	}
	upToDate := func() bool {
		s := e.Status(id)
		return s.Phase == mail.PhaseUpToDate && s.Pending == 0
	}
	eventually(t, &bus, "first sync", upToDate)
	if got := mustAccount(t, e, id).SignIn; !got.OAuth() || got.ClientID != mailtest.ClientID {
		t.Errorf("the account signs in by %+v", got)
	}

	a, err := e.account(id)
	if err != nil {
		t.Fatal(err)
	}
	grant := func() oauth.Grant {
		g, err := a.tokens().Grant(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		return g
	}
	first := grant()
	outlive(first) // the connection does
	if !upToDate() {
		t.Errorf("a token that ended while nothing happened gives %+v", e.Status(id))
	}
	proxy.Cut()
	eventually(t, &bus, "back with another token", func() bool { return upToDate() && grant().Access != first.Access })

	// The provider takes everything back; a change waits for the next sign-in.
	if err := oauth.Revoke(t.Context(), mustAccount(t, e, id).SignIn, e.web, grant()); err != nil {
		t.Fatal(err)
	}
	if _, err := a.tokens().Renew(t.Context(), grant().Access); mail.CodeOf(err) != mail.CodeSignInExpired {
		t.Fatalf("Renew after revocation: %v", err)
	}
	proxy.Refuse(true)
	proxy.Cut()
	eventually(t, &bus, "offline or waiting", func() bool { return e.Status(id).Phase != mail.PhaseUpToDate })
	found, err := e.SearchMessages(t.Context(), "hello", 0, 10)
	if err != nil || len(found) != 1 {
		t.Fatalf("search: %+v, %v", found, err)
	}
	if _, err := e.Archive(t.Context(), []mail.Ref{mail.MessageRef(id, found[0].ID)}); err != nil {
		t.Fatal(err)
	}
	outlive(grant())
	proxy.Refuse(false)
	e.Wake(id)
	eventually(t, &bus, "waiting for the person, with the change", func() bool {
		s := e.Status(id)
		return s.Phase == mail.PhaseNeedsSignIn && s.Pending == 1 && s.Problem.Code == mail.CodeSignInExpired
	})
	if err := e.SignInAgain(t.Context(), id, SignInRequest{Open: asking(t, o, "bob").Open}); mail.CodeOf(err) != mail.CodeWrongAccount {
		t.Errorf("bob in place of alice: %v", err)
	}
	if err := e.SignInAgain(t.Context(), id, SignInRequest{Open: asking(t, o, "alice").Open}); err != nil {
		t.Fatal(err)
	}
	eventually(t, &bus, "signed in again, with the change done", upToDate)
	if archive := server.Snapshot(t, "alice")["Archive"]; len(archive) != 1 {
		t.Errorf("the server's archive has %d messages, want 1", len(archive))
	}

	last := grant()
	if err := e.RemoveAccount(t.Context(), id); err != nil {
		t.Fatal(err)
	}
	if err := e.Close(); err != nil {
		t.Error(err)
	}
	if n := o.Requests(t, "POST /token/revocation"); n != 3 {
		t.Errorf("%d revocations, want the test's, that of bob, and the one at the end", n)
	}
	searched(t, dir, last.Access, last.Refresh, first.Access, first.Refresh)
}

// outlive waits until a grant's access token has ended.
func outlive(g oauth.Grant) {
	for tick := time.NewTicker(50 * time.Millisecond); time.Now().Before(g.RenewAt.Add(time.Second)); {
		<-tick.C
	}
}

// searched fails when one of the secrets is in a file of the folder.
func searched(t *testing.T, dir string, secrets ...string) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		content, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		for _, s := range secrets {
			if bytes.Contains(content, []byte(s)) {
				t.Errorf("a secret is in %s", path)
			}
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
}

// TestSharedMailbox: for a mailbox that is nobody's own its person signs in, now
// and later, and the page suggests that person.
func TestSharedMailbox(t *testing.T) {
	o := mailtest.NewOpenID(t, 0)
	server := mailtest.Dovecot(t, mailtest.Options{OpenID: o, Users: []string{"bob"}})
	e := liveEngine(t, t.TempDir(), nil)
	r := asking(t, o, "bob")
	r.Email, r.SignIn.Login = "shared@"+mailtest.Domain, "bob@"+mailtest.Domain
	hint := ""
	r.Open = func(p SignInPrompt) {
		if page, err := url.Parse(p.URL); err == nil {
			hint = page.Query().Get("login_hint")
		}
		asking(t, o, "bob").Open(p)
	}
	s, err := e.SignIn(t.Context(), r)
	if err != nil || hint != r.SignIn.Login {
		t.Fatalf("SignIn: %v, suggested %q, want %q", err, hint, r.SignIn.Login)
	}
	id, err := e.AddSignedIn(t.Context(), mail.Account{Email: r.Email, User: "bob", IMAP: server.IMAP()}, s)
	if err != nil {
		t.Fatal(err)
	}
	if err := e.SyncOnce(t.Context(), id, nil); err != nil {
		t.Errorf("sync: %v", err)
	}
	if err := e.SignInAgain(t.Context(), id, SignInRequest{Open: asking(t, o, "bob").Open}); err != nil {
		t.Errorf("bob again: %v", err)
	}
	err = e.SignInAgain(t.Context(), id, SignInRequest{Open: asking(t, o, "shared").Open})
	if got := mail.AsError(err); mail.CodeOf(err) != mail.CodeWrongAccount || got.Args["account"] != r.SignIn.Login {
		t.Errorf("somebody else: %v", err)
	}
}

// TestProviderDown: an account whose tokens can't be renewed for lack of an
// answer is offline and doesn't bother the person.
func TestProviderDown(t *testing.T) {
	o := mailtest.NewOpenID(t, 0)
	server := mailtest.Dovecot(t, mailtest.Options{OpenID: o, Users: []string{"alice"}})
	var bus events.Bus
	e := liveEngine(t, t.TempDir(), &bus)
	s := signedIn(t, e, o, "alice")
	s.source = oauth.NewSource(s.signIn, "", e.web, &memory{oauth.Grant{Refresh: "not asked for", Client: oauth.Client{ID: "x"}}})
	id, err := e.AddSignedIn(t.Context(), mail.Account{Email: "alice@" + mailtest.Domain, User: "alice", IMAP: server.IMAP()}, s)
	if err != nil {
		t.Fatal(err)
	}
	o.Close()
	e.Start(t.Context())
	eventually(t, &bus, "offline", func() bool {
		s := e.Status(id)
		return s.Phase == mail.PhaseOffline && s.Problem != nil && s.Problem.Code == mail.CodeRefused
	})
}

// TestVerifySignedIn: the proof of the form becomes the account's, and the
// account itself can be verified again.
func TestVerifySignedIn(t *testing.T) {
	o := mailtest.NewOpenID(t, 0)
	server := mailtest.Dovecot(t, mailtest.Options{OpenID: o, Users: []string{"alice"}, Submission: true})
	var bus events.Bus
	e := liveEngine(t, t.TempDir(), &bus)
	info := mail.Account{Email: "alice@" + mailtest.Domain, User: "alice", IMAP: server.IMAP(), SMTP: server.PlainSubmission()}
	s := signedIn(t, e, o, "alice")
	if _, outcome, err := e.VerifySignedIn(t.Context(), info, s, nil); err != nil || outcome.State != mail.Verified {
		t.Fatalf("the form: %+v, %v", outcome, err)
	}
	id, err := e.AddSignedIn(t.Context(), info, s)
	if err != nil {
		t.Fatal(err)
	}
	if got := mustAccount(t, e, id).Verification.State; got != mail.Verified {
		t.Errorf("the account is %q, want %q", got, mail.Verified)
	}
	if _, outcome, err := e.VerifyAccount(t.Context(), id, nil); err != nil || outcome.State != mail.Verified {
		t.Errorf("the account: %+v, %v", outcome, err)
	}
}

// TestAbandonedSignIn: whoever signs in and then doesn't connect the account, or
// signs in as somebody else, leaves nothing granted at the provider. An account's
// sign-in can't be abandoned any more.
func TestAbandonedSignIn(t *testing.T) {
	o := mailtest.NewOpenID(t, 0)
	revocations := func() int { return o.Requests(t, "POST /token/revocation") }
	e := liveEngine(t, t.TempDir(), nil)
	given := signedIn(t, e, o, "alice")
	e.Abandon(given)
	e.running.Wait()
	if n := revocations(); n != 1 {
		t.Errorf("%d revocations after one sign-in was abandoned", n)
	}
	if _, err := given.source.Renew(t.Context(), ""); err != nil {
		t.Fatal(err) // what it has isn't looked at again
	}
	grant, err := given.source.Grant(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := given.source.Renew(t.Context(), grant.Access); mail.CodeOf(err) != mail.CodeSignInExpired {
		t.Errorf("the abandoned grant can be renewed: %v", err)
	}
	info := mail.Account{Email: "alice@" + mailtest.Domain, IMAP: mail.Server{Host: "imap.example.org"}}
	if _, err := e.AddSignedIn(t.Context(), info, given); mail.CodeOf(err) != mail.CodeInvalid {
		t.Errorf("an account with an abandoned sign-in: %v", err)
	}

	r := asking(t, o, "bob")
	r.Email = "alice@" + mailtest.Domain
	if _, err := e.SignIn(t.Context(), r); mail.CodeOf(err) != mail.CodeWrongAccount {
		t.Fatalf("bob in place of alice: %v", err)
	}
	e.running.Wait()
	if n := revocations(); n != 2 {
		t.Errorf("%d revocations after somebody else signed in, want one more", n)
	}

	given = signedIn(t, e, o, "alice")
	if _, err := e.AddSignedIn(t.Context(), mail.Account{Email: "nonsense"}, given); err == nil {
		t.Fatal("an account without an address")
	}
	if _, err := e.AddSignedIn(t.Context(), info, given); err != nil {
		t.Fatalf("after a mistake was mended: %v", err)
	}
	e.Abandon(given)
	e.running.Wait()
	if n := revocations(); n != 2 {
		t.Errorf("%d revocations after an account was connected, want none more", n)
	}
}

func TestClients(t *testing.T) {
	rules := filepath.Join(t.TempDir(), "policy.json")
	e, err := Open(t.Context(), Config{Dir: t.TempDir(), PolicyFile: rules})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = e.Close() })
	google := mail.SignIn{Method: mail.SignInOAuth, Provider: mail.ProviderGoogle}
	if e.SignInKnown(google) {
		t.Error("a registration out of nowhere")
	}
	if a, err := e.Suggest("a@gmail.com"); err != nil || a.SignIn != (mail.SignIn{Method: mail.SignInAppPassword}) {
		t.Errorf("Gmail without a registration: %+v, %v", a.SignIn, err)
	}
	if a, err := e.Suggest("a@outlook.com"); err != nil || !a.SignIn.OAuth() {
		t.Errorf("Outlook.com, which takes no passwords: %+v, %v", a.SignIn, err)
	}
	_, err = e.SignIn(t.Context(), SignInRequest{SignIn: google})
	if e := mail.AsError(err); e == nil || e.Code != mail.CodeNoClientID || e.Args["provider"] != "Google" {
		t.Errorf("SignIn without a registration: %v", err)
	}
	if err := os.WriteFile(rules, []byte(`{"version":1,"organisation":{"name":"Example"},"oauth":[{"provider":"google","clientId":"organisation"}]}`), 0o600); err != nil {
		t.Fatal(err)
	}
	e.RefreshPolicy()
	if c := e.client(t.Context(), google, ""); c.ID != "organisation" {
		t.Errorf("the policy's client gives %q: %v", c.ID, e.Policy().Findings)
	}
	if a, err := e.Suggest("a@gmail.com"); err != nil || !a.SignIn.OAuth() {
		t.Errorf("Gmail with the organisation's: %+v, %v", a.SignIn, err)
	}
	own := google
	own.ClientID = "own"
	if c := e.client(t.Context(), own, "s"); c != (oauth.Client{ID: "own", Secret: "s"}) {
		t.Errorf("one's own registration gives %v", c.ID)
	}
	// What one account was connected with serves the next.
	if err := os.Remove(rules); err != nil {
		t.Fatal(err)
	}
	e.RefreshPolicy()
	s := &SignedIn{signIn: own, source: oauth.NewSource(own, "", e.web, &memory{oauth.Grant{Access: "x", Client: oauth.Client{ID: "own", Secret: "s"}}})}
	if _, err := e.AddSignedIn(context.WithoutCancel(t.Context()), mail.Account{Email: "a@example.org", IMAP: mail.Server{Host: "h"}}, s); err != nil {
		t.Fatal(err)
	}
	if c := e.client(t.Context(), google, ""); c.ID != "own" {
		t.Errorf("the second account is offered %q", c.ID)
	}
}

func TestCleanSignIn(t *testing.T) {
	for _, tt := range []struct {
		give, want mail.SignIn
		field      string
	}{
		{mail.SignIn{}, mail.SignIn{}, ""},
		{mail.SignIn{Method: mail.SignInAppPassword, Provider: mail.ProviderGoogle, ClientID: "x"}, mail.SignIn{Method: mail.SignInAppPassword}, ""},
		{
			mail.SignIn{Method: mail.SignInOAuth, Provider: mail.ProviderMicrosoft, Tenant: " t ", Issuer: "x"},
			mail.SignIn{Method: mail.SignInOAuth, Provider: mail.ProviderMicrosoft, Tenant: "t"}, "",
		},
		{
			mail.SignIn{Method: mail.SignInOAuth, Provider: mail.ProviderMicrosoft, Login: " a@b.example "},
			mail.SignIn{Method: mail.SignInOAuth, Provider: mail.ProviderMicrosoft, Login: "a@b.example"}, "",
		},
		{mail.SignIn{Method: mail.SignInOAuth, Provider: mail.ProviderMicrosoft, Login: "bob"}, mail.SignIn{}, "login"},
		{mail.SignIn{Method: "telepathy"}, mail.SignIn{}, "method"},
		{mail.SignIn{Method: mail.SignInOAuth, Provider: mail.ProviderICloud}, mail.SignIn{}, "provider"},
		{mail.SignIn{Method: mail.SignInOAuth, Provider: mail.ProviderOther}, mail.SignIn{}, "issuer"},
		{mail.SignIn{Method: mail.SignInOAuth, Provider: mail.ProviderGoogle, ClientID: "a\nb"}, mail.SignIn{}, "clientID"},
	} {
		got, field := cleanSignIn(tt.give)
		if field != tt.field || field == "" && got != tt.want {
			t.Errorf("cleanSignIn(%+v) = %+v, %q", tt.give, got, field)
		}
	}
}
