package engine

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"testing"

	"waxwing/backend/autoconfig"
	"waxwing/backend/connect"
	"waxwing/backend/mail"
	"waxwing/backend/mailtest"
)

// onlyDNS makes the engine discover by a DNS server and by nobody else.
func onlyDNS(e *Engine, d *mailtest.DNS) {
	e.finder = autoconfig.Finder{
		Resolver: autoconfig.NewResolver(d.Addr),
		Dialer: &connect.Dialer{DialContext: func(context.Context, string, string) (net.Conn, error) {
			return nil, &net.OpError{Op: "dial", Err: &net.DNSError{Err: "no such host", IsNotFound: true}}
		}},
		Proxy: func(*http.Request) (*url.URL, error) { return nil, nil },
	}
}

// TestDiscoveryByPolicy: what the organisation sets wins over everything that
// could be found, and what it doesn't allow is refused, with its rule.
func TestDiscoveryByPolicy(t *testing.T) {
	d := mailtest.NewDNS(t)
	for _, domain := range []string{"fernhill.example", "partner.example", "mixed.example", "elsewhere.example"} {
		d.Add(t, fmt.Sprintf("_imaps._tcp.%s. 60 IN SRV 1 1 993 imap.%s.", domain, domain),
			fmt.Sprintf("_submissions._tcp.%s. 60 IN SRV 1 1 465 smtp.%s.", domain, domain))
	}
	d.Add(t, "_imaps._tcp.mixed.example. 60 IN SRV 2 1 993 second.mixed.example.",
		"_submissions._tcp.mixed.example. 60 IN SRV 2 1 465 second.mixed.example.")
	e := governed(t, nil, `{`+fernhill+`,
		"servers": [{"name": "office", "domains": ["fernhill.example"], "imap": {"host": "mail.office.example"}, "userName": "{user}"}],
		"mailboxes": [{"users": ["nora"], "address": "team@elsewhere.example"}],
		"allow": {"domains": ["partner.example", "mixed.example", "gmail.com"],
			"servers": ["*.partner.example", "second.mixed.example"]}}`)
	onlyDNS(e, d)
	for _, c := range []struct {
		email, want string
	}{
		{"new@fernhill.example", "policy mail.office.example nora"},
		{" NEW@Fernhill.example ", "policy mail.office.example nora"},
		{"eve@partner.example", "srv imap.partner.example eve@partner.example"},
		{"eve@mixed.example", "srv second.mixed.example eve@mixed.example"},
		{"eve@elsewhere.example", "domain elsewhere.example of Fernhill, partner.example, mixed.example, gmail.com"},
		{"team@elsewhere.example", "server imap.elsewhere.example of Fernhill, "}, // assigned, without servers
		{"eve@gmail.com", "server imap.gmail.com of Fernhill, "},
		{"eve@unknown.example", "domain unknown.example of Fernhill, partner.example, mixed.example, gmail.com"},
	} {
		result, err := e.Discover(t.Context(), c.email)
		if got := toldOf(result.Answer, err); got != c.want {
			t.Errorf("%q: %s, want %s", c.email, got, c.want)
		}
	}
	if result, _ := e.Discover(t.Context(), "eve@unknown.example"); len(result.Tried) != 0 {
		t.Errorf("others were asked about an address that is refused: %+v", result.Tried)
	}
}

// toldOf is an answer, or its refusal by the policy, in a line.
func toldOf(a *autoconfig.Answer, err error) string {
	if mail.CodeOf(err) == mail.CodePolicy {
		args := mail.AsError(err).Args
		return fmt.Sprintf("%s %s of %s, %s", args["reason"], args["value"], args["organisation"], args["allowed"])
	}
	if err != nil {
		return err.Error()
	}
	account := a.Account()
	return fmt.Sprintf("%s %s %s", a.Source, account.IMAP.Host, account.UserName())
}

// TestProvidersByPolicy: the cards of providers obey the policy, too.
func TestProvidersByPolicy(t *testing.T) {
	e := governed(t, nil, `{`+fernhill+office+`, "allow": {"domains": ["partner.example"], "providers": ["google"]}}`)
	for _, c := range []struct {
		provider    mail.ProviderID
		email, want string
	}{
		{mail.ProviderGoogle, "eve@partner.example", "table imap.gmail.com eve@partner.example"},
		{mail.ProviderOther, "eve@partner.example", "table  eve@partner.example"},
		{mail.ProviderMicrosoft, "eve@partner.example", "server outlook.office365.com of Fernhill, "},
		{mail.ProviderGoogle, "eve@elsewhere.example", "domain elsewhere.example of Fernhill, partner.example"},
		{mail.ProviderOther, "eve@elsewhere.example", "domain elsewhere.example of Fernhill, partner.example"},
		{mail.ProviderMicrosoft, "nora@fernhill.example", "policy imap.fernhill.example nora@fernhill.example"},
		{mail.ProviderOther, "sales@fernhill.example", "policy imap.fernhill.example sales@fernhill.example"},
	} {
		answer, err := e.ByProvider(c.provider, c.email)
		if got := toldOf(&answer, err); got != c.want {
			t.Errorf("%s for %s: %s, want %s", c.provider, c.email, got, c.want)
		}
	}
}

// TestProposedSignIn: a domain at Google is offered Google's page when somebody
// has registered the program there, and else an app password.
func TestProposedSignIn(t *testing.T) {
	d := mailtest.NewDNS(t)
	d.Add(t, "workspace.example. 60 IN MX 10 aspmx.l.google.com.", "cloud.example. 60 IN MX 10 cloud-example.mail.protection.outlook.com.",
		"_imaps._tcp.plain.example. 60 IN SRV 1 1 993 imap.plain.example.")
	e := governed(t, nil, "")
	onlyDNS(e, d)
	expect := func(email string, want mail.SignIn) {
		t.Helper()
		result, err := e.Discover(t.Context(), email)
		if err != nil {
			t.Fatal(err)
		}
		if got := result.Answer.Proposed; got != want {
			t.Errorf("%s: %+v, want %+v", email, got, want)
		}
	}
	page := func(id mail.ProviderID) mail.SignIn { return mail.SignIn{Method: mail.SignInOAuth, Provider: id} }
	expect("eve@workspace.example", mail.SignIn{Method: mail.SignInAppPassword})
	expect("eve@cloud.example", page(mail.ProviderMicrosoft))
	expect("eve@plain.example", mail.SignIn{Method: mail.SignInPassword})
	if a, err := e.ByProvider(mail.ProviderGoogle, "eve@plain.example"); err != nil || a.Proposed.Method != mail.SignInAppPassword {
		t.Errorf("Google's card without a client: %+v, %v", a.Proposed, err)
	}

	putPolicy(t, e.rules.file, `{`+fernhill+`, "oauth": [{"provider": "google", "clientId": "waxwing"}, {"provider": "https://id.fernhill.example", "clientId": "waxwing"}],
		"servers": [{"name": "office", "domains": ["fernhill.example"], "imap": {"host": "imap.fernhill.example"}, "signIn": "oauth", "provider": "https://id.fernhill.example"}]}`)
	e.RefreshPolicy()
	expect("eve@workspace.example", page(mail.ProviderGoogle))
	if a, err := e.ByProvider(mail.ProviderGoogle, "eve@plain.example"); err != nil || a.Proposed != page(mail.ProviderGoogle) {
		t.Errorf("Google's card with a client: %+v, %v", a.Proposed, err)
	}
	expect("eve@fernhill.example", mail.SignIn{Method: mail.SignInOAuth, Provider: mail.ProviderOther, Issuer: "https://id.fernhill.example"})
}
