package message

import "bytes"

// transferEncoding names the encodings of RFC 2045 §6, as an enumeration.
type transferEncoding uint8

const (
	identity transferEncoding = iota // 7bit, 8bit, binary and whatever is unknown
	quotedPrintable
	base64Encoding
	uuencode
)

func parseTransferEncoding(v []byte) transferEncoding {
	if i := bytes.IndexAny(v, "; \t("); i > 0 {
		v = v[:i]
	}
	v = bytes.Trim(v, "\"'")
	switch {
	case equalFold(v, "base64"), equalFold(v, "b"), equalFold(v, "base-64"):
		return base64Encoding
	case equalFold(v, "quoted-printable"), equalFold(v, "q"), equalFold(v, "quotedprintable"), equalFold(v, "qp"):
		return quotedPrintable
	case equalFold(v, "x-uuencode"), equalFold(v, "uuencode"), equalFold(v, "x-uue"):
		return uuencode
	}
	return identity
}

// decode undoes the transfer encoding; the result shares b's array when there
// is nothing to undo.
func (e transferEncoding) decode(b []byte) []byte {
	switch e {
	case quotedPrintable:
		return appendQuotedPrintable(make([]byte, 0, len(b)), b)
	case base64Encoding:
		return appendBase64(make([]byte, 0, len(b)*3/4+3), b)
	case uuencode:
		return appendUU(make([]byte, 0, len(b)*3/4), b)
	}
	return b
}

// size is len(decode(b)) without the memory where that can be had.
func (e transferEncoding) size(b []byte) int64 {
	if e == base64Encoding {
		return int64(base64Size(b))
	}
	return int64(len(e.decode(b)))
}

// appendQuotedPrintable decodes RFC 2045 §6.7. An equals sign that begins
// nothing stays; blanks at the end of a line go (rule 3).
func appendQuotedPrintable(dst, b []byte) []byte {
	for len(b) > 0 {
		var line []byte
		end := bytes.IndexByte(b, '\n')
		if end < 0 {
			line, b = b, nil
		} else {
			line, b = b[:end], b[end+1:]
		}
		hadCR := len(line) > 0 && line[len(line)-1] == '\r'
		line = bytes.TrimRight(line, " \t\r")
		soft := false
		for {
			i := bytes.IndexByte(line, '=')
			if i < 0 {
				dst = append(dst, line...)
				break
			}
			dst = append(dst, line[:i]...)
			line = line[i+1:]
			if len(line) == 0 {
				soft = true
				break
			}
			if len(line) >= 2 {
				hi, lo := unhex(line[0]), unhex(line[1])
				if hi < 16 && lo < 16 {
					dst = append(dst, hi<<4|lo)
					line = line[2:]
					continue
				}
			}
			dst = append(dst, '=')
		}
		if end >= 0 && !soft {
			if hadCR {
				dst = append(dst, '\r')
			}
			dst = append(dst, '\n')
		}
	}
	return dst
}

func unhex(c byte) byte {
	switch {
	case '0' <= c && c <= '9':
		return c - '0'
	case 'A' <= c && c <= 'F':
		return c - 'A' + 10
	case 'a' <= c && c <= 'f':
		return c - 'a' + 10
	}
	return 255
}

// base64Value maps both alphabets of RFC 4648 (§4, §5); 64 is padding, 255 is
// to be skipped.
var base64Value = func() (t [256]uint8) {
	for i := range t {
		t[i] = 255
	}
	const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
	for i := range len(alphabet) {
		t[alphabet[i]] = uint8(i)
	}
	t['-'], t['_'], t['='] = 62, 63, 64
	return t
}()

// base64One is 1 for bytes of the alphabets, so that counting has no branch.
var base64One = func() (t [256]uint8) {
	for i, v := range base64Value {
		if v < 64 {
			t[i] = 1
		}
	}
	return t
}()

// appendBase64 decodes base64, ignoring what isn't in the alphabet (RFC 2045
// §6.8). Padding in the middle ends a quantum and decoding goes on, as in
// concatenated texts; but a footer of prose that a mailing list wrote behind
// the padding isn't decoded.
func appendBase64(dst, b []byte) []byte {
	b = cutFooter(b)
	var acc uint32
	var n uint
	for _, c := range b {
		v := base64Value[c]
		if v < 64 {
			acc = acc<<6 | uint32(v)
			if n++; n == 4 {
				dst = append(dst, byte(acc>>16), byte(acc>>8), byte(acc))
				acc, n = 0, 0
			}
		} else if v == 64 {
			dst = flushBase64(dst, acc, n)
			acc, n = 0, 0
		}
	}
	return flushBase64(dst, acc, n)
}

func flushBase64(dst []byte, acc uint32, n uint) []byte {
	switch n {
	case 2:
		return append(dst, byte(acc>>4))
	case 3:
		return append(dst, byte(acc>>10), byte(acc>>2))
	}
	return dst
}

// base64Size is the length of what appendBase64 appends.
func base64Size(b []byte) int {
	b = cutFooter(b)
	total := 0
	for len(b) > 0 {
		seg := b
		if i := bytes.IndexByte(b, '='); i >= 0 {
			seg, b = b[:i], b[i+1:]
		} else {
			b = nil
		}
		n := 0
		for _, c := range seg {
			n += int(base64One[c])
		}
		total += n * 3 / 4
	}
	return total
}

// cutFooter cuts b behind its first padding when one of the next lines can't be
// base64.
func cutFooter(b []byte) []byte {
	i := bytes.IndexByte(b, '=')
	if i < 0 {
		return b
	}
	for i < len(b) && b[i] == '=' {
		i++
	}
	rest := b[i:]
	const lines = 3
	for range lines {
		var line []byte
		line, rest = cutLine(bytes.TrimLeft(rest, " \t\r\n"))
		for _, c := range bytes.TrimRight(line, " \t=") {
			if base64Value[c] > 64 {
				return b[:i]
			}
		}
	}
	return b
}

// appendUU decodes the lines between "begin" and "end" of uuencoded text.
func appendUU(dst, b []byte) []byte {
	begun := false
	for len(b) > 0 {
		var line []byte
		line, b = cutLine(b)
		switch {
		case bytes.HasPrefix(line, []byte("begin ")):
			begun = true
			continue
		case bytes.Equal(line, []byte("end")):
			return dst
		case !begun || len(line) == 0:
			continue
		}
		n := int(line[0]-' ') & 0x3f
		line = line[1:]
		for n > 0 && len(line) > 0 {
			var q [4]byte
			k := copy(q[:], line)
			line = line[k:]
			for i := range q {
				q[i] = (q[i] - ' ') & 0x3f
			}
			group := [3]byte{q[0]<<2 | q[1]>>4, q[1]<<4 | q[2]>>2, q[2]<<6 | q[3]}
			take := min(n, 3)
			dst = append(dst, group[:take]...)
			n -= take
		}
	}
	return dst
}
