package search

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// Segment prepares text for the index. Scripts written without spaces (Han,
// Kana, Hangul) become overlapping pairs and the run's last character, so that
// every substring of a run is a phrase of pairs, and every single character
// the beginning of some word: "日本語" gives "日本 本語 語". Other text is brought
// into normal form KC, and letters that people also write with others are written
// so ("Straße" gives "Strasse"); folding case and accents is the index's tokenizer's.
func Segment(s string) string {
	s = normal(s)
	if !hasUnspaced(s) {
		return s
	}
	return pairs(s, true)
}

// Phrase prepares the text of a Term for a phrase query against an index made
// with Segment. prefix reports that the last word must be taken as a prefix:
// a single character of an unspaced script begins a pair.
func Phrase(s string) (phrase string, prefix bool) {
	s = strings.TrimSpace(normal(s))
	if !hasUnspaced(s) {
		return s, false
	}
	last, n := utf8.DecodeLastRuneInString(s)
	if unspaced(last) {
		before, _ := utf8.DecodeLastRuneInString(s[:len(s)-n])
		prefix = !unspaced(before)
	}
	return strings.TrimSpace(pairs(s, false)), prefix
}

// spelled replaces letters that Unicode doesn't decompose. What it gives for a
// capital needs no capitals.
var spelled = strings.NewReplacer(
	"ß", "ss", "ẞ", "ss", "æ", "ae", "Æ", "ae", "œ", "oe", "Œ", "oe",
	"ø", "o", "Ø", "o", "ł", "l", "Ł", "l", "đ", "d", "Đ", "d", "ı", "i",
)

func normal(s string) string {
	for i := 0; i < len(s); i++ {
		if s[i] >= utf8.RuneSelf {
			return spelled.Replace(norm.NFKC.String(s))
		}
	}
	return s
}

// pairs rewrites every run. The last character of a run stands alone behind
// its pairs; lastTail says whether it does so in a run that ends the text.
func pairs(s string, lastTail bool) string {
	var b strings.Builder
	b.Grow(2 * len(s))
	var prev rune // the run's previous character, 0 outside of a run
	count := 0    // characters in the run
	endRun := func(atEnd bool) {
		if count > 0 && (count == 1 || lastTail || !atEnd) {
			b.WriteByte(' ')
			b.WriteRune(prev)
		}
		if count > 0 {
			b.WriteByte(' ')
		}
		prev, count = 0, 0
	}
	for _, r := range s {
		if !unspaced(r) {
			endRun(false)
			b.WriteRune(r)
			continue
		}
		if count > 0 {
			b.WriteByte(' ')
			b.WriteRune(prev)
			b.WriteRune(r)
		}
		prev = r
		count++
	}
	endRun(true)
	return b.String()
}

func hasUnspaced(s string) bool {
	for _, r := range s {
		if unspaced(r) {
			return true
		}
	}
	return false
}

// unspaced reports whether r belongs to a script that doesn't separate words.
func unspaced(r rune) bool {
	if r < 0x1100 {
		return false
	}
	return unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Hangul, unicode.Bopomofo) || r == 'ー'
}
