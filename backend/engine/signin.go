package engine

import (
	"context"
	"sync/atomic"
	"time"

	"waxwing/backend/connect"
	"waxwing/backend/mail"
	"waxwing/backend/oauth"
	"waxwing/backend/policy"
	"waxwing/backend/secrets"
)

// SignInPrompt is what a person opens to sign in.
type SignInPrompt = oauth.Prompt

// SignInRequest says who shall sign in where.
type SignInRequest struct {
	// Email is the account's address, User its name at the mail servers when
	// that is another: nobody else's sign-in is taken.
	Email, User string
	SignIn      mail.SignIn
	// ClientSecret belongs to SignIn.ClientID, where the provider handed one out.
	ClientSecret string
	// Device asks for a code to type on any device.
	Device bool
	// Language is that of the page at the end, "de" or "en".
	Language string
	// Open is called once, with what to open. It must not block.
	Open func(SignInPrompt)
}

// SignedIn is what a person's sign-in gave. It is nobody's account yet. If it
// doesn't become one, it is to be abandoned.
type SignedIn struct {
	signIn mail.SignIn
	source *oauth.Source
	fate   atomic.Int32
}

// The fates of a SignedIn.
const (
	fateOpen int32 = iota
	fateTaken
	fateAbandoned
)

// take keeps a sign-in from being abandoned. CodeInvalid with the field "granted"
// means that it was already.
func (s *SignedIn) take() error {
	if !s.fate.CompareAndSwap(fateOpen, fateTaken) && s.fate.Load() != fateTaken {
		return invalid("granted")
	}
	return nil
}

// giveBack undoes take when what followed failed.
func (s *SignedIn) giveBack(err error) {
	if err != nil {
		s.fate.Store(fateOpen)
	}
}

// Abandon has the provider forget a sign-in that no account was connected with, in
// the background (RFC 7009). For one that is an account's it does nothing.
func (e *Engine) Abandon(s *SignedIn) {
	if !s.fate.CompareAndSwap(fateOpen, fateAbandoned) {
		return
	}
	grant, err := s.source.Grant(context.Background())
	if err != nil {
		return // its keeper is the memory, which has one
	}
	e.revoke(s.signIn, grant)
}

// memory keeps a grant that is nobody's yet.
type memory struct{ grant oauth.Grant }

func (m *memory) Load(context.Context) (oauth.Grant, error) { return m.grant, nil }

func (m *memory) Save(_ context.Context, g oauth.Grant) error {
	m.grant = g
	return nil
}

// SignIn has a person sign in at the provider's page and waits for that. It
// changes nothing; AddSignedIn or Adopt make use of the result. The codes are
// those of oauth.Flow.
func (e *Engine) SignIn(ctx context.Context, r SignInRequest) (*SignedIn, error) {
	signIn, field := cleanSignIn(r.SignIn)
	if field != "" {
		return nil, invalid("signIn." + field)
	}
	if !signIn.OAuth() {
		return nil, invalid("signIn.method")
	}
	if c, ok := policyClient(e.Policy().Policy, signIn); ok && signIn.Tenant == "" {
		signIn.Tenant = c.Tenant
	}
	flow := oauth.Flow{
		SignIn: signIn, Client: e.client(ctx, signIn, r.ClientSecret), Email: r.Email, User: r.User,
		Device: r.Device, Language: r.Language, HTTP: e.web, Open: r.Open,
		Drop: func(g oauth.Grant) { e.revoke(signIn, g) },
	}
	grant, err := flow.Run(ctx)
	if err != nil {
		e.log.Info("sign-in failed", "provider", signIn.Provider, "error", err)
		return nil, err
	}
	return &SignedIn{signIn: signIn, source: oauth.NewSource(signIn, r.Email, e.web, &memory{grant})}, nil
}

// SignInKnown reports whether there is a registration to sign in by.
func (e *Engine) SignInKnown(s mail.SignIn) bool {
	return e.client(context.Background(), s, "").ID != ""
}

// client finds the registration to sign in by: the one that was given, the
// organisation's, one that another account at the provider was connected with,
// this build's.
func (e *Engine) client(ctx context.Context, s mail.SignIn, secret string) oauth.Client {
	if s.ClientID != "" && secret != "" {
		return oauth.Client{ID: s.ClientID, Secret: secret}
	}
	if c, ok := policyClient(e.Policy().Policy, s); ok && s.ClientID == "" {
		return oauth.Client{ID: c.ClientID, Secret: c.ClientSecret}
	}
	for _, a := range e.all() {
		other := a.current().SignIn
		if !other.OAuth() || other.Provider != s.Provider || other.Issuer != s.Issuer ||
			other.ClientID == "" || s.ClientID != "" && s.ClientID != other.ClientID {
			continue
		}
		if g, err := a.tokens().Grant(ctx); err == nil && g.Client.ID == other.ClientID {
			return g.Client // with its secret, if it has one
		}
		return oauth.Client{ID: other.ClientID}
	}
	if s.ClientID != "" {
		return oauth.Client{ID: s.ClientID}
	}
	return oauth.Built(s.Provider)
}

// policyClient returns what the organisation's policy says of a registration.
func policyClient(p *policy.Policy, s mail.SignIn) (policy.Client, bool) {
	if s.Provider == mail.ProviderOther {
		return p.Client(s.Issuer)
	}
	return p.Client(string(s.Provider))
}

