package app

import (
	"context"
	"crypto/rand"
	"sync"

	"github.com/wailsapp/wails/v2/pkg/runtime"

	"waxwing/backend/engine"
	"waxwing/backend/mail"
)

// signing is the sign-in at a provider's page that is under way, and what the
// last one gave. The tokens themselves never get to the screens.
type signing struct {
	mu      sync.Mutex
	cancel  context.CancelFunc
	address string // of the page; empty before it is known
	name    string // of result
	result  *engine.SignedIn
}

// begin ends the sign-in before and makes room for another.
func (s *signing) begin(ctx context.Context) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancel(ctx)
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.cancel != nil {
		s.cancel()
	}
	s.cancel, s.address = cancel, ""
	return ctx, cancel
}

// keep holds a result and returns its name, and the one before, if there is one.
func (s *signing) keep(result *engine.SignedIn) (name string, before *engine.SignedIn) {
	s.mu.Lock()
	defer s.mu.Unlock()
	before, s.name, s.result = s.result, rand.Text(), result
	return s.name, before
}

// end ends the sign-in under way and forgets the result before, which it returns.
func (s *signing) end() *engine.SignedIn {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.cancel != nil {
		s.cancel()
	}
	before := s.result
	s.name, s.result = "", nil
	return before
}

func (s *signing) granted(name string) (*engine.SignedIn, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.result == nil || s.name != name {
		return nil, &mail.Error{Code: mail.CodeInvalid, Args: map[string]string{"field": "granted"}}
	}
	return s.result, nil
}

// SignIn has the person sign in at the provider's page, which it opens in the
// system's browser; the event "signIn" tells its address. It returns a name for
// what that gave, for AccountForm.Granted. A sign-in that is under way ends.
func (s *Accounts) SignIn(form SignInForm) (string, error) {
	e, ctx, err := s.shell.engine()
	if err != nil {
		return "", err
	}
	ctx, cancel := s.shell.signing.begin(ctx)
	defer cancel()
	result, err := e.SignIn(ctx, s.request(form))
	if err != nil {
		return "", err
	}
	if ctx.Err() != nil { // cancelled at the last moment: nobody will ask for it
		e.Abandon(result)
		return "", &mail.Error{Code: mail.CodeCancelled, Err: ctx.Err()}
	}
	name, before := s.shell.signing.keep(result)
	if before != nil {
		e.Abandon(before)
	}
	return name, nil
}

// SignInAgain is SignIn for a connected account, which uses the result at once.
// What the form leaves empty is the account's.
func (s *Accounts) SignInAgain(id string, form SignInForm) error {
	e, ctx, err := s.shell.engine()
	if err != nil {
		return err
	}
	ref, err := mail.ParseRef(id, mail.RefAccount)
	if err != nil {
		return err
	}
	ctx, cancel := s.shell.signing.begin(ctx)
	defer cancel()
	return e.SignInAgain(ctx, ref.Account, s.request(form))
}

func (s *Accounts) request(form SignInForm) engine.SignInRequest {
	return engine.SignInRequest{
		Email: form.Email, User: form.User, SignIn: form.SignIn.method(),
		ClientSecret: form.ClientSecret, Device: form.Device, Language: form.Language,
		Open: func(p engine.SignInPrompt) {
			s.shell.signing.mu.Lock()
			s.shell.signing.address = p.URL
			s.shell.signing.mu.Unlock()
			s.shell.emit(eventSignIn, SignInPrompt{p.URL, p.Code, milli(p.Expires)})
			if p.Code == "" { // a code is read first
				s.OpenSignIn()
			}
		},
	}
}

// CancelSignIn ends the sign-in that is under way, if one is. What the last one
// gave is void, and its provider told so, unless an account was connected with it.
func (s *Accounts) CancelSignIn() {
	if e, _, err := s.shell.engine(); err == nil {
		if before := s.shell.signing.end(); before != nil {
			e.Abandon(before)
		}
	}
}

// OpenSignIn opens the provider's page, if a sign-in is under way. The
// development build leaves that to the browser it is shown in.
func (s *Accounts) OpenSignIn() {
	s.shell.signing.mu.Lock()
	address := s.shell.signing.address
	s.shell.signing.mu.Unlock()
	if ctx := s.shell.window(); ctx != nil && address != "" && !devServer {
		runtime.BrowserOpenURL(ctx, address)
	}
}

// SignInKnown reports whether there is a registration to sign in by, so that
// the person needs none of their own.
func (s *Accounts) SignInKnown(signIn SignIn) (bool, error) {
	e, _, err := s.shell.engine()
	if err != nil {
		return false, err
	}
	return e.SignInKnown(signIn.method()), nil
}
