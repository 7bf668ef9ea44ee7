package engine

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"waxwing/backend/events"
	"waxwing/backend/imapsync"
	"waxwing/backend/mail"
)

// start runs the account's supervisor until ctx ends or halt is called. It
// begins when the one before, which halt may have left, or a SyncOnce has ended:
// two at the same time could do an operation twice.
func (a *account) start(ctx context.Context) {
	ctx, stop := context.WithCancel(ctx)
	done := make(chan struct{})
	a.mu.Lock()
	before := a.done
	a.stop, a.done = stop, done
	a.mu.Unlock()
	a.engine.running.Go(func() {
		defer close(done)
		defer stop()
		if before != nil {
			<-before
		}
		var sending sync.WaitGroup
		sending.Go(func() { a.outbox.Run(ctx) })
		a.supervise(ctx)
		sending.Wait()
	})
}

// halt tells the supervisor, if one runs, to stop, and doesn't wait for it.
func (a *account) halt() {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.stop != nil {
		a.stop()
	}
	a.stop = nil
}

// ended waits for the supervisor, or a SyncOnce, to end, but no longer than limit.
func (a *account) ended(limit time.Duration) bool {
	a.mu.Lock()
	done := a.done
	a.mu.Unlock()
	if isClosed(done) {
		return true
	}
	select {
	case <-done:
		return true
	case <-time.After(limit):
		return false
	}
}

// resume starts the supervisor again when the engine runs.
func (a *account) resume() {
	a.engine.mu.Lock()
	defer a.engine.mu.Unlock()
	a.engine.supervise(a)
}

// supervise keeps the account in step with its server until ctx ends.
func (a *account) supervise(ctx context.Context) {
	log := a.engine.log.With("account", a.id)
	var pauses backoff
	for asked := true; ctx.Err() == nil; {
		a.hush()
		reached, err := a.attempt(ctx, asked)
		if ctx.Err() != nil {
			return
		}
		if reached {
			pauses.reset()
		}
		if err == nil {
			err = &mail.Error{Code: mail.CodeConnectionLost}
		}
		next := a.stumble(err)
		pause := pauses.next(next.longest)
		if next.waits {
			pause = 0
		}
		log.Info("synchronisation stopped", "problem", err, "phase", next.phase, "pause", pause)
		elapsed := a.rest(ctx, pause, next.wakes)
		if elapsed {
			pauses.over()
		}
		asked = !elapsed
	}
}

// stumble shows a failure as the account's status and returns what to do next.
func (a *account) stumble(err error) plan {
	problem := mail.AsError(err)
	next := planAfter(problem.Code)
	a.update(func(s *mail.Status) {
		s.Phase, s.Mailbox, s.Done, s.Total = next.phase, "", 0, 0
		s.Problem = problem
	})
	return next
}

// attempt synchronises until something stops it, and reports whether the
// account was up to date in between. One that nobody asked for leaves what a person
// must look at in sight until it gets further.
func (a *account) attempt(ctx context.Context, asked bool) (reached bool, err error) {
	config, err := a.prepare(ctx)
	if err != nil {
		return false, err
	}
	var upToDate atomic.Bool
	config.Status = func(s mail.Status) {
		if s.Phase == mail.PhaseUpToDate {
			upToDate.Store(true)
		}
		a.follow(ctx, s)
	}
	a.update(func(s *mail.Status) {
		if asked || s.Phase != mail.PhaseFailed {
			s.Phase, s.Problem = mail.PhaseConnecting, nil
		}
	})
	err = a.engine.sync.run(ctx, config, a.bell)
	return upToDate.Load(), err
}

// prepare opens what an attempt needs: the store, and for the demo account its
// servers.
func (a *account) prepare(ctx context.Context) (imapsync.Config, error) {
	if problem := a.open(ctx); problem != nil {
		return imapsync.Config{}, problem
	}
	if a.current().Demo {
		if err := a.connectSample(ctx); err != nil {
			return imapsync.Config{}, err
		}
	}
	db, err := a.store()
	if err != nil {
		return imapsync.Config{}, err
	}
	e := a.engine
	return imapsync.Config{
		Account:     a.current(),
		Store:       db,
		Dialer:      e.dialer,
		Credentials: a.credentials,
		Hidden:      e.verification.hides,
		Arrived: func(ids []mail.MessageID) {
			e.bus.Publish(events.Arrived{Account: a.id, Messages: ids})
		},
		Refused: func(op mail.Operation) {
			e.bus.Publish(events.Refused{Account: a.id, Operation: op})
		},
		Log: e.log,
	}, nil
}

// follow takes over what the synchronisation tells of itself.
func (a *account) follow(ctx context.Context, news mail.Status) {
	a.update(func(s *mail.Status) {
		if news.LastSync.IsZero() && news.Phase != mail.PhaseUpToDate {
			news.LastSync = s.LastSync
		}
		*s = news
	})
	if news.Phase == mail.PhaseUpToDate {
		a.keepSynced(ctx)
	}
}

