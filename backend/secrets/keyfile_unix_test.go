//go:build unix

package secrets

import (
	"fmt"
	"os"
	"path/filepath"
	"syscall"
	"testing"
)

func TestKeyFileForOthersIsRefused(t *testing.T) {
	for _, mode := range []os.FileMode{0o640, 0o604, 0o620, 0o602, 0o644, 0o666, 0o610} {
		t.Run(fmt.Sprintf("%o", mode), func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "key")
			write(t, path, newKey(), mode)
			refused(t, path)
		})
	}
}

func TestKeyFileModesThatAreFine(t *testing.T) {
	for _, mode := range []os.FileMode{0o600, 0o400, 0o700} {
		path := filepath.Join(t.TempDir(), "key")
		write(t, path, newKey(), mode)
		if state, err := New(newRows(), Options{KeyFile: path}).State(t.Context()); state != Kept {
			t.Errorf("mode %o: state %q, %v, want %q", mode, state, err, Kept)
		}
	}
}

// Opening a pipe waits for its writer; a key file must not.
func TestKeyFileThatIsAPipeIsRefused(t *testing.T) {
	path := filepath.Join(t.TempDir(), "key")
	if err := syscall.Mkfifo(path, 0o600); err != nil {
		t.Fatal(err)
	}
	refused(t, path)
}
