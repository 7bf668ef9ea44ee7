package engine

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"waxwing/backend/compose"
	"waxwing/backend/events"
	"waxwing/backend/mail"
	"waxwing/backend/message"
	"waxwing/backend/store"
)

// Drafts go to the drafts mailbox of their account a while after the last change, so
// that other devices find them. There each version takes the place of the one before.
const (
	filingPause   = 5 * time.Second
	filingLongest = 30 * time.Second // however fast somebody types
	// largestFiled is how much the files of a draft may be, in octets, to be put on the
	// server with every version. A larger draft stays here until it is sent.
	largestFiled = 25 << 20
)

// fileDrafts keeps the drafts mailboxes equal to the drafts until ctx ends, and then
// brings them up to date once more: what is queued is sent with the next start at the
// latest.
func (e *Engine) fileDrafts(ctx context.Context) {
	var mu sync.Mutex
	changed := map[mail.AccountID]bool{}
	bell := make(chan struct{}, 1)
	ring := func(id mail.AccountID) {
		mu.Lock()
		changed[id] = true
		mu.Unlock()
		select {
		case bell <- struct{}{}:
		default:
		}
	}
	defer e.bus.Subscribe(func(ev events.Event) {
		switch ev := ev.(type) {
		case events.OutboxChanged:
			ring(ev.Account)
		case events.StatusChanged: // there may be a drafts mailbox only now
			if ev.Status.Phase == mail.PhaseUpToDate {
				ring(ev.Status.Account)
			}
		}
	})()
	for _, a := range e.all() {
		ring(a.id) // what the last run didn't come to
	}
	for {
		select {
		case <-bell:
			if !quiet(ctx, bell, e.filingPause) {
				continue
			}
			mu.Lock()
			due := changed
			changed = map[mail.AccountID]bool{}
			mu.Unlock()
			for id := range due {
				e.fileDraftsOf(context.WithoutCancel(ctx), id)
			}
		case <-ctx.Done():
			for _, a := range e.all() {
				e.fileDraftsOf(context.WithoutCancel(ctx), a.id)
			}
			return
		}
	}
}

// quiet waits until the bell has been silent for a pause; false when ctx ends.
func quiet(ctx context.Context, bell <-chan struct{}, pause time.Duration) bool {
	over := time.After(filingLongest)
	for {
		select {
		case <-bell:
		case <-time.After(pause):
			return true
		case <-over:
			return true
		case <-ctx.Done():
			return false
		}
	}
}

// fileDraftsOf brings an account's drafts mailbox up to date. What fails is tried again after the next change or look at the
// server.
func (e *Engine) fileDraftsOf(ctx context.Context, id mail.AccountID) {
	a, err := e.account(id)
	if err != nil {
		return // disconnected meanwhile
	}
	if err := a.fileDrafts(ctx); err != nil {
		e.log.Warn("drafts aren't on the server", "account", int64(id), "err", err)
	}
}

// fileDrafts queues what the drafts mailbox lacks, and wakes the synchronisation if that
// is anything. Without such a mailbox drafts stay here.
func (a *account) fileDrafts(ctx context.Context) error {
	db, err := a.store()
	if err != nil {
		return err
	}
	roles, err := rolesOf(ctx, db)
	if err != nil || roles[mail.RoleDrafts] == 0 {
		return err
	}
	list, err := db.UnfiledDrafts(ctx)
	if err != nil {
		return err
	}
	var errs []error
	for _, d := range list {
		if sizeOf(d.Files) > largestFiled {
			continue
		}
		switch err := fileDraft(ctx, db, d, roles[mail.RoleDrafts]); mail.CodeOf(err) {
		case "":
			a.queued(ctx, db)
			a.engine.bus.Publish(events.OutboxChanged{Account: a.id})
		case mail.CodeConflict: // it has changed, and is next
		default:
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}

func sizeOf(files []mail.DraftFile) (size int64) {
	for _, f := range files {
		size += f.Size
	}
	return size
}

// fileDraft puts one draft into the drafts mailbox.
func fileDraft(ctx context.Context, db *store.Account, d store.UnfiledDraft, mailbox mail.MailboxID) error {
	raw, err := message.Build(d.Draft, func(file mail.DraftFileID) ([]byte, error) {
		f, err := db.DraftFile(ctx, d.ID, file)
		return f.Data, err
	}, message.BuildOptions{MessageID: message.NewID(d.From.Email), Date: d.SavedAt, Unfinished: true})
	if err != nil {
		return err
	}
	in := store.Prepare(store.Incoming{ReceivedAt: d.SavedAt, Content: message.Content(raw)}, raw)
	return db.FileDraft(ctx, d, mailbox, in)
}

// openMessage returns the draft whose copy a message is. One that another device or
// program has put among the drafts becomes a draft here. CodeNotFound means that it is
// no draft.
func (e *Engine) openMessage(ctx context.Context, ref mail.Ref) (AccountDraft, error) {
	db, err := e.Store(ref.Account)
	if err != nil {
		return AccountDraft{}, err
	}
	id := mail.MessageID(ref.N)
	if d, err := db.DraftOf(ctx, id); mail.CodeOf(err) != mail.CodeNotFound {
		return AccountDraft{Account: ref.Account, Draft: d}, err
	}
	m, err := db.Message(ctx, id)
	if err != nil {
		return AccountDraft{}, named(err, ref)
	}
	roles, err := rolesOf(ctx, db)
	if err != nil {
		return AccountDraft{}, err
	}
	mailbox := roles[mail.RoleDrafts]
	if !slices.Contains(m.Mailboxes, mailbox) {
		return AccountDraft{}, &mail.Error{Code: mail.CodeNotFound, Args: map[string]string{"id": ref.String()}}
	}
	raw, err := db.Raw(ctx, id)
	if err != nil {
		return AccountDraft{}, err
	}
	o, err := e.composeOptions(ctx, ref.Account)
	if err != nil {
		return AccountDraft{}, err
	}
	begun := compose.FromMessage(raw, o)
	return e.keep(ref.Account, func(db *store.Account) (mail.Draft, error) {
		return db.AdoptDraft(ctx, id, mailbox, begun.Draft, draftData(begun.Files))
	})
}
