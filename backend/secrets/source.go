package secrets

import (
	"context"
	"errors"
	"sync"
	"time"

	"waxwing/backend/mail"
)

// retryAfter is how long a keyring that wasn't there isn't asked again: a
// desktop may start it after us, but asking may also show a person a dialog.
const retryAfter = time.Minute

// A keySource gets the key, once, wherever it is kept.
type keySource struct {
	load    func() (string, error) // may take without end
	timeout time.Duration
	now     func() time.Time

	mu  sync.Mutex
	key *key
	// failed is why the last load failed, and when it ended.
	failed   error
	failedAt time.Time
	// loading is the load under way; nil when there is none.
	loading *loading
}

// loading is a load of the key.
type loading struct {
	done chan struct{} // closed at its end
	late bool          // whoever waited gave up; later callers don't wait again
}

func newKeySource(timeout time.Duration, load func() (string, error)) *keySource {
	if timeout <= 0 {
		timeout = DefaultTimeout
	}
	return &keySource{timeout: timeout, now: time.Now, load: load}
}

// get returns the key. It waits for a load for at most s.timeout, and not at
// all for one that has taken longer already.
func (s *keySource) get(ctx context.Context) (*key, error) {
	s.mu.Lock()
	if s.key != nil {
		defer s.mu.Unlock()
		return s.key, nil
	}
	if s.failed != nil && s.now().Sub(s.failedAt) < retryAfter {
		defer s.mu.Unlock()
		return nil, s.failed
	}
	l := s.loading
	if l == nil {
		l = &loading{done: make(chan struct{})}
		s.loading = l
		go s.run(l)
	}
	wait := s.timeout
	if l.late {
		wait = 0
	}
	s.mu.Unlock()
	return s.await(ctx, l, wait)
}

// await waits for a load and returns what it found.
func (s *keySource) await(ctx context.Context, l *loading, wait time.Duration) (*key, error) {
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-l.done:
		s.mu.Lock()
		defer s.mu.Unlock()
		return s.key, s.failed
	case <-ctx.Done():
		return nil, ended(ctx)
	case <-timer.C:
		s.mu.Lock()
		defer s.mu.Unlock()
		l.late = true
		if s.key != nil {
			return s.key, nil
		}
		return nil, &mail.Error{Code: mail.CodeKeyringLocked, Err: errSilent}
	}
}

// errSilent is why a keyring counts as locked that doesn't answer: it is
// waiting for a person.
var errSilent = errors.New("the keyring didn't answer in time")

// run loads the key and keeps what it found.
func (s *keySource) run(l *loading) {
	text, err := s.load()
	var k *key
	if err == nil {
		k, err = parseKey(text)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.failed, s.failedAt, s.loading = nil, s.now(), nil
	if s.key == nil { // else adopted meanwhile
		s.key = k
		if err != nil {
			s.failed = keyError(err)
		}
	}
	close(l.done)
}

// keyError returns err with a code; without a better one, CodeNoKeyring.
func keyError(err error) error {
	var known *mail.Error
	if errors.As(err, &known) {
		return known
	}
	return &mail.Error{Code: mail.CodeNoKeyring, Err: err}
}

// retry forgets a failure.
func (s *keySource) retry() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.failed = nil
}

// adopt makes k the key, whatever a load may find.
func (s *keySource) adopt(k *key) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.key, s.failed = k, nil
}
