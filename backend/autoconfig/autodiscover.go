package autoconfig

import (
	"context"
	"encoding/xml"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"waxwing/backend/mail"
	"waxwing/backend/provider"
)

// autodiscoverPath is where Exchange answers ([MS-OXDSCLI] 3.1.5).
const autodiscoverPath = "/autodiscover/autodiscover.xml"

// autodiscoverXML is the "plain old XML" answer ([MS-OXDSCLI] 2.2.4).
type autodiscoverXML struct {
	XMLName  xml.Name `xml:"Autodiscover"`
	Response struct {
		Account struct {
			Action      string        `xml:"Action"`
			RedirectURL string        `xml:"RedirectUrl"`
			Protocols   []protocolXML `xml:"Protocol"`
		} `xml:"Account"`
	} `xml:"Response"`
}

type protocolXML struct {
	Type       string `xml:"Type"`
	Server     string `xml:"Server"`
	Port       string `xml:"Port"`
	LoginName  string `xml:"LoginName"`
	SSL        string `xml:"SSL"`
	Encryption string `xml:"Encryption"`
}

// askAutodiscover asks whether an Exchange server is there. It never signs in:
// that a server wants a sign-in is the answer, unless it tells more unasked.
func (q *query) askAutodiscover(ctx context.Context) (*Answer, error) {
	return first(ctx,
		q.exchangeAt("https://autodiscover."+q.domain+autodiscoverPath),
		q.exchangeAt("https://"+q.domain+autodiscoverPath),
		q.redirectAt("http://autodiscover."+q.domain+autodiscoverPath),
	)
}

func (q *query) exchangeAt(address string) func(context.Context) (*Answer, error) {
	return func(ctx context.Context) (*Answer, error) {
		r, err := q.fetch(ctx, address, q.autodiscoverRequest())
		if err != nil {
			return nil, lookupError(withoutQuery(err))
		}
		if a := q.microsoft(r.header.Get("Location"), r.at); a != nil {
			return a, nil
		}
		switch {
		case r.status == http.StatusUnauthorized && isExchange(r.header):
			return q.exchange(r.at.Hostname(), nil, nil), nil
		case r.status == http.StatusOK:
			return q.readAutodiscover(r)
		}
		return nil, errNothing
	}
}

// redirectAt asks by HTTP where Exchange is. Only Microsoft 365 is taken from
// there: anybody on the way could have written the redirect.
func (q *query) redirectAt(address string) func(context.Context) (*Answer, error) {
	return func(ctx context.Context) (*Answer, error) {
		at, err := url.Parse(address)
		if err != nil {
			return nil, err
		}
		r, err := q.request(ctx, at, "")
		if err != nil {
			return nil, lookupError(withoutQuery(err))
		}
		if a := q.microsoft(r.header.Get("Location"), at); a != nil && r.status/100 == 3 {
			return a, nil
		}
		return nil, errNothing
	}
}

// microsoft is the answer if a redirect leads to Microsoft 365's autodiscover, else nil.
func (q *query) microsoft(location string, from *url.URL) *Answer {
	to, err := url.Parse(location)
	if err != nil || to.Scheme != "https" {
		return nil
	}
	switch owner(to.Hostname()) {
	case "outlook.com", "office365.com", "office.com", "microsoft.com":
		return q.ofProvider(provider.ByID(mail.ProviderMicrosoft), SourceAutodiscover, from.Hostname())
	}
	return nil
}

// isExchange recognises the server by how it asks for a sign-in.
func isExchange(h http.Header) bool {
	for _, name := range []string{"X-Feserver", "X-Calculatedbetarget", "X-Owa-Version", "X-Diaginfo"} {
		if h.Get(name) != "" {
			return true
		}
	}
	for _, challenge := range h.Values("Www-Authenticate") {
		scheme, _, _ := strings.Cut(strings.ToLower(challenge), " ")
		if scheme == "ntlm" || scheme == "negotiate" {
			return true
		}
	}
	return false
}

