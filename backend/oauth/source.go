package oauth

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"golang.org/x/oauth2"

	"waxwing/backend/mail"
)

// A Grant is what a person's sign-in gave: secret, all of it.
type Grant struct {
	Access  string `json:"access"`
	Refresh string `json:"refresh,omitempty"`
	// RenewAt is when to renew, somewhat before the access token ends. Zero when
	// the provider didn't tell.
	RenewAt time.Time `json:"renewAt,omitzero"`
	// Client is the registration that it was given to: nobody else can renew it.
	Client Client `json:"client"`
}

// String keeps a grant out of logs.
func (Grant) String() string { return "oauth.Grant" }

// GoString is String.
func (Grant) GoString() string { return "oauth.Grant" }

// Encode returns the grant as text to keep; ParseGrant reads it.
func (g Grant) Encode() (string, error) {
	b, err := json.Marshal(g)
	return string(b), err
}

// ParseGrant reads what Encode wrote.
func ParseGrant(text string) (g Grant, err error) {
	if json.Unmarshal([]byte(text), &g) != nil {
		return Grant{}, errors.New("oauth: a grant that can't be read")
	}
	return g, nil
}

// earliness is how long before its end an access token is renewed, at most.
const earliness = time.Minute

// newGrant keeps a token that was asked for at begun. The time since then, and
// for short lives a quarter of them, is left for the way.
func newGrant(t *oauth2.Token, begun time.Time, c Client) Grant {
	g := Grant{Access: t.AccessToken, Refresh: t.RefreshToken, Client: c}
	if !t.Expiry.IsZero() {
		life := t.Expiry.Sub(begun)
		g.RenewAt = t.Expiry.Add(-min(earliness, life/4))
	}
	return g
}

func (g Grant) fresh() bool {
	return g.Access != "" && (g.RenewAt.IsZero() || time.Now().Before(g.RenewAt))
}

// Keep is where a grant lies. An error of Load with CodeNeedsPassword means
// that there is none.
type Keep interface {
	Load(context.Context) (Grant, error)
	Save(context.Context, Grant) error
}

// A Source gives the access tokens of one grant and renews it (RFC 6749 §6). It
// is a connect.Tokens and may be used by several goroutines.
type Source struct {
	signIn  mail.SignIn
	account string
	http    *http.Client
	keep    Keep

	saving sync.Mutex // held around Keep.Save; taken before mu

	mu      sync.Mutex
	grant   Grant
	loaded  bool
	unsaved bool    // grant is newer than what is kept
	over    error   // CodeSignInExpired and the like, until Replace
	flight  *flight // the renewal under way
	service *service
}

// A flight is one renewal, for all who wait for it.
type flight struct {
	done chan struct{}
	err  error // set before done is closed
}

// NewSource returns the tokens of the account with that address, whose grant is
// in keep.
func NewSource(s mail.SignIn, account string, client *http.Client, keep Keep) *Source {
	return &Source{signIn: s, account: account, http: client, keep: keep}
}

// Token returns an access token that should be accepted now, renewing it when
// need be. CodeSignInExpired means that the person must sign in again.
func (s *Source) Token(ctx context.Context) (string, error) { return s.Renew(ctx, "") }

