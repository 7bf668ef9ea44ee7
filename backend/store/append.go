package store

import (
	"context"
	"time"

	"waxwing/backend/mail"
)

// Append puts a new message into a mailbox here at once, and queues it for the
// server, in one durable transaction. in is the message made ready by Prepare, with
// its octets, a Message-ID, and ReceivedAt (now, if zero).
//
// When the mailbox has a message with this Message-ID already, that one is returned,
// and nothing is appended; operation 0 then means that nothing was to be replaced
// either. CodeInvalid means that the message has no octets or no Message-ID, or the
// mailbox can't hold messages; CodeNotFound that there is no such mailbox.
func (s *Account) Append(ctx context.Context, a mail.AppendChange, in Incoming) (m mail.MessageID, op mail.OperationID, err error) {
	_, err = s.change(ctx, durable, func(c *change) error {
		m, op, err = c.appendMessage(a, in)
		return err
	})
	if err != nil {
		return 0, 0, err
	}
	return m, op, nil
}

// appendMessage is Append within a transaction, which must be durable.
func (c *change) appendMessage(a mail.AppendChange, in Incoming) (mail.MessageID, mail.OperationID, error) {
	if err := c.validTarget(a.To); err != nil {
		return 0, 0, err
	}
	if in.raw == nil || in.columns.messageID == "" {
		return 0, 0, invalid("message", "has no octets or no Message-ID")
	}
	if in.ReceivedAt.IsZero() {
		in.ReceivedAt = time.Now()
	}
	there, filed := c.filed(a.To, in.columns.messageID)
	if !filed {
		there = c.file(a, &in)
	}
	ch := mail.Change{Messages: []mail.MessageID{there.message}, Append: &a}
	op := c.queue(ch, func(q *queuer) {
		if !filed {
			q.append(there)
		}
		q.supersede(a.To, a.Replaces)
	})
	return there.message, op, c.err
}

// filed finds what a mailbox shows with a Message-ID.
func (c *change) filed(mailbox mail.MailboxID, messageID string) (location, bool) {
	// The sign keeps SQLite from going through the whole mailbox.
	list := c.locations(`message IN (SELECT id FROM message WHERE message_id = ?
			AND thread = (SELECT thread FROM reference WHERE hash = ?)) AND +l.mailbox = ? AND l.status <> 2`,
		messageID, hash(messageID), mailbox)
	if len(list) == 0 {
		return location{}, false
	}
	return list[0], true
}

// file stores a message that is to be appended.
func (c *change) file(a mail.AppendChange, in *Incoming) location {
	list := []Incoming{*in}
	threads := c.newThreader(list)
	id, thread := c.findCopy(a.To, in, c.possibleCopies(list))
	if id == 0 {
		thread = threads.assign(in)
		id = c.insertMessage(in, thread)
		threads.save()
	} else {
		c.note(messageUpdated, int64(id))
	}
	k := pack(a.Keywords).or(keywords{flags: flagSeen})
	l := location{message: id, thread: thread, mailbox: a.To, status: statusArriving,
		receivedAt: millis(in.ReceivedAt), server: k, local: k}
	l.id = c.insertLocation(l)
	return l
}

// append queues what the server is to be given.
func (q *queuer) append(l location) {
	work := q.c.insertWork(q.op, workKey{mailbox: l.mailbox, action: actionAppend})
	q.c.exec("INSERT INTO item (work, message, target) VALUES (?, ?, ?)", work, l.message, l.id)
	q.items++
}

// supersede removes a predecessor, and what that was to remove itself.
func (q *queuer) supersede(mailbox mail.MailboxID, m mail.MessageID) {
	if m == 0 {
		return
	}
	for _, l := range q.c.locations("message = ? AND l.mailbox = ? AND l.status <> 2", m, mailbox) {
		p, waits := q.c.appending(l)
		if !waits || p.begun {
			q.remove(l)
			continue
		}
		for _, w := range q.c.pieces(p.operation) {
			if w.action == actionDestroy && !w.done {
				work := q.c.insertWork(q.op, workKey{mailbox: w.mailbox, action: actionDestroy})
				q.items += int(q.c.count("UPDATE item SET work = ? WHERE work = ?", work, w.id))
				q.c.exec("DELETE FROM work WHERE id = ?", w.id)
			}
		}
		if p.refused { // and so has put it back
			q.supersede(mailbox, p.replaces)
		}
		q.drop(p, l)
	}
}

// appending is an unfinished piece of work that appends.
type appending struct {
	work           int64
	operation      mail.OperationID
	replaces       mail.MessageID
	begun, refused bool
}

// appending finds the piece that brings a location; ok is false when none does.
func (t *tx) appending(l location) (p appending, ok bool) {
	if l.uid != 0 {
		return p, false
	}
	ok = t.row(`SELECT w.id, w.operation, coalesce(json_extract(o.change, '$.Append.Replaces'), 0), w.begun, o.state = 'refused'
		FROM item i JOIN work w ON w.id = i.work JOIN operation o ON o.id = w.operation
		WHERE i.target = ? AND w.action = ? AND NOT w.done`, []any{l.id, actionAppend},
		&p.work, &p.operation, &p.replaces, &p.begun, &p.refused)
	return p, ok
}

// appended notes that a location's message has reached the server, by whatever way.
func (c *change) appended(l location) {
	p, ok := c.appending(l)
	if !ok {
		return
	}
	if p.refused {
		c.requeue(p.operation)
		defer c.forgetEmptyOperations()
	}
	c.exec("UPDATE work SET done = 1, journal = NULL WHERE id = ?", p.work)
	c.closeOperation(p.operation)
}

