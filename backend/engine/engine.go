package engine

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"slices"
	"sync"
	"time"

	"waxwing/backend/autoconfig"
	"waxwing/backend/connect"
	"waxwing/backend/demo"
	"waxwing/backend/events"
	"waxwing/backend/graph"
	"waxwing/backend/imapsync"
	"waxwing/backend/mail"
	"waxwing/backend/oauth"
	"waxwing/backend/policy"
	"waxwing/backend/secrets"
	"waxwing/backend/store"
)

// closeTimeout bounds how long Close and RemoveAccount wait for what still runs.
const closeTimeout = 10 * time.Second

// Config says how an engine is to work. The zero value is that of the window.
type Config struct {
	Dir    string          // data folder; empty means DefaultDir
	Log    *slog.Logger    // nil discards
	Bus    *events.Bus     // nil means that nobody listens
	Dialer *connect.Dialer // nil means the system's network and authorities
	// Nameserver is the DNS server, "host:port", that Discover asks for the services
	// of a domain; empty means the system's. It is for tests.
	Nameserver string
	// Graph is where Microsoft Graph is; for tests.
	Graph GraphPlace
	// Secrets says where the key to the stored passwords is kept; the zero
	// value means where the person chose, and else the system's keyring. Its Dir
	// is always the data folder.
	Secrets secrets.Options
	// PolicyFile is where the organisation's policy is; empty means the system's
	// place. At another place it may belong to the current user.
	PolicyFile string
	// User is whom the policy is about; the zero value is who runs this program.
	User policy.User
}

// Engine is all of Waxwing but its faces. Its methods are safe for concurrent
// use. Those that take a Ref or an id give CodeNotFound for one that names
// nothing, and an account's own problem (CodeDamaged, CodeDiskFull …) when its
// file could not be opened.
type Engine struct {
	folder  folder
	log     *slog.Logger
	bus     *events.Bus
	dialer  *connect.Dialer
	finder  autoconfig.Finder
	lock    *os.File
	app     *store.App
	secrets *secrets.Keeper
	sync    synchroniser
	rules   rules
	web     *http.Client // for the providers of sign-ins
	graph   *graph.Sender
	// graphPlace is where its sign-in is.
	graphPlace GraphPlace
	apps       apps
	// verification is what is remembered of round trips.
	verification verifications

	people correspondents
	// administration serialises what adds, edits and removes accounts.
	administration sync.Mutex

	mu       sync.Mutex
	accounts map[mail.AccountID]*account
	root     context.Context // of all supervisors; nil until Start
	stop     context.CancelFunc
	only     []mail.AccountID // the accounts to supervise; empty means all
	running  sync.WaitGroup
	closed   bool

	filingPause time.Duration // before drafts go to the server

	sampleMu sync.Mutex
	sample   *demo.Server // nil until an account needs it
}

// synchroniser is package imapsync as the engine uses it.
type synchroniser struct {
	once func(context.Context, imapsync.Config) error
	run  func(context.Context, imapsync.Config, imapsync.Bell) error
}

// Open takes the data folder, creating it when it isn't there, and opens every
// account's store. It touches no network and starts nothing. CodeInUse means
// that another Waxwing works on the same folder. A store that can't be opened
// is its account's problem and not Open's.
func Open(ctx context.Context, c Config) (_ *Engine, err error) {
	e := &Engine{
		folder:       folder(c.Dir),
		log:          c.Log,
		bus:          c.Bus,
		sync:         synchroniser{imapsync.Sync, imapsync.Run},
		accounts:     map[mail.AccountID]*account{},
		filingPause:  filingPause,
		verification: verifications{turn: make(chan struct{}, 1)},
	}
	if c.Dir == "" {
		e.folder = folder(DefaultDir())
	}
	if e.log == nil {
		e.log = slog.New(slog.DiscardHandler)
	}
	if e.bus == nil {
		e.bus = new(events.Bus)
	}
	e.rules.file, e.rules.user = c.PolicyFile, c.User
	if e.rules.user == (policy.User{}) {
		e.rules.user = policy.CurrentUser()
	}
	e.RefreshPolicy()
	e.dialer = e.believing(c.Dialer)
	e.finder.Dialer = e.dialer
	if c.Nameserver != "" {
		e.finder.Resolver = autoconfig.NewResolver(c.Nameserver)
	}
	e.web = oauth.HTTPClient(e.dialer)
	e.graph, e.graphPlace = &graph.Sender{Client: e.web, Endpoint: c.Graph.Endpoint}, c.Graph
	if err := e.folder.create(); err != nil {
		return nil, err
	}
	if e.lock, err = e.folder.lock(); err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			_ = e.Close()
		}
	}()
	if e.app, err = store.OpenApp(ctx, string(e.folder)); err != nil {
		return nil, fmt.Errorf("open application database: %w", err)
	}
	c.Secrets.Dir = string(e.folder)
	e.secrets = secrets.New(e.app, c.Secrets)
	list, err := e.app.Accounts(ctx)
	if err != nil {
		return nil, fmt.Errorf("list accounts: %w", err)
	}
	for _, info := range list {
		a := e.newAccount(info)
		if info.Removing {
			if err := e.erase(ctx, a); err != nil {
				e.log.Error("account wasn't removed completely", "account", info.ID, "error", err)
			}
			continue
		}
		a.open(ctx)
		e.accounts[info.ID] = a
	}
	if err := e.loadNotes(ctx); err != nil {
		return nil, fmt.Errorf("read notes of verifications: %w", err)
	}
	e.follow(ctx)
	return e, nil
}

