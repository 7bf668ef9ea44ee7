package store

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"waxwing/backend/mail"
	"waxwing/backend/search"
)

// Sort is the order of what a search finds.
type Sort int

// The orders.
const (
	SortNewest Sort = iota
	// SortRelevance puts first what has the words more often and in fewer other
	// words. A query that isn't text alone is sorted like SortNewest.
	SortRelevance
)

// SearchOptions bounds and orders a search.
type SearchOptions struct {
	Limit  int // 1…500; 0 means 100
	Offset int // rows to skip
	Sort   Sort
}

// positionOf breaks ties of received_at as the lists do, for message m.
const positionOf = "(SELECT coalesce(max(position), 0) FROM location WHERE message = m.id AND status <> 2)"

// Search finds messages. Those only in junk or trash are found when the query
// names a mailbox ("in:trash", "in:anywhere"); an empty query finds nothing. MessagePage.Next is not set: go
// on with Offset. Cancel ctx to stop a search that nobody waits for any more.
func (s *Account) Search(ctx context.Context, q search.Query, opt SearchOptions) (page MessagePage, err error) {
	err = s.db.read(ctx, func(t *tx) error {
		page.State = currentState(t)
		f := newFinder(t, q)
		query := "SELECT m.id FROM message m WHERE " + f.where + " ORDER BY m.received_at DESC, " + positionOf + " DESC, m.id DESC LIMIT ? OFFSET ?"
		args := f.args
		if match, ok := f.pure(q.Expr); ok && opt.Sort == SortRelevance && match != "" {
			query = "SELECT m.id FROM message_index i JOIN message m ON m.id = i.rowid WHERE message_index MATCH ? AND " +
				f.place + " ORDER BY i.rank, m.received_at DESC LIMIT ? OFFSET ?"
			args = []any{match}
		}
		var found []mail.MessageID
		t.eachOnce(query, append(slices.Clip(args), pageLimit(opt.Limit), max(opt.Offset, 0)), func(scan func(...any)) {
			var id mail.MessageID
			scan(&id)
			found = append(found, id)
		})
		page.Messages = readMessages(t, found)
		return t.err
	})
	return page, err
}

// SearchThreads is Search with the threads of what it finds, as rows of a list,
// newest find first, and the number of all of them.
func (s *Account) SearchThreads(ctx context.Context, q search.Query, opt SearchOptions) (page ThreadPage, err error) {
	err = s.db.read(ctx, func(t *tx) error {
		page.State = currentState(t)
		f := newFinder(t, q)
		var all []rowKey
		t.eachOnce("SELECT m.thread, max(m.received_at) AS latest FROM message m WHERE "+f.where+
			" GROUP BY m.thread ORDER BY latest DESC, m.thread DESC", f.args, func(scan func(...any)) {
			var k rowKey
			scan(&k.thread, &k.latest)
			all = append(all, k)
		})
		page.Total = len(all)
		start := min(max(opt.Offset, 0), len(all))
		end := min(start+pageLimit(opt.Limit), len(all))
		breakTies(t, all, start, end)
		scope := jointMailbox
		if f.named {
			scope = everywhere
		}
		page.Threads = summaries(t, all[start:end], mail.Mailbox{}, scope)
		return t.err
	})
	return page, err
}

// breakTies sorts the rows of a page, and those of the same instants before and
// after it, that are newest first. Asking for the position of everything that is
// found would double the time of a search for a frequent word.
func breakTies(t *tx, all []rowKey, start, end int) {
	for start > 0 && start < end && all[start-1].latest == all[start].latest {
		start--
	}
	for start < end && end < len(all) && all[end-1].latest == all[end].latest {
		end++
	}
	rows := all[start:end]
	at := make(map[mail.ThreadID]int, len(rows))
	var tied []mail.ThreadID
	for i, k := range rows {
		if i > 0 && rows[i-1].latest == k.latest || i+1 < len(rows) && rows[i+1].latest == k.latest {
			at[k.thread] = i
			tied = append(tied, k.thread)
		}
	}
	if len(tied) == 0 {
		return
	}
	t.each("SELECT m.thread, m.received_at, max("+positionOf+") FROM message m WHERE m.thread IN (SELECT value FROM json_each(?)) GROUP BY m.thread, m.received_at",
		[]any{toJSON(tied)}, func(scan func(...any)) {
			var k rowKey
			scan(&k.thread, &k.latest, &k.position)
			if i := at[k.thread]; rows[i].latest == k.latest {
				rows[i].position = k.position
			}
		})
	slices.SortFunc(rows, func(a, b rowKey) int {
		return cmp.Or(cmp.Compare(b.latest, a.latest), cmp.Compare(b.position, a.position), cmp.Compare(b.thread, a.thread))
	})
}

// finder turns a query tree into SQL over message m. Text goes to the index in
// as few pieces as the tree allows.
type finder struct {
	boxes []mail.Mailbox
	where string
	args  []any
	place string // the condition on where messages may be
	named bool   // the query says so itself
}

