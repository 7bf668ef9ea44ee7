package imapsync

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"waxwing/backend/connect"
	"waxwing/backend/mail"
)

// A fake is a server with one mailbox of a few messages that misbehaves as a
// test wants. Unlike a mailtest.Script it doesn't care in which order and how
// often a client asks.
type fake struct {
	t         *testing.T
	listener  net.Listener
	greeting  string
	caps      string
	mailboxes []string // LIST answers
	messages  []*fakeMessage
	// answer may take over a command: it returns what to send, and false to let
	// the fake answer as it should. "" after true closes the connection.
	answer func(tag, command string) (string, bool)

	mu       sync.Mutex
	commands []string
}

type fakeMessage struct {
	uid uint32
	raw []byte
	// reply may take over the answer to a FETCH of the message, given the items
	// asked for and the answer as it should be. closed ends the connection after
	// it; status, when not empty, replaces the tagged OK.
	reply func(items, proper string) (text string, closed bool, status string)
}

func newFake(t *testing.T, messages int) *fake {
	t.Helper()
	f := &fake{t: t, greeting: "* OK fake ready", caps: "IMAP4rev1", mailboxes: []string{`* LIST () "/" INBOX`}}
	for i := range messages {
		f.messages = append(f.messages, &fakeMessage{uid: uint32(i + 1), raw: letter(fmt.Sprint("f", i+1), "eve@example.org", fmt.Sprint("message ", i+1))})
	}
	var err error
	if f.listener, err = net.Listen("tcp", "127.0.0.1:0"); err != nil {
		t.Fatal(err)
	}
	var serving sync.WaitGroup
	t.Cleanup(func() { _ = f.listener.Close(); serving.Wait() })
	serving.Go(func() {
		for {
			c, err := f.listener.Accept()
			if err != nil {
				return
			}
			serving.Go(func() { f.serve(c) })
		}
	})
	return f
}

func (f *fake) config(s Config) Config {
	address := f.listener.Addr().(*net.TCPAddr)
	s.Account.IMAP = mail.Server{Host: "127.0.0.1", Port: address.Port, Security: mail.SecurityNone}
	return s
}

// rig returns a rig whose account is on the fake.
func (f *fake) rig() *rig {
	r := &rig{t: f.t, store: openStore(f.t, filepath.Join(f.t.TempDir(), "account.db")), clock: new(clock)}
	r.cfg = f.config(config(r.store, mail.Server{}, "me@waxwing.test", "me", "secret"))
	r.cfg.Dialer, r.cfg.Clock = &connect.Dialer{}, r.clock
	r.cfg.Credentials = func(context.Context) (connect.Credentials, error) {
		return connect.Credentials{User: "me", Password: "secret"}, nil
	}
	r.cfg.limits.patience = 5 * time.Second
	return r
}

func (f *fake) serve(c net.Conn) {
	defer func() { _ = c.Close() }()
	if _, err := fmt.Fprintf(c, "%s\r\n", f.greeting); err != nil {
		return
	}
	in := bufio.NewReader(c)
	for {
		line, err := readCommand(in)
		if err != nil {
			return
		}
		tag, command, _ := strings.Cut(line, " ")
		f.mu.Lock()
		f.commands = append(f.commands, command)
		f.mu.Unlock()
		text, goOn := f.respond(tag, command)
		if _, err := c.Write([]byte(text)); err != nil || !goOn {
			return
		}
	}
}

// readCommand reads a command with its literals, which must not wait for leave
// (LITERAL+, RFC 7888).
func readCommand(in *bufio.Reader) (string, error) {
	var command strings.Builder
	for {
		line, err := in.ReadString('\n')
		if err != nil {
			return "", err
		}
		command.WriteString(line)
		size, more := literalAtEnd([]byte(line))
		if !more {
			return strings.TrimRight(command.String(), "\r\n"), nil
		}
		if _, err := io.CopyN(&command, in, size); err != nil {
			return "", err
		}
	}
}

