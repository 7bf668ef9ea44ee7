package policy

import (
	"os/user"
	"strings"

	"waxwing/backend/mail"
)

// User is who uses the computer.
type User struct {
	Login string // the login name; on Windows DOMAIN\name
	Name  string // the person's name as the system knows it; may be empty
}

// CurrentUser returns who runs this program; the zero User when the system
// won't tell.
func CurrentUser() User {
	u, err := user.Current()
	if err != nil {
		return User{}
	}
	return User{Login: u.Username, Name: u.Name}
}

// short is the login name without its domain, in lower case.
func (u User) short() string {
	return strings.ToLower(u.Login[strings.LastIndexByte(u.Login, '\\')+1:])
}

// matches reports whether the user is meant by a pattern of login names, in
// which * stands for anything. Case doesn't matter. A pattern without a
// backslash is about the name without its domain.
func (u User) matches(pattern string) bool {
	if u.Login == "" {
		return false
	}
	name, pattern := strings.ToLower(u.Login), strings.ToLower(pattern)
	if !strings.Contains(pattern, `\`) {
		name = u.short()
	}
	return glob(pattern, name)
}

// glob matches a name against a pattern in which only * is special.
func glob(pattern, name string) bool {
	parts := strings.Split(pattern, "*")
	if len(parts) == 1 {
		return pattern == name
	}
	name, found := strings.CutPrefix(name, parts[0])
	if !found {
		return false
	}
	for _, part := range parts[1 : len(parts)-1] {
		_, rest, found := strings.Cut(name, part)
		if !found {
			return false
		}
		name = rest
	}
	return strings.HasSuffix(name, parts[len(parts)-1])
}

// Assigned is a mailbox of one user.
type Assigned struct {
	Kind Kind
	// Account is what to connect: address, names, servers and how to sign in.
	// What the policy doesn't say is empty.
	Account mail.Account
}

// Assigned returns the user's mailboxes in the order of the policy. An address
// comes once: its first entry counts.
func (p *Policy) Assigned(u User) []Assigned {
	if p == nil {
		return nil
	}
	var list []Assigned
	seen := map[string]bool{}
	for _, m := range p.Mailboxes {
		if !m.isFor(u) {
			continue
		}
		a := p.assign(m, u)
		if address := strings.ToLower(a.Account.Email); !seen[address] {
			seen[address] = true
			list = append(list, a)
		}
	}
	return withLogins(list)
}

// withLogins adds who signs in to mailboxes that aren't the user's own: the user,
// by the first own mailbox at the same provider.
func withLogins(list []Assigned) []Assigned {
	for i := range list {
		s := &list[i].Account.SignIn
		if list[i].Kind == KindOwn || !s.OAuth() {
			continue
		}
		for _, own := range list {
			at := own.Account.SignIn
			if own.Kind == KindOwn && at.OAuth() && at.Provider == s.Provider && at.Issuer == s.Issuer {
				s.Login = own.Account.Email
				break
			}
		}
	}
	return list
}

func (m Mailbox) isFor(u User) bool {
	for _, pattern := range m.Users {
		if u.matches(pattern) {
			return true
		}
	}
	return false
}

func (p *Policy) assign(m Mailbox, u User) Assigned {
	address := strings.ReplaceAll(m.Address, "{user}", u.short())
	a := Assigned{Kind: m.Kind, Account: mail.Account{
		Email: address, Label: m.Label, Notify: true, NotifyHere: true,
		Name: strings.TrimSpace(strings.NewReplacer("{name}", u.Name, "{user}", u.short()).Replace(m.DisplayName)),
	}}
	if a.Kind == "" {
		a.Kind = KindOwn
	}
	fill := strings.NewReplacer("{user}", u.short(), "{address}", address)
	if s, ok := p.serversOf(m.Servers, address); ok {
		p.reach(&a.Account, s, fill)
	}
	if m.UserName != "" {
		a.Account.User = fill.Replace(m.UserName)
	}
	return a
}

// serversOf returns the servers with the name, or with an empty one those of
// the address's domain.
func (p *Policy) serversOf(name, address string) (Servers, bool) {
	_, domain, _ := strings.Cut(address, "@")
	for _, s := range p.Servers {
		if name != "" && s.Name == name {
			return s, true
		}
		for _, d := range s.Domains {
			if name == "" && bare(d) == bare(domain) {
				return s, true
			}
		}
	}
	return Servers{}, false
}

// reach fills in how the servers are reached and signed in to.
func (p *Policy) reach(a *mail.Account, s Servers, fill *strings.Replacer) {
	a.IMAP = s.IMAP.imap()
	if s.SMTP != nil {
		a.SMTP = s.SMTP.smtp()
	}
	a.User = fill.Replace(s.UserName)
	a.SignIn.Method = s.SignIn
	if client, ok := p.Client(s.Provider); ok && a.SignIn.OAuth() {
		a.SignIn.Provider, a.SignIn.Tenant = mail.ProviderID(s.Provider), client.Tenant
		if strings.HasPrefix(s.Provider, "https://") {
			a.SignIn.Provider, a.SignIn.Issuer = mail.ProviderOther, s.Provider
		}
	}
}

// Suggest returns how the policy says that an address is reached; ok is false
// when it doesn't.
func (p *Policy) Suggest(address string, u User) (a mail.Account, ok bool) {
	if p == nil {
		return mail.Account{}, false
	}
	for _, assigned := range p.Assigned(u) {
		if strings.EqualFold(assigned.Account.Email, address) && assigned.Account.IMAP.Host != "" {
			return assigned.Account, true
		}
	}
	s, ok := p.serversOf("", address)
	if ok {
		a = mail.Account{Email: address, Notify: true, NotifyHere: true}
		p.reach(&a, s, strings.NewReplacer("{user}", u.short(), "{address}", address))
	}
	return a, ok
}
