package message

import (
	"slices"
	"strconv"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// PlainText writes HTML as a person would write it as text: a line for each
// paragraph, quotes marked with "> ", lists with their signs, links with their
// addresses behind them. It is for what is sent; what is read and indexed goes
// through a faster and more forgiving one.
func PlainText(source string) string { return plainText(source, false) }

// plainText is PlainText; with separator, a signature has the line "-- " above it
// (RFC 3676 §4.3), after which nothing else may come.
func plainText(source string, separator bool) string {
	root, err := html.Parse(strings.NewReader(source))
	if err != nil { // nested too deeply
		return htmlToText(source, len(source), true)
	}
	w := plainWriter{separator: separator}
	w.children(root)
	w.block(false)
	return strings.TrimRight(w.out.String(), "\n") + "\n"
}

// A plainWriter writes paragraphs as lines.
type plainWriter struct {
	out       strings.Builder
	separator bool
	line      strings.Builder
	blank     bool // a blank is due before the next word
	pre       int
	margins   []margin
	// gap says that an empty line is due before the next one, in the margins that
	// are left of gapMargins.
	gap        bool
	gapMargins int
	empty      bool // the last line was empty
}

// A margin stands before each line: the sign of a quote, the indentation of a
// list's item. first stands there once in its place.
type margin struct{ first, rest string }

// block ends a line; with gap, an empty line is due unless there is one.
func (w *plainWriter) block(gap bool) {
	if w.line.Len() > 0 {
		w.flush()
	}
	w.blank = false
	if gap && w.out.Len() > 0 && !w.pendingItem() {
		if !w.gap || len(w.margins) < w.gapMargins {
			w.gapMargins = len(w.margins)
		}
		w.gap = true
	}
}

// pendingItem reports whether a list's item has begun and nothing is in it yet.
func (w *plainWriter) pendingItem() bool {
	return len(w.margins) > 0 && w.margins[len(w.margins)-1].first != ""
}

// flush writes the line, also an empty one.
func (w *plainWriter) flush() {
	text := strings.TrimRight(w.line.String(), " ")
	w.line.Reset()
	w.blank = false
	if text == "" && w.out.Len() == 0 {
		return
	}
	if w.gap && !w.empty {
		w.write(w.gapMargins, "")
	}
	w.gap = false
	w.write(len(w.margins), text)
}

// write writes a line within the outer ones of the margins.
func (w *plainWriter) write(margins int, text string) {
	var before strings.Builder
	for i := range w.margins[:min(margins, len(w.margins))] {
		m := &w.margins[i]
		if m.first != "" && text != "" {
			before.WriteString(m.first)
			m.first = ""
		} else {
			before.WriteString(m.rest)
		}
	}
	w.empty = text == ""
	if w.empty {
		w.out.WriteString(strings.TrimRight(before.String(), " ") + "\n")
		return
	}
	w.out.WriteString(before.String() + text + "\n")
}

// children writes what is in a node.
func (w *plainWriter) children(n *html.Node) {
	for c := range n.ChildNodes() {
		switch c.Type {
		case html.TextNode:
			w.text(c.Data)
		case html.ElementNode:
			w.element(c)
		}
	}
}

func (w *plainWriter) element(n *html.Node) {
	a := n.DataAtom
	if invisible(a) || a == atom.Head || hidden(n) {
		return
	}
	switch a {
	case atom.Br:
		w.flush()
		return
	case atom.Img:
		if alt := strings.TrimSpace(attribute(n, "alt")); alt != "" {
			w.text("[" + alt + "]")
		}
		return
	case atom.Hr:
		w.block(false)
		w.text("--------------------")
		w.block(false)
		return
	case atom.A:
		w.link(n)
		return
	case atom.Ol, atom.Ul:
		w.list(n)
		return
	case atom.Td, atom.Th:
		if w.line.Len() > 0 {
			w.line.WriteByte(' ')
			w.blank = true
		}
		w.children(n)
		return
	}
	classes := strings.Fields(attribute(n, "class"))
	gap := breaksAround(a) > 1 && a != atom.Table || slices.Contains(classes, quoteClass) || slices.Contains(classes, forwardClass)
	if breaksAround(a) > 0 {
		w.block(gap)
	}
	if w.separator && slices.Contains(classes, SignatureClass) {
		w.signature()
	}
	switch a {
	case atom.Blockquote:
		w.within(margin{rest: "> "}, n)
	case atom.Pre:
		w.pre++
		w.children(n)
		w.pre--
	default:
		w.children(n)
	}
	if breaksAround(a) > 0 {
		w.block(gap)
	}
}

// within writes what is in a node behind a margin.
func (w *plainWriter) within(m margin, n *html.Node) {
	w.margins = append(w.margins, m)
	w.children(n)
	if w.line.Len() > 0 {
		w.flush()
	}
	w.margins = w.margins[:len(w.margins)-1]
}

// signature writes the line above one.
func (w *plainWriter) signature() {
	w.block(true)
	if w.gap && !w.empty {
		w.write(0, "")
	}
	w.gap = false
	w.out.WriteString("-- \n")
	w.separator, w.empty = false, true
}

// list writes the items of a list.
func (w *plainWriter) list(n *html.Node) {
	nested := n.Parent != nil && n.Parent.DataAtom == atom.Li
	w.block(!nested)
	number, err := strconv.Atoi(attribute(n, "start"))
	if err != nil {
		number = 1
	}
	for c := range n.ChildNodes() {
		if c.Type != html.ElementNode {
			continue
		}
		if c.DataAtom != atom.Li {
			w.element(c)
			continue
		}
		sign := "* "
		if n.DataAtom == atom.Ol {
			sign = strconv.Itoa(number) + ". "
			number++
		}
		w.block(false)
		w.within(margin{first: sign, rest: strings.Repeat(" ", len(sign))}, c)
	}
	w.block(!nested)
}

// link writes a link's text, and its address where the text doesn't tell it.
func (w *plainWriter) link(n *html.Node) {
	before := w.out.Len() + w.line.Len()
	w.children(n)
	address := attribute(n, "href")
	if w.out.Len()+w.line.Len() == before || strings.HasPrefix(address, "#") || address == "" {
		return
	}
	if bareAddress(textOf(n)) != bareAddress(address) {
		w.word(" <" + strings.TrimPrefix(address, "mailto:") + ">")
		w.blank = false
	}
}

// bareAddress is an address as people write it.
func bareAddress(address string) string {
	for _, scheme := range []string{"https://", "http://", "mailto:"} {
		address = strings.TrimPrefix(address, scheme)
	}
	return strings.TrimSuffix(address, "/")
}

// textOf is the text in a node, its blanks joined.
func textOf(n *html.Node) string {
	var b strings.Builder
	for c := range n.Descendants() {
		if c.Type == html.TextNode {
			b.WriteString(c.Data)
		}
	}
	return strings.Join(strings.Fields(b.String()), " ")
}

// text writes words with their blanks joined, or as they are in pre.
func (w *plainWriter) text(s string) {
	if w.pre > 0 {
		for i, line := range strings.Split(s, "\n") {
			if i > 0 {
				w.flush()
			}
			w.line.WriteString(line)
		}
		return
	}
	for i := 0; i < len(s); {
		if c := s[i]; c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f' {
			w.blank = true
			i++
			continue
		}
		if n := padding(s[i:]); n > 0 {
			i += n
			continue
		}
		j := i + 1
		for j < len(s) && strings.IndexByte(" \t\n\r\f", s[j]) < 0 && (s[j] < 0xc2 || padding(s[j:]) == 0) {
			j++
		}
		w.word(strings.ReplaceAll(s[i:j], "\u00a0", " "))
		i = j
	}
}

func (w *plainWriter) word(word string) {
	if w.blank && w.line.Len() > 0 {
		w.line.WriteByte(' ')
	}
	w.blank = false
	w.line.WriteString(word)
}

// hidden reports whether a node isn't shown, as the previews of newsletters.
func hidden(n *html.Node) bool {
	style := strings.ToLower(strings.ReplaceAll(attribute(n, "style"), " ", ""))
	return strings.Contains(style, "display:none")
}

func attribute(n *html.Node, name string) string {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}
