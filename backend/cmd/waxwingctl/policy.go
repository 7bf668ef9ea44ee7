package main

import (
	"context"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"flag"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"text/tabwriter"

	"waxwing/backend/autoconfig"
	"waxwing/backend/connect"
	"waxwing/backend/mail"
	"waxwing/backend/policy"
)

// The policy's file, empty for the one at the system's place, and its user;
// tests have others.
var (
	policyFile string
	policyUser = policy.CurrentUser
)

func loadPolicy() policy.Reading {
	if policyFile != "" {
		return policy.LoadFrom(policyFile)
	}
	return policy.Load()
}

// believing returns a finder and a dialer that believe the policy's authorities.
func (c *cli) believing(p *policy.Policy) (*autoconfig.Finder, *connect.Dialer) {
	finder, dialer := *c.finder, connect.Dialer{}
	if finder.Dialer != nil {
		dialer = *finder.Dialer
	}
	dialer.Authorities = p.Authorities
	finder.Dialer = &dialer
	return &finder, &connect.Dialer{Authorities: p.Authorities}
}

// policyCheckJSON is what policy check found.
type policyCheckJSON struct {
	Path   string              `json:"path"`
	Exists bool                `json:"exists"`
	List   []policyFindingJSON `json:"list"`
	Total  int                 `json:"total"`
	Error  *errorJSON          `json:"error,omitempty"`
}

type policyFindingJSON struct {
	Line   int    `json:"line"` // 0 when it is about the whole file
	Column int    `json:"column"`
	Code   string `json:"code"`
	Reason string `json:"reason"`
}

func policyCheck(*flag.FlagSet) action {
	return func(_ context.Context, _ *cli, args []string) (result, error) {
		if len(args) > 1 {
			return result{}, misused("policy check takes one file")
		}
		reading := loadPolicy()
		if len(args) == 1 {
			reading = policy.LoadDraft(args[0])
			if !reading.Exists {
				return result{}, &mail.Error{Code: mail.CodeNotFound, Args: map[string]string{"id": args[0]}}
			}
		}
		document, err := checked(reading)
		return result{document: document, text: func(w io.Writer) error { return writeCheck(w, document) }}, err
	}
}

// checked is a reading as a document, and an error when it has mistakes.
func checked(r policy.Reading) (policyCheckJSON, error) {
	document := policyCheckJSON{Path: r.Path, Exists: r.Exists, List: []policyFindingJSON{}, Total: len(r.Findings)}
	for _, f := range r.Findings {
		document.List = append(document.List, policyFindingJSON{f.Line, f.Column, string(f.Code), f.Reason()})
	}
	if len(r.Findings) == 0 {
		return document, nil
	}
	err := &mail.Error{Code: mail.CodePolicyBroken, Args: map[string]string{"path": r.Path}}
	document.Error = errorDocument(err)
	return document, err
}

// writeCheck prints findings as compilers do, so that editors can go there.
func writeCheck(w io.Writer, d policyCheckJSON) error {
	path := printable(d.Path)
	switch {
	case !d.Exists:
		_, err := fmt.Fprintf(w, "%s: There is no policy.\n", path)
		return err
	case len(d.List) == 0:
		_, err := fmt.Fprintf(w, "%s: All is well.\n", path)
		return err
	}
	for _, f := range d.List {
		place := path
		if f.Line > 0 {
			place = fmt.Sprintf("%s:%d:%d", path, f.Line, f.Column)
		}
		if _, err := fmt.Fprintf(w, "%s: %s\n", place, printable(f.Reason)); err != nil {
			return err
		}
	}
	return nil
}

// policyJSON is what the policy says for a user.
type policyJSON struct {
	Path                   string                     `json:"path"`
	Exists                 bool                       `json:"exists"`
	User                   string                     `json:"user"`
	Organisation           *policy.Organisation       `json:"organisation"`
	Mailboxes              []assignedJSON             `json:"mailboxes"`
	Locked                 map[string]json.RawMessage `json:"locked"`
	Allow                  *policy.Allow              `json:"allow"`
	RemoteImages           *policy.RemoteImages       `json:"remoteImages"`
	Relay                  *serverJSON                `json:"relay"`
	Outgoing               []policy.Outgoing          `json:"outgoing"`
	OAuth                  []clientJSON               `json:"oauth"`
	CertificateAuthorities []string                   `json:"certificateAuthorities"`
	Error                  *errorJSON                 `json:"error,omitempty"`
}

// assignedJSON is an assigned mailbox.
type assignedJSON struct {
	Kind     string      `json:"kind"`
	Email    string      `json:"email"`
	Name     string      `json:"name"`
	Label    string      `json:"label"`
	User     string      `json:"user"`
	IMAP     *serverJSON `json:"imap"`
	SMTP     *serverJSON `json:"smtp"`
	SignIn   string      `json:"signIn"`
	Provider string      `json:"provider"`
}

