package mailtest

import (
	"fmt"
	"iter"
	"math/rand/v2"
	"strings"
	"time"
)

// Truth is what is known about a message of the Corpus, for comparison with
// what a program makes of it.
type Truth struct {
	MessageID string // without angle brackets
	InReplyTo string // likewise; empty at the start of a thread
	// Thread is the same number for all messages of a conversation.
	Thread      int
	Kind        Kind
	Language    string // of the text; BCP 47
	Charset     string // that the text was written for; parts may use UTF-8 where it falls short
	FromName    string
	FromEmail   string
	Subject     string
	SentAt      time.Time
	Attachments []string // file names, decoded
	Marker      bool     // the text contains CorpusMarker
	Phrase      bool     // the text contains CorpusPhrase
}

// Texts to search for. The marker is in exactly seven messages, or in as many
// as there are; the phrase in one of two hundred.
const (
	CorpusMarker = "quixotrope"
	CorpusPhrase = "the autumn inventory has been counted twice"
)

// A Kind is the structure of a message.
type Kind string

// The kinds, with their share in percent.
const (
	KindPlain       Kind = "plain"       // 27 text/plain
	KindAlternative Kind = "alternative" // 31 plain and HTML
	KindNewsletter  Kind = "newsletter"  // 16 a list's heavy HTML
	KindHTML        Kind = "html"        // 6 HTML only
	KindAttachment  Kind = "attachment"  // 11 one or more files
	KindRelated     Kind = "related"     // 4 HTML with its pictures
	KindInvitation  Kind = "invitation"  // 2 text/calendar
	KindReport      Kind = "report"      // 1.5 a bounce
	KindForward     Kind = "forward"     // 1.5 a message in a message
)

var kindShares = []struct {
	kind  Kind
	share float64
}{
	{KindPlain, .27}, {KindAlternative, .31}, {KindNewsletter, .16}, {KindHTML, .06}, {KindAttachment, .11},
	{KindRelated, .04}, {KindInvitation, .02}, {KindReport, .015}, {KindForward, .015},
}

// Corpus generates n messages of a working person's inbox, oldest first: ten
// languages, fifteen charsets, threads, newsletters, attachments, 20 KB on
// average. The same n and seed give the same octets, on every machine of one
// architecture.
//
// Nothing is kept: ten thousand messages are 200 MB, so collect them only when
// that is wanted.
func Corpus(n int, seed uint64) iter.Seq[Message] {
	return func(yield func(Message) bool) {
		g := newGenerator(n, seed)
		for i := range n {
			if !yield(g.message(i)) {
				return
			}
		}
	}
}

// A generator is the state of a corpus that is being written.
type generator struct {
	*rand.Rand
	n       int
	seed    uint64
	tongues []*tongue
	people  []person
	now     time.Time
	threads int
	recent  []*draft // what may be answered
}

// A draft is a message while it is written.
type draft struct {
	Truth
	from       person
	tongue     *tongue
	charset    charset
	paragraphs []string
	plain      string
	references []string
	headers    []string // of this kind
}

// Numbers that make the corpus look like an inbox.
const (
	peopleCount = 300
	recentCount = 400
	replyShare  = .35
	seenShare   = .85
	markerCount = 7
	phraseEvery = 200
)

func newGenerator(n int, seed uint64) *generator {
	g := &generator{
		Rand: rand.New(rand.NewPCG(seed, 0x776178)), n: n, seed: seed,
		now: time.Date(2023, 1, 2, 8, 0, 0, 0, time.UTC),
	}
	for i := range languages {
		g.tongues = append(g.tongues, newTongue(g.Rand, &languages[i]))
	}
	for i := range peopleCount {
		t := g.tongue()
		name := pick(g.Rand, t.names)
		g.people = append(g.people, person{name, fmt.Sprintf("p%d@%s", i, pick(g.Rand, domains)), t})
	}
	return g
}

