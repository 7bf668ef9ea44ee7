package app

import (
	"context"

	"waxwing/backend/engine"
	"waxwing/backend/mail"
	"waxwing/backend/message"
	"waxwing/backend/render"
)

// changesLimit is how many messages Changes tells of at a time.
const changesLimit = 500

// Mail reads mail and changes it.
type Mail struct{ shell *shell }

// Mailboxes returns every account's mailboxes.
func (s *Mail) Mailboxes() (MailboxList, error) {
	e, ctx, err := s.shell.engine()
	if err != nil {
		return MailboxList{}, err
	}
	list, err := e.Mailboxes(ctx)
	return MailboxList{Accounts: each(list, toMailboxes)}, err
}

// Threads returns a page of a mailbox or joint view, newest first.
func (s *Mail) Threads(q ThreadQuery) (ThreadPage, error) {
	e, ctx, err := s.shell.engine()
	if err != nil {
		return ThreadPage{}, err
	}
	view, err := engine.ParseView(q.View)
	if err != nil {
		return ThreadPage{}, err
	}
	page, err := e.Threads(ctx, view, engine.Filter(q.Filter), q.Offset, q.Limit)
	return toPage(page), err
}

// Search returns a page of the threads that match, newest first.
func (s *Mail) Search(q SearchQuery) (ThreadPage, error) {
	e, ctx, err := s.shell.engine()
	if err != nil {
		return ThreadPage{}, err
	}
	var account mail.AccountID
	if q.Account != "" {
		ref, err := mail.ParseRef(q.Account, mail.RefAccount)
		if err != nil {
			return ThreadPage{}, err
		}
		account = ref.Account
	}
	page, err := e.Search(ctx, q.Query, account, q.Offset, q.Limit)
	return toPage(page), err
}

// Thread returns the conversation with the id, or the one that holds the
// message with the id.
func (s *Mail) Thread(id string) (Thread, error) {
	e, ctx, err := s.shell.engine()
	if err != nil {
		return Thread{}, err
	}
	ref, err := mail.ParseRef(id, mail.RefThread)
	if err != nil {
		ref, err = mail.ParseRef(id, mail.RefMessage)
	}
	if err != nil {
		return Thread{}, err
	}
	list, err := e.Thread(ctx, ref)
	if err != nil {
		return Thread{}, err
	}
	first := list[0] // an empty one isn't found
	return Thread{
		ID:       mail.ThreadRef(ref.Account, first.Thread).String(),
		Subject:  first.Subject,
		Messages: each(list, func(m mail.Message) Message { return toMessage(ref.Account, m) }),
	}, nil
}

// Body tells where a message's body is loaded from and what was left out of it.
// CodeNotOffline means that its text isn't on this computer yet.
func (s *Mail) Body(id string) (Body, error) {
	m, ref, err := s.read(id)
	if err != nil {
		return Body{}, err
	}
	doc := render.Body(m, render.Options{RemoteURL: s.shell.bodies.pictures(nil)})
	return Body{
		URL: bodyURL(ref), BlockedRemote: doc.Blocked, HasHTML: m.HTML != "", Cut: doc.Cut, TooDeep: m.TooDeep,
	}, nil
}

// read loads and parses a message.
func (s *Mail) read(id string) (*message.Message, mail.Ref, error) {
	raw, ref, err := s.raw(id)
	if err != nil {
		return nil, mail.Ref{}, err
	}
	return message.Parse(raw), ref, nil
}

// raw loads a message's octets.
func (s *Mail) raw(id string) ([]byte, mail.Ref, error) {
	e, ctx, err := s.shell.engine()
	if err != nil {
		return nil, mail.Ref{}, err
	}
	ref, err := mail.ParseRef(id, mail.RefMessage)
	if err != nil {
		return nil, mail.Ref{}, err
	}
	raw, err := e.Raw(ctx, ref)
	return raw, ref, err
}

// Source returns the raw message as text; octets that are no UTF-8 are replaced.
func (s *Mail) Source(id string) (string, error) {
	raw, _, err := s.raw(id)
	return string(raw), err
}

// change does something to messages that the screens name by id.
func (s *Mail) change(
	ids []string, do func(context.Context, *engine.Engine, []mail.Ref) (engine.Receipt, error),
) (Receipt, error) {
	e, ctx, err := s.shell.engine()
	if err != nil {
		return Receipt{}, err
	}
	refs, err := parseRefs(ids, mail.RefMessage)
	if err != nil {
		return Receipt{}, err
	}
	r, err := do(ctx, e, refs)
	return toReceipt(r), err
}

