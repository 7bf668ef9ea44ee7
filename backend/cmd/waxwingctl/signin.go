package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"strings"

	"waxwing/backend/engine"
	"waxwing/backend/mail"
)

// signInForm holds the flags about signing in at a provider's page.
type signInForm struct {
	oauth, tenant, clientID string
	login                   string
	secretFromStdin, device bool
}

func (f *signInForm) declare(set *flag.FlagSet) {
	set.StringVar(&f.tenant, "tenant", "", "")
	set.StringVar(&f.login, "login", "", "")
	set.StringVar(&f.clientID, "client-id", "", "")
	set.BoolVar(&f.secretFromStdin, "client-secret-stdin", false, "")
	set.BoolVar(&f.device, "device", false, "")
}

// signIn returns what --oauth and the flags beside it describe.
func (f *signInForm) signIn() (mail.SignIn, error) {
	s := mail.SignIn{Method: mail.SignInOAuth, Tenant: f.tenant, ClientID: f.clientID, Login: f.login}
	switch p := mail.ProviderID(f.oauth); p {
	case mail.ProviderMicrosoft, mail.ProviderOutlook, mail.ProviderGoogle, mail.ProviderYahoo:
		s.Provider = p
	default:
		if !strings.Contains(f.oauth, "://") {
			return s, misused("--oauth is microsoft, outlook, google, yahoo or an address, not %q", f.oauth)
		}
		s.Provider, s.Issuer = mail.ProviderOther, f.oauth
	}
	return s, nil
}

// request asks the person on stderr: stdout is the result's.
func (f *signInForm) request(c *cli) (engine.SignInRequest, error) {
	r := engine.SignInRequest{Device: f.device, Open: func(p engine.SignInPrompt) {
		fmt.Fprintf(c.err, "Open this address and sign in:\n\n  %s\n\n", printable(p.URL))
		if p.Code != "" {
			fmt.Fprintf(c.err, "Type this code there: %s\n\n", printable(p.Code))
		}
	}}
	if !f.secretFromStdin {
		return r, nil
	}
	if err := c.readPassphrase(); err != nil {
		return r, err
	}
	data, err := io.ReadAll(io.LimitReader(c.in, maxPassword))
	if err != nil {
		return r, fmt.Errorf("read client secret: %w", err)
	}
	if r.ClientSecret = strings.TrimSpace(string(data)); r.ClientSecret == "" {
		return r, misused("--client-secret-stdin: stdin is empty")
	}
	return r, nil
}

// addSignedIn connects an account after its person has signed in.
func (f *signInForm) addSignedIn(ctx context.Context, c *cli, e *engine.Engine, account mail.Account) (mail.AccountID, error) {
	r, err := f.request(c)
	if err != nil {
		return 0, err
	}
	r.Email, r.User, r.SignIn = account.Email, account.User, account.SignIn
	signedIn, err := e.SignIn(ctx, r)
	if err != nil {
		return 0, err
	}
	id, err := e.AddSignedIn(ctx, account, signedIn)
	if err != nil {
		e.Abandon(signedIn)
	}
	return id, err
}

func accountSignIn(set *flag.FlagSet) action {
	var form signInForm
	form.declare(set)
	return func(ctx context.Context, c *cli, args []string) (result, error) {
		e, account, err := c.oneAccount(ctx, "account signin", args)
		if err != nil {
			return result{}, err
		}
		if _, problem := e.SecretsState(ctx); problem != nil {
			return result{}, problem // what is kept in memory would be gone with this call
		}
		r, err := form.request(c)
		if err != nil {
			return result{}, err
		}
		if r.SignIn = account.SignIn; form.clientID != "" {
			r.SignIn.ClientID = form.clientID
		}
		if form.tenant != "" {
			r.SignIn.Tenant = form.tenant
		}
		if form.login != "" {
			r.SignIn.Login = form.login
		}
		if err := e.SignInAgain(ctx, account.ID, r); err != nil {
			return result{}, err
		}
		return done(account.ID, "Signed in to"), nil
	}
}
