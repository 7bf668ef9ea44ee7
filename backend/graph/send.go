package graph

import (
	"bytes"
	"cmp"
	"context"
	"encoding/base64"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"waxwing/backend/connect"
	"waxwing/backend/mail"
	"waxwing/backend/submission"
)

// A Mailbox is what Graph sends from.
type Mailbox struct {
	// User is the mailbox's address or id; empty for that of the person who
	// signed in.
	User   string
	Tokens connect.Tokens
}

// A Sender sends messages. It may be used by several goroutines, and remembers
// for how long Graph asked to be left alone.
type Sender struct {
	// Client speaks HTTP; its own timeout isn't used.
	Client *http.Client
	// Endpoint is Graph's address; empty means Endpoint.
	Endpoint string
	// Patience bounds each request; zero means ten minutes for the one that sends
	// and five for others.
	Patience time.Duration
	// Wait waits within a message that Graph asks to hold on with; nil means to
	// let that time go by.
	Wait func(context.Context, time.Duration) error

	mu     sync.Mutex
	closed map[string]time.Time // until when, by User
}

const (
	sendPatience = 10 * time.Minute
	stepPatience = 5 * time.Minute
)

// maxRequest is how many octets a request may have. Graph takes 4 MB, and
// doesn't say whether those are of 1,000 or 1,024.
const maxRequest = 4_000_000

// Send hands over raw, a message whose lines end in CRLF. Ending is called right
// before the last octet of what sends the message can leave, and stops it by an
// error; nil for nothing.
func (s *Sender) Send(ctx context.Context, from Mailbox, env submission.Envelope, raw []byte, ending func() error) submission.Result {
	t := &transaction{sender: s, mailbox: from, ending: ending}
	t.result.Outcome = submission.NotSent
	for _, address := range env.To {
		t.result.Recipients = append(t.result.Recipients, submission.Recipient{Address: address})
	}
	if err := t.run(ctx, env, raw); err != nil {
		t.result.Problem = mail.AsError(err)
		t.result.Refused = t.result.Outcome == submission.NotSent && forGood(t.result.Problem.Code)
	}
	return t.result
}

// forGood reports whether the message can't be sent as it is.
func forGood(code mail.Code) bool {
	switch code {
	case mail.CodeInvalid, mail.CodeTooLarge, mail.CodeEnvelope, mail.CodeServerRefused, mail.CodeSenderRefused:
		return true
	}
	return false
}

// Test signs in and finds out whether messages may be sent from the mailbox,
// without sending one: Graph looks at the permission first, and then refuses what
// isn't base64 with 400.
func (s *Sender) Test(ctx context.Context, from Mailbox) error {
	t := &transaction{sender: s, mailbox: from}
	if err := t.open(); err != nil {
		return err
	}
	answer, err := t.call(ctx, request{method: http.MethodPost, path: "/sendMail", kind: mimeType, body: []byte("!")})
	if err != nil {
		return err
	}
	if code, _ := answer.refusal(); answer.status == http.StatusBadRequest && (strings.HasPrefix(code, "ErrorMime") || strings.Contains(answer.said(), "MIME")) {
		return nil
	}
	if err := t.explain(answer); err != nil {
		return err
	}
	return answer.unexpected(t.host())
}

// A transaction is one message on its way.
type transaction struct {
	sender  *Sender
	mailbox Mailbox
	ending  func() error
	result  submission.Result
}

func (t *transaction) run(ctx context.Context, env submission.Envelope, raw []byte) error {
	if err := t.open(); err != nil {
		return err
	}
	raw, err := addressed(raw, env.To)
	if err != nil {
		return err
	}
	if base64.StdEncoding.EncodedLen(len(raw)) > maxRequest {
		return t.sendLarge(ctx, raw)
	}
	return t.finish(ctx, request{method: http.MethodPost, path: "/sendMail", kind: mimeType, body: encoded(raw)})
}

// mimeType marks a body as MIME in base64 (learn.microsoft.com/graph/outlook-send-mime-message).
const mimeType = "text/plain"

func encoded(raw []byte) []byte {
	return base64.StdEncoding.AppendEncode(nil, raw)
}

// finish makes the request that sends the message.
func (t *transaction) finish(ctx context.Context, r request) error {
	r.final, r.patience = true, sendPatience
	answer, err := t.call(ctx, r)
	switch {
	case err != nil && answer != nil: // the last octet may have left
		return t.unknown(err)
	case err != nil:
		return err
	case answer.status == http.StatusAccepted:
		t.result.Outcome = submission.Sent
		return nil
	case answer.ambiguous():
		return t.unknown(answer.unexpected(t.host()))
	}
	if err := t.explain(answer); err != nil {
		return err
	}
	return answer.unexpected(t.host())
}

func (t *transaction) unknown(err error) error {
	t.result.Outcome = submission.Unknown
	unknown := *mail.AsError(err)
	unknown.Code, unknown.Err = mail.CodeOutcomeUnknown, err
	return &unknown
}

// open checks what doesn't need the network, and that Graph doesn't want to be
// left alone.
func (t *transaction) open() error {
	if strings.ContainsAny(t.mailbox.User, "/\\?#\r\n \t") {
		return invalid("account")
	}
	t.sender.mu.Lock()
	left := time.Until(t.sender.closed[t.mailbox.User])
	t.sender.mu.Unlock()
	if left > 0 {
		return t.throttled(left, "")
	}
	return nil
}

// throttled notes that the mailbox isn't to be asked for that long.
func (t *transaction) throttled(left time.Duration, said string) error {
	t.result.RetryAfter = left
	t.sender.mu.Lock()
	if t.sender.closed == nil {
		t.sender.closed = map[string]time.Time{}
	}
	if until := time.Now().Add(left); until.After(t.sender.closed[t.mailbox.User]) {
		t.sender.closed[t.mailbox.User] = until
	}
	t.sender.mu.Unlock()
	return &mail.Error{Code: mail.CodeThrottled, Args: map[string]string{"host": t.host()}, Server: said}
}

func (t *transaction) endpoint() string { return cmp.Or(t.sender.Endpoint, Endpoint) }

// base is the address of the mailbox.
func (t *transaction) base() string {
	if t.mailbox.User == "" {
		return t.endpoint() + "/me"
	}
	return t.endpoint() + "/users/" + url.PathEscape(t.mailbox.User)
}

func (t *transaction) host() string {
	u, err := url.Parse(t.endpoint())
	if err != nil {
		return ""
	}
	return u.Hostname()
}

// wait waits for d.
func (t *transaction) wait(ctx context.Context, d time.Duration) error {
	if t.sender.Wait != nil {
		return t.sender.Wait(ctx, d)
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return &mail.Error{Code: mail.CodeCancelled, Err: ctx.Err()}
	}
}

// A body counts what is taken of it, so that it is known whether the last octet
// may have left.
type body struct {
	rest   *bytes.Reader
	ending func() error
	gone   bool // all of it
}

func newBody(octets []byte, ending func() error) *body {
	return &body{rest: bytes.NewReader(octets), ending: ending}
}

func (b *body) Read(p []byte) (int, error) {
	if b.rest.Len() > 0 && len(p) >= b.rest.Len() {
		if b.ending != nil {
			if err := b.ending(); err != nil {
				return 0, err
			}
		}
		b.gone = true
	}
	return b.rest.Read(p)
}

func (b *body) Close() error { return nil }
