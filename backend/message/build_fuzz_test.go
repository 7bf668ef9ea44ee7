package message

import (
	"strings"
	"testing"
	"unicode/utf8"

	"waxwing/backend/mail"
)

// nasty are values that try to leave their place.
var nasty = []string{
	"", " ", "a", "Zoë", "a\r\nBcc: evil@example.org\r\n\r\nevil", "a\nX-Evil: 1", "a\rX-Evil: 1", "\r\n\r\n<script>", "a\x00b", "\x00", "=?utf-8?Q?a=0D=0ABcc:_x?=", "=?utf-8?B?",
	"\u202egnp.exe", "a\u2066b\u2069", "\xed\xa0\x80", "\xff\xfe", "\xc3", strings.Repeat("x", 5000), strings.Repeat("ü", 700), strings.Repeat("👩‍👩‍👧 ", 200),
	`"; filename="evil.exe`, "a\"b\\c", "--=_", "\r\n--=_\r\n", "../../etc/passwd", `C:\Windows\evil.exe`, "CON", "a,b;c:d<e>f@g(h)[i]", "<a@b>, c@d", "a  b", "\t", "'a'", ".", "From ", "From x", " > a", ">a", "> > a", "-- ",
	"\u2028x\u2029", "\ufeffx", "a\u200bb", "日本語の長い名前" + strings.Repeat("長", 100) + ".pdf", "%00%0d%0a", "utf-8''%0D%0A", "a*0*=b", strings.Repeat(">", 300) + "x", strings.Repeat(" ", 3000) + "x", strings.Repeat("a ", 3000),
}

// TestBuildHostile puts everything nasty everywhere.
func TestBuildHostile(t *testing.T) {
	for i, a := range nasty {
		b, c := nasty[(i+7)%len(nasty)], nasty[(i+19)%len(nasty)]
		safelyBuilt(t, a, b, c, a, b, c, a)
		safelyBuilt(t, a, a, a, a, a, a, a)
	}
}

func FuzzBuild(f *testing.F) {
	for i, s := range nasty {
		o := nasty[(i+5)%len(nasty)]
		f.Add(s, o, s, o, s, o, s)
	}
	f.Fuzz(safelyBuilt)
}

// safelyBuilt builds messages with the values in all places, and checks that each
// came out where it belongs and nowhere else.
func safelyBuilt(t *testing.T, name, email, subject, file, cid, id, body string) {
	for _, format := range []mail.BodyFormat{mail.FormatPlain, mail.FormatRich} {
		d := mail.Draft{
			From: mail.Address{Name: name, Email: "ann@example.org"}, To: []mail.Address{{Name: subject, Email: "b@example.org"}, {Name: name, Email: email}, {Email: "c@example.org"}},
			Bcc: []mail.Address{{Name: name, Email: email}}, Subject: subject, InReplyTo: []string{id}, References: []string{"1@x", id, cid},
			Format: format, Body: body, QuoteHead: name, Quote: "<div>" + body + "</div>",
			Files: []mail.DraftFile{{ID: 1, Name: file, Type: cid, ContentID: id}, {ID: 2, Name: name, Type: "text/plain", ContentID: cid}},
		}
		files := func(mail.DraftFileID) ([]byte, error) { return []byte(body), nil }
		for _, unfinished := range []bool{false, true} {
			o := built
			o.Unfinished = unfinished
			raw, err := Build(d, files, o)
			if _, ok := addrSpec(email); !ok && !unfinished {
				if e := mail.AsError(err); e == nil || e.Code != mail.CodeInvalid || e.Args["field"] != "to" {
					t.Errorf("an address %q gives %v", email, err)
				}
				continue
			}
			if err != nil {
				t.Fatal(err)
			}
			wellFormed(t, raw)
			arrived(t, d, raw, unfinished)
		}
	}
}

// arrived checks the message against its draft.
func arrived(t *testing.T, d mail.Draft, raw []byte, unfinished bool) {
	m := Parse(raw)
	const bounded = 4000 // what is read of a subject, and of names in brackets
	if want := OneLine(d.Subject); len(want) < bounded && m.Subject != want {
		t.Errorf("subject %q arrives as %q", d.Subject, m.Subject)
	}
	if len(m.From) != 1 || m.From[0].Email != d.From.Email {
		t.Errorf("from %v", m.From)
	}
	if want := cleanName(OneLine(d.From.Name)); len(want) < 400 && m.From[0].Name != want && m.From[0].Name != "" {
		t.Errorf("name %q arrives as %q, want %q", d.From.Name, m.From[0].Name, want)
	}
	if len(m.Bcc) > 0 && !unfinished {
		t.Errorf("Bcc %v is told", m.Bcc)
	}
	if !unfinished && (len(m.To) != 3 || m.To[0].Email != "b@example.org" || m.To[2].Email != "c@example.org" || len(m.Cc) > 0 || len(m.ReplyTo) > 0) {
		t.Errorf("to %v, cc %v", m.To, m.Cc)
	}
	for _, ref := range m.References {
		if ref != "1@x" && ref != d.References[1] && ref != d.References[2] {
			t.Errorf("a reference %q of %q", ref, d.References)
		}
	}
	leaves := 3
	if d.Format == mail.FormatRich {
		leaves++
	}
	if len(m.Parts) != leaves {
		t.Fatalf("%d parts, want %d: %.3000q", len(m.Parts), leaves, raw)
	}
	for i, p := range m.Parts[len(m.Parts)-2:] {
		f := d.Files[i]
		if want := safeFileName(f.Name); p.Name != want && !(d.Format == mail.FormatRich && (p.Name == safeFileName(d.Files[0].Name) || p.Name == safeFileName(d.Files[1].Name))) {
			t.Errorf("file %q arrives as %q, want %q", f.Name, p.Name, want)
		}
		if _, content, err := PartContent(raw, p.Number, false); err != nil || string(content) != d.Body {
			t.Errorf("its content arrives as %.300q, want %.300q (%v)", content, d.Body, err)
		}
	}
	clean := cleanLines(d.Body)
	if d.Format == mail.FormatPlain {
		if want := normalText(clean); m.Sections != nil && m.Sections[0].Content != want {
			t.Errorf("text %.1000q arrives as %.1000q, want %.1000q", d.Body, m.Sections[0].Content, want)
		}
	} else if !strings.Contains(m.HTML, cleanLines("<div>"+d.Body+"</div>")) {
		t.Errorf("HTML %.1000q arrives as %.2000q", clean, m.HTML)
	}
	if !utf8.Valid(raw) {
		t.Error("not UTF-8")
	}
}

// normalText is what a text is after its way as format=flowed.
func normalText(text string) string {
	var out strings.Builder
	for line := range strings.SplitSeq(strings.TrimSuffix(text, "\n"), "\n") {
		depth := 0
		for strings.HasPrefix(line, ">") || depth > 0 && strings.HasPrefix(line, " >") {
			line = strings.TrimPrefix(line, " ")[1:]
			depth++
		}
		if depth > 0 {
			line = strings.TrimPrefix(line, " ")
		}
		if line != "-- " {
			line = strings.TrimRight(line, " ")
		}
		out.WriteString(strings.Repeat("> ", min(depth, maxMarks)) + line + "\n")
	}
	return out.String()
}
