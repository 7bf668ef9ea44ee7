package imapsync

import (
	"context"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapclient"
)

// watch keeps a second connection that does nothing but IDLE on the inbox
// (RFC 2177) and nudges the first one. When it fails, the inbox is polled
// instead, and watching is tried again at the next poll: a server may allow only
// one connection.
func (y *syncer) watch(ctx context.Context) {
	for ctx.Err() == nil {
		err := y.watchOnce(ctx)
		if ctx.Err() != nil {
			return
		}
		if err == nil {
			return // the server has no IDLE
		}
		y.log.Info("not watching the inbox", "err", err)
		select {
		case <-y.cfg.Clock.After(y.cfg.limits.pollInbox):
			nudge(y.poked)
		case <-ctx.Done():
		}
	}
}

// watchOnce watches until the connection fails. It returns nil when the server
// has no IDLE.
func (y *syncer) watchOnce(ctx context.Context) error {
	news := make(chan struct{}, 1)
	s, err := dial(ctx, &y.cfg, func() { nudge(news) })
	if err != nil {
		return err
	}
	defer s.close()
	if !s.has(imap.CapIdle) {
		return nil
	}
	if err := s.examineMailbox(ctx, "INBOX"); err != nil {
		return err
	}
	nudge(y.poked) // something may have come before
	for {
		// An IDLE is never older than limits.idle: routers forget connections that
		// are silent, and the answer to DONE shows that the server is there.
		if err := s.idle(ctx, news, func() { nudge(y.poked) }); err != nil {
			return err
		}
	}
}

// idle waits for news, once or several times, until limits.idle is over.
func (s *session) idle(ctx context.Context, news <-chan struct{}, tell func()) error {
	var command *imapclient.IdleCommand
	err := s.do(ctx, func(c *imapclient.Client) (err error) {
		command, err = c.Idle()
		return err
	})
	if err != nil {
		return err
	}
	over := s.cfg.Clock.After(s.cfg.limits.idle)
	for waiting := true; waiting; {
		select {
		case <-news:
			tell()
		case <-over:
			waiting = false
		case <-s.client.Closed():
			waiting = false
		case <-ctx.Done():
			waiting = false
		}
	}
	return s.do(ctx, func(*imapclient.Client) error {
		if err := command.Close(); err != nil {
			return err
		}
		return command.Wait()
	})
}
