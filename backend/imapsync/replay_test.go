package imapsync

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/emersion/go-imap/v2"

	"waxwing/backend/mail"
	"waxwing/backend/mailtest"
)

var (
	noMove    = []imap.Cap{imap.CapMove}
	noUIDPlus = []imap.Cap{imap.CapMove, imap.CapUIDPlus}
)

// TestReplayCut pulls the network before and after each command of a move and
// of a deletion: in the end server and store agree, and every message is there
// exactly once.
func TestReplayCut(t *testing.T) {
	t.Parallel()
	for name, withhold := range map[string][]imap.Cap{"MOVE": nil, "UIDPLUS": noMove, "nothing": noUIDPlus} {
		commands := []string{"STATUS \"Archive\"", "UID COPY", "EXAMINE", "STORE", "EXPUNGE", "SELECT"}
		if withhold == nil {
			commands = []string{"UID MOVE", "STORE", "EXPUNGE"}
		}
		for _, command := range commands {
			for when, cut := range map[string]func(*mailtest.Proxy, string){"before": (*mailtest.Proxy).CutBefore, "after": (*mailtest.Proxy).CutAfterLine} {
				t.Run(name+" "+when+" "+command, func(t *testing.T) {
					t.Parallel()
					r := newRig(t, withhold...)
					c := r.server.Client(t, r.user)
					for i := range 12 {
						// Twins, and letters without a Message-ID, are told apart all the same.
						raw := letter(fmt.Sprint("m", i/2), "eve@example.org", "twin")
						if i >= 8 {
							raw = []byte(strings.Replace(string(raw), "Message-ID", "X-ID", 1))
						}
						c.Append("INBOX", raw, time.Now().Add(-time.Duration(i)*time.Minute))
					}
					c.Do("SELECT INBOX")
					c.Do(`STORE 12 +FLAGS (\Deleted)`) // somebody else's
					r.sync()
					ids := r.ids("INBOX")
					for _, part := range [][]mail.MessageID{ids[0:3], ids[3:4], ids[4:5], ids[8:10]} {
						r.apply(mail.Change{Messages: part, Move: &mail.MoveChange{To: r.mailbox("Archive").ID}})
					}
					r.apply(mail.Change{Messages: ids[5:7], Destroy: &mail.DestroyChange{}})
					p := r.through()
					cut(p, command)
					// Without the command in this pass there is nothing to cut.
					if err := Sync(t.Context(), r.cfg); err == nil && hasLine(p.Lines(), command) {
						t.Errorf("Sync through a cut network succeeds: %q", p.Lines())
					}
					r.sync()
					r.same()
					if in, ar := len(r.ids("INBOX")), len(r.ids("Archive")); in != 3 || ar != 7 {
						t.Errorf("%d in the inbox, %d in the archive, want 3 and 7", in, ar)
					}
					if flags := r.server.Snapshot(t, r.user)["INBOX"][12].Flags; !slices.Contains(flags, `\Deleted`) {
						t.Errorf("the message that somebody else marked has flags %q", flags)
					}
					if len(r.refused) > 0 {
						t.Errorf("refused: %+v", r.refused)
					}
				})
			}
		}
	}
}

// TestCopyFails: a COPY that the server refuses deletes nothing; the operation
// comes back with the reason.
func TestCopyFails(t *testing.T) {
	t.Parallel()
	server := mailtest.Dovecot(t, mailtest.Options{Quota: "300K"})
	for name, withhold := range map[string][]imap.Cap{"UIDPLUS": noMove, "nothing": noUIDPlus} {
		t.Run(name, func(t *testing.T) {
			r := rigFor(t, server, server.NewUser(t), withhold...)
			c := server.Client(t, r.user)
			big := append(letter("big", "eve@example.org", "big"), []byte(strings.Repeat("0123456789\r\n", 15_000))...)
			c.Append("INBOX", big, time.Time{})
			c.Append("INBOX", letter("small", "eve@example.org", "small"), time.Time{})
			r.sync()
			ids := r.ids("INBOX")
			for _, id := range ids {
				r.apply(mail.Change{Messages: []mail.MessageID{id}, Move: &mail.MoveChange{To: r.mailbox("Archive").ID}})
			}
			r.sync()
			r.same()
			if got := r.ids("INBOX"); len(got) != 1 || got[0] != ids[0] {
				t.Errorf("in the inbox: %v, want the big message %v", got, ids[0])
			}
			if len(r.refused) != 1 || r.refused[0].Problem.Code != mail.CodeQuota || r.refused[0].Problem.Server == "" {
				t.Errorf("refused %+v, want one operation because of %s", r.refused, mail.CodeQuota)
			}
		})
	}
}

