package imapsync

import (
	"context"

	"waxwing/backend/mail"
)

// report tells the status. Pending operations are counted by the store, so that
// the number is right whatever the pass is doing.
func (y *syncer) report(ctx context.Context, st mail.Status) {
	st.Account = y.cfg.Account.ID
	st.LastSync = y.lastSync
	if st.Phase == mail.PhaseUpToDate {
		st.Problem = y.closedProblem()
	}
	if pending, err := y.cfg.Store.PendingOperations(ctx); err == nil {
		st.Pending = pending
	}
	y.cfg.Status(st)
}

// progress tells how far a mailbox is.
func (y *syncer) progress(ctx context.Context, mailbox string, done, total int) {
	y.report(ctx, mail.Status{Phase: mail.PhaseSyncing, Mailbox: mailbox, Done: done, Total: total})
}
