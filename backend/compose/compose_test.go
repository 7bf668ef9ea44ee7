package compose

import (
	"strings"
	"testing"
	"time"

	"waxwing/backend/mail"
	"waxwing/backend/message"
)

var (
	ann = mail.Identity{ID: 1, Account: 1, Address: mail.Address{Name: "Ann", Email: "ann@example.org"}, Signature: "<b>Ann</b><br>Wing &amp; Co"}
	box = mail.Identity{ID: 2, Account: 1, Address: mail.Address{Name: "Ann at the box office", Email: "box@example.org"}, Bcc: []mail.Address{{Email: "archive@example.org"}}}
)

func options() Options { return Options{Identities: []mail.Identity{ann, box}, Zone: time.UTC} }

// original makes one of header fields and a text.
func original(fields ...string) Original {
	return Original{ID: 7, Raw: []byte(strings.Join(fields, "\r\n") + "\r\n\r\nHello\r\n")}
}

func list(addresses []mail.Address) string {
	var out []string
	for _, a := range addresses {
		out = append(out, a.Email)
	}
	return strings.Join(out, " ")
}

func TestWhomToAnswer(t *testing.T) {
	const date = "Date: Thu, 12 Mar 2026 14:02:00 +0000"
	for _, c := range []struct {
		name              string
		fields            []string
		from, to, all, cc string
	}{
		{"the sender", []string{"From: Bob <bob@x.example>", "To: ann@example.org"}, "ann@example.org", "bob@x.example", "bob@x.example", ""},
		{"everybody, each once, not oneself", []string{"From: bob@x.example", "To: Ann@Example.org, carl@x.example, BOB@x.example", "Cc: dora@x.example, carl@x.example, box@example.org"},
			"ann@example.org", "bob@x.example", "bob@x.example carl@x.example", "dora@x.example"},
		{"where answers are wanted", []string{"From: bob@x.example", "Reply-To: team@x.example", "To: ann@example.org, team@x.example"}, "ann@example.org", "team@x.example", "team@x.example", ""},
		{"a Reply-To without an address", []string{"From: bob@x.example", "Reply-To: nobody", "To: ann@example.org"}, "ann@example.org", "bob@x.example", "bob@x.example", ""},
		{"written to the second identity", []string{"From: bob@x.example", "To: someone@x.example", "Cc: box@example.org"}, "box@example.org", "bob@x.example", "bob@x.example someone@x.example", ""},
		{"written to a tagged address", []string{"From: bob@x.example", "To: box+shop@example.org"}, "box@example.org", "bob@x.example", "bob@x.example", ""},
		{"delivered to the second identity", []string{"Delivered-To: box@example.org", "From: bob@x.example", "To: list@x.example"}, "box@example.org", "bob@x.example", "bob@x.example list@x.example", ""},
		{"one's own message", []string{"From: box@example.org", "To: bob@x.example, ann@example.org", "Cc: carl@x.example"}, "box@example.org", "bob@x.example", "bob@x.example", "carl@x.example"},
		{"one's own message to copies only", []string{"From: ann@example.org", "Cc: carl@x.example"}, "ann@example.org", "", "", "carl@x.example"},
		{"one's message to oneself", []string{"From: ann@example.org", "To: ann@example.org"}, "ann@example.org", "ann@example.org", "ann@example.org", ""},
		{"a list", []string{"From: bob@x.example", "To: list@x.example", "List-Id: <list.x.example>"}, "ann@example.org", "bob@x.example", "bob@x.example list@x.example", ""},
		{"a list with its wish", []string{"From: bob@x.example", "To: list@x.example", "List-Id: <list.x.example>", "Mail-Followup-To: list@x.example"}, "ann@example.org", "bob@x.example", "list@x.example", ""},
		{"nobody", []string{"Subject: x"}, "ann@example.org", "", "", ""},
	} {
		o := original(append(c.fields, date)...)
		one, all := Reply(o, options()).Draft, ReplyAll(o, options()).Draft
		copies := ""
		if c.to == "" {
			copies = c.cc
		}
		if one.From.Email != c.from || list(one.To) != c.to || list(one.Cc) != copies {
			t.Errorf("%s: from %s to %q cc %q, want from %s to %q cc %q", c.name, one.From.Email, list(one.To), list(one.Cc), c.from, c.to, copies)
		}
		if list(all.To) != c.all || list(all.Cc) != c.cc {
			t.Errorf("%s, all: to %q cc %q, want %q and %q", c.name, list(all.To), list(all.Cc), c.all, c.cc)
		}
		if one.Original != 7 || one.Kind != mail.DraftReply || all.Kind != mail.DraftReplyAll {
			t.Errorf("%s: %+v", c.name, one)
		}
	}
	o := options()
	o.Elsewhere = []mail.Identity{{Address: mail.Address{Email: "ann@home.example"}}}
	if d := ReplyAll(original("From: bob@x.example", "To: ann@home.example, carl@x.example"), o).Draft; list(d.To) != "bob@x.example carl@x.example" || d.From.Email != "ann@example.org" {
		t.Errorf("from %s to %q", d.From.Email, list(d.To))
	}
	if d := Reply(original("From: bob@x.example", "To: box@example.org"), options()).Draft; list(d.Bcc) != "archive@example.org" {
		t.Errorf("Bcc %v, want that of the identity", d.Bcc)
	}
}

