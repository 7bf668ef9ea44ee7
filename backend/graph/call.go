package graph

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"strconv"
	"strings"
	"time"
	"unicode"

	"waxwing/backend/connect"
	"waxwing/backend/mail"
)

// A request is one call of Graph.
type request struct {
	method string
	path   string // below the mailbox, or an address with apart
	kind   string // media type of the body; empty for none
	body   []byte
	// apart says that path is a whole address that carries its own permission:
	// tokens don't go there.
	apart bool
	bytes string // Content-Range
	// final says that this request sends the message.
	final    bool
	patience time.Duration
}

// An answer is what came back.
type answer struct {
	status int
	after  time.Duration // Retry-After; negative for none
	body   []byte
}

// maxAnswer bounds what is read of an answer.
const maxAnswer = 1 << 20

// call makes a request, with another token if the first is refused. If a final
// one fails after its last octet may have left, it returns an (empty) answer
// beside the error.
func (t *transaction) call(ctx context.Context, r request) (*answer, error) {
	if r.apart {
		return t.once(ctx, r, "")
	}
	token, err := t.mailbox.Tokens.Token(ctx)
	if err != nil {
		return nil, err
	}
	a, err := t.once(ctx, r, token)
	if err != nil || a.status != http.StatusUnauthorized {
		return a, err
	}
	if token, err = t.mailbox.Tokens.Renew(ctx, token); err != nil {
		return nil, err
	}
	return t.once(ctx, r, token)
}

func (t *transaction) once(ctx context.Context, r request, token string) (*answer, error) {
	limit := r.patience
	if limit == 0 {
		limit = stepPatience
	}
	if t.sender.Patience > 0 {
		limit = t.sender.Patience
	}
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	var ending func() error
	if r.final {
		ending = t.ending
	}
	octets := newBody(r.body, ending)
	if r.final && len(r.body) == 0 {
		// There is no last octet to wait for: the request itself is it.
		if ending != nil {
			if err := ending(); err != nil {
				return nil, err
			}
		}
		ctx = httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{GotConn: func(httptrace.GotConnInfo) { octets.gone = true }})
	}
	address := r.path
	if !r.apart {
		address = t.base() + r.path
	}
	req, err := http.NewRequestWithContext(ctx, r.method, address, nil)
	if err != nil {
		return nil, t.protocol(err)
	}
	if len(r.body) > 0 {
		req.Body, req.ContentLength = octets, int64(len(r.body))
	}
	for name, value := range map[string]string{"Content-Type": r.kind, "Content-Range": r.bytes} {
		if value != "" {
			req.Header.Set(name, value)
		}
	}
	if token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	client := *t.sender.Client
	client.Timeout = 0 // ours is beside it, and lets large bodies through
	response, err := client.Do(req)
	if err != nil {
		err = t.network(ctx, err)
		if r.final && octets.gone {
			return &answer{}, err
		}
		return nil, err
	}
	defer func() { _ = response.Body.Close() }()
	a := &answer{status: response.StatusCode, after: retryAfter(response.Header.Get("Retry-After"))}
	// The status says what became of it; the rest is for words.
	a.body, _ = io.ReadAll(io.LimitReader(response.Body, maxAnswer))
	return a, nil
}

// network explains a request without an answer. Its address can be a secret, so
// that it is left out.
func (t *transaction) network(ctx context.Context, err error) error {
	var withAddress *url.Error
	if errors.As(err, &withAddress) {
		err = withAddress.Err
	}
	var known *mail.Error
	if errors.As(err, &known) {
		return known
	}
	if ctx.Err() != nil {
		err = ctx.Err()
	}
	e := connect.Explain(err, t.server())
	if e.Code == mail.CodeInternal {
		e.Code = mail.CodeConnectionLost
	}
	return e
}

func (t *transaction) protocol(err error) error {
	return &mail.Error{Code: mail.CodeProtocol, Args: map[string]string{"host": t.host()}, Err: err}
}

