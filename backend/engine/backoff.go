package engine

import (
	"math/rand/v2"
	"time"
)

// The bounds of the pause between two attempts to reach a server.
const (
	firstPause   = time.Second
	longestPause = 5 * time.Minute
	// Without a network an attempt costs nobody anything, and people look at the
	// window when they have plugged the cable in.
	longestOffline = time.Minute
)

// backoff counts the pauses in a row that did no good. The zero value has seen
// none.
type backoff struct{ pauses int }

// reset forgets the pauses after a success.
func (b *backoff) reset() { b.pauses = 0 }

// over notes that a pause has come to its end. One that was cut short doesn't
// count: ten changes within ten seconds make ten attempts, which say nothing about
// how long the server will be away.
func (b *backoff) over() { b.pauses++ }

// next returns how long to pause after a failure: twice as long each time, within
// the bounds, and shortened by up to half at random, so that a server that comes
// back isn't called by everybody in the same second.
func (b *backoff) next(longest time.Duration) time.Duration {
	d := longest
	if shift := b.pauses + 1; shift < 16 {
		d = min(firstPause<<shift, longest)
	}
	return d/2 + rand.N(d/2+1)
}
