package store

import (
	"cmp"
	"context"

	"waxwing/backend/mail"
)

// Undo takes an operation back. What the server hasn't been asked yet is
// dropped, as if it had never been; for the rest the opposite is queued.
// CodeNotFound when it can't be undone (any more): it destroyed or appended, it was
// undone or refused before, or it is too long ago.
func (s *Account) Undo(ctx context.Context, id mail.OperationID) error {
	_, err := s.change(ctx, durable, func(c *change) error {
		list := readOperations(c.tx, "id = ? AND state <> 'refused' AND NOT undone", id)
		if len(list) == 0 || list[0].Change.Destroy != nil || list[0].Change.Append != nil {
			return cmp.Or(c.err, notFound("operation"))
		}
		undone := false
		for _, w := range c.pieces(id) {
			switch {
			case !w.begun && !w.done:
				c.revertWork(w.id)
				undone = true
			case w.action == actionKeywords:
				undone = c.reverseKeywords(w) || undone
			case w.action == actionMove:
				undone = c.reverseMove(w) || undone
			}
		}
		if !undone {
			return cmp.Or(c.err, notFound("operation"))
		}
		c.exec("UPDATE operation SET undone = 1 WHERE id = ?", id)
		c.forgetEmptyOperations()
		c.closeOperation(id)
		return c.err
	})
	return err
}

// piece is a row of table work.
type piece struct {
	id          int64
	mailbox     mail.MailboxID
	action      int
	target      mail.MailboxID
	begun, done bool
}

func (t *tx) pieces(op mail.OperationID) []piece {
	var out []piece
	t.each("SELECT id, mailbox, action, coalesce(target, 0), begun, done FROM work WHERE operation = ? ORDER BY id",
		[]any{op}, func(scan func(...any)) {
			var p piece
			scan(&p.id, &p.mailbox, &p.action, &p.target, &p.begun, &p.done)
			out = append(out, p)
		})
	return out
}

// reverseKeywords queues the opposite of what a piece changed, one operation
// for each difference. It reports whether there was anything to change back.
func (c *change) reverseKeywords(w piece) bool {
	type difference struct{ added, removed string }
	groups := map[difference][]location{}
	c.each("SELECT message, coalesce(location, 0), added, removed FROM item WHERE work = ? ORDER BY id", []any{w.id},
		func(scan func(...any)) {
			var l location
			var d difference
			scan(&l.message, &l.id, &d.added, &d.removed)
			groups[d] = append(groups[d], l)
		})
	reversed := false
	for d, list := range groups {
		back := mail.KeywordChange{Add: fromJSON[[]mail.Keyword](d.removed), Remove: fromJSON[[]mail.Keyword](d.added)}
		reversed = c.queue(mail.Change{Messages: messagesOf(list), Keywords: &back}, func(q *queuer) {
			for _, l := range list {
				if now, ok := c.location(l.id); ok && now.visible() {
					q.keywords([]location{now}, back)
				} else { // moved on meanwhile
					q.keywords(c.locations("message = ?", l.message), back)
				}
			}
		}) != 0 || reversed
	}
	return reversed
}

// reverseMove queues the way back for what a piece moved.
func (c *change) reverseMove(w piece) bool {
	if c.integer("SELECT count(*) FROM mailbox WHERE id = ?", w.mailbox) == 0 {
		return false
	}
	var list []location
	for _, i := range c.items(w.id) {
		if target, ok := c.location(i.target); ok && target.visible() {
			list = append(list, target)
		}
	}
	back := mail.MoveChange{From: w.target, To: w.mailbox}
	return c.queue(mail.Change{Messages: messagesOf(list), Move: &back}, func(q *queuer) {
		for _, l := range list {
			q.move(c.locations("message = ?", l.message), back)
		}
	}) != 0
}

func messagesOf(list []location) []mail.MessageID {
	out := make([]mail.MessageID, len(list))
	for i, l := range list {
		out[i] = l.message
	}
	return out
}

