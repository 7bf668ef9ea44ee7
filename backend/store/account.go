package store

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"sync"

	"waxwing/backend/mail"
)

// Account is one account's database: mailboxes, messages, index, operations.
// All methods are safe for concurrent use; writes are serialised.
type Account struct {
	db *database

	// commits orders the commits for the listener: held over a commit and the
	// queueing of its state, never while the listener runs.
	commits  sync.Mutex
	listener func(mail.State)
	queue    []mail.State
	telling  bool

	logged  int64 // entries of table change, about; -1 before it was counted
	anchors anchors
}

// OpenAccount opens the database at path, creating folder and file, or
// migrating it.
func OpenAccount(ctx context.Context, path string) (*Account, error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, mail.CannotWrite(filepath.Dir(path), err)
	}
	db, err := openDatabase(ctx, path, migrations("account"))
	if err != nil {
		return nil, err
	}
	s := &Account{db: db, logged: -1}
	err = db.write(ctx, repeatable, func(t *tx) error {
		// The places whose thread rows a transaction must compute again.
		t.exec("CREATE TEMP TABLE dirty (thread INTEGER, mailbox INTEGER, PRIMARY KEY (thread, mailbox)) WITHOUT ROWID")
		tuneIndex(t)
		return t.err
	})
	if err != nil {
		return nil, errors.Join(err, db.close())
	}
	return s, nil
}

// tuneIndex tells FTS5, which remembers it in the file, how to keep the index. Each
// commit that brings messages adds a segment, and merging segments is the dearest
// part of a first sync. The usual settings rewrite a word about once for every
// factor of four in the number of commits. With 16 a query looks into more
// segments, which takes microseconds, and words are rewritten half as often. The
// crisis, a merge of everything at once that would hold up the person's own
// writes, stays far away, and a commit fits into memory as one segment.
func tuneIndex(t *tx) {
	for _, set := range []struct {
		key   string
		value int64
	}{{"automerge", 16}, {"crisismerge", 32}, {"hashsize", 4 << 20}} {
		if t.integer("SELECT v FROM message_index_config WHERE k = ?", set.key) != set.value {
			t.exec("INSERT INTO message_index (message_index, rank) VALUES (?, ?)", set.key, set.value)
		}
	}
}

// Close waits for what is under way and closes the file.
func (s *Account) Close() error { return s.db.close() }

// RemoveAccountFiles deletes the database at path with its journal files. It
// must be closed. Files that aren't there are no error.
func RemoveAccountFiles(path string) error {
	var errs []error
	for _, suffix := range journalSuffixes {
		if err := os.Remove(path + suffix); !errors.Is(err, fs.ErrNotExist) {
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}

// Size returns the octets that the database takes on the disk.
func (s *Account) Size(ctx context.Context) (int64, error) {
	var size int64
	for _, suffix := range journalSuffixes {
		switch info, err := os.Stat(s.db.path + suffix); {
		case err == nil:
			size += info.Size()
		case !errors.Is(err, fs.ErrNotExist):
			return 0, err
		}
	}
	return size, ctx.Err()
}

// State returns the number of the last commit that changed something.
func (s *Account) State(ctx context.Context) (state mail.State, err error) {
	err = s.db.read(ctx, func(t *tx) error {
		state = currentState(t)
		return t.err
	})
	return state, err
}

func currentState(t *tx) mail.State {
	return mail.State(t.integer("SELECT state FROM account_state"))
}

// OnCommit registers f to be called after every commit that raised the state,
// outside of any transaction, one call at a time, in the order of the states.
// f may call any method of s. There is one f; registering another replaces it.
func (s *Account) OnCommit(f func(mail.State)) {
	s.commits.Lock()
	defer s.commits.Unlock()
	s.listener = f
}

// change runs f in a write transaction, brings everything derived up to date,
// and raises the state when f changed something that a reader can see.
func (s *Account) change(ctx context.Context, how durability, f func(*change) error) (mail.State, error) {
	s.commits.Lock()
	var c *change
	err := s.db.write(ctx, how, func(t *tx) error {
		c = newChange(t)
		if err := f(c); err != nil {
			return err
		}
		return c.finish(s)
	})
	if err != nil {
		s.logged = -1 // may have counted what was rolled back
		s.commits.Unlock()
		return 0, err
	}
	if c.raised() {
		s.logged += int64(len(c.log))
		if s.listener != nil {
			s.queue = append(s.queue, c.state)
		}
	}
	s.commits.Unlock()
	s.tell()
	return c.state, nil
}

// tell empties the queue, unless somebody is doing so already.
func (s *Account) tell() {
	s.commits.Lock()
	defer s.commits.Unlock()
	if s.telling {
		return
	}
	s.telling = true
	defer func() { s.telling = false }()
	for len(s.queue) > 0 && s.listener != nil {
		state, f := s.queue[0], s.listener
		s.queue = s.queue[1:]
		func() {
			s.commits.Unlock()
			defer s.commits.Lock()
			f(state)
		}()
	}
}