func TestSubjects(t *testing.T) {
	for _, c := range []struct{ in, reply, forward string }{
		{"Hello", "Re: Hello", "Fwd: Hello"},
		{"Re: Hello", "Re: Hello", "Fwd: Re: Hello"},
		{"RE: re : Hello", "Re: Hello", "Fwd: RE: re : Hello"},
		{"AW: Re[2]: SV: Hello", "Re: Hello", "Fwd: AW: Re[2]: SV: Hello"},
		{"Fwd: Hello", "Re: Fwd: Hello", "Fwd: Hello"},
		{"WG: Fw: Hello", "Re: WG: Fw: Hello", "Fwd: Hello"},
		{"回复：你好", "Re: 你好", "Fwd: 回复：你好"},
		{"Reminder: 12:00", "Re: Reminder: 12:00", "Fwd: Reminder: 12:00"},
		{"[list] Re: Hello", "Re: [list] Re: Hello", "Fwd: [list] Re: Hello"},
		{"", "Re:", "Fwd:"}, {"Re:", "Re:", "Fwd: Re:"},
	} {
		if reply, forward := replySubject(c.in), forwardSubject(c.in); reply != c.reply || forward != c.forward {
			t.Errorf("%q gives %q and %q, want %q and %q", c.in, reply, forward, c.reply, c.forward)
		}
	}
}

func TestThreading(t *testing.T) {
	for _, c := range []struct {
		name, in, want string
	}{
		{"first answer", "Message-ID: <1@x>", "1@x"},
		{"in a thread", "Message-ID: <3@x>\r\nReferences: <1@x>\r\n <2@x>\r\nIn-Reply-To: <2@x>", "1@x 2@x 3@x"},
		{"only In-Reply-To", "Message-ID: <3@x>\r\nIn-Reply-To: <2@x>", "2@x 3@x"},
		{"two in In-Reply-To", "Message-ID: <3@x>\r\nIn-Reply-To: <1@x> <2@x>", "3@x"},
		{"names itself", "Message-ID: <3@x>\r\nReferences: <3@x> <1@x>", "1@x 3@x"},
		{"no Message-ID", "References: <1@x>", "1@x"},
		{"none", "Subject: x", ""},
	} {
		d := Reply(original("From: bob@x.example", c.in), options()).Draft
		if got := strings.Join(d.References, " "); got != c.want {
			t.Errorf("%s: References %q, want %q", c.name, got, c.want)
		}
	}
	var ids []string
	for i := range 300 {
		ids = append(ids, "<"+strings.Repeat("i", i+1)+"@x>")
	}
	d := Reply(original("Message-ID: <last@x>", "References: "+strings.Join(ids, "\r\n ")), options()).Draft
	if n := len(d.References); n != maxReferences || d.References[0] != "i@x" || d.References[n-1] != "last@x" {
		t.Errorf("%d references from %s to %s", n, d.References[0], d.References[n-1])
	}
}

