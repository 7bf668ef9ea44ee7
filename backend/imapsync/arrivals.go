package imapsync

import (
	"slices"
	"strings"

	"waxwing/backend/mail"
	"waxwing/backend/store"
)

// A tally follows the fetching of one mailbox.
type tally struct {
	done, total int
	notify      bool     // arrivals may be announced
	newFrom     mail.UID // but only those from this UID on
	arrived     []mail.MessageID
}

// arrives reports whether a message is news to the person: unread, from
// somebody else, delivered after the account was connected.
func arrives(account mail.Account, in store.Incoming) bool {
	if slices.Contains(in.Keywords, mail.KeywordSeen) || in.Quarantine != "" {
		return false
	}
	// INTERNALDATE has whole seconds.
	if in.ReceivedAt.Before(account.CreatedAt.Truncate(1e9)) {
		return false
	}
	return !slices.ContainsFunc(in.Content.From, func(a mail.Address) bool { return strings.EqualFold(a.Email, account.Email) })
}

// announce tells of what arrived, once for all of it.
func (y *syncer) announce(t *tally) {
	if len(t.arrived) > 0 {
		y.cfg.Arrived(t.arrived)
	}
	t.arrived = nil
}
