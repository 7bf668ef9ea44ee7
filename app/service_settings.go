package app

import (
	"context"
	"encoding/json"
	"slices"

	"waxwing/backend/engine"
	"waxwing/backend/mail"
)

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
// field whose value is none of those offered, CodePolicy one that is locked.
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
	return p, e.SetSetting(ctx, engine.SettingPreferences, value)
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
	value, ok, err := e.Setting(ctx, engine.SettingPreferences)
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

// Protection tells how passwords are kept. It looks for the key, and so may
// wait for a keyring that asks its owner.
func (s *Settings) Protection() (Protection, error) {
	e, ctx, err := s.shell.engine()
	if err != nil {
		return Protection{}, err
	}
	method, chosen, err := e.SecretsMethod(ctx)
	if err != nil {
		return Protection{}, err
	}
	state, problem := e.SecretsState(ctx)
	return Protection{string(method), chosen, string(state), problemOf(problem)}, nil
}

// Protect keeps passwords by another method: keyring, passphrase, keyFile or
// session. The passphrase is for the method of that name; CodeInvalid names the
// field "passphrase" for one that is too short.
func (s *Settings) Protect(method, passphrase string) (Protection, error) {
	return s.protect(func(ctx context.Context, e *engine.Engine) error {
		return e.ProtectSecrets(ctx, method, passphrase)
	})
}

// Unlock opens the passwords with their passphrase; CodeWrongPassphrase.
func (s *Settings) Unlock(passphrase string) (Protection, error) {
	return s.protect(func(ctx context.Context, e *engine.Engine) error {
		return e.UnlockSecrets(ctx, passphrase)
	})
}

// RetryKeyring looks for the keyring anew.
func (s *Settings) RetryKeyring() (Protection, error) {
	return s.protect(func(ctx context.Context, e *engine.Engine) error {
		e.RetryKeyring(ctx)
		return nil
	})
}

// ForgetPasswords deletes the stored passwords and the choice of Protect.
func (s *Settings) ForgetPasswords() (Protection, error) {
	return s.protect(func(ctx context.Context, e *engine.Engine) error {
		return e.ForgetSecrets(ctx)
	})
}

func (s *Settings) protect(change func(context.Context, *engine.Engine) error) (Protection, error) {
	e, ctx, err := s.shell.engine()
	if err != nil {
		return Protection{}, err
	}
	if err := change(ctx, e); err != nil {
		return Protection{}, err
	}
	return s.Protection()
}
