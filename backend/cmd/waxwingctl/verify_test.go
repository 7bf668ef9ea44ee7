package main

import (
	"encoding/json"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"waxwing/backend/mail"
	"waxwing/backend/mailtest"
)

// TestAccountVerify sends a message round, and then through the wrong port.
func TestAccountVerify(t *testing.T) {
	server := mailtest.Dovecot(t, mailtest.Options{Submission: true})
	dir := t.TempDir()
	i := &installation{T: t, dir: filepath.Join(dir, "data"), keyFile: filepath.Join(dir, "key"), server: server, user: "alice"}
	ca := filepath.Join(dir, "ca.pem")
	if err := os.WriteFile(ca, []byte(server.CA), 0o600); err != nil {
		t.Fatal(err)
	}
	at := func(s mail.Server) string { return net.JoinHostPort(s.Host, strconv.Itoa(s.Port)) }
	add := func(smtp string) string {
		return do[accountJSON](i, "account", "add", "--email", server.Address("alice"), "--user", "alice", "--imap", at(server.IMAPS()),
			"--smtp", smtp, "--smtp-security", "tls", "--ca", ca, "--password-stdin").ID
	}
	id := add(at(server.Submissions()))
	got := do[verifyJSON](i, "account", "verify", id)
	if !got.OK || got.ID != id || got.Verification.State != "verified" || got.Verification.At == nil || len(got.Steps) != 4 {
		t.Errorf("account verify printed %+v", got)
	}
	for path, messages := range server.Snapshot(t, "alice") {
		if len(messages) > 0 {
			t.Errorf("%s holds %d messages", path, len(messages))
		}
	}
	do[map[string]string](i, "account", "remove", id)

	id = add("127.0.0.1:1")
	refused := i.refused(mail.CodeRefused, "", "account", "verify", id)
	var document verifyJSON
	if err := json.Unmarshal([]byte(refused.out), &document); err != nil {
		t.Fatal(err)
	}
	if v := document.Verification; v.State != "failed" || v.Half != "smtp" || v.Error == nil || v.Error.Code != string(mail.CodeRefused) {
		t.Errorf("verification is %+v", v)
	}
	if !strings.Contains(refused.err, "imap.open") || !strings.Contains(refused.err, "smtp.submit") {
		t.Errorf("stderr doesn't tell the steps:\n%s", refused.err)
	}
	i.refused(mail.CodeNotFound, "", "account", "verify", "a99")
}
