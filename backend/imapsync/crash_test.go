package imapsync

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/emersion/go-imap/v2"

	"waxwing/backend/mail"
	"waxwing/backend/mailtest"
	"waxwing/backend/store"
)

// childOrder, in the environment, makes the test binary a child that makes one
// pass and exits.
const childOrder = "IMAPSYNC_TEST_CHILD"

// An order is what the child is to do.
type order struct {
	Path, Email, User, Password string
	Server                      mail.Server
	Withhold                    []imap.Cap
}

func TestMain(m *testing.M) {
	if text := os.Getenv(childOrder); text != "" {
		if err := obey(text); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	mailtest.Main(m)
}

func obey(text string) error {
	var o order
	if err := json.Unmarshal([]byte(text), &o); err != nil {
		return err
	}
	s, err := store.OpenAccount(context.Background(), o.Path)
	if err != nil {
		return err
	}
	cfg := config(s, o.Server, o.Email, o.User, o.Password)
	cfg.Withhold = o.Withhold
	// Bounds in proportion to the mailbox, so that what a kill costs shows.
	cfg.limits.chunkBytes, cfg.limits.batchBytes, cfg.limits.inMemory = 100<<10, 200<<10, 400<<10
	return errors.Join(Sync(context.Background(), cfg), s.Close())
}

// pass runs a child, killed with SIGKILL after a time unless it is zero, and
// reports whether it came to its end.
func (o order) pass(t *testing.T, kill time.Duration) bool {
	t.Helper()
	text, err := json.Marshal(o)
	if err != nil {
		t.Fatal(err)
	}
	child := exec.Command(os.Args[0])
	child.Env = append(os.Environ(), childOrder+"="+string(text))
	child.Stderr = os.Stderr
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	done := make(chan error, 1)
	go func() { done <- child.Wait() }()
	after := time.After(kill)
	if kill == 0 {
		after = nil
	}
	select {
	case err := <-done:
		if err != nil {
			t.Fatalf("child: %v", err)
		}
		return true
	case <-after:
		_ = child.Process.Kill()
		<-done
		return false
	}
}

// TestKill kills the process at random moments of a first sync, and at twenty
// of replaying five hundred operations. In the end server and store agree, and each message
// is there once.
func TestKill(t *testing.T) {
	t.Parallel()
	for name, withhold := range map[string][]imap.Cap{"MOVE": nil, "UIDPLUS": noMove, "nothing": noUIDPlus} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			seed := rand.Uint64()
			t.Logf("seed %d", seed)
			random := rand.New(rand.NewPCG(seed, 1))
			server := mailtest.Shared(t)
			user := server.NewUser(t)
			const messages = 600
			server.Load(t, user, mailtest.Corpus(messages, 3))
			p := mailtest.NewProxy(t, server.IMAP())
			o := order{filepath.Join(t.TempDir(), "whole.db"), server.Address(user), user, server.Password(user), p.Server(), withhold}
			o.pass(t, 0)
			whole := p.Counts().ToClient
			p.Reset()
			o.Path = filepath.Join(t.TempDir(), "account.db")
			kills := 0
			for kills < 10 && !o.pass(t, time.Duration(30+random.IntN(500))*time.Millisecond) {
				kills++
			}
			o.pass(t, 0)
			octets := p.Counts().ToClient
			if most := whole + int64(kills)*(2*100+200+400+300)<<10; octets > most {
				t.Errorf("%d octets for the first sync with %d kills, want at most %d", octets, kills, most)
			}
			expect(t, o.Path, server.Snapshot(t, user))
			moved := queue(t, o.Path)
			replayed := 0
			for replayed < 20 && !o.pass(t, time.Duration(20+random.IntN(150))*time.Millisecond) {
				replayed++
			}
			o.pass(t, 0)
			o.pass(t, 0) // what was moved at the last moment has its place
			snapshot := server.Snapshot(t, user)
			expect(t, o.Path, snapshot)
			if in, ar, tr := len(snapshot["INBOX"]), len(snapshot["Archive"]), len(snapshot["Trash"]); in != messages-moved || ar+tr != moved {
				t.Errorf("%d in the inbox, %d in the archive, %d in the trash, want %d and %d", in, ar, tr, messages-moved, moved)
			}
			t.Logf("%d kills of the first sync, %d of replaying; %d octets for the sync, %d in all", kills, replayed, octets, p.Counts().ToClient)
		})
	}
}

