package imapsync

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/emersion/go-imap/v2"

	"waxwing/backend/connect"
	"waxwing/backend/mail"
)

// running is a Run under way.
type running struct {
	r        *rig
	bell     Bell
	statuses chan mail.Status
	arrived  chan []mail.MessageID
	done     chan error
	cancel   context.CancelFunc
}

// run starts Run; it ends with the test.
func (r *rig) run() *running {
	ctx, cancel := context.WithCancel(r.t.Context())
	l := &running{
		r: r, bell: NewBell(), statuses: make(chan mail.Status, 10_000),
		arrived: make(chan []mail.MessageID, 100), done: make(chan error, 1), cancel: cancel,
	}
	r.cfg.Status = func(st mail.Status) { l.statuses <- st }
	r.cfg.Arrived = func(ids []mail.MessageID) { l.arrived <- ids }
	go func() { l.done <- Run(ctx, r.cfg, l.bell) }()
	return l
}

// end stops it and returns its error.
func (l *running) end() error {
	l.cancel()
	return <-l.done
}

const patience = 30 * time.Second

// until waits for a status.
func (l *running) until(what string, is func(mail.Status) bool) {
	l.r.t.Helper()
	limit := time.After(patience)
	for {
		select {
		case st := <-l.statuses:
			if is(st) {
				return
			}
		case err := <-l.done:
			l.r.t.Fatalf("Run ended while waiting for %s: %v", what, err)
		case <-limit:
			l.r.t.Fatalf("no status in %v: %s", patience, what)
		}
	}
}

func upToDate(st mail.Status) bool { return st.Phase == mail.PhaseUpToDate }

func (l *running) arrival() []mail.MessageID {
	l.r.t.Helper()
	select {
	case ids := <-l.arrived:
		return ids
	case err := <-l.done:
		l.r.t.Fatalf("Run ended while waiting for mail: %v", err)
	case <-time.After(patience):
		l.r.t.Fatal("no mail arrives")
	}
	return nil
}

// TestRun: new mail is announced as the server tells of it, operations go out
// when woken.
func TestRun(t *testing.T) {
	t.Parallel()
	for name, withhold := range map[string][]imap.Cap{"IDLE": nil, "polling": {imap.CapIdle}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t, withhold...)
			r.load(20)
			r.cfg.limits.pollInbox = 50 * time.Millisecond
			if withhold == nil {
				r.cfg.limits.pollInbox = time.Hour
				r.cfg.limits.idle = 100 * time.Millisecond // many IDLEs, one after the other
			}
			l := r.run()
			l.until("first pass", upToDate)
			other := r.server.Client(t, r.user)
			other.Append("INBOX", letter("n1", "Eve <eve@example.org>", "hello"), time.Time{})
			if got := l.arrival(); len(got) != 1 {
				t.Errorf("arrived %v, want one message", got)
			}
			// Read mail, one's own and old mail are no news.
			other.Append("INBOX", letter("n2", "eve@example.org", "read"), time.Time{}, `\Seen`)
			other.Append("INBOX", letter("n3", r.cfg.Account.Email, "own"), time.Time{})
			other.Append("INBOX", letter("n4", "eve@example.org", "old"), r.cfg.Account.CreatedAt.Add(-time.Hour))
			other.Append("INBOX", letter("n5", "eve@example.org", "news"), time.Time{})
			got := l.arrival()
			if m, err := r.store.Message(t.Context(), got[0]); err != nil || len(got) != 1 || m.Subject != "news" {
				t.Errorf("arrived %v (%q, %v), want only the news", got, m.Subject, err)
			}
			r.apply(mail.Change{Messages: r.ids("INBOX")[:3], Keywords: &mail.KeywordChange{Add: []mail.Keyword{"$flagged"}}})
			r.apply(mail.Change{Messages: r.ids("INBOX")[3:5], Move: &mail.MoveChange{To: r.mailbox("Trash").ID}})
			l.bell.Ring(WakeQuick)
			l.until("replay", func(st mail.Status) bool { return upToDate(st) && r.pending() == 0 })
			r.same()
			if err := l.end(); err != nil {
				t.Errorf("Run ended by its context: %v, want nil", err)
			}
		})
	}
}

// TestWakes: a ring for a change looks at the inbox and nothing else; one for a
// person shows what changed in another mailbox, without waiting for the poll.
func TestWakes(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.load(3)
	p := r.through()
	l := r.run()
	l.until("first pass", upToDate)
	other := r.server.Client(t, r.user)
	other.Append("Archive", letter("a1", "eve@example.org", "elsewhere"), time.Time{})
	p.Reset()
	r.apply(mail.Change{Messages: r.ids("INBOX")[:1], Keywords: &mail.KeywordChange{Add: []mail.Keyword{"$flagged"}}})
	l.bell.Ring(WakeQuick)
	l.until("replay", func(st mail.Status) bool { return upToDate(st) && r.pending() == 0 })
	if lines := p.Lines(); hasLine(lines, "LIST") || hasLine(lines, "STATUS") || hasLine(lines, "Archive") {
		t.Errorf("a ring for a change looks at more than the inbox: %q", lines)
	}
	other.Do("CREATE Work")
	other.Append("Work", letter("w1", "eve@example.org", "new mailbox"), time.Time{})
	l.bell.Ring(WakeQuick)
	l.bell.Ring(WakeFull)
	l.bell.Ring(WakeQuick) // doesn't make less of it
	l.until("complete pass", func(st mail.Status) bool { return upToDate(st) && r.has("Archive", 1) && r.has("Work", 1) })
	r.same()
}

