package engine

import (
	"context"
	"strings"

	"waxwing/backend/autoconfig"
	"waxwing/backend/mail"
)

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

// Discover is the function Discover on the engine's network, unless the
// organisation's policy knows better.
func (e *Engine) Discover(ctx context.Context, email string) (autoconfig.Result, error) {
	if a, ok := e.Policy().Policy.Suggest(strings.TrimSpace(email), e.rules.user); ok {
		return autoconfig.ByPolicy(a), nil
	}
	return Discover(ctx, &e.finder, email)
}

// ByProvider says how an address is reached if the provider with the id runs its
// mail, without asking anybody. The answer holds no servers for mail.ProviderExchange
// and mail.ProviderOther, whose servers differ. CodeInvalid names "email" or "provider".
func (e *Engine) ByProvider(id mail.ProviderID, email string) (autoconfig.Answer, error) {
	email = strings.TrimSpace(email)
	if !plausibleAddress(email) {
		return autoconfig.Answer{}, invalid("email")
	}
	answer, known := autoconfig.ByProvider(id, email)
	if !known {
		return autoconfig.Answer{}, invalid("provider")
	}
	return answer, nil
}
