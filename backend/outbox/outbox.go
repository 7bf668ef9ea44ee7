package outbox

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"waxwing/backend/mail"
	"waxwing/backend/store"
	"waxwing/backend/submission"
)

// Config is what an Outbox needs. Its functions are asked before every attempt.
type Config struct {
	Store   func() (*store.Account, error)
	Account func(context.Context) (mail.Account, error) // with its servers as they are now
	// Send makes one attempt; see [submission.Sender.Send].
	Send func(ctx context.Context, a mail.Account, env submission.Envelope, raw []byte, ending func() error) submission.Result
	// FilesSent reports whether what the account sends gets into its mailbox of sent
	// mail without our doing.
	FilesSent func(context.Context, mail.Account) bool
	// Changed is called after anything became another than it was, and Filed when a
	// copy waits to be replayed.
	Changed, Filed func()
	Log            *slog.Logger

	// checkpoint, in tests, is called before and after every step.
	checkpoint func(string)
}

// An Outbox sends what an account has queued. There is one for each account.
type Outbox struct {
	cfg  Config
	bell bell
	turn chan struct{} // held by the one that sends

	mu        sync.Mutex
	recovered bool
	told      string // what Changed was called for last

	// awaits says that something sent or unknown may wait for what the server shows.
	awaits atomic.Bool
	// rested is until when nothing is tried, since the server wasn't reached; zero
	// for no such time. It belongs to the turn.
	rested time.Time
}

// New returns an Outbox that does nothing yet.
func New(cfg Config) *Outbox {
	if cfg.checkpoint == nil {
		cfg.checkpoint = func(string) {}
	}
	return &Outbox{cfg: cfg, bell: make(bell, 1), turn: make(chan struct{}, 1)}
}

// Ring wakes Run. It doesn't wait.
func (o *Outbox) Ring(w Wake) { o.bell.ring(w) }

// Committed wakes Run when something waits for what the store may have got.
func (o *Outbox) Committed() {
	if o.awaits.Load() {
		o.Ring(WakeLook)
	}
}

// Recover says, once, what became of what was under way when the program ended.
// Nothing is sent before.
func (o *Outbox) Recover(ctx context.Context) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.recovered {
		return nil
	}
	db, err := o.cfg.Store()
	if err == nil {
		err = db.RecoverSubmissions(ctx)
	}
	o.recovered = err == nil
	return err
}

// Run sends what is due until ctx ends.
func (o *Outbox) Run(ctx context.Context) {
	for wake := WakeNetwork; ; {
		next, err := o.pass(ctx, wake, 0)
		if err != nil {
			o.cfg.Log.Warn("outbox can't be read", "problem", err)
			next = time.Now().Add(longestOffline)
		}
		if wake = o.rest(ctx, next); wake == 0 {
			return
		}
	}
}

// rest waits until a time, zero for none, or for a ring. It returns 0 when ctx ends.
func (o *Outbox) rest(ctx context.Context, until time.Time) Wake {
	var over <-chan time.Time
	if !until.IsZero() {
		// A computer that slept is late by at most this: timers stand still meanwhile.
		timer := time.NewTimer(min(time.Until(until), time.Minute))
		defer timer.Stop()
		over = timer.C
	}
	select {
	case <-ctx.Done():
		return 0
	case <-over:
		return WakeLook
	case w := <-o.bell:
		return w
	}
}

// Flush tries everything that is due, once, and what didn't reach the server before.
// What became of each is in the store.
func (o *Outbox) Flush(ctx context.Context) error {
	_, err := o.pass(ctx, WakeNetwork, 0)
	return err
}

// Hurry sends now what would be sent within some time, unless it failed before: the
// program is about to end, and who pressed Send expects the message to go.
func (o *Outbox) Hurry(ctx context.Context, ahead time.Duration) error {
	_, err := o.pass(ctx, WakeLook, ahead)
	return err
}

// pass looks at every submission once and returns when the next is due, zero for
// never. What wasn't tried yet may be sent that much ahead of its time.
func (o *Outbox) pass(ctx context.Context, wake Wake, ahead time.Duration) (next time.Time, err error) {
	select {
	case o.turn <- struct{}{}:
		defer func() { <-o.turn }()
	case <-ctx.Done():
		return time.Time{}, ctx.Err()
	}
	if err := o.Recover(ctx); err != nil {
		return time.Time{}, err
	}
	db, err := o.cfg.Store()
	if err != nil {
		return time.Time{}, err
	}
	if wake > WakeLook {
		o.rested = time.Time{}
	}
	o.awaits.Store(true) // what comes while we look may come too late for this look
	list, err := db.Submissions(ctx)
	if err != nil {
		return time.Time{}, err
	}
	for _, sub := range list {
		if ctx.Err() != nil {
			break
		}
		switch sub.State {
		case mail.SubmissionQueued:
			due := o.due(sub, wake)
			if sub.Problem == nil {
				due = due.Add(-ahead)
			}
			if due.IsZero() || time.Now().Before(due) {
				break
			}
			o.send(ctx, db, sub)
		case mail.SubmissionUnknown:
			o.look(ctx, db, sub)
		case mail.SubmissionSent:
			o.file(ctx, db, sub)
		}
	}
	return o.settle(ctx, db)
}

// due is when a queued submission is to be tried; zero for not before the person has
// done something.
func (o *Outbox) due(sub mail.Submission, wake Wake) time.Time {
	at := sub.SendAt
	if sub.Problem != nil && wake < WakePerson {
		if waits(sub.Problem.Code) {
			return time.Time{}
		}
		if wake < WakeNetwork || !offline(sub.Problem.Code) {
			at = later(at, sub.RetryAt)
		}
	}
	return later(later(at, o.rested), time.UnixMilli(0))
}

// settle tells of changes, notes what is waited for, and returns when the next
// submission is due.
func (o *Outbox) settle(ctx context.Context, db *store.Account) (next time.Time, err error) {
	list, err := db.Submissions(ctx)
	if err != nil {
		return time.Time{}, err
	}
	awaits := false
	var now strings.Builder
	for _, sub := range list {
		fmt.Fprint(&now, sub.ID, sub.State, sub.Attempts, sub.Problem, ";")
		switch sub.State {
		case mail.SubmissionQueued:
			if due := o.due(sub, WakeLook); !due.IsZero() && (next.IsZero() || due.Before(next)) {
				next = due
			}
		case mail.SubmissionUnknown, mail.SubmissionSent:
			awaits = true
		}
	}
	o.awaits.Store(awaits)
	o.mu.Lock()
	changed := now.String() != o.told
	o.told = now.String()
	o.mu.Unlock()
	if changed {
		o.cfg.Changed()
	}
	return next, nil
}
