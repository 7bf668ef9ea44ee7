package render

import (
	"strings"

	"waxwing/backend/message"
)

// maxURL bounds a URL in octets; maxData those of data: URLs, of one and of all
// in a document.
const (
	maxURL     = 8 << 10
	maxData    = 1 << 20
	maxAllData = 8 << 20
)

// squeeze removes what browsers ignore in URLs: outer blanks and controls, and
// tabs and line ends anywhere (URL Standard §4.4).
func squeeze(u string) string {
	u = strings.TrimFunc(u, func(r rune) bool { return r <= ' ' || r == 0xa0 || r == 0xfeff })
	return strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return -1
		}
		return r
	}, u)
}

// scheme splits a URL at its scheme, which is returned in lower case; "" for a
// relative reference.
func scheme(u string) (name, rest string) {
	for i := 0; i < len(u); i++ {
		switch c := u[i]; {
		case c == ':' && i > 0:
			return strings.ToLower(u[:i]), u[i+1:]
		case 'a' <= c|0x20 && c|0x20 <= 'z':
		case i > 0 && (isDigit(c) || c == '+' || c == '-' || c == '.'):
		default:
			return "", u
		}
	}
	return "", u
}

// link returns the address of a link that may be followed.
func link(raw string) (string, bool) {
	u := squeeze(raw)
	if len(u) > maxURL {
		return "", false
	}
	if rest, ok := strings.CutPrefix(u, "#"); ok {
		return "#" + idPrefix + encodeURL(rest), rest != ""
	}
	name, rest := scheme(u)
	switch name {
	case "http", "https":
		return web(name, rest)
	case "mailto", "tel":
		return name + ":" + encodeURL(rest), rest != ""
	case "":
		if len(u) > 4 && strings.EqualFold(u[:4], "www.") {
			return web("http", u)
		}
		if isProtocolRelative(u) {
			return web("https", u)
		}
	}
	return "", false
}

