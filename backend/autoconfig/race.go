package autoconfig

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"
)

// errNothing is what a source says that knows nothing of the domain.
var errNothing = errors.New("nothing there")

// sources are all that are asked over the network, the most trustworthy first.
var sources = []struct {
	source Source
	ask    func(*query, context.Context) (*Answer, error)
}{
	{SourceDomain, (*query).askDomain},
	{SourceISPDB, (*query).askISPDB},
	{SourceSRV, (*query).askSRV},
	{SourceMX, (*query).askMX},
	{SourceAutodiscover, (*query).askAutodiscover},
	{SourceProbe, (*query).askProbe},
	{SourcePlain, (*query).askPlain},
}

// outcome is what the source at a place of the ranking said.
type outcome struct {
	place  int
	answer *Answer
	err    error
}

// race asks all sources at once.
type race struct {
	q        *query
	outcomes []*outcome // by place; nil while there is none
	settled  bool       // ended early, since a good answer was there
}

func newRace(q *query) *race { return &race{q: q, outcomes: make([]*outcome, len(sources))} }

// run ends when no better answer can come, the time is over, or ctx ends. Nothing
// of it runs on.
func (r *race) run(ctx context.Context) {
	ctx, stop := context.WithTimeout(ctx, r.q.Deadline)
	// A source that asks several servers gets its time to choose among those
	// that answered.
	asked, enough := context.WithTimeout(ctx, r.q.Deadline*4/5)
	answers := make(chan *outcome, len(sources))
	var asking sync.WaitGroup
	defer asking.Wait()
	defer stop()
	defer enough()
	for place, s := range sources {
		asking.Go(func() {
			answer, err := s.ask(r.q, asked)
			answers <- &outcome{place, answer, err}
		})
	}
	var settle <-chan time.Time
	for range sources {
		select {
		case o := <-answers:
			if ctx.Err() != nil && o.answer == nil {
				return // it was stopped, which says nothing about the source
			}
			r.outcomes[o.place] = o
		case <-settle:
			r.settled = true
			return
		case <-ctx.Done():
			return
		}
		if best := r.bestPlace(); best >= 0 && r.outcomes[best].answer.complete() {
			if r.settled = !slices.Contains(r.outcomes[:best], nil); r.settled {
				return
			}
			if settle == nil {
				settle = time.After(r.q.Settle)
			}
		}
	}
}

// complete reports whether only a better source could say something better.
func (a *Answer) complete() bool { return a.Trustworthy() && len(a.IMAP) > 0 }

// bestPlace returns the place of the best answer so far, or -1: those with
// servers go before those without, trustworthy ones before others, and then the
// ranking decides.
func (r *race) bestPlace() int {
	place, worth := -1, -1
	for i, o := range r.outcomes {
		if o == nil || o.answer == nil {
			continue
		}
		w := 0
		if len(o.answer.IMAP) > 0 {
			w += 2
		}
		if o.answer.Trustworthy() {
			w++
		}
		if w > worth {
			place, worth = i, w
		}
	}
	return place
}

// best returns the best answer, or nil. What only names that were tried say
// becomes Exchange's when an Exchange server showed itself.
func (r *race) best() *Answer {
	place := r.bestPlace()
	if place < 0 {
		return nil
	}
	best := r.outcomes[place].answer
	if best.Source == SourceProbe {
		for _, o := range r.outcomes {
			if o != nil && o.answer != nil && o.answer.Source == SourceAutodiscover {
				best.Provider, best.Name = o.answer.Provider, o.answer.Name
			}
		}
	}
	return best
}

// tried says how each source went.
func (r *race) tried() []Attempt {
	list := []Attempt{{Source: SourceTable, Outcome: OutcomeNothing}}
	for place, s := range sources {
		a := Attempt{Source: s.source}
		switch o := r.outcomes[place]; {
		case o == nil && r.settled:
			a.Outcome = OutcomeUnasked
		case o == nil:
			a.Outcome = OutcomeTooLate
		case o.answer != nil:
			a.Outcome, a.Detail = OutcomeFound, o.answer.From
		case errors.Is(o.err, errNothing):
			a.Outcome = OutcomeNothing
		case errors.Is(o.err, context.DeadlineExceeded):
			a.Outcome = OutcomeTooLate
		default:
			a.Outcome, a.Detail = OutcomeFailed, o.err.Error()
		}
		list = append(list, a)
	}
	return list
}

// first runs the questions side by side and returns the answer of the first in
// their order that has one, else the most telling error.
func first[T any](ctx context.Context, questions ...func(context.Context) (T, error)) (T, error) {
	type reply struct {
		value T
		err   error
	}
	ctx, stop := context.WithCancel(ctx)
	replies := make([]chan reply, len(questions))
	var asking sync.WaitGroup
	defer asking.Wait()
	defer stop()
	for i, ask := range questions {
		replies[i] = make(chan reply, 1)
		asking.Go(func() {
			value, err := ask(ctx)
			replies[i] <- reply{value, err}
		})
	}
	failure := errNothing
	for _, c := range replies {
		r := <-c
		if r.err == nil {
			return r.value, nil
		}
		if errors.Is(failure, errNothing) {
			failure = r.err
		}
	}
	var none T
	return none, failure
}
