package secrets

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/zalando/go-keyring"

	"waxwing/backend/mail"
)

const phrase = "larch över canal"

// installation is a data folder across restarts, on a computer without a keyring
// unless a test puts one in.
type installation struct {
	*rows
	dir string
}

func newInstallation(t *testing.T) installation {
	t.Helper()
	t.Setenv("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nonexistent") // never asked
	keyring.MockInitWithError(errors.New("no keyring"))
	return installation{newRows(), t.TempDir()}
}

// start returns the Keeper of another run of the program.
func (i installation) start() *Keeper {
	k := New(i.rows, Options{Dir: i.dir, Timeout: time.Minute})
	k.work = 4
	return k
}

func protect(t *testing.T, k *Keeper, m Method, passphrase string) {
	t.Helper()
	if err := k.Protect(t.Context(), m, passphrase); err != nil {
		t.Fatalf("Protect(%s): %v", m, err)
	}
}

func unlock(t *testing.T, k *Keeper, passphrase string) {
	t.Helper()
	if err := k.Unlock(t.Context(), passphrase); err != nil {
		t.Fatalf("Unlock: %v", err)
	}
}

func wantState(t *testing.T, k *Keeper, want State, code mail.Code) {
	t.Helper()
	state, err := k.State(t.Context())
	if state != want || err == nil && code != "" || err != nil && err.Code != code {
		t.Errorf("State = %q, %v, want %q with code %q", state, err, want, code)
	}
}

func wantMethod(t *testing.T, k *Keeper, want Method, chosen bool) {
	t.Helper()
	if m, c, err := k.Method(t.Context()); m != want || c != chosen || err != nil {
		t.Errorf("Method = %q, %v, %v, want %q, %v", m, c, err, want, chosen)
	}
}

func TestPassphraseIsAskedForAtEachStart(t *testing.T) {
	i := newInstallation(t)
	k := i.start()
	put(t, k, 1, marker)
	protect(t, k, MethodPassphrase, phrase)
	wantState(t, k, Kept, "")
	wantSecret(t, k, 1, marker)

	k = i.start()
	wantMethod(t, k, MethodPassphrase, true)
	wantState(t, k, Locked, mail.CodeNeedsPassphrase)
	_, err := k.Get(t.Context(), 1, Password)
	wantCode(t, "Get before the passphrase", err, mail.CodeNeedsPassphrase)
	for _, wrong := range []string{"", "larch over canal", phrase + " "} {
		err := k.Unlock(t.Context(), wrong)
		wantCode(t, "Unlock("+wrong+")", err, mail.CodeWrongPassphrase)
		if wrong != "" && strings.Contains(err.Error(), wrong) {
			t.Errorf("the error tells what was typed: %v", err)
		}
	}
	put(t, k, 2, "typed meanwhile")
	// The same letters, composed as another keyboard does.
	unlock(t, k, strings.Replace(phrase, "ö", "o\u0308", 1))
	wantState(t, k, Kept, "")
	wantSecret(t, k, 1, marker)

	k = i.start()
	unlock(t, k, phrase)
	wantSecret(t, k, 2, "typed meanwhile")
}

func TestChangesThePassphrase(t *testing.T) {
	i := newInstallation(t)
	k := i.start()
	put(t, k, 1, marker)
	protect(t, k, MethodPassphrase, phrase)
	protect(t, k, MethodPassphrase, "another one")
	k = i.start()
	wantCode(t, "Unlock with the old one", k.Unlock(t.Context(), phrase), mail.CodeWrongPassphrase)
	unlock(t, k, "another one")
	wantSecret(t, k, 1, marker)
}

func TestShortPassphrasesAreRefused(t *testing.T) {
	i := newInstallation(t)
	k := i.start()
	for _, short := range []string{"", "seven77", "ö\u0308öööö"} {
		err := k.Protect(t.Context(), MethodPassphrase, short)
		if mail.CodeOf(err) != mail.CodeInvalid || mail.AsError(err).Args["field"] != "passphrase" {
			t.Errorf("Protect with %q: %v, want code invalid about the passphrase", short, err)
		}
	}
	wantMethod(t, k, MethodKeyring, false)
}

func TestForgottenPassphraseStartsOver(t *testing.T) {
	i := newInstallation(t)
	k := i.start()
	put(t, k, 1, marker)
	protect(t, k, MethodPassphrase, phrase)
	k = i.start()
	put(t, k, 2, "typed meanwhile")
	if err := k.StartOver(t.Context()); err != nil {
		t.Fatal(err)
	}
	wantMethod(t, k, MethodKeyring, false)
	_, err := k.Get(t.Context(), 1, Password)
	wantCode(t, "Get of what was forgotten", err, mail.CodeNeedsPassword)
	wantSecret(t, k, 2, "typed meanwhile")
	if len(i.sealed) != 0 || i.choice != nil {
		t.Errorf("left: %v, choice %q", i.sealed, i.choice)
	}
}

