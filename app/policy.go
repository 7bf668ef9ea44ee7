package app

import (
	"maps"
	"net/http"
	"net/url"
	"slices"

	"waxwing/backend/engine"
	"waxwing/backend/mail"
	"waxwing/backend/policy"
)

// Policy is what the organisation set up, as the screens need it.
type Policy struct {
	Path         string `json:"path"`
	Organisation string `json:"organisation"` // empty when no policy is in force
	Help         string `json:"help"`
	HelpLink     string `json:"helpLink"`
	// Locked are the fields of Preferences that can't be changed.
	Locked []string `json:"locked"`
	// RemoteImages is ask, never, or empty when people choose.
	RemoteImages string `json:"remoteImages"`
	// Findings say what is wrong with the policy's file; what is in force then is
	// an earlier one, or none.
	Findings []PolicyFinding   `json:"findings"`
	Assigned []AssignedMailbox `json:"assigned"`
}

// PolicyFinding is a mistake in the policy's file. Its sentence is in the
// catalogues under "policy.reason.<code>".
type PolicyFinding struct {
	Line   int               `json:"line"` // 0 when it is about the whole file
	Column int               `json:"column"`
	Code   string            `json:"code"`
	Args   map[string]string `json:"args"`
}

// AssignedMailbox is a mailbox that the organisation assigned to this person.
type AssignedMailbox struct {
	Kind    string `json:"kind"`    // own, shared or delegated
	Account string `json:"account"` // empty while it isn't connected
	Email   string `json:"email"`
	Name    string `json:"name"`
	Label   string `json:"label"`
	User    string `json:"user"` // empty means the address
	IMAP    Server `json:"imap"` // without a host when the policy names none
	SMTP    Server `json:"smtp"`
	// SignIn is password, appPassword or oauth (with Provider and, when that is
	// other, Issuer); empty when the policy doesn't say.
	SignIn   string `json:"signIn"`
	Provider string `json:"provider"`
	Issuer   string `json:"issuer"`
	Login    string `json:"login"` // the address that signs in, when it isn't Email
}

// Policy returns what the organisation set up.
func (s *Settings) Policy() (Policy, error) {
	e, _, err := s.shell.engine()
	if err != nil {
		return Policy{}, err
	}
	return toPolicy(e.Policy(), e.Assigned()), nil
}

func toPolicy(s engine.PolicyState, assigned []engine.Assigned) Policy {
	p := Policy{
		Path: s.Path, Organisation: s.Policy.Name(), RemoteImages: s.Policy.Images(),
		Locked:   slices.Sorted(maps.Keys(s.Policy.Locked())),
		Findings: each(s.Findings, toFinding),
		Assigned: each(assigned, toAssigned),
	}
	if p.Locked == nil {
		p.Locked = []string{}
	}
	if s.Policy != nil {
		p.Help, p.HelpLink = s.Policy.Organisation.Help, s.Policy.Organisation.HelpLink
	}
	return p
}

func toFinding(f policy.Finding) PolicyFinding {
	args := f.Args
	if args == nil {
		args = map[string]string{}
	}
	return PolicyFinding{Line: f.Line, Column: f.Column, Code: string(f.Code), Args: args}
}

func toAssigned(a engine.Assigned) AssignedMailbox {
	out := AssignedMailbox{
		Kind: string(a.Kind), Email: a.Account.Email, Name: a.Account.Name, Label: a.Account.Label, User: a.Account.User,
		IMAP: toServer(a.Account.IMAP), SMTP: toServer(a.Account.SMTP), SignIn: string(a.Account.SignIn.Method), Provider: string(a.Account.SignIn.Provider), Issuer: a.Account.SignIn.Issuer, Login: a.Account.SignIn.Login,
	}
	if a.Connected != 0 {
		out.Account = mail.AccountRef(a.Connected).String()
	}
	return out
}

// policyInForce returns the policy; nil when there is none.
func (s *shell) policyInForce() *policy.Policy {
	e, _, err := s.engine()
	if err != nil {
		return nil
	}
	return e.Policy().Policy
}

// pictures returns how remote pictures are shown: all of them when the person
// asked for it and the policy doesn't forbid it, else those of hosts that the
// policy lets through.
func (b *bodies) pictures(r *http.Request) func(address string) string {
	p := b.shell.policyInForce()
	all := r != nil && r.FormValue("images") == "1" && p.Images() != policy.ImagesNever
	return func(address string) string {
		u, err := url.Parse(address)
		if err != nil || !all && !p.ShowsImagesOf(u.Hostname()) {
			return ""
		}
		return b.remote.sign(address)
	}
}

// mayFetch reports whether the policy lets pictures of a host be fetched at all.
func (s *shell) mayFetch(host string) bool {
	p := s.policyInForce()
	return p.Images() != policy.ImagesNever || p.ShowsImagesOf(host)
}
