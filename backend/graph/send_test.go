package graph_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"waxwing/backend/connect"
	"waxwing/backend/graph"
	"waxwing/backend/mail"
	"waxwing/backend/mailtest"
	"waxwing/backend/oauth"
	"waxwing/backend/submission"
)

const (
	tenant = "waxwing.test"
	client = "11111111-2222-3333-4444-555555555555"
	alice  = "alice@waxwing.test"
)

const hello = "From: alice@waxwing.test\r\nTo: bob@waxwing.test\r\nCc: Carol <carol@waxwing.test>\r\nSubject: Hello\r\n" +
	"Message-ID: <1@waxwing.test>\r\n\r\n.a line that begins with a dot\r\nthe end\r\n"

var (
	both = submission.Envelope{From: alice, To: []string{"bob@waxwing.test", "carol@waxwing.test"}}
	all  = submission.Envelope{From: alice, To: []string{"bob@waxwing.test", "carol@waxwing.test", "dan@elsewhere.test"}}
)

// A rig is a Graph with an application that may send from alice's mailbox.
type rig struct {
	*mailtest.Graph
	app    *graph.App
	sender *graph.Sender
	waited []time.Duration
}

func newRig(t *testing.T) *rig {
	t.Helper()
	r := &rig{Graph: mailtest.NewGraph(t, alice)}
	certificate := certificateOf(t, "mail")
	r.Register(tenant, client, certificate.Leaf)
	r.app = r.application(certificate, nil)
	r.sender = &graph.Sender{
		Client: oauth.HTTPClient(r.dialer()), Endpoint: r.Endpoint,
		Wait: func(_ context.Context, d time.Duration) error { r.waited = append(r.waited, d); return nil },
	}
	return r
}

func (r *rig) dialer() *connect.Dialer {
	return &connect.Dialer{Timeout: 20 * time.Second, Roots: r.Trust.Roots}
}

