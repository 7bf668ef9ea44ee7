package connect

import (
	"errors"
	"net/textproto"
	"strings"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-smtp"

	"waxwing/backend/mail"
	"waxwing/backend/provider"
)

// ExplainSignIn is Explain for the answer to a sign-in, where a refusal that
// gives no reason means that the user name or password is wrong.
func ExplainSignIn(err error, s mail.Server) *mail.Error {
	e := Explain(err, s)
	if e == nil {
		return nil
	}
	if e.Code == mail.CodeServerRefused {
		e.Code = mail.CodeSignIn
	}
	if e.Code == mail.CodeSignIn {
		e.Code = signInCode(s)
	}
	return e
}

// signInCode returns what a refused password means at s: some providers never
// take the account's own password.
func signInCode(s mail.Server) mail.Code {
	switch p := provider.OfServer(s.Host); {
	case p == nil:
		return mail.CodeSignIn
	case p.WantsAppPassword():
		return mail.CodeAppPassword
	case !p.TakesPasswords():
		return mail.CodeSignInDisabled
	}
	return mail.CodeSignIn
}

// explainIMAP recognises a status response that isn't OK (RFC 9051 §7.1, RFC 5530).
func explainIMAP(e *mail.Error, err error, _ mail.Server) bool {
	var status *imap.Error
	if !errors.As(err, &status) {
		return false
	}
	e.Server = status.Text
	e.Code = imapCodes[status.Code]
	switch {
	case wantsAppPassword(status.Text):
		e.Code = mail.CodeAppPassword
	case disablesIMAP(status.Text):
		e.Code = mail.CodeIMAPOff
	case wantsApproval(status.Text):
		e.Code = mail.CodeAdminApproval
	case wantsSecondFactor(status.Text):
		e.Code = mail.CodeTwoStep
	case blocksPasswords(status.Text):
		e.Code = mail.CodeSignInDisabled
	case isThrottle(status.Text):
		e.Code = mail.CodeThrottled
	case e.Code != "":
	case status.Type == imap.StatusResponseTypeBye:
		e.Code = mail.CodeConnectionLost
	case status.Type == imap.StatusResponseTypeBad:
		e.Code = mail.CodeProtocol
	default:
		e.Code = mail.CodeServerRefused
	}
	return true
}

// imapCodes holds the response codes that mean one thing only.
var imapCodes = map[imap.ResponseCode]mail.Code{
	imap.ResponseCodeAuthenticationFailed: mail.CodeSignIn,
	imap.ResponseCodeAuthorizationFailed:  mail.CodeSignIn,
	imap.ResponseCodeExpired:              mail.CodeSignIn,
	imap.ResponseCodePrivacyRequired:      mail.CodeSignInDisabled,
	imap.ResponseCodeLimit:                mail.CodeThrottled,
	imap.ResponseCodeUnavailable:          mail.CodeThrottled,
	imap.ResponseCodeInUse:                mail.CodeThrottled,
	imap.ResponseCodeNonExistent:          mail.CodeMailboxGone,
	imap.ResponseCodeTryCreate:            mail.CodeMailboxGone,
	imap.ResponseCodeNoPerm:               mail.CodeReadOnly,
	imap.ResponseCodeOverQuota:            mail.CodeQuota,
	imap.ResponseCodeParse:                mail.CodeProtocol,
	imap.ResponseCodeClientBug:            mail.CodeProtocol,
}

// explainSMTP recognises a reply that isn't positive (RFC 5321 §4.2, RFC 4954 §6).
func explainSMTP(e *mail.Error, err error, _ mail.Server) bool {
	reply, ok := smtpReply(err)
	if !ok {
		var broken textproto.ProtocolError
		if errors.As(err, &broken) {
			e.Code = mail.CodeProtocol
			return true
		}
		return false
	}
	e.Server = strings.ReplaceAll(reply.Message, "\n", " ")
	e.Code = smtpCode(reply)
	if e.Code == mail.CodeWrongSecurity {
		arg(e, "offer", string(mail.SecuritySTARTTLS))
	}
	return true
}

// smtpReply returns the SMTP reply in err's chain, whichever library read it.
func smtpReply(err error) (*smtp.SMTPError, bool) {
	var reply *smtp.SMTPError
	if errors.As(err, &reply) {
		return reply, true
	}
	var text *textproto.Error
	if !errors.As(err, &text) {
		return nil, false
	}
	reply = &smtp.SMTPError{Code: text.Code, Message: text.Msg}
	if enhanced, rest, ok := strings.Cut(text.Msg, " "); ok {
		if code, ok := enhancedCode(enhanced); ok {
			reply.EnhancedCode, reply.Message = code, strings.ReplaceAll(rest, "\n"+enhanced+" ", "\n")
		}
	}
	return reply, true
}

// enhancedCode reads an enhanced status code such as 5.7.8 (RFC 3463 §2).
func enhancedCode(s string) (smtp.EnhancedCode, bool) {
	var code smtp.EnhancedCode
	fields := strings.Split(s, ".")
	if len(fields) != len(code) {
		return code, false
	}
	for i, field := range fields {
		n, ok := number(field)
		if !ok {
			return code, false
		}
		code[i] = n
	}
	return code, true
}

