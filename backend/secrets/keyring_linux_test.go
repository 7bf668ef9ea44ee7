package secrets

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/godbus/dbus/v5"

	"waxwing/backend/mail"
)

// inSession is set in the process that runs within the session of
// TestSecretService.
const inSession = "WAXWING_TEST_SECRET_SERVICE"

// sessionScript starts a keyring daemon whose password is a newline, runs the test
// binary, and ends the daemon.
const sessionScript = `
printf '\n' | gnome-keyring-daemon --foreground --unlock --components=secrets >/dev/null 2>&1 &
daemon=$!
gdbus wait --session --timeout 10 org.freedesktop.secrets
"$@"
status=$?
kill $daemon
exit $status`

// TestSecretService runs against a real keyring daemon on a session bus of its
// own, in a home of its own, and without a display to ask a person on.
func TestSecretService(t *testing.T) {
	if os.Getenv(inSession) != "" {
		t.Run("created, kept and found again", keepsInRealKeyring)
		t.Run("left for a passphrase, and come back to", leavesRealKeyring)
		t.Run("locked", waitsForLockedKeyring)
		return
	}
	for _, program := range []string{"dbus-run-session", "gdbus", "gnome-keyring-daemon"} {
		if _, err := exec.LookPath(program); err != nil {
			t.Fatalf("%s is missing: install the packages dbus-daemon, libglib2.0-bin and gnome-keyring", program)
		}
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	home := t.TempDir()
	run := filepath.Join(home, "run")
	mkdir(t, run)
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	session := exec.CommandContext(ctx, "dbus-run-session", "--", "sh", "-c", sessionScript, "session",
		self, "-test.run=^TestSecretService$", "-test.v", "-test.timeout=45s")
	session.Env = append(os.Environ(), inSession+"=1", "DISPLAY=", "WAYLAND_DISPLAY=", "HOME="+home, "XDG_RUNTIME_DIR="+run,
		"XDG_DATA_HOME="+filepath.Join(home, "share"), "XDG_CONFIG_HOME="+filepath.Join(home, "config"))
	session.WaitDelay = 5 * time.Second
	output, err := session.CombinedOutput()
	if err != nil {
		t.Fatalf("in the session: %v\n%s", err, output)
	}
	if !bytes.Contains(output, []byte("--- PASS: TestSecretService")) {
		t.Fatalf("the session ran no test:\n%s", output)
	}
	t.Logf("%s", output)
}

func keepsInRealKeyring(t *testing.T) {
	r := newRows()
	first := New(r, Options{})
	if state, err := first.State(t.Context()); state != Kept {
		t.Fatalf("State = %q, %v, want %q", state, err, Kept)
	}
	put(t, first, 1, marker)
	wantSecret(t, New(r, Options{}), 1, marker)
}

func leavesRealKeyring(t *testing.T) {
	i := installation{newRows(), t.TempDir()}
	k := i.start()
	put(t, k, 1, marker)
	protect(t, k, MethodPassphrase, phrase)
	k = i.start()
	wantState(t, k, Locked, mail.CodeNeedsPassphrase)
	unlock(t, k, phrase)
	wantSecret(t, k, 1, marker)
	protect(t, k, MethodKeyring, "")
	k = i.start()
	wantState(t, k, Kept, "")
	wantSecret(t, k, 1, marker)
}

func waitsForLockedKeyring(t *testing.T) {
	r := newRows()
	put(t, New(r, Options{}), 1, marker)
	lock(t)

	k := New(r, Options{Timeout: 3 * time.Second})
	start := time.Now()
	state, err := k.State(t.Context())
	if took := time.Since(start); took > 5*time.Second {
		t.Errorf("State took %v, want at most its timeout", took)
	}
	if state != Locked || err == nil || err.Code != mail.CodeKeyringLocked {
		t.Errorf("State = %q, %v, want %q with %q", state, err, Locked, mail.CodeKeyringLocked)
	}
	_, getErr := k.Get(t.Context(), 1, Password)
	wantCode(t, "Get while locked", getErr, mail.CodeKeyringLocked)
	put(t, k, 2, marker)
	wantSecret(t, k, 2, marker)

	// Who doesn't want to wait for it chooses something else.
	k.options.Dir = t.TempDir()
	protect(t, k, MethodKeyFile, "")
	wantState(t, k, Kept, "")
	wantSecret(t, k, 2, marker)
	_, getErr = k.Get(t.Context(), 1, Password)
	wantCode(t, "Get of what the keyring opens", getErr, mail.CodeNeedsPassword)
}

// lock locks the default collection, as a screen lock may.
func lock(t *testing.T) {
	t.Helper()
	bus, err := dbus.ConnectSessionBus()
	if err != nil {
		t.Fatal(err)
	}
	defer bus.Close()
	var locked []dbus.ObjectPath
	var prompt dbus.ObjectPath
	err = bus.Object("org.freedesktop.secrets", "/org/freedesktop/secrets").
		Call("org.freedesktop.Secret.Service.Lock", 0, []dbus.ObjectPath{"/org/freedesktop/secrets/collection/login"}).
		Store(&locked, &prompt)
	if err != nil || len(locked) != 1 {
		t.Fatalf("Lock: %v, locked %v", err, locked)
	}
}
