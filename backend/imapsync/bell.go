package imapsync

// A Wake says how far a Run that is woken shall look.
type Wake int

// The ways to wake a Run, each of which does what the one before does, too.
const (
	// WakeQuick replays operations and looks at the inbox: a change waits, or the
	// network is another one. It comes often and costs a few turns.
	WakeQuick Wake = 1 + iota
	// WakeFull makes a complete pass: somebody asks, or nobody has looked for a
	// long time.
	WakeFull
)

// A Bell wakes a Run. It holds one ring, of those that nobody heard yet the one
// that asks for most.
type Bell chan Wake

// NewBell returns a bell that hasn't been rung.
func NewBell() Bell { return make(Bell, 1) }

// Ring doesn't wait, and may be called by several goroutines.
func (b Bell) Ring(w Wake) {
	for {
		select {
		case b <- w:
			return
		default:
		}
		select {
		case unheard := <-b:
			w = max(w, unheard)
		default:
		}
	}
}