// certificateOf is one of Java's.
func certificateOf(t *testing.T, alias string) *graph.Certificate {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", "java.p12"))
	if err != nil {
		t.Fatal(err)
	}
	c, err := graph.LoadCertificate(graph.CertificateFile{Data: data, Alias: alias, Password: password})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func (r *rig) application(c *graph.Certificate, change func(*graph.Application)) *graph.App {
	a := graph.Application{Tenant: tenant, ClientID: client, Certificate: c, Authority: r.Authority, Endpoint: r.Endpoint}
	if change != nil {
		change(&a)
	}
	return graph.NewApp(a, oauth.HTTPClient(r.dialer()))
}

func (r *rig) send(t *testing.T, env submission.Envelope, raw string) submission.Result {
	t.Helper()
	return r.sender.Send(t.Context(), graph.Mailbox{User: alice, Tokens: r.app}, env, []byte(raw), nil)
}

func codeOf(r submission.Result) mail.Code {
	if r.Problem == nil {
		return ""
	}
	return r.Problem.Code
}

func TestSend(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	ended := 0
	got := r.sender.Send(t.Context(), graph.Mailbox{User: alice, Tokens: r.app}, both, []byte(hello), func() error { ended++; return nil })
	if got.Outcome != submission.Sent || got.Problem != nil || len(got.Recipients) != 2 || ended != 1 {
		t.Fatalf("got %+v, told %d times that it ends", got, ended)
	}
	if got := r.send(t, all, hello); got.Outcome != submission.Sent {
		t.Fatalf("with a hidden recipient: %+v", got)
	}
	sent := r.Sent()
	if len(sent) != 2 || fmt.Sprint(sent[0].To) != fmt.Sprint(both.To) || fmt.Sprint(sent[1].To) != "[bob@waxwing.test carol@waxwing.test dan@elsewhere.test]" {
		t.Fatalf("sent to %v", sent)
	}
	for _, m := range sent {
		if string(m.Raw) != hello || m.Mailbox != alice {
			t.Errorf("from %s came %q", m.Mailbox, m.Raw)
		}
	}
	if n := r.Count(mailtest.GraphToken); n != 1 {
		t.Errorf("signed in %d times, want once", n)
	}
	r.Revoke() // each assertion is good for one token
	if got := r.send(t, both, hello); got.Outcome != submission.Sent || r.Count(mailtest.GraphToken) != 2 {
		t.Errorf("after the token was taken back: %+v, signed in %d times", got, r.Count(mailtest.GraphToken))
	}
}

// TestEarly: a token isn't used when it is about to end.
func TestEarly(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	now := time.Now()
	r.app.SetClock(func() time.Time { return now })
	first, err := r.app.Token(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	now = now.Add(54 * time.Minute)
	if again, err := r.app.Token(t.Context()); err != nil || again != first {
		t.Errorf("six minutes before the end: %v, another token: %t", err, again != first)
	}
	now = now.Add(2 * time.Minute)
	// Half a minute more and Graph's clock, which didn't move, would refuse the
	// new assertion: it isn't valid yet.
	if _, err := r.app.Token(t.Context()); mail.CodeOf(err) != mail.CodeClientRefused {
		t.Errorf("four minutes before the end: %v, want another sign-in, refused by Graph's clock", err)
	}
}

// personTokens are those of a person who has signed in.
type personTokens struct{ token, renewed string }

func (p personTokens) Token(context.Context) (string, error)         { return p.token, nil }
func (p personTokens) Renew(context.Context, string) (string, error) { return p.renewed, nil }

func TestPerson(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	token := r.PersonToken(alice)
	for _, c := range []struct {
		user   string
		tokens personTokens
		want   mail.Code
	}{
		{"", personTokens{token, ""}, ""},
		{alice, personTokens{token, ""}, ""},
		{"", personTokens{"ended", token}, ""},
		{"", personTokens{"ended", "ended as well"}, mail.CodeTokenRefused},
		{"bob@waxwing.test", personTokens{token, ""}, mail.CodeSendingDenied},
	} {
		got := r.sender.Send(t.Context(), graph.Mailbox{User: c.user, Tokens: c.tokens}, both, []byte(hello), nil)
		if codeOf(got) != c.want || (got.Outcome == submission.Sent) != (c.want == "") {
			t.Errorf("as %q with %v: got %+v, want %q", c.user, c.tokens, got, c.want)
		}
	}
	if n := len(r.Sent()); n != 3 {
		t.Errorf("%d were sent, want 3", n)
	}
}

// TestSignIn: why an application isn't let in.
func TestSignIn(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	stranger, good := certificateOf(t, "reports"), certificateOf(t, "mail")
	for _, c := range []struct {
		name   string
		cert   *graph.Certificate
		change func(*graph.Application)
		want   mail.Code
	}{
		{"unknown certificate", stranger, nil, mail.CodeCertificateUnknown},
		{"unknown application", good, func(a *graph.Application) { a.ClientID = "another" }, mail.CodeClientRefused},
		{"unknown tenant", good, func(a *graph.Application) { a.Tenant = "elsewhere.test" }, mail.CodeClientRefused},
		{"no tenant", good, func(a *graph.Application) { a.Tenant = "" }, mail.CodeInvalid},
		{"a tenant that is a path", good, func(a *graph.Application) { a.Tenant = "../x" }, mail.CodeInvalid},
		{"no client id", good, func(a *graph.Application) { a.ClientID = "" }, mail.CodeInvalid},
		{"nobody there", good, func(a *graph.Application) { a.Authority = "https://127.0.0.1:1" }, mail.CodeRefused},
	} {
		if _, err := r.application(c.cert, c.change).Token(t.Context()); mail.CodeOf(err) != c.want {
			t.Errorf("%s: got %v, want %s", c.name, err, c.want)
		}
	}
	expired := r.application(good, nil)
	expired.SetClock(func() time.Time { return time.Now().AddDate(200, 0, 0) })
	if _, err := expired.Token(t.Context()); mail.CodeOf(err) != mail.CodeCertificateExpired {
		t.Errorf("after its last day: %v", err)
	}
	for status, want := range map[int]mail.Code{503: mail.CodeProviderDown, 500: mail.CodeProviderDown} {
		r.Fail(mailtest.GraphToken, mailtest.GraphFault{Status: status})
		if _, err := r.application(good, nil).Token(t.Context()); mail.CodeOf(err) != want {
			t.Errorf("status %d: got %v, want %s", status, err, want)
		}
	}
	r.Fail(mailtest.GraphToken, mailtest.GraphFault{Cut: true})
	if _, err := r.application(good, nil).Token(t.Context()); mail.CodeOf(err) != mail.CodeConnectionLost {
		t.Errorf("cut: got %v", err)
	}
}

// TestOutcomes lets every step fail, of a small and of a large message.
func TestOutcomes(t *testing.T) {
	t.Parallel()
	large := largeMessage(t)
	for _, c := range []struct {
		name   string
		raw    string
		step   string
		faults []mailtest.GraphFault
		// What is expected.
		outcome submission.Outcome
		code    mail.Code
		after   time.Duration
		sent    int // messages that were, whatever we know
		drafts  int // that are left
	}{
		{"nothing", hello, mailtest.GraphSendMail, nil, submission.Sent, "", 0, 1, 0},
		{"401 once", hello, mailtest.GraphSendMail, []mailtest.GraphFault{{Status: 401}}, submission.Sent, "", 0, 1, 0},
		{"401", hello, mailtest.GraphSendMail, []mailtest.GraphFault{{Status: 401}, {Status: 401}}, submission.NotSent, mail.CodeTokenRefused, 0, 0, 0},
		{"403", hello, mailtest.GraphSendMail, []mailtest.GraphFault{{Status: 403, Code: "ErrorAccessDenied"}}, submission.NotSent, mail.CodeSendingDenied, 0, 0, 0},
		{"403 for the sender", hello, mailtest.GraphSendMail, []mailtest.GraphFault{{Status: 403, Code: "ErrorSendAsDenied"}}, submission.NotSent, mail.CodeSenderRefused, 0, 0, 0},
		{"400", hello, mailtest.GraphSendMail, []mailtest.GraphFault{{Status: 400, Code: "ErrorInvalidRecipients"}}, submission.NotSent, mail.CodeServerRefused, 0, 0, 0},
		{"400 too large", hello, mailtest.GraphSendMail, []mailtest.GraphFault{{Status: 400, Code: "ErrorMessageSizeExceeded"}}, submission.NotSent, mail.CodeTooLarge, 0, 0, 0},
		{"413", hello, mailtest.GraphSendMail, []mailtest.GraphFault{{Status: 413}}, submission.NotSent, mail.CodeTooLarge, 0, 0, 0},
		{"429", hello, mailtest.GraphSendMail, []mailtest.GraphFault{{Status: 429, RetryAfter: "120"}}, submission.NotSent, mail.CodeThrottled, 2 * time.Minute, 0, 0},
		{"429 without a time", hello, mailtest.GraphSendMail, []mailtest.GraphFault{{Status: 429}}, submission.NotSent, mail.CodeThrottled, 30 * time.Second, 0, 0},
		{"429 with nonsense", hello, mailtest.GraphSendMail, []mailtest.GraphFault{{Status: 429, RetryAfter: "soon"}}, submission.NotSent, mail.CodeThrottled, 30 * time.Second, 0, 0},
		{"503", hello, mailtest.GraphSendMail, []mailtest.GraphFault{{Status: 503, RetryAfter: "7"}}, submission.NotSent, mail.CodeThrottled, 7 * time.Second, 0, 0},
		{"503 for years", hello, mailtest.GraphSendMail, []mailtest.GraphFault{{Status: 503, RetryAfter: "999999999"}}, submission.NotSent, mail.CodeThrottled, 24 * time.Hour, 0, 0},
		{"500", hello, mailtest.GraphSendMail, []mailtest.GraphFault{{Status: 500}}, submission.Unknown, mail.CodeOutcomeUnknown, 0, 0, 0},
		{"502 in between", hello, mailtest.GraphSendMail, []mailtest.GraphFault{{Status: 502}}, submission.Unknown, mail.CodeOutcomeUnknown, 0, 0, 0},
		{"504 in between", hello, mailtest.GraphSendMail, []mailtest.GraphFault{{Status: 504}}, submission.Unknown, mail.CodeOutcomeUnknown, 0, 0, 0},
		{"200 of somebody", hello, mailtest.GraphSendMail, []mailtest.GraphFault{{Status: 200}}, submission.Unknown, mail.CodeOutcomeUnknown, 0, 0, 0},
		{"redirect", hello, mailtest.GraphSendMail, []mailtest.GraphFault{{Status: 302}}, submission.NotSent, mail.CodeProtocol, 0, 0, 0},
		{"cut", hello, mailtest.GraphSendMail, []mailtest.GraphFault{{Cut: true}}, submission.Unknown, mail.CodeOutcomeUnknown, 0, 0, 0},
		{"cut after it was sent", hello, mailtest.GraphSendMail, []mailtest.GraphFault{{Cut: true, Done: true}}, submission.Unknown, mail.CodeOutcomeUnknown, 0, 1, 0},
		{"cut while signing in", hello, mailtest.GraphToken, []mailtest.GraphFault{{Cut: true}}, submission.NotSent, mail.CodeConnectionLost, 0, 0, 0},

		{"large", large, mailtest.GraphSend, nil, submission.Sent, "", 0, 1, 0},
		{"large, no draft", large, mailtest.GraphDraft, []mailtest.GraphFault{{Status: 403}}, submission.NotSent, mail.CodeSendingDenied, 0, 0, 0},
		{"large, cut at the draft", large, mailtest.GraphDraft, []mailtest.GraphFault{{Cut: true}}, submission.NotSent, mail.CodeConnectionLost, 0, 0, 0},
		{"large, cut at a small file", large, mailtest.GraphAttach, []mailtest.GraphFault{{Cut: true}}, submission.NotSent, mail.CodeConnectionLost, 0, 0, 0},
		{"large, session refused", large, mailtest.GraphSession, []mailtest.GraphFault{{Status: 400, Code: "ErrorMessageSizeExceeded"}}, submission.NotSent, mail.CodeTooLarge, 0, 0, 0},
		{"large, cut in a file", large, mailtest.GraphRange, []mailtest.GraphFault{{Cut: true}}, submission.NotSent, mail.CodeConnectionLost, 0, 0, 0},
		{"large, put off in a file", large, mailtest.GraphRange, []mailtest.GraphFault{{Status: 429, RetryAfter: "9"}, {Status: 503, RetryAfter: "9"}}, submission.Sent, "", 0, 1, 0},
		{"large, put off for long", large, mailtest.GraphRange, []mailtest.GraphFault{{Status: 429, RetryAfter: "600"}}, submission.NotSent, mail.CodeThrottled, 10 * time.Minute, 0, 0},
		{"large, put off at the end", large, mailtest.GraphSend, []mailtest.GraphFault{{Status: 429, RetryAfter: "5"}}, submission.NotSent, mail.CodeThrottled, 5 * time.Second, 0, 0},
		{"large, refused at the end", large, mailtest.GraphSend, []mailtest.GraphFault{{Status: 403, Code: "ErrorSendAsDenied"}}, submission.NotSent, mail.CodeSenderRefused, 0, 0, 0},
		{"large, cut at the end", large, mailtest.GraphSend, []mailtest.GraphFault{{Cut: true}}, submission.Unknown, mail.CodeOutcomeUnknown, 0, 0, 1},
		{"large, cut after it was sent", large, mailtest.GraphSend, []mailtest.GraphFault{{Cut: true, Done: true}}, submission.Unknown, mail.CodeOutcomeUnknown, 0, 1, 0},
		{"large, 504 at the end", large, mailtest.GraphSend, []mailtest.GraphFault{{Status: 504}}, submission.Unknown, mail.CodeOutcomeUnknown, 0, 0, 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t)
			r.Fail(c.step, c.faults...)
			got := r.send(t, both, c.raw)
			if got.Outcome != c.outcome || codeOf(got) != c.code || got.RetryAfter != c.after {
				t.Errorf("got %s, %v, again after %s; want %s, %q, %s", got.Outcome, got.Problem, got.RetryAfter, c.outcome, c.code, c.after)
			}
			permanent := map[mail.Code]bool{mail.CodeTooLarge: true, mail.CodeServerRefused: true, mail.CodeSenderRefused: true}[c.code]
			if got.Refused != permanent {
				t.Errorf("refused for good: %t, want %t", got.Refused, permanent)
			}
			if n := len(r.Sent()); n != c.sent || r.Drafts() != c.drafts {
				t.Errorf("%d messages were sent and %d drafts are left, want %d and %d", n, r.Drafts(), c.sent, c.drafts)
			}
			if got.Problem != nil && strings.Contains(got.Problem.Error(), "secret-of-the-session") {
				t.Errorf("the address of the session is in %v", got.Problem)
			}
		})
	}
}

