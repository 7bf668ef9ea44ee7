package main

import (
	"context"
	"flag"
	"io"

	"waxwing/backend/engine"
	"waxwing/backend/mail"
)

// oneAccount opens the engine and returns the account that a command's only argument
// names.
func (c *cli) oneAccount(ctx context.Context, command string, args []string) (*engine.Engine, mail.Account, error) {
	if len(args) != 1 {
		return nil, mail.Account{}, misused("%s takes one ID", command)
	}
	ref, err := mail.ParseRef(args[0], mail.RefAccount)
	if err != nil {
		return nil, mail.Account{}, err
	}
	e, err := c.open(ctx)
	if err != nil {
		return nil, mail.Account{}, err
	}
	account, err := e.Account(ctx, ref.Account)
	return e, account, err
}

// done is the result of a command about one account of which there is nothing to tell
// but that it was done.
func done(id mail.AccountID, what string) result {
	ref := mail.AccountRef(id).String()
	return result{document: map[string]string{"id": ref}, text: func(w io.Writer) error {
		_, err := io.WriteString(w, what+" "+ref+".\n")
		return err
	}}
}

// accountSet changes what is neither about servers nor about signing in. What isn't
// given stays as it is.
func accountSet(set *flag.FlagSet) action {
	name := set.String("name", "", "")
	keepWord := set.String("keep", "all", "")
	signatureFile := set.String("signature-file", "", "")
	return func(ctx context.Context, c *cli, args []string) (result, error) {
		given := map[string]bool{}
		set.Visit(func(f *flag.Flag) { given[f.Name] = true })
		if !given["name"] && !given["keep"] && !given["signature-file"] {
			return result{}, misused("account set needs one of --name, --keep, --signature-file")
		}
		keep, err := readKeep(*keepWord)
		if err != nil {
			return result{}, err
		}
		signature, err := readSignature(*signatureFile)
		if err != nil {
			return result{}, err
		}
		e, account, err := c.oneAccount(ctx, "account set", args)
		if err != nil {
			return result{}, err
		}
		if given["name"] {
			account.Name = *name
		}
		if given["keep"] {
			account.Keep = keep
		}
		if err := e.UpdateAccount(ctx, account); err != nil {
			return result{}, err
		}
		if given["signature-file"] {
			if err := setSignature(ctx, e, account.ID, signature); err != nil {
				return result{}, err
			}
		}
		return done(account.ID, "Changed"), nil
	}
}

// readKeep reads --keep: how much mail is kept on this computer.
func readKeep(word string) (mail.Keep, error) {
	if word == "all" {
		return mail.KeepAll, nil
	}
	if keep := mail.Keep(word); keep != mail.KeepAll && keep.Known() {
		return keep, nil
	}
	return "", misused("--keep is all, year, quarter or month, not %q", word)
}
