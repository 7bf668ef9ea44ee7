package engine

import (
	"strings"

	"waxwing/backend/mail"
	"waxwing/backend/provider"
)

// Suggest fills in how an address is probably reached, without asking the
// network: a guess may be wrong. CodeInvalid with field "email" means that
// this can't be an address.
func Suggest(email string) (mail.Account, error) {
	email = strings.TrimSpace(email)
	if !plausibleAddress(email) {
		return mail.Account{}, invalid("email")
	}
	imap, smtp := provider.Guess(email)
	if p := provider.OfAddress(email); p != nil {
		imap, smtp = p.IMAP, p.SMTP
	}
	return mail.Account{Email: email, IMAP: imap, SMTP: smtp, Notify: true, NotifyHere: true}, nil
}

// Suggest is the function Suggest.
func (e *Engine) Suggest(email string) (mail.Account, error) { return Suggest(email) }
