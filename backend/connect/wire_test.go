package connect

import (
	"context"
	"errors"
	"io"
	"net"
	"testing"

	"waxwing/backend/mail"
)

func TestCauseOfClosedConnection(t *testing.T) {
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	for _, c := range []struct {
		what string
		wire *wire
		ctx  context.Context
		err  error
		want mail.Code
	}{
		{"closed by the library", &wire{}, t.Context(), net.ErrClosed, mail.CodeProtocol},
		{"its pipe closed", &wire{}, t.Context(), io.ErrClosedPipe, mail.CodeProtocol},
		{"hung up by the server", &wire{err: io.EOF}, t.Context(), net.ErrClosed, mail.CodeConnectionLost},
		{"given up by us", &wire{}, ended, net.ErrClosed, mail.CodeCancelled},
		{"something else", &wire{}, t.Context(), errors.New("odd"), mail.CodeProtocol},
	} {
		got := mail.CodeOf(protocolError(c.wire.cause(c.ctx, c.err), mail.Server{}))
		if got != c.want {
			t.Errorf("%s: %s, want %s", c.what, got, c.want)
		}
	}
}
