package mailtest

import (
	"bufio"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"waxwing/backend/mail"
)

// A Script is a server that holds prescribed conversations, to show what a
// client makes of answers that no good server gives. A conversation is a text
// with a step a line:
//
//	S: * OK ready              the server sends the line and CRLF
//	C: {tag} LOGIN {user} {}   the client must send a matching line
//	S: {tag} OK welcome        what was captured can be said again
//	S> * 1 FETCH (BODY[] {5}\r\nhello)\r\n
//	                           the server sends exactly this, a Go string
//	X: close                   the server closes the connection
//	X: reset                   … with a reset
//	X: tls                     the server starts TLS (after STARTTLS)
//	X: silence                 the server says nothing more and waits for the client to leave
//
// In a C line, {name} matches one word and keeps it, {} matches anything.
// Empty lines and spaces at the beginning of a line don't matter. Everything
// else is the test's failure: a line that doesn't match, a client that leaves
// before the end, a conversation that nobody began.
type Script struct {
	// CA is the PEM of the authority behind X: tls and ServeTLS.
	CA string

	tb       testing.TB
	tls      *tls.Config
	implicit bool
	listener net.Listener
	talks    [][]step
	done     sync.WaitGroup

	mu     sync.Mutex
	next   int // the conversation of the next connection
	closed bool
	conns  []net.Conn
}

// A step is one line of a conversation.
type step struct {
	kind string // "C", "S", ">", "X"
	text string
	line int // in the script, from 1
}

// NewScript starts a server that holds one conversation per connection, in the
// order given. At the end of a conversation it waits for the client to leave.
// When there is none left, connections are closed at once and fail the test.
func NewScript(tb testing.TB, conversations ...string) *Script {
	tb.Helper()
	return newScript(tb, false, conversations)
}

// NewTLSScript is NewScript with TLS from the first byte, by a good certificate.
func NewTLSScript(tb testing.TB, conversations ...string) *Script {
	tb.Helper()
	return newScript(tb, true, conversations)
}

func newScript(tb testing.TB, implicit bool, conversations []string) *Script {
	tb.Helper()
	authority := NewAuthority(tb)
	s := &Script{tb: tb, CA: authority.PEM, tls: authority.TLS(tb, FlawNone), implicit: implicit}
	for _, c := range conversations {
		steps, err := parseScript(c)
		if err != nil {
			tb.Fatal(err)
		}
		s.talks = append(s.talks, steps)
	}
	var err error
	if s.listener, err = net.Listen("tcp", "127.0.0.1:0"); err != nil {
		tb.Fatal(err)
	}
	s.done.Go(s.accept)
	tb.Cleanup(s.close)
	return s
}

// Server is where the script listens.
func (s *Script) Server() mail.Server {
	security := mail.SecurityNone
	if s.implicit {
		security = mail.SecurityTLS
	}
	return local(s.listener.Addr().(*net.TCPAddr).Port, security)
}

func parseScript(text string) ([]step, error) {
	var steps []step
	for i, line := range strings.Split(text, "\n") {
		line = strings.TrimLeft(line, " \t")
		if line == "" {
			continue
		}
		st := step{line: i + 1}
		switch {
		case strings.HasPrefix(line, "S> "):
			quoted := `"` + strings.ReplaceAll(line[3:], `"`, `\"`) + `"`
			said, err := strconv.Unquote(quoted)
			if err != nil {
				return nil, fmt.Errorf("script line %d: %w: %s", i+1, err, line)
			}
			st.kind, st.text = ">", said
		case line == "S:" || line == "C:" || strings.HasPrefix(line, "S: ") || strings.HasPrefix(line, "C: ") || strings.HasPrefix(line, "X: "):
			st.kind, st.text = line[:1], strings.TrimPrefix(line[2:], " ")
		default:
			return nil, fmt.Errorf("script line %d: want C:, S:, S> or X:, got %q", i+1, line)
		}
		steps = append(steps, st)
	}
	return steps, nil
}

func (s *Script) accept() {
	for {
		conn, err := s.listener.Accept()
		if err != nil {
			return
		}
		s.mu.Lock()
		if s.closed || s.next == len(s.talks) {
			if !s.closed {
				s.tb.Errorf("script: connection %d, but there are %d conversations", s.next+1, len(s.talks))
			}
			_ = conn.Close()
			s.mu.Unlock()
			continue
		}
		t := &talk{script: s, number: s.next + 1, steps: s.talks[s.next], conn: conn, words: map[string]string{}}
		s.next++
		s.conns = append(s.conns, conn)
		s.mu.Unlock()
		s.done.Go(t.hold)
	}
}