// TestSignedIn is Test with what a sign-in gave.
func (e *Engine) TestSignedIn(
	ctx context.Context, info mail.Account, s *SignedIn, report func(connect.Report),
) (connect.Report, error) {
	info.SignIn = s.signIn
	if err := e.allowed(info); err != nil {
		return connect.Report{}, err
	}
	return test(ctx, e.dialer, info, connect.Credentials{Tokens: s.source}, report)
}

// AddSignedIn is AddAccount with what a sign-in gave in place of a password.
func (e *Engine) AddSignedIn(ctx context.Context, info mail.Account, s *SignedIn) (_ mail.AccountID, err error) {
	if err := s.take(); err != nil {
		return 0, err
	}
	defer func() { s.giveBack(err) }()
	grant, err := s.encoded(ctx)
	if err != nil {
		return 0, err
	}
	info.SignIn = s.signIn
	e.administration.Lock()
	defer e.administration.Unlock()
	return e.addAccount(ctx, info, secrets.OAuth, grant)
}

func (s *SignedIn) encoded(ctx context.Context) (string, error) {
	grant, err := s.source.Grant(ctx)
	if err != nil {
		return "", err
	}
	return grant.Encode()
}

// Adopt signs an account in by what a sign-in gave from now on, and tries it.
func (e *Engine) Adopt(ctx context.Context, id mail.AccountID, s *SignedIn) (err error) {
	if err := s.take(); err != nil {
		return err
	}
	defer func() { s.giveBack(err) }()
	e.administration.Lock()
	defer e.administration.Unlock()
	a, err := e.account(id)
	if err != nil {
		return err
	}
	grant, err := s.source.Grant(ctx)
	if err != nil {
		return err
	}
	info := a.current()
	if info.SignIn != s.signIn {
		info.SignIn = s.signIn
		if err := (keep{e.secrets, id}).Save(ctx, grant); err != nil {
			return err
		}
		if err := e.updateAccount(ctx, info); err != nil {
			return err
		}
		return e.secrets.Delete(ctx, id, secrets.Password)
	}
	// The former grant isn't revoked: Google, for one, takes back everything that the
	// person granted to the program, and so what was granted just now.
	if err := a.tokens().Replace(ctx, grant); err != nil {
		return err
	}
	a.ring(ringPerson)
	return nil
}

// SignInAgain has the person sign in anew to an account that is connected; what
// the request leaves empty is the account's. CodeInvalid with the field
// "signIn.method" means that it signs in by password.
func (e *Engine) SignInAgain(ctx context.Context, id mail.AccountID, r SignInRequest) error {
	a, err := e.account(id)
	if err != nil {
		return err
	}
	info := a.current()
	r.Email, r.User = info.Email, info.User
	if r.SignIn == (mail.SignIn{}) {
		r.SignIn = info.SignIn
	}
	s, err := e.SignIn(ctx, r)
	if err != nil {
		return err
	}
	err = e.Adopt(ctx, id, s)
	e.Abandon(s) // unless it was adopted
	return err
}

// keep is where an account's grant lies.
type keep struct {
	secrets *secrets.Keeper
	id      mail.AccountID
}

func (k keep) Load(ctx context.Context) (oauth.Grant, error) {
	text, err := k.secrets.Get(ctx, k.id, secrets.OAuth)
	if err != nil {
		return oauth.Grant{}, err
	}
	return oauth.ParseGrant(text)
}

func (k keep) Save(ctx context.Context, g oauth.Grant) error {
	text, err := g.Encode()
	if err != nil {
		return err
	}
	return k.secrets.Put(ctx, k.id, secrets.OAuth, text)
}

// tokens returns the account's source of tokens, the same for all its connections.
func (a *account) tokens() *oauth.Source {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.source == nil {
		a.source = oauth.NewSource(a.info.SignIn, a.info.Email, a.engine.web, keep{a.engine.secrets, a.id})
	}
	return a.source
}

// revokeTimeout bounds how long a provider may take to forget a grant.
const revokeTimeout = 5 * time.Second

// grantToRevoke returns what the provider shall forget once the account is
// gone; nothing when it can't be read.
func (a *account) grantToRevoke(ctx context.Context) oauth.Grant {
	if !a.current().SignIn.OAuth() {
		return oauth.Grant{}
	}
	grant, err := a.tokens().Grant(ctx)
	if err != nil {
		a.engine.log.Warn("the provider isn't told of the end of a sign-in", "account", a.id, "error", err)
	}
	return grant
}

// revoke tells the provider in the background that a grant isn't used any more.
// Nobody waits for it but Close.
func (e *Engine) revoke(signIn mail.SignIn, grant oauth.Grant) {
	if grant == (oauth.Grant{}) {
		return
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.closed {
		return
	}
	e.running.Go(func() {
		ctx, cancel := context.WithTimeout(context.Background(), revokeTimeout)
		defer cancel()
		if err := oauth.Revoke(ctx, signIn, e.web, grant); err != nil {
			e.log.Warn("the provider wasn't told of the end of a sign-in", "provider", signIn.Provider, "error", err)
		}
	})
}

// settle waits until no grant is being renewed, but no longer than limit.
func (e *Engine) settle(limit time.Duration) bool {
	done := make(chan struct{})
	go func() {
		defer close(done)
		for _, a := range e.all() {
			a.mu.Lock()
			source := a.source
			a.mu.Unlock()
			if source != nil {
				source.Wait()
			}
		}
	}()
	select {
	case <-done:
		return true
	case <-time.After(limit):
		return false
	}
}
