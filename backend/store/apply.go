package store

import (
	"cmp"
	"context"
	"slices"
	"time"

	"waxwing/backend/mail"
)

// The actions of work.
const (
	actionKeywords = iota + 1
	actionMove
	actionDestroy
	actionAppend
)

// Apply does the local half of a change and queues it, in one durable
// transaction. A change of nothing (already so) returns operation 0. Messages
// that are gone are passed over; when none is left, that is CodeNotFound. A new
// message is put into a mailbox by Append.
func (s *Account) Apply(ctx context.Context, ch mail.Change) (mail.OperationID, error) {
	var id mail.OperationID
	_, err := s.change(ctx, durable, func(c *change) (err error) {
		if err := c.validate(ch); err != nil {
			return err
		}
		id, err = c.apply(ch)
		return err
	})
	if err != nil {
		return 0, err
	}
	return id, nil
}

func (c *change) validate(ch mail.Change) error {
	set := 0
	for _, is := range []bool{ch.Keywords != nil, ch.Move != nil, ch.Destroy != nil} {
		if is {
			set++
		}
	}
	if set != 1 || ch.Append != nil {
		return invalid("change", "exactly one of keywords, move and destroy")
	}
	if ch.Move != nil {
		return c.validTarget(ch.Move.To)
	}
	return nil
}

// validTarget fails unless the mailbox exists and can hold messages.
func (c *change) validTarget(id mail.MailboxID) error {
	to, err := readMailbox(c.tx, id)
	if err == nil && !to.Selectable {
		err = invalid("mailbox", "holds no messages")
	}
	return err
}

// apply queues a valid change.
func (c *change) apply(ch mail.Change) (mail.OperationID, error) {
	byMessage := map[mail.MessageID][]location{}
	for _, l := range c.locations("message IN (SELECT value FROM json_each(?))", toJSON(ch.Messages)) {
		byMessage[l.message] = append(byMessage[l.message], l)
	}
	if len(byMessage) == 0 {
		return 0, cmp.Or(c.err, notFound("message"))
	}
	op := c.queue(ch, func(q *queuer) {
		for _, m := range ch.Messages {
			switch list := byMessage[m]; {
			case ch.Keywords != nil:
				q.keywords(list, *ch.Keywords)
			case ch.Move != nil:
				q.move(list, *ch.Move)
			default:
				q.destroy(list, *ch.Destroy)
			}
			delete(byMessage, m) // named twice, done once
		}
	})
	if ch.Keywords == nil {
		c.forgetDrafts(ch.Messages)
	}
	return op, c.err
}

// queue writes an operation with the work that f finds, or returns 0 when f
// finds none.
func (c *change) queue(ch mail.Change, f func(*queuer)) mail.OperationID {
	op := mail.OperationID(c.exec("INSERT INTO operation (change, state, created_at) VALUES (?, 'pending', ?)",
		toJSON(ch), time.Now().UnixMilli()))
	q := queuer{c: c, op: op, work: map[workKey]*bounded{}}
	f(&q)
	if q.items == 0 {
		c.exec("DELETE FROM operation WHERE id = ?", op)
		op = 0
	}
	if q.dropped {
		c.forgetEmptyOperations()
	}
	return op
}

// queuer does the local half of one operation and writes its work.
type queuer struct {
	c     *change
	op    mail.OperationID
	work  map[workKey]*bounded
	items int
	roles map[mail.MailboxID]mail.Role // nil until they are needed

	dropped bool // something that was to be appended, and perhaps what was to be done to it
}

// role is that of a mailbox.
func (q *queuer) role(m mail.MailboxID) mail.Role {
	if q.roles == nil {
		q.roles = map[mail.MailboxID]mail.Role{}
		q.c.each("SELECT id, "+roleOf+" FROM mailbox", nil, func(scan func(...any)) {
			var id mail.MailboxID
			var role mail.Role
			scan(&id, &role)
			q.roles[id] = role
		})
	}
	return q.roles[m]
}

