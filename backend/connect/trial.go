package connect

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"strings"
	"sync"
	"time"

	"waxwing/backend/mail"
)

// Test tries both servers of the mailbox with the given address side by side,
// step by step, and says of each step how it went. A server without a host is
// skipped. Nothing is sent: the outgoing server is only asked whether it would
// take a message of that address.
//
// It calls report, if not nil, after every change, one call at a time; the
// Report is the callee's to keep. Each step ends within d.Timeout, and all of
// them soon after ctx does. Nothing in the Report holds the password.
func (d *Dialer) Test(ctx context.Context, address string, imap, smtp mail.Server, c Credentials, report func(Report)) Report {
	p := newProgress(report, c.Password)
	var both sync.WaitGroup
	both.Go(func() { d.newTrial(p, imap, c).imap(ctx) })
	both.Go(func() {
		t := d.newTrial(p, smtp, c)
		t.address = address
		t.smtp(ctx)
	})
	both.Wait()
	p.suspectFirewall()
	return p.end()
}

// A trial is the test of one server. Its steps run one after the other; after
// a failure the others are skipped.
type trial struct {
	dialer      *Dialer
	progress    *progress
	server      mail.Server
	credentials Credentials
	address     string // of the mailbox; empty when sending isn't tried

	secrets []string // beside the password

	failed bool
	conn   *wire        // from the second step on
	shown  *Certificate // what the server identified itself with, once it is accepted
}

func (d *Dialer) newTrial(p *progress, s mail.Server, c Credentials) *trial {
	return &trial{dialer: d, progress: p, server: s, credentials: c, failed: s.Host == ""}
}

// errSkip is what a step returns that has nothing to do.
var errSkip = errors.New("nothing to do")

// step runs one step within its deadline and reports how it went.
func (t *trial) step(ctx context.Context, name StepName, run func(context.Context) (detail string, err error)) {
	if t.failed {
		t.progress.set(Step{Name: name, State: StepSkipped})
		return
	}
	t.progress.set(Step{Name: name, State: StepRunning})
	ctx, cancel := context.WithTimeout(ctx, t.dialer.timeout())
	defer cancel()
	detail, err := run(ctx)
	switch {
	case err == nil:
		s := Step{Name: name, State: StepOK, Detail: detail}
		if name == StepIMAPTLS || name == StepSMTPTLS {
			s.Certificate = t.shown
		}
		t.progress.set(s)
	case errors.Is(err, errSkip):
		t.progress.set(Step{Name: name, State: StepSkipped})
	default:
		t.failed = true
		s := Step{Name: name, State: StepFailed, Detail: detail, Problem: Explain(err, t.server)}
		if certificate, ok := Certificates(err); ok {
			s.Certificate = &certificate
		}
		t.progress.set(s)
	}
}

func (t *trial) close() {
	if t.conn != nil {
		_ = t.conn.Close() // the test is over; nothing depends on it
	}
}

// resolve finds the server's addresses.
func (t *trial) resolve(ctx context.Context) (string, error) {
	host, err := hostName(t.server)
	if err != nil {
		return "", err
	}
	if net.ParseIP(host) != nil {
		return host, nil
	}
	lookup := t.dialer.LookupHost
	if lookup == nil {
		lookup = net.DefaultResolver.LookupHost
	}
	addrs, err := lookup(ctx, host)
	if err != nil {
		return "", endedBy(ctx, err)
	}
	return strings.Join(addrs, ", "), nil
}

// connect opens the TCP connection.
func (t *trial) connect(ctx context.Context) (string, error) {
	conn, err := t.dialer.connect(ctx, t.server)
	if err != nil {
		return "", err
	}
	t.conn = &wire{Conn: conn}
	return conn.RemoteAddr().String(), nil
}

// handshake speaks TLS over the connection for an implicit-TLS server.
func (t *trial) handshake(ctx context.Context, p protocol) (version string, err error) {
	secured, err := t.dialer.secure(ctx, t.conn.Conn, t.server)
	if err != nil {
		return "", t.plainInstead(ctx, p, err)
	}
	t.conn = &wire{Conn: secured}
	return t.accepted(secured.ConnectionState()), nil
}

// accepted notes the certificate of a handshake that succeeded, and returns the
// version of TLS in words.
func (t *trial) accepted(state tls.ConnectionState) string {
	if len(state.PeerCertificates) > 0 {
		c := describe(state.PeerCertificates[0])
		t.shown = &c
	}
	return tls.VersionName(state.Version)
}

// plainInstead returns what a failed handshake means if the server answered it
// in plain text, and err otherwise.
func (t *trial) plainInstead(ctx context.Context, p protocol, err error) error {
	var plain tls.RecordHeaderError
	if !errors.As(err, &plain) {
		return err
	}
	if first := string(plain.RecordHeader[:]); !p.greets(first) {
		return &mail.Error{Code: p.alienCode(first), Err: err}
	}
	offer := mail.SecuritySTARTTLS
	if offers, known := t.probeSTARTTLS(ctx, p); known && !offers {
		offer = mail.SecurityNone
	}
	return &mail.Error{Code: mail.CodeWrongSecurity, Args: map[string]string{"offer": string(offer)}, Err: err}
}

