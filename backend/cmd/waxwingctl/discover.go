package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"text/tabwriter"

	"waxwing/backend/autoconfig"
	"waxwing/backend/engine"
	"waxwing/backend/mail"
	"waxwing/backend/policy"
)

// discoveryJSON is how an address's mail is reached: what to use first as an
// account has it, and everything that was found out.
type discoveryJSON struct {
	Email        string               `json:"email"`
	User         string               `json:"user"`
	IMAP         *serverJSON          `json:"imap"`
	SMTP         *serverJSON          `json:"smtp"`
	Provider     mail.ProviderID      `json:"provider,omitempty"`
	ProviderName string               `json:"providerName,omitempty"`
	Source       autoconfig.Source    `json:"source,omitempty"`
	From         string               `json:"from,omitempty"`
	Trustworthy  bool                 `json:"trustworthy"`
	Cautions     []cautionJSON        `json:"cautions"`
	Candidates   map[string][]useJSON `json:"candidates"`
	// SignIn is the way to sign in that fits: the provider's page only where this
	// program is known there.
	SignIn *waySignIn    `json:"signIn"`
	Tried  []attemptJSON `json:"tried"`
	Error  *errorJSON    `json:"error,omitempty"`
}

// waySignIn is a way to sign in; provider is whose page it is, for oauth.
type waySignIn struct {
	Method   mail.SignInMethod `json:"method"`
	Provider mail.ProviderID   `json:"provider,omitempty"`
}

type cautionJSON struct {
	Code    autoconfig.CautionCode `json:"code"`
	Host    string                 `json:"host"`
	Message string                 `json:"message"`
}

type useJSON struct {
	serverJSON
	User     string              `json:"user"`
	UserForm autoconfig.UserForm `json:"userForm"`
	SignIn   []mail.SignInMethod `json:"signIn"`
}

type attemptJSON struct {
	Source  autoconfig.Source  `json:"source"`
	Outcome autoconfig.Outcome `json:"outcome"`
	Detail  string             `json:"detail,omitempty"`
}

func accountDiscover(*flag.FlagSet) action {
	return func(ctx context.Context, c *cli, args []string) (result, error) {
		if len(args) != 1 {
			return result{}, misused("account discover takes one address")
		}
		p := loadPolicy().Policy
		finder, _ := c.believing(p)
		found, err := engine.Discover(ctx, finder, p, policyUser(), args[0])
		if err != nil && len(found.Tried) == 0 {
			return result{}, err
		}
		if found.Answer != nil {
			engine.ProposeSignIn(found.Answer, func(s mail.SignIn) bool { return engine.Registered(p, s) })
		}
		document := discoveryDocument(args[0], found)
		if err != nil {
			document.Error = errorDocument(err)
		}
		return result{document: document, text: func(w io.Writer) error {
			if found.Answer == nil {
				return nil
			}
			return writeAnswer(w, found.Answer)
		}}, err
	}
}

func discoveryDocument(email string, found autoconfig.Result) discoveryJSON {
	d := discoveryJSON{
		Email: email, User: email, Cautions: []cautionJSON{},
		Candidates: map[string][]useJSON{"imap": {}, "smtp": {}},
	}
	for _, t := range found.Tried {
		d.Tried = append(d.Tried, attemptJSON{t.Source, t.Outcome, printable(t.Detail)})
	}
	a := found.Answer
	if a == nil {
		return d
	}
	account := a.Account()
	d.Email, d.User, d.IMAP, d.SMTP = account.Email, account.UserName(), serverDocument(account.IMAP), serverDocument(account.SMTP)
	d.Provider, d.ProviderName, d.Source, d.From, d.Trustworthy = a.Provider, a.Name, a.Source, a.From, a.Trustworthy()
	if way := a.Proposed; way.Method != "" {
		d.SignIn = &waySignIn{way.Method, way.Provider}
	}
	for _, caution := range a.Cautions {
		d.Cautions = append(d.Cautions, cautionJSON{caution.Code, caution.Host, cautionText(caution)})
	}
	for kind, list := range map[string][]autoconfig.Candidate{"imap": a.IMAP, "smtp": a.SMTP} {
		for _, s := range list {
			d.Candidates[kind] = append(d.Candidates[kind], useJSON{*serverDocument(s.Server), s.User, s.UserForm, s.SignIn})
		}
	}
	return d
}

// writeAnswer prints what was found, for people.
func writeAnswer(w io.Writer, a *autoconfig.Answer) error {
	account := a.Account()
	name := a.Name
	if name == "" {
		name = string(a.Provider)
	}
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintf(table, "Provider\t%s\n", printable(name))
	fmt.Fprintf(table, "IMAP\t%s\nSMTP\t%s\nUser\t%s\n", serverText(account.IMAP), serverText(account.SMTP), printable(account.UserName()))
	fmt.Fprintf(table, "Found by\t%s\n", sourceTexts[a.Source])
	for _, c := range a.Cautions {
		fmt.Fprintf(table, "Caution\t%s\n", cautionText(c))
	}
	return table.Flush()
}

// sourceTexts say where an answer comes from.
var sourceTexts = map[autoconfig.Source]string{
	autoconfig.SourcePolicy:       "the organisation's policy",
	autoconfig.SourceTable:        "the table of providers",
	autoconfig.SourceDomain:       "the domain's own configuration file",
	autoconfig.SourceISPDB:        "Mozilla's database of providers",
	autoconfig.SourceSRV:          "the domain's DNS (SRV)",
	autoconfig.SourceMX:           "who receives the domain's mail (MX)",
	autoconfig.SourceAutodiscover: "Exchange's autodiscover",
	autoconfig.SourceProbe:        "trying the usual names",
	autoconfig.SourcePlain:        "the domain's configuration file, by HTTP",
}

func cautionText(c autoconfig.Caution) string {
	host := printable(c.Host)
	switch c.Code {
	case autoconfig.CautionPlainHTTP:
		return "The answer of " + host + " came unprotected: others could have changed it."
	case autoconfig.CautionOtherDomain:
		return host + " belongs to another domain than the address, and nobody vouches for it."
	case autoconfig.CautionUnprotected:
		return host + " is offered without protection only: others could read the password and all mail."
	}
	return string(c.Code) + " " + host
}

// found returns an account with the servers of its Exchange server, if that is named,
// and else with those that are discovered.
func (c *cli) found(ctx context.Context, p *policy.Policy, email, exchange string) (mail.Account, error) {
	if exchange == "" {
		return c.discovered(ctx, p, email)
	}
	finder, _ := c.believing(p)
	answer, err := engine.AtExchange(ctx, finder, p, policyUser(), exchange, email)
	return answer.Account(), err
}

// discovered returns an account with the servers of a trustworthy answer.
func (c *cli) discovered(ctx context.Context, p *policy.Policy, email string) (mail.Account, error) {
	finder, _ := c.believing(p)
	found, err := engine.Discover(ctx, finder, p, policyUser(), email)
	if err != nil {
		return mail.Account{}, err
	}
	a := found.Answer
	switch {
	case !a.Trustworthy():
		return mail.Account{}, &mail.Error{Code: mail.CodeUnverified, Args: map[string]string{"host": a.Cautions[0].Host}}
	case len(a.IMAP) == 0:
		return mail.Account{}, &mail.Error{Code: mail.CodeNotDiscovered, Args: map[string]string{"domain": a.From}}
	}
	return a.Account(), nil
}
