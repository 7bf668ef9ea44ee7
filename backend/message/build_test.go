package message

import (
	"bytes"
	"errors"
	"fmt"
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
		if bytes.HasPrefix(line, []byte("From ")) {
			t.Errorf("line %d would be changed in a mailbox file: %.200q", i, line)
		}
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

// TestPicturesInTheText: many programs show no data: address, so that such a picture
// travels as a part of its own. What a quote has stays as it is.
func TestPicturesInTheText(t *testing.T) {
	d := mail.Draft{From: mail.Address{Email: "a@x.example"}, Format: mail.FormatRich,
		Body:  `<div>src="data:image/png;base64,AAAA" <img src="data:image/png;base64,iVBO%52w%3D%3D" alt="x"><img src="data:image/png;base64,iVBORw=="><img src="data:image/png;base64,=="><img src="data:image/gif;base64,R0lG"></div>`,
		Quote: `<img src="data:image/gif;base64,R0lG">`}
	raw := build(t, d, "")
	m := Parse([]byte(raw))
	var got []string
	for _, p := range m.Parts[2:] {
		_, content, err := PartContent([]byte(raw), p.Number, false)
		got = append(got, fmt.Sprintf("%s %s %v %q %v", p.Type, p.Disposition, p.Inline, content, err))
	}
	want := `image/png inline true "\x89PNG" <nil>|image/gif inline true "GIF" <nil>`
	if strings.Join(got, "|") != want {
		t.Errorf("parts %s, want %s", strings.Join(got, "|"), want)
	}
	if len(m.Parts) == 4 {
		png, gif := m.Parts[2].ContentID, m.Parts[3].ContentID
		want := `<div>src="data:image/png;base64,AAAA" <img src="cid:` + png + `" alt="x"><img src="cid:` + png + `"><img src="data:image/png;base64,=="><img src="cid:` + gif + `"></div>`
		if !strings.Contains(m.HTML, want) || !strings.Contains(m.HTML, d.Quote) {
			t.Errorf("got  %s\nwant %s", m.HTML, want)
		}
	}
}

// TestBoundaries: what is written as it is may hold the boundary that would be chosen.
func TestBoundaries(t *testing.T) {
	d := mail.Draft{From: mail.Address{Email: "a@x.example"}, Format: mail.FormatPlain, Body: "x", Files: []mail.DraftFile{{ID: 1, Name: "m.eml", Type: "message/rfc822"}}}
	boundary := func(raw string) string {
		_, rest, _ := strings.Cut(raw, `boundary="`)
		b, _, _ := strings.Cut(rest, `"`)
		return b
	}
	first := boundary(build(t, d, ""))
	raw := build(t, d, "Subject: x\r\n\r\n--"+first+"\r\n\r\ninjected\r\n--"+first+"--\r\n")
	if b := boundary(raw); b == first || len(Parse([]byte(raw)).Parts) != 2 {
		t.Errorf("boundary %s again:\n%s", b, raw)
	}
}

// TestAttachedMessages: their octets can't be encoded.
func TestAttachedMessages(t *testing.T) {
	for _, c := range []struct{ name, content, ctype, encoding string }{
		{"ASCII", "Subject: x\r\n\r\nx\r\n", "message/rfc822", "7bit"},
		{"8-bit", "Subject: \u00fc\r\n\r\n\xfc\r\n", "message/rfc822", "8bit"},
		{"bare LF", "Subject: x\n\nx\n", "application/octet-stream", "base64"},
		{"bare CR", "Subject: x\r\n\r\nx\ry", "application/octet-stream", "base64"},
		{"NUL", "Subject: x\r\n\r\n\x00", "application/octet-stream", "base64"},
		{"a long line", "Subject: x\r\n\r\n" + strings.Repeat("x", 999), "application/octet-stream", "base64"},
		{"as long as can be", "Subject: x\r\n\r\n" + strings.Repeat("x", 998), "message/rfc822", "7bit"},
	} {
		d := mail.Draft{From: mail.Address{Email: "a@x.example"}, Format: mail.FormatPlain, Body: "x", Files: []mail.DraftFile{{ID: 1, Name: "m.eml", Type: "message/rfc822"}}}
		raw := build(t, d, c.content)
		p, content, err := PartContent([]byte(raw), "2", false)
		if err != nil || p.Type != c.ctype || string(content) != c.content || !strings.Contains(raw, "Content-Transfer-Encoding: "+c.encoding+"\r\nContent-Disposition") {
			t.Errorf("%s: %+v, %.100q, %v:\n%.1000s", c.name, p, content, err, raw)
		}
		header, _, _ := strings.Cut(raw, "\r\n\r\n")
		if eight := strings.Contains(header, "Content-Transfer-Encoding: 8bit"); eight != (c.encoding == "8bit") {
			t.Errorf("%s: the header says %s", c.name, header)
		}
	}
	d := mail.Draft{From: mail.Address{Email: "a@x.example"}, Format: mail.FormatPlain, Files: []mail.DraftFile{{ID: 1, Name: "m", Type: "multipart/mixed"}}}
	if p := Parse([]byte(build(t, d, "x"))).Parts[1]; p.Type != "application/octet-stream" || p.Size != 1 {
		t.Errorf("a file that says it is a multipart is %+v", p)
	}
}

// TestAttachedText: its octets stay; that it is UTF-8 is said where it is.
func TestAttachedText(t *testing.T) {
	for content, want := range map[string]string{"a\nb\r\n": "", "\u00fc": "utf-8", "\xfc": ""} {
		d := mail.Draft{From: mail.Address{Email: "a@x.example"}, Format: mail.FormatPlain, Files: []mail.DraftFile{{ID: 1, Name: "a.csv", Type: "text/csv"}}}
		p, got, err := PartContent([]byte(build(t, d, content)), "2", false)
		if err != nil || string(got) != content || p.Type != "text/csv" || p.Params["charset"] != want {
			t.Errorf("%q arrives as %q, %+v (%v)", content, got, p, err)
		}
	}
}

// TestEncodings: lines that mailbox files and relays would change are encoded.
func TestEncodings(t *testing.T) {
	for _, c := range []struct{ text, encoding, want string }{
		{"plain.\n.dot\n", "7bit", "plain.\r\n.dot\r\n"},
		{"\u00fc is one of very few here\nFrom me\n.\nend \n", "quoted-printable", "=C3=BC is one of very few here\r\n=46rom me\r\n=2E\r\nend=20\r\n"},
		{"From me\n", "quoted-printable", "=46rom me\r\n"},
		{strings.Repeat("x", 75) + "From me\u00fc", "quoted-printable", strings.Repeat("x", 75) + "=\r\n=46rom me=C3=BC"},
		{strings.Repeat("x", 74) + "\u00fc", "quoted-printable", strings.Repeat("x", 74) + "=\r\n=C3=BC"},
		{"\u4f60\u597d", "base64", "5L2g5aW9\r\n"},
	} {
		if encoding, body := encodeText(c.text); encoding != c.encoding || string(body) != c.want {
			t.Errorf("%q is %s %q, want %s %q", c.text, encoding, body, c.encoding, c.want)
		}
	}
}

func TestFlow(t *testing.T) {
	long := strings.Repeat("word ", 20) + "end"
	for in, want := range map[string]string{
		"":                                      "\n",
		"a  \n-- \nb":                           "a\n-- \nb\n",
		"From a\n b\n>c":                        " From a\n  b\n> c\n",
		"> > a\n>\n>>> b":                       ">> a\n>\n>>> b\n",
		long:                                    strings.Repeat("word ", 14) + "\n" + strings.Repeat("word ", 6) + "end\n",
		"> " + long:                             "> " + strings.Repeat("word ", 14) + "\n> " + strings.Repeat("word ", 6) + "end\n",
		"-- " + strings.Repeat("x", 90):         "-- " + strings.Repeat("x", 90) + "\n",
		strings.Repeat("x", 70) + " From there": strings.Repeat("x", 70) + " \n From there\n",
		strings.Repeat("x", 70) + " >there":     strings.Repeat("x", 70) + " \n >there\n",
		strings.Repeat("\u00fc", 72):            strings.Repeat("\u00fc", 72) + "\n",
	} {
		if got := flow(in); got != want {
			t.Errorf("flow(%q)\n= %q\nwant %q", in, got, want)
		}
	}
}

func TestPlainText(t *testing.T) {
	for in, want := range map[string]string{
		"a  b\n c": "a b c\n",
		"<div>a</div><div><br></div><div>b<br></div>c": "a\n\nb\nc\n",
		"<p>a</p><p>b</p>": "a\n\nb\n",
		"<h1>T</h1>x":      "T\n\nx\n",
		"a<blockquote>b<blockquote>c</blockquote>d</blockquote>e": "a\n\n> b\n>\n> > c\n>\n> d\n\ne\n",
		"<ul><li>a</li><li>b<ol start=3><li>c<li>d</ol></ul>x":    "* a\n* b\n  3. c\n  4. d\n\nx\n",
		"<ul><li>a<br>b</li></ul>":                                "* a\n  b\n",
		`<a href="https://x.example/">x.example</a> <a href="https://x.example/a">here</a> <a href="mailto:a@x.example">a@x.example</a>`: "x.example here <https://x.example/a> a@x.example\n",
		`<a href="https://x.example/">https://x.example</a>`:                                                                             "https://x.example\n",
		`<a href="https://x.example/a"><img alt="Logo"></a> <a href="https://x.example/b"><img></a>`:                                     "[Logo] <https://x.example/a>\n",
		"<pre>a\n  b</pre>c": "a\n  b\n\nc\n",
		"<table><tr><td>a</td><td>b</td></tr><tr><td>c</td></tr></table>": "a  b\nc\n",
		"a<hr>b": "a\n--------------------\nb\n",
		"<style>x</style><script>y</script><p style='display: none'>z</p>a&nbsp;&nbsp;b": "a  b\n",
		"": "\n",
	} {
		if got := PlainText(in); got != want {
			t.Errorf("PlainText(%q)\n= %q\nwant %q", in, got, want)
		}
	}
	if got := PlainText(strings.Repeat("<div>", 3000) + "x"); got != "x\n" {
		t.Errorf("deeply nested: %q", got)
	}
}

func TestBuildRefuses(t *testing.T) {
	for field, d := range map[string]mail.Draft{
		"from": {From: mail.Address{Email: "a"}}, "replyTo": {From: mail.Address{Email: "a@x.example"}, ReplyTo: []mail.Address{{Email: "b"}}},
		"cc": {From: mail.Address{Email: "a@x.example"}, Cc: []mail.Address{{Name: "B"}}}, "bcc": {From: mail.Address{Email: "a@x.example"}, Bcc: []mail.Address{{Email: "b"}}},
	} {
		_, err := Build(d, nil, built)
		if e := mail.AsError(err); e == nil || e.Code != mail.CodeInvalid || e.Args["field"] != field {
			t.Errorf("%s: %v", field, err)
		}
	}
	broken := errors.New("the disk is gone")
	_, err := Build(mail.Draft{From: mail.Address{Email: "a@x.example"}, Files: []mail.DraftFile{{ID: 1}}}, func(mail.DraftFileID) ([]byte, error) { return nil, broken }, built)
	if !errors.Is(err, broken) {
		t.Errorf("a file that can't be read gives %v", err)
	}
	if _, err := Build(mail.Draft{From: mail.Address{Email: "a@x.example"}}, nil, BuildOptions{}); mail.CodeOf(err) != mail.CodeInternal {
		t.Errorf("no Message-ID gives %v", err)
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
