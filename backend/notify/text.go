package notify

import (
	"strings"
	"unicode"
)

// The longest texts that go into a pop-up, in characters.
const (
	maxTitle = 120
	maxBody  = 400
)

// clean makes text from mail fit to be shown: control characters and those that
// change the order of writing are left out, long texts are cut.
func clean(s string, limit int) string {
	var b strings.Builder
	n := 0
	for _, r := range strings.ToValidUTF8(s, "\uFFFD") {
		switch {
		case r == '\n':
		case r == '\t', r == '\u2028', r == '\u2029':
			r = ' '
		case unicode.IsControl(r), r >= '\u202a' && r <= '\u202e', r >= '\u2066' && r <= '\u2069':
			continue
		}
		if n++; n > limit {
			return strings.TrimRight(b.String(), " \n") + "…"
		}
		b.WriteRune(r)
	}
	return strings.TrimSpace(b.String())
}

// oneLine is clean for a title.
func oneLine(s string, limit int) string {
	return clean(strings.Join(strings.Fields(s), " "), limit)
}

// visible reports whether anything of a text leaves a mark: more than blanks,
// controls, marks of direction, fillers and the empty Braille cell.
func visible(s string) bool {
	return strings.ContainsFunc(s, func(r rune) bool {
		return r != '\u2800' && !unicode.IsSpace(r) &&
			!unicode.In(r, unicode.Cc, unicode.Cf, unicode.Other_Default_Ignorable_Code_Point, unicode.Variation_Selector)
	})
}
