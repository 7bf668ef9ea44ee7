package imapsync

import (
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"waxwing/backend/mail"
)

// stores returns the STORE commands that the fake was sent, and forgets them.
func (f *fake) stores() []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	var out []string
	for _, c := range f.commands {
		if strings.HasPrefix(c, "UID STORE") {
			out = append(out, c)
		}
	}
	f.commands = nil
	return out
}

// TestReplayGoesOn: what a server can't do now holds back what comes later about
// the same messages, and nothing else.
func TestReplayGoesOn(t *testing.T) {
	t.Parallel()
	for _, code := range []string{"SERVERBUG", "INUSE", "UNAVAILABLE", "LIMIT"} {
		t.Run(code, func(t *testing.T) {
			t.Parallel()
			f := newFake(t, 4)
			willing := false
			f.answer = func(tag, command string) (string, bool) {
				if !willing && strings.HasPrefix(command, "UID STORE 1 +FLAGS") && strings.Contains(command, "one") {
					return tag + " NO [" + code + "] not now\r\n", true
				}
				return "", false
			}
			r := f.rig()
			r.sync()
			ids := r.ids("INBOX")
			mark := func(k mail.Keyword, messages ...mail.MessageID) {
				r.apply(mail.Change{Messages: messages, Keywords: &mail.KeywordChange{Add: []mail.Keyword{k}}})
			}
			mark("one", ids[0])
			mark("two", ids[1])
			mark("three", ids[0], ids[2]) // waits for the first
			mark("four", ids[2])          // waits for the third
			mark("five", ids[3])
			f.stores()
			r.sync()
			if got, want := storedWords(f.stores()), "one two five"; got != want {
				t.Errorf("server was asked for %q, want %q", got, want)
			}
			if n := r.pending(); n != 3 {
				t.Errorf("%d operations pending, want 3", n)
			}
			willing = true
			r.advance(r.cfg.limits.retry)
			r.sync()
			if got, want := storedWords(f.stores()), "one three four"; got != want {
				t.Errorf("then server was asked for %q, want %q", got, want)
			}
			if n := r.pending(); n != 0 || len(r.refused) > 0 {
				t.Errorf("%d operations pending, refused %+v, want none", n, r.refused)
			}
		})
	}
}

// storedWords returns the keywords of STORE commands in order.
func storedWords(commands []string) string {
	var out []string
	for _, c := range commands {
		_, words, _ := strings.Cut(c, "(")
		out = append(out, strings.TrimSuffix(words, ")"))
	}
	return strings.Join(out, " ")
}

// TestReplayGivesUpOnMessage: a piece that fails for a passing reason again and
// again comes back in the end.
func TestReplayGivesUpOnMessage(t *testing.T) {
	t.Parallel()
	f := newFake(t, 2)
	f.answer = func(tag, command string) (string, bool) {
		return tag + " NO [SERVERBUG] oops\r\n", strings.HasPrefix(command, "UID STORE")
	}
	r := f.rig()
	r.cfg.Refused = func(o mail.Operation) { r.refused = append(r.refused, o) }
	r.sync()
	r.apply(mail.Change{Messages: r.ids("INBOX")[:1], Keywords: &mail.KeywordChange{Add: []mail.Keyword{"one"}}})
	start := r.clock.Now()
	f.stores()
	for n := range r.cfg.limits.attempts {
		if len(r.refused) > 0 {
			t.Fatalf("refused after %d attempts, want %d", n, r.cfg.limits.attempts)
		}
		pause := r.cfg.limits.pause(n)
		r.sync()
		r.advance(pause - time.Second)
		r.sync() // as after a restart: nothing is asked before its time
		if asked := f.stores(); len(asked) != 1 {
			t.Fatalf("attempt %d: asked %q, want one STORE", n+1, asked)
		}
		r.advance(time.Second)
	}
	if took := r.clock.Now().Sub(start); took < 9*time.Hour || took > 24*time.Hour {
		t.Errorf("given up after %v, want more than a night and less than a day", took)
	}
	if len(r.refused) != 1 || r.pending() != 0 {
		t.Errorf("refused %+v, %d pending, want the one operation refused", r.refused, r.pending())
	}
}

