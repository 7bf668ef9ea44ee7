package store

import (
	"context"
	"slices"
	"strings"
	"sync"

	"waxwing/backend/mail"
	"waxwing/backend/search"
)

// Filter narrows a list. The zero value takes everything.
type Filter struct {
	Unread, Flagged, Attachments bool
	To                           string // an address of one's own: "to me"
}

// ThreadQuery asks for a page of a mailbox's threads, newest first.
type ThreadQuery struct {
	Mailbox mail.MailboxID // 0: the joint view, every mailbox outside of junk and trash
	Filter  Filter
	Offset  int // rows to skip
	Limit   int // 1…500; 0 means 100
}

// ThreadPage is a page with the number of all rows.
type ThreadPage struct {
	Total   int
	Threads []mail.ThreadSummary
	State   mail.State
}

// Threads returns a page. Without a filter, and with one of Unread, Flagged and
// Attachments, it takes about the same time at any offset of a mailbox of any
// size; the others look at every thread that one of these leaves.
func (s *Account) Threads(ctx context.Context, q ThreadQuery) (page ThreadPage, err error) {
	limit, offset := pageLimit(q.Limit), max(q.Offset, 0)
	err = s.db.read(ctx, func(t *tx) error {
		mailbox := mail.Mailbox{}
		if q.Mailbox != jointMailbox {
			if mailbox, err = readMailbox(t, q.Mailbox); err != nil {
				return err
			}
		}
		page.State = currentState(t)
		where, args := q.Filter.where(q.Mailbox)
		if q.Filter == (Filter{}) {
			page.Total = int(t.integer("SELECT threads FROM mailbox_count WHERE mailbox = ?", q.Mailbox))
		} else {
			page.Total = int(t.integer("SELECT count(*) FROM "+q.Filter.table()+" WHERE "+where, args...))
		}
		if t.err != nil || offset >= page.Total {
			return t.err
		}
		rows := s.pageOf(t, q, page.State, where, args, page.Total, offset, limit)
		page.Threads = summaries(t, rows, mailbox, q.Mailbox)
		return t.err
	})
	return page, err
}

// where returns the condition on thread_row for a list.
func (f Filter) where(mailbox mail.MailboxID) (string, []any) {
	where, args := []string{"mailbox = ?"}, []any{mailbox}
	if f.Unread {
		where = append(where, "unread > 0")
	}
	if f.Flagged {
		where = append(where, "flagged > 0")
	}
	if f.Attachments {
		where = append(where, "attachment > 0")
	}
	if f.To != "" {
		where = append(where, `thread IN (SELECT m.thread FROM message_index i JOIN message m ON m.id = i.rowid
			WHERE message_index MATCH ?)`)
		args = append(args, "{recipients copied} : "+quote(search.Segment(f.To)))
	}
	return strings.Join(where, " AND "), args
}

// table returns the table with the index that covers the list. The planner,
// without statistics, would read every row of the mailbox instead.
func (f Filter) table() string {
	switch {
	case f.Flagged:
		return "thread_row INDEXED BY thread_row_flagged"
	case f.Attachments:
		return "thread_row INDEXED BY thread_row_attachment"
	case f.Unread:
		return "thread_row INDEXED BY thread_row_unread"
	}
	return "thread_row INDEXED BY thread_row_latest"
}

// rowKey is where a thread row sorts.
type rowKey struct {
	latest, position int64
	thread           mail.ThreadID
}

