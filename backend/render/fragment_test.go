package render

import (
	"regexp"
	"strings"
	"testing"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"

	"waxwing/backend/message"
)

// harmlessShown are the sources of pictures that are shown without a request.
var harmlessShown = regexp.MustCompile(`^(cid:[^\s"<>]*|data:image/(png|jpeg|gif|webp);base64,[A-Za-z0-9+/=%_ -]*)$`)

// fragmentViolations names everything in a fragment that must not stand in the
// application's own document.
func fragmentViolations(t testing.TB, fragment string) []string {
	t.Helper()
	var found []string
	for _, scripting := range []bool{true, false} {
		nodes, err := html.ParseFragmentWithOptions(strings.NewReader(fragment), &html.Node{Type: html.ElementNode, DataAtom: atom.Body, Data: "body"}, html.ParseOptionEnableScripting(scripting))
		if err != nil {
			return []string{"the output can't be parsed: " + err.Error()}
		}
		root := &html.Node{Type: html.DocumentNode}
		for _, n := range nodes {
			root.AppendChild(n)
		}
		for n := range root.Descendants() {
			switch n.Type {
			case html.CommentNode:
				found = append(found, "comment")
			case html.ElementNode:
				if n.Namespace != "" || !permittedElements[n.Data] || n.DataAtom == atom.Style || n.DataAtom == atom.Meta || n.DataAtom == atom.Html || n.DataAtom == atom.Body || n.DataAtom == atom.Details {
					found = append(found, "element "+n.Data)
				}
			}
			for _, a := range n.Attr {
				ok := permittedAttributes[a.Key]
				switch a.Key {
				case "class":
					ok = a.Val == message.SignatureClass
				case "id", "target", "rel", "open":
					ok = false
				case "href":
					ok = n.Data == "a" && harmlessLink.MatchString(a.Val) && a.Val[0] != '#'
				case "src":
					ok = n.Data == "img" && harmlessShown.MatchString(a.Val)
				case "srcset":
					for _, c := range strings.Split(a.Val, ", ") {
						u, _, _ := strings.Cut(c, " ")
						ok = ok && harmlessShown.MatchString(u)
					}
				case "style":
					ok = !cssForbidden.MatchString(cssStrings(a.Val)) && !strings.Contains(strings.ToLower(unescapeForTest(a.Val)), "position:")
					for _, m := range cssURLs.FindAllStringSubmatch(unescapeForTest(a.Val), -1) {
						ok = ok && harmlessShown.MatchString(m[1])
					}
				}
				if !ok {
					found = append(found, n.Data+" "+a.Key+"="+a.Val)
				}
			}
		}
	}
	return found
}

// fragment checks what Fragment and Paste promise of every source.
func fragment(t testing.TB, source string) string {
	t.Helper()
	for name, clean := range map[string]func(string) string{"Fragment": Fragment, "Paste": Paste} {
		out := clean(source)
		for _, v := range fragmentViolations(t, out) {
			t.Errorf("%s of %.300q\nlets through %.500s\nin %.2000s", name, source, v, out)
		}
		if again := Fragment(out); again != out {
			t.Errorf("%s of %.300q\ngives %.2000q\nand again %.2000q", name, source, out, again)
		}
	}
	return Fragment(source)
}

func TestHostileFragments(t *testing.T) {
	for name, source := range hostile(t) {
		t.Run(name, func(t *testing.T) {
			fragment(t, source)
			fragment(t, "<div title=\"<table><b>"+source)
		})
	}
}

func TestFragmentOracle(t *testing.T) {
	for _, bad := range []string{
		"<script>x</script>", "<style>p{}</style>", "<img src=https://evil.example/a.png>", "<p class=x>", "<p id=x>", "<a href=javascript:x>x</a>", "<a href=#x>x</a>",
		"<p style='position:absolute'>", "<p style='background:url(https://evil.example)'>", "<p onclick=x>", "<img srcset='//evil.example 1x'>", "<details></details>", "<!-- x -->",
	} {
		if len(fragmentViolations(t, bad)) == 0 {
			t.Errorf("the oracle finds nothing in %s", bad)
		}
	}
}

func FuzzFragment(f *testing.F) {
	for _, source := range hostile(f) {
		if len(source) < 5000 {
			f.Add(source)
		}
	}
	f.Fuzz(func(t *testing.T, source string) { fragment(t, source) })
}

func TestFragment(t *testing.T) {
	for _, c := range []struct{ name, in, want string }{
		{"what the composer writes", `<div>a <b>b</b><br></div><div><br></div><ul><li>x</li></ul><blockquote>q</blockquote>`, ``},
		{"a signature", `<div class="waxwing-signature">Ann</div>`, ``},
		{"a picture of one's own", `<img src="cid:part1.ab@waxwing" alt="x">`, ``},
		{"pixels", `<img src="data:image/png;base64,iVBO">`, ``},
		{"colour", `<span style="color:#f00;font-size:12px;">a</span>`, ``},
		{"link", `<a href="https://x.example/">a</a>`, ``},
		{"text only", `a < b`, `a &lt; b`},
		{"a picture from elsewhere", `a <img src="https://x.example/a.png" alt="chart"> b`, `a chart b`},
		{"a document", `<html><head><title>t</title><style>p{}</style></head><body class=x bgcolor=red><p id=a class=b>x</p></body></html>`, `<p>x</p>`},
		{"out of place", `<p style="position:absolute;top:0;margin-left:-9px;display:none;color:red">x</p>`, `<p style="color:red;">x</p>`},
		{"looks of a frame", `<p style="box-shadow:0 0 9px red;cursor:wait;overflow:hidden;z-index:9;text-align:center">x</p>`, `<p style="text-align:center;">x</p>`},
		{"a mark", `<a name="x" href="#y">x</a>`, `<a>x</a>`},
	} {
		if c.want == "" {
			c.want = c.in
		}
		if got := fragment(t, c.in); got != c.want {
			t.Errorf("%s: got  %s\nwant %s", c.name, got, c.want)
		}
	}
}

