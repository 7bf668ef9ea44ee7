package store

import (
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"waxwing/backend/mail"
)

var sendAt = time.Date(2026, 3, 2, 9, 0, 10, 0, time.UTC)

// queueFrom queues a submission made from a draft, or from none.
func (b *box) queueFrom(d mail.Draft) mail.SubmissionID {
	b.t.Helper()
	id, err := b.QueueSubmission(b.ctx, mail.Submission{Draft: d.ID, MessageID: "s@waxwing.test", Subject: "Plan", From: "ada@waxwing.test",
		Recipients: []mail.Recipient{{Address: "bea@waxwing.test"}, {Address: "c@waxwing.test"}}, SendAt: sendAt}, d.Revision, octets)
	b.ok(err)
	return id
}

// octets are those of a message that is sent.
var octets = []byte("Message-ID: s@waxwing.test\r\nSubject: Plan\r\n\r\n" + strings.Repeat("All of it.\r\n", 50))

func (b *box) step(id mail.SubmissionID, to mail.SubmissionState) {
	b.t.Helper()
	b.ok(b.StepSubmission(b.ctx, id, SubmissionStep{To: to}))
}

func (b *box) submissionOf(id mail.SubmissionID) mail.Submission {
	b.t.Helper()
	sub, err := b.Submission(b.ctx, id)
	b.ok(err)
	return sub
}

// TestQueueAndCancel queues a draft, which can't be touched then, and takes it back.
func TestQueueAndCancel(t *testing.T) {
	path := filepath.Join(t.TempDir(), "1.db")
	b := openAt(t, path)
	d := b.saveDraft(b.addDraft(full(), DraftData{mail.DraftFile{Name: "x"}, []byte("x")}))
	stale := d
	stale.Revision--
	_, err := b.QueueSubmission(b.ctx, mail.Submission{Draft: d.ID}, stale.Revision, octets)
	wantCode(t, err, mail.CodeConflict)
	id := b.queueFrom(d)
	_, err = b.QueueSubmission(b.ctx, mail.Submission{Draft: d.ID}, d.Revision, octets)
	wantCode(t, err, mail.CodeConflict)
	b.ok(b.Close())
	b = openAt(t, path)

	list, err := b.Submissions(b.ctx)
	b.ok(err)
	want := mail.Submission{ID: id, Draft: d.ID, State: mail.SubmissionQueued, MessageID: "s@waxwing.test", Subject: "Plan", From: "ada@waxwing.test",
		Recipients: []mail.Recipient{{Address: "bea@waxwing.test"}, {Address: "c@waxwing.test"}}, Size: int64(len(octets)), SendAt: sendAt}
	if len(list) != 1 || time.Since(list[0].CreatedAt) > time.Minute {
		t.Fatalf("submissions are %+v, want one of now", list)
	}
	list[0].CreatedAt = time.Time{}
	if !reflect.DeepEqual(list[0], want) {
		t.Errorf("the submission is\n%+v\nwant\n%+v", list[0], want)
	}
	raw, err := b.SubmissionRaw(b.ctx, id)
	b.ok(err)
	if string(raw) != string(octets) {
		t.Errorf("its octets are %q", raw)
	}

	if got := b.drafts(); len(got) != 0 {
		t.Errorf("drafts %v are listed while it leaves", got)
	}
	_, err = b.SaveDraft(b.ctx, d)
	wantCode(t, err, mail.CodeConflict)
	_, err = b.AttachFile(b.ctx, d.ID, DraftData{})
	wantCode(t, err, mail.CodeConflict)
	wantCode(t, b.RemoveFile(b.ctx, d.ID, d.Files[0].ID), mail.CodeConflict)
	wantCode(t, b.DiscardDraft(b.ctx, d.ID), mail.CodeConflict)
	b.ok(b.DropUntouchedDrafts(b.ctx))

	draft, err := b.CancelSubmission(b.ctx, id)
	b.ok(err)
	if draft != d.ID || !slices.Equal(b.drafts(), []mail.DraftID{d.ID}) {
		t.Errorf("taken back is %d, listed are %v, want %d", draft, b.drafts(), d.ID)
	}
	b.wantDraft(d)
	_, err = b.CancelSubmission(b.ctx, id)
	wantCode(t, err, mail.CodeNotFound)
	b.sound()
}

