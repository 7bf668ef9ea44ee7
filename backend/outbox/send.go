package outbox

import (
	"context"
	"errors"
	"time"

	"waxwing/backend/mail"
	"waxwing/backend/message"
	"waxwing/backend/store"
	"waxwing/backend/submission"
)

// send makes one attempt.
func (o *Outbox) send(ctx context.Context, db *store.Account, sub mail.Submission) {
	log := o.cfg.Log.With("submission", int64(sub.ID))
	o.cfg.checkpoint("before sending")
	if err := db.StepSubmission(ctx, sub.ID, store.SubmissionStep{To: mail.SubmissionSending}); err != nil {
		log.Info("submission was taken back, or can't be written", "problem", err)
		return
	}
	o.cfg.checkpoint("sending")
	sub.Attempts++
	o.cfg.Changed()
	raw, err := db.SubmissionRaw(ctx, sub.ID)
	result := submission.Result{Outcome: submission.NotSent, Problem: mail.AsError(err)}
	var account mail.Account
	if err == nil {
		account, result = o.attempt(ctx, db, sub, raw)
	}
	o.cfg.checkpoint("answered")
	if result.Outcome == submission.Sent {
		log.Info("sent", "host", account.SMTP.Host, "octets", len(raw))
		o.finish(ctx, db, sub.ID, account, raw)
		return
	}
	step := o.after(sub, result)
	log.Info("not sent", "problem", result.Problem, "outcome", result.Outcome, "next", step.To, "retry", step.RetryAt)
	o.persist(ctx, func() error {
		return db.StepSubmission(context.WithoutCancel(ctx), sub.ID, step)
	})
	o.cfg.checkpoint("noted")
}

// attempt hands the message to the account's server.
func (o *Outbox) attempt(ctx context.Context, db *store.Account, sub mail.Submission, raw []byte) (mail.Account, submission.Result) {
	account, err := o.account(ctx, sub)
	if err != nil {
		return account, submission.Result{Outcome: submission.NotSent, Problem: mail.AsError(err)}
	}
	envelope := submission.Envelope{From: sub.From}
	for _, r := range sub.Recipients {
		envelope.To = append(envelope.To, r.Address)
	}
	patient, ending, stop := untilAnswered(ctx)
	defer stop()
	return account, o.cfg.Send(patient, account, envelope, raw, func() error {
		o.cfg.checkpoint("before ending")
		if err := ending(); err != nil {
			return err
		}
		err := db.StepSubmission(patient, sub.ID, store.SubmissionStep{To: mail.SubmissionEnding})
		o.cfg.checkpoint("ending")
		return err
	})
}

// account returns the account as a submission is sent by it.
func (o *Outbox) account(ctx context.Context, sub mail.Submission) (mail.Account, error) {
	account, err := o.cfg.Account(ctx)
	if sub.Outgoing != "" {
		account.Outgoing = sub.Outgoing
	}
	return account, err
}

// grace is how long a program that ends waits for the answer to a message that may
// have been taken. The engine waits a little longer for everything to end.
const grace = 8 * time.Second

// untilAnswered returns a context that ends with ctx, but once ending has been called
// only some time later. Ending fails when ctx has ended.
func untilAnswered(ctx context.Context) (patient context.Context, ending func() error, stop func()) {
	patient, cancel := context.WithCancel(context.WithoutCancel(ctx))
	release := context.AfterFunc(ctx, cancel)
	ending = func() error {
		if !release() {
			return &mail.Error{Code: mail.CodeCancelled, Err: ctx.Err()}
		}
		release = context.AfterFunc(ctx, func() { time.AfterFunc(grace, cancel) })
		return nil
	}
	return patient, ending, func() {
		release()
		cancel()
	}
}

// after is the step that follows from an attempt that wasn't a success.
func (o *Outbox) after(sub mail.Submission, r submission.Result) store.SubmissionStep {
	step := store.SubmissionStep{Problem: kept(r.Problem)}
	for _, to := range r.Recipients {
		step.Recipients = append(step.Recipients, mail.Recipient{Address: to.Address, Problem: kept(to.Problem)})
	}
	if r.Outcome == submission.Unknown {
		step.To = mail.SubmissionUnknown
		return step
	}
	step.To = mail.SubmissionQueued
	code := r.Problem.Code
	switch judge(sub, r, time.Now()) {
	case never:
		step.To = mail.SubmissionRefused
	case again:
		step.RetryAt = time.Now().Add(max(pause(code, sub.Attempts), r.RetryAfter))
		if offline(code) {
			o.rested = step.RetryAt
		}
	}
	if code == mail.CodeCancelled { // the program ends: nobody's fault
		step.Problem, step.RetryAt = nil, time.Time{}
	}
	return step
}

