package engine

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/zalando/go-keyring"

	"waxwing/backend/connect"
	"waxwing/backend/imapsync"
	"waxwing/backend/mail"
	"waxwing/backend/secrets"
)

// TestPassphraseLetsTheWaitingSignIn starts with sealed passwords: what lacks the
// key only tries again when it is there, and a refused password is not repeated.
func TestPassphraseLetsTheWaitingSignIn(t *testing.T) {
	t.Setenv("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nonexistent") // never asked
	keyring.MockInitWithError(errors.New("no keyring"))
	const passphrase = "larch over canal"
	dir := t.TempDir()
	e := openSealed(t, dir, nil)
	ann := addAccount(t, e, "ann")
	if err := e.ProtectSecrets(t.Context(), string(secrets.MethodPassphrase), passphrase); err != nil {
		t.Fatal(err)
	}
	if err := e.Close(); err != nil {
		t.Fatal(err)
	}
	synctest.Test(t, func(t *testing.T) {
		signedIn := make(chan connect.Credentials, 10)
		e := openSealed(t, dir, func(ctx context.Context, c imapsync.Config) error {
			who, err := c.Credentials(ctx)
			if err != nil {
				return err
			}
			signedIn <- who
			return failure(mail.CodeSignIn)
		})
		defer func() { _ = e.Close() }()
		e.Start(t.Context())
		time.Sleep(time.Hour)
		if s := e.Status(ann); s.Phase != mail.PhaseNeedsSignIn || s.Problem == nil || s.Problem.Code != mail.CodeNeedsPassphrase {
			t.Errorf("status before is %+v, want needsSignIn for the passphrase", s)
		}
		if err := e.UnlockSecrets(t.Context(), "another one"); mail.CodeOf(err) != mail.CodeWrongPassphrase {
			t.Errorf("a wrong passphrase: %v", err)
		}
		for range 2 { // the second finds nobody waiting for it
			if err := e.UnlockSecrets(t.Context(), passphrase); err != nil {
				t.Fatal(err)
			}
			synctest.Wait()
		}
		if len(signedIn) != 1 || (<-signedIn).Password == "" {
			t.Errorf("signed in %d times, want once", len(signedIn))
		}
	})
}

// openSealed opens an engine whose passwords are kept as a person chose.
func openSealed(t *testing.T, dir string, run func(context.Context, imapsync.Config) error) *Engine {
	t.Helper()
	e, err := Open(t.Context(), Config{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	if run != nil {
		e.sync.run = func(ctx context.Context, c imapsync.Config, _ imapsync.Bell) error { return run(ctx, c) }
	}
	return e
}
