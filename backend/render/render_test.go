package render

import (
	"regexp"
	"strings"
	"testing"

	"waxwing/backend/message"
)

// inside strips the element that stands for the mail's body.
func inside(inner string) string {
	inner = strings.TrimPrefix(inner, bodyStart)
	return strings.TrimSuffix(inner, bodyEnd)
}

func TestKeepsWhatMailUses(t *testing.T) {
	const attrs = ` target="_blank" rel="noopener noreferrer"`
	for _, c := range []struct{ name, in, want string }{
		{"text", "a < b & c", "a &lt; b &amp; c"},
		{"paragraphs", "<p>a<p>b", "<p>a</p><p>b</p>"},
		{"lists", "<ul><li>a<li>b<ul><li>c</ul></ul>", "<ul><li>a</li><li>b<ul><li>c</li></ul></li></ul>"},
		{"tables", `<table border=0 cellpadding="4" width="100%"><tr><td colspan=2 bgcolor=#ffffff valign=TOP>a<td>b<tr><td>c</table>`,
			`<table border="0" cellpadding="4" width="100%"><tr><td colspan="2" bgcolor="#ffffff" valign="top">a</td><td>b</td></tr><tr><td>c</td></tr></table>`},
		{"span bounded", "<td colspan=65534>", `<td colspan="100"></td>`},
		{"misnested", "<b>a<i>b</b>c</i>", "<b>a<i>b</i></b><i>c</i>"},
		{"bold over blocks", "<b>a<p>b</b>c</p>d", "<b>a<p>bc</p></b>d"},
		{"unclosed bold in a cell", "<table><tr><td><b>a</td><td>b</td></tr></table>c", "<table><tr><td><b>a</b></td><td>b</td></tr></table>c"},
		{"stray end tags", "a</div></p></td>b", "ab"},
		{"inline end tag in a block", "<span>a<div>b</span>c</div>", "<span>a<div>bc</div></span>"},
		{"unknown elements", "<o:p>a</o:p><x-y>b</x-y>", "ab"},
		{"form", "<form><input value=x><input type=submit value=Go><button>Yes</button><textarea>t</textarea></form>", "<div>Go<span>Yes</span>t</div>"},
		{"style attribute", `<p style="Color: RED; margin:0 auto !important; mso-x:y; font:12px/1.5 'Segoe UI',sans-serif">`,
			`<p style="color:RED;margin:0 auto !important;font:12px / 1.5 &#34;Segoe UI&#34;,sans-serif;"></p>`},
		{"gradient", `<p style="background:linear-gradient(to right, rgba(0,0,0,.5) 10%, #fff)">`, `<p style="background:linear-gradient(to right, rgba(0,0,0,.5) 10%, #fff);"></p>`},
		{"link", `<a href="https://example.org/?a=b&amp;c=d" name=top>x</a>`, `<a href="https://example.org/?a=b&amp;c=d" id="m-top"` + attrs + `>x</a>`},
		{"link without scheme", `<a href="www.example.org">x</a>`, `<a href="http://www.example.org"` + attrs + `>x</a>`},
		{"mail and phone", `<a href="MAILTO:a@example.org?subject=x y">m</a><a href=tel:+49123>t</a>`,
			`<a href="mailto:a@example.org?subject=x%20y"` + attrs + `>m</a><a href="tel:+49123"` + attrs + `>t</a>`},
		{"anchor", `<a href="#s">x</a><h2 id=s>y</h2>`, `<a href="#m-s"` + attrs + `>x</a><h2 id="m-s">y</h2>`},
		{"link inside a link", `<a href="http://a.example">x<a href="http://b.example">y</a>`,
			`<a href="http://a.example"` + attrs + `>x</a><a href="http://b.example"` + attrs + `>y</a>`},
		{"cid", `<img src="cid:logo%40x" alt=Logo width=20px>`, `<img src="/part/2" alt="Logo" width="20">`},
		{"vector picture", `<img src="cid:vector@x">`, `<img class="waxwing-blocked">`},
		{"content location", `<img src="https://example.org/located.gif">`, `<img src="/part/4">`},
		{"data", `<img src="data:image/png;base64,iVBO">`, `<img src="data:image/png;base64,iVBO">`},
		{"blocked picture", `<img src="https://example.org/a.png" alt="A">`, `<img class="waxwing-blocked" alt="A">`},
		{"cid in a style", `<td style="background:url('cid:logo@x') no-repeat">`, `<td style="background:url(&#34;/part/2&#34;) no-repeat;"></td>`},
		{"out of foreign elements", "<svg><path d=x><p>a</p>", "<p>a</p>"},
		{"template", "<template><p>a</p></template>b", "b"},
		{"noscript", "<noscript><p>a</p></noscript>b", "b"},
	} {
		t.Run(c.name, func(t *testing.T) {
			inner, _ := body(t, c.in, Options{})
			if got := inside(inner); got != c.want {
				t.Errorf("%s\ngot  %s\nwant %s", c.in, got, c.want)
			}
		})
	}
}

