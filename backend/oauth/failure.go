package oauth

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"unicode"

	"golang.org/x/oauth2"

	"waxwing/backend/connect"
	"waxwing/backend/mail"
)

// A refusal is an error as providers write it (RFC 6749 §4.1.2.1, §5.2; RFC 8628 §3.5).
type refusal struct{ code, description string }

func (r refusal) Error() string { return "oauth: " + r.code }

// refusalCodes are what the codes mean on the way to the first tokens.
var refusalCodes = map[string]mail.Code{
	"access_denied":           mail.CodeConsentDenied,
	"consent_required":        mail.CodeConsentDenied,
	"interaction_required":    mail.CodeConsentDenied,
	"login_required":          mail.CodeConsentDenied,
	"admin_policy_enforced":   mail.CodeAdminApproval, // Google
	"org_internal":            mail.CodeAdminApproval, // Google
	"expired_token":           mail.CodeSignInTimeout,
	"invalid_client":          mail.CodeClientRefused,
	"unauthorized_client":     mail.CodeClientRefused,
	"invalid_scope":           mail.CodeClientRefused,
	"invalid_request":         mail.CodeClientRefused,
	"unsupported_grant_type":  mail.CodeClientRefused,
	"server_error":            mail.CodeProviderDown,
	"temporarily_unavailable": mail.CodeProviderDown,
	"slow_down":               mail.CodeProviderDown,
	"invalid_grant":           mail.CodeSignInExpired,
}

// microsoftCodes tell more exactly (learn.microsoft.com, "Microsoft Entra
// authentication and authorization error codes"); only those where RFC 6749's
// code alone would mislead.
var microsoftCodes = map[string]mail.Code{
	"AADSTS50011":   mail.CodeClientRefused, // the redirect isn't registered
	"AADSTS50194":   mail.CodeClientRefused, // registered for one tenant, used for all
	"AADSTS700016":  mail.CodeClientRefused, // no such registration in the tenant
	"AADSTS7000218": mail.CodeClientRefused, // registered as a web application
	"AADSTS650052":  mail.CodeClientRefused, // the organisation has no Exchange Online
	"AADSTS650057":  mail.CodeClientRefused, // the registration lacks the permission
	"AADSTS65004":   mail.CodeConsentDenied, // the person declined
	"AADSTS65001":   mail.CodeAdminApproval, // nobody consented who may
	"AADSTS90093":   mail.CodeAdminApproval,
	"AADSTS90094":   mail.CodeAdminApproval,
	"AADSTS90095":   mail.CodeAdminApproval,
	"AADSTS50105":   mail.CodeAdminApproval, // the person isn't assigned to the application
	"AADSTS53003":   mail.CodeAdminApproval, // blocked by conditional access
	"AADSTS700027":  mail.CodeCertificateUnknown,
}

var microsoftCode = regexp.MustCompile(`AADSTS\d+`)

// explain returns what a refusal by the provider of s means.
func (r refusal) explain(s mail.SignIn) *mail.Error {
	code, known := refusalCodes[r.code]
	if exact, ok := microsoftCodes[microsoftCode.FindString(r.description)]; ok {
		code, known = exact, true
	}
	if !known {
		code = mail.CodeClientRefused
	}
	said := printable(r.description)
	if said == "" {
		said = printable(r.code)
	}
	return &mail.Error{Code: code, Args: map[string]string{"provider": Name(s)}, Server: said, Err: r}
}

// maxSaid bounds what is shown of a provider's words, in characters.
const maxSaid = 300

// printable returns the first line of a text from outside.
func printable(s string) string {
	s, _, _ = strings.Cut(strings.TrimSpace(s), "\n")
	runes := []rune(strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) {
			return -1
		}
		return r
	}, s))
	return string(runes[:min(len(runes), maxSaid)])
}

// ExplainToken explains what x/oauth2 returned for a request to the token or
// device endpoint at that address. Its own errors can hold the answer, and so a
// token.
func ExplainToken(ctx context.Context, err error, s mail.SignIn, at string) *mail.Error {
	var answer *oauth2.RetrieveError
	if errors.As(err, &answer) {
		// A proxy or a captive portal answers, too: only a refusal in the right
		// form is the provider's.
		if answer.ErrorCode != "" {
			e := refusal{answer.ErrorCode, answer.ErrorDescription}.explain(s)
			e.Args["host"] = hostOf(at)
			return e
		}
		status := 0
		if answer.Response != nil {
			status = answer.Response.StatusCode
		}
		return down(at, errors.New("token endpoint: status "+strconv.Itoa(status)))
	}
	var request *url.Error
	if errors.As(err, &request) || ctx.Err() != nil {
		return network(ctx, err, at)
	}
	return down(at, errors.New("token endpoint: the answer can't be understood"))
}

// network explains a request without an answer.
func network(ctx context.Context, err error, address string) *mail.Error {
	u, parseErr := url.Parse(address)
	if parseErr != nil {
		u = &url.URL{}
	}
	port, _ := strconv.Atoi(u.Port()) // 0 when there is none
	if port == 0 {
		port = map[string]int{"http": 80, "https": 443}[u.Scheme]
	}
	if ctx.Err() != nil {
		err = ctx.Err()
	}
	e := connect.Explain(err, mail.Server{Host: u.Hostname(), Port: port})
	if e.Code == mail.CodeInternal {
		e.Code = mail.CodeProviderDown
	}
	return e
}

func down(address string, err error) *mail.Error {
	return &mail.Error{Code: mail.CodeProviderDown, Args: map[string]string{"host": hostOf(address)}, Err: err}
}

func notOpenID(issuer string, err error) *mail.Error {
	return &mail.Error{Code: mail.CodeNotOpenID, Args: map[string]string{"issuer": issuer, "field": "signIn.issuer"}, Err: err}
}

func hostOf(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return ""
	}
	return u.Hostname()
}

// withClient gives x/oauth2 the HTTP client to use.
func withClient(ctx context.Context, client *http.Client) context.Context {
	return context.WithValue(ctx, oauth2.HTTPClient, client)
}
