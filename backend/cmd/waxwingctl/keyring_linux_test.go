package main

import (
	"path/filepath"
	"strings"
	"testing"
)

// TestWithoutKeyring is a server's situation: no session bus, hence no keyring.
func TestWithoutKeyring(t *testing.T) {
	t.Setenv("DBUS_SESSION_BUS_ADDRESS", "unix:path="+filepath.Join(t.TempDir(), "nobody"))
	dir := filepath.Join(t.TempDir(), "data")
	add := []string{"--data", dir, "account", "add", "--email", "ann@example.org", "--password-stdin"}
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
