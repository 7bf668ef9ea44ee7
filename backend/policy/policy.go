package policy

import (
	"encoding/json"
	"slices"
	"strings"

	"waxwing/backend/mail"
)

// Version is the version of policies that this Waxwing reads.
const Version = 1

// Policy is what an organisation sets up. Its methods take a nil Policy for one
// that sets up nothing. Nobody changes a Policy once it has been read.
type Policy struct {
	Schema                 string        `json:"$schema,omitempty"`
	Version                int           `json:"version"`
	Organisation           Organisation  `json:"organisation"`
	Servers                []Servers     `json:"servers,omitempty"`
	Mailboxes              []Mailbox     `json:"mailboxes,omitempty"`
	OAuth                  []Client      `json:"oauth,omitempty"`
	CertificateAuthorities []Authority   `json:"certificateAuthorities,omitempty"`
	Relay                  *Server       `json:"relay,omitempty"`
	Outgoing               []Outgoing    `json:"outgoing,omitempty"`
	Settings               *Settings     `json:"settings,omitempty"`
	Allow                  *Allow        `json:"allow,omitempty"`
	RemoteImages           *RemoteImages `json:"remoteImages,omitempty"`

	// authorities is the PEM text of all certificate authorities, those in
	// files included.
	authorities string
}

// Organisation says whose policy it is and where its people find help.
type Organisation struct {
	Name     string `json:"name"`
	Help     string `json:"help,omitempty"`     // one line
	HelpLink string `json:"helpLink,omitempty"` // https, mailto or tel
}

// Server is where and how to connect. Port 0 is the usual one.
type Server struct {
	Host     string        `json:"host"`
	Port     int           `json:"port,omitempty"`
	Security mail.Security `json:"security,omitempty"` // empty means TLS
}

// Servers are the servers of mailboxes that name them, and of addresses in Domains.
type Servers struct {
	Name     string   `json:"name"`
	Domains  []string `json:"domains,omitempty"`
	IMAP     Server   `json:"imap"`
	SMTP     *Server  `json:"smtp,omitempty"`
	UserName string   `json:"userName,omitempty"` // template
	// SignIn says how people sign in; empty leaves it to them. With OAuth,
	// Provider is that of one of the clients.
	SignIn   mail.SignInMethod `json:"signIn,omitempty"`
	Provider string            `json:"provider,omitempty"`
}

// Mailbox is a mailbox that the organisation assigned to some users.
type Mailbox struct {
	Users       []string `json:"users"`   // patterns of login names
	Address     string   `json:"address"` // template
	Kind        Kind     `json:"kind,omitempty"`
	DisplayName string   `json:"displayName,omitempty"` // template
	Label       string   `json:"label,omitempty"`
	Servers     string   `json:"servers,omitempty"` // the Name of some Servers
	UserName    string   `json:"userName,omitempty"`
}

// Kind says whose mailbox an assigned one is.
type Kind string

// The kinds.
const (
	KindOwn       Kind = "own"       // the user's personal mailbox
	KindShared    Kind = "shared"    // one that several people work in
	KindDelegated Kind = "delegated" // somebody else's, who lets the user act for them
)

// Client is how Waxwing introduces itself to an OAuth provider.
type Client struct {
	// Provider is a mail.ProviderID (microsoft, outlook, google, yahoo) or the
	// https address of an OpenID issuer.
	Provider string `json:"provider"`
	ClientID string `json:"clientId"`
	// ClientSecret is for providers that give installed programs one. It is no
	// secret there (RFC 8252 §8.5).
	ClientSecret string `json:"clientSecret,omitempty"`
	// Tenant is a tenant of Microsoft's: a domain or an identifier.
	Tenant string `json:"tenant,omitempty"`
}

// Authority is an extra certificate authority: PEM text, or a file of it whose
// path may be relative to the policy's folder.
type Authority struct {
	PEM  string `json:"pem,omitempty"`
	File string `json:"file,omitempty"`
}

// Settings are settings that people see but can't change. What is nil is theirs.
type Settings struct {
	Language   *string `json:"language,omitempty"`
	Theme      *string `json:"theme,omitempty"`
	Density    *string `json:"density,omitempty"`
	Background *bool   `json:"background,omitempty"`
	Sound      *bool   `json:"sound,omitempty"`
}

