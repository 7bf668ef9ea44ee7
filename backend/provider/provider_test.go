package provider

import (
	"net/netip"
	"strings"
	"testing"

	"waxwing/backend/mail"
)

func TestOfAddress(t *testing.T) {
	tls := func(host string, port int) mail.Server {
		return mail.Server{Host: host, Port: port, Security: mail.SecurityTLS}
	}
	startTLS := func(host string, port int) mail.Server {
		return mail.Server{Host: host, Port: port, Security: mail.SecuritySTARTTLS}
	}
	for _, c := range []struct {
		email      string
		id         mail.ProviderID
		name       string
		imap, smtp mail.Server
	}{
		{"a@gmail.com", "google", "Gmail", tls("imap.gmail.com", 993), tls("smtp.gmail.com", 465)},
		{" A.B@GoogleMail.COM ", "google", "Gmail", tls("imap.gmail.com", 993), tls("smtp.gmail.com", 465)},
		{"a@hotmail.de", "outlook", "Outlook.com", tls("outlook.office365.com", 993), startTLS("smtp-mail.outlook.com", 587)},
		{"a@icloud.com", "icloud", "iCloud", tls("imap.mail.me.com", 993), startTLS("smtp.mail.me.com", 587)},
		{"a@gmx.at", "other", "GMX", tls("imap.gmx.net", 993), tls("mail.gmx.net", 465)},
		{"a@pm.me", "other", "Proton Mail (Bridge)", startTLS("127.0.0.1", 1143), startTLS("127.0.0.1", 1025)},
		{"a@pec.it", "other", "Aruba PEC", tls("imaps.pec.aruba.it", 993), tls("smtps.pec.aruba.it", 465)},
		{`"odd@local"@web.de`, "other", "WEB.DE", tls("imap.web.de", 993), tls("smtp.web.de", 465)},
	} {
		p := OfAddress(c.email)
		if p == nil || p.ID != c.id || p.Name != c.name || p.IMAP != c.imap || p.SMTP != c.smtp {
			t.Errorf("OfAddress(%q) = %+v, want %+v", c.email, p, c)
		}
	}
	for _, nobodys := range []string{"a@example.test", "a@notgmail.com", "a@mail.gmail.com", "gmail.com", "@gmail.com", ""} {
		if p := OfAddress(nobodys); p != nil {
			t.Errorf("OfAddress(%q) = %s, want none", nobodys, p.Name)
		}
	}
}

func TestDomain(t *testing.T) {
	for email, want := range map[string]string{
		"a@Example.test":      "example.test",
		"a@Müller.example":    "xn--mller-kva.example",
		"a@example.test.":     "example.test",
		"":                    "",
		"alice":               "",
		"alice@":              "",
		"alice@localhost":     "",
		"alice@exa mple.test": "",
		"alice@192.0.2.1":     "",
	} {
		if got, ok := Domain(email); got != want || ok != (want != "") {
			t.Errorf("Domain(%q) = %q, %v, want %q", email, got, ok, want)
		}
	}
}

func TestOfExchanger(t *testing.T) {
	for host, want := range map[string]string{
		"firm-example.mail.protection.outlook.com.": "Microsoft 365",
		"firm-example.a-v1.mx.microsoft":            "Microsoft 365",
		"outlook-com.OLC.protection.outlook.com":    "Outlook.com",
		"aspmx.l.google.com.":                       "Google Workspace",
		"alt1.aspmx.l.google.com":                   "Google Workspace",
		"mx01.mail.icloud.com":                      "iCloud",
		"notgoogle.com":                             "",
		"google.com.evil.example":                   "",
		"mx.example.test":                           "",
		"":                                          "",
		".":                                         "",
	} {
		p := OfExchanger(host)
		if want == "" && p != nil || want != "" && (p == nil || p.Name != want) {
			t.Errorf("OfExchanger(%q) = %+v, want %q", host, p, want)
		}
	}
	for end, name := range exchangers {
		if byName[name] == nil {
			t.Errorf("%s is of %s, which is in no table", end, name)
		}
	}
}

func TestHowToSignIn(t *testing.T) {
	for name, want := range map[string][2]bool{ // takes passwords, wants app passwords
		"Gmail": {true, true}, "Outlook.com": {false, false}, "iCloud": {true, true}, "GMX": {true, false},
	} {
		if p := byName[name]; p.TakesPasswords() != want[0] || p.WantsAppPassword() != want[1] {
			t.Errorf("%s: %v, %v, want %v", name, p.TakesPasswords(), p.WantsAppPassword(), want)
		}
	}
}

func TestTables(t *testing.T) {
	if len(table) < 40 {
		t.Errorf("%d providers, want at least 40", len(table))
	}
	seen := map[string]string{}
	for _, e := range append(append([]entry{}, table...), organisations...) {
		for _, addr := range []string{e.imap, e.smtp} {
			s := server(addr)
			if _, ok := Domain("a@" + s.Host); s.Host != strings.ToLower(s.Host) || s.Port < 1 || s.Port > 65535 ||
				!ok && s.Host != "127.0.0.1" {
				t.Errorf("%s: server %q is no host:port", e.name, addr)
			}
		}
		for _, domain := range strings.Fields(e.domains) {
			if got, ok := Domain("a@" + domain); !ok || got != domain {
				t.Errorf("%s: %q is no domain", e.name, domain)
			}
			if other, ok := seen[domain]; ok {
				t.Errorf("%s is of %s and of %s", domain, other, e.name)
			}
			seen[domain] = e.name
		}
	}
	for _, e := range table {
		if len(strings.Fields(e.domains)) == 0 {
			t.Errorf("%s has no domains", e.name)
		}
	}
}

// A server on this computer belongs to no provider, whatever bridge uses it.
func TestLoopbackBelongsToNobody(t *testing.T) {
	for _, host := range []string{"127.0.0.1", "::1", "localhost", ""} {
		if p := OfServer(host); p != nil {
			t.Errorf("OfServer(%q) = %s, want none", host, p.Name)
		}
	}
	for host := range byHost {
		if _, err := netip.ParseAddr(host); err == nil {
			t.Errorf("%s belongs to %s", host, byHost[host].Name)
		}
	}
	if p := OfServer(" IMAP.GMail.com. "); p == nil || p.Name != "Gmail" {
		t.Errorf("OfServer of Gmail's server = %+v", p)
	}
}
