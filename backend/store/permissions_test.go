//go:build unix

package store

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"golang.org/x/sys/unix"
)

// TestFilesArePrivate: nobody else on the machine can read mail, under whatever
// mask the process runs, and files that an earlier version left open are shut.
func TestFilesArePrivate(t *testing.T) {
	mask := unix.Umask(0)
	defer unix.Umask(mask)
	dir := filepath.Join(t.TempDir(), "data")
	path := filepath.Join(dir, "accounts", "1.db")
	for _, when := range []string{"created", "opened again"} {
		app, err := OpenApp(context.Background(), dir)
		if err != nil {
			t.Fatal(err)
		}
		account, err := OpenAccount(context.Background(), path)
		if err != nil {
			t.Fatal(err)
		}
		var files []string
		for _, pattern := range []string{"waxwing.db*", "accounts/1.db*"} {
			found, err := filepath.Glob(filepath.Join(dir, pattern))
			if err != nil {
				t.Fatal(err)
			}
			files = append(files, found...)
		}
		if len(files) != 6 {
			t.Errorf("%s: files are %q, want two databases with -wal and -shm", when, files)
		}
		for _, name := range files {
			if got := modeOf(t, name); got != 0o600 {
				t.Errorf("%s: %s has mode %o, want 600", when, filepath.Base(name), got)
			}
		}
		for _, name := range []string{dir, filepath.Dir(path)} {
			if got := modeOf(t, name); got != 0o700 {
				t.Errorf("%s: folder %s has mode %o, want 700", when, filepath.Base(name), got)
			}
		}
		if err := account.Close(); err != nil {
			t.Error(err)
		}
		if err := app.Close(); err != nil {
			t.Error(err)
		}
		// As an earlier version left them, after a crash.
		for _, name := range []string{filepath.Join(dir, "waxwing.db"), path, path + "-wal"} {
			f, err := os.OpenFile(name, os.O_CREATE, 0o644)
			if err != nil {
				t.Fatal(err)
			}
			f.Close()
			if err := os.Chmod(name, 0o644); err != nil {
				t.Fatal(err)
			}
		}
	}
}

func modeOf(t *testing.T, path string) os.FileMode {
	t.Helper()
	info, err := os.Lstat(path)
	if err != nil {
		t.Fatal(err)
	}
	return info.Mode().Perm()
}