// Allow limits which accounts can be connected. A list that is empty limits
// nothing. Servers and mailboxes of the policy itself are always allowed.
type Allow struct {
	Domains   []string `json:"domains,omitempty"`   // of addresses
	Providers []string `json:"providers,omitempty"` // whose servers: values of mail.ProviderID
	Servers   []string `json:"servers,omitempty"`   // names or patterns like *.example.org
}

// RemoteImages is the rule for pictures that mail fetches from the network.
type RemoteImages struct {
	Rule string `json:"rule"`
	// Domains are hosts, with everything below them, whose pictures are shown
	// without asking, whatever the rule is.
	Domains []string `json:"domains,omitempty"`
}

// The rules for remote pictures.
const (
	ImagesAsk   = "ask"   // asked for with every message
	ImagesNever = "never" // not shown
)

// Name returns what the organisation calls itself; empty without a policy.
func (p *Policy) Name() string {
	if p == nil {
		return ""
	}
	return p.Organisation.Name
}

// Authorities returns the PEM text of the extra certificate authorities.
func (p *Policy) Authorities() string {
	if p == nil {
		return ""
	}
	return p.authorities
}

// Client returns how to introduce Waxwing to a provider, by its
// mail.ProviderID, or to an OpenID issuer, by its address, if the policy says so.
func (p *Policy) Client(providerOrIssuer string) (Client, bool) {
	if p != nil {
		for _, c := range p.OAuth {
			if strings.TrimSuffix(c.Provider, "/") == strings.TrimSuffix(providerOrIssuer, "/") {
				return c, true
			}
		}
	}
	return Client{}, false
}

// RelayServer returns the SMTP server for mail of unverified accounts, if there
// is one.
func (p *Policy) RelayServer() (mail.Server, bool) {
	if p == nil || p.Relay == nil {
		return mail.Server{}, false
	}
	return p.Relay.smtp(), true
}

// Locked returns the settings that people can't change, as JSON values by their
// names among the preferences.
func (p *Policy) Locked() map[string]json.RawMessage {
	locked := map[string]json.RawMessage{}
	if p == nil {
		return locked
	}
	if p.Settings != nil {
		text, _ := json.Marshal(p.Settings) // texts and booleans
		_ = json.Unmarshal(text, &locked)   // as written just now
	}
	if p.RemoteImages != nil {
		locked["remoteImages"] = json.RawMessage(`"ask"`)
		locked["remoteImageSenders"] = json.RawMessage(`[]`)
	}
	return locked
}

// Images returns the rule for remote pictures; empty when people choose.
func (p *Policy) Images() string {
	if p == nil || p.RemoteImages == nil {
		return ""
	}
	return p.RemoteImages.Rule
}

// ShowsImagesOf reports whether pictures from a host are shown without asking.
func (p *Policy) ShowsImagesOf(host string) bool {
	return p != nil && p.RemoteImages != nil && slices.ContainsFunc(p.RemoteImages.Domains, func(domain string) bool {
		return within(host, domain)
	})
}

// within reports whether a host is a domain or lies below it.
func within(host, domain string) bool {
	host, domain = bare(host), bare(domain)
	return host == domain || strings.HasSuffix(host, "."+domain)
}

// bare returns a name in lower case and without its final dot.
func bare(name string) string { return strings.TrimSuffix(strings.ToLower(name), ".") }

func (s Server) imap() mail.Server { return s.with(993, 143) }
func (s Server) smtp() mail.Server { return s.with(465, 587) }

// with fills in what the policy left to us: TLS, and the usual port (RFC 8314
// §7, RFC 9051 §11.1, RFC 6409 §3.1).
func (s Server) with(tls, plain int) mail.Server {
	m := mail.Server{Host: bare(s.Host), Port: s.Port, Security: s.Security}
	if m.Security == "" {
		m.Security = mail.SecurityTLS
	}
	if m.Port == 0 {
		m.Port = plain
		if m.Security == mail.SecurityTLS {
			m.Port = tls
		}
	}
	return m
}
