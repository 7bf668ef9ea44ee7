package store

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"strings"

	"waxwing/backend/mail"
)

// RemoteMailbox is a mailbox as LIST tells of it.
type RemoteMailbox struct {
	Path, Delimiter string
	Role            mail.Role // by SPECIAL-USE or name; the person's choice, kept in the store, wins
	Selectable      bool
	Subscribed      bool
	// Was is the mailbox of the store that this is, when it had another path there:
	// somebody renamed it. 0 means the one with the same path, if there is one.
	Was mail.MailboxID
}

// SetMailboxes makes the store's mailboxes those that the server lists: renamed
// ones get their new path and keep messages, operations and the person's choices,
// new ones are created, missing ones destroyed with their messages, others
// updated. One that can't be selected any more loses its messages, too. LIST
// doesn't tell of a rename, so that it is the caller who recognises one.
//
// It returns the operations that can't be done any more, because they move
// to or from a mailbox that is gone, or change keywords only there. They are
// refused as by Refuse, with CodeMailboxGone.
func (s *Account) SetMailboxes(ctx context.Context, list []RemoteMailbox) (refused []mail.Operation, err error) {
	_, err = s.change(ctx, repeatable, func(c *change) error {
		refused = c.renameMailboxes(list)
		old := map[string]mail.Mailbox{}
		for _, m := range readMailboxes(c.tx) {
			old[m.Path] = m
		}
		chosen := chosenRoles(c.tx)
		for _, r := range list {
			m, known := old[r.Path]
			delete(old, r.Path)
			if known {
				if m.Selectable && !r.Selectable {
					refused = append(refused, c.emptyMailbox(m)...)
				}
				c.updateMailbox(m, r, chosen)
			} else {
				c.createMailbox(r, chosen)
			}
		}
		for _, path := range slices.Sorted(maps.Keys(old)) {
			refused = append(refused, c.destroyMailbox(old[path])...)
		}
		return c.err
	})
	return refused, err
}

// renameMailboxes gives renamed mailboxes their new paths. Several may have
// changed places, so that all leave their old ones first; whatever else stands
// where one goes is gone from the server.
func (c *change) renameMailboxes(list []RemoteMailbox) (refused []mail.Operation) {
	renamed := map[mail.MailboxID]string{}
	taken := map[string]bool{}
	for _, r := range list {
		if r.Was != 0 {
			renamed[r.Was], taken[r.Path] = r.Path, true
		}
	}
	if len(renamed) == 0 {
		return nil
	}
	for _, m := range readMailboxes(c.tx) {
		switch path, moves := renamed[m.ID]; {
		case moves && path == m.Path:
			delete(renamed, m.ID)
		case moves:
			// No server's path has this octet (RFC 9051 §9, CHAR).
			c.exec("UPDATE mailbox SET path = char(0) || id WHERE id = ?", m.ID)
		case taken[m.Path]:
			refused = append(refused, c.destroyMailbox(m)...)
		}
	}
	for id, path := range renamed {
		if c.count("UPDATE mailbox SET path = ? WHERE id = ?", path, id) > 0 {
			c.note(mailboxUpdated, int64(id))
		}
	}
	return refused
}

// chosenRoles tells which mailbox holds a role by the person's choice.
func chosenRoles(t *tx) map[mail.Role]string {
	out := map[mail.Role]string{}
	t.each("SELECT chosen_role, path FROM mailbox WHERE chosen_role <> ''", nil, func(scan func(...any)) {
		var role mail.Role
		var path string
		scan(&role, &path)
		out[role] = path
	})
	return out
}

// serverRole is the role that the server may give to the mailbox: not one that
// the person gave to another.
func serverRole(r RemoteMailbox, chosen map[mail.Role]string) mail.Role {
	if path, ok := chosen[r.Role]; ok && path != r.Path {
		return mail.RoleNone
	}
	return r.Role
}

func (c *change) createMailbox(r RemoteMailbox, chosen map[mail.Role]string) {
	id := c.exec("INSERT INTO mailbox (path, delimiter, role, selectable, subscribed) VALUES (?, ?, ?, ?, ?)",
		r.Path, r.Delimiter, serverRole(r, chosen), r.Selectable, r.Subscribed)
	c.exec("INSERT INTO mailbox_count (mailbox) VALUES (?)", id)
	c.note(mailboxCreated, id)
}

func (c *change) updateMailbox(m mail.Mailbox, r RemoteMailbox, chosen map[mail.Role]string) {
	n := c.count(`UPDATE mailbox SET delimiter = ?1, role = ?2, selectable = ?3, subscribed = ?4
		WHERE id = ?5 AND (delimiter, role, selectable, subscribed) IS NOT (?1, ?2, ?3, ?4)`,
		r.Delimiter, serverRole(r, chosen), r.Selectable, r.Subscribed, m.ID)
	if n == 0 {
		return
	}
	c.note(mailboxUpdated, int64(m.ID))
	c.roleChanged(m)
}