func (q *query) exchange(from string, imap, smtp []Candidate) *Answer {
	a := &Answer{Email: q.email, Provider: mail.ProviderExchange, Name: "Exchange", Source: SourceAutodiscover, From: from}
	if len(imap) > 0 {
		a = q.answer(SourceAutodiscover, from, "", imap, smtp)
		if a.Provider == mail.ProviderOther {
			a.Provider, a.Name = mail.ProviderExchange, "Exchange"
		}
	}
	return a
}

func (q *query) readAutodiscover(r *reply) (*Answer, error) {
	var document autodiscoverXML
	if err := decode(r.body, &document); err != nil {
		return nil, err
	}
	account := document.Response.Account
	if strings.EqualFold(strings.TrimSpace(account.Action), "redirectUrl") {
		if a := q.microsoft(strings.TrimSpace(account.RedirectURL), r.at); a != nil {
			return a, nil
		}
	}
	var imap, smtp []Candidate
	isExchange := false
	for _, p := range account.Protocols {
		switch strings.ToUpper(strings.TrimSpace(p.Type)) {
		case "EXCH", "EXPR", "EXHTTP":
			isExchange = true
		case "IMAP":
			imap = p.appendTo(imap, 993, q.email)
		case "SMTP":
			smtp = p.appendTo(smtp, 465, q.email)
		}
	}
	if !isExchange && len(imap) == 0 {
		return nil, fmt.Errorf("%w: %w", errNothing, errors.New("autodiscover names no protocol of use"))
	}
	a := q.exchange(r.at.Hostname(), imap, smtp)
	if !isExchange && a.Provider == mail.ProviderExchange {
		a.Provider, a.Name = mail.ProviderOther, "" // other servers speak autodiscover, too
	}
	return a, nil
}

// appendTo adds the protocol's server if it can be used.
func (p protocolXML) appendTo(list []Candidate, implicit int, email string) []Candidate {
	host, good := cleanHost(p.Server)
	port, err := strconv.Atoi(strings.TrimSpace(p.Port))
	user, form, fits := userName(p.LoginName, email)
	if !good || err != nil || port < 1 || port > 65535 || !fits || len(list) == maxCandidates {
		return list
	}
	s := mail.Server{Host: host, Port: port, Security: p.security(port, implicit)}
	return append(list, Candidate{s, user, form, []mail.SignInMethod{mail.SignInPassword}})
}

// security reads Encryption, and SSL where that is left out; SSL is on unless it
// is said to be off. TLS in Encryption means an upgrade ([MS-OXDSCLI] 2.2.4.1.1.2.6).
func (p protocolXML) security(port, implicit int) mail.Security {
	switch strings.ToLower(strings.TrimSpace(p.Encryption)) {
	case "ssl":
		return mail.SecurityTLS
	case "tls":
		return mail.SecuritySTARTTLS
	case "none":
		return mail.SecurityNone
	}
	switch {
	case strings.EqualFold(strings.TrimSpace(p.SSL), "off"):
		return mail.SecurityNone
	case port == implicit:
		return mail.SecurityTLS
	}
	return mail.SecuritySTARTTLS
}

func (q *query) autodiscoverRequest() string {
	var address strings.Builder
	_ = xml.EscapeText(&address, []byte(q.email)) // a Builder takes everything
	return `<?xml version="1.0" encoding="utf-8"?>` +
		`<Autodiscover xmlns="http://schemas.microsoft.com/exchange/autodiscover/outlook/requestschema/2006"><Request>` +
		`<EMailAddress>` + address.String() + `</EMailAddress>` +
		`<AcceptableResponseSchema>http://schemas.microsoft.com/exchange/autodiscover/outlook/responseschema/2006a</AcceptableResponseSchema>` +
		`</Request></Autodiscover>`
}
