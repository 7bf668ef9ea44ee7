package autoconfig

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"time"

	"golang.org/x/net/publicsuffix"
)

const (
	maxBody      = 256 << 10 // octets of an answer; Mozilla's largest has a few thousand
	maxRedirects = 4
)

var (
	errTooLarge   = errors.New("the answer is too large")
	errDowngrade  = errors.New("a redirect from HTTPS to HTTP")
	errPrivate    = errors.New("a redirect into a private network")
	errRedirects  = errors.New("too many redirects")
	errBadAddress = errors.New("a redirect to what is no web address")
)

// hop is one request: what the dialling of its connection needs to know and finds out.
type hop struct {
	host       string
	publicOnly bool // a public server led here
	public     bool // the server is a public one
}

type hopKey struct{}

// transport reaches web servers by q.Dialer and keeps no connection.
func (q *query) transport() *http.Transport {
	return &http.Transport{
		Proxy:                  q.Proxy,
		DialContext:            q.dialWeb,
		TLSClientConfig:        &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: q.Dialer.Believed()},
		DisableKeepAlives:      true,
		DisableCompression:     true, // what is small needs none, and none can explode
		MaxResponseHeaderBytes: 32 << 10,
		TLSHandshakeTimeout:    DefaultDeadline,
	}
}

// dialWeb opens a connection and refuses private addresses where a public server
// redirected to. A proxy may have any address, and resolves names where we can't look.
func (q *query) dialWeb(ctx context.Context, network, addr string) (net.Conn, error) {
	dial := q.Dialer.DialContext
	if dial == nil {
		dial = (&net.Dialer{Timeout: DefaultDeadline, KeepAliveConfig: net.KeepAliveConfig{Enable: false}}).DialContext
	}
	conn, err := dial(ctx, network, addr)
	if err != nil {
		return nil, err
	}
	h, _ := ctx.Value(hopKey{}).(*hop)
	if host, _, err := net.SplitHostPort(addr); h == nil || err != nil || host != h.host {
		return conn, nil
	}
	if ap, err := netip.ParseAddrPort(conn.RemoteAddr().String()); err == nil {
		h.public = q.isPublic(ap.Addr().Unmap())
	}
	if h.publicOnly && !h.public {
		_ = conn.Close() // nothing was sent
		return nil, errPrivate
	}
	return conn, nil
}

func public(ip netip.Addr) bool {
	return ip.IsGlobalUnicast() && !ip.IsPrivate() && !carrierNAT.Contains(ip)
}

// carrierNAT is shared by providers and their customers (RFC 6598).
var carrierNAT = netip.MustParsePrefix("100.64.0.0/10")

// reply is what a web server said in the end.
type reply struct {
	status int
	header http.Header
	body   []byte
	at     *url.URL
}

// fetch asks a web server and follows its redirects as far as that is safe. body,
// if not empty, is posted as XML; it holds the address, so a redirect to another
// domain isn't followed but returned.
func (q *query) fetch(ctx context.Context, address, body string) (*reply, error) {
	at, err := url.Parse(address)
	if err != nil {
		return nil, err
	}
	fromPublic := false
	for range maxRedirects + 1 {
		h := &hop{host: at.Hostname(), publicOnly: fromPublic}
		r, err := q.request(context.WithValue(ctx, hopKey{}, h), at, body)
		if err != nil {
			return nil, err
		}
		location := r.header.Get("Location")
		if r.status/100 != 3 || location == "" {
			return r, nil
		}
		next, err := redirect(at, location)
		if err != nil {
			return nil, err
		}
		if body != "" && !sameOwner(next.Hostname(), q.domain) {
			return r, nil
		}
		at, fromPublic = q.withoutAddress(next), fromPublic || h.public
	}
	return nil, errRedirects
}

// redirect returns where a server leads, if that may be followed.
func redirect(from *url.URL, location string) (*url.URL, error) {
	next, err := from.Parse(location)
	switch {
	case err != nil || next.Host == "" || next.User != nil || next.Scheme != "https" && next.Scheme != "http":
		return nil, errBadAddress
	case from.Scheme == "https" && next.Scheme == "http":
		return nil, errDowngrade
	}
	host := strings.TrimSuffix(strings.ToLower(next.Hostname()), ".")
	if _, err := netip.ParseAddr(host); err == nil || host == "localhost" || strings.HasSuffix(host, ".localhost") {
		return nil, errPrivate
	}
	return next, nil
}

// withoutAddress takes the e-mail address out of a web address of another domain.
func (q *query) withoutAddress(u *url.URL) *url.URL {
	values := u.Query()
	if sameOwner(u.Hostname(), q.domain) || !values.Has("emailaddress") {
		return u
	}
	values.Del("emailaddress")
	cleaned := *u
	cleaned.RawQuery = values.Encode()
	return &cleaned
}

func (q *query) request(ctx context.Context, at *url.URL, body string) (*reply, error) {
	ctx, cancel := context.WithTimeout(ctx, q.Deadline)
	defer cancel()
	method := http.MethodGet
	if body != "" {
		method = http.MethodPost
	}
	request, err := http.NewRequestWithContext(ctx, method, at.String(), strings.NewReader(body))
	if err != nil {
		return nil, err
	}
	request.Header.Set("User-Agent", "Waxwing")
	if body != "" {
		request.Header.Set("Content-Type", "text/xml; charset=utf-8")
	}
	response, err := q.web.RoundTrip(request)
	if err != nil {
		return nil, err
	}
	defer func() { _ = response.Body.Close() }()
	data, err := io.ReadAll(io.LimitReader(response.Body, maxBody+1))
	if err != nil {
		return nil, err
	}
	if len(data) > maxBody {
		return nil, errTooLarge
	}
	return &reply{response.StatusCode, response.Header, data, at}, nil
}

// document fetches a file; any status but 200 means that there is none.
func (q *query) document(ctx context.Context, address string) (*reply, error) {
	r, err := q.fetch(ctx, address, "")
	var unknown *net.DNSError
	switch {
	case errors.As(err, &unknown) && unknown.IsNotFound:
		return nil, errNothing
	case err != nil:
		return nil, withoutQuery(err)
	case r.status == http.StatusOK:
		return r, nil
	case r.status == http.StatusNotFound || r.status == http.StatusGone:
		return nil, errNothing
	}
	return nil, fmt.Errorf("%w: status %d", errNothing, r.status)
}

// withoutQuery keeps what follows "?" out of an error: it holds the address.
func withoutQuery(err error) error {
	var inURL *url.Error
	if errors.As(err, &inURL) {
		return inURL.Err
	}
	return err
}

// owner returns the domain under which a name was registered: the public suffix
// and one label more, or the name itself where there is none such.
func owner(name string) string {
	name = strings.TrimSuffix(strings.ToLower(name), ".")
	if domain, err := publicsuffix.EffectiveTLDPlusOne(name); err == nil {
		return domain
	}
	return name
}

func sameOwner(a, b string) bool { return owner(a) == owner(b) }

// bounded returns the time at which waiting must end.
func bounded(ctx context.Context, limit time.Duration) time.Time {
	end := time.Now().Add(limit)
	if d, ok := ctx.Deadline(); ok && d.Before(end) {
		return d
	}
	return end
}
