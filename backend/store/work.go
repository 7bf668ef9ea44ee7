package store

import (
	"context"
	"time"

	"waxwing/backend/mail"
)

// Work is the remote half of an operation for one source mailbox: what to do
// to which UIDs. Work comes in the order of the operations.
type Work struct {
	Operation mail.OperationID
	ID        int64 // of this piece; an operation on messages of three mailboxes has three
	Mailbox   mail.Mailbox
	UIDs      []mail.UID // ascending
	Keywords  *mail.KeywordChange
	MoveTo    *mail.Mailbox
	Destroy   bool
	Append    *Appending // the message to put into Mailbox; UIDs is empty then
	// Journal is what Begin last wrote; nil before the first attempt.
	Journal  []byte
	Attempts int
	// NotBefore is when the next attempt may be made; zero for at once.
	NotBefore time.Time
	// MessageIDs and Sizes run parallel to UIDs, to find copies made before a crash.
	MessageIDs []string
	Sizes      []int64
}

// Appending is a message that the server is to be given. Raw has its octets.
type Appending struct {
	Message    mail.MessageID
	MessageID  string
	Size       int64
	Keywords   []mail.Keyword
	ReceivedAt time.Time
	Awaited    bool // see mail.AppendChange
}

// NextWork returns up to limit pieces that wait, oldest first. A piece whose
// messages have no UID yet (their own arrival is pending) is left out, and so
// is everything later about the same messages. What an operation removes after
// a move or an append is left out until that has been done and what it brought has
// been seen there: somebody else may have deleted just that copy before.
// What was refused waits for the person. It is the caller who waits for
// a piece's NotBefore.
func (s *Account) NextWork(ctx context.Context, limit int) ([]Work, error) {
	var out []Work
	err := s.db.read(ctx, func(t *tx) error {
		boxes := mailboxesByID(t)
		blocked := map[mail.MessageID]bool{}
		moving := map[mail.OperationID]bool{}
		for _, id := range ids[int64](t, `SELECT w.id FROM work w JOIN operation o ON o.id = w.operation
				WHERE NOT w.done AND o.state <> 'refused' ORDER BY w.operation, w.id`) {
			if len(out) >= limit || t.err != nil {
				break
			}
			w, r := readWork(t, id, boxes)
			ready := r.ready && !(w.Destroy && (moving[w.Operation] || t.unseen(w.Operation)))
			for _, m := range r.messages {
				ready = ready && !blocked[m]
			}
			if w.MoveTo != nil {
				moving[w.Operation] = true
			}
			if ready {
				out = append(out, w)
				continue
			}
			for _, m := range r.messages {
				blocked[m] = true
			}
		}
		return t.err
	})
	return out, err
}

// unseen reports whether something that the operation moved or appended has no UID yet
// where it went.
func (t *tx) unseen(op mail.OperationID) bool {
	return t.integer(`SELECT count(*) FROM work w JOIN item i ON i.work = w.id JOIN location l ON l.id = i.target
		WHERE w.operation = ? AND w.action IN (?, ?) AND l.uid IS NULL`, op, actionMove, actionAppend) > 0
}

// BegunWork returns the pieces of an operation that the server was asked for and
// that are neither finished nor taken back.
func (s *Account) BegunWork(ctx context.Context, op mail.OperationID) (out []Work, err error) {
	err = s.db.read(ctx, func(t *tx) error {
		boxes := mailboxesByID(t)
		for _, id := range ids[int64](t, "SELECT id FROM work WHERE operation = ? AND begun AND NOT done ORDER BY id", op) {
			w, _ := readWork(t, id, boxes)
			out = append(out, w)
		}
		return t.err
	})
	return out, err
}

func mailboxesByID(t *tx) map[mail.MailboxID]mail.Mailbox {
	boxes := map[mail.MailboxID]mail.Mailbox{}
	for _, m := range readMailboxes(t) {
		boxes[m.ID] = m
	}
	return boxes
}

// readiness is what decides whether a piece can be done now.
type readiness struct {
	messages []mail.MessageID
	ready    bool // every message has its UID
}

