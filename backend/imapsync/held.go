package imapsync

import (
	"slices"

	"waxwing/backend/mail"
	"waxwing/backend/store"
)

// unwilling is how many pieces in a row a server may put off before it is left
// alone until the next pass: then it isn't a message's or a mailbox's fault, and
// each attempt counts towards those that an operation has.
const unwilling = 10

// A place is a message as the server knows it.
type place struct {
	mailbox mail.MailboxID
	uid     mail.UID
}

// held remembers, during a replay, what has to wait for another pass. What comes
// later about the same messages waits with it, since its order matters; nothing
// else does.
type held struct {
	works     map[int64]bool
	places    map[place]bool
	mailboxes map[mail.MailboxID]bool
	inRow     int // put off by the server since it did something
}

func newHeld() *held {
	return &held{works: map[int64]bool{}, places: map[place]bool{}, mailboxes: map[mail.MailboxID]bool{}}
}

// hold puts a piece off.
func (h *held) hold(w store.Work) {
	h.works[w.ID] = true
	for _, u := range w.UIDs {
		h.places[place{w.Mailbox.ID, u}] = true
	}
}

// holdMailbox puts off a piece and everything in its mailbox.
func (h *held) holdMailbox(w store.Work) {
	h.hold(w)
	h.mailboxes[w.Mailbox.ID] = true
}

// free returns the pieces that need not wait, and holds those that must.
func (h *held) free(works []store.Work) []store.Work {
	var out []store.Work
	for _, w := range works {
		if h.waits(w) {
			h.hold(w)
		} else {
			out = append(out, w)
		}
	}
	return out
}

func (h *held) waits(w store.Work) bool {
	return h.works[w.ID] || h.mailboxes[w.Mailbox.ID] ||
		slices.ContainsFunc(w.UIDs, func(u mail.UID) bool { return h.places[place{w.Mailbox.ID, u}] })
}

// over reports whether the server had better be left alone.
func (h *held) over() bool { return h.inRow >= unwilling }
