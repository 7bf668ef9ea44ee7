package app

import (
	"context"
	"slices"
	"strconv"
	"time"

	"waxwing/backend/engine"
	"waxwing/backend/mail"
	"waxwing/backend/render"
)

// Compose writes messages and sends them. The octets of files cross by the routes of
// bodies, and the quote of a draft never crosses: its frame loads it.
type Compose struct{ shell *shell }

// Start begins a draft.
func (s *Compose) Start(start DraftStart) (Draft, error) {
	e, ctx, err := s.shell.engine()
	if err != nil {
		return Draft{}, err
	}
	request := engine.StartDraft{Kind: mail.DraftKind(start.Kind), Mailto: start.Mailto, Language: start.Language}
	if start.Account != "" {
		ref, err := mail.ParseRef(start.Account, mail.RefAccount)
		if err != nil {
			return Draft{}, err
		}
		request.Account = ref.Account
	}
	if start.Original != "" {
		if request.Original, err = mail.ParseRef(start.Original, mail.RefMessage); err != nil {
			return Draft{}, err
		}
	}
	d, err := e.Compose(ctx, request)
	return toDraft(d), err
}

// Open returns the draft with the id, or that of the message with the id.
func (s *Compose) Open(id string) (Draft, error) {
	e, ctx, err := s.shell.engine()
	if err != nil {
		return Draft{}, err
	}
	ref, err := mail.ParseRef(id, mail.RefDraft)
	if err != nil {
		ref, err = mail.ParseRef(id, mail.RefMessage)
	}
	if err != nil {
		return Draft{}, err
	}
	d, err := e.OpenDraft(ctx, ref)
	return toDraft(d), err
}

// Drafts lists what was begun and not sent, and isn't among the messages of a drafts
// mailbox.
func (s *Compose) Drafts() ([]Draft, error) {
	e, ctx, err := s.shell.engine()
	if err != nil {
		return nil, err
	}
	list, err := e.Drafts(ctx)
	list = slices.DeleteFunc(list, func(d engine.AccountDraft) bool { return d.Message != 0 })
	return each(list, toDraft), err
}

// Save keeps what the person wrote and returns it as it is stored. The body is made
// safe on its way; of the quote the person can only say that it stays out.
func (s *Compose) Save(d Draft) (Draft, error) {
	return s.change(d.ID, func(ctx context.Context, e *engine.Engine, stored engine.AccountDraft) (engine.AccountDraft, error) {
		return e.SaveDraft(ctx, overlay(stored, d))
	})
}

// overlay puts what the screen knows of a draft over what is stored.
func overlay(stored engine.AccountDraft, d Draft) engine.AccountDraft {
	stored.From = mail.Address(d.From)
	stored.To = each(d.To, fromAddress)
	stored.Cc = each(d.Cc, fromAddress)
	stored.Bcc = each(d.Bcc, fromAddress)
	stored.Subject = d.Subject
	stored.Format = mail.BodyFormat(d.Format)
	stored.Body = d.Body
	if stored.Format != mail.FormatPlain {
		stored.Body = render.Fragment(d.Body)
	}
	if !d.Quoted {
		stored.Quote, stored.QuoteHead = "", ""
	}
	stored.Revision = d.Revision
	return stored
}

// SetFormat writes the stored draft as rich or plain text, its quote included.
func (s *Compose) SetFormat(id, format string) (Draft, error) {
	return s.change(id, func(ctx context.Context, e *engine.Engine, d engine.AccountDraft) (engine.AccountDraft, error) {
		return e.ReformatDraft(ctx, d.Ref(), mail.BodyFormat(format))
	})
}

// MoveTo gives a draft to another account and returns it under its new id.
func (s *Compose) MoveTo(id, account string) (Draft, error) {
	to, err := mail.ParseRef(account, mail.RefAccount)
	if err != nil {
		return Draft{}, err
	}
	return s.change(id, func(ctx context.Context, e *engine.Engine, d engine.AccountDraft) (engine.AccountDraft, error) {
		return e.MoveDraft(ctx, d.Ref(), to.Account)
	})
}

