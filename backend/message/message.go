package message

import (
	"fmt"
	"strings"

	"waxwing/backend/mail"
)

// Message is a parsed message. It keeps references into raw; don't change raw.
type Message struct {
	mail.Content
	// Parts are the leaves in order. A message/rfc822 part is a leaf; what is in
	// it can be had from PartContent by its number.
	Parts []Part
	// Sections are the runs of the body in the order in which they are shown.
	Sections []Section
	// HTML is the HTML sections one after the other; empty when the body is only
	// text.
	HTML string
	// Text is the body as text; derived from HTML when there is no text part.
	// Quotes are marked with ">", format=flowed is joined. Unlike Content.Text
	// it is complete.
	Text string
	// TooDeep says that parts are nested deeper than is followed (32 multiparts):
	// each such multipart is one part, and what is in it isn't shown.
	TooDeep bool
	// Cut says that a text of the body is longer than is read, 16 MiB as it was sent.
	Cut bool
	// Problems are what had to be repaired, in English, for the source view and
	// tests; at most fifty.
	Problems []string
}

// A Section is one run of a body: mail programs put several texts, with
// pictures or a list's footer between them, into one message.
type Section struct {
	Part string // part number
	HTML bool   // Content is HTML, else plain text
	// Content is UTF-8 with LF line ends. Plain text is unflowed.
	Content string
	// Flowed says that the plain text came as format=flowed, so that its lines
	// are paragraphs.
	Flowed bool
}

// Part is a leaf of the MIME tree.
type Part struct {
	Number      string // "1.2" (RFC 9051 §6.4.5.1)
	Type        string // media type, lower case
	Params      map[string]string
	Disposition string // "inline", "attachment", another token in lower case, or empty
	Name        string // file name, safe; empty when the part has none
	ContentID   string // without angle brackets
	Location    string // Content-Location (RFC 2557), by which HTML may refer to it
	Inline      bool   // shown by the HTML through cid:
	Size        int64  // decoded octets
}

// Parse reads a raw message. It never fails and never panics: what can't be
// read is left empty and named in Problems.
func Parse(raw []byte) *Message {
	root, problems := parseTree(raw)
	l := layOut(root)
	m := &Message{Problems: problems}
	m.Content = content(root, l)
	m.Text = l.text(maxSource)
	var bodies []string
	for _, s := range l.sections {
		m.Cut = m.Cut || len(s.show.body) > maxSource
		sec := Section{Part: s.show.number, HTML: s.show.ctype == "text/html"}
		if sec.HTML {
			sec.Content = s.show.decodedText(maxSource)
			bodies = append(bodies, sec.Content)
		} else {
			sec.Content = s.show.plain(maxSource)
			sec.Flowed = strings.EqualFold(s.show.cparams.get("format"), "flowed")
		}
		m.Sections = append(m.Sections, sec)
	}
	m.HTML = strings.Join(bodies, "\n")
	refs := l.references()
	root.leaves(func(n *node) {
		m.Parts = append(m.Parts, n.part(refs))
		m.TooDeep = m.TooDeep || n.tooDeep
	})
	return m
}

// part describes a leaf to the outside.
func (n *node) part(refs map[string]bool) Part {
	p := Part{
		Number:      n.number,
		Type:        n.ctype,
		Params:      make(map[string]string, len(n.cparams)),
		Disposition: n.disp,
		Name:        safeFileName(n.name()),
		ContentID:   n.cid,
		Location:    n.location,
		Inline:      n.referenced(refs),
		Size:        n.encoding.size(n.body),
	}
	for _, x := range n.cparams {
		p.Params[x.name] = x.value
	}
	return p
}

// Content is Parse without the parts' content: what the store keeps. It is the
// hot path of a first sync and takes well under 100 µs for a typical message.
// The result doesn't refer to raw.
func Content(raw []byte) mail.Content {
	root, _ := parseTree(raw)
	return content(root, layOut(root))
}

// maxSubject bounds a subject in octets.
const maxSubject = 4 << 10

