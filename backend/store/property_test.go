package store

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"waxwing/backend/mail"
)

// world is a server, a store, and a session between them that does the right
// thing with every answer, lost ones included. Both sides change at random; in
// the end they must agree.
type world struct {
	*box
	r       *rand.Rand
	boxes   []mail.MailboxID
	server  map[mail.MailboxID]map[mail.UID]*copyOf
	next    map[mail.MailboxID]mail.UID
	letters int
	ops     []mail.OperationID
	written map[string]letter // by Message-ID: what the person put into mailboxes
	trace   []string
}

// copyOf is a message on the server.
type copyOf struct {
	letter   letter
	keywords keywords
}

func (w *world) note(format string, args ...any) {
	w.trace = append(w.trace, fmt.Sprintf(format, args...))
}

func (w *world) add(mailbox mail.MailboxID, c copyOf) mail.UID {
	w.next[mailbox]++
	w.server[mailbox][w.next[mailbox]] = &c
	return w.next[mailbox]
}

func (w *world) anyBox() mail.MailboxID { return w.boxes[w.r.IntN(len(w.boxes))] }

func (w *world) anyUID(mailbox mail.MailboxID) mail.UID {
	uids := slices.Sorted(maps.Keys(w.server[mailbox]))
	if len(uids) == 0 {
		return 0
	}
	return uids[w.r.IntN(len(uids))]
}

func (w *world) anyKeyword() mail.Keyword {
	return []mail.Keyword{seen, flagged, "project", "urgent"}[w.r.IntN(4)]
}

// deliver puts new mail on the server, sometimes an answer to older mail.
func (w *world) deliver() {
	w.letters++
	l := letter{id: fmt.Sprintf("m%d", w.letters), subject: "News", text: words(w.r, 5), from: "a@example.org", to: "b@example.org",
		at: time.Duration(w.r.IntN(1000)) * time.Minute}
	for range w.r.IntN(3) {
		l.refs = append(l.refs, fmt.Sprintf("m%d", 1+w.r.IntN(w.letters+3)))
	}
	if w.r.IntN(10) == 0 {
		l.id = ""
	}
	box := w.anyBox()
	w.note("deliver %s to %d", l.id, box)
	w.add(box, copyOf{letter: l})
}

// meddle is another client at work.
func (w *world) meddle() {
	box := w.anyBox()
	uid := w.anyUID(box)
	if uid == 0 {
		return
	}
	c := w.server[box][uid]
	switch w.r.IntN(4) {
	case 0:
		w.note("server: expunge %d/%d", box, uid)
		delete(w.server[box], uid)
	case 1:
		to := w.anyBox()
		w.note("server: copy %d/%d to %d", box, uid, to)
		w.add(to, *c)
	default:
		w.note("server: toggle on %d/%d", box, uid)
		k := pack([]mail.Keyword{w.anyKeyword()})
		if c.keywords.or(k) == c.keywords {
			c.keywords = c.keywords.minus(k)
		} else {
			c.keywords = c.keywords.or(k)
		}
	}
}

// sync fetches a mailbox as a session does.
func (w *world) sync(mailbox mail.MailboxID) {
	w.note("sync %d", mailbox)
	if awaits, err := w.AwaitsUIDs(w.ctx, mailbox); err != nil {
		w.t.Fatal(err)
	} else if awaits && w.r.IntN(2) == 0 {
		var probes []Probe
		for _, uid := range slices.Sorted(maps.Keys(w.server[mailbox])) {
			c := w.server[mailbox][uid]
			probes = append(probes, Probe{UID: uid, MessageID: c.letter.id, Size: int64(len(c.letter.raw())), Keywords: c.keywords.list()})
		}
		_, err := w.Adopt(w.ctx, mailbox, probes)
		w.ok(err)
	}
	located, err := w.Locations(w.ctx, mailbox)
	w.ok(err)
	batch := Batch{Mailbox: mailbox}
	known := map[mail.UID]bool{}
	for _, l := range located {
		known[l.UID] = true
		if c := w.server[mailbox][l.UID]; c == nil {
			batch.Vanished = append(batch.Vanished, l.UID)
		} else {
			batch.Seen = append(batch.Seen, Seen{UID: l.UID, Keywords: c.keywords.list()})
		}
	}
	for _, uid := range slices.Sorted(maps.Keys(w.server[mailbox])) {
		if !known[uid] {
			l := w.server[mailbox][uid].letter
			l.keywords = w.server[mailbox][uid].keywords.list()
			batch.Incoming = append(batch.Incoming, l.incoming(uid))
		}
	}
	_, _, err = w.Commit(w.ctx, batch)
	w.ok(err)
	_, err = w.Abandon(w.ctx, mailbox)
	w.ok(err)
}

