package render

import (
	"bytes"
	"strings"
	"unicode/utf8"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"

	"waxwing/backend/message"
)

// Bounds of what is shown: octets of one section's source, and elements of the
// document. Engines take seconds to lay out more elements; large newsletters have
// a few thousand.
const (
	maxSource   = 4 << 20
	maxElements = 20_000
)

// A sanitizer writes the safe form of a message's sections.
type sanitizer struct {
	o       Options
	use     purpose
	name    string                   // the class of a quote's sections, see Quote; empty for one that has it
	parts   map[string]*message.Part // see indexParts
	out     bytes.Buffer
	styles  strings.Builder // the mail's cleaned style sheets
	blocked map[string]bool // remote pictures that were left out
	ownDark bool            // the mail brings a dark style
	data    int             // octets of data: URLs written
	// elements counts those written. The section in which they become too many ends
	// there, and no other begins: cut says that something was left out.
	elements int
	cut      bool
	// attributeStyles are cleaned style attributes by their source.
	attributeStyles map[string]string

	stack    []openElement
	overflow map[atom.Atom]int // open elements that were tooDeep, by name
	bodyOpen bool
	// bodyWritten says that the body, which is open, has an element of its own.
	bodyWritten bool
	skip        atom.Atom // the element being left out with its content
	skipped     int       // how deep it is nested in itself

	folds   []fold
	inQuote bool
	dir     string   // the direction that the html element tells, else auto
	own     int      // visible characters outside of quotes
	line    lastLine // of the writer's own text
}

func newSanitizer(m *message.Message, o Options) *sanitizer {
	return &sanitizer{o: o, parts: indexParts(m), blocked: map[string]bool{}, attributeStyles: map[string]string{}, overflow: map[atom.Atom]int{}, dir: "auto"}
}

// bodyStart is the element that stands for the mail's body. A mail that tells no
// direction has that of its first letter.
const bodyStart, bodyEnd = `<div class="waxwing-mail" dir="auto">`, `</div>`

// bodyStart is what begins a section that has no body element.
func (s *sanitizer) bodyStart() string {
	switch s.use {
	case quoting:
		if s.name == "" {
			return ""
		}
		return `<div class="` + s.name + `" dir="` + s.dir + `">`
	case editing:
		return ""
	}
	return bodyStart
}

// bodyElement is the start tag of what stands for a body element.
func (s *sanitizer) bodyElement(at *attributes) string {
	switch {
	case s.use == editing, s.use == quoting && s.name == "":
		return ""
	case s.use == quoting:
		return "<div" + at.render(s.name) + ">"
	}
	return "<div" + at.render("waxwing-mail") + ">"
}

// html writes one HTML section.
func (s *sanitizer) html(source string) {
	s.beginSection()
	z := html.NewTokenizer(strings.NewReader(s.bounded(source)))
	for {
		switch tt := z.Next(); tt {
		case html.ErrorToken:
			s.endSection()
			return
		case html.TextToken:
			if s.skip == 0 {
				s.text(string(z.Text()))
			}
		case html.StartTagToken, html.SelfClosingTagToken:
			if s.skip == 0 && s.full() {
				s.cut = true
				s.endSection()
				return
			}
			name, hasAttr := z.TagName()
			s.startTag(atom.Lookup(name), hasAttr, tt == html.SelfClosingTagToken, z)
		case html.EndTagToken:
			name, _ := z.TagName()
			s.end(atom.Lookup(name))
		}
	}
}

// full reports whether the document has as many elements as it may. What is sent
// isn't bounded so.
func (s *sanitizer) full() bool { return s.use == reading && s.elements >= maxElements }

// bounded is as much of a section's source as is used.
func (s *sanitizer) bounded(source string) string {
	most := maxSource
	if s.use != reading {
		most = maxSentSource
	}
	s.cut = s.cut || len(source) > most
	return truncate(source, most)
}

func (s *sanitizer) beginSection() {
	s.stack, s.bodyOpen, s.bodyWritten, s.skip, s.folds = s.stack[:0], false, false, 0, s.folds[:0]
	s.inQuote, s.own, s.line = false, 0, lastLine{}
	clear(s.overflow)
}

// endSection closes what is open and decides which quotes are folded.
func (s *sanitizer) endSection() {
	for len(s.stack) > 0 {
		s.pop()
	}
	if s.bodyWritten {
		s.out.WriteString(bodyEnd)
	}
	s.settleFolds()
}

// openBody writes the body's element unless it is there.
func (s *sanitizer) openBody(start string) {
	if !s.bodyOpen {
		s.bodyOpen, s.bodyWritten = true, start != ""
		s.out.WriteString(start)
	}
}

// direction notes the direction of an html element, which isn't written.
func (s *sanitizer) direction(hasAttr bool, z *html.Tokenizer) {
	for n := 0; hasAttr && n < maxAttributes; n++ {
		var k, v []byte
		k, v, hasAttr = z.TagAttr()
		if d := strings.ToLower(string(v)); string(k) == "dir" && (d == "ltr" || d == "rtl") {
			s.dir = d
		}
	}
}

