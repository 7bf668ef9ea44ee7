package store

import (
	"fmt"
	"slices"
	"testing"

	"waxwing/backend/mail"
)

// desk is a store with a mailbox for drafts and one for what is deleted.
type desk struct {
	*box
	drafts, trash mail.MailboxID
	versions      int
}

func openDesk(t *testing.T) *desk {
	b := open(t)
	_, _, trash, _, drafts := b.mailboxes()
	return &desk{box: b, drafts: drafts, trash: trash}
}

// write keeps a draft with a text, and saves it.
func (d *desk) write(body string) mail.Draft {
	d.t.Helper()
	draft, err := d.AddDraft(d.ctx, mail.Draft{}, nil)
	d.ok(err)
	return d.save(draft, body)
}

func (d *desk) save(draft mail.Draft, body string) mail.Draft {
	d.t.Helper()
	draft.Body = body
	draft, err := d.SaveDraft(d.ctx, draft)
	d.ok(err)
	return draft
}

// file puts what is to be filed on the server and returns the texts of it.
func (d *desk) file() (texts []string) {
	d.t.Helper()
	list, err := d.UnfiledDrafts(d.ctx)
	d.ok(err)
	for _, u := range list {
		d.versions++
		l := letter{id: fmt.Sprintf("version %d", d.versions), text: u.Body}
		d.ok(d.FileDraft(d.ctx, u, d.drafts, l.incoming(0)))
		texts = append(texts, u.Body)
	}
	d.sound()
	return texts
}

// serve does on the server what waits.
func (d *desk) serve() {
	d.t.Helper()
	for list := d.work(); len(list) > 0; list = d.work() {
		w := list[0]
		d.ok(d.Begin(d.ctx, w.ID, nil))
		if w.Append != nil {
			d.ok(d.Finish(d.ctx, w.ID, []Moved{{To: mail.UID(100 + d.versions)}}, 7))
		} else {
			d.ok(d.Finish(d.ctx, w.ID, nil, 0))
		}
	}
}

// filed returns the messages of a mailbox.
func (d *desk) filed(mailbox mail.MailboxID) (list []mail.MessageID) {
	d.t.Helper()
	page, err := d.Messages(d.ctx, MessageQuery{Mailbox: mailbox})
	d.ok(err)
	for _, m := range page.Messages {
		list = append(list, m.ID)
	}
	return list
}

// wantFiled wants just one message among the drafts, a copy of the draft, which holds
// the text.
func (d *desk) wantFiled(draft mail.Draft, text string) mail.MessageID {
	d.t.Helper()
	list := d.filed(d.drafts)
	if len(list) != 1 {
		d.t.Fatalf("messages %v are among the drafts, want one", list)
	}
	of, err := d.DraftOf(d.ctx, list[0])
	d.ok(err)
	if m := d.message(list[0]); of.ID != draft.ID || m.Preview != text || !m.Has(mail.KeywordDraft) || !m.Has(mail.KeywordSeen) {
		d.t.Errorf("%q with %q is the copy of draft %d, want %q of %d", m.Preview, m.Keywords, of.ID, text, draft.ID)
	}
	return list[0]
}

func (d *desk) wantTexts(got []string, want ...string) {
	d.t.Helper()
	if !slices.Equal(got, want) {
		d.t.Errorf("filed %q, want %q", got, want)
	}
}

func TestDraftIsFiledInPlaceOfItself(t *testing.T) {
	d := openDesk(t)
	draft := d.write("one")
	d.wantTexts(d.file(), "one")
	d.wantFiled(draft, "one")
	d.wantTexts(d.file())
	d.serve()
	draft = d.save(draft, "two")
	d.wantTexts(d.file(), "two")
	draft = d.save(draft, "three") // "two" never reaches the server
	d.wantTexts(d.file(), "three")
	d.wantFiled(draft, "three")
	d.serve()
	d.wantFiled(draft, "three")
	if located, _ := d.Locations(d.ctx, d.drafts); len(located) != 1 {
		t.Errorf("the server has %+v, want one", located)
	}
	_, err := d.AddDraft(d.ctx, mail.Draft{Body: "nothing of the person's own yet"}, nil)
	d.ok(err)
	d.wantTexts(d.file())
}

// TestDraftIsFiledWithItsFiles: they count, though they don't raise the revision.
func TestDraftIsFiledWithItsFiles(t *testing.T) {
	d := openDesk(t)
	draft := d.write("one")
	attach := func() mail.DraftFileID {
		file, err := d.AttachFile(d.ctx, draft.ID, DraftData{DraftFile: mail.DraftFile{Name: "a"}})
		d.ok(err)
		return file.ID
	}
	first, second := attach(), attach()
	d.wantTexts(d.file(), "one")
	d.ok(d.RemoveFile(d.ctx, draft.ID, first))
	d.wantTexts(d.file(), "one")
	d.ok(d.RemoveFile(d.ctx, draft.ID, second))
	attach() // as many as before
	d.wantTexts(d.file(), "one")
	d.wantTexts(d.file())
}

