package message

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"waxwing/backend/mail"
)

var built = BuildOptions{MessageID: "id@example.org", Date: time.Date(2026, 3, 12, 14, 2, 0, 0, time.FixedZone("", 3600))}

// build makes a message of a draft whose files all have that content.
func build(t testing.TB, d mail.Draft, content string) string {
	t.Helper()
	raw, err := Build(d, func(mail.DraftFileID) ([]byte, error) { return []byte(content), nil }, built)
	if err != nil {
		t.Fatal(err)
	}
	wellFormed(t, raw)
	return string(raw)
}

// wellFormed checks what Build promises of every message.
func wellFormed(t testing.TB, raw []byte) {
	t.Helper()
	for i, line := range bytes.Split(raw, []byte("\r\n")) {
		if len(line) > maxLine || bytes.ContainsAny(line, "\r\n\x00") {
			t.Fatalf("line %d: %d octets: %.200q", i, len(line), line)
		}
	}
	header, _, ok := bytes.Cut(raw, []byte("\r\n\r\n"))
	if !ok {
		t.Fatal("no end of the header")
	}
	seen := map[string]bool{}
	for line := range strings.SplitSeq(string(header), "\r\n") {
		if line[0] == ' ' {
			if strings.TrimSpace(line) == "" {
				t.Errorf("a blank line within a field: %q", header)
			}
			continue
		}
		name, _, ok := strings.Cut(line, ": ")
		if !ok || seen[name] {
			t.Errorf("field %q, or twice: %q", line, header)
		}
		seen[name] = true
	}
	for name := range seen {
		switch name {
		case "Date", "From", "Reply-To", "To", "Cc", "Bcc", "Subject", "Message-ID", "In-Reply-To", "References", "Disposition-Notification-To",
			"MIME-Version", "Content-Type", "Content-Transfer-Encoding":
		default:
			t.Errorf("a field %s: %q", name, header)
		}
	}
	if m := Parse(raw); len(m.Problems) > 0 {
		t.Errorf("problems %q in %.2000q", m.Problems, raw)
	}
}

