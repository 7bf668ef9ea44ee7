package notify

import (
	"sync"
	"time"
)

// A Gatherer takes messages that come shortly after one another together, so
// that a burst becomes one summary instead of many pop-ups.
type Gatherer struct {
	window time.Duration
	after  func(time.Duration, func()) (stop func())
	flush  func([]Arrival)

	mu      sync.Mutex
	stop    func()
	waiting []Arrival
}

// NewGatherer hands everything that arrives within window of a first message to
// flush, in its own goroutine, oldest first. after is the clock: it calls back
// once a duration has passed unless stopped; nil is the computer's.
func NewGatherer(window time.Duration, after func(time.Duration, func()) (stop func()), flush func([]Arrival)) *Gatherer {
	if after == nil {
		after = func(d time.Duration, f func()) func() {
			t := time.AfterFunc(d, f)
			return func() { t.Stop() }
		}
	}
	return &Gatherer{window: window, after: after, flush: flush}
}

// Add takes messages in. A window doesn't grow: the first of a burst waits no
// longer than it.
func (g *Gatherer) Add(arrivals ...Arrival) {
	if len(arrivals) == 0 {
		return
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	g.waiting = append(g.waiting, arrivals...)
	if g.stop == nil {
		g.stop = g.after(g.window, g.close)
	}
}

// close ends a window.
func (g *Gatherer) close() {
	g.mu.Lock()
	list := g.waiting
	g.waiting, g.stop = nil, nil
	g.mu.Unlock()
	if len(list) > 0 {
		g.flush(list)
	}
}

// Stop drops what waits.
func (g *Gatherer) Stop() {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.stop != nil {
		g.stop()
	}
	g.waiting, g.stop = nil, nil
}
