package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"waxwing/backend/autoconfig"
	"waxwing/backend/mail"
	"waxwing/backend/mailtest"
)

// installation is a data folder of its own with a user on the shared server.
type installation struct {
	*testing.T
	dir, keyFile string
	server       *mailtest.Server
	user         string
	finder       *autoconfig.Finder // whose network is asked
}

func newInstallation(t *testing.T) *installation {
	t.Helper()
	server := mailtest.Shared(t)
	dir := t.TempDir()
	return &installation{
		T:       t,
		dir:     filepath.Join(dir, "data"),
		keyFile: filepath.Join(dir, "key"),
		server:  server,
		user:    server.NewUser(t),
		finder:  noNetwork,
	}
}

// call runs a command on the data folder.
func (i *installation) call(stdin string, args ...string) outcome {
	i.Helper()
	return callAt(i.T, i.finder, stdin, append([]string{"--data", i.dir, "--key-file", i.keyFile}, args...)...)
}

// do runs a command that must succeed, with --json, and reads its document
// into one of type T. Fields that T doesn't have are errors.
func do[T any](i *installation, args ...string) (document T) {
	i.Helper()
	got := i.call(i.server.Password(i.user)+"\n", append([]string{"--json"}, args...)...)
	if got.status != exitDone {
		i.Fatalf("%q: status %d\n%s%s", args, got.status, got.out, got.err)
	}
	strict := json.NewDecoder(strings.NewReader(got.out))
	strict.DisallowUnknownFields()
	if err := strict.Decode(&document); err != nil {
		i.Fatalf("%q: %v in\n%s", args, err, got.out)
	}
	if strict.More() {
		i.Fatalf("%q printed more than one document:\n%s", args, got.out)
	}
	return document
}

// refused runs a command that must fail with the code, in words and in JSON.
func (i *installation) refused(code mail.Code, stdin string, args ...string) outcome {
	i.Helper()
	got := i.call(stdin, append([]string{"--json"}, args...)...)
	var document struct{ Error errorJSON }
	if err := json.Unmarshal([]byte(got.out), &document); err != nil {
		i.Fatalf("%q: stdout is no document: %v\n%s%s", args, err, got.out, got.err)
	}
	if got.status != exitFailed || document.Error.Code != string(code) || document.Error.Message == "" ||
		!strings.Contains(got.err, "("+string(code)+")") {
		i.Errorf("%q: status %d, document %s, stderr %q, want 1 and code %s", args, got.status, got.out, got.err, code)
	}
	return got
}

// add connects the user and returns the account's id.
func (i *installation) add() string {
	i.Helper()
	ca := filepath.Join(i.TempDir(), "ca.pem")
	if err := os.WriteFile(ca, []byte(i.server.CA), 0o600); err != nil {
		i.Fatal(err)
	}
	imap := i.server.IMAPS()
	account := do[accountJSON](i, "account", "add", "--email", i.server.Address(i.user), "--user", i.user,
		"--name", "Ann Example", "--imap", fmt.Sprintf("%s:%d", imap.Host, imap.Port), "--imap-security", "tls",
		"--ca", ca, "--password-stdin")
	want := accountJSON{
		ID: account.ID, Email: i.server.Address(i.user), Name: "Ann Example", User: i.user,
		IMAP: &serverJSON{imap.Host, imap.Port, "tls"},
	}
	if account.IMAP == nil || *account.IMAP != *want.IMAP || account.SMTP != nil || account.Email != want.Email ||
		account.Name != want.Name || account.User != want.User {
		i.Errorf("account add printed %+v, want %+v", account, want)
	}
	return account.ID
}

// marker is a word that only the test mail contains.
const marker = "zirkonkolibri"

// markedMail is a message with the marker in each of its places.
func markedMail(n int, html bool) []byte {
	body, kind := "The word is "+marker+".\r\n", "text/plain"
	if html {
		kind = "text/html"
		body = `<p>The word is <b>` + marker + `</b> <img src="https://tracker.example/x.gif"><script>alert(1)</script></p>` + "\r\n"
	}
	return fmt.Appendf(nil, "From: Bea Sender <bea@example.org>\r\nTo: Ann <ann@example.org>\r\n"+
		"Subject: %s %d\r\nMessage-ID: <%s.%d@example.org>\r\nDate: Mon, 2 Mar 2026 10:0%d:00 +0100\r\n"+
		"MIME-Version: 1.0\r\nContent-Type: %s; charset=utf-8\r\n\r\n%s", marker, n, marker, n, n, kind, body)
}
