package message

import (
	"encoding/base64"
	"strconv"
	"strings"
	"unicode/utf8"

	"golang.org/x/net/idna"

	"waxwing/backend/mail"
)

// A headerWriter writes header fields, folded (RFC 5322 §2.2.3).
type headerWriter struct {
	out []byte
	// lenient writes what is no address as a name, in place of an error.
	lenient bool
	err     error // the first one
}

// foldAt is where lines are folded: RFC 5322 §2.1.1 asks for 78, and RFC 2047 §2
// for 76 where there are encoded words.
const foldAt = 76

// field writes a field of atoms with blanks between them, at which it is folded.
// An atom holds no line end, whatever it was made of.
func (h *headerWriter) field(name string, atoms ...string) {
	h.out = append(h.out, name...)
	h.out = append(h.out, ':')
	column := len(name) + 1
	for i, a := range atoms {
		if i > 0 && column+1+len(a) > foldAt {
			h.out = append(h.out, "\r\n"...)
			column = 0
		}
		h.out = append(h.out, ' ')
		h.out = append(h.out, a...)
		column += 1 + len(a)
	}
	h.out = append(h.out, "\r\n"...)
}

// unstructured writes a text such as the subject, unless it is empty.
func (h *headerWriter) unstructured(name, text string) {
	if text = OneLine(text); text != "" {
		h.field(name, words(text, false)...)
	}
}

// addresses writes an address list, unless it is empty. label names the field in
// errors.
func (h *headerWriter) addresses(name, label string, list []mail.Address) {
	var atoms []string
	for _, a := range list {
		atom := words(strings.Join(strings.Fields(OneLine(a.Name)), " "), true)
		_, valid := addrSpec(a.Email)
		switch {
		case h.lenient && !valid && len(atom) == 0:
			atom = words(OneLine(a.Email), true)
		case !h.lenient || valid:
			atom = append(atom, "<"+h.address(label, a.Email)+">")
		}
		if len(atom) == 0 {
			continue
		}
		if len(atoms) > 0 {
			atoms[len(atoms)-1] += ","
		}
		atoms = append(atoms, atom...)
	}
	if len(atoms) > 0 {
		h.field(name, atoms...)
	}
}

// address checks an address and notes an error when it can't be sent to.
func (h *headerWriter) address(label, email string) string {
	spec, ok := addrSpec(email)
	if !ok && h.err == nil {
		h.err = &mail.Error{Code: mail.CodeInvalid, Args: map[string]string{"field": label, "address": OneLine(email)}}
	}
	return spec
}

// ids writes msg-ids; what isn't one is left out.
func (h *headerWriter) ids(name string, list []string) {
	var atoms []string
	for _, id := range list {
		if isID(id) {
			atoms = append(atoms, "<"+id+">")
		}
	}
	if len(atoms) > 0 {
		h.field(name, atoms...)
	}
}

// isID reports whether a msg-id can be written: in ASCII, without blanks and
// brackets, short enough for a line, and nothing that reads as an encoded word.
func isID(id string) bool {
	const longest = 300
	if id == "" || len(id) > longest || strings.Contains(id, "=?") {
		return false
	}
	for i := range len(id) {
		if c := id[i]; c <= ' ' || c >= 0x7f || c == '<' || c == '>' {
			return false
		}
	}
	return true
}

// OneLine makes a line of clean UTF-8, as headers hold: no control characters, and
// nothing that turns the direction of writing, which lets one name pass as another.
func OneLine(s string) string { return clean(strings.ToValidUTF8(s, "\uFFFD")) }

// longestAddress bounds an addr-spec; RFC 5321 §4.5.3.1 has 64 and 255 octets.
const longestAddress = 320

// addrSpec returns an address as it is written into a header and an envelope, its
// domain in ASCII (RFC 5891); false when it is none. A local part is a dot-atom,
// whose dots may stand anywhere since some providers have given out such
// addresses, or a quoted string without blanks.
func addrSpec(email string) (string, bool) {
	at := strings.LastIndexByte(email, '@')
	if at < 1 || len(email) > longestAddress || !utf8.ValidString(email) {
		return "", false
	}
	local, domain := email[:at], email[at+1:]
	if !isLocalPart(local) {
		return "", false
	}
	if strings.HasPrefix(domain, "[") && strings.HasSuffix(domain, "]") && strings.Trim(domain[1:len(domain)-1], "0123456789abcdefABCDEFIPpv.:") == "" {
		return email, len(domain) > 2
	}
	if !isASCII(domain) {
		ascii, err := idna.Lookup.ToASCII(domain)
		if err != nil {
			return "", false
		}
		domain = ascii
	}
	return local + "@" + domain, isDomain(domain)
}

// atomSpecials are the characters of an atom that are no letters or digits
// (RFC 5322 §3.2.3).
const atomSpecials = "!#$%&'*+-/=?^_`{|}~"

func isLocalPart(local string) bool {
	if n := len(local); n > 2 && local[0] == '"' && local[n-1] == '"' {
		for _, c := range []byte(local[1 : n-1]) {
			if c <= ' ' || c >= 0x7f || strings.IndexByte(`"\<>`, c) >= 0 {
				return false
			}
		}
		return true
	}
	for _, r := range local {
		if r < utf8.RuneSelf && !isAlphanumeric(byte(r)) && r != '.' && !strings.ContainsRune(atomSpecials, r) {
			return false
		}
	}
	return local == OneLine(local)
}

