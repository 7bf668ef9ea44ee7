package demo

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"strings"
	"sync"
	"time"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapserver"
	"github.com/emersion/go-smtp"

	"waxwing/backend/demo/sample"
	"waxwing/backend/mail"
)

// Options say how the sample account behaves. The zero value is a quiet one.
type Options struct {
	// Base is the instant that the sample mail leads up to; the zero value means
	// now. Whoever wants the same mail again after a restart keeps it and hands
	// it over again. A base more than Freshness in the past is moved forward by
	// whole steps of Freshness, and everything gets a new UIDVALIDITY: the mail
	// of the sample account doesn't grow old.
	Base time.Time
	// Password to sign in with; empty means "sample".
	Password string
	// Live lets colleagues answer mail and new mail come by itself.
	Live bool
	// FirstArrival is how long after the start the first new message comes,
	// Arrivals how long after each the next, and Answer how long a colleague
	// takes. Zero means 20 seconds, 3 minutes and 12 seconds.
	FirstArrival, Arrivals, Answer time.Duration
	// Empty leaves the sample mail out: mailboxes only, for tests.
	Empty bool
	Clock Clock        // nil: the computer's
	Log   *slog.Logger // nil: nothing is logged
}

// Freshness is how long the sample mail keeps its dates.
const Freshness = 30 * 24 * time.Hour

func (o Options) withDefaults() Options {
	if o.Clock == nil {
		o.Clock = systemClock{}
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Password == "" {
		o.Password = "sample"
	}
	if o.Base.IsZero() {
		o.Base = o.Clock.Now()
	}
	if age := o.Clock.Now().Sub(o.Base); age > Freshness {
		o.Base = o.Base.Add(age.Truncate(Freshness))
	}
	o.FirstArrival = orElse(o.FirstArrival, 20*time.Second)
	o.Arrivals = orElse(o.Arrivals, 3*time.Minute)
	o.Answer = orElse(o.Answer, 12*time.Second)
	return o
}

func orElse(d, otherwise time.Duration) time.Duration {
	if d == 0 {
		return otherwise
	}
	return d
}

// A Server is the running sample provider with its one account. It is safe for
// concurrent use.
type Server struct {
	// Email and Name are the person's; User and Password sign in to both servers.
	Email, Name, User, Password string

	options Options
	account *account
	imap    *imapserver.Server
	smtp    *smtp.Server
	imapOn  net.Listener
	smtpOn  net.Listener
	serving sync.WaitGroup

	mu     sync.Mutex
	closed bool
	timers map[int]func() // stops what is yet to come, by number
	nextID int
	live   int // how many messages came by themselves
}

// Start brings up both servers on free loopback ports, filled and ready. They
// run until Close; ending ctx closes them as well.
func Start(ctx context.Context, options Options) (*Server, error) {
	options = options.withDefaults()
	s := &Server{
		Email:    sample.Email,
		Name:     sample.Name,
		User:     sample.Email,
		Password: options.Password,
		options:  options,
		account:  newAccount(options.Base, options.Clock.Now),
		timers:   make(map[int]func()),
	}
	if err := s.fill(); err != nil {
		return nil, err
	}
	var err error
	if s.imapOn, err = listen(ctx); err != nil {
		return nil, err
	}
	if s.smtpOn, err = listen(ctx); err != nil {
		return nil, errors.Join(err, s.imapOn.Close())
	}
	s.imap = imapserver.New(&imapserver.Options{
		NewSession: func(*imapserver.Conn) (imapserver.Session, *imapserver.GreetingData, error) {
			return &session{server: s, account: s.account}, nil, nil
		},
		Caps:         capabilities,
		InsecureAuth: true, // loopback
		Logger:       libraryLog{options.Log},
	})
	s.smtp = s.newSMTP()
	s.serve("imap", s.imap.Serve, s.imapOn)
	s.serve("smtp", s.smtp.Serve, s.smtpOn)
	context.AfterFunc(ctx, func() { _ = s.Close() })
	if options.Live {
		s.later(options.FirstArrival, s.arrive)
	}
	return s, nil
}

func listen(ctx context.Context) (net.Listener, error) {
	l, err := new(net.ListenConfig).Listen(ctx, "tcp4", "127.0.0.1:0")
	if err != nil {
		return nil, &mail.Error{Code: mail.CodeInternal, Err: fmt.Errorf("demo: listen on loopback: %w", err)}
	}
	return l, nil
}

func (s *Server) serve(name string, serve func(net.Listener) error, l net.Listener) {
	s.serving.Go(func() {
		if err := serve(l); err != nil && !s.ending() {
			s.options.Log.Error("demo server ended", "server", name, "error", err)
		}
	})
}

func (s *Server) ending() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.closed
}

