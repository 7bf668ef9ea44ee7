package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"sync"
	"text/tabwriter"

	"waxwing/backend/events"
	"waxwing/backend/mail"
)

func syncAccounts(set *flag.FlagSet) action {
	account := accountFlag(set)
	watch := set.Bool("watch", false, "")
	return func(ctx context.Context, c *cli, args []string) (result, error) {
		if len(args) != 0 {
			return result{}, misused("sync takes no %q", args[0])
		}
		accounts, err := c.chosen(ctx, *account)
		if err != nil {
			return result{}, err
		}
		before, err := c.refusals(ctx)
		if err != nil {
			return result{}, err
		}
		progress := &progressPrinter{w: c.err, accounts: accounts, last: map[mail.AccountID]string{}}
		if *watch {
			c.watch(ctx, accounts, progress)
			return c.syncResult(accounts, nil, nil), nil
		}
		failures := c.syncAll(ctx, accounts, progress)
		refused, err := c.newRefusals(ctx, before, progress)
		errs := []error{err}
		for _, a := range accounts {
			errs = append(errs, failures[a.ID])
			for _, op := range refused[a.ID] {
				errs = append(errs, op.Problem)
			}
		}
		return c.syncResult(accounts, failures, refused), errors.Join(errs...)
	}
}

// refusals returns the operations that servers have refused so far. They stay
// listed until somebody dismisses them in the window.
func (c *cli) refusals(ctx context.Context) (map[mail.Ref]bool, error) {
	operations, err := c.engine.Operations(ctx)
	refused := map[mail.Ref]bool{}
	for _, op := range operations {
		if op.State == mail.OperationRefused {
			refused[mail.OperationRef(op.Account, op.ID)] = true
		}
	}
	return refused, err
}

// newRefusals returns by account the operations that were refused since before,
// and tells of them and of those that wait because of a problem.
func (c *cli) newRefusals(ctx context.Context, before map[mail.Ref]bool, p *progressPrinter) (map[mail.AccountID][]mail.Operation, error) {
	operations, err := c.engine.Operations(context.WithoutCancel(ctx))
	refused := map[mail.AccountID][]mail.Operation{}
	for _, op := range operations {
		id := mail.OperationRef(op.Account, op.ID)
		if op.Problem == nil || before[id] {
			continue
		}
		if op.State != mail.OperationRefused {
			p.say(op.Account, fmt.Sprintf("%s waits: %s", id, sentence(op.Problem)))
			continue
		}
		p.say(op.Account, fmt.Sprintf("%s refused: %s", id, sentence(op.Problem)))
		refused[op.Account] = append(refused[op.Account], op.Operation)
	}
	return refused, err
}

// syncAll brings the accounts up to date, all at once, and returns the errors
// of those that failed, or of whose mailboxes some did.
func (c *cli) syncAll(ctx context.Context, accounts []mail.Account, p *progressPrinter) map[mail.AccountID]error {
	var (
		group    sync.WaitGroup
		mu       sync.Mutex
		failures = map[mail.AccountID]error{}
	)
	for _, a := range accounts {
		group.Go(func() {
			err := c.engine.SyncOnce(ctx, a.ID, p.print)
			if err != nil {
				p.say(a.ID, sentence(mail.AsError(err)))
			} else if problem := c.engine.Status(a.ID).Problem; problem != nil {
				err = problem // of some mailboxes; the progress told of it
			}
			if err != nil {
				mu.Lock()
				failures[a.ID] = err
				mu.Unlock()
			}
		})
	}
	group.Wait()
	return failures
}

// watch keeps the accounts up to date and tells of it until ctx ends.
func (c *cli) watch(ctx context.Context, accounts []mail.Account, p *progressPrinter) {
	var ids []mail.AccountID
	for _, a := range accounts {
		ids = append(ids, a.ID)
	}
	cancel := c.bus.Subscribe(func(e events.Event) {
		switch e := e.(type) {
		case events.StatusChanged:
			p.print(e.Status)
		case events.Arrived:
			p.say(e.Account, fmt.Sprintf("%d new message(s)", len(e.Messages)))
		case events.Refused:
			p.say(e.Account, fmt.Sprintf("%s refused: %s",
				mail.OperationRef(e.Account, e.Operation.ID), sentence(e.Operation.Problem)))
		}
	})
	defer cancel()
	c.engine.Start(ctx, ids...)
	<-ctx.Done()
}

// syncResult tells where the accounts stand.
func (c *cli) syncResult(
	accounts []mail.Account, failures map[mail.AccountID]error, refused map[mail.AccountID][]mail.Operation,
) result {
	document := listJSON[statusJSON]{List: []statusJSON{}, Total: len(accounts)}
	for _, a := range accounts {
		status := statusDocument(a, c.engine.Status(a.ID))
		if err := failures[a.ID]; err != nil {
			status.Error = errorDocument(err)
			if document.Error == nil {
				document.Error = status.Error
			}
		}
		for _, op := range refused[a.ID] {
			refusal := refusalJSON{mail.OperationRef(a.ID, op.ID).String(), errorDocument(op.Problem)}
			status.Refused = append(status.Refused, refusal)
			if document.Error == nil {
				document.Error = refusal.Error
			}
		}
		document.List = append(document.List, status)
	}
	return result{document: document, text: func(w io.Writer) error {
		table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
		for _, s := range document.List {
			fmt.Fprintf(table, "%s\t%s\t%s", s.AccountID, printable(s.Email), s.Phase)
			if s.Pending > 0 {
				fmt.Fprintf(table, "\t%d waiting", s.Pending)
			}
			fmt.Fprintln(table)
		}
		return table.Flush()
	}}
}

// progressPrinter tells of what the accounts do, one line for each news.
type progressPrinter struct {
	w        io.Writer
	accounts []mail.Account

	mu   sync.Mutex
	last map[mail.AccountID]string
}

// print tells of a status that differs from the last in what a person reads.
func (p *progressPrinter) print(s mail.Status) {
	text := string(s.Phase)
	if s.Phase == mail.PhaseSyncing {
		if s.Mailbox != "" {
			text += " " + s.Mailbox
		}
		if s.Total > 0 {
			text += fmt.Sprintf(" %d of %d", s.Done, s.Total)
		}
	}
	if s.Problem != nil {
		if s.Phase == mail.PhaseUpToDate {
			text += " but for " + s.Problem.Args["mailbox"]
		}
		text += ": " + sentence(s.Problem)
	}
	p.say(s.Account, text)
}

func (p *progressPrinter) say(id mail.AccountID, text string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.last[id] == text {
		return
	}
	p.last[id] = text
	name := mail.AccountRef(id).String()
	for _, a := range p.accounts {
		if a.ID == id {
			name = a.Email
		}
	}
	fmt.Fprintf(p.w, "%s: %s\n", printable(name), printable(text))
}
