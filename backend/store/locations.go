package store

import (
	"context"

	"waxwing/backend/mail"
)

// location is a row of the table.
type location struct {
	id         int64
	message    mail.MessageID
	thread     mail.ThreadID
	mailbox    mail.MailboxID
	uid        mail.UID // 0: not known
	status     int
	receivedAt int64
	modSeq     int64
	server     keywords
	local      keywords
}

func (l *location) visible() bool { return l.status != statusLeaving }

// locations reads the rows that a condition names, oldest first.
func (t *tx) locations(where string, args ...any) []location {
	var out []location
	t.each(`SELECT l.id, l.message, m.thread, l.mailbox, coalesce(l.uid, 0), l.status, l.received_at, l.mod_seq,
			l.server_flags, l.server_keywords, l.flags, l.keywords
		FROM location l JOIN message m ON m.id = l.message WHERE l.`+where+` ORDER BY l.id`, args, func(scan func(...any)) {
		var l location
		scan(&l.id, &l.message, &l.thread, &l.mailbox, &l.uid, &l.status, &l.receivedAt, &l.modSeq,
			&l.server.flags, &l.server.words, &l.local.flags, &l.local.words)
		out = append(out, l)
	})
	return out
}

// location reads one row; ok is false when it is gone.
func (t *tx) location(id int64) (l location, ok bool) {
	rows := t.locations("id = ?", id)
	if len(rows) == 0 {
		return l, false
	}
	return rows[0], true
}

func (t *tx) text(query string, args ...any) string {
	var s string
	t.row(query, args, &s)
	return s
}

