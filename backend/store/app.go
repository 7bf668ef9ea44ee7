package store

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"time"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"waxwing/backend/mail"
)

// appFile is the name of the application's database in the data folder.
const appFile = "waxwing.db"

// App is the application's database: accounts, settings, sealed secrets. Its
// methods are safe for concurrent use, and what they write is durable.
type App struct{ db *database }

// OpenApp opens DIR/waxwing.db, creating folder and file, or migrating it.
func OpenApp(ctx context.Context, dir string) (*App, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, mail.CannotWrite(dir, err)
	}
	db, err := openDatabase(ctx, filepath.Join(dir, appFile), migrations("app"))
	if err != nil {
		return nil, err
	}
	// What is deleted here is overwritten: accounts and secrets must not linger
	// in free space.
	if err := db.pragma(ctx, "secure_delete = on"); err != nil {
		return nil, errors.Join(err, db.close())
	}
	return &App{db}, nil
}

// Close waits for what is under way and closes the file.
func (a *App) Close() error { return a.db.close() }

// Accounts returns every account in the order in which they were connected.
func (a *App) Accounts(ctx context.Context) ([]mail.Account, error) {
	var out []mail.Account
	err := a.db.read(ctx, func(t *tx) error {
		t.each("SELECT id, settings FROM account ORDER BY id", nil, func(scan func(...any)) {
			out = append(out, scanAccount(t, scan))
		})
		return t.err
	})
	return out, err
}

// Account returns one account, or CodeNotFound.
func (a *App) Account(ctx context.Context, id mail.AccountID) (mail.Account, error) {
	var out mail.Account
	err := a.db.read(ctx, func(t *tx) error {
		found := false
		t.each("SELECT id, settings FROM account WHERE id = ?", []any{id}, func(scan func(...any)) {
			found, out = true, scanAccount(t, scan)
		})
		if t.err == nil && !found {
			return notFound("account")
		}
		return t.err
	})
	return out, err
}

// AddAccount keeps acc, with an identity of its own, under a new identifier, which is greater than above and than
// every one before. An address that is connected to the same IMAP host already
// gives CodeExists.
func (a *App) AddAccount(ctx context.Context, acc mail.Account, above mail.AccountID) (mail.AccountID, error) {
	if acc.CreatedAt.IsZero() {
		acc.CreatedAt = time.Now()
	}
	var id mail.AccountID
	err := a.db.write(ctx, durable, func(t *tx) error {
		settings, err := json.Marshal(acc)
		if err != nil {
			return err
		}
		last := t.integer("SELECT coalesce(max(seq), 0) FROM sqlite_sequence WHERE name = 'account'")
		id = mail.AccountID(t.exec("INSERT INTO account (id, email, host, settings) VALUES (?, ?, ?, ?)",
			max(last, int64(above))+1, acc.Email, acc.IMAP.Host, string(settings)))
		if t.err == nil {
			addIdentity(t, mail.Identity{Account: id, Own: true})
		}
		return taken(t.err)
	})
	return id, err
}

// UpdateAccount replaces the settings of acc.ID.
func (a *App) UpdateAccount(ctx context.Context, acc mail.Account) error {
	return a.db.write(ctx, durable, func(t *tx) error {
		settings, err := json.Marshal(acc)
		if err != nil {
			return err
		}
		n := t.count("UPDATE account SET email = ?, host = ?, settings = ? WHERE id = ?",
			acc.Email, acc.IMAP.Host, string(settings), acc.ID)
		if t.err == nil && n == 0 {
			return notFound("account")
		}
		return taken(t.err)
	})
}

// RemoveAccount forgets the account, its identities and its sealed secrets, leaving no trace of
// them in the database or its journal. Its mail is in a file of its own: see
// RemoveAccountFiles.
func (a *App) RemoveAccount(ctx context.Context, id mail.AccountID) error {
	err := a.db.write(ctx, durable, func(t *tx) error {
		t.exec("DELETE FROM secret WHERE account = ?", id)
		if t.count("DELETE FROM account WHERE id = ?", id) == 0 && t.err == nil {
			return notFound("account")
		}
		return t.err
	})
	if err != nil {
		return err
	}
	return a.db.pragma(ctx, "wal_checkpoint(truncate)")
}