// TestTrashWithoutRoom: a server without MOVE has no room for a copy in the trash.
// The refusal says so, and what a person then deletes for good makes room.
func TestTrashWithoutRoom(t *testing.T) {
	t.Parallel()
	server := mailtest.Dovecot(t, mailtest.Options{Quota: "300K"})
	r := rigFor(t, server, server.NewUser(t), noMove...)
	c := server.Client(t, r.user)
	c.Append("INBOX", append(letter("big", "eve@example.org", "big"), []byte(strings.Repeat("0123456789\r\n", 15_000))...), time.Time{})
	c.Append("INBOX", letter("small", "eve@example.org", "small"), time.Time{})
	r.sync()
	big := r.ids("INBOX")[:1]
	r.apply(mail.Change{Messages: big, Move: &mail.MoveChange{To: r.mailbox("Trash").ID}})
	r.sync()
	if len(r.refused) != 1 || r.refused[0].Problem.Code != mail.CodeQuota || r.refused[0].Problem.Args["reason"] != "trash" {
		t.Fatalf("refused %+v, want one move because there is no room for it in the trash", r.refused)
	}
	if _, err := r.store.DestroyRefused(t.Context(), r.refused[0].ID); err != nil {
		t.Fatal(err)
	}
	r.sync()
	r.same()
	s := r.server.Snapshot(t, r.user)
	if len(s["INBOX"]) != 1 || len(s["Trash"]) != 0 || len(r.refused) != 1 {
		t.Errorf("%d in the inbox, %d in the trash, refused %+v: want the small message alone", len(s["INBOX"]), len(s["Trash"]), r.refused)
	}
}

// TestExpungeFails: a server that copies and then refuses to delete is not asked
// to copy again, also when several operations were tried at once.
func TestExpungeFails(t *testing.T) {
	t.Parallel()
	f := newFake(t, 3)
	f.caps = "IMAP4rev1 UIDPLUS"
	f.mailboxes = append(f.mailboxes, `* LIST () "/" Archive`)
	var copies []string
	f.answer = func(tag, command string) (string, bool) {
		switch {
		case strings.HasPrefix(command, "UID COPY"):
			copies = append(copies, command)
			return tag + " OK [COPYUID 1 1:2 1:2] done\r\n", true
		case strings.HasPrefix(command, "UID EXPUNGE"):
			return tag + " NO [NOPERM] not here\r\n", true
		case strings.HasPrefix(command, "STATUS") && strings.Contains(command, "Archive"):
			return "* STATUS Archive (MESSAGES 0 UIDNEXT 1 UIDVALIDITY 1 UNSEEN 0)\r\n" + tag + " OK done\r\n", true
		case strings.HasPrefix(command, "SELECT") && strings.Contains(command, "Archive"):
			return "* 0 EXISTS\r\n* OK [UIDVALIDITY 1] x\r\n* OK [UIDNEXT 1] x\r\n" + tag + " OK done\r\n", true
		}
		return "", false
	}
	r := f.rig()
	r.sync()
	for _, id := range r.ids("INBOX")[:2] {
		r.apply(mail.Change{Messages: []mail.MessageID{id}, Move: &mail.MoveChange{To: r.mailbox("Archive").ID}})
	}
	r.sync()
	if len(copies) != 1 {
		t.Errorf("copied %d times: %q", len(copies), copies)
	}
	if n := len(r.ids("INBOX")); n != 3 {
		t.Errorf("%d messages in the inbox, want 3", n)
	}
}