// TestNewMailbox: a mailbox that somebody makes or renames is seen within a minute, and a
// minute in which nobody does costs one short question.
func TestNewMailbox(t *testing.T) {
	t.Parallel()
	for name, withhold := range map[string][]imap.Cap{"LIST-STATUS": nil, "plain": {imap.CapListStatus, imap.CapListExtended}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t, withhold...)
			r.load(3)
			r.populate("Work")
			r.cfg.limits.poll = time.Hour
			p := r.through()
			l := r.run()
			l.until("first pass", upToDate)
			l.bell.Ring(WakeQuick)
			l.until("that it waits", upToDate)
			p.Reset()
			r.advance(r.cfg.limits.pollInbox)
			p.WaitLine("LIST", 1)
			if lines := p.Lines(); hasLine(lines, "STATUS") || hasLine(lines, "Work") {
				t.Errorf("a minute without news costs more than a list of names: %q", lines)
			}
			other := r.server.Client(t, r.user)
			other.Do("CREATE News")
			r.advance(r.cfg.limits.pollInbox)
			l.until("the new mailbox", func(st mail.Status) bool { return upToDate(st) && r.has("News", 0) })
			other.Do("RENAME Work Job")
			r.advance(r.cfg.limits.pollInbox)
			l.until("the new name", func(st mail.Status) bool { return upToDate(st) && r.has("Job", 2) })
			r.same()
		})
	}
}

