package autoconfig

import (
	"context"
	"net/url"
	"slices"

	"waxwing/backend/mail"
	"waxwing/backend/provider"
)

// askDomain fetches the configuration that the domain itself publishes. What
// comes by HTTPS from its own names is its word, wherever it leads.
func (q *query) askDomain(ctx context.Context) (*Answer, error) {
	address := "?emailaddress=" + url.QueryEscape(q.email)
	return first(ctx,
		q.configAt("https://autoconfig."+q.domain+"/mail/config-v1.1.xml"+address, SourceDomain),
		q.configAt("https://"+q.domain+"/.well-known/autoconfig/mail/config-v1.1.xml"+address, SourceDomain),
	)
}

// askPlain fetches the same by HTTP, without telling the address.
func (q *query) askPlain(ctx context.Context) (*Answer, error) {
	answer, err := first(ctx,
		q.configAt("http://autoconfig."+q.domain+"/mail/config-v1.1.xml", SourcePlain),
		q.configAt("http://"+q.domain+"/.well-known/autoconfig/mail/config-v1.1.xml", SourcePlain),
	)
	if err != nil {
		return nil, err
	}
	answer.caution(CautionPlainHTTP, answer.From)
	q.cautionStrangers(answer)
	return answer, nil
}

// askISPDB looks the domain up in Mozilla's database.
func (q *query) askISPDB(ctx context.Context) (*Answer, error) {
	return q.configAt(q.ISPDB+url.PathEscape(q.domain), SourceISPDB)(ctx)
}

// configAt asks for the configuration at a web address.
func (q *query) configAt(address string, source Source) func(context.Context) (*Answer, error) {
	return func(ctx context.Context) (*Answer, error) {
		r, err := q.document(ctx, address)
		if err != nil {
			return nil, err
		}
		name, imap, smtp, err := readConfig(r.body, q.email)
		if err != nil {
			return nil, err
		}
		asked, err := url.Parse(address)
		if err != nil {
			return nil, err
		}
		return q.answer(source, asked.Hostname(), name, imap, smtp), nil
	}
}

// answer makes an answer of servers that were found, and recognises providers.
func (q *query) answer(source Source, from, name string, imap, smtp []Candidate) *Answer {
	a := &Answer{
		Email: q.email, Provider: mail.ProviderOther, Name: name, Source: source, From: from, IMAP: imap, SMTP: smtp,
	}
	if p := provider.OfHosting(imap[0].Host); p != nil {
		a.Provider = p.ID
		if name == "" || p.ID != mail.ProviderOther {
			a.Name = p.Name
		}
		for _, list := range [][]Candidate{imap, smtp} {
			for i := range list {
				if provider.OfHosting(list[i].Host) == p {
					list[i].SignIn = slices.Clone(p.SignIn)
				}
			}
		}
	}
	for _, c := range slices.Concat(imap, smtp) {
		if c.Security == mail.SecurityNone {
			a.caution(CautionUnprotected, c.Host)
		}
	}
	return a
}

// ofProvider is the answer that a provider of the table runs the mail.
func (q *query) ofProvider(p *provider.Provider, source Source, from string) *Answer {
	one := func(s mail.Server) []Candidate {
		return []Candidate{{s, q.email, UserAddress, slices.Clone(p.SignIn)}}
	}
	return &Answer{
		Email: q.email, Provider: p.ID, Name: p.Name, Source: source, From: from, IMAP: one(p.IMAP), SMTP: one(p.SMTP),
	}
}

// caution adds a caution once.
func (a *Answer) caution(code CautionCode, host string) {
	if c := (Caution{code, host}); !slices.Contains(a.Cautions, c) {
		a.Cautions = append(a.Cautions, c)
	}
}

// cautionStrangers marks servers of other domains than the address's, for
// answers that could be forged. Those of our table can't be a forger's.
func (q *query) cautionStrangers(a *Answer) {
	for _, c := range slices.Concat(a.IMAP, a.SMTP) {
		if !sameOwner(c.Host, q.domain) && provider.OfServer(c.Host) == nil {
			a.caution(CautionOtherDomain, c.Host)
		}
	}
}
