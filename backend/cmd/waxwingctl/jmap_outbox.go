package main

import (
	"time"

	"waxwing/backend/engine"
	"waxwing/backend/mail"
)

// submissionJSON is an EmailSubmission (RFC 8621 §7), with our own fields for what it
// has no names for.
type submissionJSON struct {
	ID        string       `json:"id"`
	AccountID string       `json:"accountId"`
	Envelope  envelopeJSON `json:"envelope"`
	SendAt    string       `json:"sendAt"`
	// UndoStatus is pending while it can be taken back, then final.
	UndoStatus string     `json:"undoStatus"`
	State      string     `json:"state"` // ours: queued, sending, ending, unknown, refused, sent or copied
	DraftID    *string    `json:"draftId"`
	MessageID  string     `json:"messageId"`
	Subject    string     `json:"subject"`
	Size       int64      `json:"size"`
	SentAt     *string    `json:"sentAt"`
	Attempts   int        `json:"attempts"`
	RetryAt    *string    `json:"retryAt"`
	Error      *errorJSON `json:"error,omitempty"`
}

type envelopeJSON struct {
	MailFrom recipientJSON   `json:"mailFrom"`
	RcptTo   []recipientJSON `json:"rcptTo"`
}

type recipientJSON struct {
	Email string     `json:"email"`
	Error *errorJSON `json:"error,omitempty"` // why the server didn't take it
}

func submissionDocument(s engine.AccountSubmission) submissionJSON {
	d := submissionJSON{
		ID:         s.Ref().String(),
		AccountID:  mail.AccountRef(s.Account).String(),
		Envelope:   envelopeJSON{MailFrom: recipientJSON{Email: s.From}},
		SendAt:     s.SendAt.UTC().Format(time.RFC3339),
		UndoStatus: "final",
		State:      string(s.State),
		MessageID:  s.MessageID,
		Subject:    s.Subject,
		Size:       s.Size,
		SentAt:     instant(s.SentAt),
		Attempts:   s.Attempts,
		RetryAt:    instant(s.RetryAt),
	}
	for _, r := range s.Recipients {
		to := recipientJSON{Email: r.Address}
		if r.Problem != nil {
			to.Error = errorDocument(r.Problem)
		}
		d.Envelope.RcptTo = append(d.Envelope.RcptTo, to)
	}
	switch s.State {
	case mail.SubmissionQueued, mail.SubmissionRefused, mail.SubmissionUnknown:
		d.UndoStatus = "pending"
	}
	if s.Draft != 0 {
		draft := mail.DraftRef(s.Account, s.Draft).String()
		d.DraftID = &draft
	}
	if s.Problem != nil {
		d.Error = errorDocument(s.Problem)
	}
	return d
}

// instant is a UTCDate (RFC 8620 §1.4), null for none.
func instant(t time.Time) *string {
	if t.IsZero() {
		return nil
	}
	text := t.UTC().Format(time.RFC3339)
	return &text
}

// draftJSON is what lists show of a draft. The names are those of an Email where it
// has them.
type draftJSON struct {
	ID          string        `json:"id"`
	AccountID   string        `json:"accountId"`
	Kind        string        `json:"kind"` // ours: new, reply, replyAll, forward, forwardAttached or editAsNew
	From        []addressJSON `json:"from"`
	To          []addressJSON `json:"to"`
	Cc          []addressJSON `json:"cc"`
	Bcc         []addressJSON `json:"bcc"`
	Subject     string        `json:"subject"`
	SavedAt     string        `json:"savedAt"`
	Attachments []partJSON    `json:"attachments"`
}

func draftDocument(d engine.AccountDraft) draftJSON {
	out := draftJSON{
		ID:          d.Ref().String(),
		AccountID:   mail.AccountRef(d.Account).String(),
		Kind:        string(d.Kind),
		From:        addressDocuments([]mail.Address{d.From}),
		To:          addressDocuments(d.To),
		Cc:          addressDocuments(d.Cc),
		Bcc:         addressDocuments(d.Bcc),
		Subject:     d.Subject,
		SavedAt:     d.SavedAt.UTC().Format(time.RFC3339),
		Attachments: []partJSON{},
	}
	for _, f := range d.Files {
		out.Attachments = append(out.Attachments, partJSON{Type: f.Type, Name: &f.Name, Size: f.Size})
	}
	return out
}
