package secrets

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"

	"waxwing/backend/mail"
)

// keyFileMax bounds what is read of a key file: a key and some white space.
const keyFileMax = 256

// errNotOurs is why a key file is refused that others may read.
var errNotOurs = errors.New("others than its owner may read it, or it belongs to somebody else")

// fileKey returns the text of the key in a file, after creating it if it
// doesn't exist. A failure has CodeInvalid with field "keyFile".
func fileKey(path string) (string, error) {
	text, err := readKey(path)
	if errors.Is(err, fs.ErrNotExist) {
		err = createKey(path)
		if err == nil || errors.Is(err, fs.ErrExist) {
			// Where another process was faster, its key counts.
			text, err = readKey(path)
		}
	}
	if err == nil {
		_, err = parseKey(text)
	}
	if err != nil {
		return "", &mail.Error{
			Code: mail.CodeInvalid,
			Args: map[string]string{"field": "keyFile", "path": path},
			Err:  fmt.Errorf("key file: %w", err),
		}
	}
	return text, nil
}

// readKey reads the file, if only its owner, who must be us, can.
func readKey(path string) (string, error) {
	// Asked before it is opened, since opening a pipe would wait for a writer.
	if info, err := os.Stat(path); err != nil {
		return "", err
	} else if !info.Mode().IsRegular() {
		return "", errKey
	}
	f, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return "", err
	}
	if !onlyOurs(info) {
		return "", errNotOurs
	}
	text, err := io.ReadAll(io.LimitReader(f, keyFileMax))
	return string(text), err
}

// createKey writes a new key to a file that doesn't exist yet, and removes it
// again if that fails.
func createKey(path string) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = f.WriteString(newKey() + "\n")
	if err == nil {
		err = f.Sync()
	}
	if cerr := f.Close(); err == nil {
		err = cerr
	}
	if err != nil {
		// Half a key would be refused for ever.
		_ = os.Remove(path)
	}
	return err
}