// Refuse reverts the local half of the piece's whole operation, as far as the
// server hasn't done it, and keeps it listed with the reason. What the person
// did to the messages afterwards stays: it now applies to where they are. The message
// of an append stays, too, here only; see RetryOperation.
// A piece that was taken back meanwhile needs nothing.
func (s *Account) Refuse(ctx context.Context, work int64, reason *mail.Error) error {
	_, err := s.change(ctx, durable, func(c *change) error {
		op := mail.OperationID(c.integer("SELECT operation FROM work WHERE id = ? AND NOT done", work))
		if op == 0 {
			return c.err
		}
		c.refuseOperation(op, reason)
		return c.err
	})
	return err
}

// refuseOperation takes back what is left of an operation and keeps it listed.
func (c *change) refuseOperation(op mail.OperationID, reason *mail.Error) {
	var keep []piece
	for _, w := range c.pieces(op) {
		switch {
		case w.done:
		case w.action == actionAppend:
			keep = append(keep, w)
		default:
			c.revertWork(w.id)
		}
	}
	c.exec("UPDATE operation SET state = 'refused', attempts = attempts + 1, problem = ? WHERE id = ?", packProblem(reason), op)
	c.exec("DELETE FROM operation WHERE id = ? AND undone", op) // nobody wants it any more
	for _, w := range keep {
		c.refuseAppend(w)
	}
	c.forgetEmptyOperations()
}

// revertWork takes an unfinished piece back.
func (c *change) revertWork(id int64) {
	items := c.items(id)
	c.exec("DELETE FROM work WHERE id = ?", id) // and its items
	for _, i := range items {
		c.revertItem(i)
	}
}

func (c *change) revertItem(i item) {
	source, ok := c.location(i.location)
	if target, arrives := c.location(i.target); arrives {
		switch {
		case target.uid != 0: // the server has it there, by another's doing
			c.setStatus(target, arrived(target.status))
		case ok:
			c.resource(target, source)
			c.deleteLocation(target)
		default:
			c.dropLocation(target)
		}
	}
	if ok {
		c.settle(source)
	}
}

// resource makes what later operations do to one location of a message happen
// to another one.
func (c *change) resource(from, to location) {
	type later struct {
		item
		op  mail.OperationID
		key workKey
	}
	var list []later
	c.each(`SELECT i.id, coalesce(i.target, 0), w.operation, w.action, coalesce(w.target, 0), w.keywords
		FROM item i JOIN work w ON w.id = i.work WHERE i.location = ? AND NOT w.done ORDER BY w.operation, w.id`,
		[]any{from.id}, func(scan func(...any)) {
			var l later
			l.key.mailbox = to.mailbox
			scan(&l.id, &l.target, &l.op, &l.key.action, &l.key.target, &l.key.keywords)
			list = append(list, l)
		})
	for _, l := range list {
		if l.key.action == actionMove && l.key.target == to.mailbox { // back to where it is
			c.exec("DELETE FROM item WHERE id = ?", l.id)
			if target, ok := c.location(l.target); ok {
				c.resource(target, to)
				c.deleteLocation(target)
			}
			continue
		}
		work := c.openWork(l.op, l.key)
		c.exec("UPDATE item SET work = ?, location = ? WHERE id = ?", work, to.id, l.id)
	}
}

// openKey names a piece that openWork made.
type openKey struct {
	op mail.OperationID
	workKey
}

// openWork returns a piece of the operation that this transaction made, for one
// message more, a new one if need be. An older piece may have been taken from the queue, and would
// be finished without the server having been asked for what is added to it.
func (c *change) openWork(op mail.OperationID, k workKey) int64 {
	work := c.opened[openKey{op, k}]
	if work == nil || work.items == pieceBound {
		work = &bounded{id: c.insertWork(op, k)}
		c.opened[openKey{op, k}] = work
	}
	work.items++
	return work.id
}

// settle derives a location's status and keywords from the work that is left
// for it.
func (c *change) settle(l location) {
	status := statusPresent
	if c.integer(`SELECT count(*) FROM item i JOIN work w ON w.id = i.work
			WHERE i.location = ? AND w.action <> ? AND NOT w.done`, l.id, actionKeywords) > 0 {
		status = statusLeaving
	} else if c.integer("SELECT count(*) FROM item i JOIN work w ON w.id = i.work WHERE i.target = ? AND NOT w.done", l.id) > 0 {
		status = statusArriving
	}
	if status != l.status {
		c.setStatus(l, status)
		l.status = status
	}
	c.refold(l)
}
