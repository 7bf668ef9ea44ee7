package mail

import (
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
	"testing"
)

func TestCannotWrite(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	inTheWay := os.MkdirAll(filepath.Join(file, "data"), 0o700)
	if inTheWay == nil {
		t.Fatal("a folder was made inside a file")
	}
	tests := []struct {
		cause  error
		code   Code
		reason string
	}{
		{inTheWay, CodeCannotWrite, "inTheWay"},
		{&fs.PathError{Op: "open", Path: "/x", Err: fs.ErrPermission}, CodeCannotWrite, "notAllowed"},
		{&fs.PathError{Op: "mkdir", Path: "/x", Err: syscall.EROFS}, CodeCannotWrite, "readOnlyDisk"},
		{&fs.PathError{Op: "mkdir", Path: "/x", Err: syscall.EIO}, CodeCannotWrite, "disk"},
		{&fs.PathError{Op: "write", Path: "/x", Err: syscall.ENOSPC}, CodeDiskFull, ""},
	}
	for _, tt := range tests {
		got := CannotWrite("/x", tt.cause)
		if got.Code != tt.code || got.Args["path"] != "/x" || got.Args["reason"] != tt.reason || got.Err != tt.cause {
			t.Errorf("CannotWrite(%v) = %v, want code %s and reason %q", tt.cause, got, tt.code, tt.reason)
		}
	}
}
