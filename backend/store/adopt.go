package store

import (
	"context"

	"waxwing/backend/mail"
)

// ResetMailbox forgets the UIDs of a mailbox after its UIDVALIDITY changed. The
// messages stay readable; Adopt, or Commit, gives them their new UIDs, and
// Abandon drops those that the server doesn't have any more.
func (s *Account) ResetMailbox(ctx context.Context, id mail.MailboxID, uidValidity uint32) error {
	_, err := s.change(ctx, repeatable, func(c *change) error {
		if err := c.needMailbox(id); err != nil {
			return err
		}
		for _, thread := range ids[mail.ThreadID](c.tx, `SELECT DISTINCT m.thread FROM location l JOIN message m ON m.id = l.message
				WHERE l.mailbox = ? AND l.uid IS NOT NULL`, id) {
			c.touch(thread, id)
		}
		c.exec("UPDATE location SET uid = NULL, mod_seq = 0 WHERE mailbox = ? AND uid IS NOT NULL", id)
		c.setCursor(id, Cursor{UIDValidity: uidValidity})
		return c.err
	})
	return err
}

// Probe identifies a message on the server without fetching its body.
type Probe struct {
	UID       mail.UID
	MessageID string
	Size      int64 // RFC822.SIZE
	Keywords  []mail.Keyword
	ModSeq    uint64
}

// Newest returns what identifies up to limit of the mailbox's messages that have a
// UID and could be read, by descending UID. Keywords and ModSeq are not set.
func (s *Account) Newest(ctx context.Context, id mail.MailboxID, limit int) (out []Probe, err error) {
	err = s.db.read(ctx, func(t *tx) error {
		t.each(`SELECT l.uid, m.message_id, m.size FROM location l JOIN message m ON m.id = l.message
			WHERE l.mailbox = ? AND l.uid IS NOT NULL AND m.quarantine = '' ORDER BY l.uid DESC LIMIT ?`, []any{id, limit}, func(scan func(...any)) {
			var p Probe
			scan(&p.UID, &p.MessageID, &p.Size)
			out = append(out, p)
		})
		return t.err
	})
	return out, err
}

// Adopt gives UIDs to messages that are in the mailbox locally without one
// (moved here by an operation whose answer had no COPYUID, or after
// ResetMailbox), matched by Message-ID and size. It returns the probes that
// matched nothing and must be fetched; a UID that the store knows is not among
// them. A message without a Message-ID is not recognised here, but by its
// content when Commit brings it.
func (s *Account) Adopt(ctx context.Context, id mail.MailboxID, probes []Probe) (unmatched []Probe, err error) {
	_, err = s.change(ctx, repeatable, func(c *change) error {
		if err := c.needMailbox(id); err != nil {
			return err
		}
		uids := make([]mail.UID, len(probes))
		for i, p := range probes {
			uids[i] = p.UID
		}
		known := c.knownUIDs(id, uids)
		waiting := c.awaiting(id)
		for _, p := range probes {
			if known[p.UID] {
				continue
			}
			known[p.UID] = true
			if l, ok := waiting.take(p.MessageID, p.Size); ok {
				c.adopt(l, p.UID, pack(p.Keywords), p.ModSeq)
			} else {
				unmatched = append(unmatched, p)
			}
		}
		return c.err
	})
	if err != nil {
		return nil, err
	}
	return unmatched, nil
}

// AwaitsUIDs reports whether Adopt could match anything in the mailbox.
func (s *Account) AwaitsUIDs(ctx context.Context, id mail.MailboxID) (awaits bool, err error) {
	err = s.db.read(ctx, func(t *tx) error {
		awaits = t.integer("SELECT count(*) FROM (SELECT 1 FROM location WHERE mailbox = ? AND uid IS NULL LIMIT 1)", id) > 0
		return t.err
	})
	return awaits, err
}

// Abandon drops what still has no UID in the mailbox and waits for no
// operation: the server doesn't have it there. Call it when every UID of the
// mailbox is known to the store. It returns how many it dropped.
func (s *Account) Abandon(ctx context.Context, id mail.MailboxID) (dropped int, err error) {
	_, err = s.change(ctx, repeatable, func(c *change) error {
		lost := c.locations(`mailbox = ? AND l.uid IS NULL AND NOT EXISTS (
			SELECT 1 FROM item i JOIN work w ON w.id = i.work WHERE i.target = l.id AND NOT w.done)`, id)
		for _, l := range lost {
			if !c.begun(l) {
				c.dropLocation(l)
				dropped++
			}
		}
		c.forgetEmptyOperations()
		return c.err
	})
	return dropped, err
}

