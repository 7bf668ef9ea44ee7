package app

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"

	"waxwing/backend/mail"
)

// writeDownload writes what came by mail, marked as such where the system has a
// mark for it.
func writeDownload(path string, content []byte) error {
	err := os.WriteFile(path, content, 0o600)
	if errors.Is(err, syscall.ENOSPC) {
		return &mail.Error{Code: mail.CodeDiskFull, Err: err}
	}
	if err != nil {
		return &mail.Error{Code: mail.CodeCannotWrite, Args: map[string]string{"path": path}, Err: err}
	}
	return markDownloaded(path)
}

// freePath returns folder/name, numbered when that is taken: "report (2).pdf".
func freePath(folder, name string) string {
	path := filepath.Join(folder, name)
	extension := filepath.Ext(name)
	for n := 2; ; n++ {
		if _, err := os.Lstat(path); errors.Is(err, os.ErrNotExist) {
			return path
		}
		path = filepath.Join(folder, fmt.Sprintf("%s (%d)%s", strings.TrimSuffix(name, extension), n, extension))
	}
}

// codeExtensions are the endings of files that run, or make another program
// run, when they are opened on one of our systems.
var codeExtensions = []string{
	".app", ".appimage", ".appinstaller", ".application", ".appref-ms", ".appx", ".appxbundle", ".bat", ".chm",
	".cmd", ".com", ".command", ".cpl", ".deb", ".desktop", ".diagcab", ".dll", ".dmg", ".exe", ".fileloc",
	".gadget", ".hta", ".img", ".inetloc", ".inf", ".iso", ".jar", ".jnlp", ".js", ".jse", ".library-ms", ".lnk",
	".mobileconfig", ".mpkg", ".msc", ".msi", ".msix", ".msixbundle", ".msp", ".mst", ".osx", ".pif", ".pkg",
	".prefpane", ".ps1", ".ps1xml", ".psc1", ".psm1", ".py", ".pyw", ".rdp", ".reg", ".rpm", ".run", ".scf",
	".scpt", ".scr", ".sct", ".search-ms", ".settingcontent-ms", ".sh", ".terminal", ".theme", ".themepack",
	".tool", ".url", ".vb", ".vbe", ".vbs", ".vbscript", ".vhd", ".vhdx", ".webloc", ".website", ".workflow",
	".ws", ".wsc", ".wsf", ".wsh", ".xll",
}

// runsCode reports whether opening a file of that name may run a program. The
// endings of Windows, which drops trailing dots and blanks, count everywhere.
func runsCode(name string) bool {
	name = strings.TrimRight(strings.ToLower(name), ". ")
	return slices.Contains(codeExtensions, filepath.Ext(name))
}