// fill makes the mailboxes and puts the sample mail into them.
func (s *Server) fill() error {
	s.account.mu.Lock()
	defer s.account.mu.Unlock()
	for _, box := range sample.Mailboxes() {
		if s.account.boxes[box.Path] == nil {
			b := s.account.newMailbox(box.Path, s.account.validity)
			s.account.boxes[box.Path] = b
		}
		if box.Use != "" {
			s.account.boxes[box.Path].use = []imap.MailboxAttr{imap.MailboxAttr(box.Use)}
		}
	}
	if s.options.Empty {
		return nil
	}
	messages, err := sample.Messages(s.options.Base)
	if err != nil {
		return &mail.Error{Code: mail.CodeInternal, Err: err}
	}
	for _, m := range messages {
		s.account.boxes[m.Mailbox].addNext(m.Raw, m.Date, flagsOf(m.Flags))
	}
	return nil
}

func flagsOf(names []string) []imap.Flag {
	flags := make([]imap.Flag, len(names))
	for i, name := range names {
		flags[i] = imap.Flag(name)
	}
	return flags
}

// IMAP and SMTP tell where to connect: loopback, in the clear, which is safe
// since nothing leaves the computer.

func (s *Server) IMAP() mail.Server { return loopback(s.imapOn) }
func (s *Server) SMTP() mail.Server { return loopback(s.smtpOn) }

func loopback(l net.Listener) mail.Server {
	return mail.Server{Host: "127.0.0.1", Port: l.Addr().(*net.TCPAddr).Port, Security: mail.SecurityNone}
}

// Base returns the base in use: hand it over as Options.Base to get the same
// mail again.
func (s *Server) Base() time.Time { return s.options.Base }

// Deliver puts a raw message (CRLF lines) into the inbox, unread, as of now.
func (s *Server) Deliver(raw []byte) {
	s.account.mu.Lock()
	defer s.account.mu.Unlock()
	s.account.boxes[inboxName].add(raw, s.options.Clock.Now(), nil)
}

// Close ends both servers and every connection, and drops what was yet to come.
func (s *Server) Close() error {
	s.mu.Lock()
	if s.closed {
		s.mu.Unlock()
		return nil
	}
	s.closed = true
	for _, stop := range s.timers {
		stop()
	}
	s.timers = nil
	s.mu.Unlock()
	err := errors.Join(s.imap.Close(), s.smtp.Close())
	// Neither library closes a listener that its Serve hasn't taken up yet.
	for _, l := range []net.Listener{s.imapOn, s.smtpOn} {
		if closing := l.Close(); !errors.Is(closing, net.ErrClosed) {
			err = errors.Join(err, closing)
		}
	}
	s.serving.Wait()
	return err
}

// later calls f after d, unless the server is closed before.
func (s *Server) later(d time.Duration, f func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return
	}
	id := s.nextID
	s.nextID++
	s.timers[id] = s.options.Clock.AfterFunc(d, func() {
		s.mu.Lock()
		_, due := s.timers[id]
		delete(s.timers, id)
		s.mu.Unlock()
		if due {
			f()
		}
	})
}

// arrive delivers the next message that comes by itself.
func (s *Server) arrive() {
	s.mu.Lock()
	n := s.live
	s.live++
	s.mu.Unlock()
	raw, err := sample.Live(n, s.options.Base, s.options.Clock.Now())
	if err != nil {
		s.options.Log.Error("demo message not built", "error", err)
	} else {
		s.Deliver(raw)
	}
	s.later(s.options.Arrivals, s.arrive)
}

// libraryLog is where go-imap and go-smtp report; a client that hangs up is no
// news.
type libraryLog struct{ log *slog.Logger }

func (l libraryLog) Printf(format string, args ...any) {
	l.log.Debug(strings.TrimSpace(fmt.Sprintf(format, args...)))
}

func (l libraryLog) Println(args ...any) {
	l.log.Debug(strings.TrimSpace(fmt.Sprintln(args...)))
}