// Renew returns another access token than the one that a server refused.
func (s *Source) Renew(ctx context.Context, refused string) (string, error) {
	s.mu.Lock()
	if err := s.load(ctx); err != nil {
		s.mu.Unlock()
		return "", err
	}
	if s.grant.fresh() && s.grant.Access != refused && !s.unsaved {
		defer s.mu.Unlock()
		return s.grant.Access, nil
	}
	if s.over != nil {
		defer s.mu.Unlock()
		return "", s.over
	}
	f := s.flight
	if f == nil {
		f = &flight{done: make(chan struct{})}
		s.flight = f
		// Who asked may give up; a grant that the provider has rotated meanwhile
		// must be saved all the same.
		go s.renew(context.WithoutCancel(ctx), f)
	}
	s.mu.Unlock()
	select {
	case <-f.done:
	case <-ctx.Done():
		return "", network(ctx, ctx.Err(), s.signIn.Issuer)
	}
	if f.err != nil {
		return "", f.err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.grant.Access, nil
}

// load reads the grant once. The caller holds mu.
func (s *Source) load(ctx context.Context) error {
	if s.loaded {
		return nil
	}
	g, err := s.keep.Load(ctx)
	if mail.CodeOf(err) == mail.CodeNeedsPassword {
		return s.expired(err)
	}
	if err != nil {
		return err
	}
	s.grant, s.loaded = g, true
	return nil
}

func (s *Source) expired(err error) error {
	return &mail.Error{Code: mail.CodeSignInExpired, Args: s.args(), Err: err}
}

func (s *Source) args() map[string]string {
	return map[string]string{"account": s.account, "provider": Name(s.signIn)}
}

// renewTimeout bounds a renewal: discovery and the token.
const renewTimeout = 2 * requestTimeout

// renew gets a new grant and saves it, and only then gives it away.
func (s *Source) renew(ctx context.Context, f *flight) {
	ctx, cancel := context.WithTimeout(ctx, renewTimeout)
	defer cancel()
	s.mu.Lock()
	g, fetched := s.grant, s.unsaved
	s.mu.Unlock()
	var err error
	if !fetched {
		g, err = s.fetch(ctx, g)
	}
	if err == nil {
		err = s.save(ctx, g, f)
	}
	s.mu.Lock()
	if s.flight == f {
		s.flight = nil
		if isOver(err) {
			s.over = err
		}
	}
	f.err = err
	s.mu.Unlock()
	close(f.done)
}

// save keeps what a renewal gave, unless a new sign-in has overtaken it.
func (s *Source) save(ctx context.Context, g Grant, f *flight) error {
	s.saving.Lock()
	defer s.saving.Unlock()
	s.mu.Lock()
	if s.flight != f {
		s.mu.Unlock()
		return nil
	}
	s.grant, s.unsaved = g, true
	s.mu.Unlock()
	if err := s.keep.Save(ctx, g); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.unsaved = false
	return nil
}

// isOver reports whether only the person can mend what failed.
func isOver(err error) bool {
	switch mail.CodeOf(err) {
	case mail.CodeSignInExpired, mail.CodeAdminApproval, mail.CodeClientRefused, mail.CodeConsentDenied:
		return true
	}
	return false
}

// fetch asks the provider for the next grant.
func (s *Source) fetch(ctx context.Context, g Grant) (Grant, error) {
	if g.Refresh == "" {
		return Grant{}, s.expired(errors.New("oauth: no refresh token"))
	}
	at, err := s.where(ctx)
	if err != nil {
		return Grant{}, err
	}
	begun := time.Now()
	t, err := at.config(g.Client).TokenSource(withClient(ctx, s.http), &oauth2.Token{RefreshToken: g.Refresh}).Token()
	if err != nil {
		e := ExplainToken(ctx, err, s.signIn, at.endpoint.TokenURL)
		if e.Code == mail.CodeConsentDenied {
			e.Code = mail.CodeSignInExpired // interaction_required: the page has something to ask
		}
		e.Args["account"] = s.account
		return Grant{}, e
	}
	return newGrant(t, begun, g.Client), nil
}

// where finds the provider's endpoints, once.
func (s *Source) where(ctx context.Context) (service, error) {
	s.mu.Lock()
	known := s.service
	s.mu.Unlock()
	if known != nil {
		return *known, nil
	}
	found, err := serviceFor(ctx, s.http, s.signIn)
	if err != nil {
		return service{}, err
	}
	s.mu.Lock()
	s.service = &found
	s.mu.Unlock()
	return found, nil
}

// Replace saves a grant of a new sign-in and uses it from now on. What a renewal
// of the former one that is under way will bring is dropped.
func (s *Source) Replace(ctx context.Context, g Grant) error {
	s.saving.Lock()
	defer s.saving.Unlock()
	if err := s.keep.Save(ctx, g); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.grant, s.loaded, s.unsaved, s.over, s.flight = g, true, false, nil, nil
	return nil
}

// Wait waits for a renewal that is under way to end.
func (s *Source) Wait() {
	s.mu.Lock()
	f := s.flight
	s.mu.Unlock()
	if f != nil {
		<-f.done
	}
}

// Grant returns the grant as it is now.
func (s *Source) Grant(ctx context.Context) (Grant, error) {
	s.Wait()
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.load(ctx); err != nil {
		return Grant{}, err
	}
	return s.grant, nil
}

// Revoke tells the provider to forget a grant (RFC 7009), where it takes that.
func Revoke(ctx context.Context, s mail.SignIn, client *http.Client, g Grant) error {
	at, err := serviceFor(ctx, client, s)
	if err != nil || at.revoke == "" || g.Refresh == "" && g.Access == "" {
		return err
	}
	form := url.Values{"client_id": {g.Client.ID}, "token": {g.Refresh}, "token_type_hint": {"refresh_token"}}
	if g.Refresh == "" {
		form = url.Values{"client_id": {g.Client.ID}, "token": {g.Access}, "token_type_hint": {"access_token"}}
	}
	if g.Client.Secret != "" {
		form.Set("client_secret", g.Client.Secret)
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, at.revoke, strings.NewReader(form.Encode()))
	if err != nil {
		return err
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	response, err := client.Do(r)
	if err != nil {
		return network(ctx, err, at.revoke)
	}
	defer func() { _ = response.Body.Close() }()
	if response.StatusCode != http.StatusOK {
		return down(at.revoke, errors.New("revocation: status "+response.Status))
	}
	return nil
}
