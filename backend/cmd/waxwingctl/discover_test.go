package main

import (
	"bytes"
	"context"
	"encoding/json"
	"net"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"waxwing/backend/autoconfig"
	"waxwing/backend/connect"
	"waxwing/backend/mailtest"
)

// noNetwork is a finder that reaches nobody.
var noNetwork = finderAt("127.0.0.1:1")

// finderAt is a finder that reaches nobody but a DNS server.
func finderAt(nameserver string) *autoconfig.Finder {
	return &autoconfig.Finder{
		Resolver: autoconfig.NewResolver(nameserver),
		Dialer: &connect.Dialer{DialContext: func(context.Context, string, string) (net.Conn, error) {
			return nil, &net.OpError{Op: "dial", Err: &net.DNSError{Err: "no such host", IsNotFound: true}}
		}},
		Proxy: func(*http.Request) (*url.URL, error) { return nil, nil },
	}
}

// discovery is what waxwingctl makes of DNS as it was told.
func discovery(t *testing.T, args ...string) (outcome, discoveryJSON) {
	t.Helper()
	d := mailtest.NewDNS(t)
	d.Add(t,
		"_imaps._tcp.harbour.test. 60 IN SRV 0 1 993 imap.harbour.test.",
		"_submission._tcp.harbour.test. 60 IN SRV 0 1 587 smtp.harbour.test.",
		"_imaps._tcp.quay.test. 60 IN SRV 0 1 993 imap.hoster.example.")
	var out, err bytes.Buffer
	status := run(t.Context(), args, streams{strings.NewReader("secret"), &out, &err, finderAt(d.Addr)})
	got := outcome{status, out.String(), err.String()}
	var document discoveryJSON
	if json.Unmarshal(out.Bytes(), &document) != nil {
		document = discoveryJSON{}
	}
	return got, document
}

func TestDiscover(t *testing.T) {
	got, d := discovery(t, "--json", "account", "discover", "ann@harbour.test")
	if got.status != exitDone || d.Email != "ann@harbour.test" || d.User != d.Email || d.Source != "srv" || d.From != "harbour.test" ||
		!d.Trustworthy || d.Provider != "other" || d.IMAP == nil || *d.IMAP != (serverJSON{"imap.harbour.test", 993, "tls"}) ||
		d.SMTP == nil || *d.SMTP != (serverJSON{"smtp.harbour.test", 587, "starttls"}) || len(d.Candidates["imap"]) != 1 || len(d.Tried) != 8 {
		t.Errorf("an address with SRV: %+v", got)
	}
	if got, d := discovery(t, "--json", "account", "discover", "ann@gmail.com"); d.Provider != "google" || d.ProviderName != "Gmail" ||
		d.Source != "table" || d.Candidates["imap"][0].SignIn[0] != "oauth" || d.SignIn == nil || d.SignIn.Method != "appPassword" {
		t.Errorf("an address of the table: %+v", got)
	}
	got, d = discovery(t, "--json", "account", "discover", "ann@quay.test")
	if got.status != exitDone || d.Trustworthy || len(d.Cautions) != 1 || d.Cautions[0].Code != "otherDomain" ||
		d.Cautions[0].Host != "imap.hoster.example" || d.Cautions[0].Message == "" || d.SMTP != nil {
		t.Errorf("servers of a stranger: %+v", got)
	}
	got, d = discovery(t, "--json", "account", "discover", "ann@nowhere.test")
	if got.status != exitFailed || d.Error == nil || d.Error.Code != "notDiscovered" || len(d.Tried) != 8 || d.IMAP != nil {
		t.Errorf("an unknown domain: %+v", got)
	}
	if got, _ := discovery(t, "account", "discover", "nobody"); got.status != exitFailed || !strings.Contains(got.err, "(invalid)") {
		t.Errorf("no address: %+v", got)
	}
}

func TestDiscoverForPeople(t *testing.T) {
	got, _ := discovery(t, "account", "discover", "ann@quay.test")
	for _, part := range []string{"IMAP      imap.hoster.example:993 tls", "SMTP      none", "Found by  the domain's DNS (SRV)", "Caution   imap.hoster.example belongs"} {
		if !strings.Contains(got.out, part) {
			t.Errorf("stdout lacks %q:\n%s", part, got.out)
		}
	}
}

// Every source and caution has its words.
func TestDiscoveryTexts(t *testing.T) {
	for _, s := range []autoconfig.Source{"table", "domain", "ispdb", "srv", "mx", "autodiscover", "probe", "plain"} {
		if sourceTexts[s] == "" {
			t.Errorf("no text for source %s", s)
		}
	}
	for _, c := range []autoconfig.CautionCode{autoconfig.CautionPlainHTTP, autoconfig.CautionOtherDomain, autoconfig.CautionUnprotected} {
		if text := cautionText(autoconfig.Caution{Code: c, Host: "h.test"}); !strings.HasSuffix(text, ".") || !strings.Contains(text, "h.test") {
			t.Errorf("%s: %q", c, text)
		}
	}
}

