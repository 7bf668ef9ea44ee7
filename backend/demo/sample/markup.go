package sample

import (
	"fmt"
	"html"
	"regexp"
	"strings"
)

// Bodies are written in a small markup: paragraphs between empty lines, "- "
// and "1. " lists, "## " headings, "| a | b |" tables, "> " quotes, "---" rules,
// **bold**, bare links, [text](url), and on a line by themselves
// "[[text]](url)" for a button and "![text](url or cid:…)" for a picture. A line
// break within a paragraph stays one.

// blocks splits a body at empty lines.
func blocks(body string) []string {
	var list []string
	for _, b := range strings.Split(body, "\n\n") {
		if b = strings.Trim(b, "\n"); b != "" {
			list = append(list, b)
		}
	}
	return list
}

var (
	boldMark    = regexp.MustCompile(`\*\*(.+?)\*\*`)
	linkMark    = regexp.MustCompile(`\[([^\[\]]+)\]\(([^)\s]+)\)`)
	bareLink    = regexp.MustCompile(`(^|[\s(])(https?://[^\s<)]*[^\s<).,])`)
	pictureMark = regexp.MustCompile(`^!\[([^\]]*)\]\(([^)\s]+)\)$`)
	buttonMark  = regexp.MustCompile(`^\[\[([^\]]+)\]\]\(([^)\s]+)\)$`)
	numberMark  = regexp.MustCompile(`^\d+\. `)
)

// plainText renders a body as text without markup, unwrapped.
func plainText(body string) string {
	var out []string
	for _, block := range blocks(body) {
		if m := pictureMark.FindStringSubmatch(block); m != nil {
			if m[1] != "" {
				out = append(out, "["+m[1]+"]")
			}
			continue
		}
		if m := buttonMark.FindStringSubmatch(block); m != nil {
			out = append(out, m[1]+": "+m[2])
			continue
		}
		if rest, ok := strings.CutPrefix(block, "## "); ok {
			out = append(out, strings.ToUpper(rest))
			continue
		}
		if strings.HasPrefix(block, "| ") {
			out = append(out, plainTable(block))
			continue
		}
		block = boldMark.ReplaceAllString(block, "*$1*")
		out = append(out, linkMark.ReplaceAllString(block, "$1 <$2>"))
	}
	return strings.Join(out, "\n\n")
}

// plainTable aligns the columns.
func plainTable(block string) string {
	rows := cells(boldMark.ReplaceAllString(block, "$1"))
	width := make([]int, 16)
	for _, row := range rows {
		for i, c := range row {
			width[i] = max(width[i], len([]rune(c)))
		}
	}
	var out []string
	for _, row := range rows {
		line := ""
		for i, c := range row {
			line += fmt.Sprintf("%-*s  ", width[i], c)
		}
		out = append(out, strings.TrimRight(line, " "))
	}
	return strings.Join(out, "\n")
}

func cells(block string) [][]string {
	var rows [][]string
	for _, line := range strings.Split(block, "\n") {
		var row []string
		for _, c := range strings.Split(strings.Trim(line, "| "), "|") {
			row = append(row, strings.TrimSpace(c))
		}
		rows = append(rows, row)
	}
	return rows
}

// htmlText renders a body as HTML; accent colours its buttons and links.
func htmlText(body, accent string) string {
	var b strings.Builder
	for _, block := range blocks(body) {
		b.WriteString(htmlBlock(block, accent))
		b.WriteByte('\n')
	}
	return b.String()
}

