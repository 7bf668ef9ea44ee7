package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"waxwing/backend/policy"
)

// draft writes a policy.
func draft(t *testing.T, text string) string {
	t.Helper()
	dir := t.TempDir()
	if err := os.Chmod(dir, 0o700); err != nil { // a policy in force must be its owner's only
		t.Fatal(err)
	}
	path := filepath.Join(dir, "policy.json")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// inForce makes a file the policy that holds, for the user with the login name.
func inForce(t *testing.T, path, login string) {
	t.Helper()
	policyFile, policyUser = path, func() policy.User { return policy.User{Login: login} }
	t.Cleanup(func() { policyFile, policyUser = "", policy.CurrentUser })
}

const soundPolicy = `{"version": 1, "organisation": {"name": "Fernhill", "help": "telephone 4000"},
	"servers": [{"name": "office", "imap": {"host": "imap.fernhill.example"}}],
	"mailboxes": [{"users": ["nora"], "address": "{user}@fernhill.example", "servers": "office"}],
	"oauth": [{"provider": "google", "clientId": "waxwing", "clientSecret": "not-for-documents"}],
	"settings": {"theme": "dark"}, "remoteImages": {"rule": "never"},
	"outgoing": [{"id": "relay", "name": "Relay", "type": "smtp", "host": "relay.fernhill.example"}]}`

func TestPolicyCheck(t *testing.T) {
	good := draft(t, soundPolicy)
	if got := call(t, "", "policy", "check", good); got.status != exitDone || got.out != good+": All is well.\n" || got.err != "" {
		t.Errorf("a sound policy: %+v", got)
	}
	bad := draft(t, "{\n  \"version\": 1,\n  \"organisation\": {\"name\": \"F\", \"colour\": 1},\n  \"relay\": {}\n}")
	got := call(t, "", "policy", "check", bad)
	want := bad + `:3:33: "colour" isn't known here. Known are: name, help, helpLink.` + "\n" +
		bad + `:4:12: "host" is missing in this object.` + "\n"
	if got.status != exitFailed || got.out != want || !strings.Contains(got.err, "(policyBroken)") {
		t.Errorf("a broken policy: %+v\nwant %s", got, want)
	}
	got = call(t, "", "--json", "policy", "check", bad)
	var document policyCheckJSON
	if err := json.Unmarshal([]byte(got.out), &document); err != nil || got.status != exitFailed {
		t.Fatalf("as JSON: %+v, %v", got, err)
	}
	if document.Total != 2 || document.List[1] != (policyFindingJSON{4, 12, "missing", `"host" is missing in this object.`}) ||
		document.Error == nil || document.Error.Code != "policyBroken" {
		t.Errorf("as JSON: %+v", document)
	}
	if got := call(t, "", "policy", "check", filepath.Join(t.TempDir(), "nothing")); got.status != exitFailed || !strings.Contains(got.err, "(notFound)") {
		t.Errorf("no policy: %+v", got)
	}
	if got := call(t, "", "policy", "check", good, bad); got.status != exitUsage {
		t.Errorf("two policies: %+v", got)
	}
}

func TestPolicyShow(t *testing.T) {
	path := draft(t, soundPolicy)
	inForce(t, path, "Nora")
	got := call(t, "", "policy", "show")
	for _, want := range []string{
		"Organisation     Fernhill\n", "Help             telephone 4000\n", "User             Nora\n",
		"Mailbox          nora@fernhill.example (own), user nora@fernhill.example, imap.fernhill.example:993 tls\n",
		"Locked           theme = \"dark\"\n", "Remote pictures  never\n", "OAuth client     google, waxwing\n",
		"Outgoing         Relay (smtp), relay.fernhill.example\n",
	} {
		if !strings.Contains(got.out, want) {
			t.Errorf("policy show: %+v\nwant %q in it", got, want)
		}
	}
	if got.status != exitDone {
		t.Errorf("policy show: status %d", got.status)
	}
	got = call(t, "", "--json", "policy", "show")
	var document policyJSON
	if err := json.Unmarshal([]byte(got.out), &document); err != nil || document.Organisation.Name != "Fernhill" ||
		len(document.Mailboxes) != 1 || document.Mailboxes[0].IMAP.Port != 993 || string(document.Locked["theme"]) != `"dark"` ||
		len(document.Outgoing) != 1 || document.Outgoing[0].Host != "relay.fernhill.example" {
		t.Errorf("as JSON: %+v, %v", got, err)
	}
	if strings.Contains(got.out, "not-for-documents") {
		t.Error("the document holds a client's secret")
	}

	path = draft(t, "{")
	policyFile = path
	if got := call(t, "", "policy", "show"); got.status != exitFailed || got.out != path+":1:1: This { is never closed.\n" {
		t.Errorf("a broken policy: %+v", got)
	}
	path = filepath.Join(t.TempDir(), "nothing")
	policyFile = path
	if got := call(t, "", "policy", "show"); got.status != exitDone || got.out != path+": There is no policy.\n" {
		t.Errorf("no policy: %+v", got)
	}
	if got := call(t, "", "policy", "check"); got.status != exitDone || got.out != path+": There is no policy.\n" {
		t.Errorf("no policy to check: %+v", got)
	}
}
