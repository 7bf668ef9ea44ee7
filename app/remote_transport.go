package app

import (
	"errors"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"syscall"
	"time"
)

// errNotPublic says that an address belongs to this computer or a private network.
var errNotPublic = errors.New("not a public address")

// publicTransport reaches public servers only: by itself after looking at the
// resolved address, or by the network's proxy, which alone may have a private
// one and resolves names where we can't look.
type publicTransport struct {
	proxy           func(*http.Request) (*url.URL, error)
	direct, proxied http.RoundTripper
}

func newPublicTransport(proxy func(*http.Request) (*url.URL, error)) *publicTransport {
	transport := func(d *net.Dialer) *http.Transport {
		return &http.Transport{
			DialContext:         d.DialContext,
			ForceAttemptHTTP2:   true,
			MaxIdleConnsPerHost: 4,
			IdleConnTimeout:     30 * time.Second,
		}
	}
	proxied := transport(&net.Dialer{Timeout: remoteTimeout})
	proxied.Proxy = proxy
	return &publicTransport{
		proxy:   proxy,
		direct:  transport(&net.Dialer{Timeout: remoteTimeout, Control: publicOnly}),
		proxied: proxied,
	}
}

// RoundTrip is http.RoundTripper's.
func (t *publicTransport) RoundTrip(r *http.Request) (*http.Response, error) {
	proxy, err := t.proxy(r)
	if err != nil {
		return nil, err
	}
	if proxy == nil {
		return t.direct.RoundTrip(r)
	}
	host := r.URL.Hostname()
	if ip, err := netip.ParseAddr(host); (err == nil && !public(ip)) || host == "localhost" {
		return nil, errNotPublic
	}
	return t.proxied.RoundTrip(r)
}

// publicOnly refuses to connect to this computer and private networks: a
// message must not reach what only the reader can. It runs after the name was
// resolved, so that no name can hide such an address.
func publicOnly(_, address string, _ syscall.RawConn) error {
	ap, err := netip.ParseAddrPort(address)
	if err != nil {
		return err
	}
	if !public(ap.Addr()) {
		return errNotPublic
	}
	return nil
}

func public(ip netip.Addr) bool {
	ip = ip.Unmap()
	return ip.IsGlobalUnicast() && !ip.IsPrivate() && !carrierNAT.Contains(ip)
}

// carrierNAT is shared by providers and their customers (RFC 6598).
var carrierNAT = netip.MustParsePrefix("100.64.0.0/10")
