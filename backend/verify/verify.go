package verify

import (
	"context"
	"crypto/rand"
	"slices"
	"strings"
	"time"

	"waxwing/backend/connect"
	"waxwing/backend/mail"
	"waxwing/backend/submission"
)

// The steps of a verification, as a connect.Report has them. The part before
// the dot says which half a step belongs to.
const (
	StepOpen   connect.StepName = "imap.open"   // sign in at the incoming server
	StepSubmit connect.StepName = "smtp.submit" // hand the message to the outgoing one
	StepArrive connect.StepName = "imap.arrive" // wait for it; Detail is the mailbox
	StepTidy   connect.StepName = "imap.tidy"   // remove it
)

var stepOrder = []connect.StepName{StepOpen, StepSubmit, StepArrive, StepTidy}

// The usual limits.
const (
	DefaultLimit = 2 * time.Minute
	DefaultPause = 3 * time.Second
)

// tidyTimeout bounds the removal, which also happens after the end of a context.
const tidyTimeout = 20 * time.Second

// A Clock tells the time and wakes.
type Clock interface {
	Now() time.Time
	After(time.Duration) <-chan time.Time
}

// Config is what a verification needs.
type Config struct {
	Email       string
	IMAP, SMTP  mail.Server
	Credentials connect.Credentials
	Dialer      *connect.Dialer
	// MessageID is from NewMessageID.
	MessageID string
	// Limit is how long the message may take, and Pause how long to wait between
	// two looks. Zero means the usual ones.
	Limit, Pause time.Duration
	Clock        Clock // nil means the system's
	// Report, if not nil, is called after every change.
	Report func(connect.Report)
}

// A Result is how a verification ended.
type Result struct {
	Report connect.Report
	// Problem is nil if the message arrived. Half then says whose it is, "imap"
	// or "smtp".
	Problem *mail.Error
	Half    string
	// Mailbox is where it arrived, and Junk that this is the one for spam.
	Mailbox string
	Junk    bool
	// Removed says that no copy of the message is left, as far as can be known.
	Removed bool
}

// NewMessageID returns the Message-ID, without brackets, of a message to come.
func NewMessageID(email string) string {
	domain := email[strings.LastIndexByte(email, '@')+1:]
	return "waxwing-verify." + strings.ToLower(rand.Text()) + "@" + domain
}

// Run verifies the mailbox.
func Run(ctx context.Context, c Config) Result {
	if c.Limit == 0 {
		c.Limit = DefaultLimit
	}
	if c.Pause == 0 {
		c.Pause = DefaultPause
	}
	if c.Clock == nil {
		c.Clock = systemClock{}
	}
	r := &run{Config: c}
	for _, name := range stepOrder {
		r.report.Steps = append(r.report.Steps, connect.Step{Name: name, State: connect.StepWaiting})
	}
	r.do(ctx)
	r.result.Report = r.told()
	return r.result
}

// A run is one verification under way.
type run struct {
	Config
	report connect.Report
	result Result
	box    *mailbox
}

func (r *run) do(ctx context.Context) {
	if r.SMTP.Host == "" {
		r.result.Removed = true
		r.fail(StepSubmit, &mail.Error{Code: mail.CodeNoOutgoing})
		return
	}
	if !r.open(ctx) {
		r.result.Removed = true
		return
	}
	defer r.box.close()
	outcome, err := r.submit(ctx)
	r.result.Removed = outcome == submission.NotSent
	if err != nil && outcome == submission.NotSent {
		r.fail(StepSubmit, err)
		return
	}
	// A message whose fate is unknown proves by its arrival that it was sent.
	arrived := r.arrive(ctx, err)
	r.tidy(ctx, arrived)
	r.report.OK = arrived
	r.tell()
}

func (r *run) open(ctx context.Context) bool {
	r.set(connect.Step{Name: StepOpen, State: connect.StepRunning})
	box, err := open(ctx, r.Dialer, r.IMAP, r.Credentials)
	if err != nil {
		r.fail(StepOpen, err)
		return false
	}
	r.box = box
	r.set(connect.Step{Name: StepOpen, State: connect.StepOK, Detail: r.Credentials.User})
	return true
}

