package store

import (
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"waxwing/backend/mail"
)

// day is when the tests' messages begin to be received.
var day = time.Date(2026, 3, 2, 8, 0, 0, 0, time.UTC)

// letter describes a message of a test; the zero value will do.
type letter struct {
	id, subject, text string
	from, to          string
	refs              []string
	at                time.Duration // received, after day
	sent              time.Time
	files             []string
	keywords          []mail.Keyword
	quarantine        string
}

// raw is what the letter looks like on the wire, near enough: parseLetter
// reads it back.
func (l letter) raw() []byte {
	var b bytes.Buffer
	line := func(name, value string) {
		if value != "" {
			fmt.Fprintf(&b, "%s: %s\r\n", name, value)
		}
	}
	line("MIME-Version", "1.0")
	line("Message-ID", l.id)
	line("References", strings.Join(l.refs, " "))
	line("From", l.from)
	line("To", l.to)
	line("Subject", l.subject)
	if !l.sent.IsZero() {
		line("Date", l.sent.Format(time.RFC1123Z))
	}
	line("Files", strings.Join(l.files, ","))
	fmt.Fprintf(&b, "\r\n%s", l.text)
	return b.Bytes()
}

// parseLetter stands in for package message.
func parseLetter(raw []byte) mail.Content {
	head, text, _ := strings.Cut(string(raw), "\r\n\r\n")
	c := mail.Content{Text: text, Preview: text[:min(len(text), 60)]}
	for line := range strings.SplitSeq(head, "\r\n") {
		name, value, _ := strings.Cut(line, ": ")
		switch name {
		case "Message-ID":
			c.MessageID = value
		case "References":
			c.References = strings.Fields(value)
		case "From":
			c.From = []mail.Address{addr(value)}
		case "To":
			c.To = []mail.Address{addr(value)}
		case "Date":
			c.SentAt, _ = time.Parse(time.RFC1123Z, value)
		case "Subject":
			c.Subject = value
		case "Files":
			for i, f := range strings.Split(value, ",") {
				c.Attachments = append(c.Attachments, mail.Attachment{Part: fmt.Sprint(i + 2), Name: f, Type: "application/pdf", Size: 10})
			}
		}
	}
	return c
}

// addr reads "Name <email>" or "email".
func addr(s string) mail.Address {
	if name, rest, ok := strings.Cut(s, " <"); ok {
		return mail.Address{Name: name, Email: strings.TrimSuffix(rest, ">")}
	}
	return mail.Address{Email: s}
}

func (l letter) incoming(uid mail.UID) Incoming {
	raw := l.raw()
	return Prepare(Incoming{UID: uid, Keywords: l.keywords, ModSeq: 1, ReceivedAt: day.Add(l.at),
		Content: parseLetter(raw), Quarantine: l.quarantine}, raw)
}

// box is an account's store under test with helpers that fail the test.
type box struct {
	*Account
	t   testing.TB
	ctx context.Context
}

func open(t testing.TB) *box {
	t.Helper()
	return openAt(t, filepath.Join(t.TempDir(), "1.db"))
}

