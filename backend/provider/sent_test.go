package provider

import (
	"testing"

	"waxwing/backend/mail"
)

func TestFilesSent(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		imap, smtp string
		want       bool
	}{
		{"imap.gmail.com", "smtp.gmail.com", true},
		{"outlook.office365.com", "smtp.office365.com", true},
		{"outlook.office365.com", "smtp-mail.outlook.com", true},
		{"imap.gmail.com", "smtp.office365.com", false},
		{"imap.example.org", "smtp.gmail.com", false},
		{"imap.gmail.com", "smtp.example.org", false},
		{"imap.gmx.net", "mail.gmx.net", false},
	} {
		if got := FilesSent(mail.Server{Host: c.imap}, mail.Server{Host: c.smtp}); got != c.want {
			t.Errorf("%s and %s: %v, want %v", c.imap, c.smtp, got, c.want)
		}
	}
}
