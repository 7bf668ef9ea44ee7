package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"waxwing/backend/mail"
	"waxwing/backend/mailtest"
)

// TestDoctorReportsDamage destroys an account's database.
func TestDoctorReportsDamage(t *testing.T) {
	i := newInstallation(t)
	i.add()
	file := filepath.Join(i.dir, "accounts", "1.db")
	if err := os.WriteFile(file, bytes.Repeat([]byte("no database "), 1000), 0o600); err != nil {
		t.Fatal(err)
	}
	got := i.refused(mail.CodeDamaged, "", "doctor")
	var document listJSON[findingJSON]
	if err := json.Unmarshal([]byte(got.out), &document); err != nil {
		t.Fatal(err)
	}
	if len(document.List) != 1 || document.List[0].Mended || document.List[0].AccountID == nil {
		t.Errorf("doctor printed %s, want one finding that isn't mended", got.out)
	}
	i.refused(mail.CodeDamaged, "", "mailbox", "list")
	for _, command := range [][]string{{"doctor"}, {"mailbox", "list"}} {
		if got := i.call("", command...); got.status != exitFailed || !strings.Contains(got.err, file) {
			t.Errorf("%s printed %+v, want a sentence that names %s", command, got, file)
		}
	}
	if got := i.call("", "doctor"); !strings.Contains(got.out, "a1: ") {
		t.Errorf("doctor printed %+v, want the finding in words", got)
	}
}

// TestDamagedApplication destroys the database of accounts and settings.
func TestDamagedApplication(t *testing.T) {
	i := newInstallation(t)
	do[listJSON[accountJSON]](i, "account", "list")
	file := filepath.Join(i.dir, "waxwing.db")
	if err := os.WriteFile(file, bytes.Repeat([]byte("no database "), 1000), 0o600); err != nil {
		t.Fatal(err)
	}
	got := i.refused(mail.CodeDamaged, "", "account", "list")
	if !strings.Contains(got.err, file) || !strings.Contains(got.err, "backup") || strings.Contains(got.err, "account's") {
		t.Errorf("stderr %q, want the file and what to do about this one", got.err)
	}
}

// TestDoctorGoesOn damages the inside of one of two accounts.
func TestDoctorGoesOn(t *testing.T) {
	i := newInstallation(t)
	for m := range mailtest.Corpus(20, 7) {
		i.server.Deliver(t, i.user, "INBOX", m.Raw)
	}
	i.add()
	do[listJSON[statusJSON]](i, "sync")
	i.user = i.server.NewUser(t)
	i.add()
	file := filepath.Join(i.dir, "accounts", "1.db")
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	for n := len(data) / 4; n < len(data); n++ {
		data[n] = 0xff
	}
	if err := os.WriteFile(file, data, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(i.dir, "accounts", "7.db"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	got := i.refused(mail.CodeDamaged, "", "doctor")
	if !strings.Contains(got.out, `"a1"`) || !strings.Contains(got.out, "7.db") {
		t.Errorf("doctor printed %s, want the damage and the file that is nobody's", got.out)
	}
}

// TestDoctorReportsStray leaves a file among the accounts' that no account owns:
// there is nothing to disconnect.
func TestDoctorReportsStray(t *testing.T) {
	i := newInstallation(t)
	i.add()
	file := filepath.Join(i.dir, "accounts", "7.db")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	got := i.call("", "doctor")
	if got.status != exitFailed || !strings.Contains(got.err, file) || !strings.Contains(got.err, "belongs to no account") || strings.Contains(got.err, "disconnect") {
		t.Errorf("doctor printed %+v, want what to do about a file of nobody's", got)
	}
}
