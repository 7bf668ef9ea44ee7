package mailtest

import (
	"bytes"
	"fmt"
	"iter"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"waxwing/backend/mail"
)

// A Message is mail to put on a server.
type Message struct {
	Mailbox  string    // INBOX when empty; UTF-8
	Raw      []byte    // lines end with CRLF
	Flags    []string  // system flags: `\Seen` …
	Received time.Time // INTERNALDATE; now when zero
	Truth    Truth     // filled in by Corpus

}

// A Stored is a message as the server holds it.
type Stored struct {
	Flags []string // sorted, without \Recent
	Raw   []byte
}

// Deliver stores one message by IMAP, as another device would, so that it
// arrives byte for byte, and returns its UID.
func (s *Server) Deliver(tb testing.TB, user, mailbox string, raw []byte) mail.UID {
	tb.Helper()
	c := s.Client(tb, user)
	defer c.Close()
	return c.Append(mailbox, raw, time.Time{})
}

// maildirFlags are the letters of the Maildir format for flags.
var maildirFlags = map[string]byte{
	`\Draft`: 'D', `\Flagged`: 'F', `\Answered`: 'R', `\Seen`: 'S', `\Deleted`: 'T',
}

// Load puts any number of messages into a user's mailboxes at the speed of the
// disk, by writing Dovecot's own format. UIDs follow the order given. The user
// must not be signed in. It returns the number of messages. Messages whose
// lines all end in CRLF come back byte for byte.
func (s *Server) Load(tb testing.TB, user string, messages iter.Seq[Message]) int {
	tb.Helper()
	root := filepath.Join(s.dir, "home", user, "Maildir")
	ready := map[string]bool{}
	n := 0
	for m := range messages {
		folder, err := s.maildir(root, m.Mailbox)
		if err != nil {
			tb.Fatal(err)
		}
		if !ready[folder] {
			ready[folder] = true
			for _, d := range []string{"cur", "new", "tmp"} {
				if err := os.MkdirAll(filepath.Join(folder, d), 0o700); err != nil {
					tb.Fatal(err)
				}
			}
		}
		if err := writeMaildir(folder, n, m); err != nil {
			tb.Fatal(err)
		}
		n++
	}
	if err := s.owner.own(filepath.Join(s.dir, "home", user)); err != nil {
		tb.Fatal(err)
	}
	return n
}

// Shut makes a mailbox one that the server lists and doesn't open, until the test
// ends.
func (s *Server) Shut(tb testing.TB, user, mailbox string) {
	tb.Helper()
	folder, err := s.maildir(filepath.Join(s.dir, "home", user, "Maildir"), mailbox)
	if err == nil {
		err = os.Chmod(folder, 0)
	}
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		if err := os.Chmod(folder, 0o700); err != nil {
			tb.Error(err)
		}
	})
}

// Restrict gives the user these rights to a mailbox of theirs and no others, in the
// letters of RFC 4314 §2.1; "" takes the restriction back. The server needs
// Options.Rights, and heeds it on connections made afterwards.
func (s *Server) Restrict(tb testing.TB, user, mailbox, rights string) {
	tb.Helper()
	folder, err := s.maildir(filepath.Join(s.dir, "home", user, "Maildir"), mailbox)
	path := filepath.Join(folder, "dovecot-acl")
	switch {
	case err != nil:
	case rights == "":
		err = os.Remove(path)
	default:
		if err = os.WriteFile(path, []byte("owner "+rights+"\n"), 0o600); err == nil {
			err = s.owner.own(path)
		}
	}
	if err != nil {
		tb.Fatal(err)
	}
}

// maildir returns the folder of a mailbox in the Maildir++ layout, which knows
// no mailbox below INBOX and separates by dots.
func (s *Server) maildir(root, mailbox string) (string, error) {
	if mailbox == "" || strings.EqualFold(mailbox, "INBOX") {
		return root, nil
	}
	separator := s.options.Separator
	if separator == "" {
		separator = "/"
	}
	name := strings.TrimPrefix(mailbox, s.options.Prefix)
	if separator != "." && strings.Contains(name, ".") {
		return "", fmt.Errorf("mailtest: the server can't store a mailbox with a dot in its name: %q", mailbox)
	}
	return filepath.Join(root, "."+strings.ReplaceAll(encodeUTF7(name), separator, ".")), nil
}

// writeMaildir stores a message with the line ends that Dovecot itself would store.
func writeMaildir(folder string, n int, m Message) error {
	received := m.Received
	if received.IsZero() {
		received = time.Now()
	}
	stored := bytes.ReplaceAll(m.Raw, []byte("\r\n"), []byte("\n"))
	var letters []byte
	for _, f := range m.Flags {
		letter, ok := maildirFlags[f]
		if !ok {
			return fmt.Errorf("mailtest: Load knows system flags only, not %q", f)
		}
		letters = append(letters, letter)
	}
	slices.Sort(letters)
	virtual := len(stored) + bytes.Count(stored, []byte("\n"))
	// Dovecot numbers new files by this name, so n comes first.
	name := fmt.Sprintf("%010d.M%dP1.mailtest,S=%d,W=%d:2,%s", n+1, n, len(stored), virtual, letters)
	path := filepath.Join(folder, "cur", name)
	if err := os.WriteFile(path, stored, 0o600); err != nil {
		return err
	}
	return os.Chtimes(path, received, received) // Maildir's INTERNALDATE
}

