package secrets

import (
	"bytes"
	"errors"
	"io"

	"filippo.io/age"

	"waxwing/backend/mail"
)

// workFactor is the base-two logarithm of scrypt's N for new passphrases: half a
// second and 128 MB for each guess.
const workFactor = 17

// maxWorkFactor bounds what a sealed key that isn't ours may cost.
const maxWorkFactor = 20

// sealWithPassphrase returns the text of a key in age's format.
func sealWithPassphrase(text, passphrase string, work int) ([]byte, error) {
	recipient, err := age.NewScryptRecipient(passphrase)
	if err != nil {
		return nil, err
	}
	recipient.SetWorkFactor(work)
	var sealed bytes.Buffer
	w, err := age.Encrypt(&sealed, recipient)
	if err != nil {
		return nil, err
	}
	if _, err := io.WriteString(w, text); err != nil {
		return nil, err
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	return sealed.Bytes(), nil
}

// openWithPassphrase returns the key that sealWithPassphrase sealed. Its error
// has CodeWrongPassphrase, or CodeDamaged when no passphrase would open it.
func openWithPassphrase(sealed []byte, passphrase string) (*key, error) {
	wrong := func(err error) error { return &mail.Error{Code: mail.CodeWrongPassphrase, Err: err} }
	identity, err := age.NewScryptIdentity(passphrase)
	if err != nil {
		return nil, wrong(err) // empty
	}
	identity.SetMaxWorkFactor(maxWorkFactor)
	r, err := age.Decrypt(bytes.NewReader(sealed), identity)
	if refused := new(age.NoIdentityMatchError); errors.As(err, &refused) {
		return nil, wrong(errors.New("the passphrase doesn't fit"))
	}
	var text []byte
	if err == nil {
		text, err = io.ReadAll(io.LimitReader(r, keyFileMax))
	}
	var k *key
	if err == nil {
		k, err = parseKey(string(text))
	}
	if err != nil {
		return nil, &mail.Error{Code: mail.CodeDamaged, Args: map[string]string{"reason": "passwords"}, Err: err}
	}
	return k, nil
}
