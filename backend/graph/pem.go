package graph

import (
	"bytes"
	"crypto"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"regexp"
	"strings"

	"github.com/youmark/pkcs8"
)

// readPEM reads certificates and keys in PEM (RFC 7468), and the older form in
// which keys are sealed (RFC 1421). Other blocks are passed over.
func readPEM(f CertificateFile) (*content, error) {
	found := &content{}
	for rest := f.Data; ; {
		block, after := pem.Decode(rest)
		if block == nil {
			break
		}
		before := rest[:len(rest)-len(after)]
		rest = after
		switch {
		case block.Type == "CERTIFICATE":
			certificate, err := x509.ParseCertificate(block.Bytes)
			if err != nil {
				return nil, unreadable(err)
			}
			found.certificates = append(found.certificates, certificate)
		case strings.HasSuffix(block.Type, "PRIVATE KEY"):
			key, err := keyOfBlock(block, f.Password)
			if err != nil {
				return nil, err
			}
			found.keys = append(found.keys, namedKey{friendlyName(before), key})
		}
	}
	if len(found.keys)+len(found.certificates) == 0 {
		return nil, unreadable(errors.New("graph: neither a certificate nor a key"))
	}
	return found, nil
}

// friendly is how the openssl command writes an attribute of a bag above a block.
var friendly = regexp.MustCompile(`(?m)^\s*friendlyName: *(.+?)\s*$`)

// friendlyName returns the alias that stands in front of a block.
func friendlyName(text []byte) string {
	text, _, _ = bytes.Cut(text, []byte("-----BEGIN "))
	names := friendly.FindAllSubmatch(text, -1)
	if len(names) == 0 {
		return ""
	}
	return string(names[len(names)-1][1])
}

func keyOfBlock(block *pem.Block, password string) (crypto.PrivateKey, error) {
	der := block.Bytes
	if block.Headers["DEK-Info"] != "" {
		//lint:ignore SA1019 weak, but OpenSSL before 1.0 sealed keys so; the file is the administrator's choice
		opened, err := x509.DecryptPEMBlock(block, []byte(password))
		if err != nil {
			return nil, wrongPassword(err)
		}
		key, err := parseKey(opened, "")
		if err != nil {
			return nil, wrongPassword(err) // the padding happened to fit
		}
		return key, nil
	}
	return parseKey(der, password)
}

// unseal opens an EncryptedPrivateKeyInfo.
func unseal(der []byte, password string) (key crypto.PrivateKey, err error) {
	if password == "" {
		return nil, wrongPassword(errors.New("graph: the key is sealed"))
	}
	if err := checkWork(der, 0); err != nil {
		return nil, unreadable(err)
	}
	defer func() {
		// The library trusts the lengths in the file.
		if p := recover(); p != nil {
			key, err = nil, unreadable(fmt.Errorf("graph: %v", p))
		}
	}()
	key, err = pkcs8.ParsePKCS8PrivateKey(der, []byte(password))
	switch {
	case err == nil:
		return key, nil
	case strings.Contains(err.Error(), "supported") || strings.Contains(err.Error(), "parameters"):
		return nil, unreadable(err)
	}
	return nil, wrongPassword(err)
}
