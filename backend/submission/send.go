package submission

import (
	"bytes"
	"context"
	"io"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/wneessen/go-mail/smtp"
	"golang.org/x/net/idna"

	"waxwing/backend/connect"
	"waxwing/backend/mail"
)

// Outcome says what became of a message.
type Outcome string

// The outcomes.
const (
	NotSent Outcome = "notSent" // nobody gets it
	Sent    Outcome = "sent"    // the server has taken it on (RFC 5321 §6.1)
	Unknown Outcome = "unknown" // one or the other; the connection broke at the end
)

// An Envelope says who sends and who receives (RFC 5321 §2.3.1). Addresses are
// addr-specs without brackets.
type Envelope struct {
	From string
	To   []string
}

// A Recipient is what the server said about one of them.
type Recipient struct {
	Address string
	Problem *mail.Error // nil when it was taken, or never asked about
}

// A Result is what became of a message.
type Result struct {
	Outcome    Outcome
	Recipients []Recipient // in the order of the Envelope
	// Problem says why it wasn't sent, or isn't known to be; nil if Sent.
	Problem *mail.Error
	// RetryAfter is how long the server asked to be left alone; zero when it didn't.
	RetryAfter time.Duration
	// Refused says that the message itself, or one of its addresses, was refused for
	// good (RFC 5321 §4.2.1): the same octets would be again.
	Refused bool
}

// A Sender sends messages. It may be used by several goroutines.
type Sender struct {
	Dialer *connect.Dialer
	// Patience bounds the wait for each reply, and for each part of the message
	// to be taken by the network. Zero means what RFC 5321 §4.5.3.2 asks for, at
	// most ten minutes: who gives up early makes the outcome unknown.
	Patience time.Duration
}

// What RFC 5321 §4.5.3.2 asks for.
const (
	commandPatience = 5 * time.Minute
	partPatience    = 3 * time.Minute
	endPatience     = 10 * time.Minute
)

// partSize is how many octets of a message must get through within a patience.
const partSize = 64 << 10

// Send signs in at the server and hands over raw, a message whose lines end in
// CRLF. It needs at least one recipient.
//
// Unless it is nil, ending is called when all but the end of the message has been
// sent: from its return on, and not before, the message may be taken. An error of
// ending is the Problem of a message that wasn't sent.
func (s *Sender) Send(ctx context.Context, server mail.Server, c connect.Credentials, env Envelope, raw []byte, ending func() error) Result {
	t := &transaction{sender: s, server: server, raw: raw, from: env.From, ending: ending}
	t.result.Outcome = NotSent
	for _, address := range env.To {
		t.result.Recipients = append(t.result.Recipients, Recipient{Address: address})
	}
	session, err := s.Dialer.SMTP(ctx, server, c)
	if err == nil {
		defer session.Close()
		t.session = session
		err = t.run(ctx)
		t.result.Refused = t.result.Outcome == NotSent && forGood(err)
	}
	t.result.Problem = mail.AsError(err)
	return t.result
}

// forGood reports whether an error of a transaction says that the message can't be
// sent as it is.
func forGood(err error) bool {
	switch mail.CodeOf(err) {
	case mail.CodeInvalid, mail.CodeUTF8Address, mail.CodeTooLarge:
		return true
	}
	return connect.RepliedForGood(err)
}

// A transaction is one message on its way (RFC 5321 §3.3).
type transaction struct {
	sender  *Sender
	server  mail.Server
	session *connect.SMTPSession
	raw     []byte
	from    string
	ending  func() error // nil for nobody who wants to know
	result  Result
}

// do runs a command within the patience for it.
func (t *transaction) do(ctx context.Context, patience time.Duration, f func(*smtp.Client) error) error {
	if t.sender.Patience > 0 {
		patience = t.sender.Patience
	}
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	return t.session.Do(ctx, f)
}

func (t *transaction) run(ctx context.Context) error {
	if err := t.mail(ctx); err != nil {
		return err
	}
	if err := t.recipients(ctx); err != nil {
		return err
	}
	writer, err := t.data(ctx)
	if err != nil {
		return err
	}
	return t.end(ctx, writer)
}

// mail begins the transaction, unless the server says that it is in vain.
func (t *transaction) mail(ctx context.Context) error {
	err := t.do(ctx, commandPatience, func(c *smtp.Client) error {
		if err := t.fits(c); err != nil {
			return err
		}
		c.SkipSMTPUTF8(!t.international())
		from, err := path(t.from, c)
		if err != nil {
			return err
		}
		if sized, _ := c.Extension("SIZE"); sized {
			from += " SIZE=" + strconv.Itoa(len(t.raw)) // RFC 1870 §6
		}
		return c.Mail(from)
	})
	if connect.Replied(err) {
		return connect.RefusedSender(err, t.from)
	}
	return err
}

