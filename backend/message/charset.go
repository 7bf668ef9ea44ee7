package message

import (
	"bytes"
	"strings"
	"sync"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/htmlindex"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/encoding/unicode/utf32"
)

// toUTF8 decodes b from the charset called label to valid UTF-8 without NULs.
// A label that means nothing, and none, are guessed: UTF-8 when b is valid
// UTF-8, else Windows-1252.
func toUTF8(b []byte, label string) string {
	if asciiOnly(b) && !statefulLabel(label) {
		return dropNUL(string(b))
	}
	if bytes.HasPrefix(b, []byte("\xef\xbb\xbf")) {
		return dropNUL(guess(b[3:]))
	}
	label = canonical(label)
	switch label {
	case "", "utf-8", "us-ascii":
		return dropNUL(guess(b))
	case "utf-7":
		return dropNUL(decodeUTF7(b))
	}
	enc := lookup(label)
	if enc == nil {
		return dropNUL(guess(b))
	}
	out, err := enc.NewDecoder().Bytes(b)
	if err != nil {
		return dropNUL(guess(b))
	}
	return dropNUL(strings.ToValidUTF8(string(out), "\uFFFD"))
}

func dropNUL(s string) string {
	if strings.IndexByte(s, 0) < 0 {
		return s
	}
	return strings.ReplaceAll(s, "\x00", "")
}

// guess decodes 8-bit text of unknown charset. Text with at least one proper
// multi-byte sequence is UTF-8 with faults in it; otherwise it is Windows-1252,
// the superset of Latin-1 that mail is really written in.
func guess(b []byte) string {
	if utf8.Valid(b) {
		return string(b)
	}
	if i := bytes.Index(b, []byte("\x1b$")); i >= 0 {
		return toUTF8(b, "iso-2022-jp")
	}
	for i := 0; i < len(b); {
		r, n := utf8.DecodeRune(b[i:])
		if r != utf8.RuneError && n > 1 {
			return strings.ToValidUTF8(string(b), "\uFFFD")
		}
		i += n
	}
	out, err := charmap.Windows1252.NewDecoder().Bytes(b)
	if err != nil {
		return strings.ToValidUTF8(string(b), "\uFFFD")
	}
	return string(out)
}

// asciiOnly reports whether b is 7-bit without the escape that starts a shift
// of ISO 2022.
func asciiOnly(b []byte) bool {
	for _, c := range b {
		if c >= 0x80 || c == 0x1b {
			return false
		}
	}
	return true
}

// statefulLabel reports whether 7-bit text in that charset isn't ASCII.
func statefulLabel(label string) bool {
	if len(label) < 2 {
		return false
	}
	switch label[0] | 0x20 {
	case 'u': // utf-7, utf-16, utf-32, unicode-1-1-utf-7
		l := canonical(label)
		return l == "utf-7" || strings.HasPrefix(l, "utf-16") || strings.HasPrefix(l, "utf-32")
	case 'h': // hz-gb-2312
		return canonical(label) == "hz-gb-2312"
	}
	return false
}

// aliases maps labels seen in mail that the WHATWG index doesn't know, or reads
// as something narrower than what is sent under that name.
var aliases = map[string]string{
	"utf8": "utf-8", "unicode-1-1-utf-8": "utf-8", "utf-8-mac": "utf-8", "cp65001": "utf-8", "utf8mb4": "utf-8",
	"unicode-1-1-utf-7": "utf-7", "x-unicode-2-0-utf-7": "utf-7", "utf7": "utf-7", "cp65000": "utf-7",
	"ascii": "us-ascii", "us": "us-ascii", "ansi_x3.4-1968": "us-ascii", "iso-ir-6": "us-ascii", "646": "us-ascii", "ansi": "",
	"gb2312": "gb18030", "gbk": "gb18030", "cp936": "gb18030", "ms936": "gb18030", "x-gbk": "gb18030", "euc-cn": "gb18030", "gb_2312-80": "gb18030", "gb2312_charset": "gb18030", "windows-936": "gb18030",
	"hz": "hz-gb-2312", "x-hz": "hz-gb-2312",
	"cp932": "shift_jis", "ms932": "shift_jis", "windows-932": "shift_jis", "sjis": "shift_jis", "shift-jis": "shift_jis",
	"iso-2022-jp-1": "iso-2022-jp", "iso-2022-jp-2": "iso-2022-jp", "iso-2022-jp-3": "iso-2022-jp", "iso-2022-jp-ms": "iso-2022-jp", "cp50220": "iso-2022-jp", "cp50221": "iso-2022-jp",
	"cp949": "euc-kr", "ms949": "euc-kr", "uhc": "euc-kr", "ks_c_5601-1987": "euc-kr", "ksc5601": "euc-kr", "windows-949": "euc-kr",
	"cp950": "big5", "windows-950": "big5", "big-5": "big5", "big5-eten": "big5",
	"tis-620": "windows-874", "tis620": "windows-874", "cp874": "windows-874", "iso-8859-11": "windows-874",
	"latin1": "windows-1252", "latin-1": "windows-1252", "latin9": "iso-8859-15", "latin-9": "iso-8859-15", "latin-2": "iso-8859-2",
	"x-unknown": "", "unknown": "", "unknown-8bit": "", "x-user-defined": "", "default": "", "default_charset": "", "none": "", "binary": "", "8bit": "", "7bit": "", "user-defined": "",
	"x-mac-roman": "macintosh", "mac": "macintosh", "macroman": "macintosh",
	"utf16": "utf-16", "unicode": "utf-16", "ucs-2": "utf-16", "iso-10646-ucs-2": "utf-16", "utf32": "utf-32",
}

