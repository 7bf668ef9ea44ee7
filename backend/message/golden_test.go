package message

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"waxwing/backend/mail"
)

var update = flag.Bool("update", false, "write what is parsed as the expectation; read the difference before committing")

// expectation is what a case of testdata/mail must give, as JSON beside it.
type expectation struct {
	Subject     string   `json:",omitempty"`
	From        []string `json:",omitempty"`
	Sender      []string `json:",omitempty"`
	ReplyTo     []string `json:",omitempty"`
	To          []string `json:",omitempty"`
	Cc          []string `json:",omitempty"`
	Bcc         []string `json:",omitempty"`
	SentAt      string   `json:",omitempty"`
	MessageID   string   `json:",omitempty"`
	InReplyTo   []string `json:",omitempty"`
	References  []string `json:",omitempty"`
	ListID      string   `json:",omitempty"`
	Preview     string   `json:",omitempty"`
	Text        string   `json:",omitempty"`
	Attachments []mail.Attachment
	Sections    []Section
	Parts       []string
	Problems    []string `json:",omitempty"`
}

func expectationOf(m *Message) expectation {
	e := expectation{
		Subject: m.Subject, From: show(m.From), Sender: show(m.Sender), ReplyTo: show(m.ReplyTo), To: show(m.To), Cc: show(m.Cc), Bcc: show(m.Bcc),
		MessageID: m.MessageID, InReplyTo: m.InReplyTo, References: m.References, ListID: m.ListID,
		Preview: m.Preview, Text: m.Content.Text, Attachments: m.Attachments, Sections: m.Sections, Problems: m.Problems,
	}
	if !m.SentAt.IsZero() {
		e.SentAt = m.SentAt.Format(time.RFC3339)
	}
	for _, p := range m.Parts {
		line := p.Number + " " + p.Type
		if p.Inline {
			line += " inline"
		}
		e.Parts = append(e.Parts, line)
	}
	return e
}

func show(list []mail.Address) []string {
	var out []string
	for _, a := range list {
		out = append(out, a.Name+" <"+a.Email+">")
	}
	return out
}

func cases(t testing.TB) []string {
	t.Helper()
	files, err := filepath.Glob("testdata/mail/*.eml")
	if err != nil || len(files) < 40 {
		t.Fatalf("got %d cases (%v), want at least 40", len(files), err)
	}
	return files
}

func TestGolden(t *testing.T) {
	for _, file := range cases(t) {
		name := strings.TrimSuffix(filepath.Base(file), ".eml")
		t.Run(name, func(t *testing.T) {
			raw, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			m := Parse(raw)
			var got bytes.Buffer
			enc := json.NewEncoder(&got)
			enc.SetEscapeHTML(false)
			enc.SetIndent("", "\t")
			if err := enc.Encode(expectationOf(m)); err != nil {
				t.Fatal(err)
			}
			golden := strings.TrimSuffix(file, ".eml") + ".json"
			if *update {
				if err := os.WriteFile(golden, got.Bytes(), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatal(err)
			}
			if !bytes.Equal(got.Bytes(), want) {
				t.Errorf("%s\ngot  %s\nwant %s", file, got.Bytes(), want)
			}
			invariants(t, raw)
		})
	}
}
