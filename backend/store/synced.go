package store

import (
	"context"
	"time"
)

// Synced returns when the account was last known to be up to date; zero for never.
func (s *Account) Synced(ctx context.Context) (at time.Time, err error) {
	err = s.db.read(ctx, func(t *tx) error {
		at = fromMillis(t.integer("SELECT synced_at FROM account_state"))
		return t.err
	})
	return at, err
}

// SetSynced notes that the account is up to date at a time. It isn't a change that
// a reader of mail could see.
func (s *Account) SetSynced(ctx context.Context, at time.Time) error {
	return s.db.write(ctx, repeatable, func(t *tx) error {
		t.exec("UPDATE account_state SET synced_at = ?", millis(at))
		return t.err
	})
}
