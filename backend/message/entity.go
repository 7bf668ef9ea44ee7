package message

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"strconv"
	"strings"
	"unicode/utf8"

	"waxwing/backend/mail"
)

// An entity is a part to be written (RFC 2045 §2.4).
type entity struct {
	ctype       []string // the media type and its parameters, as atoms
	disposition []string
	cid         string
	encoding    string // of body, as the field names it
	body        []byte // encoded
	children    []*entity
}

// draftBody makes the parts of a draft: mixed of the text and the files, the text
// as alternatives, the HTML related to the pictures that it shows.
func draftBody(d mail.Draft, files func(mail.DraftFileID) ([]byte, error)) (*entity, error) {
	var shown map[string]bool
	var text *entity
	if d.Format == mail.FormatRich {
		shown = map[string]bool{}
		body, pictures := liftPictures(d.Body)
		d.Body = body
		document := htmlDocument(d)
		references(document, shown)
		page := textEntity("text/html", cleanLines(document))
		related := &entity{ctype: []string{"multipart/related;", `type="text/html"`}, children: []*entity{page}}
		for _, f := range d.Files {
			if !inline(f, shown) {
				continue
			}
			e, err := fileEntity(f, files, true)
			if err != nil {
				return nil, err
			}
			related.children = append(related.children, e)
		}
		related.children = append(related.children, pictures...)
		if len(related.children) == 1 {
			related = page
		}
		text = &entity{ctype: []string{"multipart/alternative"}, children: []*entity{flowedEntity(draftText(d)), related}}
	} else {
		text = flowedEntity(cleanLines(d.Body))
	}
	mixed := &entity{ctype: []string{"multipart/mixed"}, children: []*entity{text}}
	for _, f := range d.Files {
		if inline(f, shown) {
			continue
		}
		e, err := fileEntity(f, files, false)
		if err != nil {
			return nil, err
		}
		mixed.children = append(mixed.children, e)
	}
	if len(mixed.children) == 1 {
		return text, nil
	}
	return mixed, nil
}

// inline reports whether a file is a picture that the HTML shows.
func inline(f mail.DraftFile, shown map[string]bool) bool {
	return isID(f.ContentID) && shown[strings.ToLower(f.ContentID)]
}

// cleanLines makes valid UTF-8 with LF line ends, without NULs and the mark of its
// byte order.
func cleanLines(s string) string {
	return strings.TrimLeft(dropNUL(normalizeLines(strings.ToValidUTF8(s, "\uFFFD"))), "\ufeff")
}

// flowedEntity makes a text part of format=flowed (RFC 3676).
func flowedEntity(text string) *entity {
	e := textEntity("text/plain", flow(text))
	e.ctype[len(e.ctype)-1] += ";"
	e.ctype = append(e.ctype, "format=flowed")
	return e
}

// textEntity makes a text part of clean lines.
func textEntity(ctype, text string) *entity {
	e := &entity{ctype: []string{ctype + ";", "charset=utf-8"}}
	e.encoding, e.body = encodeText(text)
	return e
}

// fileEntity makes a part of a file.
func fileEntity(f mail.DraftFile, files func(mail.DraftFileID) ([]byte, error), shown bool) (*entity, error) {
	content, err := files(f.ID)
	if err != nil {
		return nil, err
	}
	name := safeFileName(f.Name)
	ctype := strings.ToLower(f.Type)
	main, sub, _ := strings.Cut(ctype, "/")
	if !isToken(main) || !isToken(sub) || !isASCII(ctype) || len(ctype) > longestWord || main == "multipart" {
		ctype = "application/octet-stream"
	}
	e := &entity{}
	if main == "message" {
		// Its octets can't be encoded (RFC 2046 §5.2.1), so they must get through as they are.
		if e.encoding = plainEncoding(content); e.encoding != "" {
			e.body = content
		} else {
			ctype = "application/octet-stream"
		}
	}
	if e.encoding == "" {
		e.encoding, e.body = "base64", encodeBase64(content)
	}
	e.ctype = []string{ctype}
	if main == "text" && !is7bit(content) && utf8.Valid(content) {
		e.ctype = []string{ctype + ";", "charset=utf-8"}
	}
	e.disposition = []string{"attachment"}
	if shown {
		e.disposition, e.cid = []string{"inline"}, f.ContentID
	}
	if name != "" {
		e.disposition[0] += ";"
		e.disposition = append(e.disposition, parameter("filename", name)...)
	}
	return e, nil
}

// maxLine is the length of a line in octets (RFC 5322 §2.1.1).
const maxLine = 998

// plainEncoding tells how octets can travel as they are: "7bit" or "8bit"
// (RFC 2045 §2.7, §2.8), or "" when they can't.
func plainEncoding(b []byte) string {
	encoding := "7bit"
	line := 0
	for i, c := range b {
		switch {
		case c == 0, c == '\n' && (i == 0 || b[i-1] != '\r'), c == '\r' && (i+1 == len(b) || b[i+1] != '\n'):
			return ""
		case c == '\n':
			line = 0
			continue
		case c >= utf8.RuneSelf:
			encoding = "8bit"
		}
		if c != '\r' {
			line++
		}
		if line > maxLine {
			return ""
		}
	}
	return encoding
}

