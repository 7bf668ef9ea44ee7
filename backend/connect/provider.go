package connect

import (
	"net"
	"strconv"
	"strings"

	"golang.org/x/net/idna"

	"waxwing/backend/mail"
)

// How a provider lets mail programs sign in.
type signIn int

const (
	signInPassword    signIn = iota // with the account's password
	signInAppPassword               // only with a password made for the program
	signInBrowser                   // only in a browser (OAuth); no password is taken
)

// A provider is an operator whose servers are known. The servers are written
// "host:port", where port 465 and 993 mean TLS and others STARTTLS.
type provider struct {
	name       string
	signIn     signIn
	imap, smtp string
	domains    string // of the addresses, separated by blanks
}

// byDomain and byHost find a provider by an address's domain and by a server's name.
var byDomain, byHost = index(providers)

func index(all []provider) (domains, hosts map[string]*provider) {
	domains, hosts = map[string]*provider{}, map[string]*provider{}
	for i := range all {
		p := &all[i]
		for _, domain := range strings.Fields(p.domains) {
			domains[domain] = p
		}
		for _, addr := range []string{p.imap, p.smtp} {
			host := server(addr).Host
			// The first provider named for a shared server is its operator; a
			// server on this computer (a bridge) is nobody's.
			if _, taken := hosts[host]; !taken && net.ParseIP(host) == nil {
				hosts[host] = p
			}
		}
	}
	return domains, hosts
}

// providerOf returns the provider that runs the named server, or nil.
func providerOf(host string) *provider {
	return byHost[strings.TrimSuffix(strings.ToLower(strings.TrimSpace(host)), ".")]
}

// Suggest proposes the servers for an e-mail address without asking the
// network. If its domain belongs to a provider in the table, known is true and
// name is what the provider calls itself. Otherwise the servers are a guess:
// imap.DOMAIN and smtp.DOMAIN with TLS. An address without a usable domain
// gives no servers.
func Suggest(email string) (imap, smtp mail.Server, known bool, name string) {
	domain, ok := domainOf(email)
	if !ok {
		return mail.Server{}, mail.Server{}, false, ""
	}
	if p := byDomain[domain]; p != nil {
		return server(p.imap), server(p.smtp), true, p.name
	}
	return server("imap." + domain + ":993"), server("smtp." + domain + ":465"), false, ""
}

// domainOf returns the domain of an address in lower case and ASCII.
func domainOf(email string) (string, bool) {
	email = strings.TrimSpace(email)
	at := strings.LastIndexByte(email, '@')
	if at < 1 {
		return "", false
	}
	domain, err := idna.Lookup.ToASCII(strings.TrimSuffix(email[at+1:], "."))
	if err != nil || !strings.Contains(domain, ".") || net.ParseIP(domain) != nil {
		return "", false
	}
	return strings.ToLower(domain), true
}

// server reads "host:port" as the table writes it.
func server(addr string) mail.Server {
	host, digits, _ := strings.Cut(addr, ":")
	port, _ := strconv.Atoi(digits) // the table's test reads every line
	security := mail.SecuritySTARTTLS
	if isTLSPort(port) {
		security = mail.SecurityTLS
	}
	return mail.Server{Host: host, Port: port, Security: security}
}

// isTLSPort reports whether the port is assigned to mail over TLS (RFC 8314 §7).
func isTLSPort(port int) bool { return port == 993 || port == 465 }
