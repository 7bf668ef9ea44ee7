package policy

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"waxwing/backend/mail"
	"waxwing/backend/mailtest"
)

// authorityPEM is the certificate of a certificate authority.
func authorityPEM(t *testing.T) string {
	t.Helper()
	return string(mailtest.NewAuthority(t).PEM)
}

// read reads a policy that has no mistakes.
func read(t *testing.T, text string) *Policy {
	t.Helper()
	p, findings := Parse([]byte(text), noFiles)
	if p == nil {
		t.Fatalf("findings:\n%s", lines(findings))
	}
	return p
}

// example is the published policy.
func example(t *testing.T) *Policy {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(published, "policy.example.json"))
	if err != nil {
		t.Fatal(err)
	}
	p, findings := Parse(data, func(string) ([]byte, *Finding) { return []byte(authorityPEM(t)), nil })
	if p == nil {
		t.Fatalf("findings:\n%s", lines(findings))
	}
	return p
}

func TestUserPatterns(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		pattern, login string
		want           bool
	}{
		{"nora", "nora", true},
		{"nora", "Nora", true},
		{"nora", "norah", false},
		{"*", "nora", true},
		{"*", "", false},
		{"n*a", "nora", true},
		{"n*a", "na", true},
		{"na*a", "na", false},
		{"*or*", "nora", true},
		{"a*b*c", "aXbYc", true},
		{"a*b*c", "acb", false},
		{"sales-*", "sales-7", true},
		{"nora", `FERNHILL\Nora`, true},
		{`fernhill\n*`, `FERNHILL\nora`, true},
		{`other\nora`, `FERNHILL\nora`, false},
		{`fernhill\nora`, "nora", false},
		{"n.ra", "nora", false},
		{"n?ra", "nora", false},
	} {
		if got := (User{Login: c.login}).matches(c.pattern); got != c.want {
			t.Errorf("%q for %q: %v, want %v", c.pattern, c.login, got, c.want)
		}
	}
}

func TestAssigned(t *testing.T) {
	t.Parallel()
	p := example(t)
	show := func(u User) string {
		var b strings.Builder
		for _, a := range p.Assigned(u) {
			fmt.Fprintf(&b, "%s %s %q %q user %s, %s:%d %s, %s:%d %s, %s %s\n", a.Kind, a.Account.Email, a.Account.Name, a.Account.Label,
				a.Account.UserName(), a.Account.IMAP.Host, a.Account.IMAP.Port, a.Account.IMAP.Security,
				a.Account.SMTP.Host, a.Account.SMTP.Port, a.Account.SMTP.Security, a.Account.SignIn.Method, string(a.Account.SignIn.Provider)+" "+a.Account.SignIn.Tenant)
		}
		return b.String()
	}
	const office = "imap.fernhill.example:993 tls, smtp.fernhill.example:587 starttls, password  \n"
	const cloud = "outlook.office365.com:993 tls, smtp.office365.com:587 starttls, oauth microsoft fernhill.example\n"
	if got, want := show(User{Login: "Nora", Name: "Nora Lindqvist"}),
		`own nora@fernhill.example "Nora Lindqvist" "" user nora, `+office+
			`shared sales@fernhill.example "Fernhill Sales" "Sales" user sales@fernhill.example, `+cloud+
			`delegated director@fernhill.example "" "" user director/nora, `+office; got != want {
		t.Errorf("Nora's mailboxes:\n got %swant %s", got, want)
	}
	if got, want := show(User{Login: `FERNHILL\sales-7`}),
		`own sales-7@fernhill.example "" "" user sales-7, `+office+
			`shared sales@fernhill.example "Fernhill Sales" "Sales" user sales@fernhill.example, `+cloud; got != want {
		t.Errorf("a seller's mailboxes:\n got %swant %s", got, want)
	}
	if got := show(User{}); got != "" {
		t.Errorf("mailboxes of nobody: %s", got)
	}
	if list := (*Policy)(nil).Assigned(User{Login: "nora"}); list != nil {
		t.Errorf("mailboxes without a policy: %v", list)
	}
}

