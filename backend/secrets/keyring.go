package secrets

import (
	"errors"
	"fmt"

	"github.com/zalando/go-keyring"

	"waxwing/backend/mail"
)

// Where the key is in the system's keyring. Every data folder of a person uses
// the same one.
const (
	keyringService = "waxwing"
	keyringUser    = "key"
)

// systemKey returns the text of the key in the system's keyring, after creating
// it if there is none. It may wait for a person without end.
func systemKey() (string, error) {
	if err := reachable(); err != nil {
		return "", err
	}
	text, err := keyring.Get(keyringService, keyringUser)
	if errors.Is(err, keyring.ErrNotFound) {
		if err := keyring.Set(keyringService, keyringUser, newKey()); err != nil {
			return "", keyringError(err)
		}
		// Another process may have created one at the same instant: what counts
		// is what the keyring has now.
		text, err = keyring.Get(keyringService, keyringUser)
	}
	if err != nil {
		return "", keyringError(err)
	}
	return text, nil
}

// keyringError returns a keyring's refusal with a code.
func keyringError(err error) error {
	code := mail.CodeNoKeyring
	if isLocked(err) {
		code = mail.CodeKeyringLocked
	}
	return &mail.Error{Code: code, Err: fmt.Errorf("system keyring: %w", err)}
}
