//go:build linux

package render

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"html"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"

	"waxwing/backend/message"
)

// A mode is how a page of frames shows the bodies.
type mode string

const (
	modeBlocked mode = "blocked" // as the window does
	modeRemote  mode = "remote"  // as the window does, with remote pictures
	modeBare    mode = "bare"    // made safe, but without policy and sandbox
	modeLinks   mode = "links"   // as the window does, all links in one body
	modeRaw     mode = "raw"     // unprotected: the bodies as they came
)

// The page's names for bodies of its own.
const (
	canary = "canary" // raw in every mode, appended when all others are loaded
	tall   = "tall"   // its height is known
	broken = "broken" // a picture that says it is large and isn't one
	links  = "links"
	leave  = "leave"
)

const (
	tallHeight = 100_000 // CSS pixels
	// hostSuffix ends the names of hosts that bodies ask, which start with the
	// body's own name.
	hostSuffix = ".evil.example"
	nonce      = "dGVzdA"
)

var testPicture = decodeBase64("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAQAAAC1HAwCAAAAC0lEQVR42mNk+A8AAQUBAScY42YAAAAASUVORK5CYII=")

// services are the hosts that Chromium asks for itself, whatever it shows. No
// body names them.
var services = []string{"google.com", "googleapis.com", "gstatic.com", "gvt1.com", "duckduckgo.com"}

func isService(host string) bool {
	host = strings.TrimSuffix(host, ":443")
	return slices.ContainsFunc(services, func(s string) bool { return strings.HasSuffix(host, "."+s) })
}

func decodeBase64(s string) []byte {
	b, err := base64.StdEncoding.DecodeString(s)
	if err != nil {
		panic(err)
	}
	return b
}

// A harness serves pages of frames and is at the same time the browser's proxy,
// so that no request of the browser can miss it.
type harness struct {
	t      *testing.T
	server *httptest.Server
	bodies map[string]string
	// own stands in policies for wails:, the scheme of the window. QUIRK: WebKit
	// lets 'self' match nothing in a document of opaque origin, so there that
	// scheme is what shows pictures.
	own string

	mu      sync.Mutex
	asked   []string // paths of our own server but /page and /frame
	foreign []string // names of other hosts, with the port where TLS was asked for
	frames  []string // names of the bodies that were asked for
}

func newHarness(t *testing.T) *harness {
	h := &harness{t: t, bodies: map[string]string{}, own: "wails:"}
	var all strings.Builder
	sources := hostile(t)
	for _, name := range slices.Sorted(maps.Keys(sources)) {
		h.bodies[name] = armed(name, sources[name])
		for _, s := range services {
			if strings.Contains(sources[name], s) {
				t.Fatalf("%s names %s, which couldn't be told from the browser's own requests", name, s)
			}
		}
		if strings.HasPrefix(name, "link-") {
			all.WriteString("<p>" + h.bodies[name])
		}
	}
	h.bodies[broken] = `<img src="data:image/png;base64,AAAA" width="600" height="3000" style="height:3000px">`
	h.bodies[tall] = strings.Repeat(`<div style="height:1000px">x</div>`, tallHeight/1000)
	h.bodies[links] = all.String()
	h.bodies[leave] = armed(leave, `<a href="http://evil.example/" target=_top>x</a>`)
	h.bodies[canary] = armed(canary, `<script>parent.hacked=1</script><img src="http://picture.evil.example/"><img src="https://tls.evil.example/">`+
		`<meta http-equiv=refresh content="0;url=http://refresh.evil.example/">`)
	routes := http.NewServeMux()
	routes.HandleFunc("GET /page", h.page)
	routes.HandleFunc("GET /frame", h.frame)
	routes.HandleFunc("GET /part/", picture)
	routes.HandleFunc("GET /remote", picture)
	h.server = httptest.NewServer(h.record(routes))
	t.Cleanup(h.server.Close)
	return h
}

// armed makes a hostile body tell the page in a way that works from an opaque
// origin as well, and marks the hosts that it asks with its name.
func armed(name, source string) string {
	return strings.NewReplacer(
		"parent.hacked=1", "top.postMessage(1,String.fromCharCode(42))",
		"picture.evil.example", "picture."+name+hostSuffix,
		"tls.evil.example", "tls."+name+hostSuffix,
		"refresh.evil.example", "refresh."+name+hostSuffix,
		"evil.example", name+hostSuffix,
		"//example.org", "//"+name+".example.org",
	).Replace(source)
}

func picture(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "image/png")
	_, _ = w.Write(testPicture)
}

// record notes every request and lets only those for our own server through.
func (h *harness) record(next http.Handler) http.Handler {
	own := func(r *http.Request) bool {
		return r.Method != http.MethodConnect && "http://"+r.Host == h.server.URL
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h.mu.Lock()
		switch {
		case !own(r):
			if !isService(r.Host) {
				h.foreign = append(h.foreign, r.Host)
			}
		case r.URL.Path == "/frame":
			h.frames = append(h.frames, r.FormValue("name"))
		case r.URL.Path != "/page":
			h.asked = append(h.asked, r.URL.RequestURI())
		}
		h.mu.Unlock()
		if !own(r) {
			http.Error(w, "a foreign host", http.StatusForbidden)
			return
		}
		w.Header().Set("Cache-Control", "no-store")
		next.ServeHTTP(w, r)
	})
}

