package mailtest

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"html"
	"math"
	"mime"
	"mime/quotedprintable"
	"net/url"
	"strings"
	"time"
)

// body writes everything from the first MIME field on, with bare LF.
func (g *generator) body(d *draft) string {
	quoted := d.plain
	d.plain = ""
	for i, p := range d.paragraphs {
		if i > 0 {
			d.plain += "\n"
		}
		d.plain += wrap(p)
	}
	d.plain += quoted
	if g.IntN(3) == 0 {
		d.plain += fmt.Sprintf("\n-- \n%s\n+49 30 %07d\n", d.FromName, g.IntN(1e7))
	}
	switch d.Kind {
	case KindPlain:
		return g.text("plain", d.plain, d.charset)
	case KindHTML:
		return g.text("html", g.page(d, ""), d.charset)
	case KindNewsletter:
		for len(d.paragraphs) < 16 {
			d.paragraphs = append(d.paragraphs, d.tongue.paragraph(g.Rand))
		}
		d.headers = append(d.headers,
			fmt.Sprintf("List-Id: Weekly <weekly%d.news.example>", g.IntN(9)),
			fmt.Sprintf("List-Unsubscribe: <https://news.example/leave/%x>, <mailto:leave@news.example>", g.Uint64()),
			"List-Unsubscribe-Post: List-Unsubscribe=One-Click", "Precedence: bulk")
		return g.alternative(d, "")
	case KindAttachment:
		parts := []string{g.alternative(d, ""), g.attachment(d)}
		for g.IntN(4) == 0 {
			parts = append(parts, g.attachment(d))
		}
		return g.multipart("mixed", "", parts...)
	case KindRelated:
		id := fmt.Sprintf("picture%x@corpus.test", g.Uint32())
		return g.multipart("related", `; type="multipart/alternative"`, g.alternative(d, id),
			"Content-Type: image/png\nContent-ID: <"+id+">\nContent-Disposition: inline\nContent-Transfer-Encoding: base64\n\n"+
				base64Lines(g.blob(2_000+g.IntN(20_000))))
	case KindInvitation:
		return g.multipart("alternative", "", g.text("plain", d.plain, d.charset),
			"Content-Type: text/calendar; charset=utf-8; method=REQUEST\nContent-Transfer-Encoding: base64\n\n"+
				base64Lines([]byte(g.event(d))))
	case KindReport:
		return g.multipart("report", "; report-type=delivery-status", g.text("plain", d.plain, d.charset),
			"Content-Type: message/delivery-status\n\nReporting-MTA: dns; mx.example\n\n"+
				"Final-Recipient: rfc822; nobody@client.example.com\nAction: failed\nStatus: 5.1.1\n",
			"Content-Type: text/rfc822-headers\n\nSubject: original\nFrom: alice@"+Domain+"\n")
	case KindForward:
		inner := &draft{from: pick(g.Rand, g.people), tongue: d.tongue, charset: d.charset, paragraphs: d.paragraphs, plain: d.plain}
		return g.multipart("mixed", "", g.text("plain", d.plain, d.charset),
			"Content-Type: message/rfc822\nContent-Disposition: attachment; filename=\"forwarded.eml\"\n\n"+
				"From: "+g.mailbox(inner.from)+"\nSubject: "+encodedWord(d.Subject, d.charset)+
				fmt.Sprintf("\nMessage-ID: <%x@inner.example>\nMIME-Version: 1.0\n", g.Uint64())+g.alternative(inner, ""))
	}
	return g.alternative(d, "")
}

