package message

import (
	"bytes"
	"strings"

	"waxwing/backend/mail"
)

// maxAddresses bounds one address list.
const maxAddresses = 5000

// ParseAddresses reads addresses as they are typed and pasted, one or many, with or
// without names; the rules are those for headers.
func ParseAddresses(text string) []mail.Address {
	return parseAddresses([]byte(normalizeLines(text)), "")
}

// parseAddresses reads an address-list (RFC 5322 §3.4), flattening groups.
//
// Tolerated: semicolons between addresses, unquoted commas and other specials
// in names ("Doe, John <john@x>"), names behind the address as a comment, empty
// members, doubled or missing brackets, encoded words where RFC 2047 forbids
// them. A member without "@" and without brackets is taken for a name.
func parseAddresses(v []byte, hint string) []mail.Address {
	var out []mail.Address
	// held is text without an address, which may be the first half of a name
	// with a comma in it.
	var held []byte
	emit := func(m member) {
		a, ok := m.address(hint)
		if ok && len(out) < maxAddresses {
			out = append(out, a)
		}
	}
	for len(v) > 0 && len(out) < maxAddresses {
		var m member
		var sep byte
		m, sep, v = cutMember(v)
		switch {
		case sep == ':':
			held = nil // the name of a group
			continue
		case m.angle == nil && m.bare() && sep == ',' && len(v) > 0:
			if len(held) > 0 {
				held = append(held, ", "...)
			}
			held = append(held, bytes.TrimSpace(m.text)...)
			continue
		case len(held) > 0 && m.angle != nil && m.bare():
			m.text = append(append(held, ", "...), bytes.TrimSpace(m.text)...)
		case len(held) > 0:
			emit(member{text: held})
		}
		held = nil
		emit(m)
	}
	if len(held) > 0 {
		emit(member{text: held})
	}
	return out
}

// A member is one element of a list, cut into the text, what was in angle
// brackets (nil when there were none), and the last comment.
type member struct {
	text, angle, comment []byte
}

// bare reports whether the text isn't an address by itself.
func (m member) bare() bool {
	return len(bytes.TrimSpace(m.text)) > 0 && bytes.IndexByte(m.text, '@') < 0
}

// cutMember reads up to the separator (',', ';', or ':' behind a group's name;
// 0 at the end), which it returns with the rest.
func cutMember(v []byte) (m member, sep byte, rest []byte) {
	m.text = make([]byte, 0, min(len(v), 64))
	for i := 0; i < len(v); {
		switch c := v[i]; {
		case c == ',' || c == ';':
			return m, c, v[i+1:]
		case c == ':' && m.angle == nil && bytes.IndexByte(m.text, '@') < 0 && !equalFold(bytes.TrimSpace(m.text), "mailto"):
			return m, c, v[i+1:]
		case c == '"':
			n := quotedLength(v[i:])
			m.text = appendUnquoted(m.text, v[i:i+n])
			i += n
		case c == '(':
			n := commentLength(v[i:])
			if n > 1 {
				m.comment = v[i+1 : i+n-1]
			}
			m.text = append(m.text, ' ')
			i += n
		case c == '<':
			n := bytes.IndexByte(v[i:min(len(v), i+maxAngle)], '>')
			if n < 0 {
				n = len(v) - i
				if end := bytes.IndexAny(v[i:min(len(v), i+maxAngle)], ",;"); end > 0 {
					n = end
				}
				m.angle = v[i+1 : i+n]
			} else {
				m.angle = v[i+1 : i+n]
				n++
			}
			i += n
		case c == '=' && bytes.HasPrefix(v[i:], []byte("=?")):
			n := wordLength(v[i:])
			m.text = append(m.text, v[i:i+n]...)
			i += n
		default:
			if c != '>' {
				m.text = append(m.text, c)
			}
			i++
		}
	}
	return m, 0, nil
}

// maxAngle bounds what stands in brackets, for the reason of maxQuoted.
const maxAngle = 2048

