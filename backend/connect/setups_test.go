package connect

import (
	"context"
	"crypto/tls"
	"net"
	"syscall"
	"testing"

	"waxwing/backend/mail"
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
			wantStep: StepIMAPTLS, wantCode: mail.CodePortal,
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
		refusal("IMAP off at Gmail",
			"TAG NO [ALERT] Your account is not enabled for IMAP use. Please visit your Gmail settings page and enable your account for IMAP access. (Failure)",
			mail.CodeIMAPOff),
		refusal("IMAP off at Exchange", "TAG BAD User is authenticated but not connected.", mail.CodeIMAPOff),
		refusal("IMAP off at Yahoo", "TAG NO [AUTHENTICATIONFAILED] IMAP access is disabled for this account", mail.CodeIMAPOff),
		refusal("not approved", "TAG NO [ALERT] Your domain administrator has disabled access for this application", mail.CodeAdminApproval),
		refusal("second factor", "TAG NO [AUTHENTICATIONFAILED] Two-factor authentication is on for this account", mail.CodeTwoStep),
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
		refusal("not approved", "535 5.7.3 Authentication unsuccessful: AADSTS65001: The user or administrator has not consented", mail.CodeAdminApproval),
		refusal("second factor", "535 5.7.3 AADSTS50076: you must use multi-factor authentication", mail.CodeTwoStep),
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
	send := func(name, command, answer string, waits bool, want mail.Code) setup {
		return setup{
			name: name, smtp: true, security: mail.SecurityTLS, waits: waits,
			serve:    overTLS(good, smtpFake(good, map[string]string{command: answer}).serve),
			wantStep: StepSMTPSend, wantCode: want,
		}
	}
	return []setup{
		send("may not send from this address", "MAIL", "553 5.7.1 Sender address rejected: not owned by user", false, mail.CodeSenderRefused),
		send("doesn't know the person", "RCPT", "550 5.1.1 No such user here", false, mail.CodeRecipientRefused),
		send("never answers to MAIL", "MAIL", stall, true, mail.CodeTimeout),
		send("hangs up at RCPT", "RCPT", hangUp, false, mail.CodeConnectionLost),
		list("mailboxes refused", "TAG NO [SERVERBUG] internal error", false, mail.CodeServerRefused),
		list("mailboxes never listed", stall, true, mail.CodeTimeout),
		list("hangs up at LIST", hangUp, false, mail.CodeConnectionLost),
		list("mailboxes garbled", "* LIST what\r\nTAG OK done", false, mail.CodeProtocol),
	}
}
