package render

import (
	"strconv"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"

	"waxwing/backend/message"
)

// Bounds on attributes: of one element, and of one plain value in octets.
const (
	maxAttributes = 64
	maxValue      = 4096
)

// idPrefix stands before the mail's identifiers, so that they can't meet the
// frame's or name properties of its document ("DOM clobbering").
const idPrefix = "m-"

// attributes are those of an element that may be written.
type attributes struct {
	pairs   []pair
	classes []string
	style   string // cleaned declarations
	styled  bool   // a style attribute was read
	id      string // as in the mail
	cite    bool   // type=cite
	// outlook says that the style is the line that Outlook draws above the
	// message being answered.
	outlook bool
}

// A pair is a name and a value that isn't escaped yet.
type pair struct{ name, value string }

func (at *attributes) has(name string) bool {
	for _, p := range at.pairs {
		if p.name == name {
			return true
		}
	}
	return false
}

// value is an attribute's, "" when it isn't there.
func (at *attributes) value(name string) string {
	for _, p := range at.pairs {
		if p.name == name {
			return p.value
		}
	}
	return ""
}

// set adds an attribute unless it is there: the first counts (HTML §13.2.5.33).
func (at *attributes) set(name, value string) {
	if !at.has(name) {
		at.pairs = append(at.pairs, pair{name, value})
	}
}

// render writes the attributes, each with a blank before it. class is added to
// the mail's own.
func (at *attributes) render(class string) string {
	var b strings.Builder
	write := func(name, value string) {
		b.WriteByte(' ')
		b.WriteString(name)
		b.WriteString(`="`)
		b.WriteString(escape(value))
		b.WriteByte('"')
	}
	classes := at.classes
	if class != "" {
		classes = append([]string{class}, classes...)
	}
	if len(classes) > 0 {
		write("class", strings.Join(classes, " "))
	}
	if at.style != "" {
		write("style", at.style)
	}
	for _, p := range at.pairs {
		write(p.name, p.value)
	}
	return b.String()
}

// attributes reads the attributes of a start tag of element a.
func (s *sanitizer) attributes(a atom.Atom, hasAttr bool, z *html.Tokenizer) *attributes {
	at := &attributes{}
	for n := 0; hasAttr && n < maxAttributes; n++ {
		var k, v []byte
		k, v, hasAttr = z.TagAttr()
		s.attribute(at, a, string(k), string(v))
	}
	if s.use != reading {
		return at
	}
	if a == atom.A && at.has("href") {
		at.set("target", "_blank")
		at.set("rel", "noopener noreferrer")
	}
	if a == atom.Img && !at.has("src") && !at.has("srcset") {
		at.classes = append(at.classes, "waxwing-blocked")
	}
	return at
}

// attribute checks one attribute and keeps what may be written of it.
func (s *sanitizer) attribute(at *attributes, a atom.Atom, name, value string) {
	switch name {
	case "class":
		at.setClasses(value, s.use)
	case "style":
		if !at.styled {
			at.styled = true
			at.outlook = outlookRule(value)
			value = truncate(value, maxStyleAttribute)
			if a == atom.Body {
				at.style += s.declarationList(newCSSReader(value), false, true)
			} else {
				at.style += s.declarations(value)
			}
		}
	case "id", "name":
		if s.use == editing || a != atom.A && name == "name" || value == "" || len(value) > 200 || strings.ContainsAny(value, " \t\r\n\f") {
			return
		}
		at.id = value
		at.set("id", s.idPrefix()+value)
	case "href":
		if u, ok := link(value); ok && a == atom.A {
			if fragment, within := strings.CutPrefix(u, "#"+idPrefix); within {
				if s.use == editing {
					return
				}
				u = "#" + s.idPrefix() + fragment
			}
			at.set("href", u)
		}
	case "src":
		if a == atom.Img {
			if u, ok := s.picture(value); ok {
				at.set("src", u)
			}
		}
	case "srcset":
		if a == atom.Img || a == atom.Source {
			if set := s.srcset(value); set != "" {
				at.set("srcset", set)
			}
		}
	case "background":
		if u, ok := s.picture(value); ok {
			at.style += "background-image:" + cssURL(u) + ";"
		}
	case "type":
		if a == atom.Blockquote && strings.EqualFold(value, "cite") {
			at.cite = true
			if s.use == quoting {
				at.set("type", "cite")
			}
		}
		if listTypes[value] && (a == atom.Ol || a == atom.Ul || a == atom.Li) {
			at.set(name, value)
		}
	case "bgcolor", "text":
		v, ok := colour(strings.TrimSpace(value))
		switch {
		case !ok:
		case a == atom.Body: // written as a div, which has no such attributes
			at.style += map[string]string{"bgcolor": "background-color:", "text": "color:"}[name] + cssColour(v) + ";"
		case name == "bgcolor":
			at.set(name, v)
		}
	default:
		if check := plainAttributes[name]; check != nil {
			if v, ok := check(strings.TrimSpace(truncate(value, maxValue))); ok {
				at.set(name, v)
			}
		}
	}
}

