package search

import (
	"fmt"
	"strings"
	"testing"
	"time"
	"unicode/utf8"
)

// show writes a tree as text: (and …), field:"text"*, -x …
func show(e Expr) string {
	list := func(op string, l []Expr) string {
		parts := []string{op}
		for _, x := range l {
			parts = append(parts, show(x))
		}
		return "(" + strings.Join(parts, " ") + ")"
	}
	switch e := e.(type) {
	case nil:
		return "nothing"
	case And:
		return list("and", e)
	case Or:
		return list("or", e)
	case Not:
		return "-" + show(e.Expr)
	case Term:
		names := map[Field]string{FieldFrom: "from:", FieldTo: "to:", FieldCc: "cc:", FieldSubject: "subject:", FieldFilename: "filename:", FieldList: "list:"}
		s := names[e.Field] + e.Text
		if e.Prefix {
			s += "*"
		}
		return strings.ReplaceAll(s, " ", "_")
	case Before:
		return "before:" + e.Time.Format(time.RFC3339)
	case After:
		return "after:" + e.Time.Format(time.RFC3339)
	}
	return fmt.Sprintf("%T%v", e, e)[len("search."):]
}

func TestParse(t *testing.T) {
	for _, c := range []struct{ in, want string }{
		{"", "nothing"},
		{"  ", "nothing"},
		{"hello", "hello*"},
		{"it", "it"},
		{"hello world", "(and hello* world*)"},
		{`"hello world"`, "hello_world"},
		{`"hello`, "hello"},
		{`"hello wor"*`, "hello_wor*"},
		{"ab*", "ab*"},
		{"4711", "4711"},
		{"order4711", "order4711"},
		{"4711*", "4711*"},
		{"from:anna", "from:anna*"},
		{"FROM:Anna", "from:Anna*"},
		{`from:"Anna Maier"`, "from:Anna_Maier"},
		{"from:anna@example.org to:bob cc:eve", "(and from:anna@example.org* to:bob* cc:eve*)"},
		{"subject:plan filename:report.pdf list:dev", "(and subject:plan* filename:report.pdf* list:dev*)"},
		{"has:attachment", "HasAttachment{}"},
		{"is:unread", "-HasKeyword{$seen}"},
		{"is:read is:flagged is:answered", "(and HasKeyword{$seen} HasKeyword{$flagged} HasKeyword{$answered})"},
		{"in:inbox", "InMailbox{inbox}"},
		{`in:"Projects/North East"`, "InMailbox{Projects/North East}"},
		{"in:", "nothing"},
		{"from:", "nothing"},
		{`from:""`, "nothing"},
		{"is:", "nothing"},
		{"before:", "nothing"},
		{"hello larger:", "hello*"},
		{`"`, "nothing"},
		{"(", "nothing"},
		{"OR", "nothing"},
		{"-(", "nothing"},
		{"-from:", "nothing"},
		{"before:2024-05-01", "before:2024-05-01T00:00:00Z"},
		{"after:2024", "after:2024-01-01T00:00:00Z"},
		{"after:2024-02", "after:2024-02-01T00:00:00Z"},
		{"larger:1M", "Larger{1048576}"},
		{"smaller:200k", "Smaller{204800}"},
		{"larger:1.5mb", "Larger{1572864}"},
		{"larger:3000", "Larger{3000}"},
		{"larger:many", "larger_many"},
		{"larger:-5", "larger_-5"},
		{"before:yesterday", "before_yesterday"},
		{"before:2026-05-32", "before_2026-05-32"},
		{"after:2026-13", "after_2026-13"},
		{"is:purple", "is_purple"},
		{"has:hope", "has_hope"},
		{"-hello", "-hello*"},
		{"--hello", "hello*"},
		{"a - b", "(and a b)"},
		{"-from:anna", "-from:anna*"},
		{`-"no way"`, "-no_way"},
		{"one OR two three", "(or one* (and two* three*))"},
		{"one or two", "(and one* or two*)"},
		{"(one OR two) three", "(and (or one* two*) three*)"},
		{"-(one two)", "-(and one* two*)"},
		{"OR OR", "nothing"},
		{"one OR", "one*"},
		{"(one", "one*"},
		{"one)", "one*"},
		{"()", "nothing"},
		{")(", "nothing"},
		{"-)", "nothing"},
		{"ORDER", "ORDER*"},
		{"12:30", "12:30"},
		{"http://example.org/x", "http://example.org/x*"},
		{"...", "nothing"},
		{"日", "日"},
		{"Müller", "Müller*"},
		{"\xff\xfehello", "hello*"},
	} {
		if got := show(ParseIn(c.in, time.UTC).Expr); got != c.want {
			t.Errorf("Parse(%q) = %s, want %s", c.in, got, c.want)
		}
	}
}

func TestParseIsBounded(t *testing.T) {
	terms, depth := 0, 0
	Walk(Parse(strings.Repeat("word ", 10000)).Expr, func(e Expr) {
		if _, ok := e.(Term); ok {
			terms++
		}
	})
	if terms == 0 || terms > maxTerms {
		t.Errorf("10,000 words gave %d terms, want 1…%d", terms, maxTerms)
	}
	for e := Parse(strings.Repeat("(-", 10000) + "x").Expr; e != nil; depth++ {
		n, ok := e.(Not)
		if !ok {
			break
		}
		e = n.Expr
	}
	if depth > maxDepth {
		t.Errorf("depth is %d, want at most %d", depth, maxDepth)
	}
}

