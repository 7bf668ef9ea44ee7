// Package provider is the table of well-known mail providers: whose an address,
// a mail server or a mail exchanger is, and how it is reached. It asks no network.
package provider

import (
	"net"
	"strconv"
	"strings"

	"golang.org/x/net/idna"

	"waxwing/backend/mail"
)

// A Provider is an operator whose servers are known.
type Provider struct {
	ID     mail.ProviderID
	Name   string              // what it calls itself
	SignIn []mail.SignInMethod // what it accepts from mail programs, the best first
	IMAP   mail.Server
	SMTP   mail.Server
}

// TakesPasswords reports whether any kind of password is accepted.
func (p *Provider) TakesPasswords() bool { return p.SignIn[len(p.SignIn)-1] != mail.SignInOAuth }

// WantsAppPassword reports whether the account's own password is refused and one
// made for the program is accepted.
func (p *Provider) WantsAppPassword() bool {
	return p.SignIn[len(p.SignIn)-1] == mail.SignInAppPassword
}

// signIn is how a provider lets mail programs sign in, the best way first.
type signIn []mail.SignInMethod

var (
	password             = signIn{mail.SignInPassword}
	appPassword          = signIn{mail.SignInAppPassword}
	browser              = signIn{mail.SignInOAuth}
	browserOrAppPassword = signIn{mail.SignInOAuth, mail.SignInAppPassword}
)

// An entry is a line of the tables. The servers are written "host:port", where
// port 465 and 993 mean TLS and others STARTTLS.
type entry struct {
	id         mail.ProviderID
	name       string
	signIn     signIn
	imap, smtp string
	domains    string // of the addresses, separated by blanks
}

func (e entry) provider() *Provider {
	return &Provider{ID: e.id, Name: e.name, SignIn: e.signIn, IMAP: server(e.imap), SMTP: server(e.smtp)}
}

// The tables by an address's domain, a server's name and a provider's name.
var byDomain, byHost, byName = index()

func index() (domains, hosts, names map[string]*Provider) {
	domains, hosts, names = map[string]*Provider{}, map[string]*Provider{}, map[string]*Provider{}
	// The first provider named for a shared server is its operator.
	add := func(to map[string]*Provider, key string, p *Provider) {
		if _, taken := to[key]; !taken {
			to[key] = p
		}
	}
	for _, list := range [][]entry{table, organisations} {
		for _, e := range list {
			p := e.provider()
			add(names, p.Name, p)
			for _, domain := range strings.Fields(e.domains) {
				add(domains, domain, p)
			}
			for _, s := range []mail.Server{p.IMAP, p.SMTP} {
				if net.ParseIP(s.Host) == nil { // a server on this computer (a bridge) is nobody's
					add(hosts, s.Host, p)
				}
			}
		}
	}
	return domains, hosts, names
}

// OfAddress returns the provider that gives out addresses of that domain, or nil.
func OfAddress(email string) *Provider {
	domain, ok := Domain(email)
	if !ok {
		return nil
	}
	return byDomain[domain]
}

// OfServer returns the provider that runs the named mail server, or nil.
func OfServer(host string) *Provider { return byHost[normal(host)] }

// OfHosting returns the provider that runs mail of other people's domains at the
// named server, or nil: Outlook.com's and Gmail's servers are those of Microsoft
// 365 and Google Workspace then.
func OfHosting(host string) *Provider {
	p := OfServer(host)
	if p == nil {
		return nil
	}
	switch p.ID {
	case mail.ProviderOutlook:
		return ByID(mail.ProviderMicrosoft)
	case mail.ProviderGoogle:
		return byName["Google Workspace"]
	}
	return p
}

// ByID returns the provider with an id of its own, or nil; for ProviderGoogle it is Gmail.
func ByID(id mail.ProviderID) *Provider {
	switch id {
	case mail.ProviderMicrosoft:
		return byName["Microsoft 365"]
	case mail.ProviderOutlook:
		return byName["Outlook.com"]
	case mail.ProviderGoogle:
		return byName["Gmail"]
	case mail.ProviderYahoo:
		return byName["Yahoo"]
	case mail.ProviderICloud:
		return byName["iCloud"]
	}
	return nil
}

// FilesSent reports whether what is sent through the outgoing server is put into the
// mailbox of sent mail at the incoming one without our doing: both belong to a
// provider that does so.
func FilesSent(imap, smtp mail.Server) bool {
	in, out := OfServer(imap.Host), OfServer(smtp.Host)
	if in == nil || out == nil {
		return false
	}
	google := in.ID == mail.ProviderGoogle && out.ID == mail.ProviderGoogle
	return google || microsoft(in) && microsoft(out)
}

func microsoft(p *Provider) bool {
	return p.ID == mail.ProviderMicrosoft || p.ID == mail.ProviderOutlook
}

// OfExchanger returns the provider whose mail exchanger (MX) has that name, or
// nil. It may run mail for any domain.
func OfExchanger(host string) *Provider {
	for name := normal(host); name != ""; {
		if owner, ok := exchangers[name]; ok {
			return byName[owner]
		}
		_, name, _ = strings.Cut(name, ".")
	}
	return nil
}

func normal(host string) string {
	return strings.TrimSuffix(strings.ToLower(strings.TrimSpace(host)), ".")
}

// Domain returns the domain of an address in lower case and ASCII (RFC 5891). It
// must be a name of the public DNS: with a dot, and no IP address.
func Domain(email string) (string, bool) {
	email = strings.TrimSpace(email)
	at := strings.LastIndexByte(email, '@')
	if at < 1 {
		return "", false
	}
	domain, err := idna.Lookup.ToASCII(strings.TrimSuffix(email[at+1:], "."))
	if err != nil || !strings.Contains(domain, ".") || len(domain) > 253 || net.ParseIP(domain) != nil {
		return "", false
	}
	return strings.ToLower(domain), true
}

// server reads "host:port" as the tables write it.
func server(addr string) mail.Server {
	host, digits, _ := strings.Cut(addr, ":")
	port, _ := strconv.Atoi(digits) // the tables' test reads every line
	security := mail.SecuritySTARTTLS
	if port == 993 || port == 465 { // RFC 8314 §7
		security = mail.SecurityTLS
	}
	return mail.Server{Host: host, Port: port, Security: security}
}
