package imapsync

import (
	"context"
	"errors"
	"os"
	"strings"

	"github.com/emersion/go-imap/v2"

	"waxwing/backend/connect"
	"waxwing/backend/mail"
)

// cause tells why a connection ended.
type cause int

const (
	causeSilence  cause = iota // silent beyond patience
	causeHangup                // closed or reset by the other side
	causeProtocol              // it sent what can't be understood
)

// A broken error means that the connection can't be used any more.
type broken struct {
	cause cause
	err   error
	bye   string // what the server said in BYE
}

func (b *broken) Error() string {
	if b.bye != "" {
		return "imapsync: BYE " + b.bye + ": " + b.err.Error()
	}
	return "imapsync: " + b.err.Error()
}

func (b *broken) Unwrap() error { return b.err }

// blamesMessage reports whether err may be due to the message that was being
// fetched, rather than to the network.
func blamesMessage(err error) bool {
	var b *broken
	return errors.As(err, &b) && b.cause != causeSilence
}

// status returns the server's NO or BAD in err.
func status(err error) (*imap.Error, bool) {
	var e *imap.Error
	if !errors.As(err, &e) {
		return nil, false
	}
	return e, e.Type == imap.StatusResponseTypeNo || e.Type == imap.StatusResponseTypeBad
}

// passing reports whether a NO is worth another attempt later (RFC 5530 §3).
func passing(e *imap.Error) bool {
	switch e.Code {
	case imap.ResponseCodeUnavailable, imap.ResponseCodeInUse, imap.ResponseCodeLimit, imap.ResponseCodeServerBug, imap.ResponseCodeContactAdmin:
		return true
	}
	return false
}

// classify turns what go-imap returned for a command into an answer of the
// server (*imap.Error), the context's end, or a broken.
func (s *session) classify(ctx context.Context, err error) error {
	if err == nil {
		return nil
	}
	if _, ok := status(err); ok {
		return err
	}
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	var known *broken
	if errors.As(err, &known) {
		return known
	}
	s.link.repair.mu.Lock()
	bye, short, first := s.link.repair.bye, s.link.repair.short, s.link.repair.first
	s.link.repair.mu.Unlock()
	b := &broken{err: err, bye: bye}
	switch failed := s.link.failure(); {
	case first != "":
		return &mail.Error{Code: mail.CodeNotIMAP, Server: first, Err: errNotIMAP}
	case short:
		b.cause, b.err = causeProtocol, errors.New("a literal is shorter than announced")
	case failed == nil && bye != "":
		b.cause = causeHangup
	case failed == nil:
		b.cause = causeProtocol
	case errors.Is(failed, os.ErrDeadlineExceeded):
		b.cause, b.err = causeSilence, failed
	default:
		// A server that ends with commands unread resets the connection.
		b.cause, b.err = causeHangup, failed
	}
	return b
}

// explain puts an error of a pass into terms that a person can act on.
func explain(err error, server mail.Server) error {
	if err == nil {
		return nil
	}
	var known *mail.Error
	if errors.As(err, &known) {
		return known
	}
	if errors.Is(err, context.Canceled) {
		return &mail.Error{Code: mail.CodeCancelled, Err: err}
	}
	var b *broken
	if !errors.As(err, &b) {
		if _, ok := status(err); ok || errors.Is(err, context.DeadlineExceeded) {
			return connect.Explain(err, server)
		}
		return &mail.Error{Code: mail.CodeInternal, Err: err}
	}
	args := map[string]string{"host": server.Host}
	switch {
	case b.cause == causeSilence:
		return connect.Explain(b.err, server)
	case b.cause == causeProtocol:
		return &mail.Error{Code: mail.CodeProtocol, Args: args, Err: b}
	case b.bye != "":
		code, text := codeAndText(b.bye)
		e := connect.Explain(&imap.Error{Type: imap.StatusResponseTypeBye, Code: code, Text: text}, server)
		e.Err = b
		return e
	}
	return &mail.Error{Code: mail.CodeConnectionLost, Args: args, Err: b}
}

// codeAndText splits "[UNAVAILABLE] Shutting down".
func codeAndText(s string) (imap.ResponseCode, string) {
	rest, ok := strings.CutPrefix(s, "[")
	if !ok {
		return "", s
	}
	code, text, ok := strings.Cut(rest, "]")
	if !ok {
		return "", s
	}
	code, _, _ = strings.Cut(code, " ")
	return imap.ResponseCode(strings.ToUpper(code)), strings.TrimSpace(text)
}
