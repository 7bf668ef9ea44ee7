package app

import (
	"encoding/json"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/zalando/go-keyring"

	"waxwing/backend/engine"
	"waxwing/backend/mail"
	"waxwing/backend/policy"
)

// governedShell is a shell without a window whose engine has a policy, for the
// user nora.
func governedShell(t *testing.T, text string) *shell {
	t.Helper()
	keyring.MockInit()
	dir := t.TempDir()
	if err := os.Chmod(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(dir, "policy.json")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	s := newShell(startOptions{data: filepath.Join(dir, "data")}, slog.New(slog.DiscardHandler))
	s.mail, s.problem = engine.Open(t.Context(), engine.Config{
		Dir: s.options.data, Bus: &s.bus, PolicyFile: file, User: policy.User{Login: "nora"},
	})
	if s.problem != nil {
		t.Fatal(s.problem)
	}
	t.Cleanup(func() { _ = s.mail.Close() })
	s.callContext = t.Context()
	close(s.opened)
	return s
}

func TestPolicyForTheScreens(t *testing.T) {
	s := governedShell(t, `{"version": 1, "organisation": {"name": "Fernhill", "help": "telephone 4000"},
		"servers": [{"name": "office", "imap": {"host": "imap.fernhill.example"}}],
		"mailboxes": [{"users": ["nora"], "address": "{user}@fernhill.example", "servers": "office"}],
		"settings": {"theme": "dark"}, "remoteImages": {"rule": "ask"}}`)
	settings, accounts := &Settings{s}, &Accounts{shell: s}
	p, err := settings.Policy()
	if err != nil || p.Organisation != "Fernhill" || p.Help != "telephone 4000" || p.RemoteImages != "ask" || len(p.Findings) != 0 ||
		!slices.Equal(p.Locked, []string{"remoteImageSenders", "remoteImages", "theme"}) {
		t.Errorf("policy: %+v, %v", p, err)
	}
	if len(p.Assigned) != 1 || p.Assigned[0].Email != "nora@fernhill.example" || p.Assigned[0].Account != "" || p.Assigned[0].IMAP.Port != 993 {
		t.Fatalf("assigned: %+v", p.Assigned)
	}

	preferences, err := settings.Get()
	if err != nil || preferences.Theme != "dark" {
		t.Errorf("preferences: %+v, %v, want the dark theme", preferences, err)
	}
	preferences.Density = "compact"
	if _, err := settings.Set(preferences); err != nil {
		t.Errorf("changing another one: %v", err)
	}
	preferences.RemoteImageSenders = []string{"bea@example.org"}
	if _, err := settings.Set(preferences); mail.CodeOf(err) != mail.CodePolicy {
		t.Errorf("changing a locked one: %v, want code policy", err)
	}

	a, err := accounts.Add(AccountForm{Email: "nora@fernhill.example", Password: "secret", IMAP: p.Assigned[0].IMAP})
	if err != nil {
		t.Fatal(err)
	}
	if p, err := settings.Policy(); err != nil || p.Assigned[0].Account != a.ID {
		t.Errorf("assigned, when connected: %+v, %v", p.Assigned, err)
	}
}

func TestBrokenPolicyForTheScreens(t *testing.T) {
	s := governedShell(t, "{\n  \"version\": 1,\n}")
	p, err := (&Settings{s}).Policy()
	if err != nil || p.Organisation != "" || len(p.Findings) != 1 || !reflect.DeepEqual(p.Findings[0], PolicyFinding{2, 15, "commaExtra", map[string]string{}}) {
		t.Errorf("policy: %+v, %v", p, err)
	}
}

// TestLockableSettings: what a policy can lock is a preference, and to values
// that are offered.
func TestLockableSettings(t *testing.T) {
	var schema struct {
		Properties struct {
			Settings struct {
				Properties map[string]struct {
					Enum []string `json:"enum"`
				} `json:"properties"`
			} `json:"settings"`
		} `json:"properties"`
	}
	if err := json.Unmarshal(policy.Schema(), &schema); err != nil {
		t.Fatal(err)
	}
	defaults, err := json.Marshal(defaultPreferences())
	if err != nil {
		t.Fatal(err)
	}
	var known map[string]any
	if err := json.Unmarshal(defaults, &known); err != nil {
		t.Fatal(err)
	}
	lockable := schema.Properties.Settings.Properties
	if len(lockable) < 5 {
		t.Errorf("only %d settings can be locked", len(lockable))
	}
	for name, s := range lockable {
		if _, ok := known[name]; !ok {
			t.Errorf("%s is no preference", name)
		}
		for _, value := range s.Enum {
			p := defaultPreferences()
			if err := json.Unmarshal([]byte(`{"`+name+`": "`+value+`"}`), &p); err != nil || p.invalid() != "" {
				t.Errorf("%s: the preferences don't take %q: %v", name, value, err)
			}
		}
	}
}

// TestPicturesUnderAPolicy: the rule holds whatever the page asks for.
func TestPicturesUnderAPolicy(t *testing.T) {
	const head = `{"version": 1, "organisation": {"name": "Fernhill"}`
	const ours, theirs = "https://static.fernhill.example/a.png", "https://tracker.example/b.gif"
	for name, c := range map[string]struct {
		text                  string
		askedOurs, askedOther bool // shown when the person asks for pictures
		ours, other           bool // shown when not
	}{
		"no rule":     {head + `}`, true, true, false, false},
		"ask":         {head + `, "remoteImages": {"rule": "ask"}}`, true, true, false, false},
		"never":       {head + `, "remoteImages": {"rule": "never"}}`, false, false, false, false},
		"ask, some":   {head + `, "remoteImages": {"rule": "ask", "domains": ["fernhill.example"]}}`, true, true, true, false},
		"never, some": {head + `, "remoteImages": {"rule": "never", "domains": ["fernhill.example"]}}`, true, false, true, false},
	} {
		s := governedShell(t, c.text)
		for _, asked := range []struct {
			query       string
			ours, other bool
		}{{"?images=1", c.askedOurs, c.askedOther}, {"", c.ours, c.other}} {
			show := s.bodies.pictures(httptest.NewRequest(http.MethodGet, routeBody+asked.query, nil))
			if got := show(ours) != ""; got != asked.ours {
				t.Errorf("%s%s: the organisation's picture is shown: %v, want %v", name, asked.query, got, asked.ours)
			}
			if got := show(theirs) != ""; got != asked.other {
				t.Errorf("%s%s: another picture is shown: %v, want %v", name, asked.query, got, asked.other)
			}
		}
		if got := s.mayFetch("tracker.example"); got != c.askedOther {
			t.Errorf("%s: another server may be asked: %v, want %v", name, got, c.askedOther)
		}
	}
}

// TestRemoteKeepsToThePolicy: what was signed before the rule, or is reached by
// a redirect, isn't fetched.
func TestRemoteKeepsToThePolicy(t *testing.T) {
	address, requests := pictureServer(t)
	elsewhere := strings.Replace(address, "127.0.0.1", "localhost", 1)
	redirects := httptest.NewServer(http.RedirectHandler(elsewhere+"/c.png", http.StatusFound))
	t.Cleanup(redirects.Close)
	r := newRemote(slog.New(slog.DiscardHandler), func(host string) bool { return host == "127.0.0.1" })
	r.client.Transport = http.DefaultTransport // reaches this computer, as the real one must not
	for what, c := range map[string]struct {
		address string
		want    int
	}{
		"an allowed host":         {address + "/a.png", http.StatusOK},
		"another host":            {elsewhere + "/b.png", http.StatusNotFound},
		"redirected to the other": {redirects.URL, http.StatusNotFound},
	} {
		if w := get(r, r.sign(c.address)); w.Code != c.want {
			t.Errorf("%s: %d, want %d", what, w.Code, c.want)
		}
	}
	if len(*requests) != 1 {
		t.Errorf("%d requests reached the server, want 1", len(*requests))
	}
}
