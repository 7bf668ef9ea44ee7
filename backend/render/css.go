package render

import (
	"strings"

	"github.com/tdewolff/parse/v2"
	"github.com/tdewolff/parse/v2/css"
)

// Bounds on style sheets: of a document, of one style attribute, and on rules
// within rules.
const (
	maxStyles         = 512 << 10
	maxStyleAttribute = 16 << 10
	maxNestedRules    = 3
)

// A cssReader hands out the tokens of a style sheet. A comment is handed out as
// a blank: were it left out, the tokens beside it could grow together into a
// new one, such as the start of a comment.
type cssReader struct {
	l    *css.Lexer
	held *css.Token
}

func newCSSReader(source string) *cssReader {
	// NUL ends the lexer's input early; browsers read U+FFFD.
	source = strings.ReplaceAll(source, "\x00", "\uFFFD")
	return &cssReader{l: css.NewLexer(parse.NewInputString(source))}
}

func (r *cssReader) next() css.Token {
	if r.held != nil {
		t := *r.held
		r.held = nil
		return t
	}
	tt, data := r.l.Next()
	if tt == css.CommentToken {
		return css.Token{TokenType: css.WhitespaceToken, Data: []byte(" ")}
	}
	return css.Token{TokenType: tt, Data: data}
}

func (r *cssReader) back(t css.Token) { r.held = &t }

// sheet cleans a style sheet.
func (s *sanitizer) sheet(source string) string {
	var out strings.Builder
	s.rules(newCSSReader(truncate(source, maxStyles)), &out, 0)
	return out.String()
}

// rules copies rules up to the end of the block or sheet.
func (s *sanitizer) rules(r *cssReader, out *strings.Builder, depth int) {
	for {
		switch t := r.next(); t.TokenType {
		case css.ErrorToken:
			return
		case css.RightBraceToken:
			if depth > 0 {
				return
			}
		case css.WhitespaceToken, css.CDOToken, css.CDCToken, css.SemicolonToken:
		case css.AtKeywordToken:
			s.atRule(strings.ToLower(unescapeCSS(string(t.Data[1:]))), r, out, depth)
		default:
			r.back(t)
			s.rule(r, out)
		}
	}
}

// atRule keeps @media; every other at-rule is left out with its block.
func (s *sanitizer) atRule(name string, r *cssReader, out *strings.Builder, depth int) {
	prelude, block := readPrelude(r)
	if !block {
		return
	}
	query, ok := s.mediaQuery(prelude)
	if name != "media" || !ok || depth >= maxNestedRules {
		skipBlock(r)
		return
	}
	var inner strings.Builder
	s.rules(r, &inner, depth+1)
	if inner.Len() > 0 {
		out.WriteString("@media " + query + "{" + inner.String() + "}\n")
	}
}

// rule copies "selectors { declarations }".
func (s *sanitizer) rule(r *cssReader, out *strings.Builder) {
	prelude, block := readPrelude(r)
	if !block {
		return
	}
	selector, ok := cleanSelector(prelude, s.idPrefix())
	body := s.declarationList(r, true, selectsBody(selector))
	if s.name != "" {
		selector = scoped(selector, s.name)
	}
	if ok && selector != "" && body != "" {
		out.WriteString(selector + "{" + body + "}\n")
	}
}

// readPrelude reads up to "{" (true) or ";" or the end (false).
func readPrelude(r *cssReader) (tokens []css.Token, block bool) {
	const longest = 2000
	for {
		t := r.next()
		switch t.TokenType {
		case css.LeftBraceToken:
			return tokens, true
		case css.SemicolonToken, css.ErrorToken:
			return nil, false
		case css.RightBraceToken:
			r.back(t)
			return nil, false
		}
		if len(tokens) < longest {
			tokens = append(tokens, t)
		}
	}
}

// skipBlock reads to the "}" of a block whose "{" was read.
func skipBlock(r *cssReader) {
	for depth := 1; depth > 0; {
		switch r.next().TokenType {
		case css.LeftBraceToken:
			depth++
		case css.RightBraceToken:
			depth--
		case css.ErrorToken:
			return
		}
	}
}

// Bounds on the style attributes that are remembered.
const maxRemembered, maxRememberedLength = 2000, 500

