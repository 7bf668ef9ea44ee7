package engine

import (
	"context"
	"slices"
	"sync"
	"time"

	"waxwing/backend/events"
	"waxwing/backend/mail"
	"waxwing/backend/message"
	"waxwing/backend/outbox"
	"waxwing/backend/store"
	"waxwing/backend/submission"
)

// UndoSend is how long Send waits for the person to think better of it.
const UndoSend = 10 * time.Second

// SendOptions say when and by whom a message is sent.
type SendOptions struct {
	At time.Time // not before; zero for after UndoSend
	// Through is an outgoing server, or mail.OutgoingAccount; empty for what the
	// account sends through.
	Through mail.OutgoingID
}

func (o SendOptions) at() time.Time {
	if o.At.IsZero() {
		return time.Now().Add(UndoSend)
	}
	return o.At
}

// AccountSubmission is a submission with the account that it belongs to.
type AccountSubmission struct {
	Account mail.AccountID
	mail.Submission
}

// Ref names the submission.
func (s AccountSubmission) Ref() mail.Ref { return mail.SubmissionRef(s.Account, s.ID) }

// newOutbox returns the outbox of an account.
func (a *account) newOutbox() *outbox.Outbox {
	e := a.engine
	return outbox.New(outbox.Config{
		Store: a.store,
		Account: func(ctx context.Context) (mail.Account, error) {
			if a.current().Demo {
				if err := a.connectSample(ctx); err != nil {
					return mail.Account{}, err
				}
			}
			return a.current(), nil
		},
		Send:      a.submit,
		FilesSent: a.filesSent,
		Changed:   func() { e.bus.Publish(events.OutboxChanged{Account: a.id}) },
		Filed: func() {
			if db, err := a.store(); err == nil {
				a.countPending(context.Background(), db)
			}
			a.ring(ringWork)
		},
		Log: e.log.With("account", int64(a.id)),
	})
}

// hurryTimeout bounds how long Close tries to send what waits for the person to undo.
const hurryTimeout = 5 * time.Second

// hurry sends what waits for the person to think better of it, in the accounts that
// are looked after: who quits the program doesn't expect it to stay.
func (e *Engine) hurry() {
	e.mu.Lock()
	running, only := e.root != nil && !e.closed, e.only
	e.mu.Unlock()
	if !running {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), hurryTimeout)
	defer cancel()
	var sending sync.WaitGroup
	for _, a := range e.all() {
		if len(only) > 0 && !slices.Contains(only, a.id) {
			continue
		}
		sending.Go(func() {
			if err := a.outbox.Hurry(ctx, UndoSend); err != nil {
				e.log.Info("what waits to be sent stays", "account", a.id, "problem", err)
			}
		})
	}
	sending.Wait()
}

// submit makes one attempt to send a message by what the account sends through.
func (a *account) submit(
	ctx context.Context, info mail.Account, env submission.Envelope, raw []byte, ending func() error,
) submission.Result {
	send, err := a.courier(ctx, info)
	if err != nil {
		return submission.Result{Outcome: submission.NotSent, Problem: mail.AsError(err)}
	}
	return send(ctx, env, raw, ending)
}

// Send queues a draft to be sent, with the octets that it has now. CodeInvalid names
// in Args["field"] what stands in the way: "to", "cc", "bcc", "from" or "replyTo";
// CodeConflict means that the draft is being sent already.
func (e *Engine) Send(ctx context.Context, ref mail.Ref, o SendOptions) (mail.Ref, error) {
	db, id, err := e.draft(ref)
	if err != nil {
		return mail.Ref{}, err
	}
	d, err := db.Draft(ctx, id)
	if err != nil {
		return mail.Ref{}, named(err, ref)
	}
	author, err := e.author(ctx, ref.Account, o.Through)
	if err != nil {
		return mail.Ref{}, err
	}
	if author != "" {
		d.From.Email = author
	}
	from, to, err := message.Envelope(d)
	if err != nil {
		return mail.Ref{}, err
	}
	sub := mail.Submission{
		Draft: id, MessageID: message.NewID(from), Subject: d.Subject,
		From: from, Recipients: recipients(to), Outgoing: o.Through, SendAt: o.at(),
	}
	raw, err := message.Build(d, func(file mail.DraftFileID) ([]byte, error) {
		f, err := db.DraftFile(ctx, id, file)
		return f.Data, err
	}, message.BuildOptions{MessageID: sub.MessageID, Date: time.Now()})
	if err != nil {
		return mail.Ref{}, err
	}
	return e.queue(ctx, ref.Account, db, sub, d.Revision, raw)
}

