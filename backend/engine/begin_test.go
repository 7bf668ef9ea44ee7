package engine

import (
	"strings"
	"testing"

	"waxwing/backend/mail"
)

// TestAnswer begins drafts about a message: whom they go to, what they quote and what
// they carry.
func TestAnswer(t *testing.T) {
	e := openEngine(t, t.TempDir(), nil, idle)
	other := addAccount(t, e, "carl")
	id := addAccount(t, e, "ann")
	original := deliver(t, e, id, fill(t, e, id, usual)["INBOX"], "Tiles", 5)

	d, err := e.Compose(t.Context(), StartDraft{Account: other, Kind: mail.DraftReply, Original: original, Language: "de"})
	if err != nil {
		t.Fatal(err)
	}
	if d.Account != id || d.From.Email != "ann@example.org" || len(d.To) != 1 || d.To[0].Email != "bea@example.org" {
		t.Errorf("goes from %d %v to %v", d.Account, d.From, d.To)
	}
	if d.Subject != "Re: Tiles" || int64(d.Original) != original.N || len(d.InReplyTo) != 1 {
		t.Errorf("answers %q, message %d, %q", d.Subject, d.Original, d.InReplyTo)
	}
	if !strings.Contains(d.Quote, "Text of Tiles.") || !strings.Contains(d.QuoteHead, "schrieb") || strings.Contains(d.Body, "Text") {
		t.Errorf("quotes %q below %q, its body is %q", d.Quote, d.QuoteHead, d.Body)
	}

	d, err = e.Compose(t.Context(), StartDraft{Kind: mail.DraftAttached, Original: original})
	if err != nil {
		t.Fatal(err)
	}
	if len(d.Files) != 1 || d.Files[0].Type != "message/rfc822" || len(d.To) != 0 {
		t.Fatalf("forwarded as an attachment it is %+v", d)
	}
	_, octets, err := e.DraftFile(t.Context(), d.Ref(), d.Files[0].ID)
	if err != nil || !strings.Contains(string(octets), "Subject: Tiles\r\n") {
		t.Errorf("its file holds %q, %v", octets, err)
	}
}

// TestLinkBeginsMessage begins a message by a mailto link, in the first account.
func TestLinkBeginsMessage(t *testing.T) {
	e := openEngine(t, t.TempDir(), nil, idle)
	id := addAccount(t, e, "ann")
	addAccount(t, e, "carl")
	d, err := e.Compose(t.Context(), StartDraft{Kind: mail.DraftNew, Mailto: "mailto:dora@example.org?subject=Hello%20there"})
	if err != nil {
		t.Fatal(err)
	}
	if d.Account != id || len(d.To) != 1 || d.To[0].Email != "dora@example.org" || d.Subject != "Hello there" {
		t.Errorf("the link began %+v", d)
	}
}

// TestWrongBeginnings asks for what can't be begun.
func TestWrongBeginnings(t *testing.T) {
	e := openEngine(t, t.TempDir(), nil, idle)
	_, err := e.Compose(t.Context(), StartDraft{Kind: mail.DraftNew})
	if mail.CodeOf(err) != mail.CodeNotFound {
		t.Errorf("without an account: %v", err)
	}
	id := addAccount(t, e, "ann")
	for field, start := range map[string]StartDraft{
		"kind":   {Kind: "telegram"},
		"mailto": {Kind: mail.DraftNew, Mailto: "https://example.org/"},
	} {
		_, err := e.Compose(t.Context(), start)
		if e := mail.AsError(err); e == nil || e.Code != mail.CodeInvalid || e.Args["field"] != field {
			t.Errorf("a wrong %s: %v", field, err)
		}
	}
	_, err = e.Compose(t.Context(), StartDraft{Kind: mail.DraftReply, Original: mail.MessageRef(id, 99)})
	if mail.CodeOf(err) != mail.CodeNotFound {
		t.Errorf("an answer to nothing: %v", err)
	}
}

// TestDraftChangesAccount gives a draft with a file to another account.
func TestDraftChangesAccount(t *testing.T) {
	e := openEngine(t, t.TempDir(), nil, idle)
	ann, carl := addAccount(t, e, "ann"), addAccount(t, e, "carl")
	d := begin(t, e, ann)
	if _, err := e.AttachFile(t.Context(), d.Ref(), "plan.txt", "text/plain", "", strings.NewReader("plan")); err != nil {
		t.Fatal(err)
	}
	moved, err := e.MoveDraft(t.Context(), d.Ref(), carl)
	if err != nil {
		t.Fatal(err)
	}
	if moved.Account != carl || len(moved.Files) != 1 || moved.Files[0].Name != "plan.txt" {
		t.Fatalf("moved as %+v", moved)
	}
	if _, octets, err := e.DraftFile(t.Context(), moved.Ref(), moved.Files[0].ID); err != nil || string(octets) != "plan" {
		t.Errorf("its file holds %q, %v", octets, err)
	}
	list, err := e.Drafts(t.Context())
	if err != nil || len(list) != 1 || list[0].Ref() != moved.Ref() {
		t.Errorf("the drafts are %+v, %v", list, err)
	}
	if _, err := e.OpenDraft(t.Context(), d.Ref()); mail.CodeOf(err) != mail.CodeNotFound {
		t.Errorf("the old one: %v", err)
	}
	if same, err := e.MoveDraft(t.Context(), moved.Ref(), carl); err != nil || same.Ref() != moved.Ref() {
		t.Errorf("to the account that it is in: %v, %v", same.Ref(), err)
	}
}

// TestDraftInPlainText writes a draft on as plain text.
func TestDraftInPlainText(t *testing.T) {
	e := openEngine(t, t.TempDir(), nil, idle)
	d := begin(t, e, addAccount(t, e, "ann"))
	d.Body = "<div>One <b>two</b></div>"
	d, err := e.SaveDraft(t.Context(), d)
	if err != nil {
		t.Fatal(err)
	}
	plain, err := e.ReformatDraft(t.Context(), d.Ref(), mail.FormatPlain)
	if err != nil || plain.Body != "One two\n" || plain.Format != mail.FormatPlain || plain.Revision != d.Revision+1 {
		t.Errorf("as plain text it is %+v, %v", plain, err)
	}
	_, err = e.ReformatDraft(t.Context(), d.Ref(), "verse")
	if mail.CodeOf(err) != mail.CodeInvalid {
		t.Errorf("in verse: %v", err)
	}
}
