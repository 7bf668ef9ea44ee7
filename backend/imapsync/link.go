package imapsync

import (
	"errors"
	"net"
	"sync"
	"time"
)

// A link is the connection as go-imap sees it: the server's octets after
// repair, with deadlines of our own.
//
// go-imap beta.8 sets no read deadline while it waits for the first octet of an
// answer, so that a dead peer hangs it for ever. A link ignores the deadlines
// that go-imap sets and keeps to one rule: while an answer is due, an octet must
// come within patience; while none is due, the line may be silent.
type link struct {
	net.Conn
	repair   *repair
	patience time.Duration

	mu       sync.Mutex
	due      int       // answers that are waited for
	deadline time.Time // as last set on Conn
	err      error     // the first failure of reading or writing
}

func newLink(conn net.Conn, patience time.Duration) *link {
	l := &link{Conn: conn, patience: patience}
	l.repair = newRepair(rawReader{l})
	l.repair.suspect = l.doubt
	return l
}

// expect says that an answer is due; the returned function, that it came or
// is no longer waited for.
func (l *link) expect() func() { return l.expectWithin(l.patience) }

func (l *link) expectWithin(d time.Duration) func() {
	l.mu.Lock()
	l.due++
	l.setDeadline(time.Now().Add(d))
	l.mu.Unlock()
	return func() {
		l.mu.Lock()
		defer l.mu.Unlock()
		if l.due--; l.due == 0 {
			l.setDeadline(time.Time{})
		}
	}
}

// doubt has less patience for the next octet, since there may be none.
func (l *link) doubt() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.setDeadline(time.Now().Add(l.patience / 12))
}

// setDeadline is called with mu held. A failure shows at the next read.
func (l *link) setDeadline(t time.Time) {
	l.deadline = t
	_ = l.Conn.SetReadDeadline(t)
}

// failure returns the error that ended the connection, nil when it was not the
// network that ended it.
func (l *link) failure() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.err
}

func (l *link) note(err error) {
	if err == nil || errors.Is(err, net.ErrClosed) {
		return // closed on this side, for a reason that is known
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.err == nil {
		l.err = err
	}
}

// Read returns repaired octets.
func (l *link) Read(p []byte) (int, error) { return l.repair.Read(p) }

// rawReader reads from the network and prolongs the deadline.
type rawReader struct{ l *link }

func (r rawReader) Read(p []byte) (int, error) {
	n, err := r.l.Conn.Read(p)
	r.l.note(err)
	if n > 0 {
		r.l.mu.Lock()
		now := time.Now()
		// A deadline costs a lock in the runtime: prolong it once a second.
		if r.l.due > 0 && r.l.deadline.Sub(now) < r.l.patience-time.Second {
			r.l.setDeadline(now.Add(r.l.patience))
		}
		r.l.mu.Unlock()
	}
	return n, err
}

// Write sends a command, with the mailbox names that the server spells in its
// own way put back.
func (l *link) Write(p []byte) (int, error) {
	if err := l.Conn.SetWriteDeadline(time.Now().Add(l.patience)); err != nil {
		l.note(err)
		return 0, err
	}
	if out := l.repair.names.restore(p); len(out) > 0 {
		if _, err := l.Conn.Write(out); err != nil {
			l.note(err)
			return 0, err
		}
	}
	return len(p), nil
}

// SetDeadline, SetReadDeadline and SetWriteDeadline do nothing: a link keeps its
// own.
func (l *link) SetDeadline(time.Time) error      { return nil }
func (l *link) SetReadDeadline(time.Time) error  { return nil }
func (l *link) SetWriteDeadline(time.Time) error { return nil }
