package bench

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"strconv"
	"strings"
	"testing"
	"time"
)

// A marionette is the remote control of a program of Mozilla's: arrays in JSON,
// each behind its length and a colon.
type marionette struct {
	b    *testing.B
	conn net.Conn
	r    *bufio.Reader
	n    int
}

// freePort returns a port of loopback that nobody listens on.
func freePort(b *testing.B) int {
	b.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	return l.Addr().(*net.TCPAddr).Port
}

// dialMarionette waits until the program listens.
func dialMarionette(b *testing.B, port int) *marionette {
	b.Helper()
	deadline := time.Now().Add(2 * time.Minute)
	for range time.Tick(50 * time.Millisecond) {
		conn, err := net.Dial("tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(port)))
		if err != nil {
			if time.Now().After(deadline) {
				b.Fatalf("no remote control: %v", err)
			}
			continue
		}
		b.Cleanup(func() { _ = conn.Close() })
		_ = conn.SetDeadline(deadline)
		m := &marionette{b: b, conn: conn, r: bufio.NewReader(conn)}
		m.read() // its greeting
		return m
	}
	return nil
}

// do runs a command, which must succeed.
func (m *marionette) do(command string, parameters map[string]any) {
	m.b.Helper()
	m.n++
	text, err := json.Marshal([]any{0, m.n, command, parameters})
	if err != nil {
		m.b.Fatal(err)
	}
	if _, err := fmt.Fprintf(m.conn, "%d:%s", len(text), text); err != nil {
		m.b.Fatal(err)
	}
	var answer [4]json.RawMessage // kind, number, error, result
	if err := json.Unmarshal(m.read(), &answer); err != nil || string(answer[2]) != "null" {
		m.b.Fatalf("%s: %v %s", command, err, answer[2])
	}
}

func (m *marionette) read() []byte {
	m.b.Helper()
	length, err := m.r.ReadString(':')
	if err != nil {
		m.b.Fatal(err)
	}
	n, err := strconv.Atoi(strings.TrimSuffix(length, ":"))
	if err != nil {
		m.b.Fatal(err)
	}
	text := make([]byte, n)
	if _, err := io.ReadFull(m.r, text); err != nil {
		m.b.Fatal(err)
	}
	return text
}
