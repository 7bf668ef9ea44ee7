package engine

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"

	"waxwing/backend/imapsync"
	"waxwing/backend/mail"
	"waxwing/backend/secrets"
)

func TestOneEngineAtATime(t *testing.T) {
	dir := t.TempDir()
	first := openEngine(t, dir, nil, idle)
	if _, err := Open(t.Context(), Config{Dir: dir}); mail.CodeOf(err) != mail.CodeInUse {
		t.Errorf("second Open: %v, want code inUse", err)
	}
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	second, err := Open(t.Context(), Config{Dir: dir})
	if err != nil {
		t.Fatalf("Open after Close: %v", err)
	}
	_ = second.Close()
}

func TestAccountsSurviveRestart(t *testing.T) {
	dir := t.TempDir()
	e := openEngine(t, dir, nil, idle)
	id := addAccount(t, e, "ann")
	ref := deliver(t, e, id, fill(t, e, id, usual)["INBOX"], "hello", 1)
	if _, err := e.Archive(t.Context(), []mail.Ref{ref}); err != nil {
		t.Fatal(err)
	}
	_ = e.Close()

	e = openEngine(t, dir, nil, idle)
	accounts, err := e.Accounts(t.Context())
	if err != nil || len(accounts) != 1 || accounts[0].ID != id || accounts[0].Email != "ann@example.org" {
		t.Errorf("accounts after a restart: %+v, %v", accounts, err)
	}
	if s := e.Status(id); s.Phase != mail.PhaseOffline || s.Pending != 1 {
		t.Errorf("status after a restart is %+v, want offline with one pending operation", s)
	}
	a, err := e.account(id)
	if err != nil {
		t.Fatal(err)
	}
	if who, err := a.credentials(t.Context()); err != nil || who.User != "ann@example.org" || who.Password != "secret of ann" {
		t.Errorf("credentials after a restart: %+v, %v", who, err)
	}
}

func TestAddAccountTwice(t *testing.T) {
	e := openEngine(t, t.TempDir(), nil, idle)
	addAccount(t, e, "ann")
	again := mail.Account{Email: "ANN@example.org", IMAP: mail.Server{Host: "imap.example.org"}}
	if _, err := e.AddAccount(t.Context(), again, "x"); mail.CodeOf(err) != mail.CodeExists {
		t.Errorf("adding again: %v, want code exists", err)
	}
}

// TestAddAccountLeavesNothingBehind fails at the last step, the password.
func TestAddAccountLeavesNothingBehind(t *testing.T) {
	dir := t.TempDir()
	readable := filepath.Join(dir, "key")
	if err := os.WriteFile(readable, []byte("not a key"), 0o600); err != nil {
		t.Fatal(err)
	}
	e, err := Open(t.Context(), Config{Dir: dir, Secrets: secrets.Options{KeyFile: readable}})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = e.Close() }()
	_, err = e.AddAccount(t.Context(), mail.Account{
		Email: "ann@example.org", IMAP: mail.Server{Host: "imap.example.org"},
	}, "secret")
	if mail.CodeOf(err) != mail.CodeInvalid {
		t.Errorf("AddAccount without a usable key: %v, want code invalid", err)
	}
	if list, _ := e.Accounts(t.Context()); len(list) != 0 {
		t.Errorf("accounts after a failure: %+v", list)
	}
	if files := accountFiles(t, dir); len(files) != 0 {
		t.Errorf("files after a failure: %q", files)
	}
}

