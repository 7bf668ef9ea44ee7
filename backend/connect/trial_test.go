package connect

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"fmt"
	"net"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"waxwing/backend/mail"
)

const (
	testUser     = "alice@example.test"
	testPassword = "hunter2-marker-pass"
)

// A setup is a server that is set up wrongly in one way.
type setup struct {
	name     string
	smtp     bool // an SMTP server; otherwise IMAP
	security mail.Security
	serve    func(net.Conn) // nil: nobody listens
	// change, if not nil, changes how the server is reached.
	change func(*Dialer, *mail.Server)
	waits  bool // the test has to wait for its deadline

	wantStep  StepName
	wantCode  mail.Code
	wantOffer mail.Security
	// wantServer is part of what the server is quoted with.
	wantServer string
}

// brokenSetups returns the ways in which an account's servers can be wrong.
func brokenSetups(t *testing.T, ca *authority) []setup {
	good := ca.leaf(t, nil)
	stranger := newAuthority(t, "Stranger").leaf(t, nil)
	var all []setup
	all = append(all, networkSetups()...)
	all = append(all, tlsSetups(t, ca, good, stranger)...)
	all = append(all, securitySetups(good)...)
	all = append(all, alienSetups(good)...)
	all = append(all, imapSignInSetups(good)...)
	all = append(all, smtpSignInSetups(good)...)
	return append(all, laterSetups(good)...)
}

func dialFails(err error) func(*Dialer, *mail.Server) {
	return func(d *Dialer, _ *mail.Server) {
		d.DialContext = func(context.Context, string, string) (net.Conn, error) {
			return nil, &net.OpError{Op: "dial", Net: "tcp", Err: err}
		}
	}
}

func lookupFails(err *net.DNSError) func(*Dialer, *mail.Server) {
	return func(d *Dialer, _ *mail.Server) {
		d.LookupHost = func(context.Context, string) ([]string, error) { return nil, err }
	}
}

func networkSetups() []setup {
	return []setup{
		{name: "nobody listens", wantStep: StepIMAPConnect, wantCode: mail.CodeRefused},
		{name: "nobody listens", smtp: true, wantStep: StepSMTPConnect, wantCode: mail.CodeRefused},
		{
			name:     "name doesn't exist",
			change:   lookupFails(&net.DNSError{Err: "no such host", Name: testHost, IsNotFound: true}),
			wantStep: StepIMAPResolve, wantCode: mail.CodeHostNotFound,
		},
		{
			name: "resolver can't be asked", smtp: true,
			change:   lookupFails(&net.DNSError{Err: "server misbehaving", Name: testHost, IsTemporary: true}),
			wantStep: StepSMTPResolve, wantCode: mail.CodeNoNetwork,
		},
		{
			name: "resolver is silent", waits: true,
			change: func(d *Dialer, _ *mail.Server) {
				d.LookupHost = func(ctx context.Context, _ string) ([]string, error) {
					<-ctx.Done()
					return nil, &net.DNSError{Err: "i/o timeout", Name: testHost, IsTimeout: true}
				}
			},
			wantStep: StepIMAPResolve, wantCode: mail.CodeNoNetwork,
		},
		{
			name: "network is unreachable", change: dialFails(syscall.ENETUNREACH),
			wantStep: StepIMAPConnect, wantCode: mail.CodeNoNetwork,
		},
		{
			name: "host is unreachable", smtp: true, change: dialFails(syscall.EHOSTUNREACH),
			wantStep: StepSMTPConnect, wantCode: mail.CodeNoNetwork,
		},
		{
			name: "packets are dropped", waits: true,
			change: func(d *Dialer, _ *mail.Server) {
				d.DialContext = func(ctx context.Context, _, _ string) (net.Conn, error) {
					<-ctx.Done()
					return nil, &net.OpError{Op: "dial", Net: "tcp", Err: ctx.Err()}
				}
			},
			wantStep: StepIMAPConnect, wantCode: mail.CodeTimeout,
		},
		{
			name:     "port 0",
			change:   func(_ *Dialer, s *mail.Server) { s.Port = 0 },
			wantStep: StepIMAPConnect, wantCode: mail.CodeInvalid,
		},
		{
			name:     "host isn't a name",
			change:   func(_ *Dialer, s *mail.Server) { s.Host = "https://mail.example.test/" },
			wantStep: StepIMAPResolve, wantCode: mail.CodeInvalid,
		},
	}
}