// content derives what the store keeps.
func content(root *node, l *layout) mail.Content {
	h, hint := root.header, headerHint(root)
	c := mail.Content{
		SentAt:     parseDate(h.get("date")),
		Subject:    truncate(decodeText(h.get("subject"), hint), maxSubject),
		References: parseIDs(h.get("references")),
		InReplyTo:  parseIDs(h.get("in-reply-to")),
		MessageID:  parseID(h.get("message-id")),
		ListID:     parseListID(h.get("list-id")),
	}
	for _, f := range h {
		var list *[]mail.Address
		switch {
		case equalFold(f.name, "from"):
			list = &c.From
		case equalFold(f.name, "to"):
			list = &c.To
		case equalFold(f.name, "cc"):
			list = &c.Cc
		case equalFold(f.name, "bcc"):
			list = &c.Bcc
		case equalFold(f.name, "reply-to"):
			list = &c.ReplyTo
		case equalFold(f.name, "sender"):
			list = &c.Sender
		default:
			continue
		}
		// QUIRK: each may stand once only (RFC 5322 §3.6); some senders repeat
		// To and Cc for each recipient. A second From is not to be believed.
		if len(*list) == 0 {
			*list = parseAddresses(unfold(f.value), hint)
		} else if list == &c.To || list == &c.Cc || list == &c.Bcc {
			*list = append(*list, parseAddresses(unfold(f.value), hint)...)
			*list = (*list)[:min(len(*list), maxAddresses)]
		}
	}
	c.Text = l.text(maxText)
	c.Preview = preview(c.Text)
	c.Attachments = l.attachments()
	return c
}

// headerHint is the charset in which raw 8-bit header text is read: that of the
// body, since the same program wrote both.
func headerHint(root *node) string {
	hint := ""
	root.leaves(func(n *node) {
		if hint == "" && strings.HasPrefix(n.ctype, "text/") {
			hint = n.charset()
		}
	})
	if canonical(hint) == "us-ascii" {
		return ""
	}
	return hint
}

// referenced reports whether the HTML shows the leaf.
func (n *node) referenced(refs map[string]bool) bool {
	if n.cid != "" && refs[strings.ToLower(n.cid)] {
		return true
	}
	return n.location != "" && refs[strings.ToLower(n.location)]
}

// references are the lower-case Content-IDs that the HTML sections use. The
// HTML is only looked at when there is a part that it could mean.
func (l *layout) references() map[string]bool {
	if l.refs != nil {
		return l.refs
	}
	l.refs = map[string]bool{}
	wanted := false
	for _, n := range l.attached {
		wanted = wanted || n.cid != "" || n.location != ""
	}
	if !wanted {
		return l.refs
	}
	for _, s := range l.sections {
		if s.show.ctype == "text/html" {
			references(s.show.decodedText(maxSource), l.refs)
		}
	}
	return l.refs
}

// attachments lists what a person would call attachments.
func (l *layout) attachments() []mail.Attachment {
	var out []mail.Attachment
	refs := l.references()
	for _, n := range l.attached {
		if n.referenced(refs) {
			continue
		}
		out = append(out, mail.Attachment{
			Part: n.number,
			Name: n.fileName(),
			Type: n.ctype,
			Size: n.encoding.size(n.body),
		})
	}
	return out
}

// fileName is a safe name for the leaf, never empty.
func (n *node) fileName() string {
	if name := safeFileName(n.name()); name != "" {
		return name
	}
	if n.message() {
		h, _, _ := parseHeader(n.encoding.decode(n.body), true)
		if name := messageName(decodeText(h.get("subject"), "")); name != "" {
			return name
		}
	}
	return fallbackName(n.ctype, n.number)
}

// PartContent decodes one leaf's content from raw; a text part is converted to
// UTF-8 with LF line ends only when asText is set. Numbers that lead into a
// message/rfc822 part are followed. A number that names no leaf is an error
// with mail.CodeNotFound.
func PartContent(raw []byte, number string, asText bool) (Part, []byte, error) {
	root, _ := parseTree(raw)
	leaf := find(root, number, 0)
	if leaf == nil {
		return Part{}, nil, &mail.Error{
			Code: mail.CodeNotFound,
			Args: map[string]string{"part": number},
			Err:  fmt.Errorf("no leaf part with that number"),
		}
	}
	var refs map[string]bool
	if leaf.cid != "" || leaf.location != "" {
		refs = layOut(root).references()
	}
	leaf.number = number // within the whole message
	p := leaf.part(refs)
	p.Name = leaf.fileName()
	if asText && strings.HasPrefix(leaf.ctype, "text/") {
		return p, []byte(leaf.decodedText(len(leaf.body))), nil
	}
	return p, leaf.encoding.decode(leaf.body), nil
}

// find returns the leaf of that number, following numbers into messages.
func find(root *node, number string, depth int) *node {
	var found, outer *node
	root.leaves(func(n *node) {
		if n.number == number {
			found = n
		} else if n.message() && strings.HasPrefix(number, n.number+".") {
			outer = n
		}
	})
	if found != nil || outer == nil || depth >= maxDepth {
		return found
	}
	inner, _ := parseTree(outer.encoding.decode(outer.body))
	return find(inner, strings.TrimPrefix(number, outer.number+"."), depth+1)
}
