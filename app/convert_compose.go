package app

import (
	"strconv"

	"waxwing/backend/engine"
	"waxwing/backend/mail"
)

func fromAddress(a Address) mail.Address { return mail.Address(a) }

func toDraft(d engine.AccountDraft) Draft {
	if d.ID == 0 {
		return Draft{}
	}
	out := Draft{
		ID:        d.Ref().String(),
		Account:   mail.AccountRef(d.Account).String(),
		Kind:      string(d.Kind),
		From:      Address(d.From),
		To:        each(d.To, toAddress),
		Cc:        each(d.Cc, toAddress),
		Bcc:       each(d.Bcc, toAddress),
		Subject:   d.Subject,
		Format:    string(d.Format),
		Body:      d.Body,
		Quoted:    d.Quote != "",
		QuoteHead: d.QuoteHead,
		Files:     each(d.Files, toDraftFile),
		Revision:  d.Revision,
		SavedAt:   milli(d.SavedAt),
	}
	if d.Original != 0 {
		out.Original = mail.MessageRef(d.Account, d.Original).String()
	}
	return out
}

func toDraftFile(f mail.DraftFile) DraftFile {
	return DraftFile{
		ID: strconv.FormatInt(int64(f.ID), 10), Name: f.Name, Type: f.Type, Size: f.Size, ContentID: f.ContentID,
	}
}

func toSubmission(s engine.AccountSubmission) Submission {
	return Submission{
		ID:      mail.SubmissionRef(s.Account, s.ID).String(),
		Account: mail.AccountRef(s.Account).String(),
		State:   string(s.State),
		Subject: s.Subject,
		Recipients: each(s.Recipients, func(r mail.Recipient) Recipient {
			return Recipient{Address: r.Address, Problem: problemOf(r.Problem)}
		}),
		CreatedAt: milli(s.CreatedAt),
		SendAt:    milli(s.SendAt),
		Attempts:  s.Attempts,
		RetryAt:   milli(s.RetryAt),
		Problem:   problemOf(s.Problem),
	}
}
