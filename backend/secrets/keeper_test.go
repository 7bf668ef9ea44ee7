package secrets

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/zalando/go-keyring"

	"waxwing/backend/mail"
)

const marker = "Tr0ub4dor&3-marker-ünïcode"

// rows are sealed secrets in memory.
type rows struct {
	mu     sync.Mutex
	sealed map[id][]byte
	choice []byte
	fail   error
}

func newRows() *rows { return &rows{sealed: map[id][]byte{}} }

func (r *rows) PutSecret(_ context.Context, account mail.AccountID, name string, sealed []byte) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.fail != nil {
		return r.fail
	}
	r.sealed[id{account, name}] = bytes.Clone(sealed)
	return nil
}

func (r *rows) Secret(_ context.Context, account mail.AccountID, name string) ([]byte, bool, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	sealed, ok := r.sealed[id{account, name}]
	return sealed, ok, r.fail
}

func (r *rows) DeleteSecret(_ context.Context, account mail.AccountID, name string) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.sealed, id{account, name})
	return r.fail
}

func (r *rows) SecretProtection(context.Context) ([]byte, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.choice, r.fail
}

func (r *rows) ProtectSecrets(
	_ context.Context, choice []byte, reseal func(mail.AccountID, string, []byte) []byte,
) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.fail != nil {
		return r.fail
	}
	r.choice = choice
	for at, sealed := range r.sealed {
		if r.sealed[at] = reseal(at.account, at.name, sealed); r.sealed[at] == nil {
			delete(r.sealed, at)
		}
	}
	return nil
}

// withKey returns a Keeper whose key comes from load.
func withKey(r Rows, load func() (string, error)) *Keeper {
	k := New(r, Options{Timeout: 20 * time.Millisecond})
	k.key.load = load
	return k
}

func given(text string) func() (string, error) {
	return func() (string, error) { return text, nil }
}

func wantCode(t *testing.T, what string, err error, want mail.Code) {
	t.Helper()
	if got := mail.CodeOf(err); got != want {
		t.Errorf("%s: got %q (%v), want %q", what, got, err, want)
	}
}

func wantSecret(t *testing.T, k *Keeper, account mail.AccountID, want string) {
	t.Helper()
	got, err := k.Get(t.Context(), account, Password)
	if err != nil || got != want {
		t.Errorf("Get(%d) = %q, %v, want %q", account, got, err, want)
	}
}

func put(t *testing.T, k *Keeper, account mail.AccountID, value string) {
	t.Helper()
	if err := k.Put(t.Context(), account, Password, value); err != nil {
		t.Fatalf("Put(%d): %v", account, err)
	}
}

func TestKeepsSecretsAcrossRestarts(t *testing.T) {
	r, text := newRows(), newKey()
	for i, value := range []string{"", "a", marker, strings.Repeat("long ", 4000), "\x00\xff\r\n"} {
		put(t, withKey(r, given(text)), mail.AccountID(i+1), value)
		wantSecret(t, withKey(r, given(text)), mail.AccountID(i+1), value)
	}
	for at, sealed := range r.sealed {
		if bytes.Contains(sealed, []byte(marker)) {
			t.Errorf("row %v holds the secret in plain", at)
		}
	}
}

func TestSealsDifferEachTime(t *testing.T) {
	r := newRows()
	k := withKey(r, given(newKey()))
	put(t, k, 1, marker)
	first := r.sealed[id{1, Password}]
	put(t, k, 1, marker)
	if bytes.Equal(first, r.sealed[id{1, Password}]) {
		t.Error("the same secret was sealed to the same bytes twice")
	}
}

func TestReplacesAndDeletes(t *testing.T) {
	k := withKey(newRows(), given(newKey()))
	put(t, k, 1, "old")
	put(t, k, 1, "new")
	wantSecret(t, k, 1, "new")
	for range 2 {
		if err := k.Delete(t.Context(), 1, Password); err != nil {
			t.Errorf("Delete: %v", err)
		}
		_, err := k.Get(t.Context(), 1, Password)
		wantCode(t, "Get after Delete", err, mail.CodeNeedsPassword)
	}
}

