package store

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"waxwing/backend/mail"
)

// TestMigrations opens a database of every earlier version, from none on.
func TestMigrations(t *testing.T) {
	for _, kind := range []string{"app", "account"} {
		steps := migrations(kind)
		if len(steps) == 0 {
			t.Fatalf("no schema for %s", kind)
		}
		want := schemaOf(t, openSteps(t, filepath.Join(t.TempDir(), "new.db"), steps))
		for version := range len(steps) {
			path := filepath.Join(t.TempDir(), "old.db")
			if err := openSteps(t, path, steps[:version]).close(); err != nil {
				t.Fatal(err)
			}
			if got := schemaOf(t, openSteps(t, path, steps)); got != want {
				t.Errorf("%s from version %d: schema is\n%s\nwant\n%s", kind, version, got, want)
			}
		}
	}
}

// TestFailedMigrationChangesNothing breaks the second step half way.
func TestFailedMigrationChangesNothing(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.db")
	one := "CREATE TABLE a (x) ; INSERT INTO a VALUES (1);"
	if err := openSteps(t, path, []string{one}).close(); err != nil {
		t.Fatal(err)
	}
	if _, err := openDatabase(context.Background(), path, []string{one, "DELETE FROM a; CREATE TABLE broken;"}); err == nil {
		t.Fatal("a broken migration passed")
	}
	d := openSteps(t, path, []string{one})
	if n := d.query(t, "SELECT count(*) FROM a"); n != 1 {
		t.Errorf("table a has %d rows, want the one from before", n)
	}
}

func openSteps(t *testing.T, path string, steps []string) *database {
	t.Helper()
	d, err := openDatabase(context.Background(), path, steps)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = d.close() })
	return d
}