func tlsSetups(t *testing.T, ca *authority, good, stranger tls.Certificate) []setup {
	oldOnly := &tls.Config{Certificates: []tls.Certificate{good}, MinVersion: tls.VersionTLS10, MaxVersion: tls.VersionTLS11}
	imap := imapFake(good, nil).serve
	return []setup{
		{
			name: "unknown authority", security: mail.SecurityTLS, serve: overTLS(stranger, imap),
			wantStep: StepIMAPTLS, wantCode: mail.CodeTLSUntrusted,
		},
		{
			name: "unknown authority", smtp: true, security: mail.SecurityTLS, serve: overTLS(stranger, smtpFake(good, nil).serve),
			wantStep: StepSMTPTLS, wantCode: mail.CodeTLSUntrusted,
		},
		{
			name: "unknown authority after STARTTLS", security: mail.SecuritySTARTTLS, serve: imapFake(stranger, nil).serve,
			wantStep: StepIMAPTLS, wantCode: mail.CodeTLSUntrusted,
		},
		{
			name: "unknown authority after STARTTLS", smtp: true, security: mail.SecuritySTARTTLS, serve: smtpFake(stranger, nil).serve,
			wantStep: StepSMTPTLS, wantCode: mail.CodeTLSUntrusted,
		},
		{
			name: "expired certificate", security: mail.SecurityTLS, serve: overTLS(ca.leaf(t, expired), imap),
			wantStep: StepIMAPTLS, wantCode: mail.CodeTLSExpired,
		},
		{
			name: "expired certificate after STARTTLS", smtp: true, security: mail.SecuritySTARTTLS,
			serve:    smtpFake(ca.leaf(t, expired), nil).serve,
			wantStep: StepSMTPTLS, wantCode: mail.CodeTLSExpired,
		},
		{
			name: "certificate of tomorrow", security: mail.SecurityTLS, serve: overTLS(ca.leaf(t, notYetValid), imap),
			wantStep: StepIMAPTLS, wantCode: mail.CodeTLSExpired,
		},
		{
			name: "certificate for another name", security: mail.SecurityTLS, serve: overTLS(ca.leaf(t, forAnotherName), imap),
			wantStep: StepIMAPTLS, wantCode: mail.CodeTLSWrongHost,
		},
		{
			name: "certificate for another name after STARTTLS", security: mail.SecuritySTARTTLS,
			serve:    imapFake(ca.leaf(t, forAnotherName), nil).serve,
			wantStep: StepIMAPTLS, wantCode: mail.CodeTLSWrongHost,
		},
		{
			name: "another certificate than the trusted one", security: mail.SecurityTLS, serve: overTLS(good, imap),
			change:   func(_ *Dialer, s *mail.Server) { s.Trusted = fingerprint(stranger.Leaf) },
			wantStep: StepIMAPTLS, wantCode: mail.CodeTLSUntrusted,
		},
		{
			name: "extra authorities that are no PEM", security: mail.SecurityTLS, serve: overTLS(good, imap),
			change:   func(_ *Dialer, s *mail.Server) { s.CA = "hello" },
			wantStep: StepIMAPTLS, wantCode: mail.CodeInvalid,
		},
		{
			name: "nothing newer than TLS 1.1", security: mail.SecurityTLS, serve: overTLSConfig(oldOnly, imap),
			wantStep: StepIMAPTLS, wantCode: mail.CodeTLSFailed,
		},
		{
			name: "handshake is never answered", security: mail.SecurityTLS, serve: silent, waits: true,
			wantStep: StepIMAPTLS, wantCode: mail.CodeTimeout,
		},
		{
			name: "hangs up during the handshake", smtp: true, security: mail.SecurityTLS, serve: saysAndCloses(""),
			wantStep: StepSMTPTLS, wantCode: mail.CodeConnectionLost,
		},
	}
}

