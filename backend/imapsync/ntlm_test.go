package imapsync

import (
	"context"
	"testing"
	"time"

	"waxwing/backend/connect"
	"waxwing/backend/mailtest"
)

// TestNTLM: mail comes from a server that takes no password but proof of one.
func TestNTLM(t *testing.T) {
	t.Parallel()
	authority := mailtest.NewAuthority(t)
	server := mailtest.Dovecot(t, mailtest.Options{Submission: true, Authority: authority})
	r := rigFor(t, server, "alice")
	r.cfg.Account.IMAP = mailtest.NTLM(t, server, authority, r.user).IMAP()
	r.cfg.Account.User = mailtest.NTLMDomain + `\` + mailtest.NTLMUser
	r.cfg.Dialer = &connect.Dialer{Roots: authority.Roots}
	r.cfg.Credentials = func(context.Context) (connect.Credentials, error) {
		return connect.Credentials{User: r.cfg.Account.User, Password: mailtest.NTLMPassword}, nil
	}
	server.Client(t, r.user).Append("INBOX", letter("ntlm", "eve@example.org", "by NTLM"), time.Time{})
	r.sync()
	r.same()
}