// text writes a run of text.
func (s *sanitizer) text(t string) {
	if !s.bodyOpen && strings.Trim(t, " \t\n\r\f\x00") == "" {
		return
	}
	s.openBody(s.bodyStart())
	if !s.inQuote && s.use == reading {
		if separator(t) && s.own > 0 {
			s.leaveParagraph()
			s.foldRest()
		} else {
			s.own += visibleLength(t)
			s.line.add(t)
		}
	}
	s.out.WriteString(escape(t))
}

// startTag treats a start tag. Only foreign elements close themselves.
func (s *sanitizer) startTag(a atom.Atom, hasAttr, selfClosing bool, z *html.Tokenizer) {
	t := elements[a]
	if s.skip != 0 {
		if !(elements[s.skip]&foreign != 0 && breaksOut(a)) {
			if a == s.skip && !(selfClosing && t&foreign != 0) {
				s.skipped++
			}
			return
		}
		s.skip = 0
	}
	switch {
	case a == atom.Style:
		s.styleElement(z)
	case a == atom.Html:
		s.direction(hasAttr, z)
	case a == atom.Body:
		at := s.attributes(a, hasAttr, z)
		if !at.has("dir") {
			at.set("dir", s.dir)
		}
		s.openBody(s.bodyElement(at))
	case a == atom.Textarea, a == atom.Plaintext, a == atom.Xmp:
		s.rawText(z)
	case a == atom.Input:
		s.input(hasAttr, z)
	case t&dropped != 0:
		if a == atom.Video && hasAttr {
			s.poster(z)
		}
		if !(selfClosing && t&foreign != 0) {
			s.skip, s.skipped = a, 0
		}
	case t != 0:
		s.element(a, t, hasAttr, z)
	}
}

// element writes an element of the allow-list.
func (s *sanitizer) element(a atom.Atom, t traits, hasAttr bool, z *html.Tokenizer) {
	s.openBody(s.bodyStart())
	at := s.attributes(a, hasAttr, z)
	if s.use == editing && a == atom.Img && !at.has("src") {
		s.text(at.value("alt"))
		return
	}
	s.closeImplied(a)
	if t&special != 0 || a == atom.Br {
		s.line.end()
	}
	if s.tooDeep(t) {
		s.overflow[a]++
		return
	}
	if a == atom.Source && (s.find(atom.Picture) < 0 || !at.has("srcset")) {
		return
	}
	e := openElement{source: a, traits: t}
	if !s.inQuote && t&special != 0 && s.use == reading {
		switch at.quote(a) {
		case quoteElement:
			s.beginFold()
			e.close, e.quote = foldEnd, true
		case quoteRest:
			s.foldRest()
		}
	}
	name := a.String()
	if t&asDiv != 0 {
		name = "div"
	} else if t&asSpan != 0 {
		name = "span"
	}
	tag := "<" + name + at.render("") + ">"
	if t&void != 0 {
		s.elements++
		s.out.WriteString(tag)
		return
	}
	e.close = "</" + name + ">" + e.close
	s.push(e, tag)
}

// end treats an end tag.
func (s *sanitizer) end(a atom.Atom) {
	if s.skip != 0 {
		if a == s.skip {
			if s.skipped--; s.skipped < 0 {
				s.skip = 0
			}
		}
		return
	}
	t := elements[a]
	switch {
	case a == atom.Br: // browsers read </br> as <br>
		s.openBody(s.bodyStart())
		if s.full() {
			return
		}
		s.elements++
		s.out.WriteString("<br>")
	case t&(allowed|asDiv|asSpan) != 0 && t&void == 0:
		if t&special != 0 {
			s.line.end()
		}
		s.endTag(a)
	}
}

// styleElement reads a style element, whose content is one raw text token.
func (s *sanitizer) styleElement(z *html.Tokenizer) {
	if z.Next() != html.TextToken {
		return
	}
	if s.styles.Len() < maxStyles {
		s.styles.WriteString(s.sheet(string(z.Raw())))
	}
}

// rawText writes the content of an element that holds only text, as text.
func (s *sanitizer) rawText(z *html.Tokenizer) {
	if z.Next() == html.TextToken {
		s.text(string(z.Text()))
	}
}

// input writes the label of a button; other controls are left out.
func (s *sanitizer) input(hasAttr bool, z *html.Tokenizer) {
	var kind, value string
	for more := hasAttr; more; {
		var k, v []byte
		k, v, more = z.TagAttr()
		switch string(k) {
		case "type":
			kind = strings.ToLower(string(v))
		case "value":
			value = string(v)
		}
	}
	if value != "" && (kind == "submit" || kind == "button" || kind == "reset") {
		s.text(truncate(value, maxValue))
	}
}

// poster counts the picture that a video would have shown.
func (s *sanitizer) poster(z *html.Tokenizer) {
	for more := true; more; {
		var k, v []byte
		k, v, more = z.TagAttr()
		if string(k) == "poster" {
			s.picture(string(v))
		}
	}
}

// escape makes text safe in elements and in quoted attribute values.
func escape(t string) string {
	if strings.IndexByte(t, 0) >= 0 {
		t = strings.ReplaceAll(t, "\x00", "")
	}
	if !utf8.ValidString(t) {
		t = strings.ToValidUTF8(t, "\uFFFD")
	}
	return html.EscapeString(t)
}

// truncate cuts t to at most n octets at a character.
func truncate(t string, n int) string {
	if len(t) <= n {
		return t
	}
	for n > 0 && !utf8.RuneStart(t[n]) {
		n--
	}
	return t[:n]
}
