package oauth

import (
	"cmp"
	"context"
	"crypto/tls"
	"net"
	"net/http"
	"strconv"
	"time"

	"waxwing/backend/connect"
	"waxwing/backend/mail"
)

// A Client is a registration at a provider, by which it knows this program. A
// program on somebody's computer can't keep a secret (RFC 8252 §8.5); Secret is
// for providers that hand one out and insist on it nevertheless.
type Client struct {
	ID     string `json:"id"`
	Secret string `json:"secret,omitempty"`
}

// The registrations of this build, by -ldflags "-X waxwing/backend/oauth.…".
var (
	MicrosoftClientID  string
	GoogleClientID     string
	GoogleClientSecret string
	YahooClientID      string
	YahooClientSecret  string
)

// Built returns this build's registration at a provider; its ID is empty when
// there is none.
func Built(p mail.ProviderID) Client {
	switch p {
	case mail.ProviderMicrosoft, mail.ProviderOutlook:
		return Client{ID: MicrosoftClientID}
	case mail.ProviderGoogle:
		return Client{GoogleClientID, GoogleClientSecret}
	case mail.ProviderYahoo:
		return Client{YahooClientID, YahooClientSecret}
	}
	return Client{}
}

// requestTimeout bounds one request to a provider.
const requestTimeout = 20 * time.Second

// HTTPClient returns the client for a provider's endpoints on d's network, by the
// proxy that the environment names (HTTPS_PROXY, NO_PROXY). It believes the
// authorities that d believes when it asks, also those of a proxy that reads along.
// It follows no redirect: what is posted there is for nobody else.
func HTTPClient(d *connect.Dialer) *http.Client {
	return &http.Client{
		Timeout:       requestTimeout,
		Transport:     transport{d},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// transport makes a connection for each request. Providers are asked rarely: a
// kept one would be found dead.
type transport struct{ dialer *connect.Dialer }

func (t transport) RoundTrip(r *http.Request) (*http.Response, error) {
	once := &http.Transport{
		Proxy:          http.ProxyFromEnvironment,
		DialContext:    t.dialer.DialContext,
		DialTLSContext: dialTLS(t.dialer),
		// Of the server behind a proxy; without one dialTLS speaks TLS.
		TLSClientConfig:     &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: t.dialer.Believed()},
		TLSHandshakeTimeout: requestTimeout,
		DisableKeepAlives:   true,
	}
	return once.RoundTrip(r)
}

// dialTLS connects with the authorities that d believes now.
func dialTLS(d *connect.Dialer) func(ctx context.Context, network, address string) (net.Conn, error) {
	return func(ctx context.Context, _, address string) (net.Conn, error) {
		host, port, err := net.SplitHostPort(address)
		if err != nil {
			return nil, err
		}
		n, err := strconv.Atoi(port)
		if err != nil {
			return nil, err
		}
		return d.Dial(ctx, mail.Server{Host: host, Port: n, Security: mail.SecurityTLS})
	}
}

// names are what the providers call themselves.
var names = map[mail.ProviderID]string{
	mail.ProviderMicrosoft: "Microsoft",
	mail.ProviderOutlook:   "Microsoft",
	mail.ProviderGoogle:    "Google",
	mail.ProviderYahoo:     "Yahoo",
}

// Name returns what the provider of s calls itself: a name, or its address.
func Name(s mail.SignIn) string { return cmp.Or(names[s.Provider], s.Issuer) }