// message writes the next message.
func (g *generator) message(i int) Message {
	g.now = g.now.Add(time.Duration(g.ExpFloat64() * float64(17*time.Minute)))
	d := g.begin(i)
	body := g.body(d)
	raw := strings.ReplaceAll(g.header(d)+body, "\n", "\r\n")
	m := Message{Raw: []byte(raw), Received: d.SentAt.Add(3 * time.Second), Truth: d.Truth}
	if g.Float64() < seenShare {
		m.Flags = append(m.Flags, `\Seen`)
	}
	if g.IntN(20) == 0 {
		m.Flags = append(m.Flags, `\Flagged`)
	}
	if g.IntN(7) == 0 {
		m.Flags = append(m.Flags, `\Answered`)
	}
	if d.Kind != KindNewsletter && d.Kind != KindReport {
		g.recent = append(g.recent, d)
		if len(g.recent) > recentCount {
			g.recent = g.recent[1:]
		}
	}
	return m
}

// begin decides about the message: who, what kind, to what, in which words.
func (g *generator) begin(i int) *draft {
	d := &draft{from: pick(g.Rand, g.people)}
	d.tongue = d.from.tongue
	if g.IntN(10) == 0 {
		d.tongue = g.tongue()
	}
	d.charset = pick(g.Rand, d.tongue.charsets)
	d.Truth = Truth{
		MessageID: fmt.Sprintf("%x.%d.%d@%s", g.Uint32(), g.seed, i, "corpus.test"),
		Language:  d.tongue.code, Charset: d.charset.name,
		FromName: d.from.name, FromEmail: d.from.email,
		SentAt: g.now.Truncate(time.Second), Kind: g.kind(),
	}
	g.subject(d)
	for range 1 + int(g.ExpFloat64()*3) {
		d.paragraphs = append(d.paragraphs, d.tongue.paragraph(g.Rand))
	}
	if every := max(1, g.n/markerCount); i%every == every/2 && i/every < markerCount {
		d.Marker = true
		d.paragraphs[0] += " " + CorpusMarker
	}
	if g.IntN(phraseEvery) == 0 {
		d.Phrase = true
		d.paragraphs = append(d.paragraphs, CorpusPhrase)
	}
	return d
}

func (g *generator) kind() Kind {
	x := g.Float64()
	for _, k := range kindShares {
		if x -= k.share; x < 0 {
			return k.kind
		}
	}
	return KindPlain
}

// subject gives the message its subject and thread.
func (g *generator) subject(d *draft) {
	if d.Kind == KindNewsletter || d.Kind == KindReport || len(g.recent) == 0 || g.Float64() > replyShare {
		g.threads++
		d.Thread = g.threads
		d.Subject = strings.TrimRight(d.tongue.sentence(g.Rand, 3, 9), ".?!。")
		return
	}
	parent := g.recent[len(g.recent)-1-int(g.ExpFloat64()*40)%len(g.recent)]
	d.Thread, d.InReplyTo = parent.Thread, parent.MessageID
	d.references = append(append([]string(nil), parent.references...), parent.MessageID)
	prefix := pick(g.Rand, []string{"Re: ", "Re: ", "RE: ", "AW: "})
	d.Subject = prefix + strings.TrimPrefix(strings.TrimPrefix(strings.TrimPrefix(parent.Subject, "Re: "), "RE: "), "AW: ")
	d.plain = quote(parent)
}

// quote is the earlier message below an answer.
func quote(parent *draft) string {
	text := parent.plain
	if len(text) > 4000 {
		text = text[:strings.LastIndexByte(text[:4000], '\n')+1]
	}
	text = strings.TrimRight(text, "\n")
	return "\n" + parent.SentAt.Format("On Mon, 2 Jan 2006") + ", " + parent.FromEmail + " wrote:\n> " +
		strings.ReplaceAll(text, "\n", "\n> ") + "\n"
}

func (g *generator) tongue() *tongue {
	x := g.Float64()
	for _, t := range g.tongues {
		if x -= t.share; x < 0 {
			return t
		}
	}
	return g.tongues[0]
}

func pick[T any](r *rand.Rand, from []T) T { return from[r.IntN(len(from))] }