// number reads up to three digits.
func number(s string) (int, bool) {
	if s == "" || len(s) > 3 {
		return 0, false
	}
	n := 0
	for _, c := range s {
		if c < '0' || c > '9' {
			return 0, false
		}
		n = n*10 + int(c-'0')
	}
	return n, true
}

func smtpCode(reply *smtp.SMTPError) mail.Code {
	text, detail := reply.Message, reply.EnhancedCode
	switch {
	case wantsAppPassword(text):
		return mail.CodeAppPassword
	case disablesSMTPAuth(text), detail == smtp.EnhancedCode{5, 7, 139} && !blamesPassword(text):
		// QUIRK: Exchange Online answers 5.7.139 both when the tenant switched
		// SMTP AUTH off and when the password is wrong; only the text differs.
		return mail.CodeSMTPAuthOff
	case wantsApproval(text):
		return mail.CodeAdminApproval
	case wantsSecondFactor(text):
		return mail.CodeTwoStep
	case isThrottle(text):
		return mail.CodeThrottled
	case reply.Code == 552 && (detail == smtp.EnhancedCode{5, 3, 4} || detail == smtp.EnhancedCode{5, 2, 3}):
		return mail.CodeTooLarge // RFC 3463 §3.3, §3.4
	}
	switch reply.Code {
	case 530:
		if strings.Contains(strings.ToUpper(text), "STARTTLS") {
			return mail.CodeWrongSecurity // RFC 3207 §4
		}
		return mail.CodeSignIn
	case 535:
		return mail.CodeSignIn
	case 534, 504, 538:
		// The mechanism is too weak, unknown, or needs encryption (RFC 4954 §4, §6).
		return mail.CodeSignInDisabled
	case 421, 450, 451, 454:
		return mail.CodeThrottled
	case 452, 552:
		return mail.CodeQuota
	case 500, 501, 502, 503:
		return mail.CodeProtocol
	}
	return mail.CodeServerRefused
}

// The texts below are matched because the servers that say them give no code,
// or the same code for different things. Each is what the provider documents or
// is known to send.

// wantsAppPassword recognises Google ("Application-specific password
// required"), Yahoo and AOL ("... app password ..."), and Apple ("app-specific
// password").
func wantsAppPassword(text string) bool {
	return containsAny(text, "application-specific password", "app-specific password", "app specific password",
		"app password", "application password", "applicationspecificpassword", "answer/185833")
}

// blocksPasswords recognises Exchange Online and Google Workspace refusing
// every password, right or wrong.
func blocksPasswords(text string) bool {
	return containsAny(text, "basicauthblocked", "basic authentication is disabled", "authentication disabled",
		"login is disabled", "plaintext authentication disallowed", "web login required")
}

// disablesIMAP recognises Gmail ("Your account is not enabled for IMAP use"),
// Exchange Online, which lets the password through and then says "User is
// authenticated but not connected", and what Yahoo, GMX and others say.
func disablesIMAP(text string) bool {
	return containsAny(text, "not enabled for imap", "imap access is disabled", "imap access disabled", "imap is disabled",
		"imap is not enabled", "imap access is not enabled", "imap not enabled", "imap service is disabled",
		"imap deactivated", "imap is switched off", "pop3/imap is not activated", "authenticated but not connected")
}

// wantsApproval recognises an organisation that lets in known programs only:
// Microsoft Entra's AADSTS65001 and AADSTS90094, Google's
// admin_policy_enforced, and those who say it in words.
func wantsApproval(text string) bool {
	return containsAny(text, "aadsts65001", "aadsts90094", "admin_policy_enforced", "needs admin approval",
		"admin consent", "administrator has disabled", "administrator has restricted", "blocked by your administrator",
		"blocked by administrator", "contact your domain admin")
}

// wantsSecondFactor recognises Microsoft Entra's AADSTS50076 and AADSTS50079, and
// those who say it in words, Apple and Zoho for two.
func wantsSecondFactor(text string) bool {
	return containsAny(text, "aadsts50076", "aadsts50079", "two-factor", "2-factor", "two factor", "two-step", "2-step",
		"multi-factor", "multifactor")
}

func disablesSMTPAuth(text string) bool {
	return containsAny(text, "smtpclientauthentication is disabled", "smtp_auth_disabled")
}

func blamesPassword(text string) bool {
	return containsAny(text, "credentials were incorrect")
}

func isThrottle(text string) bool {
	return containsAny(text, "too many", "rate limit", "maximum number of connections", "try again later",
		"login attempts", "temporarily blocked", "exceeded the limit", "connections exceeded")
}

// containsAny reports whether text holds one of the phrases, given in lower case.
func containsAny(text string, phrases ...string) bool {
	text = strings.ToLower(text)
	for _, phrase := range phrases {
		if strings.Contains(text, phrase) {
			return true
		}
	}
	return false
}
