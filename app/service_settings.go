package app

import (
	"context"
	"encoding/json"
	"slices"

	"waxwing/backend/engine"
	"waxwing/backend/mail"
)

// settingPreferences is the key under which the engine keeps Preferences.
const settingPreferences = "preferences"

// Settings reads and writes the person's preferences.
type Settings struct{ shell *shell }

// Get returns the preferences; what was never chosen has its default.
func (s *Settings) Get() (Preferences, error) {
	e, ctx, err := s.shell.engine()
	if err != nil {
		return defaultPreferences(), err
	}
	return loadPreferences(ctx, e)
}

// Set stores the preferences and returns them as stored. CodeInvalid names the
// field whose value is none of those offered.
func (s *Settings) Set(p Preferences) (Preferences, error) {
	e, ctx, err := s.shell.engine()
	if err != nil {
		return p, err
	}
	if field := p.invalid(); field != "" {
		return p, &mail.Error{Code: mail.CodeInvalid, Args: map[string]string{"field": field}}
	}
	value, err := json.Marshal(p)
	if err != nil {
		return p, err
	}
	return p, e.SetSetting(ctx, settingPreferences, value)
}

func defaultPreferences() Preferences {
	return Preferences{
		Theme: "system", Density: "comfortable", RemoteImages: "ask", Sound: true,
		RemoteImageSenders: []string{}, PaneWidths: map[string]int{},
	}
}

// loadPreferences reads the stored preferences over the defaults.
func loadPreferences(ctx context.Context, e *engine.Engine) (Preferences, error) {
	p := defaultPreferences()
	value, ok, err := e.Setting(ctx, settingPreferences)
	if err != nil || !ok {
		return p, err
	}
	return p, json.Unmarshal(value, &p)
}

// invalid returns the name of the first field with a value that isn't offered.
func (p Preferences) invalid() string {
	for _, f := range []struct {
		name, value string
		offered     []string
	}{
		{"language", p.Language, []string{"", "en", "de"}},
		{"theme", p.Theme, []string{"system", "light", "dark"}},
		{"density", p.Density, []string{"comfortable", "compact"}},
		{"remoteImages", p.RemoteImages, []string{"ask", "always"}},
	} {
		if !slices.Contains(f.offered, f.value) {
			return f.name
		}
	}
	return ""
}
