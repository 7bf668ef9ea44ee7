package oauth_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"waxwing/backend/mail"
	"waxwing/backend/oauth"
)

// provider is an OpenID provider whose token endpoint gives one answer.
func provider(t *testing.T, status int, contentType, body string) mail.SignIn {
	t.Helper()
	var s *httptest.Server
	s = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/token" {
			w.Header().Set("Content-Type", contentType)
			w.Header().Set("Location", "/elsewhere")
			w.WriteHeader(status)
			_, _ = fmt.Fprint(w, body)
			return
		}
		_, _ = fmt.Fprintf(w, `{"issuer":%q,"authorization_endpoint":"%s/auth","token_endpoint":"%s/token"}`, s.URL, s.URL, s.URL)
	}))
	t.Cleanup(s.Close)
	return mail.SignIn{Method: mail.SignInOAuth, Provider: mail.ProviderOther, Issuer: s.URL}
}

func TestAnswersOfTheTokenEndpoint(t *testing.T) {
	t.Parallel()
	const secret = "very-secret-token"
	refused := func(code, description string) string {
		return fmt.Sprintf(`{"error":%q,"error_description":%q}`, code, description)
	}
	for _, tt := range []struct {
		name   string
		status int
		body   string
		code   mail.Code
	}{
		{"expired or revoked", 400, refused("invalid_grant", "Token has been expired or revoked."), mail.CodeSignInExpired},
		{"password changed", 400, refused("invalid_grant", "AADSTS50173: The provided grant has expired"), mail.CodeSignInExpired},
		{"second factor", 400, refused("interaction_required", "AADSTS50076: multi-factor"), mail.CodeSignInExpired},
		{"no consent", 400, refused("invalid_grant", "AADSTS65001: The user or administrator has not consented"), mail.CodeAdminApproval},
		{"administrator", 400, refused("consent_required", "AADSTS90094: admin consent is required"), mail.CodeAdminApproval},
		{"blocked", 400, refused("invalid_grant", "AADSTS53003: Access has been blocked by Conditional Access"), mail.CodeAdminApproval},
		{"unknown client", 400, refused("unauthorized_client", "AADSTS700016: Application was not found"), mail.CodeClientRefused},
		{"wants a secret", 401, refused("invalid_client", "AADSTS7000218: must contain client_secret"), mail.CodeClientRefused},
		{"a code of its own", 400, refused("no_such_code", ""), mail.CodeClientRefused},
		{"busy", 503, refused("temporarily_unavailable", ""), mail.CodeProviderDown},
		{"broken", 500, "<html>oops</html>", mail.CodeProviderDown},
		{"captive portal", 200, "<html>Please accept our terms " + secret + "</html>", mail.CodeProviderDown},
		{"proxy", 407, "proxy authentication required", mail.CodeProviderDown},
		{"moved", 307, "", mail.CodeProviderDown},
		{"nothing", 200, "", mail.CodeProviderDown},
		{"no token", 200, `{"refresh_token":"` + secret + `"}`, mail.CodeProviderDown},
		{"cut", 200, `{"access_token":"` + secret, mail.CodeProviderDown},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := provider(t, tt.status, "application/json", tt.body)
			keep := &drawer{grant: oauth.Grant{Access: "old", Refresh: secret + "-refresh"}}
			_, err := oauth.NewSource(s, "a@example.org", client(), keep).Renew(t.Context(), "old")
			if mail.CodeOf(err) != tt.code {
				t.Errorf("%v, want %s", err, tt.code)
			}
			if strings.Contains(fmt.Sprintf("%v %+v", err, keep.grant), secret) {
				t.Errorf("a secret is in %v", err)
			}
			if keep.saved != 0 {
				t.Error("something was saved")
			}
		})
	}
}

func TestDiscoveryIsChecked(t *testing.T) {
	t.Parallel()
	var body string
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/.well-known/openid-configuration" {
			w.WriteHeader(http.StatusNotFound)
			return
		}
		_, _ = fmt.Fprint(w, body)
	}))
	t.Cleanup(s.Close)
	doc := func(issuer, page, token string) string {
		return fmt.Sprintf(`{"issuer":%q,"authorization_endpoint":%q,"token_endpoint":%q}`, issuer, page, token)
	}
	for _, tt := range []struct{ name, issuer, body string }{
		{"plain http", "http://id.example.org", ""},
		{"no address", "id.example.org", ""},
		{"with a password", "https://u:p@id.example.org", ""},
		{"nothing there", s.URL + "/other", ""},
		{"no JSON", s.URL, "<html>"},
		{"of another issuer", s.URL, doc("https://evil.example", "https://evil.example/a", "https://evil.example/t")},
		{"a page by http", s.URL, doc(s.URL, "http://evil.example/a", s.URL+"/t")},
		{"a page that is a script", s.URL, doc(s.URL, "javascript:alert(1)", s.URL+"/t")},
		{"no token endpoint", s.URL, doc(s.URL, s.URL+"/a", "")},
	} {
		body = tt.body
		f := &oauth.Flow{
			SignIn: mail.SignIn{Provider: mail.ProviderOther, Issuer: tt.issuer}, Client: oauth.Client{ID: "id"}, HTTP: client(),
			Open: func(p oauth.Prompt) { t.Errorf("%s: %s would be opened", tt.name, p.URL) },
		}
		if _, err := f.Run(t.Context()); mail.CodeOf(err) != mail.CodeNotOpenID {
			t.Errorf("%s: %v, want %s", tt.name, err, mail.CodeNotOpenID)
		}
	}
}
