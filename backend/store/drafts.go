package store

import (
	"cmp"
	"context"
	"time"

	"waxwing/backend/mail"
)

// A DraftData is a file of a draft with its octets.
type DraftData struct {
	mail.DraftFile
	Data []byte
}

// AddDraft keeps a new draft with its files, whose ids are given here. Until
// the person changes it, it is untouched: not listed, and dropped by
// DropUntouchedDrafts.
func (s *Account) AddDraft(ctx context.Context, d mail.Draft, files []DraftData) (mail.Draft, error) {
	err := s.db.write(ctx, durable, func(t *tx) error {
		return t.addDraft(&d, files)
	})
	return d, err
}

// SaveDraft keeps what the person wrote since the revision that d has, and returns
// the draft as it is now. Its files are attached and removed by methods of their own.
// CodeConflict means that the draft was saved elsewhere since, or is being sent.
func (s *Account) SaveDraft(ctx context.Context, d mail.Draft) (mail.Draft, error) {
	err := s.db.write(ctx, durable, func(t *tx) error {
		var old mail.Draft
		if err := t.openDraft(d.ID, &old); err != nil {
			return err
		}
		if old.Revision != d.Revision {
			return &mail.Error{Code: mail.CodeConflict}
		}
		now := time.Now()
		t.keepVersion(old, d, now)
		t.exec("UPDATE draft SET revision = revision + 1, touched = 1, saved_at = ?, original = ?, content = ? WHERE id = ?",
			now.UnixMilli(), d.Original, packDraft(d), d.ID)
		return t.readDraft(d.ID, &d)
	})
	return d, err
}

// Draft returns a draft, also one that is being sent, or CodeNotFound.
func (s *Account) Draft(ctx context.Context, id mail.DraftID) (d mail.Draft, err error) {
	err = s.db.read(ctx, func(t *tx) error { return t.readDraft(id, &d) })
	return d, err
}

// leaving is the condition of a draft that is on its way out.
const leaving = "EXISTS (SELECT 1 FROM submission WHERE submission.draft = draft.id)"

// Drafts returns what the person has begun to write and not sent, newest first.
func (s *Account) Drafts(ctx context.Context) ([]mail.Draft, error) {
	var out []mail.Draft
	err := s.db.read(ctx, func(t *tx) error {
		for _, id := range ids[mail.DraftID](t, "SELECT id FROM draft WHERE touched AND NOT "+leaving+" ORDER BY saved_at DESC, id DESC") {
			var d mail.Draft
			if err := t.readDraft(id, &d); err != nil {
				return err
			}
			out = append(out, d)
		}
		return t.err
	})
	return out, err
}

// DiscardDraft deletes a draft with all that belongs to it. CodeConflict means that
// it is being sent.
func (s *Account) DiscardDraft(ctx context.Context, id mail.DraftID) error {
	_, err := s.change(ctx, durable, func(c *change) error {
		if err := c.openDraft(id, new(mail.Draft)); err != nil {
			return err
		}
		c.removeDraft(id)
		return c.err
	})
	return err
}

// removeDraft deletes a draft with all that belongs to it, and queues that its copy on
// the server goes.
func (c *change) removeDraft(id mail.DraftID) {
	c.removeCopy(id)
	c.exec("DELETE FROM draft WHERE id = ?", id)
}

// DropUntouchedDrafts deletes drafts that the person opened and never changed. What
// they were made of stays where it is. It is for a time when none is open.
func (s *Account) DropUntouchedDrafts(ctx context.Context) error {
	return s.db.write(ctx, durable, func(t *tx) error {
		t.exec("DELETE FROM draft WHERE NOT touched")
		return t.err
	})
}

// AttachFile adds a file to a draft and returns it with its id and size. The draft's
// revision stays. CodeConflict means that the draft is being sent.
func (s *Account) AttachFile(ctx context.Context, id mail.DraftID, f DraftData) (mail.DraftFile, error) {
	err := s.db.write(ctx, durable, func(t *tx) error {
		if err := t.openDraft(id, new(mail.Draft)); err != nil {
			return err
		}
		f.DraftFile = t.addDraftFile(id, f)
		t.exec("UPDATE draft SET touched = 1 WHERE id = ?", id)
		return t.err
	})
	return f.DraftFile, err
}

// RemoveFile takes a file from a draft. CodeNotFound means that it has no such file,
// CodeConflict that it is being sent.
func (s *Account) RemoveFile(ctx context.Context, id mail.DraftID, file mail.DraftFileID) error {
	return s.db.write(ctx, durable, func(t *tx) error {
		if err := t.openDraft(id, new(mail.Draft)); err != nil {
			return err
		}
		if t.count("DELETE FROM draft_file WHERE id = ? AND draft = ?", file, id) == 0 && t.err == nil {
			return notFound("file")
		}
		t.exec("UPDATE draft SET touched = 1 WHERE id = ?", id)
		return t.err
	})
}

