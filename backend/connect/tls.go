package connect

import (
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
	"errors"
	"strings"

	"waxwing/backend/mail"
)

// errChanged is why a certificate is refused that isn't the accepted one.
var errChanged = errors.New("the server's certificate isn't the one that was accepted")

// TLSConfig returns how TLS is to be spoken with s, for an upgrade by STARTTLS.
// Every call returns a new one.
//
// If s.Trusted names a certificate, that one is accepted whatever its chain,
// names and dates are, and every other one is refused.
func (d *Dialer) TLSConfig(s mail.Server) *tls.Config {
	cfg := &tls.Config{MinVersion: tls.VersionTLS12}
	host, err := hostName(s)
	if err != nil {
		return refuse(cfg, err)
	}
	cfg.ServerName = host
	if s.Trusted != "" {
		return pin(cfg, s.Trusted)
	}
	cfg.RootCAs, err = d.roots(s)
	if err != nil {
		return refuse(cfg, err)
	}
	return cfg
}

// Believed returns the authorities to believe at this moment, for TLS that isn't
// spoken by the Dialer itself; nil means the system's.
func (d *Dialer) Believed() *x509.CertPool {
	pool, _ := d.roots(mail.Server{}) // fails for a server's own authority only
	return pool
}

// roots returns the authorities to believe for s; nil means the system's.
func (d *Dialer) roots(s mail.Server) (*x509.CertPool, error) {
	extra := ""
	if d.Authorities != nil {
		extra = d.Authorities()
	}
	if s.CA == "" && extra == "" {
		return d.Roots, nil
	}
	pool := d.Roots
	if pool == nil {
		// Where the system has no pool to load, the extra authorities are all there are.
		if system, err := x509.SystemCertPool(); err == nil {
			pool = system
		} else {
			pool = x509.NewCertPool()
		}
	} else {
		pool = pool.Clone()
	}
	pool.AppendCertsFromPEM([]byte(extra))
	if s.CA != "" && !pool.AppendCertsFromPEM([]byte(s.CA)) {
		return nil, &mail.Error{Code: mail.CodeInvalid, Args: map[string]string{"field": "ca"}}
	}
	return pool, nil
}

// pin makes cfg accept exactly the certificate with the given fingerprint.
func pin(cfg *tls.Config, trusted string) *tls.Config {
	trusted = strings.ToLower(strings.ReplaceAll(trusted, ":", ""))
	// The check below takes the place of the standard one: a person vouched for
	// this certificate, which usually is signed by nobody or for another name.
	cfg.InsecureSkipVerify = true
	cfg.VerifyConnection = func(state tls.ConnectionState) error {
		leaf := state.PeerCertificates[0]
		if fingerprint(leaf) != trusted {
			return &CertificateError{Certificate: describe(leaf), Err: errChanged}
		}
		return nil
	}
	return cfg
}

// refuse makes every handshake with cfg fail with err.
func refuse(cfg *tls.Config, err error) *tls.Config {
	cfg.InsecureSkipVerify = true // nothing is accepted at all
	cfg.VerifyConnection = func(tls.ConnectionState) error { return err }
	return cfg
}

// fingerprint returns the lower-case hexadecimal SHA-256 of the certificate.
func fingerprint(c *x509.Certificate) string {
	sum := sha256.Sum256(c.Raw)
	return hex.EncodeToString(sum[:])
}
