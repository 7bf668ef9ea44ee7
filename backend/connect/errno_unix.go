//go:build unix

package connect

import "syscall"

// What the system says when a connection can't be made or ends.
var (
	errnoRefused     = []error{syscall.ECONNREFUSED}
	errnoUnreachable = []error{syscall.ENETUNREACH, syscall.ENETDOWN, syscall.EHOSTUNREACH, syscall.EHOSTDOWN, syscall.EADDRNOTAVAIL}
	errnoLost        = []error{syscall.ECONNRESET, syscall.ECONNABORTED, syscall.EPIPE, syscall.ENOTCONN}
	errnoTimeout     = []error{syscall.ETIMEDOUT}
)
