package mail

import "time"

// An Account is a login at a provider together with how to reach it. It holds
// no secret.
type Account struct {
	ID    AccountID
	Email string // the address, as typed; also the default identity
	Name  string // the header name (display name) of the default identity
	Label string // what the sidebar calls the account; empty means Email
	User  string // the name to sign in with; empty means Email
	// SignIn is how the account proves to its servers who it is.
	SignIn SignIn
	IMAP   Server
	SMTP   Server
	// Outgoing is what the account sends through; empty for SMTP.
	Outgoing OutgoingID
	// Demo marks the account whose servers are the embedded sample servers.
	Demo bool
	// Notify says whether new mail pops up (E8); NotifyHere whether it does on
	// this device (E9).
	Notify     bool
	NotifyHere bool
	// Keep is how much mail is kept on this computer.
	Keep Keep
	// Removing says that the account is being disconnected.
	Removing bool
	// Verification is reset when servers or sign-in change.
	Verification Verification
	CreatedAt    time.Time
}

// Keep is how much of an account's mail is kept on this computer. The zero value is
// all of it.
type Keep string

// The choices. Each keeps whole months, so that what is left out changes once a month.
const (
	KeepAll     Keep = ""
	KeepYear    Keep = "year"
	KeepQuarter Keep = "quarter"
	KeepMonth   Keep = "month"
)

// months is how many each choice goes back.
var months = map[Keep]int{KeepYear: 12, KeepQuarter: 3, KeepMonth: 1}

// Known reports whether k is one of the choices.
func (k Keep) Known() bool { return k == KeepAll || months[k] > 0 }

// Since returns the first day of what is kept, at 0:00 UTC; zero for everything.
func (k Keep) Since(now time.Time) time.Time {
	if months[k] == 0 {
		return time.Time{}
	}
	now = now.UTC()
	return time.Date(now.Year(), now.Month()-time.Month(months[k]), 1, 0, 0, 0, 0, time.UTC)
}

// A VerificationState is how far it is proven that an account works both ways (W3).
type VerificationState string

// The states.
const (
	NotVerified        VerificationState = "" // or not since servers or sign-in changed
	VerificationRuns   VerificationState = "awaiting"
	Verified           VerificationState = "verified"
	VerificationFailed VerificationState = "failed"
)

// A Verification is what is known of it.
type Verification struct {
	State VerificationState
	At    time.Time // when it ended; zero while NotVerified or under way
	// Problem says why it failed, and Half whose fault that is: "imap" or "smtp".
	Problem *Error
	Half    string
	// Junk says that the message was taken for spam.
	Junk bool
}

// UserName returns the name to sign in with.
func (a Account) UserName() string {
	if a.User != "" {
		return a.User
	}
	return a.Email
}

// SignIn is how an account proves to its servers who it is. The zero value, and
// so what was stored before there was a choice, is a password.
type SignIn struct {
	Method SignInMethod // empty means a password
	// Provider is whose sign-in page gives the tokens: ProviderMicrosoft,
	// ProviderOutlook, ProviderGoogle, ProviderYahoo, or ProviderOther for an
	// OpenID provider. For SignInOAuth only, as is all that follows.
	Provider ProviderID
	// Issuer is the address of an OpenID provider (ProviderOther).
	Issuer string
	// Tenant is the organisation's at Microsoft: its id, a domain of it,
	// "organizations", "consumers" or "common". Empty means "consumers" for
	// ProviderOutlook and else "common".
	Tenant string
	// ClientID is that of a registration of one's own; empty for the one that
	// the organisation's policy or this build has.
	ClientID string
	// Login is the address that signs in on the page when that isn't the account's:
	// that of a person who works in a shared or somebody else's mailbox.
	Login string
}

// OAuth reports whether tokens are used in place of a password.
func (s SignIn) OAuth() bool { return s.Method == SignInOAuth }

// A Server is where and how to connect. An empty Host means that there is none.
type Server struct {
	Host     string
	Port     int
	Security Security
	// Trusted is the lower-case hexadecimal SHA-256 of a certificate (DER) that
	// the person inspected and accepted for this server, in place of a chain to
	// a known authority. Empty when there is none.
	Trusted string
	// CA is the PEM text of extra authorities for this server. Empty when there
	// are none.
	CA string
}

// Security is the protection of a connection.
type Security string

// The protections, named as the settings of mail clients name them.
const (
	SecurityTLS      Security = "tls"      // TLS from the first byte (RFC 8314)
	SecuritySTARTTLS Security = "starttls" // upgraded, and refused when the server can't
	SecurityNone     Security = "none"     // readable by anyone on the way; only when chosen explicitly
)

// Phase is what an account's synchronisation is doing.
type Phase string

// The phases, in the order in which they usually come.
const (
	PhaseConnecting  Phase = "connecting"
	PhaseSyncing     Phase = "syncing"
	PhaseUpToDate    Phase = "upToDate"
	PhaseOffline     Phase = "offline"     // no connection; tried again by itself
	PhaseNeedsSignIn Phase = "needsSignIn" // the server refused the credentials; waits for the person
	PhaseFailed      Phase = "failed"      // something a person must look at (Problem says what)
)

// A Status is the one line of truth about an account.
type Status struct {
	Account AccountID
	Phase   Phase
	// Mailbox is the name of the mailbox being fetched, and Done of Total its
	// messages; zero unless Phase is PhaseSyncing.
	Mailbox     string
	Done, Total int
	// Pending counts the operations that wait for the server.
	Pending int
	// LastSync is when the account was last known to be up to date; zero for never.
	LastSync time.Time
	// Problem is set in PhaseOffline, PhaseNeedsSignIn and PhaseFailed. In
	// PhaseUpToDate it is CodeServerRefused when the server doesn't open some
	// mailboxes, which Args["mailbox"] lists by path: all the others are up to date.
	Problem *Error
}
