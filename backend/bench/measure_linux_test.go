package bench

import (
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

// A measure is what one run of a program took.
type measure struct {
	wall, cpu time.Duration
	peak      int64 // octets of memory
	disk      int64 // octets that it left behind
}

// rounds is how many times each program runs: the variables ROUNDS and, for
// programs that take minutes, SLOW_ROUNDS.
func rounds(b *testing.B, slow bool) int {
	b.Helper()
	name, usual := "ROUNDS", 5
	if slow {
		name, usual = "SLOW_ROUNDS", 1
	}
	value := os.Getenv(name)
	if value == "" {
		return usual
	}
	n, err := strconv.Atoi(value)
	if err != nil || n < 1 {
		b.Fatalf("%s is %q, want a number of rounds", name, value)
	}
	return n
}

// built returns the path of a program that `make bench` built as it is released.
func built(b *testing.B, name string) string {
	b.Helper()
	path, err := filepath.Abs(filepath.Join("..", "..", "build", "bin", name))
	if err == nil {
		_, err = os.Stat(path)
	}
	if err != nil {
		b.Fatalf("%v; run make bench", err)
	}
	return path
}

// missing tells which of the programs can't be found, "" when all can.
func missing(programs ...string) string {
	for _, p := range programs {
		if _, err := exec.LookPath(p); err != nil {
			return p + " isn't installed (make bench-peers)"
		}
	}
	return ""
}

// sampleEvery is how often the memory's high-water mark is read. What a program
// takes in its very last moments may be missed.
const sampleEvery = 10 * time.Millisecond

// run runs a command of one process to its end and measures it. The peak can't
// be taken from the rusage of a child: that starts with the size of its parent.
func run(b *testing.B, cmd *exec.Cmd) measure {
	b.Helper()
	var output strings.Builder
	cmd.Stdout, cmd.Stderr = &output, &output
	began := time.Now()
	if err := cmd.Start(); err != nil {
		b.Fatal(err)
	}
	done := make(chan error, 1)
	go func() { done <- cmd.Wait() }()
	var m measure
	tick := time.NewTicker(sampleEvery)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
			m.peak = max(m.peak, highWater(cmd.Process.Pid))
		case err := <-done:
			m.wall = time.Since(began)
			if err != nil {
				b.Fatalf("%s: %v\n%s", strings.Join(cmd.Args, " "), err, output.String())
			}
			m.cpu = cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()
			return m
		}
	}
}

// highWater returns the most memory that a process had so far, or 0 when it is
// gone.
func highWater(pid int) int64 { return kilobytes("/proc/"+strconv.Itoa(pid)+"/status", "VmHWM:") }

// kilobytes returns, in octets, the number in KB behind a name in a file of
// /proc, or 0 when there is none.
func kilobytes(path, name string) int64 {
	text, err := os.ReadFile(path)
	if err != nil {
		return 0
	}
	_, rest, _ := strings.Cut(string(text), name)
	fields := strings.Fields(rest)
	if len(fields) == 0 {
		return 0
	}
	n, err := strconv.ParseInt(fields[0], 10, 64)
	if err != nil {
		return 0
	}
	return n << 10
}

// diskUse returns the size of all files below a folder.
func diskUse(b *testing.B, folder string) int64 {
	b.Helper()
	var sum int64
	err := filepath.WalkDir(folder, func(_ string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		info, err := d.Info()
		if err == nil {
			sum += info.Size()
		}
		return err
	})
	if err != nil {
		b.Fatal(err)
	}
	return sum
}

// median returns the median of each quantity, which need not be of one run.
func median(runs []measure) measure {
	return measure{
		wall: middle(runs, func(m measure) time.Duration { return m.wall }),
		cpu:  middle(runs, func(m measure) time.Duration { return m.cpu }),
		peak: middle(runs, func(m measure) int64 { return m.peak }),
		disk: middle(runs, func(m measure) int64 { return m.disk }),
	}
}

func middle[R any, T int64 | time.Duration](runs []R, of func(R) T) T {
	values := make([]T, len(runs))
	for i, m := range runs {
		values[i] = of(m)
	}
	slices.Sort(values)
	return values[len(values)/2]
}
