package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"waxwing/backend/engine"
	"waxwing/backend/mail"
)

func mailboxList(set *flag.FlagSet) action {
	account := accountFlag(set)
	return func(ctx context.Context, c *cli, args []string) (result, error) {
		if len(args) != 0 {
			return result{}, misused("mailbox list takes no %q", args[0])
		}
		lists, err := c.mailboxes(ctx, *account)
		if err != nil {
			return result{}, err
		}
		document := listJSON[mailboxJSON]{List: []mailboxJSON{}}
		for _, l := range lists {
			for _, b := range l.Mailboxes {
				document.List = append(document.List, mailboxDocument(l.Account, b))
			}
		}
		document.Total = len(document.List)
		return result{document: document, text: func(w io.Writer) error {
			table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
			for _, l := range lists {
				for _, b := range l.Mailboxes {
					fmt.Fprintf(table, "%s\t%s\t%s\t%d\t%d unread\n", mail.MailboxRef(l.Account, b.ID),
						printable(b.Path), b.Role, b.TotalEmails, b.UnreadEmails)
				}
			}
			return table.Flush()
		}}, nil
	}
}

// mailboxes lists the mailboxes of the chosen accounts.
func (c *cli) mailboxes(ctx context.Context, account string) ([]engine.AccountMailboxes, error) {
	accounts, err := c.chosen(ctx, account)
	if err != nil {
		return nil, err
	}
	var lists []engine.AccountMailboxes
	for _, a := range accounts {
		db, err := c.engine.Store(a.ID)
		if err != nil {
			return nil, err
		}
		boxes, err := db.Mailboxes(ctx)
		if err != nil {
			return nil, err
		}
		lists = append(lists, engine.AccountMailboxes{Account: a.ID, Mailboxes: boxes})
	}
	return lists, nil
}

// mailbox finds the one mailbox of the chosen accounts that a person names: by
// id, role, path or name, in this order; letter case matters only where
// nothing else tells two apart.
func (c *cli) mailbox(ctx context.Context, account, name string) (mail.Ref, error) {
	lists, err := c.mailboxes(ctx, account)
	if err != nil {
		return mail.Ref{}, err
	}
	ways := []func(mail.Ref, mail.Mailbox) bool{
		func(r mail.Ref, _ mail.Mailbox) bool { return r.String() == name },
		func(_ mail.Ref, b mail.Mailbox) bool { return b.Role != "" && strings.EqualFold(string(b.Role), name) },
		func(_ mail.Ref, b mail.Mailbox) bool { return b.Path == name },
		func(_ mail.Ref, b mail.Mailbox) bool { return b.Name == name },
		func(_ mail.Ref, b mail.Mailbox) bool { return strings.EqualFold(b.Path, name) },
		func(_ mail.Ref, b mail.Mailbox) bool { return strings.EqualFold(b.Name, name) },
	}
	for _, matches := range ways {
		var found []mail.Ref
		for _, l := range lists {
			for _, b := range l.Mailboxes {
				if ref := mail.MailboxRef(l.Account, b.ID); matches(ref, b) {
					found = append(found, ref)
				}
			}
		}
		switch len(found) {
		case 0:
		case 1:
			return found[0], nil
		default:
			return mail.Ref{}, misused("%q could be %v: give --account or the mailbox's id", name, found)
		}
	}
	return mail.Ref{}, &mail.Error{Code: mail.CodeNotFound, Args: map[string]string{"id": "mailbox " + name}}
}
