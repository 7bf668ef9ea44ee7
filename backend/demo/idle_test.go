package demo

import (
	"bufio"
	"fmt"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapclient"
)

// line is one IMAP conversation, line by line, with a deadline on every read.
type line struct {
	t    *testing.T
	conn net.Conn
	r    *bufio.Reader
}

func dial(t *testing.T, s *Server) *line {
	t.Helper()
	conn, err := net.Dial("tcp", address(s.IMAP()))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	l := &line{t, conn, bufio.NewReader(conn)}
	l.until("* OK")
	l.send("a LOGIN %s %s", s.User, s.Password)
	l.until("a OK")
	l.send("b SELECT INBOX")
	l.until("b OK")
	return l
}

func (l *line) send(format string, args ...any) {
	l.t.Helper()
	if _, err := fmt.Fprintf(l.conn, format+"\r\n", args...); err != nil {
		l.t.Fatal(err)
	}
}

// until reads up to a line with this beginning.
func (l *line) until(prefix string) {
	l.t.Helper()
	_ = l.conn.SetReadDeadline(time.Now().Add(5 * time.Second))
	for {
		got, err := l.r.ReadString('\n')
		if err != nil {
			l.t.Fatalf("waiting for %q: %v", prefix, err)
		}
		if strings.HasPrefix(got, prefix) {
			return
		}
	}
}

// A message that comes at whatever moment around IDLE is reported.
func TestIdleLosesNoWakeUp(t *testing.T) {
	s := start(t, Options{Empty: true})
	l := dial(t, s)
	exists := 0
	deliver := func() {
		exists++
		s.Deliver([]byte("Subject: x\r\n\r\nx\r\n"))
	}
	for round := range 200 {
		l.send("c IDLE")
		if round%2 == 0 { // while the server enters IDLE
			deliver()
			l.until("+ ")
		} else { // right after it said so
			l.until("+ ")
			deliver()
		}
		for range 4 { // and while the one before is being reported
			l.until(fmt.Sprintf("* %d EXISTS", exists))
			deliver()
		}
		l.until(fmt.Sprintf("* %d EXISTS", exists))
		l.send("DONE")
		l.until("c OK")
	}
}

func TestIdleReportsFlagsAndExpunges(t *testing.T) {
	s := start(t, Options{Empty: true})
	s.Deliver([]byte("Subject: one\r\n\r\n1\r\n"))
	s.Deliver([]byte("Subject: two\r\n\r\n2\r\n"))
	l := dial(t, s)
	c := signIn(t, s, nil)
	open(t, c, "INBOX")
	l.send("c IDLE")
	l.until("+ ")
	if err := c.Store(imap.SeqSetNum(2), &imap.StoreFlags{Op: imap.StoreFlagsAdd, Silent: true, Flags: []imap.Flag{imap.FlagFlagged}}, nil).Close(); err != nil {
		t.Fatal(err)
	}
	l.until("* 2 FETCH (")
	if _, err := c.Move(imap.SeqSetNum(1), "Trash").Wait(); err != nil {
		t.Fatal(err)
	}
	l.until("* 1 EXPUNGE")
	l.send("DONE")
	l.until("c OK")
}

// Sequence numbers stay until an expunge was reported, which FETCH must not do.
func TestNumbersHoldDuringFetch(t *testing.T) {
	s := start(t, Options{Empty: true})
	for range 3 {
		s.Deliver([]byte("Subject: x\r\n\r\nx\r\n"))
	}
	l := dial(t, s)
	c := signIn(t, s, nil)
	open(t, c, "INBOX")
	if _, err := c.Move(imap.SeqSetNum(1), "Trash").Wait(); err != nil {
		t.Fatal(err)
	}
	l.send("c FETCH 3 UID")
	l.until("* 3 FETCH")
	l.until("c OK")
	l.send("d NOOP")
	l.until("* 1 EXPUNGE")
	l.until("d OK")
}

func TestManyClientsAtOnce(t *testing.T) {
	s := start(t, Options{Empty: true})
	const clients, rounds = 6, 25
	arrived := make(chan struct{}, 1)
	watcher := signIn(t, s, &imapclient.Options{UnilateralDataHandler: &imapclient.UnilateralDataHandler{
		Mailbox: func(data *imapclient.UnilateralDataMailbox) {
			if data.NumMessages != nil && *data.NumMessages == clients*rounds {
				arrived <- struct{}{}
			}
		},
	}})
	open(t, watcher, "Archive")
	idle, err := watcher.Idle()
	if err != nil {
		t.Fatal(err)
	}
	var group sync.WaitGroup
	for i := range clients {
		c := signIn(t, s, nil)
		open(t, c, "INBOX")
		group.Go(func() {
			for round := range rounds {
				uid := store(t, c, "INBOX", fmt.Sprintf("m%d.%d", i, round))
				if err := c.Store(imap.UIDSetNum(uid), &imap.StoreFlags{Op: imap.StoreFlagsAdd, Flags: []imap.Flag{imap.FlagSeen}}, nil).Close(); err != nil {
					t.Error(err)
				}
				if _, err := c.Move(imap.UIDSetNum(uid), "Archive").Wait(); err != nil {
					t.Error(err)
				}
			}
		})
	}
	group.Wait()
	select {
	case <-arrived:
	case <-time.After(10 * time.Second):
		t.Fatal("the idling client wasn't told of everything")
	}
	if err := idle.Close(); err != nil {
		t.Fatal(err)
	}
	open(t, watcher, "INBOX")
	if left := all(t, watcher); len(left) != 0 {
		t.Errorf("INBOX: got %d messages, want none", len(left))
	}
}
