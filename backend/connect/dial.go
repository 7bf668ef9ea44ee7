package connect

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"net/netip"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"golang.org/x/net/idna"

	"waxwing/backend/mail"
)

// DefaultTimeout bounds Dial, and each step of Test, when Dialer.Timeout is zero.
const DefaultTimeout = 30 * time.Second

// Dialer opens connections to mail servers. The zero value is ready to use; a
// Dialer may be used by several goroutines as long as nobody changes it.
type Dialer struct {
	// Timeout bounds one Dial, and each step of a Test. Zero means DefaultTimeout.
	Timeout time.Duration
	// Roots are the authorities to believe; nil means the system's.
	Roots *x509.CertPool
	// Authorities gives the PEM text of authorities to believe besides Roots,
	// asked with every connection; nil means none. What holds no certificate
	// adds none.
	Authorities func() string
	// DialContext opens the TCP connection to "host:port"; nil means a
	// net.Dialer, which tries IPv6 and IPv4 side by side (RFC 8305).
	DialContext func(ctx context.Context, network, addr string) (net.Conn, error)
	// LookupHost finds the addresses of a name for the first step of a Test;
	// nil means the system's resolver.
	LookupHost func(ctx context.Context, host string) ([]string, error)
}

// Dial opens a connection to s, over which the TLS handshake is done if
// s.Security is mail.SecurityTLS. For mail.SecuritySTARTTLS it is still plain:
// upgrade it with TLSConfig before anything secret is sent.
//
// The connection has no deadline; later waits are the caller's to bound. A
// failure is a *mail.Error; Certificates tells about a refused certificate.
func (d *Dialer) Dial(ctx context.Context, s mail.Server) (net.Conn, error) {
	ctx, cancel := context.WithTimeout(ctx, d.timeout())
	defer cancel()
	conn, err := d.connect(ctx, s)
	if err != nil {
		return nil, Explain(err, s)
	}
	if s.Security != mail.SecurityTLS {
		return conn, nil
	}
	secured, err := d.secure(ctx, conn, s)
	if err != nil {
		return nil, Explain(err, s)
	}
	return secured, nil
}

func (d *Dialer) timeout() time.Duration {
	if d.Timeout > 0 {
		return d.Timeout
	}
	return DefaultTimeout
}

// connect opens the TCP connection.
func (d *Dialer) connect(ctx context.Context, s mail.Server) (net.Conn, error) {
	addr, err := address(s)
	if err != nil {
		return nil, err
	}
	dial := d.DialContext
	if dial == nil {
		dial = new(net.Dialer).DialContext
	}
	conn, err := dial(ctx, "tcp", addr)
	if err != nil {
		return nil, endedBy(ctx, err)
	}
	return conn, nil
}

// secure does the TLS handshake over conn, which it closes on failure.
func (d *Dialer) secure(ctx context.Context, conn net.Conn, s mail.Server) (*tls.Conn, error) {
	secured := tls.Client(conn, d.TLSConfig(s))
	if err := secured.HandshakeContext(ctx); err != nil {
		// A failed handshake leaves nothing to read; a further error would hide it.
		_ = conn.Close()
		return nil, endedBy(ctx, err)
	}
	return secured, nil
}

// endedBy returns the context's error in front of err if the context ended, so
// that what the network says about its end isn't mistaken for the cause.
func endedBy(ctx context.Context, err error) error {
	if ctx.Err() == nil {
		return err
	}
	return errors.Join(ctx.Err(), err)
}

// address returns the "host:port" to dial. Names outside ASCII are dialled in
// their IDNA form (RFC 5891).
func address(s mail.Server) (string, error) {
	host, err := hostName(s)
	if err != nil {
		return "", err
	}
	if s.Port < 1 || s.Port > 65535 {
		return "", invalid("port", strconv.Itoa(s.Port))
	}
	return net.JoinHostPort(host, strconv.Itoa(s.Port)), nil
}

// hostName returns the name or IP address of s as resolvers and certificates
// write it: without brackets and final dot, in lower case and in ASCII.
func hostName(s mail.Server) (string, error) {
	host := strings.ToLower(strings.TrimSuffix(strings.TrimSpace(s.Host), "."))
	bare := strings.TrimSuffix(strings.TrimPrefix(host, "["), "]")
	if ip, err := netip.ParseAddr(bare); err == nil {
		return ip.String(), nil
	}
	if !isASCII(host) {
		ascii, err := idna.Lookup.ToASCII(host)
		if err != nil {
			return "", invalid("host", s.Host)
		}
		host = ascii
	}
	// Not the rule for host names but what resolvers take: names within a
	// company do have underscores.
	if host == "" || strings.ContainsFunc(host, notInHostName) || strings.Contains(host, "..") {
		return "", invalid("host", s.Host)
	}
	return host, nil
}

func notInHostName(r rune) bool {
	return !strings.ContainsRune("abcdefghijklmnopqrstuvwxyz0123456789-_.", r)
}

func isASCII(s string) bool {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

func invalid(field, value string) *mail.Error {
	return &mail.Error{Code: mail.CodeInvalid, Args: map[string]string{"field": field, "value": value}}
}
