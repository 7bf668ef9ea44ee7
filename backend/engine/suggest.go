package engine

import (
	"strings"

	"waxwing/backend/mail"
)

// provider is how to reach the mailboxes of some domains.
type provider struct {
	imap, smtp mail.Server
	domains    []string
}

func tls(host string, port int) mail.Server {
	return mail.Server{Host: host, Port: port, Security: mail.SecurityTLS}
}

func startTLS(host string, port int) mail.Server {
	return mail.Server{Host: host, Port: port, Security: mail.SecuritySTARTTLS}
}

// providers are those that many people use and whose servers can't be guessed
// from the address, as their help pages give them.
var providers = []provider{
	{tls("imap.gmail.com", 993), tls("smtp.gmail.com", 465), []string{"gmail.com", "googlemail.com"}},
	{
		tls("outlook.office365.com", 993), startTLS("smtp-mail.outlook.com", 587),
		[]string{"outlook.com", "outlook.de", "hotmail.com", "hotmail.de", "live.com", "live.de", "msn.com"},
	},
	{tls("imap.mail.me.com", 993), startTLS("smtp.mail.me.com", 587), []string{"icloud.com", "me.com", "mac.com"}},
	{
		tls("imap.mail.yahoo.com", 993), tls("smtp.mail.yahoo.com", 465),
		[]string{"yahoo.com", "yahoo.de", "yahoo.co.uk", "yahoo.fr", "yahoo.it", "ymail.com", "rocketmail.com"},
	},
	{tls("imap.aol.com", 993), tls("smtp.aol.com", 465), []string{"aol.com", "aol.de"}},
	{tls("imap.gmx.net", 993), tls("mail.gmx.net", 465), []string{"gmx.de", "gmx.net", "gmx.at", "gmx.ch"}},
	{tls("imap.gmx.com", 993), tls("mail.gmx.com", 465), []string{"gmx.com"}},
	{tls("imap.web.de", 993), startTLS("smtp.web.de", 587), []string{"web.de"}},
	{tls("secureimap.t-online.de", 993), tls("securesmtp.t-online.de", 465), []string{"t-online.de", "magenta.de"}},
	{tls("imap.fastmail.com", 993), tls("smtp.fastmail.com", 465), []string{"fastmail.com", "fastmail.fm"}},
	{tls("posteo.de", 993), tls("posteo.de", 465), []string{"posteo.de", "posteo.net", "posteo.eu"}},
	{tls("imap.mailbox.org", 993), tls("smtp.mailbox.org", 465), []string{"mailbox.org"}},
	{tls("imap.zoho.com", 993), tls("smtp.zoho.com", 465), []string{"zoho.com", "zohomail.com"}},
	{tls("imap.yandex.com", 993), tls("smtp.yandex.com", 465), []string{"yandex.com", "yandex.ru"}},
}

// Suggest fills in how an address is probably reached: the servers of its
// provider where that is known, otherwise the customary names in its domain
// (RFC 8314 ports). It asks no network, so a guess may be wrong. CodeInvalid
// with field "email" means that this can't be an address.
func (e *Engine) Suggest(email string) (mail.Account, error) {
	email = strings.TrimSpace(email)
	if !plausibleAddress(email) {
		return mail.Account{}, invalid("email")
	}
	domain := strings.ToLower(email[strings.LastIndexByte(email, '@')+1:])
	account := mail.Account{
		Email: email, Notify: true, NotifyHere: true,
		IMAP: tls("imap."+domain, imapPorts[mail.SecurityTLS]),
		SMTP: tls("smtp."+domain, smtpPorts[mail.SecurityTLS]),
	}
	for _, p := range providers {
		for _, d := range p.domains {
			if d == domain {
				account.IMAP, account.SMTP = p.imap, p.smtp
			}
		}
	}
	return account, nil
}
