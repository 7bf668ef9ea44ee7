package engine

import (
	"context"
	"slices"

	"waxwing/backend/compose"
	"waxwing/backend/mail"
	"waxwing/backend/store"
)

// StartDraft says what a draft begins as.
type StartDraft struct {
	// Account is that of the original, or for a new message 0 for the first one.
	Account mail.AccountID
	Kind    mail.DraftKind
	// Original is the message that is answered or forwarded; zero for a new one.
	Original mail.Ref
	// Mailto is the link (RFC 6068) that a new message is begun by; empty for none.
	Mailto string
	// Language is that of the line above the quote: "en" or "de"; else English.
	Language string
}

// draftKinds are those that have an original.
var draftKinds = []mail.DraftKind{mail.DraftReply, mail.DraftReplyAll, mail.DraftForward, mail.DraftAttached, mail.DraftEditNew}

// Compose begins a draft. It is kept from now on, but not listed before something of
// it was changed. CodeInvalid with field "kind" means a kind that doesn't exist, with
// "mailto" a link that is none; CodeNotOffline that the original isn't here yet.
func (e *Engine) Compose(ctx context.Context, start StartDraft) (AccountDraft, error) {
	id, err := e.writer(start)
	if err != nil {
		return AccountDraft{}, err
	}
	o, err := e.composeOptions(ctx, id)
	if err != nil {
		return AccountDraft{}, err
	}
	o.Language = start.Language
	begun := compose.New(o)
	switch {
	case slices.Contains(draftKinds, start.Kind):
		raw, err := e.Raw(ctx, start.Original)
		if err != nil {
			return AccountDraft{}, err
		}
		begun = compose.Begin(start.Kind, compose.Original{ID: mail.MessageID(start.Original.N), Raw: raw}, o)
	case start.Kind != mail.DraftNew:
		return AccountDraft{}, invalid("kind")
	case start.Mailto != "":
		var ok bool
		if begun, ok = compose.Mailto(start.Mailto, o); !ok {
			return AccountDraft{}, invalid("mailto")
		}
	}
	return e.keep(id, func(db *store.Account) (mail.Draft, error) {
		return db.AddDraft(ctx, begun.Draft, draftData(begun.Files))
	})
}

// writer is the account that a draft begins in.
func (e *Engine) writer(start StartDraft) (mail.AccountID, error) {
	id := start.Account
	if start.Original.Account != 0 {
		id = start.Original.Account
	}
	if id == 0 {
		all := e.all()
		if len(all) == 0 {
			return 0, &mail.Error{Code: mail.CodeNotFound}
		}
		id = all[0].id
	}
	_, err := e.account(id)
	return id, err
}

// composeOptions say who writes in an account: its own identity first.
func (e *Engine) composeOptions(ctx context.Context, id mail.AccountID) (compose.Options, error) {
	list, err := e.Identities(ctx)
	if err != nil {
		return compose.Options{}, err
	}
	var o compose.Options
	for _, i := range list {
		if i.Account == id {
			o.Identities = append(o.Identities, i)
		} else {
			o.Elsewhere = append(o.Elsewhere, i)
		}
	}
	return o, nil
}

// draftData are files of a draft that begins, as the store takes them.
func draftData(files []compose.File) []store.DraftData {
	out := make([]store.DraftData, len(files))
	for i, f := range files {
		out[i] = store.DraftData{
			DraftFile: mail.DraftFile{Name: f.Name, Type: f.Type, ContentID: f.ContentID},
			Data:      f.Content,
		}
	}
	return out
}

// ReformatDraft writes a draft in the other format, its quote included.
func (e *Engine) ReformatDraft(ctx context.Context, ref mail.Ref, format mail.BodyFormat) (AccountDraft, error) {
	if format != mail.FormatRich && format != mail.FormatPlain {
		return AccountDraft{}, invalid("format")
	}
	d, err := e.OpenDraft(ctx, ref)
	if err != nil {
		return AccountDraft{}, err
	}
	if d.Draft, err = compose.Reformat(d.Draft, format); err != nil {
		return AccountDraft{}, err
	}
	return e.SaveDraft(ctx, d)
}

// MoveDraft gives a draft to another account, with its files, and returns it there.
// Between the two steps it is in both: it may be found twice, but is never lost. What
// it answers is known by Message-ID only from then on.
func (e *Engine) MoveDraft(ctx context.Context, ref mail.Ref, to mail.AccountID) (AccountDraft, error) {
	d, err := e.OpenDraft(ctx, ref)
	if err != nil || to == ref.Account {
		return d, err
	}
	if _, err := e.account(to); err != nil {
		return AccountDraft{}, err
	}
	files := make([]store.DraftData, len(d.Files))
	for i, f := range d.Files {
		if files[i].DraftFile, files[i].Data, err = e.DraftFile(ctx, ref, f.ID); err != nil {
			return AccountDraft{}, err
		}
	}
	d.Original = 0
	moved, err := e.keep(to, func(db *store.Account) (mail.Draft, error) {
		return db.AddDraft(ctx, d.Draft, files)
	})
	if err != nil {
		return AccountDraft{}, err
	}
	// A draft that was never saved isn't listed, and goes with the next start.
	if moved, err = e.SaveDraft(ctx, moved); err != nil {
		return AccountDraft{}, err
	}
	return moved, e.DiscardDraft(ctx, ref)
}