// account add uses what is trustworthy and nothing else.
func TestAddDiscovers(t *testing.T) {
	dir := t.TempDir()
	add := func(email string) []string {
		return []string{"--data", dir, "--json", "account", "add", "--email", email}
	}
	got, d := discovery(t, add("ann@harbour.test")...)
	if got.status != exitDone || d.IMAP == nil || d.IMAP.Host != "imap.harbour.test" || d.SMTP == nil || d.SMTP.Host != "smtp.harbour.test" {
		t.Errorf("a trustworthy answer: %+v", got)
	}
	for email, code := range map[string]string{"ann@quay.test": "unverified", "ann@nowhere.test": "notDiscovered"} {
		if got, d := discovery(t, add(email)...); got.status != exitFailed || d.Error == nil || d.Error.Code != code || !strings.Contains(got.err+d.Error.Message, "--imap") {
			t.Errorf("%s: %+v, want %s", email, got, code)
		}
	}
	if got := call(t, "", "--data", dir, "account", "list"); strings.Count(got.out, "\n") != 1 {
		t.Errorf("accounts: %q", got.out)
	}
}

// An address outside of the policy is refused by every command that would
// connect it, in a sentence with the organisation's rule; what the policy says of
// an address wins over DNS.
func TestPolicyInCommands(t *testing.T) {
	inForce(t, draft(t, `{"version": 1, "organisation": {"name": "Fernhill"},
		"servers": [{"name": "office", "domains": ["quay.test"], "imap": {"host": "mail.fernhill.test"}, "userName": "{user}"}],
		"mailboxes": [{"users": ["nora"], "address": "nora@quay.test"}],
		"allow": {"domains": ["fernhill.test", "harbour.test"], "servers": ["mail.fernhill.test"]}}`), "nora")
	dir := t.TempDir()
	const rule = "Fernhill allows accounts at fernhill.test, harbour.test only here, not at nowhere.test. (policy)"
	const server = "Fernhill doesn't allow the server imap.harbour.test here. (policy)"
	const assigned = "Fernhill has set the servers and the user name of nora@quay.test. Leave out --user, --imap and --smtp. (policy)"
	for _, c := range []struct {
		want string
		args []string
	}{
		{rule, []string{"account", "discover", "ann@nowhere.test"}},
		{rule, []string{"account", "add", "--email", "ann@nowhere.test"}},
		{rule, []string{"account", "add", "--email", "ann@nowhere.test", "--imap", "mail.fernhill.test"}},
		{rule, []string{"account", "add", "--email", "ann@nowhere.test", "--oauth", "google"}},
		{rule, []string{"account", "test", "--email", "ann@nowhere.test", "--imap", "mail.fernhill.test", "--password-stdin"}},
		{server, []string{"account", "discover", "ann@harbour.test"}},
		{server, []string{"account", "add", "--email", "ann@harbour.test"}},
		{server, []string{"account", "add", "--email", "ann@harbour.test", "--imap", "imap.harbour.test"}},
		{assigned, []string{"account", "add", "--email", "nora@quay.test", "--imap", "imap.harbour.test"}},
		{assigned, []string{"account", "test", "--email", "nora@quay.test", "--user", "eve", "--password-stdin"}},
	} {
		got, _ := discovery(t, append([]string{"--data", dir}, c.args...)...)
		if got.status != exitFailed || strings.Contains(got.out, "imap.harbour.test") || !strings.Contains(got.err, c.want) {
			t.Errorf("%q: %+v, want %s", c.args, got, c.want)
		}
	}
	if got, d := discovery(t, "--json", "account", "discover", "ann@quay.test"); d.Source != "policy" || d.User != "nora" || d.IMAP.Host != "mail.fernhill.test" || !d.Trustworthy {
		t.Errorf("an address that the policy knows: %+v", got)
	}
	for _, email := range []string{"ann@quay.test", "nora@quay.test"} {
		if got, d := discovery(t, "--data", dir, "--json", "account", "add", "--email", email); got.status != exitDone || d.IMAP.Host != "mail.fernhill.test" || d.User != "nora" {
			t.Errorf("account add %s: %+v", email, got)
		}
	}
}

// The policy's way to sign in is the account's, unless a password is given.
func TestAddByPolicySignIn(t *testing.T) {
	inForce(t, draft(t, `{"version": 1, "organisation": {"name": "Fernhill"}, "oauth": [{"provider": "google", "clientId": "x"}],
		"servers": [{"name": "office", "domains": ["quay.test"], "imap": {"host": "imap.gmail.com"}, "signIn": "oauth", "provider": "google"}]}`), "nora")
	i := newInstallation(t)
	for email, args := range map[string][]string{"ann@quay.test": {"--email", "ann@quay.test"}, "bea@quay.test": {"--email", "bea@quay.test", "--password-stdin"}} {
		got := do[accountJSON](i, append([]string{"account", "add"}, args...)...)
		if oauth := got.SignIn != nil && got.SignIn.Method == "oauth"; oauth != (len(args) == 2) {
			t.Errorf("%s signs in by %+v", email, got.SignIn)
		}
	}
}
