package imapsync

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strings"
	"sync/atomic"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapclient"
	"github.com/emersion/go-sasl"

	"waxwing/backend/connect"
	"waxwing/backend/mail"
)

// A session is one signed-in connection. Except for close it is used by one
// goroutine at a time, since go-imap hangs when a command is sent while a FETCH
// is half read.
type session struct {
	cfg    *Config
	link   *link
	client *imapclient.Client
	caps   imap.CapSet
	stop   func() bool // unties the connection from the context

	path     string // of the selected mailbox, empty for none
	selected imap.SelectData
	// permanentTold says that the server sent PERMANENTFLAGS on selecting.
	permanentTold bool
	// news counts what the server said unasked about the selected mailbox.
	news   atomic.Int64
	onNews func()
}

// dial connects and signs in. onNews, if not nil, is called from go-imap's
// goroutine when the server tells news; it must not block.
func dial(ctx context.Context, cfg *Config, onNews func()) (*session, error) {
	credentials, err := cfg.Credentials(ctx)
	if err != nil {
		return nil, err
	}
	if credentials.Tokens != nil {
		// Without one there is no need to connect.
		if _, err := credentials.Tokens.Token(ctx); err != nil {
			return nil, err
		}
	}
	server := cfg.Account.IMAP
	conn, err := cfg.Dialer.Dial(ctx, server)
	if err != nil {
		return nil, err
	}
	plain := conn
	stop := context.AfterFunc(ctx, func() { _ = plain.Close() })
	if server.Security == mail.SecuritySTARTTLS {
		if conn, err = upgrade(ctx, plain, cfg.Dialer.TLSConfig(server), server, cfg.limits.patience); err != nil {
			stop()
			_ = plain.Close()
			return nil, err
		}
	}
	s := &session{cfg: cfg, link: newLink(conn, cfg.limits.patience), stop: stop, onNews: onNews}
	s.link.repair.withhold = make(map[imap.Cap]bool, len(cfg.Withhold))
	for _, c := range cfg.Withhold {
		s.link.repair.withhold[c] = true
	}
	s.client = imapclient.New(s.link, &imapclient.Options{UnilateralDataHandler: s.handler()})
	if err := s.signIn(ctx, credentials); err != nil {
		s.close()
		return nil, err
	}
	return s, nil
}

func (s *session) handler() *imapclient.UnilateralDataHandler {
	tell := func() {
		s.news.Add(1)
		if s.onNews != nil {
			s.onNews()
		}
	}
	return &imapclient.UnilateralDataHandler{
		Expunge: func(uint32) { tell() },
		Mailbox: func(d *imapclient.UnilateralDataMailbox) {
			if d.NumMessages != nil {
				tell()
			}
		},
		Fetch: func(m *imapclient.FetchMessageData) {
			for item := m.Next(); item != nil; item = m.Next() {
				// Unasked items are dropped; the next listing has them.
			}
			tell()
		},
	}
}

// close ends the connection without ceremony: LOGOUT would cost a turn and
// tells the server nothing that closing doesn't.
func (s *session) close() {
	s.stop()
	// Closing twice, or what broke, gives an error that says nothing new.
	_ = s.client.Close()
}

// do runs a function that sends commands and waits for their answers.
func (s *session) do(ctx context.Context, f func(*imapclient.Client) error) error {
	defer s.link.expect()()
	return s.classify(ctx, f(s.client))
}

// breakOff ends the connection because the server answers a command without
// measure, and drains what has come in: go-imap's goroutine waits for that.
func (s *session) breakOff(why string, drain func() error) error {
	_ = s.link.Close()
	_ = drain()
	return &broken{cause: causeProtocol, err: errors.New(why)}
}