// Start runs a supervisor for every account, now and later added, or for those
// named only, until ctx ends or Close is called. It returns at once; calling it
// again does nothing.
func (e *Engine) Start(ctx context.Context, only ...mail.AccountID) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.root != nil || e.closed {
		return
	}
	e.root, e.stop = context.WithCancel(ctx)
	e.only = only
	e.running.Go(func() { e.pulse(e.root) })
	e.running.Go(func() { e.sweepAll(e.root) })
	e.running.Go(func() { e.fileDrafts(e.root) })
	for _, a := range e.accounts {
		e.supervise(a)
	}
}

// supervise starts an account's supervisor when the engine runs. The caller
// holds mu, so that Close can't overlook the goroutine.
func (e *Engine) supervise(a *account) {
	if e.root == nil || e.closed || len(e.only) > 0 && !slices.Contains(e.only, a.id) {
		return
	}
	a.start(e.root)
}

// Close stops everything, waits for it, closes the stores and gives the data
// folder back. It waits ten seconds at most; what runs still is then an error.
// Before, it sends what waits for the person to undo, if that takes a few seconds
// only. Calling it again does nothing.
func (e *Engine) Close() error {
	e.hurry()
	e.mu.Lock()
	if e.closed {
		e.mu.Unlock()
		return nil
	}
	e.closed = true
	if e.stop != nil {
		e.stop()
	}
	e.mu.Unlock()

	var errs []error
	if !waitFor(&e.running, closeTimeout) {
		errs = append(errs, errors.New("a supervisor didn't stop in time"))
	}
	errs = append(errs, e.stopSample())
	if !e.settle(closeTimeout) {
		errs = append(errs, errors.New("a sign-in wasn't renewed in time"))
	}
	for _, a := range e.all() {
		errs = append(errs, a.close())
	}
	if e.app != nil {
		errs = append(errs, e.app.Close())
	}
	if e.lock != nil {
		errs = append(errs, e.lock.Close())
	}
	return errors.Join(errs...)
}

// waitFor reports whether the group was done in time.
func waitFor(g *sync.WaitGroup, limit time.Duration) bool {
	done := make(chan struct{})
	go func() {
		g.Wait()
		close(done)
	}()
	select {
	case <-done:
		return true
	case <-time.After(limit):
		return false
	}
}

// Dir returns the data folder.
func (e *Engine) Dir() string { return string(e.folder) }

// account returns the account with the id.
func (e *Engine) account(id mail.AccountID) (*account, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	a, ok := e.accounts[id]
	if !ok {
		return nil, &mail.Error{
			Code: mail.CodeNotFound,
			Args: map[string]string{"id": mail.AccountRef(id).String()},
		}
	}
	return a, nil
}

// isClosed reports whether Close was called.
func (e *Engine) isClosed() bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.closed
}

// all returns every account, oldest first.
func (e *Engine) all() []*account {
	e.mu.Lock()
	defer e.mu.Unlock()
	list := make([]*account, 0, len(e.accounts))
	for _, a := range e.accounts {
		list = append(list, a)
	}
	slices.SortFunc(list, func(a, b *account) int { return int(a.id - b.id) })
	return list
}
