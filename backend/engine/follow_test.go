package engine

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"waxwing/backend/events"
	"waxwing/backend/mail"
	"waxwing/backend/mailtest"
	"waxwing/backend/policy"
	"waxwing/backend/secrets"
)

// TestAssignedMovesWithThePolicy: when the organisation moves its servers, a
// connected mailbox goes along, with its mail and with what waits to be done.
func TestAssignedMovesWithThePolicy(t *testing.T) {
	server := mailtest.Dovecot(t, mailtest.Options{Users: []string{"nora"}})
	server.Deliver(t, "nora", "INBOX", []byte("From: bea@example.org\r\nSubject: hello\r\nMessage-ID: <1@example.org>\r\n\r\nHello.\r\n"))
	before, after := mailtest.NewProxy(t, server.IMAP()), mailtest.NewProxy(t, server.IMAP())
	rules := func(p *mailtest.Proxy) string {
		s := p.Server()
		return fmt.Sprintf(`{%s, "servers": [{"name": "office", "imap": {"host": %q, "port": %d, "security": %q}, "userName": "{user}"}],
			"mailboxes": [{"users": ["nora"], "address": "nora@fernhill.example", "servers": "office"}]}`, fernhill, s.Host, s.Port, s.Security)
	}
	dir := policyFolder(t, rules(before))
	var bus events.Bus
	e, err := Open(t.Context(), Config{
		Dir: filepath.Join(dir, "data"), Bus: &bus, Secrets: secrets.Options{KeyFile: filepath.Join(dir, "key")},
		PolicyFile: filepath.Join(dir, "policy.json"), User: policy.User{Login: "nora"},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = e.Close() })
	e.Start(t.Context())
	info, err := e.Suggest("nora@fernhill.example")
	if err != nil {
		t.Fatal(err)
	}
	id, err := e.AddAccount(t.Context(), info, server.Password("nora"))
	if err != nil {
		t.Fatal(err)
	}
	eventually(t, &bus, "first sync", func() bool { return e.Status(id).Phase == mail.PhaseUpToDate })

	before.Refuse(true)
	before.Cut()
	eventually(t, &bus, "offline", func() bool { return e.Status(id).Phase == mail.PhaseOffline })
	found, err := e.SearchMessages(t.Context(), "hello", 0, 10)
	if err != nil || len(found) != 1 {
		t.Fatalf("search: %+v, %v", found, err)
	}
	if _, err := e.Archive(t.Context(), []mail.Ref{mail.MessageRef(id, found[0].ID)}); err != nil {
		t.Fatal(err)
	}
	putPolicy(t, e.rules.file, rules(after))
	e.RefreshPolicy()
	eventually(t, &bus, "at the other server, with the change done", func() bool {
		s := e.Status(id)
		return s.Phase == mail.PhaseUpToDate && s.Pending == 0
	})
	if got := mustAccount(t, e, id).IMAP.Port; got != after.Server().Port {
		t.Errorf("the account's port is %d, want %d", got, after.Server().Port)
	}
	if archive := server.Snapshot(t, "nora")["Archive"]; len(archive) != 1 {
		t.Errorf("the server's archive has %d messages, want 1", len(archive))
	}
	if again, err := e.SearchMessages(t.Context(), "hello", 0, 10); err != nil || len(again) != 1 || again[0].ID != found[0].ID {
		t.Errorf("search afterwards: %+v, %v, want the same message", again, err)
	}
}

// assignedBy is a policy with one mailbox; signIn and security are its servers'.
func assignedBy(host, signIn string) string {
	return `{` + fernhill + `, "servers": [{"name": "office", "imap": {"host": "` + host + `"}, "smtp": {"host": "smtp.fernhill.example"}` + signIn + `}],
		"mailboxes": [{"users": ["nora"], "address": "nora@fernhill.example", "servers": "office"}],
		"oauth": [{"provider": "https://id.fernhill.example", "clientId": "waxwing"}]}`
}

