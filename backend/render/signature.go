package render

import (
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// Bounds of a signature: octets of its source, and marks within each other.
const (
	maxSignature = 64 << 10
	maxMarks     = 64
)

// Signature writes what a person wrote or pasted as a signature anew: text with bold,
// italic, underline, links and lines, and nothing else. The result is a sequence of
// div elements, one a line, empty when nothing could be seen; what was written once
// is written the same again. ok is false when the source is too long.
func Signature(source string) (safe string, ok bool) {
	if len(source) > maxSignature {
		return "", false
	}
	w := signatureWriter{}
	z := html.NewTokenizer(strings.NewReader(strings.ReplaceAll(source, "\x00", "")))
	for {
		switch z.Next() {
		case html.ErrorToken:
			w.endLine()
			return w.finish(), true
		case html.TextToken:
			w.text(string(z.Text()))
		case html.StartTagToken:
			w.start(z.Token())
		case html.SelfClosingTagToken:
			t := z.Token()
			w.start(t)
			if elements[t.DataAtom]&void == 0 && elements[t.DataAtom]&foreign != 0 {
				w.end(t.DataAtom)
			}
		case html.EndTagToken:
			w.end(z.Token().DataAtom)
		}
	}
}

// signatureWriter writes a signature line by line.
type signatureWriter struct {
	out     strings.Builder
	line    strings.Builder
	open    []mark // what the text is in, outermost first
	written int    // how many of open have their start tag in the line
	pending bool   // white space stands before the next word
	begun   bool   // the line has text
	blank   int    // empty lines that only count when more follows
	visible bool
	skip    atom.Atom // the element that is left out with its content
	skipped int
}

// A mark is an open element of the source and what it is written as: nothing when
// the name is empty.
type mark struct {
	source     atom.Atom
	name, href string
}

// marks are the elements that stay, under the name that they get.
var marks = map[atom.Atom]string{
	atom.B: "b", atom.Strong: "b", atom.I: "i", atom.Em: "i", atom.U: "u", atom.A: "a",
}

func (w *signatureWriter) start(t html.Token) {
	a := t.DataAtom
	if w.skip != 0 {
		if a == w.skip {
			w.skipped++
		}
		return
	}
	switch traits := elements[a]; {
	case traits&dropped != 0, a == atom.Style, a == atom.Head:
		w.skip, w.skipped = a, 0
	case a == atom.Br:
		w.endOrBlank()
	case marks[a] != "" && len(w.open) < maxMarks:
		w.open = append(w.open, w.mark(t))
	case traits&special != 0:
		w.endLine()
	}
}

// mark is what a start tag means where it stands: nothing in one of its kind.
func (w *signatureWriter) mark(t html.Token) mark {
	m := mark{source: t.DataAtom, name: marks[t.DataAtom]}
	for _, outer := range w.open {
		if outer.name == m.name {
			return mark{source: t.DataAtom}
		}
	}
	if m.name == "a" {
		if m.href = hrefOf(t); m.href == "" {
			return mark{source: t.DataAtom}
		}
	}
	return m
}

func (w *signatureWriter) end(a atom.Atom) {
	if w.skip != 0 {
		if a == w.skip {
			if w.skipped--; w.skipped < 0 {
				w.skip = 0
			}
		}
		return
	}
	if elements[a]&special != 0 {
		w.endLine()
		return
	}
	for i := len(w.open) - 1; i >= 0; i-- {
		if w.open[i].source == a {
			w.close(i)
			w.open = append(w.open[:i], w.open[i+1:]...)
			return
		}
	}
}

// text writes text, its white space as a browser shows it.
func (w *signatureWriter) text(t string) {
	if w.skip != 0 {
		return
	}
	w.pending = w.pending || strings.TrimLeftFunc(t, isBlank) != t
	for i, word := range strings.FieldsFunc(t, isBlank) {
		w.word(word, i > 0 || w.pending)
		w.pending = false
	}
	w.pending = w.pending || strings.TrimRightFunc(t, isBlank) != t
}

func (w *signatureWriter) word(word string, apart bool) {
	for ; w.blank > 0; w.blank-- {
		w.out.WriteString("<div><br></div>")
	}
	if apart && w.begun {
		w.line.WriteByte(' ')
	}
	for ; w.written < len(w.open); w.written++ {
		switch m := w.open[w.written]; m.name {
		case "":
		case "a":
			w.line.WriteString(`<a href="` + escape(m.href) + `">`)
		default:
			w.line.WriteString("<" + m.name + ">")
		}
	}
	w.line.WriteString(escape(word))
	w.begun, w.visible = true, w.visible || visibleLength(word) > 0
}

// close writes the end tags of the marks from i on.
func (w *signatureWriter) close(i int) {
	for ; w.written > i; w.written-- {
		if m := w.open[w.written-1]; m.name != "" {
			w.line.WriteString("</" + m.name + ">")
		}
	}
}

// endLine ends the line if there is one.
func (w *signatureWriter) endLine() {
	w.pending = false
	if !w.begun {
		return
	}
	w.close(0)
	w.out.WriteString("<div>" + w.line.String() + "</div>")
	w.line.Reset()
	w.begun = false
}

// endOrBlank ends the line; where there is none, an empty one stands.
func (w *signatureWriter) endOrBlank() {
	if w.begun {
		w.endLine()
	} else if w.out.Len() > 0 {
		w.blank++
	}
}

func (w *signatureWriter) finish() string {
	if !w.visible {
		return ""
	}
	return w.out.String()
}

// hrefOf returns where a link leads, empty when it may not be followed.
func hrefOf(t html.Token) string {
	for _, a := range t.Attr {
		if a.Key == "href" {
			if u, ok := link(a.Val); ok && !strings.HasPrefix(u, "#") {
				return u
			}
			return ""
		}
	}
	return ""
}

// isBlank reports whether a character is white space that HTML folds.
func isBlank(r rune) bool { return r == ' ' || r == '\t' || r == '\n' || r == '\r' || r == '\f' }
