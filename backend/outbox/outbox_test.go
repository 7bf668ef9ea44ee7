package outbox

import (
	"bytes"
	"context"
	"strings"
	"testing"
	"time"

	"waxwing/backend/connect"
	"waxwing/backend/mail"
	"waxwing/backend/mailtest"
	"waxwing/backend/message"
	"waxwing/backend/store"
	"waxwing/backend/submission"
)

// The parts of a conversation.
const (
	begin = `
	S: 220 ready
	C: EHLO {}
	S: 250-hello
	S: 250-8BITMIME
	S: 250 AUTH PLAIN
`
	signIn   = begin + "C: AUTH PLAIN {}\nS: 235 welcome\n"
	envelope = signIn + `
	C: MAIL FROM:<alice@waxwing.test> BODY=8BITMIME
	S: 250 ok
	C: RCPT TO:<bob@waxwing.test>
	S: 250 ok
`
	whole = envelope + `
	C: DATA
	S: 354 go on
	C: From: {}
	C: To: {}
	C: Subject: {}
	C: Message-ID: {}
	C:
	C: ..the text
	C: .
`
)

// TestSends sends by real servers to several people, each of whom gets the octets
// that were queued; the copy is the same.
func TestSends(t *testing.T) {
	t.Parallel()
	s := mailtest.Dovecot(t, mailtest.Options{Submission: true})
	r := newRig(t, s.PlainSubmission())
	r.who = connect.Credentials{User: "alice", Password: s.Password("alice")}
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() { defer close(ended); r.Run(ctx) }()
	id := r.queue(1, time.Time{}, s.Address("bob"), s.Address("alice"))
	r.Ring(WakeLook)
	for _, user := range []string{"bob", "alice"} {
		c := s.Client(t, user)
		c.WaitMessages("INBOX", 1)
		for _, m := range c.Fetch("INBOX") {
			if !bytes.HasSuffix(m.Raw, octets(1)) {
				t.Errorf("%s gets %q", user, m.Raw)
			}
		}
	}
	stop()
	<-ended
	sub := r.want(id, mail.SubmissionSent, "")
	if sub.SentAt.IsZero() || sub.Attempts != 1 {
		t.Errorf("the submission is %+v", sub)
	}
	r.wantCopy(1)
	if r.changed == 0 || r.filed != 1 {
		t.Errorf("told %d times of changes and %d times of copies", r.changed, r.filed)
	}
}

