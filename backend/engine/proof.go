package engine

import (
	"slices"
	"sync"

	"waxwing/backend/mail"
)

// A login is what a verification is about: with another one it says nothing.
type login struct {
	email, user string
	imap, smtp  address
	signIn      mail.SignIn
}

// An address is how a server is reached. That a certificate was trusted makes
// it no other server.
type address struct {
	host     string
	port     int
	security mail.Security
}

func loginOf(info mail.Account) login {
	at := func(s mail.Server) address { return address{s.Host, s.Port, s.Security} }
	return login{info.Email, info.UserName(), at(info.IMAP), at(info.SMTP), info.SignIn}
}

// A proof is the outcome of a verification of what a person typed.
type proof struct {
	login    login
	password string // empty for the stored one
	outcome  mail.Verification
}

// verifications is what an engine remembers of them. The zero value has no turn.
type verifications struct {
	turn chan struct{} // held by the one that runs

	mu    sync.Mutex
	notes []note
	last  proof
}

func (v *verifications) all() []note {
	v.mu.Lock()
	defer v.mu.Unlock()
	return slices.Clone(v.notes)
}

func (v *verifications) set(notes []note) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.notes = notes
}

// hides reports whether a message is one of ours, which no list shows.
func (v *verifications) hides(messageID string) bool {
	v.mu.Lock()
	defer v.mu.Unlock()
	return slices.ContainsFunc(v.notes, func(n note) bool { return n.MessageID == messageID })
}

func (v *verifications) remember(p proof) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.last = p
}

// of returns what was proven in this session of an account with a password,
// where an empty one means any.
func (v *verifications) of(info mail.Account, password string) mail.Verification {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.last.login != loginOf(info) || password != "" && password != v.last.password {
		return mail.Verification{}
	}
	return v.last.outcome
}
