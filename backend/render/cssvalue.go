package render

import (
	"regexp"
	"strings"

	"github.com/tdewolff/parse/v2/css"
)

// properties are those that mail may set. Nothing among them fetches, moves
// content out of the frame, animates or runs; those that take a picture take it
// through sanitizer.picture.
var properties = wordSet(`
background background-color background-image background-position background-repeat background-size background-origin background-clip
border border-top border-right border-bottom border-left border-color border-style border-width border-collapse border-spacing border-radius
border-top-color border-right-color border-bottom-color border-left-color border-top-style border-right-style border-bottom-style border-left-style
border-top-width border-right-width border-bottom-width border-left-width
border-top-left-radius border-top-right-radius border-bottom-left-radius border-bottom-right-radius
outline outline-color outline-style outline-width box-shadow box-sizing caption-side empty-cells table-layout vertical-align
color opacity direction unicode-bidi font font-family font-size font-style font-variant font-weight font-stretch line-height letter-spacing word-spacing
text-align text-align-last text-decoration text-decoration-color text-decoration-line text-decoration-style text-indent text-overflow text-shadow text-transform
white-space word-break word-wrap overflow-wrap hyphens tab-size line-break
list-style list-style-type list-style-position list-style-image
display visibility float clear overflow overflow-x overflow-y position top right bottom left z-index
width height min-width min-height max-width max-height aspect-ratio object-fit object-position
margin margin-top margin-right margin-bottom margin-left padding padding-top padding-right padding-bottom padding-left
flex flex-basis flex-direction flex-flow flex-grow flex-shrink flex-wrap order justify-content justify-items justify-self
align-content align-items align-self gap row-gap column-gap columns column-count column-width column-rule
grid-template-columns grid-template-rows grid-column grid-row grid-gap
color-scheme cursor -webkit-text-size-adjust text-size-adjust -ms-text-size-adjust
`)

// pictureProperties may hold a url().
var pictureProperties = wordSet("background background-image list-style list-style-image")

// stringProperties may hold a quoted string, which is the name of a font.
var stringProperties = wordSet("font font-family")

// functions may stand in values. None fetches anything.
var functions = wordSet(`rgb rgba hsl hsla hwb lab lch oklab oklch calc min max clamp linear-gradient radial-gradient conic-gradient
repeating-linear-gradient repeating-radial-gradient -webkit-linear-gradient -webkit-radial-gradient minmax repeat fit-content`)

// units may follow a number. Those of the frame's height are missing, since the
// frame is as high as its content.
var units = wordSet("px em rem ex ch pt pc in cm mm q vw fr deg rad grad turn dpi dpcm dppx x")

func wordSet(words string) map[string]bool {
	set := map[string]bool{}
	for _, w := range strings.Fields(words) {
		set[w] = true
	}
	return set
}

var (
	identForm  = regexp.MustCompile(`^-{0,2}[A-Za-z_][A-Za-z0-9_-]*$`)
	numberForm = regexp.MustCompile(`^[+-]?(?:[0-9]{1,7}(?:\.[0-9]{0,9})?|\.[0-9]{1,9})$`)
	familyForm = regexp.MustCompile(`^[\p{L}\p{N} ._,'@+-]{0,100}$`)
	colourForm = regexp.MustCompile(`^#[0-9A-Fa-f]{3,8}$`)
)

// value writes a declaration's value again, false when anything in it isn't
// allowed. Parentheses that aren't closed are.
func (s *sanitizer) value(property string, tokens []css.Token) (string, bool) {
	var out strings.Builder
	depth := 0
	for i, t := range tokens {
		switch t.TokenType {
		case css.FunctionToken, css.LeftParenthesisToken:
			depth++
		case css.RightParenthesisToken:
			depth--
		}
		text, ok := s.valueToken(property, t, tokens[i+1:])
		if !ok || depth < 0 {
			return "", false
		}
		if strings.HasSuffix(out.String(), " ") {
			text = strings.TrimLeft(text, " ")
		}
		out.WriteString(text)
	}
	out.WriteString(strings.Repeat(")", depth))
	v := strings.TrimSpace(out.String())
	return v, v != ""
}

