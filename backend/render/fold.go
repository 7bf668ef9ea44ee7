package render

import (
	"regexp"
	"strings"
	"unicode"

	"golang.org/x/net/html/atom"

	"waxwing/backend/message"
)

// A fold is a quote that may be shown folded. It is written unfolded; when the
// section is complete, settleFolds folds those behind which the writer says
// nothing more.
type fold struct {
	open int // offset in the output of " open" in the details element
	own  int // the writer's own text before it, without the attribution
	seen int // sanitizer.own when it began
}

// The fold's elements. The summary shows three dots by the frame's style; its
// label comes from Options.
const (
	foldBegin = `<details class="waxwing-quote"`
	foldOpen  = ` open`
	foldEnd   = `</details>`
)

// beginFold writes the start of a fold. The caller sees to its end.
func (s *sanitizer) beginFold() {
	s.openBody(s.bodyStart())
	s.elements += 2
	s.out.WriteString(foldBegin)
	s.folds = append(s.folds, fold{
		open: s.out.Len(),
		own:  s.own - s.line.attribution(),
		seen: s.own,
	})
	s.out.WriteString(foldOpen + "><summary")
	if s.o.QuoteLabel != "" {
		s.out.WriteString(` aria-label="` + escape(s.o.QuoteLabel) + `"`)
	}
	s.out.WriteString("></summary>")
	s.inQuote = true
}

// foldRest begins a fold that reaches to the end of the open element.
func (s *sanitizer) foldRest() {
	if len(s.stack) >= maxDepth {
		return
	}
	s.beginFold()
	s.stack = append(s.stack, openElement{traits: special, close: foldEnd, quote: true})
}

// leaveParagraph closes what is open below the innermost container, so that a
// fold can take the container's rest.
func (s *sanitizer) leaveParagraph() {
	for len(s.stack) > 0 {
		switch e := s.stack[len(s.stack)-1]; {
		case e.traits&special == 0, e.source == atom.P:
			s.pop()
		default:
			return
		}
	}
}

// settleFolds folds the quotes that end the section. A quote stays open if the
// writer goes on below it, or has said nothing above it: then it is what there
// is to read.
func (s *sanitizer) settleFolds() {
	for _, f := range s.folds {
		if f.own > 0 && f.seen == s.own {
			copy(s.out.Bytes()[f.open:], "     ")
		}
	}
}

// quoteKind tells how an element quotes.
type quoteKind int

const (
	quoteNone    quoteKind = iota
	quoteElement           // it is the quote
	quoteRest              // the quote is it and all that follows in its parent
)

// quoteClasses mark quotes of Gmail, Yahoo, Proton, Zoho, GMX, Thunderbird …
var quoteClasses = map[string]bool{
	"gmail_quote": true, "gmail_quote_container": true, "gmail_extra": true, "yahoo_quoted": true, "protonmail_quote": true,
	"zmail_extra": true, "moz-cite": true, "tutanota_quote": true, "freebirdformailquote": true,
}

// quoteIDs mark where Outlook and its like begin the message being answered.
var quoteIDs = map[string]bool{
	"divrplyfwdmsg": true, "appendonsend": true, "stopspelling": true, "isreplycontent": true, "isforwardcontent": true,
	"mail-editor-reference-message-container": true, "oriordiv": true, "_replyquote": true,
}

// quote tells whether an element with these attributes quotes.
func (at *attributes) quote(a atom.Atom) quoteKind {
	for _, c := range at.classes {
		if quoteClasses[strings.ToLower(c)] && (a == atom.Div || a == atom.Blockquote) {
			return quoteElement
		}
	}
	switch {
	case a == atom.Blockquote && at.cite:
		return quoteElement
	case quoteIDs[strings.ToLower(at.id)], a == atom.Div && at.outlook:
		return quoteRest
	}
	return quoteNone
}

// outlookLine is the style of the line that Outlook (Windows and macOS) draws
// above "From: … Sent: …".
var outlookLine = regexp.MustCompile(`(?i)^\s*border:\s*none;\s*border-top:\s*solid\s+#(?:E1E1E1|B5C4DF)\s+1\.0pt;\s*padding:\s*3\.0pt`)

func outlookRule(style string) bool { return outlookLine.MatchString(style) }

// separator reports whether a text begins with the line that mail programs set
// above the message being answered.
func separator(t string) bool {
	t = strings.TrimSpace(t)
	if !strings.HasPrefix(t, "-----") {
		return false
	}
	line, _, _ := strings.Cut(t, "\n")
	return message.ReplySeparator(strings.TrimSpace(line))
}

// visibleLength counts characters that leave a mark.
func visibleLength(t string) int {
	n := 0
	for _, r := range t {
		if r > ' ' && r != 0xa0 && r != 0x200b && r != 0xfeff && !unicode.IsSpace(r) {
			n++
		}
	}
	return n
}

// lastLine remembers the line being written, to tell an attribution ("On …, Ann
// wrote:") from the writer's own words.
type lastLine struct {
	length int  // visible characters of the last line that has any
	ended  bool // the next text begins a new line
	colon  bool // it ends in a colon
}

func (l *lastLine) add(t string) {
	n := visibleLength(t)
	if n == 0 {
		return
	}
	if l.ended {
		*l = lastLine{}
	}
	l.length += n
	t = strings.TrimRightFunc(t, unicode.IsSpace)
	l.colon = strings.HasSuffix(t, ":") || strings.HasSuffix(t, "：")
}

func (l *lastLine) end() { l.ended = true }

// attribution is the length of the last line if it introduces a quote.
func (l *lastLine) attribution() int {
	if l.colon {
		return l.length
	}
	return 0
}
