package app

import (
	"context"

	"waxwing/backend/notify"
)

// newNotifier speaks to the desktop itself: Wails reports a dismissed pop-up as
// a click on Linux.
func newNotifier(_ context.Context, o notify.Options) notify.Notifier { return notify.New(o) }