// TestNamesThatDiffer: a server that lists others when it is asked for their
// counts, too, costs one pass more and not one a minute.
func TestNamesThatDiffer(t *testing.T) {
	t.Parallel()
	f := newFake(t, 1)
	f.caps = "IMAP4rev1 LIST-EXTENDED"
	lists := 0
	f.answer = func(tag, command string) (string, bool) {
		if !strings.HasPrefix(command, "LIST") {
			return "", false
		}
		lists++
		if strings.Contains(command, "RETURN") {
			return "", false
		}
		return "* LIST () \"/\" INBOX\r\n* LIST () \"/\" Shared\r\n" + tag + " OK done\r\n", true
	}
	r := f.rig()
	y := newSyncer(r.cfg)
	defer y.disconnect()
	if err := y.connect(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := y.pass(t.Context()); err != nil {
		t.Fatal(err)
	}
	for range 3 {
		if err := y.lookAtNames(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if lists != 5 {
		t.Errorf("%d LIST commands for two passes and three looks at names, want 5", lists)
	}
}

// TestWakeDuringPass: what a person asks for while a mailbox is being fetched
// comes after that, for the sake of the mailboxes that had their turn.
func TestWakeDuringPass(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	other := r.server.Client(t, r.user)
	for i := range 40 {
		other.Append("Archive", letter(fmt.Sprint("a", i), "eve@example.org", "old"), time.Time{})
	}
	r.cfg.limits.chunkCount, r.cfg.limits.pipeline = 2, 1
	r.cfg.limits.batchWait = time.Millisecond
	p := r.through()
	p.Delay(5 * time.Millisecond)
	l := r.run()
	l.until("the archive", func(st mail.Status) bool { return st.Mailbox == "Archive" })
	other.Append("Sent", letter("s1", "eve@example.org", "meanwhile"), time.Time{})
	l.bell.Ring(WakeFull)
	l.until("complete pass", func(st mail.Status) bool { return upToDate(st) && r.has("Sent", 1) })
	r.same()
}

// has reports whether a mailbox is there and holds so many messages.
func (r *rig) has(path string, n int) bool {
	r.t.Helper()
	list, err := r.store.Mailboxes(r.t.Context())
	if err != nil {
		r.t.Fatal(err)
	}
	return slices.ContainsFunc(list, func(m mail.Mailbox) bool { return m.Path == path && m.TotalEmails == n })
}

// TestUrgent: operations and new mail don't wait for the end of a first sync.
func TestUrgent(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.load(300)
	r.cfg.limits.chunkCount, r.cfg.limits.pipeline = 5, 1
	p := r.through()
	p.Delay(5 * time.Millisecond)
	l := r.run()
	l.until("head start", func(st mail.Status) bool { return st.Done >= 50 })
	ids := r.ids("INBOX")
	r.apply(mail.Change{Messages: ids[:1], Keywords: &mail.KeywordChange{Add: []mail.Keyword{"urgent"}}})
	l.bell.Ring(WakeQuick)
	other := r.server.Client(t, r.user)
	other.Append("INBOX", letter("n1", "eve@example.org", "hello"), time.Time{})
	var replayed, late bool
	l.until("first pass", func(st mail.Status) bool {
		if !replayed && r.pending() == 0 {
			replayed = hasLine(p.Lines(), "STORE")
			late = st.Phase != mail.PhaseSyncing
		}
		return upToDate(st)
	})
	if !replayed || late {
		t.Errorf("operation replayed %v, after the first sync %v; want it replayed in the middle", replayed, late)
	}
	r.same()
}

// TestArrivedBeforeFailure: what came in before the connection broke is announced,
// since the next pass knows it already.
func TestArrivedBeforeFailure(t *testing.T) {
	t.Parallel()
	f := newFake(t, 3)
	r := f.rig()
	r.cfg.Account.CreatedAt = time.Time{}
	r.cfg.limits.chunkCount, r.cfg.limits.hangups = 1, 0
	r.cfg.Arrived = func(ids []mail.MessageID) { r.arrived = append(r.arrived, ids) }
	r.sync()
	for uid := uint32(4); uid <= 5; uid++ {
		m := &fakeMessage{uid: uid, raw: letter(fmt.Sprint("new", uid), "eve@example.org", "new")}
		m.reply = func(items, proper string) (string, bool, string) {
			return strings.ReplaceAll(proper, `\Seen`, ""), m.uid == 4 && strings.Contains(items, body), ""
		}
		f.messages = append(f.messages, m)
	}
	if err := Sync(t.Context(), r.cfg); mail.CodeOf(err) != mail.CodeConnectionLost {
		t.Fatalf("Sync returns %v, want %s", err, mail.CodeConnectionLost)
	}
	if len(r.arrived) != 1 || len(r.arrived[0]) != 1 {
		t.Errorf("arrived %v, want the message that came in", r.arrived)
	}
}

// TestHalfOpen: a connection that died without a word is noticed on waking. Only what
// is asked after its death has little patience, so that a busy computer doesn't matter.
func TestHalfOpen(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.load(5)
	p := r.through()
	y := newSyncer(r.cfg)
	defer y.disconnect()
	if err := y.connect(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := y.pass(t.Context()); err != nil {
		t.Fatal(err)
	}
	p.Blackhole(true)
	y.cfg.limits.patience = 600 * time.Millisecond
	err := explain(y.afterWake(t.Context(), WakeQuick), r.cfg.Account.IMAP)
	if mail.CodeOf(err) != mail.CodeTimeout {
		t.Errorf("waking ends with %v, want a timeout", err)
	}
}

// TestLost: a connection that is reset ends Run with an error.
func TestLost(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.load(5)
	p := r.through()
	l := r.run()
	l.until("first pass", upToDate)
	p.Refuse(true)
	p.Cut()
	if err := <-l.done; mail.CodeOf(err) != mail.CodeConnectionLost {
		t.Errorf("Run ends with %v, want %s", err, mail.CodeConnectionLost)
	}
}

// TestSignIn: each way of not getting in has its code.
func TestSignIn(t *testing.T) {
	t.Parallel()
	failing := errors.New("no password")
	tests := []struct {
		name   string
		change func(*rig)
		want   mail.Code
	}{
		{"wrong password", func(r *rig) {
			r.cfg.Credentials = func(context.Context) (connect.Credentials, error) {
				return connect.Credentials{User: r.user, Password: "wrong"}, nil
			}
		}, mail.CodeSignIn},
		{"no credentials", func(r *rig) {
			r.cfg.Credentials = func(context.Context) (connect.Credentials, error) {
				return connect.Credentials{}, &mail.Error{Code: mail.CodeNeedsPassword, Err: failing}
			}
		}, mail.CodeNeedsPassword},
		{"untrusted", func(r *rig) { r.cfg.Account.IMAP = r.server.IMAPS() }, mail.CodeTLSUntrusted},
		{"untrusted STARTTLS", func(r *rig) { r.cfg.Account.IMAP = r.server.STARTTLS() }, mail.CodeTLSUntrusted},
		{"TLS", func(r *rig) { r.cfg.Account.IMAP = r.server.IMAPS(); r.cfg.Dialer.Roots = r.server.Roots }, ""},
		{"STARTTLS", func(r *rig) { r.cfg.Account.IMAP = r.server.STARTTLS(); r.cfg.Dialer.Roots = r.server.Roots }, ""},
		{"nobody there", func(r *rig) { p := r.through(); p.Refuse(true) }, mail.CodeRefused},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t)
			r.load(3)
			test.change(r)
			if err := Sync(t.Context(), r.cfg); mail.CodeOf(err) != test.want {
				t.Errorf("Sync: %v, want code %q", err, test.want)
			}
			if test.want == "" {
				r.same()
			}
		})
	}
}
