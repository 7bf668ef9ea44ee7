package outbox

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"log/slog"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"waxwing/backend/connect"
	"waxwing/backend/imapsync"
	"waxwing/backend/mail"
	"waxwing/backend/mailtest"
	"waxwing/backend/store"
	"waxwing/backend/submission"
)

// crashes is how often the process is killed at each point.
var crashes = flag.Int("crashes", 1, "kills at each point of the crash matrix")

// childOrder, in the environment, makes the test binary a child that sends what is
// due, synchronises once, and exits.
const childOrder = "OUTBOX_TEST_CHILD"

// An order is what the child is to do.
type order struct {
	Path, Email, User, Password string
	IMAP, SMTP                  mail.Server
	Point                       string // where it kills itself; empty for nowhere
}

func TestMain(m *testing.M) {
	if text := os.Getenv(childOrder); text != "" {
		if err := obey(text); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	mailtest.Main(m)
}

// die kills the process as the system would, without a word to anybody.
func die() {
	if self, err := os.FindProcess(os.Getpid()); err == nil {
		_ = self.Kill()
	}
	select {}
}

func obey(text string) error {
	var o order
	if err := json.Unmarshal([]byte(text), &o); err != nil {
		return err
	}
	db, err := store.OpenAccount(context.Background(), o.Path)
	if err != nil {
		return err
	}
	box := o.outbox(db)
	box.cfg.checkpoint = func(name string) {
		if name == o.Point {
			die()
		}
	}
	dialer := &connect.Dialer{DialContext: func(ctx context.Context, network, address string) (net.Conn, error) {
		conn, err := new(net.Dialer).DialContext(ctx, network, address)
		if err != nil {
			return nil, err
		}
		t := &tap{Conn: conn}
		if point, filing := strings.CutPrefix(o.Point, "filing: "); filing == strings.HasSuffix(address, fmt.Sprint(":", o.IMAP.Port)) {
			t.point = newWirePoint(point)
		}
		return t, nil
	}}
	who := connect.Credentials{User: o.User, Password: o.Password}
	box.cfg.Send = func(ctx context.Context, a mail.Account, env submission.Envelope, raw []byte, ending func() error) submission.Result {
		return (&submission.Sender{Dialer: dialer}).Send(ctx, a.SMTP, who, env, raw, ending)
	}
	return errors.Join(
		box.Flush(context.Background()),
		imapsync.Sync(context.Background(), imapsync.Config{
			Account: o.account(), Store: db, Dialer: dialer, Log: slog.New(slog.DiscardHandler),
			Credentials: func(context.Context) (connect.Credentials, error) { return who, nil },
		}),
		db.Close(),
	)
}

func (o order) account() mail.Account {
	return mail.Account{ID: 1, Email: o.Email, User: o.User, IMAP: o.IMAP, SMTP: o.SMTP}
}

func (o order) outbox(db *store.Account) *Outbox {
	return New(Config{
		Store:   func() (*store.Account, error) { return db, nil },
		Account: func(context.Context) (mail.Account, error) { return o.account(), nil },
		// The server doesn't file by itself what is sent.
		FilesSent: func(context.Context, mail.Account) bool { return false },
		Changed:   func() {}, Filed: func() {}, Log: slog.New(slog.DiscardHandler),
	})
}

// A wirePoint is an instant of a conversation: "before", "after" or "reply to", and a
// part of what the client says. END is the line that ends a message.
type wirePoint struct{ when, text string }

func newWirePoint(name string) wirePoint {
	for _, when := range []string{"before ", "after ", "reply to "} {
		if text, ok := strings.CutPrefix(name, when); ok {
			return wirePoint{when, text}
		}
	}
	return wirePoint{}
}

func (p wirePoint) fits(b []byte) bool {
	switch p.text {
	case "":
		return false
	case "END":
		return bytes.HasSuffix(b, []byte("\r\n.\r\n")) || bytes.Equal(b, []byte(".\r\n"))
	}
	return bytes.Contains(b, []byte(p.text))
}

// A tap is a connection that kills the process at a point.
type tap struct {
	net.Conn
	point wirePoint
	said  atomic.Bool // what is to be replied to
}

func (t *tap) Write(b []byte) (int, error) {
	hit := t.point.fits(b)
	if hit && t.point.when == "before " {
		die()
	}
	if hit && t.point.when == "reply to " {
		t.said.Store(true)
	}
	n, err := t.Conn.Write(b)
	if hit && t.point.when == "after " {
		die()
	}
	return n, err
}

func (t *tap) Read(b []byte) (int, error) {
	n, err := t.Conn.Read(b)
	if t.said.Load() && n > 0 { // a reader that waits already gets it, too
		die()
	}
	return n, err
}

// run runs a child and reports whether it came to its end.
func (o order) run(t *testing.T) bool {
	t.Helper()
	text, err := json.Marshal(o)
	if err != nil {
		t.Fatal(err)
	}
	child := exec.Command(os.Args[0])
	child.Env = append(os.Environ(), childOrder+"="+string(text))
	child.Stderr = os.Stderr
	err = child.Run()
	var ended *exec.ExitError
	if errors.As(err, &ended) && ended.ExitCode() == -1 {
		return false
	}
	if err != nil {
		t.Fatalf("child: %v", err)
	}
	return true
}

// crashPoints are where the process is killed, and whether the server has the message
// then. At the one that is left open it may or may not.
var crashPoints = []struct {
	name    string
	unknown bool // the person is asked
	taken   bool // what they answer
	open    bool
}{
	{name: "before sending"},
	{name: "sending"},
	{name: "before EHLO"},
	{name: "reply to EHLO"},
	{name: "reply to AUTH"},
	{name: "before MAIL FROM"},
	{name: "reply to MAIL FROM"},
	{name: "reply to RCPT TO"},
	{name: "before DATA"},
	{name: "reply to DATA"},
	{name: "after half of the text"},
	{name: "before ending"},
	{name: "ending", unknown: true},
	{name: "before END", unknown: true},
	{name: "after END", unknown: true, taken: true, open: true},
	{name: "reply to END", unknown: true, taken: true},
	{name: "answered", unknown: true, taken: true},
	{name: "sent"},
	{name: "filing: before HEADER"},
	{name: "filing: before APPEND"},
	{name: "filing: after half of the text"},
	{name: "filing: reply to half of the text"},
	{name: "filing: before STORE"},
	{name: "filing: reply to STORE"},
}

// TestCrashMatrix kills the process at every point between Send and copied. In the end
// each recipient has each message once, and so has the mailbox of sent mail; the draft
// is there until the message is known to be sent, and then gone.
func TestCrashMatrix(t *testing.T) {
	t.Parallel()
	server := mailtest.Dovecot(t, mailtest.Options{Submission: true})
	for _, p := range crashPoints {
		t.Run(p.name, func(t *testing.T) {
			t.Parallel()
			m := newMatrix(t, server)
			for n := range *crashes {
				id, draft := m.queue(n)
				m.order.Point = p.name
				if m.order.run(t) {
					t.Fatalf("%d: the process came to its end", n)
				}
				m.order.Point = ""
				m.order.run(t)
				m.decide(n, id, draft, p.unknown, p.taken)
				m.order.run(t)
				m.wantDone(n, id, draft)
			}
			m.wantOnce(p.open)
		})
	}
}

// A matrix is an account whose process is killed.
type matrix struct {
	t        *testing.T
	server   *mailtest.Server
	order    order
	to       []string // users
	original []mail.MessageID
}

func newMatrix(t *testing.T, server *mailtest.Server) *matrix {
	t.Helper()
	user := server.NewUser(t)
	m := &matrix{t: t, server: server, to: []string{server.NewUser(t), server.NewUser(t)}, order: order{
		Path: filepath.Join(t.TempDir(), "1.db"), Email: server.Address(user), User: user, Password: server.Password(user),
		IMAP: server.IMAP(), SMTP: server.PlainSubmission(),
	}}
	server.Deliver(t, user, "Sent", []byte("Subject: Older\r\nMessage-ID: <older@waxwing.test>\r\n\r\nText\r\n"))
	for n := range *crashes {
		server.Deliver(t, user, "INBOX", fmt.Appendf(nil, "From: x@waxwing.test\r\nSubject: Question\r\nMessage-ID: <q.%s.%d@waxwing.test>\r\n\r\nWhen?\r\n", user, n))
	}
	m.order.run(t)
	m.open(func(db *store.Account) {
		boxes, err := db.Mailboxes(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for _, b := range boxes {
			if b.Role != mail.RoleInbox {
				continue
			}
			page, err := db.Messages(t.Context(), store.MessageQuery{Mailbox: b.ID})
			if err != nil {
				t.Fatal(err)
			}
			for _, q := range page.Messages {
				m.original = append(m.original, q.ID)
			}
		}
	})
	return m
}

// open runs f on the account's store, as the program would between two crashes.
func (m *matrix) open(f func(*store.Account)) {
	m.t.Helper()
	db, err := store.OpenAccount(m.t.Context(), m.order.Path)
	if err != nil {
		m.t.Fatal(err)
	}
	f(db)
	if err := db.Close(); err != nil {
		m.t.Fatal(err)
	}
}

func (m *matrix) messageID(n int) string { return fmt.Sprintf("%s.%d@waxwing.test", m.order.User, n) }

// queue queues the n-th answer to the original.
func (m *matrix) queue(n int) (id mail.SubmissionID, draft mail.DraftID) {
	m.t.Helper()
	filler := strings.Repeat("A line to fill it up.\r\n", 500)
	raw := fmt.Appendf(nil, "From: %s\r\nTo: %s\r\nSubject: Answer %d\r\nMessage-ID: <%s>\r\nIn-Reply-To: <q.%s.%d@waxwing.test>\r\n\r\n%shalf of the text\r\n%s",
		m.order.Email, m.server.Address(m.to[0]), n, m.messageID(n), m.order.User, n, filler, filler)
	m.open(func(db *store.Account) {
		d, err := db.AddDraft(m.t.Context(), mail.Draft{Kind: mail.DraftReply, Original: m.original[n], Body: "x"}, nil)
		if err == nil {
			d, err = db.SaveDraft(m.t.Context(), d)
		}
		sub := mail.Submission{Draft: d.ID, MessageID: m.messageID(n), From: m.order.Email}
		for _, user := range m.to {
			sub.Recipients = append(sub.Recipients, mail.Recipient{Address: m.server.Address(user)})
		}
		if err == nil {
			id, err = db.QueueSubmission(m.t.Context(), sub, d.Revision, raw)
		}
		if err != nil {
			m.t.Fatal(err)
		}
		draft = d.ID
	})
	return id, draft
}

// decide looks at what the next start made of the crash; the person answers when they
// are asked.
func (m *matrix) decide(n int, id mail.SubmissionID, draft mail.DraftID, unknown, taken bool) {
	m.t.Helper()
	m.open(func(db *store.Account) {
		sub, err := db.Submission(m.t.Context(), id)
		if err != nil {
			m.t.Fatal(err)
		}
		want := mail.SubmissionCopied
		if unknown {
			want = mail.SubmissionUnknown
		}
		if sub.State != want {
			m.t.Fatalf("%d: after the next start it is %s, want %s", n, sub.State, want)
		}
		if !unknown {
			return
		}
		if _, err := db.Draft(m.t.Context(), draft); err != nil {
			m.t.Errorf("%d: the draft of what may not be sent: %v", n, err)
		}
		if taken {
			err = m.order.outbox(db).Settle(m.t.Context(), id)
		} else {
			err = db.StepSubmission(m.t.Context(), id, store.SubmissionStep{To: mail.SubmissionQueued})
		}
		if err != nil {
			m.t.Fatal(err)
		}
	})
}

// wantDone fails unless all is done that follows from sending.
func (m *matrix) wantDone(n int, id mail.SubmissionID, draft mail.DraftID) {
	m.t.Helper()
	m.open(func(db *store.Account) {
		if sub, err := db.Submission(m.t.Context(), id); err != nil || sub.State != mail.SubmissionCopied {
			m.t.Errorf("%d: in the end it is %s, %v", n, sub.State, err)
		}
		if _, err := db.Draft(m.t.Context(), draft); mail.CodeOf(err) != mail.CodeNotFound {
			m.t.Errorf("%d: the draft is still there: %v", n, err)
		}
		if original, err := db.Message(m.t.Context(), m.original[n]); err != nil || !original.Has(mail.KeywordAnswered) {
			m.t.Errorf("%d: the original has %v, %v", n, original.Keywords, err)
		}
		if findings, err := db.Check(m.t.Context(), nil); err != nil || len(findings) != 0 {
			m.t.Errorf("%d: the store's check: %v, %v", n, findings, err)
		}
	})
}

// wantOnce fails unless the server took each message once, and each mailbox has it
// once. At a point that is left open some may not have been taken.
func (m *matrix) wantOnce(open bool) {
	m.t.Helper()
	log := m.server.Log()
	for n := range *crashes {
		if got := strings.Count(log, " id="+m.messageID(n)+"\n"); got != 1 && !(open && got == 0) {
			m.t.Errorf("the server took message %d %d times, want once", n, got)
		}
	}
	for _, box := range []struct{ user, name string }{{m.order.User, "Sent"}, {m.to[0], "INBOX"}, {m.to[1], "INBOX"}} {
		c := m.server.Client(m.t, box.user)
		if !open {
			c.WaitMessages(box.name, *crashes)
		}
		counts := map[string]int{}
		for _, stored := range c.Fetch(box.name) {
			for n := range *crashes {
				if bytes.Contains(stored.Raw, []byte("\nMessage-ID: <"+m.messageID(n)+">")) {
					counts[m.messageID(n)]++
				}
			}
		}
		for n := range *crashes {
			if got := counts[m.messageID(n)]; got != 1 && !(open && got == 0 && box.name == "INBOX") {
				m.t.Errorf("%s of %s has message %d %d times, want once", box.name, box.user, n, got)
			}
		}
		c.Close()
	}
}
