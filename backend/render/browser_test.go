//go:build linux

package render

import (
	"fmt"
	"net/url"
	"os"
	"slices"
	"strings"
	"testing"
)

// rawScripts and rawRequests are bodies that run scripts, and ask other hosts,
// in every browser that shows them as they came.
var (
	rawScripts  = []string{"onerror", "script", "script-slash", "comment-bang-end", "onload-svg"}
	rawRequests = []string{"css-import", "css-url", "css-url-escapes", "iframe", "img-remote", "img-srcset", "link-stylesheet", "meta-refresh", "video-audio"}
)

// TestBrowsers shows every hostile body in real browsers: Chromium, which is
// WebView2's engine, and WebKitGTK. No script of theirs runs, nothing is asked
// of other hosts, nothing navigates. Each page ends with an unprotected body,
// the canary: what it does is seen, so whatever the others did would be, too.
func TestBrowsers(t *testing.T) {
	for _, c := range []struct {
		name string
		open func(*testing.T, *harness) *browser
	}{
		{"Chromium", openChromium},
		{"WebKitGTK", openWebKit},
	} {
		t.Run(c.name, func(t *testing.T) {
			h := newHarness(t)
			b := c.open(t, h)
			for _, m := range []mode{modeBlocked, modeRemote, modeBare} {
				t.Run(string(m), func(t *testing.T) { testPage(t, h, b, m) })
			}
			t.Run("links", func(t *testing.T) { testLinks(t, h, b) })
			t.Run("raw", func(t *testing.T) { testRaw(t, h, b) })
		})
	}
}

func openChromium(t *testing.T, h *harness) *browser {
	driver := need(t, "chromium-driver", "chromedriver")
	proxy := strings.TrimPrefix(h.server.URL, "http://")
	candidates := []string{"chromium", "google-chrome", "google-chrome-stable"}
	if c := os.Getenv("CHROMIUM"); c != "" {
		candidates = []string{c}
	}
	b := openBrowser(t, []string{"HOME=" + t.TempDir()}, driver, map[string]any{
		"proxy": map[string]any{"proxyType": "manual", "httpProxy": proxy, "sslProxy": proxy},
		"goog:chromeOptions": map[string]any{
			"binary": need(t, "chromium", candidates...),
			"args": []string{
				"--headless=new", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking",
				"--disable-component-update", "--disable-sync", "--disable-features=OptimizationHints,IsolateSandboxedIframes", "--window-size=1000,900", "--user-data-dir=" + t.TempDir(),
			},
		},
	})
	b.connectsAhead = true
	return b
}

func openWebKit(t *testing.T, h *harness) *browser {
	driver := need(t, "webkit2gtk-driver", "WebKitWebDriver")
	h.own = h.server.URL
	env := []string{"DISPLAY=" + display(t), "WAYLAND_DISPLAY=", "GDK_BACKEND=x11", "HOME=" + t.TempDir()}
	return openBrowser(t, env, driver, map[string]any{
		"webkitgtk:browserOptions": map[string]any{
			"binary": need(t, "libwebkit2gtk-4.1-0", "/usr/lib/*/webkit2gtk-4.1/MiniBrowser", "/usr/lib*/webkit2gtk-4.1/MiniBrowser", "/usr/libexec/webkit2gtk-4.1/MiniBrowser"),
			// QUIRK: TLS is spoken to the sslProxy of a proxy capability.
			"args": []string{"--automation", "--proxy=" + h.server.URL},
		},
	})
}

// state is what the page has seen.
type state struct {
	Hacked    []string
	Links     [][2]string // frame, url
	Loads     map[string]int
	Heights   map[string]int
	Strangers int
}

func stateOf(b *browser) state {
	b.t.Helper()
	var s state
	b.run("return state", &s)
	return s
}

// seen tells what the page and the server saw, for failures.
func (h *harness) seen(b *browser) func() string {
	return func() string {
		asked, foreign, frames := h.recorded()
		return fmt.Sprintf("%+v\nasked %q\nforeign %q\nframes %q", stateOf(b), asked, foreign, frames)
	}
}

// openPage opens a page and waits until its canary sang: its script ran, its
// pictures were asked for and it navigated. That was after all others loaded.
func openPage(t *testing.T, h *harness, b *browser, m mode) state {
	t.Helper()
	b.t = t
	h.begin()
	b.open(h.pageURL(m))
	var s state
	b.eventually("the canary sings", func() bool {
		s = stateOf(b)
		_, foreign, _ := h.recorded()
		for _, host := range []string{"picture.", "tls.", "refresh."} {
			if !asks(foreign, host+canary) {
				return false
			}
		}
		return slices.Contains(s.Hacked, canary)
	}, h.seen(b))
	return s
}

// asks tells whether a body of that name asked its host.
func asks(foreign []string, name string) bool {
	return slices.Contains(foreign, name+hostSuffix) || slices.Contains(foreign, name+hostSuffix+":443")
}

