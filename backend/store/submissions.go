package store

import (
	"cmp"
	"context"
	"slices"
	"time"

	"waxwing/backend/mail"
)

// QueueSubmission queues raw (CRLF form) to be sent, and marks the draft that it was
// made from as leaving, in one durable transaction. Of sub it takes Draft, MessageID,
// Subject, From, Recipients, Outgoing and SendAt. CodeConflict means that the draft is being
// sent already, or isn't at the revision any more.
func (s *Account) QueueSubmission(ctx context.Context, sub mail.Submission, revision int64, raw []byte) (mail.SubmissionID, error) {
	packed := compress(raw)
	var id mail.SubmissionID
	err := s.db.write(ctx, durable, func(t *tx) error {
		var draft any
		if sub.Draft != 0 {
			var d mail.Draft
			if err := t.openDraft(sub.Draft, &d); err != nil {
				return err
			}
			if d.Revision != revision {
				return &mail.Error{Code: mail.CodeConflict}
			}
			t.exec("UPDATE draft SET touched = 1 WHERE id = ?", sub.Draft)
			draft = sub.Draft
		}
		id = mail.SubmissionID(t.exec(`INSERT INTO submission (draft, state, message_id, subject, sender, recipients, size, created_at, send_at, outgoing, raw)
				VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
			draft, mail.SubmissionQueued, sub.MessageID, sub.Subject, sub.From, packRecipients(sub.Recipients), len(raw),
			time.Now().UnixMilli(), millis(sub.SendAt), sub.Outgoing, packed))
		return t.err
	})
	return id, err
}

// CancelSubmission takes back what isn't on its way: queued, refused, or of unknown
// outcome. The draft is back as it was; its id is 0 when there was none, and the
// message is then gone. CodeConflict means that it is too late.
func (s *Account) CancelSubmission(ctx context.Context, id mail.SubmissionID) (draft mail.DraftID, err error) {
	err = s.db.write(ctx, durable, func(t *tx) error {
		sub, err := t.submission(id)
		if err != nil {
			return err
		}
		if !slices.Contains([]mail.SubmissionState{mail.SubmissionQueued, mail.SubmissionRefused, mail.SubmissionUnknown}, sub.State) {
			return tooLate(sub)
		}
		draft = sub.Draft
		t.exec("DELETE FROM submission WHERE id = ?", id)
		return t.err
	})
	return draft, err
}

// A SubmissionStep is where a submission goes next, and why.
type SubmissionStep struct {
	To         mail.SubmissionState
	Problem    *mail.Error
	Recipients []mail.Recipient // nil: as they were
	RetryAt    time.Time
}

// submissionSteps are the states that each can be reached from. What was sent is
// told to FinishSubmission.
var submissionSteps = map[mail.SubmissionState][]mail.SubmissionState{
	mail.SubmissionSending: {mail.SubmissionQueued},
	mail.SubmissionEnding:  {mail.SubmissionSending},
	mail.SubmissionUnknown: {mail.SubmissionEnding},
	// From unknown because the person says that it wasn't sent, from refused because
	// they try again, from ending because the server said that it didn't take it.
	mail.SubmissionQueued:  {mail.SubmissionQueued, mail.SubmissionSending, mail.SubmissionEnding, mail.SubmissionRefused, mail.SubmissionUnknown},
	mail.SubmissionRefused: {mail.SubmissionQueued, mail.SubmissionSending, mail.SubmissionEnding},
}

// StepSubmission brings a submission to its next state, durably. CodeConflict means
// that this state doesn't follow from the one that it is in.
func (s *Account) StepSubmission(ctx context.Context, id mail.SubmissionID, step SubmissionStep) error {
	return s.db.write(ctx, durable, func(t *tx) error {
		sub, err := t.submission(id)
		if err != nil {
			return err
		}
		if !slices.Contains(submissionSteps[step.To], sub.State) {
			return tooLate(sub)
		}
		if step.Recipients != nil {
			sub.Recipients = step.Recipients
		}
		if step.To == mail.SubmissionSending {
			sub.Attempts++
		}
		t.exec("UPDATE submission SET state = ?, recipients = ?, attempts = ?, retry_at = ?, problem = ? WHERE id = ?",
			step.To, packRecipients(sub.Recipients), sub.Attempts, millis(step.RetryAt), packProblem(step.Problem), id)
		return t.err
	})
}

// RecoverSubmissions says what became of those that were under way when the program
// ended: what was sending can be sent again, what was ending is unknown. It is for a
// time when nothing is being sent.
func (s *Account) RecoverSubmissions(ctx context.Context) error {
	return s.db.write(ctx, durable, func(t *tx) error {
		t.exec("UPDATE submission SET state = ? WHERE state = ?", mail.SubmissionQueued, mail.SubmissionSending)
		t.exec("UPDATE submission SET state = ?, problem = ? WHERE state = ?", mail.SubmissionUnknown,
			packProblem(&mail.Error{Code: mail.CodeOutcomeUnknown}), mail.SubmissionEnding)
		return t.err
	})
}

// Submission returns one, or CodeNotFound.
func (s *Account) Submission(ctx context.Context, id mail.SubmissionID) (sub mail.Submission, err error) {
	err = s.db.read(ctx, func(t *tx) error {
		sub, err = t.submission(id)
		return err
	})
	return sub, err
}

// Submissions returns what is on its way out or waits for the person, oldest first.
// What was sent is among them until its copy is in a mailbox on the server.
func (s *Account) Submissions(ctx context.Context) (out []mail.Submission, err error) {
	err = s.db.read(ctx, func(t *tx) error {
		for _, sub := range t.submissions("true") {
			if sub.State != mail.SubmissionCopied {
				out = append(out, sub)
			}
		}
		return t.err
	})
	return out, err
}

// SubmissionRaw returns the octets that are sent. CodeNotFound when they aren't kept
// here any more: the message is in a mailbox then.
func (s *Account) SubmissionRaw(ctx context.Context, id mail.SubmissionID) ([]byte, error) {
	var packed []byte
	err := s.db.read(ctx, func(t *tx) error {
		if !t.row("SELECT raw FROM submission WHERE id = ? AND raw IS NOT NULL", []any{id}, &packed) {
			return cmp.Or(t.err, notFound("submission"))
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	raw, err := decompress(packed)
	if err != nil {
		return nil, &mail.Error{Code: mail.CodeDamaged, Args: map[string]string{"path": s.db.path}, Err: err}
	}
	return raw, nil
}

func (t *tx) submission(id mail.SubmissionID) (mail.Submission, error) {
	list := t.submissions("s.id = ?", id)
	if len(list) == 0 {
		return mail.Submission{}, cmp.Or(t.err, notFound("submission"))
	}
	return list[0], nil
}

// submissions reads rows. What was sent is copied when the operation that files the
// copy is over: done, gone with its message, or given up by the person.
func (t *tx) submissions(where string, args ...any) (out []mail.Submission) {
	t.each(`SELECT s.id, coalesce(s.draft, 0), CASE WHEN s.state = 'sent' AND s.raw IS NULL
				AND NOT EXISTS (SELECT 1 FROM operation o WHERE o.id = s.operation AND o.state <> 'done' AND NOT o.undone)
			THEN 'copied' ELSE s.state END,
			s.message_id, s.subject, s.sender, s.recipients, s.size, s.created_at, s.send_at, s.sent_at, s.attempts, s.retry_at, s.outgoing,
			coalesce(nullif(s.problem, ''), (SELECT problem FROM operation o WHERE o.id = s.operation AND o.state = 'refused'), '')
		FROM submission s WHERE `+where+" ORDER BY s.id", args, func(scan func(...any)) {
		var sub mail.Submission
		var recipients, problem string
		var created, send, sent, retry int64
		scan(&sub.ID, &sub.Draft, &sub.State, &sub.MessageID, &sub.Subject, &sub.From, &recipients, &sub.Size,
			&created, &send, &sent, &sub.Attempts, &retry, &sub.Outgoing, &problem)
		sub.Recipients = unpackRecipients(recipients)
		sub.CreatedAt, sub.SendAt, sub.SentAt, sub.RetryAt = fromMillis(created), fromMillis(send), fromMillis(sent), fromMillis(retry)
		sub.Problem = unpackProblem(problem)
		out = append(out, sub)
	})
	return out
}

// tooLate says that a submission's state doesn't allow what was asked for.
func tooLate(sub mail.Submission) error {
	return &mail.Error{Code: mail.CodeConflict, Args: map[string]string{"reason": string(sub.State)}}
}

// recipient is mail.Recipient as table submission keeps it.
type recipient struct {
	Address string
	Problem string `json:",omitempty"` // as packProblem writes it
}

func packRecipients(list []mail.Recipient) string {
	out := make([]recipient, len(list))
	for i, r := range list {
		out[i] = recipient{r.Address, packProblem(r.Problem)}
	}
	return toJSON(out)
}

func unpackRecipients(s string) (out []mail.Recipient) {
	for _, r := range fromJSON[[]recipient](s) {
		out = append(out, mail.Recipient{Address: r.Address, Problem: unpackProblem(r.Problem)})
	}
	return out
}
