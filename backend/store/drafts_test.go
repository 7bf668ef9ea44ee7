package store

import (
	"fmt"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"waxwing/backend/mail"
)

// full is a draft with something in every field that the store keeps as it is.
func full() mail.Draft {
	return mail.Draft{
		Kind: mail.DraftReply, InReplyTo: []string{"a@waxwing.test"}, References: []string{"r@waxwing.test", "a@waxwing.test"},
		From: mail.Address{Name: "Ada", Email: "ada@waxwing.test"}, ReplyTo: []mail.Address{{Email: "office@waxwing.test"}},
		To: []mail.Address{{Name: "Bea", Email: "bea@waxwing.test"}}, Cc: []mail.Address{{Email: "c@waxwing.test"}},
		Bcc: []mail.Address{{Email: "secret@waxwing.test"}}, Subject: "Re: <b>Ütze & Söhne</b>", Format: mail.FormatRich,
		Body: "<p>Hello</p>", Quote: "<p>on paper</p>", QuoteHead: "On Monday Bea wrote:", Receipt: true,
	}
}

func (b *box) addDraft(d mail.Draft, files ...DraftData) mail.Draft {
	b.t.Helper()
	d, err := b.AddDraft(b.ctx, d, files)
	b.ok(err)
	return d
}

func (b *box) saveDraft(d mail.Draft) mail.Draft {
	b.t.Helper()
	d, err := b.SaveDraft(b.ctx, d)
	b.ok(err)
	return d
}

// wantDraft compares a draft with what the store has, but for its time.
func (b *box) wantDraft(want mail.Draft) {
	b.t.Helper()
	got, err := b.Draft(b.ctx, want.ID)
	b.ok(err)
	got.SavedAt, want.SavedAt = time.Time{}, time.Time{}
	if !reflect.DeepEqual(got, want) {
		b.t.Errorf("the draft is\n%+v\nwant\n%+v", got, want)
	}
}

// drafts lists the ids of the listed drafts.
func (b *box) drafts() (list []mail.DraftID) {
	b.t.Helper()
	all, err := b.Drafts(b.ctx)
	b.ok(err)
	for _, d := range all {
		list = append(list, d.ID)
	}
	return list
}

// TestDraftIsKept saves a draft with everything in it and opens the file again.
func TestDraftIsKept(t *testing.T) {
	path := filepath.Join(t.TempDir(), "1.db")
	b := openAt(t, path)
	inbox, _, _, _, _ := b.mailboxes()
	original := b.put(inbox, 1, letter{id: "a@waxwing.test"})[0]
	d := full()
	d.Original = original
	d = b.addDraft(d, DraftData{mail.DraftFile{Name: "plan.pdf", Type: "application/pdf"}, []byte("%PDF")})
	if d.ID == 0 || d.Revision != 0 || len(d.Files) != 1 || d.Files[0].Size != 4 || d.SavedAt.IsZero() {
		t.Fatalf("added as %+v", d)
	}
	d.Subject, d.Body = "Other", "<p>Hello again</p>"
	saved := b.saveDraft(d)
	if d.Revision++; saved.Revision != d.Revision {
		t.Errorf("saved as revision %d, want %d", saved.Revision, d.Revision)
	}
	b.ok(b.Close())
	b = openAt(t, path)
	b.wantDraft(d)
	f, err := b.DraftFile(b.ctx, d.ID, d.Files[0].ID)
	b.ok(err)
	if string(f.Data) != "%PDF" || f.DraftFile != d.Files[0] {
		t.Errorf("its file is %+v, want %+v", f, d.Files[0])
	}

	b.apply(mail.Change{Messages: []mail.MessageID{original}, Destroy: &mail.DestroyChange{}})
	b.ok(b.Finish(b.ctx, b.work()[0].ID, nil, 0))
	d.Original = 0
	b.wantDraft(d)
	b.sound()
}

// TestDraftSavedElsewhere lets two windows write the same draft.
func TestDraftSavedElsewhere(t *testing.T) {
	b := open(t)
	one := b.addDraft(full())
	two := one
	one.Body = "<p>one</p>"
	one = b.saveDraft(one)
	two.Body = "<p>two</p>"
	_, err := b.SaveDraft(b.ctx, two)
	wantCode(t, err, mail.CodeConflict)
	b.wantDraft(one)
	_, err = b.SaveDraft(b.ctx, mail.Draft{ID: 99})
	wantCode(t, err, mail.CodeNotFound)
}

