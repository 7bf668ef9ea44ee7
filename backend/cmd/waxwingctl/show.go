package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"time"

	"waxwing/backend/mail"
	"waxwing/backend/message"
	"waxwing/backend/render"
)

func messageShow(set *flag.FlagSet) action {
	raw, text, html := set.Bool("raw", false, ""), set.Bool("text", false, ""), set.Bool("html", false, "")
	return func(ctx context.Context, c *cli, args []string) (result, error) {
		if len(args) != 1 {
			return result{}, misused("message show takes one ID")
		}
		if *raw && *text || *raw && *html || *text && *html {
			return result{}, misused("only one of --raw, --text, --html can be shown")
		}
		ref, err := mail.ParseRef(args[0], mail.RefMessage)
		if err != nil {
			return result{}, err
		}
		e, err := c.open(ctx)
		if err != nil {
			return result{}, err
		}
		known, err := e.Message(ctx, ref)
		if err != nil {
			return result{}, err
		}
		data, err := e.Raw(ctx, ref)
		if err != nil {
			return result{}, err
		}
		s := shown{account: ref.Account, known: known, raw: data}
		switch {
		case *raw:
			return s.asRaw(), nil
		case *html:
			return s.asHTML(), nil
		case *text:
			return s.asText(), nil
		}
		return s.whole(), nil
	}
}

// shown is a message about to be shown.
type shown struct {
	account mail.AccountID
	known   mail.Message
	raw     []byte
}

// asRaw is the message byte for byte.
func (s shown) asRaw() result {
	document := fullEmailJSON{
		emailJSON:   emailDocument(s.account, s.known),
		Attachments: []partJSON{},
		Data:        s.raw,
	}
	return result{document, func(w io.Writer) error { _, err := w.Write(s.raw); return err }}
}

// asHTML is exactly the document that the reader shows when nobody allows
// remote content. Inline pictures, which the reader fetches from the
// application, are left out.
func (s shown) asHTML() result {
	page := render.Body(message.Parse(s.raw), render.Options{}).HTML
	document := s.document()
	document.setHTML(page)
	return result{document, func(w io.Writer) error { _, err := w.Write(page); return err }}
}

// asText is the readable text.
func (s shown) asText() result {
	parsed := message.Parse(s.raw)
	document := s.document()
	document.setText(parsed.Text)
	return result{document, func(w io.Writer) error {
		_, err := fmt.Fprintln(w, printable(parsed.Text))
		return err
	}}
}

// whole is the message as a person reads it: the head, then the text.
func (s shown) whole() result {
	parsed := message.Parse(s.raw)
	document := s.document()
	document.setText(parsed.Text)
	document.setHTML(render.Body(parsed, render.Options{}).HTML)
	return result{document, func(w io.Writer) error {
		for _, field := range []struct {
			name, value string
		}{
			{"From", addressText(s.known.From)},
			{"To", addressText(s.known.To)},
			{"Cc", addressText(s.known.Cc)},
			{"Subject", s.known.Subject},
			{"Date", s.known.ReceivedAt.Local().Format(time.DateTime)},
		} {
			if field.value != "" {
				fmt.Fprintf(w, "%-8s %s\n", field.name+":", line(field.value))
			}
		}
		for _, a := range s.known.Attachments {
			fmt.Fprintf(w, "Attached: %s (%s, %d octets)\n", line(a.Name), line(a.Type), a.Size)
		}
		_, err := fmt.Fprintf(w, "\n%s\n", printable(parsed.Text))
		return err
	}}
}

// document is the message without a body.
func (s shown) document() *fullEmailJSON {
	d := &fullEmailJSON{
		emailJSON:   emailDocument(s.account, s.known),
		BodyValues:  map[string]valueJSON{},
		Attachments: []partJSON{},
	}
	for _, a := range s.known.Attachments {
		d.Attachments = append(d.Attachments, attachmentDocument(a))
	}
	return d
}

// The parts of bodyValues are ours: the text made from the whole message, and
// the document that the reader shows.

func (d *fullEmailJSON) setText(text string) {
	id := "text"
	d.BodyValues[id] = valueJSON{Value: text}
	d.TextBody = []partJSON{{PartID: &id, Type: "text/plain", Size: int64(len(text))}}
}

func (d *fullEmailJSON) setHTML(page []byte) {
	id := "html"
	d.BodyValues[id] = valueJSON{Value: string(page)}
	d.HTMLBody = []partJSON{{PartID: &id, Type: "text/html", Size: int64(len(page))}}
}