// declarations cleans a style attribute. Newsletters repeat a few of them
// thousands of times, so that it pays to remember them.
func (s *sanitizer) declarations(source string) string {
	if cleaned, ok := s.attributeStyles[source]; ok {
		return cleaned
	}
	cleaned := s.declarationList(newCSSReader(source), false, false)
	if len(s.attributeStyles) < maxRemembered && len(source) <= maxRememberedLength {
		s.attributeStyles[source] = cleaned
	}
	return cleaned
}

// declarationList copies declarations up to the end, or to the "}" of a block.
// The mail's body is held in its place.
func (s *sanitizer) declarationList(r *cssReader, block, ofBody bool) string {
	var out strings.Builder
	for {
		tokens, end := readDeclaration(r, block)
		s.declaration(tokens, ofBody, &out)
		if end {
			return out.String()
		}
	}
}

// readDeclaration reads up to ";" or the end. Blocks within are skipped, and
// spoil the declaration.
func readDeclaration(r *cssReader, block bool) (tokens []css.Token, end bool) {
	const longest, usual = 1000, 8
	parens, spoiled := 0, false
	tokens = make([]css.Token, 0, usual)
	for {
		t := r.next()
		switch t.TokenType {
		case css.ErrorToken:
			end = true
		case css.RightBraceToken:
			end = block
			spoiled = spoiled || !block
		case css.LeftBraceToken:
			skipBlock(r)
			return nil, false
		case css.FunctionToken, css.LeftParenthesisToken:
			parens++
		case css.RightParenthesisToken:
			parens--
		}
		if end || t.TokenType == css.SemicolonToken && parens <= 0 {
			if spoiled || len(tokens) >= longest {
				return nil, end
			}
			return tokens, end
		}
		if len(tokens) < longest {
			tokens = append(tokens, t)
		}
	}
}

// declaration writes one declaration if its property and value are allowed.
func (s *sanitizer) declaration(tokens []css.Token, ofBody bool, out *strings.Builder) {
	tokens = trimCSS(tokens)
	if len(tokens) < 3 || tokens[0].TokenType != css.IdentToken {
		return
	}
	name := strings.ToLower(unescapeCSS(string(tokens[0].Data)))
	rest := trimCSS(tokens[1:])
	if !properties[name] || s.use == editing && !editProperties[name] || len(rest) == 0 || rest[0].TokenType != css.ColonToken {
		return
	}
	value, ok := s.value(name, trimCSS(rest[1:]))
	ofBody = ofBody || s.use == editing
	if ok && !(ofBody && displaces(name, value)) {
		out.WriteString(name + ":" + value + ";")
	}
}

// trimCSS removes white space around tokens.
func trimCSS(t []css.Token) []css.Token {
	for len(t) > 0 && t[0].TokenType == css.WhitespaceToken {
		t = t[1:]
	}
	for len(t) > 0 && t[len(t)-1].TokenType == css.WhitespaceToken {
		t = t[:len(t)-1]
	}
	return t
}

// unescapeCSS decodes the escapes of an identifier or string (CSS Syntax §4.3.7).
func unescapeCSS(v string) string {
	if strings.IndexByte(v, '\\') < 0 {
		return v
	}
	var b strings.Builder
	for i := 0; i < len(v); i++ {
		if v[i] != '\\' {
			b.WriteByte(v[i])
			continue
		}
		n, code := i+1, rune(0)
		for n < len(v) && n < i+7 && hexValue(v[n]) >= 0 {
			code = code<<4 | rune(hexValue(v[n]))
			n++
		}
		switch {
		case n == i+1 && n < len(v): // a character stands for itself; a line end for nothing
			if c := v[n]; c != '\n' && c != '\r' && c != '\f' {
				b.WriteByte(c)
			} else if c == '\r' && n+1 < len(v) && v[n+1] == '\n' {
				n++
			}
			i = n
		default:
			if code == 0 || code > 0x10ffff || code >= 0xd800 && code < 0xe000 {
				code = 0xfffd
			}
			b.WriteRune(code)
			if n < len(v) && strings.IndexByte(" \t\n\r\f", v[n]) >= 0 {
				n++
			}
			i = n - 1
		}
	}
	return b.String()
}
