package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"net"
	"os"
	"strconv"
	"strings"
	"text/tabwriter"

	"waxwing/backend/connect"
	"waxwing/backend/engine"
	"waxwing/backend/mail"
)

// maxPassword bounds what is read from stdin, in octets.
const maxPassword = 64 << 10

// accountForm holds the flags that describe an account.
type accountForm struct {
	email, user, name          string
	imap, imapSecurity         string
	smtp, smtpSecurity, caFile string
	exchange                   string
	passwordFromStdin          bool
}

func (f *accountForm) declare(set *flag.FlagSet) {
	set.StringVar(&f.email, "email", "", "")
	set.StringVar(&f.user, "user", "", "")
	set.StringVar(&f.name, "name", "", "")
	set.StringVar(&f.imap, "imap", "", "")
	set.StringVar(&f.imapSecurity, "imap-security", "", "")
	set.StringVar(&f.smtp, "smtp", "", "")
	set.StringVar(&f.smtpSecurity, "smtp-security", "", "")
	set.StringVar(&f.caFile, "ca", "", "")
	set.StringVar(&f.exchange, "exchange", "", "")
	set.BoolVar(&f.passwordFromStdin, "password-stdin", false, "")
}

// account returns what the flags describe. Without --imap the servers are
// discovered, those of an Exchange server with --exchange; with it, an account
// without --smtp can't send. CodePolicy means that the organisation doesn't allow it.
func (f *accountForm) account(ctx context.Context, c *cli) (mail.Account, error) {
	if f.email == "" {
		return mail.Account{}, misused("--email is needed")
	}
	if f.exchange != "" && f.imap != "" {
		return mail.Account{}, misused("--exchange and --imap exclude each other")
	}
	// A wrong call is told before anybody is asked.
	account := mail.Account{Email: f.email, Notify: true, NotifyHere: true}
	err := f.apply(&account)
	if err != nil {
		return mail.Account{}, err
	}
	p := loadPolicy().Policy
	if f.imap == "" {
		if account, err = c.found(ctx, p, f.email, f.exchange); err != nil {
			return mail.Account{}, err
		}
		if err = f.apply(&account); err != nil {
			return mail.Account{}, err
		}
	}
	// Before anybody signs in: the servers and a password are for nobody else.
	return account, engine.Allowed(p, policyUser(), account)
}

// apply overrides the account by what the flags say.
func (f *accountForm) apply(account *mail.Account) error {
	account.Name = f.name
	if f.user != "" {
		account.User = f.user
	}
	if err := override(&account.IMAP, "imap", f.imap, f.imapSecurity, mail.SecurityTLS); err != nil {
		return err
	}
	if err := override(&account.SMTP, "smtp", f.smtp, f.smtpSecurity, mail.SecurityTLS); err != nil {
		return err
	}
	if f.caFile == "" {
		return nil
	}
	pem, err := os.ReadFile(f.caFile)
	if err != nil {
		return misused("--ca: %v", err)
	}
	account.IMAP.CA = string(pem)
	if account.SMTP.Host != "" {
		account.SMTP.CA = string(pem)
	}
	return nil
}

// override replaces a server by what the flags say of it. Port 0 leaves the
// choice to the engine: the usual one for the protection.
func override(s *mail.Server, flagName, at, security string, usual mail.Security) error {
	switch mail.Security(security) {
	case "", mail.SecurityTLS, mail.SecuritySTARTTLS, mail.SecurityNone:
	default:
		return misused("--%s-security is tls, starttls or none, not %q", flagName, security)
	}
	if at != "" {
		host, port, err := splitHostPort(at)
		if err != nil {
			return misused("--%s: %v", flagName, err)
		}
		*s = mail.Server{Host: host, Port: port, Security: customary(port, usual)}
	} else if security != "" {
		s.Port = 0
	}
	if security != "" {
		s.Security = mail.Security(security)
	}
	return nil
}

// customary is the protection that a port usually has. It is never none, which
// must be asked for.
func customary(port int, otherwise mail.Security) mail.Security {
	switch port {
	case 143, 587, 25:
		return mail.SecuritySTARTTLS
	}
	return otherwise
}

