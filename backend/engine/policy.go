package engine

import (
	"bytes"
	"context"
	"encoding/json"
	"reflect"
	"slices"
	"strings"
	"sync"

	"waxwing/backend/connect"
	"waxwing/backend/events"
	"waxwing/backend/mail"
	"waxwing/backend/policy"
)

// SettingPreferences is the setting that holds a person's preferences, a JSON
// object. The organisation's policy can lock its members.
const SettingPreferences = "preferences"

// rules is what the engine knows of the organisation's policy.
type rules struct {
	file string
	user policy.User

	// refreshing keeps an older reading from taking the place of a newer one.
	refreshing sync.Mutex
	mu         sync.Mutex
	state      PolicyState
}

// PolicyState is how it stands with the organisation's policy.
type PolicyState struct {
	Path   string
	Exists bool
	// Policy is in force; nil when none is.
	Policy *policy.Policy
	// Findings say what is wrong with the file as it is now. Policy then is the
	// last sound one that was read since the start.
	Findings []policy.Finding
}

// Policy returns how it stands with the organisation's policy.
func (e *Engine) Policy() PolicyState {
	e.rules.mu.Lock()
	defer e.rules.mu.Unlock()
	return e.rules.state
}

// RefreshPolicy reads the policy again and applies it when it is another one.
// The engine does so by itself every few seconds.
func (e *Engine) RefreshPolicy() {
	e.rules.refreshing.Lock()
	defer e.rules.refreshing.Unlock()
	reading := policy.Load
	if file := e.rules.file; file != "" {
		reading = func() policy.Reading { return policy.LoadFrom(file) }
	}
	r := reading()
	old := e.Policy()
	now := PolicyState{Path: r.Path, Exists: r.Exists, Policy: r.Policy, Findings: r.Findings}
	if len(r.Findings) > 0 {
		now.Policy = old.Policy
	}
	if reflect.DeepEqual(old, now) {
		return
	}
	e.rules.mu.Lock()
	e.rules.state = now
	e.rules.mu.Unlock()
	switch {
	case len(now.Findings) > 0:
		e.log.Warn("policy has mistakes", "path", now.Path, "first", now.Findings[0].String(), "earlier", now.Policy != nil)
	case now.Exists:
		e.log.Info("policy in force", "path", now.Path)
	}
	if e.app != nil { // Open does it when there are accounts
		e.follow(context.Background())
	}
	e.bus.Publish(events.PolicyChanged{})
	if old.Policy.Authorities() != now.Policy.Authorities() {
		e.WakeAll() // what was refused for its certificate may be believed now
	}
}

// believing returns the dialer with the policy's certificate authorities added.
func (e *Engine) believing(d *connect.Dialer) *connect.Dialer {
	believing := connect.Dialer{}
	if d != nil {
		believing = *d
	}
	believing.Authorities = func() string { return e.Policy().Policy.Authorities() }
	return &believing
}

// Assigned is a mailbox that the organisation assigned to the user.
type Assigned struct {
	policy.Assigned
	Connected mail.AccountID // 0 while it isn't
}

// Assigned lists the mailboxes that the policy assigns to the user.
func (e *Engine) Assigned() []Assigned {
	list := []Assigned{}
	for _, a := range e.Policy().Policy.Assigned(e.rules.user) {
		assigned := Assigned{Assigned: a}
		for _, connected := range e.all() {
			if strings.EqualFold(connected.current().Email, a.Account.Email) {
				assigned.Connected = connected.id
				break
			}
		}
		list = append(list, assigned)
	}
	return list
}

// labelOf returns what the sidebar calls an account: the policy's word for an
// assigned mailbox unless the person has one.
func (e *Engine) labelOf(info mail.Account) string {
	for _, a := range e.Assigned() {
		if info.Label == "" && strings.EqualFold(a.Account.Email, info.Email) {
			return a.Account.Label
		}
	}
	return info.Label
}

