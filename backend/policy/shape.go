package policy

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// shape is what a value must be. The published JSON Schema is written from the
// same shapes that policies are checked with, so that the two can't differ.
type shape struct {
	kind    kind
	doc     string   // what the value means, for the schema
	fields  []field  // of an object: all that it may have
	item    *shape   // of a list
	min     int      // of a number: the least; of a list: the fewest entries
	max     int      // of a number: the greatest; of a list and a text: the longest
	choices []string // of a text: all that it may be
	format  *format  // of a text
	quiet   bool     // of a text: what was written isn't repeated in reasons
}

// field is a member of an object.
type field struct {
	name     string
	required bool
	shape    *shape
}

// format is how a text must look.
type format struct {
	// pattern is in what ECMA 262, which JSON Schema asks for, and RE2 share.
	pattern *regexp.Regexp
	example string // of a text that fits, for the reason
}

// checker gathers what is wrong.
type checker struct {
	data     []byte
	findings []Finding
}

// report notes a finding at an offset.
func (c *checker) report(at int, code Code, args map[string]string) {
	line, column := place(c.data, at)
	c.findings = append(c.findings, Finding{line, column, code, args})
}

// wants is the finding of a value of another kind.
var wants = map[kind]Code{
	kindBoolean: CodeWantBoolean, kindNumber: CodeWantNumber, kindText: CodeWantText,
	kindList: CodeWantList, kindObject: CodeWantObject,
}

// check reports every way in which a value isn't what its shape says.
func (c *checker) check(n *node, s *shape) {
	if n.kind != s.kind {
		c.report(n.at, wants[s.kind], nil)
		return
	}
	switch s.kind {
	case kindText:
		c.checkText(n, s)
	case kindNumber:
		if v, err := strconv.Atoi(n.text); err != nil || v < s.min || v > s.max {
			c.report(n.at, CodeRange, map[string]string{"min": digits(s.min), "max": digits(s.max)})
		}
	case kindList:
		if len(n.items) < s.min {
			c.report(n.at, CodeEmptyList, nil)
		}
		if len(n.items) > s.max {
			c.report(n.at, CodeTooMany, map[string]string{"limit": digits(s.max)})
			return
		}
		for _, item := range n.items {
			c.check(item, s.item)
		}
	case kindObject:
		c.checkObject(n, s)
	}
}

func (c *checker) checkText(n *node, s *shape) {
	switch {
	case s.choices != nil:
		if !slices.Contains(s.choices, n.text) {
			c.report(n.at, CodeChoice, map[string]string{"value": brief(n.text), "choices": list(s.choices)})
		}
	case n.text == "":
		c.report(n.at, CodeEmptyText, nil)
	case utf8.RuneCountInString(n.text) > s.max:
		c.report(n.at, CodeTooLong, map[string]string{"limit": digits(s.max)})
	case s.format != nil && !s.format.pattern.MatchString(n.text):
		value := brief(n.text)
		if s.quiet {
			value = "…"
		}
		c.report(n.at, CodeFormat, map[string]string{"value": value, "example": s.format.example})
	}
}

func (c *checker) checkObject(n *node, s *shape) {
	for _, m := range n.members {
		i := slices.IndexFunc(s.fields, func(f field) bool { return f.name == m.name })
		if i < 0 {
			var known []string
			for _, f := range s.fields {
				if f.name != "$schema" {
					known = append(known, f.name)
				}
			}
			c.report(m.at, CodeUnknown, map[string]string{"name": brief(m.name), "known": list(known)})
			continue
		}
		c.check(m.value, s.fields[i].shape)
	}
	for _, f := range s.fields {
		if f.required && n.member(f.name) == nil {
			c.report(n.at, CodeMissing, map[string]string{"name": f.name})
		}
	}
}

// list writes names one after the other; the empty one as "".
func list(names []string) string {
	shown := make([]string, len(names))
	for i, name := range names {
		shown[i] = name
		if name == "" {
			shown[i] = `""`
		}
	}
	return strings.Join(shown, ", ")
}