// TestThrottled: who was asked to leave Graph alone does.
func TestThrottled(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.Fail(mailtest.GraphSendMail, mailtest.GraphFault{Status: 429, RetryAfter: "120"})
	r.send(t, both, hello)
	got := r.send(t, both, hello)
	if got.Outcome != submission.NotSent || codeOf(got) != mail.CodeThrottled || got.RetryAfter <= 0 || got.RetryAfter > 2*time.Minute {
		t.Errorf("got %+v", got)
	}
	if n := r.Count(mailtest.GraphSendMail); n != 1 {
		t.Errorf("Graph was asked %d times, want once", n)
	}
	other := r.sender.Send(t.Context(), graph.Mailbox{User: "bob@waxwing.test", Tokens: r.app}, both, []byte(hello), nil)
	if codeOf(other) != mail.CodeSenderRefused { // there is no such mailbox
		t.Errorf("another mailbox: %+v", other)
	}
}

// TestHold: within a message a short pause is waited for.
func TestHold(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.Fail(mailtest.GraphDraft, mailtest.GraphFault{Status: 503, RetryAfter: "3"}, mailtest.GraphFault{Status: 429, RetryAfter: "4"})
	if got := r.send(t, both, largeMessage(t)); got.Outcome != submission.Sent || fmt.Sprint(r.waited) != "[3s 4s]" {
		t.Errorf("got %+v after waiting for %v", got, r.waited)
	}
	if got := r.send(t, both, hello); got.Outcome != submission.Sent && codeOf(got) != mail.CodeThrottled {
		t.Errorf("afterwards: %+v", got)
	}
	for range 6 {
		r.Fail(mailtest.GraphDraft, mailtest.GraphFault{Status: 429, RetryAfter: "0"})
	}
	if got := r.sender.Send(t.Context(), graph.Mailbox{Tokens: personTokens{r.PersonToken(alice), ""}}, both, []byte(largeMessage(t)), nil); codeOf(got) != mail.CodeThrottled {
		t.Errorf("put off without end: %+v", got)
	}
}