func (r *run) submit(ctx context.Context) (submission.Outcome, error) {
	r.set(connect.Step{Name: StepSubmit, State: connect.StepRunning})
	ctx, cancel := context.WithTimeout(ctx, r.Limit)
	defer cancel()
	sender := submission.Sender{Dialer: r.Dialer}
	envelope := submission.Envelope{From: r.Email, To: []string{r.Email}}
	sent := sender.Send(ctx, r.SMTP, r.Credentials, envelope, message(r.Email, r.MessageID, r.Clock.Now()), nil)
	if sent.Problem != nil {
		return sent.Outcome, sent.Problem
	}
	r.set(connect.Step{Name: StepSubmit, State: connect.StepOK})
	return sent.Outcome, nil
}

// arrive waits until the message is there. doubt is why it isn't known whether
// it was sent, nil when it was.
func (r *run) arrive(ctx context.Context, doubt error) bool {
	r.set(connect.Step{Name: StepArrive, State: connect.StepRunning})
	deadline := r.Clock.After(r.Limit)
	for last := false; ; {
		where, err := r.box.find(ctx, r.MessageID, last)
		switch {
		case err != nil:
			r.fail(StepArrive, err)
			return false
		case where != "":
			r.result.Mailbox, r.result.Junk = where, where == r.box.roles[mail.RoleJunk]
			r.set(connect.Step{Name: StepSubmit, State: connect.StepOK})
			r.set(connect.Step{Name: StepArrive, State: connect.StepOK, Detail: where})
			return true
		case last && doubt != nil:
			r.fail(StepSubmit, doubt)
			return false
		case last:
			r.fail(StepArrive, connect.Explain(&mail.Error{Code: mail.CodeNotArrived}, r.IMAP))
			return false
		}
		select {
		case <-ctx.Done():
			r.fail(StepArrive, connect.Explain(context.Canceled, r.IMAP))
			return false
		case <-deadline:
			last = true // one more look, everywhere
		case <-r.Clock.After(r.Pause):
		}
	}
}

// tidy removes the message, also for somebody who gave up.
func (r *run) tidy(ctx context.Context, arrived bool) {
	if arrived {
		r.set(connect.Step{Name: StepTidy, State: connect.StepRunning})
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), tidyTimeout)
	defer cancel()
	removed, err := r.remove(ctx)
	// What didn't arrive may still come.
	r.result.Removed = removed && arrived
	switch {
	case !arrived:
		r.set(connect.Step{Name: StepTidy, State: connect.StepSkipped})
	case err != nil:
		// The mailbox works all the same; it is tried again the next time.
		r.set(connect.Step{Name: StepTidy, State: connect.StepSkipped, Problem: mail.AsError(err)})
	default:
		r.set(connect.Step{Name: StepTidy, State: connect.StepOK})
	}
}

// remove removes every copy, on a connection of its own if the first is gone.
func (r *run) remove(ctx context.Context) (bool, error) {
	removed, err := r.box.remove(ctx, r.MessageID, r.result.Mailbox)
	if err == nil {
		return removed, nil
	}
	return Sweep(ctx, r.Dialer, r.IMAP, r.Credentials, r.MessageID)
}

// Sweep removes the message of an earlier verification and reports whether no
// copy is left.
func Sweep(ctx context.Context, d *connect.Dialer, s mail.Server, c connect.Credentials, messageID string) (bool, error) {
	box, err := open(ctx, d, s, c)
	if err != nil {
		return false, err
	}
	defer box.close()
	return box.remove(ctx, messageID, "")
}

// fail ends a step, and leaves out those that wait.
func (r *run) fail(name connect.StepName, err error) {
	r.result.Problem = mail.AsError(err)
	r.result.Half, _, _ = strings.Cut(string(name), ".")
	step := connect.Step{Name: name, State: connect.StepFailed, Problem: r.result.Problem}
	if certificate, ok := connect.Certificates(err); ok {
		step.Certificate = &certificate
	}
	for i := range r.report.Steps {
		if s := &r.report.Steps[i]; s.State == connect.StepWaiting || s.State == connect.StepRunning {
			s.State = connect.StepSkipped
		}
	}
	r.set(step)
}

func (r *run) set(s connect.Step) {
	i := slices.IndexFunc(r.report.Steps, func(old connect.Step) bool { return old.Name == s.Name })
	r.report.Steps[i] = s
	r.tell()
}

func (r *run) tell() {
	if r.Report != nil {
		r.Report(r.told())
	}
}

func (r *run) told() connect.Report {
	return connect.Report{Steps: slices.Clone(r.report.Steps), OK: r.report.OK}
}

type systemClock struct{}

func (systemClock) Now() time.Time                         { return time.Now() }
func (systemClock) After(d time.Duration) <-chan time.Time { return time.After(d) }
