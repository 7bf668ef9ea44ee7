package policy

import (
	"bytes"
	"encoding/json"
	"regexp"
	"strings"
	"unicode/utf8"
)

// maxDepth bounds how deeply values may lie in each other.
const maxDepth = 16

// kind is the kind of a JSON value.
type kind int

const (
	kindNull kind = iota
	kindBoolean
	kindNumber
	kindText
	kindList
	kindObject
)

// node is a JSON value together with where it stands. The decoder of the
// standard library forgets the place, and takes doubled names for one.
type node struct {
	kind    kind
	at      int    // offset of its first octet
	text    string // of a text, decoded; of a number and a boolean, as written
	items   []*node
	members []member
}

type member struct {
	name  string
	at    int // offset of the name
	value *node
}

// member returns the value under a name, or nil.
func (n *node) member(name string) *node {
	for _, m := range n.members {
		if m.name == name {
			return m.value
		}
	}
	return nil
}

// parser reads JSON (RFC 8259) up to the first mistake.
type parser struct {
	data  []byte
	next  int
	depth int
	// mistake is what is wrong, once something is.
	mistake *mistake
}

// mistake is a finding whose place is still an offset.
type mistake struct {
	at   int
	code Code
	args map[string]string
}

// parse reads one JSON value and nothing after it.
func parse(data []byte) (*node, *mistake) {
	p := &parser{data: data}
	p.blanks()
	if p.next == len(data) {
		return nil, &mistake{at: 0, code: CodeEmpty}
	}
	n := p.value()
	if p.mistake == nil {
		p.blanks()
		if p.next < len(data) {
			p.fail(p.next, CodeTrailing, nil)
		}
	}
	return n, p.mistake
}

// fail notes the first mistake; afterwards nothing more is read.
func (p *parser) fail(at int, code Code, args map[string]string) {
	if p.mistake == nil {
		p.mistake = &mistake{at, code, args}
		p.next = len(p.data)
	}
}

// blanks passes over white space, and stops at a comment, which JSON has not.
func (p *parser) blanks() {
	for p.next < len(p.data) && strings.IndexByte(" \t\r\n", p.data[p.next]) >= 0 {
		p.next++
	}
	if p.next < len(p.data) && (p.data[p.next] == '/' || p.data[p.next] == '#') {
		p.fail(p.next, CodeComment, nil)
	}
}

// peek returns the next octet, 0 at the end.
func (p *parser) peek() byte {
	if p.next < len(p.data) {
		return p.data[p.next]
	}
	return 0
}

// value reads a value; blanks before it have been passed over.
func (p *parser) value() *node {
	n := &node{at: p.next}
	switch c := p.peek(); {
	case c == '{' || c == '[':
		p.depth++
		if p.depth > maxDepth {
			p.fail(p.next, CodeTooDeep, nil)
			return n
		}
		if c == '{' {
			p.object(n)
		} else {
			p.list(n)
		}
		p.depth--
	case c == '"':
		n.kind, n.text = kindText, p.quoted()
	case p.next == len(p.data) || strings.IndexByte(",:]}", c) >= 0:
		p.fail(p.next, CodeValueMissing, nil)
	default:
		p.word(n)
	}
	return n
}

// number is the grammar of RFC 8259 §6.
var number = regexp.MustCompile(`^-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?$`)

// word reads a number, true, false or null.
func (p *parser) word(n *node) {
	end := p.next
	for end < len(p.data) && strings.IndexByte(" \t\r\n,:]}[{\"/#", p.data[end]) < 0 {
		end++
	}
	if end == p.next { // a lone octet of those above
		end++
	}
	n.text = string(p.data[p.next:end])
	switch {
	case n.text == "null":
		n.kind = kindNull
	case n.text == "true" || n.text == "false":
		n.kind = kindBoolean
	case number.MatchString(n.text):
		n.kind = kindNumber
	case strings.IndexByte("-+.0123456789", n.text[0]) >= 0:
		p.fail(p.next, CodeNumber, map[string]string{"text": brief(n.text)})
	default:
		p.fail(p.next, CodeWord, map[string]string{"text": brief(n.text)})
	}
	if p.mistake == nil {
		p.next = end
	}
}