// securitySetups are ports that are protected otherwise than was chosen.
func securitySetups(good tls.Certificate) []setup {
	noSTARTTLS := map[string]string{"CAPABILITY": "* CAPABILITY IMAP4rev1\r\nTAG OK done", "STARTTLS": "TAG BAD unknown command"}
	noESTARTTLS := map[string]string{"EHLO": "250-hello\r\n250 AUTH PLAIN", "STARTTLS": "502 unknown"}
	return []setup{
		{
			name: "plain port, TLS chosen", security: mail.SecurityTLS, serve: imapFake(good, nil).serve,
			wantStep: StepIMAPTLS, wantCode: mail.CodeWrongSecurity, wantOffer: mail.SecuritySTARTTLS,
		},
		{
			name: "plain port, TLS chosen", smtp: true, security: mail.SecurityTLS, serve: smtpFake(good, nil).serve,
			wantStep: StepSMTPTLS, wantCode: mail.CodeWrongSecurity, wantOffer: mail.SecuritySTARTTLS,
		},
		{
			name: "plain port without STARTTLS, TLS chosen", security: mail.SecurityTLS, serve: imapFake(good, noSTARTTLS).serve,
			wantStep: StepIMAPTLS, wantCode: mail.CodeWrongSecurity, wantOffer: mail.SecurityNone,
		},
		{
			name: "plain port without STARTTLS, TLS chosen", smtp: true, security: mail.SecurityTLS, serve: smtpFake(good, noESTARTTLS).serve,
			wantStep: StepSMTPTLS, wantCode: mail.CodeWrongSecurity, wantOffer: mail.SecurityNone,
		},
		{
			name: "TLS port, none chosen", security: mail.SecurityNone, serve: overTLS(good, imapFake(good, nil).serve),
			wantStep: StepIMAPConnect, wantCode: mail.CodeWrongSecurity, wantOffer: mail.SecurityTLS,
		},
		{
			name: "TLS port, STARTTLS chosen", security: mail.SecuritySTARTTLS, serve: overTLS(good, imapFake(good, nil).serve),
			wantStep: StepIMAPTLS, wantCode: mail.CodeWrongSecurity, wantOffer: mail.SecurityTLS,
		},
		{
			name: "TLS port, STARTTLS chosen", smtp: true, security: mail.SecuritySTARTTLS, serve: overTLS(good, smtpFake(good, nil).serve),
			wantStep: StepSMTPTLS, wantCode: mail.CodeWrongSecurity, wantOffer: mail.SecurityTLS,
		},
		{
			name: "TLS port, none chosen", smtp: true, security: mail.SecurityNone, serve: overTLS(good, smtpFake(good, nil).serve),
			wantStep: StepSMTPConnect, wantCode: mail.CodeWrongSecurity, wantOffer: mail.SecurityTLS,
		},
		{
			name: "TLS port that answers with an alert", security: mail.SecurityNone,
			serve:    says("\x15\x03\x01\x00\x02\x02\x46"),
			wantStep: StepIMAPConnect, wantCode: mail.CodeWrongSecurity, wantOffer: mail.SecurityTLS,
		},
		{
			name: "no STARTTLS", security: mail.SecuritySTARTTLS, serve: imapFake(good, noSTARTTLS).serve,
			wantStep: StepIMAPTLS, wantCode: mail.CodeNoSTARTTLS, wantServer: "unknown command",
		},
		{
			name: "no STARTTLS", smtp: true, security: mail.SecuritySTARTTLS, serve: smtpFake(good, noESTARTTLS).serve,
			wantStep: StepSMTPTLS, wantCode: mail.CodeNoSTARTTLS,
		},
		{
			name: "STARTTLS offered and refused", smtp: true, security: mail.SecuritySTARTTLS,
			serve:    smtpFake(good, map[string]string{"STARTTLS": "454 4.7.0 TLS not available"}).serve,
			wantStep: StepSMTPTLS, wantCode: mail.CodeNoSTARTTLS, wantServer: "TLS not available",
		},
		{
			name: "STARTTLS never answered", security: mail.SecuritySTARTTLS, waits: true,
			serve:    imapFake(good, map[string]string{"STARTTLS": stall}).serve,
			wantStep: StepIMAPTLS, wantCode: mail.CodeTimeout,
		},
	}
}