func TestBodyElement(t *testing.T) {
	inner, _ := body(t, `<html><head><style>body{margin:0} html p, :root{color:red}</style></head><body bgcolor="FFEEDD" text=black class="a waxwing-x" style="padding:1px">x</body></html>`, Options{})
	if want := `<div class="waxwing-mail a" style="background-color:#FFEEDD;color:black;padding:1px;" dir="auto">x</div>`; inner != want {
		t.Errorf("got  %s\nwant %s", inner, want)
	}
}

func TestDirection(t *testing.T) {
	for in, want := range map[string]string{
		`<p>x`:                                `auto`,
		`<html><body>x`:                       `auto`,
		`<html dir=RTL lang=he><body>x`:       `rtl`,
		`<html dir=rtl><body dir="ltr">x`:     `ltr`,
		`<html dir="x onload=y"><body>x`:      `auto`,
		`<html dir=rtl><html dir=ltr><body>x`: `ltr`,
	} {
		inner, _ := body(t, in, Options{})
		if start, _, _ := strings.Cut(inner, ">"); start != `<div class="waxwing-mail" dir="`+want+`"` {
			t.Errorf("%s\ngot  %s>\nwant dir %s", in, start, want)
		}
	}
}

func TestStyleSheets(t *testing.T) {
	for _, c := range []struct{ name, in, want string }{
		{"rule", "p.a > b, td:first-child { color : #FFF ; width:50% }", "p.a > b, td:first-child{color:#FFF;width:50%;}\n"},
		{"body", "body, html a{margin:0}", ".waxwing-mail, .waxwing-mail a{margin:0;}\n"},
		{"body in html", "html > body p, html body.a{color:red}", ".waxwing-mail p, .waxwing-mail.a{color:red;}\n"},
		{"ids", "#a{color:red}", "#m-a{color:red;}\n"},
		{"attributes", `a[href^="mailto:"], div[class~='x']{color:red}`, `a[href^="mailto:"], div[class~="x"]{color:red;}` + "\n"},
		{"nth", "tr:nth-child(2n+1) td{color:red}", "tr:nth-child(2n+1) td{color:red;}\n"},
		{"media", "@media only screen and (max-width:600px){.c{width:100%!important}}", "@media only screen and (max-width:600px){.c{width:100%!important;}\n}\n"},
		{"light", "@media (prefers-color-scheme: light){p{color:#000}}", "@media (min-width:0){p{color:#000;}\n}\n"},
		{"dark", "@media (prefers-color-scheme: dark){p{color:#fff}}", "@media (max-width:0){p{color:#fff;}\n}\n"},
		{"unknown rules", "@font-face{src:url(x)} @supports (a:b){p{color:red}} p{color:blue}", "p{color:blue;}\n"},
		{"bad declaration", "p{color:red;width:expression(1);margin:0}", "p{color:red;margin:0;}\n"},
		{"the frame's", "summary{color:red} .waxwing-quote{color:red} p{margin:0}", "p{margin:0;}\n"},
		{"huge numbers", "p{line-height:1e99;width:99999999px;margin:0}", "p{margin:0;}\n"},
		{"comment between tokens", "p{font:12px/**/Arial}", "p{font:12px Arial;}\n"},
		{"comment", "/* x */p/**/{color:red/* } */;}", "p{color:red;}\n"},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := Body(&message.Message{HTML: "<style>" + c.in + "</style>x"}, Options{})
			for _, v := range violations(t, d.HTML) {
				t.Error(v)
			}
			if got := sheetOf(string(d.HTML)); got != c.want {
				t.Errorf("%s\ngot  %q\nwant %q", c.in, got, c.want)
			}
		})
	}
}