// quoted reads a text and returns it decoded.
func (p *parser) quoted() string {
	start := p.next
	for i := start + 1; i < len(p.data); i++ {
		switch c := p.data[i]; {
		case c == '"':
			return p.decode(start, i+1)
		case c == '\n' || c == '\r':
			p.fail(start, CodeTextOpen, nil)
			return ""
		case c < 0x20:
			p.fail(i, CodeControl, nil)
			return ""
		case c == '\\':
			n := escapeLength(p.data[i:])
			if n == 0 {
				p.fail(i, CodeEscape, nil)
				return ""
			}
			i += n - 1
		}
	}
	p.fail(start, CodeTextOpen, nil)
	return ""
}

var escape = regexp.MustCompile(`^\\(["\\/bfnrt]|u[0-9A-Fa-f]{4})`)

// escapeLength returns the length of the escape that data begins with, 0 for none.
func escapeLength(data []byte) int { return len(escape.Find(data)) }

// decode decodes a text whose escapes are sound.
func (p *parser) decode(start, end int) (text string) {
	if err := json.Unmarshal(p.data[start:end], &text); err != nil {
		p.fail(start, CodeEscape, nil)
		return ""
	}
	if p.mistake == nil {
		p.next = end
	}
	return text
}

// list reads what stands between [ and ].
func (p *parser) list(n *node) {
	n.kind = kindList
	p.entries(n.at, ']', func() { n.items = append(n.items, p.value()) })
}

// object reads what stands between { and }.
func (p *parser) object(n *node) {
	n.kind = kindObject
	seen := map[string]int{}
	p.entries(n.at, '}', func() {
		m := member{at: p.next}
		if p.peek() != '"' {
			p.fail(p.next, CodeNameMissing, nil)
			return
		}
		m.name = p.quoted()
		if first, twice := seen[m.name]; twice && p.mistake == nil {
			line, _ := place(p.data, first)
			p.fail(m.at, CodeDuplicate, map[string]string{"name": brief(m.name), "line": digits(line)})
			return
		}
		seen[m.name] = m.at
		p.blanks()
		if p.mistake == nil && p.peek() != ':' {
			p.fail(p.next, CodeColonMissing, map[string]string{"name": brief(m.name)})
			return
		}
		p.next = min(p.next+1, len(p.data))
		p.blanks()
		m.value = p.value()
		n.members = append(n.members, m)
	})
}

// entries reads entries separated by commas up to the closing bracket.
func (p *parser) entries(open int, closing byte, entry func()) {
	p.next++
	p.blanks()
	if p.mistake == nil && p.peek() == closing {
		p.next++
		return
	}
	for p.mistake == nil {
		if p.next == len(p.data) {
			p.fail(open, CodeNotClosed, map[string]string{"text": string(p.data[open])})
			return
		}
		entry()
		p.blanks()
		if p.mistake != nil {
			return
		}
		switch c := p.peek(); {
		case p.next == len(p.data):
			p.fail(open, CodeNotClosed, map[string]string{"text": string(p.data[open])})
		case c == closing:
			p.next++
			return
		case c == ',':
			comma := p.next
			p.next++
			p.blanks()
			if p.mistake == nil && p.peek() == closing {
				p.fail(comma, CodeCommaExtra, nil)
			}
		case c == ']' || c == '}':
			p.fail(p.next, CodeWrongBracket, map[string]string{"text": string(c), "wanted": string(closing)})
		default:
			p.fail(p.next, CodeCommaMissing, nil)
		}
	}
}

// place returns the line and column of an offset, both from 1; columns count
// characters. An editor shows the same.
func place(data []byte, offset int) (line, column int) {
	before := data[:min(offset, len(data))]
	line = 1 + bytes.Count(before, []byte("\n"))
	last := before[bytes.LastIndexByte(before, '\n')+1:]
	return line, 1 + utf8.RuneCount(last)
}

// brief returns a text shortened for a sentence, without what would steer a terminal.
func brief(s string) string {
	const limit = 40
	s = strings.Map(func(r rune) rune {
		if r < 0x20 || r >= 0x7f && r < 0xa0 || r >= 0x202a && r <= 0x202e || r >= 0x2066 && r <= 0x2069 {
			return '�'
		}
		return r
	}, s)
	if utf8.RuneCountInString(s) > limit {
		s = string([]rune(s)[:limit]) + "…"
	}
	return s
}