// TestDraftWhoseCopyIsAnother: the server's answer names a message that a sync has
// brought in as another one.
func TestDraftWhoseCopyIsAnother(t *testing.T) {
	d := openDesk(t)
	draft := d.write("one")
	d.file()
	d.put(d.drafts, 150, letter{id: "changed on the way", text: "one", keywords: []mail.Keyword{mail.KeywordDraft, seen}})
	d.ok(d.Finish(d.ctx, d.wantWork("append version 1")[0].ID, []Moved{{To: 150}}, 7))
	d.wantFiled(draft, "one")
}

// TestDraftCopyElsewhereToo: what happens to another copy of the message is none of
// the draft's.
func TestDraftCopyElsewhereToo(t *testing.T) {
	d := openDesk(t)
	draft := d.write("one")
	d.file()
	d.serve()
	m := d.wantFiled(draft, "one")
	d.put(d.trash, 9, letter{id: "version 1", text: "one"})
	d.apply(mail.Change{Messages: []mail.MessageID{m}, Destroy: &mail.DestroyChange{From: d.trash}})
	d.wantTexts(d.file())
	d.wantFiled(draft, "one")
}

func TestDraftThatIsGoneLeavesTheServer(t *testing.T) {
	for name, end := range map[string]func(d *desk, draft mail.Draft){
		"discarded": func(d *desk, draft mail.Draft) { d.ok(d.DiscardDraft(d.ctx, draft.ID)) },
		"sent": func(d *desk, draft mail.Draft) {
			sub, err := d.QueueSubmission(d.ctx, mail.Submission{Draft: draft.ID, MessageID: "sent"}, draft.Revision, []byte("x"))
			d.ok(err)
			d.ok(d.StepSubmission(d.ctx, sub, SubmissionStep{To: mail.SubmissionSending}))
			d.ok(d.StepSubmission(d.ctx, sub, SubmissionStep{To: mail.SubmissionEnding}))
			d.wantTexts(d.file())
			d.wantFiled(draft, "one") // until it is sent
			d.ok(d.FinishSubmission(d.ctx, sub, day, nil))
		},
		"discarded after a change": func(d *desk, draft mail.Draft) {
			d.save(draft, "other")
			d.ok(d.DiscardDraft(d.ctx, draft.ID))
		},
	} {
		for _, served := range []bool{true, false} {
			d := openDesk(t)
			draft := d.write("one")
			d.file()
			if served {
				d.serve()
			}
			end(d, draft)
			d.wantTexts(d.file())
			d.serve()
			if list := d.filed(d.drafts); len(list) != 0 {
				t.Errorf("%s, served %v: %v are left among the drafts", name, served, list)
			}
			if n, err := d.PendingOperations(d.ctx); n != 0 || err != nil {
				t.Errorf("%s: %d operations wait, %v", name, n, err)
			}
		}
	}
}

// TestDraftBeingSentKeepsItsCopy: until it is sent, and when it is taken back.
func TestDraftBeingSentKeepsItsCopy(t *testing.T) {
	d := openDesk(t)
	draft := d.write("one")
	list, err := d.UnfiledDrafts(d.ctx)
	d.ok(err)
	sub, err := d.QueueSubmission(d.ctx, mail.Submission{Draft: draft.ID, MessageID: "sent"}, draft.Revision, []byte("x"))
	d.ok(err)
	wantCode(t, d.FileDraft(d.ctx, list[0], d.drafts, letter{id: "1"}.incoming(0)), mail.CodeConflict)
	d.wantTexts(d.file())
	_, err = d.CancelSubmission(d.ctx, sub)
	d.ok(err)
	d.wantTexts(d.file(), "one")
	d.wantFiled(draft, "one")
}

// TestDraftChangedWhileFiled: a version that isn't the draft any more isn't filed.
func TestDraftChangedWhileFiled(t *testing.T) {
	d := openDesk(t)
	draft := d.write("one")
	list, err := d.UnfiledDrafts(d.ctx)
	d.ok(err)
	d.save(draft, "two")
	wantCode(t, d.FileDraft(d.ctx, list[0], d.drafts, letter{id: "1"}.incoming(0)), mail.CodeConflict)
	d.wantTexts(d.file(), "two")
}

