package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"path/filepath"
	"strings"
	"sync"

	"modernc.org/sqlite" // registers the driver "sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"waxwing/backend/mail"
)

// readers is how many transactions can read at the same time.
const readers = 3

// database is a file with one connection that writes and a few that read.
type database struct {
	path   string
	pools  []*sql.DB
	writer *conn
	mu     sync.Mutex // held by whoever uses writer
	idle   chan *conn // readers that nobody uses
	closed chan struct{}
}

// conn is a connection with its prepared statements.
type conn struct {
	path  string
	sql   *sql.Conn
	stmts map[string]*sql.Stmt
	full  bool // synchronous=FULL is on
}

// openDatabase opens or creates the file at path and brings its schema up to
// date with the migrations.
func openDatabase(ctx context.Context, path string, migrations []string) (*database, error) {
	path, err := filepath.Abs(path)
	if err != nil {
		return nil, err
	}
	if err := private(path); err != nil {
		return nil, explain(ctx, path, err)
	}
	d := &database{path: path, idle: make(chan *conn, readers), closed: make(chan struct{})}
	if err := d.open(ctx, migrations); err != nil {
		return nil, errors.Join(explain(ctx, path, err), d.close())
	}
	return d, nil
}

const commonPragmas = "_pragma=busy_timeout(10000)&_pragma=foreign_keys(1)&_pragma=temp_store(memory)"

// A larger log than SQLite's 1,000 pages means fewer checkpoints during a first
// sync. cache_size is in KB.
const writerPragmas = commonPragmas + "&_txlock=immediate&_pragma=journal_mode(wal)&_pragma=synchronous(normal)" +
	"&_pragma=cache_size(-24000)&_pragma=wal_autocheckpoint(4000)&_pragma=journal_size_limit(33554432)"

const readerPragmas = commonPragmas + "&_pragma=query_only(1)&_pragma=cache_size(-8000)"

func (d *database) open(ctx context.Context, migrations []string) error {
	w, err := d.pool(ctx, writerPragmas, 1)
	if err != nil {
		return err
	}
	d.writer = w[0]
	if err := migrate(ctx, d.writer.sql, migrations); err != nil {
		return err
	}
	r, err := d.pool(ctx, readerPragmas, readers)
	if err != nil {
		return err
	}
	for _, c := range r {
		d.idle <- c
	}
	return nil
}

// dsn names the file to the driver.
func (d *database) dsn(pragmas string) string {
	path := filepath.ToSlash(d.path)
	if !strings.HasPrefix(path, "/") {
		path = "/" + path // C:/… (RFC 8089, appendix E.2)
	}
	name := url.URL{Scheme: "file", Path: path, RawQuery: pragmas}
	return name.String()
}

func (d *database) pool(ctx context.Context, pragmas string, n int) ([]*conn, error) {
	db, err := sql.Open("sqlite", d.dsn(pragmas))
	if err != nil {
		return nil, err
	}
	d.pools = append(d.pools, db)
	var conns []*conn
	for range n {
		c, err := db.Conn(ctx)
		if err != nil {
			return nil, err
		}
		conns = append(conns, &conn{path: d.path, sql: c, stmts: map[string]*sql.Stmt{}})
	}
	return conns, nil
}

// close waits for what is under way. Later calls of read and write fail.
func (d *database) close() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	select {
	case <-d.closed:
		return nil
	default:
		close(d.closed)
	}
	var errs []error
	if len(d.pools) == 2 { // readers first, so that the writer's close folds the WAL in
		for range readers {
			c := <-d.idle
			errs = append(errs, c.close())
		}
	}
	if d.writer != nil {
		errs = append(errs, d.writer.close())
	}
	for _, p := range d.pools {
		errs = append(errs, p.Close())
	}
	return errors.Join(errs...)
}

func (c *conn) close() error {
	for _, s := range c.stmts {
		s.Close()
	}
	return c.sql.Close()
}

var errClosed = &mail.Error{Code: mail.CodeCancelled, Err: errors.New("the database is closed")}

// durability says what a power failure may take.
type durability bool

