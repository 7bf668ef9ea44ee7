package render

import (
	"golang.org/x/net/html/atom"
)

// maxDepth bounds the nesting of the output; deeper elements are left out, their
// content stays.
const maxDepth = 200

// maxIndents bounds the elements in each other that take from the width. More
// would leave none for the text: a blank card.
const maxIndents = 16

// maxReopened bounds the formatting elements that are opened again after
// misnesting. Without a bound, unclosed tags multiply with what follows.
const maxReopened = 8

// An openElement is an element of the output that isn't closed yet.
type openElement struct {
	source atom.Atom // the name in the mail, by which its end tag finds it; 0 for the fold's own
	traits traits
	tag    string // the start tag as written, kept of formatting elements
	close  string // what closes it
	ended  bool   // its end tag came while blocks were open inside
	quote  bool   // leaving it leaves the outermost quote
}

// push writes tag and keeps the element open.
func (s *sanitizer) push(e openElement, tag string) {
	s.elements++
	s.out.WriteString(tag)
	if e.traits&formatting != 0 {
		e.tag = tag
	}
	s.stack = append(s.stack, e)
}

// tooDeep reports whether an element with these traits may not be opened.
func (s *sanitizer) tooDeep(t traits) bool {
	if t&void != 0 {
		return false
	}
	if t&indented == 0 || s.use != reading {
		return len(s.stack) >= s.depthBound()
	}
	n := 0
	for _, e := range s.stack {
		if e.traits&indented != 0 {
			n++
		}
	}
	return n >= maxIndents || len(s.stack) >= s.depthBound()
}

// depthBound is maxDepth; a quote that comes again has its own element on top.
func (s *sanitizer) depthBound() int {
	if s.use == quoting && s.name == "" {
		return maxDepth + 1
	}
	return maxDepth
}

// find returns the index of the innermost open element of that name in scope,
// -1 when there is none.
func (s *sanitizer) find(a atom.Atom) int {
	for i := len(s.stack) - 1; i >= 0; i-- {
		e := &s.stack[i]
		if e.source == a && !e.ended {
			return i
		}
		if barrier(a, e.source) {
			return -1
		}
	}
	return -1
}

// endTag closes the element that an end tag names.
func (s *sanitizer) endTag(a atom.Atom) {
	if s.overflow[a] > 0 {
		s.overflow[a]--
		return
	}
	i := s.find(a)
	if i < 0 {
		return
	}
	t := s.stack[i].traits
	if t&special == 0 {
		for _, e := range s.stack[i+1:] {
			if e.traits&special != 0 {
				// A formatting element ends with the block inside it; others
				// ignore such an end tag.
				s.stack[i].ended = t&formatting != 0
				return
			}
		}
	}
	s.popTo(i)
}

// closeImplied closes what the start tag of a closes without saying so.
func (s *sanitizer) closeImplied(a atom.Atom) {
	for _, x := range impliedEnds(a) {
		if i := s.find(x); i >= 0 {
			s.popTo(i)
			return
		}
	}
}

// popTo closes the elements from the top of the stack down to index i, and
// opens again the formatting elements among those above it, as browsers do.
func (s *sanitizer) popTo(i int) {
	var reopen []openElement
	cell := barrier(atom.P, s.stack[i].source) || s.stack[i].source == atom.Tr
	for _, e := range s.stack[i+1:] {
		if e.traits&formatting != 0 && !e.ended && !cell && len(reopen) < maxReopened {
			reopen = append(reopen, e)
		}
	}
	for len(s.stack) > i {
		s.pop()
	}
	for len(s.stack) > 0 && s.stack[len(s.stack)-1].ended {
		s.pop()
	}
	for _, e := range reopen {
		s.push(e, e.tag)
	}
}

func (s *sanitizer) pop() {
	e := s.stack[len(s.stack)-1]
	s.stack = s.stack[:len(s.stack)-1]
	s.out.WriteString(e.close)
	if e.quote {
		s.inQuote = false
	}
}
