package notify

import (
	"bufio"
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/godbus/dbus/v5"
)

// busConfig is a session bus that starts no services by itself.
const busConfig = `<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig><type>session</type><listen>unix:dir=DIR</listen><auth>EXTERNAL</auth>
<policy context="default"><allow send_destination="*" eavesdrop="true"/><allow eavesdrop="true"/><allow own="*"/></policy>
</busconfig>`

// startBus runs a private session bus until the test ends.
func startBus(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	file := filepath.Join(dir, "bus.conf")
	if err := os.WriteFile(file, []byte(strings.Replace(busConfig, "DIR", dir, 1)), 0o600); err != nil {
		t.Fatal(err)
	}
	return run(t, "dbus", nil, "dbus-daemon", "--nofork", "--print-address", "--config-file="+file)
}

// run starts a program, returns its first line, and ends it with the test.
func run(t *testing.T, install string, env []string, name string, args ...string) string {
	t.Helper()
	cmd := exec.Command(name, args...)
	cmd.Env = append(os.Environ(), env...)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatalf("%v; install the package %s", err, install)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatalf("%s said nothing: %v", name, err)
	}
	return strings.TrimSpace(line)
}

// eventually waits for a condition outside this process.
func eventually(t *testing.T, what string, condition func() bool) {
	t.Helper()
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	deadline := time.After(10 * time.Second)
	for !condition() {
		select {
		case <-tick.C:
		case <-deadline:
			t.Fatalf("waited in vain: %s", what)
		}
	}
}

// recorder is a last resort that remembers.
type recorder struct {
	mu     sync.Mutex
	shown  []Notification
	sounds int
	err    error
}

func (r *recorder) Show(_ context.Context, n Notification) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.shown = append(r.shown, n)
	return r.err
}
func (r *recorder) Close(context.Context, string) error { return nil }
func (r *recorder) Stop() error                         { return nil }
func (r *recorder) Sound() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.sounds++
	return errors.New("no loudspeaker")
}

// desk is a notifier on a private bus with what it reported.
type desk struct {
	Notifier
	clicks   chan Activation
	fallback *recorder
}

func newDesk(t *testing.T, bus string, timeout time.Duration) *desk {
	t.Helper()
	d := &desk{clicks: make(chan Activation, 16), fallback: &recorder{err: ErrPlain}}
	d.Notifier = New(Options{
		App: "Waxwing", DesktopEntry: "waxwing", Bus: bus, Timeout: timeout, Fallback: d.fallback,
		Activated: func(a Activation) { d.clicks <- a },
	})
	t.Cleanup(func() {
		if err := d.Stop(); err != nil {
			t.Errorf("Stop: %v", err)
		}
	})
	return d
}

func (d *desk) mustShow(t *testing.T, n Notification) {
	t.Helper()
	if err := d.Show(context.Background(), n); err != nil {
		t.Fatalf("Show %q: %v", n.Title, err)
	}
}

func (d *desk) click(t *testing.T) Activation {
	t.Helper()
	select {
	case a := <-d.clicks:
		return a
	case <-time.After(10 * time.Second):
		t.Fatal("no activation")
		return Activation{}
	}
}

// settled proves that no click is on its way: one that is made now comes first.
func (d *desk) settled(t *testing.T, fake *daemon) {
	t.Helper()
	d.mustShow(t, Notification{ID: "settled", Title: "x", Target: "settled"})
	fake.emit(t, "ActionInvoked", fake.last(), "default")
	if a := d.click(t); a.Target != "settled" {
		t.Errorf("an activation that nobody asked for: %+v", a)
	}
}

// daemon is a notification service of our own, for odd behaviour.
type daemon struct {
	conn *dbus.Conn
	caps []string
	// hold, when set, keeps every Notify from answering until it is closed.
	hold chan struct{}

	mu     sync.Mutex
	calls  []notifyCall
	closed []uint32
	first  uint32 // added to every number
}

type notifyCall struct {
	app, icon, summary, body string
	number, replaces         uint32
	actions                  []string
	hints                    map[string]dbus.Variant
}

func startDaemon(t *testing.T, bus string, d *daemon) *daemon {
	t.Helper()
	conn, err := dbus.Connect(bus)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	d.conn = conn
	if err := conn.Export(d, servicePath, serviceName); err != nil {
		t.Fatal(err)
	}
	if _, err := conn.RequestName(serviceName, dbus.NameFlagDoNotQueue); err != nil {
		t.Fatal(err)
	}
	return d
}

func (d *daemon) GetCapabilities() ([]string, *dbus.Error) { return d.caps, nil }