const (
	// repeatable writes can be done again from what the server has. They survive
	// the process, but a power failure may take the last of them.
	repeatable durability = false
	// durable writes are the person's own and on the disk when write returns.
	durable durability = true
)

// write runs f in a write transaction, which is committed when neither f nor a
// statement of it fails. A cancelled ctx counts until the transaction begins;
// transactions are short and then run to their end.
func (d *database) write(ctx context.Context, how durability, f func(*tx) error) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if err := ctx.Err(); err != nil {
		return explain(ctx, d.path, err)
	}
	select {
	case <-d.closed:
		return errClosed
	default:
	}
	if d.writer.full != bool(how) {
		level := "PRAGMA synchronous = normal"
		if how == durable {
			level = "PRAGMA synchronous = full"
		}
		if _, err := d.writer.sql.ExecContext(context.Background(), level); err != nil {
			return explain(ctx, d.path, err)
		}
		d.writer.full = bool(how)
	}
	return d.writer.transact(context.Background(), "BEGIN IMMEDIATE", f)
}

// pragma runs a PRAGMA on the connection that writes.
func (d *database) pragma(ctx context.Context, text string) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	select {
	case <-d.closed:
		return errClosed
	default:
	}
	_, err := d.writer.sql.ExecContext(ctx, "PRAGMA "+text)
	return explain(ctx, d.path, err)
}

// read runs f in a read transaction: everything f reads is of one commit.
func (d *database) read(ctx context.Context, f func(*tx) error) error {
	select {
	case <-d.closed:
		return errClosed
	case <-ctx.Done():
		return explain(ctx, d.path, ctx.Err())
	case c := <-d.idle:
		defer func() { d.idle <- c }()
		return c.transact(ctx, "BEGIN", f)
	}
}

// readFresh is read on a connection of its own, opened for it. PRAGMA
// integrity_check needs that: FTS5 checks against the structure that the
// connection's last query saw and takes later writes of others for damage.
func (d *database) readFresh(ctx context.Context, f func(*tx) error) error {
	db, err := sql.Open("sqlite", d.dsn(readerPragmas))
	if err != nil {
		return explain(ctx, d.path, err)
	}
	defer db.Close()
	c, err := db.Conn(ctx)
	if err != nil {
		return explain(ctx, d.path, err)
	}
	fresh := &conn{path: d.path, sql: c, stmts: map[string]*sql.Stmt{}}
	defer fresh.close()
	return fresh.transact(ctx, "BEGIN", f)
}

func (c *conn) transact(ctx context.Context, begin string, f func(*tx) error) (err error) {
	// Not with ctx: cancelled meanwhile, the driver reports a failure although the
	// transaction has begun, and the connection would stay inside of it.
	t := &tx{ctx: context.WithoutCancel(ctx), conn: c}
	t.exec(begin)
	if t.err != nil {
		return explain(ctx, c.path, t.err)
	}
	t.ctx = ctx
	done := false
	defer func() {
		if !done { // failed, or f panicked
			_, _ = c.sql.ExecContext(context.WithoutCancel(ctx), "ROLLBACK") // fails when SQLite has done so itself
		}
	}()
	if err := f(t); err != nil {
		return explain(ctx, c.path, err)
	}
	t.exec("COMMIT")
	done = t.err == nil
	return explain(ctx, c.path, t.err)
}

// tx is a transaction. The first failure of a statement sticks: later
// statements do nothing and the transaction is rolled back, so that a run of
// statements needs no check after each one.
type tx struct {
	ctx  context.Context
	conn *conn
	err  error
}

// stmt returns the prepared statement for query.
func (t *tx) stmt(query string) *sql.Stmt {
	s, ok := t.conn.stmts[query]
	if !ok && t.err == nil {
		if s, t.err = t.conn.sql.PrepareContext(t.ctx, query); t.err != nil {
			t.err = fmt.Errorf("%w in %s", t.err, query)
			return nil
		}
		t.conn.stmts[query] = s
	}
	return s
}

// exec runs a statement and returns the id of the row that it inserted.
func (t *tx) exec(query string, args ...any) int64 {
	r := t.run(query, args)
	if t.err != nil {
		return 0
	}
	id, err := r.LastInsertId()
	t.fail(err)
	return id
}

