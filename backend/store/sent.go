package store

import (
	"context"
	"slices"
	"time"

	"waxwing/backend/mail"
)

// A SentCopy says where a sent message is filed, and what is filed: made ready by
// Prepare of the octets that were sent.
type SentCopy struct {
	mail.AppendChange
	Incoming Incoming
}

// FinishSubmission notes that the server has taken a message, at a time: the draft
// goes, what it answered or forwarded is marked so, and the copy is queued for its
// mailbox, in one durable transaction. Without a copy, since there is no mailbox for
// it yet, the octets stay here for FileSubmission. CodeConflict means that the
// message can't have been sent.
func (s *Account) FinishSubmission(ctx context.Context, id mail.SubmissionID, at time.Time, file *SentCopy) error {
	_, err := s.change(ctx, durable, func(c *change) error {
		sub, err := c.submission(id)
		if err != nil {
			return err
		}
		if !slices.Contains([]mail.SubmissionState{mail.SubmissionEnding, mail.SubmissionUnknown}, sub.State) {
			return tooLate(sub)
		}
		for i := range sub.Recipients {
			sub.Recipients[i].Problem = nil
		}
		c.exec("UPDATE submission SET state = ?, sent_at = ?, recipients = ?, retry_at = 0, problem = '' WHERE id = ?",
			mail.SubmissionSent, at.UnixMilli(), packRecipients(sub.Recipients), id)
		if err := c.answered(sub.Draft); err != nil {
			return err
		}
		c.removeDraft(sub.Draft)
		c.forgetSubmissions()
		return c.fileSubmission(id, file)
	})
	return err
}

// FileSubmission queues the copy of a sent message whose octets are still here.
// CodeNotFound means that there is none.
func (s *Account) FileSubmission(ctx context.Context, id mail.SubmissionID, file SentCopy) error {
	_, err := s.change(ctx, durable, func(c *change) error {
		if c.integer("SELECT count(*) FROM submission WHERE id = ? AND state = 'sent' AND raw IS NOT NULL", id) == 0 && c.err == nil {
			return notFound("submission")
		}
		return c.fileSubmission(id, &file)
	})
	return err
}

func (c *change) fileSubmission(id mail.SubmissionID, file *SentCopy) error {
	if file == nil {
		return c.err
	}
	_, op, err := c.appendMessage(file.AppendChange, file.Incoming)
	if err != nil {
		return err
	}
	c.exec("UPDATE submission SET operation = ?, raw = NULL WHERE id = ?", op, id)
	return c.err
}

// answered marks the message that a draft is about.
func (c *change) answered(id mail.DraftID) error {
	var d mail.Draft
	if id == 0 {
		return nil
	}
	if err := c.readDraft(id, &d); err != nil {
		return err
	}
	mark := map[mail.DraftKind]mail.Keyword{
		mail.DraftReply: mail.KeywordAnswered, mail.DraftReplyAll: mail.KeywordAnswered,
		mail.DraftForward: mail.KeywordForwarded, mail.DraftAttached: mail.KeywordForwarded,
	}[d.Kind]
	if d.Original == 0 || mark == "" {
		return nil
	}
	_, err := c.apply(mail.Change{Messages: []mail.MessageID{d.Original}, Keywords: &mail.KeywordChange{Add: []mail.Keyword{mark}}})
	return err
}

// submissionsKept is how many of those that are done are remembered.
const submissionsKept = 1000

func (c *change) forgetSubmissions() {
	c.exec("DELETE FROM submission WHERE state = 'sent' AND raw IS NULL AND id <= (SELECT max(id) FROM submission) - ?", submissionsKept)
}

// SubmissionArrived reports whether the server has shown a message with the
// submission's Message-ID outside of the drafts: then it was sent.
func (s *Account) SubmissionArrived(ctx context.Context, id mail.SubmissionID) (arrived bool, err error) {
	err = s.db.read(ctx, func(t *tx) error {
		sub, err := t.submission(id)
		if err != nil {
			return err
		}
		arrived = t.integer(`SELECT count(*) FROM message m JOIN location l ON l.message = m.id JOIN mailbox b ON b.id = l.mailbox
			WHERE m.message_id = ? AND m.thread = (SELECT thread FROM reference WHERE hash = ?)
				AND l.uid IS NOT NULL AND `+roleOf+` <> ?`, sub.MessageID, hash(sub.MessageID), mail.RoleDrafts) > 0
		return t.err
	})
	return arrived, err
}
