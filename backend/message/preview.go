package message

import (
	"strings"
	"unicode"
)

// maxPreview is the length of a preview in characters (RFC 8621 §4.1.4).
const maxPreview = 256

// preview makes one line of the beginning of a text. Quotes, the lines that
// introduce them and the signature are left out if the writer's own text comes
// first.
func preview(text string) string {
	var own, quoted previewLine
	for text != "" && !own.full() {
		var line string
		line, text, _ = strings.Cut(text, "\n")
		line = strings.TrimRightFunc(line, unicode.IsSpace)
		switch {
		case line == "--" || ReplySeparator(line):
			if own.n > 0 {
				return own.String()
			}
		case strings.HasPrefix(line, ">"):
			if !quoted.full() {
				quoted.add(strings.TrimLeft(line, "> "))
			}
		case introducesQuote(line, text):
		case ornament(line):
		default:
			own.add(line)
		}
	}
	if own.n > 0 {
		return own.String()
	}
	return quoted.String()
}

// A previewLine joins words up to the bound.
type previewLine struct {
	b strings.Builder
	n int // characters
}

func (p *previewLine) full() bool { return p.n >= maxPreview }

func (p *previewLine) add(line string) {
	for _, w := range strings.Fields(line) {
		w = visible(w)
		if w == "" || bracketedURL(w) {
			continue
		}
		if p.n > 0 {
			p.b.WriteByte(' ')
			p.n++
		}
		for _, r := range w {
			if p.full() {
				return
			}
			p.b.WriteRune(r)
			p.n++
		}
	}
}

func (p *previewLine) String() string { return strings.TrimRight(p.b.String(), " ") }

// visible strips characters without a shape from a word.
func visible(w string) string {
	for i := 0; i < len(w); i++ {
		if w[i] >= 0x7f || w[i] < ' ' {
			return strings.Map(func(r rune) rune {
				if isBidi(r) || unicode.IsControl(r) || r == 0xad || r == 0x34f || r == 0x200b || r == 0x2060 || r == 0xfeff {
					return -1
				}
				return r
			}, w)
		}
	}
	return w
}

// bracketedURL reports whether a word is a link's address that a converter put
// behind the link's text.
func bracketedURL(w string) bool {
	w = strings.TrimRight(w, ".,;:")
	if len(w) < 10 {
		return false
	}
	switch w[0] {
	case '<', '(', '[':
		return strings.HasPrefix(w[1:], "http://") || strings.HasPrefix(w[1:], "https://")
	}
	return false
}

// ornament reports whether a line is drawn rather than written.
func ornament(line string) bool {
	for _, r := range line {
		if !strings.ContainsRune("-=_*#~+.·•|—–─━ \t", r) {
			return false
		}
	}
	return true
}

// ReplySeparator reports whether a line is one that mail programs set above the
// message being answered or forwarded.
func ReplySeparator(line string) bool {
	const mark = "-----"
	if !strings.HasPrefix(line, mark) {
		return false
	}
	line = strings.ToLower(strings.Trim(line, "- "))
	switch line {
	case "original message", "ursprüngliche nachricht", "message d'origine", "mensaje original", "messaggio originale", "oorspronkelijk bericht", "original-nachricht", "forwarded message", "weitergeleitete nachricht":
		return true
	}
	return false
}

// introducesQuote reports whether line is the attribution of a quote ("On …,
// Ann wrote:") that follows in rest.
func introducesQuote(line, rest string) bool {
	if !strings.HasSuffix(line, ":") && !strings.HasSuffix(line, "：") {
		// The attribution may go on for one more line.
		next, after, _ := strings.Cut(rest, "\n")
		next = strings.TrimSpace(next)
		if next == "" || len(next) > 80 || !strings.HasSuffix(next, ":") || !strings.ContainsAny(line, "0123456789") {
			return false
		}
		rest = after
	}
	for range 2 {
		var next string
		next, rest, _ = strings.Cut(rest, "\n")
		if next = strings.TrimSpace(next); next != "" {
			return strings.HasPrefix(next, ">")
		}
	}
	return false
}
