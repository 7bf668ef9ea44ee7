package mail

import (
	"fmt"
	"strconv"
	"strings"
)

// Identifiers are positive and never used again: an AccountID and an IdentityID
// within an installation, the others within their account.
type (
	AccountID    int64
	IdentityID   int64
	MailboxID    int64
	MessageID    int64
	ThreadID     int64
	OperationID  int64
	DraftID      int64
	DraftFileID  int64
	SubmissionID int64
)

// State counts the commits of one account's store. It only grows; a caller that
// remembers one can ask what changed since (RFC 8620 §5.2).
type State int64

// UID is an IMAP unique identifier (RFC 9051 §2.3.1.1). Zero means "not known".
type UID uint32

// A Ref is an identifier as it leaves the engine: on the screen's side of the
// bindings and in waxwingctl's JSON. Its text form is an account ("a1"), or an
// account and a thing in it ("a1-b3" mailbox, "a1-t9" thread, "a1-m42" message,
// "a1-o7" operation, "a1-d5" draft, "a1-s6" submission), which fits JMAP's Id
// syntax (RFC 8620 §1.2).
type Ref struct {
	Account AccountID
	Kind    RefKind
	N       int64
}

// RefKind is the letter that tells what a Ref points to.
type RefKind byte

// The kinds of Ref.
const (
	RefAccount    RefKind = 'a'
	RefMailbox    RefKind = 'b'
	RefThread     RefKind = 't'
	RefMessage    RefKind = 'm'
	RefOperation  RefKind = 'o'
	RefDraft      RefKind = 'd'
	RefSubmission RefKind = 's'
)

// String returns the text form, which ParseRef reads back.
func (r Ref) String() string {
	if r.Kind == RefAccount {
		return "a" + strconv.FormatInt(int64(r.Account), 10)
	}
	return fmt.Sprintf("a%d-%c%d", r.Account, r.Kind, r.N)
}

// AccountRef and its siblings name things to the outside.
func AccountRef(a AccountID) Ref                     { return Ref{Account: a, Kind: RefAccount} }
func MailboxRef(a AccountID, id MailboxID) Ref       { return Ref{a, RefMailbox, int64(id)} }
func ThreadRef(a AccountID, id ThreadID) Ref         { return Ref{a, RefThread, int64(id)} }
func MessageRef(a AccountID, id MessageID) Ref       { return Ref{a, RefMessage, int64(id)} }
func OperationRef(a AccountID, id OperationID) Ref   { return Ref{a, RefOperation, int64(id)} }
func DraftRef(a AccountID, id DraftID) Ref           { return Ref{a, RefDraft, int64(id)} }
func SubmissionRef(a AccountID, id SubmissionID) Ref { return Ref{a, RefSubmission, int64(id)} }

// ParseRef reads the text form of a Ref of the given kind. Anything else gives
// an error with code CodeNotFound: an identifier that can't be read names
// nothing.
func ParseRef(s string, kind RefKind) (Ref, error) {
	bad := func() (Ref, error) {
		return Ref{}, &Error{Code: CodeNotFound, Args: map[string]string{"id": s}}
	}
	head, tail, compound := strings.Cut(s, "-")
	if len(head) < 2 || head[0] != 'a' {
		return bad()
	}
	account, err := strconv.ParseInt(head[1:], 10, 64)
	if err != nil || account <= 0 {
		return bad()
	}
	if kind == RefAccount {
		if compound {
			return bad()
		}
		return AccountRef(AccountID(account)), nil
	}
	if len(tail) < 2 || RefKind(tail[0]) != kind {
		return bad()
	}
	n, err := strconv.ParseInt(tail[1:], 10, 64)
	if err != nil || n <= 0 {
		return bad()
	}
	return Ref{AccountID(account), kind, n}, nil
}
