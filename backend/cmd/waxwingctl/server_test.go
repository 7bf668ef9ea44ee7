package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"waxwing/backend/mail"
	"waxwing/backend/mailtest"
)

func TestServers(t *testing.T) {
	i := newInstallation(t)
	account := i.add()
	first := do[outgoingJSON](i, "server", "add", "--type", "smtp", "--name", "Relay", "--smtp", "relay.example.org:587",
		"--account", "ann", "--sender", "desk@example.org", "--password-stdin", "--untested")
	if first.ID != "s1" || first.SMTP == nil || *first.SMTP != (serverJSON{"relay.example.org", 587, "starttls"}) ||
		first.Sender != "desk@example.org" || first.Account != "ann" || first.Inherited || len(first.UsedBy) != 0 {
		t.Errorf("server add printed %+v", first)
	}
	key, err := filepath.Abs("../../graph/testdata/java.p12")
	if err != nil {
		t.Fatal(err)
	}
	graph := []string{"server", "add", "--type", "graph", "--name", "Cloud", "--account", "desk@example.org", "--tenant", "example.org",
		"--client-id", "1", "--certificate", key, "--password-stdin", "--untested"}
	i.refused(mail.CodeCertificateAlias, "marker-secret\n", graph...)
	i.refused(mail.CodeCertificatePassword, "wrong\n", append(graph, "--alias", "mail")...)
	if got := i.call("marker-secret\n", append(graph, "--alias", "mail")...); got.status != exitDone || got.out != "Added Cloud as s2.\n" {
		t.Fatalf("server add: %+v", got)
	}
	if got := i.call("", "account", "outgoing", account, "s1"); got.status != exitDone {
		t.Fatalf("account outgoing: %+v", got)
	}
	changed := do[outgoingJSON](i, "server", "update", "s1", "--name", "Old relay", "--untested")
	if changed.Name != "Old relay" || changed.Account != "ann" || *changed.SMTP != *first.SMTP || fmt.Sprint(changed.UsedBy) != "["+account+"]" {
		t.Errorf("server update printed %+v", changed)
	}
	list := do[listJSON[outgoingJSON]](i, "server", "list")
	if list.Total != 2 || list.List[1].Alias != "mail" || list.List[1].Type != "graph" || list.List[1].Sender != "desk@example.org" {
		t.Errorf("server list printed %+v", list)
	}
	if got := i.call("", "server", "list"); !strings.Contains(got.out, "Old relay") || !strings.Contains(got.out, "Microsoft Graph") || !strings.Contains(got.out, "used by 1") {
		t.Errorf("server list printed %s", got.out)
	}
	if got := i.refused(mail.CodeServerUsed, "", "server", "remove", "s1"); !strings.Contains(got.err, i.server.Address(i.user)) {
		t.Errorf("stderr doesn't say what uses it: %s", got.err)
	}
	if got := i.call("", "server", "remove", "s1", "--replace-with", "s2"); got.status != exitDone {
		t.Fatalf("server remove: %+v", got)
	}
	list = do[listJSON[outgoingJSON]](i, "server", "list")
	if list.Total != 1 || list.List[0].ID != "s2" || fmt.Sprint(list.List[0].UsedBy) != "["+account+"]" {
		t.Errorf("after server remove: %+v", list)
	}
	if accounts := do[listJSON[accountJSON]](i, "account", "list"); accounts.List[0].Outgoing != "s2" {
		t.Errorf("account list printed %+v", accounts)
	}
	i.refused(mail.CodeNotFound, "From: a@x.test\nTo: b@x.test\n\nText\n", "send", "--server", "s99", "-")
	for _, c := range [][]string{
		{"server", "add", "--type", "pigeon"}, {"server", "add"}, {"server", "update"}, {"server", "remove"}, {"server", "list", "x"},
		{"server", "add", "--type", "graph", "--certificate", "/nowhere"}, {"account", "outgoing", account},
	} {
		if got := i.call("", c...); got.status != exitUsage {
			t.Errorf("%q: %+v", c, got)
		}
	}
}

// TestServerIsTried: what doesn't work isn't kept.
func TestServerIsTried(t *testing.T) {
	i := newInstallation(t)
	d := mailtest.Dovecot(t, mailtest.Options{Submission: true})
	ca := filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(ca, []byte(d.CA), 0o600); err != nil {
		t.Fatal(err)
	}
	at := d.Submissions()
	add := []string{"server", "add", "--type", "smtp", "--name", "Relay", "--smtp", fmt.Sprintf("%s:%d", at.Host, at.Port), "--smtp-security", "tls",
		"--account", "alice", "--sender", d.Address("alice"), "--ca", ca, "--password-stdin"}
	i.refused(mail.CodeSignIn, "wrong\n", add...)
	if list := do[listJSON[outgoingJSON]](i, "server", "list"); list.Total != 0 {
		t.Errorf("%d servers are there", list.Total)
	}
	if got := i.call(d.Password("alice")+"\n", add...); got.status != exitDone || !strings.Contains(got.err, "smtp.send") {
		t.Fatalf("server add: %+v", got)
	}
	got := i.call("", "--json", "server", "test", "s1")
	var report reportJSON
	if err := json.Unmarshal([]byte(got.out), &report); err != nil || !report.OK {
		t.Errorf("server test: %+v", got)
	}
	i.refused(mail.CodeSignIn, "wrong\n", "server", "test", "s1", "--password-stdin")
	i.refused(mail.CodeSignIn, "wrong\n", "server", "update", "s1", "--password-stdin")
	if got := i.call("", "server", "test", "s1"); got.status != exitDone || strings.Contains(got.out+got.err, d.Password("alice")) {
		t.Errorf("server test after a refused update: %+v", got)
	}
}