// TestUntouchedDrafts begins drafts and changes some of them: only those are listed
// and stay.
func TestUntouchedDrafts(t *testing.T) {
	b := open(t)
	untouched := b.addDraft(full(), DraftData{mail.DraftFile{Name: "forwarded"}, nil})
	written, attached, removed := b.addDraft(full()), b.addDraft(full()), b.addDraft(full(), DraftData{mail.DraftFile{Name: "x"}, nil})
	b.saveDraft(written)
	_, err := b.AttachFile(b.ctx, attached.ID, DraftData{mail.DraftFile{Name: "y"}, []byte("y")})
	b.ok(err)
	b.ok(b.RemoveFile(b.ctx, removed.ID, removed.Files[0].ID))
	if got, want := len(b.drafts()), 3; got != want {
		t.Errorf("%d drafts are listed, want %d", got, want)
	}
	queued := b.addDraft(full())
	submission := b.queueFrom(queued)
	b.ok(b.DropUntouchedDrafts(b.ctx))
	if back, err := b.CancelSubmission(b.ctx, submission); err != nil || back != queued.ID {
		t.Errorf("taken back is draft %d, %v, want %d", back, err, queued.ID)
	}
	_, err = b.Draft(b.ctx, untouched.ID)
	wantCode(t, err, mail.CodeNotFound)
	for _, id := range []mail.DraftID{written.ID, attached.ID, removed.ID} {
		_, err := b.Draft(b.ctx, id)
		b.ok(err)
	}
	if n := b.db.query(t, "SELECT count(*) FROM draft_file"); n != 1 {
		t.Errorf("%d files are left, want the attached one", n)
	}
}

// TestDraftFiles attaches, reads and removes files, and asks for another draft's.
func TestDraftFiles(t *testing.T) {
	b := open(t)
	d, other := b.addDraft(full()), b.addDraft(full())
	picture, err := b.AttachFile(b.ctx, d.ID, DraftData{mail.DraftFile{Name: "p.png", Type: "image/png", ContentID: "p@x"}, []byte("png")})
	b.ok(err)
	if want := (mail.DraftFile{ID: picture.ID, Name: "p.png", Type: "image/png", Size: 3, ContentID: "p@x"}); picture != want || picture.ID == 0 {
		t.Errorf("attached as %+v, want %+v", picture, want)
	}
	d.Files = []mail.DraftFile{picture}
	b.wantDraft(d)
	_, err = b.DraftFile(b.ctx, other.ID, picture.ID)
	wantCode(t, err, mail.CodeNotFound)
	wantCode(t, b.RemoveFile(b.ctx, other.ID, picture.ID), mail.CodeNotFound)
	b.ok(b.RemoveFile(b.ctx, d.ID, picture.ID))
	d.Files = nil
	b.wantDraft(d)
	b.ok(b.DiscardDraft(b.ctx, d.ID))
	wantCode(t, b.DiscardDraft(b.ctx, d.ID), mail.CodeNotFound)
	_, err = b.AttachFile(b.ctx, d.ID, DraftData{})
	wantCode(t, err, mail.CodeNotFound)
}

// TestDraftVersions writes on, deletes everything at once, and has it back.
func TestDraftVersions(t *testing.T) {
	b := open(t)
	d := full()
	d.Body = ""
	d.Quote = ""
	d = b.addDraft(d)
	text := strings.Repeat("A sentence that took a while. ", 20)
	d.Body = text
	d = b.saveDraft(d)
	for i := range 5 { // a pause of typing each
		d.Body += fmt.Sprint(i)
		d = b.saveDraft(d)
	}
	before := d
	d.Body = "<p></p>"
	d = b.saveDraft(d)
	versions, err := b.DraftVersions(b.ctx, d.ID)
	b.ok(err)
	if len(versions) != 2 || versions[0].Body != before.Body || versions[0].Subject != before.Subject ||
		versions[0].Revision != before.Revision || versions[1].Body != text {
		t.Fatalf("versions are %+v, want what was before everything went, and the first text", versions)
	}
	back := versions[0]
	back.Revision = d.Revision
	d = b.saveDraft(back)
	if d.Body != before.Body {
		t.Errorf("back is %q, want %q", d.Body, before.Body)
	}

	for i := range 3 * versionsKept {
		d.Body = strings.Repeat("x", versionLoss) + fmt.Sprint(i)
		d = b.saveDraft(d)
		d.Body = ""
		d = b.saveDraft(d)
	}
	versions, err = b.DraftVersions(b.ctx, d.ID)
	b.ok(err)
	if len(versions) != versionsKept || !strings.HasSuffix(versions[0].Body, fmt.Sprint(3*versionsKept-1)) {
		t.Errorf("%d versions are kept, the newest %.300q, want the newest %d", len(versions), versions[0].Body, versionsKept)
	}
	b.ok(b.DiscardDraft(b.ctx, d.ID))
	if n := b.db.query(t, "SELECT count(*) FROM draft_version"); n != 0 {
		t.Errorf("%d versions outlive their draft", n)
	}
}
