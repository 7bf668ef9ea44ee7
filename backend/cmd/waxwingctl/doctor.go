package main

import (
	"context"
	"flag"
	"fmt"
	"io"

	"waxwing/backend/engine"
	"waxwing/backend/mail"
)

func doctor(*flag.FlagSet) action {
	return func(ctx context.Context, c *cli, args []string) (result, error) {
		if len(args) != 0 {
			return result{}, misused("doctor takes no %q", args[0])
		}
		e, err := c.open(ctx)
		if err != nil {
			return result{}, err
		}
		findings, err := e.Check(ctx)
		if err != nil {
			return result{}, err
		}
		document := listJSON[findingJSON]{List: []findingJSON{}, Total: len(findings)}
		var problem error
		for _, f := range findings {
			document.List = append(document.List, findingDocument(f))
			if problem == nil && f.Problem != nil {
				problem = f.Problem
				document.Error = errorDocument(problem)
			}
		}
		return result{document: document, text: func(w io.Writer) error { return writeFindings(w, document.List) }}, problem
	}
}

func findingDocument(f engine.Finding) findingJSON {
	d := findingJSON{What: f.What, Mended: f.Mended}
	if f.Account != 0 {
		id := mail.AccountRef(f.Account).String()
		d.AccountID = &id
	}
	return d
}

func writeFindings(w io.Writer, list []findingJSON) error {
	if len(list) == 0 {
		_, err := fmt.Fprintln(w, "All is well.")
		return err
	}
	for _, f := range list {
		where, mended := "data folder", ""
		if f.AccountID != nil {
			where = *f.AccountID
		}
		if f.Mended {
			mended = " Mended."
		}
		if _, err := fmt.Fprintf(w, "%s: %s%s\n", where, printable(f.What), mended); err != nil {
			return err
		}
	}
	return nil
}
