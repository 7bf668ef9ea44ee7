package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestAccountSet: name, signature and how much is kept are set when connecting and
// changed later; what isn't named stays.
func TestAccountSet(t *testing.T) {
	i := newInstallation(t)
	path := filepath.Join(t.TempDir(), "s.txt")
	if err := os.WriteFile(path, []byte("Ann"), 0o600); err != nil {
		t.Fatal(err)
	}
	added := do[accountJSON](i, "account", "add", "--email", "ann@example.org", "--name", "Ann", "--imap", "imap.example.org", "--keep", "quarter")
	if since, err := time.Parse(time.DateOnly, added.KeptSince); err != nil || added.Keep != "quarter" || since.Day() != 1 || time.Since(since) < 80*24*time.Hour {
		t.Errorf("added %+v, want a quarter to be kept from the first of a month on", added)
	}
	set := func(args ...string) accountJSON {
		t.Helper()
		do[map[string]string](i, append([]string{"account", "set", "a1"}, args...)...)
		return do[listJSON[accountJSON]](i, "account", "list").List[0]
	}
	if a := set("--keep", "year"); a.Keep != "year" || a.Name != "Ann" {
		t.Errorf("after --keep year: %+v", a)
	}
	if a := set("--signature-file", path, "--name", "Ann B."); a.Keep != "year" || a.Name != "Ann B." || a.HTMLSignature != "<div>Ann</div>" {
		t.Errorf("after a name and a signature: %+v", a)
	}
	if a := set("--keep", "all"); a.Keep != "" || a.KeptSince != "" || a.HTMLSignature == "" {
		t.Errorf("after --keep all: %+v", a)
	}
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if a := set("--signature-file", path); a.HTMLSignature != "" {
		t.Errorf("after an empty signature: %+v", a)
	}
	for _, args := range [][]string{{"a1"}, {"a1", "--keep", "forever"}, {"--keep", "year"}, {"a1", "a2", "--keep", "year"}} {
		if got := i.call("", append([]string{"account", "set"}, args...)...); got.status != exitUsage {
			t.Errorf("account set %s: %+v, want it called wrong", strings.Join(args, " "), got)
		}
	}
	i.refused("notFound", "", "account", "set", "a9", "--name", "X")
}
