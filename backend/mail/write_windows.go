package mail

import "syscall"

// What the system says when something can't be written; those without a name in
// package syscall are ERROR_HANDLE_DISK_FULL, ERROR_DISK_FULL,
// ERROR_WRITE_PROTECT and ERROR_DIRECTORY.
var (
	diskFull     = []error{syscall.ENOSPC, syscall.Errno(39), syscall.Errno(112)}
	readOnlyDisk = []error{syscall.EROFS, syscall.Errno(19)}
	inTheWay     = []error{syscall.ENOTDIR, syscall.Errno(267)}
)
