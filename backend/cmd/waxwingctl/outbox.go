package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"slices"
	"text/tabwriter"
	"time"

	"waxwing/backend/engine"
	"waxwing/backend/mail"
)

func outboxList(set *flag.FlagSet) action {
	account := accountFlag(set)
	return func(ctx context.Context, c *cli, args []string) (result, error) {
		if len(args) != 0 {
			return result{}, misused("outbox list takes no %q", args[0])
		}
		accounts, err := c.chosen(ctx, *account)
		if err != nil {
			return result{}, err
		}
		list, err := c.engine.Submissions(ctx)
		if err != nil {
			return result{}, err
		}
		list = slices.DeleteFunc(list, func(s engine.AccountSubmission) bool { return !among(accounts, s.Account) })
		document := listJSON[submissionJSON]{List: []submissionJSON{}, Total: len(list)}
		for _, s := range list {
			document.List = append(document.List, submissionDocument(s))
		}
		return result{document: document, text: func(w io.Writer) error {
			table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
			for _, s := range list {
				fmt.Fprintf(table, "%s\t%s\t%s\n", s.Ref(), submissionText(s), line(s.Subject))
			}
			return table.Flush()
		}}, nil
	}
}

// among reports whether an account is one of those.
func among(accounts []mail.Account, id mail.AccountID) bool {
	return slices.ContainsFunc(accounts, func(a mail.Account) bool { return a.ID == id })
}

// submissionText is a submission's state in words.
func submissionText(s engine.AccountSubmission) string {
	text := string(s.State)
	switch {
	case s.State == mail.SubmissionQueued && s.RetryAt.After(time.Now()):
		text += ", tried again from " + s.RetryAt.Local().Format(time.DateTime)
	case s.State == mail.SubmissionQueued && s.SendAt.After(time.Now()):
		text += ", sent from " + s.SendAt.Local().Format(time.DateTime)
	}
	if s.Problem != nil {
		text += ": " + line(sentence(s.Problem))
	}
	return text
}

// onSubmission makes a command that takes the ID of one submission.
func onSubmission(do func(context.Context, *cli, mail.Ref) (result, error)) action {
	return func(ctx context.Context, c *cli, args []string) (result, error) {
		if len(args) != 1 {
			return result{}, misused("the ID of one submission is needed")
		}
		ref, err := mail.ParseRef(args[0], mail.RefSubmission)
		if err != nil {
			return result{}, err
		}
		if _, err := c.open(ctx); err != nil {
			return result{}, err
		}
		return do(ctx, c, ref)
	}
}

func outboxCancel(*flag.FlagSet) action {
	return onSubmission(func(ctx context.Context, c *cli, ref mail.Ref) (result, error) {
		draft, err := c.engine.CancelSubmission(ctx, ref)
		if err != nil {
			return result{}, err
		}
		document := map[string]*string{"draftId": nil}
		text := "Taken back; the message was no draft and is gone.\n"
		if draft.ID != 0 {
			id := draft.Ref().String()
			document["draftId"], text = &id, "Taken back: it is draft "+id+" again.\n"
		}
		return result{document: document, text: func(w io.Writer) error {
			_, err := io.WriteString(w, text)
			return err
		}}, nil
	})
}

func outboxRetry(set *flag.FlagSet) action {
	sent, notSent := set.Bool("sent", false, ""), set.Bool("not-sent", false, "")
	return onSubmission(func(ctx context.Context, c *cli, ref mail.Ref) (result, error) {
		if *sent && *notSent {
			return result{}, misused("a message was either sent or not")
		}
		retry := c.engine.RetrySubmission
		if *sent || *notSent {
			retry = func(ctx context.Context, ref mail.Ref) error { return c.engine.ResolveSubmission(ctx, ref, *sent) }
		}
		if err := retry(ctx, ref); err != nil {
			return result{}, err
		}
		return c.sendNow(ctx, ref)
	})
}

func draftList(set *flag.FlagSet) action {
	account := accountFlag(set)
	return func(ctx context.Context, c *cli, args []string) (result, error) {
		if len(args) != 0 {
			return result{}, misused("draft list takes no %q", args[0])
		}
		accounts, err := c.chosen(ctx, *account)
		if err != nil {
			return result{}, err
		}
		list, err := c.engine.Drafts(ctx)
		if err != nil {
			return result{}, err
		}
		list = slices.DeleteFunc(list, func(d engine.AccountDraft) bool { return !among(accounts, d.Account) })
		document := listJSON[draftJSON]{List: []draftJSON{}, Total: len(list)}
		for _, d := range list {
			document.List = append(document.List, draftDocument(d))
		}
		return result{document: document, text: func(w io.Writer) error {
			table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
			for _, d := range list {
				fmt.Fprintf(table, "%s\t%s\t%s\t%s\n", d.Ref(), d.SavedAt.Local().Format(time.DateTime),
					line(addressText(d.To)), line(d.Subject))
			}
			return table.Flush()
		}}, nil
	}
}