// TestEnding: what can't be noted beforehand isn't sent.
func TestEnding(t *testing.T) {
	t.Parallel()
	full := &mail.Error{Code: mail.CodeDiskFull, Err: errors.New("no space")}
	for name, raw := range map[string]string{"small": hello, "large": largeMessage(t)} {
		r := newRig(t)
		got := r.sender.Send(t.Context(), graph.Mailbox{User: alice, Tokens: r.app}, both, []byte(raw), func() error { return full })
		if got.Outcome != submission.NotSent || codeOf(got) != mail.CodeDiskFull || len(r.Sent()) != 0 {
			t.Errorf("%s: got %+v", name, got)
		}
	}
}

// TestEnvelope: Graph reads recipients from the header, so nobody else may be there.
func TestEnvelope(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	bcc := strings.Replace(hello, "Subject:", "Bcc: old@waxwing.test,\r\n  dan@elsewhere.test\r\nSubject:", 1)
	for _, c := range []struct {
		name, raw string
		to        []string
		want      mail.Code
		arrives   string
	}{
		{"fewer", hello, []string{"bob@waxwing.test"}, mail.CodeEnvelope, ""},
		{"none", hello, nil, mail.CodeInvalid, ""},
		{"another spelling", hello, []string{"BOB@waxwing.test", "carol@Waxwing.test"}, "", "[bob@waxwing.test carol@waxwing.test]"},
		{"another spelling of a domain", strings.Replace(hello, "bob@waxwing.test", "bob@m\u00fcller.test", 1), []string{"bob@xn--mller-kva.test", "carol@waxwing.test"}, "", "[bob@m\u00fcller.test carol@waxwing.test]"},
		{"a line break", hello, append(all.To[:2:2], "x@y.test>\r\nX: <y"), mail.CodeInvalid, ""},
		{"hidden there and here", bcc, append(all.To[:3:3], "old@waxwing.test", "new@waxwing.test"), "", "[bob@waxwing.test carol@waxwing.test new@waxwing.test old@waxwing.test dan@elsewhere.test]"},
		{"hidden there only", bcc, all.To, mail.CodeEnvelope, ""},
	} {
		before := len(r.Sent())
		got := r.send(t, submission.Envelope{From: alice, To: c.to}, c.raw)
		sent := r.Sent()[before:]
		if codeOf(got) != c.want || (len(sent) == 1) != (c.want == "") {
			t.Errorf("%s: got %+v, %d sent", c.name, got, len(sent))
			continue
		}
		if len(sent) == 1 && (fmt.Sprint(sent[0].To) != c.arrives || strings.Contains(strings.ToLower(string(sent[0].Raw)), "bcc") || !strings.HasSuffix(string(sent[0].Raw), "the end\r\n")) {
			t.Errorf("%s: to %v went %q, want to %s", c.name, sent[0].To, sent[0].Raw, c.arrives)
		}
	}
}

