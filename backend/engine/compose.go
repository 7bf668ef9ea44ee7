package engine

import (
	"context"
	"io"

	"waxwing/backend/events"
	"waxwing/backend/mail"
	"waxwing/backend/store"
)

// largestFile bounds a file of a draft, in octets: more than any server takes in a
// message.
const largestFile = 100 << 20

// AccountDraft is a draft with the account that it belongs to.
type AccountDraft struct {
	Account mail.AccountID
	mail.Draft
	// Message is its copy among the messages of the drafts mailbox, as Drafts tells;
	// 0 for none.
	Message mail.MessageID
}

// Ref names the draft.
func (d AccountDraft) Ref() mail.Ref { return mail.DraftRef(d.Account, d.ID) }

// OpenDraft returns a draft as it is kept here, or the draft of a message in the drafts
// mailbox.
func (e *Engine) OpenDraft(ctx context.Context, ref mail.Ref) (AccountDraft, error) {
	if ref.Kind == mail.RefMessage {
		return e.openMessage(ctx, ref)
	}
	db, id, err := e.draft(ref)
	if err != nil {
		return AccountDraft{}, err
	}
	d, err := db.Draft(ctx, id)
	return AccountDraft{Account: ref.Account, Draft: d}, named(err, ref)
}

// Drafts lists what was begun and isn't being sent, by account, newest first.
func (e *Engine) Drafts(ctx context.Context) ([]AccountDraft, error) {
	list := []AccountDraft{}
	for _, a := range e.all() {
		db, err := a.store()
		if err != nil {
			continue // the account's status says why
		}
		drafts, err := db.Drafts(ctx)
		if err != nil {
			return nil, err
		}
		copies, err := db.DraftCopies(ctx)
		if err != nil {
			return nil, err
		}
		for _, d := range drafts {
			list = append(list, AccountDraft{Account: a.id, Draft: d, Message: copies[d.ID]})
		}
	}
	return list, nil
}

// SaveDraft keeps what the person wrote; it is on the disk when the call returns. The
// draft's Revision is the one that was changed: CodeConflict means that it was saved
// elsewhere since, or is being sent. Files are attached and removed by methods of
// their own.
func (e *Engine) SaveDraft(ctx context.Context, d AccountDraft) (AccountDraft, error) {
	if _, _, err := e.draft(d.Ref()); err != nil {
		return AccountDraft{}, err
	}
	saved, err := e.keep(d.Account, func(db *store.Account) (mail.Draft, error) {
		return db.SaveDraft(ctx, d.Draft)
	})
	return saved, named(err, d.Ref())
}

// DraftVersions returns earlier versions of a draft, newest first; see
// [store.Account.DraftVersions].
func (e *Engine) DraftVersions(ctx context.Context, ref mail.Ref) ([]AccountDraft, error) {
	db, id, err := e.draft(ref)
	if err != nil {
		return nil, err
	}
	versions, err := db.DraftVersions(ctx, id)
	list := make([]AccountDraft, len(versions))
	for i, d := range versions {
		list[i] = AccountDraft{Account: ref.Account, Draft: d}
	}
	return list, named(err, ref)
}

// DiscardDraft deletes a draft, also on the server. CodeConflict means that it is being sent.
func (e *Engine) DiscardDraft(ctx context.Context, ref mail.Ref) error {
	return e.edit(ref, func(db *store.Account, id mail.DraftID) error {
		err := db.DiscardDraft(ctx, id)
		if a, gone := e.account(ref.Account); err == nil && gone == nil {
			a.queued(ctx, db) // that its copy goes
		}
		return err
	})
}

// AttachFile reads a file to its end and adds it to a draft. With a contentID it is a
// picture that the body shows. CodeTooLarge means that no server would take it.
func (e *Engine) AttachFile(
	ctx context.Context, ref mail.Ref, name, mediaType, contentID string, r io.Reader,
) (file mail.DraftFile, err error) {
	data, err := io.ReadAll(io.LimitReader(r, largestFile+1))
	if err != nil {
		return mail.DraftFile{}, err
	}
	if len(data) > largestFile {
		return mail.DraftFile{}, &mail.Error{Code: mail.CodeTooLarge}
	}
	file = mail.DraftFile{Name: name, Type: mediaType, ContentID: contentID}
	err = e.edit(ref, func(db *store.Account, id mail.DraftID) (err error) {
		file, err = db.AttachFile(ctx, id, store.DraftData{DraftFile: file, Data: data})
		return err
	})
	return file, err
}

// RemoveFile takes a file from a draft.
func (e *Engine) RemoveFile(ctx context.Context, ref mail.Ref, file mail.DraftFileID) error {
	return e.edit(ref, func(db *store.Account, id mail.DraftID) error { return db.RemoveFile(ctx, id, file) })
}

// DraftFile returns a file of a draft with its octets.
func (e *Engine) DraftFile(ctx context.Context, ref mail.Ref, file mail.DraftFileID) (mail.DraftFile, []byte, error) {
	db, id, err := e.draft(ref)
	if err != nil {
		return mail.DraftFile{}, nil, err
	}
	f, err := db.DraftFile(ctx, id, file)
	return f.DraftFile, f.Data, named(err, ref)
}

// draft returns the store and the id that a draft's Ref stands for.
func (e *Engine) draft(ref mail.Ref) (*store.Account, mail.DraftID, error) {
	if ref.Kind != mail.RefDraft {
		return nil, 0, &mail.Error{Code: mail.CodeNotFound, Args: map[string]string{"id": ref.String()}}
	}
	db, err := e.Store(ref.Account)
	return db, mail.DraftID(ref.N), err
}

// keep runs f, which writes a draft of the account, and tells of it.
func (e *Engine) keep(id mail.AccountID, f func(*store.Account) (mail.Draft, error)) (AccountDraft, error) {
	db, err := e.Store(id)
	if err != nil {
		return AccountDraft{}, err
	}
	d, err := f(db)
	if err != nil {
		return AccountDraft{}, err
	}
	e.bus.Publish(events.OutboxChanged{Account: id})
	return AccountDraft{Account: id, Draft: d}, nil
}

// edit runs f, which changes a draft, and tells of it.
func (e *Engine) edit(ref mail.Ref, f func(*store.Account, mail.DraftID) error) error {
	db, id, err := e.draft(ref)
	if err != nil {
		return err
	}
	if err := f(db, id); err != nil {
		return named(err, ref)
	}
	e.bus.Publish(events.OutboxChanged{Account: ref.Account})
	return nil
}

// named lets an error of CodeNotFound say what wasn't found.
func named(err error, ref mail.Ref) error {
	if mail.CodeOf(err) != mail.CodeNotFound {
		return err
	}
	return &mail.Error{Code: mail.CodeNotFound, Args: map[string]string{"id": ref.String()}, Err: err}
}
