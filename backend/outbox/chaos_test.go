package outbox

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"time"

	"waxwing/backend/connect"
	"waxwing/backend/mail"
	"waxwing/backend/mailtest"
	"waxwing/backend/store"
)

// TestDropsAtEveryStep breaks the connection before and after every line of the
// client, and after any number of octets in both directions, in front of a real
// server. What is sent again by itself is taken once; what may have been taken is not
// sent again.
func TestDropsAtEveryStep(t *testing.T) {
	t.Parallel()
	s := mailtest.Dovecot(t, mailtest.Options{Submission: true})
	type fault struct {
		name string
		set  func(*mailtest.Proxy)
	}
	var faults []fault
	for _, line := range []string{"EHLO", "AUTH", "MAIL FROM", "RCPT TO:<bob", "RCPT TO:<alice", "DATA"} {
		faults = append(faults,
			fault{"before " + line, func(p *mailtest.Proxy) { p.CutBefore(line) }},
			fault{"after " + line, func(p *mailtest.Proxy) { p.CutAfterLine(line) }})
	}
	faults = append(faults,
		fault{"before the text", func(p *mailtest.Proxy) { p.CutBefore("the text") }},
		fault{"before the end", func(p *mailtest.Proxy) { p.CutAtEnd(false) }},
		fault{"after the end", func(p *mailtest.Proxy) { p.CutAtEnd(true) }})
	for n := int64(0); n < 420; n += 35 { // of some 330 octets there, some 480 back
		faults = append(faults,
			fault{fmt.Sprint(n, " octets there"), func(p *mailtest.Proxy) { p.CutAfter(mailtest.ToServer, n) }},
			fault{fmt.Sprint(n, " octets back"), func(p *mailtest.Proxy) { p.CutAfter(mailtest.ToClient, n) }})
	}
	r := newRig(t, mail.Server{})
	r.who = connect.Credentials{User: "alice", Password: s.Password("alice")}
	open := map[int]bool{} // messages that may not have been taken
	for n, f := range faults {
		id := r.queue(n, time.Time{}, s.Address("bob"), s.Address("alice"))
		p := mailtest.NewProxy(t, s.PlainSubmission())
		r.account.SMTP = p.Server()
		f.set(p)
		r.look(WakePerson)
		switch state := r.submission(id).State; state {
		case mail.SubmissionQueued:
			r.look(WakePerson)
		case mail.SubmissionUnknown:
			open[n] = true
			r.look(WakePerson)
			if now := r.submission(id).State; now != mail.SubmissionUnknown {
				t.Errorf("%s: what was unknown is %s without anybody's doing", f.name, now)
			}
			if err := r.Settle(t.Context(), id); err != nil {
				t.Fatal(err)
			}
		case mail.SubmissionSent: // the conversation was shorter
		default:
			t.Errorf("%s: it is %s", f.name, state)
		}
		r.want(id, mail.SubmissionSent, "")
	}
	if got := len(r.copies()); got != len(faults) {
		t.Errorf("%d copies of %d messages", got, len(faults))
	}
	if len(open) == 0 || len(open) > len(faults)/3 {
		t.Errorf("%d of %d are unknown, want a few", len(open), len(faults))
	}
	log, all := s.Log(), 0
	taken := make([]int, len(faults))
	for n := range faults {
		taken[n] = strings.Count(log, fmt.Sprintf(" id=%d@waxwing.test\n", n))
		all += taken[n]
	}
	c := s.Client(t, "bob")
	c.WaitMessages("INBOX", all)
	got := map[string]int{}
	for _, m := range c.Fetch("INBOX") {
		for n := range faults {
			if bytes.HasSuffix(m.Raw, octets(n)) {
				got[string(octets(n))]++
			}
		}
	}
	for n, f := range faults {
		if arrived := got[string(octets(n))]; taken[n] > 1 || arrived != taken[n] || !open[n] && taken[n] != 1 {
			t.Errorf("%s: taken %d times, arrived %d times, unknown: %v", f.name, taken[n], arrived, open[n])
		}
	}
}

// TestReplyAtEveryStep has a server refuse at every step, for now and for good, for
// everybody and for one of several. Nothing is sent, nothing is lost, and the second
// attempt succeeds.
func TestReplyAtEveryStep(t *testing.T) {
	t.Parallel()
	const mailFrom, first, second = "C: MAIL FROM:{}\nS: 250 ok\n", "C: RCPT TO:<bob{}\nS: 250 ok\n", "C: RCPT TO:<carol{}\nS: 250 ok\n"
	text := strings.TrimPrefix(whole, envelope)
	good := signIn + mailFrom + first + second + text + "S: 250 queued"
	for _, step := range []struct {
		name, script string // with %d for the reply
		message      bool   // a refusal for good is about the message
	}{
		{"greeting", "S: %d no", false},
		{"EHLO", "S: 220 ready\nC: EHLO {}\nS: %[1]d no\nC: HELO {}\nS: %[1]d no", false},
		{"AUTH", begin + "C: AUTH PLAIN {}\nS: %d no\nC: *\nS: 501 ok", false},
		{"MAIL", signIn + "C: MAIL FROM:{}\nS: %d no", true},
		{"first RCPT", signIn + mailFrom + "C: RCPT TO:<bob{}\nS: %d no\n" + second, true},
		{"second RCPT", signIn + mailFrom + first + "C: RCPT TO:<carol{}\nS: %d no", true},
		{"DATA", signIn + mailFrom + first + second + "C: DATA\nS: %d no", true},
		{"end", signIn + mailFrom + first + second + text + "S: %d no", true},
	} {
		for _, reply := range []int{421, 450, 451, 452, 550, 552, 554} {
			t.Run(fmt.Sprint(step.name, " ", reply), func(t *testing.T) {
				t.Parallel()
				r := newRig(t, mailtest.NewScript(t, fmt.Sprintf(step.script, reply), good).Server())
				id := r.queue(1, time.Time{}, "bob@waxwing.test", "carol@waxwing.test")
				r.look(WakeLook)
				want := mail.SubmissionQueued
				if reply >= 500 && step.message {
					want = mail.SubmissionRefused
				}
				if sub := r.submission(id); sub.State != want || sub.Problem == nil || len(r.copies()) != 0 {
					t.Fatalf("it is %s with %v and %d copies, want %s", sub.State, sub.Problem, len(r.copies()), want)
				}
				if err := r.db.StepSubmission(t.Context(), id, store.SubmissionStep{To: mail.SubmissionQueued}); err != nil {
					t.Fatal(err)
				}
				r.look(WakePerson)
				r.want(id, mail.SubmissionSent, "")
				r.wantCopy(1)
			})
		}
	}
}
