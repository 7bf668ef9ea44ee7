package oauth

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strconv"
	"sync"
	"time"
)

// A door is where the provider's page sends the browser back to: a server on
// loopback that takes one answer.
type door struct {
	address string // the redirect URI
	state   string

	issuer   string // what "iss" must be (RFC 9207); empty when not known
	language string
	hosts    []string
	server   *http.Server

	once   sync.Once
	answer chan answer
}

type answer struct {
	code string
	err  error
}

// closeTimeout bounds the wait for the browser to have read the last page.
const closeTimeout = 2 * time.Second

// openDoor listens on a free port of this computer. host is how the redirect
// names it.
func openDoor(host, issuer, language string) (*door, error) {
	listener, err := net.Listen("tcp", loopback+":0")
	if err != nil {
		return nil, fmt.Errorf("listen for the browser: %w", err)
	}
	port := strconv.Itoa(listener.Addr().(*net.TCPAddr).Port)
	at := net.JoinHostPort(host, port)
	d := &door{
		address: "http://" + at + "/", state: rand.Text(), issuer: issuer, language: language,
		hosts: []string{at, net.JoinHostPort(loopback, port)}, answer: make(chan answer, 1),
	}
	d.server = &http.Server{
		Handler:           d,
		ReadHeaderTimeout: 10 * time.Second,
		WriteTimeout:      10 * time.Second,
		MaxHeaderBytes:    64 << 10,
	}
	go func() { _ = d.server.Serve(listener) }() // ends with close
	return d, nil
}

// wait returns the code, or a refusal.
func (d *door) wait(ctx context.Context) (string, error) {
	select {
	case a := <-d.answer:
		return a.code, a.err
	case <-ctx.Done():
		return "", ctx.Err()
	}
}

// close lets the browser read its page and stops listening.
func (d *door) close() {
	ctx, cancel := context.WithTimeout(context.Background(), closeTimeout)
	defer cancel()
	if d.server.Shutdown(ctx) != nil {
		_ = d.server.Close()
	}
}

// ServeHTTP takes the one answer that knows the state. Everything else, from
// whichever page or program, changes nothing.
func (d *door) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	query := r.URL.Query()
	switch {
	case !d.named(r.Host):
		// Another name that was made to lead here (DNS rebinding).
		http.Error(w, "", http.StatusMisdirectedRequest)
		return
	case r.URL.Path != "/":
		http.Error(w, "", http.StatusNotFound)
		return
	case r.Method != http.MethodGet:
		http.Error(w, "", http.StatusMethodNotAllowed)
		return
	case len(query["state"]) != 1 || subtle.ConstantTimeCompare([]byte(query.Get("state")), []byte(d.state)) != 1,
		d.issuer != "" && query.Has("iss") && query.Get("iss") != d.issuer:
		writePage(w, http.StatusBadRequest, d.language, pageStrange)
		return
	}
	a := answer{code: query.Get("code")}
	switch {
	case query.Has("error"):
		a.err = refusal{query.Get("error"), query.Get("error_description")}
	case a.code == "":
		a.err = errors.New("oauth: neither code nor error in the redirect")
	}
	first := false
	d.once.Do(func() { first = true })
	switch {
	case !first:
		writePage(w, http.StatusGone, d.language, pageStrange)
		return
	case a.err != nil:
		writePage(w, http.StatusOK, d.language, pageRefused)
	default:
		writePage(w, http.StatusOK, d.language, pageDone)
	}
	d.answer <- a
}

func (d *door) named(host string) bool {
	for _, h := range d.hosts {
		if h == host {
			return true
		}
	}
	return false
}
