//go:build unix

package policy

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
)

// maxLinks bounds the symbolic links on the way to a file.
const maxLinks = 32

// open follows the path by hand, so that every folder and link on the way is
// looked at: whoever can replace one of them chooses the policy. Afterwards only
// administrators can change what was found.
func (o opener) open(path string) (*os.File, *Finding, error) {
	path, err := filepath.Abs(path)
	if err != nil {
		return nil, nil, err
	}
	rest := strings.Split(strings.TrimPrefix(path, "/"), "/")
	folder, links := "/", 0
	for {
		if problem, err := o.folder(folder); problem != nil || err != nil {
			return nil, problem, err
		}
		here := filepath.Join(folder, rest[0])
		info, err := os.Lstat(here)
		if err != nil {
			return nil, nil, err
		}
		switch {
		case info.Mode()&fs.ModeSymlink != 0:
			if links++; links > maxLinks {
				return nil, nil, errors.New("too many symbolic links")
			}
			if !o.trusts(info) {
				return nil, finding(CodeOwner, here), nil
			}
			if folder, rest, err = follow(here, rest[1:]); err != nil {
				return nil, nil, err
			}
		case len(rest) == 1:
			return o.file(here)
		default:
			folder, rest = here, rest[1:]
		}
	}
}

// follow returns where to go on after a link: from the root again, since a
// relative target is made absolute. The folder of the link holds no links itself.
func follow(link string, rest []string) (folder string, names []string, err error) {
	target, err := os.Readlink(link)
	if err != nil {
		return "", nil, err
	}
	if !filepath.IsAbs(target) {
		target = filepath.Join(filepath.Dir(link), target)
	}
	names = strings.Split(strings.TrimPrefix(filepath.Clean(target), "/"), "/")
	return "/", append(names, rest...), nil
}

// folder says why a folder isn't to be believed. In a sticky one, like /tmp,
// others can't replace what isn't theirs.
func (o opener) folder(path string) (*Finding, error) {
	info, err := os.Stat(path)
	switch {
	case err != nil:
		return nil, err
	case !info.IsDir():
		return nil, fs.ErrNotExist
	case !o.trusts(info):
		return finding(CodeOwner, path), nil
	case writable(info) && info.Mode()&fs.ModeSticky == 0:
		return finding(CodeWritable, path), nil
	}
	return nil, nil
}

// file opens what is no link, and looks at what was opened.
func (o opener) file(path string) (*os.File, *Finding, error) {
	// Opening a pipe would wait for whoever writes into it.
	file, err := os.OpenFile(path, os.O_RDONLY|syscall.O_NONBLOCK|syscall.O_NOFOLLOW, 0)
	if err != nil {
		return nil, nil, err
	}
	info, err := file.Stat()
	var problem *Finding
	switch {
	case err != nil:
	case !info.Mode().IsRegular():
		problem = finding(CodeNotAFile, path)
	case !o.trusts(info):
		problem = finding(CodeOwner, path)
	case writable(info):
		problem = finding(CodeWritable, path)
	default:
		return file, nil, nil
	}
	_ = file.Close() // nothing was written
	return nil, problem, err
}

// trusts reports whether an administrator owns the file.
func (o opener) trusts(info fs.FileInfo) bool {
	s, ok := info.Sys().(*syscall.Stat_t)
	return ok && (s.Uid == 0 || o.own && int(s.Uid) == os.Geteuid())
}

// writable reports whether others than the owner can write. An access control
// list of Linux shows in the group's permissions.
func writable(info fs.FileInfo) bool { return info.Mode().Perm()&0o022 != 0 }

func finding(code Code, path string) *Finding {
	f := about(code, path)
	return &f
}
