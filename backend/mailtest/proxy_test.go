package mailtest

import (
	"errors"
	"io"
	"net"
	"reflect"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"waxwing/backend/mail"
)

// echo is a server that sends every line back in capitals.
func echo(t *testing.T) mail.Server {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer func() { _ = c.Close() }()
				b := make([]byte, 1<<16)
				for {
					n, err := c.Read(b)
					if err != nil {
						return
					}
					if _, err := c.Write([]byte(strings.ToUpper(string(b[:n])))); err != nil {
						return
					}
				}
			}()
		}
	}()
	return mail.Server{Host: "127.0.0.1", Port: l.Addr().(*net.TCPAddr).Port}
}

func dial(t *testing.T, s mail.Server) net.Conn {
	t.Helper()
	c, err := net.Dial("tcp", net.JoinHostPort(s.Host, strconv.Itoa(s.Port)))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	if err := c.SetDeadline(time.Now().Add(clientTimeout)); err != nil {
		t.Fatal(err)
	}
	return c
}

func say(t *testing.T, c net.Conn, text string) {
	t.Helper()
	if _, err := io.WriteString(c, text); err != nil {
		t.Fatal(err)
	}
}

// hear returns n octets, or what came before the connection broke.
func hear(c net.Conn, n int) (string, error) {
	b := make([]byte, n)
	k, err := io.ReadFull(c, b)
	return string(b[:k]), err
}

func TestProxyCounts(t *testing.T) {
	t.Parallel()
	p := NewProxy(t, echo(t))
	c := dial(t, p.Server())
	for _, line := range []string{"one\r\n", "three\r\n"} {
		say(t, c, line)
		if got, err := hear(c, len(line)); got != strings.ToUpper(line) {
			t.Errorf("through the proxy: %q, %v, want %q", got, err, strings.ToUpper(line))
		}
	}
	if got, want := p.Counts(), (Counts{Connections: 1, Open: 1, ToServer: 12, ToClient: 12, Turns: 2}); got != want {
		t.Errorf("Counts = %+v, want %+v", got, want)
	}
	if got, want := p.Lines(), []string{"one", "three"}; !reflect.DeepEqual(got, want) {
		t.Errorf("Lines = %q, want %q", got, want)
	}
	_ = c.Close()
	p.WaitClosed()
	p.Reset()
	if got := p.Counts(); got != (Counts{}) {
		t.Errorf("Counts after Reset = %+v, want none", got)
	}
}

func TestProxyCuts(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name  string
		fault func(*Proxy)
		want  string // what the client hears of "A1 GO\r\nA2 GO\r\n"
		lines []string
	}{
		{"after octets to the client", func(p *Proxy) { p.CutAfter(ToClient, 9) }, "A1 GO\r\nA2", nil},
		{"after octets to the server", func(p *Proxy) { p.CutAfter(ToServer, 5) }, "", nil},
		{"before a line", func(p *Proxy) { p.CutBefore("a2") }, "A1 GO\r\n", []string{"a1 go"}},
		{"after a line", func(p *Proxy) { p.CutAfterLine("a2") }, "A1 GO\r\n", []string{"a1 go", "a2 go"}},
	}
	// A line that merely contains a dot doesn't end a message.
	for _, taken := range []bool{false, true} {
		p := NewProxy(t, echo(t))
		p.CutAtEnd(taken)
		c := dial(t, p.Server())
		say(t, c, "v1.0\r\n")
		if got, err := hear(c, 6); got != "V1.0\r\n" {
			t.Errorf("before the end: %q, %v", got, err)
		}
		say(t, c, ".\r\n")
		if got, err := hear(c, 3); err == nil {
			t.Errorf("after the end: %q, want a cut", got)
		}
		want := []string{"v1.0"}
		if taken {
			want = append(want, ".")
		}
		if !reflect.DeepEqual(p.Lines(), want) {
			t.Errorf("lines that reached the server: %q, want %q", p.Lines(), want)
		}
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			p := NewProxy(t, echo(t))
			bystander := dial(t, p.Server())
			p.WaitConnections(1)
			c := dial(t, p.Server())
			p.WaitConnections(2)
			test.fault(p)
			var heard string
			for _, line := range []string{"a1 go\r\n", "a2 go\r\n"} {
				if _, err := io.WriteString(c, line); err != nil {
					break
				}
				answer, err := hear(c, len(line))
				heard += answer
				if err != nil {
					break
				}
			}
			if heard != test.want {
				t.Errorf("client heard %q, want %q", heard, test.want)
			}
			if _, err := hear(bystander, 1); err == nil {
				t.Error("another connection survived the cut")
			}
			if test.lines != nil && !reflect.DeepEqual(p.Lines(), test.lines) {
				t.Errorf("lines that reached the server: %q, want %q", p.Lines(), test.lines)
			}
			again := dial(t, p.Server())
			say(t, again, "a2 go\r\n")
			if got, err := hear(again, 7); got != "A2 GO\r\n" {
				t.Errorf("after the cut: %q, %v, want a working connection", got, err)
			}
		})
	}
}