// TestTest proves that sending is allowed without sending.
func TestTest(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	try := func(user string) mail.Code {
		return mail.CodeOf(r.sender.Test(t.Context(), graph.Mailbox{User: user, Tokens: r.app}))
	}
	if code := try(alice); code != "" {
		t.Errorf("got %s", code)
	}
	for user, want := range map[string]mail.Code{"nobody@waxwing.test": mail.CodeSenderRefused, "a/b": mail.CodeInvalid, "": mail.CodeServerRefused} {
		if code := try(user); code != want {
			t.Errorf("as %q: got %q, want %q", user, code, want)
		}
	}
	r.Permit("Mail.ReadWrite")
	if code := try(alice); code != mail.CodeSendingDenied {
		t.Errorf("without the permission: got %q", code)
	}
	if len(r.Sent()) != 0 {
		t.Error("something was sent")
	}
}

// part is one of a multipart.
func part(header, content string) string { return header + "\r\n\r\n" + content + "\r\n" }

func base64Lines(data []byte) string {
	var b strings.Builder
	for text := base64.StdEncoding.EncodeToString(data); text != ""; {
		n := min(76, len(text))
		b.WriteString(text[:n] + "\r\n")
		text = text[n:]
	}
	return strings.TrimSuffix(b.String(), "\r\n")
}

