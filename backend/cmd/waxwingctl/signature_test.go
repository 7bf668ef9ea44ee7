package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestSignatureFile: an administrator gives an account its signature.
func TestSignatureFile(t *testing.T) {
	for name, test := range map[string]struct{ file, content, want string }{
		"text": {"s.txt", "Ann <ann@example.org>\n\nFernhill\n", "<div>Ann &lt;ann@example.org&gt;</div><div><br></div><div>Fernhill</div>"},
		"HTML": {"s.HTML", "<p style='color:red'><strong>Ann</strong><script>x()</script></p>", "<div><b>Ann</b></div>"},
	} {
		t.Run(name, func(t *testing.T) {
			i := newInstallation(t)
			path := filepath.Join(t.TempDir(), test.file)
			if err := os.WriteFile(path, []byte(test.content), 0o600); err != nil {
				t.Fatal(err)
			}
			added := do[accountJSON](i, "account", "add", "--email", "ann@example.org", "--imap", "imap.example.org", "--signature-file", path)
			listed := do[listJSON[accountJSON]](i, "account", "list").List
			if added.HTMLSignature != test.want || len(listed) != 1 || listed[0].HTMLSignature != test.want {
				t.Errorf("added with %q, listed %+v, want %q", added.HTMLSignature, listed, test.want)
			}
		})
	}
}

func TestSignatureFileThatCannotBe(t *testing.T) {
	i := newInstallation(t)
	long := filepath.Join(t.TempDir(), "long.txt")
	if err := os.WriteFile(long, []byte(strings.Repeat("long ", 20_000)), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{long, long + ".missing"} {
		got := i.call("", "account", "add", "--email", "ann@example.org", "--imap", "imap.example.org", "--signature-file", path)
		if got.status != exitUsage || !strings.Contains(got.err, "--signature-file") {
			t.Errorf("%s: %+v, want it called a mistake", path, got)
		}
	}
	if list := do[listJSON[accountJSON]](i, "account", "list").List; len(list) != 0 {
		t.Errorf("an account was connected all the same: %+v", list)
	}
}