func TestProxyBlackhole(t *testing.T) {
	t.Parallel()
	p := NewProxy(t, echo(t))
	c := dial(t, p.Server())
	p.WaitConnections(1)
	p.Blackhole(true)
	say(t, c, "hi\r\n")
	if err := c.SetReadDeadline(time.Now().Add(50 * time.Millisecond)); err != nil {
		t.Fatal(err)
	}
	var timeout net.Error
	if got, err := hear(c, 1); !errors.As(err, &timeout) || !timeout.Timeout() {
		t.Errorf("in a black hole: %q, %v, want a timeout", got, err)
	}
	p.Blackhole(false)
	if err := c.SetReadDeadline(time.Now().Add(clientTimeout)); err != nil {
		t.Fatal(err)
	}
	if got, err := hear(c, 4); got != "HI\r\n" {
		t.Errorf("after the black hole: %q, %v, want what was sent meanwhile", got, err)
	}
}

func TestProxyRefuse(t *testing.T) {
	t.Parallel()
	p := NewProxy(t, echo(t))
	p.Refuse(true)
	address := net.JoinHostPort("127.0.0.1", strconv.Itoa(p.Server().Port))
	if _, err := net.Dial("tcp", address); !errors.Is(err, syscall.ECONNREFUSED) {
		t.Errorf("while refusing: %v, want %v", err, syscall.ECONNREFUSED)
	}
	p.Refuse(false)
	c := dial(t, p.Server())
	say(t, c, "hi\r\n")
	if got, err := hear(c, 4); got != "HI\r\n" {
		t.Errorf("afterwards: %q, %v, want HI", got, err)
	}
}

func TestProxyDelay(t *testing.T) {
	t.Parallel()
	p := NewProxy(t, echo(t))
	p.Delay(30 * time.Millisecond)
	c := dial(t, p.Server())
	start := time.Now()
	say(t, c, "hi\r\n")
	if _, err := hear(c, 4); err != nil {
		t.Fatal(err)
	}
	if d := time.Since(start); d < 60*time.Millisecond {
		t.Errorf("a turn took %v, want at least twice 30ms", d)
	}
}

func TestProxyBeforeDovecot(t *testing.T) {
	t.Parallel()
	s := Shared(t)
	user := s.NewUser(t)
	p := NewProxy(t, s.IMAP())
	c := Connect(t, p.Server())
	c.Do("LOGIN %s %s", user, s.Password(user))
	c.Append("INBOX", []byte(hello), time.Time{})
	p.CutAfterLine("EXPUNGE")
	c.Do("SELECT INBOX")
	c.Do(`STORE 1 +FLAGS.SILENT (\Deleted)`)
	c.send("EXPUNGE")
	if _, err := c.r.ReadString('\n'); err == nil {
		t.Error("the answer to EXPUNGE came through, want a cut")
	}
	if left := s.Snapshot(t, user)["INBOX"]; len(left) != 0 {
		t.Errorf("after a cut behind EXPUNGE the server holds %v, want nothing", left)
	}
}
