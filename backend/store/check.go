package store

import (
	"context"
	"fmt"
	"reflect"

	"github.com/cespare/xxhash/v2"

	"waxwing/backend/mail"
)

// Finding is one thing that Check found.
type Finding struct {
	What   string // English sentence
	Mended bool
}

// checkStep is how many messages Check parses in one transaction.
const checkStep = 500

// Check verifies the integrity of the file, and the derived columns, the
// counters and the index against each other, and mends what can be derived.
// parse derives Content again from raw bytes; nil leaves that out. No findings
// means that all is well.
func (s *Account) Check(ctx context.Context, parse func(raw []byte) mail.Content) ([]Finding, error) {
	k := checker{}
	if err := s.db.readFresh(ctx, k.file); err != nil {
		return k.findings, err
	}
	if len(k.findings) > 0 { // mending a broken file may break more
		return k.findings, nil
	}
	_, err := s.change(ctx, repeatable, func(c *change) error {
		k.orphans(c)
		k.keywords(c)
		k.arrivals(c)
		k.rows(c)
		return c.err
	})
	if err != nil {
		return k.findings, err
	}
	for after, more := mail.MessageID(0), true; more; {
		if err := ctx.Err(); err != nil {
			return k.findings, explain(ctx, s.db.path, err)
		}
		_, err := s.change(ctx, repeatable, func(c *change) error {
			after, more = k.contents(c, after, parse)
			return c.err
		})
		if err != nil {
			return k.findings, err
		}
	}
	return k.findings, nil
}

type checker struct{ findings []Finding }

func (k *checker) found(mended bool, format string, args ...any) {
	k.findings = append(k.findings, Finding{What: fmt.Sprintf(format, args...), Mended: mended})
}

// file asks SQLite about the file itself.
func (k *checker) file(t *tx) error {
	t.each("PRAGMA integrity_check(20)", nil, func(scan func(...any)) {
		var what string
		if scan(&what); what != "ok" {
			k.found(false, "The database file is damaged: %s.", what)
		}
	})
	t.each("PRAGMA foreign_key_check", nil, func(scan func(...any)) {
		var table, parent string
		var row, key any
		scan(&table, &row, &parent, &key)
		k.found(false, "Row %v of %s names a missing row of %s.", row, table, parent)
	})
	return t.err
}

// orphans drops what nothing leads to.
func (k *checker) orphans(c *change) {
	type orphan struct {
		id     mail.MessageID
		thread mail.ThreadID
	}
	var lost []orphan
	c.each("SELECT id, thread FROM message m WHERE NOT EXISTS (SELECT 1 FROM location WHERE message = m.id)", nil, func(scan func(...any)) {
		var o orphan
		scan(&o.id, &o.thread)
		lost = append(lost, o)
	})
	for _, o := range lost {
		k.found(true, "Message %d was in no mailbox.", o.id)
		c.destroyMessage(o.id, o.thread)
	}
	if n := c.count("DELETE FROM message_index WHERE rowid IN (SELECT id FROM message_index_docsize EXCEPT SELECT id FROM message)"); n > 0 {
		k.found(true, "The index held %d messages that don't exist.", n)
	}
	c.exec("DELETE FROM reference WHERE thread IN (SELECT id FROM thread WHERE id NOT IN (SELECT thread FROM message))")
	if n := c.count("DELETE FROM thread WHERE id NOT IN (SELECT thread FROM message)"); n > 0 {
		k.found(true, "%d threads had no message.", n)
	}
	c.exec("DELETE FROM item WHERE target IS NULL AND work IN (SELECT id FROM work WHERE action = ? AND NOT done)", actionAppend)
	if n := c.count("DELETE FROM work WHERE NOT done AND NOT EXISTS (SELECT 1 FROM item WHERE work = work.id)"); n > 0 {
		k.found(true, "%d pieces of work had no message.", n)
	}
	c.forgetEmptyOperations()
}

// keywords compares what is shown with what the server said and the
// operations on top, and the statuses with the operations.
func (k *checker) keywords(c *change) {
	for _, l := range c.locations("id IN (SELECT location FROM item WHERE location IS NOT NULL) OR l.server_flags <> l.flags OR l.server_keywords <> l.keywords") {
		if c.folded(l) != l.local {
			k.found(true, "Message %d showed keywords that neither server nor operation gave it.", l.message)
			c.refold(l)
		}
	}
	for _, l := range c.locations(`status = 2 AND NOT EXISTS (SELECT 1 FROM item i JOIN work w ON w.id = i.work
			WHERE i.location = l.id AND NOT w.done AND w.action <> 1)`) {
		k.found(true, "Message %d was leaving a mailbox without an operation.", l.message)
		c.settle(l)
	}
	for _, l := range c.locations(`status <> 2 AND EXISTS (SELECT 1 FROM item i JOIN work w ON w.id = i.work
			WHERE i.location = l.id AND NOT w.done AND w.action <> 1)`) {
		k.found(true, "Message %d was still shown in a mailbox that an operation takes it from.", l.message)
		c.settle(l)
	}
}

// arrivals compares what is on its way with where it comes from.
func (k *checker) arrivals(c *change) {
	for _, l := range c.locations(`status = 1 AND NOT EXISTS (SELECT 1 FROM item i JOIN work w ON w.id = i.work
			WHERE i.target = l.id AND NOT w.done)`) {
		k.found(true, "Message %d was arriving in a mailbox without an operation.", l.message)
		c.settle(l)
	}
	for _, l := range c.locations(`id IN (SELECT i.location FROM item i JOIN work w ON w.id = i.work JOIN location t ON t.id = i.target
			WHERE NOT w.done AND t.uid IS NULL)`) {
		for _, target := range c.targets(l) {
			if target.uid == 0 && target.server != l.local {
				k.found(true, "Message %d was to arrive with other keywords than it leaves with.", l.message)
				c.refold(l)
			}
		}
	}
}

