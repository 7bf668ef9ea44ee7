package message

import (
	"bytes"
	"fmt"
	"runtime"
	"strings"
	"testing"
	"time"
)

// TestBounded feeds what makes careless parsers take quadratic time or run out
// of stack and memory. The limit is generous, for slow machines; quadratic
// behaviour on these sizes takes minutes.
func TestBounded(t *testing.T) {
	const limit = 5 * time.Second
	const mega = 1 << 20
	nested := func(depth int) string {
		var b strings.Builder
		for i := range depth {
			fmt.Fprintf(&b, "Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n", i, i)
		}
		return b.String() + "\ndeep\n"
	}
	multipart := "Content-Type: multipart/mixed; boundary=b\n\n"
	htmlHead := "Content-Type: text/html\n\n"
	for _, c := range []struct{ name, raw string }{
		{"parentheses in To", "To: " + strings.Repeat("(", 10*mega) + "\n\nx"},
		{"brackets in To", "To: " + strings.Repeat("<", 10*mega) + "\n\nx"},
		{"quotes in To", "To: " + strings.Repeat("\",", 5*mega) + "\n\nx"},
		{"escapes in To", "To: " + strings.Repeat("\"\\", 5*mega) + "\n\nx"},
		{"commas in To", "To: " + strings.Repeat("a,", 5*mega) + "\n\nx"},
		{"comments in To", "To: " + strings.Repeat("(,", 5*mega) + "\n\nx"},
		{"open encoded words in To", "To: " + strings.Repeat("=?a?q?", 2*mega) + "\n\nx"},
		{"encoded words", "Subject: " + strings.Repeat("=?utf-8?q?a?= ", mega) + "\n\nx"},
		{"question marks", "Subject: " + strings.Repeat("=?", 5*mega) + "\n\nx"},
		{"references", "References: " + strings.Repeat("<a@b>", 2*mega) + "\n\nx"},
		{"long folded header", "Subject: " + strings.Repeat("x\n ", 3*mega) + "\n\nx"},
		{"a million fields", strings.Repeat("A: b\n", mega) + "\nx"},
		{"parameters", "Content-Type: text/plain" + strings.Repeat("; a*1=b", mega) + "\n\nx"},
		{"different parameters", "Content-Type: text/plain" + strings.Repeat("; a=b", mega) + "\n\nx"},
		{"delimiters", multipart + strings.Repeat("--b\n", 2*mega)},
		{"almost delimiters", multipart + "--b\n" + strings.Repeat("--bb\n", 2*mega)},
		{"blank delimiters", multipart + strings.Repeat("--b"+strings.Repeat(" ", 1000)+"x\n", 10000)},
		{"100,000 parts", multipart + strings.Repeat("--b\nContent-Type: image/png\n\nx\n", 100000)},
		{"100,000 texts", multipart + strings.Repeat("--b\n\nx\n", 100000)},
		{"100,000 messages", multipart + strings.Repeat("--b\nContent-Type: message/rfc822\n\nSubject: s\n\nx\n", 100000)},
		{"nested 20,000 deep", nested(20000)},
		{"messages in messages", strings.Repeat("Content-Type: message/rfc822\n\n", 100000)},
		{"broken base64", "Content-Transfer-Encoding: base64\n\n" + strings.Repeat("=A", 5*mega)},
		{"broken quoted-printable", "Content-Transfer-Encoding: quoted-printable\n\n" + strings.Repeat("=", 10*mega)},
		{"blanks in quoted-printable", "Content-Transfer-Encoding: quoted-printable\n\n" + strings.Repeat(" ", 10*mega) + "x"},
		{"nested HTML", htmlHead + strings.Repeat("<div>", 2*mega)},
		{"quotes in HTML", htmlHead + strings.Repeat("<blockquote>x", mega/2)},
		{"open comments", htmlHead + strings.Repeat("<!--", 2*mega)},
		{"open tags", htmlHead + strings.Repeat("<", 10*mega)},
		{"attributes", htmlHead + "<a" + strings.Repeat(" b=c", 2*mega) + ">"},
		{"open svg", htmlHead + strings.Repeat("<svg>", 2*mega)},
		{"joiners", htmlHead + strings.Repeat("\u200c\u200d", mega)},
		{"cids", multipart + "--b\nContent-Type: text/html\n\n" + strings.Repeat("<img src=cid:x>", mega/2) + strings.Repeat("\n--b\nContent-ID: <y>\nContent-Type: image/png\n\nx", 20000)},
		{"quote marks", "\n" + strings.Repeat(">", 10*mega)},
		{"flowed marks", "Content-Type: text/plain; format=flowed\n\n" + strings.Repeat(strings.Repeat(">", 100)+" \n", 50000)},
		{"colons below", "\n" + strings.Repeat("a:\n", 2*mega)},
		{"utf-7", "Content-Type: text/plain; charset=utf-7\n\n" + strings.Repeat("+", 5*mega)},
		{"iso-2022-jp", "Content-Type: text/plain; charset=iso-2022-jp\n\n" + strings.Repeat("\x1b$B", 2*mega)},
	} {
		t.Run(c.name, func(t *testing.T) {
			raw := []byte(c.raw)
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			start := time.Now()
			content := Content(raw)
			took := time.Since(start)
			runtime.ReadMemStats(&after)
			if took > limit {
				t.Errorf("%d octets took %v, more than %v", len(raw), took, limit)
			}
			if grown := after.TotalAlloc - before.TotalAlloc; grown > uint64(40*len(raw)+64*mega) {
				t.Errorf("%d octets allocated %d", len(raw), grown)
			}
			if len(content.Attachments) > maxParts {
				t.Errorf("%d attachments", len(content.Attachments))
			}
			t.Logf("%d octets: %v", len(raw), took)
		})
	}
}