func TestKeyFileServesWithoutQuestions(t *testing.T) {
	i := newInstallation(t)
	k := i.start()
	put(t, k, 1, marker)
	protect(t, k, MethodKeyFile, "")
	k = i.start()
	wantState(t, k, Kept, "")
	wantSecret(t, k, 1, marker)
	protect(t, k, MethodKeyFile, "") // again: nothing changes
	wantSecret(t, i.start(), 1, marker)

	protect(t, k, MethodSession, "")
	if _, err := os.Stat(filepath.Join(i.dir, keyFileName)); !os.IsNotExist(err) {
		t.Errorf("the key file is still there: %v", err)
	}
}

// A key file that someone kept a copy of opens nothing that was sealed later.
func TestAnotherChoiceTakesAnotherKey(t *testing.T) {
	i := newInstallation(t)
	path := filepath.Join(i.dir, keyFileName)
	k := i.start()
	put(t, k, 1, marker)
	protect(t, k, MethodKeyFile, "")
	stolen, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	protect(t, k, MethodPassphrase, phrase)
	protect(t, k, MethodKeyFile, "")
	fresh, err := os.ReadFile(path)
	if err != nil || bytes.Equal(fresh, stolen) {
		t.Errorf("the key came back: %v", err)
	}
	old, err := parseKey(string(stolen))
	if err != nil {
		t.Fatal(err)
	}
	at := id{1, Password}
	if _, err := old.unseal(at.bytes(), i.sealed[at]); err == nil {
		t.Error("the old key opens the secret")
	}
	wantSecret(t, i.start(), 1, marker)
}

func TestSessionKeepsNothing(t *testing.T) {
	i := newInstallation(t)
	k := i.start()
	put(t, k, 1, marker)
	protect(t, k, MethodPassphrase, phrase)
	protect(t, k, MethodSession, "")
	wantState(t, k, SessionOnly, mail.CodeNoKeyring)
	wantSecret(t, k, 1, marker)
	if len(i.sealed) != 0 {
		t.Errorf("%d rows are left", len(i.sealed))
	}
	k = i.start()
	wantMethod(t, k, MethodSession, true)
	_, err := k.Get(t.Context(), 1, Password)
	wantCode(t, "Get in the next session", err, mail.CodeNeedsPassword)
}

func TestKeyringTakesOverWhenThereIsOne(t *testing.T) {
	i := newInstallation(t)
	k := i.start()
	put(t, k, 1, marker)
	protect(t, k, MethodPassphrase, phrase)
	wantCode(t, "Protect without a keyring", k.Protect(t.Context(), MethodKeyring, ""), mail.CodeNoKeyring)
	wantSecret(t, k, 1, marker)
	keyring.MockInit()
	protect(t, k, MethodKeyring, "")
	k = i.start()
	wantState(t, k, Kept, "")
	wantSecret(t, k, 1, marker)
}

// Whoever has to decide while the key is out of reach loses what it sealed, and
// nothing else.
func TestProtectForgetsWhatCannotBeOpened(t *testing.T) {
	i := newInstallation(t)
	put(t, withKey(i.rows, given(newKey())), 1, marker)
	k := i.start()
	put(t, k, 2, "typed now")
	protect(t, k, MethodPassphrase, phrase)
	wantSecret(t, k, 2, "typed now")
	_, err := k.Get(t.Context(), 1, Password)
	wantCode(t, "Get of what was sealed in the keyring's time", err, mail.CodeNeedsPassword)
}

func TestFailedChangeChangesNothing(t *testing.T) {
	i := newInstallation(t)
	k := i.start()
	protect(t, k, MethodPassphrase, phrase)
	put(t, k, 1, marker)
	choice := i.choice
	i.fail = &mail.Error{Code: mail.CodeDiskFull}
	for _, m := range []Method{MethodPassphrase, MethodKeyFile, MethodSession} {
		wantCode(t, "Protect: "+string(m), k.Protect(t.Context(), m, "another one"), mail.CodeDiskFull)
	}
	wantCode(t, "StartOver", k.StartOver(t.Context()), mail.CodeDiskFull)
	i.fail = nil
	wantCode(t, "unknown method", k.Protect(t.Context(), "cloud", ""), mail.CodeInvalid)
	wantSecret(t, k, 1, marker)
	if !bytes.Equal(i.choice, choice) {
		t.Error("the choice changed")
	}
	k = i.start()
	unlock(t, k, phrase)
	wantSecret(t, k, 1, marker)
}

func TestDamagedChoice(t *testing.T) {
	i := newInstallation(t)
	protect(t, i.start(), MethodPassphrase, phrase)
	good := i.choice
	for name, choice := range map[string][]byte{
		"no JSON":   []byte("{"),
		"no header": []byte(`{"method":"passphrase","sealed":"YWJj"}`),
		"nothing":   []byte(`{"method":"passphrase"}`),
	} {
		i.choice = choice
		wantCode(t, name, i.start().Unlock(t.Context(), phrase), mail.CodeDamaged)
	}
	i.choice = good
	unlock(t, i.start(), phrase)
}

func TestNamedKeyFileLeavesNoChoice(t *testing.T) {
	i := newInstallation(t)
	protect(t, i.start(), MethodPassphrase, phrase)
	k := New(i.rows, Options{Dir: i.dir, KeyFile: filepath.Join(i.dir, "named")})
	wantState(t, k, Kept, "")
	wantCode(t, "Protect", k.Protect(t.Context(), MethodSession, ""), mail.CodeInvalid)
}