// pieceBound is how many messages a piece of work has at most. Pieces are done,
// and refused, one after the other: what a full mailbox has no room for doesn't
// take back the thousands before it, and without MOVE the space that a piece
// needs twice is free again before the next one.
const pieceBound = 500

// bounded is a piece that is being filled.
type bounded struct {
	id    int64
	items int
}

// workKey is what one piece of an operation's work has in common.
type workKey struct {
	mailbox  mail.MailboxID
	action   int
	target   mail.MailboxID
	keywords string // JSON of mail.KeywordChange, or empty
}

func (q *queuer) keywords(list []location, ch mail.KeywordChange) {
	add, remove, text := pack(ch.Add), pack(ch.Remove), toJSON(ch)
	for _, l := range list {
		after := l.local.with(add, remove)
		if !l.visible() || after == l.local {
			continue
		}
		q.item(workKey{l.mailbox, actionKeywords, 0, text}, l, nil, after.minus(l.local), l.local.minus(after))
		q.c.refold(l)
	}
}

// move takes a message out of one mailbox into another. A mailbox of all mail, which
// may be a view of the others, gives up what goes to the trash or to junk unless
// there is a copy elsewhere. Most servers do so by themselves.
func (q *queuer) move(list []location, ch mail.MoveChange) {
	l, ok := q.source(list, ch)
	if !ok {
		return
	}
	if p, refused := q.c.appending(l); refused && p.refused {
		q.c.redirect(p, l, ch.To)
		q.c.requeue(p.operation)
		q.dropped = true
		return
	}
	k := workKey{l.mailbox, actionMove, ch.To, ""}
	if slices.ContainsFunc(list, func(l location) bool { return l.visible() && l.mailbox == ch.To }) {
		q.item(k, l, nil, keywords{}, keywords{}) // the server may make a second copy, which then is another message
	} else {
		target := q.c.insertLocation(location{message: l.message, thread: l.thread, mailbox: ch.To, status: statusArriving,
			receivedAt: l.receivedAt, server: l.local, local: l.local})
		q.item(k, l, target, keywords{}, keywords{})
	}
	q.c.setStatus(l, statusLeaving)
	if to := q.role(ch.To); to != mail.RoleTrash && to != mail.RoleJunk {
		return
	}
	others := slices.DeleteFunc(slices.Clone(list), func(o location) bool {
		return o.id == l.id || !o.visible() || o.mailbox == ch.To
	})
	if slices.ContainsFunc(others, func(o location) bool { return q.role(o.mailbox) != mail.RoleAll }) {
		return
	}
	for _, o := range others {
		q.remove(o)
	}
}

// source is the location that a move takes a message from.
func (q *queuer) source(list []location, ch mail.MoveChange) (source location, ok bool) {
	best := -1
	for _, l := range list {
		if !l.visible() || l.mailbox == ch.To || ch.From != 0 && l.mailbox != ch.From {
			continue
		}
		rank := 1
		switch q.role(l.mailbox) {
		case mail.RoleInbox:
			rank = 2
		case mail.RoleAll:
			rank = 0
		}
		if rank > best {
			source, ok, best = l, true, rank
		}
	}
	return source, ok
}

// destroy takes a message from one mailbox, or from everywhere; or, when it is in
// the trash too, from there only: another mailbox keeps its copy because somebody
// put it there.
func (q *queuer) destroy(list []location, ch mail.DestroyChange) {
	inTrash := func(l location) bool { return l.visible() && q.role(l.mailbox) == mail.RoleTrash }
	anyInTrash := slices.ContainsFunc(list, inTrash)
	for _, l := range list {
		named := l.mailbox == ch.From
		if ch.From == 0 {
			named = !anyInTrash || inTrash(l)
		}
		if l.visible() && named {
			q.remove(l)
		}
	}
}

