package bench

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"waxwing/backend/mail"
	"waxwing/backend/mailtest"
)

// What is fetched.
const (
	messages = 10_000
	seed     = 2
)

// A contestant is a program that fetches a mailbox into an empty folder.
type contestant struct {
	name string
	// fetch starts the program, waits until it has everything, and ends it.
	fetch func(b *testing.B, folder string) measure
	slow  bool // takes minutes
	keeps bool // whether the folder's size means anything
}

// A bed is the server with its mail.
type bed struct {
	server  *mailtest.Server
	user    string
	ctl     string // path of waxwingctl
	address string // of IMAP without TLS
}

func newBed(b *testing.B) *bed {
	b.Helper()
	s := mailtest.Dovecot(b, mailtest.Options{})
	t := &bed{server: s, user: "alice", ctl: built(b, "waxwingctl")}
	t.address = addressOf(s.IMAP())
	if n := s.Load(b, t.user, mailtest.Corpus(messages, seed)); n != messages {
		b.Fatalf("loaded %d messages, want %d", n, messages)
	}
	s.Client(b, t.user).Do("SELECT INBOX") // builds the server's index
	return t
}

func addressOf(s mail.Server) string { return net.JoinHostPort(s.Host, strconv.Itoa(s.Port)) }

// through makes programs reach the server by a proxy.
func (t *bed) through(p *mailtest.Proxy) { t.address = addressOf(p.Server()) }

// BenchmarkFirstSync prints a table; its own time means nothing.
func BenchmarkFirstSync(b *testing.B) {
	t := newBed(b)
	contestants := t.contestants(b)
	results := map[string][]measure{}
	for round := range max(rounds(b, false), rounds(b, true)) {
		for _, c := range contestants {
			if round >= rounds(b, c.slow) {
				continue
			}
			folder := b.TempDir()
			m := c.fetch(b, folder)
			if c.keeps {
				m.disk = diskUse(b, folder)
			}
			if m.wall > 0 {
				results[c.name] = append(results[c.name], m)
			}
			if round == 0 && c.name == "waxwingctl" {
				t.compare(b, folder)
			}
			_ = os.RemoveAll(folder) // 200 MB for each of a dozen are no use
		}
	}
	fmt.Print(table(contestants, results))
}

// contestants are Waxwing, the raw meter, and those of the others that are
// installed and whose name PEERS matches.
func (t *bed) contestants(b *testing.B) []contestant {
	wanted, err := regexp.Compile(os.Getenv("PEERS"))
	if err != nil {
		b.Fatalf("PEERS: %v", err)
	}
	list := []contestant{{"raw", t.raw, false, false}, {"waxwingctl", t.waxwingctl, false, true}}
	for _, other := range []struct {
		contestant
		needs []string
	}{
		{contestant{"mbsync", t.mbsync, false, true}, []string{"mbsync"}},
		{contestant{"Thunderbird", t.thunderbird, true, true}, []string{"thunderbird", "Xvfb"}},
		{contestant{"Geary", t.geary, true, true}, []string{"geary", "Xvfb", "secret-tool", "sqlite3"}},
	} {
		if !wanted.MatchString(other.name) {
			continue
		}
		if reason := missing(other.needs...); reason != "" {
			fmt.Printf("%s is left out: %s\n", other.name, reason)
			continue
		}
		list = append(list, other.contestant)
	}
	return list
}

func (t *bed) raw(b *testing.B, _ string) measure {
	self, err := os.Executable()
	if err != nil {
		b.Fatal(err)
	}
	cmd := exec.Command(self)
	cmd.Env = append(os.Environ(), fmt.Sprintf("%s=%s %s %s", rawEnvironment, t.address, t.user, t.server.Password(t.user)))
	return run(b, cmd)
}

func (t *bed) mbsync(b *testing.B, folder string) measure {
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
	write(b, path, conf)
	if err := os.Mkdir(filepath.Join(folder, "mail"), 0o700); err != nil {
		b.Fatal(err)
	}
	m := run(b, exec.Command("mbsync", "-q", "-c", path, "c"))
	if n := len(maildir(b, filepath.Join(folder, "mail", "INBOX"))); n != messages {
		b.Fatalf("mbsync ended without an error, but with %d messages of %d", n, messages)
	}
	return m
}

// maildir returns the paths of the messages in one.
func maildir(b *testing.B, folder string) []string {
	b.Helper()
	var all []string
	for _, part := range []string{"cur", "new"} {
		paths, err := filepath.Glob(filepath.Join(folder, part, "*"))
		if err != nil {
			b.Fatal(err)
		}
		all = append(all, paths...)
	}
	return all
}

func (t *bed) waxwingctl(b *testing.B, folder string) measure {
	t.add(b, folder, "--key-file", filepath.Join(folder, "key"))
	return run(b, t.sync(folder))
}

// add connects the account in a folder.
func (t *bed) add(b *testing.B, folder string, flags ...string) {
	b.Helper()
	add := t.command(folder, append(flags, "account", "add", "--email", t.server.Address(t.user), "--user", t.user,
		"--imap", t.address, "--imap-security", string(mail.SecurityNone), "--password-stdin")...)
	add.Stdin = strings.NewReader(t.server.Password(t.user))
	if out, err := add.CombinedOutput(); err != nil {
		b.Fatalf("%v\n%s", err, out)
	}
}

// command is a call of waxwingctl on the data in a folder.
func (t *bed) command(folder string, args ...string) *exec.Cmd {
	return exec.Command(t.ctl, append([]string{"--data", filepath.Join(folder, "data")}, args...)...)
}

// write makes a file that only its owner reads.
func write(b *testing.B, path, text string) {
	b.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		b.Fatal(err)
	}
}

// table shows the medians, and how they relate to the first contestant's and
// mbsync's wall time.
func table(contestants []contestant, results map[string][]measure) string {
	var s strings.Builder
	fmt.Fprintf(&s, "\nFirst sync of %d messages, medians\n", messages)
	fmt.Fprintf(&s, "%-12s %6s %8s %8s %9s %9s %8s %10s\n", "", "rounds", "wall s", "CPU s", "peak MB", "disk MB", "to raw", "to mbsync")
	raw := median(results["raw"]).wall
	for _, c := range contestants {
		if results[c.name] == nil {
			continue
		}
		m := median(results[c.name])
		fmt.Fprintf(&s, "%-12s %6d %8.2f %8.2f %9.0f %9.0f %8.1f", c.name, len(results[c.name]), m.wall.Seconds(), m.cpu.Seconds(),
			float64(m.peak)/1e6, float64(m.disk)/1e6, m.wall.Seconds()/raw.Seconds())
		if other := results["mbsync"]; other != nil {
			fmt.Fprintf(&s, " %10.2f", m.wall.Seconds()/median(other).wall.Seconds())
		}
		s.WriteByte('\n')
	}
	return s.String()
}
