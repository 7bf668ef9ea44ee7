package engine

import (
	"net"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"waxwing/backend/events"
	"waxwing/backend/mail"
	"waxwing/backend/mailtest"
	"waxwing/backend/secrets"
	"waxwing/backend/store"
)

// The tests of this file use real servers and the real synchronisation.

// TestMain compresses something first: the encoder makes its channels when first
// used, and those of a synctest bubble can't be used outside of it.
func TestMain(m *testing.M) {
	store.Prepare(store.Incoming{}, []byte("warm"))
	mailtest.Main(m)
}

// patience bounds the wait for something that must happen.
const patience = 30 * time.Second

// eventually waits until an event makes the condition true.
func eventually(t *testing.T, bus *events.Bus, what string, met func() bool) {
	t.Helper()
	happened := make(chan struct{}, 1)
	cancel := bus.Subscribe(func(events.Event) {
		select {
		case happened <- struct{}{}:
		default:
		}
	})
	defer cancel()
	deadline := time.After(patience)
	for !met() {
		select {
		case <-happened:
		case <-deadline:
			t.Fatalf("%s: it didn't happen in %v", what, patience)
		}
	}
}

func liveEngine(t *testing.T, dir string, bus *events.Bus) *Engine {
	t.Helper()
	e, err := Open(t.Context(), Config{Dir: dir, Bus: bus, Secrets: secrets.Options{KeyFile: filepath.Join(dir, "key")}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := e.Close(); err != nil {
			t.Errorf("Close: %v", err)
		}
	})
	return e
}

// inboxTotal counts the messages of an account's inbox.
func inboxTotal(t *testing.T, e *Engine, id mail.AccountID) int {
	t.Helper()
	all, err := e.Mailboxes(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, l := range all {
		for _, b := range l.Mailboxes {
			if l.Account == id && b.Role == mail.RoleInbox {
				return b.TotalEmails
			}
		}
	}
	return -1
}

// TestDemo connects the sample account, and finds the same mail after a
// restart, on servers with other ports.
func TestDemo(t *testing.T) {
	dir := t.TempDir()
	var bus events.Bus
	e := liveEngine(t, dir, &bus)
	e.Start(t.Context())
	id, err := e.AddDemo(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := e.AddDemo(t.Context()); mail.CodeOf(err) != mail.CodeExists {
		t.Errorf("AddDemo again: %v, want code exists", err)
	}
	eventually(t, &bus, "first sync", func() bool { return e.Status(id).Phase == mail.PhaseUpToDate })
	before, total := mustAccount(t, e, id), inboxTotal(t, e, id)
	if !before.Demo || total < 20 {
		t.Errorf("demo account is %+v with %d messages in the inbox, want the sample mail", before, total)
	}
	base := e.sampleBase(t.Context())
	if err := e.Close(); err != nil {
		t.Fatal(err)
	}

	// Somebody else takes the port meanwhile.
	taken, err := net.Listen("tcp4", net.JoinHostPort(before.IMAP.Host, strconv.Itoa(before.IMAP.Port)))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = taken.Close() }()

	e = liveEngine(t, dir, &bus)
	if err := e.SyncOnce(t.Context(), id, nil); err != nil {
		t.Fatalf("sync after a restart: %v", err)
	}
	after := mustAccount(t, e, id)
	if after.IMAP == before.IMAP {
		t.Errorf("the account still points to %+v", after.IMAP)
	}
	if again := e.sampleBase(t.Context()); base.IsZero() || !again.Equal(base) {
		t.Errorf("the sample mail leads up to %v after a restart, want %v as before", again, base)
	}
	if again := inboxTotal(t, e, id); again != total {
		t.Errorf("%d messages in the inbox after a restart, want %d", again, total)
	}
	if err := e.RemoveAccount(t.Context(), id); err != nil {
		t.Fatal(err)
	}
	if id, err = e.AddDemo(t.Context()); err != nil {
		t.Fatalf("AddDemo after removing it: %v", err)
	}
	if err := e.SyncOnce(t.Context(), id, nil); err != nil {
		t.Errorf("sync of the new demo account: %v", err)
	}
}

func mustAccount(t *testing.T, e *Engine, id mail.AccountID) mail.Account {
	t.Helper()
	info, err := e.Account(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	return info
}

// TestLive lets mail arrive, cuts the network, works offline, and comes back.
func TestLive(t *testing.T) {
	server := mailtest.Shared(t)
	user := server.NewUser(t)
	proxy := mailtest.NewProxy(t, server.IMAP())
	raw := []byte("From: bea@example.org\r\nTo: ann@example.org\r\nSubject: hello\r\nMessage-ID: <1@example.org>\r\n\r\nHello.\r\n")
	server.Deliver(t, user, "INBOX", raw)

	var bus events.Bus
	arrived := make(chan events.Arrived, 10)
	defer bus.Subscribe(func(ev events.Event) {
		if a, ok := ev.(events.Arrived); ok {
			arrived <- a
		}
	})()
	e := liveEngine(t, t.TempDir(), &bus)
	e.Start(t.Context())
	id, err := e.AddAccount(t.Context(), mail.Account{
		Email: server.Address(user), User: user, IMAP: proxy.Server(), Notify: true, NotifyHere: true,
	}, server.Password(user))
	if err != nil {
		t.Fatal(err)
	}
	eventually(t, &bus, "first sync", func() bool { return e.Status(id).Phase == mail.PhaseUpToDate })

	server.Deliver(t, user, "INBOX", []byte("From: bea@example.org\r\nSubject: news\r\nMessage-ID: <2@example.org>\r\n\r\nNews.\r\n"))
	select {
	case a := <-arrived:
		m, err := e.Message(t.Context(), mail.MessageRef(a.Account, a.Messages[0]))
		if err != nil || len(a.Messages) != 1 || m.Subject != "news" {
			t.Errorf("arrived: %+v, %q, %v, want the one new message", a, m.Subject, err)
		}
	case <-time.After(patience):
		t.Fatal("the new message didn't arrive")
	}

	proxy.Refuse(true)
	proxy.Cut()
	eventually(t, &bus, "offline", func() bool { return e.Status(id).Phase == mail.PhaseOffline })
	found, err := e.SearchMessages(t.Context(), "hello", 0, 10)
	if err != nil || len(found) != 1 {
		t.Fatalf("search offline: %+v, %v, want one message", found, err)
	}
	ref := mail.MessageRef(id, found[0].ID)
	if got, err := e.Raw(t.Context(), ref); err != nil || string(got) != string(raw) {
		t.Errorf("raw message offline: %q, %v, want %q", got, err, raw)
	}
	if _, err := e.Archive(t.Context(), []mail.Ref{ref}); err != nil {
		t.Fatal(err)
	}
	eventually(t, &bus, "still offline, with the change waiting", func() bool {
		s := e.Status(id)
		return s.Phase == mail.PhaseOffline && s.Pending == 1 && s.Problem != nil
	})

	proxy.Refuse(false)
	e.Wake(id)
	eventually(t, &bus, "back, with the change done", func() bool {
		s := e.Status(id)
		return s.Phase == mail.PhaseUpToDate && s.Pending == 0
	})
	if archive := server.Snapshot(t, user)["Archive"]; len(archive) != 1 {
		t.Errorf("the server's archive has %d messages, want 1", len(archive))
	}
}