// roleChanged brings the joint view up to date when a mailbox, given as it was
// before, came or went from those that it leaves out.
func (c *change) roleChanged(was mail.Mailbox) {
	now := mail.Role(c.text("SELECT "+roleOf+" FROM mailbox WHERE id = ?", was.ID))
	if hidden(now) == hidden(was.Role) {
		return
	}
	for _, thread := range ids[mail.ThreadID](c.tx, "SELECT thread FROM thread_row WHERE mailbox = ?", was.ID) {
		c.touch(thread, was.ID)
	}
}

// hidden reports whether the joint view leaves mailboxes of the role out.
func hidden(r mail.Role) bool { return r == mail.RoleJunk || r == mail.RoleTrash }

// emptyMailbox forgets what a mailbox held that holds no messages any more.
func (c *change) emptyMailbox(m mail.Mailbox) []mail.Operation {
	refused := append(c.rescueAppends(m), c.refuseWorkOf(m)...)
	for _, l := range c.locations("mailbox = ?", m.ID) {
		c.dropLocation(l)
	}
	c.exec("DELETE FROM work WHERE mailbox = ?1 OR target = ?1", m.ID)
	c.forgetEmptyOperations()
	c.setCursor(m.ID, Cursor{})
	return refused
}

func (c *change) destroyMailbox(m mail.Mailbox) []mail.Operation {
	refused := c.emptyMailbox(m)
	c.deriveRows()
	c.exec("DELETE FROM mailbox_count WHERE mailbox = ?", m.ID)
	c.exec("DELETE FROM mailbox WHERE id = ?", m.ID)
	c.note(mailboxDestroyed, int64(m.ID))
	delete(c.log, entry{mailboxUpdated, int64(m.ID)})
	return refused
}

// refuseWorkOf refuses what waits to be done in a mailbox that is gone. What was
// to move there goes back first: what a person did afterwards then has another
// source, and is no work of this mailbox any more. Destroying needs nothing: it
// has happened. Nor does a change of keywords that is made elsewhere as well: it
// goes on there, as when one of its messages is gone.
func (c *change) refuseWorkOf(m mail.Mailbox) []mail.Operation {
	reason := &mail.Error{Code: mail.CodeMailboxGone, Args: map[string]string{"mailbox": m.Path}}
	var refused []mail.Operation
	for c.err == nil {
		op := mail.OperationID(c.integer(`SELECT operation FROM work w WHERE NOT done
			AND (target = ?1 OR mailbox = ?1 AND (action = ?2 OR action = ?3 AND NOT EXISTS (
				SELECT 1 FROM work WHERE operation = w.operation AND mailbox <> ?1)))
			AND EXISTS (SELECT 1 FROM item WHERE work = w.id)
			ORDER BY target IS ?1 DESC, operation LIMIT 1`, m.ID, actionMove, actionKeywords))
		if op == 0 {
			break
		}
		c.refuseOperation(op, reason)
		refused = append(refused, readOperations(c.tx, "id = ?", op)...)
	}
	slices.SortFunc(refused, func(a, b mail.Operation) int { return cmp.Compare(a.ID, b.ID) })
	return refused
}

// SetRole makes the mailbox hold the role, whatever the server says, and no
// other. RoleNone takes any role from it.
func (s *Account) SetRole(ctx context.Context, id mail.MailboxID, role mail.Role) error {
	_, err := s.change(ctx, durable, func(c *change) error {
		found := false
		for _, m := range readMailboxes(c.tx) {
			switch {
			case m.ID == id:
				found = true
				c.chooseRole(m, role)
			case role != mail.RoleNone && m.Role == role:
				c.chooseRole(m, mail.RoleNone)
			}
		}
		if !found && c.err == nil {
			return notFound("mailbox")
		}
		return c.err
	})
	return err
}

func (c *change) chooseRole(m mail.Mailbox, role mail.Role) {
	c.exec("UPDATE mailbox SET chosen_role = ? WHERE id = ?", role, m.ID)
	c.note(mailboxUpdated, int64(m.ID))
	c.roleChanged(m)
}

// Mailboxes returns every mailbox, ordered by path, parents before children.
func (s *Account) Mailboxes(ctx context.Context) (list []mail.Mailbox, err error) {
	err = s.db.read(ctx, func(t *tx) error {
		list = readMailboxes(t)
		return t.err
	})
	return list, err
}

// Mailbox returns one mailbox, or CodeNotFound.
func (s *Account) Mailbox(ctx context.Context, id mail.MailboxID) (m mail.Mailbox, err error) {
	err = s.db.read(ctx, func(t *tx) error {
		m, err = readMailbox(t, id)
		return err
	})
	return m, err
}

