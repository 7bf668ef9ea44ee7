package autoconfig

import "waxwing/backend/mail"

// A Source is where an answer comes from.
type Source string

// The sources, the most trustworthy first. An answer with a caution ranks behind
// every answer without one, whatever their sources are.
const (
	SourcePolicy       Source = "policy"       // the organisation's policy; nobody is asked
	SourceTable        Source = "table"        // our own table of providers; nobody is asked
	SourceDomain       Source = "domain"       // the domain's own configuration file, by HTTPS
	SourceISPDB        Source = "ispdb"        // Mozilla's database of providers
	SourceSRV          Source = "srv"          // the domain's DNS (RFC 6186, RFC 8314)
	SourceMX           Source = "mx"           // who receives the domain's mail, in our table or Mozilla's database
	SourceAutodiscover Source = "autodiscover" // Exchange's discovery
	SourceProbe        Source = "probe"        // usual names that were tried and answer
	SourcePlain        Source = "plain"        // the domain's configuration file, by HTTP
)

// An Answer is how an address's mail is reached, according to one source.
type Answer struct {
	Email    string // as typed, without blanks around it
	Provider mail.ProviderID
	Name     string // what the provider calls itself; empty when nobody says
	Source   Source
	// From is the host or domain that gave the answer; empty for SourceTable.
	From string
	// IMAP and SMTP are the servers to try, the best first. Both may be empty for
	// an Exchange server whose other servers nobody names.
	IMAP, SMTP []Candidate
	// Proposed is the way to sign in that was chosen among those of the servers, by
	// the policy or by who knows with which providers the program is registered;
	// without a method as long as nobody did.
	Proposed mail.SignIn
	// Cautions must be shown before the answer is used; there are none for an
	// answer that is trustworthy.
	Cautions []Caution
}

// Trustworthy reports whether the answer may be used without asking a person.
func (a *Answer) Trustworthy() bool { return len(a.Cautions) == 0 }

// SignIn returns the ways to sign in at the first incoming server.
func (a *Answer) SignIn() []mail.SignInMethod {
	if len(a.IMAP) == 0 {
		return nil
	}
	return a.IMAP[0].SignIn
}

// A Candidate is a server to try.
type Candidate struct {
	mail.Server
	// User is the name to sign in with, made from the address; UserForm says how.
	User     string
	UserForm UserForm
	SignIn   []mail.SignInMethod // the best first; never empty
}

// A UserForm is how a user name follows from the address.
type UserForm string

// The forms of a user name.
const (
	UserAddress UserForm = "address"   // the whole address
	UserLocal   UserForm = "localPart" // what stands before the @
	UserOther   UserForm = "other"     // something else, which the answer spells out
)

// A Caution is a reason not to use an answer unasked.
type Caution struct {
	Code CautionCode
	Host string // whom it is about: the server, or where the answer came from
}

// A CautionCode names a reason.
type CautionCode string

// The reasons.
const (
	// CautionPlainHTTP: the answer came over a connection that others can change.
	CautionPlainHTTP CautionCode = "plainHTTP"
	// CautionOtherDomain: the server belongs to another domain than the address,
	// and only DNS, which others can forge, says that it is right.
	CautionOtherDomain CautionCode = "otherDomain"
	// CautionUnprotected: the server is offered without TLS only.
	CautionUnprotected CautionCode = "unprotected"
)

// An Attempt says how one source went.
type Attempt struct {
	Source  Source
	Outcome Outcome
	// Detail says why, in English, for administrators.
	Detail string
}

// An Outcome is how asking a source ended.
type Outcome string

// The outcomes.
const (
	OutcomeFound   Outcome = "found"
	OutcomeNothing Outcome = "nothing"  // it knows nothing of the domain
	OutcomeFailed  Outcome = "failed"   // it couldn't be asked, or its answer is unusable
	OutcomeTooLate Outcome = "tooLate"  // it had no answer in time
	OutcomeUnasked Outcome = "notAsked" // a better answer was there
)

// A Result is what Find found out.
type Result struct {
	// Answer is the best one; nil when there is none.
	Answer *Answer
	// Tried says how each source went, in the order of the ranking.
	Tried []Attempt
}

// Account returns a new account with the first servers of the answer; without
// any their hosts are empty.
func (a *Answer) Account() mail.Account {
	account := mail.Account{Email: a.Email, SignIn: a.Proposed, Notify: true, NotifyHere: true}
	if len(a.IMAP) > 0 {
		account.IMAP = a.IMAP[0].Server
		if a.IMAP[0].UserForm != UserAddress {
			account.User = a.IMAP[0].User
		}
	}
	if len(a.SMTP) > 0 {
		account.SMTP = a.SMTP[0].Server
	}
	return account
}
