package compose

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jhillyerd/enmime/v2"

	"waxwing/backend/mail"
	"waxwing/backend/message"
)

var at = time.Date(2026, 3, 12, 14, 2, 0, 0, time.UTC)

// A reading is what one program makes of a message.
type reading struct {
	Subject           string
	From, To, Cc, Bcc [][2]string
	References        []string
	Text, HTML        string
	Quote             string      // in the expectation: what the HTML must have as it is
	Files             [][5]string // name, type, disposition, Content-ID, SHA-256
	Defects           []string
}

// TestRoundTrips composes a hundred messages and has them read by our own parser,
// by enmime and by Python's email package. All of them must find what was written.
func TestRoundTrips(t *testing.T) {
	all := letters(t)
	if len(all) != 100 {
		t.Fatalf("%d letters, want 100", len(all))
	}
	dir := t.TempDir()
	var paths []string
	raws := make([][]byte, len(all))
	for i, l := range all {
		raws[i] = l.build(t)
		paths = append(paths, filepath.Join(dir, fmt.Sprintf("%03d.eml", i)))
		if err := os.WriteFile(paths[i], raws[i], 0o600); err != nil {
			t.Fatal(err)
		}
	}
	python := readByPython(t, paths)
	for i, l := range all {
		t.Run(l.name[:min(len(l.name), 60)], func(t *testing.T) {
			want := l.expected()
			for _, r := range []struct {
				program string
				got     reading
			}{{"ours", readByOurs(t, raws[i])}, {"enmime", readByEnmime(t, raws[i])}, {"Python", python[i]}} {
				compare(t, r.program, r.got, want)
			}
		})
	}
}

// expected is what must arrive of a letter.
func (l *letter) expected() reading {
	d := l.draft
	w := reading{Subject: message.OneLine(d.Subject)}
	for _, list := range []struct {
		from []mail.Address
		to   *[][2]string
	}{{[]mail.Address{d.From}, &w.From}, {d.To, &w.To}, {d.Cc, &w.Cc}} {
		for _, a := range list.from {
			*list.to = append(*list.to, [2]string{strings.Join(strings.Fields(message.OneLine(a.Name)), " "), strings.Replace(a.Email, "bücher", "xn--bcher-kva", 1)})
		}
	}
	for _, id := range d.References {
		w.References = append(w.References, "<"+id+">")
	}
	if d.Format == mail.FormatPlain {
		w.Text = d.Body
	} else {
		w.HTML, w.Quote = d.Body, d.Quote
	}
	for _, f := range d.Files {
		sum := sha256.Sum256(l.files[f.ID])
		disposition, cid := "attachment", ""
		if f.ContentID != "" && strings.Contains(d.Body+d.Quote, "cid:"+f.ContentID) {
			disposition, cid = "inline", f.ContentID
		}
		if f.Type == "" {
			f.Type = "application/octet-stream"
		}
		w.Files = append(w.Files, [5]string{f.Name, f.Type, disposition, cid, hex.EncodeToString(sum[:])})
	}
	// Pictures stand with the HTML, before the files.
	slices.SortStableFunc(w.Files, func(a, b [5]string) int { return strings.Compare(b[2], a[2]) })
	return w
}

// compare names what a program reads otherwise than it was written.
func compare(t *testing.T, program string, got, want reading) {
	t.Helper()
	if len(got.Defects) > 0 {
		t.Errorf("%s finds defects: %q", program, got.Defects)
	}
	if got.Subject != want.Subject {
		t.Errorf("%s: subject %q, want %q", program, got.Subject, want.Subject)
	}
	for _, f := range []struct {
		field     string
		got, want [][2]string
	}{{"from", got.From, want.From}, {"to", got.To, want.To}, {"cc", got.Cc, want.Cc}, {"bcc", got.Bcc, nil}} {
		if len(f.got)+len(f.want) > 0 && !reflect.DeepEqual(known(program, f.got), known(program, f.want)) {
			t.Errorf("%s: %s %q, want %q", program, f.field, f.got, f.want)
		}
	}
	if strings.Join(got.References, " ") != strings.Join(want.References, " ") {
		t.Errorf("%s: references %q, want %q", program, got.References, want.References)
	}
	for i, f := range want.Files {
		f[0] = safeName(f[0])
		if i >= len(got.Files) {
			t.Errorf("%s: no file %q", program, f)
			continue
		}
		g := got.Files[i]
		if g[4] == "" { // Python takes messages apart
			g[4] = f[4]
		}
		if g != f {
			t.Errorf("%s: file %q, want %q", program, g, f)
		}
	}
	if len(got.Files) != len(want.Files) {
		t.Errorf("%s: %d files, want %d", program, len(got.Files), len(want.Files))
	}
	if want.HTML == "" {
		if text := trimmed(want.Text); trimmed(got.Text) != text {
			t.Errorf("%s: text %.1500q, want %.1500q", program, trimmed(got.Text), text)
		}
		return
	}
	if !strings.Contains(got.HTML, want.HTML) {
		t.Errorf("%s: HTML %.1500q, want %.1500q in it", program, got.HTML, want.HTML)
	}
	style, quote, styled := strings.Cut(want.Quote, "</style>\n")
	if !styled {
		style, quote = "", want.Quote
	}
	if !strings.Contains(got.HTML, quote) || !strings.Contains(got.HTML, style) {
		t.Errorf("%s: the quote isn't as it was: %.1500q, want %.1500q", program, got.HTML, want.Quote)
	}
	// What is seen in the HTML is read in the text, in that order.
	rest := " " + strings.Join(strings.Fields(strings.ReplaceAll(got.Text, ">", "")), " ")
	for _, w := range wordsOf(got.HTML) {
		w = strings.ReplaceAll(w, ">", "")
		i := strings.Index(rest, w)
		if i < 0 {
			t.Errorf("%s: the text lacks %q of the HTML, or has it elsewhere: %.1500q", program, w, got.Text)
			return
		}
		rest = rest[i+len(w):]
	}
}