// TestOutcomes holds conversations that end in every way, looks at what becomes of the
// message, and whether the network, time or the person is waited for.
func TestOutcomes(t *testing.T) {
	t.Parallel()
	const later, network, somebody, nothing = "time", "network", "person", ""
	for _, c := range []struct {
		name, script string
		state        mail.SubmissionState
		code         mail.Code
		waitsFor     string
	}{
		{"taken", whole + "S: 250 queued", mail.SubmissionSent, "", nothing},
		{"wrong password", begin + "C: AUTH PLAIN {}\nS: 535 5.7.8 no\nC: *\nS: 501 ok", mail.SubmissionQueued, mail.CodeSignIn, somebody},
		{"no sending for now", "S: 421 later", mail.SubmissionQueued, mail.CodeThrottled, later},
		{"no service", "S: 554 no service for you", mail.SubmissionQueued, mail.CodeServerRefused, later},
		{"lost", signIn + "C: MAIL FROM:{}\nX: close", mail.SubmissionQueued, mail.CodeConnectionLost, network},
		{"sender refused", signIn + "C: MAIL FROM:{}\nS: 550 not you", mail.SubmissionRefused, mail.CodeSenderRefused, nothing},
		{"recipient put off", signIn + "C: MAIL FROM:{}\nS: 250 ok\nC: RCPT TO:{}\nS: 451 later", mail.SubmissionQueued, mail.CodeThrottled, later},
		{"recipient refused", signIn + "C: MAIL FROM:{}\nS: 250 ok\nC: RCPT TO:{}\nS: 550 who", mail.SubmissionRefused, mail.CodeRecipientRefused, nothing},
		{"too many", signIn + "C: MAIL FROM:{}\nS: 550 5.4.5 Daily user sending limit exceeded, too many messages", mail.SubmissionQueued, mail.CodeThrottled, later},
		{"content refused", whole + "S: 554 5.7.1 spam", mail.SubmissionRefused, mail.CodeServerRefused, nothing},
		{"content put off", whole + "S: 451 later", mail.SubmissionQueued, mail.CodeThrottled, later},
		{"lost at the end", whole + "X: close", mail.SubmissionUnknown, mail.CodeOutcomeUnknown, nothing},
		{"reset at the end", whole + "X: reset", mail.SubmissionUnknown, mail.CodeOutcomeUnknown, nothing},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t, mailtest.NewScript(t, c.script).Server())
			id := r.queue(1, time.Time{})
			next := r.look(WakeLook)
			sub := r.want(id, c.state, c.code)
			if waits := !next.IsZero(); waits != (c.waitsFor == network || c.waitsFor == later) {
				t.Errorf("tried again at %v, want it to wait for %q", next, c.waitsFor)
			}
			if copied := len(r.copies()) == 1; copied != (c.state == mail.SubmissionSent) {
				t.Errorf("has a copy: %v", copied)
			}
			if c.code == mail.CodeRecipientRefused && (sub.Recipients[0].Problem == nil || sub.Recipients[0].Problem.Server != "who") {
				t.Errorf("its recipients are %+v", sub.Recipients)
			}
			for w, due := range map[Wake]bool{
				WakeLook: false, WakeNetwork: c.waitsFor == network, WakePerson: c.waitsFor != nothing,
			} {
				r.rested = time.Time{}
				at := r.due(sub, w)
				if sub.State == mail.SubmissionQueued && (!at.IsZero() && !time.Now().Before(at)) != due {
					t.Errorf("woken by %d it is due at %v; want it due now: %v", w, at, due)
				}
			}
			// Nobody connects again, which the script would notice.
			r.look(WakeLook)
			r.want(id, c.state, c.code)
		})
	}
}

// TestWakes lets a server be away: what is asked for by the network or the person
// comes at once.
func TestWakes(t *testing.T) {
	t.Parallel()
	r := newRig(t, mailtest.NewScript(t,
		signIn+"C: MAIL FROM:{}\nX: close",
		signIn+"C: MAIL FROM:{}\nX: close",
		begin+"C: AUTH PLAIN {}\nS: 535 5.7.8 no\nC: *\nS: 501 ok",
		whole+"S: 250 queued").Server())
	id := r.queue(1, time.Time{})
	other := r.queue(2, time.Time{})
	r.look(WakeLook)
	r.want(id, mail.SubmissionQueued, mail.CodeConnectionLost)
	if sub := r.want(other, mail.SubmissionQueued, ""); sub.Attempts != 0 {
		t.Error("another message is tried at a server that isn't reached")
	}
	if _, err := r.db.CancelSubmission(t.Context(), other); err != nil {
		t.Fatal(err)
	}
	r.look(WakeLook)
	r.want(id, mail.SubmissionQueued, mail.CodeConnectionLost)
	r.look(WakeNetwork)
	if sub := r.want(id, mail.SubmissionQueued, mail.CodeConnectionLost); sub.Attempts != 2 {
		t.Errorf("%d attempts, want the second by the network", sub.Attempts)
	}
	r.look(WakeNetwork)
	r.want(id, mail.SubmissionQueued, mail.CodeSignIn)
	r.look(WakeNetwork)
	r.look(WakePerson)
	r.want(id, mail.SubmissionSent, "")
	r.wantCopy(1)
}

// TestSendAt queues for later, and takes it back before.
func TestSendAt(t *testing.T) {
	t.Parallel()
	r := newRig(t, mailtest.NewScript(t, whole+"S: 250 queued").Server())
	later := time.Now().Add(time.Hour).Truncate(time.Millisecond)
	id := r.queue(1, later)
	if next := r.look(WakePerson); !next.Equal(later) {
		t.Errorf("looks again at %v, want %v", next, later)
	}
	r.want(id, mail.SubmissionQueued, "")
	if _, err := r.db.CancelSubmission(t.Context(), id); err != nil {
		t.Fatal(err)
	}
	if next := r.look(WakePerson); !next.IsZero() {
		t.Errorf("looks again at %v for nothing", next)
	}
	soon := r.queue(1, time.Now().Add(-time.Second))
	r.look(WakeLook)
	r.want(soon, mail.SubmissionSent, "")
}

