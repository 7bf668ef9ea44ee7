package app

import (
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"
)

// requests counts what reached a server.
func pictureServer(t *testing.T) (address string, requests *[]*http.Request) {
	t.Helper()
	requests = new([]*http.Request)
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		*requests = append(*requests, r)
		w.Header().Set("Content-Type", "image/png")
		w.Header().Set("Set-Cookie", "who=me")
		_, _ = w.Write([]byte("picture"))
	}))
	t.Cleanup(s.Close)
	return s.URL, requests
}

func everywhere(string) bool { return true }

func get(h http.Handler, route string) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest(http.MethodGet, route, nil))
	return w
}

func TestRemoteFetchesOnlyWhatWasSigned(t *testing.T) {
	address, requests := pictureServer(t)
	r := newRemote(slog.New(slog.DiscardHandler), everywhere)
	r.client = http.DefaultClient // reaches this computer, as the real one must not

	if w := get(r, r.sign(address+"/a.png")); w.Code != http.StatusOK || w.Body.String() != "picture" {
		t.Fatalf("signed: %d %q", w.Code, w.Body)
	}
	if got := (*requests)[0].Header; got.Get("Referer") != "" || got.Get("Cookie") != "" {
		t.Errorf("headers tell who reads: %v", got)
	}
	for _, route := range []string{
		routeRemote + "?u=" + url.QueryEscape(address+"/b.png"),
		routeRemote + "?u=" + url.QueryEscape(address+"/b.png") + "&s=" + r.signature(address+"/a.png"),
		newRemote(slog.New(slog.DiscardHandler), everywhere).sign(address + "/b.png"),
	} {
		if w := get(r, route); w.Code != http.StatusNotFound {
			t.Errorf("%s: %d", route, w.Code)
		}
	}
	if len(*requests) != 1 {
		t.Errorf("%d requests reached the server, want 1", len(*requests))
	}
}

func TestRemoteNeverReachesPrivateNetworks(t *testing.T) {
	address, requests := pictureServer(t)
	r := newRemote(slog.New(slog.DiscardHandler), everywhere)
	if w := get(r, r.sign(address+"/a.png")); w.Code != http.StatusNotFound {
		t.Errorf("loopback: %d", w.Code)
	}
	if len(*requests) != 0 {
		t.Error("a request reached this computer")
	}
	for address, allowed := range map[string]bool{
		"127.0.0.1:80": false, "[::1]:80": false, "10.1.2.3:443": false, "192.168.0.1:80": false, "172.20.0.1:80": false,
		"169.254.169.254:80": false, "[fe80::1]:80": false, "[fd00::1]:80": false, "100.64.1.1:80": false,
		"0.0.0.0:80": false, "[::ffff:127.0.0.1]:80": false, "224.0.0.1:80": false,
		"203.0.113.9:443": true, "[2001:db8::1]:443": true,
	} {
		if err := publicOnly("tcp", address, nil); (err == nil) != allowed {
			t.Errorf("publicOnly(%s) = %v, want allowed=%v", address, err, allowed)
		}
	}
}

func TestRemoteRefusesSchemesAndTypes(t *testing.T) {
	for address, want := range map[string]bool{
		"https://example.org/a.png": true, "http://example.org/a": true,
		"file:///etc/passwd": false, "ftp://example.org/a": false, "https://me:secret@example.org/": false, "https:///a": false,
	} {
		u, err := url.Parse(address)
		if err != nil {
			t.Fatal(err)
		}
		if got := fetchable(u); got != want {
			t.Errorf("fetchable(%s) = %v, want %v", address, got, want)
		}
	}
	const gif, page = "GIF89a\x01\x00\x01\x00", "<html><script>"
	for _, c := range []struct {
		mediaType, content string
		want               int
	}{
		{"image/png", "x", 200}, {"image/svg+xml", "<svg>", 404}, {"text/html", gif, 404},
		{"application/octet-stream", gif, 200}, {"application/octet-stream", page, 404},
	} {
		mediaType, want := c.mediaType, c.want
		w := httptest.NewRecorder()
		writePicture(w, httptest.NewRequest(http.MethodGet, "/", nil), mediaType, []byte(c.content))
		if w.Code != want {
			t.Errorf("writePicture(%s) = %d, want %d", mediaType, w.Code, want)
		}
	}
}

func TestRemoteGoesByTheNetworksProxy(t *testing.T) {
	address, requests := pictureServer(t) // answers for every host, as a proxy does
	proxy, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	r := newRemote(slog.New(slog.DiscardHandler), everywhere)
	r.client.Transport = newPublicTransport(http.ProxyURL(proxy))
	if w := get(r, r.sign("http://pictures.example/a.png")); w.Code != http.StatusOK {
		t.Errorf("by a proxy with a private address: %d", w.Code)
	}
	for _, private := range []string{"http://127.0.0.1/a.png", "http://[::1]/", "http://10.0.0.1/", "http://localhost/"} {
		if w := get(r, r.sign(private)); w.Code != http.StatusNotFound {
			t.Errorf("%s by a proxy: %d", private, w.Code)
		}
	}
	if len(*requests) != 1 {
		t.Errorf("%d requests reached the proxy, want 1", len(*requests))
	}
}