func is7bit(b []byte) bool {
	for _, c := range b {
		if c >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// A bodyWriter writes entities.
type bodyWriter struct {
	out  []byte
	seed string // of the boundaries: the Message-ID
	n    int    // boundaries made
}

// measure adds about what an entity takes.
func (e *entity) measure(size *int) {
	*size += len(e.body) + 512
	for _, c := range e.children {
		c.measure(size)
	}
}

// entity writes an entity with its fields.
func (w *bodyWriter) entity(e *entity) {
	h := headerWriter{out: w.out}
	if len(e.children) > 0 {
		boundary := w.boundary(e)
		ctype := append([]string{}, e.ctype...)
		ctype[len(ctype)-1] += ";"
		h.field("Content-Type", append(ctype, `boundary="`+boundary+`"`)...)
		if e.eightBit() {
			h.field("Content-Transfer-Encoding", "8bit")
		}
		w.out = append(h.out, "\r\n"...)
		for _, c := range e.children {
			w.out = append(w.out, "--"+boundary+"\r\n"...)
			w.entity(c)
			w.out = append(w.out, "\r\n"...)
		}
		w.out = append(w.out, "--"+boundary+"--\r\n"...)
		return
	}
	h.field("Content-Type", e.ctype...)
	h.field("Content-Transfer-Encoding", e.encoding)
	if e.cid != "" {
		h.field("Content-ID", "<"+e.cid+">")
	}
	if len(e.disposition) > 0 {
		h.field("Content-Disposition", e.disposition...)
	}
	w.out = append(h.out, "\r\n"...)
	w.out = append(w.out, e.body...)
}

// eightBit reports whether anything in the entity isn't 7-bit.
func (e *entity) eightBit() bool {
	if e.encoding == "8bit" {
		return true
	}
	for _, c := range e.children {
		if c.eightBit() {
			return true
		}
	}
	return false
}

// boundary makes a delimiter that stands nowhere in the entity. In what is
// quoted-printable or base64 it can't, since it has "=_" in it.
func (w *bodyWriter) boundary(e *entity) string {
	for {
		sum := sha256.Sum256([]byte(w.seed + " " + strconv.Itoa(w.n)))
		w.n++
		if b := "=_" + hex.EncodeToString(sum[:12]); !e.contains("--" + b) {
			return b
		}
	}
}

// contains reports whether a leaf that is written as it is has s in it.
func (e *entity) contains(s string) bool {
	if (e.encoding == "7bit" || e.encoding == "8bit") && bytes.Contains(e.body, []byte(s)) {
		return true
	}
	for _, c := range e.children {
		if c.contains(s) {
			return true
		}
	}
	return false
}

// encodeText chooses how a text of clean lines travels: as it is when that is
// 7-bit with lines of bearable length, and nothing in it that mailbox files change
// ("From " at a line's beginning), else in the shorter one of quoted-printable and
// base64.
func encodeText(text string) (encoding string, body []byte) {
	plain, special := !strings.HasPrefix(text, "From ") && !strings.Contains(text, "\nFrom "), 0
	line := 0
	for i := range len(text) {
		c := text[i]
		line++
		if c == '\n' {
			line = 0
		}
		if c >= 0x7f || c < ' ' && c != '\n' && c != '\t' || c == '=' {
			special++
		}
		plain = plain && line <= maxLine && (c < 0x7f && c >= ' ' || c == '\n' || c == '\t')
	}
	switch crlf := []byte(strings.ReplaceAll(text, "\n", "\r\n")); {
	case plain:
		return "7bit", crlf
	case special*2 > len(text)/3:
		return "base64", encodeBase64(crlf)
	default:
		return "quoted-printable", encodeQuotedPrintable(text)
	}
}

// encodeBase64 writes lines of 76 characters (RFC 2045 §6.8).
func encodeBase64(b []byte) []byte {
	const octets, width = 57, 76
	out := make([]byte, 0, (len(b)+octets)/octets*(width+2))
	for len(b) > 0 {
		n := min(len(b), octets)
		out = base64.StdEncoding.AppendEncode(out, b[:n])
		out = append(out, "\r\n"...)
		b = b[n:]
	}
	return out
}

// encodeQuotedPrintable writes RFC 2045 §6.7. Lines are broken between characters.
// Unlike the standard library's writer it also encodes what mailbox files and
// careless relays change at the beginning of a line: "From " and a dot.
func encodeQuotedPrintable(text string) []byte {
	const width = 75 // and the equals sign of a soft line break
	out := make([]byte, 0, len(text)+len(text)/4+64)
	for line := range strings.SplitSeq(text, "\n") {
		column := 0
		for i := 0; i < len(line); {
			_, size := utf8.DecodeRuneInString(line[i:])
			var room [3 * utf8.UTFMax]byte
			t := appendQuoted(room[:0], line[i:i+size], i+size == len(line))
			if column+len(t) > width {
				out = append(out, "=\r\n"...)
				column = 0
			}
			if column == 0 && (line[i] == '.' || strings.HasPrefix(line[i:], "From ")) {
				t = append(t[:0], '=', upperHex[line[i]>>4], upperHex[line[i]&15])
			}
			out = append(out, t...)
			column += len(t)
			i += size
		}
		out = append(out, "\r\n"...)
	}
	return out[:len(out)-2]
}

// appendQuoted writes one character; a blank that ends a line is encoded, too.
func appendQuoted(dst []byte, char string, last bool) []byte {
	for i := range len(char) {
		c := char[i]
		if c == '=' || c >= 0x7f || c < ' ' && c != '\t' || last && (c == ' ' || c == '\t') {
			dst = append(dst, '=', upperHex[c>>4], upperHex[c&15])
		} else {
			dst = append(dst, c)
		}
	}
	return dst
}