// pageOf returns the keys of the rows from offset on, starting from the
// nearest row whose position is known rather than from the first.
func (s *Account) pageOf(t *tx, q ThreadQuery, state mail.State, where string, args []any, total, offset, limit int) []rowKey {
	view := anchorView{q.Mailbox, q.Filter}
	limit = min(limit, total-offset)
	from, key := s.anchors.nearest(view, state, offset, total)
	var rows []rowKey
	read := func(condition, order string, args []any, skip, n int) {
		t.each("SELECT latest, position, thread FROM "+q.Filter.table()+" WHERE "+where+condition+" ORDER BY latest "+order+", position "+order+", thread "+order+" LIMIT ? OFFSET ?",
			append(args, n, skip), func(scan func(...any)) {
				var k rowKey
				scan(&k.latest, &k.position, &k.thread)
				rows = append(rows, k)
			})
	}
	args = slices.Clip(args)
	switch {
	case from == 0:
		read("", "DESC", args, offset, limit)
	case from >= total:
		read("", "ASC", args, total-offset-limit, limit)
		slices.Reverse(rows)
	case from <= offset: // key is the row at from
		read(" AND (latest, position, thread) <= (?, ?, ?)", "DESC", append(args, key.latest, key.position, key.thread), offset-from, limit)
	case from >= offset+limit-1:
		read(" AND (latest, position, thread) >= (?, ?, ?)", "ASC", append(args, key.latest, key.position, key.thread), from-offset-limit+1, limit)
		slices.Reverse(rows)
	default: // within the page
		read(" AND (latest, position, thread) > (?, ?, ?)", "ASC", append(args, key.latest, key.position, key.thread), 0, from-offset)
		slices.Reverse(rows)
		read(" AND (latest, position, thread) <= (?, ?, ?)", "DESC", append(args, key.latest, key.position, key.thread), 0, limit-(from-offset))
	}
	if t.err == nil && len(rows) > 0 {
		s.anchors.keep(view, state, offset, rows[0])
		s.anchors.keep(view, state, offset+len(rows)-1, rows[len(rows)-1])
	}
	return rows
}

// anchors remember where some rows of the lists last looked at are, so that a
// page near one of them needn't count from the top. They hold for one state of
// a view: every change to its rows forgets them.
type anchors struct {
	mu    sync.Mutex
	views map[anchorView]*anchorList
}

type anchorView struct {
	mailbox mail.MailboxID
	filter  Filter
}

type anchorList struct {
	state mail.State // since which nothing has changed in the view, as far as known
	rows  map[int]rowKey
}

// The bounds of what is remembered; beyond, it starts anew.
const (
	maxAnchors = 1000
	maxViews   = 50
)

// nearest returns the known position that is nearest to offset: 0 for the
// first row, total for the end, or one with its key.
func (a *anchors) nearest(view anchorView, state mail.State, offset, total int) (int, rowKey) {
	best, key, distance := 0, rowKey{}, offset
	if total-offset < distance {
		best, distance = total, total-offset
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if list := a.views[view]; list != nil && list.state == state {
		for at, k := range list.rows {
			if d := max(at-offset, offset-at); d < distance && at < total && at > 0 {
				best, key, distance = at, k, d
			}
		}
	}
	return best, key
}

func (a *anchors) keep(view anchorView, state mail.State, at int, key rowKey) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.views == nil || len(a.views) > maxViews {
		a.views = map[anchorView]*anchorList{}
	}
	list := a.views[view]
	if list == nil || list.state != state || len(list.rows) >= maxAnchors {
		list = &anchorList{state, map[int]rowKey{}}
		a.views[view] = list
	}
	list.rows[at] = key
}

