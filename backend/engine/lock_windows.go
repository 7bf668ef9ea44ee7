package engine

import (
	"errors"
	"os"

	"golang.org/x/sys/windows"
)

// lockFile locks the file for this process without waiting; held is false
// when somebody else has it. The system drops the lock with the process, so
// a crash leaves nothing to clean up.
func lockFile(f *os.File) (held bool, err error) {
	const flags = windows.LOCKFILE_EXCLUSIVE_LOCK | windows.LOCKFILE_FAIL_IMMEDIATELY
	err = windows.LockFileEx(windows.Handle(f.Fd()), flags, 0, 1, 0, new(windows.Overlapped))
	if errors.Is(err, windows.ERROR_LOCK_VIOLATION) {
		return false, nil
	}
	return err == nil, err
}
