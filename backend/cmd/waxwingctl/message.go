package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"time"

	"waxwing/backend/engine"
	"waxwing/backend/mail"
	"waxwing/backend/store"
)

const (
	usualLimit = 50
	mostLimit  = 500
)

// limitFlag declares --limit.
func limitFlag(set *flag.FlagSet) *int { return set.Int("limit", usualLimit, "") }

func checkLimit(n int) error {
	if n < 1 || n > mostLimit {
		return misused("--limit is 1 to %d, not %d", mostLimit, n)
	}
	return nil
}

func messageList(set *flag.FlagSet) action {
	account := accountFlag(set)
	name := set.String("mailbox", "", "")
	limit := limitFlag(set)
	before := set.String("before", "", "")
	return func(ctx context.Context, c *cli, args []string) (result, error) {
		if len(args) != 0 {
			return result{}, misused("message list takes no %q", args[0])
		}
		if *name == "" {
			return result{}, misused("--mailbox is needed")
		}
		if err := checkLimit(*limit); err != nil {
			return result{}, err
		}
		ref, err := c.mailbox(ctx, *account, *name)
		if err != nil {
			return result{}, err
		}
		db, err := c.engine.Store(ref.Account)
		if err != nil {
			return result{}, err
		}
		box, err := db.Mailbox(ctx, mail.MailboxID(ref.N))
		if err != nil {
			return result{}, err
		}
		page, err := db.Messages(ctx, store.MessageQuery{Mailbox: box.ID, Before: *before, Limit: *limit})
		if err != nil {
			return result{}, err
		}
		list := make([]engine.AccountMessage, len(page.Messages))
		for i, m := range page.Messages {
			list[i] = engine.AccountMessage{Account: ref.Account, Message: m}
		}
		return messagesResult(list, box.TotalEmails, page.Next), nil
	}
}

// messagesResult is a page of messages.
func messagesResult(list []engine.AccountMessage, total int, next string) result {
	document := listJSON[emailJSON]{List: []emailJSON{}, Total: total}
	if next != "" {
		document.Next = &next
	}
	for _, m := range list {
		document.List = append(document.List, emailDocument(m.Account, m.Message))
	}
	return result{document: document, text: func(w io.Writer) error {
		table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
		for _, m := range list {
			fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%s\n", mail.MessageRef(m.Account, m.ID), marks(m.Message),
				m.ReceivedAt.Local().Format(time.DateTime), line(addressText(m.From)), line(m.Subject))
		}
		if next != "" {
			fmt.Fprintf(table, "more: --before %s\n", next)
		}
		return table.Flush()
	}}
}

// marks shows a message's state in three places: unread, flagged, attachment.
func marks(m mail.Message) string {
	s := []byte("...")
	if !m.Has(mail.KeywordSeen) {
		s[0] = 'U'
	}
	if m.Has(mail.KeywordFlagged) {
		s[1] = 'F'
	}
	if m.HasAttachment() {
		s[2] = 'A'
	}
	return string(s)
}

// line is text made fit for one field of a table.
func line(s string) string { return strings.Join(strings.Fields(printable(s)), " ") }

// addressText shows addresses as a person writes them.
func addressText(list []mail.Address) string {
	texts := make([]string, len(list))
	for i, a := range list {
		switch {
		case a.Name == "":
			texts[i] = a.Email
		case a.Email == "":
			texts[i] = a.Name
		default:
			texts[i] = a.Name + " <" + a.Email + ">"
		}
	}
	return strings.Join(texts, ", ")
}

// messageRefs reads the ids of messages; at least one.
func messageRefs(ids []string) ([]mail.Ref, error) {
	if len(ids) == 0 {
		return nil, misused("at least one message ID is needed")
	}
	refs := make([]mail.Ref, len(ids))
	for i, id := range ids {
		ref, err := mail.ParseRef(id, mail.RefMessage)
		if err != nil {
			return nil, err
		}
		refs[i] = ref
	}
	return refs, nil
}

