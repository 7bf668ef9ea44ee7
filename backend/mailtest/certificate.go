package mailtest

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"net"
	"testing"
	"time"
)

// A Flaw is what is wrong with a certificate.
type Flaw string

// The flaws. All certificates but the self-signed one are signed by their Authority.
const (
	FlawNone       Flaw = ""           // for localhost, 127.0.0.1 and ::1, valid now
	FlawExpired    Flaw = "expired"    // since yesterday
	FlawNotYet     Flaw = "notYet"     // valid from tomorrow
	FlawWrongHost  Flaw = "wrongHost"  // for elsewhere.test
	FlawSelfSigned Flaw = "selfSigned" // right names, signed by itself
)

// An Authority is a certificate authority that nobody trusts but who is told to.
type Authority struct {
	// PEM is the authority's certificate, in the form of mail.Server.CA.
	PEM string
	// Roots holds just this authority.
	Roots *x509.CertPool

	certificate *x509.Certificate
	key         *ecdsa.PrivateKey
}

// NewAuthority makes an authority with a key of its own.
func NewAuthority(tb testing.TB) *Authority {
	tb.Helper()
	template := &x509.Certificate{
		Subject:               pkix.Name{CommonName: "Waxwing test authority"},
		KeyUsage:              x509.KeyUsageCertSign | x509.KeyUsageCRLSign,
		IsCA:                  true,
		BasicConstraintsValid: true,
	}
	validFor(template, -time.Hour, 24*time.Hour)
	key := newKey(tb)
	der := sign(tb, template, template, key, key)
	certificate, err := x509.ParseCertificate(der)
	if err != nil {
		tb.Fatal(err)
	}
	a := &Authority{
		PEM:         string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})),
		Roots:       x509.NewCertPool(),
		certificate: certificate,
		key:         key,
	}
	a.Roots.AddCert(certificate)
	return a
}

// Issue returns a server certificate with the given flaw, as PEM texts.
func (a *Authority) Issue(tb testing.TB, flaw Flaw) (certificatePEM, keyPEM []byte) {
	tb.Helper()
	template := &x509.Certificate{
		Subject:     pkix.Name{CommonName: "localhost"},
		DNSNames:    []string{"localhost"},
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1), net.IPv6loopback},
		KeyUsage:    x509.KeyUsageDigitalSignature,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	validFor(template, -time.Hour, 24*time.Hour)
	key := newKey(tb)
	parent, signer := a.certificate, a.key
	switch flaw {
	case FlawNone:
	case FlawExpired:
		validFor(template, -48*time.Hour, -24*time.Hour)
	case FlawNotYet:
		validFor(template, 24*time.Hour, 48*time.Hour)
	case FlawWrongHost:
		template.Subject.CommonName = "elsewhere.test"
		template.DNSNames, template.IPAddresses = []string{"elsewhere.test"}, nil
	case FlawSelfSigned:
		parent, signer = template, key
	default:
		tb.Fatalf("mailtest: unknown certificate flaw %q", flaw)
	}
	der := sign(tb, template, parent, key, signer)
	keyDER, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		tb.Fatal(err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}),
		pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: keyDER})
}

// TLS returns a server's configuration with a certificate of the given flaw.
func (a *Authority) TLS(tb testing.TB, flaw Flaw) *tls.Config {
	tb.Helper()
	pair, err := tls.X509KeyPair(a.Issue(tb, flaw))
	if err != nil {
		tb.Fatal(err)
	}
	return &tls.Config{Certificates: []tls.Certificate{pair}}
}

// Names returns a server's configuration with a good certificate for the names.
func (a *Authority) Names(tb testing.TB, names ...string) *tls.Config {
	tb.Helper()
	template := &x509.Certificate{
		Subject:     pkix.Name{CommonName: names[0]},
		DNSNames:    names,
		KeyUsage:    x509.KeyUsageDigitalSignature,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	validFor(template, -time.Hour, 24*time.Hour)
	key := newKey(tb)
	der := sign(tb, template, a.certificate, key, a.key)
	return &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}}
}

func newKey(tb testing.TB) *ecdsa.PrivateKey {
	tb.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		tb.Fatal(err)
	}
	return key
}

// validFor sets the validity relative to now.
func validFor(template *x509.Certificate, from, to time.Duration) {
	now := time.Now()
	template.NotBefore, template.NotAfter = now.Add(from), now.Add(to)
}

func sign(tb testing.TB, template, parent *x509.Certificate, key, signer *ecdsa.PrivateKey) []byte {
	tb.Helper()
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 120))
	if err != nil {
		tb.Fatal(err)
	}
	template.SerialNumber = serial
	der, err := x509.CreateCertificate(rand.Reader, template, parent, &key.PublicKey, signer)
	if err != nil {
		tb.Fatal(err)
	}
	return der
}
