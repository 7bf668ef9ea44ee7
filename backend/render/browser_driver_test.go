//go:build linux

package render

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// driverTimeout bounds what is waited for: the start of a program, a command, a
// condition of the page. A loaded machine takes seconds.
const driverTimeout = 30 * time.Second

// program starts a program in a process group of its own, which ends with the
// test. The output goes to stdout, if that isn't nil.
func program(t *testing.T, stdout *os.File, env []string, name string, args ...string) {
	t.Helper()
	cmd := exec.Command(name, args...)
	cmd.Env = append(os.Environ(), env...)
	if stdout != nil {
		cmd.Stdout = stdout
	}
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGTERM}
	started, ended := make(chan error, 1), make(chan struct{})
	go func() {
		// The death signal is bound to the thread that starts the process.
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		defer close(ended)
		err := cmd.Start()
		started <- err
		if err == nil {
			_ = cmd.Wait() // it ends by a signal
		}
	}()
	if err := <-started; err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGTERM)
		select {
		case <-ended:
		case <-time.After(5 * time.Second):
		}
		_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL)
		<-ended
	})
}

// need returns the path of a program, the first one that there is.
func need(t *testing.T, debianPackage string, candidates ...string) string {
	t.Helper()
	for _, c := range candidates {
		if matches, err := filepath.Glob(c); err == nil && len(matches) > 0 && filepath.IsAbs(c) {
			return matches[0]
		}
		if path, err := exec.LookPath(c); err == nil {
			return path
		}
	}
	t.Fatalf("%s is missing: install the package %s", strings.Join(candidates, " or "), debianPackage)
	return ""
}

// display returns an X display, a virtual one unless there is one.
func display(t *testing.T) string {
	t.Helper()
	if d := os.Getenv("DISPLAY"); d != "" {
		return d
	}
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	program(t, w, nil, need(t, "xvfb", "Xvfb"), "-displayfd", "1", "-screen", "0", "1000x800x24", "-nolisten", "tcp")
	w.Close()
	if err := r.SetReadDeadline(time.Now().Add(driverTimeout)); err != nil {
		t.Fatal(err)
	}
	number, err := bufio.NewReader(r).ReadString('\n')
	if err != nil {
		t.Fatalf("Xvfb told no display: %v", err)
	}
	return ":" + strings.TrimSpace(number)
}

// A browser is a session of the W3C WebDriver protocol
// (https://www.w3.org/TR/webdriver2/).
type browser struct {
	t   *testing.T
	url string // the session's
	// connectsAhead says that it connects to the host of a link as soon as a
	// button is pressed on it, not before, and sends nothing.
	connectsAhead bool
}

// openBrowser starts a driver, which gets its port by an argument, and has it
// start a browser with the capabilities.
func openBrowser(t *testing.T, env []string, driver string, capabilities map[string]any) *browser {
	t.Helper()
	port := strconv.Itoa(freePort(t))
	program(t, nil, env, driver, "--port="+port)
	b := &browser{t: t, url: "http://127.0.0.1:" + port}
	b.eventually(driver+" is ready", func() bool {
		var status struct{ Ready bool }
		return b.try("GET", "/status", nil, &status) == nil && status.Ready
	}, func() string { return "nothing" })
	var session struct{ SessionID string }
	b.do("POST", "/session", map[string]any{"capabilities": map[string]any{"alwaysMatch": capabilities}}, &session)
	b.url += "/session/" + session.SessionID
	t.Cleanup(func() {
		if err := b.try("DELETE", "", nil, nil); err != nil {
			t.Errorf("closing the browser: %v", err)
		}
	})
	return b
}

func freePort(t *testing.T) int {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port
}

// try sends a command and decodes the value of the answer.
func (b *browser) try(method, command string, arguments, value any) error {
	body := []byte("{}")
	if arguments != nil {
		var err error
		if body, err = json.Marshal(arguments); err != nil {
			return err
		}
	}
	if method != http.MethodPost {
		body = nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), driverTimeout)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, method, b.url+command, bytes.NewReader(body))
	if err != nil {
		return err
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	var answer struct{ Value json.RawMessage }
	if err := json.NewDecoder(response.Body).Decode(&answer); err != nil {
		return err
	}
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("%s %s: %.500s", method, command, answer.Value)
	}
	if value == nil {
		return nil
	}
	return json.Unmarshal(answer.Value, value)
}

func (b *browser) do(method, command string, arguments, value any) {
	b.t.Helper()
	if err := b.try(method, command, arguments, value); err != nil {
		b.t.Fatal(err)
	}
}

// open navigates to a page.
func (b *browser) open(url string) {
	b.t.Helper()
	b.do("POST", "/url", map[string]any{"url": url}, nil)
}

// run executes a script in the current frame and decodes what it returns.
func (b *browser) run(script string, value any) {
	b.t.Helper()
	b.do("POST", "/execute/sync", map[string]any{"script": script, "args": []any{}}, value)
}

// within does something in the frame with that id.
func (b *browser) within(frame string, do func()) {
	b.t.Helper()
	var element any
	b.do("POST", "/element", map[string]any{"using": "css selector", "value": "iframe[id='" + frame + "']"}, &element)
	b.do("POST", "/frame", map[string]any{"id": element}, nil)
	do()
	b.do("POST", "/frame", map[string]any{"id": nil}, nil)
}

// An element is a WebDriver reference to one.
type element map[string]string

func (e element) id() string {
	for _, id := range e {
		return id
	}
	return ""
}

func (b *browser) elements(selector string) []element {
	b.t.Helper()
	var list []element
	b.do("POST", "/elements", map[string]any{"using": "css selector", "value": selector}, &list)
	return list
}

// click clicks an element as a person does.
func (b *browser) click(e element) {
	b.t.Helper()
	b.do("POST", "/element/"+e.id()+"/click", nil, nil)
}

// middleClick presses the middle button, which opens links in new windows.
func (b *browser) middleClick(e element) {
	b.t.Helper()
	b.do("POST", "/actions", map[string]any{"actions": []any{map[string]any{
		"type": "pointer", "id": "mouse", "parameters": map[string]any{"pointerType": "mouse"},
		"actions": []any{
			map[string]any{"type": "pointerMove", "duration": 0, "x": 0, "y": 0, "origin": e},
			map[string]any{"type": "pointerDown", "button": 1},
			map[string]any{"type": "pointerUp", "button": 1},
		},
	}}}, nil)
	b.do("DELETE", "/actions", nil, nil)
}

// windows counts the browser's windows.
func (b *browser) windows() int {
	b.t.Helper()
	var handles []string
	b.do("GET", "/window/handles", nil, &handles)
	return len(handles)
}

// location is the address of the page.
func (b *browser) location() string {
	b.t.Helper()
	var url string
	b.do("GET", "/url", nil, &url)
	return url
}

// eventually waits for a condition; seen describes what there was instead.
func (b *browser) eventually(what string, holds func() bool, seen func() string) {
	b.t.Helper()
	deadline := time.NewTimer(driverTimeout)
	defer deadline.Stop()
	again := time.NewTicker(20 * time.Millisecond)
	defer again.Stop()
	for !holds() {
		select {
		case <-again.C:
		case <-deadline.C:
			b.t.Fatalf("not within %v: %s\nseen %.2000s", driverTimeout, what, seen())
		}
	}
}
