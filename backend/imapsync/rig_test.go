package imapsync

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-imap/v2"

	"waxwing/backend/connect"
	"waxwing/backend/mail"
	"waxwing/backend/mailtest"
	"waxwing/backend/store"
)

// A rig is one account under test: a user on a real server and an empty store.
type rig struct {
	t      *testing.T
	server *mailtest.Server
	user   string
	store  *store.Account
	cfg    Config
	clock  *clock

	mu       sync.Mutex
	statuses []mail.Status
	arrived  [][]mail.MessageID
	refused  []mail.Operation
}

func newRig(t *testing.T, withhold ...imap.Cap) *rig {
	t.Helper()
	s := mailtest.Shared(t)
	return rigFor(t, s, s.NewUser(t), withhold...)
}

func rigFor(t *testing.T, server *mailtest.Server, user string, withhold ...imap.Cap) *rig {
	t.Helper()
	r := &rig{t: t, server: server, user: user, store: openStore(t, filepath.Join(t.TempDir(), "account.db")), clock: new(clock)}
	r.cfg = config(r.store, server.IMAP(), server.Address(user), user, server.Password(user))
	r.cfg.Withhold, r.cfg.Clock = withhold, r.clock
	r.cfg.Status = func(st mail.Status) { r.mu.Lock(); defer r.mu.Unlock(); r.statuses = append(r.statuses, st) }
	r.cfg.Arrived = func(ids []mail.MessageID) { r.mu.Lock(); defer r.mu.Unlock(); r.arrived = append(r.arrived, ids) }
	r.cfg.Refused = func(o mail.Operation) { r.mu.Lock(); defer r.mu.Unlock(); r.refused = append(r.refused, o) }
	return r
}

// A clock goes like the system's, and can be advanced.
type clock struct {
	mu     sync.Mutex
	ahead  time.Duration
	timers []timer
}

type timer struct {
	due  time.Time
	fire func()
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return time.Now().Add(c.ahead)
}

func (c *clock) After(d time.Duration) <-chan time.Time {
	over := make(chan time.Time, 1)
	fire := sync.OnceFunc(func() { over <- time.Time{} })
	time.AfterFunc(d, fire)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.timers = append(c.timers, timer{time.Now().Add(c.ahead + d), fire})
	return over
}

// advance sets the account's clock forward, or back.
func (r *rig) advance(d time.Duration) {
	c := r.clock
	c.mu.Lock()
	defer c.mu.Unlock()
	c.ahead += d
	for _, t := range c.timers {
		if !t.due.After(time.Now().Add(c.ahead)) {
			t.fire()
		}
	}
}

func openStore(tb testing.TB, path string) *store.Account {
	tb.Helper()
	s, err := store.OpenAccount(tb.Context(), path)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		if err := s.Close(); err != nil {
			tb.Error(err)
		}
	})
	return s
}

func config(s *store.Account, imapServer mail.Server, email, user, password string) Config {
	return Config{
		Account: mail.Account{ID: 1, Email: email, User: user, IMAP: imapServer, CreatedAt: time.Now().Add(-time.Minute)},
		Store:   s,
		Dialer:  &connect.Dialer{},
		Credentials: func(context.Context) (connect.Credentials, error) {
			return connect.Credentials{User: user, Password: password}, nil
		},
		Log:    slog.New(slog.NewTextHandler(io.Discard, nil)),
		limits: defaultLimits,
	}
}

// sync makes a pass that must succeed.
func (r *rig) sync() {
	r.t.Helper()
	if err := Sync(r.t.Context(), r.cfg); err != nil {
		r.t.Fatal(err)
	}
}

// through lets the account reach its server by a proxy.
func (r *rig) through() *mailtest.Proxy {
	p := mailtest.NewProxy(r.t, r.cfg.Account.IMAP)
	r.cfg.Account.IMAP = p.Server()
	return p
}

func (r *rig) mailbox(path string) mail.Mailbox {
	r.t.Helper()
	return findMailbox(r.t, r.store, path)
}

func findMailbox(tb testing.TB, s *store.Account, path string) mail.Mailbox {
	tb.Helper()
	list, err := s.Mailboxes(tb.Context())
	if err != nil {
		tb.Fatal(err)
	}
	for _, m := range list {
		if m.Path == path {
			return m
		}
	}
	tb.Fatalf("no mailbox %q in %+v", path, list)
	return mail.Mailbox{}
}