// known takes faults of the programs out of names: enmime decodes them twice, and
// Python before 3.13 puts a blank between encoded words of a phrase (gh-92081).
func known(program string, list [][2]string) [][2]string {
	out := slices.Clone(list)
	for i := range out {
		switch name := &out[i][0]; program {
		case "enmime":
			if *name == "=?utf-8?Q?not_a_word?=" {
				*name = "not a word"
			}
		case "Python":
			*name = strings.ReplaceAll(*name, " ", "")
		}
	}
	return out
}

// trimmed is a text without blanks at the ends of lines, with quote marks as a reader
// writes them.
func trimmed(text string) string {
	var out []string
	for line := range strings.SplitSeq(strings.TrimRight(text, "\n "), "\n") {
		marks := ""
		for strings.HasPrefix(line, ">") || marks != "" && strings.HasPrefix(line, " >") {
			line, marks = strings.TrimPrefix(line, " ")[1:], marks+"> "
		}
		if marks != "" {
			line = strings.TrimPrefix(line, " ")
		}
		out = append(out, strings.TrimRight(marks+line, " "))
	}
	return strings.Join(out, "\n")
}

// safeName is a file name as it can be one on every system.
func safeName(name string) string {
	name = strings.Join(strings.Fields(strings.NewReplacer(`"`, "_", "?", "_", "<", "_", ">", "_", "|", "_", ":", "_", "*", "_").Replace(name)), " ")
	if i := strings.LastIndexByte(name, '\\'); i >= 0 {
		name = strings.TrimSpace(name[i+1:])
	}
	if end := ".pdf"; len(name) > 200 && strings.HasSuffix(name, end) {
		name = strings.TrimRight(strings.ToValidUTF8(name[:200-len(end)], ""), " .") + end
	}
	return name
}

func readByOurs(t *testing.T, raw []byte) reading {
	m := message.Parse(raw)
	r := reading{Subject: m.Subject, From: pairs(m.From), To: pairs(m.To), Cc: pairs(m.Cc), Bcc: pairs(m.Bcc), Text: m.Text, HTML: m.HTML, Defects: m.Problems}
	for _, id := range m.References {
		r.References = append(r.References, "<"+id+">")
	}
	for _, p := range m.Parts {
		if p.Disposition == "" {
			continue
		}
		_, content, err := message.PartContent(raw, p.Number, false)
		if err != nil {
			t.Error(err)
		}
		r.Files = append(r.Files, [5]string{p.Name, p.Type, p.Disposition, p.ContentID, digest(content)})
	}
	return r
}

func readByEnmime(t *testing.T, raw []byte) reading {
	e, err := enmime.ReadEnvelope(bytes.NewReader(raw))
	if err != nil {
		t.Fatal(err)
	}
	r := reading{Subject: e.GetHeader("Subject"), Text: rejoin(e.Text), HTML: strings.ReplaceAll(e.HTML, "\r\n", "\n"), References: strings.Fields(e.GetHeader("References"))}
	for field, into := range map[string]*[][2]string{"From": &r.From, "To": &r.To, "Cc": &r.Cc, "Bcc": &r.Bcc} {
		list, err := e.AddressList(field)
		if err != nil && e.GetHeader(field) != "" {
			t.Errorf("enmime: %s: %v", field, err)
		}
		for _, a := range list {
			*into = append(*into, [2]string{a.Name, a.Address})
		}
	}
	for _, err := range e.Errors {
		if err.Severe || err.Name != enmime.ErrorCharsetDeclaration { // it takes short ASCII for Latin-1
			r.Defects = append(r.Defects, err.Error())
		}
	}
	for _, p := range e.Root.DepthMatchAll(func(p *enmime.Part) bool { return p.Disposition != "" }) {
		r.Files = append(r.Files, [5]string{p.FileName, p.ContentType, p.Disposition, p.ContentID, digest(p.Content)})
	}
	return r
}

// readByPython reads all files by testdata/read.py.
func readByPython(t *testing.T, paths []string) []reading {
	t.Helper()
	cmd := exec.Command("python3", append([]string{"testdata/read.py"}, paths...)...)
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	var readings []reading
	if err := json.Unmarshal(out, &readings); err != nil || len(readings) != len(paths) {
		t.Fatalf("%d of %d read, %v", len(readings), len(paths), err)
	}
	return readings
}

// rejoin undoes format=flowed, written anew for the test.
func rejoin(text string) string {
	var out []string
	open, depth := false, 0
	for line := range strings.SplitSeq(strings.TrimSuffix(strings.ReplaceAll(text, "\r\n", "\n"), "\n"), "\n") {
		rest := strings.TrimLeft(line, ">")
		marks := len(line) - len(rest)
		rest = strings.TrimPrefix(rest, " ")
		if open && marks == depth {
			out[len(out)-1] += rest
		} else {
			out = append(out, strings.Repeat("> ", marks)+rest)
		}
		open, depth = strings.HasSuffix(rest, " ") && rest != "-- ", marks
	}
	return strings.Join(out, "\n")
}

func pairs(list []mail.Address) [][2]string {
	var out [][2]string
	for _, a := range list {
		out = append(out, [2]string{a.Name, a.Email})
	}
	return out
}

func digest(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}
