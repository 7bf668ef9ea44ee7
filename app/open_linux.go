package app

import (
	"errors"
	"fmt"
	"os/exec"
	"strings"
)

// openFile hands a file to the program that the desktop has for it.
func openFile(path string) error {
	return start(exec.Command("xdg-open", path))
}

// openLink hands a link to the program that the desktop has for its scheme. A
// desktop that knows none may still have a browser by Debian's names.
func openLink(address string) error {
	programs := []string{"xdg-open"}
	if strings.HasPrefix(address, "http") {
		programs = append(programs, "x-www-browser", "www-browser")
	}
	var failures []error
	for _, program := range programs {
		err := try(exec.Command(program, address))
		if err == nil {
			return nil
		}
		failures = append(failures, fmt.Errorf("%s: %w", program, err))
	}
	return errors.Join(failures...)
}

// markDownloaded does nothing: Linux has no mark for downloaded files.
func markDownloaded(string) error { return nil }
