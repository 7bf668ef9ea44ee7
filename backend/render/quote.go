package render

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"

	"waxwing/backend/message"
)

// A purpose is what a safe form is for.
type purpose int

const (
	reading purpose = iota // the reader's frame
	quoting                // a quote of what is sent
	editing                // the composer's own document
)

// maxSentSource bounds what is quoted and edited, in octets; it is as much as
// package message reads of a body.
const maxSentSource = 16 << 20

// quoteTag begins a quote in plain text that is sent.
const quoteTag = `<blockquote style="margin:0 0 0 .8ex;border-left:1px solid #ccc;padding-left:1ex;" type="cite">`

// Quote makes a message's body safe to be sent on below an answer: the writer's
// HTML as it is, remote pictures and links included, without what Body leaves out,
// such as scripts and forms. Nothing is folded, marked or blocked. part gives the
// URL by which the new message shows an inline picture ("cid:…").
//
// Its style sheets, if any, stand in one style element at its beginning, and hold
// for the quote only: what is written above it can't change its looks, nor the
// reverse. cut says that the body was too long to be quoted whole.
func Quote(m *message.Message, part func(number string) string) (html string, cut bool) {
	s := newSanitizer(m, Options{PartURL: part, RemoteURL: func(url string) string { return url }})
	s.use = quoting
	sum := sha256.Sum256([]byte(m.HTML))
	s.name = "quote-" + hex.EncodeToString(sum[:4])
	s.sections(m)
	return s.quote(), s.cut || m.Cut
}

// quote is what was written, its style sheets first; empty when nothing is to be seen.
func (s *sanitizer) quote() string {
	if s.styles.Len() == 0 || s.out.Len() == 0 {
		return s.out.String()
	}
	return "<style>" + s.styles.String() + "</style>\n" + s.out.String()
}

// Requote makes a quote that Quote wrote, and that came back from elsewhere, safe
// again. One that is as Quote wrote it stays as it is. m has the parts of the
// message in which it came.
func Requote(quote string, m *message.Message, part func(number string) string) string {
	s := newSanitizer(m, Options{PartURL: part, RemoteURL: func(url string) string { return url }})
	s.use = quoting
	s.html(quote)
	return s.quote()
}

// sections writes all sections of a message.
func (s *sanitizer) sections(m *message.Message) {
	for _, sec := range sections(m) {
		if sec.HTML {
			s.html(sec.Content)
		} else {
			s.plain(sec.Content)
		}
	}
}

// textStart begins a plain text section.
func (s *sanitizer) textStart() string {
	switch s.use {
	case quoting:
		return `<div class="` + s.name + `" style="white-space:pre-wrap;">`
	case editing:
		return `<div style="white-space:pre-wrap;">`
	}
	return `<div class="waxwing-mail waxwing-text">`
}

// signatureStart begins a signature in plain text.
func (s *sanitizer) signatureStart() string {
	if s.use == reading {
		return `<div class="waxwing-signature">`
	}
	return "<div>"
}

// scoped makes a cleaned selector list select within a quote only. Each selector
// weighs one class more than before, so that they rank as they did.
func scoped(list, name string) string {
	within := "div." + name
	var out []string
	for _, selector := range splitSelectors(list) {
		if selector = strings.TrimSpace(selector); selector == "" {
			continue
		}
		if !strings.Contains(selector, mailSelector) {
			selector = "." + name + " " + selector
		}
		out = append(out, strings.ReplaceAll(selector, mailSelector, within))
	}
	return strings.Join(out, ",")
}

// splitSelectors splits a cleaned list at its commas, but for those in brackets and
// strings.
func splitSelectors(list string) []string {
	var out []string
	depth, quoted, start := 0, false, 0
	for i := range len(list) {
		switch c := list[i]; {
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == '(' || c == '[':
			depth++
		case c == ')' || c == ']':
			depth--
		case c == ',' && depth == 0:
			out = append(out, list[start:i])
			start = i + 1
		}
	}
	return append(out, list[start:])
}
