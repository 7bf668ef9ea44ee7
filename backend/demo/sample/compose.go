package sample

import (
	"bytes"
	"embed"
	"fmt"
	"html"
	"html/template"
	"sort"
	"strings"
	"time"
)

//go:embed mail/layouts/*.html
var layoutFiles embed.FS

// layouts fail on a value that a script forgot to set; what may be missing they
// look up by index.
var layouts = template.Must(template.New("").Option("missingkey=error").ParseFS(layoutFiles, "mail/layouts/*.html"))

// dateLayout is RFC 5322 §3.3.
const dateLayout = "Mon, 02 Jan 2006 15:04:05 -0700"

func sortEntries(b *book) {
	sort.Slice(b.entries, func(i, j int) bool {
		di, dj := b.dates[b.entries[i].key], b.dates[b.entries[j].key]
		if !di.Equal(dj) {
			return di.Before(dj)
		}
		return b.entries[i].key < b.entries[j].key
	})
}

// raw makes the message as it travels, with CRLF lines.
func (b *book) raw(e *entry) ([]byte, error) {
	c, err := lookup(e.get("charset"))
	if err != nil {
		return nil, err
	}
	var out bytes.Buffer
	if err := b.header(&out, e, c); err != nil {
		return nil, err
	}
	if e.get("raw") != "" {
		out.WriteString("\r\n" + crlf(b.calendar.expand(e.body)) + "\r\n")
		return out.Bytes(), nil
	}
	body, err := b.content(e, c)
	if err != nil {
		return nil, err
	}
	out.WriteString("MIME-Version: 1.0\r\n")
	body.write(&out, strings.Trim(b.id(e), "<>"))
	return out.Bytes(), nil
}

// header writes everything but the MIME fields.
func (b *book) header(out *bytes.Buffer, e *entry, c charset) error {
	from, err := who(e.get("from"))
	if err != nil {
		return err
	}
	date := b.date(e)
	if !e.own() {
		fmt.Fprintf(out, "Return-Path: <%s>\r\n", from.email)
		out.WriteString(fold("Received", fmt.Sprintf("from mx.%s (mx.%s [192.0.2.%d]) by mail.northwind.example with ESMTPS id %X for <%s>; %s",
			from.domain(), from.domain(), len(e.key)*7%250+1, date.Unix(), Email, date.Add(2*time.Second).Format(dateLayout))))
	}
	for _, field := range []struct{ name, list string }{
		{"From", e.get("from")}, {"Reply-To", e.get("reply-to")},
		{"To", b.recipients(e)}, {"Cc", e.get("cc")}, {"Bcc", e.get("bcc")},
	} {
		line, err := addresses(field.list, c)
		if err != nil {
			return err
		}
		if line != "" {
			out.WriteString(fold(field.name, line))
		}
	}
	subject, err := c.words(b.subject(e))
	if err != nil {
		return err
	}
	out.WriteString(fold("Subject", subject))
	fmt.Fprintf(out, "Date: %s\r\nMessage-ID: %s\r\n", date.Format(dateLayout), b.id(e))
	if refs := b.references(e); len(refs) > 0 {
		out.WriteString(fold("In-Reply-To", refs[len(refs)-1]))
		out.WriteString(fold("References", strings.Join(refs, " ")))
	}
	for _, h := range e.fields["header"] {
		name, value, _ := strings.Cut(b.calendar.expand(h), ":")
		out.WriteString(fold(name, strings.TrimSpace(value)))
	}
	return nil
}

// recipients are the script's; without any, the person, or for an answer of
// hers whoever she answers.
func (b *book) recipients(e *entry) string {
	if to := e.get("to"); to != "" || !e.own() {
		return e.orElse("to", "mara")
	}
	if p := b.parent(e); p != nil {
		return p.get("from")
	}
	return ""
}

func addresses(list string, c charset) (string, error) {
	people, err := everyone(list)
	if err != nil {
		return "", err
	}
	var out []string
	for _, p := range people {
		if p.name == "" {
			out = append(out, p.email)
			continue
		}
		name, err := c.words(p.name)
		if err != nil { // not writable in the mail's charset
			name, _ = charset{}.words(p.name)
		}
		if ascii(p.name) && strings.ContainsAny(name, `.,:;()"@`) {
			name = `"` + strings.ReplaceAll(name, `"`, `\"`) + `"`
		}
		out = append(out, name+" <"+p.email+">")
	}
	return strings.Join(out, ", "), nil
}

// content is the tree of parts: mixed(related(alternative(plain, html),
// inline…), attachments…), without the levels that it doesn't need.
func (b *book) content(e *entry, c charset) (part, error) {
	body, err := b.texts(e, c)
	if err != nil {
		return part{}, err
	}
	for _, group := range []struct{ field, kind string }{{"inline", "multipart/related"}, {"attach", "multipart/mixed"}} {
		if len(e.fields[group.field]) == 0 {
			continue
		}
		parts := []part{body}
		for _, spec := range e.fields[group.field] {
			p, err := b.file(e, spec, group.field == "inline", c)
			if err != nil {
				return part{}, err
			}
			parts = append(parts, p)
		}
		body = part{kind: group.kind, parts: parts}
	}
	return body, nil
}

