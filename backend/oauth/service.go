package oauth

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/netip"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"golang.org/x/oauth2"

	"waxwing/backend/mail"
)

// A service is where and how to sign in at one provider.
type service struct {
	issuer   string // what "iss" must be; empty where it varies
	endpoint oauth2.Endpoint
	revoke   string // RFC 7009; empty when there is none
	userInfo string // OpenID Connect Core §5.3; empty when the token isn't good for it
	scopes   []string
	extra    map[string]string // further parameters of the page's address
	redirect string            // the host name that stands for loopback in a redirect
}

// loopback is the host of redirects (RFC 8252 §7.3).
const loopback = "127.0.0.1"

// serviceFor finds the service, by the network for ProviderOther.
func serviceFor(ctx context.Context, client *http.Client, s mail.SignIn) (service, error) {
	switch s.Provider {
	case mail.ProviderMicrosoft, mail.ProviderOutlook:
		return microsoft(s)
	case mail.ProviderGoogle:
		return google, nil
	case mail.ProviderYahoo:
		return yahoo, nil
	case mail.ProviderOther:
		return discover(ctx, client, s.Issuer)
	}
	return service{}, &mail.Error{Code: mail.CodeInvalid, Args: map[string]string{"field": "signIn.provider"}}
}

var tenantName = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9.-]*$`)

func microsoft(s mail.SignIn) (service, error) {
	tenant := s.Tenant
	if tenant == "" && s.Provider == mail.ProviderOutlook {
		tenant = "consumers"
	}
	tenant = cmp.Or(tenant, "common")
	if !tenantName.MatchString(tenant) {
		return service{}, &mail.Error{Code: mail.CodeInvalid, Args: map[string]string{"field": "signIn.tenant"}}
	}
	base := "https://login.microsoftonline.com/" + tenant + "/oauth2/v2.0/"
	return service{
		endpoint: endpoint(base+"authorize", base+"token", base+"devicecode"),
		scopes: []string{
			"https://outlook.office.com/IMAP.AccessAsUser.All", "https://outlook.office.com/SMTP.Send",
			"offline_access", "openid", "email", "profile",
		},
		extra: map[string]string{"prompt": "select_account"},
		// QUIRK: Microsoft's portal registers http://localhost, with any port, but
		// 127.0.0.1 only by editing the manifest by hand.
		redirect: "localhost",
	}, nil
}

// QUIRK: Google's device code can't be had for mail
// (developers.google.com/identity/protocols/oauth2/limited-input-device), and a
// refresh token only for access_type=offline with consent.
var google = service{
	issuer:   "https://accounts.google.com",
	endpoint: endpoint("https://accounts.google.com/o/oauth2/v2/auth", "https://oauth2.googleapis.com/token", ""),
	revoke:   "https://oauth2.googleapis.com/revoke",
	userInfo: "https://openidconnect.googleapis.com/v1/userinfo",
	scopes:   []string{"https://mail.google.com/", "openid", "email"},
	extra:    map[string]string{"access_type": "offline", "prompt": "consent"},
	redirect: loopback,
}

var yahoo = service{
	issuer:   "https://api.login.yahoo.com",
	endpoint: endpoint("https://api.login.yahoo.com/oauth2/request_auth", "https://api.login.yahoo.com/oauth2/get_token", ""),
	revoke:   "https://api.login.yahoo.com/oauth2/revoke",
	userInfo: "https://api.login.yahoo.com/openid/v1/userinfo",
	scopes:   []string{"mail-w", "openid", "email"},
	redirect: loopback,
}

func endpoint(page, token, device string) oauth2.Endpoint {
	// Guessing the style would spend a code, or a rotated token, on the guess.
	return oauth2.Endpoint{AuthURL: page, TokenURL: token, DeviceAuthURL: device, AuthStyle: oauth2.AuthStyleInParams}
}

// mailScopes are names that providers give to access to mail. Those that a
// provider lists are asked for.
var mailScopes = []string{"mail", "imap", "smtp"}

// maxDocument bounds a discovery document, in octets.
const maxDocument = 1 << 20

// discover reads an OpenID provider's own description (OpenID Connect Discovery §4).
func discover(ctx context.Context, client *http.Client, issuer string) (service, error) {
	issuer = strings.TrimSuffix(strings.TrimSpace(issuer), "/")
	if !trustworthy(issuer) {
		return service{}, notOpenID(issuer, errors.New("an issuer is an https address"))
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, issuer+"/.well-known/openid-configuration", nil)
	if err != nil {
		return service{}, notOpenID(issuer, err)
	}
	response, err := client.Do(r)
	if err != nil {
		return service{}, network(ctx, err, issuer)
	}
	defer func() { _ = response.Body.Close() }()
	switch {
	case response.StatusCode >= 500 || response.StatusCode == http.StatusTooManyRequests:
		return service{}, down(issuer, fmt.Errorf("discovery: status %d", response.StatusCode))
	case response.StatusCode != http.StatusOK:
		return service{}, notOpenID(issuer, fmt.Errorf("discovery: status %d", response.StatusCode))
	}
	var d document
	if err := json.NewDecoder(io.LimitReader(response.Body, maxDocument)).Decode(&d); err != nil {
		return service{}, notOpenID(issuer, fmt.Errorf("discovery: %w", err))
	}
	return d.service(issuer)
}

// A document is what of a discovery document matters here.
type document struct {
	Issuer     string   `json:"issuer"`
	Page       string   `json:"authorization_endpoint"`
	Token      string   `json:"token_endpoint"`
	Device     string   `json:"device_authorization_endpoint"`
	Revocation string   `json:"revocation_endpoint"`
	UserInfo   string   `json:"userinfo_endpoint"`
	Scopes     []string `json:"scopes_supported"`
}

func (d document) service(issuer string) (service, error) {
	if strings.TrimSuffix(d.Issuer, "/") != issuer {
		return service{}, notOpenID(issuer, fmt.Errorf("discovery: it says that it is %q", d.Issuer))
	}
	for _, address := range []string{d.Page, d.Token} {
		if !trustworthy(address) {
			return service{}, notOpenID(issuer, fmt.Errorf("discovery: endpoint %q", address))
		}
	}
	s := service{
		issuer: d.Issuer, endpoint: endpoint(d.Page, d.Token, d.Device), revoke: d.Revocation, userInfo: d.UserInfo,
		scopes: []string{"openid", "email", "offline_access"},
		// Without it there is no refresh token (OpenID Connect Core §11).
		extra:    map[string]string{"prompt": "consent"},
		redirect: loopback,
	}
	for _, optional := range []*string{&s.endpoint.DeviceAuthURL, &s.revoke, &s.userInfo} {
		if !trustworthy(*optional) {
			*optional = ""
		}
	}
	for _, scope := range mailScopes {
		if slices.Contains(d.Scopes, scope) {
			s.scopes = append(s.scopes, scope)
		}
	}
	return s, nil
}

// trustworthy reports whether what is sent to the address can't be read on the
// way: by https, or on this computer.
func trustworthy(address string) bool {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" || u.User != nil || u.Fragment != "" {
		return false
	}
	if u.Scheme == "https" {
		return true
	}
	ip, err := netip.ParseAddr(u.Hostname())
	return u.Scheme == "http" && (u.Hostname() == "localhost" || err == nil && ip.IsLoopback())
}
