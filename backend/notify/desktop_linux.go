package notify

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"

	"github.com/godbus/dbus/v5"
)

// The notification service's name, which is its interface's as well, and path.
const (
	serviceName = "org.freedesktop.Notifications"
	servicePath = "/org/freedesktop/Notifications"
)

// desktop talks to the desktop's notification service over the session bus.
//
// mu is held during calls, so that a click can't be handled before the answer
// that tells its number was. Signals are handled in their order by listen.
type desktop struct {
	options Options

	mu      sync.Mutex
	stopped bool
	conn    *dbus.Conn
	caps    map[string]bool   // nil: not asked since the service (re)started
	numbers map[string]uint32 // by the caller's ID
	shown   map[uint32]shown
	tokens  map[uint32]string // of clicks that are on their way

	activations chan Activation
	done        chan struct{}
}

// shown is what a number of the service stands for.
type shown struct{ id, target string }

func newDesktop(options Options) *desktop {
	d := &desktop{options: options, activations: make(chan Activation, 16), done: make(chan struct{})}
	d.forget()
	go d.activate()
	return d
}

// activate calls back outside every lock.
func (d *desktop) activate() {
	for {
		select {
		case a := <-d.activations:
			d.options.Activated(a)
		case <-d.done:
			return
		}
	}
}

// forget drops what a service that is gone had told. The caller holds mu, or
// is the only one to know d.
func (d *desktop) forget() {
	d.caps = nil
	d.numbers = make(map[string]uint32)
	d.shown = make(map[uint32]shown)
	d.tokens = make(map[uint32]string)
}

// Show falls back to Options.Fallback when the service can't be had; the error
// says so.
func (d *desktop) Show(ctx context.Context, n Notification) error {
	err := d.show(ctx, n)
	if err == nil {
		return nil
	}
	d.options.Log.Info("desktop notification failed, using the last resort", "error", err)
	return errors.Join(err, d.options.Fallback.Show(ctx, n))
}

func (d *desktop) show(ctx context.Context, n Notification) error {
	ctx, cancel := context.WithTimeout(ctx, d.options.Timeout)
	defer cancel()
	d.mu.Lock()
	defer d.mu.Unlock()
	service, err := d.service(ctx)
	if err != nil {
		return err
	}
	replaces := d.numbers[n.ID]
	var number uint32
	call := service.CallWithContext(ctx, serviceName+".Notify", 0,
		d.options.App, replaces, d.options.Icon, d.summary(n), d.body(n), d.actions(n), d.hints(n), int32(-1))
	if err := call.Store(&number); err != nil {
		return d.failed(err)
	}
	if replaces != 0 && replaces != number {
		delete(d.shown, replaces)
	}
	d.numbers[n.ID] = number
	d.shown[number] = shown{n.ID, n.Target}
	if n.Sound && !d.caps["sound"] {
		if err := d.options.Fallback.Sound(); err != nil {
			d.options.Log.Info("no sound", "error", err)
		}
	}
	return nil
}

func (d *desktop) summary(n Notification) string {
	title := oneLine(n.Title, maxTitle)
	if !d.caps["body"] && n.Body != "" {
		title += ": " + oneLine(n.Body, maxTitle)
	}
	return title
}

func (d *desktop) body(n Notification) string {
	if !d.caps["body"] {
		return ""
	}
	body := clean(n.Body, maxBody)
	if d.caps["body-markup"] {
		return escapeMarkup(body)
	}
	return body
}

// escapeMarkup protects text from a daemon that reads markup in bodies.
var escapeMarkup = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;").Replace

func (d *desktop) actions(n Notification) []string {
	actions := []string{}
	if !d.caps["actions"] {
		return actions
	}
	actions = append(actions, "default", n.Open)
	for _, a := range n.Actions {
		actions = append(actions, a.ID, a.Label)
	}
	return actions
}