// TestHurry ends the program within the time to undo: what waits for that goes out,
// what is for later or failed before doesn't.
func TestHurry(t *testing.T) {
	t.Parallel()
	r := newRig(t, mailtest.NewScript(t, "S: 421 later", whole+"S: 250 queued").Server())
	failed := r.queue(1, time.Time{})
	r.look(WakeLook)
	soon, tomorrow := r.queue(2, time.Now().Add(10*time.Second)), r.queue(3, time.Now().Add(time.Hour))
	if err := r.Hurry(t.Context(), 20*time.Second); err != nil {
		t.Fatal(err)
	}
	r.want(failed, mail.SubmissionQueued, mail.CodeThrottled)
	r.want(soon, mail.SubmissionSent, "")
	r.want(tomorrow, mail.SubmissionQueued, "")
}

// TestNothingToSendBy has no usable account for a while.
func TestNothingToSendBy(t *testing.T) {
	t.Parallel()
	r := newRig(t, mailtest.NewScript(t, whole+"S: 250 queued").Server())
	r.problem = &mail.Error{Code: mail.CodeNoOutgoing}
	id := r.queue(1, time.Time{})
	if next := r.look(WakeLook); !next.IsZero() {
		t.Errorf("looks again at %v, want it to wait for the person", next)
	}
	r.want(id, mail.SubmissionQueued, mail.CodeNoOutgoing)
	r.look(WakeNetwork)
	r.want(id, mail.SubmissionQueued, mail.CodeNoOutgoing)
	r.problem = nil
	r.look(WakePerson)
	r.want(id, mail.SubmissionSent, "")
}

// TestRetryAfter has a server say when to come back.
func TestRetryAfter(t *testing.T) {
	t.Parallel()
	r := newRig(t, mail.Server{})
	r.cfg.Send = func(context.Context, mail.Account, submission.Envelope, []byte, func() error) submission.Result {
		throttled := result(mail.CodeThrottled)
		throttled.RetryAfter = time.Hour
		return throttled
	}
	id := r.queue(1, time.Time{})
	next := r.look(WakeLook)
	if sub := r.want(id, mail.SubmissionQueued, mail.CodeThrottled); time.Until(sub.RetryAt) < 59*time.Minute || !next.Equal(sub.RetryAt) {
		t.Errorf("tried again at %v, looked again at %v, want in an hour", sub.RetryAt, next)
	}
}