// person does something to messages of the store.
func (w *world) person() {
	page, err := w.Messages(w.ctx, MessageQuery{Mailbox: w.anyBox(), Limit: 20})
	w.ok(err)
	var list []mail.MessageID
	for _, m := range page.Messages {
		if w.r.IntN(3) == 0 {
			list = append(list, m.ID)
		}
	}
	if len(list) == 0 {
		return
	}
	c := mail.Change{Messages: list}
	switch n := w.r.IntN(20); {
	case n == 0:
		c.Destroy = &mail.DestroyChange{}
	case n < 10:
		c.Move = &mail.MoveChange{To: w.anyBox()}
	case n < 15:
		c.Keywords = &mail.KeywordChange{Add: []mail.Keyword{w.anyKeyword()}}
	default:
		c.Keywords = &mail.KeywordChange{Remove: []mail.Keyword{w.anyKeyword()}}
	}
	op, err := w.Apply(w.ctx, c)
	w.ok(err)
	w.note("apply %s: operation %d", toJSON(c), op)
	if op != 0 {
		w.ops = append(w.ops, op)
	}
}

// write puts a message of the person's own into a mailbox, sometimes in place of
// another one. Now and then the server files it by itself, in its own words.
func (w *world) write() {
	w.letters++
	l := letter{id: fmt.Sprintf("w%d", w.letters), subject: "Draft", text: words(w.r, 5), from: "b@example.org"}
	a := mail.AppendChange{To: w.anyBox()}
	page, err := w.Messages(w.ctx, MessageQuery{Mailbox: a.To, Limit: 5})
	w.ok(err)
	if len(page.Messages) > 0 && w.r.IntN(2) == 0 {
		a.Replaces = page.Messages[w.r.IntN(len(page.Messages))].ID
	}
	w.written[l.id] = l
	m, op, err := w.Append(w.ctx, a, l.incoming(0))
	w.ok(err)
	w.note("append %s to %d in place of %d: message %d, operation %d", l.id, a.To, a.Replaces, m, op)
	if w.r.IntN(4) == 0 {
		l.text = "filed by the server: " + l.text
		w.note("server: file %s in %d", l.id, a.To)
		w.add(a.To, copyOf{letter: l})
	}
}

// retry tries what was refused again, or forgets it.
func (w *world) retry() {
	ops, err := w.Operations(w.ctx)
	w.ok(err)
	for _, o := range ops {
		switch {
		case o.State != mail.OperationRefused:
		case o.Change.Append != nil && w.r.IntN(3) > 0:
			err := w.RetryOperation(w.ctx, o.ID)
			w.note("retry %d: %v", o.ID, err)
			if err != nil { // of the predecessor's removal
				wantCode(w.t, err, mail.CodeNotFound)
			}
		default:
			w.note("dismiss %d", o.ID)
			w.ok(w.DismissOperation(w.ctx, o.ID))
		}
	}
}

func (w *world) undo() {
	if len(w.ops) == 0 {
		return
	}
	op := w.ops[w.r.IntN(len(w.ops))]
	err := w.Undo(w.ctx, op)
	w.note("undo %d: %v", op, err)
	if err != nil {
		wantCode(w.t, err, mail.CodeNotFound)
	}
}

// replay does the next piece of work on the server. When lossy, answers get
// lost and the server refuses now and then.
func (w *world) replay(lossy bool) bool {
	list, err := w.NextWork(w.ctx, 1)
	w.ok(err)
	if len(list) == 0 {
		return false
	}
	p := list[0]
	w.note("work %d of operation %d on %d %v (attempt %d)", p.ID, p.Operation, p.Mailbox.ID, p.UIDs, p.Attempts)
	w.ok(w.Begin(w.ctx, p.ID, []byte("begun")))
	fate := 9
	if lossy {
		fate = w.r.IntN(10)
	}
	if fate == 0 && p.Journal == nil {
		w.note("refused")
		w.ok(w.Refuse(w.ctx, p.ID, refusal))
		return true
	}
	if fate == 1 {
		w.note("failed before the server saw it")
		w.ok(w.Retry(w.ctx, p.ID, &mail.Error{Code: mail.CodeTimeout}, day))
		return true
	}
	moved := w.serve(p)
	if moved == nil && p.Append != nil { // filed in other words: a sync must see it first
		w.ok(w.Retry(w.ctx, p.ID, nil, time.Time{}))
		w.sync(p.Mailbox.ID)
		return true
	}
	switch {
	case fate == 2:
		w.note("answer lost")
		w.ok(w.Retry(w.ctx, p.ID, &mail.Error{Code: mail.CodeConnectionLost}, time.Time{}))
	case fate < 5:
		w.ok(w.Finish(w.ctx, p.ID, nil, 0))
	default:
		w.ok(w.Finish(w.ctx, p.ID, moved, 7))
	}
	return true
}

func (w *world) serve(p Work) []Moved {
	if p.Append != nil {
		return w.take(p)
	}
	var moved []Moved
	for _, uid := range p.UIDs {
		c := w.server[p.Mailbox.ID][uid]
		if c == nil {
			continue
		}
		switch {
		case p.Keywords != nil:
			c.keywords = c.keywords.with(pack(p.Keywords.Add), pack(p.Keywords.Remove))
		case p.MoveTo != nil:
			moved = append(moved, Moved{uid, w.add(p.MoveTo.ID, *c)})
			delete(w.server[p.Mailbox.ID], uid)
		default:
			delete(w.server[p.Mailbox.ID], uid)
		}
	}
	return moved
}

