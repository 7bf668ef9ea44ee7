package compose

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"

	"waxwing/backend/message"
	"waxwing/backend/render"
)

// pictures gives the inline pictures of an original new Content-IDs, and remembers
// which are shown.
type pictures struct {
	mark  string // of the original
	parts []string
}

func newPictures(raw []byte) *pictures {
	sum := sha256.Sum256(raw)
	return &pictures{mark: hex.EncodeToString(sum[:8])}
}

// id is the Content-ID of a part in the draft. The original's own could be anything.
func (p *pictures) id(number string) string { return "part" + number + "." + p.mark + "@waxwing" }

// url notes that a part is shown.
func (p *pictures) url(number string) string {
	for _, known := range p.parts {
		if known == number {
			return "cid:" + p.id(number)
		}
	}
	p.parts = append(p.parts, number)
	return "cid:" + p.id(number)
}

// files are the pictures that are shown.
func (p *pictures) files(raw []byte) []File {
	var out []File
	for _, number := range p.parts {
		if part, content, err := message.PartContent(raw, number, false); err == nil {
			out = append(out, File{Name: part.Name, Type: part.Type, ContentID: p.id(number), Content: content})
		}
	}
	return out
}

// quote makes the original the draft's quote, and reports whether it was too long.
func (s *Start) quote(m *message.Message, raw []byte) (cut bool) {
	p := newPictures(raw)
	s.Draft.Quote, cut = render.Quote(m, p.url)
	s.Files = append(s.Files, p.files(raw)...)
	return cut
}

// attach gives the draft the original's attachments.
func (s *Start) attach(m *message.Message, raw []byte) {
	for _, a := range m.Attachments {
		if _, content, err := message.PartContent(raw, a.Part, false); err == nil {
			s.Files = append(s.Files, File{Name: a.Name, Type: a.Type, Content: content})
		}
	}
}

// quoted marks the lines of a text as a quote.
func quoted(text string) string {
	var b strings.Builder
	for line := range strings.SplitSeq(strings.TrimRight(text, "\n "), "\n") {
		switch {
		case line == "":
			b.WriteString(">")
		case strings.HasPrefix(line, ">"):
			b.WriteString(">" + line)
		default:
			b.WriteString("> " + line)
		}
		b.WriteByte('\n')
	}
	return b.String()
}