// adopt gives a location its UID.
func (c *change) adopt(l location, uid mail.UID, server keywords, modSeq uint64) {
	c.appended(l)
	status := l.status
	if status == statusArriving && c.integer(`SELECT count(*) FROM item i JOIN work w ON w.id = i.work
			WHERE i.target = ? AND NOT w.done`, l.id) == 0 {
		status = statusPresent
	}
	c.exec("UPDATE location SET uid = ?, status = ? WHERE id = ?", uid, status, l.id)
	c.touch(l.thread, l.mailbox)
	c.setServer(l, server, int64(modSeq))
}

// knownUIDs tells which of the UIDs the store has in the mailbox.
func (t *tx) knownUIDs(id mail.MailboxID, uids []mail.UID) map[mail.UID]bool {
	known := map[mail.UID]bool{}
	t.each("SELECT uid FROM location WHERE mailbox = ? AND uid IN (SELECT value FROM json_each(?))",
		[]any{id, toJSON(uids)}, func(scan func(...any)) {
			var uid mail.UID
			scan(&uid)
			known[uid] = true
		})
	return known
}

// identity is how a message is recognised without its UID.
type identity struct {
	messageID string
	digest    int64
	size      int64
}

// waiting are locations without UIDs by what identifies them, oldest first.
// Each is listed by Message-ID and by digest, and taken once.
type waiting struct {
	by    map[identity][]int64
	byID  map[int64]location
	spent map[int64]bool

	appends map[string]int64 // those that are to be appended, by Message-ID
}

func (t *tx) awaiting(id mail.MailboxID) waiting {
	w := waiting{map[identity][]int64{}, map[int64]location{}, map[int64]bool{}, map[string]int64{}}
	for _, l := range t.locations("mailbox = ? AND l.uid IS NULL", id) {
		w.byID[l.id] = l
	}
	if len(w.byID) == 0 {
		return w
	}
	t.each(`SELECT l.id, m.message_id, m.digest, m.size FROM location l JOIN message m ON m.id = l.message
		WHERE l.mailbox = ? AND l.uid IS NULL ORDER BY l.id`, []any{id}, func(scan func(...any)) {
		var at int64
		var i identity
		scan(&at, &i.messageID, &i.digest, &i.size)
		if i.messageID != "" {
			k := identity{messageID: i.messageID, size: i.size}
			w.by[k] = append(w.by[k], at)
		}
		if i.digest != 0 {
			k := identity{digest: i.digest, size: i.size}
			w.by[k] = append(w.by[k], at)
		}
	})
	t.each(`SELECT l.id, m.message_id FROM location l JOIN message m ON m.id = l.message
		WHERE l.mailbox = ? AND l.uid IS NULL AND EXISTS (
			SELECT 1 FROM item i JOIN work w ON w.id = i.work WHERE i.target = l.id AND w.action = ? AND NOT w.done)`,
		[]any{id, actionAppend}, func(scan func(...any)) {
			var at int64
			var messageID string
			scan(&at, &messageID)
			w.appends[messageID] = at
		})
	return w
}

// take returns the oldest location of the message that nobody took.
func (w waiting) take(messageID string, size int64) (location, bool) {
	if messageID == "" {
		return location{}, false
	}
	return w.first(identity{messageID: messageID, size: size})
}

// takeContent is take for a message whose raw bytes are there.
func (w waiting) takeContent(digest int64, messageID string, size int64) (location, bool) {
	if digest != 0 {
		if l, ok := w.first(identity{digest: digest, size: size}); ok {
			return l, true
		}
	}
	return w.take(messageID, size)
}

// takeAppend returns the location of a message that is to be appended and has this
// Message-ID: the server has got it in another way, perhaps with other octets.
func (w waiting) takeAppend(messageID string) (location, bool) {
	id, ok := w.appends[messageID]
	if !ok || messageID == "" || w.spent[id] {
		return location{}, false
	}
	w.spent[id] = true
	return w.byID[id], true
}

func (w waiting) first(i identity) (location, bool) {
	for _, id := range w.by[i] {
		if !w.spent[id] {
			w.spent[id] = true
			return w.byID[id], true
		}
	}
	return location{}, false
}
