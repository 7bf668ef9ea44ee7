package app

import (
	"os/exec"

	"golang.org/x/sys/unix"
)

// openFile hands a file to the program that the system has for it.
func openFile(path string) error {
	return start(exec.Command("open", path))
}

// openLink hands a link to the program that the system has for its scheme.
func openLink(address string) error {
	return try(exec.Command("open", address))
}

// quarantine is the attribute by which Gatekeeper knows a downloaded file:
// flags, time, agent, event.
const quarantine = "0081;00000000;Waxwing;"

// markDownloaded makes the system ask before it runs the file.
func markDownloaded(path string) error {
	return unix.Setxattr(path, "com.apple.quarantine", []byte(quarantine), 0)
}
