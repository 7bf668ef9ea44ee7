package compose

import (
	"strings"
	"time"

	"waxwing/backend/mail"
	"waxwing/backend/message"
	"waxwing/backend/render"
)

// deepestQuote bounds how deep quotes stand in each other.
const deepestQuote = 20

// Reformat writes a draft in the other format. Plain text is what the recipients of a
// rich draft would read as its text; the quote becomes a part of it, and can be
// answered line by line. Text that becomes rich keeps its lines, and quoted ones are
// quotes. A draft that has the format already stays as it is.
func Reformat(d mail.Draft, format mail.BodyFormat) (mail.Draft, error) {
	if d.Format == format {
		return d, nil
	}
	whole := d
	whole.Files = nil
	raw, err := message.Build(whole, nil, message.BuildOptions{
		MessageID: message.NewID(d.From.Email), Date: time.Now(), Unfinished: true,
	})
	if err != nil {
		return mail.Draft{}, err
	}
	m := message.Parse(raw)
	d.Format = format
	if format == mail.FormatPlain {
		d.Body, d.Quote, d.QuoteHead = m.Text, "", ""
	} else {
		d.Body = quotedParagraphs(strings.TrimRight(m.Text, "\n"))
	}
	return d, nil
}

// quotedParagraphs is paragraphs, with lines that begin with ">" in quotes as deep as
// those are many.
func quotedParagraphs(text string) string {
	var b strings.Builder
	depth := 0
	for line := range strings.SplitSeq(text, "\n") {
		rest, wanted := line, 0
		for strings.HasPrefix(rest, ">") {
			rest = strings.TrimPrefix(rest[1:], " ")
			wanted++
		}
		wanted = min(wanted, deepestQuote)
		for ; depth < wanted; depth++ {
			b.WriteString(`<blockquote>`)
		}
		for ; depth > wanted; depth-- {
			b.WriteString("</blockquote>")
		}
		b.WriteString(paragraphs(rest))
	}
	b.WriteString(strings.Repeat("</blockquote>", depth))
	return render.Fragment(b.String())
}
