//go:build unix

package app

import (
	"io/fs"
	"os"
	"syscall"
)

// mine reports whether the file belongs to the person who runs this.
func mine(info fs.FileInfo) bool {
	stat, ok := info.Sys().(*syscall.Stat_t)
	return ok && int(stat.Uid) == os.Getuid()
}
