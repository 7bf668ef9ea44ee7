package compose

import (
	"testing"

	"waxwing/backend/mail"
)

// TestReformat writes a rich answer as plain text and that as rich text again.
func TestReformat(t *testing.T) {
	d := mail.Draft{
		ID: 5, Revision: 7, Kind: mail.DraftReply, Format: mail.FormatRich, Subject: "Re: Tiles",
		From:      mail.Address{Email: "nora@fernhill.example"},
		To:        []mail.Address{{Email: "not yet an address"}},
		Body:      `<div>Dear Tomás,</div><div><br></div><ul><li>two <b>boxes</b></li></ul>`,
		QuoteHead: "On Monday Tomás wrote:", Quote: "<p>Which glaze?</p>",
		Files: []mail.DraftFile{{ID: 3, Name: "plan.pdf", Type: "application/pdf", Size: 4}},
	}
	plain, err := Reformat(d, mail.FormatPlain)
	if err != nil {
		t.Fatal(err)
	}
	want := "Dear Tomás,\n\n* two boxes\n\nOn Monday Tomás wrote:\n\n> Which glaze?\n"
	if plain.Body != want || plain.Format != mail.FormatPlain || plain.Quote != "" || plain.QuoteHead != "" {
		t.Errorf("in plain text it is %q %q %q\nwant %q", plain.Body, plain.QuoteHead, plain.Quote, want)
	}
	if plain.ID != 5 || plain.Revision != 7 || len(plain.Files) != 1 || len(plain.To) != 1 || plain.Subject != d.Subject {
		t.Errorf("what isn't the body changed: %+v", plain)
	}
	rich, err := Reformat(plain, mail.FormatRich)
	if err != nil {
		t.Fatal(err)
	}
	wantRich := `<div>Dear Tomás,</div><div><br></div><div>* two boxes</div><div><br></div><div>On Monday Tomás wrote:</div>` +
		`<div><br></div><blockquote><div>Which glaze?</div></blockquote>`
	if rich.Body != wantRich || rich.Format != mail.FormatRich {
		t.Errorf("in rich text it is\n%s\nwant\n%s", rich.Body, wantRich)
	}
	again, err := Reformat(rich, mail.FormatPlain)
	if err != nil {
		t.Fatal(err)
	}
	if again.Body != want {
		t.Errorf("back in plain text it is %q\nwant %q", again.Body, want)
	}
	if same, err := Reformat(rich, mail.FormatRich); err != nil || same.Body != rich.Body {
		t.Errorf("the same format made %q, %v", same.Body, err)
	}
}