// alienSetups are ports where something else answers, or nothing useful.
func alienSetups(good tls.Certificate) []setup {
	const web = "HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n"
	return []setup{
		{
			name: "SMTP instead", security: mail.SecurityNone, serve: smtpFake(good, nil).serve,
			wantStep: StepIMAPConnect, wantCode: mail.CodeNotIMAP, wantServer: "220 " + testHost,
		},
		{
			name: "SMTP instead, over TLS", security: mail.SecurityTLS, serve: overTLS(good, smtpFake(good, nil).serve),
			wantStep: StepIMAPTLS, wantCode: mail.CodeNotIMAP, wantServer: "220 " + testHost,
		},
		{
			name: "SMTP instead, TLS chosen", security: mail.SecurityTLS, serve: smtpFake(good, nil).serve,
			wantStep: StepIMAPTLS, wantCode: mail.CodeNotIMAP,
		},
		{
			name: "POP3 instead", security: mail.SecuritySTARTTLS, serve: says("+OK POP3 ready\r\n"),
			wantStep: StepIMAPTLS, wantCode: mail.CodeNotIMAP, wantServer: "+OK POP3 ready",
		},
		{
			name: "web server instead, TLS chosen", security: mail.SecurityTLS, serve: saysAndCloses(web),
			wantStep: StepIMAPTLS, wantCode: mail.CodeNotIMAP,
		},
		{
			name: "IMAP instead", smtp: true, security: mail.SecurityNone, serve: imapFake(good, nil).serve,
			wantStep: StepSMTPConnect, wantCode: mail.CodeNotSMTP, wantServer: "* OK ready",
		},
		{
			name: "SSH instead", smtp: true, security: mail.SecuritySTARTTLS, serve: says("SSH-2.0-OpenSSH_9.6\r\n"),
			wantStep: StepSMTPTLS, wantCode: mail.CodeNotSMTP, wantServer: "SSH-2.0",
		},
		{
			name: "FTP instead", smtp: true, security: mail.SecurityNone,
			serve:    smtpFake(good, map[string]string{"greeting": "220 FTP server", "EHLO": "500 EHLO?", "HELO": "500 HELO?"}).serve,
			wantStep: StepSMTPConnect, wantCode: mail.CodeNotSMTP, wantServer: "EHLO?",
		},
		{
			name: "binary garbage", security: mail.SecurityNone, serve: says("\x00\xff\x1b[31m garbage\r\n"),
			wantStep: StepIMAPConnect, wantCode: mail.CodeNotIMAP, wantServer: "[31m garbage",
		},
		{
			name: "says nothing", security: mail.SecurityNone, serve: silent, waits: true,
			wantStep: StepIMAPConnect, wantCode: mail.CodeTimeout,
		},
		{
			name: "says nothing", smtp: true, security: mail.SecuritySTARTTLS, serve: silent, waits: true,
			wantStep: StepSMTPTLS, wantCode: mail.CodeTimeout,
		},
		{
			name: "hangs up at once", security: mail.SecurityNone, serve: saysAndCloses(""),
			wantStep: StepIMAPConnect, wantCode: mail.CodeConnectionLost,
		},
		{
			name: "too many connections", security: mail.SecurityTLS,
			serve:    overTLS(good, saysAndCloses("* BYE Too many simultaneous connections\r\n")),
			wantStep: StepIMAPTLS, wantCode: mail.CodeThrottled, wantServer: "Too many",
		},
		{
			name: "too many connections", smtp: true, security: mail.SecurityNone,
			serve:    saysAndCloses("421 4.7.0 Too many connections from your address\r\n"),
			wantStep: StepSMTPConnect, wantCode: mail.CodeThrottled, wantServer: "Too many",
		},
	}
}

// imapSignIn is a server that answers LOGIN so.
func imapSignIn(cert tls.Certificate, answer string) func(net.Conn) {
	return imapFake(cert, map[string]string{"LOGIN": answer}).serve
}

func imapSignInSetups(good tls.Certificate) []setup {
	refusal := func(name, answer string, want mail.Code) setup {
		return setup{
			name: name, security: mail.SecurityTLS, serve: overTLS(good, imapSignIn(good, answer)),
			wantStep: StepIMAPSignIn, wantCode: want,
		}
	}
	hosted := func(s setup, host string) setup {
		s.change = func(d *Dialer, server *mail.Server) {
			server.Host, server.Trusted = host, fingerprint(good.Leaf)
		}
		return s
	}
	return []setup{
		refusal("wrong password", "TAG NO [AUTHENTICATIONFAILED] Authentication failed.", mail.CodeSignIn),
		refusal("wrong password without a code", "TAG NO login failed", mail.CodeSignIn),
		refusal("quotes the command", "TAG NO login failed: LINE", mail.CodeSignIn),
		refusal("Google without app password",
			"TAG NO [ALERT] Application-specific password required: https://support.google.com/accounts/answer/185833 (Failure)",
			mail.CodeAppPassword),
		refusal("Exchange without passwords", "TAG NO LogonDenied-BasicAuthBlocked-ADDRESS", mail.CodeSignInDisabled),
		refusal("privacy required", "TAG NO [PRIVACYREQUIRED] Plaintext authentication disallowed", mail.CodeSignInDisabled),
		refusal("too many attempts", "TAG NO [LIMIT] slow down", mail.CodeThrottled),
		refusal("hangs up", hangUp, mail.CodeConnectionLost),
		refusal("breaks the protocol", "TAG (what)", mail.CodeProtocol),
		hosted(refusal("iCloud", "TAG NO [AUTHENTICATIONFAILED] Authentication failed", mail.CodeAppPassword), "imap.mail.me.com"),
		hosted(refusal("Yahoo", "TAG NO [AUTHENTICATIONFAILED] LOGIN Invalid credentials", mail.CodeAppPassword), "imap.mail.yahoo.com"),
		hosted(refusal("Outlook.com", "TAG NO LOGIN failed.", mail.CodeSignInDisabled), "outlook.office365.com"),
		{
			name: "never answers", security: mail.SecurityTLS, waits: true,
			serve:    overTLS(good, imapSignIn(good, stall)),
			wantStep: StepIMAPSignIn, wantCode: mail.CodeTimeout,
		},
		{
			name: "LOGINDISABLED", security: mail.SecurityNone,
			serve: imapFake(good, map[string]string{
				"CAPABILITY": "* CAPABILITY IMAP4rev1 STARTTLS LOGINDISABLED\r\nTAG OK done",
				"LOGIN":      "TAG OK the password was sent all the same",
			}).serve,
			wantStep: StepIMAPSignIn, wantCode: mail.CodeSignInDisabled, wantOffer: mail.SecuritySTARTTLS,
		},
		{
			name: "SASL PLAIN refused", security: mail.SecurityTLS,
			serve: overTLS(good, imapFake(good, map[string]string{
				"CAPABILITY":   "* CAPABILITY IMAP4rev1 SASL-IR AUTH=PLAIN\r\nTAG OK done",
				"AUTHENTICATE": "TAG NO [AUTHENTICATIONFAILED] wrong: LINE",
			}).serve),
			wantStep: StepIMAPSignIn, wantCode: mail.CodeSignIn,
		},
	}
}