func TestBlockedCountsDifferentPictures(t *testing.T) {
	const source = `<img src="https://example.org/a.png"><img src="https://example.org/a.png"><img src="//example.org/b.png" width=1 height=1>
<img srcset="https://example.org/c.png 1x, https://example.org/d.png 2x"><td background="https://example.org/e.png" style="background:url(https://example.org/f.png)">
<style>p{background:url(https://example.org/g.png)}@import "https://example.org/x.css";@font-face{src:url(https://example.org/x.woff)}</style>
<video poster="https://example.org/h.png"></video><img src="cid:none@x"><link rel=stylesheet href="https://example.org/x.css">`
	inner, blocked := body(t, source, Options{})
	if blocked != 8 {
		t.Errorf("got %d blocked, want 8", blocked)
	}
	if strings.Contains(inner, "example.org") {
		t.Errorf("a remote address is left: %s", inner)
	}
	var asked []string
	d := Body(&message.Message{HTML: source}, Options{RemoteURL: func(u string) string {
		asked = append(asked, u)
		return "/remote?u=" + strings.TrimPrefix(u, "https://example.org/")
	}})
	if d.Blocked != 0 || len(asked) != 9 {
		t.Errorf("got %d blocked and asked for %v, want 0 and 9", d.Blocked, asked)
	}
	for _, want := range []string{`src="/remote?u=a.png"`, `srcset="/remote?u=c.png 1x, /remote?u=d.png 2x"`, `url(&#34;/remote?u=f.png&#34;)`, `url("/remote?u=g.png")`} {
		if !strings.Contains(string(d.HTML), want) {
			t.Errorf("%s is missing in %s", want, bodyOf(string(d.HTML)))
		}
	}
	for _, u := range asked {
		if !strings.HasPrefix(u, "https://example.org/") {
			t.Errorf("asked for %q", u)
		}
	}
}

// outline keeps of a body only what shows how quotes are folded: "[" for a
// folded quote, "{" for an open one.
func outline(inner string) string {
	inner = regexp.MustCompile(`<details class="waxwing-quote"     ><summary></summary>`).ReplaceAllString(inner, "[")
	inner = regexp.MustCompile(`<details class="waxwing-quote" open><summary></summary>`).ReplaceAllString(inner, "{")
	inner = strings.ReplaceAll(inner, "</details>", "]")
	inner = regexp.MustCompile(`<[^>]*>`).ReplaceAllString(inner, "")
	return strings.Join(strings.Fields(inner), " ")
}

func TestFoldsQuotesInHTML(t *testing.T) {
	for _, c := range []struct{ name, in, want string }{
		{"gmail", `<div>Yes</div><div class="gmail_quote"><div class="gmail_attr">Bob wrote:</div><blockquote class="gmail_quote">old</blockquote></div>`, "Yes[Bob wrote:old]"},
		{"apple", `<div>Yes</div><div><blockquote type="cite">On 1 May Bob wrote: old</blockquote></div>`, "Yes[On 1 May Bob wrote: old]"},
		{"thunderbird", `<p>Yes</p><div class="moz-cite-prefix">Bob wrote:</div><blockquote type="cite">old</blockquote>`, "YesBob wrote:[old]"},
		{"outlook", `<div><p>Yes</p><div style="border:none;border-top:solid #E1E1E1 1.0pt;padding:3.0pt 0cm 0cm 0cm"><p>From: Bob</p></div><p>old</p></div>`, "Yes[From: Bobold]"},
		{"outlook web", `<div>Yes</div><hr><div id="divRplyFwdMsg">From: Bob</div><div>old</div>`, "Yes[From: Bobold]"},
		{"original message", `<p>Yes</p><p>-----Original Message-----<br>From: Bob</p><p>old</p>`, "Yes[-----Original Message-----From: Bobold]"},
		{"nested quotes fold once", `Yes<blockquote type=cite>a<blockquote type=cite>b</blockquote></blockquote>`, "Yes[ab]"},
		{"answer below", `<blockquote type=cite>old</blockquote><p>Yes</p>`, "{old]Yes"},
		{"answers between", `<p>Hi</p><blockquote type=cite>a</blockquote><p>Yes</p><blockquote type=cite>b</blockquote>`, "Hi{a]Yes[b]"},
		{"only forwarded", `<div>Begin forwarded message:</div><blockquote type=cite>old</blockquote>`, "Begin forwarded message:{old]"},
		{"plain blockquote", `<p>A poem</p><blockquote>verse</blockquote>`, "A poemverse"},
	} {
		t.Run(c.name, func(t *testing.T) {
			inner, _ := body(t, c.in, Options{})
			if got := outline(inner); got != c.want {
				t.Errorf("%s\ngot  %s\nwant %s\nin   %s", c.in, got, c.want, inner)
			}
		})
	}
}

