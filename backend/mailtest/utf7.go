package mailtest

import (
	"encoding/base64"
	"strings"
	"unicode/utf16"
)

// utf7 is the base64 alphabet of mailbox names (RFC 3501 §5.1.3).
var utf7 = base64.NewEncoding("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+,").WithPadding(base64.NoPadding)

// encodeUTF7 returns a mailbox name in modified UTF-7.
func encodeUTF7(name string) string {
	var b strings.Builder
	var pending []rune
	flush := func() {
		if len(pending) == 0 {
			return
		}
		var octets []byte
		for _, u := range utf16.Encode(pending) {
			octets = append(octets, byte(u>>8), byte(u))
		}
		b.WriteString("&" + utf7.EncodeToString(octets) + "-")
		pending = nil
	}
	for _, r := range name {
		switch {
		case r < 0x20 || r > 0x7e:
			pending = append(pending, r)
		case r == '&':
			flush()
			b.WriteString("&-")
		default:
			flush()
			b.WriteRune(r)
		}
	}
	flush()
	return b.String()
}

// decodeUTF7 reads what encodeUTF7 writes. What isn't modified UTF-7 stays as it is.
func decodeUTF7(name string) string {
	var b strings.Builder
	for {
		plain, rest, found := strings.Cut(name, "&")
		b.WriteString(plain)
		if !found {
			return b.String()
		}
		encoded, after, closed := strings.Cut(rest, "-")
		octets, err := utf7.DecodeString(encoded)
		switch {
		case !closed || err != nil || len(octets)%2 != 0:
			b.WriteString("&" + rest)
			return b.String()
		case encoded == "":
			b.WriteByte('&')
		default:
			units := make([]uint16, len(octets)/2)
			for i := range units {
				units[i] = uint16(octets[2*i])<<8 | uint16(octets[2*i+1])
			}
			b.WriteString(string(utf16.Decode(units)))
		}
		name = after
	}
}