func (d *desktop) hints(n Notification) map[string]dbus.Variant {
	hints := map[string]dbus.Variant{
		"category": dbus.MakeVariant("email.arrived"),
		"urgency":  dbus.MakeVariant(byte(1)),
	}
	if d.options.DesktopEntry != "" {
		hints["desktop-entry"] = dbus.MakeVariant(d.options.DesktopEntry)
	}
	if n.Sound {
		hints["sound-name"] = dbus.MakeVariant("message-new-email")
	} else {
		hints["suppress-sound"] = dbus.MakeVariant(true)
	}
	return hints
}

// Close asks the service to take a notification away.
func (d *desktop) Close(ctx context.Context, id string) error {
	ctx, cancel := context.WithTimeout(ctx, d.options.Timeout)
	defer cancel()
	d.mu.Lock()
	defer d.mu.Unlock()
	number, ok := d.numbers[id]
	if !ok || d.conn == nil {
		return nil
	}
	delete(d.numbers, id)
	delete(d.shown, number)
	call := d.conn.Object(serviceName, servicePath).CallWithContext(ctx, serviceName+".CloseNotification", 0, number)
	var refusal dbus.Error
	if errors.As(call.Err, &refusal) && !absent(refusal) {
		return nil // services refuse to close what is closed already
	}
	if call.Err != nil {
		return d.failed(call.Err)
	}
	return nil
}

// Sound uses the last resort's sound: the service plays sounds with
// notifications only.
func (d *desktop) Sound() error { return d.options.Fallback.Sound() }

// Stop closes the connection. What is shown stays.
func (d *desktop) Stop() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.stopped {
		return nil
	}
	d.stopped = true
	close(d.done)
	d.disconnect()
	return d.options.Fallback.Stop()
}

// service returns the service's object, connected and asked for what it can
// do. The caller holds mu.
func (d *desktop) service(ctx context.Context) (dbus.BusObject, error) {
	if d.stopped {
		return nil, errors.New("notify: stopped")
	}
	if d.conn == nil || !d.conn.Connected() {
		if err := d.connect(ctx); err != nil {
			return nil, err
		}
	}
	service := d.conn.Object(serviceName, servicePath)
	if d.caps == nil {
		var list []string
		if err := service.CallWithContext(ctx, serviceName+".GetCapabilities", 0).Store(&list); err != nil {
			return nil, d.failed(err)
		}
		d.caps = make(map[string]bool, len(list))
		for _, c := range list {
			d.caps[c] = true
		}
	}
	return service, nil
}

// connect opens a connection of our own and listens to the service. The caller
// holds mu.
func (d *desktop) connect(ctx context.Context) error {
	d.disconnect()
	address, err := d.address()
	if err != nil {
		return err
	}
	conn, err := dbus.Dial(address, dbus.WithSignalHandler(dbus.NewSequentialSignalHandler()))
	if err != nil {
		return fmt.Errorf("%w: %w", ErrNoService, err)
	}
	// Authentication reads without a deadline of its own.
	stop := context.AfterFunc(ctx, func() { _ = conn.Close() })
	defer stop()
	err = conn.Auth(nil)
	if err == nil {
		err = conn.Hello()
	}
	if err == nil {
		err = listenTo(ctx, conn)
	}
	if err != nil {
		_ = conn.Close()
		return fmt.Errorf("%w: %w", ErrNoService, err)
	}
	signals := make(chan *dbus.Signal, 64)
	conn.Signal(signals)
	d.conn = conn
	go d.listen(conn, signals)
	return nil
}

// listenTo asks the bus for the service's signals and for its comings and goings.
func listenTo(ctx context.Context, conn *dbus.Conn) error {
	err := conn.AddMatchSignalContext(ctx, dbus.WithMatchSender(serviceName), dbus.WithMatchInterface(serviceName),
		dbus.WithMatchObjectPath(servicePath))
	if err != nil {
		return err
	}
	return conn.AddMatchSignalContext(ctx, dbus.WithMatchSender("org.freedesktop.DBus"),
		dbus.WithMatchInterface("org.freedesktop.DBus"), dbus.WithMatchMember("NameOwnerChanged"), dbus.WithMatchArg(0, serviceName))
}

