package store

import (
	"strings"
	"testing"

	"waxwing/backend/mail"
)

// TestCheckMends spoils what is derived, one thing at a time.
func TestCheckMends(t *testing.T) {
	for _, c := range []struct{ name, spoil, finds string }{
		{"index entry missing", "DELETE FROM message_index WHERE rowid = 1", "missing from the index"},
		{"index entry too many", "INSERT INTO message_index (rowid, subject) VALUES (99, 'x')", "don't exist"},
		{"thread row wrong", "UPDATE thread_row SET unread = 7 WHERE thread = 1", "list rows of 1 threads"},
		{"thread row missing", "DELETE FROM thread_row WHERE thread = 2", "list rows of 1 threads"},
		{"thread row too many", "INSERT INTO thread_row VALUES (1, 77, 1, 1, 1, 1, 1, 1, 1)", "list rows of 1 threads"},
		{"counter", "UPDATE mailbox_count SET unread = 5", "numbers of mailbox"},
		{"keywords", "UPDATE location SET flags = 3 WHERE message = 1", "neither server nor operation"},
		{"status", "UPDATE location SET status = 2 WHERE message = 1", "without an operation"},
		{"nowhere", "DELETE FROM location WHERE message = 1", "in no mailbox"},
		{"subject", "UPDATE message SET subject = 'x' WHERE id = 1", "header was not what it says"},
		{"people", "UPDATE message SET sender = 'no json' WHERE id = 1", "header was not what it says"},
		{"empty thread", "INSERT INTO thread VALUES (50)", "had no message"},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := open(t)
			inbox, _, _, _, _ := b.mailboxes()
			b.put(inbox, 1, letter{id: "1", subject: "One", from: "a@example.org"}, letter{id: "2"}, letter{id: "3", refs: []string{"1"}})
			b.sound()
			b.ok(b.db.write(b.ctx, repeatable, func(x *tx) error {
				x.exec(c.spoil)
				return x.err
			}))
			findings, err := b.Check(b.ctx, parseLetter)
			b.ok(err)
			if len(findings) == 0 || !mentions(findings, c.finds) {
				t.Errorf("Check found %+v, want something of %q", findings, c.finds)
			}
			for _, f := range findings {
				if !f.Mended {
					t.Errorf("not mended: %s", f.What)
				}
			}
			b.sound()
		})
	}
}

func mentions(list []Finding, what string) bool {
	for _, f := range list {
		if strings.Contains(f.What, what) {
			return true
		}
	}
	return false
}

func TestCheckTellsOfDamagedRawBytes(t *testing.T) {
	b := open(t)
	inbox, _, _, _, _ := b.mailboxes()
	m := b.put(inbox, 1, letter{id: "1"}, letter{id: "2"})
	b.ok(b.db.write(b.ctx, repeatable, func(x *tx) error {
		x.exec("UPDATE raw SET data = x'01ffffff' WHERE message = 1")
		return x.err
	}))
	findings, err := b.Check(b.ctx, parseLetter)
	b.ok(err)
	if len(findings) != 1 || findings[0].Mended || !mentions(findings, "raw bytes of message 1") {
		t.Errorf("found %+v, want the one that can't be mended", findings)
	}
	_, err = b.Raw(b.ctx, m[0])
	wantCode(t, err, mail.CodeDamaged)
	if e := mail.AsError(err); e != nil && e.Args["path"] != b.db.path {
		t.Errorf("Raw names the file %q, want %q", e.Args["path"], b.db.path)
	}
}
