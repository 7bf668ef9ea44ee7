package connect

import (
	"testing"

	"github.com/wneessen/go-mail/smtp"

	"waxwing/backend/mail"
)

// TestMechanisms names the mechanism chosen among those that a server offers.
func TestMechanisms(t *testing.T) {
	for _, c := range []struct {
		offered  string
		security mail.Security
		want     string
	}{
		{"LOGIN PLAIN", mail.SecurityTLS, "PLAIN"},
		{"login", mail.SecuritySTARTTLS, "LOGIN"},
		{"PLAIN CRAM-MD5 SCRAM-SHA-1 SCRAM-SHA-256", mail.SecurityTLS, "SCRAM-SHA-256"},
		{"PLAIN SCRAM-SHA-1", mail.SecurityTLS, "SCRAM-SHA-1"},
		{"CRAM-MD5 PLAIN", mail.SecurityTLS, "PLAIN"},
		{"CRAM-MD5 PLAIN", mail.SecurityNone, "CRAM-MD5"},
		{"CRAM-MD5", mail.SecuritySTARTTLS, "CRAM-MD5"},
		{"PLAIN", mail.SecurityNone, "PLAIN"},
		{"SCRAM-SHA-256-PLUS GSSAPI", mail.SecurityTLS, ""},
		{"", mail.SecurityTLS, ""},
	} {
		got := ""
		if auth := smtpAuth(at(465, c.security), c.offered, Credentials{User: testUser, Password: testPassword}); auth != nil {
			var err error
			server := &smtp.ServerInfo{Name: testHost, TLS: true, Auth: []string{c.offered}}
			if got, _, err = auth.Start(server); err != nil {
				t.Fatalf("%q: %v", c.offered, err)
			}
		}
		if got != c.want {
			t.Errorf("offered %q with %s: %q, want %q", c.offered, c.security, got, c.want)
		}
	}
}
