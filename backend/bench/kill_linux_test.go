package bench

import (
	"fmt"
	"math/rand/v2"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"waxwing/backend/mailtest"
)

// kills is how often a first sync is killed.
const kills = 20

// BenchmarkKill ends a first sync by SIGKILL at twenty random moments, goes on
// each time, and prints what the interruptions cost. In the end each message is
// here once, octet for octet; a difference fails the benchmark.
func BenchmarkKill(b *testing.B) {
	t := newBed(b)
	p := mailtest.NewProxy(b, t.server.IMAP())
	t.through(p)
	whole := b.TempDir()
	t.add(b, whole, "--key-file", filepath.Join(whole, "key"))
	p.Reset()
	usual := run(b, t.sync(whole)).wall
	octets := p.Counts().ToClient

	folder := b.TempDir()
	t.add(b, folder, "--key-file", filepath.Join(folder, "key"))
	p.Reset()
	began := time.Now()
	for n := range kills {
		// A pass has a twentieth of the whole time on average, and starting up.
		after := time.Duration(rand.Int64N(int64(usual) / kills * 2))
		if !killed(b, t.sync(folder), after) {
			b.Logf("complete after %d kills", n)
			break
		}
	}
	run(b, t.sync(folder))
	took, all := time.Since(began), p.Counts().ToClient
	t.compare(b, folder)
	fmt.Printf("\nFirst sync of %d messages, killed at %d random moments\n", messages, kills)
	fmt.Printf("whole      %6.2f s %6.0f MB from the server\n", usual.Seconds(), float64(octets)/1e6)
	fmt.Printf("killed     %6.2f s %6.0f MB\n", took.Seconds(), float64(all)/1e6)
}

// sync is a synchronisation of the data in a folder.
func (t *bed) sync(folder string) *exec.Cmd {
	return t.command(folder, "--key-file", filepath.Join(folder, "key"), "sync")
}

// killed runs a command until it ends or a time is over, and reports whether it
// had to be killed.
func killed(b *testing.B, cmd *exec.Cmd, after time.Duration) bool {
	b.Helper()
	if err := cmd.Start(); err != nil {
		b.Fatal(err)
	}
	done := make(chan error, 1)
	go func() { done <- cmd.Wait() }()
	select {
	case err := <-done:
		if err != nil {
			b.Fatalf("waxwingctl sync: %v", err)
		}
		return false
	case <-time.After(after):
		_ = cmd.Process.Kill() // it may end by itself now
		<-done
		return true
	}
}
