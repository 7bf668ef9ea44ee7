package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"text/tabwriter"

	"waxwing/backend/connect"
	"waxwing/backend/engine"
	"waxwing/backend/mail"
)

// outgoingJSON is an outgoing server.
type outgoingJSON struct {
	ID        string      `json:"id"`
	Type      string      `json:"type"`
	Name      string      `json:"name"`
	Inherited bool        `json:"inherited"`
	Account   string      `json:"account"`
	Sender    string      `json:"sender"`
	SMTP      *serverJSON `json:"smtp"`
	Tenant    string      `json:"tenant,omitempty"`
	ClientID  string      `json:"clientId,omitempty"`
	Alias     string      `json:"alias,omitempty"`
	UsedBy    []string    `json:"usedBy"`
}

func outgoingDocument(e *engine.Engine, s mail.OutgoingServer) outgoingJSON {
	d := outgoingJSON{
		ID: string(s.ID), Type: string(s.Kind), Name: s.Name, Inherited: s.Inherited, Account: s.Account,
		Sender: s.From(), SMTP: serverDocument(s.Server), Tenant: s.Tenant, ClientID: s.ClientID, Alias: s.Alias, UsedBy: []string{},
	}
	for _, u := range e.OutgoingUses(s.ID) {
		d.UsedBy = append(d.UsedBy, mail.AccountRef(u.Account).String())
	}
	return d
}

// serverForm holds the flags that describe an outgoing server.
type serverForm struct {
	set                                 *flag.FlagSet
	kind, name, account, sender         string
	smtp, smtpSecurity, caFile          string
	tenant, clientID, alias             string
	certificate, certificateKey         string
	passwordFromStdin, untested, adding bool
}

func (f *serverForm) declare(set *flag.FlagSet) {
	f.set = set
	for name, to := range map[string]*string{
		"type": &f.kind, "name": &f.name, "account": &f.account, "sender": &f.sender,
		"smtp": &f.smtp, "smtp-security": &f.smtpSecurity, "ca": &f.caFile,
		"tenant": &f.tenant, "client-id": &f.clientID, "alias": &f.alias,
		"certificate": &f.certificate, "certificate-key": &f.certificateKey,
	} {
		set.StringVar(to, name, "", "")
	}
	set.BoolVar(&f.passwordFromStdin, "password-stdin", false, "")
	set.BoolVar(&f.untested, "untested", false, "")
}

// apply overrides a server by what the flags say.
func (f *serverForm) apply(s *mail.OutgoingServer) error {
	given := map[string]bool{}
	f.set.Visit(func(g *flag.Flag) { given[g.Name] = true })
	for name, field := range map[string]struct {
		to    *string
		value string
	}{
		"name": {&s.Name, f.name}, "account": {&s.Account, f.account}, "sender": {&s.Sender, f.sender},
		"tenant": {&s.Tenant, f.tenant}, "client-id": {&s.ClientID, f.clientID}, "alias": {&s.Alias, f.alias},
	} {
		if given[name] {
			*field.to = field.value
		}
	}
	switch kind := mail.OutgoingKind(f.kind); kind {
	case mail.OutgoingSMTP, mail.OutgoingGraph:
		s.Kind = kind
	default:
		if f.adding || given["type"] {
			return misused("--type is smtp or graph, not %q", f.kind)
		}
	}
	if err := override(&s.Server, "smtp", f.smtp, f.smtpSecurity, mail.SecurityTLS); err != nil {
		return err
	}
	if f.caFile != "" {
		pem, err := os.ReadFile(f.caFile)
		if err != nil {
			return misused("--ca: %v", err)
		}
		s.Server.CA = string(pem)
	}
	return nil
}

// secret reads password and files.
func (f *serverForm) secret(c *cli) (secret mail.OutgoingSecret, err error) {
	password := accountForm{passwordFromStdin: f.passwordFromStdin}
	if secret.Password, err = password.password(c); err != nil {
		return secret, err
	}
	for _, file := range []struct {
		flagName, path string
		to             *[]byte
	}{{"certificate", f.certificate, &secret.Certificate}, {"certificate-key", f.certificateKey, &secret.Key}} {
		if file.path == "" {
			continue
		}
		if *file.to, err = os.ReadFile(file.path); err != nil {
			return secret, misused("--%s: %v", file.flagName, err)
		}
	}
	return secret, nil
}

// keep tests a server unless told otherwise, and keeps it by f.
func (f *serverForm) keep(ctx context.Context, c *cli, e *engine.Engine, s mail.OutgoingServer, keep func(mail.OutgoingSecret) error) error {
	secret, err := f.secret(c)
	if err != nil {
		return err
	}
	if !f.untested {
		report, err := e.TestOutgoingServer(ctx, s, secret, stepPrinter{w: c.err, done: map[connect.StepName]bool{}}.report)
		if err != nil {
			return err
		}
		if _, err := testResult(report); err != nil {
			return err
		}
	}
	if !secret.Empty() {
		// One kept in memory would be gone with this call.
		if _, problem := e.SecretsState(ctx); problem != nil {
			return problem
		}
	}
	return keep(secret)
}