func (s *Script) close() {
	s.mu.Lock()
	s.closed = true
	_ = s.listener.Close()
	for _, c := range s.conns {
		_ = c.Close()
	}
	if s.next < len(s.talks) {
		s.tb.Errorf("script: the client came %d times, want %d", s.next, len(s.talks))
	}
	s.mu.Unlock()
	s.done.Wait()
}

// A talk is one conversation that is being held.
type talk struct {
	script *Script
	number int
	steps  []step
	conn   net.Conn
	r      *bufio.Reader
	words  map[string]string
}

func (t *talk) hold() {
	defer func() { _ = t.conn.Close() }()
	if t.script.implicit {
		t.conn = tls.Server(t.conn, t.script.tls)
	}
	t.r = bufio.NewReader(t.conn)
	for _, st := range t.steps {
		_ = t.conn.SetDeadline(time.Now().Add(clientTimeout))
		goOn, err := t.do(st)
		if err != nil {
			t.script.tb.Errorf("script: conversation %d, line %d (%s: %s): %v", t.number, st.line, st.kind, st.text, err)
			return
		}
		if !goOn {
			return
		}
	}
	_ = t.conn.SetDeadline(time.Time{})
	if line, err := t.r.ReadString('\n'); err == nil && !isFarewell(line) {
		t.script.tb.Errorf("script: conversation %d is over, but the client says %q", t.number, line)
	}
}

// isFarewell reports whether the line may come after the end of every script.
func isFarewell(line string) bool {
	word := strings.ToUpper(strings.TrimSpace(line))
	return strings.HasSuffix(word, "LOGOUT") || word == "QUIT" || word == "DONE"
}

// do takes one step and reports whether the conversation goes on.
func (t *talk) do(st step) (goOn bool, err error) {
	switch st.kind {
	case "S":
		_, err = io.WriteString(t.conn, t.fill(st.text)+"\r\n")
	case ">":
		_, err = io.WriteString(t.conn, st.text)
	case "C":
		err = t.expect(st.text)
	case "X":
		return t.act(st.text)
	}
	return true, err
}

func (t *talk) act(what string) (goOn bool, err error) {
	switch what {
	case "close":
		return false, nil
	case "reset":
		if c, ok := t.conn.(*net.TCPConn); ok {
			_ = c.SetLinger(0)
		}
		return false, nil
	case "tls":
		t.conn = tls.Server(t.conn, t.script.tls)
		t.r = bufio.NewReader(t.conn)
		return true, nil
	case "silence":
		_ = t.conn.SetDeadline(time.Time{})
		_, _ = io.Copy(io.Discard, t.r)
		return false, nil
	}
	return false, fmt.Errorf("unknown step %q", what)
}

// expect reads the client's line and captures words of it.
func (t *talk) expect(pattern string) error {
	line, err := t.r.ReadString('\n')
	if err != nil {
		t.script.mu.Lock()
		over := t.script.closed
		t.script.mu.Unlock()
		if over && errors.Is(err, net.ErrClosed) {
			return errors.New("the test ended before the client said this")
		}
		return fmt.Errorf("the client left: %w", err)
	}
	line = strings.TrimRight(line, "\r\n")
	expression, names := compile(pattern)
	match := expression.FindStringSubmatch(line)
	if match == nil {
		return fmt.Errorf("the client says %q", line)
	}
	for i, name := range names {
		t.words[name] = match[i+1]
	}
	return nil
}

var placeholder = regexp.MustCompile(`\{([a-z][a-z0-9]*)?\}`)

// fill puts captured words where their placeholders stand.
func (t *talk) fill(text string) string {
	return placeholder.ReplaceAllStringFunc(text, func(p string) string {
		if word, ok := t.words[p[1:len(p)-1]]; ok {
			return word
		}
		return p
	})
}

// compile makes a regular expression of a pattern, and the names of its groups.
// Commands are compared without regard to case, as IMAP and SMTP want it.
func compile(pattern string) (*regexp.Regexp, []string) {
	var names []string
	var b strings.Builder
	end := 0
	for _, m := range placeholder.FindAllStringSubmatchIndex(pattern, -1) {
		b.WriteString(regexp.QuoteMeta(pattern[end:m[0]]))
		if m[2] < 0 {
			b.WriteString(".*")
		} else {
			names = append(names, pattern[m[2]:m[3]])
			b.WriteString(`(\S+)`)
		}
		end = m[1]
	}
	b.WriteString(regexp.QuoteMeta(pattern[end:]))
	return regexp.MustCompile("(?is)^" + b.String() + "$"), names
}
