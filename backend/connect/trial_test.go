package connect

import (
	"context"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"fmt"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"waxwing/backend/mail"
)

const (
	testUser     = "alice@example.test"
	testPassword = "hunter2-marker-pass"
)

func TestBrokenSetups(t *testing.T) {
	ca := newAuthority(t, "Test Authority")
	setups := brokenSetups(t, ca)
	if len(setups) < 30 {
		t.Fatalf("only %d set-ups", len(setups))
	}
	for _, s := range setups {
		protocol := "IMAP"
		if s.smtp {
			protocol = "SMTP"
		}
		t.Run(protocol+" "+s.name, func(t *testing.T) {
			t.Parallel()
			s.run(t, ca)
		})
	}
}

func (s setup) run(t *testing.T, ca *authority) {
	timeout := 20 * time.Second // on a busy computer
	if s.waits {
		timeout = 500 * time.Millisecond
	}
	d := testDialer(ca, timeout)
	target := at(0, s.security)
	if s.serve != nil {
		target.Port = listen(t, s.serve)
	} else {
		target.Port = closedPort(t)
	}
	if s.change != nil {
		s.change(d, &target)
	}
	imap, smtp := target, mail.Server{}
	if s.smtp {
		imap, smtp = smtp, target
	}
	timed := new(stopwatch)
	report := d.Test(t.Context(), testUser, imap, smtp, Credentials{User: testUser, Password: testPassword}, timed.report)
	s.check(t, report)
	if limit := timeout + time.Second; timed.longest > limit {
		t.Errorf("a step took %v, want at most %v", timed.longest, limit)
	}
	for _, secret := range []string{
		testPassword,
		base64.StdEncoding.EncodeToString([]byte("\x00" + testUser + "\x00" + testPassword)),
		strings.TrimRight(base64.StdEncoding.EncodeToString([]byte(testPassword)), "="),
	} {
		if text := dump(report); strings.Contains(text, secret) {
			t.Errorf("the report holds %q:\n%s", secret, text)
		}
	}
}

func (s setup) check(t *testing.T, report Report) {
	t.Helper()
	if report.OK {
		t.Error("the test succeeded")
	}
	failed := failures(report)
	if len(failed) != 1 {
		t.Fatalf("%d steps failed, want 1:\n%s", len(failed), dump(report))
	}
	got := failed[0]
	if got.Name != s.wantStep || got.Problem.Code != s.wantCode {
		t.Errorf("got %s in %s, want %s in %s:\n%s", got.Problem.Code, got.Name, s.wantCode, s.wantStep, dump(report))
	}
	if offer := got.Problem.Args["offer"]; offer != string(s.wantOffer) {
		t.Errorf("offers %q, want %q", offer, s.wantOffer)
	}
	if !strings.Contains(got.Problem.Server, s.wantServer) {
		t.Errorf("quotes %q, want %q in it", got.Problem.Server, s.wantServer)
	}
	if got.Problem.Args["host"] == "" || got.Problem.Args["port"] == "" {
		t.Errorf("arguments %v lack the server", got.Problem.Args)
	}
	refusesCertificate := s.wantCode == mail.CodeTLSUntrusted || s.wantCode == mail.CodeTLSExpired || s.wantCode == mail.CodeTLSWrongHost
	if (got.Certificate != nil) != refusesCertificate {
		t.Errorf("certificate %v, want one: %v", got.Certificate, refusesCertificate)
	}
	after := false
	for _, step := range report.Steps {
		if after && step.State != StepSkipped && step.State != StepWaiting {
			t.Errorf("%s is %s after a failure", step.Name, step.State)
		}
		after = after || step.Name == s.wantStep
		if step.State == StepRunning || step.State == StepWaiting {
			t.Errorf("%s is %s at the end", step.Name, step.State)
		}
	}
}

func failures(r Report) []Step {
	var failed []Step
	for _, s := range r.Steps {
		if s.State == StepFailed {
			failed = append(failed, s)
		}
	}
	return failed
}

