package app

import (
	"os"

	"golang.org/x/sys/windows"
)

// openFile hands a file to the program that the shell has for it.
func openFile(path string) error {
	verb, err := windows.UTF16PtrFromString("open")
	if err != nil {
		return err
	}
	file, err := windows.UTF16PtrFromString(path)
	if err != nil {
		return err
	}
	return windows.ShellExecute(0, verb, file, nil, nil, windows.SW_SHOWNORMAL)
}

// openLink hands a link to the program that the shell has for its scheme.
func openLink(address string) error { return openFile(address) }

// markDownloaded writes the mark of the web, so that Windows and Office open
// the file with care (zone 3, the internet). A file system without streams, a
// memory stick's, has no place for it; the file is saved all the same.
func markDownloaded(path string) error {
	_ = os.WriteFile(path+":Zone.Identifier", []byte("[ZoneTransfer]\r\nZoneId=3\r\n"), 0o600)
	return nil
}
