package message

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/jhillyerd/enmime/v2"
)

// wrap encodes in base64 with lines of 76 characters (RFC 2045 §6.8).
func wrap(b []byte) string {
	s := base64.StdEncoding.EncodeToString(b)
	var out strings.Builder
	for len(s) > 76 {
		out.WriteString(s[:76] + "\r\n")
		s = s[76:]
	}
	return out.String() + s
}

// typical generates n messages of 20 KB on average: plain, HTML with an
// alternative, and with attachments, as they come in an office.
func typical(n int) [][]byte {
	r := rand.New(rand.NewPCG(1, 2))
	words := strings.Fields("the meeting report für Größe about invoice tomorrow please see attached regards budget naïve review")
	prose := func(n int) string {
		var b strings.Builder
		for i := range n {
			b.WriteString(words[r.IntN(len(words))])
			b.WriteString([]string{" ", " ", " ", " ", " ", " ", ", ", ".\r\n"}[i%8])
		}
		return b.String()
	}
	var out [][]byte
	for i := range n {
		var b strings.Builder
		for range 6 {
			b.WriteString("Received: from mail.example.org (mail.example.org [192.0.2.1])\r\n\tby mx.example.net with ESMTPS id abc; Tue, 5 Mar 2024 10:00:00 +0100\r\n")
		}
		fmt.Fprintf(&b, "From: =?utf-8?Q?J=C3=BCrgen?= Example <a%d@example.org>\r\nTo: \"Doe, Jane\" <b%d@example.net>, c@example.net\r\nSubject: =?utf-8?B?R3LDvMOfZQ==?= %d\r\nDate: Tue, 5 Mar 2024 10:00:00 +0100\r\nMessage-ID: <%d@example.org>\r\nMIME-Version: 1.0\r\n", i, i%50, i, i)
		text := prose(120 + r.IntN(200))
		alternative := "Content-Type: multipart/alternative; boundary=alt\r\n\r\n--alt\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n" + text +
			"\r\n--alt\r\nContent-Type: text/html; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n<html><body><div>" + strings.ReplaceAll(text, "\r\n", "<br>\r\n") + strings.Repeat("<p style=\"margin:0\">&nbsp;</p>", 60) + "</div></body></html>\r\n--alt--\r\n"
		switch i % 5 {
		case 0:
			b.WriteString("Content-Type: text/plain; charset=utf-8\r\n\r\n" + text)
		case 1:
			b.WriteString("Content-Type: text/html; charset=utf-8\r\n\r\n<html><body>" + text + "</body></html>")
		case 2, 3:
			b.WriteString(alternative)
		case 4:
			file := make([]byte, 20000+r.IntN(70000))
			for j := range file {
				file[j] = byte(r.Uint32())
			}
			b.WriteString("Content-Type: multipart/mixed; boundary=mix\r\n\r\n--mix\r\n" + alternative + "\r\n--mix\r\nContent-Type: application/pdf; name=\"report.pdf\"\r\nContent-Disposition: attachment; filename=\"report.pdf\"\r\nContent-Transfer-Encoding: base64\r\n\r\n" + wrap(file) + "\r\n--mix--\r\n")
		}
		out = append(out, []byte(b.String()))
	}
	return out
}

func benchmark(b *testing.B, parse func([]byte)) {
	mails := typical(200)
	var size int64
	for _, m := range mails {
		size += int64(len(m))
	}
	b.SetBytes(size / int64(len(mails)))
	b.ReportAllocs()
	b.ResetTimer()
	for i := 0; b.Loop(); i++ {
		parse(mails[i%len(mails)])
	}
}

func BenchmarkContent(b *testing.B) { benchmark(b, func(raw []byte) { Content(raw) }) }
func BenchmarkParse(b *testing.B)   { benchmark(b, func(raw []byte) { Parse(raw) }) }

// BenchmarkEnmime is the measure: the library whose tolerance this package has.
func BenchmarkEnmime(b *testing.B) {
	benchmark(b, func(raw []byte) {
		if _, err := enmime.ReadEnvelope(bytes.NewReader(raw)); err != nil {
			b.Fatal(err)
		}
	})
}

// TestContentIsFast fails when a typical message costs more than the first sync
// can bear (10,000 messages in well under a second).
func TestContentIsFast(t *testing.T) {
	mails := typical(100)
	best := testing.Benchmark(func(b *testing.B) {
		for i := 0; b.Loop(); i++ {
			Content(mails[i%len(mails)])
		}
	})
	const limit = 400_000 // ns; four times the aim, for busy machines
	if best.NsPerOp() > limit {
		t.Errorf("Content takes %d ns, want under %d", best.NsPerOp(), limit)
	}
}
