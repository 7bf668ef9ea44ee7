package message

import (
	"html"
	"strings"

	"waxwing/backend/mail"
)

// The markup around a quote. Gmail's class is what other programs fold quotes by,
// ours among them. SplitHTML finds it again, so no Body holds these classes, see
// render.Fragment.
const (
	quoteClass    = "gmail_quote"
	forwardClass  = "waxwing-forward"
	documentStart = "<!DOCTYPE html>\n" + `<html><head><meta http-equiv="Content-Type" content="text/html; charset=utf-8">`
	documentBody  = "</head><body>\n"
	documentEnd   = "\n</body></html>\n"
	replyStart    = "\n" + `<div class="` + quoteClass + `" style="margin-top:1em"><div class="gmail_attr">`
	replyQuote    = "<br></div>\n" + `<blockquote class="` + quoteClass + `" type="cite" style="margin:0 0 0 .8ex;border-left:1px solid #ccc;padding-left:1ex">` + "\n"
	replyEnd      = "\n</blockquote></div>"
	forwardStart  = "\n" + `<div class="` + forwardClass + `" style="margin-top:1em"><div class="gmail_attr">`
	forwardQuote  = "<br><br></div>\n"
	forwardEnd    = "\n</div>"
	styleStart    = "<style>"
	styleEnd      = "</style>\n"
)

// SignatureClass marks the element of a Body that holds the signature.
const SignatureClass = "waxwing-signature"

// htmlDocument puts the HTML of a draft together. The quote's octets are not
// touched, but that its style sheet stands in the head, where programs look for it.
func htmlDocument(d mail.Draft) string {
	style, quote := cutStyle(d.Quote)
	var b strings.Builder
	b.Grow(len(d.Body) + len(d.Quote) + 1024)
	b.WriteString(documentStart + style + documentBody + d.Body)
	if quote != "" {
		start, middle, end := replyStart, replyQuote, replyEnd
		if d.Kind == mail.DraftForward {
			start, middle, end = forwardStart, forwardQuote, forwardEnd
		}
		head := strings.ReplaceAll(html.EscapeString(strings.TrimSpace(d.QuoteHead)), "\n", "<br>")
		b.WriteString(start + head + middle + quote + end)
	}
	b.WriteString(documentEnd)
	return b.String()
}

// cutStyle cuts the style sheet from the beginning of a quote.
func cutStyle(quote string) (style, rest string) {
	if strings.HasPrefix(quote, styleStart) {
		if i := strings.Index(quote, styleEnd); i > 0 {
			i += len(styleEnd)
			return quote[:i], quote[i:]
		}
	}
	return "", quote
}

// SplitHTML takes a document that Build wrote apart again: a draft's Body,
// QuoteHead and Quote, and whether the quote is one that is forwarded. It fails for
// any other document, and for one that another program has changed.
func SplitHTML(document string) (body, head, quote string, forwarded, ok bool) {
	rest, ok := strings.CutPrefix(document, documentStart)
	if !ok {
		return "", "", "", false, false
	}
	style, rest, ok := strings.Cut(rest, documentBody)
	rest, closed := strings.CutSuffix(rest, documentEnd)
	if !ok || !closed {
		return "", "", "", false, false
	}
	start, middle, end := replyStart, replyQuote, replyEnd
	if i, j := strings.Index(rest, forwardStart), strings.Index(rest, replyStart); i >= 0 && (j < 0 || i < j) {
		start, middle, end, forwarded = forwardStart, forwardQuote, forwardEnd, true
	}
	body, rest, quoted := strings.Cut(rest, start)
	if !quoted {
		return body, "", "", false, style == ""
	}
	head, quote, ok = strings.Cut(rest, middle)
	quote, closed = strings.CutSuffix(quote, end)
	head = html.UnescapeString(strings.ReplaceAll(head, "<br>", "\n"))
	return body, head, style + quote, forwarded, ok && closed
}

// draftText is the text that stands beside a draft's HTML.
func draftText(d mail.Draft) string {
	_, quote := cutStyle(d.Quote)
	d.Quote = quote
	return cleanLines(plainText(htmlDocument(d), quote == ""))
}