// A row that isn't as it was sealed, or where, counts as no secret.
func TestRefusesForeignRows(t *testing.T) {
	text := newKey()
	here := id{1, Password}
	for name, change := range map[string]func(r *rows){
		"another account": func(r *rows) { r.sealed[here] = r.sealed[id{2, Password}] },
		"another name":    func(r *rows) { r.sealed[here] = r.sealed[id{1, "token"}] },
		"truncated":       func(r *rows) { r.sealed[here] = r.sealed[here][:len(r.sealed[here])-1] },
		"shorter nonce":   func(r *rows) { r.sealed[here] = r.sealed[here][:10] },
		"empty":           func(r *rows) { r.sealed[here] = nil },
		"other version":   func(r *rows) { r.sealed[here][0]++ },
		"bit in nonce":    func(r *rows) { r.sealed[here][5] ^= 1 },
		"bit in text":     func(r *rows) { r.sealed[here][30] ^= 1 },
		"bit in tag":      func(r *rows) { r.sealed[here][len(r.sealed[here])-1] ^= 0x80 },
	} {
		t.Run(name, func(t *testing.T) {
			r := newRows()
			k := withKey(r, given(text))
			put(t, k, 1, marker)
			put(t, k, 2, marker)
			if err := k.Put(t.Context(), 1, "token", marker); err != nil {
				t.Fatal(err)
			}
			wantSecret(t, k, 1, marker)
			change(r)
			value, err := k.Get(t.Context(), 1, Password)
			wantCode(t, "Get", err, mail.CodeNeedsPassword)
			if value != "" || strings.Contains(err.Error(), marker) {
				t.Errorf("Get gave %q and the error %q", value, err)
			}
		})
	}
}

func TestLostKeyAsksForPassword(t *testing.T) {
	r := newRows()
	put(t, withKey(r, given(newKey())), 1, marker)
	k := withKey(r, given(newKey()))
	_, err := k.Get(t.Context(), 1, Password)
	wantCode(t, "Get with another key", err, mail.CodeNeedsPassword)
	put(t, k, 1, "typed again")
	wantSecret(t, k, 1, "typed again")
}

func TestWithoutKeyringLastsForTheSession(t *testing.T) {
	missing := func() (string, error) { return "", errors.New("no bus") }
	r, text := newRows(), newKey()
	put(t, withKey(r, given(text)), 1, "stale")

	k := withKey(r, missing)
	state, err := k.State(t.Context())
	if state != SessionOnly || err == nil || err.Code != mail.CodeNoKeyring {
		t.Errorf("State = %q, %v, want %q with %q", state, err, SessionOnly, mail.CodeNoKeyring)
	}
	_, getErr := k.Get(t.Context(), 1, Password)
	wantCode(t, "Get of what is sealed", getErr, mail.CodeNoKeyring)
	_, getErr = k.Get(t.Context(), 9, Password)
	wantCode(t, "Get of nothing", getErr, mail.CodeNeedsPassword)

	put(t, k, 1, marker)
	wantSecret(t, k, 1, marker)
	if n := len(r.sealed); n != 0 {
		t.Errorf("%d rows are left, want none: an old password would come back", n)
	}
	_, getErr = withKey(r, missing).Get(t.Context(), 1, Password)
	wantCode(t, "Get in the next session", getErr, mail.CodeNeedsPassword)
}

func TestAsksAMissingKeyringAgainLater(t *testing.T) {
	asked, text := 0, newKey()
	k := withKey(newRows(), func() (string, error) {
		if asked++; asked == 1 {
			return "", errors.New("not started yet")
		}
		return text, nil
	})
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	k.key.now = func() time.Time { return now }

	put(t, k, 1, marker)
	now = now.Add(retryAfter - time.Second)
	if state, _ := k.State(t.Context()); state != SessionOnly || asked != 1 {
		t.Errorf("just before: state %q after %d questions, want %q after 1", state, asked, SessionOnly)
	}
	now = now.Add(time.Second)
	if state, err := k.State(t.Context()); state != Kept || err != nil {
		t.Errorf("after a while: state %q, %v, want %q", state, err, Kept)
	}
	wantSecret(t, withKey(k.rows, given(text)), 1, marker)
}

func TestRetryAsksAtOnce(t *testing.T) {
	asked := 0
	k := withKey(newRows(), func() (string, error) {
		if asked++; asked == 1 {
			return "", errors.New("dismissed")
		}
		return newKey(), nil
	})
	if state, _ := k.State(t.Context()); state != SessionOnly {
		t.Errorf("state %q, want %q", state, SessionOnly)
	}
	k.Retry()
	if state, err := k.State(t.Context()); state != Kept {
		t.Errorf("after Retry: state %q, %v, want %q", state, err, Kept)
	}
}

