package connect_test

import (
	"testing"
	"time"

	"waxwing/backend/connect"
	"waxwing/backend/mail"
	"waxwing/backend/mailtest"
)

const patience = 20 * time.Second // on a busy computer

func TestRealServers(t *testing.T) {
	s := mailtest.Dovecot(t, mailtest.Options{Submission: true})
	d := &connect.Dialer{Timeout: patience, Roots: s.Roots}
	good := connect.Credentials{User: "alice", Password: s.Password("alice")}
	wrong := connect.Credentials{User: "alice", Password: "not " + s.Password("alice")}
	strange := &connect.Dialer{Timeout: patience, Roots: mailtest.NewAuthority(t).Roots}
	for _, c := range []struct {
		name        string
		dialer      *connect.Dialer
		imap, smtp  mail.Server
		credentials connect.Credentials
		// want are the codes of the steps that fail.
		want map[connect.StepName]mail.Code
	}{
		{"TLS", d, s.IMAPS(), s.Submissions(), good, nil},
		{"STARTTLS", d, s.STARTTLS(), s.Submission(), good, nil},
		{"none", d, s.IMAP(), s.PlainSubmission(), good, nil},
		{"wrong password", d, s.IMAPS(), s.Submissions(), wrong, map[connect.StepName]mail.Code{
			connect.StepIMAPSignIn: mail.CodeSignIn, connect.StepSMTPSignIn: mail.CodeSignIn,
		}},
		{"unknown authority", strange, s.IMAPS(), s.Submission(), good, map[connect.StepName]mail.Code{
			connect.StepIMAPTLS: mail.CodeTLSUntrusted, connect.StepSMTPTLS: mail.CodeTLSUntrusted,
		}},
		{"plain ports, TLS chosen", d, as(s.IMAP(), mail.SecurityTLS), as(s.PlainSubmission(), mail.SecurityTLS), good,
			map[connect.StepName]mail.Code{
				connect.StepIMAPTLS: mail.CodeWrongSecurity, connect.StepSMTPTLS: mail.CodeWrongSecurity,
			}},
		{"TLS ports, STARTTLS chosen", d, as(s.IMAPS(), mail.SecuritySTARTTLS), as(s.Submissions(), mail.SecuritySTARTTLS), good,
			map[connect.StepName]mail.Code{
				connect.StepIMAPTLS: mail.CodeWrongSecurity, connect.StepSMTPTLS: mail.CodeWrongSecurity,
			}},
		{"each other's port", d, s.Submissions(), s.IMAPS(), good, map[connect.StepName]mail.Code{
			connect.StepIMAPTLS: mail.CodeNotIMAP, connect.StepSMTPTLS: mail.CodeNotSMTP,
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			report := c.dialer.Test(t.Context(), s.Address("alice"), c.imap, c.smtp, c.credentials, nil)
			check(t, report, c.want)
		})
	}
}

// as returns s as somebody enters it who is mistaken about its protection.
func as(s mail.Server, security mail.Security) mail.Server {
	s.Security = security
	return s
}

func check(t *testing.T, report connect.Report, want map[connect.StepName]mail.Code) {
	t.Helper()
	if report.OK != (len(want) == 0) {
		t.Errorf("OK is %v", report.OK)
	}
	for _, step := range report.Steps {
		var got mail.Code
		if step.Problem != nil {
			got = step.Problem.Code
		}
		if got != want[step.Name] {
			t.Errorf("%s: got %q (%v), want %q", step.Name, got, step.Problem, want[step.Name])
		}
		t.Logf("%-18s %-8s %s", step.Name, step.State, step.Detail)
	}
}

func TestRealServerWithoutSTARTTLS(t *testing.T) {
	s := mailtest.Dovecot(t, mailtest.Options{NoTLS: true})
	d := &connect.Dialer{Timeout: patience, Roots: s.Roots}
	good := connect.Credentials{User: "alice", Password: s.Password("alice")}
	report := d.Test(t.Context(), "", s.STARTTLS(), mail.Server{}, good, nil)
	check(t, report, map[connect.StepName]mail.Code{connect.StepIMAPTLS: mail.CodeNoSTARTTLS})
	check(t, d.Test(t.Context(), "", s.IMAP(), mail.Server{}, good, nil), nil)
}

// A certificate is inspected, trusted and then enough, as the dialog does it.
func TestRealCertificates(t *testing.T) {
	for _, c := range []struct {
		flaw mailtest.Flaw
		want mail.Code
	}{
		{mailtest.FlawSelfSigned, mail.CodeTLSUntrusted},
		{mailtest.FlawExpired, mail.CodeTLSExpired},
		{mailtest.FlawWrongHost, mail.CodeTLSWrongHost},
		{mailtest.FlawNotYet, mail.CodeTLSExpired},
	} {
		t.Run(string(c.flaw), func(t *testing.T) {
			s := mailtest.Dovecot(t, mailtest.Options{Certificate: c.flaw})
			d := &connect.Dialer{Timeout: patience, Roots: s.Roots}
			good := connect.Credentials{User: "alice", Password: s.Password("alice")}
			report := d.Test(t.Context(), "", s.IMAPS(), mail.Server{}, good, nil)
			check(t, report, map[connect.StepName]mail.Code{connect.StepIMAPTLS: c.want})
			var seen *connect.Certificate
			for _, step := range report.Steps {
				if step.Certificate != nil {
					seen = step.Certificate
				}
			}
			if seen == nil {
				t.Fatal("no certificate to inspect")
			}
			for _, trusting := range []mail.Server{s.IMAPS(), s.STARTTLS()} {
				trusting.Trusted = seen.SHA256
				check(t, d.Test(t.Context(), "", trusting, mail.Server{}, good, nil), nil)
			}
		})
	}
}
