package notify

import (
	"context"
	"encoding/json"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/godbus/dbus/v5"
)

// dunst is a real notification daemon on a display and a bus of its own.
type dunst struct {
	t   *testing.T
	env []string
	bus string
}

func startDunst(t *testing.T) *dunst {
	t.Helper()
	display := ":" + run(t, "xvfb", nil, "Xvfb", "-displayfd", "1", "-screen", "0", "800x600x24", "-nolisten", "tcp")
	d := &dunst{t: t, bus: startBus(t)}
	d.env = []string{"DISPLAY=" + display, "DBUS_SESSION_BUS_ADDRESS=" + d.bus, "WAYLAND_DISPLAY=", "HOME=" + t.TempDir()}
	cmd := exec.Command("dunst", "-conf", "/dev/null")
	cmd.Env = append(cmd.Environ(), d.env...)
	if err := cmd.Start(); err != nil {
		t.Fatalf("%v; install the package dunst", err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	conn, err := dbus.Connect(d.bus)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	eventually(t, "dunst is there", func() bool {
		var has bool
		err := conn.BusObject().Call("org.freedesktop.DBus.NameHasOwner", 0, serviceName).Store(&has)
		return err == nil && has
	})
	return d
}

// ctl is dunstctl.
func (d *dunst) ctl(args ...string) string {
	d.t.Helper()
	cmd := exec.Command("dunstctl", args...)
	cmd.Env = append(cmd.Environ(), d.env...)
	out, err := cmd.CombinedOutput()
	if err != nil {
		d.t.Fatalf("dunstctl %v: %v\n%s", args, err, out)
	}
	return strings.TrimSpace(string(out))
}

func (d *dunst) displayed(n string) {
	d.t.Helper()
	eventually(d.t, n+" displayed", func() bool { return d.ctl("count", "displayed") == n })
}

// history returns summary and body of what was closed, the newest first.
func (d *dunst) history() [][2]string {
	d.t.Helper()
	type value struct{ Data string }
	var answer struct {
		Data [][]struct{ Summary, Body value }
	}
	if err := json.Unmarshal([]byte(d.ctl("history")), &answer); err != nil {
		d.t.Fatal(err)
	}
	var list [][2]string
	for _, n := range answer.Data[0] {
		list = append(list, [2]string{n.Summary.Data, n.Body.Data})
	}
	return list
}

func TestRealDaemon(t *testing.T) {
	real := startDunst(t)
	d := newDesk(t, real.bus, 10*time.Second)

	// A click opens.
	d.mustShow(t, Notification{ID: "1", Title: "Helen Brandt", Body: "Harbour Lights: <press> & date\nthe mayor would like…", Target: "a1-m1", Open: "Open"})
	real.displayed("1")
	real.ctl("action")
	if got := d.click(t); got.Target != "a1-m1" || got.Action != "" {
		t.Errorf("click: got %+v, want a1-m1", got)
	}
	real.displayed("0")
	if got, want := real.history()[0], [2]string{"Helen Brandt", "Harbour Lights: <press> & date\nthe mayor would like…"}; got != want {
		t.Errorf("shown: got %q, want %q", got, want)
	}

	// Dismissing doesn't: the next activation is that of the next click.
	d.mustShow(t, Notification{ID: "2", Title: "Jonas Ek", Body: "Lunch?", Target: "a1-m2", Open: "Open"})
	real.displayed("1")
	real.ctl("close")
	real.displayed("0")

	// Replacing: one pop-up, with the new text and target.
	d.mustShow(t, Notification{ID: "sum", Title: "4 new messages", Target: "a1-m4", Open: "Open"})
	d.mustShow(t, Notification{ID: "sum", Title: "7 new messages", Target: "a1-m7", Open: "Open"})
	real.displayed("1")
	real.ctl("action")
	if got := d.click(t); got.Target != "a1-m7" {
		t.Errorf("after a dismissal and a replacement: got %+v, want a1-m7", got)
	}
	real.displayed("0")
	if got := real.history()[0][0]; got != "7 new messages" {
		t.Errorf("replaced: got %q, want %q", got, "7 new messages")
	}

	// Taking one away ourselves.
	d.mustShow(t, Notification{ID: "3", Title: "Priya Raman", Target: "a1-m3"})
	real.displayed("1")
	if err := d.Close(context.Background(), "3"); err != nil {
		t.Fatal(err)
	}
	real.displayed("0")
	if len(d.clicks) != 0 || len(d.fallback.shown) != 0 {
		t.Errorf("%d further clicks, %d by the last resort; want none", len(d.clicks), len(d.fallback.shown))
	}
}
