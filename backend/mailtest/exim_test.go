package mailtest

import (
	"crypto/tls"
	"net"
	"net/smtp"
	"strconv"
	"strings"
	"testing"

	"waxwing/backend/mail"
)

// submit sends a message through a submission server as a user.
func submit(t *testing.T, s *Server, to mail.Server, user, recipient string) error {
	t.Helper()
	address := net.JoinHostPort(to.Host, strconv.Itoa(to.Port))
	var conn net.Conn
	var err error
	trust := &tls.Config{RootCAs: s.Roots, ServerName: "localhost"}
	if to.Security == mail.SecurityTLS {
		conn, err = tls.Dial("tcp", address, trust)
	} else {
		conn, err = net.Dial("tcp", address)
	}
	if err != nil {
		t.Fatal(err)
	}
	c, err := smtp.NewClient(conn, "localhost")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = c.Close() }()
	if to.Security == mail.SecuritySTARTTLS {
		if err := c.StartTLS(trust); err != nil {
			t.Fatal(err)
		}
	}
	if err := c.Auth(smtp.PlainAuth("", user, s.Password(user), "localhost")); err != nil {
		return err
	}
	if err := c.Mail(s.Address(user)); err != nil {
		return err
	}
	if err := c.Rcpt(recipient); err != nil {
		return err
	}
	w, err := c.Data()
	if err != nil {
		return err
	}
	if _, err := w.Write([]byte(hello)); err != nil {
		return err
	}
	return w.Close()
}

func TestSubmission(t *testing.T) {
	t.Parallel()
	s := Dovecot(t, Options{Submission: true})
	for _, test := range []struct {
		server    mail.Server
		recipient string
		want      string // beginning of the refusal; empty for none
	}{
		{s.Submission(), s.Address("bob"), ""},
		{s.Submissions(), s.Address("bob"), ""},
		{s.PlainSubmission(), "bob+label@" + Domain, ""},
		{s.Submissions(), "nobody@" + Domain, "550"},
		{s.Submissions(), "deferred@" + Domain, "451"},
		{s.Submissions(), "someone@elsewhere.test", "550"},
		{s.Submissions(), "bounced@" + Domain, ""},
	} {
		err := submit(t, s, test.server, "alice", test.recipient)
		if (err == nil) != (test.want == "") || err != nil && !strings.HasPrefix(err.Error(), test.want) {
			t.Errorf("mail to %s by %s: got %v, want %q", test.recipient, test.server.Security, err, test.want)
		}
	}
	bob := s.Client(t, "bob")
	bob.WaitMessages("INBOX", 3)
	for uid, m := range bob.Fetch("INBOX") {
		if !strings.HasSuffix(string(m.Raw), hello[strings.Index(hello, "From:"):]) {
			t.Errorf("UID %d is %q, want it to end with what was sent", uid, m.Raw)
		}
	}
	s.Client(t, "alice").WaitMessages("INBOX", 1) // the bounce
}
