//go:build unix

package app

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// TestSocketIsPrivate: nobody else can knock, even when others may enter the
// data folder, or when the socket lies in the temporary folder of all.
func TestSocketIsPrivate(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	mask := syscall.Umask(0)
	defer syscall.Umask(mask)
	open := filepath.Join(t.TempDir(), "data")
	if err := os.Mkdir(open, 0o755); err != nil {
		t.Fatal(err)
	}
	for _, data := range []string{open, "/" + strings.Repeat("long/", 60)} {
		first, _, err := claim(data, handover{})
		if err != nil {
			t.Fatal(err)
		}
		path := first.listener.Addr().String()
		if info, err := os.Lstat(path); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("socket %s: %v (%v), want mode 600", path, info.Mode(), err)
		}
		if folder := filepath.Dir(path); folder != open {
			if info, err := os.Lstat(folder); err != nil || info.Mode().Perm() != 0o700 {
				t.Errorf("folder %s: %v (%v), want mode 700", folder, info.Mode(), err)
			}
		}
		first.close()
	}
}

// TestClaimDistrustsFolder: what somebody else may have prepared in the temporary
// folder is neither asked nor used.
func TestClaimDistrustsFolder(t *testing.T) {
	data := "/" + strings.Repeat("long/", 60)
	for name, prepare := range map[string]func(string) error{
		"open to all": func(path string) error {
			if err := os.Mkdir(path, 0o755); err != nil {
				return err
			}
			return os.Chmod(path, 0o777)
		},
		"a link": func(path string) error { return os.Symlink(t.TempDir(), path) },
		"a file": func(path string) error { return os.WriteFile(path, nil, 0o600) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Setenv("TMPDIR", t.TempDir())
			if err := prepare(filepath.Dir(socketPath(data))); err != nil {
				t.Fatal(err)
			}
			i, handedOver, err := claim(data, handover{})
			if err == nil || handedOver {
				t.Errorf("claim gives %v, %v, %v, want an error", i, handedOver, err)
			}
		})
	}
}
