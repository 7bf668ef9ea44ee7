package notify

import (
	"context"
	"fmt"
	"strings"

	"github.com/gen2brain/beeep"
)

// Plain shows notifications by beeep, with whatever the system has. They can't
// be clicked, replaced or closed.
type Plain struct {
	options Options
	notify  func(title, body string, icon any) error
	beep    func(frequency float64, milliseconds int) error
}

// NewPlain returns a Plain. Only the first one's Options.App counts, since beeep
// keeps it for the process.
func NewPlain(options Options) *Plain {
	beeep.AppName = options.App
	return &Plain{options: options, notify: beeep.Notify, beep: beeep.Beep}
}

// Show returns an ErrPlain when it worked. A desktop that doesn't answer is
// left alone after Options.Timeout.
func (p *Plain) Show(ctx context.Context, n Notification) error {
	if p.options.Timeout > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, p.options.Timeout)
		defer cancel()
	}
	done := make(chan error, 1)
	notify := p.notify // a desktop that answers too late finds nobody waiting
	go func() {
		done <- notify(argument(oneLine(n.Title, maxTitle)), argument(clean(n.Body, maxBody)), p.options.Icon)
	}()
	select {
	case err := <-done:
		if err != nil {
			return fmt.Errorf("notify: last resort: %w", err)
		}
		return ErrPlain
	case <-ctx.Done():
		return fmt.Errorf("notify: last resort: %w", ctx.Err())
	}
}

// argument keeps a text from being read as an option: QUIRK: beeep hands texts
// to notify-send and kdialog as bare arguments.
func argument(s string) string {
	if strings.HasPrefix(s, "-") {
		return " " + s
	}
	return s
}

// Close does nothing.
func (p *Plain) Close(context.Context, string) error { return nil }

// Sound beeps.
func (p *Plain) Sound() error { return p.beep(beeep.DefaultFreq, beeep.DefaultDuration) }

// Stop does nothing.
func (p *Plain) Stop() error { return nil }
