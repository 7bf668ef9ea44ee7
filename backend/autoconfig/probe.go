package autoconfig

import (
	"bufio"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"

	"waxwing/backend/mail"
)

// askProbe tries the usual names of the domain: a server counts when it speaks
// the protocol over TLS with a certificate for that name.
func (q *query) askProbe(ctx context.Context) (*Answer, error) {
	type found struct {
		server mail.Server
		err    error
	}
	outgoing := make(chan found, 1)
	go func() {
		s, err := first(ctx, q.probes([]string{"smtp.", "mail.", ""}, 465, 587, smtpDialogue)...)
		outgoing <- found{s, err}
	}()
	imap, err := first(ctx, q.probes([]string{"imap.", "mail.", ""}, 993, 143, imapDialogue)...)
	smtp := <-outgoing
	if err != nil {
		return nil, err
	}
	candidate := func(s mail.Server) []Candidate {
		return []Candidate{{s, q.email, UserAddress, []mail.SignInMethod{mail.SignInPassword}}}
	}
	if smtp.err != nil {
		return q.answer(SourceProbe, q.domain, "", candidate(imap), nil), nil
	}
	return q.answer(SourceProbe, q.domain, "", candidate(imap), candidate(smtp.server)), nil
}

// probes returns the attempts in order of preference: TLS from the first byte
// before an upgrade, and the names as given.
func (q *query) probes(names []string, implicit, upgraded int, d dialogue) []func(context.Context) (mail.Server, error) {
	var list []func(context.Context) (mail.Server, error)
	for _, name := range names {
		for _, s := range []mail.Server{
			{Host: name + q.domain, Port: implicit, Security: mail.SecurityTLS},
			{Host: name + q.domain, Port: upgraded, Security: mail.SecuritySTARTTLS},
		} {
			list = append(list, func(ctx context.Context) (mail.Server, error) { return s, q.probe(ctx, s, d) })
		}
	}
	return list
}

// A dialogue is how a protocol begins and is upgraded.
type dialogue struct {
	greeting string      // how the server's first line begins
	upgrade  [][2]string // what to say, and how the last line of the answer begins
}

var (
	imapDialogue = dialogue{"* OK", [][2]string{{"a STARTTLS", "a OK"}}}
	smtpDialogue = dialogue{"220", [][2]string{{"EHLO [127.0.0.1]", "250 "}, {"STARTTLS", "220"}}}
)

var errOtherProtocol = errors.New("something else answers there")

// probe is speak for a name that may not exist.
func (q *query) probe(ctx context.Context, s mail.Server, d dialogue) error {
	err := q.speak(ctx, s, d)
	if code := mail.CodeOf(err); code == mail.CodeHostNotFound || code == mail.CodeRefused {
		return errNothing
	}
	return err
}

// speak connects to s, sees that it speaks the protocol, and that it is protected.
// No credentials are sent.
func (q *query) speak(ctx context.Context, s mail.Server, d dialogue) error {
	conn, err := q.Dialer.Dial(ctx, s)
	if err != nil {
		return fmt.Errorf("%s: %w", s.Host, err)
	}
	defer func() { _ = conn.Close() }()
	if err := conn.SetDeadline(bounded(ctx, q.Deadline)); err != nil {
		return err
	}
	defer context.AfterFunc(ctx, func() { _ = conn.Close() })()
	lines := bufio.NewReader(io.LimitReader(conn, 16<<10))
	if err := expect(lines, d.greeting); err != nil {
		return fmt.Errorf("%s: %w", s.Host, err)
	}
	if s.Security == mail.SecurityTLS {
		return nil
	}
	if err := d.secure(ctx, conn, lines, q.Dialer.TLSConfig(s)); err != nil {
		return fmt.Errorf("%s: %w", s.Host, err)
	}
	return nil
}

// secure upgrades the connection, to see that it can be.
func (d dialogue) secure(ctx context.Context, conn net.Conn, lines *bufio.Reader, c *tls.Config) error {
	for _, step := range d.upgrade {
		if _, err := fmt.Fprintf(conn, "%s\r\n", step[0]); err != nil {
			return err
		}
		if err := expect(lines, step[1]); err != nil {
			return err
		}
	}
	return tls.Client(conn, c).HandshakeContext(ctx)
}

// expect reads until a line that ends an answer, which must begin as said.
func expect(lines *bufio.Reader, start string) error {
	for {
		line, err := lines.ReadString('\n')
		if err != nil {
			return err
		}
		switch {
		case len(line) > 3 && line[3] == '-': // more lines follow (RFC 5321 §4.2.1)
		case strings.HasPrefix(strings.ToUpper(line), strings.ToUpper(start)):
			return nil
		case strings.HasPrefix(line, "* ") && !strings.HasPrefix(start, "* "): // an untagged answer comes before
		default:
			return errOtherProtocol
		}
	}
}
