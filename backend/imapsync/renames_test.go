package imapsync

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/emersion/go-imap/v2"

	"waxwing/backend/mail"
)

// populate makes mailboxes of two messages each on the server.
func (r *rig) populate(paths ...string) {
	r.t.Helper()
	c := r.server.Client(r.t, r.user)
	for _, path := range paths {
		c.Do("CREATE %s", path)
		for i := range 2 {
			c.Append(path, letter(fmt.Sprint(strings.ReplaceAll(path, "/", "-"), i), "eve@example.org", path), time.Time{})
		}
	}
}

func (r *rig) move(from, to string, n int) mail.OperationID {
	r.t.Helper()
	return r.apply(mail.Change{Messages: r.ids(from)[:n], Move: &mail.MoveChange{From: r.mailbox(from).ID, To: r.mailbox(to).ID}})
}

func (r *rig) flag(path string) mail.OperationID {
	r.t.Helper()
	return r.apply(mail.Change{Messages: r.ids(path), Keywords: &mail.KeywordChange{Add: []mail.Keyword{"$flagged"}}})
}

// TestRenamed: what waits for a mailbox that somebody renames is done under its new
// name, and its messages are not fetched again.
func TestRenamed(t *testing.T) {
	t.Parallel()
	for name, withhold := range map[string][]imap.Cap{"MOVE": nil, "UIDPLUS": noMove, "nothing": append(slices.Clip(noUIDPlus), imap.CapListStatus)} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t, withhold...)
			r.load(5)
			r.populate("Work", "Work/Plans", "Target")
			c := r.server.Client(t, r.user)
			c.Do("CREATE Empty")
			r.sync()
			before := map[string]mail.Mailbox{}
			for _, path := range []string{"Work", "Work/Plans", "Target", "Empty"} {
				before[path] = r.mailbox(path)
			}
			r.flag("Work")
			r.move("Work/Plans", "INBOX", 1)
			r.move("INBOX", "Target", 1)
			r.move("INBOX", "Empty", 1)
			p := r.through()
			c.Do("RENAME Work Job")
			c.Do("RENAME Target Aim")
			c.Do("RENAME Empty Full")
			r.sync()
			r.same()
			if len(r.refused) > 0 {
				t.Errorf("refused %+v, want none", r.refused)
			}
			if n := fetchedBodies(p.Lines()); n > 0 && name == "MOVE" {
				t.Errorf("%d FETCHes of whole messages, want none", n)
			}
			for was, path := range map[string]string{"Work": "Job", "Work/Plans": "Job/Plans", "Target": "Aim", "Empty": "Full"} {
				if m := r.mailbox(path); m.ID != before[was].ID {
					t.Errorf("%s is mailbox %d, want %d, which %s was", path, m.ID, before[was].ID, was)
				}
			}
			if m := r.mailbox("Job/Plans"); m.Parent != before["Work"].ID || m.TotalEmails != 1 {
				t.Errorf("Job/Plans is %+v, want it below Job with one message", m)
			}
			for path, n := range map[string]int{"INBOX": 4, "Job": 2, "Aim": 3, "Full": 1} {
				if got := len(r.ids(path)); got != n {
					t.Errorf("%d messages in %s, want %d", got, path, n)
				}
			}
		})
	}
}

// TestRenamedInPlace: mailboxes that changed places, or whose name another one took,
// are what they hold and not what they are called.
func TestRenamedInPlace(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.load(3)
	r.populate("A", "B", "C", "D")
	r.sync()
	a, b, c, d := r.mailbox("A").ID, r.mailbox("B").ID, r.mailbox("C").ID, r.mailbox("D").ID
	r.flag("A")
	r.move("C", "B", 1)
	lost := r.move("INBOX", "D", 1)
	other := r.server.Client(t, r.user)
	for _, command := range []string{"RENAME A x", "RENAME B A", "RENAME x B", "DELETE D", "RENAME C D", "CREATE C"} {
		other.Do("%s", command)
	}
	p := r.through()
	r.sync()
	r.sync() // to find the message that came by a move
	r.same()
	if r.mailbox("A").ID != b || r.mailbox("B").ID != a || r.mailbox("D").ID != c {
		t.Errorf("A, B, D are %d, %d, %d, want %d, %d, %d", r.mailbox("A").ID, r.mailbox("B").ID, r.mailbox("D").ID, b, a, c)
	}
	if n := len(r.ids("A")); n != 3 {
		t.Errorf("%d messages in A, want its two and the moved one", n)
	}
	if len(r.refused) != 1 || r.refused[0].ID != lost || r.refused[0].Problem.Code != mail.CodeMailboxGone {
		t.Errorf("refused %+v, want %d by %s", r.refused, lost, mail.CodeMailboxGone)
	}
	if n := fetchedBodies(p.Lines()); n > 0 {
		t.Errorf("%d FETCHes of whole messages, want none", n)
	}
	if r.mailbox("C").ID == d {
		t.Error("a new mailbox got the number of one that is gone")
	}
}

