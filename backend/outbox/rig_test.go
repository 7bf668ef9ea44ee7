package outbox

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"path/filepath"
	"testing"
	"time"

	"waxwing/backend/connect"
	"waxwing/backend/mail"
	"waxwing/backend/mailtest"
	"waxwing/backend/provider"
	"waxwing/backend/store"
	"waxwing/backend/submission"
)

const networkPatience = 20 * time.Second // on a busy computer

// A rig is an account with an outbox and a server to send by.
type rig struct {
	*Outbox
	t       *testing.T
	db      *store.Account
	account mail.Account
	who     connect.Credentials
	problem error // of Account
	changed int   // how often Changed was called
	filed   int
}

// newRig gives an account with the usual mailboxes the outgoing server.
func newRig(t *testing.T, smtp mail.Server) *rig {
	t.Helper()
	db, err := store.OpenAccount(t.Context(), filepath.Join(t.TempDir(), "1.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	r := &rig{t: t, db: db, who: connect.Credentials{User: "alice", Password: "marker-secret"}}
	r.account = mail.Account{ID: 1, Email: "alice@" + mailtest.Domain, IMAP: mail.Server{Host: "imap.example.org"}, SMTP: smtp}
	r.mailboxes("INBOX", "Sent")
	r.Outbox = New(Config{
		Store:   func() (*store.Account, error) { return db, nil },
		Account: func(context.Context) (mail.Account, error) { return r.account, r.problem },
		Send: func(ctx context.Context, a mail.Account, env submission.Envelope, raw []byte, ending func() error) submission.Result {
			sender := submission.Sender{Dialer: &connect.Dialer{Timeout: networkPatience}, Patience: networkPatience}
			return sender.Send(ctx, a.SMTP, r.who, env, raw, ending)
		},
		FilesSent: func(_ context.Context, a mail.Account) bool { return provider.FilesSent(a.IMAP, a.SMTP) },
		Changed:   func() { r.changed++ },
		Filed:     func() { r.filed++ },
		Log:       slog.New(slog.DiscardHandler),
	})
	return r
}

// mailboxes gives the account INBOX, Sent and Drafts, of those that are named.
func (r *rig) mailboxes(paths ...string) {
	r.t.Helper()
	roles := map[string]mail.Role{"INBOX": mail.RoleInbox, "Sent": mail.RoleSent}
	var list []store.RemoteMailbox
	for _, path := range paths {
		list = append(list, store.RemoteMailbox{Path: path, Delimiter: "/", Role: roles[path], Selectable: true})
	}
	if _, err := r.db.SetMailboxes(r.t.Context(), list); err != nil {
		r.t.Fatal(err)
	}
}

// octets are those of the n-th message.
func octets(n int) []byte {
	return fmt.Appendf(nil, "From: alice@waxwing.test\r\nTo: bob@waxwing.test\r\nSubject: Plan %d\r\nMessage-ID: <%d@waxwing.test>\r\n\r\n.the text\r\n", n, n)
}

// queue queues the n-th message, to be sent not before a time.
func (r *rig) queue(n int, at time.Time, to ...string) mail.SubmissionID {
	r.t.Helper()
	if len(to) == 0 {
		to = []string{"bob@" + mailtest.Domain}
	}
	sub := mail.Submission{MessageID: fmt.Sprintf("%d@waxwing.test", n), From: "alice@" + mailtest.Domain, SendAt: at}
	for _, a := range to {
		sub.Recipients = append(sub.Recipients, mail.Recipient{Address: a})
	}
	id, err := r.db.QueueSubmission(r.t.Context(), sub, 0, octets(n))
	if err != nil {
		r.t.Fatal(err)
	}
	return id
}

func (r *rig) look(w Wake) (next time.Time) {
	r.t.Helper()
	next, err := r.pass(r.t.Context(), w, 0)
	if err != nil {
		r.t.Fatal(err)
	}
	return next
}

func (r *rig) submission(id mail.SubmissionID) mail.Submission {
	r.t.Helper()
	sub, err := r.db.Submission(r.t.Context(), id)
	if err != nil {
		r.t.Fatal(err)
	}
	return sub
}

// want fails unless the submission is in a state, with a problem.
func (r *rig) want(id mail.SubmissionID, state mail.SubmissionState, code mail.Code) mail.Submission {
	r.t.Helper()
	sub := r.submission(id)
	var got mail.Code
	if sub.Problem != nil {
		got = sub.Problem.Code
	}
	if sub.State != state || got != code {
		r.t.Errorf("submission %d is %s with %v, want %s with %q", id, sub.State, sub.Problem, state, code)
	}
	return sub
}

// copies returns what the mailbox of sent mail shows here.
func (r *rig) copies() (raws [][]byte) {
	r.t.Helper()
	boxes, err := r.db.Mailboxes(r.t.Context())
	if err != nil {
		r.t.Fatal(err)
	}
	for _, b := range boxes {
		if b.Role != mail.RoleSent {
			continue
		}
		page, err := r.db.Messages(r.t.Context(), store.MessageQuery{Mailbox: b.ID})
		if err != nil {
			r.t.Fatal(err)
		}
		for _, m := range page.Messages {
			raw, err := r.db.Raw(r.t.Context(), m.ID)
			if err != nil {
				r.t.Fatal(err)
			}
			raws = append(raws, raw)
		}
	}
	return raws
}

// wantCopy fails unless the n-th message, and no other, is among what was sent.
func (r *rig) wantCopy(n int) {
	r.t.Helper()
	if got := r.copies(); len(got) != 1 || !bytes.Equal(got[0], octets(n)) {
		r.t.Errorf("copies of what was sent are %q, want one of message %d", got, n)
	}
}