// TestReplayMeanwhile: what others did before an operation goes out.
func TestReplayMeanwhile(t *testing.T) {
	t.Parallel()
	for name, withhold := range map[string][]imap.Cap{"MOVE": nil, "UIDPLUS": noMove, "nothing": noUIDPlus} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t, withhold...)
			c := r.server.Client(t, r.user)
			c.Do("CREATE Target")
			r.load(10)
			r.sync()
			ids := r.ids("INBOX")
			target := r.mailbox("Target").ID
			r.apply(mail.Change{Messages: ids[:2], Move: &mail.MoveChange{To: target}})
			r.apply(mail.Change{Messages: ids[2:3], Move: &mail.MoveChange{To: r.mailbox("Archive").ID}})
			r.apply(mail.Change{Messages: ids[4:6], Move: &mail.MoveChange{To: r.mailbox("Archive").ID}})
			r.apply(mail.Change{Messages: ids[6:8], Keywords: &mail.KeywordChange{Add: []mail.Keyword{"$seen"}}})
			c.Do("DELETE Target")
			c.Do("SELECT INBOX")
			c.Do(`STORE 3,5,7 +FLAGS (\Deleted)`)
			c.Do("EXPUNGE")
			r.sync()
			r.same()
			if n := len(r.ids("Archive")); n != 1 {
				t.Errorf("%d messages in the archive, want 1", n)
			}
			if len(r.refused) != 2 || r.refused[0].Problem.Code != mail.CodeNotFound || r.refused[1].Problem.Code != mail.CodeMailboxGone {
				t.Errorf("refused %+v, want the moves of the message and to the mailbox that are gone", r.refused)
			}
			if got := r.ids("INBOX"); !slices.Contains(got, ids[0]) || !slices.Contains(got, ids[1]) {
				t.Errorf("in the inbox: %v, want %v, too", got, ids[:2])
			}
		})
	}
}

// TestUnstorable: a keyword that IMAP can't hold is refused, the rest is done.
func TestUnstorable(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.load(3)
	r.sync()
	ids := r.ids("INBOX")
	r.apply(mail.Change{Messages: ids, Keywords: &mail.KeywordChange{Add: []mail.Keyword{"two words"}}})
	r.apply(mail.Change{Messages: ids, Keywords: &mail.KeywordChange{Add: []mail.Keyword{"fine"}}})
	r.sync()
	r.same()
	if len(r.refused) != 1 || r.refused[0].Problem.Code != mail.CodeInvalid {
		t.Errorf("refused %+v, want one because of %s", r.refused, mail.CodeInvalid)
	}
}

// TestMoveOutOfSeveral: a message in two mailboxes moves out of one of them, and
// the other one keeps it, also when what was to be moved is gone already.
func TestMoveOutOfSeveral(t *testing.T) {
	t.Parallel()
	for name, withhold := range map[string][]imap.Cap{"MOVE": nil, "UIDPLUS": noMove, "nothing": noUIDPlus} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t, withhold...)
			c := r.server.Client(t, r.user)
			c.Do("CREATE Work")
			for i := range 3 {
				c.Append("INBOX", letter(fmt.Sprint("m", i), "eve@example.org", "in two"), time.Time{})
			}
			c.Do("SELECT INBOX")
			c.Do("COPY 1:2 Work")
			r.sync()
			r.apply(mail.Change{Messages: r.ids("INBOX"), Move: &mail.MoveChange{To: r.mailbox("Archive").ID}})
			c.Do(`STORE 1 +FLAGS (\Deleted)`)
			c.Do("EXPUNGE")
			for range 3 {
				r.sync()
			}
			r.wantCounts(0, 2)
			if work := r.server.Snapshot(t, r.user)["Work"]; len(work) != 2 {
				t.Errorf("%d messages in the other mailbox, want both copies", len(work))
			}
			if n := r.pending(); n != 0 {
				t.Errorf("%d operations pending", n)
			}
		})
	}
}