// wordLength is the length of the encoded word at the start of v, at least 1.
// Words are atomic here, since senders leave commas and colons in them.
func wordLength(v []byte) int {
	_, n := cutWord(v[:min(len(v), 512)])
	return max(n, 1)
}

// quotedLength is the length of the quoted string at the start of v. Without a
// closing quote it is that of the quote alone.
func quotedLength(v []byte) int {
	for i := 1; i < len(v) && i < maxQuoted; i++ {
		switch v[i] {
		case '\\':
			i++
		case '"':
			return i + 1
		}
	}
	return 1
}

// maxQuoted bounds a quoted string or comment, so that a list of opening quotes
// isn't scanned again and again.
const maxQuoted = 512

func appendUnquoted(dst, q []byte) []byte {
	if len(q) < 2 {
		return dst
	}
	q = q[1 : len(q)-1]
	for i := 0; i < len(q); i++ {
		if q[i] == '\\' && i+1 < len(q) {
			i++
		}
		dst = append(dst, q[i])
	}
	return dst
}

// commentLength is the length of the comment, which may nest, at the start of
// v. Without an end it is that of the parenthesis alone.
func commentLength(v []byte) int {
	depth := 0
	for i := 0; i < len(v) && i < maxQuoted; i++ {
		switch v[i] {
		case '\\':
			i++
		case '(':
			depth++
		case ')':
			if depth--; depth == 0 {
				return i + 1
			}
		}
	}
	return 1
}

// address makes an Address of a member, false when there is nothing in it.
func (m member) address(hint string) (mail.Address, bool) {
	text := bytes.TrimSpace(m.text)
	var a mail.Address
	switch {
	case m.angle != nil:
		a.Email = cleanEmail(m.angle)
		a.Name = cleanName(decodeText(text, hint))
		if a.Email == "" && strings.Contains(a.Name, "@") && !strings.Contains(a.Name, " ") {
			a.Email, a.Name = a.Name, ""
		}
	case bytes.IndexByte(text, '@') >= 0:
		// "John Doe john@example.org": the brackets are missing.
		if i := bytes.LastIndexAny(text[:bytes.LastIndexByte(text, '@')], " \t"); i >= 0 && !blankAround(text) {
			a.Name = cleanName(decodeText(text[:i], hint))
			text = text[i:]
		}
		a.Email = cleanEmail(text)
	default:
		a.Name = cleanName(decodeText(text, hint))
	}
	if a.Name == "" && len(m.comment) > 0 {
		a.Name = cleanName(decodeText(m.comment, hint))
	}
	if strings.EqualFold(a.Name, a.Email) {
		a.Name = ""
	}
	return a, a.Name != "" || a.Email != ""
}

// blankAround reports whether blanks stand beside the last "@": "john @ example.org".
func blankAround(text []byte) bool {
	i := bytes.LastIndexByte(text, '@')
	return i > 0 && (text[i-1] == ' ' || text[i-1] == '\t')
}

// cleanEmail makes an addr-spec of what stood in brackets: no blanks, no
// brackets, no "mailto:", no source route (RFC 5322 §4.4).
func cleanEmail(v []byte) string {
	s := decodeText(v, "")
	s = strings.Map(func(r rune) rune {
		switch r {
		case ' ', '<', '>', '\u00a0', '\u200b', '\u200c', '\u200d', '\ufeff':
			return -1
		}
		return r
	}, s)
	s = strings.Trim(s, "'\",;")
	if len(s) > 7 && strings.EqualFold(s[:7], "mailto:") {
		s = s[7:]
	}
	if strings.HasPrefix(s, "@") {
		if _, after, ok := strings.Cut(s, ":"); ok {
			s = after
		}
	}
	return s
}

// cleanName strips quotes that enclose a name and joins its blanks.
func cleanName(s string) string {
	s = strings.Join(strings.Fields(s), " ")
	for len(s) > 1 && (s[0] == '\'' || s[0] == '"') && s[len(s)-1] == s[0] {
		s = strings.TrimSpace(s[1 : len(s)-1])
	}
	return s
}