func TestSuggest(t *testing.T) {
	t.Parallel()
	p, nora := example(t), User{Login: "nora"}
	for address, want := range map[string]string{
		"new@Fernhill.example":   "imap.fernhill.example nora",
		"SALES@fernhill.example": "outlook.office365.com sales@fernhill.example",
		"nora@elsewhere.example": " ",
		"nonsense":               " ",
	} {
		a, ok := p.Suggest(address, nora)
		got := " "
		if ok {
			got = a.IMAP.Host + " " + a.UserName()
		}
		if got != want {
			t.Errorf("suggestion for %s: %q, want %q", address, got, want)
		}
	}
}

func TestRefuses(t *testing.T) {
	t.Parallel()
	p, nora := example(t), User{Login: "nora"}
	office := mail.Server{Host: "imap.fernhill.example", Port: 993, Security: mail.SecurityTLS}
	officeOut := mail.Server{Host: "smtp.fernhill.example", Port: 587, Security: mail.SecuritySTARTTLS}
	at := func(host string) mail.Server { return mail.Server{Host: host, Port: 993, Security: mail.SecurityTLS} }
	plain := office
	plain.Security = mail.SecurityNone
	pinned := office
	pinned.Trusted = strings.Repeat("ab", 32)
	for name, c := range map[string]struct {
		account mail.Account
		want    string
	}{
		"as assigned":             {mail.Account{Email: "Nora@fernhill.example", User: "nora", IMAP: office, SMTP: officeOut}, " "},
		"with a certificate":      {mail.Account{Email: "nora@fernhill.example", User: "nora", IMAP: pinned, SMTP: officeOut}, " "},
		"assigned, other host":    {mail.Account{Email: "nora@fernhill.example", User: "nora", IMAP: at("outlook.office365.com"), SMTP: officeOut}, "assigned nora@fernhill.example"},
		"assigned, unprotected":   {mail.Account{Email: "nora@fernhill.example", User: "nora", IMAP: plain, SMTP: officeOut}, "assigned nora@fernhill.example"},
		"assigned, other user":    {mail.Account{Email: "nora@fernhill.example", User: "eve", IMAP: office, SMTP: officeOut}, "assigned nora@fernhill.example"},
		"assigned, other way out": {mail.Account{Email: "nora@fernhill.example", User: "nora", IMAP: office, SMTP: at("smtp.evil.example")}, "assigned nora@fernhill.example"},
		"the policy's servers":    {mail.Account{Email: "eve@fernhill.example", IMAP: office}, " "},
		"an allowed provider":     {mail.Account{Email: "eve@fernhill.example", IMAP: at("outlook.office365.com"), SMTP: at("smtp.office365.com.")}, " "},
		"an allowed server":       {mail.Account{Email: "eve@fernhill-partners.example", IMAP: at("imap.fernhill-partners.example")}, " "},
		"beside the pattern":      {mail.Account{Email: "eve@fernhill.example", IMAP: at("fernhill-partners.example")}, "server fernhill-partners.example"},
		"ends like the pattern":   {mail.Account{Email: "eve@fernhill.example", IMAP: at("imap.evil-fernhill-partners.example")}, "server imap.evil-fernhill-partners.example"},
		"another provider":        {mail.Account{Email: "eve@fernhill.example", IMAP: at("imap.gmail.com")}, "server imap.gmail.com"},
		"another way out":         {mail.Account{Email: "eve@fernhill.example", IMAP: office, SMTP: at("smtp.gmail.com")}, "server smtp.gmail.com"},
		"another domain":          {mail.Account{Email: "eve@gmail.com", IMAP: office}, "domain gmail.com"},
	} {
		reason, value := p.Refuses(c.account, nora)
		if got := reason + " " + value; got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
		if reason, _ := (*Policy)(nil).Refuses(c.account, nora); reason != "" {
			t.Errorf("%s without a policy: %q", name, reason)
		}
		if reason, _ := read(t, sound).Refuses(c.account, nora); reason != "" {
			t.Errorf("%s with a policy that limits nothing: %q", name, reason)
		}
	}
}

func TestLocked(t *testing.T) {
	t.Parallel()
	got, err := json.Marshal(example(t).Locked())
	if want := `{"background":true,"language":"en","remoteImageSenders":[],"remoteImages":"ask"}`; err != nil || string(got) != want {
		t.Errorf("locked: %s (%v), want %s", got, err, want)
	}
	p := read(t, `{`+org+`, "settings": {"sound": false, "language": ""}}`)
	got, err = json.Marshal(p.Locked())
	if want := `{"language":"","sound":false}`; err != nil || string(got) != want {
		t.Errorf("locked: %s (%v), want %s: off and empty are values", got, err, want)
	}
	if n := len((*Policy)(nil).Locked()); n != 0 {
		t.Errorf("without a policy %d settings are locked", n)
	}
}

