package store

import (
	"bufio"
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"waxwing/backend/mail"
)

// TestMain runs the child of TestKilledAtAnyInstant in place of the tests when
// it is asked to.
func TestMain(m *testing.M) {
	if path := os.Getenv("WAXWING_TEST_CHILD"); path != "" {
		if err := child(path); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
	}
	os.Exit(m.Run())
}

// child commits and applies without end and tells what is durable by then.
func child(path string) error {
	ctx := context.Background()
	s, err := OpenAccount(ctx, path)
	if err != nil {
		return err
	}
	boxes, err := s.Mailboxes(ctx)
	if err != nil {
		return err
	}
	inbox, archive := boxes[1].ID, boxes[0].ID
	r := rand.New(rand.NewPCG(uint64(time.Now().UnixNano()), 1))
	located, err := s.Locations(ctx, inbox)
	if err != nil {
		return err
	}
	uid := mail.UID(1)
	if n := len(located); n > 0 {
		uid = located[n-1].UID + 1
	}
	for {
		batch := Batch{Mailbox: inbox}
		for range 20 {
			l := letter{id: fmt.Sprintf("%d.%d", uid, r.Uint64()), text: words(r, 300)}
			if uid > 5 {
				l.refs = []string{fmt.Sprintf("root%d", r.IntN(int(uid)))}
			}
			batch.Incoming = append(batch.Incoming, l.incoming(uid))
			uid++
		}
		_, created, err := s.Commit(ctx, batch)
		if err != nil {
			return err
		}
		fmt.Printf("%d %d\n", created[len(created)-1], 0)
		op, err := s.Apply(ctx, mail.Change{Messages: created[:5], Move: &mail.MoveChange{To: archive}})
		if err != nil {
			return err
		}
		fmt.Printf("%d %d\n", 0, op)
		work, err := s.NextWork(ctx, 1)
		if err != nil || len(work) == 0 {
			return fmt.Errorf("no work: %v", err)
		}
		if err := s.Begin(ctx, work[0].ID, []byte("x")); err != nil {
			return err
		}
		if err := s.Finish(ctx, work[0].ID, nil, 0); err != nil {
			return err
		}
	}
}

// TestKilledAtAnyInstant kills a process that writes, again and again, and
// looks at what is left: consistent, and with everything that was told to be
// there.
func TestKilledAtAnyInstant(t *testing.T) {
	path := filepath.Join(t.TempDir(), "1.db")
	s, err := OpenAccount(context.Background(), path)
	if err != nil {
		t.Fatal(err)
	}
	(&box{s, t, context.Background()}).mailboxes()
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	r := rand.New(rand.NewPCG(8, 9))
	for range 12 {
		// After some lines at random, the child is killed within a commit that
		// takes a few milliseconds.
		message, operation := runAndKill(t, path, 1+r.IntN(20), time.Duration(r.IntN(6000))*time.Microsecond)
		b := openAt(t, path)
		b.message(message)
		if n := b.db.query(t, "SELECT count(*) FROM operation WHERE id = ?", operation); n != 1 {
			t.Errorf("operation %d was told to be durable and is gone", operation)
		}
		b.sound()
		b.ok(b.Close())
	}
}

// query reads one number.
func (d *database) query(t testing.TB, query string, args ...any) (n int64) {
	t.Helper()
	err := d.read(context.Background(), func(x *tx) error {
		n = x.integer(query, args...)
		return x.err
	})
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// runAndKill starts the child, waits for some lines and a moment, and kills it.
// It returns the last message and operation that it told of.
func runAndKill(t *testing.T, path string, lines int, moment time.Duration) (message mail.MessageID, operation mail.OperationID) {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), "WAXWING_TEST_CHILD="+path)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	read := func(line string) {
		var m mail.MessageID
		var o mail.OperationID
		if n, _ := fmt.Sscanf(line, "%d %d", &m, &o); n == 2 {
			message, operation = max(m, message), max(o, operation)
		}
	}
	scanner := bufio.NewScanner(out)
	for i := 0; (i < lines || message == 0 || operation == 0) && scanner.Scan(); i++ {
		read(scanner.Text())
	}
	kill := time.AfterFunc(moment, func() { _ = cmd.Process.Kill() })
	defer kill.Stop()
	for scanner.Scan() {
		read(scanner.Text())
	}
	if err := cmd.Wait(); err == nil {
		t.Fatal("the child ended by itself")
	}
	return message, operation
}
