package submission_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"waxwing/backend/connect"
	"waxwing/backend/mail"
	"waxwing/backend/mailtest"
	"waxwing/backend/submission"
)

func TestMain(m *testing.M) { mailtest.Main(m) }

const patience = 20 * time.Second // on a busy computer

const hello = "From: alice@waxwing.test\r\nTo: bob@waxwing.test\r\nSubject: Hello\r\nMessage-ID: <1@waxwing.test>\r\n\r\n" +
	".a line that begins with a dot\r\n..two\r\nthe end\r\n"

var credentials = connect.Credentials{User: "alice", Password: "marker-secret"}

func TestRealServer(t *testing.T) {
	t.Parallel()
	s := mailtest.Dovecot(t, mailtest.Options{Submission: true, Mechanisms: "plain login cram-md5 scram-sha-1 scram-sha-256"})
	sender := &submission.Sender{Dialer: &connect.Dialer{Timeout: patience, Roots: s.Roots}}
	who := connect.Credentials{User: "alice", Password: s.Password("alice")}
	for i, server := range []mail.Server{s.Submission(), s.Submissions(), s.PlainSubmission()} {
		env := submission.Envelope{From: s.Address("alice"), To: []string{s.Address("bob"), s.Address("alice")}}
		got := sender.Send(t.Context(), server, who, env, []byte(hello), nil)
		if got.Outcome != submission.Sent || got.Problem != nil {
			t.Fatalf("by %s: %s, %v", server.Security, got.Outcome, got.Problem)
		}
		bob := s.Client(t, "bob")
		bob.WaitMessages("INBOX", i+1)
		for _, m := range bob.Fetch("INBOX") {
			if !strings.HasSuffix(string(m.Raw), hello) {
				t.Errorf("by %s: arrived as %q, want %q at its end", server.Security, m.Raw, hello)
			}
		}
	}
	for _, c := range []struct {
		name string
		who  connect.Credentials
		to   []string
		raw  string
		want mail.Code
		// refused are the recipients that were.
		refused string
	}{
		{"wrong password", connect.Credentials{User: "alice", Password: "wrong"}, []string{s.Address("bob")}, hello, mail.CodeSignIn, ""},
		{"one stranger", who, []string{s.Address("bob"), "nobody@" + mailtest.Domain}, hello, mail.CodeRecipientRefused, "nobody@" + mailtest.Domain},
		{"put off", who, []string{"deferred@" + mailtest.Domain, s.Address("bob")}, hello, mail.CodeThrottled, "deferred@" + mailtest.Domain},
		{"nobody", who, nil, hello, mail.CodeInvalid, ""},
		{"too large", who, []string{s.Address("bob")}, hello + strings.Repeat("x\r\n", 9<<20), mail.CodeTooLarge, ""},
		{"line break in an address", who, []string{"bob@waxwing.test>\r\nRSET"}, hello, mail.CodeInvalid, ""},
	} {
		env := submission.Envelope{From: s.Address("alice"), To: c.to}
		got := sender.Send(t.Context(), s.Submissions(), c.who, env, []byte(c.raw), nil)
		if got.Outcome != submission.NotSent || mail.CodeOf(got.Problem) != c.want {
			t.Errorf("%s: %s, %v; want it not sent with %s", c.name, got.Outcome, got.Problem, c.want)
		}
		var refused []string
		for _, r := range got.Recipients {
			if r.Problem != nil {
				refused = append(refused, r.Address)
			}
		}
		if strings.Join(refused, " ") != c.refused {
			t.Errorf("%s: refused %v, want %s", c.name, refused, c.refused)
		}
	}
	s.Client(t, "bob").WaitMessages("INBOX", 3)
}

// begin is a conversation up to the password.
const begin = `
	S: 220 ready
	C: EHLO {}
	S: 250-hello
	S: 250-SIZE 1000
	S: 250-8BITMIME
	S: 250 AUTH PLAIN
	C: AUTH PLAIN {}
	S: 235 welcome
`

// body is the message's.
const body = `
	C: DATA
	S: 354 go on
	C: From: {}
	C: To: {}
	C: Subject: {}
	C: Message-ID: {}
	C:
	C: ..a line that begins with a dot
	C: ...two
	C: the end
	C: .
`

const envelope = `
	C: MAIL FROM:<alice@waxwing.test> SIZE=144 BODY=8BITMIME
	S: 250 ok
	C: RCPT TO:<bob@waxwing.test>
	S: 250 ok
`

