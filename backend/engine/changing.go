package engine

import (
	"context"
	"errors"
	"slices"

	"waxwing/backend/mail"
	"waxwing/backend/store"
)

// Receipt tells what became of a change to messages, so that it can be undone.
type Receipt struct {
	Operations []mail.Ref // one per account and kind; none when all was so already
	Count      int        // messages that the change was about
}

// Do applies a change of one account's messages here at once, and queues it
// for the server. A change of nothing returns operation 0.
func (e *Engine) Do(ctx context.Context, id mail.AccountID, c mail.Change) (mail.OperationID, error) {
	a, err := e.account(id)
	if err != nil {
		return 0, err
	}
	db, err := a.store()
	if err != nil {
		return 0, err
	}
	op, err := db.Apply(ctx, c)
	if err != nil || op == 0 {
		return 0, err
	}
	a.queued(ctx, db)
	return op, nil
}

// SetKeywords adds and removes keywords.
func (e *Engine) SetKeywords(ctx context.Context, messages []mail.Ref, add, remove []mail.Keyword) (Receipt, error) {
	return e.each(messages, func(r *Receipt, id mail.AccountID, list []mail.MessageID) error {
		return e.note(ctx, r, id, mail.Change{
			Messages: list,
			Keywords: &mail.KeywordChange{Add: add, Remove: remove},
		})
	})
}

// Move moves messages into a mailbox of their account. from are the mailboxes that
// they are taken out of, at most one of each account; without one, see
// [mail.MoveChange]. CodeInvalid with field "mailbox" means that the target belongs
// to another account.
func (e *Engine) Move(ctx context.Context, messages []mail.Ref, to mail.Ref, from ...mail.Ref) (Receipt, error) {
	for _, m := range messages {
		if m.Account != to.Account {
			return Receipt{}, invalid("mailbox")
		}
	}
	return e.each(messages, func(r *Receipt, id mail.AccountID, list []mail.MessageID) error {
		return e.note(ctx, r, id, mail.Change{
			Messages: list,
			Move:     &mail.MoveChange{From: mailboxOf(id, from), To: mail.MailboxID(to.N)},
		})
	})
}

// mailboxOf returns the one of the mailboxes that belongs to an account, 0 for none.
func mailboxOf(id mail.AccountID, mailboxes []mail.Ref) mail.MailboxID {
	for _, m := range mailboxes {
		if m.Account == id {
			return mail.MailboxID(m.N)
		}
	}
	return 0
}

// Archive, Trash and Junk move messages into their account's mailbox of that
// role, out of one of from; see Move. CodeNoMailbox means that an account has none
// of the role; its Args["role"] says which. Where there is no archive but a mailbox
// of all mail, archiving takes a message out of the inbox only.
func (e *Engine) Archive(ctx context.Context, messages []mail.Ref, from ...mail.Ref) (Receipt, error) {
	return e.moveToRole(ctx, messages, mail.RoleArchive, from)
}

// Trash moves messages to the trash; see Archive.
func (e *Engine) Trash(ctx context.Context, messages []mail.Ref, from ...mail.Ref) (Receipt, error) {
	return e.moveToRole(ctx, messages, mail.RoleTrash, from)
}

// Junk moves messages to junk; see Archive.
func (e *Engine) Junk(ctx context.Context, messages []mail.Ref, from ...mail.Ref) (Receipt, error) {
	return e.moveToRole(ctx, messages, mail.RoleJunk, from)
}

// Destroy deletes messages for good, in one of from or else as
// [mail.DestroyChange] says. It can't be undone.
func (e *Engine) Destroy(ctx context.Context, messages []mail.Ref, from ...mail.Ref) (Receipt, error) {
	return e.each(messages, func(r *Receipt, id mail.AccountID, list []mail.MessageID) error {
		return e.note(ctx, r, id, mail.Change{Messages: list, Destroy: &mail.DestroyChange{From: mailboxOf(id, from)}})
	})
}

// Delete moves messages to the trash, one copy of each, and destroys those that are
// only there already or whose account has no trash. Those that are gone are passed over.
func (e *Engine) Delete(ctx context.Context, messages []mail.Ref) (Receipt, error) {
	return e.each(messages, func(r *Receipt, id mail.AccountID, list []mail.MessageID) error {
		db, err := e.Store(id)
		if err != nil {
			return err
		}
		roles, err := rolesOf(ctx, db)
		if err != nil {
			return err
		}
		trash := roles[mail.RoleTrash]
		elsewhere := func(box mail.MailboxID) bool { return box != trash }
		var move, destroy []mail.MessageID
		var gone error
		for _, m := range list {
			known, err := db.Message(ctx, m)
			switch {
			case mail.CodeOf(err) == mail.CodeNotFound:
				gone = err
			case err != nil:
				return err
			case trash != 0 && slices.ContainsFunc(known.Mailboxes, elsewhere):
				move = append(move, m)
			default:
				destroy = append(destroy, m)
			}
		}
		if len(move)+len(destroy) == 0 {
			return gone
		}
		return errors.Join(
			e.note(ctx, r, id, mail.Change{Messages: move, Move: &mail.MoveChange{To: trash}}),
			e.note(ctx, r, id, mail.Change{Messages: destroy, Destroy: &mail.DestroyChange{}}),
		)
	})
}