func TestImages(t *testing.T) {
	t.Parallel()
	p := example(t)
	for host, want := range map[string]bool{
		"static.fernhill.example": true, "a.STATIC.fernhill.example.": true,
		"fernhill.example": false, "xstatic.fernhill.example": false, "": false,
	} {
		if got := p.ShowsImagesOf(host); got != want {
			t.Errorf("pictures of %q: %v, want %v", host, got, want)
		}
	}
	if p.Images() != ImagesAsk || (*Policy)(nil).Images() != "" || read(t, sound).Images() != "" {
		t.Error("the rule for pictures isn't the policy's")
	}
}

func TestClientAndRelay(t *testing.T) {
	t.Parallel()
	p := example(t)
	for name, want := range map[string]string{
		"microsoft": "fernhill.example", "google": "none", "https://login.fernhill.example/": "",
	} {
		c, ok := p.Client(name)
		got := c.Tenant
		if !ok {
			got = "none"
		}
		if got != want {
			t.Errorf("tenant of %s: %q, want %q", name, got, want)
		}
	}
	if s, ok := p.RelayServer(); !ok || s != (mail.Server{Host: "relay.fernhill.example", Port: 587, Security: mail.SecuritySTARTTLS}) {
		t.Errorf("relay: %+v, %v", s, ok)
	}
	if _, ok := read(t, sound).RelayServer(); ok {
		t.Error("a policy without a relay has one")
	}
}

// TestUsualPorts: what a server doesn't say is usual.
func TestUsualPorts(t *testing.T) {
	t.Parallel()
	got := []int{
		Server{}.imap().Port, Server{Security: mail.SecuritySTARTTLS}.imap().Port,
		Server{}.smtp().Port, Server{Security: mail.SecurityNone}.smtp().Port, Server{Port: 2525}.smtp().Port,
	}
	if want := []int{993, 143, 465, 587, 2525}; !slices.Equal(got, want) {
		t.Errorf("ports %v, want %v", got, want)
	}
}

// TestLogins: to a mailbox that isn't the user's own the user signs in, as in the
// own one at the same provider.
func TestLogins(t *testing.T) {
	t.Parallel()
	p := read(t, `{`+org+`, "oauth": [{"provider": "microsoft", "clientId": "x"}],
		"servers": [{"name": "cloud", "domains": ["fernhill.example"], "imap": {"host": "outlook.office365.com"}, "signIn": "oauth", "provider": "microsoft"},
			{"name": "other", "imap": {"host": "imap.fernhill.example"}, "signIn": "password"}],
		"mailboxes": [{"users": ["*"], "address": "sales@fernhill.example", "kind": "shared"},
			{"users": ["*"], "address": "{user}@fernhill.example"},
			{"users": ["*"], "address": "fax@fernhill.example", "kind": "delegated", "servers": "other"}]}`)
	got := ""
	for _, a := range p.Assigned(User{Login: "nora"}) {
		got += a.Account.Email + " by " + a.Account.SignIn.Login + "\n"
	}
	if want := "sales@fernhill.example by nora@fernhill.example\nnora@fernhill.example by \nfax@fernhill.example by \n"; got != want {
		t.Errorf("logins:\n%swant\n%s", got, want)
	}
}

// TestAllowedHost: a name in the list is that server, not what is called like it.
func TestAllowedHost(t *testing.T) {
	t.Parallel()
	p := read(t, `{`+org+`, "allow": {"servers": ["mail.fernhill.example"]}}`)
	for host, want := range map[string]string{
		"mail.fernhill.example": "", "MAIL.fernhill.example.": "",
		"x.mail.fernhill.example": RefusedServer, "evilmail.fernhill.example": RefusedServer, "fernhill.example": RefusedServer,
	} {
		if got, _ := p.Refuses(mail.Account{Email: "eve@fernhill.example", IMAP: mail.Server{Host: host}}, User{}); got != want {
			t.Errorf("%s: %q, want %q", host, got, want)
		}
	}
}
