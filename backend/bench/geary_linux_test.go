package bench

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"
)

// geary measures Geary with the account and a home of its own, until its
// database holds the head and body of all messages. The bus and the keyring are
// those of `make bench`.
func (t *bed) geary(b *testing.B, folder string) measure {
	server := t.server.IMAP()
	account := filepath.Join(folder, ".config", "geary", "account_01")
	if err := os.MkdirAll(account, 0o700); err != nil {
		b.Fatal(err)
	}
	write(b, filepath.Join(account, "geary.ini"), fmt.Sprintf(gearyAccount, t.server.Address(t.user), server.Host, server.Port, t.user))
	keep := exec.Command("secret-tool", "store", "--label=Geary", "xdg:schema", "org.gnome.Geary",
		"proto", "IMAP", "host", server.Host, "login", t.user)
	keep.Stdin = strings.NewReader(t.server.Password(t.user))
	if out, err := keep.CombinedOutput(); err != nil {
		b.Fatalf("%v\n%s", err, out)
	}
	d := startDisplay(b)
	defer d.stop()
	cmd := exec.Command("geary")
	cmd.Env = append(os.Environ(), "HOME="+folder, "DISPLAY="+d.name, "GDK_BACKEND=x11", "GSETTINGS_BACKEND=memory")
	running := startTree(b, cmd)
	defer running.stop()
	database := filepath.Join(folder, ".local", "share", "geary", "account_01", "geary.db")
	return running.until(time.Second, func() (int64, bool) {
		n := gearyBodies(database)
		return n, n == messages
	})
}

// gearyBodies counts the messages whose head (32) and body (64) are there. The
// database may not be there yet, or be locked.
func gearyBodies(database string) int64 {
	out, err := exec.Command("sqlite3", "-readonly", database, "SELECT count(*) FROM MessageTable WHERE fields & 96 = 96").Output()
	if err != nil {
		return 0
	}
	n, _ := strconv.ParseInt(strings.TrimSpace(string(out)), 10, 64)
	return n
}

// gearyAccount takes the address, host and port of the server, and the user. The
// negative number of days means everything.
const gearyAccount = `[Metadata]
version=1
status=enabled

[Account]
ordinal=1
label=
prefetch_days=-1
save_drafts=false
save_sent=false
use_signature=false
signature=
sender_mailboxes=%[1]s;
service_provider=other

[Incoming]
host=%[2]s
port=%[3]d
login=%[4]s
remember_password=true
transport_security=none
credentials=custom

[Outgoing]
host=%[2]s
port=9
remember_password=true
transport_security=none
credentials=none
`
