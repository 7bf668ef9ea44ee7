package main

import (
	"path/filepath"
	"strings"
	"testing"

	"waxwing/backend/engine"
	"waxwing/backend/secrets"
)

// TestWithoutKeyring is a server's situation: no session bus, hence no keyring.
func TestWithoutKeyring(t *testing.T) {
	t.Setenv("DBUS_SESSION_BUS_ADDRESS", "unix:path="+filepath.Join(t.TempDir(), "nobody"))
	dir := filepath.Join(t.TempDir(), "data")
	add := []string{"--data", dir, "account", "add", "--email", "ann@example.org", "--imap", "imap.example.org", "--password-stdin"}
	got := call(t, "secret", add...)
	if got.status != exitFailed || !strings.Contains(got.err, "(noKeyring)") || !strings.Contains(got.err, "--key-file") {
		t.Errorf("account add: %+v, want status 1, code noKeyring and a hint at --key-file", got)
	}
	if got := call(t, "", "--data", dir, "account", "list"); got.out != "" {
		t.Errorf("accounts after a failure: %q", got.out)
	}
	if got := call(t, "secret", append(add, "--key-file", filepath.Join(dir, "key"))...); got.status != exitDone {
		t.Errorf("account add with --key-file: %+v", got)
	}
}

// TestWithPassphrase is a data folder whose owner chose a passphrase in the window.
func TestWithPassphrase(t *testing.T) {
	t.Setenv("DBUS_SESSION_BUS_ADDRESS", "unix:path="+filepath.Join(t.TempDir(), "nobody"))
	const passphrase = "larch over canal"
	dir := filepath.Join(t.TempDir(), "data")
	e, err := engine.Open(t.Context(), engine.Config{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	if err := e.ProtectSecrets(t.Context(), string(secrets.MethodPassphrase), passphrase); err != nil {
		t.Fatal(err)
	}
	if err := e.Close(); err != nil {
		t.Fatal(err)
	}
	add := []string{"--data", dir, "account", "add", "--email", "ann@example.org", "--imap", "imap.example.org", "--password-stdin"}
	got := call(t, "secret", add...)
	if got.status != exitFailed || !strings.Contains(got.err, "(needsPassphrase)") || !strings.Contains(got.err, "--passphrase-stdin") {
		t.Errorf("without: %+v, want status 1, code needsPassphrase and a hint at --passphrase-stdin", got)
	}
	add = append(add, "--passphrase-stdin")
	got = call(t, "another one\nsecret", add...)
	if got.status != exitFailed || !strings.Contains(got.err, "(wrongPassphrase)") || strings.Contains(got.err, "another one") {
		t.Errorf("with a wrong one: %+v, want status 1 and code wrongPassphrase", got)
	}
	if got := call(t, passphrase+"\r\nsecret\n", add...); got.status != exitDone {
		t.Errorf("with the passphrase: %+v", got)
	}
	if e, err = engine.Open(t.Context(), engine.Config{Dir: dir}); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = e.Close() }()
	if err := e.UnlockSecrets(t.Context(), passphrase); err != nil {
		t.Errorf("the window's unlock: %v", err)
	}
}
