//go:build !linux

package mailtest

import (
	"errors"
	"os"
	"syscall"
)

// An owner is the system user that servers run as.
type owner struct{ user, group string }

func newOwner() (owner, error) {
	return owner{}, errors.New("the real servers of these tests run on Linux only")
}

func (owner) attributes() *syscall.SysProcAttr { return nil }
func (owner) own(string) error                 { return nil }

func terminate(pid int) { kill(pid) }

func kill(pid int) {
	if p, err := os.FindProcess(pid); err == nil {
		_ = p.Kill()
	}
}