// idPrefix stands before identifiers; in what is sent they stay as they are.
func (s *sanitizer) idPrefix() string {
	if s.use == reading {
		return idPrefix
	}
	return ""
}

// setClasses keeps the mail's classes except those of the frame; in a fragment only
// that of a signature.
func (at *attributes) setClasses(value string, use purpose) {
	if at.classes != nil {
		return
	}
	for _, c := range strings.Fields(truncate(value, maxValue)) {
		if use == editing && c == message.SignatureClass || use != editing && !strings.HasPrefix(strings.ToLower(c), "waxwing") {
			at.classes = append(at.classes, c)
		}
	}
}

var listTypes = map[string]bool{"1": true, "a": true, "A": true, "i": true, "I": true, "disc": true, "circle": true, "square": true}

// plainAttributes are the attributes without URLs, with what they may hold.
var plainAttributes = map[string]func(string) (string, bool){
	"title": anyText, "alt": anyText, "abbr": anyText, "aria-label": anyText,
	"dir": oneOf("ltr", "rtl", "auto"), "lang": matching(35, isLetterDigitDash),
	"align": oneOf("left", "right", "center", "middle", "justify", "top", "bottom", "absmiddle", "baseline"), "valign": oneOf("top", "middle", "bottom", "baseline"),
	"width": length, "height": length, "border": length, "cellpadding": length, "cellspacing": length, "hspace": length, "vspace": length,
	"colspan": span, "rowspan": span, "span": span,
	"color": colour, "bordercolor": colour,
	"size": matching(6, func(c byte) bool { return isDigit(c) || c == '+' || c == '-' || c == '%' || c == 'p' || c == 'x' }),
	"face": matching(200, func(c byte) bool {
		return isLetterDigitDash(c) || c == ' ' || c == ',' || c == '_' || c == '\'' || c == '.' || c >= 0x80
	}),
	"start": matching(9, func(c byte) bool { return isDigit(c) || c == '-' }), "value": matching(9, func(c byte) bool { return isDigit(c) || c == '-' }),
	"nowrap": flag, "noshade": flag, "reversed": flag, "compact": flag,
	"role": oneOf("presentation", "none", "img"), "aria-hidden": oneOf("true", "false"), "scope": oneOf("row", "col", "rowgroup", "colgroup"),
	"clear": oneOf("all", "left", "right", "none"), "media": matching(200, func(c byte) bool {
		return isLetterDigitDash(c) || strings.IndexByte(" :(),.", c) >= 0
	}),
	"datetime": matching(40, func(c byte) bool { return isLetterDigitDash(c) || strings.IndexByte(" :+.", c) >= 0 }),
}

func anyText(v string) (string, bool) { return v, true }

func flag(string) (string, bool) { return "", true }

func oneOf(words ...string) func(string) (string, bool) {
	return func(v string) (string, bool) {
		v = strings.ToLower(v)
		for _, w := range words {
			if v == w {
				return v, true
			}
		}
		return "", false
	}
}

func matching(longest int, ok func(byte) bool) func(string) (string, bool) {
	return func(v string) (string, bool) {
		if v == "" || len(v) > longest {
			return "", false
		}
		for i := 0; i < len(v); i++ {
			if !ok(v[i]) {
				return "", false
			}
		}
		return v, true
	}
}

// length accepts 12, 12.5, 12px, 50%.
func length(v string) (string, bool) {
	n := strings.TrimSuffix(strings.TrimSuffix(strings.ToLower(v), "px"), "%")
	f, err := strconv.ParseFloat(n, 64)
	if err != nil || f < 0 || f > 20000 || len(n) > 9 || strings.ContainsAny(n, "eExXpP_iInN+") {
		return "", false
	}
	return strings.TrimSuffix(strings.ToLower(v), "px"), true
}

// span accepts small numbers: browsers allot cells for each.
func span(v string) (string, bool) {
	n, err := strconv.Atoi(v)
	if err != nil || n < 1 {
		return "", false
	}
	const most = 100
	return strconv.Itoa(min(n, most)), true
}

// colour accepts names and hexadecimal, with or without the sign.
func colour(v string) (string, bool) {
	if len(v) > 24 {
		return "", false
	}
	for i := 0; i < len(v); i++ {
		if c := v[i]; !(isLetterDigitDash(c) && c != '-' || c == '#' && i == 0) {
			return "", false
		}
	}
	return v, v != ""
}

// cssColour makes a legacy colour one of CSS: hexadecimal needs the sign.
func cssColour(v string) string {
	if (len(v) == 3 || len(v) == 6) && strings.IndexFunc(v, func(r rune) bool { return r > 0x7f || hexValue(byte(r)) < 0 }) < 0 {
		return "#" + v
	}
	return v
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }

func isLetterDigitDash(c byte) bool {
	return isDigit(c) || 'a' <= c|0x20 && c|0x20 <= 'z' || c == '-'
}
