package message

import (
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// htmlToText returns what a reader sees of HTML, as lines; quotes are marked
// with "> ". It stops when limit octets are written. Pictures speak by their
// alternative text when withAlt is set.
func htmlToText(source string, limit int, withAlt bool) string {
	t := textWriter{limit: limit, withAlt: withAlt}
	z := html.NewTokenizer(strings.NewReader(source))
	for t.out.Len() < limit {
		switch tt := z.Next(); tt {
		case html.ErrorToken:
			return t.String()
		case html.TextToken:
			if t.skip == 0 {
				t.text(z.Text())
			}
		case html.StartTagToken, html.SelfClosingTagToken:
			name, hasAttr := z.TagName()
			a := atom.Lookup(name)
			if tt == html.SelfClosingTagToken && (a == atom.Svg || a == atom.Math) {
				continue // only foreign elements close themselves
			}
			t.start(a, hasAttr, z)
		case html.EndTagToken:
			name, _ := z.TagName()
			t.end(atom.Lookup(name))
		}
	}
	return t.String()
}

// A textWriter collects text, joining blanks and breaking lines at blocks.
type textWriter struct {
	out     strings.Builder
	limit   int
	withAlt bool
	skip    atom.Atom // the element whose content is being left out
	quotes  int
	// breaks are the line ends due before the next text; blank is a due space.
	breaks int
	blank  bool
	pre    int
}

// invisible are elements whose text isn't shown.
func invisible(a atom.Atom) bool {
	switch a {
	case atom.Script, atom.Style, atom.Title, atom.Template, atom.Noembed, atom.Noframes, atom.Iframe, atom.Object, atom.Svg, atom.Math, atom.Select, atom.Textarea, atom.Audio, atom.Video, atom.Canvas, atom.Datalist:
		return true
	}
	return false
}

// breaksAround is how many line ends an element wants around it.
func breaksAround(a atom.Atom) int {
	switch a {
	case atom.P, atom.Blockquote, atom.H1, atom.H2, atom.H3, atom.H4, atom.H5, atom.H6, atom.Ul, atom.Ol, atom.Dl, atom.Pre, atom.Table:
		return 2
	case atom.Div, atom.Tr, atom.Li, atom.Dt, atom.Dd, atom.Hr, atom.Center, atom.Section, atom.Article, atom.Header, atom.Footer, atom.Main, atom.Nav, atom.Aside, atom.Address, atom.Form, atom.Fieldset, atom.Figure, atom.Figcaption, atom.Tbody, atom.Thead, atom.Caption, atom.Body:
		return 1
	}
	return 0
}

func (t *textWriter) start(a atom.Atom, hasAttr bool, z *html.Tokenizer) {
	if t.skip != 0 {
		return
	}
	switch {
	case invisible(a):
		t.skip = a
		return
	case a == atom.Br:
		t.breaks++
		return
	case a == atom.Td || a == atom.Th:
		t.blank = true
		return
	case a == atom.Img && t.withAlt && hasAttr:
		t.alt(z)
		return
	}
	t.breaks = max(t.breaks, breaksAround(a))
	switch a {
	case atom.Blockquote:
		t.quotes++
	case atom.Pre:
		t.pre++
	case atom.Li:
		t.text([]byte("•"))
		t.blank = true
	}
}

func (t *textWriter) end(a atom.Atom) {
	if t.skip != 0 {
		if a == t.skip {
			t.skip = 0
		}
		return
	}
	t.breaks = max(t.breaks, breaksAround(a))
	switch {
	case a == atom.Blockquote && t.quotes > 0:
		t.quotes--
	case a == atom.Pre && t.pre > 0:
		t.pre--
	case a == atom.Td, a == atom.Th:
		t.blank = true
	}
}

func (t *textWriter) alt(z *html.Tokenizer) {
	for {
		key, val, more := z.TagAttr()
		if string(key) == "alt" {
			t.blank = true
			t.text(val)
			t.blank = true
			return
		}
		if !more {
			return
		}
	}
}

// text writes the words of b.
func (t *textWriter) text(b []byte) {
	s := string(b)
	for i := 0; i < len(s); {
		c := s[i]
		switch {
		case c == '\n' && t.pre > 0:
			t.breaks++
			i++
		case c <= ' ':
			t.blank = true
			i++
		case c == 0xc2 && strings.HasPrefix(s[i:], "\u00a0"):
			t.blank = true
			i += 2
		case c >= 0xc2 && padding(s[i:]) > 0:
			i += padding(s[i:])
		default:
			j := i + 1
			for j < len(s) && s[j] > ' ' && (s[j] < 0xc2 || s[j] != 0xc2 && padding(s[j:]) == 0) {
				j++
			}
			t.word(s[i:j])
			i = j
		}
	}
}

func (t *textWriter) word(w string) {
	switch {
	case t.out.Len() == 0:
		writeMarks(&t.out, t.quotes)
	case t.breaks > 0:
		for range min(t.breaks, 2) {
			t.out.WriteByte('\n')
		}
		writeMarks(&t.out, t.quotes)
	case t.blank:
		t.out.WriteByte(' ')
	}
	t.breaks, t.blank = 0, false
	t.out.WriteString(w)
}

func (t *textWriter) String() string {
	if t.out.Len() > 0 {
		t.out.WriteByte('\n')
	}
	return t.out.String()
}

// padding returns the length of the character at the start of s if it is one of
// those that newsletters repeat to push their text out of previews, else 0.
func padding(s string) int {
	switch {
	case strings.HasPrefix(s, "\u00ad"), strings.HasPrefix(s, "\u034f"), strings.HasPrefix(s, "\u061c"):
		return 2
	case strings.HasPrefix(s, "\u200b"), strings.HasPrefix(s, "\u200e"), strings.HasPrefix(s, "\u200f"),
		strings.HasPrefix(s, "\u2060"), strings.HasPrefix(s, "\ufeff"), strings.HasPrefix(s, "\u2007"), strings.HasPrefix(s, "\u180e"):
		return 3
	case strings.HasPrefix(s, "\u200c"), strings.HasPrefix(s, "\u200d"):
		// Joiners belong to words and emoji when a letter follows.
		if len(s) == 3 || s[3] <= ' ' || s[3] == 0xc2 || strings.HasPrefix(s[3:], "\u200c") || strings.HasPrefix(s[3:], "\u200d") || padding(s[3:]) > 0 {
			return 3
		}
	}
	return 0
}
