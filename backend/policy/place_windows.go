package policy

import (
	"path/filepath"

	"golang.org/x/sys/windows"
)

// DefaultPath is where the system keeps the policy: %ProgramData%, asked of the
// system since everyone can set their own environment.
func DefaultPath() string {
	folder, err := windows.KnownFolderPath(windows.FOLDERID_ProgramData, 0)
	if err != nil {
		folder = `C:\ProgramData`
	}
	return filepath.Join(folder, "Waxwing", "policy.json")
}
