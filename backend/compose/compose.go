package compose

import (
	"html"
	"strings"
	"time"

	"waxwing/backend/mail"
	"waxwing/backend/message"
)

// Options say who writes, and how.
type Options struct {
	// Identities are those the person can write as. The first is used where the
	// original doesn't tell which; there is at least one.
	Identities []mail.Identity
	// Elsewhere are those of the person's other accounts: answers don't go to them.
	Elsewhere []mail.Identity
	Format    mail.BodyFormat // empty for rich
	// Language is that of the lines above quotes: "en" or "de"; else English.
	Language string
	// Zone is that of the dates in them; nil for the computer's.
	Zone *time.Location
}

// A Start is a draft as it begins.
type Start struct {
	// Draft has neither an ID nor Files yet.
	Draft mail.Draft
	// Files are the draft's, with their octets.
	Files []File
}

// A File is a file or, when it has a ContentID, an inline picture of a draft.
type File struct {
	Name      string
	Type      string
	ContentID string
	Content   []byte
}

// An Original is the message that a draft is about.
type Original struct {
	ID  mail.MessageID
	Raw []byte
}

// Begin makes a draft of that kind; DraftNew needs no original.
func Begin(kind mail.DraftKind, original Original, o Options) Start {
	switch kind {
	case mail.DraftReply:
		return Reply(original, o)
	case mail.DraftReplyAll:
		return ReplyAll(original, o)
	case mail.DraftForward:
		return Forward(original, o)
	case mail.DraftAttached:
		return ForwardAttached(original, o)
	case mail.DraftEditNew:
		return EditAsNew(original, o)
	default:
		return New(o)
	}
}

// New makes an empty draft.
func New(o Options) Start {
	return Start{Draft: o.draft(mail.DraftNew, o.first())}
}

// Reply makes an answer to the sender, or to whom the sender wants answers to go;
// to one's own message, another one to its recipients.
func Reply(original Original, o Options) Start { return answer(mail.DraftReply, original, o) }

// ReplyAll makes an answer to all whom the message went to, but not to oneself.
func ReplyAll(original Original, o Options) Start { return answer(mail.DraftReplyAll, original, o) }

func answer(kind mail.DraftKind, original Original, o Options) Start {
	m := message.Parse(original.Raw)
	s := Start{Draft: o.draft(kind, o.addressed(m, original.Raw))}
	d := &s.Draft
	d.Original = original.ID
	d.Subject = replySubject(m.Subject)
	d.To, d.Cc = o.answered(m, original.Raw, kind == mail.DraftReplyAll)
	d.InReplyTo, d.References = thread(m)
	d.QuoteHead = o.words().wrote(m, o.zone())
	if d.Format == mail.FormatPlain {
		d.Body = "\n\n" + d.QuoteHead + "\n" + quoted(m.Text) + d.Body
		d.QuoteHead = ""
		return s
	}
	s.quote(m, original.Raw)
	return s
}

// Forward makes a message that has the original below one's own text, with its
// files. One that is too long, or has too many files, is attached in place of that.
func Forward(original Original, o Options) Start {
	m := message.Parse(original.Raw)
	const mostFiles = 100
	if len(m.Attachments) > mostFiles || m.TooDeep || m.Cut {
		return ForwardAttached(original, o)
	}
	s := Start{Draft: o.draft(mail.DraftForward, o.addressed(m, original.Raw))}
	d := &s.Draft
	d.Original = original.ID
	d.Subject = forwardSubject(m.Subject)
	_, d.References = thread(m)
	d.QuoteHead = o.words().forwarded(m, o.zone())
	if d.Format == mail.FormatPlain {
		d.Body += "\n\n" + d.QuoteHead + "\n\n" + m.Text
		d.QuoteHead = ""
	} else if cut := s.quote(m, original.Raw); cut {
		return ForwardAttached(original, o)
	}
	s.attach(m, original.Raw)
	return s
}

// ForwardAttached makes a message that has the original as a file, octet for octet.
func ForwardAttached(original Original, o Options) Start {
	m := message.Parse(original.Raw)
	s := Start{Draft: o.draft(mail.DraftAttached, o.addressed(m, original.Raw))}
	s.Draft.Original = original.ID
	s.Draft.Subject = forwardSubject(m.Subject)
	_, s.Draft.References = thread(m)
	s.Files = []File{{Name: message.OriginalName(m.Subject), Type: "message/rfc822", Content: original.Raw}}
	return s
}

// draft makes a draft with what comes with an identity.
func (o Options) draft(kind mail.DraftKind, i mail.Identity) mail.Draft {
	d := mail.Draft{Kind: kind, From: i.Address, ReplyTo: i.ReplyTo, Bcc: i.Bcc, Format: o.Format}
	if d.Format != mail.FormatPlain {
		d.Format = mail.FormatRich
	}
	d.Body = Signed(d.Format, i.Signature)
	return d
}

// Signed is the body of an empty draft with that signature.
func Signed(format mail.BodyFormat, signature string) string {
	switch {
	case format == mail.FormatPlain && signature == "":
		return ""
	case format == mail.FormatPlain:
		return "\n\n-- \n" + strings.TrimRight(message.PlainText(signature), "\n") + "\n"
	case signature == "":
		return emptyLine
	}
	return emptyLine + `<div class="` + message.SignatureClass + `">` + signature + "</div>"
}

// emptyLine is one in the composer's HTML.
const emptyLine = "<div><br></div>"

// paragraphs are the lines of a text in the composer's HTML.
func paragraphs(text string) string {
	var b strings.Builder
	for line := range strings.SplitSeq(text, "\n") {
		if line == "" {
			b.WriteString(emptyLine)
			continue
		}
		b.WriteString("<div>" + html.EscapeString(line) + "</div>")
	}
	return b.String()
}

func (o Options) zone() *time.Location {
	if o.Zone == nil {
		return time.Local
	}
	return o.Zone
}