// texts is the readable part in the format of the entry.
func (b *book) texts(e *entry, c charset) (part, error) {
	format := b.format(e)
	kind := "text/plain"
	if format == "flowed" {
		kind = "text/plain; format=flowed"
	}
	plain, err := textPart(kind, b.plain(e), c, e.get("encoding"))
	if err != nil || format == "plain" || format == "flowed" {
		return plain, err
	}
	page, err := b.page(e)
	if err != nil {
		return part{}, err
	}
	rich, err := textPart("text/html", page, c, e.get("encoding"))
	if err != nil || format == "html" {
		return rich, err
	}
	return part{kind: "multipart/alternative", parts: []part{plain, rich}}, nil
}

// format is the script's, or what the sender's program writes.
func (b *book) format(e *entry) string {
	if f := e.get("format"); f != "" {
		return f
	}
	if e.get("layout") != "" {
		return "alternative"
	}
	p, _ := who(e.get("from")) // checked by header
	switch p.program {
	case "plain", "flowed":
		return p.program
	case "html":
		return "alternative"
	}
	return "alternative"
}

// plain is the text with signature and quotation, wrapped.
func (b *book) plain(e *entry) string {
	text := plainText(b.calendar.expand(e.body))
	p, _ := who(e.get("from"))
	if b.format(e) != "html" && e.get("lang") == "" || p.program == "plain" || p.program == "flowed" {
		text = wrap(text, 72, b.format(e) == "flowed")
	}
	if p.signature != "" && e.get("layout") == "" {
		text += "\n\n-- \n" + p.signature
	}
	if parent := b.parent(e); parent != nil && e.get("quote") != "none" {
		text += "\n\n" + b.attribution(parent) + "\n" + quoted(withoutSignature(b.plain(parent)))
	}
	return text
}

// withoutSignature cuts a quotation at the sender's signature and keeps what
// that one had quoted.
func withoutSignature(text string) string {
	head, tail, ok := strings.Cut(text, "\n\n-- \n")
	if !ok {
		return text
	}
	if _, older, ok := strings.Cut(tail, "\n\n"); ok {
		return head + "\n\n" + older
	}
	return head
}

func (b *book) attribution(e *entry) string {
	p, _ := who(e.get("from"))
	return fmt.Sprintf("On %s, %s wrote:", b.date(e).Format("Mon, 2 Jan 2006 at 15:04"), p.name)
}

// page is the HTML document.
func (b *book) page(e *entry) (string, error) {
	set := map[string]string{"accent": "#2563a8"}
	for _, s := range e.fields["set"] {
		name, value, _ := strings.Cut(b.calendar.expand(s), "=")
		set[name] = value
	}
	var out strings.Builder
	err := layouts.ExecuteTemplate(&out, e.orElse("layout", "letter")+".html", map[string]any{
		"Subject": b.subject(e), "Set": set, "Lang": e.orElse("lang", "en"), "Dir": e.orElse("dir", "ltr"),
		"Body": template.HTML(b.rich(e, set["accent"])), // made by markup.go, which escapes
	})
	return out.String(), err
}

// rich is the HTML of the body with signature and quotation, in the manner of
// the sender's program.
func (b *book) rich(e *entry, accent string) string {
	text := htmlText(b.calendar.expand(e.body), accent)
	p, _ := who(e.get("from"))
	if p.signature != "" && e.get("layout") == "" {
		text += `<div class="signature" style="color:#667">-- <br>` + inline(p.signature, accent) + "</div>\n"
	}
	parent := b.parent(e)
	if parent == nil || e.get("quote") == "none" {
		return text
	}
	older := b.rich(parent, accent)
	sender, _ := who(parent.get("from"))
	switch p.program {
	case "outlook":
		return text + fmt.Sprintf(`<div style="border:none;border-top:solid #E1E1E1 1.0pt;padding:3.0pt 0 0 0"><p class="MsoNormal"><b>From:</b> %s &lt;%s&gt;<br><b>Sent:</b> %s<br><b>Subject:</b> %s</p></div>%s`,
			html.EscapeString(sender.name), sender.email, b.date(parent).Format("Monday, January 2, 2006 3:04 PM"), html.EscapeString(b.subject(parent)), older)
	case "apple":
		return text + fmt.Sprintf(`<div><br><blockquote type="cite"><div>%s</div><br>%s</blockquote></div>`, html.EscapeString(b.attribution(parent)), older)
	}
	return text + fmt.Sprintf(`<div class="gmail_quote"><div dir="ltr" class="gmail_attr">%s</div><blockquote class="gmail_quote" style="margin:0 0 0 .8ex;border-left:1px #ccc solid;padding-left:1ex">%s</blockquote></div>`,
		html.EscapeString(b.attribution(parent)), older)
}
