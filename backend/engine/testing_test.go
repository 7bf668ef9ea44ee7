package engine

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"waxwing/backend/events"
	"waxwing/backend/imapsync"
	"waxwing/backend/mail"
	"waxwing/backend/message"
	"waxwing/backend/secrets"
	"waxwing/backend/store"
)

// openEngine opens an engine on dir that signs in with a key file and never
// reaches a network: run takes the place of the synchronisation.
func openEngine(t *testing.T, dir string, bus *events.Bus, run func(context.Context, imapsync.Config) error) *Engine {
	t.Helper()
	e, err := Open(t.Context(), Config{
		Dir:     dir,
		Bus:     bus,
		Secrets: secrets.Options{KeyFile: filepath.Join(dir, "key")},
		// Not what the computer that the tests run on has.
		PolicyFile: filepath.Join(dir, "policy.json"),
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = e.Close() })
	e.sync = synchroniser{
		once: func(ctx context.Context, c imapsync.Config) error { return run(ctx, c) },
		run:  func(ctx context.Context, c imapsync.Config, _ imapsync.Bell) error { return run(ctx, c) },
	}
	return e
}

// idle is a synchronisation that is up to date until it is stopped.
func idle(ctx context.Context, c imapsync.Config) error {
	c.Status(mail.Status{Phase: mail.PhaseUpToDate})
	<-ctx.Done()
	return ctx.Err()
}

// addAccount connects an account of the given name.
func addAccount(t *testing.T, e *Engine, name string) mail.AccountID {
	t.Helper()
	id, err := e.AddAccount(t.Context(), mail.Account{
		Email: name + "@example.org",
		IMAP:  mail.Server{Host: "imap.example.org"},
	}, "secret of "+name)
	if err != nil {
		t.Fatal(err)
	}
	return id
}

// attempts records when a synchronisation was tried.
type attempts struct {
	mu sync.Mutex
	at []time.Time
}

func (a *attempts) note() int {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.at = append(a.at, time.Now())
	return len(a.at)
}

func (a *attempts) times() []time.Time {
	a.mu.Lock()
	defer a.mu.Unlock()
	return append([]time.Time(nil), a.at...)
}

// usual are the mailboxes of a usual account.
var usual = []store.RemoteMailbox{
	{Path: "INBOX", Delimiter: "/", Role: mail.RoleInbox, Selectable: true},
	{Path: "Drafts", Delimiter: "/", Role: mail.RoleDrafts, Selectable: true},
	{Path: "Archive", Delimiter: "/", Role: mail.RoleArchive, Selectable: true},
	{Path: "Trash", Delimiter: "/", Role: mail.RoleTrash, Selectable: true},
	{Path: "Junk", Delimiter: "/", Role: mail.RoleJunk, Selectable: true},
}

// fill gives an account mailboxes and returns them by path.
func fill(t *testing.T, e *Engine, id mail.AccountID, boxes []store.RemoteMailbox) map[string]mail.MailboxID {
	t.Helper()
	db, err := e.Store(id)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := db.SetMailboxes(t.Context(), boxes); err != nil {
		t.Fatal(err)
	}
	list, err := db.Mailboxes(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	byPath := map[string]mail.MailboxID{}
	for _, b := range list {
		byPath[b.Path] = b.ID
	}
	return byPath
}

// deliver stores a message with the subject and keywords, received so many
// minutes after noon, and returns its Ref.
func deliver(
	t *testing.T, e *Engine, id mail.AccountID, box mail.MailboxID, subject string, minute int, keywords ...mail.Keyword,
) mail.Ref {
	t.Helper()
	db, err := e.Store(id)
	if err != nil {
		t.Fatal(err)
	}
	raw := fmt.Appendf(nil, "From: bea@example.org\r\nTo: ann@example.org\r\nSubject: %s\r\nMessage-ID: <%s.%d.%d@example.org>\r\n\r\nText of %s.\r\n",
		subject, subject, id, minute, subject)
	incoming := store.Prepare(store.Incoming{
		UID:        mail.UID(1000*int(box) + minute + 1),
		Keywords:   keywords,
		ReceivedAt: time.Date(2026, 3, 1, 12, minute, 0, 0, time.UTC),
		Size:       int64(len(raw)),
		Content:    message.Content(raw),
	}, raw)
	_, ids, err := db.Commit(t.Context(), store.Batch{Mailbox: box, Incoming: []store.Incoming{incoming}})
	if err != nil || len(ids) != 1 || ids[0] == 0 {
		t.Fatalf("commit of %q: ids %v, error %v", subject, ids, err)
	}
	return mail.MessageRef(id, ids[0])
}

// accountFiles lists what lies among the accounts' files.
func accountFiles(t *testing.T, dir string) []string {
	t.Helper()
	entries, err := os.ReadDir(filepath.Join(dir, "accounts"))
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names
}