const page = "From: Ada <ada@x.example>\r\nTo: ann@example.org\r\nDate: Thu, 12 Mar 2026 14:02:00 +0100\r\nSubject: News\r\nMessage-ID: <1@x>\r\n" +
	"Content-Type: multipart/mixed; boundary=m\r\n\r\n--m\r\nContent-Type: multipart/related; boundary=r\r\n\r\n" +
	"--r\r\nContent-Type: text/html\r\n\r\n<html><head><style>body{color:#333} p{margin:0}</style></head><body bgcolor=white><p id=top onclick=x>Hi <img src=\"cid:logo@x\"> <img src=\"https://x.example/a.png\"></p><script>x</script></body></html>\r\n" +
	"--r\r\nContent-Type: image/png; name=logo.png\r\nContent-ID: <logo@x>\r\nContent-Transfer-Encoding: base64\r\n\r\niVBORw0K\r\n--r--\r\n" +
	"--m\r\nContent-Type: application/pdf\r\nContent-Disposition: attachment; filename=a.pdf\r\n\r\n%PDF\r\n--m--\r\n"

func TestQuote(t *testing.T) {
	s := Reply(Original{Raw: []byte(page)}, options())
	if len(s.Files) != 1 || s.Files[0].Name != "logo.png" || s.Files[0].Type != "image/png" || string(s.Files[0].Content) != "\x89PNG\r\n" {
		t.Fatalf("files %+v, want the picture", s.Files)
	}
	q := s.Draft.Quote
	_, name, _ := strings.Cut(q, `<div class="`)
	name, _, _ = strings.Cut(name, `"`)
	want := "<style>div." + name + "{color:#333;}\n." + name + " p{margin:0;}\n</style>\n" +
		`<div class="` + name + `" style="background-color:white;" dir="auto"><p id="top">Hi <img src="cid:` + s.Files[0].ContentID + `"> <img src="https://x.example/a.png"></p></div>`
	if q != want {
		t.Errorf("got  %s\nwant %s", q, want)
	}
	if want := "On 12 March 2026 at 13:02, Ada wrote:"; s.Draft.QuoteHead != want {
		t.Errorf("got %q, want %q", s.Draft.QuoteHead, want)
	}
	german := options()
	german.Language = "de"
	if got, want := Reply(Original{Raw: []byte(page)}, german).Draft.QuoteHead, "Am 12. März 2026 um 13:02 schrieb Ada:"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if want := `<div><br></div><div class="waxwing-signature"><b>Ann</b><br>Wing &amp; Co</div>`; s.Draft.Body != want {
		t.Errorf("got %s, want %s", s.Draft.Body, want)
	}
	f := Forward(Original{Raw: []byte(page)}, german)
	if len(f.Files) != 2 || f.Files[1].Name != "a.pdf" || string(f.Files[1].Content) != "%PDF" {
		t.Errorf("files %+v, want the picture and the attachment", f.Files)
	}
	if want := "---------- Weitergeleitete Nachricht ----------\nVon: Ada <ada@x.example>\nDatum: 12. März 2026 um 13:02\nBetreff: News\nAn: ann@example.org"; f.Draft.QuoteHead != want {
		t.Errorf("got  %q\nwant %q", f.Draft.QuoteHead, want)
	}
	a := ForwardAttached(Original{Raw: []byte(page)}, german)
	if len(a.Files) != 1 || a.Files[0].Name != "News.eml" || a.Files[0].Type != "message/rfc822" || string(a.Files[0].Content) != page || a.Draft.Quote != "" {
		t.Errorf("attached %+v", a)
	}
}

