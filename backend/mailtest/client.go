package mailtest

import (
	"bufio"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"strconv"
	"strings"
	"testing"
	"time"

	"waxwing/backend/mail"
)

// clientTimeout bounds each answer, so that a broken server fails a test
// instead of hanging it.
const clientTimeout = 60 * time.Second

// A Client is a small IMAP client that shares no code with the product: another
// device in a test, and the witness of what the server holds. It follows RFC
// 9051 as far as tests need and fails the test on everything else. It is for
// one goroutine.
type Client struct {
	tb     testing.TB
	conn   net.Conn
	r      *bufio.Reader
	tags   int
	exists int // messages in the selected mailbox, as far as WaitMessages knows
}

// A Response is one response line with its literals taken out: Line has
// {n} where a literal of n octets stood.
type Response struct {
	Line     string
	Literals [][]byte
}

// Connect dials the server, with TLS when it asks for that (without checking
// the certificate), and reads the greeting.
func Connect(tb testing.TB, server mail.Server) *Client {
	tb.Helper()
	address := net.JoinHostPort(server.Host, strconv.Itoa(server.Port))
	conn, err := net.DialTimeout("tcp", address, clientTimeout)
	if err != nil {
		tb.Fatal(err)
	}
	if server.Security == mail.SecurityTLS {
		conn = tls.Client(conn, &tls.Config{InsecureSkipVerify: true}) //nolint:gosec // a test's own server
	}
	c := &Client{tb: tb, conn: conn, r: bufio.NewReaderSize(conn, 64<<10)}
	tb.Cleanup(c.Close)
	c.extend()
	if greeting := c.read(); !strings.HasPrefix(greeting.Line, "* OK") {
		tb.Fatalf("IMAP greeting of %s: %q", address, greeting.Line)
	}
	return c
}

// Client signs in as the user.
func (s *Server) Client(tb testing.TB, user string) *Client {
	tb.Helper()
	c := Connect(tb, s.IMAP())
	c.Do("LOGIN %s %s", user, s.Password(user))
	return c
}

// Do sends a command and returns its untagged responses. It fails the test
// unless the server answers OK.
func (c *Client) Do(format string, args ...any) []Response {
	c.tb.Helper()
	command := fmt.Sprintf(format, args...)
	responses, status := c.Try("%s", command)
	if !strings.HasPrefix(status, "OK") {
		c.tb.Fatalf("IMAP %s: %s", command, status)
	}
	return responses
}

// Try sends a command and returns its untagged responses and the tagged status
// without the tag.
func (c *Client) Try(format string, args ...any) (responses []Response, status string) {
	c.tb.Helper()
	tag := c.send(fmt.Sprintf(format, args...))
	return c.collect(tag)
}

// Append stores a message and returns its UID (RFC 4315 §3). A zero date means now.
func (c *Client) Append(mailbox string, raw []byte, date time.Time, flags ...string) mail.UID {
	c.tb.Helper()
	when := ""
	if !date.IsZero() {
		when = date.Format(` "_2-Jan-2006 15:04:05 -0700"`)
	}
	tag := c.send(fmt.Sprintf("APPEND %s (%s)%s {%d}", Quote(mailbox), strings.Join(flags, " "), when, len(raw)))
	if r := c.read(); !strings.HasPrefix(r.Line, "+") {
		c.tb.Fatalf("IMAP APPEND to %s: %s", mailbox, r.Line)
	}
	if _, err := c.conn.Write(append(raw[:len(raw):len(raw)], "\r\n"...)); err != nil {
		c.tb.Fatal(err)
	}
	_, status := c.collect(tag)
	_, code, found := strings.Cut(status, "[APPENDUID ")
	fields := strings.Fields(code)
	if !found || len(fields) < 2 {
		c.tb.Fatalf("IMAP APPEND to %s: %s", mailbox, status)
	}
	uid, err := strconv.ParseUint(strings.TrimSuffix(fields[1], "]"), 10, 32)
	if err != nil {
		c.tb.Fatalf("IMAP APPEND to %s: %s", mailbox, status)
	}
	return mail.UID(uid)
}

// Close drops the connection. A test doesn't need to call it.
func (c *Client) Close() { _ = c.conn.Close() }

func (c *Client) send(command string) (tag string) {
	c.tb.Helper()
	c.tags++
	tag = fmt.Sprintf("t%d", c.tags)
	c.extend()
	if _, err := io.WriteString(c.conn, tag+" "+command+"\r\n"); err != nil {
		c.tb.Fatal(err)
	}
	return tag
}

func (c *Client) collect(tag string) (responses []Response, status string) {
	c.tb.Helper()
	for {
		r := c.read()
		if status, ok := strings.CutPrefix(r.Line, tag+" "); ok {
			return responses, status
		}
		responses = append(responses, r)
	}
}

func (c *Client) extend() { _ = c.conn.SetDeadline(time.Now().Add(clientTimeout)) }

// read returns the next response with its literals (RFC 9051 §4.3).
func (c *Client) read() Response {
	c.tb.Helper()
	var r Response
	for {
		c.extend()
		line, err := c.r.ReadString('\n')
		if err != nil {
			c.tb.Fatalf("IMAP connection: %v", err)
		}
		line = strings.TrimRight(line, "\r\n")
		r.Line += line
		n, ok := literal(line)
		if !ok {
			return r
		}
		b := make([]byte, n)
		if _, err := io.ReadFull(c.r, b); err != nil {
			c.tb.Fatalf("IMAP literal of %d octets: %v", n, err)
		}
		r.Literals = append(r.Literals, b)
	}
}

// literal returns the length that a line announces at its end.
func literal(line string) (int, bool) {
	if !strings.HasSuffix(line, "}") {
		return 0, false
	}
	digits := line[strings.LastIndexByte(line, '{')+1 : len(line)-1]
	n, err := strconv.Atoi(strings.TrimSuffix(digits, "+"))
	return n, err == nil && n >= 0
}

// Quote returns a mailbox name, given in UTF-8, as an IMAP4rev1 quoted string
// in modified UTF-7.
func Quote(mailbox string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(encodeUTF7(mailbox)) + `"`
}

// WaitMessages returns when a mailbox holds at least n messages. It is woken by
// the server (RFC 2177) and fails the test after a minute without news.
func (c *Client) WaitMessages(mailbox string, n int) {
	c.tb.Helper()
	exists := func(responses []Response) {
		for _, r := range responses {
			var count int
			if k, err := fmt.Sscanf(r.Line, "* %d EXISTS", &count); k == 1 && err == nil {
				c.exists = count
			}
		}
	}
	exists(c.Do("EXAMINE %s", Quote(mailbox)))
	for c.exists < n {
		tag := c.send("IDLE")
		for before := c.exists; c.exists == before; {
			exists([]Response{c.read()})
		}
		if _, err := io.WriteString(c.conn, "DONE\r\n"); err != nil {
			c.tb.Fatal(err)
		}
		responses, _ := c.collect(tag)
		exists(responses)
	}
}