// TestParseKeepsWords: what is beyond the bounds on nesting is no group, but its
// words are searched for; groups take no words' places.
func TestParseKeepsWords(t *testing.T) {
	for _, depth := range []int{1, maxDepth, maxDepth + 1, 1000} {
		s := strings.Repeat("(", depth) + "one two" + strings.Repeat(")", depth) + " three"
		var got []string
		Walk(Parse(s).Expr, func(e Expr) {
			if term, ok := e.(Term); ok {
				got = append(got, term.Text)
			}
		})
		if strings.Join(got, " ") != "one two three" {
			t.Errorf("%d parentheses: words %q, want one two three", depth, got)
		}
	}
	for _, in := range []string{"%s", "(%s)", "((%s) (x y))", "-(%s)"} {
		s := fmt.Sprintf(in, strings.Repeat("word ", maxTerms))
		terms := 0
		Walk(Parse(s).Expr, func(e Expr) {
			if _, ok := e.(Term); ok {
				terms++
			}
		})
		if terms != maxTerms {
			t.Errorf("%.20s…: %d words, want %d", s, terms, maxTerms)
		}
	}
	deep := strings.Repeat("(", maxDepth+2) + "a" + strings.Repeat(")", maxDepth+2) + " OR b"
	if got := show(Parse(deep).Expr); got != "(or a b)" {
		t.Errorf("deep group OR b is %s, want (or a b)", got)
	}
}

func TestSegment(t *testing.T) {
	for _, c := range []struct{ in, want string }{
		{"plain text", "plain text"},
		{"Grüße", "Grüsse"},
		{"STRAẞE", "STRAssE"},
		{"Æsop œuvre", "aesop oeuvre"},
		{"ﬁne Ｓtraße", "fine Strasse"}, // ligature, full width
		{"Ørsted, Łódź", "orsted, lódź"},
		{"日", "日"},
		{"日本", "日本 本"},
		{"日本語", "日本 本語 語"},
		{"abc日本def", "abc 日本 本 def"},
		{"日 本", "日 本"},
		{"カレー", "カレ レー ー"},
		{"한국어", "한국 국어 어"},
		{"ＡＢＣ", "ABC"}, // full width
	} {
		if got := strings.Join(strings.Fields(Segment(c.in)), " "); got != c.want {
			t.Errorf("Segment(%q) = %q, want %q", c.in, got, c.want)
		}
	}
}

func TestPhrase(t *testing.T) {
	for _, c := range []struct {
		in, want string
		prefix   bool
	}{
		{"plain text", "plain text", false},
		{"Straße", "Strasse", false},
		{"日", "日", true},
		{"日本", "日本", false},
		{"日本語", "日本 本語", false},
		{"abc語", "abc 語", true},
		{"日本abc", "日本 本 abc", false},
	} {
		got, prefix := Phrase(c.in)
		if got = strings.Join(strings.Fields(got), " "); got != c.want || prefix != c.prefix {
			t.Errorf("Phrase(%q) = %q, %v, want %q, %v", c.in, got, prefix, c.want, c.prefix)
		}
	}
}

// FuzzParse looks for input that crashes or never ends, and for trees that break
// what the types promise.
func FuzzParse(f *testing.F) {
	for _, s := range []string{`from:"a b" -(x OR y*) before:2024 larger:1M`, "((((", `"`, "-", ":", "in:", "日本語*", "a\x00b"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		Walk(Parse(s).Expr, func(e Expr) {
			switch e := e.(type) {
			case And:
				if len(e) < 2 {
					t.Errorf("Parse(%q): And of %d", s, len(e))
				}
			case Or:
				if len(e) < 2 {
					t.Errorf("Parse(%q): Or of %d", s, len(e))
				}
			case Not:
				if e.Expr == nil {
					t.Errorf("Parse(%q): Not of nothing", s)
				}
			case Term:
				if e.Text == "" || !utf8.ValidString(e.Text) {
					t.Errorf("Parse(%q): text %q", s, e.Text)
				}
			}
		})
	})
}

// FuzzSegment checks that a phrase of any part of a run is found in the run.
func FuzzSegment(f *testing.F) {
	f.Add("日本語の本", 1, 2)
	f.Add("abc日本def", 2, 3)
	f.Fuzz(func(t *testing.T, s string, at, n int) {
		runes := []rune(normal(strings.ToValidUTF8(s, "")))
		for _, r := range runes {
			if !unspaced(r) {
				return
			}
		}
		if at < 0 || n < 1 || at >= len(runes) || n > len(runes)-at {
			return
		}
		part := string(runes[at : at+n])
		phrase, prefix := Phrase(part)
		index := " " + strings.Join(strings.Fields(Segment(string(runes))), " ") + " "
		want := " " + strings.Join(strings.Fields(phrase), " ")
		if !prefix {
			want += " "
		}
		if normal(part) == part && !strings.Contains(index, want) {
			t.Errorf("%q isn't found in %q: %q in %q", part, string(runes), want, index)
		}
	})
}