func openAt(t testing.TB, path string) *box {
	t.Helper()
	s, err := OpenAccount(context.Background(), path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return &box{s, t, context.Background()}
}

func (b *box) ok(err error) {
	b.t.Helper()
	if err != nil {
		b.t.Fatal(err)
	}
}

// mailboxes makes INBOX, Archive, Trash, Junk and Sent, with their roles, and
// returns their ids in this order.
func (b *box) mailboxes() (inbox, archive, trash, junk, sent mail.MailboxID) {
	b.t.Helper()
	var list []RemoteMailbox
	roles := []mail.Role{mail.RoleInbox, mail.RoleArchive, mail.RoleTrash, mail.RoleJunk, mail.RoleSent}
	for i, name := range []string{"INBOX", "Archive", "Trash", "Junk", "Sent"} {
		list = append(list, RemoteMailbox{Path: name, Delimiter: "/", Role: roles[i], Selectable: true})
	}
	b.setMailboxes(list)
	byRole := map[mail.Role]mail.MailboxID{}
	all, err := b.Mailboxes(b.ctx)
	b.ok(err)
	for _, m := range all {
		byRole[m.Role] = m.ID
		_, _, err := b.Commit(b.ctx, Batch{Mailbox: m.ID, Cursor: &Cursor{UIDValidity: 7}})
		b.ok(err)
	}
	return byRole[roles[0]], byRole[roles[1]], byRole[roles[2]], byRole[roles[3]], byRole[roles[4]]
}

// setMailboxes gives the account the mailboxes and returns what that refuses.
func (b *box) setMailboxes(list []RemoteMailbox) []mail.Operation {
	b.t.Helper()
	refused, err := b.SetMailboxes(b.ctx, list)
	b.ok(err)
	return refused
}

// put commits letters from UID first on and returns their ids.
func (b *box) put(mailbox mail.MailboxID, first mail.UID, letters ...letter) []mail.MessageID {
	b.t.Helper()
	batch := Batch{Mailbox: mailbox}
	for i, l := range letters {
		batch.Incoming = append(batch.Incoming, l.incoming(first+mail.UID(i)))
	}
	_, created, err := b.Commit(b.ctx, batch)
	b.ok(err)
	return created
}

func (b *box) message(id mail.MessageID) mail.Message {
	b.t.Helper()
	m, err := b.Message(b.ctx, id)
	b.ok(err)
	return m
}

func (b *box) mailbox(id mail.MailboxID) mail.Mailbox {
	b.t.Helper()
	m, err := b.Mailbox(b.ctx, id)
	b.ok(err)
	return m
}

func (b *box) apply(c mail.Change) mail.OperationID {
	b.t.Helper()
	op, err := b.Apply(b.ctx, c)
	b.ok(err)
	return op
}

func (b *box) move(to mail.MailboxID, list ...mail.MessageID) mail.OperationID {
	b.t.Helper()
	return b.apply(mail.Change{Messages: list, Move: &mail.MoveChange{To: to}})
}

func (b *box) keyword(add, remove mail.Keyword, list ...mail.MessageID) mail.OperationID {
	b.t.Helper()
	k := mail.KeywordChange{}
	if add != "" {
		k.Add = []mail.Keyword{add}
	}
	if remove != "" {
		k.Remove = []mail.Keyword{remove}
	}
	return b.apply(mail.Change{Messages: list, Keywords: &k})
}

func (b *box) work() []Work {
	b.t.Helper()
	list, err := b.NextWork(b.ctx, 100)
	b.ok(err)
	return list
}

// sound fails the test when Check finds anything.
func (b *box) sound() {
	b.t.Helper()
	findings, err := b.Check(b.ctx, parseLetter)
	b.ok(err)
	if len(findings) > 0 {
		b.t.Fatalf("Check found %+v", findings)
	}
}

func (b *box) wantMessage(id mail.MessageID, mailboxes []mail.MailboxID, keywords ...mail.Keyword) {
	b.t.Helper()
	m := b.message(id)
	slices.Sort(mailboxes)
	if !slices.Equal(m.Mailboxes, mailboxes) || !slices.Equal(m.Keywords, keywords) {
		b.t.Errorf("message %d is in %v with %q, want %v with %q", id, m.Mailboxes, m.Keywords, mailboxes, keywords)
	}
}

func wantCode(t testing.TB, err error, code mail.Code) {
	t.Helper()
	if mail.CodeOf(err) != code {
		t.Errorf("got error %v, want code %q", err, code)
	}
}

// words makes n pseudo-random words, about as often repeated as in a language.
func words(r *rand.Rand, n int) string {
	var b strings.Builder
	for range n {
		rank := int(1 / (r.Float64() + 0.00005)) // Zipf's law, up to 20,000 words
		fmt.Fprintf(&b, "%s ", vocabulary[rank%len(vocabulary)])
	}
	return b.String()
}

var vocabulary = func() []string {
	r := rand.New(rand.NewPCG(1, 2))
	out := make([]string, 20000)
	for i := range out {
		w := make([]byte, 3+r.IntN(8))
		for j := range w {
			w[j] = "etaoinshrdlucmfwypvbgkqjxz"[min(r.IntN(26), r.IntN(26))]
		}
		out[i] = string(w)
	}
	return out
}()
