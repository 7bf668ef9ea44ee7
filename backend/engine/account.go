package engine

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"waxwing/backend/connect"
	"waxwing/backend/events"
	"waxwing/backend/imapsync"
	"waxwing/backend/mail"
	"waxwing/backend/oauth"
	"waxwing/backend/outbox"
	"waxwing/backend/secrets"
	"waxwing/backend/store"
)

// urgency says who rings, and so which pause may be cut short and how far is
// looked.
type urgency int32

const (
	ringWork    urgency = 1 + iota // a change waits for the server
	ringNetwork                    // the network may be back
	ringAll                        // somebody asks for news of all accounts, or the computer slept
	ringPerson                     // somebody asks to try again, or changed the account
)

// wake is what the synchronisation shall do.
//
// After a sleep that is everything: nobody has looked for hours, and whoever
// opens the lid wants to see it. A network that is merely another one is not
// worth it: addresses change with every tunnel and virtual machine, and what died
// with the old ones is noticed by a quick look.
func (u urgency) wake() imapsync.Wake {
	if u >= ringAll {
		return imapsync.WakeFull
	}
	return imapsync.WakeQuick
}

// account is what the engine holds of one connected account.
type account struct {
	engine *Engine
	id     mail.AccountID
	file   string

	outbox  *outbox.Outbox
	bell    imapsync.Bell
	urgency atomic.Int32 // the most urgent ring since the last attempt began

	mu      sync.Mutex
	info    mail.Account
	db      *store.Account // nil when it can't be opened
	trouble *mail.Error    // why db is nil
	status  mail.Status
	synced  time.Time          // the LastSync that the store knows
	stop    context.CancelFunc // of the supervisor; nil when none shall run
	done    chan struct{}      // closed when the last supervisor or SyncOnce has ended; nil before the first
	closed  bool               // for good: db isn't opened again
	source  *oauth.Source      // of tokens; nil until asked for, and after SignIn changed
}

func (e *Engine) newAccount(info mail.Account) *account {
	a := &account{
		engine: e,
		id:     info.ID,
		file:   e.folder.accountFile(info.ID),
		bell:   imapsync.NewBell(),
		info:   info,
		status: mail.Status{Account: info.ID, Phase: mail.PhaseOffline},
	}
	a.outbox = a.newOutbox()
	return a
}

// open opens the store unless it is open. What goes wrong is kept, shown as
// the account's status, and returned.
func (a *account) open(ctx context.Context) *mail.Error {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.db != nil {
		return nil
	}
	if a.closed {
		return a.trouble
	}
	db, err := store.OpenAccount(ctx, a.file)
	if err != nil {
		a.trouble = mail.AsError(err)
		a.status.Phase = mail.PhaseFailed
		a.status.Problem = a.trouble
		a.engine.log.Error("account can't be opened", "account", a.id, "error", err)
		return a.trouble
	}
	if err := db.DropUntouchedDrafts(ctx); err != nil {
		a.engine.log.Warn("untouched drafts stay", "account", a.id, "error", err)
	}
	a.db, a.trouble = db, nil
	db.OnCommit(func(s mail.State) {
		a.engine.bus.Publish(events.Changed{Account: a.id, State: s})
		a.outbox.Committed()
	})
	if n, err := db.PendingOperations(ctx); err == nil {
		a.status.Pending = n
	}
	if at, err := db.Synced(ctx); err == nil {
		a.status.LastSync, a.synced = at, at
	}
	return nil
}

// close closes the store for good.
func (a *account) close() error {
	a.mu.Lock()
	defer a.mu.Unlock()
	db := a.db
	a.db, a.closed, a.trouble = nil, true, &mail.Error{Code: mail.CodeCancelled}
	if db == nil {
		return nil
	}
	return db.Close()
}

// store returns the open store, or why there is none.
func (a *account) store() (*store.Account, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.db == nil {
		return nil, a.trouble
	}
	return a.db, nil
}

// current returns the account's settings as they are now.
func (a *account) current() mail.Account {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.info
}

// update changes the status and tells everybody when it is another one.
func (a *account) update(change func(*mail.Status)) {
	a.mu.Lock()
	old := a.status
	change(&a.status)
	a.status.Account = a.id
	if a.status.Phase == mail.PhaseUpToDate && a.status.LastSync.IsZero() {
		a.status.LastSync = time.Now()
	}
	now := a.status
	if now != old {
		// Published under the lock: the order of the events is that of the changes.
		a.engine.bus.Publish(events.StatusChanged{Status: now})
	}
	a.mu.Unlock()
}

// syncedEvery is how exactly the store knows when an account was up to date.
const syncedEvery = time.Minute

// keepSynced has the store know when the account was up to date last.
func (a *account) keepSynced(ctx context.Context) {
	a.mu.Lock()
	db, at := a.db, a.status.LastSync
	if db == nil || at.Sub(a.synced) < syncedEvery {
		a.mu.Unlock()
		return
	}
	a.synced = at
	a.mu.Unlock()
	if err := db.SetSynced(ctx, at); err != nil {
		a.engine.log.Warn("time of the last synchronisation can't be kept", "account", a.id, "error", err)
	}
}

// countPending brings the number of waiting operations up to date.
func (a *account) countPending(ctx context.Context, db *store.Account) {
	n, err := db.PendingOperations(ctx)
	if err != nil {
		return
	}
	a.update(func(s *mail.Status) { s.Pending = n })
}

// queued tells that an operation waits for the server.
func (a *account) queued(ctx context.Context, db *store.Account) {
	a.countPending(ctx, db)
	a.ring(ringWork)
}

// ring wakes the supervisor.
func (a *account) ring(u urgency) {
	for {
		old := a.urgency.Load()
		if old >= int32(u) || a.urgency.CompareAndSwap(old, int32(u)) {
			break
		}
	}
	a.bell.Ring(u.wake())
	switch {
	case u >= ringPerson:
		a.outbox.Ring(outbox.WakePerson)
	case u >= ringNetwork:
		a.outbox.Ring(outbox.WakeNetwork)
	}
}

// hush forgets every ring so far.
func (a *account) hush() {
	a.urgency.Store(0)
	select {
	case <-a.bell:
	default:
	}
}

// credentials returns how to sign in, for every attempt anew.
func (a *account) credentials(ctx context.Context) (connect.Credentials, error) {
	info := a.current()
	if info.Demo { // no secret, so it must work where none can be kept
		sample, err := a.engine.startSample(ctx)
		if err != nil {
			return connect.Credentials{}, err
		}
		return connect.Credentials{User: sample.User, Password: sample.Password}, nil
	}
	if info.SignIn.OAuth() {
		return connect.Credentials{User: info.UserName(), Tokens: a.tokens()}, nil
	}
	password, err := a.engine.secrets.Get(ctx, a.id, secrets.Password)
	if mail.CodeOf(err) == mail.CodeNeedsPassword {
		args := map[string]string{"account": info.Email}
		return connect.Credentials{}, &mail.Error{Code: mail.CodeNeedsPassword, Args: args, Err: err}
	}
	return connect.Credentials{User: info.UserName(), Password: password}, err
}