func htmlBlock(block, accent string) string {
	lines := strings.Split(block, "\n")
	switch {
	case pictureMark.MatchString(block):
		m := pictureMark.FindStringSubmatch(block)
		return fmt.Sprintf(`<p><img src="%s" alt="%s" style="max-width:100%%;height:auto;border:0"></p>`, html.EscapeString(m[2]), html.EscapeString(m[1]))
	case buttonMark.MatchString(block):
		m := buttonMark.FindStringSubmatch(block)
		return fmt.Sprintf(`<table role="presentation" cellpadding="0" cellspacing="0" border="0" style="margin:18px 0"><tr><td bgcolor="%s" style="border-radius:6px"><a href="%s" style="display:inline-block;padding:11px 22px;color:#ffffff;text-decoration:none;font-weight:600">%s</a></td></tr></table>`,
			accent, html.EscapeString(m[2]), html.EscapeString(m[1]))
	case block == "---":
		return "<hr>"
	case strings.HasPrefix(block, "## "):
		return "<h2>" + inline(block[3:], accent) + "</h2>"
	case strings.HasPrefix(block, "| "):
		return htmlTable(block, accent)
	case strings.HasPrefix(block, "- "):
		return htmlList("ul", lines, "- ", accent)
	case numberMark.MatchString(block):
		for i := range lines {
			lines[i] = numberMark.ReplaceAllString(lines[i], "")
		}
		return htmlList("ol", lines, "", accent)
	case strings.HasPrefix(block, ">"):
		for i := range lines {
			lines[i] = strings.TrimPrefix(strings.TrimPrefix(lines[i], ">"), " ")
		}
		return `<blockquote style="margin:0 0 0 .8ex;border-left:1px solid #ccc;padding-left:1ex">` +
			inline(strings.Join(lines, "\n"), accent) + "</blockquote>"
	}
	return "<p>" + inline(block, accent) + "</p>"
}

func htmlList(tag string, lines []string, mark, accent string) string {
	var b strings.Builder
	b.WriteString("<" + tag + ">")
	for _, line := range lines {
		b.WriteString("<li>" + inline(strings.TrimPrefix(line, mark), accent) + "</li>")
	}
	b.WriteString("</" + tag + ">")
	return b.String()
}

func htmlTable(block, accent string) string {
	var b strings.Builder
	b.WriteString(`<table cellpadding="6" cellspacing="0" border="0" style="border-collapse:collapse;margin:12px 0">`)
	for i, row := range cells(block) {
		b.WriteString("<tr>")
		for _, c := range row {
			tag, style := "td", "border-bottom:1px solid #e3e6ea"
			if i == 0 {
				tag, style = "th", "border-bottom:2px solid "+accent+";text-align:left"
			}
			fmt.Fprintf(&b, `<%s style="%s">%s</%s>`, tag, style, inline(c, accent), tag)
		}
		b.WriteString("</tr>")
	}
	b.WriteString("</table>")
	return b.String()
}

func inline(s, accent string) string {
	s = html.EscapeString(s)
	s = boldMark.ReplaceAllString(s, "<b>$1</b>")
	s = linkMark.ReplaceAllString(s, `<a href="$2" style="color:`+accent+`">$1</a>`)
	s = bareLink.ReplaceAllString(s, `$1<a href="$2" style="color:`+accent+`">$2</a>`)
	return strings.ReplaceAll(s, "\n", "<br>\n")
}

// wrap breaks the lines of a text at width columns. Flowed text keeps a space
// at soft breaks (RFC 3676 §4.2). Quoted lines and tables stay as they are.
func wrap(text string, width int, flowed bool) string {
	var out []string
	for _, line := range strings.Split(text, "\n") {
		if strings.HasPrefix(line, ">") || strings.Contains(line, "  ") || len([]rune(line)) <= width {
			out = append(out, line)
			continue
		}
		indent := ""
		if strings.HasPrefix(line, "- ") {
			indent = "  "
		}
		current := ""
		for _, word := range strings.Split(line, " ") {
			if current != "" && len([]rune(current))+1+len([]rune(word)) > width {
				if flowed {
					current += " "
				}
				out = append(out, current)
				current = indent + word
				continue
			}
			if current != "" {
				current += " "
			}
			current += word
		}
		out = append(out, current)
	}
	return strings.Join(out, "\n")
}

// quoted prefixes lines as a quotation. Quotations of quotations of quotations
// are left out, as people do.
func quoted(text string) string {
	var out []string
	for _, line := range strings.Split(text, "\n") {
		switch {
		case strings.HasPrefix(line, ">> >"), strings.HasPrefix(line, ">>>"):
		case strings.HasPrefix(line, ">"):
			out = append(out, ">"+line)
		case line == "":
			out = append(out, ">")
		default:
			out = append(out, "> "+strings.TrimRight(line, " "))
		}
	}
	return strings.Join(out, "\n")
}
