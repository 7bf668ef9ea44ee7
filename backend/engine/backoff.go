package engine

import (
	"math/rand/v2"
	"time"
)

// The bounds of the pause between two attempts to reach a server.
const (
	firstPause   = time.Second
	longestPause = 5 * time.Minute
)

// backoff counts failures in a row. The zero value has seen none.
type backoff struct{ failures int }

// reset forgets the failures after a success.
func (b *backoff) reset() { b.failures = 0 }

// next notes a failure and returns how long to pause: twice as long each time,
// within the bounds, and shortened by up to half at random, so that a server
// that comes back isn't called by everybody in the same second.
func (b *backoff) next() time.Duration {
	d := longestPause
	if shift := b.failures + 1; shift < 16 {
		d = min(firstPause<<shift, longestPause)
	}
	b.failures++
	return d/2 + rand.N(d/2+1)
}
