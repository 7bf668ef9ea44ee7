package store

import (
	"bytes"
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/cespare/xxhash/v2"

	"waxwing/backend/mail"
)

// Incoming is a fetched message, made ready by Prepare outside of the writer.
type Incoming struct {
	UID        mail.UID
	Keywords   []mail.Keyword
	ModSeq     uint64
	ReceivedAt time.Time
	Size       int64 // octets as the server tells; Prepare sets it when there are raw bytes
	Content    mail.Content
	// Quarantine is the reason why the message could not be read, if so. Raw may
	// then be empty (it could not even be fetched).
	Quarantine string

	prepared bool
	columns  columns
	raw      []byte // as in table raw; nil for none
	digest   int64  // of the raw bytes; 0 for none
}

// Prepare compresses raw (CRLF form) and segments the text for the index. It
// is pure and meant to run in several workers at once. It keeps no reference
// to raw. An Incoming that wasn't prepared is, without raw bytes, by Commit.
func Prepare(in Incoming, raw []byte) Incoming {
	in.prepared = true
	in.columns = newColumns(&in.Content)
	in.Content.Text = "" // lives on in columns.index
	if len(raw) > 0 {
		in.Size = int64(len(raw))
		in.raw = compress(raw)
		if in.digest = int64(xxhash.Sum64(raw)); in.digest == 0 {
			in.digest = 1
		}
	}
	return in
}

// Seen is what the server says of a message that is in the store already.
type Seen struct {
	UID      mail.UID
	Keywords []mail.Keyword
	ModSeq   uint64
}

// Batch is one commit of a mailbox's news.
type Batch struct {
	Mailbox  mail.MailboxID
	Incoming []Incoming // a UID already known is ignored
	Seen     []Seen     // server's keywords; those that a pending operation changes keep the local value
	Vanished []mail.UID
	// LeftOut are on the server and not to be kept here any more. Those to which
	// something is still to be done stay.
	LeftOut []mail.UID
	Cursor  *Cursor // nil: unchanged
}

// Commit stores a batch in one transaction and returns the state after it and
// the ids given to Incoming, in order. An id is 0 when the mailbox shows no
// new message: the UID was known already, or turned out to be that of a message
// that was waiting for it. The same bytes in two mailboxes are one message.
//
// A UID that vanished stays, unseen, while an operation that may have removed
// it is under way; Finish or Refuse of that work decides.
func (s *Account) Commit(ctx context.Context, b Batch) (mail.State, []mail.MessageID, error) {
	for i := range b.Incoming {
		if !b.Incoming[i].prepared {
			b.Incoming[i] = Prepare(b.Incoming[i], nil)
		}
	}
	created := make([]mail.MessageID, len(b.Incoming))
	state, err := s.change(ctx, repeatable, func(c *change) error {
		if err := c.needMailbox(b.Mailbox); err != nil {
			return err
		}
		c.vanish(b.Mailbox, b.Vanished)
		c.leaveOut(b.Mailbox, b.LeftOut)
		c.see(b.Mailbox, b.Seen)
		c.take(b.Mailbox, b.Incoming, created)
		if b.Cursor != nil {
			c.setCursor(b.Mailbox, *b.Cursor)
		}
		return c.err
	})
	if err != nil {
		return 0, nil, err
	}
	return state, created, nil
}

func (c *change) vanish(mailbox mail.MailboxID, uids []mail.UID) {
	if len(uids) == 0 {
		return
	}
	for _, l := range c.locations("mailbox = ? AND l.uid IN (SELECT value FROM json_each(?))", mailbox, toJSON(uids)) {
		if !l.visible() && c.begun(l) {
			continue
		}
		c.dropLocation(l)
	}
	c.forgetEmptyOperations()
}

func (c *change) leaveOut(mailbox mail.MailboxID, uids []mail.UID) {
	if len(uids) == 0 {
		return
	}
	for _, l := range c.locations("mailbox = ? AND l.uid IN (SELECT value FROM json_each(?))", mailbox, toJSON(uids)) {
		if c.integer("SELECT count(*) FROM item i JOIN work w ON w.id = i.work WHERE (i.location = ?1 OR i.target = ?1) AND NOT w.done", l.id) == 0 {
			c.dropLocation(l)
		}
	}
}

func (c *change) see(mailbox mail.MailboxID, seen []Seen) {
	if len(seen) == 0 {
		return
	}
	uids := make([]mail.UID, len(seen))
	for i, n := range seen {
		uids[i] = n.UID
	}
	rows := map[mail.UID]location{}
	for _, l := range c.locations("mailbox = ? AND l.uid IN (SELECT value FROM json_each(?))", mailbox, toJSON(uids)) {
		rows[l.uid] = l
	}
	for _, n := range seen {
		if l, ok := rows[n.UID]; ok {
			c.setServer(l, pack(n.Keywords), int64(n.ModSeq))
		}
	}
}

