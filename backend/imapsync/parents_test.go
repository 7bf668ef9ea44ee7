package imapsync

import (
	"slices"
	"strings"
	"testing"
	"time"

	"waxwing/backend/mail"
)

// TestParents: mailboxes that LIST doesn't tell of, above those that it does.
func TestParents(t *testing.T) {
	for _, c := range []struct {
		delimiter string
		paths     string
		want      string // the parents made up
	}{
		{"/", "INBOX work/north", "work"},
		{"/", "a/b/c a/b/d", "a a/b"},
		{"/", "a a/b", ""},
		{".", "INBOX INBOX.x inbox.y", ""},
		{"/", "a.b /x y//z", "y"},
		{"", "a/b", ""},
		{"/", "x" + strings.Repeat("/x", 200), ""},
	} {
		var list []listed
		for _, p := range strings.Fields(c.paths) {
			list = append(list, listed{path: p, delimiter: c.delimiter, selectable: true})
		}
		all := withParents(list)
		var got []string
		for _, m := range all[len(list):] {
			got = append(got, m.path)
			if m.selectable || m.delimiter != c.delimiter {
				t.Errorf("%q: parent %+v, want one that can't be selected", c.paths, m)
			}
		}
		slices.Sort(got)
		if strings.Join(got, " ") != c.want {
			t.Errorf("%.40q: parents %q, want %q", c.paths, got, c.want)
		}
	}
}

// TestParentThatIsNoMailbox: Dovecot doesn't list what only holds other mailboxes
// once it was deleted.
func TestParentThatIsNoMailbox(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	c := r.server.Client(t, r.user)
	c.Do("CREATE nosel/x")
	c.Append("nosel/x", letter("x", "eve@example.org", "x"), time.Time{})
	r.sync()
	r.sync() // and is not taken for one that went
	parent, child := r.mailbox("nosel"), r.mailbox("nosel/x")
	if parent.Selectable || child.Parent != parent.ID || child.Name != "x" || parent.Role != mail.RoleNone {
		t.Errorf("parent %+v, child %+v, want a parent that can't be selected", parent, child)
	}
	if n := len(r.ids("nosel/x")); n != 1 {
		t.Errorf("%d messages in the child, want 1", n)
	}
}