func TestEditable(t *testing.T) {
	m := &message.Message{Parts: inlineParts, Sections: []message.Section{{Content: "a\n> b\n"}, {HTML: true, Content: `<p>c <img src="cid:logo@x">`}}}
	want := `<div style="white-space:pre-wrap;">a` + "\n" + quoteTag + "b\n</blockquote></div>" + `<p>c <img src="cid:2"></p>`
	if got := Editable(m, func(number string) string { return "cid:" + number }); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

func TestPaste(t *testing.T) {
	for _, c := range []struct{ name, in, want string }{
		{"Word's text", `<html xmlns:o="urn:schemas-microsoft-com:office:office"><head><style><!-- /* Font Definitions */ p.MsoNormal{margin:0} --></style></head><body lang=DE style='tab-interval:35.4pt'><!--StartFragment--><p class=MsoNormal><span lang=EN-US style='font-size:11.0pt;font-family:"Calibri",sans-serif;color:black'>Dear <b style='mso-bidi-font-weight:normal'>Ann</b>,<o:p></o:p></span></p><p class=MsoNormal><o:p>&nbsp;</o:p></p><!--EndFragment--></body></html>`,
			`<div>Dear <b>Ann</b>,</div><div>` + "\u00a0" + `</div>`},
		{"Word's lists", "<p class=MsoListParagraphCxSpFirst style='text-indent:-18.0pt;mso-list:l0 level1 lfo1'><![if !supportLists]><span style='font-family:Symbol;mso-list:Ignore'>·<span style='font:7.0pt \"Times New Roman\"'>&nbsp;&nbsp; </span></span><![endif]>one<o:p></o:p></p>\n\n" +
			"<p class=MsoListParagraphCxSpMiddle style='mso-list:l0 level2 lfo1'><span style='mso-list:Ignore'>a)<span>&nbsp;</span></span>sub <i>a</i></p>\n<p class=MsoListParagraphCxSpMiddle style='mso-list:l0 level2 lfo1'><span style='mso-list:Ignore'>b)</span>sub b</p>\n<p class=MsoListParagraphCxSpLast style='mso-list:l0 level1 lfo1'><span style='mso-list:Ignore'>·</span>two</p>\n<p class=MsoNormal>after</p>",
			`<ul><li>one<ol><li>sub <i>a</i></li><li>sub b</li></ol></li><li>two</li></ul><div>after</div>`},
		{"Google Docs", `<meta charset="utf-8"><b style="font-weight:normal;" id="docs-internal-guid-1"><p dir="ltr" style="line-height:1.38;margin-top:0pt"><span style="font-size:11pt;font-family:Arial;color:#000000;font-weight:700;white-space:pre-wrap;">bold</span><span style="font-size:11pt">, not</span></p></b>`,
			`<p dir="ltr"><span style="font-weight:700;white-space:pre-wrap;">bold</span>, not</p>`},
		{"a table of Excel", `<table border=0 cellpadding=0 cellspacing=0 width=128 style='border-collapse:collapse;width:96pt'><colgroup><col width=64 style='width:48pt'></colgroup><tr height=20 style='height:15.0pt'><td height=20 class=xl65 width=64 style='height:15.0pt;border:.5pt solid windowtext;background:yellow'>a</td><td colspan=2>b</td></tr></table>`,
			`<table style="border-collapse:collapse;" border="0" cellpadding="0" cellspacing="0"><colgroup><col></colgroup><tbody><tr><td style="border:.5pt solid windowtext;">a</td><td colspan="2">b</td></tr></tbody></table>`},
		{"a web page", `<div class="article" style="color: rgb(0, 0, 0); background-color: rgb(255, 255, 255);"><h2 id="x" style="font-size: 30px">Title</h2><p style="margin: 0px">Text <a href="https://x.example/a" onclick="x()" class="l">link</a><a name="anchor"></a></p><img src="https://x.example/a.png" alt="A picture"></div>`,
			`<div><h2>Title</h2><p>Text <a href="https://x.example/a">link</a></p>A picture</div>`},
		{"Outlook's link", `<p class=MsoNormal><a href="mailto:a@x.example"><span style='color:blue'>a@x.example</span></a></p>`, `<div><a href="mailto:a@x.example">a@x.example</a></div>`},
		{"text", "a\nb", "a\nb"}, {"nothing", "", ""},
	} {
		fragment(t, c.in)
		if got := Paste(c.in); got != c.want {
			t.Errorf("%s: got  %s\nwant %s", c.name, got, c.want)
		}
	}
}
