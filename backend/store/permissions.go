package store

import (
	"errors"
	"io/fs"
	"os"
)

// journalSuffixes name what SQLite keeps beside a database; "" is itself.
var journalSuffixes = []string{"", "-wal", "-shm"}

// private creates the database file at path when there is none, and makes it and
// its journals readable by their owner only. SQLite gives the journals it makes
// the mode of the database. A file that exists is never opened here: closing it
// would drop the locks that SQLite holds on it.
func private(path string) error {
	for _, suffix := range journalSuffixes {
		info, err := os.Stat(path + suffix)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return err
		}
		if mode := info.Mode().Perm(); info.Mode().IsRegular() && mode&0o077 != 0 {
			if err := os.Chmod(path+suffix, mode&0o700); err != nil {
				return err
			}
		}
	}
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return nil
	}
	if err != nil {
		return err
	}
	return f.Close()
}
