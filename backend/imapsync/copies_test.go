package imapsync

import (
	"context"
	"errors"
	"fmt"
	"net"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/emersion/go-imap/v2"

	"waxwing/backend/mail"
	"waxwing/backend/mailtest"
)

// fill puts letters of the sizes into the inbox, in order.
func (r *rig) fill(sizes ...int) {
	r.t.Helper()
	var list []mailtest.Message
	for i, size := range sizes {
		raw := letter(fmt.Sprint("fill", i), "eve@example.org", "of some size")
		raw = append(raw, strings.Repeat("0123456789\r\n", max(size-len(raw), 0)/12)...)
		list = append(list, mailtest.Message{Mailbox: "INBOX", Raw: raw, Received: time.Now().Add(-time.Hour)})
	}
	r.server.Load(r.t, r.user, slices.Values(list))
}

func repeated(size, n int) []int { return slices.Repeat([]int{size}, n) }

// moveAll moves every message of the inbox to the archive by one operation.
func (r *rig) moveAll() mail.OperationID {
	r.t.Helper()
	return r.apply(mail.Change{Messages: r.ids("INBOX"), Move: &mail.MoveChange{To: r.mailbox("Archive").ID}})
}

// wantCounts compares the numbers of messages on the server, and the store with it.
func (r *rig) wantCounts(inbox, archive int) {
	r.t.Helper()
	r.same()
	s := r.server.Snapshot(r.t, r.user)
	if in, ar := len(s["INBOX"]), len(s["Archive"]); in != inbox || ar != archive {
		r.t.Errorf("%d in the inbox, %d in the archive, want %d and %d", in, ar, inbox, archive)
	}
}

// TestMoveWithoutRoom: a mailbox that has not room for all of it twice, but for a
// piece, is enough to move hundreds of messages; and what doesn't fit stays, with
// everything after it, while what went before it has gone for good.
func TestMoveWithoutRoom(t *testing.T) {
	t.Parallel()
	server := mailtest.Dovecot(t, mailtest.Options{Quota: "1150K"})
	tests := []struct {
		name           string
		sizes          []int
		inbox, archive int
	}{
		{"room for a piece", repeated(1000, 600), 0, 600},
		{"no room for the second", slices.Concat(repeated(300, 500), []int{600_000}, repeated(300, 50)), 51, 500},
	}
	for name, withhold := range map[string][]imap.Cap{"UIDPLUS": noMove, "nothing": noUIDPlus} {
		for _, test := range tests {
			t.Run(name+" "+test.name, func(t *testing.T) {
				r := rigFor(t, server, server.NewUser(t), withhold...)
				r.fill(test.sizes...)
				r.sync()
				r.moveAll()
				r.sync()
				r.wantCounts(test.inbox, test.archive)
				if n := len(r.refused); n != min(test.inbox, 1) {
					t.Fatalf("refused %+v, want %d operations", r.refused, min(test.inbox, 1))
				}
				if test.inbox > 0 && r.refused[0].Problem.Code != mail.CodeQuota {
					t.Errorf("refused by %v, want %s", r.refused[0].Problem, mail.CodeQuota)
				}
			})
		}
	}
}

// TestCopiesAreRemoved: a mailbox whose messages may be copied and not deleted. The
// move comes back, its messages are in one mailbox only, and none is left marked
// for the next client to expunge.
func TestCopiesAreRemoved(t *testing.T) {
	t.Parallel()
	server := mailtest.Dovecot(t, mailtest.Options{Rights: true})
	tests := []struct {
		name, rights string
		withhold     []imap.Cap
		left         int // copies
	}{
		{"no right to expunge", "lrswtip", noMove, 0},
		{"no right to mark", "lrswip", noMove, 0},
		{"no right to expunge, no UIDPLUS", "lrswtip", noUIDPlus, 3}, // never by EXPUNGE alone
		{"no right to mark, no UIDPLUS", "lrswip", noUIDPlus, 0},
		{"no right to expunge, MOVE", "lrswtip", nil, 0},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			r := rigFor(t, server, server.NewUser(t), test.withhold...)
			c := server.Client(t, r.user)
			for i := range 3 {
				c.Append("INBOX", letter(fmt.Sprint("c", i), "eve@example.org", "copied"), time.Time{})
			}
			c.Do("SELECT INBOX")
			c.Do("COPY 2 Archive") // somebody's own copy stays
			r.sync()
			server.Restrict(t, r.user, "INBOX", test.rights)
			r.moveAll()
			r.sync()
			server.Restrict(t, r.user, "INBOX", "")
			r.wantCounts(3, 1+test.left)
			if len(r.refused) != 1 || r.pending() != 0 {
				t.Errorf("refused %+v, %d pending, want the one operation refused", r.refused, r.pending())
			}
			for uid, m := range server.Snapshot(t, r.user)["INBOX"] {
				if slices.Contains(m.Flags, `\Deleted`) {
					t.Errorf("UID %d is left marked: %q", uid, m.Flags)
				}
			}
			first := server.Snapshot(t, r.user)["Archive"][1]
			if !strings.Contains(string(first.Raw), "c1@") {
				t.Error("somebody's own copy is gone")
			}
		})
	}
}

