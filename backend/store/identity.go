package store

import (
	"cmp"
	"context"

	"waxwing/backend/mail"
)

// Identities returns those of every account, in the order in which the accounts were
// connected, an account's own before its aliases.
func (a *App) Identities(ctx context.Context) ([]mail.Identity, error) {
	var out []mail.Identity
	err := a.db.read(ctx, func(t *tx) error {
		out = readIdentities(t, "true")
		return t.err
	})
	return out, err
}

// SetIdentity keeps an identity, a new one when its ID is 0, and returns its ID. What
// is an account's own stays its own, with the account's address whatever is said
// here. CodeNotFound means that there is no such identity or account.
func (a *App) SetIdentity(ctx context.Context, identity mail.Identity) (mail.IdentityID, error) {
	id := identity.ID
	err := a.db.write(ctx, durable, func(t *tx) error {
		if id != 0 {
			n := t.count("UPDATE identity SET settings = ? WHERE id = ? AND account = ?", identitySettings(identity), id, identity.Account)
			if t.err == nil && n == 0 {
				return notFound("identity")
			}
			return t.err
		}
		if t.integer("SELECT count(*) FROM account WHERE id = ?", identity.Account) == 0 {
			return cmp.Or(t.err, notFound("account"))
		}
		id = addIdentity(t, identity)
		return t.err
	})
	return id, err
}

// RemoveIdentity forgets an alias. An account's own identity goes with the account
// only: CodeNotFound.
func (a *App) RemoveIdentity(ctx context.Context, id mail.IdentityID) error {
	return a.db.write(ctx, durable, func(t *tx) error {
		if t.count("DELETE FROM identity WHERE id = ? AND NOT own", id) == 0 && t.err == nil {
			return notFound("identity")
		}
		return t.err
	})
}

func addIdentity(t *tx, identity mail.Identity) mail.IdentityID {
	return mail.IdentityID(t.exec("INSERT INTO identity (account, own, settings) VALUES (?, ?, ?)",
		identity.Account, identity.Own, identitySettings(identity)))
}

// identitySettings is the JSON of what the columns don't hold.
func identitySettings(identity mail.Identity) string {
	identity.ID, identity.Account = 0, 0
	return toJSON(identity)
}

func readIdentities(t *tx, where string, args ...any) []mail.Identity {
	var out []mail.Identity
	t.each(`SELECT i.id, i.account, i.own, i.settings, a.settings ->> '$.Name', a.settings ->> '$.Email'
		FROM identity i JOIN account a ON a.id = i.account WHERE `+where+" ORDER BY i.account, NOT i.own, i.id", args,
		func(scan func(...any)) {
			var id mail.IdentityID
			var account mail.AccountID
			var own bool
			var settings string
			var address mail.Address
			scan(&id, &account, &own, &settings, &address.Name, &address.Email)
			identity := fromJSON[mail.Identity](settings)
			identity.ID, identity.Account, identity.Own = id, account, own
			if own {
				identity.Address = address
			}
			out = append(out, identity)
		})
	return out
}