// TestReplayPauseGoesOver: what was put off is done when its time has come, without
// anybody ringing. A clock that was set back holds nothing up.
func TestReplayPauseGoesOver(t *testing.T) {
	t.Parallel()
	for name, skip := range map[string]time.Duration{"in time": defaultLimits.retry, "clock set back": -1000 * time.Hour} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newFake(t, 2)
			var refusals atomic.Int32
			f.answer = func(tag, command string) (string, bool) {
				refuse := strings.HasPrefix(command, "UID STORE 1 ") && refusals.Add(1) == 1
				return tag + " NO [INUSE] not now\r\n", refuse
			}
			r := f.rig()
			l := r.run()
			l.until("first pass", upToDate)
			for i, k := range []mail.Keyword{"one", "two"} {
				r.apply(mail.Change{Messages: r.ids("INBOX")[i : i+1], Keywords: &mail.KeywordChange{Add: []mail.Keyword{k}}})
			}
			l.bell.Ring(WakeQuick)
			l.until("the other operation", func(st mail.Status) bool { return upToDate(st) && r.pending() == 1 })
			r.advance(skip)
			if skip < 0 {
				l.bell.Ring(WakeQuick)
			}
			l.until("what was put off", func(st mail.Status) bool { return upToDate(st) && r.pending() == 0 })
			if err := l.end(); err != nil {
				t.Error(err)
			}
		})
	}
}

// TestReplayWhenAsked: who asks has what was put off tried at once, and may ask as
// often as they like without using up its attempts.
func TestReplayWhenAsked(t *testing.T) {
	t.Parallel()
	f := newFake(t, 1)
	var willing atomic.Bool
	f.answer = func(tag, command string) (string, bool) {
		return tag + " NO [UNAVAILABLE] later\r\n", strings.HasPrefix(command, "UID STORE") && !willing.Load()
	}
	r := f.rig()
	l := r.run()
	l.until("first pass", upToDate)
	r.apply(mail.Change{Messages: r.ids("INBOX"), Keywords: &mail.KeywordChange{Add: []mail.Keyword{"one"}}})
	l.bell.Ring(WakeQuick)
	l.until("an attempt", upToDate)
	for range 2 * r.cfg.limits.attempts {
		l.bell.Ring(WakeFull)
		l.until("an attempt", upToDate)
	}
	work, err := r.store.NextWork(t.Context(), 1)
	if err != nil || len(work) != 1 || work[0].Attempts != 1 || len(f.stores()) < r.cfg.limits.attempts {
		t.Fatalf("work is %+v, %v, want one piece with one attempt that counts", work, err)
	}
	willing.Store(true)
	l.bell.Ring(WakeFull)
	l.until("the operation", func(st mail.Status) bool { return upToDate(st) && r.pending() == 0 })
	if err := l.end(); err != nil {
		t.Error(err)
	}
}

// TestReplaySparesServer: a server that refuses whatever it is asked is left alone
// until the next pass.
func TestReplaySparesServer(t *testing.T) {
	t.Parallel()
	f := newFake(t, 3*unwilling)
	f.answer = func(tag, command string) (string, bool) {
		return tag + " NO [UNAVAILABLE] later\r\n", strings.HasPrefix(command, "UID STORE")
	}
	r := f.rig()
	r.sync()
	for i, id := range r.ids("INBOX") {
		r.apply(mail.Change{Messages: []mail.MessageID{id}, Keywords: &mail.KeywordChange{Add: []mail.Keyword{mail.Keyword(fmt.Sprint("k", i))}}})
	}
	f.stores()
	r.sync()
	if n := len(f.stores()); n != unwilling {
		t.Errorf("asked %d times, want %d", n, unwilling)
	}
}

// TestReplayBesideClosedMailbox: operations in a mailbox that can't be opened now,
// or whose UIDs became void, don't hold back those in others.
func TestReplayBesideClosedMailbox(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	c := r.server.Client(t, r.user)
	c.Do("CREATE Work")
	c.Append("Work", letter("work", "eve@example.org", "work"), time.Time{})
	c.Append("INBOX", letter("inbox", "eve@example.org", "inbox"), time.Time{})
	r.sync()
	for _, path := range []string{"Work", "INBOX"} {
		r.apply(mail.Change{Messages: r.ids(path), Keywords: &mail.KeywordChange{Add: []mail.Keyword{"$flagged"}}})
	}
	c.Do("DELETE Work")
	c.Do("CREATE Work")
	c.Append("Work", letter("work", "eve@example.org", "work"), time.Time{})
	p := r.through()
	r.sync()
	r.sync() // what had to wait for its mailbox
	r.same()
	var first string
	for _, l := range p.Lines() {
		if strings.Contains(l, "UID STORE") || strings.Contains(l, "LIST") {
			first = l
			break
		}
	}
	if !strings.Contains(first, "UID STORE") {
		t.Errorf("first of STORE and LIST is %q, want the inbox's STORE before anything is listed", first)
	}
}