// TestSteps tries every state after every other: only those that follow are taken,
// and only what isn't on its way can be taken back.
func TestSteps(t *testing.T) {
	const queued, sending, ending, unknown, refused = mail.SubmissionQueued, mail.SubmissionSending,
		mail.SubmissionEnding, mail.SubmissionUnknown, mail.SubmissionRefused
	for _, from := range []struct {
		way, next []mail.SubmissionState
		cancel    bool
	}{
		{[]mail.SubmissionState{queued}, []mail.SubmissionState{queued, sending, refused}, true},
		{[]mail.SubmissionState{sending}, []mail.SubmissionState{queued, ending, refused}, false},
		{[]mail.SubmissionState{sending, ending}, []mail.SubmissionState{queued, refused, unknown}, false},
		{[]mail.SubmissionState{sending, ending, unknown}, []mail.SubmissionState{queued}, true},
		{[]mail.SubmissionState{refused}, []mail.SubmissionState{queued}, true},
	} {
		b := open(t)
		for _, to := range []mail.SubmissionState{queued, sending, ending, unknown, refused, mail.SubmissionSent, mail.SubmissionCopied} {
			id := b.queueFrom(mail.Draft{})
			for _, state := range from.way {
				b.step(id, state)
			}
			err := b.StepSubmission(b.ctx, id, SubmissionStep{To: to})
			if allowed := err == nil; allowed != slices.Contains(from.next, to) {
				t.Errorf("from %v to %s: %v", from.way, to, err)
			} else if !allowed {
				wantCode(t, err, mail.CodeConflict)
			}
		}
		id := b.queueFrom(mail.Draft{})
		for _, state := range from.way {
			b.step(id, state)
		}
		if _, err := b.CancelSubmission(b.ctx, id); (err == nil) != from.cancel {
			t.Errorf("taken back from %v: %v", from.way, err)
		}
	}
}

// TestStepKeepsReasons fails an attempt with answers about recipients.
func TestStepKeepsReasons(t *testing.T) {
	b := open(t)
	id := b.queueFrom(mail.Draft{})
	b.step(id, mail.SubmissionSending)
	problem := &mail.Error{Code: mail.CodeRecipientRefused, Args: map[string]string{"address": "c@waxwing.test"}, Server: "550 no such user"}
	recipients := []mail.Recipient{{Address: "bea@waxwing.test"}, {Address: "c@waxwing.test", Problem: problem}}
	b.ok(b.StepSubmission(b.ctx, id, SubmissionStep{To: mail.SubmissionQueued, Problem: problem, Recipients: recipients, RetryAt: sendAt}))
	sub := b.submissionOf(id)
	if sub.Attempts != 1 || !sub.RetryAt.Equal(sendAt) || !reflect.DeepEqual(sub.Problem, problem) || !reflect.DeepEqual(sub.Recipients, recipients) {
		t.Errorf("after the attempt it is %+v", sub)
	}
	b.step(id, mail.SubmissionSending)
	sub = b.submissionOf(id)
	if sub.Attempts != 2 || !sub.RetryAt.IsZero() || sub.Problem != nil || !reflect.DeepEqual(sub.Recipients, recipients) {
		t.Errorf("at the second attempt it is %+v", sub)
	}
}

// TestRecover finds submissions as a crash left them.
func TestRecover(t *testing.T) {
	b := open(t)
	queued, sending, ending := b.queueFrom(mail.Draft{}), b.queueFrom(mail.Draft{}), b.queueFrom(mail.Draft{})
	b.step(sending, mail.SubmissionSending)
	b.step(ending, mail.SubmissionSending)
	b.step(ending, mail.SubmissionEnding)
	b.ok(b.RecoverSubmissions(b.ctx))
	for id, want := range map[mail.SubmissionID]mail.SubmissionState{
		queued: mail.SubmissionQueued, sending: mail.SubmissionQueued, ending: mail.SubmissionUnknown,
	} {
		if got := b.submissionOf(id); got.State != want {
			t.Errorf("submission %d is %s after a crash, want %s", id, got.State, want)
		}
	}
	wantCode(t, b.submissionOf(ending).Problem, mail.CodeOutcomeUnknown)
}

// TestSubmissionServer: a submission keeps what it goes through, and those from before
// that was known go through what their account does.
func TestSubmissionServer(t *testing.T) {
	path := filepath.Join(t.TempDir(), "1.db")
	old := openSteps(t, path, migrations("account")[:7])
	err := old.write(t.Context(), durable, func(x *tx) error {
		x.exec("INSERT INTO submission (state, message_id, subject, sender, recipients, size, created_at, send_at) VALUES ('queued', 'old@x.test', '', '', '[]', 0, 0, 0)")
		return x.err
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := old.close(); err != nil {
		t.Fatal(err)
	}
	b := openAt(t, path)
	for _, through := range []mail.OutgoingID{"", "s1", mail.OutgoingAccount} {
		id, err := b.QueueSubmission(b.ctx, mail.Submission{MessageID: "new@x.test", Outgoing: through}, 0, octets)
		b.ok(err)
		if got := b.submissionOf(id).Outgoing; got != through {
			t.Errorf("goes through %q, want %q", got, through)
		}
	}
	if got := b.submissionOf(1); got.MessageID != "old@x.test" || got.Outgoing != "" {
		t.Errorf("the old one is %+v", got)
	}
}