func smtpSignInSetups(good tls.Certificate) []setup {
	refusal := func(name, answer string, want mail.Code) setup {
		return setup{
			name: name, smtp: true, security: mail.SecurityTLS,
			serve:    overTLS(good, smtpFake(good, map[string]string{"AUTH": answer}).serve),
			wantStep: StepSMTPSignIn, wantCode: want,
		}
	}
	return []setup{
		refusal("wrong password", "535 5.7.8 Error: authentication failed", mail.CodeSignIn),
		refusal("wrong password without enhanced code", "535 Incorrect authentication data", mail.CodeSignIn),
		refusal("quotes the command", "535 5.7.8 wrong: LINE", mail.CodeSignIn),
		refusal("Google without app password",
			"534-5.7.9 Application-specific password required. For more information, go to\r\n534 5.7.9  https://support.google.com/mail/?p=InvalidSecondFactor",
			mail.CodeAppPassword),
		refusal("SMTP AUTH off",
			"535 5.7.139 Authentication unsuccessful, SmtpClientAuthentication is disabled for the Tenant. Visit https://aka.ms/smtp_auth_disabled",
			mail.CodeSMTPAuthOff),
		refusal("Exchange, wrong password",
			"535 5.7.139 Authentication unsuccessful, the user credentials were incorrect. [FR0P281CA0001]", mail.CodeSignIn),
		refusal("too many attempts", "454 4.7.0 Too many login attempts, please try again later.", mail.CodeThrottled),
		refusal("encryption wanted", "538 5.7.11 Encryption required for requested authentication mechanism", mail.CodeSignInDisabled),
		refusal("hangs up", hangUp, mail.CodeConnectionLost),
		refusal("breaks the protocol", "what?", mail.CodeProtocol),
		{
			name: "no AUTH", smtp: true, security: mail.SecurityNone,
			serve:    smtpFake(good, map[string]string{"EHLO": "250-hello\r\n250 STARTTLS"}).serve,
			wantStep: StepSMTPSignIn, wantCode: mail.CodeSignInDisabled, wantOffer: mail.SecuritySTARTTLS,
		},
		{
			name: "only XOAUTH2", smtp: true, security: mail.SecurityTLS,
			serve:    overTLS(good, smtpFake(good, map[string]string{"EHLO": "250-hello\r\n250 AUTH XOAUTH2"}).serve),
			wantStep: StepSMTPSignIn, wantCode: mail.CodeSignInDisabled, wantServer: "XOAUTH2",
		},
		{
			name: "never answers", smtp: true, security: mail.SecurityTLS, waits: true,
			serve:    overTLS(good, smtpFake(good, map[string]string{"AUTH": stall}).serve),
			wantStep: StepSMTPSignIn, wantCode: mail.CodeTimeout,
		},
	}
}

