package sample

import (
	"bytes"
	"fmt"
	"strings"

	"golang.org/x/text/encoding/charmap"
)

// pdf makes a one-page A4 document (PDF 1.4): the first line as its title, the
// others below it; a line with " | " has its last cell at the right margin.
func pdf(lines []string) []byte {
	var page bytes.Buffer
	page.WriteString("0.15 0.39 0.66 rg 0 802 595 40 re f\n0 0 0 rg\nBT\n")
	y := 750
	show := func(font string, size, x int, s string) {
		fmt.Fprintf(&page, "/%s %d Tf 1 0 0 1 %d %d Tm (%s) Tj\n", font, size, x, y, pdfString(s))
	}
	for i, line := range lines {
		if i == 0 {
			show("F2", 20, 56, line)
			y -= 40
			continue
		}
		left, right, split := strings.Cut(line, " | ")
		show("F1", 11, 56, left)
		if split {
			show("F1", 11, 430, right)
		}
		y -= 18
	}
	page.WriteString("ET\n")

	objects := []string{
		"<< /Type /Catalog /Pages 2 0 R >>",
		"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
		"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R /Resources << /Font << /F1 5 0 R /F2 6 0 R >> >> >>",
		fmt.Sprintf("<< /Length %d >>\nstream\n%s\nendstream", page.Len(), page.String()),
		"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
		"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica-Bold /Encoding /WinAnsiEncoding >>",
	}
	var out bytes.Buffer
	out.WriteString("%PDF-1.4\n%\xe2\xe3\xcf\xd3\n")
	var offsets []int
	for i, o := range objects {
		offsets = append(offsets, out.Len())
		fmt.Fprintf(&out, "%d 0 obj\n%s\nendobj\n", i+1, o)
	}
	table := out.Len()
	fmt.Fprintf(&out, "xref\n0 %d\n0000000000 65535 f \n", len(objects)+1)
	for _, at := range offsets {
		fmt.Fprintf(&out, "%010d 00000 n \n", at)
	}
	fmt.Fprintf(&out, "trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n", len(objects)+1, table)
	return out.Bytes()
}

// pdfString writes text in WinAnsi, as the fonts have it; what isn't there
// becomes a question mark.
func pdfString(s string) string {
	var out strings.Builder
	for _, r := range s {
		c, ok := charmap.Windows1252.EncodeRune(r)
		if !ok {
			c = '?'
		}
		if strings.ContainsRune(`()\`, rune(c)) {
			out.WriteByte('\\')
		}
		out.WriteByte(c)
	}
	return out.String()
}
