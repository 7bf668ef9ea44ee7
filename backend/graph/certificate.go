package graph

import (
	"bytes"
	"crypto"
	"crypto/rsa"
	"crypto/x509"
	"encoding/asn1"
	"errors"
	"slices"
	"strings"
	"time"

	"waxwing/backend/mail"
)

// A CertificateFile is a certificate with its private key as an administrator
// has it: octets of files, and what is needed to open them.
type CertificateFile struct {
	// Data is a .pfx or .p12 file, a .pem file with or without the key, or a .cer
	// or .crt file (PEM or DER).
	Data []byte
	// Key is the file with the private key (PEM or DER) if Data has none.
	Key []byte
	// Alias is the friendly name of the key to use; needed if there are several.
	Alias string
	// Password opens the file; empty for none.
	Password string
}

// maxFile bounds a file: a real one has a few thousand octets.
const maxFile = 1 << 20

// A Certificate proves to Microsoft who an App is.
type Certificate struct {
	Leaf *x509.Certificate
	key  *rsa.PrivateKey
}

// LoadCertificate reads f. Errors have the codes CodeCertificateUnreadable,
// CodeCertificatePassword, CodeCertificateNoKey, CodeCertificateAlias and
// CodeCertificateKind. Dates aren't looked at, see Certificate.Valid.
func LoadCertificate(f CertificateFile) (*Certificate, error) {
	if len(f.Data) == 0 || len(f.Data) > maxFile || len(f.Key) > maxFile {
		return nil, unreadable(errors.New("graph: no certificate, or too large a file"))
	}
	read := readDER
	switch {
	case isPFX(f.Data):
		read = readPFX
	case bytes.Contains(f.Data, []byte("-----BEGIN ")):
		read = readPEM
	}
	content, err := read(f)
	if err != nil {
		return nil, err
	}
	if len(f.Key) > 0 {
		keys, err := readKeys(f.Key, f.Password)
		if err != nil {
			return nil, err
		}
		content.keys = append(content.keys, keys...)
	}
	return content.choose(f.Alias)
}

// Valid returns CodeCertificateExpired unless the certificate is valid at t.
func (c *Certificate) Valid(t time.Time) error {
	switch {
	case t.After(c.Leaf.NotAfter):
		return &mail.Error{Code: mail.CodeCertificateExpired, Args: map[string]string{"date": c.Leaf.NotAfter.UTC().Format(time.DateOnly)}}
	case t.Before(c.Leaf.NotBefore):
		return &mail.Error{Code: mail.CodeCertificateExpired, Args: map[string]string{"date": c.Leaf.NotBefore.UTC().Format(time.DateOnly), "reason": "notYet"}}
	}
	return nil
}

// content is what was found in files.
type content struct {
	keys         []namedKey
	certificates []*x509.Certificate
}

// A namedKey is a private key with its friendly name, which may be empty.
type namedKey struct {
	alias string
	key   any
}

// choose returns the key with that alias, or the only one, with its certificate.
func (c *content) choose(alias string) (*Certificate, error) {
	if len(c.keys) == 0 {
		return nil, &mail.Error{Code: mail.CodeCertificateNoKey}
	}
	keys := c.keys
	if alias != "" {
		keys = slices.DeleteFunc(slices.Clone(keys), func(k namedKey) bool { return !strings.EqualFold(k.alias, alias) })
	}
	if len(keys) != 1 {
		return nil, wrongAlias(alias, c.keys)
	}
	key, ok := keys[0].key.(*rsa.PrivateKey)
	if !ok {
		return nil, &mail.Error{Code: mail.CodeCertificateKind} // PS256 is RSA's (RFC 7518 §3.5)
	}
	if err := key.Validate(); err != nil {
		return nil, unreadable(err)
	}
	for _, certificate := range c.certificates {
		if public, ok := certificate.PublicKey.(*rsa.PublicKey); ok && public.Equal(key.Public()) {
			return &Certificate{Leaf: certificate, key: key}, nil
		}
	}
	if len(c.certificates) == 0 {
		return nil, unreadable(errors.New("graph: a key without a certificate"))
	}
	return nil, &mail.Error{Code: mail.CodeCertificateNoKey, Err: errors.New("graph: the key belongs to another certificate")}
}

// wrongAlias says which aliases there are.
func wrongAlias(alias string, keys []namedKey) error {
	var known []string
	for _, k := range keys {
		if k.alias != "" && !slices.Contains(known, k.alias) {
			known = append(known, printable(k.alias))
		}
	}
	args := map[string]string{"alias": alias, "aliases": strings.Join(known, ", ")}
	if alias == "" {
		args["reason"] = "several"
	}
	return &mail.Error{Code: mail.CodeCertificateAlias, Args: args}
}

// readDER reads a .cer file in DER.
func readDER(f CertificateFile) (*content, error) {
	certificate, err := x509.ParseCertificate(f.Data)
	if err != nil {
		return nil, unreadable(err)
	}
	return &content{certificates: []*x509.Certificate{certificate}}, nil
}

// readKeys reads a file with nothing but a private key.
func readKeys(data []byte, password string) ([]namedKey, error) {
	if bytes.Contains(data, []byte("-----BEGIN ")) {
		c, err := readPEM(CertificateFile{Data: data, Password: password})
		if err != nil {
			return nil, err
		}
		return c.keys, nil
	}
	key, err := parseKey(data, password)
	if err != nil {
		return nil, err
	}
	return []namedKey{{key: key}}, nil
}

// parseKey reads a private key in DER: PKCS#8, sealed or not, or the older forms.
func parseKey(der []byte, password string) (crypto.PrivateKey, error) {
	if isSealed(der) {
		return unseal(der, password)
	}
	if key, err := x509.ParsePKCS8PrivateKey(der); err == nil {
		return key, nil
	}
	if key, err := x509.ParsePKCS1PrivateKey(der); err == nil {
		return key, nil
	}
	key, err := x509.ParseECPrivateKey(der)
	if err != nil {
		return nil, unreadable(errors.New("graph: no private key in a known form"))
	}
	return key, nil
}

// isSealed reports whether der is an EncryptedPrivateKeyInfo (RFC 5208 §6).
func isSealed(der []byte) bool {
	var sealed struct {
		Algorithm asn1.RawValue
		Data      []byte
	}
	rest, err := asn1.Unmarshal(der, &sealed)
	return err == nil && len(rest) == 0 && sealed.Algorithm.Tag == asn1.TagSequence
}

func unreadable(err error) error {
	return &mail.Error{Code: mail.CodeCertificateUnreadable, Err: err}
}

func wrongPassword(err error) error {
	return &mail.Error{Code: mail.CodeCertificatePassword, Err: err}
}
