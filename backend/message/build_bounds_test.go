package message

import (
	"strings"
	"testing"
	"time"

	"waxwing/backend/mail"
)

// TestBuildBounded builds what makes careless writers take quadratic time; see
// TestBounded.
func TestBuildBounded(t *testing.T) {
	const limit, mega = 10 * time.Second, 1 << 20
	for _, c := range []struct{ name, text string }{
		{"words", strings.Repeat("a ", 2*mega)}, {"one word", strings.Repeat("ü", 2*mega)}, {"blanks", strings.Repeat(" ", 4*mega)}, {"blanks and a word", strings.Repeat(" ", 4*mega) + "x"},
		{"marks", strings.Repeat(">", mega)}, {"marked lines", strings.Repeat("> > \n", mega)}, {"empty lines", strings.Repeat("\n", 4*mega)}, {"words after blanks", strings.Repeat(strings.Repeat(" ", 5000)+"x ", 500)},
		{"quotes", strings.Repeat("<blockquote>x", mega/8)}, {"empty lines in quotes", strings.Repeat("<blockquote>", 200) + strings.Repeat("<br>", mega/8)},
		{"lists", strings.Repeat("<ul><li>x", mega/8)}, {"items", "<ol>" + strings.Repeat("<li>x", mega/4)}, {"links", strings.Repeat(`<a href="https://x.example/">x</a>`, mega/16)},
		{"links in links", strings.Repeat(`<span><a href="https://x.example/">x`, mega/32)}, {"cells", "<table><tr>" + strings.Repeat("<td>x", mega/4)},
		{"pictures", strings.Repeat(`<img src="cid:x">`, mega/8)}, {"signatures", strings.Repeat(`<div class="waxwing-signature">x</div>`, mega/16)}, {"open tags", strings.Repeat("<", 4*mega)},
	} {
		for _, format := range []mail.BodyFormat{mail.FormatPlain, mail.FormatRich} {
			start := time.Now()
			build(t, mail.Draft{From: mail.Address{Name: c.text[:min(mega/4, len(c.text))], Email: "a@x.example"}, Subject: c.text[:min(mega/4, len(c.text))], Format: format, Body: c.text, Quote: c.text}, "")
			if took := time.Since(start); took > limit {
				t.Errorf("%s, %s: took %v", c.name, format, took)
			}
		}
	}
}