const countRows = `
SELECT b.id, coalesce(sum(r.total), 0), coalesce(sum(r.unread), 0), count(r.thread)
FROM (SELECT id FROM mailbox UNION ALL SELECT 0) b LEFT JOIN thread_row r ON r.mailbox = b.id GROUP BY b.id`

// rows computes every thread row and counter again.
func (k *checker) rows(c *change) {
	c.deriveRows() // what the steps before touched
	c.exec("CREATE TEMP TABLE IF NOT EXISTS stored (mailbox, thread, latest, position, total, unread, flagged, answered, attachment)")
	c.exec("DELETE FROM temp.stored")
	c.exec("INSERT INTO temp.stored SELECT * FROM thread_row")
	c.exec("DELETE FROM thread_row")
	c.exec("DELETE FROM dirty")
	c.exec(`INSERT INTO dirty SELECT DISTINCT m.thread, l.mailbox FROM location l JOIN message m ON m.id = l.message
		UNION SELECT id, 0 FROM thread`)
	c.exec(insertMailboxRows)
	c.exec(insertJointRows)
	wrong := c.count(`INSERT INTO dirty SELECT thread, -1 FROM (
		SELECT * FROM (SELECT * FROM thread_row EXCEPT SELECT * FROM temp.stored)
		UNION ALL SELECT * FROM (SELECT * FROM temp.stored EXCEPT SELECT * FROM thread_row)) GROUP BY thread`)
	if wrong > 0 {
		k.found(true, "The list rows of %d threads were wrong.", wrong)
		for _, thread := range ids[mail.ThreadID](c.tx, "SELECT thread FROM dirty WHERE mailbox = -1") {
			c.note(threadTouched, int64(thread))
		}
	}
	c.exec("DELETE FROM temp.stored")
	right := map[mail.MailboxID]counts{}
	c.each(countRows, nil, func(scan func(...any)) {
		var id mail.MailboxID
		var n counts
		scan(&id, &n.total, &n.unread, &n.threads)
		right[id] = n
	})
	for id, n := range right {
		var was counts
		c.row("SELECT total, unread, threads FROM mailbox_count WHERE mailbox = ?", []any{id}, &was.total, &was.unread, &was.threads)
		if was != n {
			k.found(true, "The numbers of mailbox %d were wrong.", id)
			c.exec("INSERT OR IGNORE INTO mailbox_count (mailbox) VALUES (?)", id)
			c.addCount(id, n.minus(was))
		}
	}
}

// contents verifies a step of messages against their raw bytes and the index.
func (k *checker) contents(c *change, after mail.MessageID, parse func([]byte) mail.Content) (last mail.MessageID, more bool) {
	if after == 0 {
		c.exec("INSERT INTO message_index (message_index) VALUES ('integrity-check')")
		if c.err != nil {
			k.found(false, "The search index is damaged: %v.", c.err)
			return after, false
		}
	}
	type row struct {
		id      mail.MessageID
		digest  int64
		size    int64
		data    []byte
		indexed bool
	}
	var rows []row
	c.each(`SELECT m.id, m.digest, m.size, r.data, d.id IS NOT NULL FROM message m LEFT JOIN raw r ON r.message = m.id
		LEFT JOIN message_index_docsize d ON d.id = m.id WHERE m.id > ? ORDER BY m.id LIMIT ?`, []any{after, checkStep},
		func(scan func(...any)) {
			var r row
			scan(&r.id, &r.digest, &r.size, &r.data, &r.indexed)
			rows = append(rows, r)
		})
	for _, r := range rows {
		last = r.id
		var raw []byte
		if r.data != nil {
			var err error
			raw, err = decompress(r.data)
			if err != nil || int64(len(raw)) != r.size || r.digest > 1 && int64(xxhash.Sum64(raw)) != r.digest {
				k.found(false, "The raw bytes of message %d are damaged.", r.id)
				continue
			}
		}
		k.content(c, r.id, raw, r.indexed, parse)
	}
	return last, len(rows) == checkStep
}

func (k *checker) content(c *change, id mail.MessageID, raw []byte, indexed bool, parse func([]byte) mail.Content) {
	list := readMessages(c.tx, []mail.MessageID{id})
	if len(list) == 0 {
		return
	}
	m := list[0]
	content := m.Content
	if raw != nil && parse != nil && m.Quarantine == "" {
		content = parse(raw)
	}
	col := newColumns(&content)
	stored := newColumns(&m.Content)
	text := col.index
	col.index, stored.index = [7]string{}, [7]string{}
	if !reflect.DeepEqual(col, stored) {
		k.found(true, "What was kept of message %d's header was not what it says.", id)
		c.exec(`UPDATE message SET sent_at = ?, subject_hash = ?, orphan = ?, attachment = ?, message_id = ?, subject = ?,
			preview = ?, sender = ?, recipients = ?, header = ? WHERE id = ?`, col.sentAt, col.subjectHash, col.orphan,
			col.attachment, col.messageID, col.subject, col.preview, col.sender, col.recipients, col.header, id)
		for _, mailbox := range m.Mailboxes {
			c.updated(id, m.Thread, mailbox)
		}
		c.exec("DELETE FROM message_index WHERE rowid = ?", id)
		indexed = false
	}
	if !indexed {
		k.found(true, "Message %d was missing from the index.", id)
		c.insertIndex(id, &text)
	}
}
