package outbox

import (
	"math/rand/v2"
	"time"

	"waxwing/backend/mail"
	"waxwing/backend/submission"
)

// A verdict is what follows from an attempt that failed.
type verdict int

const (
	again  verdict = iota // by itself, after a pause
	person                // when somebody has mended the sign-in or the account
	never                 // the message must be changed
)

// patience is how long a server may put a message off (RFC 5321 §4.5.4.1 asks for
// days; a person who waits for an answer wants to know earlier).
const patience = 24 * time.Hour

// judge decides by the result of an attempt.
func judge(sub mail.Submission, r submission.Result, now time.Time) verdict {
	switch code := r.Problem.Code; {
	case waits(code):
		return person
	case r.Refused && code != mail.CodeThrottled:
		return never
	case !offline(code) && now.Sub(later(sub.CreatedAt, sub.SendAt)) > patience:
		return never
	}
	return again
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// waits reports whether trying again without the person would do harm, or no good:
// repeating a wrong password locks people out.
func waits(code mail.Code) bool {
	switch code {
	case mail.CodeSignIn, mail.CodeAppPassword, mail.CodeSignInDisabled, mail.CodeSMTPAuthOff, mail.CodeTwoStep,
		mail.CodeNeedsPassword, mail.CodeNoKeyring, mail.CodeKeyringLocked, mail.CodeNeedsPassphrase,
		mail.CodeSignInExpired, mail.CodeAdminApproval, mail.CodeNoClientID, mail.CodeClientRefused,
		mail.CodeTokenRefused, mail.CodeTokenUnsupported, mail.CodeNoOutgoing, mail.CodePolicy, mail.CodeSendingDenied,
		mail.CodeCertificateUnreadable, mail.CodeCertificatePassword, mail.CodeCertificateNoKey, mail.CodeCertificateAlias,
		mail.CodeCertificateKind, mail.CodeCertificateExpired, mail.CodeCertificateUnknown:
		return true
	}
	return false
}

// offline reports whether the server wasn't reached, which says nothing about the
// message.
func offline(code mail.Code) bool {
	switch code {
	case mail.CodeNoNetwork, mail.CodeHostNotFound, mail.CodeRefused, mail.CodeTimeout, mail.CodeConnectionLost,
		mail.CodeCancelled, mail.CodePortal, mail.CodeFirewall:
		return true
	}
	return false
}

// The bounds of the pause between two attempts.
const (
	firstPause     = 10 * time.Second
	longestPause   = 30 * time.Minute
	longestOffline = time.Minute // an attempt without a network costs nobody anything
)

// pause is how long to wait after that many attempts: twice as long each time, within
// the bounds, and shortened by up to half at random.
func pause(code mail.Code, attempts int) time.Duration {
	longest := longestPause
	if offline(code) {
		longest = longestOffline
	}
	d := longest
	if shift := max(attempts-1, 0); shift < 12 {
		d = min(firstPause<<shift, longest)
	}
	return d/2 + rand.N(d/2+1)
}
