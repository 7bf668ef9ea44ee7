package store

import (
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/cespare/xxhash/v2"
	"github.com/klauspost/compress/zstd"

	"waxwing/backend/mail"
	"waxwing/backend/search"
)

// columns is mail.Content as table message and the index hold it.
type columns struct {
	sentAt      any // int64 or nil
	subjectHash int64
	orphan      bool
	attachment  bool
	messageID   string
	subject     string
	preview     string
	sender      string
	recipients  string
	header      string
	references  []int64 // hashes of every Message-ID that it names, its own first
	index       [7]string
}

// header is what of mail.Content has no column, as JSON.
type header struct {
	InReplyTo   []string          `json:"r,omitempty"`
	References  []string          `json:"f,omitempty"`
	Sender      people            `json:"s,omitempty"`
	ReplyTo     people            `json:"y,omitempty"`
	Cc          people            `json:"c,omitempty"`
	Bcc         people            `json:"b,omitempty"`
	ListID      string            `json:"l,omitempty"`
	Attachments []mail.Attachment `json:"a,omitempty"`
}

// people is a list of addresses as JSON: [[name, email], …].
type people [][2]string

func toPeople(list []mail.Address) people {
	var out people
	for _, a := range list {
		out = append(out, [2]string{a.Name, a.Email})
	}
	return out
}

func (p people) addresses() []mail.Address {
	var out []mail.Address
	for _, a := range p {
		out = append(out, mail.Address{Name: a[0], Email: a[1]})
	}
	return out
}

// maxReferences bounds how many ancestors of a message count: the oldest and
// the newest of them. A hostile header may name thousands.
const maxReferences = 50

// newColumns derives the columns; everything costly is done here, outside of
// the writer.
func newColumns(c *mail.Content) columns {
	col := columns{
		attachment: c.HasAttachment(),
		messageID:  c.MessageID,
		subject:    c.Subject,
		preview:    c.Preview,
		sender:     toJSON(toPeople(c.From)),
		recipients: toJSON(toPeople(c.To)),
	}
	if !c.SentAt.IsZero() {
		col.sentAt = c.SentAt.UnixMilli()
	}
	col.header = toJSON(header{
		InReplyTo: c.InReplyTo, References: c.References, Sender: toPeople(c.Sender), ReplyTo: toPeople(c.ReplyTo),
		Cc: toPeople(c.Cc), Bcc: toPeople(c.Bcc), ListID: c.ListID, Attachments: c.Attachments,
	})
	base, reply := baseSubject(c.Subject)
	if base != "" {
		col.subjectHash = hash(base)
	}
	col.orphan = reply && len(c.InReplyTo) == 0 && len(c.References) == 0
	col.references = referenceHashes(c)
	col.index = indexText(c)
	return col
}

func referenceHashes(c *mail.Content) []int64 {
	ancestors := slices.Concat(c.References, c.InReplyTo)
	if n := len(ancestors); n > maxReferences {
		ancestors = append(ancestors[:1:1], ancestors[n-maxReferences+1:]...)
	}
	var out []int64
	for _, id := range append([]string{c.MessageID}, ancestors...) {
		if h := hash(id); id != "" && !slices.Contains(out, h) {
			out = append(out, h)
		}
	}
	return out
}

// indexText is in the order of message_index's columns.
func indexText(c *mail.Content) [7]string {
	names := func(lists ...[]mail.Address) string {
		var b strings.Builder
		for _, list := range lists {
			for _, a := range list {
				b.WriteString(a.Name)
				b.WriteByte(' ')
				b.WriteString(a.Email)
				b.WriteByte('\n')
			}
		}
		return search.Segment(b.String())
	}
	var files strings.Builder
	for _, a := range c.Attachments {
		files.WriteString(a.Name)
		files.WriteByte('\n')
	}
	return [7]string{
		search.Segment(c.Subject), names(c.From, c.Sender), names(c.To, c.Bcc), names(c.Cc),
		search.Segment(files.String()), search.Segment(c.ListID), search.Segment(c.Text),
	}
}

// replyPrefixes are what mail programs put before the subject of an answer.
var replyPrefixes = []string{"re", "aw", "antw", "antwort", "sv", "vs", "odp", "res", "rif", "ynt", "atb", "ref", "回复", "答复", "返信", "ответ"}

// baseSubject strips the prefixes of answers ("Re: AW: RE[2]: …") and the
// differences that don't matter, and tells whether there was one.
func baseSubject(s string) (base string, reply bool) {
	s = strings.ToLower(strings.Join(strings.Fields(s), " "))
	for {
		head, tail, ok := strings.Cut(strings.Replace(s, "：", ":", 1), ":")
		if !ok {
			return s, reply
		}
		head, _, _ = strings.Cut(head, "[")
		if !slices.Contains(replyPrefixes, strings.TrimSpace(head)) {
			return s, reply
		}
		s, reply = strings.TrimSpace(tail), true
	}
}

// hash is never 0, which stands for nothing to hash.
func hash(s string) int64 {
	if h := int64(xxhash.Sum64String(s)); h != 0 {
		return h
	}
	return 1
}

// ---- raw bytes

// The formats of raw.data, its first octet.
const (
	rawStored = 0
	rawZstd   = 1
)

// maxRaw bounds what a damaged frame can make the decoder allocate.
const maxRaw = 1 << 30

var encoder = must(zstd.NewWriter(nil, zstd.WithEncoderLevel(zstd.SpeedFastest), zstd.WithEncoderCRC(true), zstd.WithLowerEncoderMem(true)))
var decoder = must(zstd.NewReader(nil, zstd.WithDecoderMaxMemory(maxRaw), zstd.WithDecoderConcurrency(2), zstd.WithDecoderLowmem(true)))

// must unwraps a constructor that fails for wrong options only.
func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

func compress(raw []byte) []byte {
	out := make([]byte, 1, 64+len(raw)/2)
	out[0] = rawZstd
	out = encoder.EncodeAll(raw, out)
	if len(out) > len(raw) {
		return append([]byte{rawStored}, raw...)
	}
	return out
}

func decompress(data []byte) ([]byte, error) {
	if len(data) > 0 {
		switch data[0] {
		case rawStored:
			return slices.Clone(data[1:]), nil
		case rawZstd:
			return decoder.DecodeAll(data[1:], nil)
		}
	}
	return nil, errors.New("store: unknown format of raw bytes")
}

// ---- times

func millis(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMilli()
}

func fromMillis(ms int64) time.Time {
	if ms == 0 {
		return time.Time{}
	}
	return time.UnixMilli(ms).UTC()
}