// drop takes back what is to be appended, with what the person did to it since.
// Operations that this empties are left to the end of the queuer.
func (q *queuer) drop(p appending, l location) {
	q.c.dropAppend(p, l)
	q.dropped = true
}

func (c *change) dropAppend(p appending, l location) {
	c.exec("DELETE FROM work WHERE id = ?", p.work)
	c.dropLocation(l)
	c.exec("DELETE FROM operation WHERE id = ?1 AND NOT EXISTS (SELECT 1 FROM work WHERE operation = ?1)", p.operation)
}

// redirect makes a message be appended to another mailbox. The piece becomes another
// one: the former may have been taken from the queue. It returns the location there.
func (c *change) redirect(p appending, l location, to mail.MailboxID) location {
	there := l
	there.mailbox, there.status = to, statusArriving
	if others := c.locations(`message = ? AND l.mailbox = ? AND l.status <> 2
			AND NOT EXISTS (SELECT 1 FROM item WHERE target = l.id AND location = ?)`, l.message, to, l.id); len(others) > 0 {
		there = others[0] // the same octets are there already
	} else {
		there.id = c.insertLocation(there)
		work := c.insertWork(p.operation, workKey{mailbox: to, action: actionAppend})
		c.exec("INSERT INTO item (work, message, target) VALUES (?, ?, ?)", work, l.message, there.id)
		c.exec("UPDATE operation SET change = json_set(change, '$.Append.To', ?) WHERE id = ?", to, p.operation)
	}
	c.exec("DELETE FROM work WHERE id = ?", p.work)
	c.resource(l, there)
	c.deleteLocation(l)
	c.settle(there)
	c.exec("DELETE FROM operation WHERE id = ?1 AND NOT EXISTS (SELECT 1 FROM work WHERE operation = ?1)", p.operation)
	if now, ok := c.location(there.id); ok {
		there = now
	}
	return there
}

// refuseAppend keeps the message of a refused piece, here only. What the person did
// to it afterwards can't wait for the server: one that was deleted goes, one that was
// moved is where it was to go.
func (c *change) refuseAppend(w piece) {
	// Its journal stays: whoever tries again looks there first.
	c.exec("UPDATE work SET begun = 0, attempts = 0, retry_at = 0 WHERE id = ?", w.id)
	for _, i := range c.items(w.id) {
		l, ok := c.location(i.target)
		for ok && !l.visible() {
			p, waits := c.appending(l)
			if !waits {
				break
			}
			var action int
			var to mail.MailboxID
			if !c.row(`SELECT w.action, coalesce(w.target, 0) FROM item i JOIN work w ON w.id = i.work
					WHERE i.location = ? AND NOT w.done AND w.action <> ? ORDER BY w.operation, w.id LIMIT 1`,
				[]any{l.id, actionKeywords}, &action, &to) {
				break
			}
			if action == actionDestroy {
				c.dropAppend(p, l)
				break
			}
			l = c.redirect(p, l, to)
		}
	}
}

// rescueAppends finds another place for what was to be appended to a mailbox that is
// gone: the one that has its role now, or else the inbox. In the inbox it waits for
// the person, refused.
func (c *change) rescueAppends(m mail.Mailbox) (refused []mail.Operation) {
	to := c.instead(m)
	if to.ID == 0 {
		return nil
	}
	for _, l := range c.locations("mailbox = ? AND l.uid IS NULL", m.ID) {
		p, waits := c.appending(l)
		if !waits {
			continue
		}
		there := c.redirect(p, l, to.ID)
		if now, waits := c.appending(there); !waits || now.refused || to.Role == m.Role {
			continue
		}
		c.refuseOperation(p.operation, &mail.Error{Code: mail.CodeMailboxGone, Args: map[string]string{"mailbox": m.Path}})
		refused = append(refused, readOperations(c.tx, "id = ?", p.operation)...)
	}
	return refused
}

// instead is the mailbox that takes the place of one that is gone; the zero Mailbox
// when there is none.
func (c *change) instead(m mail.Mailbox) (best mail.Mailbox) {
	rank := 0
	for _, other := range readMailboxes(c.tx) {
		n := 1
		switch {
		case other.ID == m.ID || !other.Selectable:
			continue
		case other.Role == m.Role && m.Role != mail.RoleNone:
			n = 3
		case other.Role == mail.RoleInbox:
			n = 2
		}
		if n > rank {
			best, rank = other, n
		}
	}
	return best
}

// RetryOperation puts a refused append back into the queue. CodeNotFound when there
// is none.
func (s *Account) RetryOperation(ctx context.Context, id mail.OperationID) error {
	_, err := s.change(ctx, durable, func(c *change) error {
		if c.integer(`SELECT count(*) FROM operation o WHERE id = ? AND state = 'refused' AND NOT undone
				AND EXISTS (SELECT 1 FROM work WHERE operation = o.id AND action = ? AND NOT done)`, id, actionAppend) == 0 && c.err == nil {
			return notFound("operation")
		}
		c.requeue(id)
		c.forgetEmptyOperations()
		return c.err
	})
	return err
}

// requeue lets a refused append be tried again. Operations that this empties are left
// to its caller.
func (c *change) requeue(op mail.OperationID) {
	c.exec("UPDATE operation SET state = 'pending', undone = 0, attempts = 0, problem = '' WHERE id = ?", op)
	for _, o := range readOperations(c.tx, "id = ?", op) {
		q := queuer{c: c, op: op, work: map[workKey]*bounded{}}
		q.supersede(o.Change.Append.To, o.Change.Append.Replaces)
	}
}