// change does something to a stored draft.
func (s *Compose) change(
	id string, do func(context.Context, *engine.Engine, engine.AccountDraft) (engine.AccountDraft, error),
) (Draft, error) {
	e, ctx, err := s.shell.engine()
	if err != nil {
		return Draft{}, err
	}
	ref, err := mail.ParseRef(id, mail.RefDraft)
	if err != nil {
		return Draft{}, err
	}
	d, err := e.OpenDraft(ctx, ref)
	if err != nil {
		return Draft{}, err
	}
	d, err = do(ctx, e, d)
	return toDraft(d), err
}

// Discard deletes a draft.
func (s *Compose) Discard(id string) error {
	return s.named(id, mail.RefDraft, (*engine.Engine).DiscardDraft)
}

// RemoveFile takes a file from a draft.
func (s *Compose) RemoveFile(id, file string) error {
	return s.named(id, mail.RefDraft, func(e *engine.Engine, ctx context.Context, ref mail.Ref) error {
		return e.RemoveFile(ctx, ref, draftFileID(file))
	})
}

// Clean makes foreign HTML, as it comes from the clipboard, safe for the body.
func (s *Compose) Clean(html string) string { return render.Paste(html) }

// Correspondents lists people whom the person wrote to or heard of, the likeliest
// first.
func (s *Compose) Correspondents(prefix string, limit int) ([]Address, error) {
	e, ctx, err := s.shell.engine()
	if err != nil {
		return nil, err
	}
	list, err := e.Correspondents(ctx, prefix, limit)
	return each(list, func(c engine.Correspondent) Address { return Address(c.Address) }), err
}

// Send queues a draft, to be sent not before a time (0: after the while in which it
// can be undone), and names the submission.
func (s *Compose) Send(id string, at int64) (string, error) {
	e, ctx, err := s.shell.engine()
	if err != nil {
		return "", err
	}
	ref, err := mail.ParseRef(id, mail.RefDraft)
	if err != nil {
		return "", err
	}
	var o engine.SendOptions
	if at != 0 {
		o.At = time.UnixMilli(at)
	}
	submission, err := e.Send(ctx, ref, o)
	if err != nil {
		return "", err
	}
	return submission.String(), nil
}

// Cancel takes a submission back into its draft.
func (s *Compose) Cancel(submission string) (Draft, error) {
	e, ctx, err := s.shell.engine()
	if err != nil {
		return Draft{}, err
	}
	ref, err := mail.ParseRef(submission, mail.RefSubmission)
	if err != nil {
		return Draft{}, err
	}
	d, err := e.CancelSubmission(ctx, ref)
	return toDraft(d), err
}

// Submissions lists what is on its way.
func (s *Compose) Submissions() ([]Submission, error) {
	e, ctx, err := s.shell.engine()
	if err != nil {
		return nil, err
	}
	list, err := e.Submissions(ctx)
	return each(list, toSubmission), err
}

// Retry tries a submission again now.
func (s *Compose) Retry(submission string) error {
	return s.named(submission, mail.RefSubmission, (*engine.Engine).RetrySubmission)
}

// Resolve says whether a submission of unknown outcome was sent.
func (s *Compose) Resolve(submission string, sent bool) error {
	return s.named(submission, mail.RefSubmission, func(e *engine.Engine, ctx context.Context, ref mail.Ref) error {
		return e.ResolveSubmission(ctx, ref, sent)
	})
}

// named does something to what the screens name by id.
func (s *Compose) named(id string, kind mail.RefKind, do func(*engine.Engine, context.Context, mail.Ref) error) error {
	e, ctx, err := s.shell.engine()
	if err != nil {
		return err
	}
	ref, err := mail.ParseRef(id, kind)
	if err != nil {
		return err
	}
	return do(e, ctx, ref)
}

// draftFileID reads what draftFileText wrote; anything else names no file.
func draftFileID(text string) mail.DraftFileID {
	n, _ := strconv.ParseInt(text, 10, 64)
	return mail.DraftFileID(n)
}
