package engine

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"unicode"

	"waxwing/backend/events"
	"waxwing/backend/mail"
	"waxwing/backend/render"
)

// Identities lists the addresses that the connected accounts write from, by account,
// each account's own first.
func (e *Engine) Identities(ctx context.Context) ([]mail.Identity, error) {
	list, err := e.app.Identities(ctx)
	if err != nil {
		return nil, err
	}
	out := []mail.Identity{}
	for _, i := range list {
		if _, err := e.account(i.Account); err == nil {
			out = append(out, i)
		}
	}
	return out, nil
}

// OwnIdentity returns the identity that is an account's own.
func (e *Engine) OwnIdentity(ctx context.Context, id mail.AccountID) (mail.Identity, error) {
	list, err := e.Identities(ctx)
	if err != nil {
		return mail.Identity{}, err
	}
	at := slices.IndexFunc(list, func(i mail.Identity) bool { return i.Account == id && i.Own })
	if at < 0 {
		return mail.Identity{}, &mail.Error{Code: mail.CodeNotFound, Args: map[string]string{"id": mail.AccountRef(id).String()}}
	}
	return list[at], nil
}

// SetIdentity keeps an identity, a new one when its ID is 0, and returns it as it is
// kept: its signature made safe. The header name of an account's own identity becomes
// the account's; its address changes with the account only. CodeInvalid names the
// field in Args["field"] ("email", "name", "replyTo", "bcc" or "signature").
func (e *Engine) SetIdentity(ctx context.Context, identity mail.Identity) (mail.Identity, error) {
	e.administration.Lock()
	defer e.administration.Unlock()
	a, err := e.account(identity.Account)
	if err != nil {
		return mail.Identity{}, err
	}
	info := a.current()
	if identity.ID == 0 {
		identity.Own = false
	} else if identity.Own, err = e.owns(ctx, identity.ID); err != nil {
		return mail.Identity{}, err
	}
	if identity, err = cleanIdentity(identity); err != nil {
		return mail.Identity{}, err
	}
	if identity.Own && !strings.EqualFold(identity.Address.Email, info.Email) {
		return mail.Identity{}, invalid("email")
	}
	if identity.ID, err = e.app.SetIdentity(ctx, identity); err != nil {
		return mail.Identity{}, fmt.Errorf("set identity: %w", err)
	}
	if identity.Own && identity.Address.Name != info.Name {
		info.Name = identity.Address.Name
		return identity, e.updateAccount(ctx, info) // which tells of it
	}
	e.bus.Publish(events.AccountsChanged{})
	return identity, nil
}

// owns reports whether an identity is its account's own.
func (e *Engine) owns(ctx context.Context, id mail.IdentityID) (bool, error) {
	list, err := e.app.Identities(ctx)
	for _, known := range list {
		if known.ID == id {
			return known.Own, err
		}
	}
	return false, err // the store says that there is none
}

// RemoveIdentity forgets an alias. What was written with it stays as it is.
func (e *Engine) RemoveIdentity(ctx context.Context, id mail.IdentityID) error {
	e.administration.Lock()
	defer e.administration.Unlock()
	if err := e.app.RemoveIdentity(ctx, id); err != nil {
		return fmt.Errorf("remove identity: %w", err)
	}
	e.bus.Publish(events.AccountsChanged{})
	return nil
}

// cleanIdentity returns the identity with blanks trimmed and its signature made safe,
// or which field can't be used.
func cleanIdentity(i mail.Identity) (mail.Identity, error) {
	var ok bool
	if i.Address, ok = cleanAddress(i.Address); !ok {
		return i, invalid("email")
	}
	if strings.ContainsFunc(i.Address.Name, unicode.IsControl) {
		return i, invalid("name")
	}
	for _, list := range []struct {
		field string
		of    *[]mail.Address
	}{{"replyTo", &i.ReplyTo}, {"bcc", &i.Bcc}} {
		*list.of = slices.Clone(*list.of)
		for n, address := range *list.of {
			if (*list.of)[n], ok = cleanAddress(address); !ok || strings.ContainsFunc(address.Name, unicode.IsControl) {
				return i, invalid(list.field)
			}
		}
	}
	if i.Signature, ok = render.Signature(i.Signature); !ok {
		return i, invalid("signature")
	}
	return i, nil
}

func cleanAddress(a mail.Address) (mail.Address, bool) {
	a = mail.Address{Name: strings.TrimSpace(a.Name), Email: strings.TrimSpace(a.Email)}
	return a, plausibleAddress(a.Email)
}
