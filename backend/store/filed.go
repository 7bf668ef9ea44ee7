package store

import (
	"cmp"
	"context"
	"time"

	"waxwing/backend/mail"
)

// An UnfiledDraft is a draft that the server hasn't got as it is now.
type UnfiledDraft struct {
	mail.Draft
	Mark string // which state of the draft this is, its files included
}

// markOf is the mark of a draft in SQL.
const markOf = `(SELECT draft.revision || '.' || count(*) || '.' || coalesce(max(f.id), 0) FROM draft_file f WHERE f.draft = draft.id)`

// UnfiledDrafts returns the drafts to be put on the server, longest untouched first.
// One whose copy the server refused is left out until that is tried again, and so is
// one that hasn't changed since another device removed its copy.
func (s *Account) UnfiledDrafts(ctx context.Context) (out []UnfiledDraft, err error) {
	err = s.db.read(ctx, func(t *tx) error {
		t.each(`SELECT draft.id, `+markOf+` AS now FROM draft LEFT JOIN draft_copy k ON k.draft = draft.id
			WHERE touched AND NOT `+leaving+` AND now IS NOT k.mark AND NOT EXISTS (
				SELECT 1 FROM item i JOIN work w ON w.id = i.work JOIN operation o ON o.id = w.operation
				WHERE i.message = k.message AND w.action = ? AND NOT w.done AND o.state = 'refused')
			ORDER BY saved_at, draft.id`, []any{actionAppend}, func(scan func(...any)) {
			var d UnfiledDraft
			scan(&d.ID, &d.Mark)
			out = append(out, d)
		})
		for i := range out {
			if err := t.readDraft(out[i].ID, &out[i].Draft); err != nil {
				return err
			}
		}
		return t.err
	})
	return out, err
}

// FileDraft puts a draft, made ready by Prepare, into a mailbox in place of what is
// there of it. CodeConflict means that it is another by now, or being sent.
func (s *Account) FileDraft(ctx context.Context, d UnfiledDraft, mailbox mail.MailboxID, in Incoming) error {
	_, err := s.change(ctx, durable, func(c *change) error {
		if c.integer("SELECT count(*) FROM draft WHERE id = ? AND "+markOf+" = ? AND NOT "+leaving, d.ID, d.Mark) == 0 {
			return cmp.Or(c.err, error(&mail.Error{Code: mail.CodeConflict}))
		}
		a := mail.AppendChange{To: mailbox, Keywords: []mail.Keyword{mail.KeywordDraft, mail.KeywordSeen}}
		var before mail.MailboxID
		c.row("SELECT message, mailbox FROM draft_copy WHERE draft = ?", []any{d.ID}, &a.Replaces, &before)
		m, _, err := c.appendMessage(a, in)
		if err != nil {
			return err
		}
		if before != mailbox { // another mailbox is the one for drafts now
			c.removeCopy(d.ID)
		}
		c.exec("INSERT OR REPLACE INTO draft_copy VALUES (?, ?, ?, ?)", d.ID, m, mailbox, d.Mark)
		return c.err
	})
	return err
}

// removeCopy queues that the copy of a draft goes.
func (c *change) removeCopy(id mail.DraftID) {
	list := c.locations("status <> 2 AND (l.message, l.mailbox) IN (SELECT message, mailbox FROM draft_copy WHERE draft = ?)", id)
	c.exec("DELETE FROM draft_copy WHERE draft = ?", id)
	if len(list) == 0 {
		return
	}
	c.queue(mail.Change{Messages: messagesOf(list), Destroy: &mail.DestroyChange{}}, func(q *queuer) {
		for _, l := range list {
			q.remove(l)
		}
	})
}

// DraftCopies tells which drafts have a copy in the mailbox for it, as it is seen here.
func (s *Account) DraftCopies(ctx context.Context) (copies map[mail.DraftID]mail.MessageID, err error) {
	copies = map[mail.DraftID]mail.MessageID{}
	err = s.db.read(ctx, func(t *tx) error {
		t.each(`SELECT draft, message FROM draft_copy k WHERE EXISTS (
			SELECT 1 FROM location l WHERE l.message = k.message AND l.mailbox = k.mailbox AND l.status <> 2)`, nil,
			func(scan func(...any)) {
				var draft mail.DraftID
				var message mail.MessageID
				scan(&draft, &message)
				copies[draft] = message
			})
		return t.err
	})
	return copies, err
}

// DraftOf returns the draft whose copy a message is, or CodeNotFound.
func (s *Account) DraftOf(ctx context.Context, m mail.MessageID) (d mail.Draft, err error) {
	err = s.db.read(ctx, func(t *tx) error {
		id := mail.DraftID(t.integer("SELECT draft FROM draft_copy WHERE message = ?", m))
		return t.readDraft(id, &d)
	})
	return d, err
}

// AdoptDraft keeps a draft that was made of a message in a mailbox, with its files, as
// AddDraft does; the message is its copy from now on. If it is one's already, that
// draft is returned.
func (s *Account) AdoptDraft(ctx context.Context, m mail.MessageID, mailbox mail.MailboxID, d mail.Draft, files []DraftData) (mail.Draft, error) {
	err := s.db.write(ctx, durable, func(t *tx) error {
		if known := mail.DraftID(t.integer("SELECT draft FROM draft_copy WHERE message = ?", m)); known != 0 {
			return t.readDraft(known, &d)
		}
		if err := t.addDraft(&d, files); err != nil {
			return err
		}
		t.exec("INSERT INTO draft_copy SELECT id, ?, ?, "+markOf+" FROM draft WHERE id = ?", m, mailbox, d.ID)
		return t.err
	})
	return d, err
}

// addDraft writes a new draft and reads it back.
func (t *tx) addDraft(d *mail.Draft, files []DraftData) error {
	d.ID = mail.DraftID(t.exec("INSERT INTO draft (saved_at, original, content) VALUES (?, ?, ?)",
		time.Now().UnixMilli(), d.Original, packDraft(*d)))
	for _, f := range files {
		t.addDraftFile(d.ID, f)
	}
	return t.readDraft(d.ID, d)
}

// forgetDrafts lets go of drafts whose copies the person has just moved out of their
// mailbox or deleted: a draft that is just what its copy says goes with it, one that
// has changed since is put on the server anew.
func (c *change) forgetDrafts(messages []mail.MessageID) {
	const taken = `FROM draft_copy k WHERE k.message IN (SELECT value FROM json_each(?)) AND NOT EXISTS (
		SELECT 1 FROM location l WHERE l.message = k.message AND l.mailbox = k.mailbox AND l.status <> 2)`
	list := toJSON(messages)
	same := ids[mail.DraftID](c.tx, `SELECT draft.id FROM draft WHERE NOT `+leaving+` AND (id, `+markOf+`) IN (SELECT k.draft, k.mark `+taken+`)`, list)
	c.exec("DELETE FROM draft_copy WHERE draft IN (SELECT k.draft "+taken+")", list)
	for _, id := range same {
		c.exec("DELETE FROM draft WHERE id = ?", id)
	}
}
