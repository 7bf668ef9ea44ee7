package connect

import (
	"net/netip"
	"strings"
	"testing"

	"waxwing/backend/mail"
)

func TestSuggest(t *testing.T) {
	tls := func(host string, port int) mail.Server {
		return mail.Server{Host: host, Port: port, Security: mail.SecurityTLS}
	}
	startTLS := func(host string, port int) mail.Server {
		return mail.Server{Host: host, Port: port, Security: mail.SecuritySTARTTLS}
	}
	for _, c := range []struct {
		email      string
		imap, smtp mail.Server
		known      bool
		name       string
	}{
		{"a@gmail.com", tls("imap.gmail.com", 993), tls("smtp.gmail.com", 465), true, "Gmail"},
		{" A.B@GoogleMail.COM ", tls("imap.gmail.com", 993), tls("smtp.gmail.com", 465), true, "Gmail"},
		{"a@hotmail.de", tls("outlook.office365.com", 993), startTLS("smtp-mail.outlook.com", 587), true, "Outlook.com"},
		{"a@icloud.com", tls("imap.mail.me.com", 993), startTLS("smtp.mail.me.com", 587), true, "iCloud"},
		{"a@gmx.at", tls("imap.gmx.net", 993), tls("mail.gmx.net", 465), true, "GMX"},
		{"a@pm.me", startTLS("127.0.0.1", 1143), startTLS("127.0.0.1", 1025), true, "Proton Mail (Bridge)"},
		{"a@pec.it", tls("imaps.pec.aruba.it", 993), tls("smtps.pec.aruba.it", 465), true, "Aruba PEC"},
		{"a@example.test", tls("imap.example.test", 993), tls("smtp.example.test", 465), false, ""},
		{"a@notgmail.com", tls("imap.notgmail.com", 993), tls("smtp.notgmail.com", 465), false, ""},
		{"a@Müller.example", tls("imap.xn--mller-kva.example", 993), tls("smtp.xn--mller-kva.example", 465), false, ""},
		{`"odd@local"@web.de`, tls("imap.web.de", 993), tls("smtp.web.de", 465), true, "WEB.DE"},
		{"", mail.Server{}, mail.Server{}, false, ""},
		{"alice", mail.Server{}, mail.Server{}, false, ""},
		{"@gmail.com", mail.Server{}, mail.Server{}, false, ""},
		{"alice@", mail.Server{}, mail.Server{}, false, ""},
		{"alice@localhost", mail.Server{}, mail.Server{}, false, ""},
		{"alice@exa mple.test", mail.Server{}, mail.Server{}, false, ""},
		{"alice@192.0.2.1", mail.Server{}, mail.Server{}, false, ""},
	} {
		imap, smtp, known, name := Suggest(c.email)
		if imap != c.imap || smtp != c.smtp || known != c.known || name != c.name {
			t.Errorf("Suggest(%q) = %v, %v, %v, %q, want %v, %v, %v, %q",
				c.email, imap, smtp, known, name, c.imap, c.smtp, c.known, c.name)
		}
	}
}

func TestProviderTable(t *testing.T) {
	if len(providers) < 40 {
		t.Errorf("%d providers, want at least 40", len(providers))
	}
	seen := map[string]string{}
	for _, p := range providers {
		for _, addr := range []string{p.imap, p.smtp} {
			s := server(addr)
			if got, err := hostName(s); err != nil || got != s.Host || s.Host != strings.ToLower(s.Host) || s.Port < 1 || s.Port > 65535 {
				t.Errorf("%s: server %q is no host:port", p.name, addr)
			}
		}
		if len(strings.Fields(p.domains)) == 0 {
			t.Errorf("%s has no domains", p.name)
		}
		for _, domain := range strings.Fields(p.domains) {
			if got, ok := domainOf("a@" + domain); !ok || got != domain {
				t.Errorf("%s: %q is no domain", p.name, domain)
			}
			if other, ok := seen[domain]; ok {
				t.Errorf("%s is of %s and of %s", domain, other, p.name)
			}
			seen[domain] = p.name
		}
	}
}

// A server on this computer belongs to no provider, whatever bridge uses it.
func TestLoopbackBelongsToNobody(t *testing.T) {
	for _, host := range []string{"127.0.0.1", "::1", "localhost", ""} {
		if p := providerOf(host); p != nil {
			t.Errorf("providerOf(%q) = %s, want none", host, p.name)
		}
	}
	for host := range byHost {
		if _, err := netip.ParseAddr(host); err == nil {
			t.Errorf("%s belongs to %s", host, byHost[host].name)
		}
	}
}
