//go:build !windows

package app

import "os/exec"

// start runs a helper program that outlives the call, and collects its end.
func start(c *exec.Cmd) error {
	if err := c.Start(); err != nil {
		return err
	}
	go func() { _ = c.Wait() }()
	return nil
}