// TestUnknown loses the connection at the end: the message isn't sent again whatever
// wakes the outbox, until the server shows it among what was sent.
func TestUnknown(t *testing.T) {
	t.Parallel()
	r := newRig(t, mailtest.NewScript(t, whole+"X: close").Server())
	id := r.queue(1, time.Time{})
	r.look(WakeLook)
	for _, w := range []Wake{WakeLook, WakeNetwork, WakePerson} {
		r.look(w)
		r.want(id, mail.SubmissionUnknown, mail.CodeOutcomeUnknown)
	}
	boxes, err := r.db.Mailboxes(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, b := range boxes {
		if b.Role == mail.RoleSent {
			in := store.Prepare(store.Incoming{UID: 1, ReceivedAt: time.Now(), Content: message.Content(octets(1))}, octets(1))
			if _, _, err := r.db.Commit(t.Context(), store.Batch{Mailbox: b.ID, Incoming: []store.Incoming{in}}); err != nil {
				t.Fatal(err)
			}
		}
	}
	r.Committed()
	told := r.changed
	select {
	case w := <-r.bell:
		r.look(w)
	default:
		t.Fatal("what the store got wakes nobody")
	}
	r.want(id, mail.SubmissionCopied, "")
	r.wantCopy(1)
	if r.changed == told {
		t.Error("nobody is told that it was sent")
	}
	told = r.changed
	r.look(WakePerson)
	if r.changed != told {
		t.Error("a change is told of that is none")
	}
	r.Committed()
	if len(r.bell) != 0 {
		t.Error("the store wakes the outbox when nothing is waited for")
	}
}

// TestSettle has the person say that it was sent, also of what can't be unknown.
func TestSettle(t *testing.T) {
	t.Parallel()
	r := newRig(t, mailtest.NewScript(t, whole+"X: close").Server())
	id := r.queue(1, time.Now().Add(time.Hour))
	if err := r.Settle(t.Context(), id); mail.CodeOf(err) != mail.CodeConflict {
		t.Errorf("what is queued is settled with %v", err)
	}
	unknown, ending := r.queue(2, time.Time{}), r.queue(3, time.Now().Add(time.Hour))
	r.look(WakeLook)
	for _, state := range []mail.SubmissionState{mail.SubmissionSending, mail.SubmissionEnding} {
		if err := r.db.StepSubmission(t.Context(), ending, store.SubmissionStep{To: state}); err != nil {
			t.Fatal(err)
		}
	}
	if err := r.Settle(t.Context(), ending); mail.CodeOf(err) != mail.CodeConflict {
		t.Errorf("what is under way is settled with %v", err)
	}
	if err := r.Settle(t.Context(), unknown); err != nil {
		t.Fatal(err)
	}
	r.want(unknown, mail.SubmissionSent, "")
	r.wantCopy(2)
}

// TestCrashes finds submissions as a crash left them; what it says of them is said once,
// since later a message may be under way.
func TestCrashes(t *testing.T) {
	t.Parallel()
	r := newRig(t, mailtest.NewScript(t, whole+"S: 250 queued").Server())
	sending, ending := r.queue(1, time.Time{}), r.queue(2, time.Time{})
	step := func(id mail.SubmissionID, to mail.SubmissionState) {
		t.Helper()
		if err := r.db.StepSubmission(t.Context(), id, store.SubmissionStep{To: to}); err != nil {
			t.Fatal(err)
		}
	}
	step(sending, mail.SubmissionSending)
	step(ending, mail.SubmissionSending)
	step(ending, mail.SubmissionEnding)
	r.look(WakeLook)
	r.want(sending, mail.SubmissionSent, "")
	r.want(ending, mail.SubmissionUnknown, mail.CodeOutcomeUnknown)
	third := r.queue(3, time.Time{})
	step(third, mail.SubmissionSending)
	r.look(WakePerson)
	r.want(third, mail.SubmissionSending, "")
}

// TestNoMailboxForCopies sends from an account without a mailbox for what was sent: the
// copy waits for one.
func TestNoMailboxForCopies(t *testing.T) {
	t.Parallel()
	r := newRig(t, mailtest.NewScript(t, whole+"S: 250 queued").Server())
	r.mailboxes("INBOX")
	id := r.queue(1, time.Time{})
	r.look(WakeLook)
	r.want(id, mail.SubmissionSent, "")
	r.look(WakeLook)
	r.want(id, mail.SubmissionSent, "")
	r.mailboxes("INBOX", "Sent")
	r.Committed()
	r.look(<-r.bell)
	r.wantCopy(1)
	r.want(id, mail.SubmissionSent, "")
	r.look(WakeLook)
	r.wantCopy(1)
}

// TestMailboxComesMeanwhile finds the mailbox for copies right after it was looked for.
func TestMailboxComesMeanwhile(t *testing.T) {
	t.Parallel()
	r := newRig(t, mailtest.NewScript(t, whole+"S: 250 queued").Server())
	r.mailboxes("INBOX")
	r.cfg.checkpoint = func(name string) {
		if name == "sent" {
			r.mailboxes("INBOX", "Sent")
			r.Committed()
		}
	}
	r.queue(1, time.Time{})
	r.look(WakeLook)
	select {
	case w := <-r.bell:
		r.look(w)
	default:
		t.Fatal("a mailbox that comes while it is sent wakes nobody")
	}
	r.wantCopy(1)
}

// TestGivesUp puts a message off for a day; a network that is away that long is
// another matter.
func TestGivesUp(t *testing.T) {
	t.Parallel()
	now := time.Now()
	for _, c := range []struct {
		code    mail.Code
		created time.Time
		sendAt  time.Time
		want    verdict
	}{
		{mail.CodeThrottled, now.Add(-23 * time.Hour), time.Time{}, again},
		{mail.CodeThrottled, now.Add(-25 * time.Hour), time.Time{}, never},
		{mail.CodeThrottled, now.Add(-25 * time.Hour), now.Add(-time.Hour), again},
		{mail.CodeConnectionLost, now.Add(-25 * time.Hour), time.Time{}, again},
		{mail.CodeSignIn, now.Add(-25 * time.Hour), time.Time{}, person},
	} {
		sub := mail.Submission{CreatedAt: c.created, SendAt: c.sendAt}
		if got := judge(sub, result(c.code), now); got != c.want {
			t.Errorf("%s since %v, to be sent at %v: %d, want %d", c.code, c.created, c.sendAt, got, c.want)
		}
	}
}

func result(code mail.Code) submission.Result {
	return submission.Result{Outcome: submission.NotSent, Problem: &mail.Error{Code: code}}
}

func TestPause(t *testing.T) {
	t.Parallel()
	for attempts, want := range map[int]time.Duration{0: firstPause, 1: firstPause, 2: 2 * firstPause, 5: 16 * firstPause, 60: longestPause} {
		for range 100 {
			if got := pause(mail.CodeThrottled, attempts); got < want/2 || got > want {
				t.Errorf("after %d attempts the pause is %v, want %v or up to half of it less", attempts, got, want)
			}
		}
	}
	if got := pause(mail.CodeNoNetwork, 60); got > longestOffline {
		t.Errorf("without a network the pause is %v", got)
	}
}

// TestNotesSurviveFullDisk fails to note what became of a message, until it succeeds.
func TestNotesSurviveFullDisk(t *testing.T) {
	t.Parallel()
	r := newRig(t, mail.Server{})
	tries := 0
	r.persist(t.Context(), func() error {
		if tries++; tries < 3 {
			return &mail.Error{Code: mail.CodeDiskFull}
		}
		return nil
	})
	if tries != 3 {
		t.Errorf("tried %d times, want until it succeeds", tries)
	}
	ctx, stop := context.WithCancel(t.Context())
	stop()
	r.persist(ctx, func() error { return &mail.Error{Code: mail.CodeDiskFull} })
}

// TestStop ends the program while a message is under way: nobody is blamed, and
// it is sent after the next start.
func TestStop(t *testing.T) {
	t.Parallel()
	script := mailtest.NewScript(t, signIn+"C: MAIL FROM:{}\nX: silence")
	r := newRig(t, script.Server())
	id := r.queue(1, time.Time{})
	ctx, stop := context.WithCancel(t.Context())
	p := mailtest.NewProxy(t, script.Server())
	r.account.SMTP = p.Server()
	go func() {
		p.WaitLine("MAIL FROM", 1)
		stop()
	}()
	r.Run(ctx)
	sub := r.want(id, mail.SubmissionQueued, "")
	if !sub.RetryAt.IsZero() {
		t.Errorf("it waits until %v", sub.RetryAt)
	}
}

// TestStopAtTheEnd ends the program right before and right after the end of a message:
// before, it isn't sent; after, the answer is waited for.
func TestStopAtTheEnd(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		point, script string
		want          mail.SubmissionState
	}{
		{"before ending", envelope + "C: DATA\nS: 354 go on\nX: silence", mail.SubmissionQueued},
		{"ending", whole + "S: 250 queued", mail.SubmissionSent},
	} {
		t.Run(c.point, func(t *testing.T) {
			t.Parallel()
			r := newRig(t, mailtest.NewScript(t, c.script).Server())
			id := r.queue(1, time.Time{})
			ctx, stop := context.WithCancel(t.Context())
			r.cfg.checkpoint = func(name string) {
				if name == c.point {
					stop()
				}
			}
			r.Run(ctx)
			r.want(id, c.want, "")
		})
	}
}

// TestNothingSecretIsLogged has a server that repeats the password.
func TestNothingSecretIsLogged(t *testing.T) {
	t.Parallel()
	r := newRig(t, mailtest.NewScript(t, begin+"C: AUTH PLAIN {}\nS: 535 5.7.8 no, marker-secret\nC: *\nS: 501 ok").Server())
	id := r.queue(1, time.Time{})
	r.look(WakeLook)
	if sub := r.submission(id); strings.Contains(sub.Problem.Error(), "marker-secret") {
		t.Errorf("the problem has the password: %v", sub.Problem)
	}
}
