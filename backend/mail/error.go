package mail

import (
	"errors"
	"sort"
	"strings"
)

// A Code names a failure that a screen or a script acts on. Its sentence, and
// what to do about it, are in the message catalogues under "error.<code>".
type Code string

// The codes. Each has one meaning; a failure that nobody can act on has CodeInternal.
const (
	CodeInternal         Code = "internal"
	CodeNotFound         Code = "notFound"
	CodeInvalid          Code = "invalid"          // something typed can't be used; Args["field"] says which
	CodeExists           Code = "exists"           // the account is already connected
	CodeConflict         Code = "conflict"         // changed elsewhere since it was read; Args["reason"] is, if known, the state that forbids it: sending …
	CodeCancelled        Code = "cancelled"        // the person or the caller gave up
	CodeNoNetwork        Code = "noNetwork"        // this computer has no connection
	CodeHostNotFound     Code = "hostNotFound"     // the server's name doesn't resolve
	CodeRefused          Code = "refused"          // nobody listens at host:port
	CodeTimeout          Code = "timeout"          // no answer within the deadline
	CodeConnectionLost   Code = "connectionLost"   // it was there and went away
	CodeTLSUntrusted     Code = "tlsUntrusted"     // signed by nobody we know
	CodeTLSExpired       Code = "tlsExpired"       // or not yet valid
	CodeTLSWrongHost     Code = "tlsWrongHost"     // for another name
	CodeTLSFailed        Code = "tlsFailed"        // the handshake failed otherwise
	CodeWrongSecurity    Code = "wrongSecurity"    // TLS where the port speaks plain, or the reverse; Args["offer"] is what fits
	CodeNoSTARTTLS       Code = "noStartTLS"       // the server doesn't offer it
	CodeNotIMAP          Code = "notIMAP"          // something else answers there
	CodeNotSMTP          Code = "notSMTP"          // something else answers there
	CodeSignIn           Code = "signIn"           // user name or password refused
	CodeAppPassword      Code = "appPassword"      // the provider wants an app password
	CodeSignInDisabled   Code = "signInDisabled"   // passwords can't be used on this connection
	CodeSignInExpired    Code = "signInExpired"    // the provider takes its tokens back: sign in again
	CodeSignInTimeout    Code = "signInTimeout"    // nobody finished the provider's sign-in page
	CodeConsentDenied    Code = "consentDenied"    // the person, or the provider, said no on that page
	CodeAdminApproval    Code = "adminApproval"    // the organisation must approve Waxwing first
	CodeWrongAccount     Code = "wrongAccount"     // Args["signedIn"] came back in place of Args["account"]
	CodeNoClientID       Code = "noClientID"       // no registration to sign in with at Args["provider"]
	CodeClientRefused    Code = "clientRefused"    // the provider doesn't accept the registration
	CodeNotOpenID        Code = "notOpenID"        // Args["issuer"] is no usable OpenID provider
	CodeProviderDown     Code = "providerDown"     // the provider's sign-in service doesn't work now
	CodeTokenRefused     Code = "tokenRefused"     // the mail server refuses a token that is new
	CodeTokenUnsupported Code = "tokenUnsupported" // the mail server takes passwords only
	CodeSMTPAuthOff      Code = "smtpAuthOff"      // switched off by the tenant
	CodeThrottled        Code = "throttled"        // too many connections or attempts
	CodeServerRefused    Code = "serverRefused"    // the server said NO to an operation
	CodeReadOnly         Code = "readOnly"         // the mailbox can't be changed
	CodeMailboxGone      Code = "mailboxGone"      // deleted on the server meanwhile
	CodeQuota            Code = "quota"            // the mailbox is full; Args["reason"] is trash when that keeps a message out of the trash
	CodeProtocol         Code = "protocol"         // the server broke the protocol
	CodeDiskFull         Code = "diskFull"
	CodeDamaged          Code = "damaged"       // a database that can't be read: Args["path"]; Args["reason"] is application, passwords or stray (of no account), absent for an account's
	CodeNewerDatabase    Code = "newerDatabase" // written by a newer version
	CodeInUse            Code = "inUse"         // another Waxwing works on the same data
	CodeNoKeyring        Code = "noKeyring"     // secrets can't be kept beyond this session
	CodeKeyringLocked    Code = "keyringLocked"
	CodeNeedsPassphrase  Code = "needsPassphrase" // secrets are sealed with one that wasn't given yet
	CodeWrongPassphrase  Code = "wrongPassphrase"
	CodeNeedsPassword    Code = "needsPassword"    // no stored password for the account
	CodeNotOffline       Code = "notOffline"       // the message's text isn't on this computer yet
	CodeUnsafeAttachment Code = "unsafeAttachment" // a program, or a file that runs one; Args["name"]
	CodeCannotWrite      Code = "cannotWrite"      // a file can't be written; Args["path"], and perhaps Args["reason"], see CannotWrite
	CodeNoProgram        Code = "noProgram"        // no program on this computer opened a link; Args["scheme"]
	CodeNoMailbox        Code = "noMailbox"        // the account has no mailbox for Args["role"]
	CodeIMAPOff          Code = "imapOff"          // IMAP is switched off for the mailbox
	CodeTwoStep          Code = "twoStep"          // the provider wants a second factor
	CodePortal           Code = "portal"           // a web page answers where mail is expected
	CodeFirewall         Code = "firewall"         // neither server answers, so something is in between
	CodeSenderRefused    Code = "senderRefused"    // the server doesn't send mail from this address; Args["address"]
	CodeRecipientRefused Code = "recipientRefused" // the server doesn't take mail for this address; Args["address"]
	CodeTooLarge         Code = "tooLarge"         // larger than the server takes; Args["limit"] in octets, if known
	CodeUTF8Address      Code = "utf8Address"      // the server can't send to or from this address (RFC 6531); Args["address"]
	CodeOutcomeUnknown   Code = "outcomeUnknown"   // the connection broke when the message may have been taken already
	CodeNotArrived       Code = "notArrived"       // accepted for delivery, and not in the mailbox in time
	CodeNoOutgoing       Code = "noOutgoing"       // the account has no outgoing server
	CodeNotDiscovered    Code = "notDiscovered"    // nobody says how mail of Args["domain"] is reached
	// CodeNoMailAccess is a server that offers no IMAP to mail programs: Args["host"];
	// Args["reason"] is imap when it does offer SMTP.
	CodeNoMailAccess  Code = "noMailAccess"
	CodeUnverified    Code = "unverified"    // servers were found that a person must check first; Args["host"]
	CodeSendingDenied Code = "sendingDenied" // the server knows who signed in, and doesn't let it send
	CodeEnvelope      Code = "envelope"      // the server sends to everybody whom the message names, so also to Args["address"]
	CodeServerUsed    Code = "serverUsed"    // accounts, Args["used"], send through it: a replacement is needed

	// Codes about the certificate that an application signs in with.

	CodeCertificateUnreadable Code = "certificateUnreadable" // no file of a known kind
	CodeCertificatePassword   Code = "certificatePassword"   // missing or wrong
	CodeCertificateNoKey      Code = "certificateNoKey"      // no private key, or that of another certificate
	CodeCertificateAlias      Code = "certificateAlias"      // of the keys Args["aliases"] none is Args["alias"]; Args["reason"] several: one must be chosen
	CodeCertificateKind       Code = "certificateKind"       // not RSA
	CodeCertificateExpired    Code = "certificateExpired"    // since Args["date"]; Args["reason"] notYet: valid from then on
	CodeCertificateUnknown    Code = "certificateUnknown"    // not registered for the application

	// CodePolicy is what Args["organisation"] doesn't allow. Args["reason"] says
	// what it is about: setting, domain, server or assigned; Args["value"] names it.
	CodePolicy Code = "policy"
	// CodePolicyBroken is a policy with mistakes: Args["path"].
	CodePolicyBroken Code = "policyBroken"
)