// take gives the server a message, unless it has it; nil when it has another one with
// the same Message-ID.
func (w *world) take(p Work) []Moved {
	l := w.written[p.Append.MessageID]
	for uid, c := range w.server[p.Mailbox.ID] {
		switch {
		case c.letter.id != l.id:
		case c.letter.text != l.text:
			return nil
		default:
			return []Moved{{To: uid}}
		}
	}
	return []Moved{{To: w.add(p.Mailbox.ID, copyOf{letter: l, keywords: pack(p.Append.Keywords)})}}
}

// agree compares store and server, when nothing is left to do.
func (w *world) agree() {
	w.t.Helper()
	for _, mailbox := range w.boxes {
		located, err := w.Locations(w.ctx, mailbox)
		w.ok(err)
		if len(located) != len(w.server[mailbox]) || w.mailbox(mailbox).TotalEmails != len(located) {
			w.t.Errorf("mailbox %d shows %d and holds %d messages, the server %d",
				mailbox, w.mailbox(mailbox).TotalEmails, len(located), len(w.server[mailbox]))
		}
		unread := 0
		for _, l := range located {
			c := w.server[mailbox][l.UID]
			if c == nil {
				w.t.Errorf("%d/%d isn't on the server", mailbox, l.UID)
				continue
			}
			if c.keywords.flags&flagSeen == 0 {
				unread++
			}
			if !slices.Equal(l.Keywords, c.keywords.list()) || l.Leaving {
				w.t.Errorf("%d/%d has %q, leaving %v; the server has %q", mailbox, l.UID, l.Keywords, l.Leaving, c.keywords.list())
			}
			raw, err := w.Raw(w.ctx, l.Message)
			w.ok(err)
			if string(raw) != string(c.letter.raw()) {
				w.t.Errorf("%d/%d has other bytes than on the server", mailbox, l.UID)
			}
		}
		if got := w.mailbox(mailbox).UnreadEmails; got != unread {
			w.t.Errorf("mailbox %d shows %d unread, the server has %d", mailbox, got, unread)
		}
	}
}

func TestRandomHistories(t *testing.T) {
	for seed := range uint64(25) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			b := open(t)
			inbox, archive, trash, _, _ := b.mailboxes()
			w := &world{box: b, r: rand.New(rand.NewPCG(seed, 5)), boxes: []mail.MailboxID{inbox, archive, trash},
				server: map[mail.MailboxID]map[mail.UID]*copyOf{}, next: map[mail.MailboxID]mail.UID{}, written: map[string]letter{}}
			for _, m := range w.boxes {
				w.server[m] = map[mail.UID]*copyOf{}
			}
			defer func() {
				if t.Failed() {
					for _, line := range w.trace {
						t.Log(line)
					}
				}
			}()
			for step := range 150 {
				switch n := w.r.IntN(20); {
				case n < 4:
					w.deliver()
				case n < 6:
					w.meddle()
				case n < 9:
					w.sync(w.anyBox())
				case n < 14:
					w.person()
				case n < 15:
					w.undo()
				case n < 16:
					w.write()
				case n < 17:
					w.retry()
				default:
					w.replay(true)
				}
				if step%5 == 0 {
					w.sound()
				}
			}
			for w.replay(false) || w.settle() {
			}
			w.leaveNothing()
			w.agree()
			w.sound()
			if n, _ := w.PendingOperations(w.ctx); n != 0 {
				t.Errorf("%d operations are still pending", n)
			}
		})
	}
}

// leaveNothing does what was refused and dismissed after all: it is here alone, and
// goes when it is deleted.
func (w *world) leaveNothing() {
	for {
		ops, err := w.Operations(w.ctx)
		w.ok(err)
		refused := 0
		for _, o := range ops {
			if o.State == mail.OperationRefused {
				refused++
				w.ok(w.DismissOperation(w.ctx, o.ID))
			}
		}
		if refused == 0 {
			break
		}
	}
	for _, mailbox := range w.boxes {
		var alone []mail.MessageID
		w.ok(w.db.read(w.ctx, func(t *tx) error {
			alone = ids[mail.MessageID](t, "SELECT message FROM location WHERE mailbox = ? AND uid IS NULL", mailbox)
			return t.err
		}))
		w.note("here alone in %d: %v", mailbox, alone)
		if len(alone) > 0 {
			w.apply(mail.Change{Messages: alone, Destroy: &mail.DestroyChange{From: mailbox}})
		}
	}
	for w.replay(false) || w.settle() {
	}
}

// settle syncs everything and reports whether that made work ready.
func (w *world) settle() bool {
	for _, m := range w.boxes {
		w.sync(m)
	}
	list, err := w.NextWork(w.ctx, 1)
	w.ok(err)
	return len(list) > 0
}