// TestOutcomes breaks the conversation at every place.
func TestOutcomes(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, script string
		outcome      submission.Outcome
		want         mail.Code
		// refused says that it is for good, ended that the end of the message was sent.
		refused, ended bool
	}{
		{"sent", begin + envelope + body + "S: 250 2.0.0 queued", submission.Sent, "", false, true},
		{"refused after the end", begin + envelope + body + "S: 554 5.7.1 looks like spam", submission.NotSent, mail.CodeServerRefused, true, true},
		{"put off after the end", begin + envelope + body + "S: 451 4.3.0 later", submission.NotSent, mail.CodeThrottled, false, true},
		{"full after the end", begin + envelope + body + "S: 552 5.2.2 mailbox full", submission.NotSent, mail.CodeQuota, true, true},
		{"too large after the end", begin + envelope + body + "S: 552 5.3.4 too large", submission.NotSent, mail.CodeTooLarge, true, true},
		{"lost after the end", begin + envelope + body + "X: close", submission.Unknown, mail.CodeOutcomeUnknown, false, true},
		{"reset after the end", begin + envelope + body + "X: reset", submission.Unknown, mail.CodeOutcomeUnknown, false, true},
		{"garbage after the end", begin + envelope + body + "S: what?", submission.Unknown, mail.CodeOutcomeUnknown, false, true},
		{"lost at DATA", begin + envelope + "C: DATA\nX: close", submission.NotSent, mail.CodeConnectionLost, false, false},
		{"DATA refused", begin + envelope + "C: DATA\nS: 554 no", submission.NotSent, mail.CodeServerRefused, true, false},
		{"sender refused", begin + "C: MAIL FROM:{}\nS: 550 5.7.60 not allowed to send as this sender", submission.NotSent, mail.CodeSenderRefused, true, false},
		{"lost at MAIL", begin + "C: MAIL FROM:{}\nX: close", submission.NotSent, mail.CodeConnectionLost, false, false},
		{"lost at RCPT", begin + "C: MAIL FROM:{}\nS: 250 ok\nC: RCPT TO:{}\nX: close", submission.NotSent, mail.CodeConnectionLost, false, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			ended := 0
			got := sendTelling(t, mailtest.NewScript(t, c.script).Server(), patience, func() error { ended++; return nil }, "bob@waxwing.test")
			if got.Outcome != c.outcome || codeOf(got) != c.want || got.Refused != c.refused {
				t.Errorf("got %s, %v, refused %v; want %s, %q, %v", got.Outcome, got.Problem, got.Refused, c.outcome, c.want, c.refused)
			}
			if ended > 1 || ended == 1 != c.ended {
				t.Errorf("told %d times that the end follows, want it once: %v", ended, c.ended)
			}
		})
	}
}

// A server that takes the message and says nothing leaves its fate unknown; one
// that says nothing before doesn't get it.
func TestSilence(t *testing.T) {
	t.Parallel()
	for script, want := range map[string]submission.Outcome{
		begin + envelope + body + "X: silence":         submission.Unknown,
		begin + envelope + "C: DATA\nX: silence":       submission.NotSent,
		begin + "C: MAIL FROM:{}\nX: silence":          submission.NotSent,
		begin + "C: MAIL FROM:{}\nS: 250-\nX: silence": submission.NotSent,
	} {
		got := send(t, mailtest.NewScript(t, script).Server(), 300*time.Millisecond, "bob@waxwing.test")
		if got.Outcome != want || got.Problem == nil {
			t.Errorf("got %s, %v; want %s", got.Outcome, got.Problem, want)
		}
	}
}

// Letters outside ASCII: the domain has a form in ASCII, the rest needs SMTPUTF8.
func TestInternationalAddresses(t *testing.T) {
	t.Parallel()
	with := strings.Replace(begin, "S: 250-SIZE 1000\n", "S: 250-SMTPUTF8\n", 1)
	for _, c := range []struct {
		name, script, to string
		want             mail.Code
	}{
		{"domain", begin + "C: MAIL FROM:{}\nS: 250 ok\nC: RCPT TO:<bob@xn--mller-kva.test>\nS: 554 enough", "bob@müller.test", mail.CodeRecipientRefused},
		{"local part", begin + "C: MAIL FROM:{}\nS: 250 ok", "jörg@waxwing.test", mail.CodeUTF8Address},
		{
			"local part with SMTPUTF8",
			with + "C: MAIL FROM:<alice@waxwing.test> BODY=8BITMIME SMTPUTF8\nS: 250 ok\nC: RCPT TO:<jörg@waxwing.test>\nS: 554 enough",
			"jörg@waxwing.test", mail.CodeRecipientRefused,
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			got := send(t, mailtest.NewScript(t, c.script).Server(), patience, c.to)
			if got.Outcome != submission.NotSent || codeOf(got) != c.want {
				t.Errorf("got %s, %v; want %s", got.Outcome, got.Problem, c.want)
			}
		})
	}
}