// TestReplaced: a mailbox that is gone while another one is new was not renamed.
func TestReplaced(t *testing.T) {
	t.Parallel()
	for _, what := range []string{"others", "none"} {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			r := newRig(t)
			r.load(3)
			r.populate("Work")
			c := r.server.Client(t, r.user)
			if what == "none" {
				c.Do("SELECT Work")
				c.Do(`STORE 1:* +FLAGS (\Deleted)`)
				c.Do("EXPUNGE")
			}
			r.sync()
			work := r.mailbox("Work").ID
			op := r.move("INBOX", "Work", 1)
			c.Do("SELECT INBOX")
			c.Do("DELETE Work")
			r.populate("Job")
			r.sync()
			r.same()
			if len(r.refused) != 1 || r.refused[0].ID != op || r.refused[0].Problem.Code != mail.CodeMailboxGone {
				t.Errorf("refused %+v, want %d by %s", r.refused, op, mail.CodeMailboxGone)
			}
			if n := len(r.ids("INBOX")); n != 3 || r.mailbox("Job").ID == work {
				t.Errorf("%d messages in the inbox, Job is %d, want 3 and not %d", n, r.mailbox("Job").ID, work)
			}
		})
	}
}

// TestRenamedOrNot: a server that gives every mailbox the same UIDVALIDITY is
// believed only for what its messages are.
func TestRenamedOrNot(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name   string
		fetch  func(uid int) string // what the new mailbox answers of a message
		follow bool
	}{
		{"the same", func(uid int) string { return fmt.Sprintf("f%d@waxwing.test", uid) }, true},
		{"others", func(uid int) string { return fmt.Sprintf("g%d@waxwing.test", uid) }, false},
		{"one other", func(uid int) string { return fmt.Sprintf("f%d@waxwing.test", min(uid, 2)) }, false},
		{"nothing in common", nil, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			f := newFake(t, 3)
			f.mailboxes = append(f.mailboxes, `* LIST () "/" Work`)
			renamed := false
			f.answer = func(tag, command string) (string, bool) {
				switch {
				case !renamed:
				case strings.Contains(command, `"Work"`):
					return tag + " NO no such mailbox\r\n", true
				case strings.Contains(command, "BODY.PEEK[HEADER.FIELDS"):
					var out strings.Builder
					for uid := 1; uid <= 3 && test.fetch != nil; uid++ {
						head := "Message-ID: <" + test.fetch(uid) + ">\r\n\r\n"
						fmt.Fprintf(&out, "* %d FETCH (UID %d FLAGS (\\Seen) INTERNALDATE \"02-Nov-2026 10:00:00 +0000\" RFC822.SIZE %d BODY[HEADER.FIELDS (Message-ID)] {%d}\r\n%s)\r\n",
							uid, uid, len(f.messages[0].raw), len(head), head)
					}
					return out.String() + tag + " OK done\r\n", true
				}
				return "", false
			}
			r := f.rig()
			r.sync()
			work := r.mailbox("Work").ID
			renamed, f.mailboxes[1] = true, `* LIST () "/" Job`
			r.sync()
			if got := r.mailbox("Job").ID == work; got != test.follow {
				t.Errorf("followed: %v, want %v", got, test.follow)
			}
			if n := len(r.ids("Job")); n != 3 {
				t.Errorf("%d messages in Job, want 3", n)
			}
		})
	}
}
