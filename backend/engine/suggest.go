package engine

import (
	"context"
	"strings"

	"waxwing/backend/autoconfig"
	"waxwing/backend/mail"
	"waxwing/backend/provider"
)

// Suggest fills in how an address is probably reached, without asking the
// network: a guess may be wrong. CodeInvalid with field "email" means that
// this can't be an address.
func Suggest(email string) (mail.Account, error) {
	email = strings.TrimSpace(email)
	if !plausibleAddress(email) {
		return mail.Account{}, invalid("email")
	}
	imap, smtp := provider.Guess(email)
	if p := provider.OfAddress(email); p != nil {
		imap, smtp = p.IMAP, p.SMTP
	}
	return mail.Account{Email: email, IMAP: imap, SMTP: smtp, Notify: true, NotifyHere: true}, nil
}

// Discover finds out how an address is reached; see autoconfig.Finder.Find for
// its errors. CodeInvalid with field "email" also means that this can't be an
// address.
func Discover(ctx context.Context, f *autoconfig.Finder, email string) (autoconfig.Result, error) {
	email = strings.TrimSpace(email)
	if !plausibleAddress(email) {
		return autoconfig.Result{}, invalid("email")
	}
	return f.Find(ctx, email)
}

// Discover is the function Discover on the engine's network.
func (e *Engine) Discover(ctx context.Context, email string) (autoconfig.Result, error) {
	return Discover(ctx, &e.finder, email)
}

// Suggest is the function Suggest, unless the organisation's policy knows better.
func (e *Engine) Suggest(email string) (mail.Account, error) {
	if a, ok := e.Policy().Policy.Suggest(strings.TrimSpace(email), e.rules.user); ok {
		return a, nil
	}
	return Suggest(email)
}