// server is Graph as connect knows servers.
func (t *transaction) server() mail.Server {
	port := 443
	if u, err := url.Parse(t.endpoint()); err == nil && u.Port() != "" {
		if n, err := strconv.Atoi(u.Port()); err == nil {
			port = n
		}
	}
	return mail.Server{Host: t.host(), Port: port}
}

// maxAfter bounds what a server may ask for.
const maxAfter = 24 * time.Hour

// retryAfter reads the field (RFC 9110 §10.2.3); negative when there is none.
func retryAfter(value string) time.Duration {
	if value == "" {
		return -1
	}
	if seconds, err := strconv.Atoi(value); err == nil {
		return min(time.Duration(max(seconds, 0))*time.Second, maxAfter)
	}
	at, err := http.ParseTime(value)
	if err != nil {
		return -1
	}
	return min(max(time.Until(at), 0), maxAfter)
}

// ambiguous reports whether somebody in between may have answered for a Graph
// that did what it was asked to (RFC 9110 §15.6), or nobody knows.
func (a *answer) ambiguous() bool {
	return a.status < 300 || a.status >= 500 && a.status != http.StatusServiceUnavailable
}

func (a *answer) unexpected(host string) error {
	return &mail.Error{
		Code: mail.CodeProtocol, Args: map[string]string{"host": host}, Server: a.said(),
		Err: errors.New("graph: status " + strconv.Itoa(a.status)),
	}
}

// refusal is the body of a refusal (learn.microsoft.com/graph/errors).
func (a *answer) refusal() (code, message string) {
	var body struct {
		Error struct{ Code, Message string }
	}
	if json.Unmarshal(a.body, &body) != nil {
		return "", ""
	}
	return body.Error.Code, body.Error.Message
}

// said is what Graph said in words.
func (a *answer) said() string {
	code, message := a.refusal()
	if message == "" {
		return printable(code)
	}
	return printable(message)
}

// defaultAfter is for Graph to breathe when it doesn't say how long.
const defaultAfter = 30 * time.Second

// explain returns what a refusal means; nil if a is none, or none that is known.
func (t *transaction) explain(a *answer) error {
	code, _ := a.refusal()
	e := &mail.Error{Args: map[string]string{"host": t.host()}, Server: a.said()}
	switch a.status {
	case http.StatusTooManyRequests, http.StatusServiceUnavailable:
		after := a.after
		if after < 0 {
			after = defaultAfter
		}
		return t.throttled(after, a.said())
	case http.StatusUnauthorized:
		e.Code = mail.CodeTokenRefused
	case http.StatusForbidden:
		e.Code = mail.CodeSendingDenied
		if code == "ErrorSendAsDenied" {
			e.Code = mail.CodeSenderRefused
			e.Args["address"] = t.mailbox.User
		}
	case http.StatusNotFound:
		e.Code = mail.CodeSenderRefused // there is no such mailbox, or not in the cloud
		e.Args["address"] = t.mailbox.User
	case http.StatusRequestEntityTooLarge:
		e.Code = mail.CodeTooLarge
	default:
		if a.status < 400 || a.status >= 500 {
			return nil
		}
		e.Code = mail.CodeServerRefused
		for prefix, meaning := range refusals {
			if strings.HasPrefix(code, prefix) {
				e.Code = meaning
			}
		}
	}
	e.Err = errors.New("graph: " + strconv.Itoa(a.status) + " " + printable(code))
	return e
}

// refusals are codes of Exchange that say more than the status.
var refusals = map[string]mail.Code{
	"ErrorMessageSizeExceeded":     mail.CodeTooLarge,
	"ErrorQuotaExceeded":           mail.CodeQuota,
	"ErrorSubmissionQuotaExceeded": mail.CodeThrottled,
	"ErrorExceededMessageLimit":    mail.CodeThrottled,
}

// maxSaid bounds what is shown of Graph's words, in characters.
const maxSaid = 300

// printable returns the first line of a text from outside.
func printable(s string) string {
	s, _, _ = strings.Cut(strings.TrimSpace(s), "\n")
	runes := []rune(strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) {
			return -1
		}
		return r
	}, s))
	return string(runes[:min(len(runes), maxSaid)])
}