// header writes the fields before the body's, with bare LF.
func (g *generator) header(d *draft) string {
	var b strings.Builder
	fmt.Fprintf(&b, "Return-Path: <%s>\n", d.FromEmail)
	for i := range 2 + g.IntN(3) {
		fmt.Fprintf(&b, "Received: from mx%d.relay.example (mx%d.relay.example [192.0.2.%d])\n\tby in%d.%s (Postfix) with ESMTPS id %X\n\tfor <alice@%s>; %s\n",
			i, i, g.IntN(255), i, Domain, g.Uint64(), Domain, d.SentAt.Add(2*time.Second).Format("Mon, 2 Jan 2006 15:04:05 -0700 (MST)"))
	}
	if g.IntN(3) > 0 {
		fmt.Fprintf(&b, "DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed; d=relay.example; s=k1;\n\th=from:to:subject:date:message-id; bh=%s;\n\tb=%s\n",
			base64.StdEncoding.EncodeToString(g.blob(32)), base64.StdEncoding.EncodeToString(g.blob(48)))
		fmt.Fprintf(&b, "Authentication-Results: in.%s; dkim=pass header.d=relay.example; spf=pass\n", Domain)
	}
	zone := time.FixedZone("", (g.IntN(23)-11)*3600)
	fmt.Fprintf(&b, "Message-ID: <%s>\nDate: %s\nFrom: %s\n", d.MessageID, d.SentAt.In(zone).Format(time.RFC1123Z), g.mailbox(d.from))
	to := []string{"Alice <alice@" + Domain + ">"}
	for g.IntN(3) == 0 && len(to) < 12 {
		to = append(to, g.mailbox(pick(g.Rand, g.people)))
	}
	fmt.Fprintf(&b, "To: %s\n", strings.Join(to, ",\n "))
	if g.IntN(4) == 0 {
		fmt.Fprintf(&b, "Cc: %s\n", g.mailbox(pick(g.Rand, g.people)))
	}
	fmt.Fprintf(&b, "Subject: %s\n", encodedWord(d.Subject, d.charset))
	if d.InReplyTo != "" {
		fmt.Fprintf(&b, "In-Reply-To: <%s>\nReferences: <%s>\n", d.InReplyTo, strings.Join(d.references, ">\n <"))
	}
	for _, field := range d.headers {
		b.WriteString(field + "\n")
	}
	b.WriteString(pick(g.Rand, []string{"X-Mailer: Postbote 3.1\n", "User-Agent: Feather/12\n", "X-Mailer: Window Post 16\n", ""}))
	b.WriteString("MIME-Version: 1.0\n")
	return b.String()
}

// mailbox writes a person's name-addr.
func (g *generator) mailbox(p person) string {
	if strings.Contains(p.name, "'") {
		return fmt.Sprintf("%q <%s>", p.name, p.email)
	}
	return encodedWord(p.name, pick(g.Rand, p.tongue.charsets)) + " <" + p.email + ">"
}

// encodedWord writes text for a header field (RFC 2047), in the charset when
// that can express it and package mime may cut it into words, else in UTF-8.
func encodedWord(text string, c charset) string {
	if isASCII(text) {
		return text
	}
	if c.name == "utf-8" || c.name == "us-ascii" {
		return fold(mime.QEncoding.Encode("utf-8", text))
	}
	octets, c := c.encode(text)
	if c.name == "utf-8" || len(octets) > 45 {
		return fold(mime.BEncoding.Encode("utf-8", text))
	}
	return "=?" + c.name + "?B?" + base64.StdEncoding.EncodeToString(octets) + "?="
}

// fold puts every encoded word on a line of its own.
func fold(words string) string { return strings.ReplaceAll(words, "?= =?", "?=\n =?") }

// encode returns the text in the charset, or in UTF-8 when that can't express it.
func (c charset) encode(text string) ([]byte, charset) {
	if c.name == "us-ascii" && !isASCII(text) {
		return []byte(text), utf8Charset
	}
	octets, err := c.encoding.NewEncoder().Bytes([]byte(text))
	if err != nil {
		return []byte(text), utf8Charset
	}
	return octets, c
}

// longLine is where a transfer encoding becomes necessary (RFC 5322 §2.1.1).
const longLine = 900

