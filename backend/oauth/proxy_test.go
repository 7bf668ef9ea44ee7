package oauth_test

import (
	"bufio"
	"crypto/tls"
	"encoding/json"
	"net"
	"net/http"
	"net/url"
	"os"
	"sync"
	"testing"

	"waxwing/backend/connect"
	"waxwing/backend/mail"
	"waxwing/backend/mailtest"
	"waxwing/backend/oauth"
)

// webProxy is the one that the environment names. Addresses on loopback, which
// all other tests use, never go by it.
var webProxy = new(interceptor)

func TestMain(m *testing.M) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		panic(err)
	}
	go webProxy.serve(l)
	for _, name := range []string{"HTTPS_PROXY", "https_proxy"} {
		_ = os.Setenv(name, "http://"+l.Addr().String())
	}
	_ = os.Unsetenv("NO_PROXY")
	_ = os.Unsetenv("no_proxy")
	os.Exit(m.Run())
}

// An interceptor is a proxy that reads along: it answers in every server's
// place, with certificates of an authority of its own.
type interceptor struct {
	mu      sync.Mutex
	config  *tls.Config
	handler http.Handler
	targets []string
}

func (p *interceptor) serve(l net.Listener) {
	for {
		conn, err := l.Accept()
		if err != nil {
			return
		}
		go p.answer(conn)
	}
}

func (p *interceptor) answer(conn net.Conn) {
	request, err := http.ReadRequest(bufio.NewReader(conn))
	if err != nil || request.Method != http.MethodConnect {
		_ = conn.Close()
		return
	}
	p.mu.Lock()
	config, handler := p.config, p.handler
	p.targets = append(p.targets, request.Host)
	p.mu.Unlock()
	if _, err := conn.Write([]byte("HTTP/1.1 200 Connection established\r\n\r\n")); err != nil {
		return
	}
	_ = http.Serve(&single{conn: tls.Server(conn, config)}, handler) // ends with the second Accept
}

// single is a listener to one connection.
type single struct {
	conn net.Conn
}

func (s *single) Accept() (net.Conn, error) {
	conn := s.conn
	if s.conn = nil; conn == nil {
		return nil, net.ErrClosed
	}
	return conn, nil
}
func (s *single) Close() error   { return nil }
func (s *single) Addr() net.Addr { return &net.TCPAddr{} }

// TestInterceptingProxy: where the organisation's proxy reads along, a sign-in
// works as soon as the policy names the proxy's authority, and not before.
func TestInterceptingProxy(t *testing.T) {
	const issuer = "https://id.fernhill.example"
	authority := mailtest.NewAuthority(t)
	mux := http.NewServeMux()
	mux.HandleFunc("/.well-known/openid-configuration", func(w http.ResponseWriter, _ *http.Request) {
		_ = json.NewEncoder(w).Encode(map[string]string{
			"issuer": issuer, "authorization_endpoint": issuer + "/auth", "token_endpoint": "https://token.fernhill.example/token",
		})
	})
	mux.HandleFunc("/token", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write([]byte(`{"access_token": "by proxy", "token_type": "Bearer"}`))
	})
	webProxy.mu.Lock()
	webProxy.config, webProxy.handler = authority.Names(t, "id.fernhill.example", "token.fernhill.example"), mux
	webProxy.mu.Unlock()
	believed := ""
	flow := oauth.Flow{
		SignIn: mail.SignIn{Method: mail.SignInOAuth, Provider: mail.ProviderOther, Issuer: issuer},
		Client: oauth.Client{ID: "x"}, HTTP: oauth.HTTPClient(&connect.Dialer{Authorities: func() string { return believed }}),
		Open: func(p oauth.Prompt) {
			page, err := url.Parse(p.URL)
			if err != nil {
				t.Error(err)
				return
			}
			asked := page.Query()
			back := asked.Get("redirect_uri") + "?" + url.Values{"code": {"1"}, "state": {asked.Get("state")}, "iss": {issuer}}.Encode()
			go func() {
				if response, err := http.Get(back); err == nil {
					_ = response.Body.Close()
				}
			}()
		},
	}
	if _, err := flow.Run(t.Context()); mail.CodeOf(err) != mail.CodeTLSUntrusted {
		t.Errorf("before: %v, want %s", err, mail.CodeTLSUntrusted)
	}
	believed = authority.PEM
	if g, err := flow.Run(t.Context()); err != nil || g.Access != "by proxy" {
		t.Errorf("with the authority: %v", err)
	}
	webProxy.mu.Lock()
	defer webProxy.mu.Unlock()
	if want := "token.fernhill.example:443"; len(webProxy.targets) != 3 || webProxy.targets[2] != want {
		t.Errorf("the proxy was asked for %q, want %s at the end", webProxy.targets, want)
	}
}
