package imapsync

import (
	"slices"
	"time"

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

	eager bool // somebody asks: what waits for its time is tried, too, and that doesn't count
	now   time.Time
	most  time.Duration // that a piece may have to wait
	next  time.Time     // when the first of those that wait for their time is due; zero for none

	doubt bool // some wait because a mailbox may have another name or be gone
}

func newHeld(now time.Time, most time.Duration) *held {
	return &held{works: map[int64]bool{}, places: map[place]bool{}, mailboxes: map[mail.MailboxID]bool{}, now: now, most: most}
}

// hold puts a piece off.
func (h *held) hold(w store.Work) {
	h.works[w.ID] = true
	for _, u := range w.UIDs {
		h.places[place{w.Mailbox.ID, u}] = true
	}
}

// holdUntil puts a piece off until a time.
func (h *held) holdUntil(w store.Work, at time.Time) {
	h.hold(w)
	if h.next.IsZero() || at.Before(h.next) {
		h.next = at
	}
}

// early reports whether the time for a piece's next attempt has not come. One that
// lies too far ahead is of a clock that was wrong then, or is now.
func (h *held) early(w store.Work) bool {
	return w.NotBefore.After(h.now) && w.NotBefore.Sub(h.now) <= h.most
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
		switch {
		case h.early(w) && !h.eager:
			h.holdUntil(w, w.NotBefore)
		case h.waits(w):
			h.hold(w)
		default:
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
