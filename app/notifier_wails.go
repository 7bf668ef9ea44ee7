//go:build !linux

package app

import (
	"context"
	"fmt"

	"github.com/wailsapp/wails/v2/pkg/runtime"

	"waxwing/backend/notify"
)

// targetKey is under which a pop-up carries what a click opens.
const targetKey = "target"

// newNotifier uses Wails' pop-ups, which belong to the application's bundle or
// executable as Windows and macOS demand. Where these can't be had it is the
// last resort.
func newNotifier(ctx context.Context, o notify.Options) notify.Notifier {
	plain := notify.NewPlain(o)
	// The callback comes first: Windows delivers the click that started us as
	// soon as pop-ups are initialised.
	runtime.OnNotificationResponse(ctx, func(r runtime.NotificationResult) {
		if r.Error != nil {
			o.Log.Warn("pop-up's answer unreadable", "error", r.Error)
			return
		}
		target, _ := r.Response.UserInfo[targetKey].(string)
		if target != "" && r.Response.ActionIdentifier == defaultAction {
			o.Activated(notify.Activation{Target: target})
		}
	})
	if err := runtime.InitializeNotifications(ctx); err != nil {
		o.Log.Warn("native pop-ups unavailable", "error", err)
		return plain
	}
	if allowed, err := runtime.RequestNotificationAuthorization(ctx); err != nil || !allowed {
		o.Log.Warn("native pop-ups not allowed", "allowed", allowed, "error", err)
	}
	return &wailsNotifier{ctx: ctx, plain: plain}
}

// defaultAction is what Wails calls a click on the pop-up itself.
const defaultAction = "DEFAULT_ACTION"

// wailsNotifier is notify.Notifier over Wails.
type wailsNotifier struct {
	ctx   context.Context // of the window
	plain *notify.Plain
}

func (w *wailsNotifier) Show(ctx context.Context, n notify.Notification) error {
	err := runtime.SendNotification(w.ctx, runtime.NotificationOptions{
		ID: n.ID, Title: n.Title, Body: n.Body, Data: map[string]any{targetKey: n.Target},
	})
	if err != nil {
		return w.plain.Show(ctx, n)
	}
	return nil
}

func (w *wailsNotifier) Close(_ context.Context, id string) error {
	if err := runtime.RemoveNotification(w.ctx, id); err != nil {
		return fmt.Errorf("take pop-up away: %w", err)
	}
	return nil
}

func (w *wailsNotifier) Sound() error { return w.plain.Sound() }

func (w *wailsNotifier) Stop() error {
	runtime.CleanupNotifications(w.ctx)
	return nil
}
