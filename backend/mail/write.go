package mail

import (
	"errors"
	"io/fs"
)

// CannotWrite is the error of a file or folder at path that can't be made or
// written: CodeDiskFull, or CodeCannotWrite. Args["path"] names it. With
// CodeCannotWrite Args["reason"] is notAllowed, readOnlyDisk, inTheWay (a file
// is where a folder should be) or disk for everything else.
func CannotWrite(path string, err error) *Error {
	reason := "disk"
	switch {
	case isAny(err, diskFull):
		return &Error{Code: CodeDiskFull, Args: map[string]string{"path": path}, Err: err}
	case isAny(err, readOnlyDisk):
		reason = "readOnlyDisk"
	case isAny(err, inTheWay):
		reason = "inTheWay"
	case errors.Is(err, fs.ErrPermission):
		reason = "notAllowed"
	}
	return &Error{Code: CodeCannotWrite, Args: map[string]string{"path": path, "reason": reason}, Err: err}
}

func isAny(err error, kinds []error) bool {
	for _, kind := range kinds {
		if errors.Is(err, kind) {
			return true
		}
	}
	return false
}