// TestDraftTakenFromItsMailbox: who deletes the copy deletes the draft, but not what
// was written since.
func TestDraftTakenFromItsMailbox(t *testing.T) {
	for name, take := range map[string]func(d *desk, m mail.MessageID){
		"moved": func(d *desk, m mail.MessageID) { d.move(d.trash, m) },
		"destroyed": func(d *desk, m mail.MessageID) {
			d.apply(mail.Change{Messages: []mail.MessageID{m}, Destroy: &mail.DestroyChange{}})
		},
	} {
		for _, changed := range []bool{false, true} {
			d := openDesk(t)
			draft := d.write("one")
			d.file()
			d.serve()
			m := d.wantFiled(draft, "one")
			d.keyword("$flagged", "", m) // takes nothing
			if changed {
				d.save(draft, "two")
			}
			take(d, m)
			texts := d.file()
			d.serve()
			left, err := d.Drafts(d.ctx)
			d.ok(err)
			if changed {
				d.wantTexts(texts, "two")
				d.wantFiled(draft, "two")
			} else if d.wantTexts(texts); len(left) != 0 {
				t.Errorf("%s: drafts are %+v, want none", name, left)
			}
			if name == "moved" && len(d.filed(d.trash)) != 1 {
				t.Errorf("the trash holds %v, want what was moved there", d.filed(d.trash))
			}
		}
	}
}

// TestDraftRemovedElsewhere: what another device does to the copy doesn't touch the
// draft here, which comes back to the server only with a change.
func TestDraftRemovedElsewhere(t *testing.T) {
	d := openDesk(t)
	draft := d.write("one")
	d.file()
	d.serve()
	located, err := d.Locations(d.ctx, d.drafts)
	d.ok(err)
	_, _, err = d.Commit(d.ctx, Batch{Mailbox: d.drafts, Vanished: []mail.UID{located[0].UID}, Incoming: []Incoming{letter{id: "theirs"}.incoming(200)}})
	d.ok(err)
	d.wantTexts(d.file())
	d.save(draft, "two")
	d.wantTexts(d.file(), "two")
	if list := d.filed(d.drafts); len(list) != 2 {
		t.Errorf("drafts are %v, want both", list)
	}
}

// TestRefusedDraftIsLeftAlone: a full mailbox isn't asked with every key.
func TestRefusedDraftIsLeftAlone(t *testing.T) {
	d := openDesk(t)
	draft := d.write("one")
	d.file()
	d.ok(d.Refuse(d.ctx, d.wantWork("append version 1")[0].ID, refusal))
	draft = d.save(draft, "two")
	d.wantTexts(d.file())
	ops, err := d.Operations(d.ctx)
	d.ok(err)
	d.ok(d.RetryOperation(d.ctx, ops[0].ID))
	d.wantTexts(d.file(), "two")
	d.wantFiled(draft, "two")
}

// TestAdoptedDraft: a message of the drafts becomes a draft once, which takes its
// place when it is changed; opened and left alone, it is what it was.
func TestAdoptedDraft(t *testing.T) {
	d := openDesk(t)
	m := d.put(d.drafts, 5, letter{id: "theirs"})[0]
	_, err := d.DraftOf(d.ctx, m)
	wantCode(t, err, mail.CodeNotFound)
	adopt := func() mail.Draft {
		draft, err := d.AdoptDraft(d.ctx, m, d.drafts, mail.Draft{Body: "theirs"}, []DraftData{{Data: []byte("file")}})
		d.ok(err)
		return draft
	}
	first := adopt()
	if again := adopt(); again.ID != first.ID {
		t.Errorf("adopted as %d and %d", first.ID, again.ID)
	}
	d.ok(d.DropUntouchedDrafts(d.ctx))
	d.wantTexts(d.file())
	d.wantMessage(m, in(d.drafts))
	draft := d.save(adopt(), "mine")
	if len(draft.Files) != 1 {
		t.Errorf("files are %+v", draft.Files)
	}
	d.wantTexts(d.file(), "mine")
	d.wantFiled(draft, "mine")
	d.serve()
	d.wantFiled(draft, "mine")
}

// TestDraftsMailboxChanged: another mailbox gets the role.
func TestDraftsMailboxChanged(t *testing.T) {
	d := openDesk(t)
	draft := d.write("one")
	d.file()
	d.serve()
	old := d.drafts
	d.drafts = d.trash
	d.wantTexts(d.file())
	d.save(draft, "two")
	d.wantTexts(d.file(), "two")
	d.serve()
	d.wantFiled(draft, "two")
	if list := d.filed(old); len(list) != 0 {
		t.Errorf("the former mailbox holds %v", list)
	}
}
