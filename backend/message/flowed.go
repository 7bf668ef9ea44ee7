package message

import "strings"

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
