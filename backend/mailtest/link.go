package mailtest

import (
	"bytes"
	"net"
	"strings"
	"sync"
	"time"
)

// A link is one connection through a Proxy.
type link struct {
	proxy *Proxy
	ends  [2]net.Conn // where a direction leads to

	// Guarded by proxy.mu:
	partial   []byte // the client's line so far
	swallowed bool   // the server's next octets are the answer that the client must not see
	gone      bool
}

// cut ends both directions: with a reset, which may take octets with it that
// the client hasn't read, or gently. The caller holds proxy.mu.
func (l *link) cut(reset bool) {
	l.gone = true
	for _, end := range l.ends {
		if t, ok := end.(*net.TCPConn); ok && reset {
			_ = t.SetLinger(0)
		}
		_ = end.Close()
	}
}

// halfClose tells the other end that nothing more comes.
func halfClose(c net.Conn) {
	if t, ok := c.(*net.TCPConn); ok {
		_ = t.CloseWrite()
	}
}

// inFlight bounds the reads that wait for their time in a slow network.
const inFlight = 256

// A packet is what one read returned.
type packet struct {
	octets []byte
	due    time.Time
}

// pump copies one direction until it ends.
func (l *link) pump(d Direction) {
	packets := make(chan packet, inFlight)
	var reader sync.WaitGroup
	reader.Go(func() {
		defer close(packets)
		for {
			buffer := make([]byte, 32<<10)
			n, err := l.ends[1-d].Read(buffer)
			if n > 0 {
				l.proxy.mu.Lock()
				due := time.Now().Add(l.proxy.delay)
				l.proxy.mu.Unlock()
				packets <- packet{buffer[:n], due}
			}
			if err != nil {
				return
			}
		}
	})
	for p := range packets {
		if wait := time.Until(p.due); wait > 0 {
			<-time.After(wait)
		}
		l.pass(d, p.octets)
	}
	halfClose(l.ends[d])
	reader.Wait()
}

// pass hands octets on, as far as the faults allow.
func (l *link) pass(d Direction, octets []byte) {
	p := l.proxy
	p.mu.Lock()
	for p.hole && !l.gone {
		p.changed.Wait()
	}
	keep, verdict := l.judge(d, octets)
	if verdict == cutAll {
		for other := range p.links {
			other.gone = true // from here on nothing else passes
		}
	}
	p.mu.Unlock()

	if len(keep) > 0 {
		if _, err := l.ends[d].Write(keep); err != nil {
			p.mu.Lock()
			l.cut(true) // what can't be delivered ends both directions
			p.mu.Unlock()
		}
	}
	if verdict == cutAll {
		p.mu.Lock()
		p.cutLocked(false)
		p.mu.Unlock()
	}
}

type verdict int

const (
	goOn verdict = iota
	cutAll
)

// judge counts the octets and returns those that may pass. The caller holds
// proxy.mu.
func (l *link) judge(d Direction, octets []byte) ([]byte, verdict) {
	p := l.proxy
	if l.gone {
		return nil, goOn
	}
	if d == ToClient && l.swallowed {
		return nil, cutAll
	}
	result := goOn
	if c := &p.cuts[d]; c.armed {
		if int64(len(octets)) >= c.left {
			octets, result = octets[:c.left], cutAll
			*c = cut{}
		} else {
			c.left -= int64(len(octets))
		}
	}
	if d == ToServer {
		var hit bool
		if octets, hit = l.scan(octets); hit {
			result = cutAll
		}
	}
	if len(octets) > 0 {
		if d == ToServer && p.last == ToClient {
			p.counts.Turns++
		}
		p.last = d
	}
	if d == ToServer {
		p.counts.ToServer += int64(len(octets))
	} else {
		p.counts.ToClient += int64(len(octets))
	}
	return octets, result
}

// scan records the client's lines and looks for the trigger. It returns the
// octets that may pass, and whether the connections are to be cut now. The
// caller holds proxy.mu.
func (l *link) scan(octets []byte) (keep []byte, hit bool) {
	p := l.proxy
	for rest := octets; len(rest) > 0; {
		end := bytes.IndexByte(rest, '\n') + 1
		if end == 0 {
			l.partial = append(l.partial, rest...)
			break
		}
		line := strings.TrimRight(string(l.partial)+string(rest[:end]), "\r\n")
		lineStart := len(octets) - len(rest)
		l.partial, rest = nil, rest[end:]
		if t := p.trigger; t != nil && t.fits(line) {
			p.trigger = nil
			if !t.reach {
				return octets[:lineStart], true
			}
			l.swallowed = true
			octets, rest = octets[:len(octets)-len(rest)], nil
		}
		p.lines = append(p.lines, line)
	}
	p.changed.Broadcast()
	return octets, false
}