// canonical lower-cases a label, strips what doesn't belong to it and resolves
// aliases.
func canonical(label string) string {
	if label == "utf-8" || label == "" {
		return label
	}
	label = strings.ToLower(strings.Trim(label, " \t\"';:,<>"))
	if i := strings.IndexByte(label, '*'); i >= 0 { // RFC 2231 §5: language
		label = label[:i]
	}
	if a, ok := aliases[label]; ok {
		return a
	}
	// cp1252, win-1252, windows1252, x-cp1252, iso8859-1, 8859-1, iso_8859_1
	s := strings.TrimPrefix(label, "x-")
	for _, p := range []string{"windows-", "windows", "win-", "win", "cp-", "cp", "ms-", "ansi-"} {
		if rest, ok := strings.CutPrefix(s, p); ok && strings.HasPrefix(rest, "125") {
			return "windows-" + rest
		}
	}
	s = strings.ReplaceAll(s, "_", "-")
	for _, p := range []string{"iso-8859-", "iso8859-", "8859-", "iso-8859", "iso8859"} {
		if rest, ok := strings.CutPrefix(s, p); ok && rest != "" {
			rest, _, _ = strings.Cut(rest, ":")
			return "iso-8859-" + rest
		}
	}
	return label
}

// more are encodings that the WHATWG index leaves out.
var more = map[string]encoding.Encoding{
	"hz-gb-2312": simplifiedchinese.HZGB2312,
	"utf-16":     unicode.UTF16(unicode.BigEndian, unicode.UseBOM), // RFC 2781 §4.3
	"utf-16be":   unicode.UTF16(unicode.BigEndian, unicode.IgnoreBOM),
	"utf-16le":   unicode.UTF16(unicode.LittleEndian, unicode.IgnoreBOM),
	"utf-32":     utf32.UTF32(utf32.BigEndian, utf32.UseBOM),
	"utf-32be":   utf32.UTF32(utf32.BigEndian, utf32.IgnoreBOM),
	"utf-32le":   utf32.UTF32(utf32.LittleEndian, utf32.IgnoreBOM),
	"cp437":      charmap.CodePage437, "ibm437": charmap.CodePage437,
	"cp850": charmap.CodePage850, "ibm850": charmap.CodePage850,
	"cp852": charmap.CodePage852, "ibm852": charmap.CodePage852,
	"cp855": charmap.CodePage855, "cp858": charmap.CodePage858,
	"cp860": charmap.CodePage860, "cp862": charmap.CodePage862,
	"cp863": charmap.CodePage863, "cp865": charmap.CodePage865,
	"iso-8859-9e": charmap.ISO8859_9,
}

var encodings sync.Map // canonical label → encoding.Encoding

// maxCachedLabel keeps senders from filling the cache with invented names.
const maxCachedLabel = 24

// lookup returns the encoding of a canonical label, nil when there is none.
func lookup(label string) encoding.Encoding {
	if e, ok := encodings.Load(label); ok {
		return e.(encoding.Encoding)
	}
	e, ok := more[label]
	if !ok {
		var err error
		if e, err = htmlindex.Get(label); err != nil || e == encoding.Replacement {
			return nil
		}
	}
	if len(label) <= maxCachedLabel {
		encodings.Store(label, e)
	}
	return e
}

// decodeUTF7 decodes RFC 2152. Faulty sequences stay as they are.
func decodeUTF7(b []byte) string {
	var out strings.Builder
	be := more["utf-16be"]
	for len(b) > 0 {
		i := bytes.IndexByte(b, '+')
		if i < 0 {
			out.WriteString(guess(b))
			break
		}
		out.WriteString(guess(b[:i]))
		b = b[i+1:]
		n := 0
		for n < len(b) && base64Value[b[n]] < 64 && b[n] != '-' && b[n] != '_' {
			n++
		}
		if n == 0 {
			out.WriteByte('+')
		} else {
			units := appendBase64(nil, b[:n])
			text, err := be.NewDecoder().Bytes(units[:len(units)&^1])
			if err == nil {
				out.Write(text)
			}
		}
		b = b[n:]
		if len(b) > 0 && b[0] == '-' {
			b = b[1:]
		}
	}
	return strings.ToValidUTF8(out.String(), "\uFFFD")
}
