package engine

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"waxwing/backend/mail"
	"waxwing/backend/message"
	"waxwing/backend/store"
)

// Finding is one thing that Check found.
type Finding struct {
	Account mail.AccountID // 0 when it is about the data folder
	Path    string         // of the file that it is about
	// Problem says what a person can do about it; nil when it is mended.
	Problem *mail.Error
	store.Finding
}

// Check verifies every account's store and what lies in the data folder, and
// mends what can be derived again. What a person must look at comes back as a
// finding that isn't mended.
func (e *Engine) Check(ctx context.Context) ([]Finding, error) {
	findings := []Finding{}
	for _, a := range e.all() {
		db, err := a.store()
		if err != nil {
			findings = append(findings, unreadable(a, err))
			continue
		}
		list, err := db.Check(ctx, message.Content)
		if mail.CodeOf(err) == mail.CodeDamaged {
			findings = append(findings, unreadable(a, err))
			continue
		}
		if err != nil {
			return findings, fmt.Errorf("check account %d: %w", a.id, err)
		}
		for _, f := range list {
			finding := Finding{Account: a.id, Path: a.file, Finding: f}
			if !f.Mended {
				finding.Problem = damaged(a.file, "")
			}
			findings = append(findings, finding)
		}
	}
	strays, err := e.strays()
	if err != nil {
		return findings, err
	}
	for _, name := range strays {
		what := fmt.Sprintf("The file %s belongs to no account.", name)
		findings = append(findings, Finding{Path: name, Problem: damaged(name, "stray"), Finding: store.Finding{What: what}})
	}
	return findings, nil
}

// unreadable is the finding of a database that can't be checked.
func unreadable(a *account, err error) Finding {
	what := fmt.Sprintf("The account's database can't be read (%s).", mail.CodeOf(err))
	return Finding{a.id, a.file, mail.AsError(err), store.Finding{What: what}}
}

// damaged is the problem of a file that Check can't mend.
func damaged(path, reason string) *mail.Error {
	args := map[string]string{"path": path}
	if reason != "" {
		args["reason"] = reason
	}
	return &mail.Error{Code: mail.CodeDamaged, Args: args}
}

// strays lists files among the accounts' that no account owns.
func (e *Engine) strays() ([]string, error) {
	entries, err := os.ReadDir(e.folder.accountsDir())
	if err != nil {
		return nil, fmt.Errorf("list account files: %w", err)
	}
	owned := map[string]bool{}
	for _, a := range e.all() {
		owned[filepath.Base(a.file)] = true
	}
	var strays []string
	for _, entry := range entries {
		base, _, _ := strings.Cut(entry.Name(), "-") // SQLite's "-wal", "-shm", "-journal"
		if !owned[base] {
			strays = append(strays, filepath.Join(e.folder.accountsDir(), entry.Name()))
		}
	}
	return strays, nil
}
