package connect_test

import (
	"crypto/x509"
	"encoding/base64"
	"strings"
	"testing"

	"waxwing/backend/connect"
	"waxwing/backend/mail"
	"waxwing/backend/mailtest"
)

// An Exchange server that lets nobody in but by Windows' own sign-in.
func TestNTLM(t *testing.T) {
	authority := mailtest.NewAuthority(t)
	s := mailtest.Dovecot(t, mailtest.Options{Submission: true, Authority: authority})
	front := mailtest.NTLM(t, s, authority, "alice")
	d := &connect.Dialer{Timeout: patience, Roots: authority.Roots}
	refused := map[connect.StepName]mail.Code{connect.StepIMAPSignIn: mail.CodeSignIn, connect.StepSMTPSignIn: mail.CodeSignIn}
	for _, c := range []struct {
		name, user, password string
		want                 map[connect.StepName]mail.Code
	}{
		{"domain and user", mailtest.NTLMDomain + `\` + mailtest.NTLMUser, mailtest.NTLMPassword, nil},
		{"principal name", mailtest.NTLMPrincipal, mailtest.NTLMPassword, nil},
		{"wrong password", mailtest.NTLMPrincipal, "not " + mailtest.NTLMPassword, refused},
		{"wrong domain", `Elsewhere\` + mailtest.NTLMUser, mailtest.NTLMPassword, refused},
	} {
		t.Run(c.name, func(t *testing.T) {
			credentials := connect.Credentials{User: c.user, Password: c.password}
			check(t, d.Test(t.Context(), s.Address("alice"), front.IMAP(), front.SMTP(), credentials, nil), c.want)
		})
	}
}

// A server that offers Kerberos only is told as what it is.
func TestNoWayToSignIn(t *testing.T) {
	imap := mailtest.NewTLSScript(t, `
		S: * OK [CAPABILITY IMAP4rev1 AUTH=GSSAPI LOGINDISABLED] ready
		C: {tag} CAPABILITY
		S: * CAPABILITY IMAP4rev1 AUTH=GSSAPI LOGINDISABLED
		S: {tag} OK done`)
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM([]byte(imap.CA))
	d := &connect.Dialer{Timeout: patience, Roots: roots}
	report := d.Test(t.Context(), "", imap.Server(), mail.Server{}, connect.Credentials{User: "u", Password: "p"}, nil)
	check(t, report, map[connect.StepName]mail.Code{connect.StepIMAPSignIn: mail.CodeSignInDisabled})
	problem := report.Steps[3].Problem
	if problem == nil || problem.Args["reason"] != "methods" || problem.Args["offer"] != "" || problem.Server != "GSSAPI" {
		t.Errorf("the problem is %+v", problem)
	}
}

// What a hostile server sends as a challenge is an error and nothing else.
func TestNTLMChallenges(t *testing.T) {
	client := connect.NTLMClient(connect.Credentials{User: `D\u`, Password: "secret"})
	signature := "NTLMSSP\x00\x02\x00\x00\x00"
	for _, challenge := range []string{
		"", "NTLMSSP", signature, strings.Repeat("\xff", 48), signature + strings.Repeat("\xff", 36),
		signature + strings.Repeat("\xff", 8) + "\x01\x00\x00\x00" + strings.Repeat("\x00", 16) + "\xff\xff\xff\xff\xff\xff\xff\xff",
		signature + strings.Repeat("\x00", 8) + "\x01\x00\x80\x00" + strings.Repeat("\x00", 16) + "\x04\x00\x04\x00\x30\x00\x00\x00" + "\x02\x00\xff\xff",
	} {
		if answer, err := client.Next([]byte(challenge)); err == nil {
			t.Errorf("%q is answered by %s", challenge, base64.StdEncoding.EncodeToString(answer))
		}
	}
}