// laterSetups are servers that fail after signing in.
func laterSetups(good tls.Certificate) []setup {
	list := func(name, answer string, waits bool, want mail.Code) setup {
		return setup{
			name: name, security: mail.SecurityTLS, waits: waits,
			serve:    overTLS(good, imapFake(good, map[string]string{"LIST": answer}).serve),
			wantStep: StepIMAPMailboxes, wantCode: want,
		}
	}
	return []setup{
		list("mailboxes refused", "TAG NO [SERVERBUG] internal error", false, mail.CodeServerRefused),
		list("mailboxes never listed", stall, true, mail.CodeTimeout),
		list("hangs up at LIST", hangUp, false, mail.CodeConnectionLost),
		list("mailboxes garbled", "* LIST what\r\nTAG OK done", false, mail.CodeProtocol),
	}
}

func TestBrokenSetups(t *testing.T) {
	ca := newAuthority(t, "Test Authority")
	setups := brokenSetups(t, ca)
	if len(setups) < 30 {
		t.Fatalf("only %d set-ups", len(setups))
	}
	for _, s := range setups {
		protocol := "IMAP"
		if s.smtp {
			protocol = "SMTP"
		}
		t.Run(protocol+" "+s.name, func(t *testing.T) {
			t.Parallel()
			s.run(t, ca)
		})
	}
}

func (s setup) run(t *testing.T, ca *authority) {
	timeout := 20 * time.Second // on a busy computer
	if s.waits {
		timeout = 500 * time.Millisecond
	}
	d := testDialer(ca, timeout)
	target := at(0, s.security)
	if s.serve != nil {
		target.Port = listen(t, s.serve)
	} else {
		target.Port = closedPort(t)
	}
	if s.change != nil {
		s.change(d, &target)
	}
	imap, smtp := target, mail.Server{}
	if s.smtp {
		imap, smtp = smtp, target
	}
	timed := new(stopwatch)
	report := d.Test(t.Context(), imap, smtp, Credentials{testUser, testPassword}, timed.report)
	s.check(t, report)
	if limit := timeout + time.Second; timed.longest > limit {
		t.Errorf("a step took %v, want at most %v", timed.longest, limit)
	}
	for _, secret := range []string{
		testPassword,
		base64.StdEncoding.EncodeToString([]byte("\x00" + testUser + "\x00" + testPassword)),
		strings.TrimRight(base64.StdEncoding.EncodeToString([]byte(testPassword)), "="),
	} {
		if text := dump(report); strings.Contains(text, secret) {
			t.Errorf("the report holds %q:\n%s", secret, text)
		}
	}
}

func (s setup) check(t *testing.T, report Report) {
	t.Helper()
	if report.OK {
		t.Error("the test succeeded")
	}
	failed := failures(report)
	if len(failed) != 1 {
		t.Fatalf("%d steps failed, want 1:\n%s", len(failed), dump(report))
	}
	got := failed[0]
	if got.Name != s.wantStep || got.Problem.Code != s.wantCode {
		t.Errorf("got %s in %s, want %s in %s:\n%s", got.Problem.Code, got.Name, s.wantCode, s.wantStep, dump(report))
	}
	if offer := got.Problem.Args["offer"]; offer != string(s.wantOffer) {
		t.Errorf("offers %q, want %q", offer, s.wantOffer)
	}
	if !strings.Contains(got.Problem.Server, s.wantServer) {
		t.Errorf("quotes %q, want %q in it", got.Problem.Server, s.wantServer)
	}
	if got.Problem.Args["host"] == "" || got.Problem.Args["port"] == "" {
		t.Errorf("arguments %v lack the server", got.Problem.Args)
	}
	refusesCertificate := s.wantCode == mail.CodeTLSUntrusted || s.wantCode == mail.CodeTLSExpired || s.wantCode == mail.CodeTLSWrongHost
	if (got.Certificate != nil) != refusesCertificate {
		t.Errorf("certificate %v, want one: %v", got.Certificate, refusesCertificate)
	}
	after := false
	for _, step := range report.Steps {
		if after && step.State != StepSkipped && step.State != StepWaiting {
			t.Errorf("%s is %s after a failure", step.Name, step.State)
		}
		after = after || step.Name == s.wantStep
		if step.State == StepRunning || step.State == StepWaiting {
			t.Errorf("%s is %s at the end", step.Name, step.State)
		}
	}
}

func failures(r Report) []Step {
	var failed []Step
	for _, s := range r.Steps {
		if s.State == StepFailed {
			failed = append(failed, s)
		}
	}
	return failed
}

