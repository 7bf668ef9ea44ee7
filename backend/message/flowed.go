package message

import (
	"strings"
	"unicode/utf8"
)

// unflow joins the lines of format=flowed text (RFC 3676 §4) and writes quote
// marks as "> " for each level. delSp removes the blank at which a line was
// broken, for writing without blanks (§4.1).
func unflow(text string, delSp bool) string {
	var out strings.Builder
	out.Grow(len(text))
	open, depth := false, 0 // a paragraph goes on, at that quote depth
	for text != "" {
		var line string
		line, text, _ = strings.Cut(text, "\n")
		line = strings.TrimSuffix(line, "\r")
		d := 0
		for d < len(line) && line[d] == '>' {
			d++
		}
		line = strings.TrimPrefix(line[d:], " ") // stuffed (§4.4)
		if open && d != depth {                  // §4.5: a change of depth ends the paragraph
			out.WriteByte('\n')
			open = false
		}
		if !open {
			writeMarks(&out, d)
			depth = d
		}
		// The signature's separator is never flowed (§4.3).
		open = strings.HasSuffix(line, " ") && line != "-- "
		if open && delSp {
			line = line[:len(line)-1]
		}
		out.WriteString(line)
		if !open {
			out.WriteByte('\n')
		}
	}
	if open {
		out.WriteByte('\n')
	}
	return out.String()
}

// maxMarks bounds the quote depth that is written out.
const maxMarks = 20

func writeMarks(out *strings.Builder, depth int) {
	for range min(depth, maxMarks) {
		out.WriteString("> ")
	}
}

// flowWidth is where lines of format=flowed are broken (RFC 3676 §4.2 asks for at
// most 78 characters).
const flowWidth = 72

// flow writes a text, in which each paragraph is a line and quotes are marked with
// "> ", as format=flowed. unflow makes the same text of it, but that blanks at the
// ends of lines are gone and quote marks are of one form.
func flow(text string) string {
	var out strings.Builder
	out.Grow(len(text) + len(text)/16)
	text = strings.TrimSuffix(text, "\n")
	for line := range strings.SplitSeq(text, "\n") {
		depth, rest := cutMarks(line)
		if rest != "-- " {
			rest = strings.TrimRight(rest, " ")
		}
		for {
			n := flowBreak(rest, flowWidth-depth)
			piece := rest[:n]
			for range depth {
				out.WriteByte('>')
			}
			// Stuffed (§4.4): what begins with these would read as something else.
			if depth > 0 && piece != "" || strings.HasPrefix(piece, " ") || strings.HasPrefix(piece, ">") || strings.HasPrefix(piece, "From ") {
				out.WriteByte(' ')
			}
			out.WriteString(piece)
			out.WriteByte('\n')
			if rest = rest[n:]; rest == "" {
				break
			}
		}
	}
	return out.String()
}

// flowBreak is how many octets of a paragraph's rest stand on its next line: up to
// and with the blanks behind a word, or all of it.
func flowBreak(rest string, width int) int {
	if rest == "-- " || len(rest) <= width*utf8.UTFMax && utf8.RuneCountInString(rest) <= width {
		return len(rest)
	}
	best, column := 0, 0
	for i, r := range rest {
		column++
		if r != ' ' && i > 0 && rest[i-1] == ' ' && strings.TrimLeft(rest[:i], " ") != "" && rest[:i] != "-- " {
			if column > width && best > 0 {
				break
			}
			best = i
		}
		if column > width && best > 0 {
			break
		}
	}
	if best == 0 {
		return len(rest)
	}
	return best
}

// cutMarks counts the quote marks of a line ("> >", ">>") and cuts them off.
func cutMarks(line string) (depth int, rest string) {
	rest = line
	for strings.HasPrefix(rest, ">") {
		depth++
		rest = rest[1:]
		if strings.HasPrefix(rest, " >") {
			rest = rest[1:]
		}
	}
	if depth > 0 {
		rest = strings.TrimPrefix(rest, " ")
	}
	return depth, rest
}