// numbers are octets that differ.
func numbers(n int) []byte {
	b := make([]byte, 0, n+16)
	for i := 0; len(b) < n; i++ {
		b = fmt.Appendf(b, "%d,", i)
	}
	return b[:n]
}

var (
	picture = numbers(2_500_000)
	film    = numbers(7_000_000)
	table   = numbers(900_000)
	note    = []byte("a note\n")
)

// largeMessage has an inline picture, two files that are large and one that isn't.
func largeMessage(tb testing.TB) string {
	tb.Helper()
	related := "--r\r\n" + part("Content-Type: text/html; charset=utf-8", `<p>Look:</p><img src="cid:pic@waxwing">`) +
		"--r\r\n" + part("Content-Type: image/png; name=pic.png\r\nContent-Transfer-Encoding: base64\r\nContent-ID: <pic@waxwing>\r\nContent-Disposition: inline", base64Lines(picture)) +
		"--r--"
	body := "--m\r\n" + part("Content-Type: multipart/related; boundary=r", related) +
		"--m\r\n" + part("Content-Type: video/mp4\r\nContent-Transfer-Encoding: base64\r\nContent-Disposition: attachment; filename*=utf-8''S%C3%BC%C3%9F.mp4", base64Lines(film)) +
		"--m\r\n" + part("Content-Type: text/csv\r\nContent-Transfer-Encoding: base64\r\nContent-Disposition: attachment; filename=table.csv", base64Lines(table)) +
		"--m\r\n" + part("Content-Type: text/plain\r\nContent-Disposition: attachment; filename=note.txt", string(note)) +
		"--m--\r\n"
	header, _, _ := strings.Cut(hello, "\r\n\r\n")
	return header + "\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=m\r\n\r\n" + body
}

