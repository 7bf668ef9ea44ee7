package notify

import (
	"context"
	"errors"
	"log/slog"
	"time"
)

// A Notification is one pop-up. Its texts are plain; markup in them is shown,
// not obeyed.
type Notification struct {
	// ID is a tag of the caller's: a notification replaces the one that is shown
	// under the same ID.
	ID    string
	Title string
	Body  string
	Sound bool
	// Target comes back in the Activation when the person clicks: what to open.
	Target string
	// Open is the word for a click on the notification itself ("Open"); some
	// desktops show it as a button.
	Open    string
	Actions []Action
}

// An Action is a button on a notification.
type Action struct {
	ID    string // not "default", which is the notification itself
	Label string
}

// An Activation is a click.
type Activation struct {
	Target string
	// Action is the ID of the button, empty for the notification itself.
	Action string
	// Token lets the window come to the front under Wayland and X11
	// (XDG_ACTIVATION_TOKEN, DESKTOP_STARTUP_ID); empty when the desktop gave
	// none.
	Token string
}

// A Notifier shows notifications. It is safe for concurrent use.
type Notifier interface {
	// Show shows n or replaces the one with its ID. An error that is
	// ErrPlain says that the text was shown by the last resort: a click does
	// nothing then. Any other error says that nothing was shown.
	Show(ctx context.Context, n Notification) error
	// Close takes away the notification with this ID; one that isn't there is
	// no error.
	Close(ctx context.Context, id string) error
	// Sound plays the sound of new mail alone.
	Sound() error
	// Stop ends the notifier. No Activation comes afterwards, except one that is
	// on its way.
	Stop() error
}

// Options are what every Notifier needs to know.
type Options struct {
	// App is the application's name as shown, DesktopEntry the name of its
	// .desktop file without the ending, Icon a name of the icon theme or a path.
	App, DesktopEntry, Icon string
	// Activated is called for every click, one at a time, from a goroutine of
	// the notifier. While it runs, further clicks wait; beyond a few they are
	// dropped.
	Activated func(Activation)
	// Timeout bounds every conversation with the desktop; zero means 3 seconds.
	Timeout time.Duration
	// Bus is the address of the session bus; empty means the session's own.
	Bus string
	// Fallback shows what the desktop's service can't; nil means Plain.
	Fallback Notifier
	Log      *slog.Logger // nil: nothing is logged
}

func (o Options) withDefaults() Options {
	if o.Timeout == 0 {
		o.Timeout = 3 * time.Second
	}
	if o.Activated == nil {
		o.Activated = func(Activation) {}
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Fallback == nil {
		o.Fallback = NewPlain(o)
	}
	return o
}

var (
	// ErrNoService says that nothing on this desktop shows notifications.
	ErrNoService = errors.New("notify: no notification service on this desktop")
	// ErrPlain says that the last resort showed it: a click does nothing.
	ErrPlain = errors.New("notify: shown without the possibility to click")
)
