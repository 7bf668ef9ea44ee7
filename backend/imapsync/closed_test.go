package imapsync

import (
	"strings"
	"testing"

	"waxwing/backend/mail"
)

// TestClosedMailbox: a mailbox that the server doesn't open costs only itself, and
// the status says so for as long as that is true.
func TestClosedMailbox(t *testing.T) {
	t.Parallel()
	for _, code := range []string{"NOPERM", "SERVERBUG"} {
		t.Run(code, func(t *testing.T) {
			t.Parallel()
			f := newFake(t, 2)
			f.mailboxes = append(f.mailboxes, `* LIST () "/" Attic`, `* LIST () "/" Work`)
			closed := true
			f.answer = func(tag, command string) (string, bool) {
				if closed && strings.HasPrefix(command, "SELECT") && strings.Contains(command, "Attic") {
					return tag + " NO [" + code + "] Keep out\r\n", true
				}
				return "", false
			}
			r := f.rig()
			var last mail.Status
			r.cfg.Status = func(s mail.Status) { last = s }
			for range 2 {
				r.sync()
				if last.Phase != mail.PhaseUpToDate || last.Problem == nil {
					t.Fatalf("status is %+v, want %s with a problem", last, mail.PhaseUpToDate)
				}
				p := last.Problem
				if p.Code != mail.CodeServerRefused || p.Args["mailbox"] != "Attic" || p.Server != "Keep out" {
					t.Errorf("problem is %v, want %s of Attic", p, mail.CodeServerRefused)
				}
				if n := len(r.ids("Work")); n != 2 {
					t.Errorf("%d messages in Work, want 2", n)
				}
			}
			closed = false
			r.sync()
			if last.Problem != nil || len(r.ids("Attic")) != 2 {
				t.Errorf("then problem is %v, Attic has %d messages, want none and 2", last.Problem, len(r.ids("Attic")))
			}
		})
	}
}

// TestClosedMailboxOpensAgain: within one run the problem goes when the mailbox
// opens again, or is no longer there.
func TestClosedMailboxOpensAgain(t *testing.T) {
	t.Parallel()
	for _, how := range []string{"opened", "deleted"} {
		t.Run(how, func(t *testing.T) {
			t.Parallel()
			f := newFake(t, 2)
			f.mailboxes = append(f.mailboxes, `* LIST () "/" Attic`)
			closed, deleted := false, false
			f.answer = func(tag, command string) (string, bool) {
				if deleted && strings.HasPrefix(command, `STATUS "Attic"`) {
					return tag + " NO [NONEXISTENT] gone\r\n", true
				}
				if closed && strings.HasPrefix(command, "SELECT") && strings.Contains(command, "Attic") {
					return tag + " NO [NOPERM] Keep out\r\n", true
				}
				return "", false
			}
			r := f.rig()
			var last mail.Status
			r.cfg.Status = func(s mail.Status) { last = s }
			y := newSyncer(r.cfg)
			defer y.disconnect()
			if err := y.connect(t.Context()); err != nil {
				t.Fatal(err)
			}
			pass := func() *mail.Error {
				t.Helper()
				if err := y.pass(t.Context()); err != nil {
					t.Fatal(err)
				}
				return last.Problem
			}
			if p := pass(); p != nil {
				t.Fatalf("problem %v, want none", p)
			}
			closed = true
			f.messages = f.messages[:1] // something to look at
			if p := pass(); p == nil {
				t.Fatal("no problem, want one")
			}
			if err := y.lookAtInbox(t.Context()); err != nil || last.Problem == nil {
				t.Errorf("after a look at the inbox: %v, problem %v, want one still", err, last.Problem)
			}
			if how == "deleted" {
				f.mailboxes, deleted = f.mailboxes[:1], true
			} else {
				closed = false
			}
			if p := pass(); p != nil {
				t.Errorf("problem %v, want none any more", p)
			}
		})
	}
}
