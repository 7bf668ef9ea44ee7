package app

import (
	"context"
	"strconv"

	"waxwing/backend/engine"
	"waxwing/backend/mail"
)

// Identities are the addresses that the accounts write from.
type Identities struct{ shell *shell }

// List returns them by account, each account's own first.
func (s *Identities) List() ([]Identity, error) {
	e, ctx, err := s.shell.engine()
	if err != nil {
		return nil, err
	}
	list, err := e.Identities(ctx)
	return each(list, toIdentity), err
}

// Set keeps an identity, a new one without an id, and returns it as it is kept.
func (s *Identities) Set(identity Identity) (Identity, error) {
	e, ctx, err := s.shell.engine()
	if err != nil {
		return Identity{}, err
	}
	i, err := identity.identity()
	if err != nil {
		return Identity{}, err
	}
	kept, err := e.SetIdentity(ctx, i)
	return toIdentity(kept), err
}

// Remove forgets an alias.
func (s *Identities) Remove(id string) error {
	e, ctx, err := s.shell.engine()
	if err != nil {
		return err
	}
	n, err := parseIdentity(id)
	if err != nil {
		return err
	}
	return e.RemoveIdentity(ctx, n)
}

func toIdentity(i mail.Identity) Identity {
	address := func(a mail.Address) Address { return Address(a) }
	return Identity{
		ID: strconv.FormatInt(int64(i.ID), 10), Account: mail.AccountRef(i.Account).String(), Own: i.Own,
		Name: i.Address.Name, Email: i.Address.Email,
		ReplyTo: each(i.ReplyTo, address), Bcc: each(i.Bcc, address), Signature: i.Signature,
	}
}

func (i Identity) identity() (mail.Identity, error) {
	account, err := mail.ParseRef(i.Account, mail.RefAccount)
	if err != nil {
		return mail.Identity{}, err
	}
	address := func(a Address) mail.Address { return mail.Address(a) }
	out := mail.Identity{
		Account: account.Account, Address: mail.Address{Name: i.Name, Email: i.Email},
		ReplyTo: each(i.ReplyTo, address), Bcc: each(i.Bcc, address), Signature: i.Signature,
	}
	if i.ID != "" {
		out.ID, err = parseIdentity(i.ID)
	}
	return out, err
}

func parseIdentity(id string) (mail.IdentityID, error) {
	n, err := strconv.ParseInt(id, 10, 64)
	if err != nil || n <= 0 {
		return 0, &mail.Error{Code: mail.CodeNotFound, Args: map[string]string{"id": id}}
	}
	return mail.IdentityID(n), nil
}

// setSignature keeps the signature of an account's own identity.
func setSignature(ctx context.Context, e *engine.Engine, id mail.AccountID, signature string) error {
	own, err := e.OwnIdentity(ctx, id)
	if err != nil || own.Signature == signature {
		return err
	}
	own.Signature = signature
	_, err = e.SetIdentity(ctx, own)
	return err
}
