package engine

import (
	"crypto/x509"
	"encoding/hex"
	"net/netip"
	"strings"
	"unicode"

	"waxwing/backend/mail"
)

// invalid says which field of a form can't be used.
func invalid(field string) error {
	return &mail.Error{Code: mail.CodeInvalid, Args: map[string]string{"field": field}}
}

// clean returns the account with blanks trimmed and ports filled in, or which
// field can't be used.
func clean(info mail.Account) (mail.Account, error) {
	info.Email = strings.TrimSpace(info.Email)
	info.User = strings.TrimSpace(info.User)
	info.Name = strings.TrimSpace(info.Name)
	info.Label = strings.TrimSpace(info.Label)
	if !plausibleAddress(info.Email) {
		return info, invalid("email")
	}
	for _, f := range []struct{ field, text string }{{"user", info.User}, {"name", info.Name}, {"label", info.Label}} {
		if strings.ContainsFunc(f.text, unicode.IsControl) {
			return info, invalid(f.field)
		}
	}
	if !info.Keep.Known() {
		return info, invalid("keep")
	}
	var field string
	if info.SignIn, field = cleanSignIn(info.SignIn); field != "" {
		return info, invalid("signIn." + field)
	}
	if strings.TrimSpace(info.IMAP.Host) == "" {
		return info, invalid("imap.host")
	}
	if info.IMAP, field = cleanServer(info.IMAP, imapPorts); field != "" {
		return info, invalid("imap." + field)
	}
	if strings.TrimSpace(info.SMTP.Host) == "" {
		info.SMTP = mail.Server{}
		return info, nil
	}
	if info.SMTP, field = cleanServer(info.SMTP, smtpPorts); field != "" {
		return info, invalid("smtp." + field)
	}
	return info, nil
}

// cleanSignIn returns the way to sign in without what doesn't belong to it, and
// the name of the field that can't be used, if any.
func cleanSignIn(s mail.SignIn) (mail.SignIn, string) {
	switch s.Method {
	case "", mail.SignInPassword, mail.SignInAppPassword:
		return mail.SignIn{Method: s.Method}, ""
	case mail.SignInOAuth:
	default:
		return s, "method"
	}
	if s.Login = strings.TrimSpace(s.Login); s.Login != "" && !plausibleAddress(s.Login) {
		return s, "login"
	}
	s.Issuer, s.Tenant, s.ClientID = strings.TrimSpace(s.Issuer), strings.TrimSpace(s.Tenant), strings.TrimSpace(s.ClientID)
	if strings.ContainsFunc(s.Issuer+s.Tenant+s.ClientID, unicode.IsControl) {
		return s, "clientID"
	}
	switch s.Provider {
	case mail.ProviderMicrosoft, mail.ProviderOutlook:
		s.Issuer = ""
	case mail.ProviderGoogle, mail.ProviderYahoo:
		s.Issuer, s.Tenant = "", ""
	case mail.ProviderOther:
		s.Tenant = ""
		if s.Issuer == "" {
			return s, "issuer"
		}
	default:
		return s, "provider"
	}
	return s, ""
}

// The usual ports by protection (RFC 8314 §7.3, RFC 9051 §11.1, RFC 6409 §3.1).
var (
	imapPorts = map[mail.Security]int{mail.SecurityTLS: 993, mail.SecuritySTARTTLS: 143, mail.SecurityNone: 143}
	smtpPorts = map[mail.Security]int{mail.SecurityTLS: 465, mail.SecuritySTARTTLS: 587, mail.SecurityNone: 587}
)

// cleanServer returns the server with an empty protection meaning TLS and port
// 0 the usual one, and the name of the field that can't be used, if any.
func cleanServer(s mail.Server, ports map[mail.Security]int) (mail.Server, string) {
	s.Host = strings.ToLower(strings.TrimSpace(s.Host))
	if s.Security == "" {
		s.Security = mail.SecurityTLS
	}
	usual, known := ports[s.Security]
	if !known {
		return s, "security"
	}
	if s.Port == 0 {
		s.Port = usual
	}
	if s.Port < 1 || s.Port > 65535 {
		return s, "port"
	}
	if !plausibleHost(s.Host) {
		return s, "host"
	}
	s.Trusted = strings.ToLower(s.Trusted)
	if sum, err := hex.DecodeString(s.Trusted); err != nil || len(sum) != 0 && len(sum) != 32 {
		return s, "trusted"
	}
	if s.CA != "" && !x509.NewCertPool().AppendCertsFromPEM([]byte(s.CA)) {
		return s, "ca"
	}
	return s, ""
}

// plausibleHost accepts names, internationalised ones too, and IP addresses.
func plausibleHost(host string) bool {
	if strings.Contains(host, ":") {
		_, err := netip.ParseAddr(host)
		return err == nil
	}
	return len(host) <= 253 && !strings.ContainsFunc(host, func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsDigit(r) && !unicode.IsMark(r) && !strings.ContainsRune("-._", r)
	})
}

// plausibleAddress accepts what may be an addr-spec (RFC 5322 §3.4.1). Whether
// it is one, only the server can say.
func plausibleAddress(s string) bool {
	at := strings.LastIndexByte(s, '@')
	if at < 1 || len(s) > 254 {
		return false
	}
	bad := func(r rune) bool {
		return unicode.IsSpace(r) || unicode.IsControl(r) || strings.ContainsRune(`<>,;"`, r)
	}
	domain := s[at+1:]
	return domain != "" && plausibleHost(domain) && !strings.ContainsFunc(s, bad) &&
		!strings.Contains(s[:at], "@")
}

// sameLogin reports whether two accounts are one mailbox at one server.
func sameLogin(a, b mail.Account) bool {
	return strings.EqualFold(a.UserName(), b.UserName()) &&
		strings.EqualFold(a.Email, b.Email) &&
		strings.EqualFold(a.IMAP.Host, b.IMAP.Host) && a.IMAP.Port == b.IMAP.Port
}