// address finds the session bus. Without one godbus would start a bus of its
// own, where nobody shows anything.
func (d *desktop) address() (string, error) {
	if d.options.Bus != "" {
		return d.options.Bus, nil
	}
	if address := os.Getenv("DBUS_SESSION_BUS_ADDRESS"); address != "" && address != "autolaunch:" {
		return address, nil
	}
	if dir := os.Getenv("XDG_RUNTIME_DIR"); dir != "" {
		socket := filepath.Join(dir, "bus")
		if _, err := os.Stat(socket); err == nil {
			return "unix:path=" + socket, nil
		}
	}
	return "", fmt.Errorf("%w: no session bus", ErrNoService)
}

// failed judges a failed call, and drops a connection that is no use any more.
// The caller holds mu.
func (d *desktop) failed(err error) error {
	var refusal dbus.Error
	switch {
	case errors.As(err, &refusal) && absent(refusal):
		d.forget()
		return fmt.Errorf("%w: %w", ErrNoService, err)
	case errors.As(err, &refusal):
		return fmt.Errorf("notify: the notification service refused: %w", err)
	default: // closed, or silent beyond the deadline
		d.disconnect()
		return fmt.Errorf("notify: the notification service doesn't answer: %w", err)
	}
}

// absent tells the bus's "nobody has this name" from a service's own errors.
func absent(e dbus.Error) bool {
	return e.Name == "org.freedesktop.DBus.Error.ServiceUnknown" ||
		e.Name == "org.freedesktop.DBus.Error.NameHasNoOwner" ||
		e.Name == "org.freedesktop.DBus.Error.NoReply" ||
		strings.HasPrefix(e.Name, "org.freedesktop.DBus.Error.Spawn.")
}

// disconnect forgets the connection and what it knew. The caller holds mu.
func (d *desktop) disconnect() {
	if d.conn != nil {
		_ = d.conn.Close() // it is given up, whatever closing says
		d.conn = nil
	}
	d.forget()
}

// listen handles the signals of one connection until it closes.
func (d *desktop) listen(conn *dbus.Conn, signals <-chan *dbus.Signal) {
	for s := range signals {
		d.handle(conn, s)
	}
}

func (d *desktop) handle(conn *dbus.Conn, s *dbus.Signal) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.conn != conn {
		return // of a connection given up
	}
	var number uint32
	var text string
	switch s.Name {
	case "org.freedesktop.DBus.NameOwnerChanged":
		d.forget() // a new service numbers anew
	case serviceName + ".ActivationToken":
		if dbus.Store(s.Body, &number, &text) == nil {
			d.tokens[number] = text
		}
	case serviceName + ".ActionInvoked":
		if dbus.Store(s.Body, &number, &text) == nil {
			d.clicked(number, text)
		}
	case serviceName + ".NotificationClosed":
		var reason uint32
		if dbus.Store(s.Body, &number, &reason) == nil {
			d.gone(number)
		}
	}
}

// clicked passes a click on, if it is one on a notification of ours.
func (d *desktop) clicked(number uint32, action string) {
	what, ok := d.shown[number]
	token := d.tokens[number]
	delete(d.tokens, number)
	if !ok {
		return
	}
	if action == "default" {
		action = ""
	}
	// Not every service takes away what was clicked.
	d.conn.Object(serviceName, servicePath).Go(serviceName+".CloseNotification", dbus.FlagNoReplyExpected, nil, number)
	d.gone(number)
	select {
	case d.activations <- Activation{Target: what.target, Action: action, Token: token}:
	default:
		d.options.Log.Warn("click on a notification dropped: the application is busy")
	}
}

// gone is dismissed, expired or closed: nothing to open.
func (d *desktop) gone(number uint32) {
	if what, ok := d.shown[number]; ok {
		if d.numbers[what.id] == number {
			delete(d.numbers, what.id)
		}
		delete(d.shown, number)
	}
	delete(d.tokens, number)
}
