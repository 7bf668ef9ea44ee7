package sample

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"mime/quotedprintable"
	"strings"
)

// part is a node of a message: a leaf with data or a multipart with parts.
type part struct {
	kind     string // Content-Type with its parameters
	header   [][2]string
	encoding string // of data; empty chooses base64
	data     []byte
	parts    []part
}

// textPart makes a leaf of text in a charset.
func textPart(kind, text string, c charset, encoding string) (part, error) {
	data, err := c.encode(crlf(text))
	if err != nil {
		return part{}, err
	}
	label := c.label()
	switch {
	case encoding != "":
	case plainBytes(data):
		encoding = "7bit"
	case c.encoding == nil && mostlyLatin(text), strings.HasPrefix(label, "iso-8859-"), label == "windows-1252":
		encoding = "quoted-printable"
	default:
		encoding = "base64"
	}
	if encoding == "7bit" && label == "utf-8" && ascii(text) {
		label = "us-ascii"
	}
	return part{kind: kind + "; charset=" + label, encoding: encoding, data: data}, nil
}

// plainBytes reports whether data may travel as 7bit: no high bytes, no line
// over 998 octets (RFC 5322 §2.1.1).
func plainBytes(data []byte) bool {
	for _, line := range bytes.Split(data, []byte("\r\n")) {
		if len(line) > 998 {
			return false
		}
	}
	for _, b := range data {
		if b >= 0x80 {
			return false
		}
	}
	return true
}

func mostlyLatin(s string) bool {
	other := 0
	for _, r := range s {
		if r > 0x24f && r < 0x2000 || r > 0x2fff {
			other++
		}
	}
	return other*6 < len(s)
}

func crlf(s string) string {
	return strings.ReplaceAll(strings.ReplaceAll(s, "\r\n", "\n"), "\n", "\r\n")
}

// write appends a part with its header; boundaries are made from seed.
func (p part) write(b *bytes.Buffer, seed string) {
	kind := p.kind
	boundary := ""
	if len(p.parts) > 0 {
		boundary = "=_" + seed
		kind += fmt.Sprintf(";\r\n boundary=%q", boundary)
	}
	fmt.Fprintf(b, "Content-Type: %s\r\n", kind)
	for _, h := range p.header {
		fmt.Fprintf(b, "%s: %s\r\n", h[0], h[1])
	}
	if len(p.parts) == 0 {
		p.writeData(b)
		return
	}
	b.WriteString("\r\n")
	for i, child := range p.parts {
		fmt.Fprintf(b, "--%s\r\n", boundary)
		child.write(b, fmt.Sprintf("%s.%d", seed, i+1))
		b.WriteString("\r\n")
	}
	fmt.Fprintf(b, "--%s--\r\n", boundary)
}

func (p part) writeData(b *bytes.Buffer) {
	encoding := p.encoding
	if encoding == "" {
		encoding = "base64"
	}
	fmt.Fprintf(b, "Content-Transfer-Encoding: %s\r\n\r\n", encoding)
	switch encoding {
	case "base64":
		text := base64.StdEncoding.EncodeToString(p.data)
		for len(text) > 76 {
			b.WriteString(text[:76] + "\r\n")
			text = text[76:]
		}
		b.WriteString(text + "\r\n")
	case "quoted-printable":
		w := quotedprintable.NewWriter(b)
		_, _ = w.Write(p.data) // a buffer takes everything
		_ = w.Close()
		b.WriteString("\r\n")
	default:
		b.Write(p.data)
		b.WriteString("\r\n")
	}
}

// fold breaks a header field at spaces into lines of at most 78 characters
// where it can (RFC 5322 §2.2.3).
func fold(name, value string) string {
	var b strings.Builder
	b.WriteString(name + ":")
	length := len(name) + 1
	for _, word := range strings.Split(value, " ") {
		if length+1+len(word) > 78 && length > len(name)+1 {
			b.WriteString("\r\n")
			length = 0
		}
		b.WriteString(" " + word)
		length += 1 + len(word)
	}
	return b.String() + "\r\n"
}