// web writes an address as scheme://host…, however its slashes were written.
func web(name, rest string) (string, bool) {
	rest = strings.TrimLeft(rest, `/\`)
	if rest == "" || !isLetterDigitDash(rest[0]) && rest[0] != '[' && rest[0] != '_' && rest[0] < 0x80 {
		return "", false
	}
	return name + "://" + encodeURL(rest), true
}

// urlEncoder encodes what doesn't stand in URLs (RFC 3986 §2) and could end
// them in other languages.
var urlEncoder = strings.NewReplacer(" ", "%20", `"`, "%22", "'", "%27", "<", "%3C", ">", "%3E", "`", "%60", "{", "%7B", "}", "%7D", "|", "%7C", "^", "%5E", `\`, "/")

func encodeURL(u string) string { return urlEncoder.Replace(u) }

func isProtocolRelative(u string) bool {
	return len(u) > 2 && strings.IndexByte(`/\`, u[0]) >= 0 && strings.IndexByte(`/\`, u[1]) >= 0
}

// picture returns the address under which a picture is shown in the frame,
// false when it isn't. Remote pictures that are left out are counted.
func (s *sanitizer) picture(raw string) (string, bool) {
	largest, all := maxData, maxAllData
	if s.use != reading {
		largest, all = maxSentSource, maxSentSource
	}
	if len(raw) > largest {
		return "", false
	}
	u := squeeze(raw)
	if part := s.partAt(u); part != nil {
		return s.partURL(part)
	}
	name, rest := scheme(u)
	switch name {
	case "http", "https":
	case "cid":
		if s.use == editing && s.o.PartURL == nil {
			return "cid:" + encodeURL(rest), rest != "" && len(rest) < maxURL
		}
		return s.partURL(s.partByID(rest))
	case "data":
		u, ok := rasterData(rest)
		if !ok || s.data+len(u) > all {
			return "", false
		}
		s.data += len(u)
		return u, true
	case "":
		if !isProtocolRelative(u) {
			return "", false
		}
		name = "https"
	default:
		return "", false
	}
	if len(u) > maxURL {
		return "", false
	}
	u, ok := web(name, rest)
	if !ok {
		return "", false
	}
	through := ""
	if s.o.RemoteURL != nil {
		through = s.o.RemoteURL(u)
	}
	if through == "" {
		s.blocked[u] = true
		return "", false
	}
	return through, true
}

// rasterTypes are the types of pictures that hold nothing but pixels.
var rasterTypes = map[string]bool{
	"image/png": true, "image/jpeg": true, "image/jpg": true, "image/pjpeg": true, "image/gif": true, "image/webp": true,
	"image/bmp": true, "image/x-ms-bmp": true, "image/avif": true, "image/apng": true, "image/heic": true, "image/heif": true,
	"image/tiff": true, "image/x-icon": true, "image/vnd.microsoft.icon": true, "image/x-png": true,
}

// rasterData writes a data: URL (without its scheme here) again if it is a
// picture of a raster type in base64.
func rasterData(rest string) (string, bool) {
	head, body, ok := strings.Cut(rest, ",")
	mediaType, coding, _ := strings.Cut(strings.ToLower(head), ";")
	mediaType = strings.TrimSpace(mediaType)
	if !ok || !rasterTypes[mediaType] || strings.TrimSpace(coding) != "base64" {
		return "", false
	}
	for i := 0; i < len(body); i++ {
		if c := body[i]; !isLetterDigitDash(c) && strings.IndexByte("+/=_% ", c) < 0 {
			return "", false
		}
	}
	return "data:" + mediaType + ";base64," + strings.ReplaceAll(body, " ", "%20"), true
}

// partByID returns the part with that Content-ID (RFC 2392).
func (s *sanitizer) partByID(id string) *message.Part {
	return s.parts["cid:"+strings.ToLower(strings.Trim(percentDecode(id), "<>"))]
}

// partAt returns the part with that Content-Location (RFC 2557).
func (s *sanitizer) partAt(u string) *message.Part { return s.parts["at:"+u] }

// indexParts makes the parts findable by Content-ID and Content-Location.
func indexParts(m *message.Message) map[string]*message.Part {
	parts := map[string]*message.Part{}
	for i := range m.Parts {
		p := &m.Parts[i]
		if p.ContentID != "" {
			parts["cid:"+strings.ToLower(p.ContentID)] = p
		}
		if p.Location != "" {
			parts["at:"+p.Location] = p
		}
	}
	return parts
}

// partURL returns the address of a part in the frame if it is a raster picture.
// SVG, which can hold scripts and links, isn't shown; it is sent on with a quote.
func (s *sanitizer) partURL(p *message.Part) (string, bool) {
	if p == nil || s.o.PartURL == nil {
		return "", false
	}
	sent := s.use == quoting && strings.HasPrefix(p.Type, "image/")
	if !sent && !rasterTypes[p.Type] && p.Type != "application/octet-stream" {
		return "", false
	}
	return s.o.PartURL(p.Number), true
}

// srcset maps each candidate of a srcset (HTML §4.8.4.2.1) and drops those that
// can't be shown.
func (s *sanitizer) srcset(value string) string {
	const longest, most = 16 << 10, 32
	if len(value) > longest {
		return ""
	}
	var out []string
	for n := 0; value != "" && n < most; n++ {
		value = strings.TrimLeft(value, " \t\r\n\f,")
		end := strings.IndexAny(value, " \t\r\n\f")
		if end < 0 {
			end = len(value)
		}
		address := value[:end]
		value = value[end:]
		descriptor := ""
		if trimmed := strings.TrimRight(address, ","); trimmed != address {
			address = trimmed
		} else {
			descriptor, value, _ = strings.Cut(value, ",")
		}
		u, ok := s.picture(address)
		if !ok || strings.Contains(u, " ") || strings.HasSuffix(u, ",") {
			continue
		}
		descriptor = strings.TrimSpace(descriptor)
		if isDescriptor(descriptor) {
			u += " " + descriptor
		}
		out = append(out, u)
	}
	return strings.Join(out, ", ")
}

// isDescriptor checks a srcset descriptor such as 2x or 640w.
func isDescriptor(d string) bool {
	if len(d) < 2 || len(d) > 8 || d[len(d)-1] != 'x' && d[len(d)-1] != 'w' {
		return false
	}
	for i := 0; i < len(d)-1; i++ {
		if !isDigit(d[i]) && d[i] != '.' {
			return false
		}
	}
	return true
}

// percentDecode decodes %XX; other percent signs stay.
func percentDecode(u string) string {
	if strings.IndexByte(u, '%') < 0 {
		return u
	}
	var b strings.Builder
	for i := 0; i < len(u); i++ {
		if u[i] == '%' && i+2 < len(u) {
			hi, lo := hexValue(u[i+1]), hexValue(u[i+2])
			if hi >= 0 && lo >= 0 {
				b.WriteByte(byte(hi<<4 | lo))
				i += 2
				continue
			}
		}
		b.WriteByte(u[i])
	}
	return b.String()
}

func hexValue(c byte) int {
	switch {
	case isDigit(c):
		return int(c - '0')
	case 'a' <= c|0x20 && c|0x20 <= 'f':
		return int(c|0x20-'a') + 10
	}
	return -1
}