// splitHostPort reads HOST, HOST:PORT, [IPV6]:PORT, [IPV6] or IPV6. Port 0
// means that none was given.
func splitHostPort(s string) (host string, port int, err error) {
	if !strings.HasSuffix(s, "]") && (strings.Count(s, ":") == 1 || strings.HasPrefix(s, "[")) {
		var text string
		if host, text, err = net.SplitHostPort(s); err != nil {
			return "", 0, fmt.Errorf("%q is not HOST:PORT", s)
		}
		if port, err = strconv.Atoi(text); err != nil || port < 1 || port > 65535 {
			return "", 0, fmt.Errorf("%q is no port", text)
		}
	} else {
		host = strings.TrimSuffix(strings.TrimPrefix(s, "["), "]")
	}
	if host == "" {
		return "", 0, fmt.Errorf("%q names no host", s)
	}
	return host, port, nil
}

// password reads the password from stdin when asked to; a newline at its end
// is cut.
func (f *accountForm) password(c *cli) (string, error) {
	if !f.passwordFromStdin {
		return "", nil
	}
	if err := c.readPassphrase(); err != nil {
		return "", err
	}
	data, err := io.ReadAll(io.LimitReader(c.in, maxPassword))
	if err != nil {
		return "", fmt.Errorf("read password: %w", err)
	}
	password := strings.TrimSuffix(strings.TrimSuffix(string(data), "\n"), "\r")
	if password == "" {
		return "", misused("--password-stdin: stdin is empty")
	}
	return password, nil
}

func accountTest(set *flag.FlagSet) action {
	var form accountForm
	form.declare(set)
	return func(ctx context.Context, c *cli, args []string) (result, error) {
		if len(args) != 0 {
			return result{}, misused("account test takes no %q", args[0])
		}
		if !form.passwordFromStdin {
			return result{}, misused("account test needs --password-stdin")
		}
		password, err := form.password(c)
		if err != nil {
			return result{}, err
		}
		account, err := form.account(ctx, c)
		if err != nil {
			return result{}, err
		}
		_, dialer := c.believing(loadPolicy().Policy)
		printed := stepPrinter{w: c.err, done: map[connect.StepName]bool{}}
		report, err := engine.Test(ctx, dialer, account, password, printed.report)
		if err != nil {
			return result{}, err
		}
		return testResult(report)
	}
}

// testResult is a test's report, with the first problem as the error.
func testResult(report connect.Report) (result, error) {
	document := reportJSON{OK: report.OK, Steps: []stepJSON{}}
	var problem error
	for _, s := range report.Steps {
		step := stepJSON{Name: string(s.Name), State: s.State, Detail: s.Detail, Certificate: certificateDocument(s.Certificate)}
		if s.Problem != nil {
			step.Error = errorDocument(s.Problem)
			if problem == nil {
				problem = s.Problem
				document.Error = step.Error
			}
		}
		document.Steps = append(document.Steps, step)
	}
	if !report.OK && problem == nil {
		problem = &mail.Error{Code: mail.CodeCancelled}
		document.Error = errorDocument(problem)
	}
	return result{document: document, text: func(w io.Writer) error {
		if !report.OK {
			return nil
		}
		_, err := fmt.Fprintln(w, "All is well.")
		return err
	}}, problem
}

// stepPrinter tells of each step of a test once, when it has ended.
type stepPrinter struct {
	w    io.Writer
	done map[connect.StepName]bool
}

func (p stepPrinter) report(r connect.Report) {
	for _, s := range r.Steps {
		if p.done[s.Name] || s.State == "waiting" || s.State == "running" {
			continue
		}
		p.done[s.Name] = true
		fmt.Fprintf(p.w, "%-18s %-8s %s\n", s.Name, s.State, printable(s.Detail))
		if s.Certificate != nil && s.Problem != nil {
			fmt.Fprintf(p.w, "  certificate of %s by %s, SHA-256 %s\n",
				printable(s.Certificate.Subject), printable(s.Certificate.Issuer), s.Certificate.SHA256)
		}
	}
}

