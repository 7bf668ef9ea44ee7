package oauth

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"strings"
	"time"

	"golang.org/x/oauth2"

	"waxwing/backend/mail"
)

// DefaultTimeout is how long a person has to finish a sign-in page.
const DefaultTimeout = 10 * time.Minute

// A Flow is one sign-in of a person at a provider's page.
type Flow struct {
	SignIn mail.SignIn
	Client Client
	// Email is the account that shall sign in, unless SignIn.Login says that a
	// person does for it. The page suggests that address, and when another one signs
	// in, the flow fails with CodeWrongAccount. User, if not empty, is accepted in
	// Email's place: the account's name to sign in with at the mail servers.
	Email, User string
	// Device asks for a code to type on any device (RFC 8628), in place of a
	// page in this computer's browser.
	Device bool
	// Language is that of the page at the end, "de" or "en".
	Language string
	HTTP     *http.Client
	// Open is called once with what the person is to open.
	Open func(Prompt)
	// Drop, if not nil, is called with a grant that the provider gave but Run
	// doesn't return, so that it can be revoked. It must not block.
	Drop func(Grant)
	// Timeout bounds the whole; zero means DefaultTimeout.
	Timeout time.Duration
}

// A Prompt is what a person opens to sign in.
type Prompt struct {
	URL     string
	Code    string // to type there; empty when there is nothing to type
	Expires time.Time
}

// Run waits for the person and returns what the provider grants.
//
// The codes: CodeNoClientID, CodeNotOpenID, CodeConsentDenied,
// CodeAdminApproval, CodeWrongAccount, CodeClientRefused, CodeProviderDown,
// CodeSignInTimeout, CodeCancelled, CodeInvalid with the field, and those of a
// network that fails.
func (f *Flow) Run(ctx context.Context) (Grant, error) {
	if f.Client.ID == "" {
		return Grant{}, &mail.Error{Code: mail.CodeNoClientID, Args: map[string]string{"provider": Name(f.SignIn)}}
	}
	asked := ctx
	ctx, cancel := context.WithTimeout(ctx, cmp.Or(f.Timeout, DefaultTimeout))
	defer cancel()
	g, err := f.run(ctx)
	if err != nil && ctx.Err() != nil {
		code := mail.CodeSignInTimeout
		if errors.Is(asked.Err(), context.Canceled) {
			code = mail.CodeCancelled
		}
		return Grant{}, &mail.Error{Code: code, Args: map[string]string{"provider": Name(f.SignIn)}, Err: ctx.Err()}
	}
	return g, err
}

func (f *Flow) run(ctx context.Context) (Grant, error) {
	s, err := serviceFor(ctx, f.HTTP, f.SignIn)
	if err != nil {
		return Grant{}, err
	}
	config := s.config(f.Client)
	begun := time.Now()
	var token *oauth2.Token
	if f.Device {
		token, err = f.byDevice(ctx, s, config)
	} else {
		token, err = f.byBrowser(ctx, s, config)
	}
	if err != nil {
		return Grant{}, err
	}
	g := newGrant(token, begun, f.Client)
	if err = f.check(ctx, s, token); err == nil {
		err = ctx.Err()
	}
	if err != nil {
		if f.Drop != nil {
			f.Drop(g)
		}
		return Grant{}, err
	}
	return g, nil
}

func (s service) config(c Client) *oauth2.Config {
	return &oauth2.Config{ClientID: c.ID, ClientSecret: c.Secret, Endpoint: s.endpoint, Scopes: s.scopes}
}

