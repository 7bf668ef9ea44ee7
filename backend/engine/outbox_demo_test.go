package engine

import (
	"testing"
	"time"

	"waxwing/backend/mail"
)

// TestSampleSends sends from the account with sample mail: it goes the same way as
// everywhere.
func TestSampleSends(t *testing.T) {
	t.Parallel()
	m := &mailer{t: t, dir: t.TempDir()}
	m.open()
	var err error
	if m.id, err = m.AddDemo(t.Context()); err != nil {
		t.Fatal(err)
	}
	m.Start(t.Context())
	info, err := m.Account(t.Context(), m.id)
	if err != nil {
		t.Fatal(err)
	}
	ref := m.send(m.written(StartDraft{Account: m.id, Kind: mail.DraftNew}, info.Email), time.Now())
	m.wantState(ref, mail.SubmissionCopied)
}
