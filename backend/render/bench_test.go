package render

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"waxwing/backend/message"
)

// newsletter generates HTML as newsletters are built, of at least size octets.
func newsletter(size int) string {
	var b strings.Builder
	b.WriteString("<html><head><style>body{margin:0} @media only screen and (max-width:600px){.c{width:100%!important}}\n")
	for i := range 60 {
		fmt.Fprintf(&b, ".r%d td{padding:%dpx 4px;color:#%06x;font-family:'Segoe UI',Arial,sans-serif}\n", i, i, i*4711)
	}
	b.WriteString("</style></head><body>")
	for i := 0; b.Len() < size; i++ {
		fmt.Fprintf(&b, `<table class="c r%d" width="600" cellpadding="0" cellspacing="0" border="0" style="border-collapse:collapse;background:#fff"><tr><td align="left" style="padding:10px 20px;font:14px/1.5 Arial,sans-serif;color:#333"><a href="https://example.org/c/%d?u=abc&amp;v=def" style="color:#06c;text-decoration:none"><img src="https://example.org/i/%d.png" width="560" height="120" alt="Offer %d" style="display:block"></a><p>Some words &ndash; about an <b>offer</b> that ends on Friday.</p></td></tr></table>`+"\n", i%60, i, i, i)
	}
	return b.String() + "</body></html>"
}

func BenchmarkNewsletter(b *testing.B) {
	m := &message.Message{HTML: newsletter(200 << 10)}
	b.SetBytes(int64(len(m.HTML)))
	for b.Loop() {
		Body(m, Options{})
	}
}

// TestBounded renders what makes careless sanitisers take quadratic time.
func TestBounded(t *testing.T) {
	const limit = 10 * time.Second
	const n = 1 << 20
	for name, source := range map[string]string{
		"open elements":    strings.Repeat("<div>", n),
		"open formatting":  strings.Repeat("<b>", n),
		"reopened":         "<p>" + strings.Repeat("<font color=red>", 180) + strings.Repeat("</p><p>x", n/4),
		"moved outwards":   strings.Repeat(strings.Repeat("<div>", 90)+strings.Repeat("<i>", 90)+strings.Repeat("</div>", 90)+strings.Repeat("</i>", 90), 500),
		"end tags":         strings.Repeat("<div>", 150) + strings.Repeat("</span>", n/2),
		"unmatched cells":  strings.Repeat("<td>", n),
		"attributes":       "<p" + strings.Repeat(" a=b", n) + ">",
		"elements":         strings.Repeat("<p style='color:red' class='a b c'>x</p>", n/40),
		"rules":            "<style>" + strings.Repeat("a{b:c}", n/2),
		"braces":           "<style>" + strings.Repeat("{", n),
		"at-rules":         "<style>" + strings.Repeat("@media all{", n/4),
		"parentheses":      "<p style='width:" + strings.Repeat("calc(", n/4) + "'>",
		"escapes":          "<p style='" + strings.Repeat("\\61", n/4) + ":x'>",
		"many styles":      strings.Repeat("<style>p{color:red}</style>", n/20),
		"pictures":         strings.Repeat("<img src=//e.example/x>", n/20),
		"quotes":           strings.Repeat("x<blockquote type=cite>", n/20),
		"quotes in a row":  strings.Repeat("x<blockquote type=cite>y</blockquote>", n/30),
		"srcset":           "<img srcset='" + strings.Repeat("a 1x,", n/5) + "'>",
		"data URLs":        strings.Repeat("<img src='data:image/png;base64,"+strings.Repeat("A", 1000)+"'>", n/500),
		"foreign elements": strings.Repeat("<svg>", n),
	} {
		t.Run(name, func(t *testing.T) {
			start := time.Now()
			d := Body(&message.Message{HTML: source}, Options{})
			took := time.Since(start)
			if took > limit {
				t.Errorf("%d octets took %v", len(source), took)
			}
			if most := 20*len(source) + n; len(d.HTML) > most {
				t.Errorf("%d octets became %d", len(source), len(d.HTML))
			}
			t.Logf("%d octets: %v, %d octets", len(source), took, len(d.HTML))
		})
	}
	plain := strings.Repeat(strings.Repeat(">", 500)+" www.example.org\n>x\n", 5000) + strings.Repeat("(a@b.cc", n/8)
	start := time.Now()
	Body(&message.Message{Text: plain}, Options{})
	if took := time.Since(start); took > limit {
		t.Errorf("plain text took %v", took)
	}
}
