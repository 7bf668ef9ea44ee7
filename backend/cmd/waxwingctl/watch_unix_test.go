//go:build unix

package main

import (
	"bufio"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"
)

// TestWatch watches in a process of its own, delivers a message, and ends it
// by the signals that the system sends.
func TestWatch(t *testing.T) {
	for _, signal := range []syscall.Signal{syscall.SIGINT, syscall.SIGTERM} {
		t.Run(signal.String(), func(t *testing.T) {
			i := newInstallation(t)
			i.add()
			program, err := os.Executable()
			if err != nil {
				t.Fatal(err)
			}
			cmd := exec.CommandContext(t.Context(), program, "--data", i.dir, "--key-file", i.keyFile, "sync", "--watch")
			cmd.Env = append(os.Environ(), asProgram+"=1")
			stderr, err := cmd.StderrPipe()
			if err != nil {
				t.Fatal(err)
			}
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			stuck := time.AfterFunc(30*time.Second, func() { _ = cmd.Process.Kill() })
			defer stuck.Stop()
			lines := bufio.NewScanner(stderr)
			waitFor := func(text string) {
				t.Helper()
				for lines.Scan() {
					if strings.Contains(lines.Text(), text) {
						return
					}
				}
				t.Fatalf("sync --watch ended without saying %q", text)
			}
			waitFor("upToDate")
			i.server.Deliver(t, i.user, "INBOX", markedMail(3, false))
			waitFor("1 new message")
			if err := cmd.Process.Signal(signal); err != nil {
				t.Fatal(err)
			}
			for lines.Scan() { // to the end, before Wait closes the pipe
			}
			if err := cmd.Wait(); err != nil {
				t.Errorf("after %v: %v, want exit status 0", signal, err)
			}
			if found := do[listJSON[emailJSON]](i, "search", marker); found.Total != 1 {
				t.Errorf("afterwards %d messages are found, want 1", found.Total)
			}
		})
	}
}