// A keyring that waits for a person is waited for once, and used when it opens.
func TestSilentKeyringIsLockedUntilItOpens(t *testing.T) {
	open, asked := make(chan struct{}), 0
	text := newKey()
	r := newRows()
	k := withKey(r, func() (string, error) {
		asked++
		<-open
		return text, nil
	})
	for range 3 {
		state, err := k.State(t.Context())
		if state != Locked || err == nil || err.Code != mail.CodeKeyringLocked {
			t.Fatalf("State = %q, %v, want %q with %q", state, err, Locked, mail.CodeKeyringLocked)
		}
	}
	put(t, k, 1, marker)
	wantSecret(t, k, 1, marker)
	if len(r.sealed) != 0 {
		t.Error("a row was written without a key")
	}

	loading := k.key.loading
	close(open)
	<-loading.done
	if state, err := k.State(t.Context()); state != Kept {
		t.Errorf("after unlocking: %q, %v, want %q", state, err, Kept)
	}
	if asked != 1 {
		t.Errorf("the keyring was asked %d times, want once", asked)
	}
	wantSecret(t, withKey(r, given(text)), 1, marker)
}

func TestEndOfContextEndsTheWait(t *testing.T) {
	k := New(newRows(), Options{Timeout: time.Hour})
	stuck := make(chan struct{})
	defer close(stuck)
	k.key.load = func() (string, error) { <-stuck; return "", errKey }

	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	wantCode(t, "Put after cancel", k.Put(ctx, 1, Password, marker), mail.CodeCancelled)
	ctx, cancel = context.WithTimeout(t.Context(), time.Millisecond)
	defer cancel()
	wantCode(t, "Put at the deadline", k.Put(ctx, 1, Password, marker), mail.CodeTimeout)
}

func TestPassesOnFailuresOfRows(t *testing.T) {
	r := newRows()
	r.fail = &mail.Error{Code: mail.CodeDiskFull}
	for name, load := range map[string]func() (string, error){
		"with a key": given(newKey()),
		"without":    func() (string, error) { return "", errors.New("no bus") },
	} {
		k := withKey(r, load)
		wantCode(t, name+": Put", k.Put(t.Context(), 1, Password, marker), mail.CodeDiskFull)
		_, err := k.Get(t.Context(), 1, Password)
		wantCode(t, name+": Get", err, mail.CodeDiskFull)
		wantCode(t, name+": Delete", k.Delete(t.Context(), 1, Password), mail.CodeDiskFull)
	}
}

func TestConcurrentUse(t *testing.T) {
	k := withKey(newRows(), given(newKey()))
	var all sync.WaitGroup
	for i := range 20 {
		all.Go(func() {
			account, value := mail.AccountID(i+1), fmt.Sprint("secret ", i)
			if err := k.Put(t.Context(), account, Password, value); err != nil {
				t.Errorf("Put(%d): %v", account, err)
			}
			wantSecret(t, k, account, value)
		})
	}
	all.Wait()
}

func TestKeyForms(t *testing.T) {
	good := newKey()
	for _, c := range []struct {
		text string
		ok   bool
	}{
		{good, true},
		{good + "\n", true},
		{" " + good + " \r\n", true},
		{"", false},
		{strings.TrimPrefix(good, keyPrefix), false},
		{good[:len(good)-4], false},
		{good + "AAAA", false},
		{keyPrefix + "!!!", false},
		{"waxwing2:" + strings.TrimPrefix(good, keyPrefix), false},
	} {
		if _, err := parseKey(c.text); (err == nil) != c.ok {
			t.Errorf("parseKey(%q): error %v, want ok %v", c.text, err, c.ok)
		}
	}
	if good == newKey() {
		t.Error("newKey gave the same key twice")
	}
}

// The library's own stand-in for a keyring.
func TestSystemKeyIsCreatedOnce(t *testing.T) {
	t.Setenv("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nonexistent") // never asked
	keyring.MockInit()
	first, err := systemKey()
	if err != nil {
		t.Fatal(err)
	}
	second, err := systemKey()
	if err != nil || second != first {
		t.Errorf("second systemKey = %q, %v, want the first's %q", second, err, first)
	}
	if _, err := parseKey(first); err != nil {
		t.Errorf("systemKey = %q: %v", first, err)
	}
}

func TestKeyringRefusals(t *testing.T) {
	t.Setenv("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nonexistent") // never asked
	for _, c := range []struct {
		err  error
		want mail.Code
	}{
		{errors.New("connection refused"), mail.CodeNoKeyring},
		{keyring.ErrUnsupportedPlatform, mail.CodeNoKeyring},
		{keyring.ErrSetDataTooBig, mail.CodeNoKeyring},
	} {
		keyring.MockInitWithError(c.err)
		_, err := systemKey()
		wantCode(t, c.err.Error(), err, c.want)
	}
}
