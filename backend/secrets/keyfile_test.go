package secrets

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"waxwing/backend/mail"
)

func TestKeyFileIsCreatedForItsOwnerOnly(t *testing.T) {
	path := filepath.Join(t.TempDir(), "key")
	r := newRows()
	put(t, New(r, Options{KeyFile: path}), 1, marker)
	wantSecret(t, New(r, Options{KeyFile: path}), 1, marker)
	if state, err := New(r, Options{KeyFile: path}).State(t.Context()); state != Kept || err != nil {
		t.Errorf("State = %q, %v, want %q", state, err, Kept)
	}
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	if got := info.Mode().Perm(); got != 0o600 && os.PathSeparator == '/' {
		t.Errorf("mode %o, want 600", got)
	}
}

func TestKeyFileRefusals(t *testing.T) {
	good := newKey() + "\n"
	for name, prepare := range map[string]func(t *testing.T, path string){
		"not a key": func(t *testing.T, path string) { mkdir(t, filepath.Dir(path)); write(t, path, "hello\n", 0o600) },
		"empty":     func(t *testing.T, path string) { mkdir(t, filepath.Dir(path)); write(t, path, "", 0o600) },
		"too long": func(t *testing.T, path string) {
			mkdir(t, filepath.Dir(path))
			write(t, path, strings.Repeat(" ", 4096)+good, 0o600)
		},
		"a folder":       func(t *testing.T, path string) { mkdir(t, path) },
		"no such folder": func(*testing.T, string) {},
		"below a file":   func(t *testing.T, path string) { write(t, filepath.Dir(path), good, 0o600) },
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "folder", "key")
			prepare(t, path)
			refused(t, path)
		})
	}
}

// refused checks that the key file at path can't be used, and that this is no
// reason to hold a secret in memory quietly: the person asked for the file.
func refused(t *testing.T, path string) {
	t.Helper()
	k := New(newRows(), Options{KeyFile: path})
	_, problem := k.State(t.Context())
	if problem == nil || problem.Code != mail.CodeInvalid || problem.Args["field"] != "keyFile" {
		t.Errorf("State: %v, want %q for keyFile", problem, mail.CodeInvalid)
	}
	wantCode(t, "Put", k.Put(t.Context(), 1, Password, marker), mail.CodeInvalid)
	if problem != nil && strings.Contains(problem.Error(), keyPrefix) {
		t.Errorf("the error quotes the file: %v", problem)
	}
}

func write(t *testing.T, path, text string, mode os.FileMode) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), mode); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(path, mode); err != nil { // whatever the umask is
		t.Fatal(err)
	}
}

func mkdir(t *testing.T, path string) {
	t.Helper()
	if err := os.MkdirAll(path, 0o700); err != nil {
		t.Fatal(err)
	}
}