// text writes a text part in one of the encodings that fit.
func (g *generator) text(subtype, text string, c charset) string {
	octets, c := c.encode(text)
	name := pick(g.Rand, []string{c.name, `"` + c.name + `"`, strings.ToUpper(c.name)})
	head := "Content-Type: text/" + subtype + "; charset=" + name + "\nContent-Transfer-Encoding: "
	longest := 0
	for line := range bytes.SplitSeq(octets, []byte("\n")) {
		longest = max(longest, len(line))
	}
	seven := isASCII(string(octets))
	dice := g.IntN(6)
	switch {
	case seven && longest < longLine && (c.name == "iso-2022-jp" || dice < 3):
		return head + "7bit\n\n" + string(octets)
	case !seven && longest < longLine && dice == 0:
		return head + "8bit\n\n" + string(octets)
	case dice < 3:
		return head + "base64\n\n" + base64Lines(bytes.ReplaceAll(octets, []byte("\n"), []byte("\r\n")))
	}
	var b strings.Builder
	w := quotedprintable.NewWriter(&b)
	_, _ = w.Write(octets)
	_ = w.Close()
	return head + "quoted-printable\n\n" + strings.ReplaceAll(b.String(), "\r\n", "\n") + "\n"
}

func (g *generator) alternative(d *draft, picture string) string {
	return g.multipart("alternative", "", g.text("plain", d.plain, d.charset), g.text("html", g.page(d, picture), d.charset))
}

func (g *generator) multipart(subtype, parameters string, parts ...string) string {
	boundary := fmt.Sprintf("=_%x", g.Uint64())
	var b strings.Builder
	fmt.Fprintf(&b, "Content-Type: multipart/%s%s;\n boundary=%q\n\n", subtype, parameters, boundary)
	for _, part := range parts {
		b.WriteString("--" + boundary + "\n" + part + "\n")
	}
	b.WriteString("--" + boundary + "--\n")
	return b.String()
}

// page writes the HTML of the message, a newsletter's with all its ballast.
func (g *generator) page(d *draft, picture string) string {
	var b strings.Builder
	heavy := d.Kind == KindNewsletter
	b.WriteString("<!DOCTYPE html><html><head><meta name=\"viewport\" content=\"width=device-width\">")
	if heavy {
		b.WriteString("<style>")
		for i := range 40 {
			fmt.Fprintf(&b, ".c%d{font:%dpx/1.5 Helvetica,Arial,sans-serif;color:#%06x;padding:%dpx}\n", i, 11+g.IntN(9), g.IntN(1<<24), g.IntN(30))
		}
		b.WriteString("@media (max-width:600px){.c0{width:100%!important}}</style>")
	}
	b.WriteString("</head><body>\n")
	if picture != "" {
		b.WriteString("<img src=\"cid:" + picture + "\" alt=\"\">\n")
	}
	for i, p := range d.paragraphs {
		if !heavy {
			b.WriteString("<p>" + html.EscapeString(p) + "</p>\n")
			continue
		}
		fmt.Fprintf(&b, "<table role=\"presentation\" width=\"600\" cellpadding=\"0\" cellspacing=\"0\" style=\"border-collapse:collapse;background:#%06x\"><tr><td class=\"c%d\" style=\"font-family:Helvetica,Arial,sans-serif;font-size:15px;line-height:22px\">\n", g.IntN(1<<24), i%40)
		fmt.Fprintf(&b, "<img src=\"https://pictures.example/%x.jpg\" width=\"600\" height=\"200\" alt=\"\">\n<p style=\"margin:0 0 12px\">%s</p>\n", g.Uint64(), html.EscapeString(p))
		fmt.Fprintf(&b, "<a href=\"https://news.example/go/%x%x%x%x\" style=\"color:#0a58ca\">%s</a></td></tr></table>\n", g.Uint64(), g.Uint64(), g.Uint64(), g.Uint64(), html.EscapeString(d.tongue.word()))
	}
	if heavy {
		fmt.Fprintf(&b, "<img src=\"https://count.example/open/%x.gif\" width=\"1\" height=\"1\" alt=\"\">\n", g.Uint64())
	}
	b.WriteString("</body></html>\n")
	return b.String()
}

