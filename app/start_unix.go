//go:build !windows

package app

import (
	"os/exec"
	"time"
)

// start runs a helper program that outlives the call, and collects its end.
func start(c *exec.Cmd) error {
	if err := c.Start(); err != nil {
		return err
	}
	go func() { _ = c.Wait() }()
	return nil
}

// patience is how long a program is given to fail. One that still runs is the
// browser itself, or waits for it.
const patience = 5 * time.Second

// try is start, but reports a program that fails soon.
func try(c *exec.Cmd) error {
	if err := c.Start(); err != nil {
		return err
	}
	ended := make(chan error, 1)
	go func() { ended <- c.Wait() }()
	select {
	case err := <-ended:
		return err
	case <-time.After(patience):
		return nil
	}
}
