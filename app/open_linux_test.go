package app

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"waxwing/backend/mail"
)

// programs puts the only programs that can be found into a folder.
func programs(t *testing.T, scripts map[string]string) string {
	t.Helper()
	folder := t.TempDir()
	for name, script := range scripts {
		if err := os.WriteFile(filepath.Join(folder, name), []byte("#!/bin/sh\n"+script+"\n"), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	t.Setenv("PATH", folder)
	return folder
}

func TestALinkThatNoProgramOpensIsAProblem(t *testing.T) {
	s := &System{}
	for name, scripts := range map[string]map[string]string{
		"no program":     {},
		"it fails":       {"xdg-open": "exit 3"},
		"all of them do": {"xdg-open": "exit 3", "x-www-browser": "exit 1", "www-browser": "exit 1"},
	} {
		programs(t, scripts)
		if err := s.OpenLink("https://example.org/"); mail.CodeOf(err) != mail.CodeNoProgram {
			t.Errorf("%s: got %v", name, err)
		}
	}
}

func TestALinkIsOpenedByTheFirstProgramThatTakesIt(t *testing.T) {
	s := &System{}
	folder := programs(t, map[string]string{"xdg-open": "exit 3", "x-www-browser": `printf %s "$1" > "${0%/*}/opened"`})
	const link = "https://example.org/a?b=c"
	if err := s.OpenLink(link); err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile(filepath.Join(folder, "opened"))
	if err != nil || string(got) != link {
		t.Errorf("got %q, %v", got, err)
	}
	// A browser is no mail program.
	if err := s.OpenLink("mailto:ann@example.org"); mail.CodeOf(err) != mail.CodeNoProgram {
		t.Errorf("got %v", err)
	}
}

func TestOtherLinksAreRefused(t *testing.T) {
	programs(t, map[string]string{"xdg-open": `: > "${0%/*}/opened"`})
	s := &System{}
	for _, link := range []string{"", "-x", "file:///etc/passwd", "javascript:alert(1)", "https:", "http://[", strings.Repeat(":", 9)} {
		err := mail.AsError(s.OpenLink(link))
		if err == nil || err.Code != mail.CodeInvalid || err.Args["reason"] != "link" {
			t.Errorf("%q: got %v", link, err)
		}
		if _, err := s.InspectLink(link, ""); mail.CodeOf(err) != mail.CodeInvalid {
			t.Errorf("%q: got %v", link, err)
		}
	}
}