func schemaOf(t *testing.T, d *database) string {
	t.Helper()
	var b strings.Builder
	err := d.read(context.Background(), func(x *tx) error {
		x.each("SELECT name, coalesce(sql, '') FROM sqlite_schema ORDER BY name", nil, func(scan func(...any)) {
			var name, text string
			scan(&name, &text)
			fmt.Fprintln(&b, name, text)
		})
		return x.err
	})
	if err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// TestCancelledReadLeavesReaderUsable cancels reads at every moment, also while
// their transactions begin.
func TestCancelledReadLeavesReaderUsable(t *testing.T) {
	s := open(t)
	for i := range 12_000 {
		ctx, cancel := context.WithCancel(context.Background())
		go func() {
			for start := time.Now(); time.Since(start) < time.Duration(i%60)*time.Microsecond; {
			}
			cancel()
		}()
		if _, err := s.Mailboxes(ctx); err != nil && mail.CodeOf(err) != mail.CodeCancelled {
			t.Fatalf("read %d: %v", i, err)
		}
		cancel()
	}
	for range 2 * readers {
		if _, err := s.Mailboxes(context.Background()); err != nil {
			t.Fatal(err)
		}
	}
}

func TestNewerDatabaseIsRefused(t *testing.T) {
	path := filepath.Join(t.TempDir(), "1.db")
	d := openSteps(t, path, append(migrations("account"), "CREATE TABLE future (x)"))
	if err := d.close(); err != nil {
		t.Fatal(err)
	}
	_, err := OpenAccount(context.Background(), path)
	wantCode(t, err, mail.CodeNewerDatabase)
}

func TestDamagedDatabase(t *testing.T) {
	for name, text := range map[string]string{
		"no database": strings.Repeat("this is no database ", 1000),
		"cut header":  "SQLite format 3\x00" + strings.Repeat("\xff", 2000),
	} {
		path := filepath.Join(t.TempDir(), "1.db")
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		_, err := OpenAccount(context.Background(), path)
		if mail.CodeOf(err) != mail.CodeDamaged || mail.AsError(err).Args["path"] != path {
			t.Errorf("%s: got %v, want code damaged of %s", name, err, path)
		}
	}
}

// TestDamagedApp damages the application's own database, which is no account's.
func TestDamagedApp(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "waxwing.db")
	if err := os.WriteFile(path, []byte(strings.Repeat("this is no database ", 1000)), 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := OpenApp(context.Background(), dir)
	problem := mail.AsError(err)
	if problem == nil || problem.Code != mail.CodeDamaged || problem.Args["path"] != path || problem.Args["reason"] != "application" {
		t.Errorf("got %v, want code damaged of %s, reason application", err, path)
	}
}

// TestFileInTheWay opens databases where there can't be any.
func TestFileInTheWay(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := OpenApp(context.Background(), filepath.Join(file, "data"))
	wantCode(t, err, mail.CodeCannotWrite)
	_, err = OpenAccount(context.Background(), filepath.Join(file, "accounts", "1.db"))
	wantCode(t, err, mail.CodeCannotWrite)
	_, err = OpenAccount(context.Background(), filepath.Join(file, "1.db"))
	wantCode(t, err, mail.CodeCannotWrite)
	folder := t.TempDir()
	_, err = OpenAccount(context.Background(), folder)
	wantCode(t, err, mail.CodeCannotWrite)
}

// TestFullDisk writes more than the file may grow, which SQLite tells as it tells
// of a full disk.
func TestFullDisk(t *testing.T) {
	path := filepath.Join(t.TempDir(), "1.db")
	s, err := OpenAccount(context.Background(), path)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	err = s.db.write(context.Background(), repeatable, func(t *tx) error {
		t.exec("PRAGMA max_page_count = 1")
		t.exec("CREATE TABLE filler (octets BLOB)")
		t.exec("INSERT INTO filler VALUES (zeroblob(1000000))")
		return t.err
	})
	if problem := mail.AsError(err); problem == nil || problem.Code != mail.CodeDiskFull || problem.Args["path"] != path {
		t.Errorf("got %v, want code diskFull of %s", err, path)
	}
}

func TestDamagedPagesAreFound(t *testing.T) {
	path := filepath.Join(t.TempDir(), "1.db")
	b := openAt(t, path)
	inbox, _, _, _, _ := b.mailboxes()
	for i := range 50 {
		b.put(inbox, mail.UID(1+20*i), slices.Repeat([]letter{{text: strings.Repeat("text ", 500)}}, 20)...)
	}
	b.ok(b.Close())
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	b.ok(err)
	info, err := f.Stat()
	b.ok(err)
	for at := info.Size() / 4; at < info.Size(); at += info.Size() / 9 {
		_, err = f.WriteAt([]byte(strings.Repeat("\xfe", 4096)), at)
		b.ok(err)
	}
	b.ok(f.Close())
	b = openAt(t, path)
	findings, err := b.Check(b.ctx, nil)
	if len(findings) == 0 && mail.CodeOf(err) != mail.CodeDamaged {
		t.Errorf("Check found %v (%v) in a damaged file", findings, err)
	}
}

func TestCancelledAndClosed(t *testing.T) {
	b := open(t)
	b.mailboxes()
	ctx, cancel := context.WithCancel(b.ctx)
	cancel()
	_, err := b.Mailboxes(ctx)
	wantCode(t, err, mail.CodeCancelled)
	_, err = b.SetMailboxes(ctx, nil)
	wantCode(t, err, mail.CodeCancelled)
	b.ok(b.Close())
	b.ok(b.Close())
	_, err = b.Mailboxes(b.ctx)
	wantCode(t, err, mail.CodeCancelled)
	_, err = b.SetMailboxes(b.ctx, nil)
	wantCode(t, err, mail.CodeCancelled)
}

// TestPanicRollsBack sees that a bug in a transaction leaves nothing half done
// and nothing locked.
func TestPanicRollsBack(t *testing.T) {
	b := open(t)
	func() {
		defer func() {
			if recover() == nil {
				t.Error("the panic was swallowed")
			}
		}()
		_ = b.db.write(b.ctx, repeatable, func(x *tx) error {
			x.exec("UPDATE account_state SET state = 99")
			panic("bug")
		})
	}()
	if s, err := b.State(b.ctx); s != 0 || err != nil {
		t.Errorf("state is %d (%v), want 0", s, err)
	}
	b.mailboxes()
}

func TestStrangePaths(t *testing.T) {
	for _, name := range []string{"with space", "per%20cent", "quest?ion", "ha#sh", "ümlaut", "a&_pragma=x"} {
		path := filepath.Join(t.TempDir(), name, "1.db")
		b := openAt(t, path)
		if _, err := os.Stat(path); err != nil {
			t.Errorf("%q: %v", name, err)
		}
		if n, err := b.Size(b.ctx); n == 0 || err != nil {
			t.Errorf("%q: size is %d (%v)", name, n, err)
		}
		b.ok(b.Close())
		b.ok(RemoveAccountFiles(path))
		if left, _ := os.ReadDir(filepath.Dir(path)); len(left) != 0 {
			t.Errorf("%q: %v is left", name, left)
		}
		b.ok(RemoveAccountFiles(path))
	}
}

func TestSettingsOfConnections(t *testing.T) {
	b := open(t)
	for pragma, want := range map[string]string{"journal_mode": "wal", "foreign_keys": "1", "wal_autocheckpoint": "4000", "busy_timeout": "10000"} {
		var got string
		b.ok(b.db.writer.sql.QueryRowContext(b.ctx, "PRAGMA "+pragma).Scan(&got))
		if got != want {
			t.Errorf("writer: %s is %s, want %s", pragma, got, want)
		}
	}
	err := b.db.read(b.ctx, func(x *tx) error {
		x.exec("DELETE FROM mailbox_count")
		return x.err
	})
	if err == nil {
		t.Error("a reader could write")
	}
	// What the person did is on the disk when Apply returns.
	for _, c := range []struct {
		how  durability
		want int
	}{{durable, 2}, {repeatable, 1}, {durable, 2}} {
		b.ok(b.db.write(b.ctx, c.how, func(x *tx) error {
			if got := x.integer("PRAGMA synchronous"); got != int64(c.want) {
				t.Errorf("durable %v: synchronous is %d, want %d", c.how, got, c.want)
			}
			return x.err
		}))
	}
}

func TestApp(t *testing.T) {
	ctx := context.Background()
	dir := filepath.Join(t.TempDir(), "data")
	a, err := OpenApp(ctx, dir)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = a.Close() }()
	acc := mail.Account{Email: "anna@example.org", Name: "Anna", IMAP: mail.Server{Host: "imap.example.org", Port: 993, Security: mail.SecurityTLS}, Notify: true}
	id, err := a.AddAccount(ctx, acc, 0)
	if err != nil {
		t.Fatal(err)
	}
	twice := acc
	twice.Email, twice.IMAP.Host = "ANNA@example.org", "IMAP.example.org"
	_, err = a.AddAccount(ctx, twice, 0)
	wantCode(t, err, mail.CodeExists)
	got, err := a.Account(ctx, id)
	if err != nil || got.ID != id || got.Email != acc.Email || got.IMAP != acc.IMAP || !got.Notify || got.CreatedAt.IsZero() {
		t.Errorf("got %+v (%v), want %+v", got, err, acc)
	}
	got.Name = "Anna M."
	if err := a.UpdateAccount(ctx, got); err != nil {
		t.Fatal(err)
	}
	wantCode(t, a.UpdateAccount(ctx, mail.Account{ID: 99}), mail.CodeNotFound)
	if list, err := a.Accounts(ctx); err != nil || len(list) != 1 || list[0].Name != "Anna M." {
		t.Errorf("accounts are %+v (%v)", list, err)
	}
	if err := errors.Join(a.PutSecret(ctx, id, "password", []byte("x")), a.PutSecret(ctx, id, "password", []byte("sealed")),
		a.PutSecret(ctx, 0, "key", []byte("k")), a.SetSetting(ctx, "theme", []byte(`"dark"`))); err != nil {
		t.Fatal(err)
	}
	if s, ok, err := a.Secret(ctx, id, "password"); string(s) != "sealed" || !ok || err != nil {
		t.Errorf("secret is %q, %v (%v)", s, ok, err)
	}
	if err := a.RemoveAccount(ctx, id); err != nil {
		t.Fatal(err)
	}
	wantCode(t, a.RemoveAccount(ctx, id), mail.CodeNotFound)
	if _, ok, err := a.Secret(ctx, id, "password"); ok || err != nil {
		t.Errorf("the secret outlived its account (%v)", err)
	}
	if _, ok, _ := a.Secret(ctx, 0, "key"); !ok {
		t.Error("the installation's secret went with the account")
	}
	if err := a.DeleteSecret(ctx, 0, "key"); err != nil {
		t.Error(err)
	}
	protectSecrets(t, a)
	if next, err := a.AddAccount(ctx, acc, 0); err != nil || next <= id {
		t.Errorf("the next account is %d (%v), want one after %d", next, err, id)
	}
	if v, ok, err := a.Setting(ctx, "theme"); string(v) != `"dark"` || !ok || err != nil {
		t.Errorf("setting is %s, %v (%v)", v, ok, err)
	}
	if _, ok, err := a.Setting(ctx, "other"); ok || err != nil {
		t.Errorf("a setting never set is there (%v)", err)
	}
}