func TestBuildPlain(t *testing.T) {
	got := build(t, mail.Draft{
		From: mail.Address{Name: "Ann Zoë", Email: "ann@example.org"}, To: []mail.Address{{Name: "Doe, J.", Email: "j@bücher.example"}, {Email: "b@example.org"}},
		Bcc: []mail.Address{{Email: "secret@example.org"}}, Subject: "Hi", Format: mail.FormatPlain, Receipt: true,
		InReplyTo: []string{"2@x"}, References: []string{"1@x", "two words@x", "2@x"},
		Body: "Hello,\n\n> > so it is\n From here\n-- \nAnn\n",
	}, "")
	want := strings.ReplaceAll(`Date: Thu, 12 Mar 2026 14:02:00 +0100
From: =?utf-8?Q?Ann_Zo=C3=AB?= <ann@example.org>
To: "Doe, J." <j@xn--bcher-kva.example>, <b@example.org>
Subject: Hi
Message-ID: <id@example.org>
In-Reply-To: <2@x>
References: <1@x> <2@x>
Disposition-Notification-To: <ann@example.org>
MIME-Version: 1.0
Content-Type: text/plain; charset=utf-8; format=flowed
Content-Transfer-Encoding: 7bit

Hello,

>> so it is
  From here
-- `+`
Ann
`, "\n", "\r\n")
	if got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

func TestBuildRich(t *testing.T) {
	d := mail.Draft{
		Kind: mail.DraftReply, From: mail.Address{Email: "ann@example.org"}, To: []mail.Address{{Email: "b@example.org"}}, Subject: "Hi", Format: mail.FormatRich,
		Body:      `<div>See <a href="https://x.example/">this</a> <img src="cid:Pic@x" alt="chart"></div><div class="waxwing-signature">Ann</div>`,
		QuoteHead: "On Monday, <Bob> wrote:", Quote: "<style>div.q p{color:red;}\n</style>\n<div class=\"q\"><p>one</p><p>two</p></div>",
		Files: []mail.DraftFile{{ID: 1, Name: "chart.png", Type: "image/png", ContentID: "pic@x"}, {ID: 2, Name: "Größe.pdf", Type: "application/pdf"}},
	}
	raw := build(t, d, "abc")
	m := Parse([]byte(raw))
	var shape []string
	for _, p := range m.Parts {
		shape = append(shape, p.Number+" "+p.Type+" "+p.Disposition+" "+p.Name)
	}
	if got, want := strings.Join(shape, "|"), "1.1 text/plain  |1.2.1 text/html  |1.2.2 image/png inline chart.png|2 application/pdf attachment Größe.pdf"; got != want {
		t.Errorf("parts %s, want %s", got, want)
	}
	if want := "See this <https://x.example/> [chart]\nAnn\n\nOn Monday, <Bob> wrote:\n\n> one\n> \n> two\n"; m.Text != want {
		t.Errorf("text %q, want %q", m.Text, want)
	}
	if !strings.Contains(m.HTML, "\n<div class=\"q\"><p>one</p><p>two</p></div>\n") {
		t.Errorf("the quote isn't in %s", m.HTML)
	}
	body, head, quote, forwarded, ok := SplitHTML(m.HTML)
	if body != d.Body || head != d.QuoteHead || quote != d.Quote || forwarded || !ok {
		t.Errorf("split into %q, %q, %q, %v, %v", body, head, quote, forwarded, ok)
	}
	d.Kind = mail.DraftForward
	_, head, quote, forwarded, ok = SplitHTML(Parse([]byte(build(t, d, ""))).HTML)
	if head != d.QuoteHead || quote != d.Quote || !forwarded || !ok {
		t.Errorf("split into %q, %q, %v, %v", head, quote, forwarded, ok)
	}
	d.Quote, d.QuoteHead = "", ""
	if m := Parse([]byte(build(t, d, ""))); m.Text != "See this <https://x.example/> [chart]\n\n-- \nAnn\n" {
		t.Errorf("text %q", m.Text)
	}
}

func TestEnvelope(t *testing.T) {
	from, to, err := Envelope(mail.Draft{
		From: mail.Address{Email: "ann@Bücher.example"}, To: []mail.Address{{Email: "a@x.example"}, {Email: "B@x.example"}},
		Cc: []mail.Address{{Email: "A@X.example"}}, Bcc: []mail.Address{{Email: "c@x.example"}, {Email: "b@x.example"}},
	})
	if from != "ann@xn--bcher-kva.example" || strings.Join(to, " ") != "a@x.example B@x.example c@x.example" || err != nil {
		t.Errorf("from %s to %v, %v", from, to, err)
	}
	_, _, err = Envelope(mail.Draft{From: mail.Address{Email: "a@x.example"}, Bcc: []mail.Address{{Email: "no address"}}})
	if e := mail.AsError(err); e == nil || e.Code != mail.CodeInvalid || e.Args["field"] != "bcc" || e.Args["address"] != "no address" {
		t.Errorf("got %v", err)
	}
}

func TestAddrSpec(t *testing.T) {
	for in, want := range map[string]string{
		"a@x.example": "a@x.example", "a+b@x.example": "a+b@x.example", "a..b.@docomo.example": "a..b.@docomo.example", `"a,b"@x.example`: `"a,b"@x.example`,
		"a@[192.0.2.1]": "a@[192.0.2.1]", "jörg@x.example": "jörg@x.example", "a@localhost": "a@localhost", "a_b@x_y.example": "a_b@x_y.example",
		"a@пример.испытание": "a@xn--e1afmkfd.xn--80akhbyknj4f",
		"":                   "", "a": "", "@x.example": "", "a@": "", "a b@x.example": "", "a@x.example>\r\nBcc: <b@x.example": "", "a@x example": "", "a@x.example, b@x.example": "",
		"a@.example": "", "a@x..example": "", "<a@x.example>": "", "a@[]": "", "a@[x y]": "", "a\x00@x.example": "", "a\xff@x.example": "", "a\u202e@x.example": "",
		`"a b"@x.example`: "", `"a\"@x.example`: "", "a@x.example\n": "", strings.Repeat("a", 400) + "@x.example": "",
	} {
		got, ok := addrSpec(in)
		if ok != (want != "") || ok && got != want {
			t.Errorf("addrSpec(%q) = %q, %v, want %q", in, got, ok, want)
		}
	}
}
