package connect

import (
	"bufio"
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"waxwing/backend/mail"
)

// listen serves every connection to a port of its own until the test ends.
func listen(t *testing.T, serve func(net.Conn)) (port int) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var (
		mu    sync.Mutex
		conns []net.Conn
		all   sync.WaitGroup
	)
	all.Go(func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			mu.Lock()
			conns = append(conns, conn)
			mu.Unlock()
			all.Go(func() {
				defer conn.Close()
				serve(conn)
			})
		}
	})
	t.Cleanup(func() {
		listener.Close()
		mu.Lock()
		for _, conn := range conns {
			conn.Close()
		}
		mu.Unlock()
		all.Wait()
	})
	return listener.Addr().(*net.TCPAddr).Port
}

// closedPort returns a port at which nobody listens.
func closedPort(t *testing.T) int {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	return listener.Addr().(*net.TCPAddr).Port
}

// overTLS serves over TLS with the certificate.
func overTLS(cert tls.Certificate, serve func(net.Conn)) func(net.Conn) {
	return overTLSConfig(&tls.Config{Certificates: []tls.Certificate{cert}}, serve)
}

func overTLSConfig(cfg *tls.Config, serve func(net.Conn)) func(net.Conn) {
	return func(conn net.Conn) {
		secured := tls.Server(conn, cfg)
		if secured.Handshake() == nil {
			serve(secured)
		}
		secured.Close()
	}
}

// silent never says anything.
func silent(conn net.Conn) { io.Copy(io.Discard, conn) }

// says says text and waits.
func says(text string) func(net.Conn) {
	return func(conn net.Conn) {
		io.WriteString(conn, text)
		silent(conn)
	}
}

// saysAndCloses says text and hangs up.
func saysAndCloses(text string) func(net.Conn) {
	return func(conn net.Conn) {
		io.WriteString(conn, text)
		// Without reading what the client has sent, closing would reset.
		conn.SetReadDeadline(time.Now().Add(50 * time.Millisecond))
		io.Copy(io.Discard, conn)
	}
}

// Answers that aren't sent but done.
const (
	hangUp   = "(hang up)"
	stall    = "(stall)"
	startTLS = "(start TLS)"
)

// A fake is a server that knows one answer to each command.
type fake struct {
	greeting string
	// answers are found by the command's name in upper case. TAG stands for the
	// command's tag, LINE for the whole command, and after startTLS the
	// answers go on over TLS.
	answers map[string]string
	cert    tls.Certificate
	smtp    bool
}

func (f fake) serve(conn net.Conn) {
	io.WriteString(conn, f.greeting+"\r\n")
	lines := bufio.NewReader(conn)
	for {
		line, err := lines.ReadString('\n')
		if err != nil {
			return
		}
		answer, tag := f.answer(strings.TrimSpace(line))
		switch {
		case answer == hangUp:
			return
		case answer == stall:
			silent(conn)
			return
		case strings.HasSuffix(answer, startTLS):
			fmt.Fprintf(conn, "%s\r\n", strings.ReplaceAll(strings.TrimSuffix(answer, startTLS), "TAG", tag))
			secured := tls.Server(conn, &tls.Config{Certificates: []tls.Certificate{f.cert}})
			if secured.Handshake() != nil {
				return
			}
			conn, lines = secured, bufio.NewReader(secured)
		default:
			answer = strings.NewReplacer("TAG", tag, "LINE", strings.TrimSpace(line)).Replace(answer)
			fmt.Fprintf(conn, "%s\r\n", answer)
		}
	}
}

// answer returns what to answer to a line, and the line's tag.
func (f fake) answer(line string) (answer, tag string) {
	words := strings.Fields(line)
	for len(words) < 2 {
		words = append(words, "")
	}
	name, tag := strings.ToUpper(words[0]), ""
	if !f.smtp {
		tag, name = words[0], strings.ToUpper(words[1])
	}
	if answer, ok := f.answers[name]; ok {
		return answer, tag
	}
	if f.smtp {
		return "502 5.5.2 unknown command", tag
	}
	return "TAG BAD unknown command", tag
}

// imapFake returns a server that works, with the answers in changes instead.
func imapFake(cert tls.Certificate, changes map[string]string) fake {
	return with(fake{
		greeting: "* OK ready",
		cert:     cert,
		answers: map[string]string{
			"CAPABILITY": "* CAPABILITY IMAP4rev1 STARTTLS IDLE MOVE UIDPLUS\r\nTAG OK done",
			"STARTTLS":   "TAG OK begin" + startTLS,
			"LOGIN":      "TAG OK welcome",
			"LIST":       "* LIST () \"/\" INBOX\r\n* LIST (\\Noselect) \"/\" Parent\r\n* LIST (\\Sent) \"/\" Sent\r\nTAG OK done",
			"LOGOUT":     "* BYE\r\nTAG OK",
		},
	}, changes)
}

// smtpFake returns a server that works, with the answers in changes instead.
func smtpFake(cert tls.Certificate, changes map[string]string) fake {
	return with(fake{
		greeting: "220 " + testHost + " ESMTP",
		cert:     cert,
		smtp:     true,
		answers: map[string]string{
			"EHLO":     "250-" + testHost + "\r\n250-STARTTLS\r\n250-SIZE 1000000\r\n250 AUTH PLAIN LOGIN",
			"STARTTLS": "220 begin" + startTLS,
			"AUTH":     "235 2.7.0 welcome",
			"MAIL":     "250 2.1.0 ok",
			"RCPT":     "250 2.1.5 ok",
			"RSET":     "250 2.0.0 ok",
			"*":        "501 cancelled",
			"QUIT":     "221 bye",
		},
	}, changes)
}

func with(f fake, changes map[string]string) fake {
	for name, answer := range changes {
		if name == "greeting" {
			f.greeting = answer
			continue
		}
		f.answers[name] = answer
	}
	return f
}

// testDialer returns a Dialer that believes in ca and finds testHost, and any
// other name, on this computer.
func testDialer(ca *authority, timeout time.Duration) *Dialer {
	return &Dialer{
		Timeout: timeout,
		Roots:   ca.pool(),
		DialContext: func(ctx context.Context, network, addr string) (net.Conn, error) {
			_, port, err := net.SplitHostPort(addr)
			if err != nil {
				return nil, err
			}
			return new(net.Dialer).DialContext(ctx, network, "127.0.0.1:"+port)
		},
		LookupHost: func(context.Context, string) ([]string, error) { return []string{"127.0.0.1"}, nil },
	}
}

func at(port int, security mail.Security) mail.Server {
	return mail.Server{Host: testHost, Port: port, Security: security}
}