func (d *daemon) Notify(app string, replaces uint32, icon, summary, body string, actions []string,
	hints map[string]dbus.Variant, _ int32) (uint32, *dbus.Error) {
	if d.hold != nil {
		<-d.hold
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	number := replaces
	if number == 0 {
		number = d.first + uint32(len(d.calls)) + 1
	}
	d.calls = append(d.calls, notifyCall{app, icon, summary, body, number, replaces, actions, hints})
	return number, nil
}

func (d *daemon) CloseNotification(number uint32) *dbus.Error {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.closed = append(d.closed, number)
	return nil
}

func (d *daemon) call(i int) notifyCall {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.calls[i]
}

func (d *daemon) last() uint32 {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.calls[len(d.calls)-1].number
}

func (d *daemon) emit(t *testing.T, signal string, body ...any) {
	t.Helper()
	if err := d.conn.Emit(servicePath, serviceName+"."+signal, body...); err != nil {
		t.Fatal(err)
	}
}

var allCaps = []string{"actions", "body", "body-markup", "sound"}

func TestWhatTheServiceIsTold(t *testing.T) {
	hostile := Notification{
		ID: "1", Title: "Ada\x00 \u202eevil\nlovelace", Body: "a < b & <b>bold</b>\x1b[31m\nsecond", Open: "Open",
		Actions: []Action{{"archive", "Archive"}},
	}
	for _, c := range []struct {
		name, caps    string
		summary, body string
		actions       int
	}{
		{"markup", "actions body body-markup sound", "Ada evil lovelace", "a &lt; b &amp; &lt;b&gt;bold&lt;/b&gt;[31m\nsecond", 4},
		{"no markup", "actions body sound", "Ada evil lovelace", "a < b & <b>bold</b>[31m\nsecond", 4},
		{"no actions", "body sound", "Ada evil lovelace", "a < b & <b>bold</b>[31m\nsecond", 0},
		{"no body", "sound", "Ada evil lovelace: a < b & <b>bold</b>[31m second", "", 0},
	} {
		bus := startBus(t)
		fake := startDaemon(t, bus, &daemon{caps: strings.Fields(c.caps)})
		newDesk(t, bus, 5*time.Second).mustShow(t, hostile)
		got := fake.call(0)
		if got.summary != c.summary || got.body != c.body || len(got.actions) != c.actions {
			t.Errorf("%s: got %q, %q, %d actions; want %q, %q, %d", c.name, got.summary, got.body, len(got.actions), c.summary, c.body, c.actions)
		}
		if got.app != "Waxwing" || got.hints["desktop-entry"].Value() != "waxwing" || got.hints["category"].Value() != "email.arrived" {
			t.Errorf("%s: app %q, hints %v", c.name, got.app, got.hints)
		}
		if got.hints["suppress-sound"].Value() != true {
			t.Errorf("%s: a silent notification may sound: %v", c.name, got.hints)
		}
	}
}

func TestSound(t *testing.T) {
	for _, c := range []struct {
		caps []string
		want int // sounds of the last resort
	}{{[]string{"body", "sound"}, 0}, {[]string{"body"}, 1}} {
		bus := startBus(t)
		fake := startDaemon(t, bus, &daemon{caps: c.caps})
		d := newDesk(t, bus, 5*time.Second)
		d.mustShow(t, Notification{ID: "1", Title: "x", Sound: true})
		if got := fake.call(0).hints["sound-name"].Value(); got != "message-new-email" {
			t.Errorf("%v: sound-name %v", c.caps, got)
		}
		if len(d.fallback.shown) != 0 {
			t.Errorf("%v: shown twice, since the sound failed", c.caps)
		}
		if d.fallback.sounds != c.want {
			t.Errorf("%v: got %d sounds of our own, want %d", c.caps, d.fallback.sounds, c.want)
		}
	}
}

func TestClicks(t *testing.T) {
	bus := startBus(t)
	fake := startDaemon(t, bus, &daemon{caps: allCaps})
	d := newDesk(t, bus, 5*time.Second)
	d.mustShow(t, Notification{ID: "1", Title: "one", Target: "a1-m1", Open: "Open"})
	first := fake.last()
	fake.emit(t, "ActivationToken", first, "token-7")
	fake.emit(t, "ActionInvoked", first, "default")
	fake.emit(t, "NotificationClosed", first, uint32(2))
	if got, want := d.click(t), (Activation{Target: "a1-m1", Token: "token-7"}); got != want {
		t.Errorf("click: got %+v, want %+v", got, want)
	}
	d.mustShow(t, Notification{ID: "2", Title: "two", Target: "a1-m2"})
	second := fake.last()
	fake.emit(t, "ActionInvoked", second, "archive")
	if got, want := d.click(t), (Activation{Target: "a1-m2", Action: "archive"}); got != want {
		t.Errorf("button: got %+v, want %+v", got, want)
	}
	// Neither a dismissal, nor another program's notification, nor nonsense opens.
	d.mustShow(t, Notification{ID: "3", Title: "three", Target: "a1-m3"})
	fake.emit(t, "NotificationClosed", fake.last(), uint32(2))
	fake.emit(t, "ActionInvoked", fake.last(), "default")
	fake.emit(t, "ActionInvoked", uint32(4711), "default")
	fake.emit(t, "ActionInvoked", "nonsense")
	d.settled(t, fake)
}

func TestReplacing(t *testing.T) {
	bus := startBus(t)
	fake := startDaemon(t, bus, &daemon{caps: allCaps})
	d := newDesk(t, bus, 5*time.Second)
	d.mustShow(t, Notification{ID: "sum", Title: "4 new messages", Target: "old"})
	d.mustShow(t, Notification{ID: "other", Title: "x", Target: "other"})
	d.mustShow(t, Notification{ID: "sum", Title: "7 new messages", Target: "new"})
	if got, want := fake.call(2).replaces, fake.call(0).number; got != want {
		t.Errorf("replaces_id: got %d, want %d", got, want)
	}
	fake.emit(t, "ActionInvoked", fake.call(0).number, "default")
	if got := d.click(t); got.Target != "new" {
		t.Errorf("click on the replaced one: got %q, want %q", got.Target, "new")
	}
	if err := d.Close(context.Background(), "other"); err != nil {
		t.Fatal(err)
	}
	for _, id := range []string{"sum", "never shown"} {
		if err := d.Close(context.Background(), id); err != nil {
			t.Errorf("Close of what isn't there: %v", err)
		}
	}
	eventually(t, "both are closed, once each", func() bool {
		fake.mu.Lock()
		defer fake.mu.Unlock()
		slices.Sort(fake.closed)
		return slices.Equal(fake.closed, []uint32{fake.calls[0].number, fake.calls[1].number})
	})
}

func TestServiceRestarts(t *testing.T) {
	bus := startBus(t)
	fake := startDaemon(t, bus, &daemon{caps: allCaps})
	d := newDesk(t, bus, 5*time.Second)
	d.mustShow(t, Notification{ID: "1", Title: "before", Target: "before"})
	if err := fake.conn.Close(); err != nil {
		t.Fatal(err)
	}
	again := startDaemon(t, bus, &daemon{caps: []string{"body"}, first: 100})
	eventually(t, "the restart is noticed", func() bool {
		desktop := d.Notifier.(*desktop)
		desktop.mu.Lock()
		defer desktop.mu.Unlock()
		return desktop.caps == nil
	})
	d.mustShow(t, Notification{ID: "1", Title: "after", Target: "after"})
	got := again.call(0)
	if got.replaces != 0 || len(got.actions) != 0 {
		t.Errorf("after a restart: replaces %d, actions %v; want 0 and the new service's abilities", got.replaces, got.actions)
	}
}

func TestNoService(t *testing.T) {
	bus := startBus(t)
	d := newDesk(t, bus, 5*time.Second)
	err := d.Show(context.Background(), Notification{ID: "1", Title: "x"})
	if !errors.Is(err, ErrNoService) || !errors.Is(err, ErrPlain) {
		t.Errorf("no service: got %v, want ErrNoService and ErrPlain", err)
	}
	if len(d.fallback.shown) != 1 {
		t.Errorf("the last resort showed %d, want 1", len(d.fallback.shown))
	}
	startDaemon(t, bus, &daemon{caps: allCaps})
	d.mustShow(t, Notification{ID: "1", Title: "now there is one"})
}

func TestNoBus(t *testing.T) {
	t.Setenv("DBUS_SESSION_BUS_ADDRESS", "")
	t.Setenv("XDG_RUNTIME_DIR", t.TempDir())
	for _, bus := range []string{"", "unix:path=" + filepath.Join(t.TempDir(), "none")} {
		d := newDesk(t, bus, time.Second)
		if err := d.Show(context.Background(), Notification{ID: "1", Title: "x"}); !errors.Is(err, ErrNoService) {
			t.Errorf("bus %q: got %v, want ErrNoService", bus, err)
		}
	}
}

func TestSilentServiceDoesNotHoldUp(t *testing.T) {
	bus := startBus(t)
	hold := make(chan struct{})
	startDaemon(t, bus, &daemon{caps: allCaps, hold: hold})
	t.Cleanup(func() { close(hold) })
	d := newDesk(t, bus, 100*time.Millisecond)
	began := time.Now()
	err := d.Show(context.Background(), Notification{ID: "1", Title: "x"})
	if !errors.Is(err, context.DeadlineExceeded) || time.Since(began) > 5*time.Second {
		t.Errorf("silent service: got %v after %v, want the deadline", err, time.Since(began))
	}
	if len(d.fallback.shown) != 1 {
		t.Errorf("the last resort showed %d, want 1", len(d.fallback.shown))
	}
}

func TestServiceDiesDuringACall(t *testing.T) {
	bus := startBus(t)
	hold := make(chan struct{})
	fake := startDaemon(t, bus, &daemon{caps: allCaps, hold: hold})
	t.Cleanup(func() { close(hold) })
	d := newDesk(t, bus, 5*time.Second)
	failed := make(chan error, 1)
	go func() { failed <- d.Show(context.Background(), Notification{ID: "1", Title: "x"}) }()
	eventually(t, "the call is on its way", func() bool {
		desktop := d.Notifier.(*desktop)
		if desktop.mu.TryLock() {
			desktop.mu.Unlock()
			return false
		}
		return true
	})
	if err := fake.conn.Close(); err != nil {
		t.Fatal(err)
	}
	if err := <-failed; err == nil || !errors.Is(err, ErrPlain) {
		t.Errorf("dying service: got %v, want an error with ErrPlain", err)
	}
	startDaemon(t, bus, &daemon{caps: allCaps})
	d.mustShow(t, Notification{ID: "1", Title: "again"})
}