// protectSecrets puts other ciphertexts in place, and takes them away.
func protectSecrets(t *testing.T, a *App) {
	t.Helper()
	ctx := t.Context()
	if v, err := a.SecretProtection(ctx); v != nil || err != nil {
		t.Errorf("protection before is %q (%v)", v, err)
	}
	if err := errors.Join(a.PutSecret(ctx, 7, "one", []byte("1")), a.PutSecret(ctx, 7, "two", []byte("2"))); err != nil {
		t.Fatal(err)
	}
	err := a.ProtectSecrets(ctx, []byte(`{"x":1}`), func(account mail.AccountID, name string, sealed []byte) []byte {
		if account != 7 {
			t.Errorf("resealed account %d", account)
		}
		if name == "two" {
			return nil
		}
		return append([]byte("new "), sealed...)
	})
	if err != nil {
		t.Fatal(err)
	}
	if s, _, err := a.Secret(ctx, 7, "one"); string(s) != "new 1" || err != nil {
		t.Errorf("the first secret is %q (%v)", s, err)
	}
	if _, ok, err := a.Secret(ctx, 7, "two"); ok || err != nil {
		t.Errorf("the second secret is still there (%v)", err)
	}
	if v, err := a.SecretProtection(ctx); string(v) != `{"x":1}` || err != nil {
		t.Errorf("protection is %q (%v)", v, err)
	}
	if err := a.ProtectSecrets(ctx, nil, func(mail.AccountID, string, []byte) []byte { return nil }); err != nil {
		t.Fatal(err)
	}
	if v, err := a.SecretProtection(ctx); v != nil || err != nil {
		t.Errorf("protection afterwards is %q (%v)", v, err)
	}
}
