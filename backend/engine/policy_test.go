package engine

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"testing"
	"time"

	"waxwing/backend/events"
	"waxwing/backend/imapsync"
	"waxwing/backend/mail"
	"waxwing/backend/mailtest"
	"waxwing/backend/policy"
	"waxwing/backend/secrets"
)

// governed is an engine for the user nora with the policy of a file.
func governed(t *testing.T, bus *events.Bus, text string) *Engine {
	t.Helper()
	dir := policyFolder(t, text)
	e, err := Open(t.Context(), Config{
		Dir: filepath.Join(dir, "data"), Bus: bus,
		Secrets:    secrets.Options{KeyFile: filepath.Join(dir, "key")},
		PolicyFile: filepath.Join(dir, "policy.json"),
		User:       policy.User{Login: "nora", Name: "Nora Lindqvist"},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = e.Close() })
	e.sync = synchroniser{
		once: func(ctx context.Context, c imapsync.Config) error { return idle(ctx, c) },
		run:  func(ctx context.Context, c imapsync.Config, _ imapsync.Bell) error { return idle(ctx, c) },
	}
	return e
}

// policyFolder returns a folder that only its owner can write, with a policy in
// it unless the text is empty.
func policyFolder(t *testing.T, text string) string {
	t.Helper()
	dir := t.TempDir()
	if err := os.Chmod(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	if text != "" {
		putPolicy(t, filepath.Join(dir, "policy.json"), text)
	}
	return dir
}

// putPolicy puts a file in the place of another one at once, as administrators'
// tools do.
func putPolicy(t *testing.T, path, text string) {
	t.Helper()
	next := path + ".new"
	if err := os.WriteFile(next, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(next, path); err != nil {
		t.Fatal(err)
	}
}

const fernhill = `"version": 1, "organisation": {"name": "Fernhill"}`

const office = `, "servers": [{"name": "office", "domains": ["fernhill.example"], "imap": {"host": "imap.fernhill.example"}}],
	"mailboxes": [{"users": ["nora"], "address": "{user}@fernhill.example", "displayName": "{name}"},
		{"users": ["*"], "address": "sales@fernhill.example", "kind": "shared", "label": "Sales"}]`

func TestPolicyForbidsAccounts(t *testing.T) {
	e := governed(t, nil, `{`+fernhill+office+`, "allow": {"servers": ["*.fernhill.example"]}}`)
	here := mail.Server{Host: "imap.fernhill.example"}
	away := mail.Server{Host: "imap.example.org"}
	refused := func(what string, err error, reason, value string) {
		t.Helper()
		got := mail.AsError(err)
		if mail.CodeOf(err) != mail.CodePolicy || got.Args["reason"] != reason || got.Args["value"] != value || got.Args["organisation"] != "Fernhill" {
			t.Errorf("%s: %v, want code policy about %s %s of Fernhill", what, err, reason, value)
		}
	}
	_, err := e.AddAccount(t.Context(), mail.Account{Email: "ann@example.org", IMAP: away}, "secret")
	refused("another server", err, "server", "imap.example.org")
	_, err = e.AddAccount(t.Context(), mail.Account{Email: "nora@fernhill.example", IMAP: mail.Server{Host: "other.fernhill.example"}}, "secret")
	refused("an assigned mailbox elsewhere", err, "assigned", "nora@fernhill.example")
	_, err = e.TestAccount(t.Context(), mail.Account{Email: "ann@example.org", IMAP: away}, "secret", nil)
	refused("a test, which would tell the password", err, "server", "imap.example.org")
	if list, _ := e.Accounts(t.Context()); len(list) != 0 {
		t.Errorf("what was refused is connected: %+v", list)
	}

	id, err := e.AddAccount(t.Context(), mail.Account{Email: "nora@fernhill.example", IMAP: here}, "secret")
	if err != nil {
		t.Fatal(err)
	}
	info, _ := e.Account(t.Context(), id)
	moved := info
	moved.IMAP.Host = "imap.example.org"
	refused("moving it elsewhere", e.UpdateAccount(t.Context(), moved), "assigned", "nora@fernhill.example")

	assigned := e.Assigned()
	if len(assigned) != 2 || assigned[0].Connected != id || assigned[0].Account.Name != "Nora Lindqvist" || assigned[1].Connected != 0 {
		t.Errorf("assigned mailboxes: %+v, want Nora's connected as %d and sales not", assigned, id)
	}
	id, err = e.AddAccount(t.Context(), mail.Account{Email: "sales@fernhill.example", IMAP: here}, "secret")
	if info, _ := e.Account(t.Context(), id); err != nil || info.Label != "Sales" {
		t.Errorf("the shared mailbox: %+v, %v, want the label Sales", info, err)
	}
	if a, err := e.Suggest("sales@fernhill.example"); err != nil || a.IMAP.Host != "imap.fernhill.example" || a.IMAP.Port != 993 {
		t.Errorf("suggestion: %+v, %v", a, err)
	}
}

// TestAccountsBeforeThePolicy: an account that a later policy doesn't allow stays
// and can be renamed, but not moved.
func TestAccountsBeforeThePolicy(t *testing.T) {
	e := governed(t, nil, "")
	id := addAccount(t, e, "ann")
	putPolicy(t, e.rules.file, `{`+fernhill+`, "allow": {"domains": ["fernhill.example"]}}`)
	e.RefreshPolicy()
	info, _ := e.Account(t.Context(), id)
	info.Name = "Ann"
	if err := e.UpdateAccount(t.Context(), info); err != nil {
		t.Errorf("another name: %v", err)
	}
	if err := e.TrustCertificate(t.Context(), id, "imap", fmt.Sprintf("%064d", 1)); err != nil {
		t.Errorf("a certificate: %v", err)
	}
	info.IMAP.Host = "other.example.org"
	if err := e.UpdateAccount(t.Context(), info); mail.CodeOf(err) != mail.CodePolicy {
		t.Errorf("another server: %v, want code policy", err)
	}
	if _, err := e.AddDemo(t.Context()); err != nil {
		t.Errorf("the sample account: %v", err)
	}
}

func TestLockedSettings(t *testing.T) {
	e := governed(t, nil, "")
	set := func(value string) error { return e.SetSetting(t.Context(), SettingPreferences, []byte(value)) }
	expect := func(what, want string) {
		t.Helper()
		got, ok, err := e.Setting(t.Context(), SettingPreferences)
		if err != nil || !ok || !sameJSON(got, []byte(want)) {
			t.Errorf("%s: %s (%v, %v), want %s", what, got, ok, err, want)
		}
	}
	if err := set(`{"theme": "light", "sound": true}`); err != nil {
		t.Fatal(err)
	}
	putPolicy(t, e.rules.file, `{`+fernhill+`, "settings": {"theme": "dark", "background": false}}`)
	e.RefreshPolicy()
	expect("locked", `{"theme": "dark", "sound": true, "background": false}`)
	if err := set(`{"theme": "dark", "sound": false}`); err != nil {
		t.Errorf("changing another one: %v", err)
	}
	expect("after a change", `{"theme": "dark", "sound": false, "background": false}`)
	err := set(`{"theme": "light", "sound": true}`)
	if mail.CodeOf(err) != mail.CodePolicy || mail.AsError(err).Args["value"] != "theme" {
		t.Errorf("changing a locked one: %v, want code policy about theme", err)
	}
	if err := e.SetSetting(t.Context(), "window", []byte(`{"theme": "light"}`)); err != nil {
		t.Errorf("a setting that is no preference: %v", err)
	}
	expect("after a refusal", `{"theme": "dark", "sound": false, "background": false}`)

	if err := os.Remove(e.rules.file); err != nil {
		t.Fatal(err)
	}
	e.RefreshPolicy()
	expect("unlocked, as the person had chosen", `{"theme": "light", "sound": false}`)
}

// TestLockedBeforeAnythingWasSet: the policy's values hold on a new computer.
func TestLockedBeforeAnythingWasSet(t *testing.T) {
	e := governed(t, nil, `{`+fernhill+`, "settings": {"language": "de"}}`)
	got, ok, err := e.Setting(t.Context(), SettingPreferences)
	if err != nil || !ok || string(got) != `{"language":"de"}` {
		t.Errorf("preferences: %s (%v, %v)", got, ok, err)
	}
}

// TestBrokenPolicy: a policy with mistakes is told and changes nothing; the last
// sound one of this run stays. At the start there is none.
func TestBrokenPolicy(t *testing.T) {
	var bus events.Bus
	told := make(chan struct{}, 16)
	bus.Subscribe(func(e events.Event) {
		if _, ok := e.(events.PolicyChanged); ok {
			told <- struct{}{}
		}
	})
	e := governed(t, &bus, `{`+fernhill+`, "settings": {"theme": "blue"}}`)
	expect := func(what, finding, theme string) {
		t.Helper()
		select {
		case <-told:
		case <-time.After(patience):
			t.Fatalf("%s: nobody was told", what)
		}
		s := e.Policy()
		got := ""
		if len(s.Findings) > 0 {
			got = s.Findings[0].String()
		}
		if locked := string(s.Policy.Locked()["theme"]); got != finding || locked != theme || !s.Exists {
			t.Errorf("%s: finding %q, theme %s, exists %v; want %q, theme %s", what, got, locked, s.Exists, finding, theme)
		}
	}
	expect("broken at the start", `1:76: "blue" isn't offered. Choose one of: system, light, dark.`, "")
	change := func(text string) {
		putPolicy(t, e.rules.file, text)
		e.RefreshPolicy()
	}
	change(`{` + fernhill + `, "settings": {"theme": "dark"}}`)
	expect("mended", "", `"dark"`)
	change(`{` + fernhill + `, "settings": {"theme": "light"},}`)
	expect("broken later", `1:84: This comma is one too many: nothing follows it.`, `"dark"`)
	if err := os.Chmod(e.rules.file, 0o666); err != nil {
		t.Fatal(err)
	}
	e.RefreshPolicy()
	expect("writable by all", e.rules.file+" can be changed by users who are no administrators.", `"dark"`)
	e.RefreshPolicy()
	select {
	case <-told:
		t.Error("somebody was told of nothing new")
	default:
	}
}

// TestPolicyIsWatched: a change is noticed by the engine itself, also through a
// link whose target is another one.
func TestPolicyIsWatched(t *testing.T) {
	var bus events.Bus
	e := governed(t, &bus, "")
	dir := filepath.Dir(e.rules.file)
	for _, name := range []string{"one", "two"} {
		putPolicy(t, filepath.Join(dir, name), `{"version": 1, "organisation": {"name": "`+name+`"}}`)
	}
	e.Start(t.Context())
	for _, name := range []string{"one", "two"} {
		if err := os.Symlink(name, e.rules.file+".new"); err != nil {
			t.Fatal(err)
		}
		if err := os.Rename(e.rules.file+".new", e.rules.file); err != nil {
			t.Fatal(err)
		}
		eventually(t, &bus, "policy "+name, func() bool { return e.Policy().Policy.Name() == name })
	}
}

// TestPolicyAuthorities: an authority of the policy is believed from the moment
// the policy holds.
func TestPolicyAuthorities(t *testing.T) {
	ca := mailtest.NewAuthority(t)
	server, err := tls.Listen("tcp", "127.0.0.1:0", ca.TLS(t, mailtest.FlawNone))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = server.Close() })
	go func() {
		for {
			conn, err := server.Accept()
			if err != nil {
				return
			}
			_ = conn.(*tls.Conn).Handshake() // what comes of it is the client's to tell
		}
	}()
	e := governed(t, nil, "")
	dial := func() mail.Code {
		port := server.Addr().(*net.TCPAddr).Port
		conn, err := e.dialer.Dial(t.Context(), mail.Server{Host: "127.0.0.1", Port: port, Security: mail.SecurityTLS})
		if err == nil {
			_ = conn.Close()
		}
		return mail.CodeOf(err)
	}
	if got := dial(); got != mail.CodeTLSUntrusted {
		t.Errorf("before: %q, want %q", got, mail.CodeTLSUntrusted)
	}
	pem, err := json.Marshal(ca.PEM)
	if err != nil {
		t.Fatal(err)
	}
	putPolicy(t, e.rules.file, fmt.Sprintf(`{%s, "certificateAuthorities": [{"pem": %s}]}`, fernhill, pem))
	e.RefreshPolicy()
	if got := dial(); got != "" {
		t.Errorf("with the policy: %q, want a connection", got)
	}
}
