package message

import (
	"bytes"
	"sort"
	"strconv"
	"strings"
)

// params are the parameters of a Content-Type or Content-Disposition field,
// names in lower case, values decoded, each name once.
type params []param

type param struct{ name, value string }

func (p params) get(name string) string {
	for _, x := range p {
		if x.name == name {
			return x.value
		}
	}
	return ""
}

// maxParams bounds the parameters of one field.
const maxParams = 200

// parseParams reads "value; name=value; …" (RFC 2045 §5.1) with RFC 2231
// continuations and charsets. Tolerated: unquoted values with blanks, missing
// quotes, missing semicolons, encoded words and raw 8-bit text in values.
func parseParams(v []byte, hint string) (value string, ps params) {
	head, rest, _ := bytes.Cut(v, []byte(";"))
	if i := bytes.IndexAny(head, " \t("); i > 0 {
		// "text/plain charset=utf-8": the semicolon is missing.
		if bytes.IndexByte(head[i:], '=') >= 0 {
			rest = v[i:]
		}
		head = head[:i]
	}
	value = strings.ToLower(string(bytes.Trim(head, " \t\"'")))
	var pieces []piece
	for len(rest) > 0 && len(ps)+len(pieces) < maxParams {
		rest = bytes.TrimLeft(rest, "; \t,")
		eq := bytes.IndexByte(rest, '=')
		if eq < 0 {
			break
		}
		if semi := bytes.IndexByte(rest[:eq], ';'); semi >= 0 {
			rest = rest[semi+1:]
			continue
		}
		name := strings.ToLower(string(bytes.TrimSpace(rest[:eq])))
		var val []byte
		val, rest = cutValue(bytes.TrimLeft(rest[eq+1:], " \t"), strings.Contains(name, "name"))
		if star := strings.IndexByte(name, '*'); star > 0 {
			pieces = append(pieces, parsePiece(name, star, val))
			continue
		}
		if name != "" && ps.get(name) == "" {
			ps = append(ps, param{name, decodeText(val, hint)})
		}
	}
	return value, joinPieces(ps, pieces, hint)
}

// cutValue reads a token or quoted string. A value that may hold blanks (a
// name) goes on to the next semicolon.
func cutValue(b []byte, blanks bool) (val, rest []byte) {
	if len(b) > 0 && b[0] == '"' {
		return cutQuoted(b)
	}
	end := bytes.IndexByte(b, ';')
	if end < 0 {
		end = len(b)
	}
	val, rest = bytes.TrimSpace(b[:end]), b[end:]
	if !blanks {
		if i := bytes.IndexAny(val, " \t"); i > 0 {
			rest = b[i:]
			val = val[:i]
		}
		val = bytes.Trim(val, "'")
	}
	return val, rest
}

// cutQuoted reads a quoted string. Only quotes and backslashes are unescaped,
// since Windows paths are sent unescaped.
func cutQuoted(b []byte) (val, rest []byte) {
	val = make([]byte, 0, 64)
	for i := 1; i < len(b); i++ {
		switch c := b[i]; {
		case c == '\\' && i+1 < len(b) && (b[i+1] == '"' || b[i+1] == '\\'):
			i++
			val = append(val, b[i])
		case c == '"':
			rest = b[i+1:]
			if semi := bytes.IndexByte(rest, ';'); semi >= 0 && len(bytes.TrimSpace(rest[:semi])) == 0 {
				rest = rest[semi:]
			}
			return val, rest
		default:
			val = append(val, c)
		}
	}
	return val, nil
}

// A piece is one of RFC 2231's name*, name*1, name*1*.
type piece struct {
	name    string
	index   int
	encoded bool
	value   []byte
}

func parsePiece(name string, star int, value []byte) piece {
	p := piece{name: name[:star], value: value}
	rest := name[star+1:]
	if rest == "" {
		p.encoded = true
		return p
	}
	rest, p.encoded = strings.CutSuffix(rest, "*")
	n, err := strconv.Atoi(rest)
	if err != nil || n < 0 {
		n = 1 << 20 // in the order of appearance, behind the numbered ones
	}
	p.index = n
	return p
}

// joinPieces puts RFC 2231 values together; they win over plain ones (RFC 6266 §4.3).
func joinPieces(ps params, pieces []piece, hint string) params {
	if len(pieces) == 0 {
		return ps
	}
	sort.SliceStable(pieces, func(i, j int) bool {
		if pieces[i].name != pieces[j].name {
			return pieces[i].name < pieces[j].name
		}
		return pieces[i].index < pieces[j].index
	})
	for i := 0; i < len(pieces); {
		j := i
		var octets []byte
		charset := ""
		for ; j < len(pieces) && pieces[j].name == pieces[i].name; j++ {
			v := pieces[j].value
			if pieces[j].encoded {
				if j == i {
					if a := bytes.SplitN(v, []byte("'"), 3); len(a) == 3 {
						charset, v = string(a[0]), a[2]
					}
				}
				v = percentDecode(v)
			}
			octets = append(octets, v...)
		}
		value := ""
		if charset != "" {
			value = clean(toUTF8(octets, charset))
		} else {
			value = decodeText(octets, hint)
		}
		ps = ps.set(pieces[i].name, value)
		i = j
	}
	return ps
}

func (p params) set(name, value string) params {
	for i := range p {
		if p[i].name == name {
			if value != "" {
				p[i].value = value
			}
			return p
		}
	}
	return append(p, param{name, value})
}

// percentDecode decodes %XX; other percent signs stay.
func percentDecode(b []byte) []byte {
	if bytes.IndexByte(b, '%') < 0 {
		return b
	}
	out := make([]byte, 0, len(b))
	for i := 0; i < len(b); i++ {
		if b[i] == '%' && i+2 < len(b) && unhex(b[i+1]) < 16 && unhex(b[i+2]) < 16 {
			out = append(out, unhex(b[i+1])<<4|unhex(b[i+2]))
			i += 2
			continue
		}
		out = append(out, b[i])
	}
	return out
}
