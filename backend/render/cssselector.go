package render

import (
	"regexp"
	"strings"

	"github.com/tdewolff/parse/v2/css"
	"golang.org/x/net/html/atom"
)

// mailSelector stands for html, body and :root of the mail.
const mailSelector = ".waxwing-mail"

// bodyInHTML is the body within the html element, for both of which the same stands.
var bodyInHTML = regexp.MustCompile(`\.waxwing-mail(?: *> *| +)\.waxwing-mail\b`)

// pseudoClasses may stand in selectors, with and without arguments.
var pseudoClasses = wordSet(`link visited hover active focus first-child last-child only-child first-of-type last-of-type only-of-type empty
before after first-line first-letter not nth-child nth-last-child nth-of-type nth-last-of-type`)

// A selectorWriter writes the tokens of a selector list again.
type selectorWriter struct {
	out             strings.Builder
	idPrefix        string
	depth, brackets int // open parentheses and brackets
}

// cleanSelector writes a selector list again, false when a part of it isn't
// known. Identifiers get the prefix; the frame's own classes and elements
// can't be selected by name.
func cleanSelector(tokens []css.Token, idPrefix string) (string, bool) {
	w := selectorWriter{idPrefix: idPrefix}
	prev := byte(0) // what the token before begins with
	for _, t := range tokens {
		text, ok := w.token(t, prev)
		if !ok || w.depth < 0 || w.brackets < 0 || w.brackets > 1 {
			return "", false
		}
		w.out.WriteString(text)
		prev = t.Data[0]
	}
	selector := strings.TrimSpace(w.out.String())
	selector = strings.ReplaceAll(selector, ":"+mailSelector, mailSelector) // :root
	selector = bodyInHTML.ReplaceAllString(selector, mailSelector)
	return selector, selector != "" && w.depth == 0 && w.brackets == 0
}

// selectsBody reports whether a part of a cleaned selector list selects the
// mail's body itself, rather than what is in it.
func selectsBody(list string) bool {
	for _, selector := range strings.Split(list, ",") {
		selector = strings.TrimSpace(selector)
		last := strings.LastIndexAny(selector, " >+~") + 1
		if strings.Contains(selector[last:], mailSelector) {
			return true
		}
	}
	return false
}

// token checks one token behind one that begins with prev.
func (w *selectorWriter) token(t css.Token, prev byte) (string, bool) {
	data := unescapeCSS(string(t.Data))
	switch t.TokenType {
	case css.WhitespaceToken:
		return " ", true
	case css.CommaToken, css.ColonToken, css.IncludeMatchToken, css.DashMatchToken, css.PrefixMatchToken, css.SuffixMatchToken, css.SubstringMatchToken:
		return data, true
	case css.IdentToken:
		return selectorWord(data, prev, w.brackets > 0)
	case css.HashToken:
		return "#" + w.idPrefix + data[1:], identForm.MatchString("_" + data[1:])
	case css.FunctionToken:
		w.depth++
		data = strings.ToLower(data)
		return data, prev == ':' && pseudoClasses[strings.TrimSuffix(data, "(")]
	case css.RightParenthesisToken:
		w.depth--
		return data, true
	case css.LeftBracketToken:
		w.brackets++
		return data, true
	case css.RightBracketToken:
		w.brackets--
		return data, true
	case css.StringToken:
		return cssString(unescapeCSS(unquote(string(t.Data)))), w.brackets == 1
	case css.NumberToken, css.DimensionToken:
		return data, w.depth > 0 && dimensionOfN(data)
	case css.DelimToken:
		return data, strings.Contains(".*>+~=", data)
	}
	return "", false
}

// selectorWord checks an identifier by what stands before it.
func selectorWord(word string, prev byte, inBrackets bool) (string, bool) {
	if !identForm.MatchString(word) {
		return "", false
	}
	lower := strings.ToLower(word)
	switch {
	case prev == '.':
		return word, !strings.HasPrefix(lower, "waxwing")
	case prev == ':':
		if lower == "root" {
			return mailSelector, true
		}
		return lower, pseudoClasses[lower]
	case inBrackets:
		return word, !strings.HasPrefix(lower, "waxwing")
	case lower == "body" || lower == "html":
		return mailSelector, true
	case lower == "even" || lower == "odd" || lower == "n":
		return lower, true
	}
	a := atom.Lookup([]byte(lower))
	return lower, a != 0 && elements[a]&allowed != 0
}

// dimensionOfN accepts what stands in :nth-child(2n+1).
func dimensionOfN(v string) bool {
	return numberForm.MatchString(strings.TrimSuffix(strings.ToLower(v), "n"))
}

// mediaWords may stand in media queries.
var mediaWords = wordSet(`all screen print speech and not only or width min-width max-width device-width min-device-width max-device-width
orientation portrait landscape -webkit-min-device-pixel-ratio -webkit-device-pixel-ratio min-resolution resolution hover pointer coarse fine none`)

// Queries that always and never hold.
const always, never = "(min-width:0)", "(max-width:0)"

// mediaQuery writes a media query again. A question for the colour scheme is
// answered here, since the paper is chosen by Options.Dark and not by the system.
func (s *sanitizer) mediaQuery(tokens []css.Token) (string, bool) {
	var out strings.Builder
	for i := 0; i < len(tokens); i++ {
		t := tokens[i]
		data := strings.ToLower(unescapeCSS(string(t.Data)))
		switch t.TokenType {
		case css.LeftParenthesisToken:
			if scheme, n := colourScheme(tokens[i:]); n > 0 {
				if s.use == quoting {
					out.WriteString("(prefers-color-scheme:" + scheme + ")")
					i += n - 1
					continue
				}
				s.ownDark = s.ownDark || scheme == "dark"
				out.WriteString(map[bool]string{true: always, false: never}[(scheme == "dark") == s.o.Dark])
				i += n - 1
				continue
			}
			out.WriteByte('(')
		case css.RightParenthesisToken, css.ColonToken, css.CommaToken:
			out.WriteString(data)
		case css.WhitespaceToken:
			out.WriteByte(' ')
		case css.IdentToken:
			if !mediaWords[data] {
				return "", false
			}
			out.WriteString(data)
		case css.FunctionToken: // "and(" without the blank
			if word := strings.TrimSuffix(data, "("); !mediaWords[word] {
				return "", false
			}
			out.WriteString(strings.TrimSuffix(data, "(") + " (")
		case css.NumberToken:
			if !numberForm.MatchString(data) {
				return "", false
			}
			out.WriteString(data)
		case css.DimensionToken:
			if !dimensionAllowed(data) {
				return "", false
			}
			out.WriteString(data)
		default:
			return "", false
		}
	}
	q := strings.TrimSpace(out.String())
	return q, q != "" && strings.Count(q, "(") == strings.Count(q, ")")
}

// colourScheme reads "(prefers-color-scheme: dark)" and returns its value and
// the tokens it takes, 0 when it is something else.
func colourScheme(tokens []css.Token) (scheme string, n int) {
	var words []string
	for i, t := range tokens {
		switch t.TokenType {
		case css.WhitespaceToken:
			continue
		case css.RightParenthesisToken:
			if len(words) == 4 && words[1] == "prefers-color-scheme" && words[2] == ":" {
				return words[3], i + 1
			}
			return "", 0
		}
		words = append(words, strings.ToLower(unescapeCSS(string(t.Data))))
		if len(words) > 4 {
			break
		}
	}
	return "", 0
}