func TestRemoveAccount(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dir := t.TempDir()
		stopped := make(chan mail.AccountID, 10)
		e := openEngine(t, dir, nil, func(ctx context.Context, c imapsync.Config) error {
			defer func() { stopped <- c.Account.ID }()
			return idle(ctx, c)
		})
		id := addAccount(t, e, "ann")
		other := addAccount(t, e, "bob")
		ref := deliver(t, e, id, fill(t, e, id, usual)["INBOX"], "unmistakable", 1)
		e.Start(t.Context())
		synctest.Wait()
		if err := e.RemoveAccount(t.Context(), id); err != nil {
			t.Fatal(err)
		}
		select {
		case got := <-stopped:
			if got != id {
				t.Errorf("the supervisor of account %d was stopped, want %d", got, id)
			}
		default:
			t.Error("the supervisor of the removed account still runs")
		}
		if _, err := e.Message(t.Context(), ref); mail.CodeOf(err) != mail.CodeNotFound {
			t.Errorf("message of a removed account: %v, want code notFound", err)
		}
		if err := e.RemoveAccount(t.Context(), id); mail.CodeOf(err) != mail.CodeNotFound {
			t.Errorf("removing again: %v, want code notFound", err)
		}
		mine := filepath.Base(folder(dir).accountFile(id))
		if files := accountFiles(t, dir); slices.ContainsFunc(files, func(f string) bool { return strings.HasPrefix(f, mine) }) {
			t.Errorf("files of the removed account: %q", files)
		}
		if list, _ := e.Accounts(t.Context()); len(list) != 1 || list[0].ID != other {
			t.Errorf("accounts left: %+v, want %d", list, other)
		}
		if third := addAccount(t, e, "ann"); third == id {
			t.Errorf("the id %d is used again", id)
		}
		_ = e.Close()
	})
}

// TestLostDatabaseGivesNobodysMailAway loses waxwing.db, which knows whose the files
// are: who connects next doesn't find another person's mail.
func TestLostDatabaseGivesNobodysMailAway(t *testing.T) {
	dir := t.TempDir()
	e := openEngine(t, dir, nil, idle)
	ann := addAccount(t, e, "ann")
	deliver(t, e, ann, fill(t, e, ann, usual)["INBOX"], "for Ann only", 1)
	if err := e.Close(); err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(filepath.Join(dir, "waxwing.db")); err != nil {
		t.Fatal(err)
	}
	e = openEngine(t, dir, nil, idle)
	bob := addAccount(t, e, "bob")
	page, err := e.Threads(t.Context(), View{Joint: ViewInboxes}, Filter{}, 0, 10)
	if err != nil || bob == ann || page.Total != 0 {
		t.Errorf("account %d shows %q of another one (%v)", bob, subjects(page), err)
	}
	if _, err := os.Stat(e.folder.accountFile(ann)); err != nil {
		t.Errorf("what was nobody's is gone: %v", err)
	}
}

func TestUpdateAccountBeginsAnewOnlyWhenNeeded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var tries attempts
		var hosts []string
		var running atomic.Int32
		e := openEngine(t, t.TempDir(), nil, func(ctx context.Context, c imapsync.Config) error {
			tries.note()
			running.Add(1)
			defer running.Add(-1)
			hosts = append(hosts, c.Account.IMAP.Host+" "+c.Account.IMAP.Trusted)
			return idle(ctx, c)
		})
		id := addAccount(t, e, "ann")
		e.Start(t.Context())
		synctest.Wait()
		update := func(change func(*mail.Account)) {
			t.Helper()
			info, err := e.Account(t.Context(), id)
			if err != nil {
				t.Fatal(err)
			}
			change(&info)
			if err := e.UpdateAccount(t.Context(), info); err != nil {
				t.Fatal(err)
			}
			synctest.Wait()
		}
		update(func(a *mail.Account) { a.Name, a.Notify = "Ann", true })
		if n := len(tries.times()); n != 1 {
			t.Errorf("a new name made %d attempts, want the first one only", n)
		}
		update(func(a *mail.Account) { a.IMAP.Host = "mail.example.org" })
		if n := running.Load(); n != 1 {
			t.Errorf("%d synchronisations of the account run, want 1", n)
		}
		fingerprint := strings.Repeat("ab", 32)
		if err := e.TrustCertificate(t.Context(), id, "imap", fingerprint); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		if want := []string{"imap.example.org ", "mail.example.org ", "mail.example.org " + fingerprint}; !slices.Equal(hosts, want) {
			t.Errorf("attempts at %q, want %q", hosts, want)
		}
		for _, bad := range []struct{ server, fingerprint string }{{"imap", "abcd"}, {"pop", fingerprint}, {"imap", strings.Repeat("xy", 32)}} {
			if err := e.TrustCertificate(t.Context(), id, bad.server, bad.fingerprint); mail.CodeOf(err) != mail.CodeInvalid {
				t.Errorf("TrustCertificate(%q, %q): %v, want code invalid", bad.server, bad.fingerprint, err)
			}
		}
		_ = e.Close()
	})
}

