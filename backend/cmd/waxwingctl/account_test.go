package main

import (
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"waxwing/backend/mail"
)

func TestWrongPassword(t *testing.T) {
	i := newInstallation(t)
	imap := i.server.IMAP()
	where := []string{"--email", i.server.Address(i.user), "--user", i.user, "--password-stdin",
		"--imap", fmt.Sprintf("%s:%d", imap.Host, imap.Port), "--imap-security", "none"}
	if got := i.call("not-the-password\n", append([]string{"account", "add"}, where...)...); got.status != exitDone {
		t.Fatalf("account add: %+v", got)
	}
	got := i.refused(mail.CodeSignIn, "", "sync")
	if strings.Contains(got.out+got.err, "not-the-password") {
		t.Errorf("the password was printed:\n%s%s", got.out, got.err)
	}
	i.refused(mail.CodeSignIn, "not-the-password\n", append([]string{"account", "test"}, where...)...)
	// Blanks around it belong to a password; only the newline doesn't.
	i.refused(mail.CodeSignIn, " "+i.server.Password(i.user)+"\n", append([]string{"account", "test"}, where...)...)
	for _, end := range []string{"", "\n", "\r\n"} {
		if got := i.call(i.server.Password(i.user)+end, append([]string{"account", "test"}, where...)...); got.status != exitDone {
			t.Errorf("account test with the password ended by %q: %+v", end, got)
		}
	}
}

func TestAccountTest(t *testing.T) {
	i := newInstallation(t)
	at := func(port int) string { return "127.0.0.1:" + strconv.Itoa(port) }
	base := []string{"account", "test", "--email", i.server.Address(i.user), "--user", i.user, "--password-stdin", "--imap"}
	password := i.server.Password(i.user)

	plain := do[reportJSON](i, append(base, at(i.server.IMAP().Port), "--imap-security", "none")...)
	if !plain.OK || len(plain.Steps) == 0 || plain.Error != nil {
		t.Errorf("account test printed %+v, want all well", plain)
	}
	got := i.refused(mail.CodeTLSUntrusted, password, append(base, at(i.server.IMAPS().Port))...)
	var document reportJSON
	if err := json.Unmarshal([]byte(got.out), &document); err != nil {
		t.Fatal(err)
	}
	shown := slices.ContainsFunc(document.Steps, func(s stepJSON) bool {
		return s.State == "failed" && s.Certificate != nil && len(s.Certificate.SHA256) == 64
	})
	if !shown {
		t.Errorf("an untrusted certificate isn't shown:\n%s", got.out)
	}
	i.refused(mail.CodeWrongSecurity, password, append(base, at(i.server.IMAP().Port), "--imap-security", "tls")...)
	if _, err := os.Stat(i.dir); err == nil {
		t.Errorf("account test made the data folder")
	}
}

// TestNoKeyring gives a file that is no key: nothing may be stored.
func TestNoKeyring(t *testing.T) {
	i := newInstallation(t)
	if err := os.WriteFile(i.keyFile, []byte("no key"), 0o600); err != nil {
		t.Fatal(err)
	}
	i.refused(mail.CodeInvalid, "secret", "account", "add", "--email", "ann@example.org", "--imap", "imap.example.org", "--password-stdin")
	if list := do[listJSON[accountJSON]](i, "account", "list"); list.Total != 0 {
		t.Errorf("accounts after a failure: %+v", list)
	}
}

// TestRefused: a change that the server refuses fails the sync that brings it,
// with its reason, and no later one.
func TestRefused(t *testing.T) {
	i := newInstallation(t)
	i.server.Deliver(t, i.user, "INBOX", markedMail(1, false))
	i.add()
	do[listJSON[statusJSON]](i, "sync")
	receipt := do[receiptJSON](i, "message", "move", allMessages(i, "inbox")[0].ID, "--to", "archive")
	other := i.server.Client(t, i.user)
	other.Do("SELECT INBOX")
	other.Do(`STORE 1 +FLAGS (\Deleted)`)
	other.Do("EXPUNGE")

	got := i.refused(mail.CodeNotFound, "", "sync")
	var document listJSON[statusJSON]
	if err := json.Unmarshal([]byte(got.out), &document); err != nil {
		t.Fatal(err)
	}
	refused := document.List[0].Refused
	if len(refused) != 1 || refused[0].ID != receipt.Operations[0] || refused[0].Error.Code != string(mail.CodeNotFound) {
		t.Errorf("refused %+v, want the move %s", refused, receipt.Operations)
	}
	if !strings.Contains(got.err, receipt.Operations[0]+" refused: ") {
		t.Errorf("stderr doesn't tell of the move:\n%s", got.err)
	}
	do[listJSON[statusJSON]](i, "sync")
}

// TestClosedMailbox: a mailbox that the server doesn't open fails the sync, which
// says which one it is and brings the others all the same.
func TestClosedMailbox(t *testing.T) {
	i := newInstallation(t)
	i.server.Deliver(t, i.user, "INBOX", markedMail(1, false))
	i.server.Client(t, i.user).Do("CREATE Attic")
	i.server.Shut(t, i.user, "Attic")
	i.add()

	got := i.refused(mail.CodeServerRefused, "", "sync")
	var document listJSON[statusJSON]
	if err := json.Unmarshal([]byte(got.out), &document); err != nil {
		t.Fatal(err)
	}
	s := document.List[0]
	if s.Phase != string(mail.PhaseUpToDate) || s.Error == nil || s.Error.Args["mailbox"] != "Attic" || s.Error.Server == "" {
		t.Errorf("status is %+v, want %s but for Attic", s, mail.PhaseUpToDate)
	}
	if !strings.Contains(got.err, i.server.Address(i.user)+": upToDate but for Attic: ") {
		t.Errorf("stderr doesn't tell of Attic:\n%s", got.err)
	}
	if n := len(allMessages(i, "inbox")); n != 1 {
		t.Errorf("%d messages in the inbox, want 1", n)
	}
}

// TestAccountPassword: a password that changed at the provider is stored anew.
func TestAccountPassword(t *testing.T) {
	i := newInstallation(t)
	id := i.add()
	i.server.SetPassword(t, i.user, "another")
	i.refused(mail.CodeSignIn, "", "sync")
	if got := i.call("another\n", "account", "password", id, "--password-stdin"); got.status != exitDone || strings.Contains(got.out+got.err, "another\n") {
		t.Fatalf("account password: %+v", got)
	}
	do[listJSON[statusJSON]](i, "sync")
	i.refused(mail.CodeNotFound, "another\n", "account", "password", "a99", "--password-stdin")
}
