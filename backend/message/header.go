package message

import (
	"bytes"
)

// A field is one header field. Both slices point into the raw message; value
// still holds its folds.
type field struct {
	name, value []byte
}

// header is the fields of a message or part in their order.
type header []field

// get returns the unfolded value of the first non-empty field of that name,
// which must be given in lower case; nil when there is none.
func (h header) get(name string) []byte {
	for _, f := range h {
		if equalFold(f.name, name) {
			if v := unfold(f.value); len(v) > 0 {
				return v
			}
		}
	}
	return nil
}

// HeaderValues are the decoded values of all fields of that name, given in lower
// case, of a raw message.
func HeaderValues(raw []byte, name string) []string {
	h, _, _ := parseHeader(raw, true)
	var out []string
	for _, f := range h {
		if equalFold(f.name, name) {
			out = append(out, decodeText(unfold(f.value), ""))
		}
	}
	return out
}

// maxField bounds what is read of one field; a longer one is cut.
const maxField = 256 << 10

// maxFields bounds the fields of one header; what is beyond is left out.
const maxFields = 5000

// parseHeader cuts b into its header fields and the body after the blank line.
//
// Tolerated: bare LF, blanks before the colon, an mbox "From " line or blank
// lines in front (of a message, not of a part), continuation lines that lost
// their indentation, and a missing blank line before the body.
func parseHeader(b []byte, message bool) (h header, body []byte, repaired string) {
	if message {
		b, repaired = skipPreamble(b)
	}
	h = make(header, 0, 24)
	for len(b) > 0 {
		line, rest := cutLine(b)
		if len(line) == 0 {
			return h, rest, repaired
		}
		if (line[0] == ' ' || line[0] == '\t') && len(h) > 0 {
			extend(&h[len(h)-1], line)
			b = rest
			continue
		}
		name, value, ok := cutField(line)
		switch {
		case ok && len(h) >= maxFields:
			repaired = "the header has too many fields"
		case ok:
			h = append(h, field{name, value})
		case len(h) > 0 && !bytes.HasPrefix(line, []byte("--")) && headerGoesOn(rest):
			repaired = "a header line without a field name was joined to the one before"
			extend(&h[len(h)-1], line)
		default:
			return h, b, "the header doesn't end in a blank line"
		}
		b = rest
	}
	return h, nil, repaired
}

// skipPreamble drops blank lines and an mbox separator in front of a message.
func skipPreamble(b []byte) (rest []byte, repaired string) {
	start := b
	for len(start) > 0 && (start[0] == '\r' || start[0] == '\n') {
		start = start[1:]
	}
	line, rest := cutLine(start)
	_, _, isField := cutField(line)
	switch {
	case isField && len(start) < len(b):
		return start, "blank lines before the header were left out"
	case isField:
		return b, ""
	case bytes.HasPrefix(line, []byte("From ")), bytes.HasPrefix(line, []byte(">From ")):
		return rest, "an mbox separator was left out"
	}
	return b, ""
}

// extend makes f's value reach to the end of line, which lies behind it in the
// same array.
func extend(f *field, line []byte) {
	if cap(f.value) == 0 {
		f.value = line
		return
	}
	n := cap(f.value) - cap(line) + len(line)
	f.value = f.value[:n]
}

// cutLine returns the line at the start of b without its line end, and the rest.
func cutLine(b []byte) (line, rest []byte) {
	i := bytes.IndexByte(b, '\n')
	if i < 0 {
		return bytes.TrimSuffix(b, []byte{'\r'}), nil
	}
	line, rest = b[:i], b[i+1:]
	if i > 0 && line[i-1] == '\r' {
		line = line[:i-1]
	}
	return line, rest
}

// maxFieldName is longer than any name in use; it keeps prose with a colon from
// passing as a field.
const maxFieldName = 100

// cutField splits a line at the colon behind a field name (RFC 5322 §3.6.8).
func cutField(line []byte) (name, value []byte, ok bool) {
	for i, c := range line {
		switch {
		case c == ':':
			if i == 0 {
				return nil, nil, false
			}
			return bytes.TrimRight(line[:i], " \t"), line[i+1:], true
		case c == ' ' || c == '\t':
			// QUIRK: "Subject : x"; only blanks may follow up to the colon.
			if j := len(line[i:]) - len(bytes.TrimLeft(line[i:], " \t")); i+j >= len(line) || line[i+j] != ':' {
				return nil, nil, false
			}
		case c < 33 || c > 126 || i > maxFieldName:
			return nil, nil, false
		}
	}
	return nil, nil, false
}

// headerGoesOn reports whether b begins like the middle or the end of a header.
func headerGoesOn(b []byte) bool {
	line, _ := cutLine(b)
	if len(line) == 0 || line[0] == ' ' || line[0] == '\t' {
		return len(b) > 0
	}
	_, _, ok := cutField(line)
	return ok
}

// unfold removes line ends and NULs from a value and trims it (RFC 5322 §2.2.3).
// The result shares v's array when there was nothing to remove.
func unfold(v []byte) []byte {
	v = bytes.TrimSpace(v)
	if len(v) > maxField {
		v = v[:maxField]
	}
	if bytes.IndexByte(v, '\n') < 0 && bytes.IndexByte(v, '\r') < 0 && bytes.IndexByte(v, 0) < 0 {
		return v
	}
	out := make([]byte, 0, len(v))
	for i, c := range v {
		switch c {
		case 0:
		case '\r':
		case '\n':
			// A line that lost its indentation still separates words.
			if i+1 < len(v) && v[i+1] != ' ' && v[i+1] != '\t' {
				out = append(out, ' ')
			}
		case '\t':
			out = append(out, ' ')
		default:
			out = append(out, c)
		}
	}
	return out
}

// equalFold compares ASCII without regard to case; lower must be lower case.
func equalFold(b []byte, lower string) bool {
	if len(b) != len(lower) {
		return false
	}
	for i := range b {
		c := b[i]
		if 'A' <= c && c <= 'Z' {
			c += 'a' - 'A'
		}
		if c != lower[i] {
			return false
		}
	}
	return true
}
