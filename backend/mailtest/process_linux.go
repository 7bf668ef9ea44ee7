package mailtest

import (
	"fmt"
	"os"
	"os/user"
	"path/filepath"
	"strconv"
	"syscall"
)

// An owner is the system user that servers run as: nobody when the tests run as
// root, since Dovecot refuses to serve mail as root, else the user of the tests.
type owner struct {
	user, group string
	uid, gid    int
	drop        bool // the tests run as root
}

func newOwner() (owner, error) {
	var u *user.User
	var err error
	drop := os.Geteuid() == 0
	if drop {
		u, err = user.Lookup("nobody")
	} else {
		u, err = user.Current()
	}
	if err != nil {
		return owner{}, fmt.Errorf("the user to run servers as: %w", err)
	}
	g, err := user.LookupGroupId(u.Gid)
	if err != nil {
		return owner{}, fmt.Errorf("the group to run servers as: %w", err)
	}
	o := owner{user: u.Username, group: g.Name, drop: drop}
	if o.uid, err = strconv.Atoi(u.Uid); err != nil {
		return owner{}, err
	}
	if o.gid, err = strconv.Atoi(u.Gid); err != nil {
		return owner{}, err
	}
	return o, nil
}

// attributes starts a process as the owner, in a group of its own, and has the
// kernel end it when the tests die.
func (o owner) attributes() *syscall.SysProcAttr {
	a := &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGTERM}
	if o.drop {
		a.Credential = &syscall.Credential{Uid: uint32(o.uid), Gid: uint32(o.gid)}
	}
	return a
}

// own gives everything under the folder to the owner.
func (o owner) own(folder string) error {
	if !o.drop {
		return nil
	}
	return filepath.WalkDir(folder, func(path string, _ os.DirEntry, err error) error {
		if err != nil {
			return err
		}
		return os.Lchown(path, o.uid, o.gid)
	})
}

func terminate(group int) { _ = syscall.Kill(-group, syscall.SIGTERM) }
func kill(group int)      { _ = syscall.Kill(-group, syscall.SIGKILL) }
