package policy

import (
	"slices"
	"strings"

	"waxwing/backend/mail"
)

// Refusals: why an account isn't allowed.
const (
	RefusedDomain   = "domain"   // of the address
	RefusedServer   = "server"   // not among those allowed
	RefusedAssigned = "assigned" // the mailbox is assigned, with other servers or another user name
)

// providerServers are the servers of the providers that Allow can name.
var providerServers = map[mail.ProviderID][]string{
	mail.ProviderMicrosoft: {"*.office365.com", graphHost},
	mail.ProviderOutlook:   {"*.outlook.com", "outlook.office365.com"},
	mail.ProviderGoogle:    {"*.gmail.com", "*.googlemail.com"},
	mail.ProviderYahoo:     {"*.mail.yahoo.com"},
	mail.ProviderICloud:    {"*.mail.me.com"},
}

// Refuses reports why an account of the user can't be connected: one of the
// Refused constants with the domain, server or address that it is about. An
// empty reason means that the policy has nothing against it.
func (p *Policy) Refuses(a mail.Account, u User) (reason, value string) {
	if p == nil {
		return "", ""
	}
	for _, assigned := range p.Assigned(u) {
		if want := assigned.Account; strings.EqualFold(want.Email, a.Email) {
			if want.IMAP.Host == "" {
				return p.refusesServers(a)
			}
			if !sameServer(want.IMAP, a.IMAP) || want.SMTP.Host != "" && !sameServer(want.SMTP, a.SMTP) ||
				want.User != "" && want.UserName() != a.UserName() {
				return RefusedAssigned, want.Email
			}
			return "", ""
		}
	}
	if reason, value := p.refusesDomain(a.Email); reason != "" {
		return reason, value
	}
	return p.refusesServers(a)
}

// RefusesAddress is Refuses before anything but the address is known.
func (p *Policy) RefusesAddress(address string, u User) (reason, value string) {
	if p == nil {
		return "", ""
	}
	for _, assigned := range p.Assigned(u) {
		if strings.EqualFold(assigned.Account.Email, address) {
			return "", ""
		}
	}
	return p.refusesDomain(address)
}

// refusesDomain asks for an address that isn't assigned.
func (p *Policy) refusesDomain(address string) (reason, value string) {
	domain := bare(address[strings.LastIndexByte(address, '@')+1:])
	if p.Allow == nil || len(p.Allow.Domains) == 0 ||
		slices.ContainsFunc(p.Allow.Domains, func(d string) bool { return bare(d) == domain }) {
		return "", ""
	}
	if _, ours := p.serversOf("", address); ours {
		return "", "" // the policy says itself how it is reached
	}
	return RefusedDomain, domain
}

// AllowedDomains are those that addresses of accounts must have; none when any
// domain will do.
func (p *Policy) AllowedDomains() []string {
	if p == nil || p.Allow == nil {
		return nil
	}
	return p.Allow.Domains
}

func (p *Policy) refusesServers(a mail.Account) (reason, value string) {
	if p.Allow == nil || len(p.Allow.Servers) == 0 && len(p.Allow.Providers) == 0 {
		return "", ""
	}
	for _, host := range []string{a.IMAP.Host, a.SMTP.Host} {
		if host != "" && !p.allowsServer(bare(host)) {
			return RefusedServer, host
		}
	}
	return "", ""
}

func (p *Policy) allowsServer(host string) bool {
	for _, s := range p.Servers {
		if host == bare(s.IMAP.Host) || s.SMTP != nil && host == bare(s.SMTP.Host) {
			return true
		}
	}
	fits := func(pattern string) bool { return fitsHost(pattern, host) }
	if slices.ContainsFunc(p.Allow.Servers, fits) {
		return true
	}
	for _, provider := range p.Allow.Providers {
		if slices.ContainsFunc(providerServers[mail.ProviderID(provider)], fits) {
			return true
		}
	}
	return false
}

// fitsHost matches a name, or *. and the domain that the name lies below.
func fitsHost(pattern, host string) bool {
	domain, below := strings.CutPrefix(bare(pattern), "*.")
	if below {
		return strings.HasSuffix(host, "."+domain)
	}
	return host == domain
}

// sameServer compares how servers are reached, not which certificate is trusted.
func sameServer(a, b mail.Server) bool {
	return bare(a.Host) == bare(b.Host) && a.Port == b.Port && a.Security == b.Security
}
