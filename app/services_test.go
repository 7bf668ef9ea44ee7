package app

import (
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/zalando/go-keyring"

	"waxwing/backend/engine"
	"waxwing/backend/events"
	"waxwing/backend/mail"
)

// demoShell is a shell with a running engine, the sample account in it, and no
// window.
func demoShell(t *testing.T) *shell {
	t.Helper()
	keyring.MockInit()
	s := newShell(startOptions{data: t.TempDir()}, slog.New(slog.DiscardHandler))
	arrived := make(chan struct{}, 1)
	s.bus.Subscribe(func(e events.Event) {
		if st, ok := e.(events.StatusChanged); ok && st.Status.Phase == mail.PhaseUpToDate {
			select {
			case arrived <- struct{}{}:
			default:
			}
		}
	})
	s.mail, s.problem = engine.Open(t.Context(), engine.Config{Dir: s.options.data, Bus: &s.bus})
	if s.problem != nil {
		t.Fatal(s.problem)
	}
	t.Cleanup(func() {
		if err := s.mail.Close(); err != nil {
			t.Error(err)
		}
	})
	s.callContext = t.Context()
	close(s.opened)
	if _, err := s.mail.AddDemo(t.Context()); err != nil {
		t.Fatal(err)
	}
	s.mail.Start(t.Context())
	select {
	case <-arrived:
	case <-time.After(30 * time.Second):
		t.Fatal("the sample mail didn't arrive")
	}
	return s
}

func TestServicesShowAndChangeTheSampleMail(t *testing.T) {
	s := demoShell(t)
	m := &Mail{s}
	page, err := m.Threads(ThreadQuery{View: "inboxes", Limit: 50})
	if err != nil || page.Total < 50 || len(page.Threads) != 50 {
		t.Fatalf("threads: total %d, page %d, err %v", page.Total, len(page.Threads), err)
	}
	row := page.Threads[3]
	thread, err := m.Thread(row.ID)
	if err != nil || len(thread.Messages) != row.Count {
		t.Fatalf("thread of %d messages, row says %d, err %v", len(thread.Messages), row.Count, err)
	}
	body, err := m.Body(row.Latest)
	if err != nil {
		t.Fatal(err)
	}
	w := get(s.bodies, body.URL)
	if w.Code != http.StatusOK || !strings.Contains(w.Header().Get("Content-Security-Policy"), "sandbox") {
		t.Errorf("body: %d, policy %q", w.Code, w.Header().Get("Content-Security-Policy"))
	}

	receipt, err := m.Archive(row.Messages, []string{row.Mailbox})
	if err != nil || len(receipt.Operations) == 0 {
		t.Fatalf("archive: %+v, %v", receipt, err)
	}
	after, err := m.Threads(ThreadQuery{View: "inboxes", Limit: 1})
	if err != nil || after.Total != page.Total-1 {
		t.Errorf("after archiving: %d threads, want %d (%v)", after.Total, page.Total-1, err)
	}
	if err := m.Undo(receipt); err != nil {
		t.Fatal(err)
	}
	if after, _ = m.Threads(ThreadQuery{View: "inboxes", Limit: 1}); after.Total != page.Total {
		t.Errorf("after undo: %d threads, want %d", after.Total, page.Total)
	}
}

func TestListsAreNeverNull(t *testing.T) {
	s := demoShell(t)
	m := &Mail{s}
	empty, err := m.Search(SearchQuery{Query: "nobody-writes-this-word", Limit: 5})
	if err != nil {
		t.Fatal(err)
	}
	pending, err := m.Pending()
	if err != nil {
		t.Fatal(err)
	}
	for _, v := range []any{empty, pending} {
		text, err := json.Marshal(v)
		if err != nil || strings.Contains(string(text), "null") {
			t.Errorf("%s, %v", text, err)
		}
	}
}

func TestErrorsLeaveAsProblems(t *testing.T) {
	err := errors.Join(errors.New("context"), &mail.Error{
		Code: mail.CodeRefused, Args: map[string]string{"host": "h"}, Err: errors.New("dial tcp: secret detail"),
	})
	if got, want := formatError(err), `{"code":"refused","args":{"host":"h"},"server":""}`; got != want {
		t.Errorf("formatError = %v, want %s", got, want)
	}
	if got, want := formatError(errors.New("x")), `{"code":"internal","args":{},"server":""}`; got != want {
		t.Errorf("formatError = %v, want %s", got, want)
	}
}

func TestPreferences(t *testing.T) {
	s := demoShell(t)
	settings := &Settings{s}
	p, err := settings.Get()
	if err != nil || p.Theme != "system" || p.RemoteImages != "ask" {
		t.Fatalf("defaults %+v, %v", p, err)
	}
	p.Theme, p.Language = "dark", "de"
	if _, err := settings.Set(p); err != nil {
		t.Fatal(err)
	}
	if got, err := settings.Get(); err != nil || got.Theme != "dark" || got.Language != "de" {
		t.Errorf("stored %+v, %v", got, err)
	}
	p.Theme = "pink"
	if _, err := settings.Set(p); mail.CodeOf(err) != mail.CodeInvalid {
		t.Errorf("a theme that isn't offered: %v", err)
	}
}

func TestOpenLinkRefusesWhatIsNoLink(t *testing.T) {
	s := &System{newShell(startOptions{}, slog.New(slog.DiscardHandler))}
	for _, link := range []string{
		"javascript:alert(1)", "file:///etc/passwd", "data:text/html,x", "smb://server/share", "", "https:", "ms-msdt:/id", "//x.example",
	} {
		if err := s.OpenLink(link); mail.CodeOf(err) != mail.CodeInvalid {
			t.Errorf("OpenLink(%q) = %v, want invalid", link, err)
		}
	}
}
