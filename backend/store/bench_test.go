package store

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"waxwing/backend/mail"
	"waxwing/backend/search"
)

// corpus makes messages like a working person's: 20 KB on average, most of it
// markup and attachments, a few KB of text, a third of them in threads.
func corpus(n int) ([]letter, [][]byte) {
	r := rand.New(rand.NewPCG(3, 4))
	letters, raws := make([]letter, n), make([][]byte, n)
	for i := range n {
		l := letter{
			id: fmt.Sprintf("%d.%x@mail.example.org", i, r.Uint64()), subject: words(r, 6),
			from: fmt.Sprintf("Person %d <person%d@example.org>", i%300, i%300), to: "Me <me@example.org>",
			at: time.Duration(n-i) * time.Minute, text: words(r, 100+r.IntN(500)),
		}
		if i%3 == 0 && i > 10 {
			parent := letters[i-1-r.IntN(9)]
			l.refs = append(append(l.refs, parent.refs...), parent.id)
			l.subject = "Re: " + parent.subject
		}
		letters[i] = l
		var b bytes.Buffer
		b.Write(l.raw())
		fmt.Fprintf(&b, "\r\n<html><style>%s</style>%s</html>\r\n", bytes.Repeat([]byte("p { margin: 0; } "), 80), l.text)
		binary := make([]byte, r.IntN(18000))
		for j := range binary {
			binary[j] = byte(r.Uint32())
		}
		b.WriteString(base64.StdEncoding.EncodeToString(binary))
		raws[i] = b.Bytes()
	}
	return letters, raws
}

// BenchmarkCommit stores 10,000 messages of 20 KB as a first sync does. The
// time is that of the writer alone; Prepare runs in other workers.
func BenchmarkCommit(b *testing.B) {
	const n = 10_000
	letters, raws := corpus(n)
	var total int
	incoming := make([]Incoming, n)
	start := time.Now()
	for i, l := range letters {
		c := parseLetter(l.raw())
		incoming[i] = Prepare(Incoming{UID: mail.UID(n - i), ReceivedAt: day.Add(l.at), Content: c}, raws[i])
		total += len(raws[i])
	}
	b.Logf("prepared %d MB in %v", total>>20, time.Since(start))
	for _, size := range []int{250, 1000} {
		b.Run(fmt.Sprintf("batch=%d", size), func(b *testing.B) {
			for b.Loop() {
				b.StopTimer()
				s := open(b)
				inbox, _, _, _, _ := s.mailboxes()
				b.StartTimer()
				for i := 0; i < n; i += size {
					if _, _, err := s.Commit(s.ctx, Batch{Mailbox: inbox, Incoming: incoming[i : i+size]}); err != nil {
						b.Fatal(err)
					}
				}
				b.StopTimer()
				size, _ := s.Size(s.ctx)
				b.ReportMetric(float64(size)/(1<<20), "MB-disk")
				b.StartTimer()
			}
		})
	}
}

// BenchmarkApply marks 5,000 messages read and unread: the local half and the
// queue, durable.
func BenchmarkApply(b *testing.B) {
	const n = 5000
	s := open(b)
	inbox, _, _, _, _ := s.mailboxes()
	letters, _ := corpus(n)
	list := s.put(inbox, 1, letters...)
	for i := 0; b.Loop(); i++ {
		if i%2 == 0 {
			s.keyword(seen, "", list...)
		} else {
			s.keyword("", seen, list...)
		}
	}
}

// BenchmarkSearch looks for a word that most of 10,000 messages have.
func BenchmarkSearch(b *testing.B) {
	s := open(b)
	inbox, _, _, _, _ := s.mailboxes()
	letters, _ := corpus(10_000)
	s.put(inbox, 1, letters...)
	for _, query := range []string{vocabulary[1], vocabulary[900], "from:person7", vocabulary[1] + " is:unread"} {
		b.Run(query, func(b *testing.B) {
			for b.Loop() {
				if _, err := s.SearchThreads(s.ctx, search.Parse(query), SearchOptions{Limit: 50}); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
