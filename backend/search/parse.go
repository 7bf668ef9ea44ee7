package search

import (
	"math"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// Limits that keep a pasted page of text from becoming a query that runs for
// minutes: what is beyond them is left out.
const (
	maxTerms = 64
	maxDepth = 16
)

// Parse reads a search as people type it:
//
//	word "some words" word*       text, anywhere
//	from: to: cc: subject: filename: list:   text in one place
//	in:inbox in:"Projects/North" in:anywhere
//	has:attachment is:unread is:read is:flagged is:answered is:draft
//	before:2024-05-01 after:2024 (local time, the day or year itself is after)
//	larger:1M smaller:200k        octets; k and M are powers of 1024
//	-not  a OR b  ( … )
//
// Everything side by side must match; OR binds looser. A bare word of three or
// more letters also finds longer words that begin with it, so that results
// come while one types; a word in quotes, and one with digits in it (an order
// number), is the whole word, unless a * follows.
//
// Parse never fails: what is no operator is text, and so is an operator with a
// value that it can't use ("is:purple", "before:2026-05-32"). An operator without
// a value, which somebody is still typing, counts for nothing.
func Parse(s string) Query { return ParseIn(s, time.Local) }

// ParseIn is Parse with the time zone in which dates are meant.
func ParseIn(s string, zone *time.Location) Query {
	p := parser{rest: strings.ToValidUTF8(s, " "), zone: zone}
	return Query{Expr: p.or(0)}
}

type parser struct {
	rest  string
	zone  *time.Location
	terms int
}

// or reads "a b OR c" up to a closing parenthesis or the end.
func (p *parser) or(depth int) Expr {
	var alternatives Or
	for {
		if e := p.and(depth); e != nil {
			alternatives = append(alternatives, e)
		}
		if !p.word("OR") {
			break
		}
	}
	switch len(alternatives) {
	case 0:
		return nil
	case 1:
		return alternatives[0]
	}
	return alternatives
}

func (p *parser) and(depth int) Expr {
	var all And
	for {
		p.space()
		if p.rest == "" || p.at("OR") {
			break
		}
		if p.rest[0] == ')' {
			if depth > 0 {
				break
			}
			p.rest = p.rest[1:] // closes nothing
			continue
		}
		if e := p.item(depth); e != nil {
			all = append(all, e)
		}
	}
	switch len(all) {
	case 0:
		return nil
	case 1:
		return all[0]
	}
	return all
}

// item reads one operand: -x, ( … ), "…", field:value or a word.
func (p *parser) item(depth int) Expr {
	if p.rest[0] == '-' && len(p.rest) > 1 && !p.blank(1) {
		p.rest = p.rest[1:]
		if e := p.item(depth); e != nil {
			if n, ok := e.(Not); ok {
				return n.Expr
			}
			return Not{e}
		}
		return nil
	}
	if p.rest[0] == '(' {
		p.rest = p.rest[1:]
		if depth >= maxDepth {
			return nil
		}
		e := p.or(depth + 1)
		if p.space(); strings.HasPrefix(p.rest, ")") {
			p.rest = p.rest[1:]
		}
		return e
	}
	if p.rest[0] == ')' { // after a minus
		return nil
	}
	if p.rest[0] == '"' {
		return p.bounded(term(FieldAny, p.quoted(), true, p.star()))
	}
	return p.bounded(p.fieldOrWord())
}

// bounded returns e unless there are enough terms already.
func (p *parser) bounded(e Expr) Expr {
	if e == nil || p.terms >= maxTerms {
		return nil
	}
	p.terms++
	return e
}

func (p *parser) fieldOrWord() Expr {
	end := strings.IndexFunc(p.rest, func(r rune) bool { return unicode.IsSpace(r) || strings.ContainsRune(`()":`, r) })
	if end > 0 && p.rest[end] == ':' {
		if known(strings.ToLower(p.rest[:end])) {
			name := strings.ToLower(p.rest[:end])
			p.rest = p.rest[end+1:]
			if strings.HasPrefix(p.rest, `"`) {
				return p.field(name, p.quoted(), true)
			}
			return p.field(name, p.bare(), false)
		}
	}
	w := p.bare()
	star := strings.HasSuffix(w, "*")
	return term(FieldAny, strings.TrimRight(w, "*"), false, star)
}

var textFields = map[string]Field{
	"from": FieldFrom, "to": FieldTo, "cc": FieldCc,
	"subject": FieldSubject, "filename": FieldFilename, "list": FieldList,
}

func known(name string) bool {
	switch name {
	case "in", "has", "is", "before", "after", "larger", "smaller":
		return true
	}
	_, ok := textFields[name]
	return ok
}

// field makes the node for name:value. A value that the field can't use makes
// the whole thing text, so that nothing typed is ignored silently.
func (p *parser) field(name, value string, quoted bool) Expr {
	if f, ok := textFields[name]; ok {
		star := strings.HasSuffix(value, "*") || quoted && p.star()
		return term(f, strings.TrimRight(value, "*"), quoted, star)
	}
	if value == "" {
		return nil // still typing
	}
	switch name {
	case "in":
		return InMailbox{value}
	case "has":
		if v := strings.ToLower(value); v == "attachment" || v == "attachments" {
			return HasAttachment{}
		}
	case "is":
		if e := state(strings.ToLower(value)); e != nil {
			return e
		}
	case "before", "after":
		if t, ok := date(value, p.zone); ok && name == "before" {
			return Before{t}
		} else if ok {
			return After{t}
		}
	case "larger", "smaller":
		if n, ok := size(value); ok && name == "larger" {
			return Larger{n}
		} else if ok {
			return Smaller{n}
		}
	}
	return term(FieldAny, name+" "+value, true, false)
}

func state(name string) Expr {
	switch name {
	case "read", "seen":
		return HasKeyword{"$seen"}
	case "unread", "unseen":
		return Not{HasKeyword{"$seen"}}
	case "flagged", "starred":
		return HasKeyword{"$flagged"}
	case "answered", "replied":
		return HasKeyword{"$answered"}
	case "draft":
		return HasKeyword{"$draft"}
	}
	return nil
}

// term makes a Term, or nil when there is nothing in text that the index could hold.
func term(f Field, text string, quoted, star bool) Expr {
	letters, digits := 0, false
	for _, r := range text {
		switch {
		case unicode.IsLetter(r):
			letters++
		case unicode.IsNumber(r):
			digits = true
		}
	}
	if letters == 0 && !digits {
		return nil
	}
	return Term{Field: f, Text: strings.TrimSpace(text), Prefix: star || !quoted && !digits && letters >= 3}
}

// date reads a day, a month or a year and gives its first instant.
func date(s string, zone *time.Location) (time.Time, bool) {
	for _, layout := range []string{"2006-01-02", "2006/01/02", "2006-01", "2006"} {
		if t, err := time.ParseInLocation(layout, s, zone); err == nil {
			return t, true
		}
	}
	return time.Time{}, false
}

// size reads "200k", "1.5M", "3000" as octets.
func size(s string) (int64, bool) {
	s = strings.TrimSuffix(strings.ToLower(s), "b")
	factor := 1.0
	switch {
	case strings.HasSuffix(s, "k"):
		factor = 1 << 10
	case strings.HasSuffix(s, "m"):
		factor = 1 << 20
	case strings.HasSuffix(s, "g"):
		factor = 1 << 30
	}
	if factor > 1 {
		s = s[:len(s)-1]
	}
	n, err := strconv.ParseFloat(s, 64)
	if err != nil || math.IsNaN(n) || n < 0 || n*factor > math.MaxInt64/2 {
		return 0, false
	}
	return int64(n * factor), true
}

func (p *parser) space() { p.rest = strings.TrimLeftFunc(p.rest, unicode.IsSpace) }

// blank reports whether nothing but a space follows at byte i.
func (p *parser) blank(i int) bool {
	r, _ := utf8.DecodeRuneInString(p.rest[i:])
	return unicode.IsSpace(r)
}

// at reports whether w is the next whole word.
func (p *parser) at(w string) bool {
	if !strings.HasPrefix(p.rest, w) {
		return false
	}
	return len(p.rest) == len(w) || p.blank(len(w)) || strings.ContainsRune("()", rune(p.rest[len(w)]))
}

// word takes w when it is the next whole word.
func (p *parser) word(w string) bool {
	if p.space(); !p.at(w) {
		return false
	}
	p.rest = p.rest[len(w):]
	return true
}

// quoted takes "…"; a missing closing quote is at the end.
func (p *parser) quoted() string {
	p.rest = p.rest[1:]
	text, rest, _ := strings.Cut(p.rest, `"`)
	p.rest = rest
	return text
}

// bare takes everything up to a space, quote or parenthesis.
func (p *parser) bare() string {
	end := strings.IndexFunc(p.rest, func(r rune) bool { return unicode.IsSpace(r) || strings.ContainsRune(`()"`, r) })
	if end < 0 {
		end = len(p.rest)
	}
	w := p.rest[:end]
	p.rest = p.rest[end:]
	return w
}

// star takes a * that follows closely.
func (p *parser) star() bool {
	if !strings.HasPrefix(p.rest, "*") {
		return false
	}
	p.rest = strings.TrimLeft(p.rest, "*")
	return true
}