func TestPlain(t *testing.T) {
	o := options()
	o.Format = mail.FormatPlain
	raw := []byte("From: Ada <ada@x.example>\r\nDate: Thu, 12 Mar 2026 14:02:00 +0000\r\n\r\nHi\r\n\r\n> so\r\n-- \r\nA\r\n\r\n")
	want := "\n\nOn 12 March 2026 at 14:02, Ada wrote:\n> Hi\n>\n>> so\n> -- \n> A\n\n\n-- \nAnn\nWing & Co\n"
	if got := Reply(Original{Raw: raw}, o).Draft; got.Body != want || got.Quote != "" || got.QuoteHead != "" || got.Format != mail.FormatPlain {
		t.Errorf("got  %q\nwant %q", got.Body, want)
	}
}

func TestMailto(t *testing.T) {
	for _, c := range []struct{ link, to, cc, bcc, subject, body string }{
		{"mailto:a@x.example", "a@x.example", "", "", "", ""},
		{"MAILTO:a@x.example,b%40x.example?cc=c@x.example&bcc=d@x.example&to=e@x.example&Subject=Gr%C3%BC%C3%9Fe+1&body=a%0D%0Ab%3C", "a@x.example b@x.example e@x.example", "c@x.example", "d@x.example", "Grüße+1", "<div>a</div><div>b&lt;</div>"},
		{"mailto:?subject=a%0D%0ABcc:%20x@x.example", "", "", "", "a  Bcc: x@x.example", ""},
		{"mailto:a@x.example%0D%0ABcc:x@x.example?x-header=1&from=x", "Bcc:x@x.example", "", "", "", ""},
		{"mailto:?subject=%ff%00%u", "", "", "", "\uFFFD%u", ""},
	} {
		s, ok := Mailto(c.link, Options{Identities: []mail.Identity{box}})
		d := s.Draft
		if !ok || list(d.To) != c.to || list(d.Cc) != c.cc || list(d.Bcc) != strings.TrimSpace("archive@example.org "+c.bcc) || d.Subject != c.subject || d.Body != c.body+emptyLine {
			t.Errorf("%s: %v, to %q cc %q bcc %q subject %q body %q", c.link, ok, list(d.To), list(d.Cc), list(d.Bcc), d.Subject, d.Body)
		}
	}
	for _, link := range []string{"", "a@x.example", "http://x.example", "mailto"} {
		if _, ok := Mailto(link, options()); ok {
			t.Errorf("%q passes for a mailto link", link)
		}
	}
}

// TestForwardWhole: what can't be passed on whole below the text is attached.
func TestForwardWhole(t *testing.T) {
	const head = "Subject: x\r\nContent-Type: "
	many := head + "multipart/mixed; boundary=b\r\n\r\n" + strings.Repeat("--b\r\nContent-Type: image/png\r\n\r\nx\r\n", 101) + "--b--\r\n"
	deep := "Subject: x\r\n"
	for i := range 40 {
		b := strings.Repeat("b", i+1)
		deep += "Content-Type: multipart/mixed; boundary=" + b + "\r\n\r\n--" + b + "\r\n"
	}
	long := head + "text/html\r\n\r\n" + strings.Repeat(strings.Repeat("word ", 190)+"\r\n", 18<<10)
	wide := head + "text/html; charset=iso-8859-1\r\n\r\n" + strings.Repeat(strings.Repeat("\xfc", 900)+"\r\n", 11<<10)
	for name, raw := range map[string]string{"files": many, "depth": deep + "\r\nx", "length": long, "length as UTF-8": wide} {
		s := Forward(Original{ID: 3, Raw: []byte(raw)}, options())
		if s.Draft.Kind != mail.DraftAttached || len(s.Files) != 1 || string(s.Files[0].Content) != raw || s.Draft.Quote != "" || s.Draft.Original != 3 {
			t.Errorf("%s: %s with %d files", name, s.Draft.Kind, len(s.Files))
		}
	}
}