// begin forgets what was recorded.
func (h *harness) begin() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.asked, h.foreign, h.frames = nil, nil, nil
}

func (h *harness) recorded() (asked, foreign, frames []string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	return slices.Clone(h.asked), slices.Clone(h.foreign), slices.Clone(h.frames)
}

// names are those of the bodies on a page, the canary's excluded.
func (h *harness) names(m mode) []string {
	switch m {
	case modeLinks:
		return []string{links}
	case modeRaw:
		return append(slices.Concat(rawScripts, rawRequests), leave)
	}
	var names []string
	for name := range h.bodies {
		if name != canary && name != leave && name != links {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

func (h *harness) pageURL(m mode) string { return h.server.URL + "/page?mode=" + string(m) }

func (h *harness) page(w http.ResponseWriter, r *http.Request) {
	m := mode(r.FormValue("mode"))
	names, err := json.Marshal(h.names(m))
	if err != nil {
		panic(err)
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	fmt.Fprintf(w, pageSource, names, m, m == modeRaw, m != modeBare && m != modeRaw)
}

// pageSource shows frames as the window does, all of them at the same place
// since browsers save work for those out of sight.
const pageSource = `<!doctype html><meta charset="utf-8"><link rel="icon" href="data:,"><title>Frames</title>
<style>iframe { position: absolute; top: 0; left: 0; width: 800px; height: 500px; border: 0 }</style><body><script>
"use strict";
const names = %s, mode = "%s", raw = %t, sandbox = %t;
const frames = {}, state = { hacked: [], links: [], loads: {}, heights: {}, strangers: 0 };
addEventListener("message", ({ source, data }) => {
  const name = Object.keys(frames).find((n) => frames[n].contentWindow === source);
  if (data === 1) state.hacked.push(name ?? "a frame in a frame");
  else if (!name) state.strangers++;
  else if (data.waxwing === "size") {
    state.heights[name] = data.height;
    frames[name].style.height = data.height + "px";
  } else if (data.waxwing === "link") state.links.push([name, data.url]);
  proceed();
});
function show(name, raw, sandbox) {
  const frame = document.createElement("iframe");
  frames[name] = frame;
  frame.id = name;
  frame.referrerPolicy = "no-referrer";
  if (sandbox) frame.sandbox = "allow-scripts";
  frame.onload = () => {
    state.loads[name] = (state.loads[name] ?? 0) + 1;
    proceed();
  };
  frame.src = "/frame?mode=" + (raw ? "raw" : mode) + "&name=" + name;
  document.body.append(frame);
}
function proceed() {
  if (!frames.canary && names.every((n) => state.loads[n] && (raw || state.heights[n]))) show("canary", true, false);
}
for (const name of names) show(name, raw, sandbox);
</script>`

// frame serves a body, with the policy that the window sends unless the mode
// lacks it.
func (h *harness) frame(w http.ResponseWriter, r *http.Request) {
	m, name := mode(r.FormValue("mode")), r.FormValue("name")
	source, ok := h.bodies[name]
	if !ok {
		http.NotFound(w, r)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	if m == modeRaw {
		_, _ = w.Write([]byte("<!doctype html>" + source))
		return
	}
	o := Options{PartURL: partURL, Nonce: nonce, QuoteLabel: "Quote"}
	if m != modeBlocked {
		o.RemoteURL = func(u string) string { return "/remote?" + url.Values{"url": {u}}.Encode() }
	}
	document := string(Body(message.Parse(rawMail(source)), o).HTML)
	const start = `<meta http-equiv="Content-Security-Policy" content="`
	meta := start + html.EscapeString(directives(nonce)) + `">`
	if !strings.Contains(document, meta) {
		h.t.Errorf("%s: the document lacks its own policy %s", name, meta)
	}
	here := func(policy string) string { return strings.Replace(policy, " wails: ", " "+h.own+" ", 1) }
	if m == modeBare {
		document = strings.Replace(document, meta, "", 1)
	} else {
		document = strings.Replace(document, meta, here(meta), 1)
		w.Header().Set("Content-Security-Policy", here(Policy(nonce)))
	}
	_, _ = w.Write([]byte(document))
}

// rawMail is a mail whose parts have the numbers of inlineParts.
func rawMail(source string) []byte {
	var b strings.Builder
	b.WriteString("From: Mallory <mallory@example.org>\r\nSubject: Hostile\r\nMIME-Version: 1.0\r\nContent-Type: multipart/related; boundary=frontier\r\n")
	part := func(header, content string) {
		b.WriteString("\r\n--frontier\r\n" + header + "\r\nContent-Transfer-Encoding: base64\r\n\r\n")
		encoded := base64.StdEncoding.EncodeToString([]byte(content))
		for line := range slices.Chunk([]byte(encoded), 76) {
			b.Write(line)
			b.WriteString("\r\n")
		}
	}
	part("Content-Type: text/html; charset=utf-8", source)
	for _, p := range inlineParts {
		header := "Content-Type: " + p.Type
		if p.ContentID != "" {
			header += "\r\nContent-ID: <" + p.ContentID + ">"
		}
		if p.Location != "" {
			header += "\r\nContent-Location: " + p.Location
		}
		part(header, string(testPicture))
	}
	b.WriteString("\r\n--frontier--\r\n")
	return []byte(b.String())
}