// allowed gives CodePolicy when the organisation doesn't allow to connect an
// account, or to edit it into what it is now. One that was connected before may
// stay as it is.
func (e *Engine) allowed(info mail.Account) error {
	if info.Demo {
		return nil
	}
	if a, err := e.account(info.ID); err == nil && sameReach(a.current(), info) {
		return nil
	}
	return Allowed(e.Policy().Policy, e.rules.user, info)
}

// Allowed gives CodePolicy when the policy, which may be nil, doesn't allow the
// user to connect an account, and CodeInvalid as Engine.AddAccount does.
func Allowed(p *policy.Policy, u policy.User, info mail.Account) error {
	info, err := clean(info)
	if err != nil {
		return err
	}
	reason, value := p.Refuses(info, u)
	return forbidden(p, reason, value)
}

// forbidden is nil without a reason.
func forbidden(p *policy.Policy, reason, value string) error {
	if reason == "" {
		return nil
	}
	args := map[string]string{"reason": reason, "value": value, "organisation": p.Name()}
	if reason == policy.RefusedDomain {
		args["allowed"] = few(p.AllowedDomains())
	}
	return &mail.Error{Code: mail.CodePolicy, Args: args}
}

// few names the first of a list's entries.
func few(list []string) string {
	const most = 5
	if len(list) > most {
		return strings.Join(list[:most], ", ") + " …"
	}
	return strings.Join(list, ", ")
}

// sameReach reports whether two accounts are reached and signed in to alike.
func sameReach(a, b mail.Account) bool {
	bare := func(s mail.Server) mail.Server {
		return mail.Server{Host: strings.ToLower(s.Host), Port: s.Port, Security: s.Security}
	}
	return strings.EqualFold(a.Email, b.Email) && a.UserName() == b.UserName() &&
		bare(a.IMAP) == bare(b.IMAP) && bare(a.SMTP) == bare(b.SMTP)
}

// Setting reads a JSON value; ok is false when it was never set. Preferences
// that the policy locks have its values.
func (e *Engine) Setting(ctx context.Context, key string) (value []byte, ok bool, err error) {
	value, ok, err = e.app.Setting(ctx, key)
	locked := e.Policy().Policy.Locked()
	if err != nil || key != SettingPreferences || len(locked) == 0 {
		return value, ok, err
	}
	members := object(value)
	for name, value := range locked {
		members[name] = value
	}
	value, err = json.Marshal(members)
	return value, true, err
}

// SetSetting writes a JSON value. CodePolicy names a preference, in
// Args["value"], that the policy locks to another value. What a person chose
// before it was locked is kept for the day when it no longer is.
func (e *Engine) SetSetting(ctx context.Context, key string, value []byte) error {
	p := e.Policy().Policy
	locked := p.Locked()
	if key != SettingPreferences || len(locked) == 0 {
		return e.app.SetSetting(ctx, key, value)
	}
	stored, _, err := e.app.Setting(ctx, key)
	if err != nil {
		return err
	}
	members, own := object(value), object(stored)
	for _, name := range sortedNames(locked) {
		wanted, given := members[name]
		if given && !sameJSON(wanted, locked[name]) {
			return forbidden(p, "setting", name)
		}
		delete(members, name)
		if before, chosen := own[name]; chosen {
			members[name] = before
		}
	}
	if value, err = json.Marshal(members); err != nil {
		return err
	}
	return e.app.SetSetting(ctx, key, value)
}

// object reads the members of a JSON object; anything else has none.
func object(text []byte) map[string]json.RawMessage {
	var members map[string]json.RawMessage
	if json.Unmarshal(text, &members) != nil || members == nil {
		return map[string]json.RawMessage{}
	}
	return members
}

func sortedNames(members map[string]json.RawMessage) []string {
	names := make([]string, 0, len(members))
	for name := range members {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// sameJSON compares values, not how they are written.
func sameJSON(a, b []byte) bool {
	var x, y any
	if json.Unmarshal(a, &x) != nil || json.Unmarshal(b, &y) != nil {
		return bytes.Equal(a, b)
	}
	return reflect.DeepEqual(x, y)
}
