package connect

import "golang.org/x/sys/windows"

// What the system says when a connection can't be made or ends.
var (
	errnoRefused     = []error{windows.WSAECONNREFUSED}
	errnoUnreachable = []error{windows.WSAENETUNREACH, windows.WSAENETDOWN, windows.WSAEHOSTUNREACH, windows.WSAEHOSTDOWN, windows.WSAEADDRNOTAVAIL}
	errnoLost        = []error{windows.WSAECONNRESET, windows.WSAECONNABORTED, windows.WSAENETRESET, windows.WSAENOTCONN, windows.WSAESHUTDOWN}
	errnoTimeout     = []error{windows.WSAETIMEDOUT}
)
