package engine

import (
	"strings"

	"waxwing/backend/mail"
	"waxwing/backend/oauth"
	"waxwing/backend/provider"
)

// Suggest fills in how an address is reached, without asking the network; an
// address of no known provider gets no servers. CodeInvalid with field "email" means that
// this can't be an address.
func Suggest(email string) (mail.Account, error) {
	return suggest(email, func(s mail.SignIn) bool { return oauth.Built(s.Provider).ID != "" })
}

// suggest is Suggest; known tells whether there is a registration to sign in by.
func suggest(email string, known func(mail.SignIn) bool) (mail.Account, error) {
	email = strings.TrimSpace(email)
	if !plausibleAddress(email) {
		return mail.Account{}, invalid("email")
	}
	a := mail.Account{Email: email, Notify: true, NotifyHere: true}
	if p := provider.OfAddress(email); p != nil {
		a.IMAP, a.SMTP, a.SignIn = p.IMAP, p.SMTP, signInAt(p, known)
	}
	return a, nil
}

// signInAt proposes how to sign in: in the browser where that can work, or
// nothing else does, and otherwise by password.
func signInAt(p *provider.Provider, known func(mail.SignIn) bool) mail.SignIn {
	if p.SignIn[0] != mail.SignInOAuth {
		return mail.SignIn{Method: p.SignIn[0]}
	}
	s := mail.SignIn{Method: mail.SignInOAuth, Provider: p.ID}
	if p.TakesPasswords() && !known(s) {
		return mail.SignIn{Method: p.SignIn[len(p.SignIn)-1]}
	}
	return s
}

// Suggest is the function Suggest with the registrations that this engine
// knows, unless the organisation's policy knows better.
func (e *Engine) Suggest(email string) (mail.Account, error) {
	if a, ok := e.Policy().Policy.Suggest(strings.TrimSpace(email), e.rules.user); ok {
		return a, nil
	}
	return suggest(email, e.SignInKnown)
}