// TestAssignedFollowsSignIn: another way to sign in is the account's from then on,
// the password is deleted, and what the person chose otherwise holds until the
// policy changes its mind.
func TestAssignedFollowsSignIn(t *testing.T) {
	const byOAuth = `, "signIn": "oauth", "provider": "https://id.fernhill.example"`
	e := governed(t, nil, assignedBy("imap.fernhill.example", ""))
	change := func(text string) {
		t.Helper()
		putPolicy(t, e.rules.file, text)
		e.RefreshPolicy()
		if f := e.Policy().Findings; len(f) > 0 {
			t.Fatal(f)
		}
	}
	info, err := e.Suggest("nora@fernhill.example")
	if err != nil {
		t.Fatal(err)
	}
	id, err := e.AddAccount(t.Context(), info, "secret")
	if err != nil {
		t.Fatal(err)
	}
	change(assignedBy("mail.fernhill.example", byOAuth))
	want := mail.SignIn{Method: mail.SignInOAuth, Provider: mail.ProviderOther, Issuer: "https://id.fernhill.example"}
	if got := mustAccount(t, e, id); got.SignIn != want || got.IMAP.Host != "mail.fernhill.example" {
		t.Errorf("the account is %+v, want %+v at mail.fernhill.example", got, want)
	}
	if _, err := e.secrets.Get(t.Context(), id, secrets.Password); mail.CodeOf(err) != mail.CodeNeedsPassword {
		t.Errorf("the password is still there: %v", err)
	}

	own := mustAccount(t, e, id)
	own.SignIn.ClientID = "own"
	if err := e.UpdateAccount(t.Context(), own); err != nil {
		t.Fatal(err)
	}
	change(assignedBy("other.fernhill.example", byOAuth))
	if got := mustAccount(t, e, id); got.SignIn.ClientID != "own" || got.IMAP.Host != "other.fernhill.example" {
		t.Errorf("the account is %+v, want the person's own client at other.fernhill.example", got)
	}
	own = mustAccount(t, e, id)
	own.SignIn = mail.SignIn{Method: mail.SignInAppPassword}
	if err := e.UpdateAccount(t.Context(), own); err != nil {
		t.Fatal(err)
	}
	change(assignedBy("third.fernhill.example", byOAuth))
	if got := mustAccount(t, e, id); got.SignIn.OAuth() || got.IMAP.Host != "third.fernhill.example" {
		t.Errorf("the account is %+v, want the person's own way to sign in at third.fernhill.example", got)
	}
	change(assignedBy("third.fernhill.example", `, "signIn": "password"`))
	if got := mustAccount(t, e, id).SignIn; got != (mail.SignIn{Method: mail.SignInPassword}) {
		t.Errorf("the account signs in by %+v, want a password", got)
	}
}

// TestFollowingEnds: an account that isn't assigned any more stays as it is and is
// the person's; one that was connected otherwise before was never the policy's.
func TestFollowingEnds(t *testing.T) {
	e := governed(t, nil, "")
	other, err := e.AddAccount(t.Context(), mail.Account{Email: "nora@fernhill.example", IMAP: mail.Server{Host: "elsewhere.example"}}, "secret")
	if err != nil {
		t.Fatal(err)
	}
	change := func(text string) {
		t.Helper()
		putPolicy(t, e.rules.file, text)
		e.RefreshPolicy()
	}
	change(assignedBy("imap.fernhill.example", ""))
	if got := mustAccount(t, e, other).IMAP.Host; got != "elsewhere.example" {
		t.Errorf("an account from before moved to %s", got)
	}
	if err := e.RemoveAccount(t.Context(), other); err != nil {
		t.Fatal(err)
	}
	info, err := e.Suggest("nora@fernhill.example")
	if err != nil {
		t.Fatal(err)
	}
	id, err := e.AddAccount(t.Context(), info, "secret")
	if err != nil {
		t.Fatal(err)
	}
	host := func() string { return mustAccount(t, e, id).IMAP.Host }
	// A policy that is broken when the program starts lets go of nothing.
	dir, rules := e.Dir(), e.rules.file
	reopen := func() {
		t.Helper()
		if err := e.Close(); err != nil {
			t.Fatal(err)
		}
		if e, err = Open(t.Context(), Config{
			Dir: dir, Secrets: secrets.Options{KeyFile: filepath.Join(filepath.Dir(rules), "key")}, PolicyFile: rules, User: policy.User{Login: "nora"},
		}); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = e.Close() })
	}
	putPolicy(t, rules, "{")
	reopen()
	change(assignedBy("second.fernhill.example", ""))
	if got := host(); got != "second.fernhill.example" {
		t.Errorf("after a broken policy the account is at %s", got)
	}
	// Nor does one that changed while nothing ran.
	putPolicy(t, rules, assignedBy("third.fernhill.example", ""))
	reopen()
	if got := host(); got != "third.fernhill.example" {
		t.Errorf("after a restart the account is at %s", got)
	}

	if err := os.Remove(rules); err != nil {
		t.Fatal(err)
	}
	e.RefreshPolicy()
	free := mustAccount(t, e, id)
	if free.IMAP.Host != "third.fernhill.example" {
		t.Errorf("without a policy the account is at %s", free.IMAP.Host)
	}
	free.IMAP.Host = "own.example"
	if err := e.UpdateAccount(t.Context(), free); err != nil {
		t.Errorf("without a policy the account is still locked: %v", err)
	}
	change(assignedBy("fourth.fernhill.example", ""))
	if got := host(); got != "own.example" {
		t.Errorf("a new policy moved the person's own account to %s", got)
	}
}