// TestSizeWithoutDecoding compares the computed size with the decoded one.
func TestSizeWithoutDecoding(t *testing.T) {
	for _, s := range []string{
		"", "=", "A", "AA", "AAA", "AAAA", "AA==", "AAA=", "AA==AA==", "AA=\nAA", "A\r\nB\r\nC\r\nD", "AAAA\n====\nBBBB", "AA== footer text", "AA==\n\n____\nlist mailing list\n", "-_-_", "!!AA!!AA!!", "AAAAA",
	} {
		got, want := base64Encoding.size([]byte(s)), int64(len(base64Encoding.decode([]byte(s))))
		if got != want {
			t.Errorf("size(%q) = %d, want %d", s, got, want)
		}
	}
}

func TestBase64AgainstTheStandard(t *testing.T) {
	for n := range 200 {
		want := bytes.Repeat([]byte{byte(n), 0xff, byte(n * 7)}, n)[:n*2]
		got := base64Encoding.decode([]byte(wrap(want)))
		if !bytes.Equal(got, want) {
			t.Fatalf("decoding %d octets\ngot  %x\nwant %x", n*2, got, want)
		}
	}
}

func TestPartsNestedTooDeeplyAreTold(t *testing.T) {
	for depth, want := range map[int]bool{0: false, maxDepth: false, maxDepth + 1: true, 200: true} {
		var b strings.Builder
		for i := range depth {
			fmt.Fprintf(&b, "Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n", i, i)
		}
		m := Parse([]byte(b.String() + "\ndeep\n"))
		if m.TooDeep != want {
			t.Errorf("%d multiparts: too deep is %v", depth, m.TooDeep)
		}
		if shown := strings.Contains(m.Text, "deep"); shown == want {
			t.Errorf("%d multiparts: shown is %v", depth, shown)
		}
	}
}

func TestOriginalName(t *testing.T) {
	for subject, want := range map[string]string{
		"Lunch":                  "Lunch.eml",
		"":                       "message.eml",
		"\u200b\u202e":           "message.eml",
		"../../etc/passwd":       "_.._etc_passwd.eml",
		"CON":                    "_CON.eml",
		strings.Repeat("é", 400): strings.Repeat("é", 98) + ".eml",
	} {
		if got := OriginalName(subject); got != want {
			t.Errorf("%q: got %q, want %q", subject, got, want)
		}
	}
}
