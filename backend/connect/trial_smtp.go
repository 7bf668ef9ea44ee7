package connect

import (
	"context"
	"slices"
	"strings"

	"github.com/wneessen/go-mail/smtp"

	"waxwing/backend/mail"
)

// localName is how we introduce ourselves: an address literal (RFC 5321
// §4.1.3) that tells nothing about this computer.
const localName = "[127.0.0.1]"

var smtpProtocol = protocol{
	alien:  mail.CodeNotSMTP,
	greets: isSMTPReply,
	offersSTARTTLS: func(w *wire) (offers, known bool) {
		client, err := smtp.NewClient(w, "")
		if err != nil {
			return false, false
		}
		if client.Hello(localName) != nil {
			return false, false
		}
		offers, _ = client.Extension("STARTTLS")
		return offers, true
	},
}

// isSMTPReply reports whether s begins like a reply that SMTP allows as its
// first: 220, 421 or 554 (RFC 5321 §4.2.1, §4.3.2).
func isSMTPReply(s string) bool {
	if len(s) < 4 || s[3] != ' ' && s[3] != '-' {
		return false
	}
	return s[:3] == "220" || s[:3] == "421" || s[:3] == "554"
}

// An smtpTrial is the test of a submission server.
type smtpTrial struct {
	*trial
	client *smtp.Client
}

func (t *trial) smtp(ctx context.Context) {
	s := &smtpTrial{trial: t}
	defer s.close()
	s.step(ctx, StepSMTPResolve, s.resolve)
	s.step(ctx, StepSMTPConnect, s.connect)
	s.step(ctx, StepSMTPTLS, s.secure)
	s.step(ctx, StepSMTPSignIn, s.signIn)
	s.step(ctx, StepSMTPCapabilities, s.capabilities)
	s.step(ctx, StepSMTPSend, s.send)
}

func (s *smtpTrial) connect(ctx context.Context) (string, error) {
	detail, err := s.trial.connect(ctx)
	if err == nil && s.server.Security == mail.SecurityNone {
		err = s.greet(ctx)
	}
	return detail, err
}

func (s *smtpTrial) secure(ctx context.Context) (string, error) {
	switch s.server.Security {
	case mail.SecurityTLS:
		version, err := s.handshake(ctx, smtpProtocol)
		if err == nil {
			err = s.greet(ctx)
		}
		return version, err
	case mail.SecuritySTARTTLS:
		if err := s.greet(ctx); err != nil {
			return "", err
		}
		return s.startTLS(ctx)
	}
	return "", errSkip
}

// greet reads the greeting and introduces us.
func (s *smtpTrial) greet(ctx context.Context) error {
	if err := s.awaitGreeting(ctx, smtpProtocol); err != nil {
		return err
	}
	defer s.conn.bound(ctx)()
	client, err := smtp.NewClient(s.conn, s.server.Host)
	if err != nil {
		return protocolError(s.conn.cause(ctx, err), s.server)
	}
	s.client = client
	if err := client.Hello(localName); err != nil {
		e := Explain(s.conn.cause(ctx, err), s.server)
		if e.Code == mail.CodeProtocol || e.Code == mail.CodeInternal {
			// It greets like SMTP but knows neither EHLO nor HELO: FTP, for one.
			e.Code = mail.CodeNotSMTP
		}
		return e
	}
	return nil
}

// startTLS upgrades the connection.
func (s *smtpTrial) startTLS(ctx context.Context) (string, error) {
	defer s.conn.bound(ctx)()
	if offers, _ := s.client.Extension("STARTTLS"); !offers {
		return "", &mail.Error{Code: mail.CodeNoSTARTTLS}
	}
	if err := s.client.StartTLS(s.dialer.TLSConfig(s.server)); err != nil {
		if _, refused := smtpReply(err); refused {
			return "", &mail.Error{Code: mail.CodeNoSTARTTLS, Server: Explain(err, s.server).Server, Err: err}
		}
		return "", protocolError(s.conn.cause(ctx, err), s.server)
	}
	state, _ := s.client.TLSConnectionState() // known, since StartTLS succeeded
	return s.accepted(state), nil
}

// signIn signs in, unless the server says beforehand that passwords are in vain.
// Without a user nobody does: a relay knows its network.
func (s *smtpTrial) signIn(ctx context.Context) (string, error) {
	if s.credentials.User == "" && s.credentials.Tokens == nil {
		return "", errSkip
	}
	defer s.conn.bound(ctx)()
	_, offered := s.client.Extension("AUTH")
	if s.credentials.Tokens != nil {
		return s.signInByToken(ctx, func(token string) error {
			client, err := TokenClient(strings.Fields(offered), s.credentials.User, token, s.server)
			if err != nil {
				return err
			}
			return s.conn.cause(ctx, authSMTP(s.client.Text, client))
		})
	}
	mechanisms := strings.Fields(strings.ToUpper(offered))
	auth := smtpAuth(s.server, offered, s.credentials)
	var err error
	switch {
	case auth != nil:
		err = s.client.Auth(auth)
	case slices.Contains(mechanisms, NTLM):
		err = authSMTP(s.client.Text, NTLMClient(s.credentials))
	default:
		startTLS, _ := s.client.Extension("STARTTLS")
		return "", noPasswords(s.server, startTLS, mechanisms, errNoPasswords)
	}
	if err != nil {
		return "", signInError(s.conn.cause(ctx, err), s.server)
	}
	return s.credentials.User, nil
}

// capabilities tells what the server said it can do.
func (s *smtpTrial) capabilities(context.Context) (string, error) {
	var names []string
	for _, extension := range []string{"AUTH", "SIZE", "8BITMIME", "SMTPUTF8", "DSN"} {
		ok, params := s.client.Extension(extension)
		if ok {
			names = append(names, strings.TrimSpace(extension+" "+params))
		}
	}
	return strings.Join(names, ", "), nil
}

// send asks whether a message from the person's address, to the same, would be
// taken, and takes the question back.
func (s *smtpTrial) send(ctx context.Context) (string, error) {
	if s.address == "" {
		return "", errSkip
	}
	defer s.conn.bound(ctx)()
	err := s.client.Mail("<" + s.address + ">")
	code := mail.CodeSenderRefused
	if err == nil {
		err = s.client.Rcpt("<" + s.address + ">")
		code = mail.CodeRecipientRefused
	}
	reply, replied := smtpReply(err)
	switch {
	case err == nil, replied && reply.Code < 500:
		// "Not now" says nothing about whether one may, and greylisting is usual.
	case replied:
		return "", refusedAddress(Explain(err, s.server), code, s.address)
	default:
		return "", protocolError(s.conn.cause(ctx, err), s.server)
	}
	// Whether the question can be taken back doesn't matter: we hang up.
	_ = s.client.Reset()
	return s.address, nil
}

// refusedAddress turns a refusal that gives no other reason into code, which is
// about an address.
func refusedAddress(e *mail.Error, code mail.Code, address string) *mail.Error {
	if e.Code == mail.CodeServerRefused || e.Code == mail.CodeProtocol {
		e.Code = code
	}
	arg(e, "address", address)
	return e
}

// RefusedSender and RefusedRecipient name what a refusal of MAIL and RCPT is
// about when the server's reply doesn't say more.
func RefusedSender(err error, address string) *mail.Error {
	return refusedAddress(mail.AsError(err), mail.CodeSenderRefused, address)
}

// RefusedRecipient: see RefusedSender.
func RefusedRecipient(err error, address string) *mail.Error {
	return refusedAddress(mail.AsError(err), mail.CodeRecipientRefused, address)
}