// ids returns the messages of a mailbox in the order of their UIDs.
func (r *rig) ids(path string) []mail.MessageID {
	r.t.Helper()
	local, err := r.store.Locations(r.t.Context(), r.mailbox(path).ID)
	if err != nil {
		r.t.Fatal(err)
	}
	var out []mail.MessageID
	for _, l := range local {
		if !l.Leaving {
			out = append(out, l.Message)
		}
	}
	return out
}

// apply does the local half of a change.
func (r *rig) apply(c mail.Change) mail.OperationID {
	r.t.Helper()
	id, err := r.store.Apply(r.t.Context(), c)
	if err != nil {
		r.t.Fatal(err)
	}
	return id
}

// load puts n messages of the corpus into the inbox.
func (r *rig) load(n int) {
	r.t.Helper()
	r.server.Load(r.t, r.user, mailtest.Corpus(n, 7))
}

// same fails the test unless store and server hold the same.
func (r *rig) same() {
	r.t.Helper()
	if diff := differences(r.t, r.store, r.server.Snapshot(r.t, r.user)); diff != "" {
		r.t.Errorf("store and server differ:\n%s", diff)
	}
}

// differences compares a store with what a server holds: mailboxes, UIDs,
// flags, and every octet.
func differences(tb testing.TB, s *store.Account, server map[string]map[mail.UID]mailtest.Stored) string {
	tb.Helper()
	ctx := context.Background()
	var out strings.Builder
	say := func(format string, args ...any) { fmt.Fprintf(&out, format+"\n", args...) }
	list, err := s.Mailboxes(ctx)
	if err != nil {
		tb.Fatal(err)
	}
	for _, m := range list {
		if _, ok := server[m.Path]; !ok && m.Selectable {
			say("%s: only in the store", m.Path)
		}
	}
	for path, messages := range server {
		i := slices.IndexFunc(list, func(m mail.Mailbox) bool { return m.Path == path })
		if i < 0 {
			say("%s: only on the server", path)
			continue
		}
		local, err := s.Locations(ctx, list[i].ID)
		if err != nil {
			tb.Fatal(err)
		}
		if list[i].TotalEmails != len(messages) {
			say("%s: store counts %d messages, server %d", path, list[i].TotalEmails, len(messages))
		}
		for _, l := range local {
			want, ok := messages[l.UID]
			if !ok {
				say("%s: UID %d only in the store", path, l.UID)
				continue
			}
			var flags []imap.Flag
			for _, f := range want.Flags {
				flags = append(flags, imap.Flag(f))
			}
			m, err := s.Message(ctx, l.Message)
			if err != nil {
				tb.Fatal(err)
			}
			if k := keywordsOf(flags); !slices.Equal(l.Keywords, k) || len(m.Mailboxes) == 1 && !slices.Equal(m.Keywords, k) {
				say("%s: UID %d: server %v, store %v, shown %v", path, l.UID, k, l.Keywords, m.Keywords)
			}
			raw, err := s.Raw(ctx, l.Message)
			if err != nil {
				tb.Fatal(err)
			}
			if !bytes.Equal(raw, want.Raw) {
				say("%s: UID %d: %d octets, server has %d others", path, l.UID, len(raw), len(want.Raw))
			}
		}
		if len(local) < len(messages) {
			say("%s: %d messages, server has %d", path, len(local), len(messages))
		}
	}
	pending, err := s.PendingOperations(ctx)
	if err != nil {
		tb.Fatal(err)
	}
	if pending > 0 {
		say("%d operations pending", pending)
	}
	return out.String()
}

// letter is a small message.
func letter(id, from, subject string) []byte {
	return []byte(strings.ReplaceAll(fmt.Sprintf(`Message-ID: <%s@waxwing.test>
From: %s
To: someone@waxwing.test
Subject: %s
Date: Mon, 2 Nov 2026 10:00:00 +0000

Text of %s.
`, id, from, subject, id), "\n", "\r\n"))
}

// fetchedBodies counts the FETCH commands that ask for whole messages.
func fetchedBodies(lines []string) int {
	n := 0
	for _, l := range lines {
		if strings.Contains(l, "BODY.PEEK[]") {
			n++
		}
	}
	return n
}

func hasLine(lines []string, text string) bool {
	return slices.ContainsFunc(lines, func(l string) bool { return strings.Contains(l, text) })
}

func (r *rig) pending() int {
	r.t.Helper()
	n, err := r.store.PendingOperations(r.t.Context())
	if err != nil {
		r.t.Fatal(err)
	}
	return n
}