// expect compares the store in a file with a server.
func expect(t *testing.T, path string, snapshot map[string]map[mail.UID]mailtest.Stored) {
	t.Helper()
	s, err := store.OpenAccount(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := differences(t, s, snapshot); diff != "" {
		t.Errorf("store and server differ:\n%.3000s", diff)
	}
	findings, err := s.Check(t.Context(), nil)
	if err != nil || len(findings) > 0 {
		t.Errorf("the store's check: %v, %v", findings, err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
}

// queue applies five hundred operations and returns how many messages leave the
// inbox.
func queue(t *testing.T, path string) (moved int) {
	t.Helper()
	s, err := store.OpenAccount(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	local, err := s.Locations(t.Context(), findMailbox(t, s, "INBOX").ID)
	if err != nil {
		t.Fatal(err)
	}
	archive, trash := findMailbox(t, s, "Archive").ID, findMailbox(t, s, "Trash").ID
	for i, l := range local[:500] {
		c := mail.Change{Messages: []mail.MessageID{l.Message}}
		switch i % 5 {
		case 0, 1:
			c.Keywords = &mail.KeywordChange{Add: []mail.Keyword{"$flagged", "kept"}}
		case 2:
			c.Keywords = &mail.KeywordChange{Remove: []mail.Keyword{"$seen"}, Add: []mail.Keyword{"seen-again"}}
		case 3:
			c.Move = &mail.MoveChange{To: archive}
			moved++
		case 4:
			c.Move = &mail.MoveChange{To: trash}
			moved++
		}
		if _, err := s.Apply(t.Context(), c); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	return moved
}

// TestCutAnywhere pulls the network after some octets of a first sync: the next
// pass completes it, and little is fetched twice.
func TestCutAnywhere(t *testing.T) {
	t.Parallel()
	server := mailtest.Shared(t)
	user := server.NewUser(t)
	server.Load(t, user, mailtest.Corpus(150, 5))
	whole := rigFor(t, server, user)
	p := whole.through()
	whole.sync()
	total := p.Counts().ToClient
	snapshot := server.Snapshot(t, user)
	points := []int64{0, 1, 20, 150, 400, 800, 1500, 3000, 6000}
	for i := range int64(16) {
		points = append(points, total*(i+1)/17)
	}
	slices.Sort(points)
	for _, n := range points {
		t.Run(fmt.Sprint(n), func(t *testing.T) {
			t.Parallel()
			r := rigFor(t, server, user)
			r.cfg.limits.chunkBytes = 100 << 10
			p := r.through()
			p.CutAfter(mailtest.ToClient, n)
			start := time.Now()
			err := Sync(t.Context(), r.cfg)
			if took := time.Since(start); took > 20*time.Second {
				t.Errorf("Sync takes %v, ends with %v", took, err)
			}
			if err != nil {
				r.sync()
			}
			if diff := differences(t, r.store, snapshot); diff != "" {
				t.Errorf("store and server differ:\n%s", diff)
			}
			// Twice are at most the chunks under way and the listings.
			if got, most := p.Counts().ToClient, total+2*(100<<10)+700<<10; got > most {
				t.Errorf("%d octets in all, want at most %d; a whole pass takes %d", got, most, total)
			}
		})
	}
}

// TestKillBigMove kills the process at random moments of moving more than a piece
// by COPY. Every message is in one mailbox in the end: in the target or, when the
// originals can't be deleted, where it was.
func TestKillBigMove(t *testing.T) {
	t.Parallel()
	server := mailtest.Dovecot(t, mailtest.Options{Rights: true})
	const messages = 550
	tests := []struct {
		name     string
		withhold []imap.Cap
		rights   string
		moved    int
	}{
		{"UIDPLUS", noMove, "", messages},
		{"nothing", noUIDPlus, "", messages},
		{"UIDPLUS, no right to expunge", noMove, "lrswtip", 0},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			seed := rand.Uint64()
			t.Logf("seed %d", seed)
			random := rand.New(rand.NewPCG(seed, 1))
			r := rigFor(t, server, server.NewUser(t))
			r.fill(repeated(400, messages)...)
			o := order{filepath.Join(t.TempDir(), "account.db"), server.Address(r.user), r.user, server.Password(r.user), server.IMAP(), test.withhold}
			o.pass(t, 0)
			queueMoveAll(t, o.Path)
			if test.rights != "" {
				server.Restrict(t, r.user, "INBOX", test.rights)
			}
			kills := 0
			for kills < 10 && !o.pass(t, time.Duration(20+random.IntN(300))*time.Millisecond) {
				kills++
			}
			o.pass(t, 0)
			o.pass(t, 0)
			snapshot := server.Snapshot(t, r.user)
			expect(t, o.Path, snapshot)
			if in, ar := len(snapshot["INBOX"]), len(snapshot["Archive"]); in != messages-test.moved || ar != test.moved {
				t.Errorf("%d in the inbox, %d in the archive, want %d and %d", in, ar, messages-test.moved, test.moved)
			}
			t.Logf("%d kills", kills)
		})
	}
}

// queueMoveAll moves every message of the inbox to the archive.
func queueMoveAll(t *testing.T, path string) {
	t.Helper()
	s, err := store.OpenAccount(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	local, err := s.Locations(t.Context(), findMailbox(t, s, "INBOX").ID)
	if err != nil {
		t.Fatal(err)
	}
	move := mail.Change{Move: &mail.MoveChange{To: findMailbox(t, s, "Archive").ID}}
	for _, l := range local {
		move.Messages = append(move.Messages, l.Message)
	}
	_, err = s.Apply(t.Context(), move)
	if err := errors.Join(err, s.Close()); err != nil {
		t.Fatal(err)
	}
}