func newFinder(t *tx, q search.Query) *finder {
	f := &finder{boxes: readMailboxes(t)}
	search.Walk(q.Expr, func(e search.Expr) {
		if _, ok := e.(search.InMailbox); ok {
			f.named = true
		}
	})
	f.place = "EXISTS (SELECT 1 FROM location l JOIN mailbox b ON b.id = l.mailbox WHERE l.message = m.id AND l.status <> 2" +
		" AND " + roleOf + " NOT IN ('junk', 'trash'))"
	if f.named {
		f.place = "EXISTS (SELECT 1 FROM location l WHERE l.message = m.id AND l.status <> 2)"
	}
	f.where = "false"
	if !q.Empty() {
		f.where = f.sql(q.Expr) + " AND " + f.place
	}
	return f
}

// indexColumns are the columns of message_index that a field means.
var indexColumns = map[search.Field]string{
	search.FieldFrom: "{sender}", search.FieldTo: "{recipients copied}", search.FieldCc: "{copied}",
	search.FieldSubject: "{subject}", search.FieldFilename: "{filename}", search.FieldList: "{list}",
}

// pure returns the index's query for a tree of text alone.
func (f *finder) pure(e search.Expr) (match string, ok bool) {
	switch e := e.(type) {
	case search.Term:
		phrase, prefix := search.Phrase(e.Text)
		match = quote(phrase)
		if e.Prefix || prefix {
			match += " *"
		}
		if columns, ok := indexColumns[e.Field]; ok {
			match = columns + " : " + match
		}
		return "(" + match + ")", true
	case search.And:
		return f.join(e, " AND ")
	case search.Or:
		return f.join(e, " OR ")
	}
	return "", false
}

func (f *finder) join(list []search.Expr, operator string) (string, bool) {
	parts := make([]string, len(list))
	for i, e := range list {
		part, ok := f.pure(e)
		if !ok {
			return "", false
		}
		parts[i] = part
	}
	return "(" + strings.Join(parts, operator) + ")", true
}

// quote makes a string of FTS5: anything in it is text.
func quote(s string) string {
	return `"` + strings.ReplaceAll(strings.ReplaceAll(s, "\x00", " "), `"`, `""`) + `"`
}

func (f *finder) sql(e search.Expr) string {
	if match, ok := f.pure(e); ok {
		return f.with("m.id IN (SELECT rowid FROM message_index WHERE message_index MATCH ?)", match)
	}
	switch e := e.(type) {
	case search.And:
		return f.and(e)
	case search.Or:
		parts := make([]string, len(e))
		for i, x := range e {
			parts[i] = f.sql(x)
		}
		return "(" + strings.Join(parts, " OR ") + ")"
	case search.Not:
		return "NOT " + f.sql(e.Expr)
	case search.InMailbox:
		return f.inMailbox(e.Name)
	case search.HasAttachment:
		return "m.attachment"
	case search.HasKeyword:
		return f.keyword(e.Keyword)
	case search.Before:
		return f.with("m.received_at < ?", e.Time.UnixMilli())
	case search.After:
		return f.with("m.received_at >= ?", e.Time.UnixMilli())
	case search.Larger:
		return f.with("m.size > ?", e.Size)
	case search.Smaller:
		return f.with("m.size < ?", e.Size)
	}
	return "true"
}

// and asks the index once for all that is text alone.
func (f *finder) and(list search.And) string {
	var text search.And
	var parts []string
	for _, e := range list {
		if _, ok := f.pure(e); ok {
			text = append(text, e)
		} else {
			parts = append(parts, f.sql(e))
		}
	}
	if len(text) > 0 { // its argument comes last
		parts = append(parts, f.sql(text))
	}
	return "(" + strings.Join(parts, " AND ") + ")"
}

func (f *finder) with(condition string, arg any) string {
	f.args = append(f.args, arg)
	return condition
}

func (f *finder) keyword(k string) string {
	const located = "EXISTS (SELECT 1 FROM location l WHERE l.message = m.id AND l.status <> 2 AND "
	if i := slices.Index(systemKeywords[:], mail.Keyword(k)); i == 0 { // seen: in all of them
		return "NOT " + located + "l.flags & 1 = 0)"
	} else if i > 0 {
		return f.with(located+"l.flags & ? <> 0)", 1<<i)
	}
	return f.with(located+"l.keywords <> '' AND EXISTS (SELECT 1 FROM json_each(l.keywords) WHERE value = ?))", k)
}

// inMailbox takes the mailboxes with the role or, failing that, the path or name.
func (f *finder) inMailbox(name string) string {
	if strings.EqualFold(name, search.AnyMailbox) {
		return "true"
	}
	matches := func(is func(mail.Mailbox) bool) (found []mail.MailboxID) {
		for _, b := range f.boxes {
			if is(b) {
				found = append(found, b.ID)
			}
		}
		return found
	}
	found := matches(func(b mail.Mailbox) bool { return b.Role != mail.RoleNone && strings.EqualFold(string(b.Role), name) })
	if len(found) == 0 {
		found = matches(func(b mail.Mailbox) bool { return strings.EqualFold(b.Path, name) })
	}
	if len(found) == 0 {
		found = matches(func(b mail.Mailbox) bool { return strings.EqualFold(b.Name, name) })
	}
	return f.with(`EXISTS (SELECT 1 FROM location l WHERE l.message = m.id AND l.status <> 2
		AND l.mailbox IN (SELECT value FROM json_each(?)))`, toJSON(append([]mail.MailboxID{}, found...)))
}
