package connect

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/textproto"
	"os"
	"strings"
	"syscall"
	"testing"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-smtp"

	"waxwing/backend/mail"
)

var tlsServer = mail.Server{Host: testHost, Port: 993, Security: mail.SecurityTLS}

func no(code imap.ResponseCode, text string) error {
	return &imap.Error{Type: imap.StatusResponseTypeNo, Code: code, Text: text}
}

func TestExplain(t *testing.T) {
	read := func(err error) error { return &net.OpError{Op: "read", Net: "tcp", Err: err} }
	unverified := func(err error) error {
		return &tls.CertificateVerificationError{UnverifiedCertificates: []*x509.Certificate{{}}, Err: err}
	}
	for _, c := range []struct {
		err  error
		want mail.Code
	}{
		{context.Canceled, mail.CodeCancelled},
		{errors.Join(context.Canceled, read(net.ErrClosed)), mail.CodeCancelled},
		{&net.DNSError{Err: "operation was canceled", UnwrapErr: context.Canceled}, mail.CodeCancelled},
		{context.DeadlineExceeded, mail.CodeTimeout},
		{os.ErrDeadlineExceeded, mail.CodeTimeout},
		{errors.Join(context.DeadlineExceeded, io.EOF), mail.CodeTimeout},
		{read(os.NewSyscallError("read", errnoTimeout[0].(syscall.Errno))), mail.CodeTimeout},

		{&net.DNSError{Err: "no such host", IsNotFound: true}, mail.CodeHostNotFound},
		{&net.DNSError{Err: "i/o timeout", IsTimeout: true}, mail.CodeNoNetwork},
		{&net.DNSError{Err: "server misbehaving", IsTemporary: true}, mail.CodeNoNetwork},
		{read(os.NewSyscallError("connect", errnoRefused[0].(syscall.Errno))), mail.CodeRefused},
		{read(os.NewSyscallError("connect", errnoUnreachable[0].(syscall.Errno))), mail.CodeNoNetwork},
		{read(os.NewSyscallError("connect", errnoUnreachable[2].(syscall.Errno))), mail.CodeNoNetwork},
		{read(os.NewSyscallError("read", errnoLost[0].(syscall.Errno))), mail.CodeConnectionLost},
		{io.EOF, mail.CodeConnectionLost},
		{io.ErrUnexpectedEOF, mail.CodeConnectionLost},
		{read(net.ErrClosed), mail.CodeConnectionLost},
		{fmt.Errorf("reading: %w", io.ErrClosedPipe), mail.CodeConnectionLost},

		{unverified(x509.UnknownAuthorityError{}), mail.CodeTLSUntrusted},
		{unverified(x509.CertificateInvalidError{Reason: x509.Expired}), mail.CodeTLSExpired},
		{unverified(x509.CertificateInvalidError{Reason: x509.NotAuthorizedToSign}), mail.CodeTLSUntrusted},
		{unverified(x509.HostnameError{Certificate: &x509.Certificate{}, Host: testHost}), mail.CodeTLSWrongHost},
		{unverified(errors.New("SecPolicy: something new")), mail.CodeTLSUntrusted},
		{&CertificateError{Err: errChanged}, mail.CodeTLSUntrusted},
		{tls.RecordHeaderError{Msg: "first record does not look like a TLS handshake"}, mail.CodeWrongSecurity},
		{tls.AlertError(70), mail.CodeTLSFailed},
		{&net.OpError{Op: "remote error", Err: errors.New("tls: handshake failure")}, mail.CodeTLSFailed},

		{no("", "refused"), mail.CodeServerRefused},
		{no(imap.ResponseCodeServerBug, "oops"), mail.CodeServerRefused},
		{no(imap.ResponseCodeAuthenticationFailed, "bad"), mail.CodeSignIn},
		{no(imap.ResponseCodeAuthorizationFailed, "bad"), mail.CodeSignIn},
		{no(imap.ResponseCodeExpired, "password expired"), mail.CodeSignIn},
		{no(imap.ResponseCodePrivacyRequired, "TLS first"), mail.CodeSignInDisabled},
		{no(imap.ResponseCodeOverQuota, "full"), mail.CodeQuota},
		{no(imap.ResponseCodeNonExistent, "gone"), mail.CodeMailboxGone},
		{no(imap.ResponseCodeTryCreate, "gone"), mail.CodeMailboxGone},
		{no(imap.ResponseCodeNoPerm, "denied"), mail.CodeReadOnly},
		{no(imap.ResponseCodeUnavailable, "backend down"), mail.CodeThrottled},
		{no(imap.ResponseCodeAlert, "Please log in via your web browser"), mail.CodeServerRefused},
		{no(imap.ResponseCodeAlert, "Application-specific password required"), mail.CodeAppPassword},
		{no("", "LOGIN Rate limit hit."), mail.CodeThrottled},
		{no("", "Maximum number of connections from user+IP exceeded"), mail.CodeThrottled},
		{&imap.Error{Type: imap.StatusResponseTypeBad, Text: "syntax"}, mail.CodeProtocol},
		{&imap.Error{Type: imap.StatusResponseTypeBye, Text: "idle for too long"}, mail.CodeConnectionLost},
		{&imap.Error{Type: imap.StatusResponseTypeBye, Text: "Too many connections"}, mail.CodeThrottled},

		{&smtp.SMTPError{Code: 535, EnhancedCode: smtp.EnhancedCode{5, 7, 8}, Message: "bad"}, mail.CodeSignIn},
		{&smtp.SMTPError{Code: 535, EnhancedCode: smtp.EnhancedCode{5, 7, 139}, Message: "disabled"}, mail.CodeSMTPAuthOff},
		{&textproto.Error{Code: 535, Msg: "5.7.8 bad"}, mail.CodeSignIn},
		{&textproto.Error{Code: 535, Msg: "5.7.139 basic authentication is off"}, mail.CodeSMTPAuthOff},
		{&textproto.Error{Code: 535, Msg: "5.7.139 the user credentials were incorrect"}, mail.CodeSignIn},
		{&textproto.Error{Code: 534, Msg: "5.7.9 Application-specific password required"}, mail.CodeAppPassword},
		{&textproto.Error{Code: 534, Msg: "5.7.9 mechanism is too weak"}, mail.CodeSignInDisabled},
		{&textproto.Error{Code: 504, Msg: "5.5.4 unrecognized authentication type"}, mail.CodeSignInDisabled},
		{&textproto.Error{Code: 530, Msg: "5.7.0 Must issue a STARTTLS command first"}, mail.CodeWrongSecurity},
		{&textproto.Error{Code: 530, Msg: "5.7.0 Authentication required"}, mail.CodeSignIn},
		{&textproto.Error{Code: 421, Msg: "4.3.2 shutting down"}, mail.CodeThrottled},
		{&textproto.Error{Code: 452, Msg: "4.2.2 full"}, mail.CodeQuota},
		{&textproto.Error{Code: 552, Msg: "5.2.2 full"}, mail.CodeQuota},
		{&textproto.Error{Code: 550, Msg: "5.1.1 no such user"}, mail.CodeServerRefused},
		{&textproto.Error{Code: 502, Msg: "what?"}, mail.CodeProtocol},
		{textproto.ProtocolError("short response"), mail.CodeProtocol},

		{errors.New("anything else"), mail.CodeInternal},
		{&mail.Error{Code: mail.CodeDiskFull}, mail.CodeDiskFull},
		{fmt.Errorf("wrapped: %w", &mail.Error{Code: mail.CodeDiskFull}), mail.CodeDiskFull},
	} {
		got := Explain(c.err, tlsServer)
		if got.Code != c.want {
			t.Errorf("Explain(%v): got %s, want %s", c.err, got.Code, c.want)
		}
		if got.Args["host"] != testHost || got.Args["port"] != "993" {
			t.Errorf("Explain(%v): arguments %v lack the server", c.err, got.Args)
		}
		if errors.Unwrap(got) == nil && c.want != mail.CodeDiskFull {
			t.Errorf("Explain(%v) lost the cause", c.err)
		}
	}
}