// dump returns everything that a report says, as a log would.
func dump(r Report) string {
	var b strings.Builder
	for _, s := range r.Steps {
		fmt.Fprintf(&b, "%s %s %s", s.Name, s.State, s.Detail)
		if s.Problem != nil {
			fmt.Fprintf(&b, " %v %+v", s.Problem, *s.Problem)
		}
		b.WriteString("\n")
	}
	return b.String()
}

// A stopwatch measures the steps of a test by its reports.
type stopwatch struct {
	mu      sync.Mutex
	started map[StepName]time.Time
	longest time.Duration
}

func (w *stopwatch) report(r Report) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.started == nil {
		w.started = map[StepName]time.Time{}
	}
	for _, s := range r.Steps {
		start, running := w.started[s.Name]
		switch {
		case s.State == StepRunning && !running:
			w.started[s.Name] = time.Now()
		case s.State != StepRunning && running:
			w.longest = max(w.longest, time.Since(start))
			delete(w.started, s.Name)
		}
	}
}

func TestWorkingSetups(t *testing.T) {
	ca := newAuthority(t, "Test Authority")
	good := ca.leaf(t, nil)
	imap, smtp := imapFake(good, nil).serve, smtpFake(good, nil).serve
	saslPlain := imapFake(good, map[string]string{
		"CAPABILITY":   "* CAPABILITY IMAP4rev1 SASL-IR AUTH=PLAIN LOGINDISABLED\r\nTAG OK done",
		"AUTHENTICATE": "TAG OK welcome",
	}).serve
	stranger := newAuthority(t, "Stranger")
	odd := stranger.leaf(t, func(c *x509.Certificate) { expired(c); forAnotherName(c) })
	for _, c := range []struct {
		name       string
		security   mail.Security
		imap, smtp func(net.Conn)
		change     func(*mail.Server)
	}{
		{"TLS", mail.SecurityTLS, overTLS(good, imap), overTLS(good, smtp), nil},
		{"STARTTLS", mail.SecuritySTARTTLS, imap, smtp, nil},
		{"none", mail.SecurityNone, imap, smtp, nil},
		{"SASL PLAIN", mail.SecurityTLS, overTLS(good, saslPlain), overTLS(good, smtp), nil},
		{
			"trusted certificate, expired and for another name", mail.SecurityTLS, overTLS(odd, imap), overTLS(odd, smtp),
			func(s *mail.Server) { s.Trusted = fingerprint(odd.Leaf) },
		},
		{
			"fingerprint as tools print it", mail.SecurityTLS, overTLS(odd, imap), overTLS(odd, smtp),
			func(s *mail.Server) { s.Trusted = colons(fingerprint(odd.Leaf)) },
		},
		{
			"trusted certificate after STARTTLS", mail.SecuritySTARTTLS, imapFake(odd, nil).serve, smtpFake(odd, nil).serve,
			func(s *mail.Server) { s.Trusted = fingerprint(odd.Leaf) },
		},
		{
			"extra authority", mail.SecurityTLS,
			overTLS(stranger.leaf(t, nil), imap), overTLS(stranger.leaf(t, nil), smtp),
			func(s *mail.Server) { s.CA = stranger.pem() },
		},
		{
			"extra authority beside the usual ones", mail.SecurityTLS, overTLS(good, imap), overTLS(good, smtp),
			func(s *mail.Server) { s.CA = stranger.pem() },
		},
		{
			"IP address", mail.SecurityTLS, overTLS(good, imap), overTLS(good, smtp),
			func(s *mail.Server) { s.Host = "127.0.0.1" },
		},
		{
			"name outside ASCII", mail.SecurityTLS, overTLS(good, imap), overTLS(good, smtp),
			func(s *mail.Server) { s.Host = " Müller.example.test. " },
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			imap, smtp := at(listen(t, c.imap), c.security), at(listen(t, c.smtp), c.security)
			if c.change != nil {
				c.change(&imap)
				c.change(&smtp)
			}
			report := testDialer(ca, 20*time.Second).Test(t.Context(), testUser, imap, smtp, Credentials{User: testUser, Password: testPassword}, nil)
			if !report.OK {
				t.Fatalf("got:\n%s", dump(report))
			}
			wantDetails(t, report, c.security)
		})
	}
}

