package store

import (
	"context"
	"fmt"
	"slices"

	"waxwing/backend/mail"
)

// messageColumns are what scanMessage reads.
const messageColumns = `m.id, m.thread, m.received_at, coalesce(m.sent_at, 0), m.size, m.message_id, m.subject, m.preview,
	m.sender, m.recipients, m.header, m.quarantine`

func scanMessage(scan func(...any), more ...any) mail.Message {
	var m mail.Message
	var received, sent int64
	var sender, recipients, head string
	scan(append([]any{&m.ID, &m.Thread, &received, &sent, &m.Size, &m.MessageID, &m.Subject, &m.Preview,
		&sender, &recipients, &head, &m.Quarantine}, more...)...)
	m.ReceivedAt, m.SentAt = fromMillis(received), fromMillis(sent)
	m.From = fromJSON[people](sender).addresses()
	m.To = fromJSON[people](recipients).addresses()
	h := fromJSON[header](head)
	m.InReplyTo, m.References, m.ListID, m.Attachments = h.InReplyTo, h.References, h.ListID, h.Attachments
	m.Sender, m.ReplyTo, m.Cc, m.Bcc = h.Sender.addresses(), h.ReplyTo.addresses(), h.Cc.addresses(), h.Bcc.addresses()
	return m
}

// readMessages reads messages with mailboxes and keywords, in the order of list.
// Those that don't exist are left out.
//
// A message in several mailboxes is seen when it is so in all of them; another
// keyword counts when it is set in any.
func readMessages(t *tx, list []mail.MessageID) []mail.Message {
	in := toJSON(list)
	byID := make(map[mail.MessageID]*mail.Message, len(list))
	t.each("SELECT "+messageColumns+" FROM message m WHERE id IN (SELECT value FROM json_each(?))", []any{in}, func(scan func(...any)) {
		m := scanMessage(scan)
		byID[m.ID] = &m
	})
	sets := map[mail.MessageID]keywords{}
	t.each(`SELECT message, mailbox, status, flags, keywords FROM location
		WHERE message IN (SELECT value FROM json_each(?)) ORDER BY message, status = 2, mailbox`, []any{in}, func(scan func(...any)) {
		var id mail.MessageID
		var mailbox mail.MailboxID
		var status int
		var k keywords
		scan(&id, &mailbox, &status, &k.flags, &k.words)
		m := byID[id]
		if m == nil {
			return
		}
		if status != statusLeaving {
			m.Mailboxes = append(m.Mailboxes, mailbox)
		} else if len(m.Mailboxes) > 0 {
			return // keywords where it leaves don't matter while it is elsewhere
		}
		if old, ok := sets[id]; ok {
			seen := old.flags & k.flags & flagSeen
			k = old.or(k)
			k.flags = k.flags&^flagSeen | seen
		}
		sets[id] = k
	})
	out := make([]mail.Message, 0, len(list))
	for _, id := range list {
		if m := byID[id]; m != nil {
			m.Keywords = sets[id].list()
			m.Mailboxes = slices.Compact(m.Mailboxes)
			out = append(out, *m)
		}
	}
	return out
}

// Message returns one message, or CodeNotFound. Content.Text is not kept and
// always empty.
func (s *Account) Message(ctx context.Context, id mail.MessageID) (m mail.Message, err error) {
	err = s.db.read(ctx, func(t *tx) error {
		list := readMessages(t, []mail.MessageID{id})
		if t.err == nil && len(list) == 0 {
			return notFound("message")
		}
		if t.err == nil {
			m = list[0]
		}
		return t.err
	})
	return m, err
}

// Thread returns the messages of a thread, oldest first (see Messages), each once. Those only
// in trash or junk are left out unless they are the whole thread; those on
// their way out are left out. CodeNotFound when nothing is left.
func (s *Account) Thread(ctx context.Context, id mail.ThreadID) (list []mail.Message, err error) {
	err = s.db.read(ctx, func(t *tx) error {
		all := func(and string) []mail.MessageID {
			return ids[mail.MessageID](t, `SELECT m.id FROM message m WHERE thread = ? AND EXISTS (
				SELECT 1 FROM location l JOIN mailbox b ON b.id = l.mailbox WHERE l.message = m.id AND l.status <> 2`+and+`)
				ORDER BY received_at, (SELECT max(position) FROM location WHERE message = m.id), id`, id)
		}
		found := all(" AND " + roleOf + " NOT IN ('junk', 'trash')")
		if len(found) == 0 {
			found = all("")
		}
		if t.err == nil && len(found) == 0 {
			return notFound("thread")
		}
		list = readMessages(t, found)
		return t.err
	})
	return list, err
}