// An Error is a failure in terms a person can act on.
type Error struct {
	Code Code
	// Args fill the placeholders of the sentence: host, port, field, mailbox …
	// Never a secret.
	Args map[string]string
	// Server is what the server said, when it said something; shown as a quote.
	Server string
	// Err is the cause, for the log.
	Err error
}

// Error returns the code with its arguments and causes, for logs.
func (e *Error) Error() string {
	var b strings.Builder
	b.WriteString(string(e.Code))
	keys := make([]string, 0, len(e.Args))
	for k := range e.Args {
		keys = append(keys, k)
	}
	sort.Strings(keys)
	for _, k := range keys {
		b.WriteString(" " + k + "=" + e.Args[k])
	}
	if e.Server != "" {
		b.WriteString(": server: " + e.Server)
	}
	if e.Err != nil {
		b.WriteString(": " + e.Err.Error())
	}
	return b.String()
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// CodeOf returns the code of the first Error in err's chain, CodeInternal for
// another error, and "" for nil.
func CodeOf(err error) Code {
	if err == nil {
		return ""
	}
	var e *Error
	if errors.As(err, &e) {
		return e.Code
	}
	return CodeInternal
}

// AsError returns the first Error in err's chain, or one of CodeInternal around
// it. It returns nil for nil.
func AsError(err error) *Error {
	if err == nil {
		return nil
	}
	var e *Error
	if errors.As(err, &e) {
		return e
	}
	return &Error{Code: CodeInternal, Err: err}
}
