package store

import (
	"slices"
	"strings"
	"time"

	"waxwing/backend/mail"
)

// subjectWindow is how far apart in time a reply without references and a
// message with its subject may be to belong together.
const subjectWindow = 30 * 24 * time.Hour

// threader finds the threads of a batch of messages. References decide; the
// subject does so only for a reply that names nothing (see bySubject).
type threader struct {
	c      *change
	known  map[int64]mail.ThreadID // of hashes, from the store and the batch
	fresh  map[int64]struct{}      // hashes that the store doesn't have yet
	merged map[mail.ThreadID]mail.ThreadID
}

func (c *change) newThreader(list []Incoming) *threader {
	t := &threader{c: c, known: map[int64]mail.ThreadID{}, fresh: map[int64]struct{}{}, merged: map[mail.ThreadID]mail.ThreadID{}}
	var hashes []int64
	for i := range list {
		hashes = append(hashes, list[i].columns.references...)
	}
	slices.Sort(hashes)
	c.each("SELECT hash, thread FROM reference WHERE hash IN (SELECT value FROM json_each(?))",
		[]any{toJSON(slices.Compact(hashes))}, func(scan func(...any)) {
			var hash int64
			var thread mail.ThreadID
			scan(&hash, &thread)
			t.known[hash] = thread
		})
	return t
}

// assign returns the thread of a message, merging those that it links.
func (t *threader) assign(in *Incoming) mail.ThreadID {
	var threads []mail.ThreadID
	for _, h := range in.columns.references {
		if thread, ok := t.known[h]; ok {
			threads = append(threads, t.current(thread))
		}
	}
	if len(threads) == 0 {
		threads = t.bySubject(in)
	}
	var thread mail.ThreadID
	if len(threads) == 0 {
		thread = mail.ThreadID(t.c.exec("INSERT INTO thread DEFAULT VALUES"))
	} else {
		thread = slices.Min(threads)
		for _, other := range threads {
			t.merge(t.current(other), thread)
		}
	}
	for _, h := range in.columns.references {
		if _, ok := t.known[h]; !ok {
			t.fresh[h] = struct{}{}
		}
		t.known[h] = thread
	}
	return thread
}

// current follows merges.
func (t *threader) current(thread mail.ThreadID) mail.ThreadID {
	for {
		next, ok := t.merged[thread]
		if !ok {
			return thread
		}
		thread = next
	}
}

// merge moves everything of a thread to another.
func (t *threader) merge(from, into mail.ThreadID) {
	if from == into {
		return
	}
	c := t.c
	t.merged[from] = into
	for _, mailbox := range ids[mail.MailboxID](c.tx, `SELECT DISTINCT l.mailbox FROM message m
			JOIN location l ON l.message = m.id WHERE m.thread = ?`, from) {
		c.touch(from, mailbox)
		c.touch(into, mailbox)
	}
	for _, m := range ids[int64](c.tx, "UPDATE message SET thread = ? WHERE thread = ? RETURNING id", into, from) {
		c.note(messageUpdated, m)
	}
	c.exec("UPDATE reference SET thread = ? WHERE thread = ?", into, from)
	c.exec("DELETE FROM thread WHERE id = ?", from)
}

// bySubject is the last resort: a reply ("Re: …") that names no message, as
// some programs write it, joins a message with the same subject when each one's
// author is among the other's people and they are not far apart. It works in
// whichever order the two arrive.
func (t *threader) bySubject(in *Incoming) []mail.ThreadID {
	if in.columns.subjectHash == 0 {
		return nil
	}
	var found []mail.ThreadID
	at, window := millis(in.ReceivedAt), subjectWindow.Milliseconds()
	mine := participants(in.columns.sender, in.columns.recipients, in.columns.header)
	t.c.each(`SELECT thread, sender, recipients, header FROM message
		WHERE subject_hash = ? AND received_at BETWEEN ? AND ? AND (orphan OR ?) ORDER BY received_at LIMIT 20`,
		[]any{in.columns.subjectHash, at - window, at + window, in.columns.orphan}, func(scan func(...any)) {
			var thread mail.ThreadID
			var sender, recipients, header string
			scan(&thread, &sender, &recipients, &header)
			if len(found) == 0 && correspond(in.columns.sender, sender, mine, participants(sender, recipients, header)) {
				found = append(found, t.current(thread))
			}
		})
	return found
}

// participants are the addresses of a message's columns, in lower case.
func participants(sender, recipients, head string) map[string]bool {
	out := map[string]bool{}
	for _, list := range []people{fromJSON[people](sender), fromJSON[people](recipients), fromJSON[header](head).Cc} {
		for _, a := range list {
			out[strings.ToLower(a[1])] = true
		}
	}
	return out
}

// correspond reports whether an author of either message is among the people
// of the other.
func correspond(senderA, senderB string, peopleA, peopleB map[string]bool) bool {
	among := func(sender string, others map[string]bool) bool {
		return slices.ContainsFunc(fromJSON[people](sender), func(a [2]string) bool { return a[1] != "" && others[strings.ToLower(a[1])] })
	}
	return among(senderA, peopleB) && among(senderB, peopleA)
}

// save writes the references that the batch brought.
func (t *threader) save() {
	if len(t.fresh) == 0 {
		return
	}
	pairs := make([][2]int64, 0, len(t.fresh))
	for h := range t.fresh {
		pairs = append(pairs, [2]int64{h, int64(t.current(t.known[h]))})
	}
	slices.SortFunc(pairs, func(a, b [2]int64) int { return slices.Compare(a[:], b[:]) })
	t.c.exec("INSERT INTO reference SELECT value ->> 0, value ->> 1 FROM json_each(?)", toJSON(pairs))
}
