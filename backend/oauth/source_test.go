package oauth_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"waxwing/backend/mail"
	"waxwing/backend/mailtest"
	"waxwing/backend/oauth"
)

// drawer is a Keep in memory that can jam.
type drawer struct {
	mu    sync.Mutex
	grant oauth.Grant
	jam   error
	saved int
	// onSave is called before anything is saved.
	onSave func()
}

func (d *drawer) Load(context.Context) (oauth.Grant, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.grant == (oauth.Grant{}) {
		return oauth.Grant{}, &mail.Error{Code: mail.CodeNeedsPassword}
	}
	return d.grant, nil
}

func (d *drawer) Save(_ context.Context, g oauth.Grant) error {
	if d.onSave != nil {
		d.onSave()
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.jam != nil {
		return d.jam
	}
	d.grant, d.saved = g, d.saved+1
	return nil
}

func source(o *mailtest.OpenID, d *drawer) *oauth.Source {
	return oauth.NewSource(at(o), "alice@"+mailtest.Domain, client(), d)
}

// granted signs alice in and keeps what that gives.
func granted(t *testing.T, o *mailtest.OpenID) *drawer {
	t.Helper()
	g, _, err := signIn(t, o, flow(o, nil), "alice", false)
	if err != nil {
		t.Fatal(err)
	}
	return &drawer{grant: g}
}

func token(t *testing.T, s *oauth.Source) string {
	t.Helper()
	text, err := s.Token(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func TestRenewal(t *testing.T) {
	t.Parallel()
	o := mailtest.NewOpenID(t, 0)
	d := granted(t, o)
	s := source(o, d)
	first, refresh := token(t, s), d.grant.Refresh
	if token(t, s) != first || o.Requests(t, "POST /token") != 1 {
		t.Error("a good token was renewed")
	}
	second, err := s.Renew(t.Context(), first)
	if err != nil || second == first {
		t.Fatalf("Renew = %v, want another token", err)
	}
	if d.grant.Access != second || d.grant.Refresh == refresh {
		t.Error("the rotated grant wasn't kept")
	}
	// Who comes late with the former token is given the new one.
	if again, err := s.Renew(t.Context(), first); err != nil || again != second || o.Requests(t, "POST /token") != 2 {
		t.Errorf("a second Renew of the first token: %v, %d requests", err, o.Requests(t, "POST /token"))
	}
}

func TestRenewalsAreOne(t *testing.T) {
	t.Parallel()
	o := mailtest.NewOpenID(t, 0)
	d := granted(t, o)
	s := source(o, d)
	first := token(t, s)
	var all sync.WaitGroup
	got := make([]string, 20)
	for i := range got {
		all.Go(func() {
			text, err := s.Renew(t.Context(), first)
			if err != nil {
				t.Error(err)
			}
			got[i] = text
		})
	}
	all.Wait()
	for _, g := range got {
		if g != got[0] || g == first {
			t.Error("the tokens differ")
		}
	}
	if n := o.Requests(t, "POST /token"); n != 2 {
		t.Errorf("%d token requests, want the sign-in's and one", n)
	}
}

// TestRotatedGrantIsSavedBeforeUse plays a process that dies right after saving,
// and one whose disk is full: in neither case is the sign-in lost.
func TestRotatedGrantIsSavedBeforeUse(t *testing.T) {
	t.Parallel()
	o := mailtest.NewOpenID(t, 0)
	d := granted(t, o)
	s := source(o, d)
	first := token(t, s)

	ctx, die := context.WithCancel(t.Context())
	d.onSave = die // who asked is gone before the grant is saved
	if _, err := s.Renew(ctx, first); err != nil && mail.CodeOf(err) != mail.CodeCancelled {
		t.Fatal(err)
	}
	s.Wait()
	d.onSave = nil
	reborn := source(o, d)
	second, err := reborn.Renew(t.Context(), token(t, reborn))
	if err != nil {
		t.Fatalf("after the death: %v", err)
	}

	d.jam = errors.New("disk full")
	if _, err := reborn.Renew(t.Context(), second); !errors.Is(err, d.jam) {
		t.Fatalf("Renew = %v, want the failure to save", err)
	}
	requests := o.Requests(t, "POST /token")
	d.jam = nil
	third, err := reborn.Renew(t.Context(), second)
	if err != nil || third == second || d.grant.Access != third {
		t.Errorf("once there is room: %v", err)
	}
	if o.Requests(t, "POST /token") != requests {
		t.Error("what was fetched already was fetched again")
	}
}

func TestEndOfASignIn(t *testing.T) {
	t.Parallel()
	o := mailtest.NewOpenID(t, 0)
	d := granted(t, o)
	s := source(o, d)
	first := token(t, s)
	if err := oauth.Revoke(t.Context(), at(o), client(), d.grant); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		_, err := s.Renew(t.Context(), first)
		if e := mail.AsError(err); e == nil || e.Code != mail.CodeSignInExpired || e.Args["account"] != "alice@"+mailtest.Domain {
			t.Fatalf("after the revocation: %v, want %s", err, mail.CodeSignInExpired)
		}
	}
	if n := o.Requests(t, "POST /token"); n != 2 {
		t.Errorf("%d token requests: what is over is asked for again", n)
	}
	// Signing in again mends it.
	g, _, err := signIn(t, o, flow(o, nil), "alice", false)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Replace(t.Context(), g); err != nil {
		t.Fatal(err)
	}
	if token(t, s) != g.Access {
		t.Error("the new grant isn't used")
	}
	if _, err := source(o, &drawer{}).Token(t.Context()); mail.CodeOf(err) != mail.CodeSignInExpired {
		t.Errorf("without a grant: %v", err)
	}
}

// TestProviderThatIsDown is offline, not the end of the sign-in.
func TestProviderThatIsDown(t *testing.T) {
	t.Parallel()
	o := mailtest.NewOpenID(t, 0)
	d := granted(t, o)
	s := source(o, d)
	first := token(t, s)
	o.Close()
	if _, err := s.Renew(t.Context(), first); mail.CodeOf(err) != mail.CodeRefused {
		t.Errorf("Renew = %v, want %s", err, mail.CodeRefused)
	}
	if d.saved != 0 {
		t.Error("something was saved")
	}
}

func TestTokensOfTwoSeconds(t *testing.T) {
	t.Parallel()
	o := mailtest.NewOpenID(t, 2*time.Second)
	d := granted(t, o)
	s := source(o, d)
	first := token(t, s)
	for tick := time.NewTicker(20 * time.Millisecond); token(t, s) == first; {
		<-tick.C
	}
	if d.saved == 0 {
		t.Error("the new token wasn't kept")
	}
}
