package autoconfig

import (
	"context"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"time"

	"waxwing/backend/connect"
	"waxwing/backend/mail"
	"waxwing/backend/provider"
)

// What a Finder takes for its zero values.
const (
	DefaultDeadline = 5 * time.Second
	DefaultSettle   = 1500 * time.Millisecond
	DefaultISPDB    = "https://autoconfig.thunderbird.net/v1.1/"
)

// A Resolver answers what only DNS knows; *net.Resolver is one.
type Resolver interface {
	LookupSRV(ctx context.Context, service, proto, name string) (string, []*net.SRV, error)
	LookupMX(ctx context.Context, name string) ([]*net.MX, error)
}

// A Finder finds servers. The zero value is ready to use; a Finder may be used by
// several goroutines as long as nobody changes it.
type Finder struct {
	// Deadline bounds Find; zero means DefaultDeadline.
	Deadline time.Duration
	// Settle is how long better sources may still answer once there is a
	// trustworthy answer; zero means DefaultSettle.
	Settle time.Duration
	// ISPDB is the start of the addresses of Mozilla's database, to which the
	// domain is added; empty means DefaultISPDB.
	ISPDB string
	// Resolver answers SRV and MX; nil means the system's.
	Resolver Resolver
	// Dialer reaches servers, web servers too, and says which authorities to
	// believe; nil means the system's network and authorities.
	Dialer *connect.Dialer
	// Proxy says by which proxy a web server is reached; nil means
	// http.ProxyFromEnvironment.
	Proxy func(*http.Request) (*url.URL, error)

	isPublic func(netip.Addr) bool // nil means public; tests live on loopback
}

// NewResolver returns a resolver that asks the DNS server at "host:port" only.
func NewResolver(server string) *net.Resolver {
	return &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, network, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, network, server)
	}}
}

// A query is one Find.
type query struct {
	Finder
	email, local, domain string
	web                  *http.Transport
}

func (f *Finder) query(email string) (*query, error) {
	email = strings.TrimSpace(email)
	domain, ok := provider.Domain(email)
	if !ok {
		return nil, &mail.Error{Code: mail.CodeInvalid, Args: map[string]string{"field": "email"}}
	}
	q := &query{Finder: *f, email: email, local: email[:strings.LastIndexByte(email, '@')], domain: domain}
	if q.Deadline == 0 {
		q.Deadline = DefaultDeadline
	}
	if q.Settle == 0 {
		q.Settle = DefaultSettle
	}
	if q.ISPDB == "" {
		q.ISPDB = DefaultISPDB
	}
	if q.Resolver == nil {
		q.Resolver = net.DefaultResolver
	}
	if q.Dialer == nil {
		q.Dialer = new(connect.Dialer)
	}
	if q.Proxy == nil {
		q.Proxy = http.ProxyFromEnvironment
	}
	if q.isPublic == nil {
		q.isPublic = public
	}
	q.web = q.transport()
	return q, nil
}

// Find asks all sources side by side how the address's mail is reached, and
// returns the best answer. The error is CodeInvalid with field "email" for what
// can't be an address in the public DNS, CodeCancelled when ctx ended, and
// CodeNotDiscovered with the domain when nobody knows or could be asked; Tried
// says why.
func (f *Finder) Find(ctx context.Context, email string) (Result, error) {
	q, err := f.query(email)
	if err != nil {
		return Result{}, err
	}
	if p := provider.OfAddress(email); p != nil {
		return q.known(p), nil
	}
	defer q.web.CloseIdleConnections()
	r := newRace(q)
	r.run(ctx)
	if ctx.Err() != nil {
		return Result{Tried: r.tried()}, &mail.Error{Code: mail.CodeCancelled, Err: ctx.Err()}
	}
	result := Result{Answer: r.best(), Tried: r.tried()}
	if result.Answer == nil {
		return result, &mail.Error{Code: mail.CodeNotDiscovered, Args: map[string]string{"domain": q.domain}}
	}
	return result, nil
}

// ByPolicy is the result that the organisation's policy gives for an account.
func ByPolicy(a mail.Account) Result {
	form, method, id := UserAddress, a.SignIn.Method, mail.ProviderOther
	if a.User != "" {
		form = UserOther
	}
	if method == "" {
		method = mail.SignInPassword
	}
	if p := provider.OfHosting(a.IMAP.Host); p != nil {
		id = p.ID
	}
	one := func(s mail.Server) []Candidate {
		if s.Host == "" {
			return nil
		}
		return []Candidate{{s, a.UserName(), form, []mail.SignInMethod{method}}}
	}
	answer := &Answer{Email: a.Email, Provider: id, Source: SourcePolicy, IMAP: one(a.IMAP), SMTP: one(a.SMTP), Proposed: a.SignIn}
	return Result{Answer: answer, Tried: []Attempt{{Source: SourcePolicy, Outcome: OutcomeFound}}}
}

// ByProvider is the answer of SourceTable that the provider with the id runs the
// address's mail; known is false if there is no such id.
func ByProvider(id mail.ProviderID, email string) (answer Answer, known bool) {
	switch id {
	case mail.ProviderExchange, mail.ProviderOther:
		return Answer{Email: email, Provider: id, Source: SourceTable}, true
	}
	p := provider.ByID(id)
	if p == nil {
		return Answer{}, false
	}
	q := query{email: email}
	return *q.ofProvider(p, SourceTable, ""), true
}

// known is the result for an address of the table; nobody is asked.
func (q *query) known(p *provider.Provider) Result {
	answer := q.ofProvider(p, SourceTable, "")
	tried := []Attempt{{Source: SourceTable, Outcome: OutcomeFound}}
	for _, s := range sources {
		tried = append(tried, Attempt{Source: s.source, Outcome: OutcomeUnasked})
	}
	return Result{Answer: answer, Tried: tried}
}
