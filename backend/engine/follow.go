package engine

import (
	"context"
	"encoding/json"
	"maps"
	"strings"

	"waxwing/backend/mail"
	"waxwing/backend/oauth"
	"waxwing/backend/secrets"
)

// settingFollowing is the setting that says which accounts follow the policy: those
// of assigned mailboxes, from when they are connected as it says until it doesn't
// assign them any more. It maps their ids to the way to sign in that the policy
// said last, so that a person's own choice gives way only to a new one.
const settingFollowing = "policy.following"

type following map[mail.AccountID]mail.SignIn

// follow makes the accounts of assigned mailboxes what the policy says now. Local
// mail and what waits for the server stay.
func (e *Engine) follow(ctx context.Context) {
	e.administration.Lock()
	defer e.administration.Unlock()
	e.followLocked(ctx)
}

// followLocked is follow for those who hold administration.
func (e *Engine) followLocked(ctx context.Context) {
	if len(e.Policy().Findings) > 0 {
		return // what holds will be known when it is mended
	}
	before, err := e.followers(ctx)
	if err != nil {
		e.log.Error("accounts don't follow the policy", "error", err)
		return
	}
	now := following{}
	for _, a := range e.all() {
		info := a.current()
		said, ok := e.assignment(info)
		if !ok {
			continue
		}
		last, follows := before[a.id]
		if reason, _ := e.Policy().Policy.Refuses(info, e.rules.user); !follows && reason != "" {
			continue // it was connected otherwise before, and stays so
		}
		now[a.id] = said.SignIn
		if !follows {
			last = said.SignIn
		}
		if err := e.lead(ctx, a, led(info, said, last)); err != nil {
			now[a.id] = last // the next reading tries again
			e.log.Error("account doesn't follow the policy", "account", a.id, "error", err)
		}
	}
	if maps.Equal(before, now) {
		return
	}
	text, err := json.Marshal(now)
	if err == nil {
		err = e.app.SetSetting(ctx, settingFollowing, text)
	}
	if err != nil {
		e.log.Error("what follows the policy isn't kept", "error", err)
	}
}

func (e *Engine) followers(ctx context.Context) (following, error) {
	text, ok, err := e.app.Setting(ctx, settingFollowing)
	list := following{}
	if err == nil && ok {
		err = json.Unmarshal(text, &list)
	}
	return list, err
}

// assignment returns what the policy says of an account's mailbox, if it is
// assigned with servers.
func (e *Engine) assignment(info mail.Account) (mail.Account, bool) {
	if info.Demo {
		return mail.Account{}, false
	}
	for _, a := range e.Policy().Policy.Assigned(e.rules.user) {
		if strings.EqualFold(a.Account.Email, info.Email) {
			return a.Account, a.Account.IMAP.Host != ""
		}
	}
	return mail.Account{}, false
}

// led returns the account as the policy says; last is how it said to sign in before.
// A certificate that was accepted stays accepted for the same server.
func led(info, said mail.Account, last mail.SignIn) mail.Account {
	sameServer := func(a, b mail.Server) bool {
		return strings.EqualFold(a.Host, b.Host) && a.Port == b.Port && a.Security == b.Security
	}
	if !sameServer(info.IMAP, said.IMAP) {
		info.IMAP = said.IMAP
	}
	if said.SMTP.Host != "" && !sameServer(info.SMTP, said.SMTP) {
		info.SMTP = said.SMTP
	}
	if said.User != "" {
		info.User = said.User
	}
	if said.SignIn != last && said.SignIn.Method != "" {
		own := info.SignIn.ClientID
		same := sameProvider(info.SignIn, said.SignIn)
		if info.SignIn = said.SignIn; same {
			info.SignIn.ClientID = own
		}
	}
	return info
}

// sameProvider reports whether what was granted for one way to sign in is good for
// the other.
func sameProvider(a, b mail.SignIn) bool {
	return a.OAuth() && b.OAuth() && a.Provider == b.Provider && a.Issuer == b.Issuer
}

// lead changes an account to what it is led to. A password or grant that is of no
// use any more is deleted, and the provider told.
func (e *Engine) lead(ctx context.Context, a *account, to mail.Account) error {
	old := a.current()
	if to == old {
		return nil
	}
	e.log.Info("account follows the policy", "account", a.id)
	var grant oauth.Grant
	unused := secrets.Password
	switch {
	case old.SignIn.OAuth() == to.SignIn.OAuth() && (!old.SignIn.OAuth() || sameProvider(old.SignIn, to.SignIn)):
		return e.updateAccount(ctx, to)
	case old.SignIn.OAuth():
		unused, grant = secrets.OAuth, a.grantToRevoke(ctx)
	}
	if err := e.updateAccount(ctx, to); err != nil {
		return err
	}
	e.revoke(old.SignIn, grant)
	return e.secrets.Delete(ctx, a.id, unused)
}
