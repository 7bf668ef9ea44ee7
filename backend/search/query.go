package search

import "time"

// Query is a parsed search. The zero value, a nil Expr, asks for nothing and
// matches nothing: who deletes what a script found must not lose everything
// because a variable was empty.
type Query struct {
	Expr Expr
}

// Empty reports whether the query asks for nothing.
func (q Query) Empty() bool { return q.Expr == nil }

// Expr is a node of the tree: And, Or, Not, Term, InMailbox, HasAttachment,
// HasKeyword, Before, After, Larger or Smaller.
type Expr interface{ expr() }

type (
	// And matches what all of its two or more nodes match.
	And []Expr
	// Or matches what any of its two or more nodes matches.
	Or []Expr
	// Not matches what its node doesn't.
	Not struct{ Expr Expr }

	// Term matches text: one word, or several in this order side by side.
	Term struct {
		Field  Field
		Text   string // never empty; as typed, without quotes
		Prefix bool   // the last word may go on
	}
	// InMailbox matches the messages of the mailboxes that the name means: by
	// role, name or path. The names AnyMailbox… mean all of them, junk and trash
	// included.
	InMailbox struct{ Name string }
	// HasAttachment matches messages with something attached.
	HasAttachment struct{}
	// HasKeyword matches messages with a keyword, "$seen" or one of the person's.
	HasKeyword struct{ Keyword string }
	// Before matches messages received before an instant.
	Before struct{ Time time.Time }
	// After matches messages received at an instant or later.
	After struct{ Time time.Time }
	// Larger matches messages of more octets.
	Larger struct{ Size int64 }
	// Smaller matches messages of fewer octets.
	Smaller struct{ Size int64 }
)

func (And) expr()           {}
func (Or) expr()            {}
func (Not) expr()           {}
func (Term) expr()          {}
func (InMailbox) expr()     {}
func (HasAttachment) expr() {}
func (HasKeyword) expr()    {}
func (Before) expr()        {}
func (After) expr()         {}
func (Larger) expr()        {}
func (Smaller) expr()       {}

// AnyMailbox is the name in "in:anywhere".
const AnyMailbox = "anywhere"

// Field is where a Term looks.
type Field int

// The fields.
const (
	FieldAny      Field = iota // everywhere
	FieldFrom                  // names and addresses of authors
	FieldTo                    // names and addresses of recipients, copied ones included
	FieldCc                    // names and addresses of the copied ones
	FieldSubject               //
	FieldFilename              // names of attachments
	FieldList                  // List-Id
)

// Walk calls f for e and every node below it.
func Walk(e Expr, f func(Expr)) {
	if e == nil {
		return
	}
	f(e)
	switch e := e.(type) {
	case And:
		for _, x := range e {
			Walk(x, f)
		}
	case Or:
		for _, x := range e {
			Walk(x, f)
		}
	case Not:
		Walk(e.Expr, f)
	}
}