func colons(fingerprint string) string {
	var pairs []string
	for i := 0; i < len(fingerprint); i += 2 {
		pairs = append(pairs, strings.ToUpper(fingerprint[i:i+2]))
	}
	return strings.Join(pairs, ":")
}

func wantDetails(t *testing.T, report Report, security mail.Security) {
	t.Helper()
	want := map[StepName]string{
		StepIMAPTLS:          "TLS 1.3",
		StepSMTPTLS:          "TLS 1.3",
		StepIMAPSignIn:       testUser,
		StepSMTPSignIn:       testUser,
		StepIMAPMailboxes:    "2",
		StepSMTPCapabilities: "AUTH PLAIN LOGIN, SIZE 1000000",
		StepSMTPSend:         testUser,
	}
	for _, s := range report.Steps {
		if security == mail.SecurityNone && (s.Name == StepIMAPTLS || s.Name == StepSMTPTLS) {
			if s.State != StepSkipped {
				t.Errorf("%s is %s, want skipped", s.Name, s.State)
			}
			continue
		}
		if detail, ok := want[s.Name]; s.State != StepOK || ok && s.Detail != detail {
			t.Errorf("%s: %s %q, want ok %q", s.Name, s.State, s.Detail, detail)
		}
		protects := s.Name == StepIMAPTLS || s.Name == StepSMTPTLS
		if protects != (s.Certificate != nil) || protects && len(s.Certificate.SHA256) != 64 {
			t.Errorf("%s: certificate %+v", s.Name, s.Certificate)
		}
	}
}

func TestReportsLiveAndInOrder(t *testing.T) {
	ca := newAuthority(t, "Test Authority")
	good := ca.leaf(t, nil)
	var reports []Report
	imap, smtp := at(listen(t, imapFake(good, nil).serve), mail.SecuritySTARTTLS), at(closedPort(t), mail.SecurityTLS)
	last := testDialer(ca, 20*time.Second).Test(t.Context(), testUser, imap, smtp, Credentials{User: testUser, Password: testPassword}, func(r Report) {
		reports = append(reports, r) // one call at a time
	})
	// A step changes twice, or once when it is skipped; and the end is told.
	if want := 6*2 + 2*2 + 4 + 1; len(reports) != want {
		t.Errorf("%d reports, want %d", len(reports), want)
	}
	for i, r := range reports {
		for j, s := range r.Steps {
			if s.Name != stepOrder[j] {
				t.Fatalf("report %d has %s at %d, want %s", i, s.Name, j, stepOrder[j])
			}
		}
	}
	if last.OK || len(failures(last)) != 1 || failures(last)[0].Name != StepSMTPConnect {
		t.Errorf("got:\n%s\nwant SMTP to fail and IMAP not to", dump(last))
	}
}

func TestCancelEndsTheTestSoon(t *testing.T) {
	ca := newAuthority(t, "Test Authority")
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	waiting := at(listen(t, func(conn net.Conn) { cancel(); silent(conn) }), mail.SecurityTLS)
	start := time.Now()
	report := testDialer(ca, time.Hour).Test(ctx, "", waiting, waiting, Credentials{User: testUser, Password: testPassword}, nil)
	if took := time.Since(start); took > 10*time.Second {
		t.Errorf("took %v", took)
	}
	failed := failures(report)
	if len(failed) != 2 {
		t.Fatalf("got:\n%s\nwant both servers' tests to fail", dump(report))
	}
	for _, s := range failed {
		if s.Problem.Code != mail.CodeCancelled {
			t.Errorf("%s: %v, want %s", s.Name, s.Problem, mail.CodeCancelled)
		}
	}
}

