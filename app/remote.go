package app

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"log/slog"
	"mime"
	"net/http"
	"net/url"
	"time"
)

// Bounds for one remote picture.
const (
	remoteTimeout   = 15 * time.Second
	remoteMaxBytes  = 10 << 20
	remoteRedirects = 5
)

// remote fetches the pictures that a message wants from the network, when the
// person allowed it: without cookies or referrer, over HTTP only, never from
// this computer or its neighbours, and only addresses that we signed ourselves,
// so that no message can make it fetch anything by guessing its route.
type remote struct {
	key    [32]byte
	client *http.Client
	log    *slog.Logger
	// may reports whether the organisation lets pictures of a host be fetched.
	may func(host string) bool
}

func newRemote(log *slog.Logger, may func(host string) bool) *remote {
	r := &remote{log: log, may: may}
	_, _ = rand.Read(r.key[:]) // never fails
	r.client = &http.Client{
		Timeout:   remoteTimeout,
		Transport: newPublicTransport(http.ProxyFromEnvironment),
		CheckRedirect: func(next *http.Request, via []*http.Request) error {
			if len(via) > remoteRedirects || !fetchable(next.URL) || !may(next.URL.Hostname()) {
				return errors.New("redirected too often, or to where we don't go")
			}
			next.Header.Del("Referer")
			return nil
		},
	}
	return r
}

// sign returns the route by which the picture at address is shown.
func (r *remote) sign(address string) string {
	return routeRemote + "?" + url.Values{"u": {address}, "s": {r.signature(address)}}.Encode()
}

func (r *remote) signature(address string) string {
	m := hmac.New(sha256.New, r.key[:])
	m.Write([]byte(address))
	return hex.EncodeToString(m.Sum(nil))
}

// ServeHTTP fetches what sign signed.
func (r *remote) ServeHTTP(w http.ResponseWriter, q *http.Request) {
	address := q.FormValue("u")
	if !hmac.Equal([]byte(q.FormValue("s")), []byte(r.signature(address))) {
		http.NotFound(w, q)
		return
	}
	mediaType, content, err := r.fetch(q.Context(), address)
	if err != nil {
		r.log.Debug("remote picture not shown", "error", err)
		http.NotFound(w, q)
		return
	}
	writePicture(w, q, mediaType, content)
}

func (r *remote) fetch(ctx context.Context, address string) (mediaType string, content []byte, err error) {
	u, err := url.Parse(address)
	if err != nil || !fetchable(u) || !r.may(u.Hostname()) {
		return "", nil, errors.New("not an address to fetch from")
	}
	q, err := http.NewRequestWithContext(ctx, http.MethodGet, u.String(), nil)
	if err != nil {
		return "", nil, err
	}
	q.Header.Set("Accept", "image/*")
	q.Header.Set("User-Agent", "Mozilla/5.0") // anything more would tell who reads
	answer, err := r.client.Do(q)
	if err != nil {
		return "", nil, err
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		return "", nil, errors.New(answer.Status)
	}
	mediaType, _, err = mime.ParseMediaType(answer.Header.Get("Content-Type"))
	if err != nil {
		return "", nil, err
	}
	content, err = io.ReadAll(io.LimitReader(answer.Body, remoteMaxBytes+1))
	if err == nil && len(content) > remoteMaxBytes {
		err = errors.New("picture too large")
	}
	return mediaType, content, err
}

// fetchable reports whether a picture may come from u.
func fetchable(u *url.URL) bool {
	return (u.Scheme == "https" || u.Scheme == "http") && u.Host != "" && u.User == nil
}