func TestPlainText(t *testing.T) {
	const attrs = ` target="_blank" rel="noopener noreferrer"`
	for _, c := range []struct{ name, in, want string }{
		{"escaped", "a <b> & \"c\"", "a &lt;b&gt; &amp; &#34;c&#34;\n"},
		{"links", "See https://example.org/a_(b)?c=d&e. Or (www.example.org), <ann@example.org>.",
			`See <a href="https://example.org/a_(b)?c=d&amp;e"` + attrs + `>https://example.org/a_(b)?c=d&amp;e</a>. Or (<a href="http://www.example.org"` + attrs + `>www.example.org</a>), &lt;<a href="mailto:ann@example.org"` + attrs + `>ann@example.org</a>&gt;.` + "\n"},
		{"no links", "javascript:alert(1) file:///x a@b @c http:// x@y..z", "javascript:alert(1) file:///x a@b @c http:// x@y..z\n"},
		{"signature", "Hi\n-- \nAnn", "Hi\n" + `<div class="waxwing-signature">-- ` + "\nAnn\n</div>"},
		{"quote", "Hi\n> a\n>> b\n> c", "Hi\n" + `<details class="waxwing-quote"     ><summary></summary><blockquote>a` + "\n<blockquote>b\n</blockquote>c\n</blockquote></details>"},
		{"quote first", "> a\nHi", `<details class="waxwing-quote" open><summary></summary><blockquote>a` + "\n</blockquote></details>Hi\n"},
		{"original message", "Hi\n\n-----Original Message-----\nFrom: B\n> a", "Hi\n\n" + `<details class="waxwing-quote"     ><summary></summary>-----Original Message-----` + "\nFrom: B\n<blockquote>a\n</blockquote></details>"},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := Body(&message.Message{Text: c.in}, Options{})
			for _, v := range violations(t, d.HTML) {
				t.Error(v)
			}
			got := bodyOf(string(d.HTML))
			got = strings.TrimSuffix(strings.TrimPrefix(got, `<div class="waxwing-mail waxwing-text">`), bodyEnd)
			if got != c.want {
				t.Errorf("%q\ngot  %q\nwant %q", c.in, got, c.want)
			}
		})
	}
}

func TestSections(t *testing.T) {
	m := message.Parse([]byte("Content-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: text/html\n\n<div><b>one\n--b\n\ntwo\n--b--\n"))
	d := Body(m, Options{})
	want := bodyStart + `<div><b>one</b></div></div><div class="waxwing-mail waxwing-text">two` + "\n</div>"
	if got := bodyOf(string(d.HTML)); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

func TestDocument(t *testing.T) {
	m := &message.Message{HTML: "x"}
	const nonce = "n0nce"
	d := string(Body(m, Options{Nonce: nonce, QuoteLabel: "<&>"}).HTML)
	if strings.Count(d, "<script") != 1 || !strings.Contains(d, `<script nonce="n0nce">`) {
		t.Errorf("want one script with the nonce in %s", d)
	}
	if d = string(Body(m, Options{}).HTML); strings.Contains(d, "<script") {
		t.Errorf("a script without a nonce in %s", d)
	}
	for _, want := range []string{"default-src 'none'", "script-src 'nonce-n0nce'", "img-src 'self' wails: data:", "form-action 'none'", "base-uri 'none'", "sandbox allow-scripts"} {
		if p := Policy(nonce); !strings.Contains(p, want) {
			t.Errorf("%s is missing in %s", want, p)
		}
	}
	if p := Policy(""); !strings.Contains(p, "script-src 'none'") {
		t.Errorf("scripts aren't forbidden in %s", p)
	}
	if strings.Contains(frameScript, "</script") {
		t.Error("the frame's script ends itself")
	}
}

func TestPaper(t *testing.T) {
	const own = "<style>@media (prefers-color-scheme:dark){p{color:#fff}}</style>x"
	for _, c := range []struct {
		name string
		m    *message.Message
		dark bool
		want string
	}{
		{"light", &message.Message{HTML: "x"}, false, "waxwing-light"},
		{"dark text", &message.Message{Text: "x"}, true, "waxwing-dark"},
		{"dark HTML", &message.Message{HTML: "x"}, true, "waxwing-dark waxwing-inverted"},
		{"its own dark style", &message.Message{HTML: own}, true, "waxwing-dark"},
		{"its own on light paper", &message.Message{HTML: own}, false, "waxwing-light"},
	} {
		d := string(Body(c.m, Options{Dark: c.dark}).HTML)
		if !strings.Contains(d, `<body class="`+c.want+`">`) {
			t.Errorf("%s: want class %q in %s", c.name, c.want, d)
		}
	}
}
