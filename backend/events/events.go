// Package events carries nudges from the engine to whoever looks: something
// changed, ask for it. An event holds no data that could not be asked for, so
// a lost one costs nothing (docs/ARCHITECTURE.md, "Events only nudge").
package events

import (
	"sync"

	"waxwing/backend/mail"
)

// Event is one of the types below.
type Event interface{ event() }

// Changed says that an account's store reached a new state.
type Changed struct {
	Account mail.AccountID
	State   mail.State
}

// StatusChanged carries an account's line of truth.
type StatusChanged struct{ Status mail.Status }

// AccountsChanged says that accounts were added, removed or edited.
type AccountsChanged struct{}

// Arrived says that new mail came which a person should be told about: unread,
// not one's own, in the inbox, after the first sync.
type Arrived struct {
	Account  mail.AccountID
	Messages []mail.MessageID // oldest first
}

// Refused says that the server refused an operation, which has been reverted.
type Refused struct {
	Account   mail.AccountID
	Operation mail.Operation
}

// OutboxChanged says that what is being written or sent in an account changed.
type OutboxChanged struct{ Account mail.AccountID }

// PolicyChanged says that the organisation's policy is another one, or has
// mistakes now, or none any more.
type PolicyChanged struct{}

func (Changed) event()         {}
func (StatusChanged) event()   {}
func (AccountsChanged) event() {}
func (OutboxChanged) event()   {}
func (PolicyChanged) event()   {}
func (Arrived) event()         {}
func (Refused) event()         {}

// Bus hands every event to every subscriber, each in the order of publishing.
// The zero value is ready to use.
type Bus struct {
	mu   sync.Mutex
	subs map[*subscription]struct{}
}

type subscription struct {
	mu     sync.Mutex
	queue  []Event
	wake   chan struct{}
	closed bool
}

// Publish never blocks and never waits for a subscriber.
func (b *Bus) Publish(e Event) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for s := range b.subs {
		s.put(e)
	}
}

// Subscribe calls f for every event from now on, in a goroutine of its own,
// one at a time, until cancel is called. Cancel doesn't wait for a call of f
// that is under way. A burst of Changed, StatusChanged or OutboxChanged of one
// account that f has not yet seen is folded into its newest.
func (b *Bus) Subscribe(f func(Event)) (cancel func()) {
	s := &subscription{wake: make(chan struct{}, 1)}
	b.mu.Lock()
	if b.subs == nil {
		b.subs = map[*subscription]struct{}{}
	}
	b.subs[s] = struct{}{}
	b.mu.Unlock()
	go s.run(f)
	return func() {
		b.mu.Lock()
		delete(b.subs, s)
		b.mu.Unlock()
		s.close()
	}
}

func (s *subscription) put(e Event) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for i, old := range s.queue {
		if supersedes(e, old) {
			s.queue = append(s.queue[:i], s.queue[i+1:]...)
			break
		}
	}
	s.queue = append(s.queue, e)
	select {
	case s.wake <- struct{}{}:
	default:
	}
}

// supersedes reports whether a subscriber that sees e needs old no more.
func supersedes(e, old Event) bool {
	switch e := e.(type) {
	case Changed:
		o, ok := old.(Changed)
		return ok && o.Account == e.Account
	case StatusChanged:
		o, ok := old.(StatusChanged)
		return ok && o.Status.Account == e.Status.Account
	case OutboxChanged:
		return e == old
	case AccountsChanged:
		_, ok := old.(AccountsChanged)
		return ok
	}
	return false
}

func (s *subscription) close() {
	s.mu.Lock()
	s.closed = true
	s.queue = nil
	s.mu.Unlock()
	select {
	case s.wake <- struct{}{}:
	default:
	}
}

func (s *subscription) run(f func(Event)) {
	for range s.wake {
		for {
			s.mu.Lock()
			if s.closed {
				s.mu.Unlock()
				return
			}
			if len(s.queue) == 0 {
				s.mu.Unlock()
				break
			}
			e := s.queue[0]
			s.queue = s.queue[1:]
			s.mu.Unlock()
			f(e)
		}
	}
}