// insertLocation writes a new row and returns its id.
func (c *change) insertLocation(l location) int64 {
	var uid any
	if l.uid != 0 {
		uid = l.uid
	}
	id := c.exec(`INSERT INTO location (message, mailbox, uid, status, received_at, mod_seq,
			server_flags, server_keywords, flags, keywords) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
		l.message, l.mailbox, uid, l.status, l.receivedAt, l.modSeq,
		l.server.flags, l.server.words, l.local.flags, l.local.words)
	c.touch(l.thread, l.mailbox)
	return id
}

// setStatus makes a location present, arriving or leaving.
func (c *change) setStatus(l location, status int) {
	c.exec("UPDATE location SET status = ? WHERE id = ?", status, l.id)
	c.updated(l.message, l.thread, l.mailbox)
}

// setServer notes what the server says of a location's keywords and derives
// what is shown.
func (c *change) setServer(l location, server keywords, modSeq int64) {
	if server == l.server && modSeq == l.modSeq {
		return
	}
	c.exec("UPDATE location SET server_flags = ?, server_keywords = ?, mod_seq = ? WHERE id = ?",
		server.flags, server.words, modSeq, l.id)
	if server != l.server {
		l.server = server
		c.refold(l)
	}
}

// refold derives a location's keywords: the server's with every unfinished
// operation on top, in order. A location that arrives from here takes the
// result for the server's.
func (c *change) refold(l location) {
	local := c.folded(l)
	if local != l.local {
		c.exec("UPDATE location SET flags = ?, keywords = ? WHERE id = ?", local.flags, local.words, l.id)
		if l.visible() {
			c.updated(l.message, l.thread, l.mailbox)
		}
	}
	for _, target := range c.targets(l) {
		if target.uid == 0 && target.server != local {
			c.setServer(target, local, target.modSeq)
		}
	}
}

// targets are the locations that arrive, or leave again, for what unfinished
// work takes from l.
func (t *tx) targets(l location) []location {
	return t.locations("id IN (SELECT i.target FROM item i JOIN work w ON w.id = i.work WHERE i.location = ? AND NOT w.done)", l.id)
}

// folded returns a location's server keywords with the unfinished operations.
func (t *tx) folded(l location) keywords {
	k := l.server
	t.each(`SELECT w.keywords FROM item i JOIN work w ON w.id = i.work
		WHERE i.location = ? AND w.action = ? AND NOT w.done ORDER BY w.operation, w.id`, []any{l.id, actionKeywords}, func(scan func(...any)) {
		var change string
		scan(&change)
		kc := fromJSON[mail.KeywordChange](change)
		k = k.with(pack(kc.Add), pack(kc.Remove))
	})
	return k
}

// dropLocation deletes a location whose message is gone from there on the
// server. Work that waits for it has nothing left to do, and what it was to
// bring elsewhere doesn't arrive.
func (c *change) dropLocation(l location) {
	c.spareCopies(l)
	targets := ids[int64](c.tx, `SELECT i.target FROM item i JOIN work w ON w.id = i.work
		WHERE i.location = ? AND i.target IS NOT NULL AND NOT w.done`, l.id)
	c.exec("DELETE FROM item WHERE location = ? AND work IN (SELECT id FROM work WHERE NOT done)", l.id)
	for _, id := range targets {
		switch target, ok := c.location(id); {
		case ok && target.uid == 0:
			c.dropLocation(target)
		case ok: // the server has it there, by another's doing
			c.setStatus(target, arrived(target.status))
		}
	}
	c.deleteLocation(l)
}

// spareCopies keeps what a move out of several mailboxes would destroy in the
// others, or an append in place of a predecessor, once the copy that was to be moved
// or appended is gone without having arrived: l is where it was, or where it was to
// arrive.
func (c *change) spareCopies(l location) {
	const others = `SELECT d.id, d.location FROM item m
		JOIN work mw ON mw.id = m.work AND mw.action IN (?2, ?4)
		JOIN work dw ON dw.operation = mw.operation AND dw.action = ?3 AND NOT dw.done
		JOIN item d ON d.work = dw.id AND (d.message = m.message OR mw.action = ?4)
		WHERE (m.location = ?1 AND NOT mw.done OR m.target = ?1) AND d.location IS NOT NULL
			AND NOT EXISTS (SELECT 1 FROM location t WHERE t.id = m.target AND t.uid IS NOT NULL)`
	spared := map[int64]int64{} // location by item
	c.each(others, []any{l.id, actionMove, actionDestroy, actionAppend}, func(scan func(...any)) {
		var item, location int64
		scan(&item, &location)
		spared[item] = location
	})
	for item, id := range spared {
		c.exec("DELETE FROM item WHERE id = ?", item)
		if copied, ok := c.location(id); ok {
			c.settle(copied)
		}
	}
}

// deleteLocation deletes the row, and the message with its last location.
func (c *change) deleteLocation(l location) {
	c.exec("DELETE FROM item WHERE target = ? AND work IN (SELECT id FROM work WHERE action = ? AND NOT done)", l.id, actionAppend)
	c.exec("DELETE FROM location WHERE id = ?", l.id)
	c.touch(l.thread, l.mailbox)
	if c.integer("SELECT count(*) FROM location WHERE message = ?", l.message) > 0 {
		c.note(messageUpdated, int64(l.message))
		return
	}
	c.destroyMessage(l.message, l.thread)
}

func (c *change) destroyMessage(id mail.MessageID, thread mail.ThreadID) {
	c.exec("DELETE FROM raw WHERE message = ?", id)
	c.exec("DELETE FROM message_index WHERE rowid = ?", id)
	c.exec("DELETE FROM message WHERE id = ?", id)
	c.note(messageDestroyed, int64(id))
	delete(c.log, entry{messageUpdated, int64(id)})
	if c.integer("SELECT count(*) FROM (SELECT 1 FROM message WHERE thread = ? LIMIT 1)", thread) == 0 {
		c.exec("DELETE FROM reference WHERE thread = ?", thread)
		c.exec("DELETE FROM thread WHERE id = ?", thread)
	}
}

// Located is one message's place on the server.
type Located struct {
	UID      mail.UID
	Message  mail.MessageID
	Keywords []mail.Keyword // as last seen on the server
	ModSeq   uint64         // likewise; 0: not known
	Leaving  bool           // a pending operation has taken it out of the mailbox here
	// Quarantined says that the message couldn't be fetched or read.
	Quarantined bool
}

// Locations lists every UID the store knows in the mailbox, ascending, those
// on their way out included.
func (s *Account) Locations(ctx context.Context, id mail.MailboxID) ([]Located, error) {
	var out []Located
	err := s.db.read(ctx, func(t *tx) error {
		t.each(`SELECT l.uid, l.message, l.server_flags, l.server_keywords, l.mod_seq, l.status = 2,
				l.message IN (SELECT id FROM message INDEXED BY message_quarantined WHERE quarantine <> '')
			FROM location l WHERE l.mailbox = ? AND l.uid IS NOT NULL ORDER BY l.uid`, []any{id}, func(scan func(...any)) {
			var l Located
			var k keywords
			scan(&l.UID, &l.Message, &k.flags, &k.words, &l.ModSeq, &l.Leaving, &l.Quarantined)
			l.Keywords = k.list()
			out = append(out, l)
		})
		return t.err
	})
	return out, err
}

// Known tells how many UIDs Locations would list, and the greatest of them, 0 for
// none, without reading them all.
func (s *Account) Known(ctx context.Context, id mail.MailboxID) (n int, last mail.UID, err error) {
	err = s.db.read(ctx, func(t *tx) error {
		t.row("SELECT count(*), coalesce(max(uid), 0) FROM location WHERE mailbox = ? AND uid IS NOT NULL", []any{id}, &n, &last)
		return t.err
	})
	return n, last, err
}