// count runs a statement and returns how many rows it changed.
func (t *tx) count(query string, args ...any) int64 {
	r := t.run(query, args)
	if t.err != nil {
		return 0
	}
	n, err := r.RowsAffected()
	t.fail(err)
	return n
}

func (t *tx) run(query string, args []any) sql.Result {
	s := t.stmt(query)
	if t.err != nil {
		return nil
	}
	r, err := s.ExecContext(t.ctx, args...)
	t.fail(err)
	return r
}

// row reads one row into dest and reports whether there is one.
func (t *tx) row(query string, args []any, dest ...any) bool {
	s := t.stmt(query)
	if t.err != nil {
		return false
	}
	err := s.QueryRowContext(t.ctx, args...).Scan(dest...)
	if errors.Is(err, sql.ErrNoRows) {
		return false
	}
	t.fail(err)
	return err == nil
}

// integer reads the one number of a query; no row and NULL give 0.
func (t *tx) integer(query string, args ...any) int64 {
	var n sql.NullInt64
	t.row(query, args, &n)
	return n.Int64
}

// each calls f with the scanner of every row.
func (t *tx) each(query string, args []any, f func(scan func(dest ...any))) {
	s := t.stmt(query)
	if t.err != nil {
		return
	}
	rows, err := s.QueryContext(t.ctx, args...)
	t.rows(rows, err, f)
}

// eachOnce is each for a query whose text won't come again.
func (t *tx) eachOnce(query string, args []any, f func(scan func(dest ...any))) {
	if t.err != nil {
		return
	}
	rows, err := t.conn.sql.QueryContext(t.ctx, query, args...)
	t.rows(rows, err, f)
}

func (t *tx) rows(rows *sql.Rows, err error, f func(scan func(dest ...any))) {
	if err != nil {
		t.fail(err)
		return
	}
	defer rows.Close()
	for t.err == nil && rows.Next() {
		f(func(dest ...any) { t.fail(rows.Scan(dest...)) })
	}
	t.fail(rows.Err())
}

// ids reads a column of identifiers.
func ids[T ~int64](t *tx, query string, args ...any) []T {
	var out []T
	t.each(query, args, func(scan func(...any)) {
		var id T
		scan(&id)
		out = append(out, id)
	})
	return out
}

func (t *tx) fail(err error) {
	if t.err == nil {
		t.err = err
	}
}

// explain gives an error about the file at path the code that a person can act
// on, and names the file.
func explain(ctx context.Context, path string, err error) error {
	if err == nil {
		return nil
	}
	var known *mail.Error
	if errors.As(err, &known) {
		return err
	}
	if ctx.Err() != nil || errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return &mail.Error{Code: mail.CodeCancelled, Err: err}
	}
	var file *fs.PathError
	if errors.As(err, &file) {
		return mail.CannotWrite(path, err)
	}
	code := mail.CodeInternal
	args := map[string]string{"path": path}
	var s *sqlite.Error
	if errors.As(err, &s) {
		switch s.Code() & 0xff { // the primary code; the rest tells details
		case sqlite3.SQLITE_FULL:
			code = mail.CodeDiskFull
		case sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB:
			code = mail.CodeDamaged
			if filepath.Base(path) == appFile {
				args["reason"] = "application"
			}
		case sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_IOERR:
			code, args["reason"] = mail.CodeCannotWrite, "disk"
		case sqlite3.SQLITE_READONLY, sqlite3.SQLITE_PERM:
			code, args["reason"] = mail.CodeCannotWrite, "notAllowed"
		case sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED:
			code = mail.CodeInUse
		}
	}
	return &mail.Error{Code: code, Args: args, Err: fmt.Errorf("store: %w", err)}
}

func notFound(what string) error {
	return &mail.Error{Code: mail.CodeNotFound, Err: fmt.Errorf("store: no such %s", what)}
}

func invalid(field, why string) error {
	return &mail.Error{Code: mail.CodeInvalid, Args: map[string]string{"field": field}, Err: errors.New("store: " + why)}
}