// change runs a change of messages and tells of it. What was done before
// something failed is told, too.
func (c *cli) change(
	ctx context.Context, ids []string, do func(*engine.Engine, []mail.Ref) (engine.Receipt, error),
) (result, error) {
	refs, err := messageRefs(ids)
	if err != nil {
		return result{}, err
	}
	e, err := c.open(ctx)
	if err != nil {
		return result{}, err
	}
	for _, ref := range refs {
		if _, err := e.Message(ctx, ref); err != nil {
			return result{}, err
		}
	}
	receipt, err := do(e, refs)
	if err != nil {
		return result{}, err
	}
	document := receiptJSON{Operations: []string{}, Total: receipt.Count}
	for _, op := range receipt.Operations {
		document.Operations = append(document.Operations, op.String())
	}
	return result{document: document, text: func(w io.Writer) error {
		_, err := fmt.Fprintf(w, "Done here for %d message(s); the next sync tells the server.\n", receipt.Count)
		return err
	}}, nil
}

func messageMark(set *flag.FlagSet) action {
	read, unread := set.Bool("read", false, ""), set.Bool("unread", false, "")
	flagged, unflag := set.Bool("flag", false, ""), set.Bool("unflag", false, "")
	return func(ctx context.Context, c *cli, args []string) (result, error) {
		var add, remove []mail.Keyword
		for _, mark := range []struct {
			asked   bool
			list    *[]mail.Keyword
			keyword mail.Keyword
		}{
			{*read, &add, mail.KeywordSeen},
			{*unread, &remove, mail.KeywordSeen},
			{*flagged, &add, mail.KeywordFlagged},
			{*unflag, &remove, mail.KeywordFlagged},
		} {
			if mark.asked {
				*mark.list = append(*mark.list, mark.keyword)
			}
		}
		switch {
		case *read && *unread, *flagged && *unflag:
			return result{}, misused("a message can't be marked as both")
		case len(add)+len(remove) == 0:
			return result{}, misused("one of --read, --unread, --flag, --unflag is needed")
		}
		return c.change(ctx, args, func(e *engine.Engine, refs []mail.Ref) (engine.Receipt, error) {
			return e.SetKeywords(ctx, refs, add, remove)
		})
	}
}

func messageMove(set *flag.FlagSet) action {
	to := set.String("to", "", "")
	return func(ctx context.Context, c *cli, args []string) (result, error) {
		if *to == "" {
			return result{}, misused("--to is needed")
		}
		return c.change(ctx, args, func(e *engine.Engine, refs []mail.Ref) (engine.Receipt, error) {
			for _, ref := range refs {
				if ref.Account != refs[0].Account {
					return engine.Receipt{}, misused("messages of several accounts can't be moved at once")
				}
			}
			box, err := c.mailbox(ctx, mail.AccountRef(refs[0].Account).String(), *to)
			if err != nil {
				return engine.Receipt{}, err
			}
			return e.Move(ctx, refs, box)
		})
	}
}

func messageDelete(set *flag.FlagSet) action {
	forGood := set.Bool("for-good", false, "")
	return func(ctx context.Context, c *cli, args []string) (result, error) {
		return c.change(ctx, args, func(e *engine.Engine, refs []mail.Ref) (engine.Receipt, error) {
			if *forGood {
				return e.Destroy(ctx, refs)
			}
			return e.Delete(ctx, refs)
		})
	}
}

func searchMessages(set *flag.FlagSet) action {
	account := accountFlag(set)
	limit := limitFlag(set)
	return func(ctx context.Context, c *cli, args []string) (result, error) {
		query := strings.TrimSpace(strings.Join(args, " "))
		if query == "" {
			return result{}, misused("search takes a query")
		}
		if err := checkLimit(*limit); err != nil {
			return result{}, err
		}
		accounts, err := c.chosen(ctx, *account)
		if err != nil {
			return result{}, err
		}
		var only mail.AccountID
		if *account != "" {
			only = accounts[0].ID
		}
		found, err := c.engine.SearchMessages(ctx, query, only, *limit)
		if err != nil {
			return result{}, err
		}
		return messagesResult(found, len(found), ""), nil
	}
}
