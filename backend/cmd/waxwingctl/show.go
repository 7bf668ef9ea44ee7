package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"time"

	"waxwing/backend/engine"
	"waxwing/backend/mail"
	"waxwing/backend/message"
	"waxwing/backend/render"
)

func messageShow(set *flag.FlagSet) action {
	raw, text, html := set.Bool("raw", false, ""), set.Bool("text", false, ""), set.Bool("html", false, "")
	return func(ctx context.Context, c *cli, args []string) (result, error) {
		if *raw && *text || *raw && *html || *text && *html {
			return result{}, misused("only one of --raw, --text, --html can be shown")
		}
		form := shown.whole
		switch {
		case *raw:
			form = shown.asRaw
		case *html:
			form = shown.asHTML
		case *text:
			form = shown.asText
		}
		switch {
		case len(args) > mostLimit:
			return result{}, misused("message show takes %d IDs at once, not %d", mostLimit, len(args))
		case len(args) > 1 && !c.json:
			return result{}, misused("message show takes one ID, several with --json only")
		}
		refs, err := messageRefs(args)
		if err != nil {
			return result{}, err
		}
		e, err := c.open(ctx)
		if err != nil {
			return result{}, err
		}
		documents := make([]any, len(refs))
		for i, ref := range refs {
			s, err := show(ctx, e, ref)
			if err != nil {
				return result{}, err
			}
			if len(refs) == 1 {
				return form(s), nil
			}
			documents[i] = form(s).document
		}
		return result{document: listJSON[any]{List: documents, Total: len(documents)}}, nil
	}
}

// show reads a message with its raw octets.
func show(ctx context.Context, e *engine.Engine, ref mail.Ref) (shown, error) {
	known, err := e.Message(ctx, ref)
	if err != nil {
		return shown{}, err
	}
	data, err := e.Raw(ctx, ref)
	return shown{account: ref.Account, known: known, raw: data}, err
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
	return result{document: document, text: func(w io.Writer) error { _, err := w.Write(s.raw); return err }}
}

// asHTML is exactly the document that the reader shows when nobody allows
// remote content. Inline pictures, which the reader fetches from the
// application, are left out.
func (s shown) asHTML() result {
	page := render.Body(message.Parse(s.raw), render.Options{})
	document := s.document()
	document.setHTML(page)
	r := result{document: document, text: func(w io.Writer) error { _, err := w.Write(page.HTML); return err }}
	if page.Cut {
		r.note = "The message is longer than is shown. All of it: --raw."
	}
	return r
}

// asText is the readable text.
func (s shown) asText() result {
	parsed := message.Parse(s.raw)
	document := s.document()
	document.setText(parsed.Text)
	return result{document: document, text: func(w io.Writer) error {
		_, err := fmt.Fprintln(w, printable(parsed.Text))
		return err
	}}
}

// whole is the message as a person reads it: the head, then the text.
func (s shown) whole() result {
	parsed := message.Parse(s.raw)
	document := s.document()
	document.setText(parsed.Text)
	document.setHTML(render.Body(parsed, render.Options{}))
	return result{document: document, text: func(w io.Writer) error {
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

func (d *fullEmailJSON) setHTML(page render.Document) {
	id := "html"
	d.BodyValues[id] = valueJSON{Value: string(page.HTML), IsTruncated: page.Cut}
	d.HTMLBody = []partJSON{{PartID: &id, Type: "text/html", Size: int64(len(page.HTML))}}
}