func (s *session) signIn(ctx context.Context, c connect.Credentials) error {
	server := s.cfg.Account.IMAP
	err := s.do(ctx, func(client *imapclient.Client) error {
		if err := client.WaitGreeting(); err != nil {
			return err
		}
		if client.State() != imap.ConnStateNotAuthenticated || c.Tokens != nil {
			return nil // PREAUTH, or a token to get first
		}
		return s.authenticate(client, c)
	})
	if err == nil && c.Tokens != nil && s.client.State() == imap.ConnStateNotAuthenticated {
		// Getting a token may take longer than the server may be silent, so it
		// stays outside of do.
		err = c.ByToken(ctx, server, func(token string) error { return s.authenticateByToken(ctx, c.User, token) })
	}
	if _, refused := status(err); refused {
		return connect.ExplainSignIn(err, server)
	}
	if err != nil {
		return explain(err, server)
	}
	// Capabilities change on signing in. Asked for explicitly, since go-imap
	// beta.8 may still return the old ones.
	return explain(s.do(ctx, func(client *imapclient.Client) error {
		caps, err := client.Capability().Wait()
		s.caps = caps
		return err
	}), server)
}

func (s *session) authenticateByToken(ctx context.Context, user, token string) error {
	return s.do(ctx, func(client *imapclient.Client) error {
		caps := client.Caps()
		if caps == nil {
			return errors.New("imapsync: no capabilities")
		}
		mechanism, err := connect.TokenClient(caps.AuthMechanisms(), user, token, s.cfg.Account.IMAP)
		if err != nil {
			return err
		}
		return client.Authenticate(mechanism)
	})
}

// authenticate signs in by PLAIN where offered (it carries any character), else
// by LOGIN, and where neither is allowed by NTLM.
func (s *session) authenticate(client *imapclient.Client, c connect.Credentials) error {
	caps := client.Caps()
	if caps == nil {
		return errors.New("imapsync: no capabilities")
	}
	plain := slices.Contains(caps.AuthMechanisms(), sasl.Plain)
	if caps.Has(imap.CapLoginDisabled) && !plain {
		if slices.Contains(caps.AuthMechanisms(), connect.NTLM) {
			return client.Authenticate(connect.NTLMClient(c))
		}
		return &mail.Error{Code: mail.CodeSignInDisabled, Args: map[string]string{"host": s.cfg.Account.IMAP.Host}}
	}
	if plain {
		err := client.Authenticate(sasl.NewPlainClient("", c.User, c.Password))
		// QUIRK: servers behind filters that don't know AUTHENTICATE answer BAD to
		// it although they list AUTH=PLAIN; a NO is an answer and counts.
		e, refused := status(err)
		if !refused || e.Type != imap.StatusResponseTypeBad || caps.Has(imap.CapLoginDisabled) {
			return err
		}
	}
	return client.Login(c.User, c.Password).Wait()
}

// has reports whether the server offers a capability that is not withheld.
func (s *session) has(c imap.Cap) bool {
	return s.caps.Has(c) && !slices.Contains(s.cfg.Withhold, c)
}

// capabilities lists what the server offers, for the log.
func (s *session) capabilities() string {
	names := make([]string, 0, len(s.caps))
	for c := range maps.Keys(s.caps) {
		names = append(names, string(c))
	}
	slices.Sort(names)
	return strings.Join(names, " ")
}

// selectMailbox selects a mailbox for reading and writing, again if it was
// selected already.
func (s *session) selectMailbox(ctx context.Context, path string) error {
	return s.open(ctx, path, &imap.SelectOptions{CondStore: s.has(imap.CapCondStore)})
}

// examineMailbox selects a mailbox for reading only.
func (s *session) examineMailbox(ctx context.Context, path string) error {
	return s.open(ctx, path, &imap.SelectOptions{ReadOnly: true})
}

func (s *session) open(ctx context.Context, path string, options *imap.SelectOptions) error {
	s.path = ""
	err := s.do(ctx, func(c *imapclient.Client) error {
		data, err := c.Select(path, options).Wait()
		if err == nil {
			s.selected = *data
		}
		return err
	})
	if err != nil {
		return err
	}
	s.path = path
	s.permanentTold = s.selected.PermanentFlags != nil
	return nil
}

// ensure selects a mailbox unless it is selected.
func (s *session) ensure(ctx context.Context, path string) error {
	if s.path == path {
		return nil
	}
	return s.selectMailbox(ctx, path)
}