// fits fails if the message is larger than the server takes (RFC 1870 §4).
func (t *transaction) fits(c *smtp.Client) error {
	_, limit := c.Extension("SIZE")
	if most, err := strconv.Atoi(limit); err == nil && most > 0 && len(t.raw) > most {
		return &mail.Error{Code: mail.CodeTooLarge, Args: map[string]string{"limit": limit}}
	}
	return nil
}

// international reports whether the message needs SMTPUTF8 (RFC 6531 §3.1): an
// address or the header has characters outside ASCII.
func (t *transaction) international() bool {
	header, _, _ := bytes.Cut(t.raw, []byte("\r\n\r\n"))
	ascii := isASCII(t.from) && isASCII(string(header))
	for _, r := range t.result.Recipients {
		ascii = ascii && isASCII(r.Address)
	}
	return !ascii
}

// recipients asks about everyone, and fails if one is refused.
func (t *transaction) recipients(ctx context.Context) error {
	var first error
	for i := range t.result.Recipients {
		r := &t.result.Recipients[i]
		err := t.do(ctx, commandPatience, func(c *smtp.Client) error {
			to, err := path(r.Address, c)
			if err != nil {
				return err
			}
			return c.Rcpt(to)
		})
		if err == nil {
			continue
		}
		if connect.Replied(err) {
			err = connect.RefusedRecipient(err, r.Address)
		} else if mail.CodeOf(err) != mail.CodeUTF8Address {
			return err // the connection is gone
		}
		r.Problem = mail.AsError(err)
		if first == nil || forGood(err) && !forGood(first) {
			first = err
		}
	}
	if first != nil {
		return first
	}
	if len(t.result.Recipients) == 0 {
		return &mail.Error{Code: mail.CodeInvalid, Args: map[string]string{"field": "to"}}
	}
	return nil
}

// data sends the message but for its end.
func (t *transaction) data(ctx context.Context) (io.WriteCloser, error) {
	var writer io.WriteCloser
	err := t.do(ctx, commandPatience, func(c *smtp.Client) (err error) {
		writer, err = c.Data()
		return err
	})
	for rest := t.raw; err == nil && len(rest) > 0; {
		part := rest[:min(len(rest), partSize)]
		rest = rest[len(part):]
		err = t.do(ctx, partPatience, func(*smtp.Client) error {
			_, err := writer.Write(part)
			return err
		})
	}
	return writer, err
}

// end sends the line that ends the message. From here on only a reply tells
// what became of it.
func (t *transaction) end(ctx context.Context, writer io.Closer) error {
	if t.ending != nil {
		if err := t.ending(); err != nil {
			return err
		}
	}
	err := t.do(ctx, endPatience, func(*smtp.Client) error { return writer.Close() })
	switch {
	case err == nil:
		t.result.Outcome = Sent
		t.quit()
		return nil
	case connect.Replied(err):
		return err
	}
	t.result.Outcome = Unknown
	unknown := *mail.AsError(err)
	unknown.Code, unknown.Err = mail.CodeOutcomeUnknown, err
	return &unknown
}

// quit says goodbye without waiting for the answer: all is done.
func (t *transaction) quit() {
	_ = t.session.Do(context.Background(), func(c *smtp.Client) error {
		_, err := c.Text.Cmd("QUIT")
		return err
	})
}

// path returns an address as MAIL and RCPT take it. Without SMTPUTF8 a domain
// is written in ASCII (RFC 5891), and a local part can't be.
func path(address string, c *smtp.Client) (string, error) {
	if strings.ContainsAny(address, "<> \r\n\t") || address == "" {
		return "", &mail.Error{Code: mail.CodeInvalid, Args: map[string]string{"field": "address", "address": address}}
	}
	if offers, _ := c.Extension("SMTPUTF8"); offers || isASCII(address) {
		return "<" + address + ">", nil
	}
	at := strings.LastIndexByte(address, '@')
	domain, err := idna.Lookup.ToASCII(address[at+1:])
	if at < 0 || err != nil || !isASCII(address[:at]) {
		return "", &mail.Error{Code: mail.CodeUTF8Address, Args: map[string]string{"address": address}}
	}
	return "<" + address[:at+1] + domain + ">", nil
}

func isASCII(s string) bool {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}