// readMailbox reads one mailbox. Every page of a list needs it, and to read a
// thousand mailboxes takes milliseconds.
func readMailbox(t *tx, id mail.MailboxID) (m mail.Mailbox, err error) {
	found := false
	t.each(mailboxRows+" WHERE id = ?", []any{id}, func(scan func(...any)) {
		m, found = scanMailbox(scan), true
	})
	if !found && t.err == nil {
		return m, notFound("mailbox")
	}
	if path, nested := parentPath(m); nested {
		m.Parent = mail.MailboxID(t.integer("SELECT id FROM mailbox WHERE path = ?", path))
	}
	return m, t.err
}

func readMailboxes(t *tx) []mail.Mailbox {
	var out []mail.Mailbox
	byPath := map[string]mail.MailboxID{}
	t.each(mailboxRows+" ORDER BY path", nil, func(scan func(...any)) {
		m := scanMailbox(scan)
		byPath[m.Path] = m.ID
		out = append(out, m)
	})
	for i := range out {
		if path, nested := parentPath(out[i]); nested {
			out[i].Parent = byPath[path]
		}
	}
	return out
}

// mailboxRows are what scanMailbox reads.
const mailboxRows = "SELECT id, path, delimiter, " + roleOf + `, selectable, subscribed, total, unread, threads
	FROM mailbox JOIN mailbox_count ON mailbox = id`

// scanMailbox reads a mailbox without its parent.
func scanMailbox(scan func(...any)) (m mail.Mailbox) {
	scan(&m.ID, &m.Path, &m.Delimiter, &m.Role, &m.Selectable, &m.Subscribed, &m.TotalEmails, &m.UnreadEmails, &m.TotalThreads)
	m.Name = m.Path
	if path, nested := parentPath(m); nested {
		m.Name = m.Path[len(path)+len(m.Delimiter):]
	}
	return m
}

// parentPath is the path of the mailbox that m lies in.
func parentPath(m mail.Mailbox) (path string, nested bool) {
	if m.Delimiter == "" {
		return "", false
	}
	at := strings.LastIndex(m.Path, m.Delimiter)
	if at < 0 {
		return "", false
	}
	return m.Path[:at], true
}

// Cursor is what a session knows of a mailbox on the server.
type Cursor struct {
	UIDValidity   uint32 // 0: never selected
	UIDNext       uint32
	HighestModSeq uint64 // everything up to it is in the store; 0: not known
	Complete      bool   // every message has been fetched once
	// KeptSince is the bound, in Unix seconds, before which mail is left out here, 0
	// for none; Beyond is how many messages that were.
	KeptSince int64
	Beyond    int
}

// Cursor returns what the last Commit of the mailbox left, or CodeNotFound.
func (s *Account) Cursor(ctx context.Context, id mail.MailboxID) (cursor Cursor, err error) {
	err = s.db.read(ctx, func(t *tx) error {
		found := t.row("SELECT uid_validity, uid_next, highest_mod_seq, complete, kept_since, beyond FROM mailbox WHERE id = ?", []any{id},
			&cursor.UIDValidity, &cursor.UIDNext, &cursor.HighestModSeq, &cursor.Complete, &cursor.KeptSince, &cursor.Beyond)
		if !found && t.err == nil {
			return notFound("mailbox")
		}
		return t.err
	})
	return cursor, err
}

// Cursors returns the cursor of every mailbox.
func (s *Account) Cursors(ctx context.Context) (out map[mail.MailboxID]Cursor, err error) {
	out = map[mail.MailboxID]Cursor{}
	err = s.db.read(ctx, func(t *tx) error {
		t.each("SELECT id, uid_validity, uid_next, highest_mod_seq, complete, kept_since, beyond FROM mailbox", nil, func(scan func(...any)) {
			var id mail.MailboxID
			var c Cursor
			scan(&id, &c.UIDValidity, &c.UIDNext, &c.HighestModSeq, &c.Complete, &c.KeptSince, &c.Beyond)
			out[id] = c
		})
		return t.err
	})
	return out, err
}

// setCursor keeps the cursor. HIGHESTMODSEQ has 63 bits (RFC 7162 §3.1).
func (c *change) setCursor(id mail.MailboxID, cursor Cursor) {
	c.exec("UPDATE mailbox SET uid_validity = ?, uid_next = ?, highest_mod_seq = ?, complete = ?, kept_since = ?, beyond = ? WHERE id = ?",
		cursor.UIDValidity, cursor.UIDNext, int64(cursor.HighestModSeq), cursor.Complete, cursor.KeptSince, cursor.Beyond, id)
}

// needMailbox fails the transaction with CodeNotFound when there is no such mailbox.
func (c *change) needMailbox(id mail.MailboxID) error {
	if c.integer("SELECT count(*) FROM mailbox WHERE id = ?", id) == 0 && c.err == nil {
		return notFound("mailbox")
	}
	return c.err
}
