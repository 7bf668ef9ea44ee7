package mailtest

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"os/exec"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"time"
)

// stopTimeout is how long a server may take to stop before it is killed, and
// startTimeout how long to start. A loaded machine takes a second.
const (
	startTimeout = 30 * time.Second
	stopTimeout  = 10 * time.Second
)

// A process is a server program that runs in its own process group and whose
// output is kept.
type process struct {
	cmd    *exec.Cmd
	exited chan struct{} // closed after the end, when err is set
	err    error

	mu    sync.Mutex
	lines []string
	grown chan struct{} // closed and replaced whenever lines grows
}

// startProcess starts the command as the given owner. It doesn't wait for
// readiness.
func startProcess(o owner, name string, args ...string) (*process, error) {
	p := &process{cmd: exec.Command(name, args...), exited: make(chan struct{}), grown: make(chan struct{})}
	p.cmd.Dir = "/"
	p.cmd.SysProcAttr = o.attributes()
	reader, writer := io.Pipe()
	p.cmd.Stdout, p.cmd.Stderr = writer, writer
	p.cmd.WaitDelay = time.Second
	started := make(chan error, 1)
	go func() {
		// The parent-death signal is bound to the thread that starts the
		// process, so this thread lives as long as the process does.
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		err := p.cmd.Start()
		started <- err
		if err != nil {
			return
		}
		p.err = p.cmd.Wait()
		_ = writer.Close()
		close(p.exited)
	}()
	if err := <-started; err != nil {
		return nil, err
	}
	go p.collect(reader)
	return p, nil
}

func (p *process) collect(r io.Reader) {
	s := bufio.NewScanner(r)
	s.Buffer(nil, 1<<20)
	for s.Scan() {
		p.mu.Lock()
		p.lines = append(p.lines, s.Text())
		close(p.grown)
		p.grown = make(chan struct{})
		p.mu.Unlock()
	}
	_, _ = io.Copy(io.Discard, r) // a line beyond the buffer must not block the server
}

// log returns what the process printed so far.
func (p *process) log() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return strings.Join(p.lines, "\n")
}

// waitLine returns as soon as a line contains text. It fails when the process
// ends or the time to start is over before that.
func (p *process) waitLine(text string) error {
	deadline := time.NewTimer(startTimeout)
	defer deadline.Stop()
	for seen := 0; ; {
		p.mu.Lock()
		lines, grown := p.lines, p.grown
		p.mu.Unlock()
		for ; seen < len(lines); seen++ {
			if strings.Contains(lines[seen], text) {
				return nil
			}
		}
		select {
		case <-grown:
		case <-p.exited:
			return fmt.Errorf("%s ended (%v) before %q:\n%s", p.cmd.Path, p.err, text, p.log())
		case <-deadline.C:
			return fmt.Errorf("%s: no %q within %v:\n%s", p.cmd.Path, text, startTimeout, p.log())
		}
	}
}

// waitPort returns as soon as the process accepts connections at the port. It is
// for programs that don't say so themselves.
func (p *process) waitPort(port int) error {
	address := net.JoinHostPort("127.0.0.1", strconv.Itoa(port))
	deadline := time.NewTimer(startTimeout)
	defer deadline.Stop()
	again := time.NewTicker(5 * time.Millisecond)
	defer again.Stop()
	for {
		if c, err := net.Dial("tcp", address); err == nil {
			return c.Close()
		}
		select {
		case <-again.C:
		case <-p.exited:
			return fmt.Errorf("%s ended (%v) before it listened:\n%s", p.cmd.Path, p.err, p.log())
		case <-deadline.C:
			return fmt.Errorf("%s doesn't listen within %v:\n%s", p.cmd.Path, startTimeout, p.log())
		}
	}
}

// stop ends the process and its group, politely first. It returns after the end.
func (p *process) stop() {
	terminate(p.cmd.Process.Pid)
	select {
	case <-p.exited:
	case <-time.After(stopTimeout):
	}
	kill(p.cmd.Process.Pid) // helpers that outlived their master, too
	<-p.exited
}
