package autoconfig

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"waxwing/backend/connect"
	"waxwing/backend/mail"
	"waxwing/backend/mailtest"
)

// long is a limit that no test waits for.
const long = time.Minute

// A rig is the internet as a test sees it: names lead to servers on loopback,
// and to nothing else.
type rig struct {
	tb        testing.TB
	dns       *mailtest.DNS
	authority *mailtest.Authority

	mu    sync.Mutex
	hosts map[string]string // "name:port" to the address on loopback
	asked []string          // by HTTP: "GET https://…"
}

func newRig(tb testing.TB) *rig {
	return &rig{tb: tb, dns: mailtest.NewDNS(tb), authority: mailtest.NewAuthority(tb), hosts: map[string]string{}}
}

func (r *rig) finder() *Finder {
	return &Finder{
		Deadline: long, Settle: long, ISPDB: "https://ispdb.test/v1.1/",
		Resolver: NewResolver(r.dns.Addr),
		Dialer:   &connect.Dialer{Roots: r.authority.Roots, DialContext: r.dial},
		Proxy:    func(*http.Request) (*url.URL, error) { return nil, nil },
	}
}

func (r *rig) dial(ctx context.Context, network, addr string) (net.Conn, error) {
	r.mu.Lock()
	local, ok := r.hosts[addr]
	r.mu.Unlock()
	if !ok {
		name, _, _ := net.SplitHostPort(addr)
		return nil, &net.OpError{Op: "dial", Err: &net.DNSError{Err: "no such host", Name: name, IsNotFound: true}}
	}
	return new(net.Dialer).DialContext(ctx, network, local)
}

func (r *rig) lead(name string, port int, local string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.hosts[fmt.Sprintf("%s:%d", name, port)] = local
}

// requests returns what was asked by HTTP, sorted by time.
func (r *rig) requests() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return append([]string{}, r.asked...)
}

func (r *rig) web(scheme, name string, handler http.HandlerFunc) {
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		body, _ := io.ReadAll(q.Body)
		r.mu.Lock()
		r.asked = append(r.asked, fmt.Sprintf("%s %s://%s%s %s", q.Method, scheme, q.Host, q.URL, body))
		r.mu.Unlock()
		handler(w, q)
	}))
	s.Config.ErrorLog = nil
	port := 80
	if scheme == "https" {
		port = 443
		s.TLS = r.authority.Names(r.tb, name)
		s.StartTLS()
	} else {
		s.Start()
	}
	r.tb.Cleanup(s.Close)
	r.lead(name, port, s.Listener.Addr().String())
}

func (r *rig) https(name string, handler http.HandlerFunc) { r.web("https", name, handler) }
func (r *rig) http(name string, handler http.HandlerFunc)  { r.web("http", name, handler) }

// mail lets a server greet at name:port, and take STARTTLS if it can.
func (r *rig) mail(name string, port int, certificate *tls.Config, greeting string) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		r.tb.Fatal(err)
	}
	r.tb.Cleanup(func() { _ = l.Close() })
	r.lead(name, port, l.Addr().String())
	implicit := port == 993 || port == 465
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go talk(c, certificate, implicit, greeting)
		}
	}()
}

func talk(c net.Conn, certificate *tls.Config, implicit bool, greeting string) {
	defer func() { _ = c.Close() }()
	_ = c.SetDeadline(time.Now().Add(long))
	if implicit {
		secured := tls.Server(c, certificate)
		if _, err := io.WriteString(secured, greeting+"\r\n"); err == nil {
			_, _ = io.Copy(io.Discard, secured)
		}
		return
	}
	_, _ = io.WriteString(c, greeting+"\r\n")
	buffer := make([]byte, 512)
	for {
		n, err := c.Read(buffer)
		if err != nil {
			return
		}
		switch line := string(buffer[:n]); {
		case certificate != nil && strings.Contains(line, "STARTTLS"):
			answer := "220 go on\r\n"
			if strings.HasPrefix(line, "a ") {
				answer = "a OK go on\r\n"
			}
			_, _ = io.WriteString(c, answer)
			_ = tls.Server(c, certificate).Handshake()
			return
		case strings.HasPrefix(line, "EHLO"):
			_, _ = io.WriteString(c, "250-hello\r\n250 STARTTLS\r\n")
		default:
			_, _ = io.WriteString(c, "a BAD no\r\n")
		}
	}
}

// file answers every request with a document.
func file(document string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, document) }
}

// config is a configuration file with an IMAP and an SMTP server.
func config(name, imap, smtp string) string {
	return `<?xml version="1.0" encoding="UTF-8"?><clientConfig version="1.1"><emailProvider id="x">
<domain>x</domain><displayName>` + name + `</displayName>
<incomingServer type="pop3"><hostname>pop.x.test</hostname><port>995</port><socketType>SSL</socketType><username>a</username><authentication>plain</authentication></incomingServer>
<incomingServer type="imap"><hostname>` + imap + `</hostname><port>993</port><socketType>SSL</socketType><username>%EMAILLOCALPART%</username><authentication>password-cleartext</authentication></incomingServer>
<outgoingServer type="smtp"><hostname>` + smtp + `</hostname><port>587</port><socketType>STARTTLS</socketType><username>%EMAILADDRESS%</username><authentication>password-cleartext</authentication></outgoingServer>
</emailProvider></clientConfig>`
}

// show writes an answer in a line.
func show(a *Answer) string {
	if a == nil {
		return "nothing"
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%s %s %q", a.Source, a.Provider, a.Name)
	for _, list := range [][]Candidate{a.IMAP, a.SMTP} {
		b.WriteString(" |")
		for _, c := range list {
			fmt.Fprintf(&b, " %s:%d/%s(%s)", c.Host, c.Port, c.Security, c.User)
		}
	}
	for _, c := range a.Cautions {
		fmt.Fprintf(&b, " !%s:%s", c.Code, c.Host)
	}
	return b.String()
}

func find(t *testing.T, f *Finder, email, want string) Result {
	t.Helper()
	result, err := f.Find(t.Context(), email)
	if got := show(result.Answer); got != want {
		t.Errorf("Find(%q)\n got %s\nwant %s\n(%v; %+v)", email, got, want, err, result.Tried)
	}
	var known *mail.Error
	if result.Answer == nil && !(errors.As(err, &known) && known.Code == mail.CodeNotDiscovered) {
		t.Errorf("Find(%q): error %v, want notDiscovered", email, err)
	}
	return result
}

// copyAndClose passes on what one connection says to the other.
func copyAndClose(to, from net.Conn) (int64, error) {
	defer func() { _ = to.Close() }()
	return io.Copy(to, from)
}
