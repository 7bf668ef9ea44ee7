package secrets

import (
	"context"
	"encoding/binary"
	"errors"
	"sync"
	"time"

	"waxwing/backend/mail"
)

// Password is the name of an account's password for both its servers.
const Password = "password"

// OAuth is the name of what an account's sign-in at its provider granted.
const OAuth = "oauth"

// DefaultTimeout is how long a keyring may take to answer, which includes a
// person typing its password.
const DefaultTimeout = 15 * time.Second

// Rows are where sealed secrets are kept; store.App has them.
type Rows interface {
	PutSecret(ctx context.Context, account mail.AccountID, name string, sealed []byte) error
	// Secret returns ok false when there is none.
	Secret(ctx context.Context, account mail.AccountID, name string) (sealed []byte, ok bool, err error)
	// DeleteSecret succeeds when there is none.
	DeleteSecret(ctx context.Context, account mail.AccountID, name string) error
	// SecretProtection returns what ProtectSecrets kept last, or nil.
	SecretProtection(ctx context.Context) ([]byte, error)
	// ProtectSecrets keeps protection and, in the same transaction, puts what
	// reseal returns in place of every sealed secret; nil deletes it.
	ProtectSecrets(ctx context.Context, protection []byte,
		reseal func(account mail.AccountID, name string, sealed []byte) []byte) error
}

// Options tell where a Keeper finds its key. The zero value means where the
// person chose, see Keeper.Protect, or else the system's keyring.
type Options struct {
	// KeyFile, if not empty, is a file to use whatever was chosen: for computers
	// without a keyring, at the price that whoever reads the file and the
	// database reads the secrets. It is created, readable by its owner only, if
	// it doesn't exist, and refused if others may read it.
	KeyFile string
	// Dir is the folder for the key file that a person may choose.
	Dir string
	// Timeout bounds the wait for the keyring. Zero means DefaultTimeout.
	Timeout time.Duration
}

// A Keeper keeps the secrets of one data folder. It may be used by several
// goroutines. Its zero value is of no use; see New.
type Keeper struct {
	rows    Rows
	options Options
	// work is the scrypt work factor of new passphrases, a power of two.
	work int

	// change is held by whoever puts another key in place of key, and shared by
	// whoever uses one.
	change sync.RWMutex
	key    *keySource

	mu sync.Mutex
	// unsealed holds what was put while there was no key.
	unsealed map[id]string
}

// id is what a secret is bound to.
type id struct {
	account mail.AccountID
	name    string
}

// New returns a Keeper of rows. The key is looked for when first needed.
func New(rows Rows, o Options) *Keeper {
	k := &Keeper{rows: rows, options: o, work: workFactor, unsealed: map[id]string{}}
	k.key = newKeySource(o.Timeout, k.load)
	return k
}

// State says how well secrets are kept.
type State string

// The states.
const (
	Kept        State = "kept"        // across restarts
	SessionOnly State = "sessionOnly" // until the program ends; no keyring
	Locked      State = "locked"      // until the program ends, the keyring is unlocked or the passphrase is given
)

// State looks for the key, if that wasn't done yet, and says how secrets are
// kept. The error is nil if and only if the state is Kept; its code is
// CodeKeyringLocked or CodeNeedsPassphrase for Locked, and otherwise
// CodeNoKeyring, or CodeInvalid with field "keyFile" for a key file that can't
// be used.
func (k *Keeper) State(ctx context.Context) (State, *mail.Error) {
	k.change.RLock()
	defer k.change.RUnlock()
	_, err := k.open(ctx)
	switch mail.CodeOf(err) {
	case "":
		return Kept, nil
	case mail.CodeKeyringLocked, mail.CodeNeedsPassphrase:
		return Locked, mail.AsError(err)
	}
	return SessionOnly, mail.AsError(err)
}

// Retry makes the next call look for a keyring that wasn't there anew.
func (k *Keeper) Retry() {
	k.change.RLock()
	defer k.change.RUnlock()
	k.key.retry()
}

// Put keeps a secret, in place of an earlier one of the same account and name.
// Without a key it is held in memory, which is no error; State tells.
func (k *Keeper) Put(ctx context.Context, account mail.AccountID, name, value string) error {
	k.change.RLock()
	defer k.change.RUnlock()
	key, err := k.open(ctx)
	k.mu.Lock()
	defer k.mu.Unlock()
	at := id{account, name}
	if err != nil {
		if !without(err) {
			return err
		}
		// An earlier secret would come back at the next start, and be wrong.
		if err := k.rows.DeleteSecret(ctx, account, name); err != nil {
			return err
		}
		k.unsealed[at] = value
		return nil
	}
	if err := k.put(ctx, key, at, value); err != nil {
		return err
	}
	delete(k.unsealed, at)
	return nil
}

func (k *Keeper) put(ctx context.Context, key *key, at id, value string) error {
	return k.rows.PutSecret(ctx, at.account, at.name, key.seal(at.bytes(), []byte(value)))
}

// Get returns a secret. It fails with CodeNeedsPassword if there is none or it
// can't be opened any more, and with the error of State if there is one that
// can't be opened now.
func (k *Keeper) Get(ctx context.Context, account mail.AccountID, name string) (string, error) {
	k.change.RLock()
	defer k.change.RUnlock()
	at := id{account, name}
	k.mu.Lock()
	value, ok := k.unsealed[at]
	k.mu.Unlock()
	if ok {
		return value, nil
	}
	sealed, ok, err := k.rows.Secret(ctx, account, name)
	if err != nil {
		return "", err
	}
	if !ok {
		return "", &mail.Error{Code: mail.CodeNeedsPassword}
	}
	key, err := k.open(ctx)
	if err != nil {
		return "", err
	}
	plain, err := key.unseal(at.bytes(), sealed)
	if err != nil {
		return "", &mail.Error{Code: mail.CodeNeedsPassword, Err: err}
	}
	return string(plain), nil
}

// Delete forgets a secret. It succeeds if there is none.
func (k *Keeper) Delete(ctx context.Context, account mail.AccountID, name string) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	delete(k.unsealed, id{account, name})
	return k.rows.DeleteSecret(ctx, account, name)
}

// open, which the caller keeps the key from changing for, returns it and, now that there is one, seals what was put without.
func (k *Keeper) open(ctx context.Context) (*key, error) {
	key, err := k.key.get(ctx)
	if err != nil {
		return nil, err
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	for at, value := range k.unsealed {
		if err := k.put(ctx, key, at, value); err != nil {
			return nil, err
		}
		delete(k.unsealed, at)
	}
	return key, nil
}

// without reports whether err means that there is no key for now, so that
// secrets stay in memory, and not that something else failed.
func without(err error) bool {
	switch mail.CodeOf(err) {
	case mail.CodeNoKeyring, mail.CodeKeyringLocked, mail.CodeNeedsPassphrase:
		return true
	}
	return false
}

// bytes returns what a secret is bound to, as the seal covers it.
func (i id) bytes() []byte {
	return append(binary.BigEndian.AppendUint64(nil, uint64(i.account)), i.name...)
}

// ended returns the end of ctx as an Error.
func ended(ctx context.Context) error {
	code := mail.CodeCancelled
	if errors.Is(ctx.Err(), context.DeadlineExceeded) {
		code = mail.CodeTimeout
	}
	return &mail.Error{Code: code, Err: ctx.Err()}
}