// plan is what a supervisor does after a failure.
type plan struct {
	phase   mail.Phase
	longest time.Duration // between two attempts
	waits   bool          // for a ring, without end, since trying again by itself would do harm
	wakes   urgency       // the least urgent ring that cuts the pause short
}

// planAfter decides by the code of the failure.
func planAfter(code mail.Code) plan {
	switch code {
	case mail.CodeSignIn, mail.CodeAppPassword, mail.CodeSignInDisabled,
		mail.CodeNeedsPassword, mail.CodeNoKeyring, mail.CodeKeyringLocked, mail.CodeNeedsPassphrase,
		mail.CodeSignInExpired, mail.CodeAdminApproval, mail.CodeClientRefused,
		mail.CodeTokenRefused, mail.CodeTokenUnsupported:
		// Repeating a wrong password locks people out, and a sign-in that the
		// provider has ended stays so until the person signs in again.
		return plan{mail.PhaseNeedsSignIn, longestPause, true, ringPerson}
	case mail.CodeNoNetwork, mail.CodeHostNotFound, mail.CodeRefused,
		mail.CodeTimeout, mail.CodeConnectionLost, mail.CodeCancelled:
		return plan{mail.PhaseOffline, longestOffline, false, ringWork}
	case mail.CodeThrottled, mail.CodeProviderDown:
		return plan{mail.PhaseOffline, longestPause, false, ringNetwork}
	default:
		return plan{mail.PhaseFailed, longestPause, false, ringNetwork}
	}
}

// rest waits for the pause to end (none: for ever), for a ring that is urgent
// enough, or for ctx. It reports whether the pause came to its end.
func (a *account) rest(ctx context.Context, pause time.Duration, wakes urgency) bool {
	var over <-chan time.Time
	if pause > 0 {
		timer := time.NewTimer(pause)
		defer timer.Stop()
		over = timer.C
	}
	for a.urgency.Load() < int32(wakes) {
		select {
		case <-ctx.Done():
			return false
		case <-over:
			return true
		case <-a.bell:
		}
	}
	return false
}

// Wake makes the account's supervisor try again, or look for news everywhere in
// the account, at once.
func (e *Engine) Wake(id mail.AccountID) {
	if a, err := e.account(id); err == nil {
		e.secrets.Retry() // who asks to try again may have unlocked the keyring
		a.ring(ringPerson)
	}
}

// WakeAll is Wake for every account. One whose sign-in was refused is left
// waiting: repeating a wrong password locks people out.
func (e *Engine) WakeAll() { e.ringAll(ringAll) }

func (e *Engine) ringAll(u urgency) {
	for _, a := range e.all() {
		a.ring(u)
	}
}

// Status returns an account's line of truth, and the zero Status for an
// account that isn't there.
func (e *Engine) Status(id mail.AccountID) mail.Status {
	a, err := e.account(id)
	if err != nil {
		return mail.Status{}
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.status
}

// SyncOnce brings the account up to date once, in the calling goroutine, and
// returns when what is due has been sent, and everything has been fetched and
// replayed. CodeInUse means that the account is being synchronised already.
func (e *Engine) SyncOnce(ctx context.Context, id mail.AccountID, progress func(mail.Status)) error {
	a, err := e.account(id)
	if err != nil {
		return err
	}
	release, ok := a.occupy()
	if !ok {
		return &mail.Error{Code: mail.CodeInUse, Args: map[string]string{"path": string(e.folder)}}
	}
	defer release()
	config, err := a.prepare(ctx)
	if err == nil {
		err = a.outbox.Flush(ctx)
	}
	if err == nil {
		e.fileDraftsOf(ctx, id)
		config.Status = func(s mail.Status) {
			a.follow(ctx, s)
			if progress != nil {
				progress(e.Status(id))
			}
		}
		err = e.sync.once(ctx, config)
	}
	if err == nil {
		return nil
	}
	if ctx.Err() != nil {
		err = &mail.Error{Code: mail.CodeCancelled, Err: err}
	}
	a.stumble(err)
	return err
}

// occupy takes the account for one SyncOnce, until release is called. A
// supervisor that is started meanwhile begins then.
func (a *account) occupy() (release func(), ok bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.stop != nil || !isClosed(a.done) {
		return nil, false
	}
	done := make(chan struct{})
	a.done = done
	return func() { close(done) }, true
}

// isClosed reports whether the channel, on which nothing is sent, is closed or
// nil.
func isClosed(c <-chan struct{}) bool {
	if c == nil {
		return true
	}
	select {
	case <-c:
		return true
	default:
		return false
	}
}