// An Envelope says who sends and who receives (RFC 5321 §2.3.1).
type Envelope struct {
	From string
	To   []string
}

// SendMessage queues a finished message to be sent. What the envelope leaves open is
// taken from the header, Bcc included, which is not sent. A message without
// Message-ID or Date is given one. CodeInvalid names in Args["field"] what stands in
// the way: "from" or "to".
func (e *Engine) SendMessage(ctx context.Context, id mail.AccountID, env Envelope, raw []byte, o SendOptions) (mail.Ref, error) {
	a, err := e.account(id)
	if err != nil {
		return mail.Ref{}, err
	}
	db, err := a.store()
	if err != nil {
		return mail.Ref{}, err
	}
	c := message.Content(raw)
	d := mail.Draft{From: mail.Address{Email: a.current().Email}, To: c.To, Cc: c.Cc, Bcc: c.Bcc}
	if len(c.From) > 0 {
		d.From = c.From[0]
	}
	if env.From != "" {
		d.From = mail.Address{Email: env.From}
	}
	if len(env.To) > 0 {
		d.To, d.Cc, d.Bcc = nil, nil, nil
		for _, to := range env.To {
			d.To = append(d.To, mail.Address{Email: to})
		}
	}
	from, to, err := message.Envelope(d)
	if err != nil {
		return mail.Ref{}, err
	}
	raw = message.Outgoing(raw, message.NewID(from), time.Now())
	author, err := e.author(ctx, id, o.Through)
	if err != nil {
		return mail.Ref{}, err
	}
	if author != "" {
		from = author
		if raw, err = message.SetFrom(raw, author); err != nil {
			return mail.Ref{}, err
		}
	}
	sub := mail.Submission{
		MessageID: message.Content(raw).MessageID, Subject: c.Subject, From: from, Recipients: recipients(to), Outgoing: o.Through, SendAt: o.at(),
	}
	return e.queue(ctx, id, db, sub, 0, raw)
}

func recipients(addresses []string) []mail.Recipient {
	list := make([]mail.Recipient, len(addresses))
	for i, a := range addresses {
		list[i].Address = a
	}
	return list
}

// queue keeps a submission and wakes who sends it.
func (e *Engine) queue(
	ctx context.Context, id mail.AccountID, db *store.Account, sub mail.Submission, revision int64, raw []byte,
) (mail.Ref, error) {
	if len(sub.Recipients) == 0 {
		return mail.Ref{}, invalid("to")
	}
	queued, err := db.QueueSubmission(ctx, sub, revision, raw)
	if err != nil {
		return mail.Ref{}, err
	}
	e.outboxChanged(id, outbox.WakeLook)
	return mail.SubmissionRef(id, queued), nil
}

// outboxChanged tells that an outbox is another, and wakes it.
func (e *Engine) outboxChanged(id mail.AccountID, w outbox.Wake) {
	if a, err := e.account(id); err == nil {
		a.outbox.Ring(w)
	}
	e.bus.Publish(events.OutboxChanged{Account: id})
}

// CancelSubmission takes back what isn't on its way, and returns the draft as it was.
// The draft's ID is 0 when there was none: the message is gone then. CodeConflict
// means that it is too late.
func (e *Engine) CancelSubmission(ctx context.Context, ref mail.Ref) (AccountDraft, error) {
	db, id, err := e.submission(ctx, ref)
	if err != nil {
		return AccountDraft{}, err
	}
	draft, err := db.CancelSubmission(ctx, id)
	if err != nil {
		return AccountDraft{}, named(err, ref)
	}
	e.outboxChanged(ref.Account, outbox.WakeLook)
	if draft == 0 {
		return AccountDraft{Account: ref.Account}, nil
	}
	return e.OpenDraft(ctx, mail.DraftRef(ref.Account, draft))
}

