package bench

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"waxwing/backend/mail"
	"waxwing/backend/mailtest"
)

// What is measured.
const (
	messages = 10_000
	seed     = 2
	runs     = 5
	// checked is how many of the fetched messages are compared with the
	// server's; each is a start of waxwingctl.
	checked = 200
)

// A contestant is a program that fetches a mailbox into an empty folder.
type contestant struct {
	name string
	// prepare returns the command that is measured; what it needs beforehand
	// lies in the folder afterwards.
	prepare func(b *testing.B, folder string) *exec.Cmd
	keeps   bool // whether the folder's size means anything
}

// A bed is the server with its mail.
type bed struct {
	server  *mailtest.Server
	user    string
	ctl     string // path of waxwingctl
	address string
}

// BenchmarkFirstSync prints a table; its own time means nothing.
func BenchmarkFirstSync(b *testing.B) {
	s := mailtest.Dovecot(b, mailtest.Options{})
	t := &bed{server: s, user: "alice", ctl: buildCtl(b)}
	t.address = net.JoinHostPort(s.IMAP().Host, strconv.Itoa(s.IMAP().Port))
	if n := s.Load(b, t.user, mailtest.Corpus(messages, seed)); n != messages {
		b.Fatalf("loaded %d messages, want %d", n, messages)
	}
	s.Client(b, t.user).Do("SELECT INBOX") // builds the server's index

	contestants := []contestant{{"raw", t.raw, false}, {"waxwingctl", t.waxwingctl, true}}
	if _, err := exec.LookPath("mbsync"); err == nil {
		contestants = append(contestants, contestant{"mbsync", t.mbsync, true})
	} else {
		b.Log("mbsync isn't installed (build/setup.sh bench): no comparison with it")
	}
	results := map[string][]measure{}
	for round := range runs {
		for _, c := range contestants {
			folder := b.TempDir()
			cmd := c.prepare(b, folder)
			kept := folder
			if !c.keeps {
				kept = ""
			}
			m, err := run(cmd, kept)
			if err != nil {
				b.Fatal(err)
			}
			results[c.name] = append(results[c.name], m)
			if round == 0 && c.name == "waxwingctl" {
				t.compare(b, folder)
			}
			_ = os.RemoveAll(folder) // five times 200 MB for each are no use
		}
	}
	fmt.Print(table(contestants, results))
}

// buildCtl builds waxwingctl as it is released.
func buildCtl(b *testing.B) string {
	b.Helper()
	path := filepath.Join(b.TempDir(), "waxwingctl")
	build := exec.Command("go", "build", "-trimpath", "-ldflags", "-s -w", "-o", path, "waxwing/backend/cmd/waxwingctl")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		b.Fatalf("%v\n%s", err, out)
	}
	return path
}

func (t *bed) raw(b *testing.B, _ string) *exec.Cmd {
	b.Helper()
	self, err := os.Executable()
	if err != nil {
		b.Fatal(err)
	}
	cmd := exec.Command(self)
	cmd.Env = append(os.Environ(), fmt.Sprintf("%s=%s %s %s", rawEnvironment, t.address, t.user, t.server.Password(t.user)))
	return cmd
}

func (t *bed) mbsync(b *testing.B, folder string) *exec.Cmd {
	b.Helper()
	conf := fmt.Sprintf(`FSync no

IMAPAccount a
Host %s
Port %d
User %s
Pass %s
SSLType None
AuthMechs LOGIN
DisableExtension COMPRESS=DEFLATE

IMAPStore far
Account a

MaildirStore near
SubFolders Verbatim
Path %[5]s/mail/
Inbox %[5]s/mail/INBOX

Channel c
Far :far:
Near :near:
Patterns INBOX
Create Near
Sync Pull
SyncState *
`, t.server.IMAP().Host, t.server.IMAP().Port, t.user, t.server.Password(t.user), folder)
	path := filepath.Join(folder, "mbsyncrc")
	if err := os.WriteFile(path, []byte(conf), 0o600); err != nil {
		b.Fatal(err)
	}
	if err := os.Mkdir(filepath.Join(folder, "mail"), 0o700); err != nil {
		b.Fatal(err)
	}
	return exec.Command("mbsync", "-q", "-c", path, "c")
}

