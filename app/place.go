package app

import (
	"context"
	"encoding/json"

	"github.com/wailsapp/wails/v2/pkg/runtime"

	"waxwing/backend/engine"
)

// settingPlace is the key under which the engine keeps the window's place.
const settingPlace = "window"

// The window's size in CSS pixels when nobody changed it, and the least it works at.
const (
	defaultWidth, defaultHeight = 1280, 800
	minWidth, minHeight         = 360, 480
)

// place is where the window was when it was closed.
type place struct {
	Width     int  `json:"width"`
	Height    int  `json:"height"`
	X         int  `json:"x"`
	Y         int  `json:"y"`
	Maximised bool `json:"maximised"`
}

// rememberPlace stores where the window is. A maximised window keeps the size
// that it had before.
func (s *shell) rememberPlace(ctx context.Context, e *engine.Engine) {
	p, _ := loadPlace(ctx, e)
	p.Maximised = runtime.WindowIsMaximised(ctx)
	if !p.Maximised {
		p.Width, p.Height = runtime.WindowGetSize(ctx)
		p.X, p.Y = runtime.WindowGetPosition(ctx)
	}
	value, err := json.Marshal(p)
	if err == nil {
		err = e.SetSetting(ctx, settingPlace, value)
	}
	if err != nil {
		s.log.Warn("window's place not stored", "error", err)
	}
}

// loadPlace returns the stored place; ok is false when there is none.
func loadPlace(ctx context.Context, e *engine.Engine) (p place, ok bool) {
	value, ok, err := e.Setting(ctx, settingPlace)
	if err != nil || !ok || json.Unmarshal(value, &p) != nil {
		return place{}, false
	}
	return p, p.Width >= minWidth && p.Height >= minHeight
}

// restorePlace puts the window where it was.
func (s *shell) restorePlace(ctx context.Context) {
	e, _, err := s.engine()
	if err != nil {
		return
	}
	p, ok := loadPlace(ctx, e)
	if !ok {
		return
	}
	runtime.WindowSetSize(ctx, p.Width, p.Height)
	runtime.WindowSetPosition(ctx, p.X, p.Y)
	if p.Maximised {
		runtime.WindowMaximise(ctx)
	}
}