// remove queues that a location is destroyed. What the server hasn't been given is
// just dropped.
func (q *queuer) remove(l location) {
	if p, ok := q.c.appending(l); ok && !p.begun {
		q.drop(p, l)
		return
	}
	q.item(workKey{l.mailbox, actionDestroy, 0, ""}, l, nil, keywords{}, keywords{})
	q.c.setStatus(l, statusLeaving)
}

// item queues one location's share; target is the id of the location that
// arrives, or nil.
func (q *queuer) item(k workKey, l location, target any, added, removed keywords) {
	work := q.work[k]
	if work == nil || work.items == pieceBound {
		work = &bounded{id: q.c.insertWork(q.op, k)}
		q.work[k] = work
	}
	work.items++
	q.c.exec("INSERT INTO item (work, message, location, target, added, removed) VALUES (?, ?, ?, ?, ?, ?)",
		work.id, l.message, l.id, target, toJSON(added.list()), toJSON(removed.list()))
	q.items++
}

func (c *change) insertWork(op mail.OperationID, k workKey) int64 {
	var target any
	if k.target != 0 {
		target = k.target
	}
	return c.exec("INSERT INTO work (operation, mailbox, action, target, keywords) VALUES (?, ?, ?, ?, ?)",
		op, k.mailbox, k.action, target, k.keywords)
}

// Operations lists what the server has not done yet and what it refused,
// oldest first.
func (s *Account) Operations(ctx context.Context) ([]mail.Operation, error) {
	var out []mail.Operation
	err := s.db.read(ctx, func(t *tx) error {
		out = readOperations(t, "state <> 'done' AND NOT (state = 'refused' AND undone)")
		return t.err
	})
	return out, err
}

func readOperations(t *tx, where string, args ...any) []mail.Operation {
	var out []mail.Operation
	t.each(`SELECT id, change, coalesce((SELECT subject FROM message m WHERE m.id = json_extract(change, '$.Messages[0]')), ''),
			state, created_at, attempts, problem FROM operation WHERE `+where+" ORDER BY id", args,
		func(scan func(...any)) {
			var o mail.Operation
			var change, problem string
			var created int64
			scan(&o.ID, &change, &o.Subject, &o.State, &created, &o.Attempts, &problem)
			o.Change = fromJSON[mail.Change](change)
			o.CreatedAt = fromMillis(created)
			o.Problem = unpackProblem(problem)
			out = append(out, o)
		})
	return out
}

// PendingOperations counts the operations that wait for the server.
func (s *Account) PendingOperations(ctx context.Context) (n int, err error) {
	err = s.db.read(ctx, func(t *tx) error {
		n = int(t.integer("SELECT count(*) FROM operation WHERE state IN ('pending', 'started')"))
		return t.err
	})
	return n, err
}

// DismissOperation forgets a refused operation. The message of a refused append
// stays, here only, until it is deleted; moving it tries again.
func (s *Account) DismissOperation(ctx context.Context, id mail.OperationID) error {
	return s.db.write(ctx, durable, func(t *tx) error {
		n := t.count(`UPDATE operation SET undone = 1 WHERE id = ? AND state = 'refused' AND NOT undone
			AND EXISTS (SELECT 1 FROM work WHERE operation = operation.id AND NOT done)`, id)
		if n == 0 {
			n = t.count("DELETE FROM operation WHERE id = ? AND state = 'refused' AND NOT undone", id)
		}
		if n == 0 && t.err == nil {
			return notFound("operation")
		}
		return t.err
	})
}

// problem is mail.Error as table operation keeps it.
type problem struct {
	Code   mail.Code
	Args   map[string]string `json:",omitempty"`
	Server string            `json:",omitempty"`
}

func packProblem(e *mail.Error) string {
	if e == nil {
		return ""
	}
	return toJSON(problem{e.Code, e.Args, e.Server})
}

func unpackProblem(s string) *mail.Error {
	if s == "" {
		return nil
	}
	p := fromJSON[problem](s)
	return &mail.Error{Code: p.Code, Args: p.Args, Server: p.Server}
}
