package connect

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"time"
)

// A Certificate is what a person looks at before trusting a server.
type Certificate struct {
	Subject, Issuer     string   // distinguished names (RFC 4514)
	Names               []string // the host names and IP addresses it is for
	NotBefore, NotAfter time.Time
	// SHA256 is the fingerprint as mail.Server.Trusted holds it.
	SHA256 string
}

// A CertificateError tells that a server's certificate was refused, and why.
type CertificateError struct {
	Certificate Certificate
	Err         error
}

// Error returns why the certificate was refused.
func (e *CertificateError) Error() string { return "certificate refused: " + e.Err.Error() }

// Unwrap returns the reason.
func (e *CertificateError) Unwrap() error { return e.Err }

// Certificates returns the server's certificate if err is, or wraps, its
// refusal. It reads the errors of Dial and Test as well as those of a handshake
// with TLSConfig.
func Certificates(err error) (Certificate, bool) {
	var refused *CertificateError
	if errors.As(err, &refused) {
		return refused.Certificate, true
	}
	var unverified *tls.CertificateVerificationError
	if errors.As(err, &unverified) && len(unverified.UnverifiedCertificates) > 0 {
		return describe(unverified.UnverifiedCertificates[0]), true
	}
	return Certificate{}, false
}

func describe(c *x509.Certificate) Certificate {
	names := append([]string(nil), c.DNSNames...)
	for _, ip := range c.IPAddresses {
		names = append(names, ip.String())
	}
	return Certificate{
		Subject:   c.Subject.String(),
		Issuer:    c.Issuer.String(),
		Names:     names,
		NotBefore: c.NotBefore,
		NotAfter:  c.NotAfter,
		SHA256:    fingerprint(c),
	}
}
