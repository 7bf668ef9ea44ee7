package store

import (
	"maps"
	"slices"

	"waxwing/backend/mail"
)

// place is a thread in a mailbox, the key of a thread row.
type place struct {
	thread  mail.ThreadID
	mailbox mail.MailboxID
}

// jointMailbox is the mailbox of the rows of the joint view.
const jointMailbox mail.MailboxID = 0

// The kinds of entries in table change.
const (
	messageCreated = iota + 1
	messageUpdated
	messageDestroyed
	mailboxCreated
	mailboxUpdated
	mailboxDestroyed
	threadTouched
)

type entry struct {
	kind int
	id   int64
}

// change is a write transaction that keeps account of what it touches, so that
// the derived tables follow at its end.
type change struct {
	*tx
	dirty map[place]struct{}
	log   map[entry]struct{}
	state mail.State // after finish
	old   mail.State

	opened map[openKey]*bounded // pieces that openWork made
}

func newChange(t *tx) *change {
	c := &change{tx: t, dirty: map[place]struct{}{}, log: map[entry]struct{}{}, opened: map[openKey]*bounded{}}
	c.old = currentState(t)
	c.state = c.old
	return c
}

func (c *change) raised() bool { return c.state != c.old }

// note logs what happened to a message or mailbox.
func (c *change) note(kind int, id int64) { c.log[entry{kind, id}] = struct{}{} }

// touch says that the row of the thread in the mailbox may be another now.
func (c *change) touch(thread mail.ThreadID, mailbox mail.MailboxID) {
	c.dirty[place{thread, mailbox}] = struct{}{}
	c.dirty[place{thread, jointMailbox}] = struct{}{}
}

// updated notes a visible change to a message in a mailbox.
func (c *change) updated(m mail.MessageID, thread mail.ThreadID, mailbox mail.MailboxID) {
	c.note(messageUpdated, int64(m))
	c.touch(thread, mailbox)
}

// finish computes the thread rows and counters again that were touched, and
// writes the log under the next state.
func (c *change) finish(s *Account) error {
	c.deriveRows()
	for p := range c.dirty {
		c.note(threadTouched, int64(p.thread))
	}
	if len(c.log) == 0 || c.err != nil {
		return c.err
	}
	c.state = c.old + 1
	c.exec("UPDATE account_state SET state = ?", c.state)
	byKind := map[int][]int64{}
	for e := range c.log {
		byKind[e.kind] = append(byKind[e.kind], e.id)
	}
	for _, kind := range slices.Sorted(maps.Keys(byKind)) {
		slices.Sort(byKind[kind])
		c.exec("INSERT INTO change SELECT ?, ?, value FROM json_each(?)", c.state, kind, toJSON(byKind[kind]))
	}
	s.prune(c)
	return c.err
}

// The log is cut back to about logKept entries when it passes logBound.
const (
	logKept  = 100_000
	logBound = 150_000
)

// prune forgets the oldest changes. Who remembers a state from before the
// floor must load afresh.
func (s *Account) prune(c *change) {
	if s.logged < 0 {
		s.logged = c.integer("SELECT count(*) FROM change")
	}
	if s.logged < logBound {
		return
	}
	floor := c.integer("SELECT state FROM change ORDER BY state DESC LIMIT 1 OFFSET ?", logKept)
	if floor >= int64(c.state) {
		floor = int64(c.state) - 1 // a single huge commit stays whole
	}
	s.logged -= c.count("DELETE FROM change WHERE state <= ?", floor)
	c.exec("UPDATE account_state SET change_floor = max(change_floor, ?)", floor)
}

// visible are the statuses of locations that readers see.
const (
	statusPresent = iota
	statusArriving
	statusLeaving
)

// roleOf is a mailbox's role in SQL.
const roleOf = "coalesce(chosen_role, role)"