// TestDestroyRefused: messages that can't be deleted are back, and not marked.
func TestDestroyRefused(t *testing.T) {
	t.Parallel()
	server := mailtest.Dovecot(t, mailtest.Options{Rights: true})
	for name, withhold := range map[string][]imap.Cap{"UIDPLUS": nil, "nothing": noUIDPlus} {
		t.Run(name, func(t *testing.T) {
			r := rigFor(t, server, server.NewUser(t), withhold...)
			r.fill(repeated(300, 4)...)
			c := server.Client(t, r.user)
			c.Do("SELECT INBOX")
			c.Do(`UID STORE 4 +FLAGS (\Deleted)`) // somebody else's
			r.sync()
			server.Restrict(t, r.user, "INBOX", "lrswtip")
			r.apply(mail.Change{Messages: r.ids("INBOX")[:2], Destroy: &mail.DestroyChange{}})
			r.sync()
			r.wantCounts(4, 0)
			for uid, m := range server.Snapshot(t, r.user)["INBOX"] {
				if marked := slices.Contains(m.Flags, `\Deleted`); marked != (uid == 4) {
					t.Errorf("UID %d: flags %q", uid, m.Flags)
				}
			}
			if len(r.refused) != 1 || r.refused[0].Problem.Code != mail.CodeReadOnly {
				t.Errorf("refused %+v, want one operation because of %s", r.refused, mail.CodeReadOnly)
			}
		})
	}
}

// TestCopiesMeanwhile: a move that was broken off between COPY and the end, and
// what happened until it goes on.
func TestCopiesMeanwhile(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name      string
		cut       func(*mailtest.Proxy)
		meanwhile func(r *rig)
		inbox     int
		archive   int
	}{
		{"somebody deletes a copy", func(p *mailtest.Proxy) { p.CutBefore("EXPUNGE") }, func(r *rig) {
			c := r.server.Client(r.t, r.user)
			c.Do("SELECT Archive")
			c.Do(`STORE 2 +FLAGS (\Deleted)`)
			c.Do("EXPUNGE")
		}, 0, 3},
		{"somebody deletes an original", func(p *mailtest.Proxy) { p.CutBefore("EXPUNGE") }, func(r *rig) {
			c := r.server.Client(r.t, r.user)
			c.Do("SELECT INBOX")
			c.Do(`UID STORE 2 +FLAGS (\Deleted)`)
			c.Do("EXPUNGE")
		}, 0, 3},
		{"a pass finds the copies", func(p *mailtest.Proxy) { p.CutAfterLine("UID COPY") }, (*rig).passWithoutReplay, 0, 3},
		{"a pass finds the copies that were seen", func(p *mailtest.Proxy) { p.CutBefore("EXPUNGE") }, (*rig).passWithoutReplay, 0, 3},
		{"the target is made anew", func(p *mailtest.Proxy) { p.CutBefore("EXPUNGE") }, func(r *rig) {
			c := r.server.Client(r.t, r.user)
			c.Do("DELETE Archive")
			c.Do("CREATE Archive")
		}, 0, 3},
	}
	for name, withhold := range map[string][]imap.Cap{"UIDPLUS": noMove, "nothing": noUIDPlus} {
		for _, test := range tests {
			t.Run(name+" "+test.name, func(t *testing.T) {
				t.Parallel()
				r := newRig(t, withhold...)
				r.fill(300, 400, 500)
				r.sync()
				r.moveAll()
				direct := r.cfg.Account.IMAP
				test.cut(r.through())
				if err := Sync(t.Context(), r.cfg); err == nil {
					t.Fatal("Sync through a cut network succeeds")
				}
				r.cfg.Account.IMAP = direct
				test.meanwhile(r)
				r.sync()
				r.sync()
				r.wantCounts(test.inbox, test.archive)
				if len(r.refused) > 0 {
					t.Errorf("refused: %+v", r.refused)
				}
			})
		}
	}
}

// TestSourceMadeAnew: a mailbox gets other UIDs between COPY and the end of a move.
func TestSourceMadeAnew(t *testing.T) {
	t.Parallel()
	for name, withhold := range map[string][]imap.Cap{"UIDPLUS": noMove, "nothing": noUIDPlus} {
		for _, cut := range []func(*mailtest.Proxy){
			func(p *mailtest.Proxy) { p.CutAfterLine("UID COPY") }, func(p *mailtest.Proxy) { p.CutBefore("EXPUNGE") },
		} {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				r := newRig(t, withhold...)
				c := r.server.Client(t, r.user)
				c.Do("CREATE Work")
				for i := range 4 {
					c.Append("Work", letter(fmt.Sprint("w", i), "eve@example.org", "work"), time.Time{})
				}
				r.sync()
				r.apply(mail.Change{Messages: r.ids("Work")[:3], Move: &mail.MoveChange{To: r.mailbox("Archive").ID}})
				direct := r.cfg.Account.IMAP
				cut(r.through())
				if err := Sync(t.Context(), r.cfg); err == nil {
					t.Fatal("Sync through a cut network succeeds")
				}
				r.cfg.Account.IMAP = direct
				c.Do("RENAME Work Old")
				c.Do("CREATE Work")
				c.Do("SELECT Old")
				for _, n := range []int{4, 2, 1, 3} {
					c.Do("COPY %d Work", n)
				}
				c.Do("CLOSE")
				c.Do("DELETE Old")
				for range 3 {
					r.sync()
				}
				r.wantCounts(0, 3)
				work := r.server.Snapshot(t, r.user)["Work"]
				if raw := string(work[1].Raw); len(work) != 1 || !strings.Contains(raw, "w3@") || len(r.refused) > 0 {
					t.Errorf("%d messages in the source, the first %q, refused %+v, want the one that wasn't moved", len(work), raw, r.refused)
				}
			})
		}
	}
}

