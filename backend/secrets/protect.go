package secrets

import (
	"context"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"waxwing/backend/mail"
)

// A Method says where the key is.
type Method string

// The methods.
const (
	MethodKeyring    Method = "keyring"    // in the system's keyring
	MethodPassphrase Method = "passphrase" // in the database, sealed with a passphrase
	MethodKeyFile    Method = "keyFile"    // in a file in Options.Dir
	MethodSession    Method = "session"    // nowhere: secrets are held in memory
)

// MinPassphrase is how many characters a passphrase has at least.
const MinPassphrase = 8

// keyFileName is the key file's name in Options.Dir.
const keyFileName = "secrets.key"

// protection is what a person chose, as kept by Rows.
type protection struct {
	Method Method `json:"method"`
	Sealed []byte `json:"sealed,omitempty"` // the key, for MethodPassphrase
}

// Method returns what was chosen; chosen is false when nothing was, which means
// the keyring.
func (k *Keeper) Method(ctx context.Context) (m Method, chosen bool, err error) {
	p, err := k.protection(ctx)
	if err != nil {
		return "", false, err
	}
	if p.Method == "" {
		return MethodKeyring, false, nil
	}
	return p.Method, true, nil
}

func (k *Keeper) protection(ctx context.Context) (p protection, err error) {
	value, err := k.rows.SecretProtection(ctx)
	if err != nil || value == nil {
		return p, err
	}
	if err := json.Unmarshal(value, &p); err != nil {
		return p, &mail.Error{Code: mail.CodeDamaged, Args: map[string]string{"reason": "passwords"}, Err: err}
	}
	return p, nil
}

// load returns the text of the key from where it is.
func (k *Keeper) load() (string, error) {
	if k.options.KeyFile != "" {
		return fileKey(k.options.KeyFile)
	}
	p, err := k.protection(context.Background())
	if err != nil {
		return "", mail.AsError(err)
	}
	switch p.Method {
	case MethodPassphrase:
		return "", &mail.Error{Code: mail.CodeNeedsPassphrase}
	case MethodKeyFile:
		return fileKey(k.keyFile())
	case MethodSession:
		return "", errSession
	}
	return systemKey()
}

// errSession is why there is no key when the person wants none.
var errSession = &mail.Error{Code: mail.CodeNoKeyring, Err: errors.New("passwords are kept for the session only")}

func (k *Keeper) keyFile() string { return filepath.Join(k.options.Dir, keyFileName) }

// Unlock opens the secrets with their passphrase; where there is none it does
// nothing. A wrong one gives CodeWrongPassphrase.
func (k *Keeper) Unlock(ctx context.Context, passphrase string) error {
	p, err := k.protection(ctx)
	if err != nil || p.Method != MethodPassphrase {
		return err
	}
	key, err := openWithPassphrase(p.Sealed, norm.NFC.String(passphrase))
	if err != nil {
		return err
	}
	k.change.RLock()
	defer k.change.RUnlock()
	k.key.adopt(key)
	_, err = k.open(ctx)
	return err
}

// Protect keeps the secrets by another method, under another key; passphrase is
// for MethodPassphrase only, and choosing that again changes it. What the key so
// far, or its absence, doesn't let be opened now is forgotten. CodeInvalid names
// the field "passphrase" for one that is too short; other failures are those of
// State, and change nothing.
func (k *Keeper) Protect(ctx context.Context, m Method, passphrase string) error {
	if k.options.KeyFile != "" {
		return &mail.Error{Code: mail.CodeInvalid, Args: map[string]string{"field": "keyFile"}}
	}
	next, p, err := k.prepare(ctx, m, norm.NFC.String(passphrase))
	if err != nil {
		return err
	}
	value, err := json.Marshal(p)
	if err != nil {
		return err
	}
	k.change.Lock()
	defer k.change.Unlock()
	old, err := k.key.get(ctx)
	if err != nil && ctx.Err() != nil {
		return ended(ctx)
	}
	if err := k.reseal(ctx, old, next, value); err != nil {
		return err
	}
	if m != MethodKeyFile {
		_ = os.Remove(k.keyFile()) // what it opened is gone already
	}
	if next == nil {
		return nil
	}
	_, err = k.open(ctx) // seals what was given while there was no key
	return err
}

// prepare makes the new key, nil for none, and what is kept of it.
func (k *Keeper) prepare(ctx context.Context, m Method, passphrase string) (*key, protection, error) {
	p := protection{Method: m}
	switch m {
	case MethodKeyring:
		key, err := newKeySource(k.options.Timeout, systemKey).get(ctx)
		return key, p, err
	case MethodPassphrase:
		if utf8.RuneCountInString(passphrase) < MinPassphrase {
			return nil, p, &mail.Error{Code: mail.CodeInvalid, Args: map[string]string{"field": "passphrase"}}
		}
		text := newKey()
		key, err := parseKey(text)
		if err == nil {
			p.Sealed, err = sealWithPassphrase(text, passphrase, k.work)
		}
		return key, p, err
	case MethodKeyFile:
		key, err := k.newKeyFile(ctx)
		return key, p, err
	case MethodSession:
		return nil, p, nil
	}
	return nil, p, &mail.Error{Code: mail.CodeInvalid, Args: map[string]string{"field": "method"}}
}

// newKeyFile makes the key file, in place of one left over. One in use stays.
func (k *Keeper) newKeyFile(ctx context.Context) (*key, error) {
	path := k.keyFile()
	if m, _, err := k.Method(ctx); err != nil {
		return nil, err
	} else if m != MethodKeyFile {
		if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return nil, &mail.Error{Code: mail.CodeCannotWrite, Args: map[string]string{"path": path}, Err: err}
		}
	}
	text, err := fileKey(path)
	if err != nil {
		return nil, err
	}
	return parseKey(text)
}

// reseal puts next in place of old; either may be nil. The caller holds change.
func (k *Keeper) reseal(ctx context.Context, old, next *key, value []byte) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	opened := map[id]string{}
	err := k.rows.ProtectSecrets(ctx, value, func(account mail.AccountID, name string, sealed []byte) []byte {
		if old == nil {
			return nil
		}
		at := id{account, name}
		plain, err := old.unseal(at.bytes(), sealed)
		if err != nil {
			return nil
		}
		if next == nil {
			opened[at] = string(plain)
			return nil
		}
		return next.seal(at.bytes(), plain)
	})
	if err != nil {
		return err
	}
	for at, plain := range opened {
		k.unsealed[at] = plain
	}
	k.key = newKeySource(k.options.Timeout, k.load)
	if next != nil {
		k.key.adopt(next)
	}
	return nil
}

// StartOver forgets every stored secret and the choice of Protect: the way out
// for who forgot the passphrase. What was given in this session stays.
func (k *Keeper) StartOver(ctx context.Context) error {
	k.change.Lock()
	defer k.change.Unlock()
	return k.reseal(ctx, nil, nil, nil)
}
