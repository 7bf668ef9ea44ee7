package store

import (
	"context"
	"slices"
	"time"

	"waxwing/backend/mail"
)

// A Letter is what of a message tells who writes to whom.
type Letter struct {
	From []mail.Address
	To   []mail.Address // Cc and Bcc included
	At   time.Time
}

// Letters returns those of the threads that were written in last, of at most so many
// threads; junk and trash are left out.
func (s *Account) Letters(ctx context.Context, threads int) (out []Letter, err error) {
	err = s.db.read(ctx, func(t *tx) error {
		t.each(`SELECT m.sender, m.recipients, m.header, coalesce(m.sent_at, m.received_at)
			FROM (SELECT thread FROM thread_row WHERE mailbox = 0 ORDER BY latest DESC LIMIT ?) r
			CROSS JOIN message m ON m.thread = r.thread`, []any{threads}, func(scan func(...any)) {
			var sender, recipients, head string
			var at int64
			scan(&sender, &recipients, &head, &at)
			h := fromJSON[header](head)
			to := slices.Concat(fromJSON[people](recipients), h.Cc, h.Bcc)
			out = append(out, Letter{
				From: fromJSON[people](sender).addresses(), To: to.addresses(), At: fromMillis(at),
			})
		})
		return t.err
	})
	return out, err
}
