package store

import (
	"fmt"
	"slices"
	"testing"

	"waxwing/backend/mail"
)

func TestChanges(t *testing.T) {
	b := open(t)
	inbox, archive, _, _, _ := b.mailboxes()
	start, err := b.State(b.ctx)
	b.ok(err)
	m := b.put(inbox, 1, letter{id: "1"}, letter{id: "2"}, letter{id: "3"})
	mid, err := b.State(b.ctx)
	b.ok(err)
	if mid != start+1 {
		t.Errorf("state went from %d to %d, want one more", start, mid)
	}
	b.keyword(seen, "", m[0])
	b.move(archive, m[1])
	_, _, err = b.Commit(b.ctx, Batch{Mailbox: inbox, Vanished: []mail.UID{3}})
	b.ok(err)
	brief := b.put(inbox, 4, letter{id: "4"})
	_, _, err = b.Commit(b.ctx, Batch{Mailbox: inbox, Vanished: []mail.UID{4}})
	b.ok(err)

	c, err := b.Changes(b.ctx, mid, 100)
	b.ok(err)
	if len(c.Created) != 0 || !slices.Equal(c.Updated, []mail.MessageID{m[0], m[1]}) || !slices.Equal(c.Destroyed, []mail.MessageID{m[2]}) {
		t.Errorf("since %d: %+v, want 1 and 2 updated, 3 destroyed, nothing of %d", mid, c, brief[0])
	}
	if !slices.Contains(c.MailboxesUpdated, inbox) || !slices.Contains(c.MailboxesUpdated, archive) || len(c.Threads) != 4 {
		t.Errorf("since %d: mailboxes %v, threads %v", mid, c.MailboxesUpdated, c.Threads)
	}
	c, err = b.Changes(b.ctx, start, 100)
	b.ok(err)
	if !slices.Equal(c.Created, []mail.MessageID{m[0], m[1]}) || len(c.Updated)+len(c.Destroyed) != 0 {
		t.Errorf("since %d: %+v, want 1 and 2 created and nothing else", start, c)
	}
	now, err := b.State(b.ctx)
	b.ok(err)
	if c.HasMore || c.New != now || c.Old != start {
		t.Errorf("since %d: %+v, want it complete up to %d", start, c, now)
	}
	c, err = b.Changes(b.ctx, now, 100)
	b.ok(err)
	if fmt.Sprint(c) != fmt.Sprint(mail.Changes{Old: now, New: now}) {
		t.Errorf("since now: %+v, want nothing", c)
	}
	_, err = b.Changes(b.ctx, now+1, 100)
	wantCode(t, err, mail.CodeInvalid)
}

func TestChangesInSteps(t *testing.T) {
	b := open(t)
	inbox, _, _, _, _ := b.mailboxes()
	start, err := b.State(b.ctx)
	b.ok(err)
	var want []mail.MessageID
	for i := range 10 {
		want = append(want, b.put(inbox, mail.UID(1+10*i), letter{}, letter{}, letter{})...)
	}
	var got []mail.MessageID
	steps := 0
	for since, more := start, true; more; steps++ {
		c, err := b.Changes(b.ctx, since, 5)
		b.ok(err)
		if c.New <= since {
			t.Fatalf("step from %d to %d", since, c.New)
		}
		got, since, more = append(got, c.Created...), c.New, c.HasMore
	}
	if !slices.Equal(got, want) || steps != 5 {
		t.Errorf("got %v in %d steps, want %v in 5 of two commits", got, steps, want)
	}
}

func TestOldChangesAreForgotten(t *testing.T) {
	b := open(t)
	inbox, _, _, _, _ := b.mailboxes()
	old, err := b.State(b.ctx)
	b.ok(err)
	b.put(inbox, 1, letter{})
	b.ok(b.db.write(b.ctx, repeatable, func(x *tx) error { // as if much had happened
		x.exec("WITH RECURSIVE i(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM i WHERE n < ?1) INSERT INTO change SELECT 1000 + n, 2, 1 FROM i", logBound)
		x.exec("UPDATE account_state SET state = ?", 1000+logBound)
		return x.err
	}))
	b.logged = -1
	b.put(inbox, 2, letter{})
	_, err = b.Changes(b.ctx, old, 100)
	wantCode(t, err, mail.CodeInvalid)
	now, err := b.State(b.ctx)
	b.ok(err)
	if _, err := b.Changes(b.ctx, now-logKept/2, 100); err != nil {
		t.Errorf("the newer half is forgotten: %v", err)
	}
	if n := b.db.query(t, "SELECT count(*) FROM change"); n > logKept+10 {
		t.Errorf("%d entries are left, want about %d", n, logKept)
	}
}
