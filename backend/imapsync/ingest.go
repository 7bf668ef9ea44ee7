package imapsync

import (
	"context"
	"fmt"
	"runtime"
	"time"

	"golang.org/x/sync/errgroup"
	"golang.org/x/sync/semaphore"

	"waxwing/backend/mail"
	"waxwing/backend/message"
	"waxwing/backend/store"
)

// An ingest takes fetched messages of one mailbox through parsing into the
// store: workers parse and compress, one writer commits batches. The raw
// messages on their way never exceed limits.inMemory, except for a single
// larger one.
type ingest struct {
	cfg       *Config
	mailbox   mail.MailboxID
	jobs      chan fetched
	done      chan prepared
	room      *semaphore.Weighted
	committed func(store.Incoming, mail.MessageID)
}

type prepared struct {
	in   store.Incoming
	held int64 // octets of room
}

// ingest runs source, which hands over messages by take, and returns when all
// of them are committed. What was handed over before an error of source is
// committed too. committed is called, from one goroutine, for each message
// after its commit.
func (y *syncer) ingest(ctx context.Context, mailbox mail.MailboxID, committed func(store.Incoming, mail.MessageID), source func(take func(fetched) error) error) error {
	g := &ingest{
		cfg: &y.cfg, mailbox: mailbox, committed: committed,
		jobs: make(chan fetched, 16), done: make(chan prepared, 64),
		room: semaphore.NewWeighted(y.cfg.limits.inMemory),
	}
	workers, wctx := errgroup.WithContext(ctx)
	var parsing errgroup.Group
	for range runtime.GOMAXPROCS(0) {
		parsing.Go(func() error { g.parse(wctx); return nil })
	}
	workers.Go(func() error { return g.write(wctx) })
	err := source(func(f fetched) error { return g.take(wctx, f) })
	close(g.jobs)
	_ = parsing.Wait() // parse returns no error
	close(g.done)
	if failed := workers.Wait(); failed != nil {
		return failed
	}
	return err
}

func (g *ingest) take(ctx context.Context, f fetched) error {
	if err := g.room.Acquire(ctx, g.weight(f)); err != nil {
		return context.Cause(ctx)
	}
	select {
	case g.jobs <- f:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

func (g *ingest) weight(f fetched) int64 { return min(int64(len(f.raw)), g.cfg.limits.inMemory) }

func (g *ingest) parse(ctx context.Context) {
	for f := range g.jobs {
		p := prepared{prepare(f, g.cfg.Clock), g.weight(f)}
		if id := p.in.Content.MessageID; id != "" && g.cfg.Hidden(id) {
			g.room.Release(p.held)
			continue
		}
		select {
		case g.done <- p:
		case <-ctx.Done():
		}
	}
}

// prepare parses a message. One that can't be read, or was not given, is made
// ready for quarantine.
func prepare(f fetched, clock Clock) (in store.Incoming) {
	in = store.Incoming{
		UID: f.uid, Keywords: f.keywords, ModSeq: f.modSeq, ReceivedAt: f.receivedAt,
		Size: int64(len(f.raw)), Quarantine: f.refused,
	}
	if f.refused != "" {
		in.Size = f.size
		in.ReceivedAt = received(in, clock)
		return store.Prepare(in, nil)
	}
	defer func() {
		if v := recover(); v != nil {
			in.Quarantine = fmt.Sprintf("the message can't be read: %v", v)
			in.ReceivedAt = received(in, clock)
			in = store.Prepare(in, f.raw)
		}
	}()
	in.Content = message.Content(f.raw)
	in.ReceivedAt = received(in, clock)
	return store.Prepare(in, f.raw)
}

// received returns when a message arrived: INTERNALDATE, else what the message
// says of itself, else now, so that it is not lost at the end of the list.
func received(in store.Incoming, clock Clock) time.Time {
	switch {
	case !in.ReceivedAt.IsZero():
		return in.ReceivedAt
	case !in.Content.SentAt.IsZero() && in.Content.SentAt.Before(clock.Now()):
		return in.Content.SentAt
	}
	return clock.Now()
}

// write commits what the workers finished, in batches: as soon as there is
// enough, or nothing more comes for a moment.
func (g *ingest) write(ctx context.Context) error {
	limits := g.cfg.limits
	batch := store.Batch{Mailbox: g.mailbox}
	var held int64
	var due <-chan time.Time
	flush := func() error {
		due = nil
		if len(batch.Incoming) == 0 {
			return nil
		}
		_, ids, err := g.cfg.Store.Commit(ctx, batch)
		g.room.Release(held)
		if err != nil {
			return err
		}
		for i, in := range batch.Incoming {
			g.committed(in, ids[i])
		}
		batch.Incoming, held = nil, 0
		return nil
	}
	for {
		select {
		case p, more := <-g.done:
			if !more {
				return flush()
			}
			if due == nil {
				due = g.cfg.Clock.After(limits.batchWait)
			}
			batch.Incoming = append(batch.Incoming, p.in)
			if held += p.held; held < limits.batchBytes && len(batch.Incoming) < limits.batchCount {
				continue
			}
		case <-due:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
		if err := flush(); err != nil {
			return err
		}
	}
}