// probeSTARTTLS asks over a second connection whether the server, which speaks
// plain text, offers STARTTLS. It sends nothing secret.
func (t *trial) probeSTARTTLS(ctx context.Context, p protocol) (offers, known bool) {
	conn, err := t.dialer.connect(ctx, t.server)
	if err != nil {
		return false, false
	}
	w := &wire{Conn: conn}
	defer w.Close()
	defer w.bound(ctx)()
	return p.offersSTARTTLS(w)
}

// awaitGreeting waits until the server says something, and fails unless that
// can be the beginning of a greeting of p.
func (t *trial) awaitGreeting(ctx context.Context, p protocol) error {
	defer t.conn.bound(ctx)()
	suspicion := t.suspectTLS(ctx)
	err := t.conn.peek(len("220 "))
	found := suspicion()
	switch {
	case err == nil && p.greets(t.conn.greeting()):
		return nil
	case errors.Is(ctx.Err(), context.Canceled):
		return ctx.Err()
	case found, t.conn.alerted(), t.conn.silent() && t.server.Security != mail.SecurityTLS && t.speaksTLS(ctx):
		return &mail.Error{
			Code: mail.CodeWrongSecurity,
			Args: map[string]string{"offer": string(mail.SecurityTLS)},
			Err:  err,
		}
	case !t.conn.silent():
		greeting := t.conn.greeting()
		return &mail.Error{Code: p.alienCode(greeting), Server: greeting, Err: err}
	}
	return Explain(t.conn.cause(ctx, err), t.server)
}

// patience is how long a server may be silent before it is asked whether it
// waits for a TLS handshake.
const patience = 3 * time.Second

// suspectTLS watches over the wait for a greeting in plain text. If the server
// is silent for a while and turns out to speak TLS, it closes the connection.
// The function it returns ends the watch and tells whether that was so.
func (t *trial) suspectTLS(ctx context.Context) (end func() bool) {
	if t.server.Security == mail.SecurityTLS {
		return func() bool { return false }
	}
	ctx, cancel := context.WithCancel(ctx)
	found := make(chan bool, 1)
	go func() {
		timer := time.NewTimer(min(patience, t.dialer.timeout()/2))
		defer timer.Stop()
		select {
		case <-ctx.Done():
			found <- false
			return
		case <-timer.C:
		}
		speaks := t.conn.silent() && t.speaksTLS(ctx)
		if speaks {
			_ = t.conn.Close() // ends the wait
		}
		found <- speaks
	}()
	return func() bool {
		cancel()
		return <-found
	}
}

// speaksTLS asks over a second connection whether the server answers a TLS
// handshake, whatever its certificate.
func (t *trial) speaksTLS(ctx context.Context) bool {
	conn, err := t.dialer.connect(ctx, t.server)
	if err != nil {
		return false
	}
	defer conn.Close()
	// Nothing is sent over this connection, so nobody has to be believed.
	probe := tls.Client(conn, &tls.Config{MinVersion: tls.VersionTLS12, InsecureSkipVerify: true})
	return probe.HandshakeContext(ctx) == nil
}

// signInByToken signs in with tokens, of which none gets into the report.
func (t *trial) signInByToken(ctx context.Context, try func(token string) error) (string, error) {
	err := t.credentials.ByToken(ctx, t.server, func(token string) error {
		t.hide(token)
		return try(token)
	})
	if err != nil {
		return "", signInError(err, t.server)
	}
	return t.credentials.User, nil
}

// hide keeps a secret out of the report and of errors.
func (t *trial) hide(secret string) {
	t.secrets = append(t.secrets, secret)
	if t.progress != nil {
		t.progress.hide(secret)
	}
}

// redact returns e without what was signed in with.
func (t *trial) redact(e *mail.Error) *mail.Error {
	e = redact(e, t.credentials.Password)
	for _, secret := range t.secrets {
		e = redact(e, secret)
	}
	return e
}

// protocolError returns err as one of CodeProtocol if nothing better is known:
// the protocol libraries report a broken answer by text only.
func protocolError(err error, s mail.Server) error {
	if err == nil {
		return nil
	}
	e := Explain(err, s)
	if e.Code == mail.CodeInternal {
		e.Code = mail.CodeProtocol
	}
	return e
}

// A protocol is what tells IMAP and SMTP apart in the steps they share.
type protocol struct {
	// alien is the code for a server that speaks something else.
	alien mail.Code
	// greets reports whether a server's first bytes can be the protocol's.
	greets func(first string) bool
	// offersSTARTTLS asks the server; known is false if it gave no answer.
	offersSTARTTLS func(*wire) (offers, known bool)
}

// alienCode returns what to call a server whose first bytes aren't the
// protocol's: web servers, and the pages that some networks put in front of
// everything, begin in ways of their own.
func (p protocol) alienCode(first string) mail.Code {
	first = strings.ToUpper(first)
	for _, web := range []string{"HTTP/", "<HTML", "<!DOC"} {
		if strings.HasPrefix(first, web) {
			return mail.CodePortal
		}
	}
	return p.alien
}
