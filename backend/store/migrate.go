package store

import (
	"context"
	"database/sql"
	"embed"
	"fmt"
	"io/fs"

	"waxwing/backend/mail"
)

// The schema's history: <app|account>_<version>.sql leads from the version
// before to its own. A published file is never changed.
//
//go:embed schema/*.sql
var schema embed.FS

// migrations returns the steps of one kind of database, oldest first.
func migrations(kind string) []string {
	names, err := fs.Glob(schema, "schema/"+kind+"_*.sql") // sorted
	if err != nil {
		panic(err) // the pattern is a constant
	}
	var steps []string
	for _, name := range names {
		text, err := schema.ReadFile(name)
		if err != nil {
			panic(err) // it was listed
		}
		steps = append(steps, string(text))
	}
	return steps
}

// migrate brings the database from its version, user_version, to the last
// step's, each step in a transaction of its own.
func migrate(ctx context.Context, c *sql.Conn, steps []string) error {
	var version int
	if err := c.QueryRowContext(ctx, "PRAGMA user_version").Scan(&version); err != nil {
		return err
	}
	if version > len(steps) {
		return &mail.Error{Code: mail.CodeNewerDatabase,
			Err: fmt.Errorf("store: database has version %d, this program knows %d", version, len(steps))}
	}
	for ; version < len(steps); version++ {
		t, err := c.BeginTx(ctx, nil)
		if err != nil {
			return err
		}
		_, err = t.ExecContext(ctx, steps[version])
		if err == nil {
			_, err = t.ExecContext(ctx, fmt.Sprintf("PRAGMA user_version = %d", version+1))
		}
		if err != nil {
			_ = t.Rollback() // the first error tells more
			return fmt.Errorf("to version %d: %w", version+1, err)
		}
		if err := t.Commit(); err != nil {
			return err
		}
	}
	return nil
}