// dump returns everything that a report says, as a log would.
func dump(r Report) string {
	var b strings.Builder
	for _, s := range r.Steps {
		fmt.Fprintf(&b, "%s %s %s", s.Name, s.State, s.Detail)
		if s.Problem != nil {
			fmt.Fprintf(&b, " %v %+v", s.Problem, *s.Problem)
		}
		b.WriteString("\n")
	}
	return b.String()
}

// A stopwatch measures the steps of a test by its reports.
type stopwatch struct {
	mu      sync.Mutex
	started map[StepName]time.Time
	longest time.Duration
}

func (w *stopwatch) report(r Report) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.started == nil {
		w.started = map[StepName]time.Time{}
	}
	for _, s := range r.Steps {
		start, running := w.started[s.Name]
		switch {
		case s.State == StepRunning && !running:
			w.started[s.Name] = time.Now()
		case s.State != StepRunning && running:
			w.longest = max(w.longest, time.Since(start))
			delete(w.started, s.Name)
		}
	}
}

func TestWorkingSetups(t *testing.T) {
	ca := newAuthority(t, "Test Authority")
	good := ca.leaf(t, nil)
	imap, smtp := imapFake(good, nil).serve, smtpFake(good, nil).serve
	saslPlain := imapFake(good, map[string]string{
		"CAPABILITY":   "* CAPABILITY IMAP4rev1 SASL-IR AUTH=PLAIN LOGINDISABLED\r\nTAG OK done",
		"AUTHENTICATE": "TAG OK welcome",
	}).serve
	stranger := newAuthority(t, "Stranger")
	odd := stranger.leaf(t, func(c *x509.Certificate) { expired(c); forAnotherName(c) })
	for _, c := range []struct {
		name       string
		security   mail.Security
		imap, smtp func(net.Conn)
		change     func(*mail.Server)
	}{
		{"TLS", mail.SecurityTLS, overTLS(good, imap), overTLS(good, smtp), nil},
		{"STARTTLS", mail.SecuritySTARTTLS, imap, smtp, nil},
		{"none", mail.SecurityNone, imap, smtp, nil},
		{"SASL PLAIN", mail.SecurityTLS, overTLS(good, saslPlain), overTLS(good, smtp), nil},
		{
			"trusted certificate, expired and for another name", mail.SecurityTLS, overTLS(odd, imap), overTLS(odd, smtp),
			func(s *mail.Server) { s.Trusted = fingerprint(odd.Leaf) },
		},
		{
			"fingerprint as tools print it", mail.SecurityTLS, overTLS(odd, imap), overTLS(odd, smtp),
			func(s *mail.Server) { s.Trusted = colons(fingerprint(odd.Leaf)) },
		},
		{
			"trusted certificate after STARTTLS", mail.SecuritySTARTTLS, imapFake(odd, nil).serve, smtpFake(odd, nil).serve,
			func(s *mail.Server) { s.Trusted = fingerprint(odd.Leaf) },
		},
		{
			"extra authority", mail.SecurityTLS,
			overTLS(stranger.leaf(t, nil), imap), overTLS(stranger.leaf(t, nil), smtp),
			func(s *mail.Server) { s.CA = stranger.pem() },
		},
		{
			"extra authority beside the usual ones", mail.SecurityTLS, overTLS(good, imap), overTLS(good, smtp),
			func(s *mail.Server) { s.CA = stranger.pem() },
		},
		{
			"IP address", mail.SecurityTLS, overTLS(good, imap), overTLS(good, smtp),
			func(s *mail.Server) { s.Host = "127.0.0.1" },
		},
		{
			"name outside ASCII", mail.SecurityTLS, overTLS(good, imap), overTLS(good, smtp),
			func(s *mail.Server) { s.Host = " Müller.example.test. " },
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			imap, smtp := at(listen(t, c.imap), c.security), at(listen(t, c.smtp), c.security)
			if c.change != nil {
				c.change(&imap)
				c.change(&smtp)
			}
			report := testDialer(ca, 20*time.Second).Test(t.Context(), imap, smtp, Credentials{testUser, testPassword}, nil)
			if !report.OK {
				t.Fatalf("got:\n%s", dump(report))
			}
			wantDetails(t, report, c.security)
		})
	}
}

func colons(fingerprint string) string {
	var pairs []string
	for i := 0; i < len(fingerprint); i += 2 {
		pairs = append(pairs, strings.ToUpper(fingerprint[i:i+2]))
	}
	return strings.Join(pairs, ":")
}