// SetKeywords adds and removes keywords.
func (s *Mail) SetKeywords(ids, add, remove []string) (Receipt, error) {
	keywords := func(list []string) []mail.Keyword {
		return each(list, func(k string) mail.Keyword { return mail.Keyword(k) })
	}
	return s.change(ids, func(ctx context.Context, e *engine.Engine, refs []mail.Ref) (engine.Receipt, error) {
		return e.SetKeywords(ctx, refs, keywords(add), keywords(remove))
	})
}

// Move moves messages into a mailbox of their account; see take.
func (s *Mail) Move(ids, from []string, mailbox string) (Receipt, error) {
	to, err := mail.ParseRef(mailbox, mail.RefMailbox)
	if err != nil {
		return Receipt{}, err
	}
	return s.take(ids, from, func(e *engine.Engine, ctx context.Context, messages []mail.Ref, from ...mail.Ref) (engine.Receipt, error) {
		return e.Move(ctx, messages, to, from...)
	})
}

// take takes messages out of one of the mailboxes in from, at most one of each
// account; or, for an account that has none there, out of the inbox or else
// another mailbox. Copies in other mailboxes stay.
func (s *Mail) take(
	ids, from []string, do func(*engine.Engine, context.Context, []mail.Ref, ...mail.Ref) (engine.Receipt, error),
) (Receipt, error) {
	mailboxes, err := parseRefs(from, mail.RefMailbox)
	if err != nil {
		return Receipt{}, err
	}
	return s.change(ids, func(ctx context.Context, e *engine.Engine, refs []mail.Ref) (engine.Receipt, error) {
		return do(e, ctx, refs, mailboxes...)
	})
}

// Archive moves messages to the archive; see take.
func (s *Mail) Archive(ids, from []string) (Receipt, error) {
	return s.take(ids, from, (*engine.Engine).Archive)
}

// Trash moves messages to the trash; see take.
func (s *Mail) Trash(ids, from []string) (Receipt, error) {
	return s.take(ids, from, (*engine.Engine).Trash)
}

// Junk moves messages to junk; see take.
func (s *Mail) Junk(ids, from []string) (Receipt, error) {
	return s.take(ids, from, (*engine.Engine).Junk)
}

// Destroy deletes messages for good; see take. It can't be undone.
func (s *Mail) Destroy(ids, from []string) (Receipt, error) {
	return s.take(ids, from, (*engine.Engine).Destroy)
}

// Undo takes back what a receipt stands for.
func (s *Mail) Undo(receipt Receipt) error {
	e, ctx, err := s.shell.engine()
	if err != nil {
		return err
	}
	refs, err := parseRefs(receipt.Operations, mail.RefOperation)
	if err != nil {
		return err
	}
	return e.Undo(ctx, refs)
}

// Pending lists the changes that wait for the servers or were refused by them.
func (s *Mail) Pending() ([]Operation, error) {
	e, ctx, err := s.shell.engine()
	if err != nil {
		return nil, err
	}
	list, err := e.Operations(ctx)
	return each(list, func(o engine.AccountOperation) Operation { return toOperation(o.Account, o.Operation) }), err
}

// Dismiss forgets a refused change.
func (s *Mail) Dismiss(operation string) error {
	return s.refused(operation, (*engine.Engine).Dismiss)
}

// RetryRefused tries again to save a message that was refused.
func (s *Mail) RetryRefused(operation string) error {
	return s.refused(operation, (*engine.Engine).RetryRefused)
}

// DestroyRefused deletes for good what a refused move was about.
func (s *Mail) DestroyRefused(operation string) error {
	return s.refused(operation, (*engine.Engine).DestroyRefused)
}

// refused does something about a refused change that the screens name by id.
func (s *Mail) refused(operation string, do func(*engine.Engine, context.Context, mail.Ref) error) error {
	e, ctx, err := s.shell.engine()
	if err != nil {
		return err
	}
	ref, err := mail.ParseRef(operation, mail.RefOperation)
	if err != nil {
		return err
	}
	return do(e, ctx, ref)
}

// Changes tells what happened to an account since a state.
func (s *Mail) Changes(account string, since int64) (Changes, error) {
	e, ctx, err := s.shell.engine()
	if err != nil {
		return Changes{}, err
	}
	ref, err := mail.ParseRef(account, mail.RefAccount)
	if err != nil {
		return Changes{}, err
	}
	c, err := e.Changes(ctx, ref.Account, mail.State(since), changesLimit)
	return toChanges(ref.Account, c), err
}