func (f *fake) respond(tag, command string) (text string, goOn bool) {
	if f.answer != nil {
		if text, mine := f.answer(tag, command); mine {
			return text, text != ""
		}
	}
	ok := tag + " OK done\r\n"
	words := strings.Fields(strings.ToUpper(command))
	verb := words[0]
	if verb == "UID" {
		verb = words[1]
	}
	switch verb {
	case "CAPABILITY":
		return "* CAPABILITY " + f.caps + "\r\n" + ok, true
	case "LIST":
		return strings.Join(f.mailboxes, "\r\n") + "\r\n" + ok, true
	case "STATUS":
		name := command[len("STATUS "):strings.LastIndex(command, " (")]
		return fmt.Sprintf("* STATUS %s (MESSAGES %d UIDNEXT %d UIDVALIDITY 1 UNSEEN 0)\r\n%s", name, len(f.messages), len(f.messages)+1, ok), true
	case "SELECT", "EXAMINE":
		return fmt.Sprintf("* %d EXISTS\r\n* OK [UIDVALIDITY 1] x\r\n* OK [UIDNEXT %d] x\r\n* FLAGS (\\Seen)\r\n%s", len(f.messages), len(f.messages)+1, ok), true
	case "SEARCH":
		var out strings.Builder
		out.WriteString("* SEARCH")
		for _, m := range f.messages {
			if len(words) < 4 || inSet(words[len(words)-1], m.uid) {
				fmt.Fprintf(&out, " %d", m.uid)
			}
		}
		return out.String() + "\r\n" + ok, true
	case "FETCH":
		return f.fetch(tag, command)
	}
	return ok, true
}

var fetchCommand = regexp.MustCompile(`^(UID )?FETCH (\S+) (.*)$`)

func (f *fake) fetch(tag, command string) (string, bool) {
	m := fetchCommand.FindStringSubmatch(command)
	if m == nil {
		return tag + " BAD what\r\n", true
	}
	var out strings.Builder
	end := "OK done"
	for i, msg := range f.messages {
		n := msg.uid
		if m[1] == "" {
			n = uint32(i + 1)
		}
		if !inSet(m[2], n) {
			continue
		}
		proper := fmt.Sprintf("* %d FETCH (%s)\r\n", i+1, msg.items(m[3]))
		if msg.reply == nil {
			out.WriteString(proper)
			continue
		}
		text, closed, status := msg.reply(m[3], proper)
		out.WriteString(text)
		if closed {
			return out.String(), false
		}
		if status != "" {
			end = status
		}
	}
	return out.String() + tag + " " + end + "\r\n", true
}

func (m *fakeMessage) items(asked string) string {
	items := []string{fmt.Sprintf("UID %d", m.uid)}
	for name, value := range map[string]string{
		"FLAGS": `(\Seen)`, "RFC822.SIZE": strconv.Itoa(len(m.raw)), "INTERNALDATE": `"02-Nov-2026 10:00:00 +0000"`,
	} {
		if strings.Contains(asked, name) {
			items = append(items, name+" "+value)
		}
	}
	if strings.Contains(asked, "BODY.PEEK[HEADER.FIELDS") {
		field, _, _ := strings.Cut(string(m.raw), "\r\n") // every letter begins with it
		items = append(items, fmt.Sprintf("BODY[HEADER.FIELDS (Message-ID)] {%d}\r\n%s\r\n\r\n", len(field)+4, field))
	}
	if strings.Contains(asked, "BODY.PEEK[]") {
		items = append(items, fmt.Sprintf("BODY[] {%d}\r\n%s", len(m.raw), m.raw))
	}
	return strings.Join(items, " ")
}

// inSet reports whether a sequence set holds a number.
func inSet(set string, n uint32) bool {
	return slices.ContainsFunc(strings.Split(set, ","), func(item string) bool {
		first, last, isRange := strings.Cut(item, ":")
		if !isRange {
			last = first
		}
		a, _ := strconv.ParseUint(first, 10, 32)
		b, err := strconv.ParseUint(last, 10, 32)
		return uint64(n) >= a && (err != nil || uint64(n) <= b)
	})
}