// isDomain reports whether an ASCII domain can be looked up (RFC 5321 §4.1.2).
func isDomain(domain string) bool {
	for _, label := range strings.Split(domain, ".") {
		if label == "" || len(label) > 63 || strings.Trim(label, "-") == "" {
			return false
		}
		for i := range len(label) {
			if c := label[i]; !isAlphanumeric(c) && c != '-' && c != '_' {
				return false
			}
		}
	}
	return true
}

func isAlphanumeric(c byte) bool { return isDigit(c) || 'a' <= c|0x20 && c|0x20 <= 'z' }

func isASCII(s string) bool {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// longestWord is up to what a word of a header is written as it is; a longer one
// couldn't be folded.
const longestWord = 60

// words writes a clean text as atoms of a header: as it is, in a phrase (the name
// before an address) quoted where it must be, or as encoded words (RFC 2047).
func words(text string, phrase bool) []string {
	if text == "" {
		return nil
	}
	atoms, plain, special := strings.Split(text, " "), isASCII(text) && !strings.Contains(text, "=?"), false
	for _, a := range atoms {
		plain = plain && a != "" && len(a) <= longestWord
		for i := range len(a) {
			special = special || !isAlphanumeric(a[i]) && strings.IndexByte(atomSpecials, a[i]) < 0
		}
	}
	switch {
	case plain && !(phrase && special):
		return atoms
	case plain && len(text) <= longestWord:
		return []string{`"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(text) + `"`}
	}
	return encodedWords(text)
}

// encodedWords writes a text as words of at most 75 characters (RFC 2047 §2), each
// of whole characters, in the encoding that is shorter. The standard library's
// writer leaves alone what is ASCII, also where that reads as an encoded word or is
// too long for a line.
func encodedWords(text string) []string {
	const begin, end, most = "=?utf-8?", "?=", 48
	quoted := 0
	for i := range len(text) {
		quoted += len(appendQWord(nil, text[i:i+1]))
	}
	useBase64 := quoted > (len(text)+2)/3*4
	var out []string
	for text != "" {
		n, length := 0, 0
		for n < len(text) {
			_, size := utf8.DecodeRuneInString(text[n:])
			if useBase64 {
				length = (n + size + 2) / 3 * 4
			} else {
				length += len(appendQWord(nil, text[n:n+size]))
			}
			if length > most && n > 0 {
				break
			}
			n += size
		}
		// Some readers put a blank between words that go together.
		if blank := strings.LastIndexByte(text[:n], ' '); n < len(text) && blank > n/2 {
			n = blank + 1
		}
		if useBase64 {
			out = append(out, begin+"B?"+base64.StdEncoding.EncodeToString([]byte(text[:n]))+end)
		} else {
			out = append(out, begin+"Q?"+string(appendQWord(nil, text[:n]))+end)
		}
		text = text[n:]
	}
	return out
}

// appendQWord writes the "Q" encoding with what may stand in a phrase (RFC 2047 §5).
func appendQWord(dst []byte, s string) []byte {
	for i := range len(s) {
		switch c := s[i]; {
		case c == ' ':
			dst = append(dst, '_')
		case isAlphanumeric(c), strings.IndexByte("!*+-/", c) >= 0:
			dst = append(dst, c)
		default:
			dst = append(dst, '=', upperHex[c>>4], upperHex[c&15])
		}
	}
	return dst
}

const upperHex = "0123456789ABCDEF"

// parameter writes a parameter of a MIME field as atoms: a token or quoted string,
// or by RFC 2231 with its charset, in pieces when it is long.
func parameter(name, value string) []string {
	if isToken(value) && isASCII(value) && len(value) <= longestWord {
		return []string{name + "=" + value}
	}
	if isASCII(value) && len(value) <= longestWord {
		return []string{name + `="` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(value) + `"`}
	}
	const charset = "utf-8''"
	var pieces []string
	piece := charset
	for _, r := range value {
		c := percentEncoded(string(r))
		if len(piece)+len(c) > longestWord {
			pieces, piece = append(pieces, piece), ""
		}
		piece += c
	}
	pieces = append(pieces, piece)
	if len(pieces) == 1 {
		return []string{name + "*=" + piece}
	}
	for i, p := range pieces {
		pieces[i] = name + "*" + strconv.Itoa(i) + "*=" + p
		if i < len(pieces)-1 {
			pieces[i] += ";"
		}
	}
	return pieces
}

// percentEncoded encodes what is no attribute-char (RFC 2231 §7).
func percentEncoded(s string) string {
	var b strings.Builder
	for i := range len(s) {
		if c := s[i]; isAlphanumeric(c) || strings.IndexByte("!#$&+-.^_`{|}~", c) >= 0 {
			b.WriteByte(c)
		} else {
			b.WriteString("%" + upperHex[c>>4:c>>4+1] + upperHex[c&15:c&15+1])
		}
	}
	return b.String()
}