func serverAdd(set *flag.FlagSet) action {
	form := serverForm{adding: true}
	form.declare(set)
	return func(ctx context.Context, c *cli, args []string) (result, error) {
		if len(args) != 0 {
			return result{}, misused("server add takes no %q", args[0])
		}
		var s mail.OutgoingServer
		if err := form.apply(&s); err != nil {
			return result{}, err
		}
		e, err := c.open(ctx)
		if err != nil {
			return result{}, err
		}
		err = form.keep(ctx, c, e, s, func(secret mail.OutgoingSecret) (err error) {
			s.ID, err = e.AddOutgoingServer(ctx, s, secret)
			return err
		})
		if err != nil {
			return result{}, err
		}
		return told(ctx, e, s.ID, "Added %s as %s.\n")
	}
}

func serverUpdate(set *flag.FlagSet) action {
	var form serverForm
	form.declare(set)
	return func(ctx context.Context, c *cli, args []string) (result, error) {
		if len(args) != 1 {
			return result{}, misused("server update takes one ID")
		}
		e, err := c.open(ctx)
		if err != nil {
			return result{}, err
		}
		s, err := e.OutgoingServer(ctx, mail.OutgoingID(args[0]))
		if err != nil {
			return result{}, err
		}
		if err := form.apply(&s); err != nil {
			return result{}, err
		}
		if s.Inherited {
			form.untested = true // it is refused without asking anybody
		}
		err = form.keep(ctx, c, e, s, func(secret mail.OutgoingSecret) error {
			return e.UpdateOutgoingServer(ctx, s, secret)
		})
		if err != nil {
			return result{}, err
		}
		return told(ctx, e, s.ID, "Changed %s, %s.\n")
	}
}

// told is a server as the result, with a sentence about name and id.
func told(ctx context.Context, e *engine.Engine, id mail.OutgoingID, sentence string) (result, error) {
	s, err := e.OutgoingServer(ctx, id)
	if err != nil {
		return result{}, err
	}
	return result{document: outgoingDocument(e, s), text: func(w io.Writer) error {
		_, err := fmt.Fprintf(w, sentence, printable(s.Name), s.ID)
		return err
	}}, nil
}

func serverTest(set *flag.FlagSet) action {
	form := serverForm{}
	form.declare(set)
	return func(ctx context.Context, c *cli, args []string) (result, error) {
		if len(args) > 1 {
			return result{}, misused("server test takes one ID, or the flags of server add")
		}
		var s mail.OutgoingServer
		form.adding = len(args) == 0
		e, err := c.open(ctx)
		if err != nil {
			return result{}, err
		}
		if len(args) == 1 {
			if s, err = e.OutgoingServer(ctx, mail.OutgoingID(args[0])); err != nil {
				return result{}, err
			}
		}
		if err := form.apply(&s); err != nil {
			return result{}, err
		}
		secret, err := form.secret(c)
		if err != nil {
			return result{}, err
		}
		report, err := e.TestOutgoingServer(ctx, s, secret, stepPrinter{w: c.err, done: map[connect.StepName]bool{}}.report)
		if err != nil {
			return result{}, err
		}
		return testResult(report)
	}
}

func serverList(*flag.FlagSet) action {
	return func(ctx context.Context, c *cli, args []string) (result, error) {
		if len(args) != 0 {
			return result{}, misused("server list takes no %q", args[0])
		}
		e, err := c.open(ctx)
		if err != nil {
			return result{}, err
		}
		servers, err := e.OutgoingServers(ctx)
		if err != nil {
			return result{}, err
		}
		document := listJSON[outgoingJSON]{List: []outgoingJSON{}, Total: len(servers)}
		for _, s := range servers {
			document.List = append(document.List, outgoingDocument(e, s))
		}
		return result{document: document, text: func(w io.Writer) error {
			table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
			for i, s := range servers {
				at := serverText(s.Server)
				if s.Kind == mail.OutgoingGraph {
					at = "Microsoft Graph"
				}
				whose := "yours"
				if s.Inherited {
					whose = "inherited"
				}
				fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%s\tused by %d\n", s.ID, printable(s.Name), at, printable(s.From()), whose, len(document.List[i].UsedBy))
			}
			return table.Flush()
		}}, nil
	}
}

func serverRemove(set *flag.FlagSet) action {
	replacement := set.String("replace-with", "", "")
	return func(ctx context.Context, c *cli, args []string) (result, error) {
		if len(args) != 1 {
			return result{}, misused("server remove takes one ID")
		}
		e, err := c.open(ctx)
		if err != nil {
			return result{}, err
		}
		if err := e.RemoveOutgoingServer(ctx, mail.OutgoingID(args[0]), mail.OutgoingID(*replacement)); err != nil {
			return result{}, err
		}
		return result{document: map[string]string{"id": args[0]}, text: func(w io.Writer) error {
			_, err := fmt.Fprintf(w, "Removed %s.\n", printable(args[0]))
			return err
		}}, nil
	}
}

func accountOutgoing(*flag.FlagSet) action {
	return func(ctx context.Context, c *cli, args []string) (result, error) {
		if len(args) != 2 {
			return result{}, misused("account outgoing takes an account's ID, and a server's or account")
		}
		ref, err := mail.ParseRef(args[0], mail.RefAccount)
		if err != nil {
			return result{}, err
		}
		e, err := c.open(ctx)
		if err != nil {
			return result{}, err
		}
		if err := e.SetOutgoing(ctx, ref.Account, mail.OutgoingID(args[1])); err != nil {
			return result{}, err
		}
		return result{document: map[string]string{"id": ref.String(), "outgoing": args[1]}, text: func(w io.Writer) error {
			_, err := fmt.Fprintf(w, "%s sends through %s.\n", ref, printable(args[1]))
			return err
		}}, nil
	}
}
