package imapsync

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/emersion/go-imap/v2"

	"waxwing/backend/mail"
	"waxwing/backend/mailtest"
)

// days are the ages of the messages that aged puts into a mailbox.
var days = []int{800, 300, 200, 150, 20, 1}

// aged puts messages of some ages into a mailbox; the subject of each is its age.
func (r *rig) aged(c *mailtest.Client, path string, ages ...int) {
	for _, age := range ages {
		subject := fmt.Sprint(age)
		c.Append(path, letter(path+subject, "eve@example.org", subject), time.Now().AddDate(0, 0, -age))
	}
}

// wantAges fails the test unless the store holds just the messages of these ages.
func (r *rig) wantAges(path string, want ...int) {
	r.t.Helper()
	got := []string{}
	for _, id := range r.ids(path) {
		m, err := r.store.Message(r.t.Context(), id)
		if err != nil {
			r.t.Fatal(err)
		}
		got = append(got, m.Subject)
	}
	if text := strings.Trim(fmt.Sprint(want), "[]"); strings.Join(got, " ") != text {
		r.t.Errorf("%s: kept here are the messages of %q days, want %s", path, got, text)
	}
	if total := r.mailbox(path).TotalEmails; total != len(want) {
		r.t.Errorf("%s counts %d messages, want %d", path, total, len(want))
	}
}

func TestKeepSince(t *testing.T) {
	now := time.Date(2026, 3, 31, 23, 0, 0, 0, time.FixedZone("", -5*3600)) // April in UTC
	for keep, want := range map[mail.Keep]string{
		mail.KeepMonth: "2026-03-01", mail.KeepQuarter: "2026-01-01", mail.KeepYear: "2025-04-01", mail.KeepAll: "0001-01-01", "more": "0001-01-01",
	} {
		if got := keep.Since(now).Format(time.DateOnly); got != want {
			t.Errorf("%q keeps mail since %s, want %s", keep, got, want)
		}
	}
}

// TestKeepLess: of a large mailbox only what is recent enough is fetched; nothing is
// asked again while nothing changes; and the choice can be changed both ways.
func TestKeepLess(t *testing.T) {
	t.Parallel()
	for name, withhold := range map[string][]imap.Cap{
		"CONDSTORE": nil, "none": {imap.CapCondStore, imap.CapQResync, imap.CapESearch, imap.CapUIDPlus, imap.CapMove},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t, withhold...)
			r.cfg.Account.CreatedAt = time.Time{} // whatever is new would pop up
			c := r.server.Client(t, r.user)
			for _, path := range []string{"INBOX", "Archive", "Drafts"} {
				r.aged(c, path, days...)
			}
			r.cfg.Account.Keep = mail.KeepQuarter
			p := r.through()
			r.sync()
			r.wantAges("INBOX", 20, 1)
			r.wantAges("Archive", 20, 1)
			r.wantAges("Drafts", days...)

			p.Reset()
			r.sync()
			if withhold == nil && (hasLine(p.Lines(), "SEARCH") || fetchedBodies(p.Lines()) > 0) {
				t.Errorf("a second pass asked\n%s", strings.Join(p.Lines(), "\n"))
			}

			c.Do("SELECT INBOX")
			c.Do("STORE 1,6 +FLAGS (\\Flagged)") // one of them isn't here
			c.Do("STORE 2 +FLAGS (\\Deleted)")
			c.Do("EXPUNGE")
			r.aged(c, "INBOX", 0)
			r.sync()
			r.wantAges("INBOX", 20, 1, 0)
			if len(r.arrived) != 1 || len(r.arrived[0]) != 1 {
				t.Errorf("arrived: %v, want the message of today", r.arrived)
			}

			r.cfg.Account.Keep = mail.KeepAll
			r.sync()
			r.same()
			r.wantAges("INBOX", 800, 200, 150, 20, 1, 0)
			if len(r.arrived) != 1 {
				t.Errorf("mail of earlier days was announced: %v", r.arrived[1:])
			}

			r.cfg.Account.Keep = mail.KeepMonth
			r.apply(mail.Change{Messages: r.ids("INBOX")[:1], Keywords: &mail.KeywordChange{Add: []mail.Keyword{mail.KeywordAnswered}}})
			r.sync()
			r.wantAges("INBOX", 20, 1, 0)
			r.wantAges("Drafts", days...)
			if flags := r.server.Snapshot(t, r.user)["INBOX"][1].Flags; !slices.Contains(flags, `\Answered`) {
				t.Errorf("what was done before the message was left out is lost: it has %q", flags)
			}
		})
	}
}

// TestKeepLessAsTimePasses: what grows too old is left out here, and stays there.
func TestKeepLessAsTimePasses(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	c := r.server.Client(t, r.user)
	r.aged(c, "INBOX", days...)
	r.cfg.Account.Keep = mail.KeepQuarter
	r.sync()
	r.advance(200 * 24 * time.Hour)
	r.sync()
	r.wantAges("INBOX")
	if n := len(r.server.Snapshot(t, r.user)["INBOX"]); n != len(days) {
		t.Errorf("the server has %d messages left, want %d", n, len(days))
	}
}

// TestKeepLessHeadStart: the fifty newest come first, of those that are kept.
func TestKeepLessHeadStart(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	c := r.server.Client(t, r.user)
	r.aged(c, "INBOX", 1, 20, 800, 700, 600) // old mail that was moved here lately
	r.cfg.Account.Keep = mail.KeepMonth
	r.cfg.limits.headStart = 3
	p := r.through()
	p.CutBefore("LIST")
	if err := Sync(t.Context(), r.cfg); err == nil {
		t.Fatal("the pass went on without a connection")
	}
	r.wantAges("INBOX", 1, 20)
}

// TestKeepLessNewMail: what comes in while something else is fetched, and what the
// next look at the inbox finds, is kept by the same rule.
func TestKeepLessNewMail(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	c := r.server.Client(t, r.user)
	r.cfg.Account.Keep = mail.KeepMonth
	r.aged(c, "INBOX", 700)
	r.sync()
	y := newSyncer(r.cfg)
	defer y.disconnect()
	look := func(f func(context.Context) error) {
		t.Helper()
		if err := f(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	look(y.connect)
	r.aged(c, "INBOX", 900, 1)
	look(y.fetchNewer)
	r.wantAges("INBOX", 1)
	r.aged(c, "INBOX", 800, 0)
	look(y.lookAtInbox)
	r.wantAges("INBOX", 1, 0)
}