func TestExplainNil(t *testing.T) {
	if Explain(nil, tlsServer) != nil || ExplainSignIn(nil, tlsServer) != nil {
		t.Error("nil was explained")
	}
}

func TestExplainLeavesItsInputAlone(t *testing.T) {
	in := &mail.Error{Code: mail.CodeQuota, Args: map[string]string{"mailbox": "INBOX", "host": "inner"}}
	got := Explain(in, tlsServer)
	if len(in.Args) != 2 || got.Args["mailbox"] != "INBOX" || got.Args["host"] != "inner" || got.Args["port"] != "993" {
		t.Errorf("got %v from %v", got.Args, in.Args)
	}
}

func TestExplainSignIn(t *testing.T) {
	for _, c := range []struct {
		host string
		err  error
		want mail.Code
	}{
		{testHost, no("", "login failed"), mail.CodeSignIn},
		{testHost, no(imap.ResponseCodeContactAdmin, "locked"), mail.CodeSignIn},
		{testHost, no(imap.ResponseCodeAuthenticationFailed, "bad"), mail.CodeSignIn},
		{testHost, io.EOF, mail.CodeConnectionLost},
		{testHost, no("", "Too many failed logins"), mail.CodeThrottled},
		{"imap.gmail.com", no(imap.ResponseCodeAuthenticationFailed, "Invalid credentials (Failure)"), mail.CodeAppPassword},
		{"IMAP.Gmail.com.", no(imap.ResponseCodeAuthenticationFailed, "Invalid credentials (Failure)"), mail.CodeAppPassword},
		{"smtp.gmail.com", &textproto.Error{Code: 535, Msg: "5.7.8 Username and Password not accepted."}, mail.CodeAppPassword},
		{"imap.mail.yahoo.com", no("", "[AUTHENTICATIONFAILED] LOGIN Invalid credentials"), mail.CodeAppPassword},
		{"smtp.mail.me.com", &textproto.Error{Code: 535, Msg: "5.7.8 Error: authentication failed"}, mail.CodeAppPassword},
		{"outlook.office365.com", no("", "LOGIN failed."), mail.CodeSignInDisabled},
		{"imap.gmx.net", no(imap.ResponseCodeAuthenticationFailed, "bad"), mail.CodeSignIn},
		{"imap.gmail.com", io.EOF, mail.CodeConnectionLost},
	} {
		s := mail.Server{Host: c.host, Port: 993, Security: mail.SecurityTLS}
		if got := ExplainSignIn(c.err, s); got.Code != c.want {
			t.Errorf("ExplainSignIn(%v, %s) = %s, want %s", c.err, c.host, got.Code, c.want)
		}
	}
}

