package message

import (
	"bytes"
	"strings"
	"unicode"
	"unicode/utf8"
)

// decodeText decodes an unfolded header value: encoded words (RFC 2047) and raw
// 8-bit text, which is read in the charset hint when it isn't UTF-8. Faulty
// words are mended where the meaning is plain, else left as they are.
func decodeText(v []byte, hint string) string {
	if !bytes.Contains(v, []byte("=?")) {
		return clean(decodeRaw(v, hint))
	}
	var out strings.Builder
	var run wordRun
	for len(v) > 0 {
		i := bytes.Index(v, []byte("=?"))
		if i < 0 {
			run.flush(&out)
			out.WriteString(decodeRaw(v, hint))
			break
		}
		w, n := cutWord(v[i:])
		if n == 0 {
			run.flush(&out)
			out.WriteString(decodeRaw(v[:i+2], hint))
			v = v[i+2:]
			continue
		}
		// Blanks between two encoded words aren't text (RFC 2047 §6.2).
		if gap := v[:i]; len(bytes.TrimSpace(gap)) > 0 || !run.open {
			run.flush(&out)
			out.WriteString(decodeRaw(gap, hint))
		}
		run.add(w, &out)
		v = v[i+n:]
	}
	run.flush(&out)
	return clean(out.String())
}

// decodeRaw decodes text outside of encoded words.
func decodeRaw(v []byte, hint string) string {
	if bytes.Contains(v, []byte("\x1b$")) || bytes.Contains(v, []byte("\x1b(")) {
		return toUTF8(v, "iso-2022-jp")
	}
	if utf8.Valid(v) {
		return string(v)
	}
	return toUTF8(v, hint)
}

// A word is an encoded word, cut into its three fields.
type word struct {
	charset string
	base64  bool
	text    []byte
}

// maxCharsetLabel bounds the charset field of an encoded word.
const maxCharsetLabel = 60

// cutWord reads an encoded word at the start of v and returns the octets it
// takes, 0 when there is none. Blanks within the text and a missing end are
// tolerated.
func cutWord(v []byte) (w word, n int) {
	i := 2
	q := bytes.IndexByte(v[i:min(len(v), i+maxCharsetLabel)], '?')
	if q <= 0 || i+q+2 >= len(v) || v[i+q+2] != '?' {
		return word{}, 0
	}
	w.charset = string(v[i : i+q])
	switch v[i+q+1] {
	case 'b', 'B':
		w.base64 = true
	case 'q', 'Q':
	default:
		return word{}, 0
	}
	start := i + q + 3
	text := v[start:]
	end := bytes.Index(text, []byte("?="))
	if end < 0 {
		// QUIRK: cut off by a sender with a length limit; takes the rest.
		w.text = bytes.TrimRight(text, "?")
		return w, len(v)
	}
	w.text = text[:end]
	return w, start + end + 2
}

// wordRun joins neighbouring words of one charset before decoding, for senders
// that split them in the middle of a character.
type wordRun struct {
	open    bool
	charset string
	octets  []byte
	// pending is base64 text that doesn't end at a quantum yet.
	pending []byte
}

func (r *wordRun) add(w word, out *strings.Builder) {
	if r.open && !strings.EqualFold(r.charset, w.charset) {
		r.flush(out)
	}
	r.open, r.charset = true, w.charset
	if !w.base64 {
		r.settle()
		r.octets = appendQ(r.octets, w.text)
		return
	}
	r.pending = append(r.pending, w.text...)
	if n := len(r.pending); n%4 == 0 || r.pending[n-1] == '=' {
		r.settle()
	}
}

// settle decodes the pending base64.
func (r *wordRun) settle() {
	r.octets = appendBase64(r.octets, r.pending)
	r.pending = r.pending[:0]
}

// flush decodes what was gathered and ends the run.
func (r *wordRun) flush(out *strings.Builder) {
	if !r.open {
		return
	}
	r.settle()
	out.WriteString(toUTF8(r.octets, r.charset))
	r.octets, r.open = r.octets[:0], false
}

// appendQ decodes the "Q" encoding (RFC 2047 §4.2).
func appendQ(dst, b []byte) []byte {
	for i := 0; i < len(b); i++ {
		switch c := b[i]; {
		case c == '_':
			dst = append(dst, ' ')
		case c == '=' && i+2 < len(b) && unhex(b[i+1]) < 16 && unhex(b[i+2]) < 16:
			dst = append(dst, unhex(b[i+1])<<4|unhex(b[i+2]))
			i += 2
		default:
			dst = append(dst, c)
		}
	}
	return dst
}

// clean makes one line of s: control characters become blanks, bidirectional
// overrides and isolates go (they would let a name pass as another), outer
// blanks go.
func clean(s string) string {
	plain := true
	for i := 0; i < len(s); i++ {
		if c := s[i]; c < ' ' || c == 0x7f || c >= 0x80 {
			plain = false
			break
		}
	}
	if !plain {
		s = strings.Map(func(r rune) rune {
			switch {
			case isBidi(r), r == 0xfeff:
				return -1
			case r == 0x2028 || r == 0x2029 || unicode.IsControl(r):
				return ' '
			}
			return r
		}, s)
	}
	return strings.TrimSpace(s)
}

// isBidi reports whether r changes the direction of what follows.
func isBidi(r rune) bool {
	return r >= 0x202a && r <= 0x202e || r >= 0x2066 && r <= 0x2069 || r == 0x200e || r == 0x200f || r == 0x061c
}