func wantDetails(t *testing.T, report Report, security mail.Security) {
	t.Helper()
	want := map[StepName]string{
		StepIMAPTLS:          "TLS 1.3",
		StepSMTPTLS:          "TLS 1.3",
		StepIMAPSignIn:       testUser,
		StepSMTPSignIn:       testUser,
		StepIMAPMailboxes:    "2",
		StepSMTPCapabilities: "AUTH PLAIN LOGIN, SIZE 1000000",
	}
	for _, s := range report.Steps {
		if security == mail.SecurityNone && (s.Name == StepIMAPTLS || s.Name == StepSMTPTLS) {
			if s.State != StepSkipped {
				t.Errorf("%s is %s, want skipped", s.Name, s.State)
			}
			continue
		}
		if detail, ok := want[s.Name]; s.State != StepOK || ok && s.Detail != detail {
			t.Errorf("%s: %s %q, want ok %q", s.Name, s.State, s.Detail, detail)
		}
	}
}

func TestReportsLiveAndInOrder(t *testing.T) {
	ca := newAuthority(t, "Test Authority")
	good := ca.leaf(t, nil)
	var reports []Report
	imap, smtp := at(listen(t, imapFake(good, nil).serve), mail.SecuritySTARTTLS), at(closedPort(t), mail.SecurityTLS)
	last := testDialer(ca, 20*time.Second).Test(t.Context(), imap, smtp, Credentials{testUser, testPassword}, func(r Report) {
		reports = append(reports, r) // one call at a time
	})
	// A step changes twice, or once when it is skipped; and the end is told.
	if want := 6*2 + 2*2 + 3 + 1; len(reports) != want {
		t.Errorf("%d reports, want %d", len(reports), want)
	}
	for i, r := range reports {
		for j, s := range r.Steps {
			if s.Name != stepOrder[j] {
				t.Fatalf("report %d has %s at %d, want %s", i, s.Name, j, stepOrder[j])
			}
		}
	}
	if last.OK || len(failures(last)) != 1 || failures(last)[0].Name != StepSMTPConnect {
		t.Errorf("got:\n%s\nwant SMTP to fail and IMAP not to", dump(last))
	}
}

func TestCancelEndsTheTestSoon(t *testing.T) {
	ca := newAuthority(t, "Test Authority")
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	waiting := at(listen(t, func(conn net.Conn) { cancel(); silent(conn) }), mail.SecurityTLS)
	start := time.Now()
	report := testDialer(ca, time.Hour).Test(ctx, waiting, waiting, Credentials{testUser, testPassword}, nil)
	if took := time.Since(start); took > 10*time.Second {
		t.Errorf("took %v", took)
	}
	failed := failures(report)
	if len(failed) != 2 {
		t.Fatalf("got:\n%s\nwant both servers' tests to fail", dump(report))
	}
	for _, s := range failed {
		if s.Problem.Code != mail.CodeCancelled {
			t.Errorf("%s: %v, want %s", s.Name, s.Problem, mail.CodeCancelled)
		}
	}
}

func TestNothingToTest(t *testing.T) {
	report := new(Dialer).Test(t.Context(), mail.Server{}, mail.Server{}, Credentials{}, nil)
	if report.OK {
		t.Error("no servers at all are OK")
	}
	for _, s := range report.Steps {
		if s.State != StepSkipped {
			t.Errorf("%s is %s, want skipped", s.Name, s.State)
		}
	}
}

func TestCertificateForInspection(t *testing.T) {
	ca, stranger := newAuthority(t, "Test Authority"), newAuthority(t, "Stranger")
	leaf := stranger.leaf(t, nil)
	target := at(listen(t, overTLS(leaf, imapFake(leaf, nil).serve)), mail.SecurityTLS)
	_, err := testDialer(ca, 20*time.Second).Dial(t.Context(), target)
	var refused *CertificateError
	if !errors.As(err, &refused) {
		t.Fatalf("Dial: %v, want a CertificateError inside", err)
	}
	got, ok := Certificates(err)
	if !ok || got.SHA256 != fingerprint(leaf.Leaf) || got.Subject != "CN="+testHost+",O=Example" || got.Issuer != "CN=Stranger" ||
		strings.Join(got.Names, " ") != testHost+" xn--mller-kva.example.test 127.0.0.1" || !got.NotAfter.Equal(leaf.Leaf.NotAfter) {
		t.Errorf("Certificates = %+v, %v", got, ok)
	}
	target.Trusted = got.SHA256
	conn, err := testDialer(ca, 20*time.Second).Dial(t.Context(), target)
	if err != nil {
		t.Fatalf("Dial after trusting it: %v", err)
	}
	conn.Close()
	if got, ok := Certificates(errors.New("other")); ok {
		t.Errorf("Certificates of another error = %+v", got)
	}
}