var fileTypes = []struct{ media, extension string }{
	{"application/pdf", "pdf"}, {"image/png", "png"}, {"image/jpeg", "jpg"}, {"application/zip", "zip"}, {"text/csv", "csv"},
	{"application/vnd.openxmlformats-officedocument.wordprocessingml.document", "docx"},
}

// largestFile bounds the log-normal sizes of attachments, in octets.
const largestFile = 3_000_000

// attachment writes a file, its name in one of the forms that are in use.
func (g *generator) attachment(d *draft) string {
	t := pick(g.Rand, fileTypes)
	name := d.tongue.word() + "-" + d.tongue.word() + "." + t.extension
	d.Attachments = append(d.Attachments, name)
	content := g.file(d, t.extension, min(largestFile, int(math.Exp(g.NormFloat64()*1.1+10.4))))
	named, disposition := fmt.Sprintf("name=%q", name), fmt.Sprintf("filename=%q", name)
	if !isASCII(name) {
		word := fold(mime.BEncoding.Encode("utf-8", name))
		named = `name="` + word + `"`
		if g.IntN(2) == 0 {
			disposition = "filename*=utf-8''" + url.PathEscape(name) // RFC 2231
		} else {
			disposition = `filename="` + word + `"`
		}
	}
	return fmt.Sprintf("Content-Type: %s;\n %s\nContent-Transfer-Encoding: base64\nContent-Disposition: attachment;\n %s\n\n%s",
		t.media, named, disposition, base64Lines(content))
}

func (g *generator) file(d *draft, extension string, size int) []byte {
	if extension != "csv" {
		return g.blob(size)
	}
	var b bytes.Buffer
	for i := 0; b.Len() < size; i++ {
		fmt.Fprintf(&b, "%d,%d,%s,%d\r\n", i, g.IntN(1e6), d.tongue.word(), g.IntN(1e6))
	}
	return b.Bytes()
}

// event writes an invitation (RFC 5545).
func (g *generator) event(d *draft) string {
	const utc = "20060102T150405Z"
	return strings.Join([]string{
		"BEGIN:VCALENDAR", "PRODID:-//corpus.test//EN", "VERSION:2.0", "METHOD:REQUEST", "BEGIN:VEVENT",
		fmt.Sprintf("UID:%x@corpus.test", g.Uint64()),
		"DTSTAMP:" + d.SentAt.Format(utc),
		"DTSTART:" + d.SentAt.Add(72*time.Hour).Format(utc),
		"DTEND:" + d.SentAt.Add(73*time.Hour).Format(utc),
		"SUMMARY:" + strings.ReplaceAll(d.Subject, ",", `\,`),
		"ORGANIZER:mailto:" + d.FromEmail, "ATTENDEE;RSVP=TRUE:mailto:alice@" + Domain,
		"END:VEVENT", "END:VCALENDAR", "",
	}, "\r\n")
}

// blob returns octets that don't compress, as photographs and archives don't.
func (g *generator) blob(n int) []byte {
	b := make([]byte, n+8)
	for i := 0; i < n; i += 8 {
		binary.LittleEndian.PutUint64(b[i:], g.Uint64())
	}
	return b[:n]
}

// base64Lines encodes into lines of 76 characters (RFC 2045 §6.8).
func base64Lines(b []byte) string {
	const octetsPerLine = 57
	out := make([]byte, 0, len(b)*4/3+len(b)/octetsPerLine+8)
	for len(b) > 0 {
		n := min(octetsPerLine, len(b))
		out = base64.StdEncoding.AppendEncode(out, b[:n])
		out = append(out, '\n')
		b = b[n:]
	}
	return string(out)
}
