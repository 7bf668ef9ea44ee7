package main

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"waxwing/backend/engine"
	"waxwing/backend/mail"
)

func TestInUse(t *testing.T) {
	i := newInstallation(t)
	window, err := engine.Open(t.Context(), engine.Config{Dir: i.dir})
	if err != nil {
		t.Fatal(err)
	}
	i.refused(mail.CodeInUse, "", "account", "list")
	if err := window.Close(); err != nil {
		t.Fatal(err)
	}
	if got := i.call("", "account", "list"); got.status != exitDone {
		t.Errorf("after the window was closed: %+v", got)
	}
}

// TestUnwritableData names a folder that can't be made.
func TestUnwritableData(t *testing.T) {
	i := newInstallation(t)
	if err := os.WriteFile(i.dir, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	got := i.refused(mail.CodeCannotWrite, "", "account", "list")
	if !strings.Contains(got.err, i.dir+" can't be written: ") || !strings.Contains(got.err, "--data") {
		t.Errorf("stderr %q, want the folder and why", got.err)
	}
}

// TestCancelled ends a sync before it began.
func TestCancelled(t *testing.T) {
	i := newInstallation(t)
	i.add()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	var out, err bytes.Buffer
	status := run(ctx, []string{"--data", i.dir, "--key-file", i.keyFile, "sync"}, streams{in: strings.NewReader(""), out: &out, err: &err})
	if status != exitFailed || !strings.Contains(err.String(), "(cancelled)") {
		t.Errorf("status %d, stderr %q, want 1 and code cancelled", status, err.String())
	}
}

// TestUnusableFolder: a data folder that can't be written to is named as that.
func TestUnusableFolder(t *testing.T) {
	i := newInstallation(t)
	if err := os.MkdirAll(filepath.Join(i.dir, "lock"), 0o700); err != nil {
		t.Fatal(err)
	}
	if got := i.refused(mail.CodeCannotWrite, "", "account", "list"); !strings.Contains(got.err, "--data") || !strings.Contains(got.err, "lock") {
		t.Errorf("stderr doesn't tell what is wrong:\n%s", got.err)
	}
}
