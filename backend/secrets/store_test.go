package secrets_test

import (
	"bytes"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"waxwing/backend/mail"
	"waxwing/backend/secrets"
	"waxwing/backend/store"
)

// No file of the real database holds the password, and the next start finds it.
func TestDatabaseHoldsNoPassword(t *testing.T) {
	const password = "marker-Pa55word-that-must-not-be-written"
	dir, key := t.TempDir(), filepath.Join(t.TempDir(), "key")
	account := mail.Account{
		Email: "alice@example.test",
		IMAP:  mail.Server{Host: "mail.example.test", Port: 993, Security: mail.SecurityTLS},
	}
	id := func() mail.AccountID {
		app, err := store.OpenApp(t.Context(), dir)
		if err != nil {
			t.Fatal(err)
		}
		defer app.Close()
		id, err := app.AddAccount(t.Context(), account, 0)
		if err != nil {
			t.Fatal(err)
		}
		keeper := secrets.New(app, secrets.Options{KeyFile: key})
		if err := keeper.Put(t.Context(), id, secrets.Password, password); err != nil {
			t.Fatal(err)
		}
		searchFor(t, dir, password) // while the database is open, with its log
		return id
	}()
	searchFor(t, dir, password)

	app, err := store.OpenApp(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	defer app.Close()
	got, err := secrets.New(app, secrets.Options{KeyFile: key}).Get(t.Context(), id, secrets.Password)
	if err != nil || got != password {
		t.Errorf("Get after a restart = %q, %v", got, err)
	}
}

// searchFor fails if a file below dir holds a part of the secret.
func searchFor(t *testing.T, dir, secret string) {
	t.Helper()
	files := 0
	err := filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		files++
		content, err := os.ReadFile(path)
		if bytes.Contains(content, []byte(secret[:12])) || bytes.Contains(content, []byte(secret[len(secret)-12:])) {
			t.Errorf("%s holds the secret", path)
		}
		return err
	})
	if err != nil || files == 0 {
		t.Fatalf("searched %d files: %v", files, err)
	}
}