func TestEditAsNew(t *testing.T) {
	raw := "From: box@example.org\r\nTo: bob@x.example\r\nCc: carl@x.example\r\nReply-To: team@x.example\r\nSubject: Re: x\r\nIn-Reply-To: <1@x>\r\nReferences: <1@x>\r\nDisposition-Notification-To: box@example.org\r\n\r\nHello\r\n"
	d := EditAsNew(Original{Raw: []byte(raw)}, options()).Draft
	if d.Kind != mail.DraftEditNew || d.From != box.Address || list(d.To) != "bob@x.example" || list(d.Cc) != "carl@x.example" || list(d.ReplyTo) != "team@x.example" ||
		d.Subject != "Re: x" || d.Body != "Hello\n" || d.Format != mail.FormatPlain || !d.Receipt || len(d.InReplyTo)+len(d.References) > 0 {
		t.Errorf("got %+v", d)
	}
	d = FromMessage([]byte(raw), options()).Draft
	if d.Kind != mail.DraftReply || strings.Join(d.InReplyTo, " ") != "1@x" || strings.Join(d.References, " ") != "1@x" {
		t.Errorf("got %+v", d)
	}
}

// TestFromMessage: what Build wrote is the same draft again.
func TestFromMessage(t *testing.T) {
	for _, begin := range []func(Original, Options) Start{Reply, Forward, ForwardAttached, func(_ Original, o Options) Start { return New(o) }} {
		for _, format := range []mail.BodyFormat{mail.FormatRich, mail.FormatPlain} {
			o := options()
			o.Format = format
			s := begin(Original{Raw: []byte(page)}, o)
			d := s.Draft
			d.Bcc = []mail.Address{{Email: "secret@x.example"}}
			contents := map[mail.DraftFileID][]byte{}
			for i, f := range s.Files {
				id := mail.DraftFileID(i + 1)
				contents[id] = f.Content
				d.Files = append(d.Files, mail.DraftFile{ID: id, Name: f.Name, Type: f.Type, ContentID: f.ContentID})
			}
			raw, err := message.Build(d, func(id mail.DraftFileID) ([]byte, error) { return contents[id], nil },
				message.BuildOptions{MessageID: "1@example.org", Date: time.Now(), Unfinished: true})
			if err != nil {
				t.Fatal(err)
			}
			again := FromMessage(raw, o)
			if len(again.Files) != len(s.Files) {
				t.Fatalf("%s %s: %d files, want %d\n%s", d.Kind, format, len(again.Files), len(s.Files), raw)
			}
			got := again.Draft
			for i, f := range again.Files {
				if string(f.Content) != string(s.Files[i].Content) || f.Name != s.Files[i].Name || f.Type != s.Files[i].Type {
					t.Errorf("%s %s: file %+v, want %+v", d.Kind, format, f, s.Files[i])
				}
				if f.ContentID != "" {
					got.Quote = strings.ReplaceAll(got.Quote, f.ContentID, s.Files[i].ContentID)
				}
			}
			if got.Body != d.Body && strings.TrimSpace(got.Body) != strings.TrimSpace(d.Body) || got.Quote != d.Quote || got.QuoteHead != d.QuoteHead {
				t.Errorf("%s %s: got\n%q\n%q\n%q, want\n%q\n%q\n%q", d.Kind, format, got.Body, got.QuoteHead, got.Quote, d.Body, d.QuoteHead, d.Quote)
			}
			if list(got.Bcc) != "secret@x.example" || got.Subject != d.Subject || got.From != d.From || list(got.To) != list(d.To) || got.Format != format || strings.Join(got.References, " ") != strings.Join(d.References, " ") {
				t.Errorf("%s %s: got %+v\nwant %+v", d.Kind, format, got, d)
			}
		}
	}
}