// deriveRows computes the touched thread rows and adds the difference to the
// counters.
func (c *change) deriveRows() {
	if len(c.dirty) == 0 || c.err != nil {
		return
	}
	c.exec("DELETE FROM dirty")
	pairs := make([][2]int64, 0, len(c.dirty))
	for p := range c.dirty {
		pairs = append(pairs, [2]int64{int64(p.thread), int64(p.mailbox)})
	}
	slices.SortFunc(pairs, func(a, b [2]int64) int { return slices.Compare(a[:], b[:]) })
	c.exec("INSERT INTO dirty SELECT value ->> 0, value ->> 1 FROM json_each(?)", toJSON(pairs))
	before := c.dirtyCounts()
	c.exec(`DELETE FROM thread_row WHERE (thread, mailbox) IN (SELECT thread, mailbox FROM dirty)`)
	c.exec(insertMailboxRows)
	c.exec(insertJointRows)
	for mailbox, n := range c.dirtyCounts() {
		was := before[mailbox]
		delete(before, mailbox)
		c.addCount(mailbox, n.minus(was))
	}
	for mailbox, was := range before {
		c.addCount(mailbox, counts{}.minus(was))
	}
}

// The indexes are named because the planner, without statistics, takes a
// mailbox's for the more selective one. A column beside a single max() is that
// of the row with the maximum (SQLite, "Bare columns in an aggregate query").
const insertMailboxRows = `
INSERT INTO thread_row
SELECT mailbox, thread, max(received_at), position, sum(total), sum(unread), sum(flagged), sum(answered), sum(attachment)
FROM (
    SELECT d.mailbox, d.thread, l.received_at, max(l.position) AS position, count(*) AS total, sum(l.flags & 1 = 0) AS unread,
           sum(l.flags & 2 <> 0) AS flagged, sum(l.flags & 4 <> 0) AS answered, sum(m.attachment) AS attachment
    FROM dirty d
    CROSS JOIN message m INDEXED BY message_thread ON m.thread = d.thread
    CROSS JOIN location l INDEXED BY location_message ON l.message = m.id AND l.mailbox = d.mailbox AND l.status <> 2
    WHERE d.mailbox <> 0
    GROUP BY d.thread, d.mailbox, l.received_at
)
GROUP BY thread, mailbox`

// A message in several mailboxes counts once, as unread when it is so in any.
const insertJointRows = `
INSERT INTO thread_row
SELECT 0, thread, max(received_at), position, sum(total), sum(unread), sum(flagged), sum(answered), sum(attachment)
FROM (
    SELECT thread, received_at, max(position) AS position, count(*) AS total, sum(unread) AS unread,
           sum(flagged) AS flagged, sum(answered) AS answered, sum(attachment) AS attachment
    FROM (
        SELECT d.thread, m.attachment, max(l.received_at) AS received_at, max(l.position) AS position,
               max(l.flags & 1 = 0) AS unread, max(l.flags & 2 <> 0) AS flagged, max(l.flags & 4 <> 0) AS answered
        FROM dirty d
        CROSS JOIN message m INDEXED BY message_thread ON m.thread = d.thread
        CROSS JOIN location l INDEXED BY location_message ON l.message = m.id AND l.status <> 2
        CROSS JOIN mailbox b ON b.id = l.mailbox AND ` + roleOf + ` NOT IN ('junk', 'trash')
        WHERE d.mailbox = 0
        GROUP BY d.thread, m.id
    )
    GROUP BY thread, received_at
)
GROUP BY thread`

// counts are the numbers beside a mailbox.
type counts struct{ total, unread, threads int64 }

func (n counts) minus(m counts) counts {
	return counts{n.total - m.total, n.unread - m.unread, n.threads - m.threads}
}

// dirtyCounts sums up the dirty rows of each mailbox.
func (c *change) dirtyCounts() map[mail.MailboxID]counts {
	out := map[mail.MailboxID]counts{}
	c.each(`SELECT d.mailbox, sum(r.total), sum(r.unread), count(*)
		FROM dirty d CROSS JOIN thread_row r ON r.thread = d.thread AND r.mailbox = d.mailbox
		GROUP BY d.mailbox`, nil, func(scan func(...any)) {
		var id mail.MailboxID
		var n counts
		scan(&id, &n.total, &n.unread, &n.threads)
		out[id] = n
	})
	return out
}

func (c *change) addCount(mailbox mail.MailboxID, n counts) {
	if n == (counts{}) {
		return
	}
	c.exec("UPDATE mailbox_count SET total = total + ?, unread = unread + ?, threads = threads + ? WHERE mailbox = ?",
		n.total, n.unread, n.threads, mailbox)
	if mailbox != jointMailbox {
		c.note(mailboxUpdated, int64(mailbox))
	}
}
