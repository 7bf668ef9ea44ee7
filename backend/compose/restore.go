package compose

import (
	"encoding/hex"
	"strings"

	"waxwing/backend/mail"
	"waxwing/backend/message"
	"waxwing/backend/render"
)

// EditAsNew makes a new message with the content and the recipients of another.
func EditAsNew(original Original, o Options) Start {
	s := restore(original.Raw, o)
	s.Draft.Kind = mail.DraftEditNew
	s.Draft.InReplyTo, s.Draft.References = nil, nil
	return s
}

// FromMessage makes a draft of a message that is one: written by message.Build here
// or on another computer, or by another program. What it answers is known by its
// Message-ID only.
func FromMessage(raw []byte, o Options) Start { return restore(raw, o) }

func restore(raw []byte, o Options) Start {
	m := message.Parse(raw)
	i := o.addressed(&message.Message{Content: mail.Content{From: m.From}}, nil)
	s := Start{Draft: mail.Draft{
		Kind: mail.DraftNew, From: i.Address, ReplyTo: m.ReplyTo, To: m.To, Cc: m.Cc, Bcc: m.Bcc,
		Subject: m.Subject, InReplyTo: m.InReplyTo, References: m.References,
		Format: mail.FormatPlain, Body: m.Text,
		Receipt: len(message.HeaderValues(raw, "disposition-notification-to")) > 0,
	}}
	d := &s.Draft
	if len(m.InReplyTo) > 0 {
		d.Kind = mail.DraftReply
	}
	if m.HTML != "" {
		d.Format = mail.FormatRich
		p := newPictures(raw)
		body, head, quote, forwarded, ok := message.SplitHTML(m.HTML)
		if ok && len(m.Sections) == 1 {
			inner := *m
			inner.Sections, inner.HTML = nil, body
			d.Body = render.Editable(&inner, p.url)
			d.QuoteHead, d.Quote = head, render.Requote(quote, m, p.url)
			if forwarded {
				d.Kind = mail.DraftForward
			}
		} else {
			d.Body = strings.TrimSpace(render.Editable(m, p.url))
		}
		s.Files = p.files(raw)
	}
	s.attach(m, raw)
	return s
}

// Mailto makes a draft of a mailto link (RFC 6068): recipients, subject and text,
// nothing else. It fails for any other link.
func Mailto(link string, o Options) (Start, bool) {
	const longest = 256 << 10
	scheme, rest, ok := strings.Cut(link, ":")
	if !ok || !strings.EqualFold(strings.TrimSpace(scheme), "mailto") || len(link) > longest {
		return Start{}, false
	}
	s := New(o)
	d := &s.Draft
	to, query, _ := strings.Cut(rest, "?")
	d.To = linked(to)
	query, _, _ = strings.Cut(query, "#")
	for field := range strings.SplitSeq(strings.ReplaceAll(query, "&amp;", "&"), "&") {
		name, value, _ := strings.Cut(field, "=")
		switch strings.ToLower(name) {
		case "to":
			d.To = append(d.To, linked(value)...)
		case "cc":
			d.Cc = append(d.Cc, linked(value)...)
		case "bcc":
			d.Bcc = append(d.Bcc[:len(d.Bcc):len(d.Bcc)], linked(value)...)
		case "subject":
			d.Subject = message.OneLine(unescape(value))
		case "body":
			text := strings.TrimRight(strings.ReplaceAll(strings.ReplaceAll(unescape(value), "\r\n", "\n"), "\r", "\n"), "\n")
			if d.Format == mail.FormatPlain {
				d.Body = text + d.Body
			} else {
				d.Body = paragraphs(text) + d.Body
			}
		}
	}
	return s, true
}

// linked reads the addresses of a mailto link.
func linked(list string) []mail.Address {
	var out []mail.Address
	for one := range strings.SplitSeq(list, ",") {
		out = append(out, message.ParseAddresses(message.OneLine(unescape(one)))...)
	}
	return out
}

// unescape decodes %XX (RFC 3986 §2.1) to valid UTF-8 without NULs; a plus is none.
func unescape(s string) string {
	decoded := make([]byte, 0, len(s))
	for i := 0; i < len(s); i++ {
		if s[i] == '%' && i+2 < len(s) {
			if octet, err := hex.DecodeString(s[i+1 : i+3]); err == nil {
				decoded = append(decoded, octet...)
				i += 2
				continue
			}
		}
		decoded = append(decoded, s[i])
	}
	return strings.ReplaceAll(strings.ToValidUTF8(string(decoded), "\uFFFD"), "\x00", "")
}
