package demo

import (
	"bytes"
	"io"
	"strings"
	"time"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapserver"
	gomessage "github.com/emersion/go-message"
	_ "github.com/emersion/go-message/charset" // texts are compared in UTF-8
)

// Search finds messages by their state when the command came (RFC 9051 §6.4.4).
func (s *session) Search(kind imapserver.NumKind, criteria *imap.SearchCriteria, _ *imap.SearchOptions) (*imap.SearchData, error) {
	if criteria.ModSeq != nil {
		return nil, &imap.Error{Type: imap.StatusResponseTypeBad, Text: "CONDSTORE is not offered"}
	}
	s.account.mu.Lock()
	frozen := &view{entries: append([]entry(nil), s.view.entries...)}
	items := make([]item, len(frozen.entries))
	for i, e := range frozen.entries {
		items[i] = e.message.item(uint32(i + 1))
	}
	s.account.mu.Unlock()

	data := &imap.SearchData{}
	var numbers imap.SeqSet
	var uids imap.UIDSet
	for i := range items {
		m := matcher{view: frozen, item: &items[i]}
		if !m.all(criteria) {
			continue
		}
		n := items[i].number
		numbers.AddNum(n)
		if kind == imapserver.NumKindUID {
			n = uint32(items[i].uid)
			uids.AddNum(items[i].uid)
		}
		if data.Min == 0 {
			data.Min = n
		}
		data.Max = n
		data.Count++
	}
	data.All = numbers
	if kind == imapserver.NumKindUID {
		data.All = uids
	}
	return data, nil
}

// matcher judges one message; its header and text are taken apart when first
// needed.
type matcher struct {
	view   *view
	item   *item
	header []headerField
	text   *string
}

type headerField struct{ name, value string }

// all reports whether every criterion holds.
func (m *matcher) all(c *imap.SearchCriteria) bool {
	for _, set := range c.SeqNum {
		if !m.view.resolve(set)(m.item.number, m.item.uid) {
			return false
		}
	}
	for _, set := range c.UID {
		if !m.view.resolve(set)(m.item.number, m.item.uid) {
			return false
		}
	}
	size := int64(len(m.item.raw))
	return between(m.item.date, c.Since, c.Before) &&
		m.flags(c) &&
		(c.Larger == 0 || size > c.Larger) &&
		(c.Smaller == 0 || size < c.Smaller) &&
		m.sent(c) && m.contents(c) && m.logic(c)
}

func (m *matcher) flags(c *imap.SearchCriteria) bool {
	has := func(flag imap.Flag) bool {
		for _, f := range m.item.flags {
			if strings.EqualFold(string(f), string(flag)) {
				return true
			}
		}
		return false
	}
	for _, flag := range c.Flag {
		if !has(flag) {
			return false
		}
	}
	for _, flag := range c.NotFlag {
		if has(flag) {
			return false
		}
	}
	return true
}

func (m *matcher) sent(c *imap.SearchCriteria) bool {
	if c.SentSince.IsZero() && c.SentBefore.IsZero() {
		return true
	}
	for _, f := range m.fields() {
		if strings.EqualFold(f.name, "Date") {
			t, err := time.Parse("Mon, 2 Jan 2006 15:04:05 -0700", f.value)
			return err == nil && between(t, c.SentSince, c.SentBefore)
		}
	}
	return false
}

func (m *matcher) contents(c *imap.SearchCriteria) bool {
	for _, want := range c.Header {
		if !m.inHeader(want.Key, want.Value) {
			return false
		}
	}
	for _, want := range c.Body {
		if !within(m.body(), want) {
			return false
		}
	}
	for _, want := range c.Text {
		if !within(m.body(), want) && !m.inHeader("", want) {
			return false
		}
	}
	return true
}

func (m *matcher) logic(c *imap.SearchCriteria) bool {
	for i := range c.Not {
		if m.all(&c.Not[i]) {
			return false
		}
	}
	for i := range c.Or {
		if !m.all(&c.Or[i][0]) && !m.all(&c.Or[i][1]) {
			return false
		}
	}
	return true
}

// inHeader looks in the fields called name, or in all when it is empty.
func (m *matcher) inHeader(name, want string) bool {
	for _, f := range m.fields() {
		if (name == "" || strings.EqualFold(f.name, name)) && within(f.value, want) {
			return true
		}
	}
	return false
}

// fields returns the header, unfolded and decoded.
func (m *matcher) fields() []headerField {
	if m.header == nil {
		header, _ := splitHeader(m.item.raw)
		for _, field := range fields(header) {
			name, value, ok := strings.Cut(string(field), ":")
			if !ok {
				continue
			}
			value = strings.NewReplacer("\r\n", "", "\n", "").Replace(value)
			m.header = append(m.header, headerField{strings.TrimSpace(name), decode(strings.TrimSpace(value))})
		}
	}
	return m.header
}

// body returns the texts of the message's textual parts.
func (m *matcher) body() string {
	if m.text == nil {
		var b strings.Builder
		if e, _ := gomessage.Read(bytes.NewReader(m.item.raw)); e != nil {
			collectText(e, &b)
		}
		text := b.String()
		m.text = &text
	}
	return *m.text
}

func collectText(e *gomessage.Entity, b *strings.Builder) {
	if parts := e.MultipartReader(); parts != nil {
		for {
			part, err := parts.NextPart()
			if part == nil || err != nil && !gomessage.IsUnknownCharset(err) {
				return
			}
			collectText(part, b)
		}
	}
	kind, _, err := e.Header.ContentType()
	if err != nil || strings.HasPrefix(kind, "text/") {
		_, _ = io.Copy(b, e.Body) // what can be read of a damaged part is enough
		b.WriteByte('\n')
	}
}

// within compares without regard to case.
func within(text, want string) bool {
	return strings.Contains(strings.ToLower(text), strings.ToLower(want))
}

// between compares dates only, without time and zone (RFC 9051 §6.4.4).
func between(t, since, before time.Time) bool {
	day := func(t time.Time) time.Time {
		return time.Date(t.Year(), t.Month(), t.Day(), 0, 0, 0, 0, time.UTC)
	}
	return (since.IsZero() || !day(t).Before(day(since))) &&
		(before.IsZero() || day(t).Before(day(before)))
}
