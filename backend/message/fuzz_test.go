package message

import (
	"os"
	"reflect"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"waxwing/backend/mail"
)

// invariants checks what the package documents for every input.
func invariants(t *testing.T, raw []byte) {
	t.Helper()
	before := string(raw)
	m := Parse(raw)
	c := Content(raw)
	if !reflect.DeepEqual(m.Content, c) {
		t.Errorf("Content and Parse differ\nContent %+v\nParse   %+v", c, m.Content)
	}
	if string(raw) != before {
		t.Error("raw was changed")
	}
	line(t, "Subject", c.Subject)
	line(t, "MessageID", c.MessageID)
	line(t, "ListID", c.ListID)
	line(t, "Preview", c.Preview)
	if n := utf8.RuneCountInString(c.Preview); n > maxPreview {
		t.Errorf("the preview has %d characters", n)
	}
	if len(c.Text) > maxText {
		t.Errorf("the text has %d octets", len(c.Text))
	}
	text(t, "Text", m.Text)
	text(t, "HTML", m.HTML)
	for _, list := range [][]mail.Address{c.From, c.Sender, c.ReplyTo, c.To, c.Cc, c.Bcc} {
		for _, a := range list {
			line(t, "name", a.Name)
			line(t, "address", a.Email)
			if a.Name == "" && a.Email == "" {
				t.Error("an empty address")
			}
		}
	}
	seen := map[string]bool{}
	for _, p := range m.Parts {
		if p.Number == "" || seen[p.Number] {
			t.Errorf("part number %q is empty or there twice", p.Number)
		}
		seen[p.Number] = true
	}
	for i, a := range c.Attachments {
		if a.Name == "" || a.Name != safeFileName(a.Name) {
			t.Errorf("unsafe file name %q", a.Name)
		}
		const enough = 20 // PartContent parses anew each time
		if i > enough {
			break
		}
		p, content, err := PartContent(raw, a.Part, false)
		if err != nil || int64(len(content)) != a.Size || p.Size != a.Size {
			t.Errorf("part %s: %d octets, announced %d and %d, %v", a.Part, len(content), a.Size, p.Size, err)
		}
	}
}

func text(t *testing.T, what, s string) {
	t.Helper()
	if !utf8.ValidString(s) || strings.IndexByte(s, 0) >= 0 {
		t.Errorf("%s isn't clean UTF-8: %q", what, s)
	}
}

func line(t *testing.T, what, s string) {
	t.Helper()
	text(t, what, s)
	for _, r := range s {
		if unicode.IsControl(r) || isBidi(r) {
			t.Errorf("%s holds %U: %q", what, r, s)
			return
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, file := range cases(f) {
		raw, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(raw)
	}
	f.Fuzz(func(t *testing.T, raw []byte) { invariants(t, raw) })
}

func FuzzHeaderText(f *testing.F) {
	for _, s := range []string{"=?utf-8?q?a?=", "=?utf-8?b?YQ?= =?utf-8?b?YQ==?=", "\"a\" <b@c>", "a:b@c;,(x)<d", "x; a*0*=u'';b=\"", "Tue, 5 Mar 2024 10:00 +0100"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, v []byte) {
		line(t, "text", decodeText(v, ""))
		for _, a := range parseAddresses(v, "koi8-r") {
			line(t, "address", a.Name+a.Email)
		}
		_, ps := parseParams(v, "")
		for _, p := range ps {
			line(t, "parameter", p.value)
			if name := safeFileName(p.value); name != "" && name != safeFileName(name) {
				t.Errorf("file name %q isn't settled: %q", name, safeFileName(name))
			}
		}
		if d := parseDate(v); !d.IsZero() && (d.Year() < 1899 || d.Year() > 10000) {
			t.Errorf("date %v", d)
		}
		parseIDs(v)
	})
}
