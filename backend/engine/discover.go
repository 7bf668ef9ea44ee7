package engine

import (
	"context"
	"strings"

	"waxwing/backend/autoconfig"
	"waxwing/backend/mail"
	"waxwing/backend/oauth"
	"waxwing/backend/policy"
)

// Discover finds out how an address is reached; see autoconfig.Finder.Find for
// its errors. CodeInvalid with field "email" also means that this can't be an
// address. What the policy, which may be nil, says of the address wins over
// everything that could be found, and nobody is asked then. CodePolicy means that
// it doesn't allow the user the address, which nobody is asked for either, or any
// of the servers that were found; those that it doesn't allow are left out.
func Discover(
	ctx context.Context, f *autoconfig.Finder, p *policy.Policy, u policy.User, email string,
) (autoconfig.Result, error) {
	email = strings.TrimSpace(email)
	if !plausibleAddress(email) {
		return autoconfig.Result{}, invalid("email")
	}
	if a, ok := p.Suggest(email, u); ok {
		return autoconfig.ByPolicy(a), nil
	}
	if err := refusedAddress(p, u, email); err != nil {
		return autoconfig.Result{}, err
	}
	result, err := f.Find(ctx, email)
	if err != nil {
		return result, err
	}
	if err := admit(p, u, result.Answer); err != nil {
		return autoconfig.Result{Tried: result.Tried}, err
	}
	return result, nil
}

// refusedAddress gives CodePolicy for an address that the policy doesn't allow.
func refusedAddress(p *policy.Policy, u policy.User, email string) error {
	reason, value := p.RefusesAddress(email, u)
	return forbidden(p, reason, value)
}

// admit takes the servers out of an answer that the policy doesn't allow. When
// none is left of a kind that there was, the error says why.
func admit(p *policy.Policy, u policy.User, a *autoconfig.Answer) error {
	for _, kind := range []*[]autoconfig.Candidate{&a.IMAP, &a.SMTP} {
		var allowed []autoconfig.Candidate
		var refusal error
		for _, c := range *kind {
			// Where it is only about one server's name, either place will do.
			err := Allowed(p, u, mail.Account{Email: a.Email, User: c.User, IMAP: c.Server})
			if err == nil {
				allowed = append(allowed, c)
			} else if refusal == nil {
				refusal = err
			}
		}
		if len(allowed) == 0 && refusal != nil {
			return refusal
		}
		*kind = allowed
	}
	return nil
}

// Discover is the function Discover on the engine's network, by the
// organisation's policy, and with a way to sign in proposed.
func (e *Engine) Discover(ctx context.Context, email string) (autoconfig.Result, error) {
	result, err := Discover(ctx, &e.finder, e.Policy().Policy, e.rules.user, email)
	if err == nil {
		e.proposeSignIn(result.Answer)
	}
	return result, err
}

// proposeSignIn is ProposeSignIn with the registrations that this engine knows.
func (e *Engine) proposeSignIn(a *autoconfig.Answer) { ProposeSignIn(a, e.SignInKnown) }

// Registered reports whether the policy, which may be nil, or this build has a
// registration to sign in by.
func Registered(p *policy.Policy, s mail.SignIn) bool {
	_, ok := policyClient(p, s)
	return ok || oauth.Built(s.Provider).ID != ""
}

// ProposeSignIn chooses among the ways to sign in of an answer unless the policy did:
// the provider's page if the program is known there or nothing else works, and
// otherwise the best kind of password.
func ProposeSignIn(a *autoconfig.Answer, known func(mail.SignIn) bool) {
	if a.Source == autoconfig.SourcePolicy {
		return
	}
	page := mail.SignIn{Method: mail.SignInOAuth, Provider: a.Provider}
	_, unusable := cleanSignIn(page)
	ways := a.SignIn()
	for i, way := range ways {
		last := i == len(ways)-1
		switch {
		case way != mail.SignInOAuth:
			a.Proposed = mail.SignIn{Method: way}
			return
		case unusable == "" && (last || known(page)):
			a.Proposed = page
			return
		}
	}
}

// AtExchange is autoconfig.Finder.AtExchange by the organisation's policy, which may
// be nil; it has its say as with Discover.
func AtExchange(
	ctx context.Context, f *autoconfig.Finder, p *policy.Policy, u policy.User, server, email string,
) (autoconfig.Answer, error) {
	email = strings.TrimSpace(email)
	if !plausibleAddress(email) {
		return autoconfig.Answer{}, invalid("email")
	}
	if a, ok := p.Suggest(email, u); ok {
		return *autoconfig.ByPolicy(a).Answer, nil
	}
	if err := refusedAddress(p, u, email); err != nil {
		return autoconfig.Answer{}, err
	}
	answer, err := f.AtExchange(ctx, server, email)
	if err != nil {
		return answer, err
	}
	return answer, admit(p, u, &answer)
}

// AtExchange is the function AtExchange on the engine's network.
func (e *Engine) AtExchange(ctx context.Context, server, email string) (autoconfig.Answer, error) {
	answer, err := AtExchange(ctx, &e.finder, e.Policy().Policy, e.rules.user, server, email)
	if err == nil {
		e.proposeSignIn(&answer)
	}
	return answer, err
}

// ByProvider says how an address is reached if the provider with the id runs its
// mail, without asking anybody. The answer holds no servers for mail.ProviderExchange
// and mail.ProviderOther, whose servers differ. CodeInvalid names "email" or
// "provider". The policy has its say as with Discover.
func (e *Engine) ByProvider(id mail.ProviderID, email string) (autoconfig.Answer, error) {
	email = strings.TrimSpace(email)
	if !plausibleAddress(email) {
		return autoconfig.Answer{}, invalid("email")
	}
	answer, known := autoconfig.ByProvider(id, email)
	if !known {
		return autoconfig.Answer{}, invalid("provider")
	}
	p, u := e.Policy().Policy, e.rules.user
	if a, ok := p.Suggest(email, u); ok {
		return *autoconfig.ByPolicy(a).Answer, nil
	}
	if err := refusedAddress(p, u, email); err != nil {
		return autoconfig.Answer{}, err
	}
	e.proposeSignIn(&answer)
	return answer, admit(p, u, &answer)
}