func accountAdd(set *flag.FlagSet) action {
	var form accountForm
	form.declare(set)
	var browser signInForm
	browser.declare(set)
	set.StringVar(&browser.oauth, "oauth", "", "")
	signatureFile := set.String("signature-file", "", "")
	keepWord := set.String("keep", "all", "")
	return func(ctx context.Context, c *cli, args []string) (result, error) {
		if len(args) != 0 {
			return result{}, misused("account add takes no %q", args[0])
		}
		if browser.oauth != "" && form.passwordFromStdin {
			return result{}, misused("--oauth and --password-stdin exclude each other")
		}
		signature, err := readSignature(*signatureFile)
		if err != nil {
			return result{}, err
		}
		keep, err := readKeep(*keepWord)
		if err != nil {
			return result{}, err
		}
		var signIn mail.SignIn
		if browser.oauth != "" {
			if signIn, err = browser.signIn(); err != nil {
				return result{}, err
			}
		}
		password, err := form.password(c)
		if err != nil {
			return result{}, err
		}
		account, err := form.account(ctx, c)
		if err != nil {
			return result{}, err
		}
		account.Keep = keep
		if browser.oauth != "" || password != "" { // else the policy's way, later
			account.SignIn = signIn
		}
		e, err := c.open(ctx)
		if err != nil {
			return result{}, err
		}
		if password != "" || browser.oauth != "" {
			// A password kept in memory would be gone with this call.
			if _, problem := e.SecretsState(ctx); problem != nil {
				return result{}, problem
			}
		}
		var id mail.AccountID
		if browser.oauth != "" {
			id, err = browser.addSignedIn(ctx, c, e, account)
		} else {
			id, err = e.AddAccount(ctx, account, password)
		}
		if err != nil {
			return result{}, err
		}
		if err := setSignature(ctx, e, id, signature); err != nil {
			return result{}, err
		}
		if account, err = e.Account(ctx, id); err != nil {
			return result{}, err
		}
		document := accountDocument(account)
		document.HTMLSignature = signature
		return result{document: document, text: func(w io.Writer) error {
			_, err := fmt.Fprintf(w, "Connected %s as %s.\n", printable(account.Email), mail.AccountRef(id))
			return err
		}}, nil
	}
}

func accountPassword(set *flag.FlagSet) action {
	var form accountForm
	set.BoolVar(&form.passwordFromStdin, "password-stdin", false, "")
	return func(ctx context.Context, c *cli, args []string) (result, error) {
		if !form.passwordFromStdin {
			return result{}, misused("account password needs --password-stdin")
		}
		password, err := form.password(c)
		if err != nil {
			return result{}, err
		}
		e, account, err := c.oneAccount(ctx, "account password", args)
		if err != nil {
			return result{}, err
		}
		// A password kept in memory would be gone with this call.
		if _, problem := e.SecretsState(ctx); problem != nil {
			return result{}, problem
		}
		if err := e.SetPassword(ctx, account.ID, password); err != nil {
			return result{}, err
		}
		return done(account.ID, "Stored the password of"), nil
	}
}

func accountList(*flag.FlagSet) action {
	return func(ctx context.Context, c *cli, args []string) (result, error) {
		if len(args) != 0 {
			return result{}, misused("account list takes no %q", args[0])
		}
		e, err := c.open(ctx)
		if err != nil {
			return result{}, err
		}
		accounts, err := e.Accounts(ctx)
		if err != nil {
			return result{}, err
		}
		identities, err := e.Identities(ctx)
		if err != nil {
			return result{}, err
		}
		document := listJSON[accountJSON]{List: []accountJSON{}, Total: len(accounts)}
		for _, a := range accounts {
			d := accountDocument(a)
			for _, i := range identities {
				if i.Own && i.Account == a.ID {
					d.HTMLSignature = i.Signature
				}
			}
			document.List = append(document.List, d)
		}
		return result{document: document, text: func(w io.Writer) error {
			table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
			for _, a := range accounts {
				fmt.Fprintf(table, "%s\t%s\t%s\n", mail.AccountRef(a.ID), printable(a.Email), serverText(a.IMAP))
			}
			return table.Flush()
		}}, nil
	}
}

func accountRemove(*flag.FlagSet) action {
	return func(ctx context.Context, c *cli, args []string) (result, error) {
		e, account, err := c.oneAccount(ctx, "account remove", args)
		if err != nil {
			return result{}, err
		}
		if err := e.RemoveAccount(ctx, account.ID); err != nil {
			return result{}, err
		}
		return done(account.ID, "Disconnected"), nil
	}
}

func serverText(s mail.Server) string {
	if s.Host == "" {
		return "none"
	}
	return fmt.Sprintf("%s %s", net.JoinHostPort(printable(s.Host), strconv.Itoa(s.Port)), s.Security)
}

// accountFlag declares --account.
func accountFlag(set *flag.FlagSet) *string { return set.String("account", "", "") }

// chosen returns the account that --account names, or with an empty flag all.
func (c *cli) chosen(ctx context.Context, id string) ([]mail.Account, error) {
	e, err := c.open(ctx)
	if err != nil {
		return nil, err
	}
	if id == "" {
		return e.Accounts(ctx)
	}
	ref, err := mail.ParseRef(id, mail.RefAccount)
	if err != nil {
		return nil, err
	}
	account, err := e.Account(ctx, ref.Account)
	if err != nil {
		return nil, err
	}
	return []mail.Account{account}, nil
}