// DraftFile returns a file of a draft with its octets, or CodeNotFound.
func (s *Account) DraftFile(ctx context.Context, id mail.DraftID, file mail.DraftFileID) (DraftData, error) {
	f := DraftData{DraftFile: mail.DraftFile{ID: file}}
	err := s.db.read(ctx, func(t *tx) error {
		if !t.row("SELECT name, type, size, content_id, data FROM draft_file WHERE id = ? AND draft = ?", []any{file, id},
			&f.Name, &f.Type, &f.Size, &f.ContentID, &f.Data) {
			return cmp.Or(t.err, notFound("file"))
		}
		return nil
	})
	return f, err
}

// DraftVersions returns what is kept of a draft's earlier versions, newest first,
// each with the files that the draft has now. Saving one of them with the present
// revision has it back.
func (s *Account) DraftVersions(ctx context.Context, id mail.DraftID) (out []mail.Draft, err error) {
	err = s.db.read(ctx, func(t *tx) error {
		var now mail.Draft
		if err := t.readDraft(id, &now); err != nil {
			return err
		}
		t.each("SELECT revision, saved_at, content FROM draft_version WHERE draft = ? ORDER BY revision DESC", []any{id},
			func(scan func(...any)) {
				var revision, saved int64
				var packed []byte
				scan(&revision, &saved, &packed)
				content, err := decompress(packed)
				t.fail(err)
				d := fromJSON[mail.Draft](string(content))
				d.ID, d.Original, d.Files = id, now.Original, now.Files
				d.Revision, d.SavedAt = revision, fromMillis(saved)
				out = append(out, d)
			})
		return t.err
	})
	return out, err
}

// packDraft is a draft as its column content.
func packDraft(d mail.Draft) string {
	d.ID, d.Original, d.Revision, d.SavedAt, d.Files = 0, 0, 0, time.Time{}, nil
	return toJSON(d)
}

// readDraft reads a draft into d. An original that is gone is none.
func (t *tx) readDraft(id mail.DraftID, d *mail.Draft) error {
	var revision, saved int64
	var original mail.MessageID
	var content string
	if !t.row(`SELECT revision, saved_at, coalesce((SELECT id FROM message m WHERE m.id = draft.original), 0), content
			FROM draft WHERE id = ?`, []any{id}, &revision, &saved, &original, &content) {
		return cmp.Or(t.err, notFound("draft"))
	}
	*d = fromJSON[mail.Draft](content)
	d.ID, d.Original, d.Revision, d.SavedAt = id, original, revision, fromMillis(saved)
	t.each("SELECT id, name, type, size, content_id FROM draft_file WHERE draft = ? ORDER BY id", []any{id},
		func(scan func(...any)) {
			var f mail.DraftFile
			scan(&f.ID, &f.Name, &f.Type, &f.Size, &f.ContentID)
			d.Files = append(d.Files, f)
		})
	return t.err
}

// openDraft reads a draft that is to be changed, and fails for one that is being sent.
func (t *tx) openDraft(id mail.DraftID, d *mail.Draft) error {
	if err := t.readDraft(id, d); err != nil {
		return err
	}
	if t.integer("SELECT count(*) FROM draft WHERE id = ? AND "+leaving, id) > 0 {
		return &mail.Error{Code: mail.CodeConflict, Args: map[string]string{"reason": "sending"}}
	}
	return t.err
}

func (t *tx) addDraftFile(id mail.DraftID, f DraftData) mail.DraftFile {
	f.Size = int64(len(f.Data))
	if f.Data == nil {
		f.Data = []byte{} // NULL otherwise
	}
	f.ID = mail.DraftFileID(t.exec("INSERT INTO draft_file (draft, name, type, size, content_id, data) VALUES (?, ?, ?, ?, ?, ?)",
		id, f.Name, f.Type, f.Size, f.ContentID, f.Data))
	return f.DraftFile
}

// What is kept of a draft's past: a version a minute, and what was there before much
// of it went at once.
const (
	versionEvery = time.Minute
	versionsKept = 20
	versionLoss  = 200 // octets of text
)

// keepVersion keeps what is about to be replaced, when it is worth it.
func (t *tx) keepVersion(old, next mail.Draft, now time.Time) {
	if old.Body == "" && old.Quote == "" || old.Body == next.Body && old.Quote == next.Quote && old.Subject == next.Subject {
		return
	}
	last := fromMillis(t.integer("SELECT max(saved_at) FROM draft_version WHERE draft = ?", old.ID))
	lost := len(old.Body) + len(old.Quote) - len(next.Body) - len(next.Quote)
	if now.Sub(last) < versionEvery && lost < versionLoss {
		return
	}
	t.exec("INSERT OR REPLACE INTO draft_version (draft, revision, saved_at, content) VALUES (?, ?, ?, ?)",
		old.ID, old.Revision, old.SavedAt.UnixMilli(), compress([]byte(packDraft(old))))
	t.exec(`DELETE FROM draft_version WHERE draft = ?1 AND revision NOT IN (
		SELECT revision FROM draft_version WHERE draft = ?1 ORDER BY revision DESC LIMIT ?2)`, old.ID, versionsKept)
}