// moveToRole moves messages into the mailbox that has the role.
func (e *Engine) moveToRole(ctx context.Context, messages []mail.Ref, role mail.Role, from []mail.Ref) (Receipt, error) {
	return e.each(messages, func(r *Receipt, id mail.AccountID, list []mail.MessageID) error {
		db, err := e.Store(id)
		if err != nil {
			return err
		}
		roles, err := rolesOf(ctx, db)
		if err != nil {
			return err
		}
		move := mail.MoveChange{From: mailboxOf(id, from), To: roles[role]}
		if move.To == 0 && role == mail.RoleArchive {
			// As at Gmail: everything is in All Mail, archived is what isn't in the inbox.
			move = mail.MoveChange{From: roles[mail.RoleInbox], To: roles[mail.RoleAll]}
		}
		if move.To == 0 {
			return &mail.Error{Code: mail.CodeNoMailbox, Args: map[string]string{"role": string(role)}}
		}
		return e.note(ctx, r, id, mail.Change{Messages: list, Move: &move})
	})
}

// rolesOf maps the roles that the account's mailboxes have to the mailboxes.
func rolesOf(ctx context.Context, db *store.Account) (map[mail.Role]mail.MailboxID, error) {
	boxes, err := db.Mailboxes(ctx)
	if err != nil {
		return nil, err
	}
	roles := map[mail.Role]mail.MailboxID{}
	for _, b := range boxes {
		if b.Role != mail.RoleNone && b.Selectable {
			roles[b.Role] = b.ID
		}
	}
	return roles, nil
}

// note does a change and adds it to the receipt.
func (e *Engine) note(ctx context.Context, r *Receipt, id mail.AccountID, c mail.Change) error {
	if len(c.Messages) == 0 {
		return nil
	}
	op, err := e.Do(ctx, id, c)
	if err != nil {
		return err
	}
	r.Count += len(c.Messages)
	if op != 0 {
		r.Operations = append(r.Operations, mail.OperationRef(id, op))
	}
	return nil
}

// each calls f for the messages of each account, in the order in which the
// accounts come. All accounts are served even when one fails; the receipt
// tells what was done.
func (e *Engine) each(
	messages []mail.Ref, f func(*Receipt, mail.AccountID, []mail.MessageID) error,
) (Receipt, error) {
	var order []mail.AccountID
	lists := map[mail.AccountID][]mail.MessageID{}
	for _, m := range messages {
		if m.Kind != mail.RefMessage {
			return Receipt{}, &mail.Error{Code: mail.CodeNotFound, Args: map[string]string{"id": m.String()}}
		}
		if _, known := lists[m.Account]; !known {
			order = append(order, m.Account)
		}
		lists[m.Account] = append(lists[m.Account], mail.MessageID(m.N))
	}
	receipt := Receipt{Operations: []mail.Ref{}}
	var errs []error
	for _, id := range order {
		errs = append(errs, f(&receipt, id, lists[id]))
	}
	return receipt, errors.Join(errs...)
}

// Undo takes operations back, the last first. CodeNotFound means that one of
// them can't be undone any more; the others are.
func (e *Engine) Undo(ctx context.Context, operations []mail.Ref) error {
	var errs []error
	for _, ref := range slices.Backward(operations) {
		errs = append(errs, e.undo(ctx, ref))
	}
	return errors.Join(errs...)
}

func (e *Engine) undo(ctx context.Context, ref mail.Ref) error {
	a, err := e.account(ref.Account)
	if err != nil {
		return err
	}
	db, err := a.store()
	if err != nil {
		return err
	}
	if err := db.Undo(ctx, mail.OperationID(ref.N)); err != nil {
		return err
	}
	a.queued(ctx, db)
	return nil
}

// AccountOperation is an operation with the account that it belongs to.
type AccountOperation struct {
	Account mail.AccountID
	mail.Operation
}

// Operations lists what waits for the servers and what they refused, by
// account, oldest first.
func (e *Engine) Operations(ctx context.Context) ([]AccountOperation, error) {
	list := []AccountOperation{}
	for _, a := range e.all() {
		db, err := a.store()
		if err != nil {
			continue // the account's status says why
		}
		ops, err := db.Operations(ctx)
		if err != nil {
			return nil, err
		}
		for _, op := range ops {
			list = append(list, AccountOperation{a.id, op})
		}
	}
	return list, nil
}

// RetryRefused lets a message that a mailbox had no room for be tried again there; see
// [store.Account.RetryOperation].
func (e *Engine) RetryRefused(ctx context.Context, operation mail.Ref) error {
	a, err := e.account(operation.Account)
	if err != nil {
		return err
	}
	db, err := a.store()
	if err != nil {
		return err
	}
	if err := db.RetryOperation(ctx, mail.OperationID(operation.N)); err != nil {
		return err
	}
	a.queued(ctx, db)
	return nil
}

// DestroyRefused deletes for good what a refused move was about, such as one to a
// trash that is full; see [store.Account.DestroyRefused].
func (e *Engine) DestroyRefused(ctx context.Context, operation mail.Ref) error {
	a, err := e.account(operation.Account)
	if err != nil {
		return err
	}
	db, err := a.store()
	if err != nil {
		return err
	}
	if _, err := db.DestroyRefused(ctx, mail.OperationID(operation.N)); err != nil {
		return err
	}
	a.queued(ctx, db)
	return nil
}

// Dismiss forgets a refused operation.
func (e *Engine) Dismiss(ctx context.Context, operation mail.Ref) error {
	db, err := e.Store(operation.Account)
	if err != nil {
		return err
	}
	return db.DismissOperation(ctx, mail.OperationID(operation.N))
}
