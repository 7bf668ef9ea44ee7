package mailtest

import (
	"net"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"waxwing/backend/mail"
)

// A Direction is a way through a Proxy.
type Direction int

// The directions.
const (
	ToServer Direction = iota
	ToClient
)

// A Proxy is a network between a client and a server that counts what passes
// and fails on command, at an exact byte or line. Its methods may be called
// from any goroutine, also while connections are open.
type Proxy struct {
	tb     testing.TB
	target mail.Server
	port   int
	done   sync.WaitGroup

	mu       sync.Mutex
	changed  *sync.Cond // wakes whoever waits for anything below
	listener net.Listener
	closed   bool
	links    map[*link]bool
	counts   Counts
	last     Direction
	lines    []string
	hole     bool
	delay    time.Duration
	cuts     [2]cut
	trigger  *trigger
}

// Counts is what has passed a Proxy.
type Counts struct {
	Connections int   // accepted so far
	Open        int   // now
	ToServer    int64 // octets
	ToClient    int64
	// Turns counts how often the client spoke after the server had: the round
	// trips that a slow network would make one wait for.
	Turns int
}

// A cut closes all connections after more octets in a direction.
type cut struct {
	armed bool
	left  int64
}

// A trigger is a line of the client that cuts.
type trigger struct {
	text  string
	whole bool // the line is the text, and doesn't merely contain it
	reach bool // the line still reaches the server
}

func (t *trigger) fits(line string) bool {
	return line == t.text || !t.whole && strings.Contains(line, t.text)
}

// NewProxy starts a proxy in front of the target that lives as long as the test.
func NewProxy(tb testing.TB, target mail.Server) *Proxy {
	tb.Helper()
	p := &Proxy{tb: tb, target: target, links: map[*link]bool{}, last: ToClient}
	p.changed = sync.NewCond(&p.mu)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		tb.Fatal(err)
	}
	p.port = l.Addr().(*net.TCPAddr).Port
	p.serve(l)
	tb.Cleanup(p.close)
	return p
}

// Server is the target as seen through the proxy.
func (p *Proxy) Server() mail.Server {
	s := p.target
	s.Host, s.Port = "127.0.0.1", p.port
	return s
}

// CutAfter closes every connection when exactly n more octets have passed in
// the direction, over all connections together. It happens once; connections
// made afterwards work.
func (p *Proxy) CutAfter(d Direction, n int64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.cuts[d] = cut{armed: true, left: n}
}

// CutBefore closes every connection instead of passing on the next line of the
// client that contains text. It happens once. It sees only what isn't encrypted.
func (p *Proxy) CutBefore(text string) { p.setTrigger(&trigger{text: text}) }

// CutAfterLine passes the next line of the client that contains text on to the
// server, waits for the server to say something, and closes every connection
// without telling the client: the command was executed and the client doesn't
// know. It happens once. It is exact when the client had no other answer to wait
// for.
func (p *Proxy) CutAfterLine(text string) { p.setTrigger(&trigger{text: text, reach: true}) }

// CutAtEnd closes every connection at the line that ends the next message of SMTP
// (RFC 5321 §4.1.1.4): like CutBefore, or when taken like CutAfterLine.
func (p *Proxy) CutAtEnd(taken bool) { p.setTrigger(&trigger{text: ".", whole: true, reach: taken}) }

func (p *Proxy) setTrigger(t *trigger) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.trigger = t
}

// Cut closes every open connection now, with a reset.
func (p *Proxy) Cut() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.cutLocked(true)
}

func (p *Proxy) cutLocked(reset bool) {
	for l := range p.links {
		l.cut(reset)
	}
	p.changed.Broadcast()
}

// Blackhole, while on, keeps connections open and passes nothing on, as a
// network does that went away without a word. What is sent meanwhile arrives
// when it is switched off.
func (p *Proxy) Blackhole(on bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.hole = on
	p.changed.Broadcast()
}

// Delay lets everything take d longer in each direction.
func (p *Proxy) Delay(d time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.delay = d
}

