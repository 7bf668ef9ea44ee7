package store

import (
	"cmp"
	"context"

	"waxwing/backend/mail"
)

// DestroyRefused deletes for good what a refused move was about, in the mailboxes
// that the move would have taken it out of, and forgets the refusal, in one durable
// transaction. What is gone meanwhile, or is where it should have gone, is passed
// over; operation 0 means that nothing was left to delete. CodeNotFound means that
// there is no such refusal.
func (s *Account) DestroyRefused(ctx context.Context, id mail.OperationID) (mail.OperationID, error) {
	var op mail.OperationID
	_, err := s.change(ctx, durable, func(c *change) error {
		list := readOperations(c.tx, "id = ? AND state = 'refused'", id)
		if len(list) == 0 || list[0].Change.Move == nil {
			return cmp.Or(c.err, notFound("operation"))
		}
		move, messages := *list[0].Change.Move, list[0].Change.Messages
		op = c.queue(mail.Change{Messages: messages, Destroy: &mail.DestroyChange{From: move.From}}, func(q *queuer) {
			for _, m := range messages {
				copies := c.locations("message = ?", m)
				if move.From == 0 && inMailbox(copies, move.To) {
					continue // it was moved before the rest was refused
				}
				if l, ok := q.source(copies, move); ok {
					q.remove(l)
				}
			}
		})
		c.exec("DELETE FROM operation WHERE id = ?", id)
		return c.err
	})
	return op, err
}

// inMailbox reports whether one of a message's locations is seen in a mailbox.
func inMailbox(list []location, m mail.MailboxID) bool {
	for _, l := range list {
		if l.visible() && l.mailbox == m {
			return true
		}
	}
	return false
}
