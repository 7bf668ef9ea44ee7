//go:build unix

package secrets

import (
	"io/fs"
	"os"
	"syscall"
)

// onlyOurs reports whether a file is ours and nobody else may read or write it.
func onlyOurs(info fs.FileInfo) bool {
	stat, ok := info.Sys().(*syscall.Stat_t)
	return ok && int(stat.Uid) == os.Geteuid() && info.Mode().Perm()&0o077 == 0
}