// Raw returns the message byte for byte as the server has it (CRLF form).
// CodeNotOffline when it couldn't be fetched.
func (s *Account) Raw(ctx context.Context, id mail.MessageID) ([]byte, error) {
	var data []byte
	err := s.db.read(ctx, func(t *tx) error {
		if t.row("SELECT data FROM raw WHERE message = ?", []any{id}, &data) || t.err != nil {
			return t.err
		}
		if t.integer("SELECT count(*) FROM message WHERE id = ? AND size = 0 AND quarantine = ''", id) > 0 {
			data = []byte{rawStored} // nothing was kept because it is empty
			return nil
		}
		if t.integer("SELECT count(*) FROM message WHERE id = ?", id) > 0 {
			return &mail.Error{Code: mail.CodeNotOffline}
		}
		return notFound("message")
	})
	if err != nil {
		return nil, err
	}
	raw, err := decompress(data)
	if err != nil {
		return nil, &mail.Error{Code: mail.CodeDamaged, Args: map[string]string{"path": s.db.path}, Err: fmt.Errorf("store: raw bytes of message %d: %w", id, err)}
	}
	return raw, nil
}

// MessageQuery asks for a page of a mailbox's messages, newest first.
type MessageQuery struct {
	Mailbox mail.MailboxID
	Before  string // cursor of the previous page's last row, or empty
	Limit   int    // 1…500; 0 means 100
}

// MessagePage is a page and the cursor for the next one, empty at the end.
type MessagePage struct {
	Messages []mail.Message
	Next     string
	State    mail.State
}

// Messages returns a page of a mailbox's messages by the time they were
// received there, within a second by UID. CodeNotFound for an unknown mailbox, CodeInvalid for a
// cursor that Messages didn't make.
func (s *Account) Messages(ctx context.Context, q MessageQuery) (page MessagePage, err error) {
	limit := pageLimit(q.Limit)
	before, err := parseCursor(q.Before)
	if err != nil {
		return page, err
	}
	err = s.db.read(ctx, func(t *tx) error {
		if _, err := readMailbox(t, q.Mailbox); err != nil {
			return err
		}
		page.State = currentState(t)
		var list []mail.MessageID
		var last cursor
		t.each(`SELECT message, received_at, position FROM location
			WHERE mailbox = ? AND status <> 2 AND (received_at, position, message) < (?, ?, ?)
			ORDER BY received_at DESC, position DESC, message DESC LIMIT ?`,
			[]any{q.Mailbox, before.received, before.position, before.message, limit + 1}, func(scan func(...any)) {
				var c cursor
				scan(&c.message, &c.received, &c.position)
				if len(list) == limit {
					page.Next = last.String()
					return
				}
				list, last = append(list, c.message), c
			})
		page.Messages = readMessages(t, list)
		return t.err
	})
	return page, err
}

// cursor is where a message sorts in its mailbox.
type cursor struct {
	received, position int64
	message            mail.MessageID
}

func (c cursor) String() string { return fmt.Sprintf("%d.%d.%d", c.received, c.position, c.message) }

const endOfTime = 1<<63 - 1

// parseCursor reads what cursor.String wrote; the end of time for "".
func parseCursor(s string) (cursor, error) {
	if s == "" {
		return cursor{received: endOfTime}, nil
	}
	var c cursor
	if n, err := fmt.Sscanf(s, "%d.%d.%d", &c.received, &c.position, &c.message); n != 3 || err != nil || c.String() != s {
		return cursor{}, invalid("before", "not a cursor")
	}
	return c, nil
}

// pageLimit brings a limit into its range.
func pageLimit(n int) int {
	if n <= 0 {
		return 100
	}
	return min(n, 500)
}
