package main

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"waxwing/backend/autoconfig"
)

var update = flag.Bool("update", false, "write golden files anew")

// outcome is what a call of waxwingctl left.
type outcome struct {
	status   int
	out, err string
}

// call runs waxwingctl in this process, without a network to find servers by.
func call(t *testing.T, stdin string, args ...string) outcome {
	t.Helper()
	return callAt(t, noNetwork, stdin, args...)
}

// callAt is call on the network of a finder.
func callAt(t *testing.T, finder *autoconfig.Finder, stdin string, args ...string) outcome {
	t.Helper()
	var out, err bytes.Buffer
	status := run(t.Context(), args, streams{strings.NewReader(stdin), &out, &err, finder})
	return outcome{status, out.String(), err.String()}
}

func TestHelp(t *testing.T) {
	golden := filepath.Join("testdata", "help.txt")
	got := call(t, "", "--help")
	if *update {
		if err := os.WriteFile(golden, []byte(got.out), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if got.status != exitDone || got.out != string(want) {
		t.Errorf("--help: status %d, stdout:\n%s\nwant 0 and:\n%s", got.status, got.out, want)
	}
	if got := call(t, "", "help"); got.out != string(want) {
		t.Errorf("help prints something else than --help:\n%s", got.out)
	}
	for _, cmd := range commands {
		got := call(t, "", append(strings.Fields(cmd.name), "--help")...)
		if got.status != exitDone || !strings.Contains(got.out, cmd.name) {
			t.Errorf("%s --help: status %d, stdout %q", cmd.name, got.status, got.out)
		}
	}
}

// TestGroupHelp: a word that commands begin with lists them.
func TestGroupHelp(t *testing.T) {
	for _, flagName := range []string{"--help", "-h"} {
		got := call(t, "", "account", flagName)
		if got.status != exitDone || !strings.Contains(got.out, "account add --email") || strings.Contains(got.out, "mailbox list") {
			t.Errorf("account %s: status %d, stdout %q, stderr %q, want the commands on accounts", flagName, got.status, got.out, got.err)
		}
	}
	if got := call(t, "", "nonsense", "--help"); got.status != exitUsage {
		t.Errorf("nonsense --help: status %d, want %d", got.status, exitUsage)
	}
}

// TestFlagSpelling: complaints spell flags as the help does.
func TestFlagSpelling(t *testing.T) {
	for line, want := range map[string]string{
		"account add --email":                       ": --email\n",
		"account list --nonsense":                   ": --nonsense\n",
		"message list --mailbox inbox --limit many": "flag --limit:",
		"account list --json=perhaps":               "for --json:",
	} {
		if got := call(t, "", strings.Fields(line)...); !strings.Contains(got.err, want) {
			t.Errorf("%q: stderr %q, want %q in it", line, got.err, want)
		}
	}
}

// TestUsageErrors calls wrongly what can be seen to be wrong without any data.
func TestUsageErrors(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "data")
	tests := []string{
		"",
		"nonsense",
		"account",
		"account nonsense",
		"--nonsense account list",
		"account list surplus",
		"account list --nonsense",
		"account discover",
		"account discover a@b.example c@d.example",
		"account remove",
		"account password",
		"account password a1",
		"account verify",
		"account verify a1 a2",
		"account password a1 --password-stdin",
		"account add",
		"account add --email",
		"account add --email a@b.example --imap host:port",
		"account add --email a@b.example --imap host:0",
		"account add --email a@b.example --imap host:65536",
		"account add --email a@b.example --imap [::1:143",
		"account add --email a@b.example --imap host --imap-security ssl",
		"account add --email a@b.example --smtp host --smtp-security ssl",
		"account add --email a@b.example --ca /nonexistent/file.pem",
		"account add --email a@b.example --password-stdin",
		"account add --email a@b.example --password secret",
		"account test --email a@b.example",
		"sync surplus",
		"mailbox list surplus",
		"message list",
		"message list --mailbox inbox --limit 0",
		"message list --mailbox inbox --limit many",
		"message list --mailbox inbox --limit 501",
		"message show",
		"message show --raw" + strings.Repeat(" a1-m1", 501),
		"message show a1-m1 --raw --html",
		"message mark a1-m1",
		"message mark --read",
		"message mark a1-m1 --read --unread",
		"message mark a1-m1 --flag --unflag",
		"message move a1-m1",
		"message move --to inbox",
		"message delete",
		"search",
		"search --limit 0 word",
		"doctor surplus",
		"--data= doctor",
		"doctor --data=",
		"doctor --key-file=",
	}
	for _, line := range tests {
		args := append([]string{"--data", dir}, strings.Fields(line)...)
		got := call(t, "", args...)
		if got.status != exitUsage || got.out != "" || !strings.Contains(got.err, "--help") {
			t.Errorf("%q: status %d, stdout %q, stderr %q, want 2, nothing, and a hint at --help",
				line, got.status, got.out, got.err)
		}
		got = call(t, "", append([]string{"--json"}, args...)...)
		var document struct {
			Error struct{ Code, Message string }
		}
		if err := json.Unmarshal([]byte(got.out), &document); err != nil || document.Error.Code != "usage" {
			t.Errorf("%q with --json: stdout %q (%v), want one error document with code usage", line, got.out, err)
		}
	}
}

// TestShowSeveralAsText: where one message ends wouldn't be seen.
func TestShowSeveralAsText(t *testing.T) {
	got := call(t, "", "--data", t.TempDir(), "message", "show", "a1-m1", "a1-m2")
	if got.status != exitUsage || !strings.Contains(got.err, "--json") {
		t.Errorf("status %d, stderr %q, want 2 and that it takes --json", got.status, got.err)
	}
}

func TestParseMixed(t *testing.T) {
	tests := []struct {
		args   []string
		flags  string // a and b
		others []string
	}{
		{nil, "", nil},
		{[]string{"x", "y"}, "", []string{"x", "y"}},
		{[]string{"x", "--a", "1", "y", "-b"}, "1b", []string{"x", "y"}},
		{[]string{"--a=1", "x"}, "1", []string{"x"}},
		{[]string{"x", "--", "--a", "-b"}, "", []string{"x", "--a", "-b"}},
		{[]string{"--a", "--", "x", "-b"}, "--b", []string{"x"}},
		{[]string{"--", "--", "x"}, "", []string{"--", "x"}},
		{[]string{"-", "-b"}, "b", []string{"-"}},
	}
	for _, tt := range tests {
		set := newFlagSet()
		a, b := set.String("a", "", ""), set.Bool("b", false, "")
		others, err := parseMixed(set, tt.args)
		flags := *a
		if *b {
			flags += "b"
		}
		if err != nil || flags != tt.flags || !slices.Equal(others, tt.others) {
			t.Errorf("parseMixed(%q) = flags %q, others %q, error %v, want %q, %q", tt.args, flags, others, err, tt.flags, tt.others)
		}
	}
}

func TestSplitHostPort(t *testing.T) {
	tests := []struct {
		in   string
		host string
		port int
		ok   bool
	}{
		{"imap.example.org:993", "imap.example.org", 993, true},
		{"imap.example.org", "imap.example.org", 0, true},
		{"[::1]:143", "::1", 143, true},
		{"[::1]", "::1", 0, true},
		{"::1", "::1", 0, true},
		{"192.0.2.1:143", "192.0.2.1", 143, true},
		{":143", "", 0, false},
		{"host:", "", 0, false},
		{"host:imap", "", 0, false},
		{"[::1]x:143", "", 0, false},
		{"[]", "", 0, false},
		{"host:-1", "", 0, false},
	}
	for _, tt := range tests {
		host, port, err := splitHostPort(tt.in)
		if (err == nil) != tt.ok || tt.ok && (host != tt.host || port != tt.port) {
			t.Errorf("splitHostPort(%q) = %q, %d, %v, want %q, %d, ok %v", tt.in, host, port, err, tt.host, tt.port, tt.ok)
		}
	}
}

func TestPrintable(t *testing.T) {
	tests := []struct{ in, want string }{
		{"plain\ttext\n", "plain\ttext\n"},
		{"\x1b]0;title\x07red \x1b[31m", "]0;titlered [31m"},
		{"a\u202egnp.exe", "agnp.exe"},
		{"c1 \u009b31m\u0085", "c1 31m"},
		{"請求書 é 😀", "請求書 é 😀"},
	}
	for _, tt := range tests {
		if got := printable(tt.in); got != tt.want {
			t.Errorf("printable(%q) = %q, want %q", tt.in, got, tt.want)
		}
	}
}