// harmless checks that nothing of a page's bodies did anything but show, beyond
// connections to the hosts (with ports) that the test itself caused.
func harmless(t *testing.T, h *harness, b *browser, m mode, caused ...string) {
	t.Helper()
	s := stateOf(b)
	for _, name := range s.Hacked {
		if name != canary {
			t.Errorf("%s: a script ran in\n%s", name, h.bodies[name])
		}
	}
	asked, foreign, frames := h.recorded()
	for _, host := range foreign {
		name := strings.TrimSuffix(strings.TrimSuffix(host, ":443"), hostSuffix)
		if !strings.HasSuffix(name, "."+canary) && !slices.Contains(caused, host) {
			t.Errorf("%s was asked by\n%s", host, h.bodies[name])
		}
	}
	for _, uri := range asked {
		if uri != partURL("2") && uri != partURL("4") && (m == modeBlocked || !strings.HasPrefix(uri, "/remote?")) {
			t.Errorf("%s was asked for", uri)
		}
	}
	for _, name := range h.names(m) {
		if got := s.Loads[name]; got != 1 {
			t.Errorf("%s: loaded %d times, want once", name, got)
		}
		if s.Heights[name] == 0 {
			t.Errorf("%s: the frame's own script told no height", name)
		}
	}
	if want := len(h.names(m)) + 1; len(frames) != want {
		t.Errorf("%d frames were asked for, want %d", len(frames), want)
	}
	if s.Strangers > 0 {
		t.Errorf("%d messages came from frames inside frames", s.Strangers)
	}
	if got, want := b.location(), h.pageURL(m); got != want {
		t.Errorf("the page is at %s, want %s", got, want)
	}
	if got := b.windows(); got != 1 {
		t.Errorf("%d windows, want 1", got)
	}
}

func testPage(t *testing.T, h *harness, b *browser, m mode) {
	s := openPage(t, h, b, m)
	harmless(t, h, b, m)
	asked, _, _ := h.recorded()
	if !slices.Contains(asked, partURL("2")) {
		t.Error("the inline picture wasn't asked for")
	}
	const remote = "/remote?url=https%3A%2F%2Fimg-remote.evil.example%2Fa.png"
	if got, want := slices.Contains(asked, remote), m != modeBlocked; got != want {
		t.Errorf("%s asked for: %v, want %v", remote, got, want)
	}
	if got := s.Heights[broken]; m != modeBare && got > 200 {
		t.Errorf("a picture that doesn't load makes the document %d pixels high", got)
	}
	if got := s.Heights[tall]; got < tallHeight || got > tallHeight+100 {
		t.Errorf("a document of %d pixels and its margins tells %d", tallHeight, got)
	}
}

// testLinks clicks every link of every link-*.html. The page is told, and that
// is all.
func testLinks(t *testing.T, h *harness, b *browser) {
	openPage(t, h, b, modeLinks)
	var want [][2]string
	var pressed []string // with the port of TLS
	b.run(`document.getElementById("canary").remove()`, nil)
	b.within(links, func() {
		for _, e := range b.elements("a") {
			var href *string
			b.do("GET", "/element/"+e.id()+"/attribute/href", nil, &href)
			b.click(e)
			if href == nil {
				continue
			}
			b.middleClick(e)
			want = append(want, [2]string{links, *href}, [2]string{links, *href})
			if u, err := url.Parse(*href); err == nil && u.Scheme == "https" && b.connectsAhead {
				pressed = append(pressed, u.Host+":443")
			}
		}
		var location string
		b.run("return location.href", &location)
		if want := h.server.URL + "/frame?mode=links&name=" + links; location != want {
			t.Errorf("the frame is at %s, want %s", location, want)
		}
	})
	if len(want) < 5 {
		t.Errorf("clicked %d links only", len(want))
	}
	b.eventually(fmt.Sprintf("the page is told of %d clicks", len(want)), func() bool { return len(stateOf(b).Links) >= len(want) }, h.seen(b))
	if got := stateOf(b).Links; !slices.Equal(got, want) {
		t.Errorf("the page was told\ngot  %v\nwant %v", got, want)
	}
	harmless(t, h, b, modeLinks, pressed...)
}

// testRaw shows that the browser does what the other pages must not: run
// scripts, ask other hosts, navigate the page.
func testRaw(t *testing.T, h *harness, b *browser) {
	openPage(t, h, b, modeRaw)
	b.eventually("the raw bodies run scripts and ask", func() bool {
		s := stateOf(b)
		_, foreign, _ := h.recorded()
		for _, name := range rawScripts {
			if !slices.Contains(s.Hacked, name) {
				return false
			}
		}
		for _, name := range rawRequests {
			if !asks(foreign, name) {
				return false
			}
		}
		return true
	}, h.seen(b))
	b.within(leave, func() { b.run("setTimeout(() => document.links[0].click())", nil) })
	b.eventually("the click navigates the page", func() bool {
		_, foreign, _ := h.recorded()
		return asks(foreign, leave)
	}, h.seen(b))
}
