package imapsync

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"strings"
	"time"

	"waxwing/backend/connect"
	"waxwing/backend/mail"
)

// maxGreeting bounds what is read before TLS is up.
const maxGreeting = 64 << 10

// upgrade does STARTTLS (RFC 9051 §6.2.1) on a plain connection. It is done here
// and not by go-imap, since the repairs must stand between TLS and go-imap.
//
// Octets that a meddler put behind the answer to STARTTLS are refused, not
// carried over (RFC 9051 §11.1).
func upgrade(ctx context.Context, conn net.Conn, config *tls.Config, server mail.Server, patience time.Duration) (net.Conn, error) {
	if err := conn.SetDeadline(time.Now().Add(patience)); err != nil {
		return nil, err
	}
	greeting, _, err := readLine(conn, nil)
	if err != nil {
		return nil, connect.Explain(err, server)
	}
	refused := &mail.Error{Code: mail.CodeNoSTARTTLS, Args: map[string]string{"host": server.Host}}
	switch upper := strings.ToUpper(greeting); {
	case strings.HasPrefix(upper, "* PREAUTH"):
		return nil, refused
	case !strings.HasPrefix(upper, "* OK"):
		return nil, &mail.Error{Code: mail.CodeNotIMAP, Args: refused.Args, Server: greeting, Err: errNotIMAP}
	}
	if _, err := io.WriteString(conn, "S STARTTLS\r\n"); err != nil {
		return nil, connect.Explain(err, server)
	}
	var rest []byte
	for {
		line, more, err := readLine(conn, rest)
		if err != nil {
			return nil, connect.Explain(err, server)
		}
		rest = more
		answer, tagged := strings.CutPrefix(strings.ToUpper(line), "S ")
		if !tagged {
			continue
		}
		if !strings.HasPrefix(answer, "OK") {
			refused.Server = strings.TrimSpace(line[len("S "):])
			return nil, refused
		}
		if len(rest) > 0 {
			return nil, &mail.Error{Code: mail.CodeProtocol, Args: refused.Args, Err: errors.New("octets behind the answer to STARTTLS")}
		}
		break
	}
	secured := tls.Client(conn, config)
	if err := secured.HandshakeContext(ctx); err != nil {
		return nil, connect.Explain(err, server)
	}
	if err := conn.SetDeadline(time.Time{}); err != nil {
		return nil, err
	}
	return &greeted{Conn: secured, greeting: strings.NewReader("* OK STARTTLS\r\n")}, nil
}

// readLine reads a line, given the octets already read; it returns those beyond.
func readLine(conn net.Conn, have []byte) (line string, rest []byte, err error) {
	buf := make([]byte, 4096)
	for {
		if i := bytes.IndexByte(have, '\n'); i >= 0 {
			return strings.TrimRight(string(have[:i]), "\r"), have[i+1:], nil
		}
		if len(have) > maxGreeting {
			return "", nil, errors.New("imapsync: endless line before TLS")
		}
		n, err := conn.Read(buf)
		have = append(have, buf[:n]...)
		if err != nil && n == 0 {
			return "", nil, err
		}
	}
}

// greeted repeats a greeting, since none follows STARTTLS and go-imap waits for
// one.
type greeted struct {
	net.Conn
	greeting *strings.Reader
}

func (g *greeted) Read(p []byte) (int, error) {
	if g.greeting.Len() > 0 {
		return g.greeting.Read(p)
	}
	return g.Conn.Read(p)
}
