package render

import (
	_ "embed"
	"strings"

	"waxwing/backend/message"
)

// Options say how a body is to be shown.
type Options struct {
	// PartURL gives the address of an inline part (by number) in the frame; nil
	// drops inline pictures.
	PartURL func(part string) string
	// RemoteURL gives the address through which a remote picture (http or https,
	// absolute) is shown; nil blocks remote content, and "" this picture.
	RemoteURL func(url string) string
	// Nonce lets the frame's own script run; empty leaves the script out.
	Nonce string
	// Dark asks for the dark paper. A mail that brings its own dark style shows
	// it; the colours of others are inverted, their pictures left as they are.
	Dark bool
	// QuoteLabel names the button that unfolds a quote to screen readers.
	QuoteLabel string
}

// Document is a body made safe.
type Document struct {
	HTML []byte // a whole document, UTF-8
	// Blocked counts the different remote pictures that were left out, those of
	// style sheets and tracking pixels included. What is never fetched (style
	// sheets, fonts, scripts, frames) isn't counted.
	Blocked int
	// Cut says that the message is longer than is shown: a section has more than
	// 4 MiB, or the document would have more than 20,000 elements.
	Cut bool
}

//go:embed frame.css
var frameStyle string

//go:embed frame.js
var frameScript string

// Body makes the message's body safe to show: an allow-list walk, no script, no
// form, no remote request, no navigation. The document is to be served with
// Policy; it carries the same policy itself, for when it is saved to a file.
func Body(m *message.Message, o Options) Document {
	s := newSanitizer(m, o)
	withHTML := false
	for _, sec := range sections(m) {
		if s.full() {
			s.cut = true
			break
		}
		if sec.HTML {
			withHTML = true
			s.html(sec.Content)
		} else {
			s.plain(sec.Content)
		}
	}
	class := "waxwing-light"
	if o.Dark {
		class = "waxwing-dark"
		if withHTML && !s.ownDark {
			class += " waxwing-inverted"
		}
	}
	var b strings.Builder
	b.Grow(s.out.Len() + s.styles.Len() + len(frameStyle) + len(frameScript) + 1024)
	b.WriteString(`<!doctype html><html><head><meta charset="utf-8">`)
	b.WriteString(`<meta http-equiv="Content-Security-Policy" content="` + escape(directives(o.Nonce)) + `">`)
	b.WriteString(`<meta name="referrer" content="no-referrer"><meta name="viewport" content="width=device-width">`)
	b.WriteString("<style>" + frameStyle + "</style>")
	if s.styles.Len() > 0 {
		b.WriteString("<style>" + s.styles.String() + "</style>")
	}
	b.WriteString(`</head><body class="` + class + `">`)
	b.Write(s.out.Bytes())
	if o.Nonce != "" {
		b.WriteString(`<script nonce="` + escape(o.Nonce) + `">` + frameScript + `</script>`)
	}
	b.WriteString("</body></html>\n")
	return Document{HTML: []byte(b.String()), Blocked: len(s.blocked), Cut: s.cut}
}

// sections are the message's, or what stands for them in a Message that wasn't
// parsed.
func sections(m *message.Message) []message.Section {
	switch {
	case len(m.Sections) > 0:
		return m.Sections
	case m.HTML != "":
		return []message.Section{{HTML: true, Content: m.HTML}}
	}
	return []message.Section{{Content: m.Text}}
}

// Policy is the Content-Security-Policy header for the frame's document: an
// opaque origin that may run the script with the nonce, show pictures of our
// own handler, and nothing else.
func Policy(nonce string) string {
	return directives(nonce) + "; sandbox allow-scripts"
}

// directives are those of the policy that work in a meta element too.
func directives(nonce string) string {
	script := "script-src 'none'"
	if nonce != "" {
		script = "script-src 'nonce-" + nonce + "'"
	}
	return "default-src 'none'; img-src 'self' wails: data:; style-src 'unsafe-inline'; " + script + "; form-action 'none'; base-uri 'none'"
}