// TestUnwritableFolder opens a data folder that can't be made or written: that is
// nothing typed wrong, and the path is named.
func TestUnwritableFolder(t *testing.T) {
	taken := filepath.Join(t.TempDir(), "taken")
	if err := os.WriteFile(taken, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	inside := filepath.Join(taken, "data")
	blocked := t.TempDir()
	lock := filepath.Join(blocked, "lock")
	if err := os.Mkdir(lock, 0o700); err != nil {
		t.Fatal(err)
	}
	for dir, path := range map[string]string{taken: taken, inside: inside, blocked: lock} {
		e, err := Open(t.Context(), Config{Dir: dir})
		if err == nil {
			_ = e.Close()
		}
		problem := mail.AsError(err)
		if problem == nil || problem.Code != mail.CodeCannotWrite || problem.Args["path"] != path || problem.Args["reason"] != "inTheWay" {
			t.Errorf("open %s: %v, want code cannotWrite of %s, reason inTheWay", dir, err, path)
		}
	}
}

// TestDamagedAccount damages one account's file; the other one works.
func TestDamagedAccount(t *testing.T) {
	dir := t.TempDir()
	e := openEngine(t, dir, nil, idle)
	bad, good := addAccount(t, e, "ann"), addAccount(t, e, "bob")
	deliver(t, e, good, fill(t, e, good, usual)["INBOX"], "hello", 1)
	_ = e.Close()
	file := folder(dir).accountFile(bad)
	if err := os.WriteFile(file, []byte(strings.Repeat("this is no database ", 1000)), 0o600); err != nil {
		t.Fatal(err)
	}

	e = openEngine(t, dir, nil, idle)
	if s := e.Status(bad); s.Phase != mail.PhaseFailed || s.Problem == nil || s.Problem.Code != mail.CodeDamaged {
		t.Errorf("status of the damaged account is %+v, want failed with code damaged", s)
	}
	if _, err := e.Store(bad); mail.CodeOf(err) != mail.CodeDamaged {
		t.Errorf("store of the damaged account: %v, want code damaged", err)
	}
	page, err := e.Threads(t.Context(), View{Joint: ViewInboxes}, Filter{}, 0, 10)
	if err != nil || page.Total != 1 {
		t.Errorf("all inboxes: %+v, %v, want the other account's message", page, err)
	}
	if boxes, err := e.Mailboxes(t.Context()); err != nil || len(boxes) != 2 || len(boxes[1].Mailboxes) != len(usual) {
		t.Errorf("mailboxes: %+v, %v", boxes, err)
	}
	findings, err := e.Check(t.Context())
	if err != nil || len(findings) != 1 || findings[0].Account != bad || findings[0].Mended {
		t.Errorf("doctor found %+v, %v, want the damaged account", findings, err)
	}
	if err := e.RemoveAccount(t.Context(), bad); err != nil {
		t.Errorf("removing the damaged account: %v", err)
	}
	if _, err := os.Stat(file); !os.IsNotExist(err) {
		t.Errorf("the damaged file is still there (%v)", err)
	}
}

func TestCheckFindsStrays(t *testing.T) {
	dir := t.TempDir()
	e := openEngine(t, dir, nil, idle)
	addAccount(t, e, "ann")
	stray := filepath.Join(dir, "accounts", "77.db-wal")
	if err := os.WriteFile(stray, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	findings, err := e.Check(t.Context())
	if err != nil || len(findings) != 1 || findings[0].Account != 0 || !strings.Contains(findings[0].What, "77.db-wal") {
		t.Errorf("doctor found %+v, %v, want the stray file", findings, err)
	}
}
