package bench

import (
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"
)

// A measure is what one run of a program took.
type measure struct {
	wall, cpu time.Duration
	peak      int64 // octets of memory
	disk      int64 // octets that it left behind
}

// sampleEvery is how often the memory's high-water mark is read. What a program
// takes in its very last moments may be missed.
const sampleEvery = 10 * time.Millisecond

// run runs a command and measures it. The peak can't be taken from the rusage of
// a child: that starts with the size of its parent.
func run(cmd *exec.Cmd, folder string) (measure, error) {
	var output strings.Builder
	if cmd.Stdout == nil {
		cmd.Stdout = &output
	}
	cmd.Stderr = &output
	began := time.Now()
	if err := cmd.Start(); err != nil {
		return measure{}, err
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
				return m, fmt.Errorf("%s: %w\n%s", strings.Join(cmd.Args, " "), err, output.String())
			}
			m.cpu = cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()
			m.disk, err = diskUse(folder)
			return m, err
		}
	}
}

// highWater returns the most memory that a process had so far, or 0 when it is
// gone.
func highWater(pid int) int64 {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0
	}
	_, rest, _ := strings.Cut(string(status), "VmHWM:")
	fields := strings.Fields(rest)
	if len(fields) == 0 {
		return 0
	}
	kilobytes, err := strconv.ParseInt(fields[0], 10, 64)
	if err != nil {
		return 0
	}
	return kilobytes << 10
}

// diskUse returns the size of all files below a folder; "" has none.
func diskUse(folder string) (int64, error) {
	if folder == "" {
		return 0, nil
	}
	var sum int64
	err := filepath.WalkDir(folder, func(_ string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		info, err := d.Info()
		if err == nil {
			sum += info.Size()
		}
		return err
	})
	return sum, err
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

func middle[T int64 | time.Duration](runs []measure, of func(measure) T) T {
	values := make([]T, len(runs))
	for i, m := range runs {
		values[i] = of(m)
	}
	slices.Sort(values)
	return values[len(values)/2]
}
