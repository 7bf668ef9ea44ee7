package engine

import (
	"bytes"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"waxwing/backend/events"
	"waxwing/backend/mail"
	"waxwing/backend/mailtest"
)

// The markers are in every part of the account's mail that is kept.
const marked = "From: Marker Sender <marker-sender@elsewhere.test>\r\n" +
	"To: marker-recipient@elsewhere.test\r\n" +
	"Subject: marker-subject\r\nMessage-ID: <marker-id@elsewhere.test>\r\n" +
	"MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n" +
	"--b\r\nContent-Type: text/plain\r\n\r\nmarker-body\r\n" +
	"--b\r\nContent-Type: text/plain; name=marker-file.txt\r\nContent-Disposition: attachment; filename=marker-file.txt\r\n\r\nmarker-content\r\n" +
	"--b--\r\n"

// markers are what must be nowhere: the mail's and the account's own.
func markers(s *mailtest.Server) []string {
	return []string{
		"marker-sender", "marker-recipient", "marker-subject", "marker-id", "marker-body", "marker-file", "marker-content",
		s.Address("alice"), s.Password("alice"),
	}
}

// traces returns the files below dir, with their markers.
func traces(t *testing.T, dir string, markers []string) []string {
	t.Helper()
	var found []string
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		content, err := os.ReadFile(path)
		for _, m := range markers {
			if bytes.Contains(bytes.ToLower(content), []byte(strings.ToLower(m))) {
				found = append(found, filepath.Base(path)+": "+m)
			}
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// connected returns a started engine with alice's mail, and bob beside her.
func connected(t *testing.T, dir string, s *mailtest.Server, log *logbook) (*Engine, mail.AccountID) {
	t.Helper()
	bus := new(events.Bus)
	e := verifyEngine(t, dir, s, bus, log)
	e.Start(t.Context())
	s.Deliver(t, "alice", "INBOX", []byte(marked))
	if _, err := e.AddAccount(t.Context(), accountOf(s, "bob"), s.Password("bob")); err != nil {
		t.Fatal(err)
	}
	id, err := e.AddAccount(t.Context(), accountOf(s, "alice"), s.Password("alice"))
	if err != nil {
		t.Fatal(err)
	}
	eventually(t, bus, "alice's mail", func() bool { return inboxTotal(t, e, id) >= 1 })
	if _, got, err := e.VerifyAccount(t.Context(), id, nil); err != nil || got.State != mail.Verified {
		t.Fatalf("verify: %+v, %v", got, err)
	}
	info, err := e.Account(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	info.Name = "marker-name" // another version of the row
	if err := e.UpdateAccount(t.Context(), info); err != nil {
		t.Fatal(err)
	}
	if len(traces(t, dir, markers(s))) == 0 {
		t.Fatal("no marker is on the disk while connected: the test sees nothing")
	}
	return e, id
}

// TestDisconnectLeavesNothing searches every file of the data folder, while the
// engine runs and after it ended.
func TestDisconnectLeavesNothing(t *testing.T) {
	s := mailtest.Dovecot(t, mailtest.Options{Submission: true})
	dir, log := t.TempDir(), new(logbook)
	e, id := connected(t, dir, s, log)
	all := append(markers(s), "marker-name")
	if err := e.RemoveAccount(t.Context(), id); err != nil {
		t.Fatal(err)
	}
	if found := traces(t, dir, all); len(found) > 0 {
		t.Errorf("left while it runs: %v", found)
	}
	if err := e.Close(); err != nil {
		t.Fatal(err)
	}
	if found := traces(t, dir, all); len(found) > 0 {
		t.Errorf("left after the end: %v", found)
	}
	for _, m := range all {
		if strings.Contains(log.String(), m) {
			t.Errorf("the log holds %s:\n%s", m, log)
		}
	}
}

// TestDisconnectGoesOn ends the program at each moment of a removal.
func TestDisconnectGoesOn(t *testing.T) {
	s := mailtest.Dovecot(t, mailtest.Options{Submission: true})
	for name, moment := range map[string]func(*testing.T, *Engine, mail.Account){
		"when it was noted":        func(*testing.T, *Engine, mail.Account) {},
		"after the file was gone":  func(t *testing.T, e *Engine, a mail.Account) { remove(t, e.folder.accountFile(a.ID)) },
		"before the journals went": func(t *testing.T, e *Engine, a mail.Account) { remove(t, e.folder.accountFile(a.ID)+"-wal") },
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			e, id := connected(t, dir, s, new(logbook))
			info, err := e.Account(t.Context(), id)
			if err != nil {
				t.Fatal(err)
			}
			if err := e.Close(); err != nil {
				t.Fatal(err)
			}
			e = verifyEngine(t, dir, s, new(events.Bus), new(logbook))
			info.Removing = true
			if err := e.app.UpdateAccount(t.Context(), info); err != nil {
				t.Fatal(err)
			}
			if err := e.Close(); err != nil {
				t.Fatal(err)
			}
			moment(t, e, info)
			e = verifyEngine(t, dir, s, new(events.Bus), new(logbook))
			list, err := e.Accounts(t.Context())
			if err != nil || len(list) != 1 || list[0].ID == id {
				t.Errorf("accounts after the next start: %v, %v", list, err)
			}
			if found := traces(t, dir, append(markers(s), "marker-name")); len(found) > 0 {
				t.Errorf("left: %v", found)
			}
		})
	}
}

func remove(t *testing.T, path string) {
	t.Helper()
	if err := os.RemoveAll(path); err != nil {
		t.Fatal(err)
	}
}