// summaries fills in the rows of a page. asked is the mailbox of the list, 0
// for the joint view, or everywhere.
func summaries(t *tx, rows []rowKey, mailbox mail.Mailbox, asked mail.MailboxID) []mail.ThreadSummary {
	threads := make([]mail.ThreadID, len(rows))
	at := make(map[mail.ThreadID]int, len(rows))
	out := make([]mail.ThreadSummary, len(rows))
	for i, r := range rows {
		threads[i], at[r.thread], out[i].ID = r.thread, i, r.thread
	}
	outgoing := mailbox.Role == mail.RoleSent || mailbox.Role == mail.RoleDrafts
	join, args := "l.mailbox = ?", []any{asked}
	switch asked {
	case jointMailbox:
		join, args = roleOf+" NOT IN ('junk', 'trash')", nil
	case everywhere:
		join, args = "true", nil
	}
	unread := map[mail.MessageID]bool{}
	t.each(`SELECT m.thread, m.id, l.received_at, m.subject, m.preview, m.sender, m.recipients, m.attachment, l.flags, l.keywords
		FROM message m CROSS JOIN location l ON l.message = m.id AND l.status <> 2 CROSS JOIN mailbox b ON b.id = l.mailbox
		WHERE m.thread IN (SELECT value FROM json_each(?)) AND `+join+`
		ORDER BY l.received_at, l.position, m.id`, append([]any{toJSON(threads)}, args...), func(scan func(...any)) {
		var r summaryRow
		scan(&r.thread, &r.id, &r.receivedAt, &r.subject, &r.preview, &r.sender, &r.recipients, &r.attachment, &r.local.flags, &r.local.words)
		if outgoing {
			r.sender = r.recipients
		}
		if i, ok := at[r.thread]; ok {
			r.addTo(&out[i], unread)
		}
	})
	counts := conversations(t, threads)
	for i := range out {
		slices.Sort(out[i].Keywords)
		out[i].Keywords = slices.Compact(out[i].Keywords)
		out[i].Count = counts[out[i].ID]
	}
	return slices.DeleteFunc(out, func(s mail.ThreadSummary) bool { return len(s.Messages) == 0 })
}

// conversations tells how many messages Thread shows of each thread: those of the
// joint view, or of one that is only in junk and trash, all.
func conversations(t *tx, threads []mail.ThreadID) map[mail.ThreadID]int {
	out := make(map[mail.ThreadID]int, len(threads))
	count := func(query string, threads []mail.ThreadID) {
		t.each(query, []any{toJSON(threads)}, func(scan func(...any)) {
			var thread mail.ThreadID
			var n int
			scan(&thread, &n)
			out[thread] = n
		})
	}
	count("SELECT thread, total FROM thread_row WHERE thread IN (SELECT value FROM json_each(?)) AND mailbox = 0", threads)
	hidden := slices.DeleteFunc(slices.Clone(threads), func(thread mail.ThreadID) bool { return out[thread] > 0 })
	if len(hidden) > 0 {
		count(`SELECT m.thread, count(DISTINCT m.id) FROM message m JOIN location l ON l.message = m.id AND l.status <> 2
			WHERE m.thread IN (SELECT value FROM json_each(?)) GROUP BY m.thread`, hidden)
	}
	return out
}

// everywhere asks summaries for all mailboxes, junk and trash included.
const everywhere mail.MailboxID = -1

type summaryRow struct {
	thread             mail.ThreadID
	id                 mail.MessageID
	receivedAt         int64
	subject, preview   string
	sender, recipients string
	attachment         bool
	local              keywords
}

// addTo adds a location to its thread's summary. A message in several mailboxes
// counts once, as unread when it is so in any; unread has those counted.
func (r *summaryRow) addTo(s *mail.ThreadSummary, unread map[mail.MessageID]bool) {
	if !slices.Contains(s.Messages, r.id) {
		s.Messages = append(s.Messages, r.id)
		for _, a := range fromJSON[people](r.sender).addresses() {
			if !slices.ContainsFunc(s.People, func(b mail.Address) bool { return samePerson(a, b) }) {
				s.People = append(s.People, a)
			}
		}
	}
	if r.local.flags&flagSeen == 0 && !unread[r.id] {
		unread[r.id] = true
		s.Unread++
	}
	s.Latest, s.Subject, s.Preview, s.ReceivedAt = r.id, r.subject, r.preview, fromMillis(r.receivedAt)
	s.Flagged = s.Flagged || r.local.flags&flagFlagged != 0
	s.Answered = s.Answered || r.local.flags&flagAnswered != 0
	s.HasAttachment = s.HasAttachment || r.attachment
	s.Keywords = append(s.Keywords, unpackWords(r.local.words)...)
}

func samePerson(a, b mail.Address) bool {
	if a.Email == "" || b.Email == "" {
		return a == b
	}
	return strings.EqualFold(a.Email, b.Email)
}