// TestMarksOfOthers: without UIDPLUS the marks of others are taken off for a moment.
// They aren't put on other messages when the mailbox has got new UIDs meanwhile.
func TestMarksOfOthers(t *testing.T) {
	t.Parallel()
	r := newRig(t, noUIDPlus...)
	c := r.server.Client(t, r.user)
	c.Do("CREATE Work")
	for i := range 4 {
		c.Append("Work", letter(fmt.Sprint("w", i), "eve@example.org", "work"), time.Time{})
	}
	c.Do("SELECT Work")
	c.Do(`STORE 4 +FLAGS (\Deleted)`)
	r.sync()
	r.apply(mail.Change{Messages: r.ids("Work")[:1], Destroy: &mail.DestroyChange{}})
	direct := r.cfg.Account.IMAP
	r.through().CutBefore("EXPUNGE")
	if err := Sync(t.Context(), r.cfg); err == nil {
		t.Fatal("Sync through a cut network succeeds")
	}
	r.cfg.Account.IMAP = direct
	c.Do("RENAME Work Old")
	c.Do("CREATE Work")
	c.Do("SELECT Old")
	for _, n := range []int{1, 4, 3, 2} {
		c.Do("COPY %d Work", n)
	}
	c.Do("SELECT Work")
	c.Do("DELETE Old")
	c.Do(`STORE 1:* -FLAGS (\Deleted)`)
	for range 3 {
		r.sync()
	}
	r.same()
	work := r.server.Snapshot(t, r.user)["Work"]
	for uid, m := range work {
		if slices.Contains(m.Flags, `\Deleted`) {
			t.Errorf("UID %d is marked: %q", uid, m.Flags)
		}
	}
	if len(work) != 3 {
		t.Errorf("%d messages are left, want 3", len(work))
	}
}

// passWithoutReplay makes a pass in which what was begun waits for its time.
func (r *rig) passWithoutReplay() {
	r.t.Helper()
	list, err := r.store.NextWork(r.t.Context(), 10)
	if err != nil || len(list) != 1 {
		r.t.Fatalf("work is %+v, %v, want one piece", list, err)
	}
	if err := r.store.Retry(r.t.Context(), list[0].ID, &mail.Error{Code: mail.CodeThrottled}, r.clock.Now().Add(time.Hour)); err != nil {
		r.t.Fatal(err)
	}
	r.sync()
	if r.pending() != 1 {
		r.t.Fatal("the operation didn't wait")
	}
	r.advance(time.Hour)
}

// TestVerdict: an operation is refused for what the server says about it, and for
// nothing else.
func TestVerdict(t *testing.T) {
	y := newSyncer(Config{})
	no := func(code imap.ResponseCode) error {
		return &imap.Error{Type: imap.StatusResponseTypeNo, Code: code, Text: "no"}
	}
	tests := []struct {
		err    error
		want   mail.Code
		passes bool
	}{
		{no("NOPERM"), mail.CodeReadOnly, false},
		{no("CANNOT"), mail.CodeServerRefused, false},
		{no("OVERQUOTA"), mail.CodeQuota, false},
		{unopened{no("NONEXISTENT")}, mail.CodeMailboxGone, false},
		{no("INUSE"), mail.CodeThrottled, true},
		{impossible{&mail.Error{Code: mail.CodeReadOnly}}, mail.CodeReadOnly, false},
		{&mail.Error{Code: mail.CodeDiskFull}, "", false},
		{&mail.Error{Code: mail.CodeDamaged}, "", false},
		{&mail.Error{Code: mail.CodeInUse}, "", false},
		{&mail.Error{Code: mail.CodeCancelled}, "", false},
		{&broken{cause: causeHangup, err: net.ErrClosed}, "", false},
		{errWithdrawn, "", false},
		{context.Canceled, "", false},
		{errors.New("bug"), "", false},
	}
	for _, test := range tests {
		reason, passes := y.verdict(test.err)
		got := mail.Code("")
		if reason != nil {
			got = reason.Code
		}
		if got != test.want || passes != test.passes {
			t.Errorf("%v: refused for %q, passing %v, want %q, %v", test.err, got, passes, test.want, test.passes)
		}
	}
}
