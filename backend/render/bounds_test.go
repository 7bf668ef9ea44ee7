package render

import (
	"bytes"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"waxwing/backend/message"
)

// countElements counts the elements of a document.
func countElements(document []byte) int {
	n := 0
	for z := html.NewTokenizer(bytes.NewReader(document)); ; {
		switch z.Next() {
		case html.ErrorToken:
			return n
		case html.StartTagToken, html.SelfClosingTagToken:
			n++
		}
	}
}

func TestElementsAreBounded(t *testing.T) {
	const mega = 1 << 20
	// What the frame itself has, and what is closed and opened again at the end.
	const frame, reopened = 20, maxDepth * maxReopened
	section := func(isHTML bool, content string) []message.Section {
		return []message.Section{{HTML: isHTML, Content: content}}
	}
	for _, c := range []struct {
		name     string
		sections []message.Section
		cut      bool
	}{
		{"10 MB of cells", section(true, "<table>"+strings.Repeat("<tr><td>a<td>b", mega*10/14)), true},
		{"10 MB of tables", section(true, strings.Repeat("<table><tr><td>a</table>", mega*10/24)), true},
		{"tables in each other", section(true, strings.Repeat("<table><tr><td>", mega/4)), true},
		{"line breaks", section(true, strings.Repeat("<br>", mega)), true},
		{"end tags of line breaks", section(true, strings.Repeat("</br>", mega/2)), false},
		{"misnested", section(true, strings.Repeat("<b><i><u><s><p>a</b>", mega/8)), true},
		{"quotes", section(true, strings.Repeat("<blockquote type=cite>a</blockquote>", mega/16)), true},
		{"quotes of text", section(false, strings.Repeat(">>>>>>>>>>>>a\nb\n", mega/8)), true},
		{"addresses in one line", section(false, strings.Repeat("a@b.example ", mega/4)), false},
		{"addresses in lines", section(false, strings.Repeat("a@b.example\n", mega/4)), true},
		{"many sections", []message.Section{
			{HTML: true, Content: strings.Repeat("<br>", maxElements-10)}, {HTML: true, Content: strings.Repeat("<br>", 20)}, {Content: "a"},
		}, true},
		{"10 MB of text", section(false, strings.Repeat("some text\n", mega)), true},
		{"as many as may be", section(true, strings.Repeat("<hr>", maxElements)+"end"), false},
		{"one more", section(true, strings.Repeat("<hr>", maxElements+1)), true},
	} {
		d := Body(&message.Message{Sections: c.sections}, Options{Nonce: "n"})
		if n := countElements(d.HTML); n > maxElements+frame+reopened {
			t.Errorf("%s: %d elements", c.name, n)
		}
		if d.Cut != c.cut {
			t.Errorf("%s: cut is %v", c.name, d.Cut)
		}
	}
}
