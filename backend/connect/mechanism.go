package connect

import (
	"slices"
	"strings"

	"github.com/wneessen/go-mail/smtp"

	"waxwing/backend/mail"
)

// smtpMechanism is a way to sign in at a submission server (RFC 4954, RFC 4422).
type smtpMechanism struct {
	name string
	auth func(s mail.Server, c Credentials) smtp.Auth
}

var (
	saslSCRAMSHA256 = smtpMechanism{"SCRAM-SHA-256", func(_ mail.Server, c Credentials) smtp.Auth {
		return smtp.ScramSHA256Auth(c.User, c.Password)
	}}
	saslSCRAMSHA1 = smtpMechanism{"SCRAM-SHA-1", func(_ mail.Server, c Credentials) smtp.Auth {
		return smtp.ScramSHA1Auth(c.User, c.Password)
	}}
	saslCRAMMD5 = smtpMechanism{"CRAM-MD5", func(_ mail.Server, c Credentials) smtp.Auth {
		return smtp.CRAMMD5Auth(c.User, c.Password)
	}}
	saslPlain = smtpMechanism{"PLAIN", func(s mail.Server, c Credentials) smtp.Auth {
		return smtp.PlainAuth("", c.User, c.Password, s.Host, true)
	}}
	saslLogin = smtpMechanism{"LOGIN", func(s mail.Server, c Credentials) smtp.Auth {
		return smtp.LoginAuth(c.User, c.Password, s.Host, true)
	}}
)

// The mechanisms, best first. On a protected connection CRAM-MD5 comes last: it
// protects less than TLS does and makes the server keep the password itself. On
// one that the person chose to leave unprotected, it at least hides the password.
var (
	mechanismsUnderTLS = []smtpMechanism{saslSCRAMSHA256, saslSCRAMSHA1, saslPlain, saslLogin, saslCRAMMD5}
	mechanismsInPlain  = []smtpMechanism{saslSCRAMSHA256, saslSCRAMSHA1, saslCRAMMD5, saslPlain, saslLogin}
)

// smtpAuth returns the best way to sign in at s among those that the server
// offers, as its AUTH extension lists them, or nil if we know none of them.
//
// That a connection may carry a password unprotected was decided by the person
// who chose mail.SecurityNone; with any other protection it is protected by now.
func smtpAuth(s mail.Server, offered string, c Credentials) smtp.Auth {
	names := strings.Fields(strings.ToUpper(offered))
	known := mechanismsUnderTLS
	if s.Security == mail.SecurityNone {
		known = mechanismsInPlain
	}
	for _, m := range known {
		if slices.Contains(names, m.name) {
			return m.auth(s, c)
		}
	}
	return nil
}