// take stores new messages, in the order of their UIDs: where those can't break a
// tie, as in what a search finds, ids do.
func (c *change) take(mailbox mail.MailboxID, list []Incoming, created []mail.MessageID) {
	if len(list) == 0 {
		return
	}
	uids := make([]mail.UID, len(list))
	for i := range list {
		uids[i] = list[i].UID
	}
	known := c.knownUIDs(mailbox, uids)
	waiting := c.awaiting(mailbox)
	threads := c.newThreader(list)
	copies := c.possibleCopies(list)
	for _, i := range byUID(list) {
		in := &list[i]
		if known[in.UID] || in.UID == 0 {
			continue
		}
		known[in.UID] = true
		if l, ok := waiting.takeContent(in.digest, in.columns.messageID, in.Size); ok {
			c.adopt(l, in.UID, pack(in.Keywords), in.ModSeq)
			continue
		}
		filed, awaited := waiting.takeAppend(in.columns.messageID)
		if awaited && in.raw != nil && c.unsent(filed.message) {
			c.rewriteMessage(filed, in)
			c.adopt(filed, in.UID, pack(in.Keywords), in.ModSeq)
			continue
		}
		id, thread := c.findCopy(mailbox, in, copies)
		if id == 0 {
			thread = threads.assign(in)
			id = c.insertMessage(in, thread)
			copies.add(in.digest)
		} else {
			c.note(messageUpdated, int64(id))
		}
		k := pack(in.Keywords)
		at := c.insertLocation(location{message: id, thread: thread, mailbox: mailbox, uid: in.UID,
			receivedAt: millis(in.ReceivedAt), modSeq: int64(in.ModSeq), server: k, local: k})
		if awaited {
			c.appended(filed)
			c.merge(filed, at)
			continue
		}
		created[i] = id
	}
	threads.save()
}

// byUID returns the indexes of the list in ascending order of the UIDs.
func byUID(list []Incoming) []int {
	order := make([]int, len(list))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(list[a].UID, list[b].UID) })
	return order
}

func (c *change) insertMessage(in *Incoming, thread mail.ThreadID) mail.MessageID {
	col := &in.columns
	id := mail.MessageID(c.exec(`INSERT INTO message (thread, received_at, sent_at, size, digest, subject_hash, orphan,
			attachment, message_id, subject, preview, sender, recipients, header, quarantine)
			VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
		thread, millis(in.ReceivedAt), col.sentAt, in.Size, in.digest, col.subjectHash, col.orphan,
		col.attachment, col.messageID, col.subject, col.preview, col.sender, col.recipients, col.header, in.Quarantine))
	if in.raw != nil {
		c.exec("INSERT INTO raw VALUES (?, ?)", id, in.raw)
	}
	c.insertIndex(id, &col.index)
	c.note(messageCreated, int64(id))
	return id
}

// unsent reports whether the server has a message nowhere as the store has it.
func (t *tx) unsent(id mail.MessageID) bool {
	return t.integer("SELECT count(*) FROM location WHERE message = ? AND uid IS NOT NULL", id) == 0
}

// rewriteMessage gives a message that was to be appended the octets that the server
// has of it.
func (c *change) rewriteMessage(l location, in *Incoming) {
	col := &in.columns
	c.exec(`UPDATE message SET sent_at = ?, size = ?, digest = ?, subject_hash = ?, orphan = ?, attachment = ?, message_id = ?,
			subject = ?, preview = ?, sender = ?, recipients = ?, header = ?, quarantine = ? WHERE id = ?`,
		col.sentAt, in.Size, in.digest, col.subjectHash, col.orphan, col.attachment, col.messageID,
		col.subject, col.preview, col.sender, col.recipients, col.header, in.Quarantine, l.message)
	c.exec("UPDATE raw SET data = ? WHERE message = ?", in.raw, l.message)
	c.exec("DELETE FROM message_index WHERE rowid = ?", l.message)
	c.insertIndex(l.message, &col.index)
	for _, at := range c.locations("message = ?", l.message) {
		c.updated(l.message, l.thread, at.mailbox)
	}
}

func (t *tx) insertIndex(id mail.MessageID, text *[7]string) {
	t.exec(`INSERT INTO message_index (rowid, subject, sender, recipients, copied, filename, list, body)
			VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
		id, text[0], text[1], text[2], text[3], text[4], text[5], text[6])
}

// digests is a set of digests of messages in the store.
type digests map[int64]struct{}

func (d digests) add(digest int64) {
	if digest != 0 {
		d[digest] = struct{}{}
	}
}

// possibleCopies tells which digests of the list the store has already.
func (c *change) possibleCopies(list []Incoming) digests {
	all := make([]int64, 0, len(list))
	for i := range list {
		if list[i].digest != 0 {
			all = append(all, list[i].digest)
		}
	}
	out := digests{}
	for _, d := range ids[int64](c.tx, "SELECT digest FROM message WHERE digest IN (SELECT value FROM json_each(?))", toJSON(all)) {
		out.add(d)
	}
	return out
}

// findCopy looks for a message of the same bytes outside of the mailbox. Two
// UIDs of one mailbox are always two messages.
func (c *change) findCopy(mailbox mail.MailboxID, in *Incoming, copies digests) (mail.MessageID, mail.ThreadID) {
	if _, ok := copies[in.digest]; !ok || in.digest == 0 {
		return 0, 0
	}
	type candidate struct {
		id     mail.MessageID
		thread mail.ThreadID
	}
	var list []candidate
	c.each(`SELECT id, thread FROM message m WHERE digest = ? AND size = ? AND quarantine = ?
			AND NOT EXISTS (SELECT 1 FROM location WHERE message = m.id AND mailbox = ?) ORDER BY id`,
		[]any{in.digest, in.Size, in.Quarantine, mailbox}, func(scan func(...any)) {
			var m candidate
			scan(&m.id, &m.thread)
			list = append(list, m)
		})
	for _, m := range list {
		var raw []byte
		if c.row("SELECT data FROM raw WHERE message = ?", []any{m.id}, &raw) && bytes.Equal(raw, in.raw) {
			return m.id, m.thread
		}
	}
	return 0, 0
}
