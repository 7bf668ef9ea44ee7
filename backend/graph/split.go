package graph

import (
	"bytes"
	"cmp"
	"mime"
	"net/mail"
	"slices"
	"strings"

	"waxwing/backend/message"
)

// A file is an attachment or inline picture taken out of a message.
type file struct {
	name, kind, contentID string
	inline                bool
	data                  []byte
}

// A piece is a part that can be taken out: octets from its delimiter line to the
// next one.
type piece struct {
	from, to int
	entity   []byte // header and body
	// instead stays in its place, where else there would be no part left.
	instead []byte
}

// maxDepth bounds the nesting that is followed.
const maxDepth = 10

// split takes the largest files out of a message until the rest has at most so
// many octets. It reports whether that was possible. What is signed or sealed as
// a whole is left alone.
func split(raw []byte, most int) (rest []byte, files []file, ok bool) {
	pieces := findPieces(raw, 0, len(raw), 0)
	slices.SortStableFunc(pieces, func(a, b piece) int { return cmp.Compare(b.to-b.from, a.to-a.from) })
	size, taken := len(raw), 0
	for ; taken < len(pieces) && size > most; taken++ {
		p := pieces[taken]
		size -= p.to - p.from - len(p.instead)
	}
	if size > most {
		return nil, nil, false
	}
	pieces = pieces[:taken]
	slices.SortFunc(pieces, func(a, b piece) int { return cmp.Compare(a.from, b.from) })
	at := 0
	for _, p := range pieces {
		rest = append(append(rest, raw[at:p.from]...), p.instead...)
		at = p.to
		f, err := p.file()
		if err != nil {
			return nil, nil, false
		}
		files = append(files, f)
	}
	return append(rest, raw[at:]...), files, true
}

// file decodes the piece.
func (p piece) file() (file, error) {
	part, data, err := message.PartContent(p.entity, "1", false)
	if err != nil {
		return file{}, err
	}
	name := part.Name
	if name == "" {
		name = "attachment"
		if part.Type == "message/rfc822" {
			name = message.OriginalName(message.Content(data).Subject)
		}
	}
	return file{name: name, kind: part.Type, contentID: part.ContentID, inline: part.ContentID != "" && part.Disposition != "attachment", data: data}, nil
}

// findPieces returns the files in the entity raw[from:to].
func findPieces(raw []byte, from, to, depth int) (found []piece) {
	kind, boundary := mediaType(raw[from:to])
	takes := kind == "multipart/mixed" || kind == "multipart/related"
	if depth >= maxDepth || boundary == "" || !takes && kind != "multipart/alternative" {
		return nil
	}
	lines, closed := delimiters(raw, from, to, boundary)
	if !closed {
		return nil
	}
	leaves := 0
	for i := range len(lines) - 1 {
		line, next := lines[i], lines[i+1]
		if next.from-len("\r\n") < line.to {
			return nil // not even a line between them
		}
		entity := raw[line.to : next.from-len("\r\n")]
		child, _ := mediaType(entity)
		switch {
		case strings.HasPrefix(child, "multipart/"):
			found = append(found, findPieces(raw, line.to, next.from-len("\r\n"), depth+1)...)
		case !takes || !isFile(entity, child):
		default:
			leaves++
			found = append(found, piece{from: line.from, to: next.from, entity: entity})
		}
	}
	if leaves > 0 && leaves == len(lines)-1 {
		first := &found[0]
		first.instead = append(slices.Clone(raw[lines[0].from:lines[0].to]), "\r\n\r\n"...)
	}
	return found
}

// isFile reports whether a leaf is no text to read.
func isFile(entity []byte, kind string) bool {
	if !strings.HasPrefix(kind, "text/") {
		return true
	}
	m, err := mail.ReadMessage(bytes.NewReader(entity))
	if err != nil {
		return false
	}
	disposition, _, _ := mime.ParseMediaType(m.Header.Get("Content-Disposition"))
	return disposition == "attachment"
}

// mediaType returns an entity's type and boundary.
func mediaType(entity []byte) (kind, boundary string) {
	if bytes.HasPrefix(entity, []byte("\r\n")) {
		return "text/plain", ""
	}
	m, err := mail.ReadMessage(bytes.NewReader(entity))
	if err != nil {
		return "", ""
	}
	value := m.Header.Get("Content-Type")
	if value == "" {
		return "text/plain", ""
	}
	kind, parameters, err := mime.ParseMediaType(value)
	if err != nil {
		return "", ""
	}
	return kind, parameters["boundary"]
}

// A span is a line of octets with its end.
type span struct{ from, to int }

// delimiters returns the delimiter lines (RFC 2046 §5.1.1) of raw[from:to], the
// closing one last. Closed reports whether there is one.
func delimiters(raw []byte, from, to int, boundary string) (lines []span, closed bool) {
	delimiter := []byte("--" + boundary)
	for at := from; at < to; {
		end := to
		if i := bytes.IndexByte(raw[at:to], '\n'); i >= 0 {
			end = at + i + 1
		}
		if rest, found := bytes.CutPrefix(raw[at:end], delimiter); found {
			switch tail := strings.TrimRight(string(rest), " \t\r\n"); tail {
			case "":
				lines = append(lines, span{at, end})
			case "--":
				return append(lines, span{at, end}), true
			}
		}
		at = end
	}
	return lines, false
}
