package engine

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/adrg/xdg"

	"waxwing/backend/mail"
)

// DefaultDir is the data folder of the current user when nobody names another.
func DefaultDir() string { return filepath.Join(xdg.DataHome, "waxwing") }

// folder knows the names of what lies in the data folder.
type folder string

func (f folder) lockFile() string    { return filepath.Join(string(f), "lock") }
func (f folder) accountsDir() string { return filepath.Join(string(f), "accounts") }

func (f folder) accountFile(id mail.AccountID) string {
	return filepath.Join(f.accountsDir(), strconv.FormatInt(int64(id), 10)+".db")
}

// greatest returns the greatest account that a file is there of, or 0. A file may
// be there although the application's database, lost or older, doesn't know its
// account: it is somebody's mail, which no other account must open as its own.
func (f folder) greatest() (mail.AccountID, error) {
	entries, err := os.ReadDir(f.accountsDir())
	if err != nil {
		return 0, fmt.Errorf("list account files: %w", err)
	}
	var id mail.AccountID
	for _, entry := range entries {
		digits, _, _ := strings.Cut(entry.Name(), ".")
		if n, err := strconv.ParseInt(digits, 10, 64); err == nil {
			id = max(id, mail.AccountID(n))
		}
	}
	return id, nil
}

// create makes the folders, readable by their owner only.
func (f folder) create() error {
	for _, dir := range []string{string(f), f.accountsDir()} {
		if err := os.MkdirAll(dir, 0o700); err != nil {
			return mail.CannotWrite(dir, err)
		}
	}
	return nil
}

// lock takes the folder for this process until the file is closed.
func (f folder) lock() (*os.File, error) {
	file, err := os.OpenFile(f.lockFile(), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, mail.CannotWrite(f.lockFile(), err)
	}
	held, err := lockFile(file)
	if err == nil && held {
		return file, nil
	}
	_ = file.Close()
	if err != nil {
		return nil, fmt.Errorf("lock data folder: %w", err)
	}
	return nil, &mail.Error{Code: mail.CodeInUse, Args: map[string]string{"path": string(f)}}
}
