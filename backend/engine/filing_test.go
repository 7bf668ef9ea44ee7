package engine

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"waxwing/backend/events"
	"waxwing/backend/imapsync"
	"waxwing/backend/mail"
	"waxwing/backend/mailtest"
	"waxwing/backend/message"
	"waxwing/backend/store"
)

// filed returns what lies in an account's drafts mailbox, newest first.
func filed(t *testing.T, e *Engine, id mail.AccountID) []mail.Message {
	t.Helper()
	db, err := e.Store(id)
	if err != nil {
		t.Fatal(err)
	}
	roles, err := rolesOf(t.Context(), db)
	if err != nil {
		t.Fatal(err)
	}
	page, err := db.Messages(t.Context(), store.MessageQuery{Mailbox: roles[mail.RoleDrafts]})
	if err != nil {
		t.Fatal(err)
	}
	return page.Messages
}

// typed saves a draft with a text.
func typed(t *testing.T, e *Engine, d AccountDraft, body string) AccountDraft {
	t.Helper()
	d.Body = body
	d, err := e.SaveDraft(t.Context(), d)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// TestDraftIsFiled puts a draft among the drafts a while after it was written, with
// all that is in it, and finds it again by the message.
func TestDraftIsFiled(t *testing.T) {
	bus := new(events.Bus)
	e := openEngine(t, t.TempDir(), bus, idle)
	e.filingPause = time.Millisecond
	id := addAccount(t, e, "ann")
	fill(t, e, id, usual)
	e.Start(t.Context())
	d := begin(t, e, id)
	d.Subject = "Colours"
	d.To = []mail.Address{{Email: "bea@example.org"}, {Name: "half an addr"}}
	d.Bcc = []mail.Address{{Email: "secret@example.org"}}
	if _, err := e.AttachFile(t.Context(), d.Ref(), "plan.txt", "text/plain", "", strings.NewReader("plan")); err != nil {
		t.Fatal(err)
	}
	d = typed(t, e, d, "<p>turquoise</p>")
	complete := func() bool {
		list := filed(t, e, id)
		return len(list) == 1 && list[0].Subject == d.Subject && len(list[0].Attachments) == 1
	}
	eventually(t, bus, "the draft is filed", complete)
	m := filed(t, e, id)[0]
	if m.Preview != "turquoise" || len(m.To) != 2 || len(m.Bcc) != 1 || !m.Has(mail.KeywordDraft) || !m.Has(mail.KeywordSeen) {
		t.Errorf("the copy is %+v", m)
	}
	if list, err := e.Drafts(t.Context()); err != nil || len(list) != 1 || list[0].Message != m.ID {
		t.Errorf("drafts are %+v, %v, want one with its copy %d", list, err, m.ID)
	}
	opened, err := e.OpenDraft(t.Context(), mail.MessageRef(id, m.ID))
	if err != nil || opened.ID != d.ID {
		t.Errorf("the copy opens as %+v, %v, want draft %d", opened, err, d.ID)
	}
	if err := e.DiscardDraft(t.Context(), d.Ref()); err != nil {
		t.Fatal(err)
	}
	if list, waiting := filed(t, e, id), e.Status(id).Pending; len(list) != 0 || waiting != 0 {
		t.Errorf("copies %+v are left, and %d operations are said to wait", list, waiting)
	}
}

// TestDraftIsFiledOnClosing: also what was written a moment before, and after a crash
// with the next start.
func TestDraftIsFiledOnClosing(t *testing.T) {
	dir := t.TempDir()
	e := openEngine(t, dir, nil, idle)
	id := addAccount(t, e, "ann")
	fill(t, e, id, usual)
	d := begin(t, e, id)
	d = typed(t, e, d, "before the crash")
	if err := e.Close(); err != nil { // never started, and so without a last look
		t.Fatal(err)
	}
	bus := new(events.Bus)
	e = openEngine(t, dir, bus, offline)
	e.filingPause = time.Millisecond
	e.Start(t.Context())
	eventually(t, bus, "the draft is filed", func() bool { return len(filed(t, e, id)) == 1 })
	if err := e.Close(); err != nil {
		t.Fatal(err)
	}
	e = openEngine(t, dir, nil, idle)
	e.filingPause = time.Hour
	e.Start(t.Context())
	typed(t, e, d, "on closing")
	if err := e.Close(); err != nil {
		t.Fatal(err)
	}
	e = openEngine(t, dir, nil, idle)
	if list := filed(t, e, id); len(list) != 1 || list[0].Preview != "on closing" {
		t.Errorf("the drafts are %+v", list)
	}
}

// offline is a synchronisation that comes to nothing until it is stopped.
func offline(ctx context.Context, _ imapsync.Config) error {
	<-ctx.Done()
	return ctx.Err()
}

// TestDraftIsFiledOnceThereIsAMailbox: the account was never looked into before.
func TestDraftIsFiledOnceThereIsAMailbox(t *testing.T) {
	bus := new(events.Bus)
	e := openEngine(t, t.TempDir(), bus, offline)
	e.filingPause = time.Millisecond
	id := addAccount(t, e, "ann")
	other := addAccount(t, e, "bea")
	fill(t, e, other, usual)
	e.Start(t.Context())
	typed(t, e, begin(t, e, id), "text")
	// When the second of these has been filed, nobody has the first account in mind.
	for _, text := range []string{"one", "two"} {
		typed(t, e, begin(t, e, other), text)
		eventually(t, bus, text, func() bool {
			return slices.ContainsFunc(filed(t, e, other), func(m mail.Message) bool { return m.Preview == text })
		})
	}
	fill(t, e, id, usual)
	bus.Publish(events.StatusChanged{Status: mail.Status{Account: id, Phase: mail.PhaseUpToDate}})
	eventually(t, bus, "the draft is filed", func() bool { return len(filed(t, e, id)) == 1 })
}

// TestDraftThatCannotBeFiled: one that is too large stays here, as does one without a
// mailbox for it.
func TestDraftThatCannotBeFiled(t *testing.T) {
	e := openEngine(t, t.TempDir(), nil, idle)
	id := addAccount(t, e, "ann")
	d := typed(t, e, begin(t, e, id), "text")
	e.fileDraftsOf(t.Context(), id)
	fill(t, e, id, usual)
	file, err := e.AttachFile(t.Context(), d.Ref(), "huge", "application/octet-stream", "", strings.NewReader(strings.Repeat("x", largestFiled+1)))
	if err != nil {
		t.Fatal(err)
	}
	e.fileDraftsOf(t.Context(), id)
	if list := filed(t, e, id); len(list) != 0 {
		t.Errorf("filed as %+v", list)
	}
	if list, err := e.Drafts(t.Context()); err != nil || len(list) != 1 || list[0].Message != 0 {
		t.Errorf("drafts are %+v, %v, want one without a copy", list, err)
	}
	if err := e.RemoveFile(t.Context(), d.Ref(), file.ID); err != nil {
		t.Fatal(err)
	}
	e.fileDraftsOf(t.Context(), id)
	if list := filed(t, e, id); len(list) != 1 {
		t.Errorf("filed as %+v, want one", list)
	}
}

// TestRetryRefused: a message that was refused waits for its server again.
func TestRetryRefused(t *testing.T) {
	e := openEngine(t, t.TempDir(), nil, idle)
	id := addAccount(t, e, "ann")
	fill(t, e, id, usual)
	typed(t, e, begin(t, e, id), "text")
	e.fileDraftsOf(t.Context(), id)
	db, err := e.Store(id)
	if err != nil {
		t.Fatal(err)
	}
	work, err := db.NextWork(t.Context(), 1)
	if err != nil || len(work) != 1 {
		t.Fatalf("work is %+v, %v", work, err)
	}
	if err := db.Refuse(t.Context(), work[0].ID, &mail.Error{Code: mail.CodeQuota}); err != nil {
		t.Fatal(err)
	}
	a, err := e.account(id)
	if err != nil {
		t.Fatal(err)
	}
	if a.countPending(t.Context(), db); e.Status(id).Pending != 0 {
		t.Fatalf("%d operations are said to wait, want none", e.Status(id).Pending)
	}
	ref := mail.OperationRef(id, work[0].Operation)
	if err := e.RetryRefused(t.Context(), ref); err != nil {
		t.Fatal(err)
	}
	if list, err := e.Operations(t.Context()); err != nil || len(list) != 1 || list[0].State != mail.OperationPending || e.Status(id).Pending != 1 {
		t.Errorf("operations are %+v, %v, want one that waits", list, err)
	}
	if err := e.RetryRefused(t.Context(), ref); mail.CodeOf(err) != mail.CodeNotFound {
		t.Errorf("tried again: %v, want code notFound", err)
	}
}

// TestOpenMessageAsDraft: only what lies among the drafts is one.
func TestOpenMessageAsDraft(t *testing.T) {
	e := openEngine(t, t.TempDir(), nil, idle)
	id := addAccount(t, e, "ann")
	boxes := fill(t, e, id, usual)
	theirs := deliver(t, e, id, boxes["Drafts"], "theirs", 1)
	d, err := e.OpenDraft(t.Context(), theirs)
	if err != nil || d.Subject != "theirs" || d.From.Email != "ann@example.org" || !strings.Contains(d.Body, "Text of theirs") {
		t.Errorf("opens as %+v, %v", d, err)
	}
	if again, err := e.OpenDraft(t.Context(), theirs); err != nil || again.ID != d.ID {
		t.Errorf("opens again as %+v, %v, want the same draft", again, err)
	}
	_, err = e.OpenDraft(t.Context(), deliver(t, e, id, boxes["INBOX"], "mail", 2))
	if mail.CodeOf(err) != mail.CodeNotFound {
		t.Errorf("a message of the inbox: %v, want code notFound", err)
	}
	_, err = e.OpenDraft(t.Context(), mail.MessageRef(id, 999))
	if mail.CodeOf(err) != mail.CodeNotFound {
		t.Errorf("no message: %v, want code notFound", err)
	}
}

// TestDraftsOfTwoDevices writes on one account with two computers, on a real server.
func TestDraftsOfTwoDevices(t *testing.T) {
	server := mailtest.Shared(t)
	user := server.NewUser(t)
	device := func() (*Engine, mail.AccountID) {
		e := liveEngine(t, t.TempDir(), new(events.Bus))
		id, err := e.AddAccount(t.Context(), mail.Account{Email: server.Address(user), User: user, IMAP: server.IMAP()}, server.Password(user))
		if err != nil {
			t.Fatal(err)
		}
		return e, id
	}
	sync := func(e *Engine, id mail.AccountID) {
		t.Helper()
		if err := e.SyncOnce(t.Context(), id, nil); err != nil {
			t.Fatal(err)
		}
	}
	want := func(texts ...string) {
		t.Helper()
		var got []string
		for _, m := range server.Snapshot(t, user)["Drafts"] {
			got = append(got, strings.TrimSpace(message.Content(m.Raw).Preview))
		}
		if slices.Sort(got); !slices.Equal(got, texts) {
			t.Errorf("the server's drafts are %q, want %q", got, texts)
		}
	}
	here, hereID := device()
	there, thereID := device()
	sync(here, hereID)
	sync(there, thereID)
	mine := typed(t, here, begin(t, here, hereID), "<p>one</p>")
	sync(here, hereID)
	want("one")
	mine = typed(t, here, mine, "<p>two</p>")
	sync(here, hereID)
	want("two")
	// The other computer finds it and goes on.
	sync(there, thereID)
	theirs, err := there.OpenDraft(t.Context(), mail.MessageRef(thereID, filed(t, there, thereID)[0].ID))
	if err != nil || !strings.Contains(theirs.Body, "two") {
		t.Fatalf("found as %+v, %v", theirs, err)
	}
	theirs = typed(t, there, theirs, "<p>two, and more</p>")
	sync(there, thereID)
	want("two, and more")
	// Here nothing is forced upon the server, until it is changed: then both are there.
	sync(here, hereID)
	want("two, and more")
	mine = typed(t, here, mine, "<p>three</p>")
	sync(here, hereID)
	want("three", "two, and more")
	if err := here.DiscardDraft(t.Context(), mine.Ref()); err != nil {
		t.Fatal(err)
	}
	sync(here, hereID)
	want("two, and more")
	if err := there.DiscardDraft(t.Context(), theirs.Ref()); err != nil {
		t.Fatal(err)
	}
	sync(there, thereID)
	want()
}
