package bench

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// A tree is a running program with all its processes: descendants, and others of
// the session that it leads.
type tree struct {
	b      *testing.B
	cmd    *exec.Cmd
	began  time.Time
	output bytes.Buffer
	ended  chan struct{} // closed
	err    error         // why, after that
}

// startTree starts a program that stops with the benchmark.
func startTree(b *testing.B, cmd *exec.Cmd) *tree {
	b.Helper()
	t := &tree{b: b, cmd: cmd, ended: make(chan struct{})}
	cmd.Stdout, cmd.Stderr = &t.output, &t.output
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Pdeathsig: syscall.SIGKILL}
	// A process that outlives the program and holds its output doesn't keep Wait.
	cmd.WaitDelay = time.Second
	t.began = time.Now()
	if err := cmd.Start(); err != nil {
		b.Fatal(err)
	}
	go func() {
		t.err = cmd.Wait()
		close(t.ended)
	}()
	return t
}

// process is what /proc tells of one. Its time includes that of the children
// that it waited for.
type process struct {
	pid, parent, session int
	time                 time.Duration
}

// tick is the unit of times in /proc (USER_HZ), the same on every Linux.
const tick = 10 * time.Millisecond

// processes returns those of the tree.
func (t *tree) processes() []process {
	paths, _ := filepath.Glob("/proc/[0-9]*/stat") // the pattern is good
	all := map[int]process{}
	for _, path := range paths {
		text, err := os.ReadFile(path)
		if err != nil {
			continue // gone
		}
		pid, _ := strconv.Atoi(filepath.Base(filepath.Dir(path)))
		// The name, in parentheses, may hold anything.
		f := strings.Fields(string(text[bytes.LastIndexByte(text, ')')+1:]))
		number := func(field int) int { // numbered as in proc(5)
			n, _ := strconv.Atoi(f[field-3])
			return n
		}
		all[pid] = process{pid, number(4), number(6), time.Duration(number(14)+number(15)+number(16)+number(17)) * tick}
	}
	root := t.cmd.Process.Pid
	var list []process
	for _, p := range all {
		for at, ok := p, true; ok; at, ok = all[at.parent] {
			if at.pid == root || at.session == root {
				list = append(list, p)
				break
			}
		}
	}
	return list
}

// cpu is the time that the tree has taken so far.
func (t *tree) cpu() time.Duration {
	var sum time.Duration
	for _, p := range t.processes() {
		sum += p.time
	}
	return sum
}

// memory is what the tree takes now: its proportional set size, in which memory
// that processes share counts once.
func (t *tree) memory() int64 {
	var sum int64
	for _, p := range t.processes() {
		sum += kilobytes(fmt.Sprintf("/proc/%d/smaps_rollup", p.pid), "\nPss:")
	}
	return sum
}

// stop ends every process of the tree.
func (t *tree) stop() {
	all := t.processes()
	_ = t.cmd.Process.Signal(syscall.SIGTERM)
	select {
	case <-t.ended:
	case <-time.After(10 * time.Second):
	}
	for _, p := range all {
		_ = syscall.Kill(p.pid, syscall.SIGKILL) // most are gone
	}
}

// patience bounds the first sync of a slow program.
const patience = 75 * time.Minute

// standstill is how long a slow program may make no progress.
const standstill = 10 * time.Minute

// until measures the tree up to the moment in which progress was made the last
// time and there is everything. progress returns how far it is, in a unit of its
// own, and whether that is all. It is asked every step. A program that isn't ready
// in time has no measure, wall 0: that must not cost the others theirs.
func (t *tree) until(step time.Duration, progress func() (int64, bool)) measure {
	t.b.Helper()
	var m measure
	var last int64
	seen := time.Now()
	for range time.Tick(step) {
		select {
		case <-t.ended:
			t.b.Fatalf("%s ended early: %v\n%s", t.cmd.Args[0], t.err, t.output.Bytes())
		default:
		}
		m.peak = max(m.peak, t.memory())
		now, all := progress()
		if now != last {
			last, seen = now, time.Now()
			m.cpu = t.cpu()
		}
		if all && time.Since(seen) > 2*time.Second { // nothing is written any more
			m.wall = seen.Sub(t.began)
			return m
		}
		if time.Since(t.began) > patience || time.Since(seen) > standstill {
			fmt.Printf("%s has no measure: it got to %d in %v, and no further until %v\n", t.cmd.Args[0], last,
				seen.Sub(t.began).Round(time.Second), time.Since(t.began).Round(time.Second))
			return measure{}
		}
	}
	return m
}
