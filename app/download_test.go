package app

import (
	"os"
	"path/filepath"
	"testing"
)

func TestRunsCode(t *testing.T) {
	for name, want := range map[string]bool{
		"report.pdf": false, "photo.JPG": false, "notes": false, "archive.zip": false, "letter.docx": false,
		"setup.exe": true, "SETUP.EXE": true, "invoice.pdf.exe": true, "script.js": true, "x.desktop": true,
		"page.hta": true, "shortcut.lnk": true, "tool.sh": true, "x.terminal": true, "x.inetloc": true, "x.appinstaller": true, "trailing.exe.": true, "blank.exe ": true,
	} {
		if got := runsCode(name); got != want {
			t.Errorf("runsCode(%q) = %v, want %v", name, got, want)
		}
	}
}

func TestFreePathNeverNamesWhatIsThere(t *testing.T) {
	folder := t.TempDir()
	for _, want := range []string{"a.pdf", "a (2).pdf", "a (3).pdf"} {
		path := freePath(folder, "a.pdf")
		if filepath.Base(path) != want {
			t.Fatalf("freePath = %q, want %q", filepath.Base(path), want)
		}
		if err := os.WriteFile(path, nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
}