// kept is a problem without its cause, which is for the log.
func kept(e *mail.Error) *mail.Error {
	if e == nil {
		return nil
	}
	return &mail.Error{Code: e.Code, Args: e.Args, Server: e.Server}
}

// persist runs f, which notes what became of a message, until it succeeds: on a full
// disk there may be room in a moment. When ctx ends, the state on the disk says enough.
// A step that can't be taken any more has been taken.
func (o *Outbox) persist(ctx context.Context, f func() error) {
	for {
		err := f()
		if code := mail.CodeOf(err); code == "" || code == mail.CodeConflict || code == mail.CodeNotFound {
			return
		}
		o.cfg.Log.Error("outbox can't be written", "problem", err)
		select {
		case <-ctx.Done():
			return
		case <-time.After(time.Second):
		}
	}
}

// finish notes that the server took a message, and queues its copy.
func (o *Outbox) finish(ctx context.Context, db *store.Account, id mail.SubmissionID, account mail.Account, raw []byte) {
	o.persist(ctx, func() error {
		return o.settleAs(context.WithoutCancel(ctx), db, id, account, raw)
	})
	o.cfg.checkpoint("sent")
	o.cfg.Filed()
}

// settleAs writes down that a message was sent. When its copy can't be filed, because its
// mailbox has gone meanwhile, it waits for another one.
func (o *Outbox) settleAs(ctx context.Context, db *store.Account, id mail.SubmissionID, account mail.Account, raw []byte) error {
	file, err := o.sentCopy(ctx, db, account, raw)
	if err != nil {
		return err
	}
	err = db.FinishSubmission(ctx, id, time.Now(), file)
	if code := mail.CodeOf(err); file != nil && (code == mail.CodeNotFound || code == mail.CodeInvalid) {
		err = db.FinishSubmission(ctx, id, time.Now(), nil)
	}
	return err
}

// sentCopy prepares the copy of a sent message; nil when the account has no mailbox for it.
func (o *Outbox) sentCopy(ctx context.Context, db *store.Account, account mail.Account, raw []byte) (*store.SentCopy, error) {
	boxes, err := db.Mailboxes(ctx)
	if err != nil {
		return nil, err
	}
	for _, b := range boxes {
		if b.Role == mail.RoleSent && b.Selectable {
			return &store.SentCopy{
				AppendChange: mail.AppendChange{To: b.ID, Awaited: o.cfg.FilesSent(ctx, account)},
				Incoming:     store.Prepare(store.Incoming{ReceivedAt: time.Now(), Content: message.Content(raw)}, raw),
			}, nil
		}
	}
	return nil, nil
}

// file queues the copy of a message for which there was no mailbox when it was sent.
func (o *Outbox) file(ctx context.Context, db *store.Account, sub mail.Submission) {
	raw, err := db.SubmissionRaw(ctx, sub.ID)
	if mail.CodeOf(err) == mail.CodeNotFound { // is queued
		return
	}
	account, accountErr := o.account(ctx, sub)
	err = errors.Join(err, accountErr)
	var file *store.SentCopy
	if err == nil {
		file, err = o.sentCopy(ctx, db, account, raw)
	}
	if err == nil && file != nil {
		if err = db.FileSubmission(ctx, sub.ID, *file); err == nil {
			o.cfg.Filed()
		}
	}
	if err != nil {
		o.cfg.Log.Warn("copy of a sent message can't be filed", "submission", int64(sub.ID), "problem", err)
	}
}

// look turns what is unknown into sent when the server shows the message.
func (o *Outbox) look(ctx context.Context, db *store.Account, sub mail.Submission) {
	arrived, err := db.SubmissionArrived(ctx, sub.ID)
	if err == nil && arrived {
		err = o.Settle(ctx, sub.ID)
	}
	if err != nil {
		o.cfg.Log.Warn("can't look for a message of unknown outcome", "submission", int64(sub.ID), "problem", err)
	}
}

// Settle notes that a message of unknown outcome was sent. CodeConflict means that it
// isn't one.
func (o *Outbox) Settle(ctx context.Context, id mail.SubmissionID) error {
	db, err := o.cfg.Store()
	if err != nil {
		return err
	}
	sub, err := db.Submission(ctx, id)
	if err != nil {
		return err
	}
	if sub.State != mail.SubmissionUnknown {
		return &mail.Error{Code: mail.CodeConflict, Args: map[string]string{"reason": string(sub.State)}}
	}
	account, err := o.account(ctx, sub)
	if err != nil {
		return err
	}
	raw, err := db.SubmissionRaw(ctx, id)
	if err == nil {
		err = o.settleAs(ctx, db, id, account, raw)
	}
	if err == nil {
		o.cfg.Filed()
	}
	return err
}