// A person who gives up is told so, and the password is nowhere.
func TestCancel(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	sender := &submission.Sender{Dialer: new(connect.Dialer)}
	server := mail.Server{Host: "127.0.0.1", Port: 9, Security: mail.SecurityNone}
	got := sender.Send(ctx, server, credentials, submission.Envelope{From: "a@b.test", To: []string{"a@b.test"}}, []byte(hello), nil)
	if got.Outcome != submission.NotSent || codeOf(got) != mail.CodeCancelled {
		t.Errorf("got %s, %v", got.Outcome, got.Problem)
	}
}

// A server that repeats what it was told doesn't make us tell others.
func TestPasswordIsNotRepeated(t *testing.T) {
	t.Parallel()
	script := strings.Replace(begin, "S: 235 welcome", "S: 535 5.7.8 no, "+credentials.Password+"\n\tC: *\n\tS: 501 ok", 1)
	got := send(t, mailtest.NewScript(t, script).Server(), patience, "bob@waxwing.test")
	if codeOf(got) != mail.CodeSignIn || strings.Contains(got.Problem.Error(), credentials.Password) {
		t.Errorf("got %v", got.Problem)
	}
}

func send(t *testing.T, server mail.Server, patience time.Duration, to string) submission.Result {
	t.Helper()
	return sendTelling(t, server, patience, nil, to)
}

func sendTelling(t *testing.T, server mail.Server, patience time.Duration, ending func() error, to ...string) submission.Result {
	t.Helper()
	sender := &submission.Sender{Dialer: &connect.Dialer{Timeout: patience}, Patience: patience}
	return sender.Send(t.Context(), server, credentials, submission.Envelope{From: "alice@waxwing.test", To: to}, []byte(hello), ending)
}

// Who can't note that the end follows doesn't send it: the server gets no message.
func TestEndIsNotSentUnnoted(t *testing.T) {
	t.Parallel()
	s := mailtest.Dovecot(t, mailtest.Options{Submission: true})
	p := mailtest.NewProxy(t, s.PlainSubmission())
	full := &mail.Error{Code: mail.CodeDiskFull}
	sender := &submission.Sender{Dialer: &connect.Dialer{Timeout: patience}}
	who := connect.Credentials{User: "alice", Password: s.Password("alice")}
	env := submission.Envelope{From: s.Address("alice"), To: []string{s.Address("bob")}}
	got := sender.Send(t.Context(), p.Server(), who, env, []byte(hello), func() error { return full })
	if got.Outcome != submission.NotSent || got.Problem != full || got.Refused {
		t.Errorf("got %s, %v, refused %v", got.Outcome, got.Problem, got.Refused)
	}
	p.WaitClosed()
	for _, line := range p.Lines() {
		if line == "." {
			t.Error("the end was sent")
		}
	}
	if got = sender.Send(t.Context(), p.Server(), who, env, []byte(hello), nil); got.Outcome != submission.Sent {
		t.Fatalf("afterwards: %s, %v", got.Outcome, got.Problem)
	}
	s.Client(t, "bob").WaitMessages("INBOX", 1)
}

// Of several refusals the one for good counts.
func TestRefusedForGoodAmongPutOff(t *testing.T) {
	t.Parallel()
	got := sendTelling(t, mailtest.NewScript(t, begin+`
		C: MAIL FROM:{}
		S: 250 ok
		C: RCPT TO:<a@x.test>
		S: 451 later
		C: RCPT TO:<b@x.test>
		S: 550 nobody here
		C: RCPT TO:<c@x.test>
		S: 250 ok`).Server(), patience, nil, "a@x.test", "b@x.test", "c@x.test")
	if !got.Refused || codeOf(got) != mail.CodeRecipientRefused || got.Problem.Args["address"] != "b@x.test" {
		t.Errorf("got %v, refused %v", got.Problem, got.Refused)
	}
	if a, b, c := got.Recipients[0].Problem, got.Recipients[1].Problem, got.Recipients[2].Problem; a == nil || b == nil || c != nil {
		t.Errorf("the recipients' problems are %v, %v, %v", a, b, c)
	}
}

// codeOf is the code of a result's problem, "" for none.
func codeOf(r submission.Result) mail.Code {
	if r.Problem == nil {
		return ""
	}
	return r.Problem.Code
}