// valueToken writes one token of a value again; rest is what follows it.
func (s *sanitizer) valueToken(property string, t css.Token, rest []css.Token) (string, bool) {
	data := unescapeCSS(string(t.Data))
	switch t.TokenType {
	case css.WhitespaceToken:
		return " ", true
	case css.CommaToken, css.LeftParenthesisToken, css.RightParenthesisToken:
		return data, true
	case css.IdentToken:
		return data, identForm.MatchString(data) && keywordAllowed(property, strings.ToLower(data))
	case css.NumberToken:
		return data, numberForm.MatchString(data)
	case css.PercentageToken, css.DimensionToken:
		return data, dimensionAllowed(data)
	case css.HashToken:
		return data, colourForm.MatchString(data)
	case css.StringToken:
		family := unescapeCSS(unquote(string(t.Data)))
		return cssString(family), stringProperties[property] && familyForm.MatchString(family)
	case css.URLToken:
		if !pictureProperties[property] {
			return "", false
		}
		return s.cssPicture(string(t.Data)), true
	case css.FunctionToken:
		data = strings.ToLower(data)
		return data, functions[strings.TrimSuffix(data, "(")]
	case css.DelimToken:
		return delimiter(data, rest)
	}
	return "", false
}

// delimiter writes an operator, or the "!" of !important.
func delimiter(c string, rest []css.Token) (string, bool) {
	if strings.Contains("+-*/", c) {
		return " " + c + " ", true // apart, lest "/" and "*" begin a comment
	}
	rest = trimCSS(rest)
	return c, c == "!" && len(rest) == 1 && strings.EqualFold(unescapeCSS(string(rest[0].Data)), "important")
}

// keywordAllowed keeps content in the flow of the frame.
func keywordAllowed(property, word string) bool {
	if property == "position" {
		return word == "static" || word == "relative" || word == "absolute" || word == "initial" || word == "inherit" || word == "important"
	}
	return true
}

// displacing properties can take the mail's body out of the frame as a whole.
var displacing = wordSet("position top right bottom left z-index float display visibility opacity height max-height text-indent")

var negative = regexp.MustCompile(`(^|[ (,])-[ .0-9]`)

// displaces reports whether a declaration of the mail's body could leave the
// frame blank.
func displaces(property, value string) bool {
	return displacing[property] || strings.HasPrefix(property, "margin") && negative.MatchString(value)
}

// dimensionAllowed checks a number with its unit or percent sign.
func dimensionAllowed(v string) bool {
	i := len(v)
	for i > 0 && !isDigit(v[i-1]) && v[i-1] != '.' {
		i--
	}
	unit := strings.ToLower(v[i:])
	return numberForm.MatchString(v[:i]) && (unit == "%" || units[unit])
}

// cssPicture writes a url() token again, or none.
func (s *sanitizer) cssPicture(token string) string {
	inner := strings.TrimSuffix(token[len("url("):], ")")
	inner = strings.TrimSpace(inner)
	u, ok := s.picture(unescapeCSS(unquote(inner)))
	if !ok {
		return "none"
	}
	return cssURL(u)
}

// unquote strips the quotes of a string token, of which the last may be missing.
func unquote(v string) string {
	if v == "" || v[0] != '"' && v[0] != '\'' {
		return v
	}
	return strings.TrimSuffix(v[1:], v[:1])
}

// cssURL writes a URL for a style.
func cssURL(u string) string { return "url(" + cssString(u) + ")" }

// cssString writes a string such that neither CSS nor HTML can be left from
// within: everything but plain characters is escaped by its code.
func cssString(v string) string {
	var b strings.Builder
	b.WriteByte('"')
	for _, r := range v {
		if r < ' ' || r == 0x7f || strings.ContainsRune("\"'\\<>&{}*", r) {
			b.WriteString(`\` + hexCode(r) + " ")
			continue
		}
		b.WriteRune(r)
	}
	b.WriteByte('"')
	return b.String()
}

func hexCode(r rune) string {
	const digits = "0123456789abcdef"
	if r < 16 {
		return digits[r : r+1]
	}
	return digits[r>>4&15:r>>4&15+1] + digits[r&15:r&15+1]
}