func TestQuotesTheServer(t *testing.T) {
	got := Explain(&textproto.Error{Code: 550, Msg: "5.7.1 not here\n5.7.1 really not"}, tlsServer)
	if want := "not here really not"; got.Server != want {
		t.Errorf("quote %q, want %q", got.Server, want)
	}
	if got := Explain(no("", "No such mailbox"), tlsServer); got.Server != "No such mailbox" {
		t.Errorf("quote %q", got.Server)
	}
}

func TestChangedCertificateSaysSo(t *testing.T) {
	got := Explain(&CertificateError{Err: errChanged}, tlsServer)
	if got.Args["reason"] != "changed" {
		t.Errorf("arguments %v lack the reason", got.Args)
	}
}

func TestRedact(t *testing.T) {
	const secret = "correct horse"
	for _, text := range []string{
		"LOGIN alice correct horse",
		"AUTH PLAIN AGFsaWNlAGNvcnJlY3QgaG9yc2U=",              // "\0alice\0" + secret
		"AUTH PLAIN AGFsaWNlMQBjb3JyZWN0IGhvcnNl",              // one byte more before it
		"AUTH PLAIN AGFsaWNlMTIAY29ycmVjdCBob3JzZQ==",          // and two
		"Y29ycmVjdCBob3JzZQ== isn't base64 of a user",          // LOGIN
		"correct horse correct horse Y29ycmVjdCBob3JzZQ twice", // unpadded
	} {
		e := &mail.Error{
			Code: mail.CodeSignIn, Server: text, Args: map[string]string{"what": text},
			Err: fmt.Errorf("deep: %w", &textproto.Error{Code: 535, Msg: text}),
		}
		got := fmt.Sprintf("%+v %v", *redact(e, secret), redact(e, secret))
		for _, leak := range []string{"correct horse", "Y29ycmVjdCBob3JzZ", "3JyZWN0IGhvcnNl", "vcnJlY3QgaG9yc2"} {
			if strings.Contains(got, leak) {
				t.Errorf("redact(%q) left %q: %s", text, leak, got)
			}
		}
	}
	clean := &mail.Error{Code: mail.CodeTimeout, Err: io.EOF}
	if got := redact(clean, secret); !errors.Is(got, io.EOF) || got.Code != mail.CodeTimeout {
		t.Errorf("redact changed what held no secret: %v", got)
	}
	if redact(nil, secret) != nil || redact(clean, "") != clean {
		t.Error("redact without an error or a secret isn't the identity")
	}
}
