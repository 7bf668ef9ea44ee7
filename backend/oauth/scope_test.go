package oauth

import (
	"testing"

	"golang.org/x/oauth2"

	"waxwing/backend/mail"
)

// TestUntickedScope: a page on which the person took the mail out of what is
// allowed gives tokens that are good for nothing here (RFC 6749 §5.1).
func TestUntickedScope(t *testing.T) {
	t.Parallel()
	for scope, want := range map[string]mail.Code{
		"openid email":                         mail.CodeConsentDenied,
		"email https://mail.google.com/":       "",
		"openid email HTTPS://mail.google.com": mail.CodeConsentDenied,
		"":                                     "", // as asked for
	} {
		f := Flow{SignIn: mail.SignIn{Provider: mail.ProviderGoogle}}
		token := (&oauth2.Token{AccessToken: "x"}).WithExtra(map[string]any{"scope": scope})
		if err := f.check(t.Context(), google, token); mail.CodeOf(err) != want {
			t.Errorf("scope %q: %v, want %q", scope, err, want)
		}
	}
}
