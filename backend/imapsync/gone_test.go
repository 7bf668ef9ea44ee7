package imapsync

import (
	"fmt"
	"strings"
	"testing"

	"waxwing/backend/mail"
)

// TestMailboxGone: a mailbox is destroyed when the server neither lists it nor
// tells its status, and what was to be moved there comes back with a reason.
func TestMailboxGone(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		listed string // LIST answer for the mailbox afterwards
		status string // answer to its STATUS afterwards; "" as it should be
		gone   bool
	}{
		{"deleted", "", "NO [NONEXISTENT] no such mailbox", true},
		{"deleted, without a code", "", "NO no such mailbox", true},
		{"deleted but for its children", `* LIST (\Noselect) "/" Work`, "NO no such mailbox", true},
		{"left out", "", "", false},
		{"called a parent", `* LIST (\Noselect) "/" Work`, "", false},
		{"left out while the server is in trouble", "", "NO [UNAVAILABLE] storage is down", false},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			f := newFake(t, 3)
			f.mailboxes = append(f.mailboxes, `* LIST () "/" Work`)
			broken := false
			f.answer = func(tag, command string) (string, bool) {
				switch {
				case strings.HasPrefix(command, "UID MOVE"), strings.HasPrefix(command, "UID COPY"):
					return tag + " NO [INUSE] not now\r\n", true
				case broken && test.status != "" && strings.HasPrefix(command, `STATUS "Work"`):
					return tag + " " + test.status + "\r\n", true
				}
				return "", false
			}
			r := f.rig()
			r.cfg.Refused = func(o mail.Operation) { r.refused = append(r.refused, o) }
			r.sync()
			first := r.ids("INBOX")
			op := r.apply(mail.Change{Messages: first[:1], Move: &mail.MoveChange{From: r.mailbox("INBOX").ID, To: r.mailbox("Work").ID}})
			broken, f.mailboxes = true, f.mailboxes[:1]
			if test.listed != "" {
				f.mailboxes = append(f.mailboxes, test.listed)
			}
			r.sync()
			if !test.gone {
				if n := len(r.ids("Work")); n != 3 || len(r.refused) > 0 || r.pending() != 1 {
					t.Errorf("Work holds %d messages, refused %+v, %d pending; want 3, none, 1", n, r.refused, r.pending())
				}
				return
			}
			if len(r.refused) != 1 || r.refused[0].ID != op || r.refused[0].Problem.Code != mail.CodeMailboxGone ||
				r.refused[0].Problem.Args["mailbox"] != "Work" {
				t.Errorf("refused %+v, want operation %d by %s of Work", r.refused, op, mail.CodeMailboxGone)
			}
			if got, want := fmt.Sprint(r.ids("INBOX")), fmt.Sprint(first); got != want || r.pending() != 0 {
				t.Errorf("inbox holds %s, %d pending; want %s, none", got, r.pending(), want)
			}
		})
	}
}

// TestEndlessAnswers: a server that lists without measure doesn't fill the memory.
func TestEndlessAnswers(t *testing.T) {
	t.Parallel()
	t.Run("mailboxes", func(t *testing.T) {
		t.Parallel()
		f := newFake(t, 1)
		for i := range maxMailboxes {
			f.mailboxes = append(f.mailboxes, fmt.Sprintf(`* LIST () "/" m%d`, i))
		}
		r := f.rig()
		if err := Sync(t.Context(), r.cfg); mail.CodeOf(err) != mail.CodeProtocol {
			t.Errorf("Sync ends with %v, want %s", err, mail.CodeProtocol)
		}
		list, err := r.store.Mailboxes(t.Context())
		if err != nil || len(list) > 1 {
			t.Errorf("%d mailboxes in the store, %v, want the inbox at most", len(list), err)
		}
	})
	t.Run("messages", func(t *testing.T) {
		t.Parallel()
		f := newFake(t, 3)
		f.answer = func(tag, command string) (string, bool) {
			if !strings.HasPrefix(command, "UID FETCH 1:*") {
				return "", false
			}
			var out strings.Builder
			for i := range 50_000 {
				fmt.Fprintf(&out, "* %d FETCH (UID %d FLAGS (\\Seen) RFC822.SIZE 100)\r\n", i+1, i+1)
			}
			return out.String() + tag + " OK done\r\n", true
		}
		r := f.rig()
		r.sync()
		checkFake(r, f, 0, "")
		if !hasLine(f.commands, "UID SEARCH") {
			t.Errorf("the listing was believed: %q", f.commands)
		}
	})
}

// TestMadeAnew: a mailbox that was deleted and made anew with the same UIDVALIDITY gives
// its UIDs to other messages; nothing that waits is done to those.
func TestMadeAnew(t *testing.T) {
	t.Parallel()
	for _, what := range []string{"before a pass", "while connected"} {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			f := newFake(t, 4)
			f.caps = "IMAP4rev1 UIDPLUS"
			r := f.rig()
			y := newSyncer(r.cfg)
			defer y.disconnect()
			connect := func() {
				t.Helper()
				y.disconnect()
				if err := y.connect(t.Context()); err != nil {
					t.Fatal(err)
				}
			}
			connect()
			if err := y.pass(t.Context()); err != nil {
				t.Fatal(err)
			}
			old := r.ids("INBOX")
			r.apply(mail.Change{Messages: old[:1], Destroy: &mail.DestroyChange{}})
			f.messages = nil
			for uid := uint32(1); uid <= 2; uid++ {
				f.messages = append(f.messages, &fakeMessage{uid: uid, raw: letter(fmt.Sprint("other", uid), "eve@example.org", "other")})
			}
			if what == "before a pass" {
				connect()
			} else {
				y.s.path = "" // another mailbox was looked at meanwhile
			}
			for range 2 {
				if err := y.pass(t.Context()); err != nil {
					t.Fatal(err)
				}
			}
			if hasLine(f.commands, "STORE") || hasLine(f.commands, "EXPUNGE") {
				t.Errorf("what was to be done to another message is done: %q", f.commands)
			}
			got := r.ids("INBOX")
			for i, id := range got {
				raw, err := r.store.Raw(t.Context(), id)
				if err != nil || string(raw) != string(f.messages[i].raw) {
					t.Errorf("UID %d is %q, %v, want the new message", i+1, raw, err)
				}
			}
			if len(got) != 2 || r.pending() != 0 {
				t.Errorf("%d messages, %d operations pending, want 2 and none", len(got), r.pending())
			}
		})
	}
}