func TestLarge(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	ended := 0
	got := r.sender.Send(t.Context(), graph.Mailbox{User: alice, Tokens: r.app}, all, []byte(largeMessage(t)), func() error { ended++; return nil })
	if got.Outcome != submission.Sent || ended != 1 {
		t.Fatalf("got %+v, told %d times that it ends", got, ended)
	}
	sent := r.Sent()
	if len(sent) != 1 || fmt.Sprint(sent[0].To) != "[bob@waxwing.test carol@waxwing.test dan@elsewhere.test]" {
		t.Fatalf("sent: %v", sent)
	}
	files := map[string]mailtest.GraphFile{}
	for _, f := range sent[0].Files {
		files[f.Name] = f
	}
	for name, want := range map[string]mailtest.GraphFile{
		"Süß.mp4": {Type: "video/mp4", Data: film},
		"pic.png": {Type: "image/png", ContentID: "pic@waxwing", Inline: true, Data: picture},
	} {
		f := files[name]
		if f.Type != want.Type || f.ContentID != want.ContentID || f.Inline != want.Inline || !bytes.Equal(f.Data, want.Data) {
			t.Errorf("%s came as %s, %q, inline %t, with %d octets", name, f.Type, f.ContentID, f.Inline, len(f.Data))
		}
	}
	raw := string(sent[0].Raw)
	for _, piece := range []string{"Message-ID: <1@waxwing.test>", "Look:", "table.csv", string(note), base64Lines(table), "--m--"} {
		if !strings.Contains(raw, piece) {
			t.Errorf("the message itself lacks %.60q", piece)
		}
	}
	if len(files) != 2 || r.Count(mailtest.GraphRange) != 3 || r.Count(mailtest.GraphAttach) != 1 {
		t.Errorf("%d files in %d ranges and %d at once, want 2 in 3 and 1", len(files), r.Count(mailtest.GraphRange), r.Count(mailtest.GraphAttach))
	}
}

// TestTooLarge: what can't be taken apart is refused before anything is asked.
func TestTooLarge(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	signed := strings.Replace(largeMessage(t), "multipart/mixed; boundary=m", "multipart/signed; boundary=m", 1)
	unclosed := strings.Replace(largeMessage(t), "--m--", "", 1)
	text := hello + strings.Repeat("a long text\r\n", 400_000)
	for name, raw := range map[string]string{"signed": signed, "without an end": unclosed, "text": text} {
		got := r.send(t, both, raw)
		if got.Outcome != submission.NotSent || codeOf(got) != mail.CodeTooLarge {
			t.Errorf("%s: got %+v", name, got)
		}
	}
	if n := r.Count(mailtest.GraphToken); n != 0 {
		t.Errorf("signed in %d times", n)
	}
}

// TestOnlyFiles: a message without text still has a part.
func TestOnlyFiles(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	header, _, _ := strings.Cut(hello, "\r\n\r\n")
	raw := header + "\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=m\r\n\r\n--m\r\n" +
		part("Content-Type: video/mp4\r\nContent-Transfer-Encoding: base64\r\nContent-Disposition: attachment; filename=film.mp4", base64Lines(film)) + "--m--\r\n"
	if got := r.send(t, both, raw); got.Outcome != submission.Sent {
		t.Fatalf("got %+v", got)
	}
	sent := r.Sent()[0]
	if !strings.HasSuffix(string(sent.Raw), "\r\n\r\n--m\r\n\r\n\r\n--m--\r\n") || len(sent.Files) != 1 || !bytes.Equal(sent.Files[0].Data, film) {
		t.Errorf("the message itself came as %q, with %d files", sent.Raw, len(sent.Files))
	}
}
