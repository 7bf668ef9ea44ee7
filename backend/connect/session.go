package connect

import (
	"context"
	"errors"

	"github.com/emersion/go-imap/v2/imapclient"
	"github.com/wneessen/go-mail/smtp"

	"waxwing/backend/mail"
)

// An IMAPSession is a signed-in connection to an IMAP server, for one goroutine
// at a time.
type IMAPSession struct{ trial *imapTrial }

// IMAP connects and signs in. Each step ends within d.Timeout. A failure is a
// *mail.Error; after it nothing is left open.
func (d *Dialer) IMAP(ctx context.Context, s mail.Server, c Credentials) (*IMAPSession, error) {
	t := &imapTrial{trial: d.newTrial(nil, s, c)}
	if err := t.run(ctx, t.connect, t.secure, t.signIn); err != nil {
		t.close()
		return nil, err
	}
	return &IMAPSession{t}, nil
}

// Do runs f, which may send commands and wait for their answers until ctx ends;
// then the connection is closed. A failure of f is explained as a *mail.Error.
func (s *IMAPSession) Do(ctx context.Context, f func(*imapclient.Client) error) error {
	defer s.trial.conn.bound(ctx)()
	return s.trial.explain(ctx, f(s.trial.client))
}

// Close ends the connection without ceremony.
func (s *IMAPSession) Close() { s.trial.close() }

// An SMTPSession is a signed-in connection to a submission server, for one
// goroutine at a time.
type SMTPSession struct{ trial *smtpTrial }

// SMTP connects, introduces us and signs in. Each step ends within d.Timeout. A
// failure is a *mail.Error; after it nothing is left open.
func (d *Dialer) SMTP(ctx context.Context, s mail.Server, c Credentials) (*SMTPSession, error) {
	t := &smtpTrial{trial: d.newTrial(nil, s, c)}
	if err := t.run(ctx, t.connect, t.secure, t.signIn); err != nil {
		t.close()
		return nil, err
	}
	return &SMTPSession{t}, nil
}

// Do runs f, which may send commands and wait for their replies until ctx ends;
// then the connection is closed. A failure of f is explained as a *mail.Error.
func (s *SMTPSession) Do(ctx context.Context, f func(*smtp.Client) error) error {
	defer s.trial.conn.bound(ctx)()
	return s.trial.explain(ctx, f(s.trial.client))
}

// Replied reports whether err, of Do, is a reply of the server: it understood
// and refused, and the connection goes on.
func Replied(err error) bool {
	_, ok := smtpReply(err)
	return ok
}

// RepliedForGood reports whether that reply says that the same would be refused
// again (RFC 5321 §4.2.1).
func RepliedForGood(err error) bool {
	reply, ok := smtpReply(err)
	return ok && reply.Code >= 500
}

// Close ends the connection without ceremony.
func (s *SMTPSession) Close() { s.trial.close() }

// run does steps one after the other, each within the deadline of a step.
func (t *trial) run(ctx context.Context, steps ...func(context.Context) (string, error)) error {
	for _, step := range steps {
		within, cancel := context.WithTimeout(ctx, t.dialer.timeout())
		_, err := step(within)
		cancel()
		if err != nil && !errors.Is(err, errSkip) {
			return t.redact(Explain(err, t.server))
		}
	}
	return nil
}

// explain returns err, met while talking to the server, as a *mail.Error
// without the password.
func (t *trial) explain(ctx context.Context, err error) error {
	if err == nil {
		return nil
	}
	e := Explain(t.conn.cause(ctx, err), t.server)
	if e.Code == mail.CodeInternal {
		e.Code = mail.CodeProtocol
	}
	return t.redact(e)
}
