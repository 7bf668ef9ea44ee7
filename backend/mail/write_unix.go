//go:build unix

package mail

import "syscall"

// What the system says when something can't be written.
var (
	diskFull     = []error{syscall.ENOSPC, syscall.EDQUOT}
	readOnlyDisk = []error{syscall.EROFS}
	inTheWay     = []error{syscall.ENOTDIR, syscall.EISDIR}
)