func readWork(t *tx, id int64, boxes map[mail.MailboxID]mail.Mailbox) (Work, readiness) {
	w := Work{ID: id}
	var action int
	var mailbox, target mail.MailboxID
	var change string
	var retryAt int64
	t.row(`SELECT w.operation, w.mailbox, w.action, coalesce(w.target, 0), w.journal, w.attempts, w.keywords, w.retry_at
		FROM work w WHERE w.id = ?`, []any{id},
		&w.Operation, &mailbox, &action, &target, &w.Journal, &w.Attempts, &change, &retryAt)
	w.NotBefore = fromMillis(retryAt)
	w.Mailbox = boxes[mailbox]
	switch action {
	case actionKeywords:
		kc := fromJSON[mail.KeywordChange](change)
		w.Keywords = &kc
	case actionMove:
		to := boxes[target]
		w.MoveTo = &to
	case actionAppend:
		a, ok := readAppending(t, id)
		w.Append = &a
		return w, readiness{[]mail.MessageID{a.Message}, ok}
	default:
		w.Destroy = true
	}
	r := readiness{ready: true}
	t.each(`SELECT i.message, coalesce(l.uid, 0), coalesce(m.message_id, ''), coalesce(m.size, 0) FROM item i
		LEFT JOIN location l ON l.id = i.location LEFT JOIN message m ON m.id = i.message
		WHERE i.work = ? ORDER BY l.uid`, []any{id}, func(scan func(...any)) {
		var m mail.MessageID
		var uid mail.UID
		var messageID string
		var size int64
		scan(&m, &uid, &messageID, &size)
		r.messages = append(r.messages, m)
		r.ready = r.ready && uid != 0
		w.UIDs = append(w.UIDs, uid)
		w.MessageIDs = append(w.MessageIDs, messageID)
		w.Sizes = append(w.Sizes, size)
	})
	r.ready = r.ready && len(w.UIDs) > 0
	return w, r
}

// readAppending reads the message of a piece that appends; ok is false when it is
// gone.
func readAppending(t *tx, work int64) (a Appending, ok bool) {
	var k keywords
	var received int64
	ok = t.row(`SELECT i.message, m.message_id, m.size, l.server_flags, l.server_keywords, l.received_at,
			coalesce(json_extract(o.change, '$.Append.Awaited'), 0)
		FROM work w JOIN operation o ON o.id = w.operation JOIN item i ON i.work = w.id
		JOIN location l ON l.id = i.target JOIN message m ON m.id = l.message WHERE w.id = ?`, []any{work},
		&a.Message, &a.MessageID, &a.Size, &k.flags, &k.words, &received, &a.Awaited)
	a.Keywords, a.ReceivedAt = k.list(), fromMillis(received)
	return a, ok
}

// Begin durably notes, before the server is asked, that a piece is under way
// and what must be known to go on with it after a crash. It may be called
// again with another journal. A piece that has been taken back meanwhile is
// CodeNotFound and must not be done.
func (s *Account) Begin(ctx context.Context, work int64, journal []byte) error {
	return s.db.write(ctx, durable, func(t *tx) error {
		if journal == nil {
			journal = []byte{}
		}
		if t.count("UPDATE work SET begun = 1, journal = ? WHERE id = ? AND NOT done", journal, work) == 0 && t.err == nil {
			return notFound("work")
		}
		t.exec("UPDATE operation SET state = 'started' WHERE id = (SELECT operation FROM work WHERE id = ?)", work)
		return t.err
	})
}

// begun reports whether the server may have taken the message from the
// location already.
func (t *tx) begun(l location) bool {
	return t.integer(`SELECT count(*) FROM item i JOIN work w ON w.id = i.work
		WHERE i.location = ? AND w.begun AND NOT w.done`, l.id) > 0
}

// Retry notes a failed attempt that shall be made again, but not before a time.
func (s *Account) Retry(ctx context.Context, work int64, reason *mail.Error, notBefore time.Time) error {
	return s.db.write(ctx, repeatable, func(t *tx) error {
		t.exec("UPDATE work SET attempts = attempts + 1, retry_at = ? WHERE id = ? AND NOT done", millis(notBefore), work)
		t.exec(`UPDATE operation SET attempts = attempts + 1, problem = ?
			WHERE id = (SELECT operation FROM work WHERE id = ?)`, packProblem(reason), work)
		return t.err
	})
}

// Moved tells the new place of a moved message (COPYUID, RFC 4315), or of an appended
// one (APPENDUID), for which From is 0.
type Moved struct{ From, To mail.UID }