func TestNothingToTest(t *testing.T) {
	report := new(Dialer).Test(t.Context(), "", mail.Server{}, mail.Server{}, Credentials{}, nil)
	if report.OK {
		t.Error("no servers at all are OK")
	}
	for _, s := range report.Steps {
		if s.State != StepSkipped {
			t.Errorf("%s is %s, want skipped", s.Name, s.State)
		}
	}
}

func TestCertificateForInspection(t *testing.T) {
	ca, stranger := newAuthority(t, "Test Authority"), newAuthority(t, "Stranger")
	leaf := stranger.leaf(t, nil)
	target := at(listen(t, overTLS(leaf, imapFake(leaf, nil).serve)), mail.SecurityTLS)
	_, err := testDialer(ca, 20*time.Second).Dial(t.Context(), target)
	var refused *CertificateError
	if !errors.As(err, &refused) {
		t.Fatalf("Dial: %v, want a CertificateError inside", err)
	}
	got, ok := Certificates(err)
	if !ok || got.SHA256 != fingerprint(leaf.Leaf) || got.Subject != "CN="+testHost+",O=Example" || got.Issuer != "CN=Stranger" ||
		strings.Join(got.Names, " ") != testHost+" xn--mller-kva.example.test 127.0.0.1" || !got.NotAfter.Equal(leaf.Leaf.NotAfter) {
		t.Errorf("Certificates = %+v, %v", got, ok)
	}
	target.Trusted = got.SHA256
	conn, err := testDialer(ca, 20*time.Second).Dial(t.Context(), target)
	if err != nil {
		t.Fatalf("Dial after trusting it: %v", err)
	}
	conn.Close()
	if got, ok := Certificates(errors.New("other")); ok {
		t.Errorf("Certificates of another error = %+v", got)
	}
}

// Two servers that are both silent are held back by something in between; one
// alone is down.
func TestFirewall(t *testing.T) {
	d := testDialer(newAuthority(t, "Test Authority"), 200*time.Millisecond)
	d.DialContext = func(ctx context.Context, _, _ string) (net.Conn, error) {
		<-ctx.Done()
		return nil, &net.OpError{Op: "dial", Net: "tcp", Err: ctx.Err()}
	}
	imap, smtp := at(993, mail.SecurityTLS), at(465, mail.SecurityTLS)
	for _, c := range []struct {
		imap, smtp mail.Server
		want       mail.Code
		failures   int
	}{
		{imap, smtp, mail.CodeFirewall, 2},
		{imap, mail.Server{}, mail.CodeTimeout, 1},
		{mail.Server{}, smtp, mail.CodeTimeout, 1},
	} {
		report := d.Test(t.Context(), testUser, c.imap, c.smtp, Credentials{}, nil)
		failed := failures(report)
		if len(failed) != c.failures {
			t.Fatalf("%d failures, want %d:\n%s", len(failed), c.failures, dump(report))
		}
		for _, s := range failed {
			if s.Problem.Code != c.want || s.Problem.Args["port"] == "" {
				t.Errorf("%s: %v, want %s", s.Name, s.Problem, c.want)
			}
		}
	}
}

// Greylisting doesn't keep anybody from saving an account.
func TestSendingPutOff(t *testing.T) {
	ca := newAuthority(t, "Test Authority")
	good := ca.leaf(t, nil)
	serve := smtpFake(good, map[string]string{"RCPT": "450 4.2.0 greylisted, try again later"}).serve
	report := testDialer(ca, 20*time.Second).Test(t.Context(), testUser,
		mail.Server{}, at(listen(t, serve), mail.SecurityNone), Credentials{User: testUser, Password: testPassword}, nil)
	if !report.OK {
		t.Errorf("got:\n%s", dump(report))
	}
}
