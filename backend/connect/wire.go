package connect

import (
	"context"
	"errors"
	"io"
	"net"
	"strings"
	"sync"
)

// greetingLength is how many of the server's first bytes a wire keeps.
const greetingLength = 200

// A wire is a connection that remembers what the server said first and how the
// connection failed, both of which the protocol libraries turn into text.
type wire struct {
	net.Conn

	mu    sync.Mutex
	first []byte // up to greetingLength bytes, from peek
	ahead []byte // what peek has read and Read has not yet returned
	err   error  // of the first Read or Write that failed, unless we closed it
}

// peek waits for the server's first n bytes, which Read will return still.
func (w *wire) peek(n int) error {
	b := make([]byte, greetingLength)
	for have := 0; have < n; {
		got, err := w.Conn.Read(b[have:])
		have += got
		w.mu.Lock()
		w.first, w.ahead = b[:have:have], b[:have:have]
		w.note(err)
		w.mu.Unlock()
		if err != nil && have < n {
			return err
		}
	}
	return nil
}

// Read reads and remembers a failure.
func (w *wire) Read(b []byte) (int, error) {
	w.mu.Lock()
	if len(w.ahead) > 0 {
		n := copy(b, w.ahead)
		w.ahead = w.ahead[n:]
		w.mu.Unlock()
		return n, nil
	}
	w.mu.Unlock()
	n, err := w.Conn.Read(b)
	w.mu.Lock()
	defer w.mu.Unlock()
	w.note(err)
	return n, err
}

// Write writes and remembers a failure.
func (w *wire) Write(b []byte) (int, error) {
	n, err := w.Conn.Write(b)
	w.mu.Lock()
	defer w.mu.Unlock()
	w.note(err)
	return n, err
}

func (w *wire) note(err error) {
	if err != nil && w.err == nil && !errors.Is(err, net.ErrClosed) && !errors.Is(err, io.ErrClosedPipe) {
		w.err = err
	}
}

// bound closes the connection if ctx ends before release is called. The
// protocol libraries set deadlines of their own, so a deadline won't do.
func (w *wire) bound(ctx context.Context) (release func() bool) {
	return context.AfterFunc(ctx, func() { _ = w.Close() })
}

// cause returns err together with the failure of the connection behind it and,
// in front of both, the end of ctx.
func (w *wire) cause(ctx context.Context, err error) error {
	if err == nil {
		return nil
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	switch {
	case w.err != nil:
		err = errors.Join(w.err, err)
	case ctx.Err() == nil && (errors.Is(err, net.ErrClosed) || errors.Is(err, io.ErrClosedPipe)):
		err = errGaveUp
	}
	return endedBy(ctx, err)
}

// errGaveUp says that a protocol library closed the connection by itself: what
// the server said can't be read. Who waits for an answer at that moment is told
// of the closed connection only.
var errGaveUp = errors.New("the server's answer can't be read")

// greeting returns the server's first line as far as it is printable ASCII.
func (w *wire) greeting() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	line, _, _ := strings.Cut(string(w.first), "\n")
	return strings.TrimSpace(strings.Map(func(r rune) rune {
		if r < ' ' || r > '~' {
			return -1
		}
		return r
	}, line))
}

// silent reports whether the server has said nothing yet.
func (w *wire) silent() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return len(w.first) == 0
}

// alerted reports whether the server's first byte was that of a TLS alert
// (RFC 8446 §5.1): the answer of a TLS port to plain text.
func (w *wire) alerted() bool {
	const alert = 21
	w.mu.Lock()
	defer w.mu.Unlock()
	return len(w.first) > 0 && w.first[0] == alert
}