// Finish notes that the server did a piece. moved is empty when it didn't tell
// the new UIDs; validity is the target's UIDVALIDITY it told, or 0. UIDs of
// another UIDVALIDITY than the store's are not believed: Adopt or Commit finds
// the messages then.
//
// A power failure may take a Finish; the piece then comes again with its
// journal, like one that crashed before its answer. A piece that was taken
// back meanwhile, since its messages are gone, needs nothing.
func (s *Account) Finish(ctx context.Context, work int64, moved []Moved, validity uint32) error {
	_, err := s.change(ctx, repeatable, func(c *change) error {
		var op mail.OperationID
		var action int
		var target mail.MailboxID
		var change string
		if !c.row("SELECT operation, action, coalesce(target, mailbox), keywords FROM work WHERE id = ? AND NOT done",
			[]any{work}, &op, &action, &target, &change) {
			return c.err
		}
		c.exec("UPDATE work SET done = 1, journal = NULL WHERE id = ?", work)
		uids := map[mail.UID]mail.UID{}
		known := c.integer("SELECT uid_validity FROM mailbox WHERE id = ?", target)
		if validity != 0 && known == int64(validity) {
			for _, m := range moved {
				uids[m.From] = m.To
			}
		}
		kc := fromJSON[mail.KeywordChange](change)
		for _, i := range c.items(work) {
			source, ok := c.location(i.location)
			switch {
			case action == actionAppend:
				if target, ok := c.location(i.target); ok {
					c.arrive(target, uids[0])
				}
			case !ok: // gone meanwhile
			case action == actionKeywords:
				c.setServer(source, source.server.with(pack(kc.Add), pack(kc.Remove)), source.modSeq)
			case action == actionDestroy: // an append that was tried again may have overtaken other changes
				c.dropLocation(source)
			default:
				if target, ok := c.location(i.target); ok {
					c.arrive(target, uids[source.uid])
				}
				c.deleteLocation(source)
			}
		}
		if action == actionDestroy {
			c.forgetEmptyOperations()
		}
		c.closeOperation(op)
		return c.err
	})
	return err
}

// item is a row of the table.
type item struct {
	id       int64
	message  mail.MessageID
	location int64 // 0: gone
	target   int64 // 0: none
}

func (t *tx) items(work int64) []item {
	var out []item
	t.each("SELECT id, message, coalesce(location, 0), coalesce(target, 0) FROM item WHERE work = ? ORDER BY id",
		[]any{work}, func(scan func(...any)) {
			var i item
			scan(&i.id, &i.message, &i.location, &i.target)
			out = append(out, i)
		})
	return out
}

// arrive makes a moved or appended message present at its target, with its UID if
// known.
func (c *change) arrive(target location, uid mail.UID) {
	if target.uid != 0 || uid == 0 {
		c.setStatus(target, arrived(target.status))
		return
	}
	// A sync may have brought the UID in as another message before. A UID is in
	// a mailbox at most once.
	if others := c.locations("mailbox = ? AND l.uid = ?", target.mailbox, uid); len(others) > 0 {
		c.merge(target, others[0].id)
		return
	}
	c.exec("UPDATE location SET uid = ?, status = ? WHERE id = ?", uid, arrived(target.status), target.id)
	c.updated(target.message, target.thread, target.mailbox)
}

// merge makes a location of the same mailbox, which has a UID, stand for one that
// waited for it: what is to be done there is done here.
func (c *change) merge(l location, into int64) {
	c.exec("UPDATE item SET location = ? WHERE location = ?", into, l.id)
	c.exec("UPDATE item SET target = ? WHERE target = ?", into, l.id)
	kept, ok := c.location(into)
	if ok {
		c.exec("UPDATE draft_copy SET message = ? WHERE message = ? AND mailbox = ?", kept.message, l.message, l.mailbox)
	}
	c.deleteLocation(l)
	if ok {
		if !l.visible() {
			c.setStatus(kept, l.status)
		}
		c.refold(kept)
	}
}

// arrived is the status of an arriving location once it is there. One that is
// leaving again stays so.
func arrived(status int) int {
	if status == statusArriving {
		return statusPresent
	}
	return status
}

// undoable is how many finished operations are kept to be undone.
const undoable = 200

// closeOperation marks an operation done when nothing of it is left to do.
func (c *change) closeOperation(op mail.OperationID) {
	if c.integer("SELECT count(*) FROM work WHERE operation = ? AND NOT done", op) > 0 {
		return
	}
	c.exec("UPDATE operation SET state = 'done', problem = '' WHERE id = ? AND state <> 'refused'", op)
	c.exec("DELETE FROM operation WHERE state = 'done' AND undone")
	c.exec(`DELETE FROM operation WHERE state = 'done' AND id < (
		SELECT id FROM operation WHERE state = 'done' ORDER BY id DESC LIMIT 1 OFFSET ?)`, undoable)
}

// forgetEmptyOperations drops work that has no messages left, and operations
// without work.
func (c *change) forgetEmptyOperations() {
	c.exec("DELETE FROM work WHERE NOT done AND NOT EXISTS (SELECT 1 FROM item WHERE work = work.id)")
	for _, op := range ids[mail.OperationID](c.tx, `SELECT id FROM operation o WHERE state IN ('pending', 'started')
			AND NOT EXISTS (SELECT 1 FROM work WHERE operation = o.id AND NOT done)`) {
		if c.integer("SELECT count(*) FROM work WHERE operation = ?", op) == 0 {
			c.exec("DELETE FROM operation WHERE id = ?", op)
		} else {
			c.closeOperation(op)
		}
	}
}
