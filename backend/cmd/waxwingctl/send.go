package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"time"

	"waxwing/backend/engine"
	"waxwing/backend/mail"
	"waxwing/backend/message"
)

// maxMessage bounds what is read of a message to be sent, in octets: more than any
// server takes.
const maxMessage = 200 << 20

func sendMessage(set *flag.FlagSet) action {
	account := accountFlag(set)
	from, server := set.String("from", "", ""), set.String("server", "", "")
	var to []string
	set.Func("to", "", func(address string) error {
		if address == "" {
			return errors.New("it is empty")
		}
		to = append(to, address)
		return nil
	})
	return func(ctx context.Context, c *cli, args []string) (result, error) {
		if len(args) != 1 {
			return result{}, misused("send takes one file, or - for stdin")
		}
		id, err := c.sender(ctx, *account)
		if err != nil {
			return result{}, err
		}
		raw, err := c.readMessage(args[0])
		if err != nil {
			return result{}, err
		}
		if id == 0 {
			if id, err = c.senderOf(ctx, raw); err != nil {
				return result{}, err
			}
		}
		envelope := engine.Envelope{From: *from, To: to}
		ref, err := c.engine.SendMessage(ctx, id, envelope, raw, engine.SendOptions{At: time.Now(), Through: mail.OutgoingID(*server)})
		if err != nil {
			return result{}, err
		}
		return c.sendNow(ctx, ref)
	}
}

// sender is the account that --account names, or the only one there is; 0 when the
// message must tell.
func (c *cli) sender(ctx context.Context, account string) (mail.AccountID, error) {
	accounts, err := c.chosen(ctx, account)
	if err != nil || len(accounts) != 1 {
		return 0, err
	}
	return accounts[0].ID, nil
}

// senderOf is the account whose address a message is from.
func (c *cli) senderOf(ctx context.Context, raw []byte) (mail.AccountID, error) {
	accounts, err := c.chosen(ctx, "")
	if err != nil {
		return 0, err
	}
	from := message.Content(raw).From
	at := slices.IndexFunc(accounts, func(a mail.Account) bool {
		return len(from) > 0 && strings.EqualFold(a.Email, from[0].Email)
	})
	if at < 0 {
		return 0, misused("--account is needed: the message is from none of the accounts' addresses")
	}
	return accounts[at].ID, nil
}

// readMessage reads a message from a file, or for "-" from stdin. What reads a
// passphrase there has done so before.
func (c *cli) readMessage(path string) ([]byte, error) {
	in := c.in
	if path != "-" {
		file, err := os.Open(path)
		if err != nil {
			return nil, misused("%v", err)
		}
		defer file.Close()
		in = file
	}
	raw, err := io.ReadAll(io.LimitReader(in, maxMessage+1))
	switch {
	case err != nil:
		return nil, misused("%s: %v", path, err)
	case len(raw) > maxMessage:
		return nil, &mail.Error{Code: mail.CodeTooLarge}
	}
	return raw, nil
}

// sendNow tries what is due in an account and tells what became of one submission. It
// fails unless that was sent.
func (c *cli) sendNow(ctx context.Context, ref mail.Ref) (result, error) {
	if err := c.engine.SendOnce(ctx, ref.Account); err != nil {
		return result{}, err
	}
	sub, err := c.engine.Submission(context.WithoutCancel(ctx), ref)
	if err != nil {
		return result{}, err
	}
	done := result{document: submissionDocument(sub), text: func(w io.Writer) error {
		_, err := fmt.Fprintf(w, "%s %s\n", ref, submissionText(sub))
		return err
	}}
	if sub.State == mail.SubmissionSent {
		done.note = "The next sync puts the copy into the mailbox of sent mail."
	}
	if sub.Problem != nil && sub.State != mail.SubmissionSent && sub.State != mail.SubmissionCopied {
		return done, sub.Problem
	}
	return done, nil
}