func scanAccount(t *tx, scan func(...any)) (acc mail.Account) {
	var id mail.AccountID
	var settings string
	scan(&id, &settings)
	if t.err == nil {
		t.fail(json.Unmarshal([]byte(settings), &acc))
	}
	acc.ID = id
	return acc
}

// taken turns a broken uniqueness into CodeExists.
func taken(err error) error {
	var s *sqlite.Error
	if errors.As(err, &s) && s.Code() == sqlite3.SQLITE_CONSTRAINT_UNIQUE {
		return &mail.Error{Code: mail.CodeExists, Err: err}
	}
	return err
}

// Setting reads a JSON value; ok is false when it was never set.
func (a *App) Setting(ctx context.Context, key string) (value []byte, ok bool, err error) {
	err = a.db.read(ctx, func(t *tx) error {
		ok = t.row("SELECT value FROM setting WHERE key = ?", []any{key}, &value)
		return t.err
	})
	return value, ok, err
}

// SetSetting keeps a JSON value.
func (a *App) SetSetting(ctx context.Context, key string, value []byte) error {
	return a.db.write(ctx, durable, func(t *tx) error {
		t.exec("INSERT INTO setting VALUES (?, ?) ON CONFLICT DO UPDATE SET value = excluded.value", key, value)
		return t.err
	})
}

// PutSecret keeps ciphertext, in place of an older one. Package secrets seals
// and opens it.
func (a *App) PutSecret(ctx context.Context, account mail.AccountID, name string, sealed []byte) error {
	return a.db.write(ctx, durable, func(t *tx) error {
		t.exec("INSERT INTO secret VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET sealed = excluded.sealed", account, name, sealed)
		return t.err
	})
}

// Secret returns the ciphertext; ok is false when there is none.
func (a *App) Secret(ctx context.Context, account mail.AccountID, name string) (sealed []byte, ok bool, err error) {
	err = a.db.read(ctx, func(t *tx) error {
		ok = t.row("SELECT sealed FROM secret WHERE account = ? AND name = ?", []any{account, name}, &sealed)
		return t.err
	})
	return sealed, ok, err
}

// DeleteSecret forgets the ciphertext, if there is one.
func (a *App) DeleteSecret(ctx context.Context, account mail.AccountID, name string) error {
	return a.db.write(ctx, durable, func(t *tx) error {
		t.exec("DELETE FROM secret WHERE account = ? AND name = ?", account, name)
		return t.err
	})
}

// settingProtection is the key of what SecretProtection returns.
const settingProtection = "secretProtection"

// SecretProtection returns what ProtectSecrets kept last, or nil.
func (a *App) SecretProtection(ctx context.Context) (value []byte, err error) {
	value, _, err = a.Setting(ctx, settingProtection)
	return value, err
}

// ProtectSecrets keeps protection, nil for none, and, in the same transaction,
// puts what reseal returns in place of every ciphertext; nil deletes it. No trace
// of the older ones stays in the database or its journal.
func (a *App) ProtectSecrets(ctx context.Context, protection []byte,
	reseal func(account mail.AccountID, name string, sealed []byte) []byte,
) error {
	type row struct {
		account mail.AccountID
		name    string
		sealed  []byte
	}
	err := a.db.write(ctx, durable, func(t *tx) error {
		var rows []row
		t.each("SELECT account, name, sealed FROM secret", nil, func(scan func(...any)) {
			var r row
			scan(&r.account, &r.name, &r.sealed)
			rows = append(rows, r)
		})
		t.exec("DELETE FROM secret")
		for _, r := range rows {
			if sealed := reseal(r.account, r.name, r.sealed); sealed != nil && t.err == nil {
				t.exec("INSERT INTO secret VALUES (?, ?, ?)", r.account, r.name, sealed)
			}
		}
		t.exec("DELETE FROM setting WHERE key = ?", settingProtection)
		if protection != nil {
			t.exec("INSERT INTO setting VALUES (?, ?)", settingProtection, protection)
		}
		return t.err
	})
	if err != nil {
		return err
	}
	return a.db.pragma(ctx, "wal_checkpoint(truncate)")
}
