package engine

import (
	"context"

	"waxwing/backend/mail"
	"waxwing/backend/store"
)

// AccountMailboxes are the mailboxes of one account.
type AccountMailboxes struct {
	Account   mail.AccountID
	Mailboxes []mail.Mailbox
}

// Mailboxes lists every account's mailboxes. An account whose store can't be
// read has none; its status says why.
func (e *Engine) Mailboxes(ctx context.Context) ([]AccountMailboxes, error) {
	list := []AccountMailboxes{}
	for _, a := range e.all() {
		var boxes []mail.Mailbox
		db, err := a.store()
		if err == nil {
			boxes, err = db.Mailboxes(ctx)
		}
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		if err != nil {
			e.log.Warn("mailboxes can't be listed", "account", a.id, "error", err)
		}
		list = append(list, AccountMailboxes{a.id, boxes})
	}
	return list, nil
}

// Store returns an account's store. It is closed with the engine.
func (e *Engine) Store(id mail.AccountID) (*store.Account, error) {
	a, err := e.account(id)
	if err != nil {
		return nil, err
	}
	return a.store()
}

// Thread returns the messages of a thread, oldest first, or of the one that
// holds a message: threads become one when a message arrives that links them.
func (e *Engine) Thread(ctx context.Context, ref mail.Ref) ([]mail.Message, error) {
	db, err := e.Store(ref.Account)
	if err != nil {
		return nil, err
	}
	if ref.Kind == mail.RefThread {
		return db.Thread(ctx, mail.ThreadID(ref.N))
	}
	m, err := db.Message(ctx, mail.MessageID(ref.N))
	if err != nil {
		return nil, err
	}
	return db.Thread(ctx, m.Thread)
}

// Message returns a message without its parts.
func (e *Engine) Message(ctx context.Context, ref mail.Ref) (mail.Message, error) {
	db, err := e.Store(ref.Account)
	if err != nil {
		return mail.Message{}, err
	}
	m, err := db.Message(ctx, mail.MessageID(ref.N))
	if mail.CodeOf(err) == mail.CodeNotFound {
		err = &mail.Error{Code: mail.CodeNotFound, Args: map[string]string{"id": ref.String()}, Err: err}
	}
	return m, err
}

// Raw returns a message byte for byte as the server has it (CRLF form).
// CodeNotOffline means that its text isn't on this computer yet.
func (e *Engine) Raw(ctx context.Context, ref mail.Ref) ([]byte, error) {
	db, err := e.Store(ref.Account)
	if err != nil {
		return nil, err
	}
	return db.Raw(ctx, mail.MessageID(ref.N))
}

// Changes tells what happened in an account since a state; see store.Account.
func (e *Engine) Changes(ctx context.Context, id mail.AccountID, since mail.State, limit int) (mail.Changes, error) {
	db, err := e.Store(id)
	if err != nil {
		return mail.Changes{}, err
	}
	return db.Changes(ctx, since, limit)
}
