package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"time"

	"waxwing/backend/connect"
	"waxwing/backend/mail"
)

// verificationJSON is how far it is proven that an account works both ways.
type verificationJSON struct {
	State string     `json:"state"`
	At    *time.Time `json:"at"`
	Junk  bool       `json:"junk"`
	Half  string     `json:"half,omitempty"`
	Error *errorJSON `json:"error,omitempty"`
}

// verifyJSON is the result of account verify.
type verifyJSON struct {
	reportJSON
	ID           string           `json:"id"`
	Verification verificationJSON `json:"verification"`
}

func accountVerify(*flag.FlagSet) action {
	return func(ctx context.Context, c *cli, args []string) (result, error) {
		e, account, err := c.oneAccount(ctx, "account verify", args)
		if err != nil {
			return result{}, err
		}
		ref := mail.AccountRef(account.ID)
		printed := stepPrinter{w: c.err, done: map[connect.StepName]bool{}}
		report, outcome, err := e.VerifyAccount(ctx, account.ID, printed.report)
		if err != nil {
			return result{}, err
		}
		// What the report calls a problem is the verification's, too.
		tested, problem := testResult(report)
		document := verifyJSON{tested.document.(reportJSON), ref.String(), verificationDocument(outcome)}
		return result{document: document, text: func(w io.Writer) error {
			if problem != nil {
				return nil
			}
			_, err := fmt.Fprintf(w, "%s sends and receives.\n", ref)
			if err == nil && outcome.Junk {
				_, err = fmt.Fprintln(w, "The message was taken for spam.")
			}
			return err
		}}, problem
	}
}

func verificationDocument(v mail.Verification) verificationJSON {
	d := verificationJSON{State: string(v.State), Junk: v.Junk, Half: v.Half}
	if !v.At.IsZero() {
		at := v.At.UTC()
		d.At = &at
	}
	if v.Problem != nil {
		d.Error = errorDocument(v.Problem)
	}
	return d
}