// Refuse, while on, lets nobody connect. Open connections stay.
func (p *Proxy) Refuse(on bool) {
	p.tb.Helper()
	p.mu.Lock()
	defer p.mu.Unlock()
	switch {
	case on && p.listener != nil:
		_ = p.listener.Close()
		p.listener = nil
	case !on && p.listener == nil:
		l, err := net.Listen("tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(p.port)))
		if err != nil {
			p.tb.Fatal(err)
		}
		p.serveLocked(l)
	}
}

// Counts returns what has passed since the start or the last Reset.
func (p *Proxy) Counts() Counts {
	p.mu.Lock()
	defer p.mu.Unlock()
	c := p.counts
	c.Open = len(p.links)
	return c
}

// Reset starts counting and recording anew.
func (p *Proxy) Reset() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.counts, p.lines, p.last = Counts{}, nil, ToClient
}

// Lines returns the lines that the client sent, without line ends. Of an
// encrypted connection they are of no use.
func (p *Proxy) Lines() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return append([]string(nil), p.lines...)
}

// WaitLine returns when the client has sent n lines that contain text since the
// start or the last Reset. It fails the test after a minute.
func (p *Proxy) WaitLine(text string, n int) {
	p.tb.Helper()
	p.wait("the client to send "+strconv.Quote(text), func() bool {
		seen := 0
		for _, line := range p.lines {
			if strings.Contains(line, text) {
				seen++
			}
		}
		return seen >= n
	})
}

// WaitConnections returns when n connections have been accepted since the start
// or the last Reset. It fails the test after a minute.
func (p *Proxy) WaitConnections(n int) {
	p.tb.Helper()
	p.wait(strconv.Itoa(n)+" connections", func() bool { return p.counts.Connections >= n })
}

// WaitClosed returns when no connection is open. It fails the test after a minute.
func (p *Proxy) WaitClosed() {
	p.tb.Helper()
	p.wait("all connections to close", func() bool { return len(p.links) == 0 })
}

func (p *Proxy) wait(what string, met func() bool) {
	p.tb.Helper()
	expired := false
	timer := time.AfterFunc(clientTimeout, func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		expired = true
		p.changed.Broadcast()
	})
	defer timer.Stop()
	p.mu.Lock()
	defer p.mu.Unlock()
	for !met() {
		if expired {
			p.tb.Fatalf("mailtest: waited a minute for %s; the client's lines:\n%s", what, strings.Join(p.lines, "\n"))
		}
		p.changed.Wait()
	}
}

func (p *Proxy) serve(l net.Listener) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.serveLocked(l)
}

func (p *Proxy) serveLocked(l net.Listener) {
	p.listener = l
	p.done.Go(func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			p.done.Go(func() { p.connect(conn) })
		}
	})
}

// connect joins a client to the target until one of them leaves.
func (p *Proxy) connect(client net.Conn) {
	server, err := net.DialTimeout("tcp", net.JoinHostPort(p.target.Host, strconv.Itoa(p.target.Port)), clientTimeout)
	if err != nil {
		_ = client.Close()
		return
	}
	l := &link{proxy: p, ends: [2]net.Conn{ToServer: server, ToClient: client}}
	p.mu.Lock()
	if p.closed {
		l.cut(true)
		p.mu.Unlock()
		return
	}
	p.links[l] = true
	p.counts.Connections++
	p.changed.Broadcast()
	p.mu.Unlock()

	var pumps sync.WaitGroup
	pumps.Go(func() { l.pump(ToServer) })
	pumps.Go(func() { l.pump(ToClient) })
	pumps.Wait()
	p.mu.Lock()
	l.cut(true)
	delete(p.links, l)
	p.changed.Broadcast()
	p.mu.Unlock()
}

func (p *Proxy) close() {
	p.mu.Lock()
	p.closed = true
	p.hole = false
	if p.listener != nil {
		_ = p.listener.Close()
	}
	p.cutLocked(true)
	p.mu.Unlock()
	p.done.Wait()
}