func (t *bed) waxwingctl(b *testing.B, folder string) *exec.Cmd {
	b.Helper()
	add := t.command(folder, "account", "add", "--email", t.server.Address(t.user), "--user", t.user,
		"--imap", t.address, "--imap-security", string(mail.SecurityNone), "--password-stdin")
	add.Stdin = strings.NewReader(t.server.Password(t.user))
	if out, err := add.CombinedOutput(); err != nil {
		b.Fatalf("%v\n%s", err, out)
	}
	return t.command(folder, "sync")
}

func (t *bed) command(folder string, args ...string) *exec.Cmd {
	return exec.Command(t.ctl, append([]string{"--data", filepath.Join(folder, "data"), "--key-file", filepath.Join(folder, "key")}, args...)...)
}

// output runs waxwingctl and returns its stdout.
func (t *bed) output(b *testing.B, folder string, args ...string) []byte {
	b.Helper()
	cmd := t.command(folder, args...)
	out, err := cmd.Output()
	if err != nil {
		b.Fatalf("%v: %v", cmd.Args, err)
	}
	return out
}

// compare checks that the mailbox is complete: the right number of messages,
// none twice, and a sample of them octet for octet.
func (t *bed) compare(b *testing.B, folder string) {
	b.Helper()
	type message struct {
		ID        string
		MessageID []string
	}
	byMessageID := map[string]string{}
	for before := ""; ; {
		args := []string{"--json", "message", "list", "--mailbox", "inbox", "--limit", "500"}
		if before != "" {
			args = append(args, "--before", before)
		}
		var page struct {
			List []message
			Next string
		}
		if err := json.Unmarshal(t.output(b, folder, args...), &page); err != nil {
			b.Fatal(err)
		}
		for _, m := range page.List {
			if len(m.MessageID) != 1 || byMessageID[m.MessageID[0]] != "" {
				b.Fatalf("%s has the Message-IDs %q, want one that is nobody else's", m.ID, m.MessageID)
			}
			byMessageID[m.MessageID[0]] = m.ID
		}
		if before = page.Next; before == "" {
			break
		}
	}
	if len(byMessageID) != messages {
		b.Fatalf("waxwingctl has %d messages, want %d", len(byMessageID), messages)
	}
	i := 0
	for m := range mailtest.Corpus(messages, seed) {
		id := byMessageID[m.Truth.MessageID]
		if id == "" {
			b.Fatalf("message %s is missing", m.Truth.MessageID)
		}
		if i++; i%(messages/checked) != 0 {
			continue
		}
		if raw := t.output(b, folder, "message", "show", id, "--raw"); !bytes.Equal(raw, m.Raw) {
			b.Fatalf("message %s differs from the server's", m.Truth.MessageID)
		}
	}
}

// table shows the medians, and how they relate to the first contestant's and
// mbsync's wall time.
func table(contestants []contestant, results map[string][]measure) string {
	var s strings.Builder
	fmt.Fprintf(&s, "\nFirst sync of %d messages, medians of %d\n", messages, runs)
	fmt.Fprintf(&s, "%-12s %8s %8s %9s %9s %8s %10s\n", "", "wall s", "CPU s", "peak MB", "disk MB", "to raw", "to mbsync")
	raw := median(results["raw"]).wall
	for _, c := range contestants {
		m := median(results[c.name])
		fmt.Fprintf(&s, "%-12s %8.2f %8.2f %9.0f %9.0f %8.1f", c.name, m.wall.Seconds(), m.cpu.Seconds(),
			float64(m.peak)/1e6, float64(m.disk)/1e6, m.wall.Seconds()/raw.Seconds())
		if other := results["mbsync"]; other != nil {
			fmt.Fprintf(&s, " %10.2f", m.wall.Seconds()/median(other).wall.Seconds())
		}
		s.WriteByte('\n')
	}
	return s.String()
}
