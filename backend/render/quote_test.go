package render

import (
	"regexp"
	"strings"
	"testing"

	"waxwing/backend/mailtest"
	"waxwing/backend/message"
)

// quoteOf quotes HTML.
func quoteOf(source string) string {
	q, _ := Quote(&message.Message{HTML: source, Parts: inlineParts}, func(number string) string { return "cid:" + number })
	return q
}

// remote are the addresses of pictures that a quote keeps and a document mustn't.
var remote = regexp.MustCompile(`(?i)https?://[^\s"'<>(),]*`)

// quoteViolations are those of a document, but for remote pictures and identifiers.
func quoteViolations(t testing.TB, quote string) []string {
	t.Helper()
	style, rest := "", quote
	if after, ok := strings.CutPrefix(quote, "<style>"); ok {
		style, rest, _ = strings.Cut(after, "</style>")
	}
	var found []string
	for _, v := range violations(t, []byte("<style></style><style>"+style+"</style>"+rest)) {
		switch {
		case strings.Contains(v, " id="), strings.Contains(v, "a href=#"):
		case strings.Contains(v, " src=cid:"), strings.Contains(v, " src=http"), strings.Contains(v, " srcset=") && remote.MatchString(v):
		case strings.HasPrefix(v, "style: url http"), strings.HasPrefix(v, "style: url cid:"):
		default:
			found = append(found, v)
		}
	}
	return found
}

func quote(t testing.TB, source string) {
	t.Helper()
	q := quoteOf(source)
	for _, v := range quoteViolations(t, q) {
		t.Errorf("%.300q\nlets through %.500s\nin %.2000s", source, v, q)
	}
	cids := &message.Message{}
	for _, n := range []string{"2", "3", "4"} {
		cids.Parts = append(cids.Parts, message.Part{Number: n, ContentID: n, Type: "image/png"})
	}
	if again := Requote(q, cids, func(number string) string { return "cid:" + number }); again != q {
		t.Errorf("%.300q\nquotes as %.2000q\nand again %.2000q", source, q, again)
	}
}

func TestHostileQuotes(t *testing.T) {
	for name, source := range hostile(t) {
		t.Run(name, func(t *testing.T) {
			quote(t, source)
			quote(t, "<div title=\"<table><b>"+source)
		})
	}
}

func FuzzQuote(f *testing.F) {
	for _, source := range hostile(f) {
		if len(source) < 5000 {
			f.Add(source)
		}
	}
	f.Fuzz(func(t *testing.T, source string) { quote(t, source) })
}

func TestQuote(t *testing.T) {
	name := regexp.MustCompile(`quote-[0-9a-f]{8}`)
	for _, c := range []struct{ name, in, want string }{
		{"as it was", `<h2 id=a class=b>x</h2><a href="#a">y</a><img src="https://x.example/a.png" width=1>`,
			`<div class="Q" dir="auto"><h2 class="b" id="a">x</h2><a href="#a">y</a><img src="https://x.example/a.png" width="1"></div>`},
		{"the body's looks", `<body bgcolor=red class=b>x</body>`, `<div class="Q b" style="background-color:red;" dir="auto">x</div>`},
		{"a style sheet", `<style>body,html body p, a[title="x,y"]:not(.a,.b){color:red}#a{margin:0}@media (prefers-color-scheme:dark){p{color:blue}}</style>x`,
			"<style>div.Q,div.Q p,.Q a[title=\"x,y\"]:not(.a,.b){color:red;}\n.Q #a{margin:0;}\n@media (prefers-color-scheme:dark){.Q p{color:blue;}\n}\n</style>\n<div class=\"Q\" dir=\"auto\">x</div>"},
		{"no fold", `x<blockquote type=cite>y</blockquote>-----Original Message-----<br>z`, `<div class="Q" dir="auto">x<blockquote type="cite">y</blockquote>-----Original Message-----<br>z</div>`},
		{"a picture within", `<img src="cid:logo@x"><img src="cid:vector@x"><img src="cid:none">`, `<div class="Q" dir="auto"><img src="cid:2"><img src="cid:3"><img></div>`},
		{"nothing but a style sheet", `<style>p{color:red}</style>`, ``},
		{"the program's classes", `<p class="waxwing-signature a">x</p>`, `<div class="Q" dir="auto"><p class="a">x</p></div>`},
	} {
		quote(t, c.in)
		if got := name.ReplaceAllString(quoteOf(c.in), "Q"); got != c.want {
			t.Errorf("%s: got  %s\nwant %s", c.name, got, c.want)
		}
	}
	q, cut := Quote(&message.Message{Text: "Hi <b>\n> so it was\n> > before\n"}, nil)
	want := `<div class="Q" style="white-space:pre-wrap;">Hi &lt;b&gt;` + "\n" + quoteTag + "so it was\n" + quoteTag + "before\n</blockquote></blockquote></div>"
	if got := name.ReplaceAllString(q, "Q"); got != want || cut {
		t.Errorf("got  %q\nwant %q", got, want)
	}
	quote(t, "")
	if again := Requote(q, &message.Message{}, nil); again != q {
		t.Errorf("again %q\nwant %q", again, q)
	}
	long := strings.Repeat("<p>x</p>", 30000)
	if q, cut := Quote(&message.Message{HTML: long}, nil); cut || !strings.Contains(q, long) {
		t.Errorf("%d octets of %d, %v", len(q), len(long), cut)
	}
	if _, cut := Quote(&message.Message{HTML: strings.Repeat("x", maxSentSource+1)}, nil); !cut {
		t.Error("a cut quote doesn't say so")
	}
}

// TestQuoteShowsAsTheOriginal: a reader sees of a quote what it sees of the
// original, down to each element and declaration.
func TestQuoteShowsAsTheOriginal(t *testing.T) {
	const count = 400
	seen := 0
	for m := range mailtest.Corpus(count, 7) {
		parsed := message.Parse(m.Raw)
		if parsed.HTML == "" {
			continue
		}
		seen++
		o := Options{RemoteURL: func(url string) string { return "/part/1?" + url }, PartURL: partURL}
		original := bodyOf(string(Body(parsed, o).HTML))
		q, _ := Quote(parsed, func(number string) string { return "cid:" + number })
		again := &message.Message{HTML: q}
		for _, p := range parsed.Parts {
			p.ContentID = p.Number
			again.Parts = append(again.Parts, p)
		}
		shown := bodyOf(string(Body(again, o).HTML))
		shown = strings.TrimSuffix(strings.TrimPrefix(shown, bodyStart), bodyEnd)
		// The quote's own element stands where the mail's stood.
		_, name, _ := strings.Cut(q, `<div class="`)
		name, _, _ = strings.Cut(name, `"`)
		if want := strings.Replace(original, "waxwing-mail", name, 1); shown != want {
			t.Fatalf("%s\nshows as %.3000s\nthe original as %.3000s", m.Truth.Subject, shown, want)
		}
		for _, v := range quoteViolations(t, q) {
			t.Error(v)
		}
	}
	if seen < count/3 {
		t.Errorf("only %d of %d have HTML", seen, count)
	}
}
