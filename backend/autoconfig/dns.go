package autoconfig

import (
	"context"
	"errors"
	"net"
	"net/url"
	"slices"

	"waxwing/backend/mail"
	"waxwing/backend/provider"
)

// askSRV asks which servers the domain names in DNS (RFC 6186, RFC 8314 §5.1):
// those with TLS from the first byte, then those to upgrade.
func (q *query) askSRV(ctx context.Context) (*Answer, error) {
	services := []struct {
		name     string
		security mail.Security
	}{
		{"imaps", mail.SecurityTLS}, {"imap", mail.SecuritySTARTTLS},
		{"submissions", mail.SecurityTLS}, {"submission", mail.SecuritySTARTTLS},
	}
	found := make([][]Candidate, len(services))
	failures := make([]error, len(services))
	done := make(chan struct{}, len(services))
	for i, s := range services {
		go func() {
			found[i], failures[i] = q.service(ctx, s.name, s.security)
			done <- struct{}{}
		}()
	}
	for range services {
		<-done
	}
	imap, smtp := slices.Concat(found[0], found[1]), slices.Concat(found[2], found[3])
	if len(imap) == 0 {
		return nil, errors.Join(failures...)
	}
	a := q.answer(SourceSRV, q.domain, "", imap, smtp)
	q.cautionStrangers(a)
	return a, nil
}

// service looks one service up. The resolver sorts by priority and weight
// (RFC 2782); a target of "." means that the domain doesn't offer it.
func (q *query) service(ctx context.Context, name string, security mail.Security) ([]Candidate, error) {
	_, records, err := q.Resolver.LookupSRV(ctx, name, "tcp", q.domain)
	if len(records) == 0 {
		return nil, lookupError(err)
	}
	var list []Candidate
	for _, r := range records {
		host, ok := cleanHost(r.Target)
		if !ok || r.Port == 0 || len(list) == maxCandidates {
			continue
		}
		s := mail.Server{Host: host, Port: int(r.Port), Security: security}
		list = append(list, Candidate{s, q.email, UserAddress, []mail.SignInMethod{mail.SignInPassword}})
	}
	if len(list) == 0 {
		return nil, errNothing
	}
	return list, nil
}

// askMX asks who receives the domain's mail. Who that is decides DNS, which can
// be forged; what is taken from there is a provider of our table, or with a
// caution one of Mozilla's database.
func (q *query) askMX(ctx context.Context) (*Answer, error) {
	records, err := q.Resolver.LookupMX(ctx, q.domain)
	if len(records) == 0 {
		return nil, lookupError(err)
	}
	best, ok := cleanHost(records[0].Host)
	if !ok { // "." means that the domain takes no mail (RFC 7505)
		return nil, errNothing
	}
	if p := provider.OfExchanger(best); p != nil {
		return q.ofProvider(p, SourceMX, best), nil
	}
	operator := owner(best)
	if operator == owner(q.domain) {
		return nil, errNothing
	}
	a, err := q.configAt(q.ISPDB+url.PathEscape(operator), SourceMX)(ctx)
	if err != nil {
		return nil, err
	}
	a.From = best
	q.cautionStrangers(a)
	return a, nil
}

// lookupError tells a name that isn't there from DNS that can't be asked.
func lookupError(err error) error {
	var failure *net.DNSError
	if err == nil || errors.As(err, &failure) && failure.IsNotFound {
		return errNothing
	}
	return err
}
