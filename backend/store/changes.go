package store

import (
	"context"

	"waxwing/backend/mail"
)

// Changes tells what happened since a state, in steps of about max messages: a
// commit is never split, so that one with more comes whole. HasMore says to ask
// again from New. A state from the future, or one older than the store
// remembers, gives CodeInvalid: load afresh.
func (s *Account) Changes(ctx context.Context, since mail.State, max int) (mail.Changes, error) {
	out := mail.Changes{Old: since, New: since}
	err := s.db.read(ctx, func(t *tx) error {
		now := currentState(t)
		if floor := t.integer("SELECT change_floor FROM account_state"); t.err == nil && (since > now || int64(since) < floor) {
			return invalid("state", "not remembered")
		}
		f := fold{first: map[entry]int{}, last: map[entry]int{}}
		t.each("SELECT state, kind, id FROM change WHERE state > ? ORDER BY state, kind, id", []any{since}, func(scan func(...any)) {
			var state mail.State
			var e entry
			scan(&state, &e.kind, &e.id)
			if out.HasMore || state != out.New && f.messages >= max {
				out.HasMore = true
				return
			}
			out.New = state
			f.add(e)
		})
		if !out.HasMore {
			out.New = now
		}
		f.into(&out)
		return t.err
	})
	return out, err
}

// fold adds up entries of the log: what was created and destroyed since is
// not worth telling.
type fold struct {
	first, last map[entry]int // by the kind "created" of the thing: first and last kind seen
	order       []entry
	messages    int
}

// subject returns the entry that stands for the thing itself.
func (e entry) subject() entry {
	switch {
	case e.kind <= messageDestroyed:
		return entry{messageCreated, e.id}
	case e.kind <= mailboxDestroyed:
		return entry{mailboxCreated, e.id}
	}
	return e
}

func (f *fold) add(e entry) {
	s := e.subject()
	if _, ok := f.first[s]; !ok {
		f.first[s] = e.kind
		f.order = append(f.order, s)
		if s.kind == messageCreated {
			f.messages++
		}
	}
	f.last[s] = e.kind
}

func (f *fold) into(out *mail.Changes) {
	for _, s := range f.order {
		created := f.first[s] == messageCreated || f.first[s] == mailboxCreated
		destroyed := f.last[s] == messageDestroyed || f.last[s] == mailboxDestroyed
		switch {
		case s.kind == threadTouched:
			out.Threads = append(out.Threads, mail.ThreadID(s.id))
		case created && destroyed:
		case s.kind == messageCreated:
			put(mail.MessageID(s.id), created, destroyed, &out.Created, &out.Updated, &out.Destroyed)
		default:
			put(mail.MailboxID(s.id), created, destroyed, &out.MailboxesCreated, &out.MailboxesUpdated, &out.MailboxesDestroyed)
		}
	}
}

func put[T any](id T, created, destroyed bool, c, u, d *[]T) {
	switch {
	case created:
		*c = append(*c, id)
	case destroyed:
		*d = append(*d, id)
	default:
		*u = append(*u, id)
	}
}