// clientJSON is an OAuth client without its secret.
type clientJSON struct {
	Provider string `json:"provider"`
	ClientID string `json:"clientId"`
	Tenant   string `json:"tenant"`
}

func policyShow(*flag.FlagSet) action {
	return func(_ context.Context, _ *cli, args []string) (result, error) {
		if len(args) != 0 {
			return result{}, misused("policy show takes no %q", args[0])
		}
		r, u := loadPolicy(), policyUser()
		if len(r.Findings) > 0 {
			document, err := checked(r)
			return result{document: document, text: func(w io.Writer) error { return writeCheck(w, document) }}, err
		}
		document := policyDocument(r, u)
		return result{document: document, text: func(w io.Writer) error { return writePolicy(w, document) }}, nil
	}
}

func policyDocument(r policy.Reading, u policy.User) policyJSON {
	p := r.Policy
	d := policyJSON{
		Path: r.Path, Exists: r.Exists, User: u.Login, Locked: p.Locked(),
		Mailboxes: []assignedJSON{}, Outgoing: []policy.Outgoing{}, OAuth: []clientJSON{}, CertificateAuthorities: authorityNames(p.Authorities()),
	}
	for _, a := range p.Assigned(u) {
		d.Mailboxes = append(d.Mailboxes, assignedJSON{
			Kind: string(a.Kind), Email: a.Account.Email, Name: a.Account.Name, Label: a.Account.Label, User: a.Account.UserName(),
			IMAP: serverDocument(a.Account.IMAP), SMTP: serverDocument(a.Account.SMTP), SignIn: string(a.Account.SignIn.Method), Provider: string(a.Account.SignIn.Provider),
		})
	}
	if p == nil {
		return d
	}
	d.Organisation, d.Allow, d.RemoteImages = &p.Organisation, p.Allow, p.RemoteImages
	d.Outgoing = append(d.Outgoing, p.Outgoing...)
	for _, c := range p.OAuth {
		d.OAuth = append(d.OAuth, clientJSON{c.Provider, c.ClientID, c.Tenant})
	}
	if relay, ok := p.RelayServer(); ok {
		d.Relay = serverDocument(relay)
	}
	return d
}

// authorityNames are the subjects of certificates.
func authorityNames(text string) []string {
	names := []string{}
	for rest := []byte(text); ; {
		var block *pem.Block
		if block, rest = pem.Decode(rest); block == nil {
			return names
		}
		if c, err := x509.ParseCertificate(block.Bytes); err == nil {
			names = append(names, c.Subject.String())
		}
	}
}

func (s *serverJSON) text() string { return fmt.Sprintf("%s:%d %s", s.Host, s.Port, s.Security) }

func writePolicy(w io.Writer, d policyJSON) error {
	if d.Organisation == nil {
		_, err := fmt.Fprintf(w, "%s: There is no policy.\n", printable(d.Path))
		return err
	}
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	line := func(name string, values ...string) {
		values = slices.DeleteFunc(slices.Clone(values), func(v string) bool { return v == "" })
		if text := strings.Join(values, ", "); text != "" {
			fmt.Fprintf(table, "%s\t%s\n", name, printable(text))
		}
	}
	line("Policy", d.Path)
	line("Organisation", d.Organisation.Name)
	line("Help", d.Organisation.Help, d.Organisation.HelpLink)
	line("User", d.User)
	for _, m := range d.Mailboxes {
		servers := "servers are looked for"
		if m.IMAP != nil {
			servers = m.IMAP.text()
		}
		line("Mailbox", m.Email+" ("+m.Kind+")", "user "+m.User, servers)
	}
	for _, name := range slices.Sorted(maps.Keys(d.Locked)) {
		line("Locked", name+" = "+string(d.Locked[name]))
	}
	if d.Allow != nil {
		line("Allowed domains", d.Allow.Domains...)
		line("Allowed providers", d.Allow.Providers...)
		line("Allowed servers", d.Allow.Servers...)
	}
	if d.RemoteImages != nil {
		line("Remote pictures", append([]string{d.RemoteImages.Rule}, d.RemoteImages.Domains...)...)
	}
	if d.Relay != nil {
		line("Relay", d.Relay.text())
	}
	for _, o := range d.Outgoing {
		line("Outgoing", o.Name+" ("+o.Type+")", o.Host, o.Account)
	}
	for _, c := range d.OAuth {
		line("OAuth client", c.Provider, c.ClientID)
	}
	for _, name := range d.CertificateAuthorities {
		line("Authority", name)
	}
	return table.Flush()
}
