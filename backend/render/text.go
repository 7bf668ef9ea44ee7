package render

import (
	"strings"
	"unicode/utf8"
)

// maxQuoteDepth bounds the nesting of quotes in plain text.
const maxQuoteDepth = 12

// plain writes a plain text section: quotes as nested blockquotes, addresses as
// links, the signature dimmed.
func (s *sanitizer) plain(text string) {
	s.beginSection()
	s.openBody(s.textStart())
	depth, signature := 0, false
	for text = s.bounded(text); text != ""; {
		if s.full() {
			s.cut = true
			break
		}
		var line string
		line, text, _ = strings.Cut(text, "\n")
		d, rest := quoteDepth(line)
		s.quoteTo(&depth, d)
		if s.use == reading && depth == 0 && !s.inQuote && s.own > 0 && separator(line) {
			s.foldRest()
		}
		if !signature && !s.inQuote && (line == "-- " || line == "--") {
			signature = true
			s.push(openElement{close: "</div>"}, s.signatureStart())
		}
		if depth == 0 && !s.inQuote && !signature {
			s.own += visibleLength(rest)
			s.line.end()
			s.line.add(rest)
		}
		s.linkify(rest)
		s.out.WriteByte('\n')
	}
	s.quoteTo(&depth, 0)
	s.endSection()
}

// quoteTo opens and closes blockquotes until depth is d.
func (s *sanitizer) quoteTo(depth *int, d int) {
	for *depth > d {
		*depth--
		s.pop()
	}
	for *depth < d {
		e := openElement{close: "</blockquote>"}
		tag := "<blockquote>"
		if s.use != reading {
			tag = quoteTag
		} else if *depth == 0 && !s.inQuote {
			s.beginFold()
			e.close, e.quote = e.close+foldEnd, true
		}
		*depth++
		s.push(e, tag)
	}
}

// quoteDepth counts the quote marks of a line and returns what follows them.
func quoteDepth(line string) (int, string) {
	d := 0
	rest := line
	for strings.HasPrefix(rest, ">") {
		d++
		rest = rest[1:]
		if strings.HasPrefix(rest, " >") {
			rest = rest[1:]
		}
	}
	if d > 0 {
		rest = strings.TrimPrefix(rest, " ")
	}
	return min(d, maxQuoteDepth), rest
}

// linkify writes a line of text with its addresses as links.
func (s *sanitizer) linkify(line string) {
	for line != "" {
		end := strings.IndexAny(line, " \t<>\"")
		word := line
		if end >= 0 {
			word = line[:end]
		}
		s.word(word)
		if end < 0 {
			return
		}
		s.out.WriteString(escape(line[end : end+1]))
		line = line[end+1:]
	}
}

// word writes a word without blanks, as a link where it holds an address.
func (s *sanitizer) word(w string) {
	start := addressStart(w)
	if start < 0 || s.full() {
		s.out.WriteString(escape(w))
		return
	}
	address := trimPunctuation(w[start:])
	target := address
	if !strings.Contains(address, ":") && strings.Contains(address, "@") {
		target = "mailto:" + address
	}
	u, ok := link(target)
	if !ok || address == "" {
		s.out.WriteString(escape(w))
		return
	}
	s.elements++
	s.out.WriteString(escape(w[:start]))
	s.out.WriteString(`<a href="` + escape(u) + `"`)
	if s.use == reading {
		s.out.WriteString(` target="_blank" rel="noopener noreferrer"`)
	}
	s.out.WriteString(`>` + escape(address) + `</a>`)
	s.out.WriteString(escape(w[start+len(address):]))
}

// addressStart is where an address begins in a word, -1 when there is none.
func addressStart(w string) int {
	const longest = 4096
	if len(w) > longest {
		return -1
	}
	lower := strings.ToLower(w)
	if len(lower) != len(w) {
		return -1
	}
	for _, p := range []string{"https://", "http://", "mailto:"} {
		if i := strings.Index(lower, p); i >= 0 && len(w) > i+len(p) {
			return i
		}
	}
	bare := strings.TrimLeft(lower, "([{*_'")
	if strings.HasPrefix(bare, "www.") && strings.Count(bare, ".") > 1 {
		return len(lower) - len(bare)
	}
	if mailAddress(trimPunctuation(bare)) {
		return len(lower) - len(bare)
	}
	return -1
}

// mailAddress reports whether a lower-case word is like ann@example.org.
func mailAddress(w string) bool {
	at := strings.IndexByte(w, '@')
	if at < 1 || strings.Count(w, "@") != 1 {
		return false
	}
	domain := w[at+1:]
	dot := strings.LastIndexByte(domain, '.')
	if dot < 1 || len(domain)-dot < 3 {
		return false
	}
	for _, part := range []string{w[:at], domain} {
		for i := 0; i < len(part); i++ {
			if c := part[i]; !isLetterDigitDash(c) && strings.IndexByte("._+%", c) < 0 && c < utf8.RuneSelf {
				return false
			}
		}
	}
	return true
}

// trimPunctuation cuts what ends a sentence rather than an address. Closing
// brackets belong to it when it opens them.
func trimPunctuation(w string) string {
	for w != "" {
		switch c := w[len(w)-1]; c {
		case '.', ',', ';', ':', '!', '?', '\'', '*', '_', '|':
		case ')', ']', '}':
			open := map[byte]string{')': "(", ']': "[", '}': "{"}[c]
			if strings.Count(w, open) >= strings.Count(w, string(c)) {
				return w
			}
		default:
			return w
		}
		w = w[:len(w)-1]
	}
	return w
}
