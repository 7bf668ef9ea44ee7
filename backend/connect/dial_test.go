package connect

import (
	"context"
	"crypto/tls"
	"io"
	"net"
	"testing"
	"time"

	"waxwing/backend/mail"
)

func TestHostName(t *testing.T) {
	for _, c := range []struct {
		host, want string // "" for refused
	}{
		{"mail.example.test", "mail.example.test"},
		{" Mail.Example.Test. ", "mail.example.test"},
		{"müller.example", "xn--mller-kva.example"},
		{"例え.テスト", "xn--r8jz45g.xn--zckzah"},
		{"localhost", "localhost"},
		{"mail_1.corp", "mail_1.corp"},
		{"r3---sn.example.test", "r3---sn.example.test"},
		{"192.0.2.1", "192.0.2.1"},
		{"2001:db8::1", "2001:db8::1"},
		{"[2001:DB8:0::1]", "2001:db8::1"},
		{"", ""},
		{".", ""},
		{"exa mple.test", ""},
		{"https://example.test", ""},
		{"example.test/imap", ""},
		{"example.test:993", ""},
		{"user@example.test", ""},
		{"a..b", ""},
	} {
		got, err := hostName(mail.Server{Host: c.host})
		if got != c.want || (err == nil) != (c.want != "") {
			t.Errorf("hostName(%q) = %q, %v, want %q", c.host, got, err, c.want)
		}
	}
}

// Dial does the handshake for TLS only, and leaves no deadline behind.
func TestDialGivesAUsableConnection(t *testing.T) {
	ca := newAuthority(t, "Test Authority")
	cert := ca.leaf(t, nil)
	release := make(chan struct{})
	late := func(conn net.Conn) { <-release; io.WriteString(conn, "hello") }
	for _, c := range []struct {
		security mail.Security
		serve    func(net.Conn)
		secured  bool
	}{
		{mail.SecurityTLS, overTLS(cert, late), true},
		{mail.SecuritySTARTTLS, late, false},
		{mail.SecurityNone, late, false},
	} {
		conn, err := testDialer(ca, 2*time.Second).Dial(t.Context(), at(listen(t, c.serve), c.security))
		if err != nil {
			t.Errorf("Dial with %s: %v", c.security, err)
			continue
		}
		defer conn.Close()
		if _, secured := conn.(*tls.Conn); secured != c.secured {
			t.Errorf("Dial with %s gave a %T", c.security, conn)
		}
		defer func() {
			if got, err := io.ReadAll(io.LimitReader(conn, 5)); string(got) != "hello" {
				t.Errorf("reading with %s: %q, %v", c.security, got, err)
			}
		}()
	}
	// The dialer's deadline passes before the server says something.
	time.AfterFunc(2500*time.Millisecond, func() { close(release) })
}

func TestDialEndsWithItsContext(t *testing.T) {
	ca := newAuthority(t, "Test Authority")
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	s := at(listen(t, func(conn net.Conn) { cancel(); silent(conn) }), mail.SecurityTLS)
	if _, err := testDialer(ca, time.Hour).Dial(ctx, s); mail.CodeOf(err) != mail.CodeCancelled {
		t.Errorf("Dial = %v, want %s", err, mail.CodeCancelled)
	}
	if _, err := testDialer(ca, 100*time.Millisecond).Dial(t.Context(), s); mail.CodeOf(err) != mail.CodeTimeout {
		t.Errorf("Dial = %v, want %s", err, mail.CodeTimeout)
	}
}

func TestTLSConfigIsStrict(t *testing.T) {
	for name, s := range map[string]mail.Server{
		"plain":   {Host: testHost, Port: 143, Security: mail.SecuritySTARTTLS},
		"trusted": {Host: testHost, Port: 143, Trusted: "00ff"},
		"extra":   {Host: testHost, Port: 143, CA: newAuthority(t, "Extra").pem()},
		"broken":  {Host: "a b", Port: 143},
	} {
		cfg := new(Dialer).TLSConfig(s)
		if cfg.MinVersion != tls.VersionTLS12 {
			t.Errorf("%s: oldest version %x, want TLS 1.2", name, cfg.MinVersion)
		}
		if cfg.InsecureSkipVerify && cfg.VerifyConnection == nil {
			t.Errorf("%s: every certificate is accepted", name)
		}
		if cfg == new(Dialer).TLSConfig(s) {
			t.Errorf("%s: the same configuration twice", name)
		}
	}
}