// byBrowser takes the code from a redirect to this computer (RFC 8252 §4.1).
func (f *Flow) byBrowser(ctx context.Context, s service, config *oauth2.Config) (*oauth2.Token, error) {
	door, err := openDoor(s.redirect, s.issuer, f.Language)
	if err != nil {
		return nil, err
	}
	defer door.close()
	config.RedirectURL = door.address
	verifier := oauth2.GenerateVerifier()
	options := []oauth2.AuthCodeOption{oauth2.S256ChallengeOption(verifier)}
	for name, value := range s.extra {
		options = append(options, oauth2.SetAuthURLParam(name, value))
	}
	if who := f.who(); who != "" {
		options = append(options, oauth2.SetAuthURLParam("login_hint", who))
	}
	f.open(ctx, Prompt{URL: config.AuthCodeURL(door.state, options...)})
	code, err := door.wait(ctx)
	if err != nil {
		var r refusal
		if errors.As(err, &r) {
			return nil, r.explain(f.SignIn)
		}
		return nil, err
	}
	token, err := config.Exchange(withClient(ctx, f.HTTP), code, oauth2.VerifierOption(verifier))
	if err != nil {
		return nil, ExplainToken(ctx, err, f.SignIn, s.endpoint.TokenURL)
	}
	return token, nil
}

// byDevice waits until the person has typed a code somewhere.
func (f *Flow) byDevice(ctx context.Context, s service, config *oauth2.Config) (*oauth2.Token, error) {
	if s.endpoint.DeviceAuthURL == "" {
		return nil, &mail.Error{
			Code: mail.CodeInvalid, Args: map[string]string{"field": "device"},
			Err: errors.New("the provider has no device code for mail"),
		}
	}
	ctx = withClient(ctx, f.HTTP)
	answer, err := config.DeviceAuth(ctx)
	if err != nil {
		return nil, ExplainToken(ctx, err, f.SignIn, s.endpoint.DeviceAuthURL)
	}
	if !trustworthy(answer.VerificationURI) {
		return nil, down(s.endpoint.DeviceAuthURL, errors.New("an address that can't be opened"))
	}
	f.open(ctx, Prompt{URL: answer.VerificationURI, Code: answer.UserCode, Expires: answer.Expiry})
	token, err := config.DeviceAccessToken(ctx, answer)
	if err != nil {
		if !answer.Expiry.IsZero() && !time.Now().Before(answer.Expiry) {
			return nil, refusal{code: "expired_token"}.explain(f.SignIn)
		}
		return nil, ExplainToken(ctx, err, f.SignIn, s.endpoint.TokenURL)
	}
	return token, nil
}

func (f *Flow) open(ctx context.Context, p Prompt) {
	if end, ok := ctx.Deadline(); ok && (p.Expires.IsZero() || end.Before(p.Expires)) {
		p.Expires = end
	}
	if f.Open != nil {
		f.Open(p)
	}
}

// check makes sure that the right account signed in and that the tokens are
// good for mail.
func (f *Flow) check(ctx context.Context, s service, token *oauth2.Token) error {
	// RFC 6749 §5.1: the scope is told when it isn't the one asked for. Google
	// lets people untick a part.
	if granted, ok := token.Extra("scope").(string); ok && granted != "" && s.lacksMail(strings.Fields(granted)) {
		return refusal{"access_denied", ""}.explain(f.SignIn)
	}
	who := f.who()
	if who == "" {
		return nil
	}
	addresses := f.whoSignedIn(ctx, s, token)
	for _, a := range addresses {
		if strings.EqualFold(a, who) || f.SignIn.Login == "" && f.User != "" && strings.EqualFold(a, f.User) {
			return nil
		}
	}
	if len(addresses) == 0 {
		return nil // the provider doesn't tell; the mail server will see
	}
	return &mail.Error{Code: mail.CodeWrongAccount, Args: map[string]string{
		"provider": Name(f.SignIn), "account": who, "signedIn": printable(addresses[0]),
	}}
}

// who returns the address that shall sign in.
func (f *Flow) who() string { return cmp.Or(f.SignIn.Login, f.Email) }

// lacksMail reports whether a scope for mail was asked for and none granted.
func (s service) lacksMail(granted []string) bool {
	asked := false
	for _, scope := range s.scopes {
		switch scope {
		case "openid", "email", "profile", "offline_access":
			continue
		}
		asked = true
		for _, g := range granted {
			if strings.EqualFold(g, scope) {
				return false
			}
		}
	}
	return asked
}
