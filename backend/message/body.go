package message

import (
	"bytes"
	"strings"
	"unicode/utf8"
)

// maxText is the length of Content.Text in octets.
const maxText = 256 << 10

// maxSource is how much of an encoded text is decoded for Content.Text; enough
// for maxText of HTML with its markup.
const maxSource = 16 << 20

// decodedText returns a text part as UTF-8 with bare LF line ends.
func (n *node) decodedText(most int) string {
	raw := n.body
	if len(raw) > most {
		raw = raw[:most]
	}
	charset := n.charset()
	octets := n.encoding.decode(raw)
	if n.ctype == "text/html" && charset == "" && !asciiOnly(octets) {
		charset = metaCharset(octets)
	}
	return normalizeLines(toUTF8(octets, charset))
}

// normalizeLines makes CR LF and bare CR LF.
func normalizeLines(s string) string {
	if strings.IndexByte(s, '\r') < 0 {
		return s
	}
	return strings.ReplaceAll(strings.ReplaceAll(s, "\r\n", "\n"), "\r", "\n")
}

// plain returns a text/plain part unflowed (RFC 3676).
func (n *node) plain(most int) string {
	text := n.decodedText(most)
	if n.ctype == "text/enriched" {
		return enrichedToText(text)
	}
	if strings.EqualFold(n.cparams.get("format"), "flowed") {
		text = unflow(text, strings.EqualFold(n.cparams.get("delsp"), "yes"))
	}
	return text
}

// metaCharset finds the charset that HTML declares in itself.
func metaCharset(b []byte) string {
	const head = 4096
	b = bytes.ToLower(b[:min(len(b), head)])
	i := bytes.Index(b, []byte("charset="))
	if i < 0 {
		return ""
	}
	b = bytes.TrimLeft(b[i+len("charset="):], " \"'")
	if end := bytes.IndexAny(b, " \"'/>;"); end > 0 {
		return string(b[:end])
	}
	return ""
}

// enrichedToText strips the commands of text/enriched (RFC 1896).
func enrichedToText(s string) string {
	var out strings.Builder
	for s != "" {
		text, rest, ok := strings.Cut(s, "<")
		out.WriteString(text)
		if !ok {
			break
		}
		if strings.HasPrefix(rest, "<") {
			out.WriteByte('<')
			s = rest[1:]
			continue
		}
		command, after, _ := strings.Cut(rest, ">")
		if strings.EqualFold(command, "param") {
			if i := strings.Index(strings.ToLower(after), "</param>"); i >= 0 {
				after = after[i+len("</param>"):]
			}
		}
		s = after
	}
	return out.String()
}

// text returns the readable text of the sections.
func (l *layout) text(most int) string {
	var parts []string
	total := 0
	for _, s := range l.sections {
		if s.mute || total >= most {
			continue
		}
		t := s.readable(most)
		if strings.TrimSpace(t) == "" {
			continue
		}
		total += len(t)
		parts = append(parts, t)
	}
	return truncate(strings.Join(parts, "\n"), most)
}

// readable returns the section's text: the plain alternative unless it is but
// an excuse for the HTML, else the text of the HTML.
func (s section) readable(most int) string {
	var plain string
	if s.show.ctype != "text/html" {
		return s.show.plain(min(maxSource, 4*most))
	}
	for _, n := range s.text {
		plain += n.plain(min(maxSource, 4*most))
	}
	if !excuse(plain, len(s.show.body)) {
		return plain
	}
	source := s.show.decodedText(maxSource)
	if text := htmlToText(source, most, false); strings.TrimSpace(text) != "" {
		return text
	}
	if strings.TrimSpace(plain) != "" {
		return plain
	}
	return htmlToText(source, most, true)
}

// excuse reports whether a plain alternative says nothing beside HTML of that
// length: senders write "Your program can't show HTML".
func excuse(plain string, htmlLength int) bool {
	const shortText, longHTML = 200, 4000
	plain = strings.TrimSpace(plain)
	return plain == "" || len(plain) < shortText && htmlLength > longHTML
}

// truncate cuts s to at most n octets at a character.
func truncate(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n]
}

// references returns the Content-IDs and locations that the shown HTML refers
// to by cid: URLs, in lower case.
func references(source string, into map[string]bool) {
	for {
		i := indexCID(source)
		if i < 0 {
			return
		}
		source = source[i+4:]
		end := strings.IndexAny(source, "\"'<>) \t\n\\")
		if end < 0 {
			end = len(source)
		}
		if id := source[:min(end, maxIDLength)]; id != "" {
			id = strings.ReplaceAll(id, "&amp;", "&")
			into[strings.ToLower(string(percentDecode([]byte(id))))] = true
		}
		source = source[end:]
	}
}

// indexCID is the index of the next "cid:" in any case, -1 when there is none.
func indexCID(s string) int {
	for from := 0; ; {
		colon := strings.IndexByte(s[from:], ':')
		if colon < 0 {
			return -1
		}
		colon += from
		if at := colon - 3; at >= 0 && strings.EqualFold(s[at:colon], "cid") {
			return at
		}
		from = colon + 1
	}
}