// Snapshot returns everything the user has on the server: by mailbox name in
// UTF-8, then by UID.
func (s *Server) Snapshot(tb testing.TB, user string) map[string]map[mail.UID]Stored {
	tb.Helper()
	c := s.Client(tb, user)
	defer c.Close()
	snapshot := map[string]map[mail.UID]Stored{}
	for _, mailbox := range c.Mailboxes() {
		snapshot[mailbox] = c.Fetch(mailbox)
	}
	return snapshot
}

// Files returns what the server keeps on its disk of a user's mailbox, by UID, with
// CRLF at the end of each line: what a client must end up with, told by nobody that
// the client talks to.
func (s *Server) Files(tb testing.TB, user, mailbox string) map[mail.UID][]byte {
	tb.Helper()
	folder, err := s.maildir(filepath.Join(s.dir, "home", user, "Maildir"), mailbox)
	if err != nil {
		tb.Fatal(err)
	}
	list, err := os.ReadFile(filepath.Join(folder, "dovecot-uidlist"))
	if err != nil {
		tb.Fatal(err)
	}
	uids := map[string]mail.UID{} // by the file's name without flags
	for line := range strings.Lines(string(list)) {
		number, rest, _ := strings.Cut(line, " ")
		_, name, ok := strings.Cut(rest, ":")
		if uid, err := strconv.ParseUint(number, 10, 32); err == nil && ok {
			name, _, _ = strings.Cut(strings.TrimSpace(name), ":")
			uids[name] = mail.UID(uid)
		}
	}
	out := map[mail.UID][]byte{}
	for _, sub := range []string{"cur", "new"} {
		files, err := os.ReadDir(filepath.Join(folder, sub))
		if err != nil {
			tb.Fatal(err)
		}
		for _, f := range files {
			raw, err := os.ReadFile(filepath.Join(folder, sub, f.Name()))
			if err != nil {
				tb.Fatal(err)
			}
			name, _, _ := strings.Cut(f.Name(), ":")
			if uids[name] == 0 {
				tb.Fatalf("mailtest: %s has no UID", f.Name())
			}
			out[uids[name]] = withCRLF(raw)
		}
	}
	return out
}

// withCRLF puts a CR before each LF that has none.
func withCRLF(raw []byte) []byte {
	out := make([]byte, 0, len(raw)+len(raw)/40)
	for i, c := range raw {
		if c == '\n' && (i == 0 || raw[i-1] != '\r') {
			out = append(out, '\r')
		}
		out = append(out, c)
	}
	return out
}

// Mailboxes returns the names of the selectable mailboxes, in UTF-8.
func (c *Client) Mailboxes() []string {
	c.tb.Helper()
	var names []string
	for _, r := range c.Do(`LIST "" "*"`) {
		rest, ok := strings.CutPrefix(r.Line, "* LIST (")
		if !ok {
			continue
		}
		attributes, rest, _ := strings.Cut(rest, ") ")
		_, name, _ := strings.Cut(rest, " ")
		if len(r.Literals) == 1 {
			name = string(r.Literals[0])
		}
		if unquoted, err := strconv.Unquote(name); err == nil {
			name = unquoted
		}
		if !strings.Contains(attributes, `\Noselect`) && !strings.Contains(attributes, `\NonExistent`) {
			names = append(names, decodeUTF7(name))
		}
	}
	return names
}

// Fetch returns all messages of a mailbox without changing anything.
func (c *Client) Fetch(mailbox string) map[mail.UID]Stored {
	c.tb.Helper()
	messages := map[mail.UID]Stored{}
	c.Do("EXAMINE %s", Quote(mailbox))
	for _, r := range c.Do("UID FETCH 1:* (UID FLAGS BODY.PEEK[])") {
		_, attributes, ok := strings.Cut(r.Line, " FETCH (")
		if !ok || len(r.Literals) != 1 {
			continue
		}
		uid, err := strconv.ParseUint(attribute(attributes, "UID "), 10, 32)
		if err != nil {
			c.tb.Fatalf("FETCH without UID: %s", r.Line)
		}
		_, flags, _ := strings.Cut(attributes, "FLAGS (")
		flags, _, _ = strings.Cut(flags, ")")
		list := slices.DeleteFunc(strings.Fields(flags), func(f string) bool { return f == `\Recent` })
		slices.Sort(list)
		messages[mail.UID(uid)] = Stored{Flags: list, Raw: r.Literals[0]}
	}
	return messages
}

// attribute returns the digits that follow name.
func attribute(attributes, name string) string {
	_, rest, _ := strings.Cut(attributes, name)
	end := strings.IndexFunc(rest, func(r rune) bool { return r < '0' || r > '9' })
	if end < 0 {
		return rest
	}
	return rest[:end]
}
