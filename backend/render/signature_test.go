package render

import (
	"strings"
	"testing"
)

func TestSignature(t *testing.T) {
	for _, test := range []struct{ name, source, want string }{
		{"text", "Kind regards", "<div>Kind regards</div>"},
		{"lines", "<div>Ada</div><div><br></div><div>Fernhill</div>", "<div>Ada</div><div><br></div><div>Fernhill</div>"},
		{"breaks", "Ada<br>Fernhill<br><br>Tel. 1", "<div>Ada</div><div>Fernhill</div><div><br></div><div>Tel. 1</div>"},
		{"a break at a line's end is none", "<div>Ada<br></div><div>B</div>", "<div>Ada</div><div>B</div>"},
		{"no empty lines around", "<br><div>Ada</div><br><br>", "<div>Ada</div>"},
		{"marks", "<strong>Ada</strong> <em>M.</em> <u>here</u>", "<div><b>Ada</b> <i>M.</i> <u>here</u></div>"},
		{"marks over lines", "<b>Ada<br>Bea</b>", "<div><b>Ada</b></div><div><b>Bea</b></div>"},
		{"misnested", "<b>a<i>b</b>c</i>d", "<div><b>a<i>b</i></b><i>c</i>d</div>"},
		{"link", `<a href="https://fernhill.example/?a=1&amp;b=2" onclick="x()">site</a>`, `<div><a href="https://fernhill.example/?a=1&amp;b=2">site</a></div>`},
		{"mail and telephone", `<a href="mailto:a@b.example">m</a> <a href="tel:+4912">t</a>`, `<div><a href="mailto:a@b.example">m</a> <a href="tel:+4912">t</a></div>`},
		{"hostile links", `<a href="javascript:alert(1)">a</a><a href="data:text/html,x">b</a><a href=" java&#10;script:x">c</a><a href="#x">d</a>`, "<div>abcd</div>"},
		{"hostile elements", `a<script>alert(1)</script><style>b{}</style><img src=x onerror=alert(1)><svg onload=x><a>n</a></svg>z`, "<div>az</div>"},
		{"an attribute that breaks out", `<a href='https://a.example/"><script>x</script>'>l</a>`, `<div><a href="https://a.example/%22%3E%3Cscript%3Ex%3C/script%3E">l</a></div>`},
		{"text like markup", "&lt;b&gt; &amp; \"q\"", "<div>&lt;b&gt; &amp; &#34;q&#34;</div>"},
		{"white space", "  a \n\t b  <b> c </b>d ", "<div>a b <b>c</b> d</div>"},
		{"tables", "<table><tr><td>a<td>b</table>", "<div>a</div><div>b</div>"},
		{"Word", "<p class=MsoNormal><span style='color:red'>Ada<o:p></o:p></span></p>", "<div>Ada</div>"},
		{"marks in themselves", `<b><b>x<strong>y</strong></b>z</b><a href="//a.example">p<a href="//b.example">q</a>`, `<div><b>xyz</b><a href="https://a.example">pq</a></div>`},
		{"nothing to see", "<div><br></div><b> &nbsp;</b>", ""},
		{"empty", "", ""},
		{"never closed", "<b><i><a href=https://a.example>x", `<div><b><i><a href="https://a.example">x</a></i></b></div>`},
	} {
		t.Run(test.name, func(t *testing.T) {
			got, ok := Signature(test.source)
			if !ok || got != test.want {
				t.Errorf("got  %s (%v)\nwant %s", got, ok, test.want)
			}
			if again, _ := Signature(got); again != got {
				t.Errorf("written again it is\n%s\nand was\n%s", again, got)
			}
		})
	}
	deep, _ := Signature(strings.Repeat("<b>", 10_000) + strings.Repeat("a<br>", 5_000))
	if len(deep) != 5_000*len("<div><b>a</b></div>") {
		t.Errorf("marks within each other make %d octets", len(deep))
	}
	if _, ok := Signature(strings.Repeat("x", maxSignature+1)); ok {
		t.Error("a source without end passed")
	}
}

func FuzzSignature(f *testing.F) {
	f.Add(`<b>a<i>b</b><a href="https://x.example">c<br></a><script>d`)
	f.Fuzz(func(t *testing.T, source string) {
		safe, ok := Signature(source)
		if !ok {
			return
		}
		if again, ok := Signature(safe); ok && again != safe {
			t.Errorf("%q becomes\n%q, which becomes\n%q", source, safe, again)
		}
	})
}