// RetrySubmission sends what was refused or put off again, at once.
func (e *Engine) RetrySubmission(ctx context.Context, ref mail.Ref) error {
	db, id, err := e.submission(ctx, ref)
	if err != nil {
		return err
	}
	sub, err := db.Submission(ctx, id)
	if err != nil {
		return named(err, ref)
	}
	if !slices.Contains([]mail.SubmissionState{mail.SubmissionQueued, mail.SubmissionRefused}, sub.State) {
		return &mail.Error{Code: mail.CodeConflict, Args: map[string]string{"reason": string(sub.State)}}
	}
	return e.requeue(ctx, ref, db, id)
}

// ResolveSubmission says what became of a message of unknown outcome: it was sent,
// or it wasn't and is to be sent now. CodeConflict means that its outcome isn't
// unknown.
func (e *Engine) ResolveSubmission(ctx context.Context, ref mail.Ref, sent bool) error {
	db, id, err := e.submission(ctx, ref)
	if err != nil {
		return err
	}
	a, err := e.account(ref.Account)
	if err != nil {
		return err
	}
	if sent {
		if err := a.outbox.Settle(ctx, id); err != nil {
			return named(err, ref)
		}
		e.outboxChanged(ref.Account, outbox.WakeLook)
		return nil
	}
	sub, err := db.Submission(ctx, id)
	if err != nil {
		return named(err, ref)
	}
	if sub.State != mail.SubmissionUnknown {
		return &mail.Error{Code: mail.CodeConflict, Args: map[string]string{"reason": string(sub.State)}}
	}
	return e.requeue(ctx, ref, db, id)
}

// requeue lets a submission be sent at once.
func (e *Engine) requeue(ctx context.Context, ref mail.Ref, db *store.Account, id mail.SubmissionID) error {
	e.secrets.Retry() // who asks to try again may have unlocked the keyring
	if err := db.StepSubmission(ctx, id, store.SubmissionStep{To: mail.SubmissionQueued}); err != nil {
		return named(err, ref)
	}
	e.outboxChanged(ref.Account, outbox.WakePerson)
	return nil
}

// Submissions lists what is on its way out or waits for the person, by account,
// oldest first.
func (e *Engine) Submissions(ctx context.Context) ([]AccountSubmission, error) {
	list := []AccountSubmission{}
	for _, a := range e.all() {
		db, err := a.store()
		if err != nil {
			continue // the account's status says why
		}
		if err := a.outbox.Recover(ctx); err != nil {
			return nil, err
		}
		subs, err := db.Submissions(ctx)
		if err != nil {
			return nil, err
		}
		for _, s := range subs {
			list = append(list, AccountSubmission{a.id, s})
		}
	}
	return list, nil
}

// Submission returns one, also of those that are done.
func (e *Engine) Submission(ctx context.Context, ref mail.Ref) (AccountSubmission, error) {
	db, id, err := e.submission(ctx, ref)
	if err != nil {
		return AccountSubmission{}, err
	}
	s, err := db.Submission(ctx, id)
	return AccountSubmission{ref.Account, s}, named(err, ref)
}

// submission returns the store and the id that a submission's Ref stands for.
func (e *Engine) submission(ctx context.Context, ref mail.Ref) (*store.Account, mail.SubmissionID, error) {
	if ref.Kind != mail.RefSubmission {
		return nil, 0, &mail.Error{Code: mail.CodeNotFound, Args: map[string]string{"id": ref.String()}}
	}
	a, err := e.account(ref.Account)
	if err != nil {
		return nil, 0, err
	}
	db, err := a.store()
	if err == nil {
		err = a.outbox.Recover(ctx)
	}
	return db, mail.SubmissionID(ref.N), err
}

// SendOnce sends what is due in an account, in the calling goroutine. What became of
// each message is told by Submission.
func (e *Engine) SendOnce(ctx context.Context, id mail.AccountID) error {
	a, err := e.account(id)
	if err != nil {
		return err
	}
	if problem := a.open(ctx); problem != nil {
		return problem
	}
	return a.outbox.Flush(ctx)
}
