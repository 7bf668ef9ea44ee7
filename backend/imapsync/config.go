package imapsync

import (
	"context"
	"log/slog"
	"time"

	"github.com/emersion/go-imap/v2"

	"waxwing/backend/connect"
	"waxwing/backend/mail"
	"waxwing/backend/store"
)

// Config is what Sync and Run need. Account, Store, Dialer and Credentials are
// required; nil functions are not called.
type Config struct {
	Account mail.Account
	Store   *store.Account
	Dialer  *connect.Dialer
	// Credentials returns what to sign in with. It is asked before each
	// connection, so that a rotated secret is used.
	Credentials func(context.Context) (connect.Credentials, error)
	// Status is called with each change of phase and now and then with progress.
	Status func(mail.Status)
	// Arrived is called with new messages that may notify: unread ones of the
	// inbox, not from oneself, delivered after the account was connected, never
	// those of a first sync. Messages found together are given together.
	Arrived func([]mail.MessageID)
	// Hidden reports whether the message with a Message-ID isn't to be stored,
	// since it is none of the person's and about to be removed.
	Hidden func(messageID string) bool
	// Refused is called for each operation that the server refused, after its
	// local half was reverted.
	Refused func(mail.Operation)
	Log     *slog.Logger // nil: slog.Default
	Clock   Clock        // nil: the system's
	// Withhold names capabilities to ignore although the server offers them.
	Withhold []imap.Cap

	limits limits // zero: defaultLimits
}

// A Clock tells the time and wakes. The deadlines of connections always use the
// system's.
type Clock interface {
	Now() time.Time
	After(time.Duration) <-chan time.Time
}

type systemClock struct{}

func (systemClock) Now() time.Time                         { return time.Now() }
func (systemClock) After(d time.Duration) <-chan time.Time { return time.After(d) }

// limits bound what a pass asks for at once and how long it waits.
type limits struct {
	headStart  int           // messages of the inbox that come before everything else
	chunkCount int           // messages in one FETCH
	chunkBytes int64         // octets in one FETCH; one larger message goes alone
	pipeline   int           // FETCH commands under way at once
	batchCount int           // messages in one commit
	batchBytes int64         // octets in one commit
	batchWait  time.Duration // a batch is not held back longer than that
	inMemory   int64         // octets of raw messages between the connection and the commit
	uidsPerSet int           // UIDs in one STORE, COPY, MOVE
	patience   time.Duration // without a single octet while an answer is due
	idle       time.Duration // one IDLE command
	poll       time.Duration // between two looks at all mailboxes
	pollInbox  time.Duration // between two looks at the inbox without IDLE
	attempts   int           // of an operation that fails for a passing reason
	awaited    int           // attempts at finding what the server files by itself, before it is appended
	retry      time.Duration // before the second attempt; before each further one four times as long
	retryMost  time.Duration // between two attempts
	hangups    int           // messages blamed in one pass for a closed connection
}

// defaultLimits are the limits of the application. Twenty-five commands under
// way at once is the least that is known of a large server (Exchange refuses
// more), pipeline and statusWindow stay below it. An IDLE of more than ten
// minutes is cut by NAT routers. The attempts at an operation begin close
// together, since a mailbox in use is free again in seconds, and end hours apart,
// since maintenance may take a night; all together they span more than nine hours.
var defaultLimits = limits{
	headStart:  50,
	chunkCount: 200,
	chunkBytes: 2 << 20,
	pipeline:   2,
	batchCount: 500,
	batchBytes: 4 << 20,
	batchWait:  200 * time.Millisecond,
	inMemory:   12 << 20,
	uidsPerSet: 500,
	patience:   60 * time.Second,
	idle:       9 * time.Minute,
	poll:       5 * time.Minute,
	pollInbox:  time.Minute,
	attempts:   8,
	awaited:    3, // more than five minutes
	retry:      15 * time.Second,
	retryMost:  4 * time.Hour,
	hangups:    3,
}

// statusWindow is how many STATUS commands are under way at once.
const statusWindow = 20

func (c Config) withDefaults() Config {
	if c.Status == nil {
		c.Status = func(mail.Status) {}
	}
	if c.Arrived == nil {
		c.Arrived = func([]mail.MessageID) {}
	}
	if c.Hidden == nil {
		c.Hidden = func(string) bool { return false }
	}
	if c.Refused == nil {
		c.Refused = func(mail.Operation) {}
	}
	if c.Log == nil {
		c.Log = slog.Default()
	}
	if c.Clock == nil {
		c.Clock = systemClock{}
	}
	if c.limits == (limits{}) {
		c.limits = defaultLimits
	}
	return c
}
