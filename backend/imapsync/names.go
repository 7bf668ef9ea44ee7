package imapsync

import (
	"bytes"
	"encoding/base64"
	"sync"
	"unicode/utf16"
	"unicode/utf8"
)

// names remembers the mailbox names that are not spelt as RFC 3501 §5.1.3 has
// it, so that they can be used all the same.
//
// QUIRK: Courier, old Dovecot file systems and several gateways list names with
// a bare "&" ("R&D") or raw Latin-1 ("Entwürfe" in one octet per letter). go-imap
// beta.8 closes the connection at the first one. Such a name is shown to it in
// proper spelling and put back into each command.
type names struct {
	mu      sync.Mutex
	wire    map[string]string // proper spelling → the server's
	held    []byte            // the beginning of a line that isn't complete
	literal int64             // octets of a literal still to pass
}

// proper returns the modified UTF-7 spelling of a name as the server sent it,
// and remembers the difference.
func (n *names) proper(raw string) string {
	text, ok := decodeName(raw)
	switch {
	case ok && ascii(raw) && encodeName(text) == raw:
		return raw
	case ok:
	case utf8.ValidString(raw):
		text = raw
	default:
		text = latin1(raw)
	}
	spelt := encodeName(text)
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.wire == nil {
		n.wire = map[string]string{}
	}
	n.wire[spelt] = raw
	return spelt
}

// restore puts the server's spelling into commands. It returns what can be sent:
// a command may come in pieces, which are held back up to the end of the line
// when there is anything to respell. Literals pass untouched. It is for one goroutine
// at a time.
func (n *names) restore(piece []byte) []byte {
	n.mu.Lock()
	defer n.mu.Unlock()
	if len(n.wire) == 0 {
		return piece
	}
	var out []byte
	for len(piece) > 0 {
		if n.literal > 0 {
			size := min(n.literal, int64(len(piece)))
			out = append(out, piece[:size]...)
			piece, n.literal = piece[size:], n.literal-size
			continue
		}
		end := bytes.IndexByte(piece, '\n') + 1
		if end == 0 {
			n.held = append(n.held, piece...)
			break
		}
		line := append(n.held, piece[:end]...)
		n.held, piece = nil, piece[end:]
		for spelt, raw := range n.wire {
			line = bytes.ReplaceAll(line, []byte(quote(spelt)), []byte(quote(raw)))
		}
		n.literal, _ = literalAtEnd(line)
		out = append(out, line...)
	}
	return out
}

// quote writes an IMAP quoted string (RFC 9051 §4.3).
func quote(s string) string {
	b := make([]byte, 0, len(s)+2)
	b = append(b, '"')
	for i := 0; i < len(s); i++ {
		if s[i] == '"' || s[i] == '\\' {
			b = append(b, '\\')
		}
		b = append(b, s[i])
	}
	return string(append(b, '"'))
}

func ascii(s string) bool {
	for i := 0; i < len(s); i++ {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

func latin1(s string) string {
	r := make([]rune, len(s))
	for i := 0; i < len(s); i++ {
		r[i] = rune(s[i])
	}
	return string(r)
}

// nameBase64 is the alphabet of modified UTF-7 (RFC 3501 §5.1.3).
var nameBase64 = base64.NewEncoding("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+,").WithPadding(base64.NoPadding)

// encodeName spells a name in modified UTF-7.
func encodeName(s string) string {
	var out []byte
	var run []uint16
	flush := func() {
		if len(run) == 0 {
			return
		}
		b := make([]byte, 0, 2*len(run))
		for _, u := range run {
			b = append(b, byte(u>>8), byte(u))
		}
		out = append(out, '&')
		out = nameBase64.AppendEncode(out, b)
		out = append(out, '-')
		run = run[:0]
	}
	for _, r := range s {
		switch {
		case r == '&':
			flush()
			out = append(out, "&-"...)
		case r >= 0x20 && r <= 0x7e:
			flush()
			out = append(out, byte(r))
		default:
			run = utf16.AppendRune(run, r)
		}
	}
	flush()
	return string(out)
}

// decodeName reads modified UTF-7; ok is false for what is none. Raw UTF-8 is
// taken as it is.
func decodeName(s string) (string, bool) {
	var out []rune
	for i := 0; i < len(s); {
		r, n := utf8.DecodeRuneInString(s[i:])
		if r == utf8.RuneError && n == 1 || r < 0x20 || r == 0x7f {
			return "", false
		}
		if r != '&' {
			out = append(out, r)
			i += n
			continue
		}
		end := i + 1
		for end < len(s) && s[end] != '-' {
			end++
		}
		if end == len(s) {
			return "", false
		}
		if end == i+1 {
			out = append(out, '&')
		} else {
			b, err := nameBase64.DecodeString(s[i+1 : end])
			if err != nil || len(b)%2 != 0 {
				return "", false
			}
			units := make([]uint16, 0, len(b)/2)
			for j := 0; j < len(b); j += 2 {
				units = append(units, uint16(b[j])<<8|uint16(b[j+1]))
			}
			out = append(out, utf16.Decode(units)...)
		}
		i = end + 1
	}
	return string(out), true
}
