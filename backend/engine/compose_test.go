package engine

import (
	"errors"
	"reflect"
	"strings"
	"testing"
	"time"

	"waxwing/backend/events"
	"waxwing/backend/mail"
)

// begin starts a new draft of an account.
func begin(t *testing.T, e *Engine, id mail.AccountID) AccountDraft {
	t.Helper()
	d, err := e.Compose(t.Context(), StartDraft{Account: id, Kind: mail.DraftNew})
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// outboxEvents returns a function that waits for the next event about an outbox and
// wants it to be that of an account.
func outboxEvents(t *testing.T, bus *events.Bus) func(mail.AccountID) {
	t.Helper()
	told := make(chan mail.AccountID, 100)
	t.Cleanup(bus.Subscribe(func(ev events.Event) {
		if changed, ok := ev.(events.OutboxChanged); ok {
			told <- changed.Account
		}
	}))
	return func(want mail.AccountID) {
		t.Helper()
		select {
		case got := <-told:
			if got != want {
				t.Errorf("told of the outbox of account %d, want %d", got, want)
			}
		case <-time.After(time.Minute):
			t.Fatal("nobody told that the outbox changed")
		}
	}
}

// TestDraftSurvives writes a draft, ends the engine without a word to the draft, and
// opens it again; one that nothing was written into is gone.
func TestDraftSurvives(t *testing.T) {
	dir := t.TempDir()
	bus := new(events.Bus)
	told := outboxEvents(t, bus)
	e := openEngine(t, dir, bus, idle)
	id := addAccount(t, e, "ann")
	empty := begin(t, e, id)
	told(id)
	d := begin(t, e, id)
	told(id)
	if d.From.Email != "ann@example.org" || d.Format != mail.FormatRich || d.Ref().Kind != mail.RefDraft {
		t.Errorf("begins as %+v", d)
	}
	file, err := e.AttachFile(t.Context(), d.Ref(), "plan.txt", "text/plain", "", strings.NewReader("plan"))
	if err != nil {
		t.Fatal(err)
	}
	told(id)
	d.Body, d.To = "<p>Hello", []mail.Address{{Email: "bea@example.org"}}
	if d, err = e.SaveDraft(t.Context(), d); err != nil {
		t.Fatal(err)
	}
	told(id)
	if err := e.Close(); err != nil {
		t.Fatal(err)
	}

	e = openEngine(t, dir, nil, idle)
	list, err := e.Drafts(t.Context())
	if err != nil || len(list) != 1 || !reflect.DeepEqual(list[0], d) {
		t.Fatalf("after a restart the drafts are %+v, %v; want %+v", list, err, d)
	}
	got, data, err := e.DraftFile(t.Context(), d.Ref(), file.ID)
	if err != nil || string(data) != "plan" || got != file {
		t.Errorf("its file is %+v, %q, %v", got, data, err)
	}
	wantNotFound(t, empty.Ref(), func() error { _, err := e.OpenDraft(t.Context(), empty.Ref()); return err })
	d.Revision--
	if _, err := e.SaveDraft(t.Context(), d); mail.CodeOf(err) != mail.CodeConflict {
		t.Errorf("saving an older revision gives %v, want a conflict", err)
	}
	if err := e.RemoveFile(t.Context(), d.Ref(), file.ID); err != nil {
		t.Error(err)
	}
	if err := e.DiscardDraft(t.Context(), d.Ref()); err != nil {
		t.Error(err)
	}
	wantNotFound(t, d.Ref(), func() error { return e.DiscardDraft(t.Context(), d.Ref()) })
}

// wantNotFound expects that what is named by ref isn't there, and that the error
// names it.
func wantNotFound(t *testing.T, ref mail.Ref, f func() error) {
	t.Helper()
	err := f()
	if problem := mail.AsError(err); problem == nil || problem.Code != mail.CodeNotFound || problem.Args["id"] != ref.String() {
		t.Errorf("got %v, want that %s isn't there", err, ref)
	}
}

// TestAttachRefuses attaches what no server would take and what can't be read.
func TestAttachRefuses(t *testing.T) {
	e := openEngine(t, t.TempDir(), nil, idle)
	d := begin(t, e, addAccount(t, e, "ann"))
	broken := errors.New("the disk is gone")
	_, err := e.AttachFile(t.Context(), d.Ref(), "x", "", "", failing{broken})
	if !errors.Is(err, broken) {
		t.Errorf("got %v, want %v", err, broken)
	}
	_, err = e.AttachFile(t.Context(), d.Ref(), "x", "", "", endless{})
	if mail.CodeOf(err) != mail.CodeTooLarge {
		t.Errorf("got %v, want too large", err)
	}
	now, err := e.OpenDraft(t.Context(), d.Ref())
	if err != nil || len(now.Files) != 0 {
		t.Errorf("the draft has %+v, %v; want no file", now.Files, err)
	}
}

type failing struct{ err error }

func (f failing) Read([]byte) (int, error) { return 0, f.err }

type endless struct{}

func (endless) Read(p []byte) (int, error) { return len(p), nil }

// TestWrongReferences names what is no draft.
func TestWrongReferences(t *testing.T) {
	e := openEngine(t, t.TempDir(), nil, idle)
	id := addAccount(t, e, "ann")
	d := begin(t, e, id)
	for _, ref := range []mail.Ref{mail.MailboxRef(id, mail.MailboxID(d.ID)), mail.DraftRef(id, 7), mail.DraftRef(99, 1)} {
		for name, f := range map[string]func() error{
			"open":     func() error { _, err := e.OpenDraft(t.Context(), ref); return err },
			"versions": func() error { _, err := e.DraftVersions(t.Context(), ref); return err },
			"attach": func() error {
				_, err := e.AttachFile(t.Context(), ref, "x", "", "", strings.NewReader(""))
				return err
			},
			"remove": func() error { return e.RemoveFile(t.Context(), ref, 1) },
			"file":   func() error { _, _, err := e.DraftFile(t.Context(), ref, 1); return err },
		} {
			if err := f(); mail.CodeOf(err) != mail.CodeNotFound {
				t.Errorf("%s of %s gives %v", name, ref, err)
			}
		}
	}
	_, err := e.Compose(t.Context(), StartDraft{Account: id, Kind: "song"})
	if problem := mail.AsError(err); problem == nil || problem.Code != mail.CodeInvalid || problem.Args["field"] != "kind" {
		t.Errorf("a draft of no kind gives %v", err)
	}
}
