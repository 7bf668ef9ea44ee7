package outbox

// A Wake says why an Outbox is woken, and so which pauses it may cut short.
type Wake int

// The ways to wake an Outbox, each of which does what the one before does, too.
const (
	WakeLook    Wake = 1 + iota // something may be due
	WakeNetwork                 // the network may be back
	WakePerson                  // somebody asks to try again, or mended the sign-in
)

// bell holds one ring, of those that nobody heard yet the one that asks for most.
type bell chan Wake

func (b bell) ring(w Wake) {
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
