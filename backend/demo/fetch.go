package demo

import (
	"bufio"
	"bytes"
	"strings"
	"time"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapserver"
	"github.com/emersion/go-message/textproto"
)

// item is a message to answer with, as it was when the command came.
type item struct {
	number uint32
	uid    imap.UID
	raw    []byte
	date   time.Time
	flags  []imap.Flag
}

func (m *message) item(number uint32) item {
	return item{number, m.uid, m.raw, m.date, m.flagList()}
}

// Fetch answers for every message that set names, also for one that another
// session expunged meanwhile (RFC 2180 §4.1.2).
func (s *session) Fetch(w *imapserver.FetchWriter, set imap.NumSet, options *imap.FetchOptions) error {
	if len(options.BinarySection)+len(options.BinarySectionSize) > 0 {
		return &imap.Error{Type: imap.StatusResponseTypeBad, Text: "BINARY is not offered"}
	}
	for _, it := range s.fetch(set, options) {
		if err := it.write(w, options); err != nil {
			return err
		}
	}
	return nil
}

// fetch collects the messages. A body section without PEEK marks them as read,
// and their flags are then part of the answer (RFC 9051 §6.4.5).
func (s *session) fetch(set imap.NumSet, options *imap.FetchOptions) []item {
	s.account.mu.Lock()
	defer s.account.mu.Unlock()
	seen := false
	for _, section := range options.BodySection {
		seen = seen || !section.Peek && !s.view.readOnly
	}
	var items []item
	changed := false
	s.view.pick(set, func(number uint32, e *entry) {
		if seen && e.message.setFlags(imap.StoreFlagsAdd, []imap.Flag{imap.FlagSeen}) {
			changed = true
			options.Flags = true
		}
		if options.Flags {
			e.version = e.message.version
		}
		items = append(items, e.message.item(number))
	})
	if changed {
		s.account.notify()
	}
	return items
}

func (it *item) write(w *imapserver.FetchWriter, options *imap.FetchOptions) error {
	r := w.CreateMessage(it.number)
	if options.UID {
		r.WriteUID(it.uid)
	}
	if options.Flags {
		r.WriteFlags(it.flags)
	}
	if options.InternalDate {
		r.WriteInternalDate(it.date)
	}
	if options.RFC822Size {
		r.WriteRFC822Size(int64(len(it.raw)))
	}
	if options.Envelope {
		r.WriteEnvelope(envelope(it.raw))
	}
	if options.BodyStructure != nil {
		r.WriteBodyStructure(sound(imapserver.ExtractBodyStructure(bytes.NewReader(it.raw))))
	}
	for _, section := range options.BodySection {
		data := bodySection(it.raw, section)
		body := r.WriteBodySection(section, int64(len(data)))
		_, err := body.Write(data)
		if closing := body.Close(); err == nil {
			err = closing
		}
		if err != nil {
			return err
		}
	}
	return r.Close()
}

// envelope returns nil, which is written as an empty one, when the header can't
// be read.
func envelope(raw []byte) *imap.Envelope {
	header, err := textproto.ReadHeader(bufio.NewReader(bytes.NewReader(raw)))
	if err != nil {
		return nil
	}
	return imapserver.ExtractEnvelope(header)
}

// sound replaces multiparts in which no part could be found, as in broken mail:
// BODYSTRUCTURE has no form for them (RFC 9051 §9, "body-type-mpart"), and
// go-imap panics.
func sound(structure imap.BodyStructure) imap.BodyStructure {
	multi, ok := structure.(*imap.BodyStructureMultiPart)
	if !ok {
		return structure
	}
	if len(multi.Children) == 0 {
		return &imap.BodyStructureSinglePart{
			Type: "application", Subtype: "octet-stream", Encoding: "7bit",
			Extended: &imap.BodyStructureSinglePartExt{},
		}
	}
	for i, child := range multi.Children {
		multi.Children[i] = sound(child)
	}
	return multi
}

// bodySection returns the octets of a section (RFC 9051 §6.4.5.1). Whole
// messages, headers and texts are cut from the raw bytes, so that they arrive
// exactly as they were stored, well-formed or not; go-imap takes apart the rest.
func bodySection(raw []byte, section *imap.FetchItemBodySection) []byte {
	if len(section.Part) > 0 {
		return imapserver.ExtractBodySection(bytes.NewReader(raw), section)
	}
	header, text := splitHeader(raw)
	var data []byte
	switch section.Specifier {
	case imap.PartSpecifierText:
		data = text
	case imap.PartSpecifierHeader:
		switch {
		case len(section.HeaderFields) > 0:
			data = filterHeader(header, section.HeaderFields, true)
		case len(section.HeaderFieldsNot) > 0:
			data = filterHeader(header, section.HeaderFieldsNot, false)
		default:
			data = header
		}
	default:
		data = raw
	}
	return partial(data, section.Partial)
}

func partial(data []byte, p *imap.SectionPartial) []byte {
	if p == nil {
		return data
	}
	start := min(max(p.Offset, 0), int64(len(data)))
	return data[start : start+min(max(p.Size, 0), int64(len(data))-start)]
}

// splitHeader cuts after the empty line that ends the header; a message without
// one is all header.
func splitHeader(raw []byte) (header, text []byte) {
	for rest := raw; ; {
		end := bytes.IndexByte(rest, '\n')
		if end < 0 {
			return raw, nil
		}
		line := rest[:end+1]
		rest = rest[end+1:]
		if len(bytes.TrimRight(line, "\r\n")) == 0 {
			n := len(raw) - len(rest)
			return raw[:n], rest
		}
	}
}

// fields splits a header into its fields with their continuation lines.
func fields(header []byte) [][]byte {
	var list [][]byte
	for len(header) > 0 {
		end := bytes.IndexByte(header, '\n') + 1
		if end == 0 {
			end = len(header)
		}
		line := header[:end]
		header = header[end:]
		if n := len(list); n > 0 && (line[0] == ' ' || line[0] == '\t') {
			list[n-1] = append(list[n-1][:len(list[n-1]):len(list[n-1])], line...)
			continue
		}
		list = append(list, line)
	}
	return list
}

// filterHeader keeps the fields that are, or are not, among names, and the
// empty line at the end.
func filterHeader(header []byte, names []string, keep bool) []byte {
	var out []byte
	for _, field := range fields(header) {
		name, _, ok := strings.Cut(string(field), ":")
		if !ok {
			continue
		}
		listed := false
		for _, n := range names {
			listed = listed || strings.EqualFold(n, strings.TrimSpace(name))
		}
		if listed == keep {
			out = append(out, field...)
		}
	}
	return append(out, "\r\n"...)
}
