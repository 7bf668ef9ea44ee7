package graph_test

import (
	"bytes"
	"encoding/pem"
	"testing"

	"waxwing/backend/graph"
	"waxwing/backend/mail"
)

// TestTooMuchWork: a file can't keep the program busy for years, or take all memory.
func TestTooMuchWork(t *testing.T) {
	t.Parallel()
	p := newPair(t)
	p.openssl("pkcs12", "-export", "-inkey", "key.pem", "-in", "cert.pem", "-out", "pfx", "-iter", "70001", "-passout", "pass:"+password)
	p.openssl("pkcs8", "-topk8", "-in", "key.pem", "-out", "sealed", "-outform", "DER", "-iter", "70001", "-passout", "pass:"+password)
	p.openssl("pkcs8", "-topk8", "-in", "key.pem", "-out", "scrypt", "-outform", "DER", "-scrypt", "-scrypt_N", "4096", "-scrypt_r", "9", "-scrypt_p", "3", "-passout", "pass:"+password)
	iterations, more := []byte{2, 3, 1, 0x11, 0x71}, []byte{2, 3, 0x7f, 0xff, 0xff}
	numbers := []byte{2, 2, 0x10, 0, 2, 1, 9, 2, 1, 3}
	for _, c := range []struct {
		name, file string
		old, other []byte
		want       mail.Code
	}{
		{"as made", "pfx", nil, nil, ""},
		{"as made", "sealed", nil, nil, ""},
		{"as made", "scrypt", nil, nil, ""},
		{"eight million", "pfx", iterations, more, mail.CodeCertificateUnreadable},
		{"eight million", "sealed", iterations, more, mail.CodeCertificateUnreadable},
		{"much memory", "scrypt", numbers, []byte{2, 2, 0x40, 0, 2, 1, 0x7f, 2, 1, 3}, mail.CodeCertificateUnreadable},
		{"in parallel", "scrypt", numbers, []byte{2, 2, 0x10, 0, 2, 1, 9, 2, 1, 0x7f}, mail.CodeCertificateUnreadable},
	} {
		data := p.read(c.file)
		if c.old != nil {
			if !bytes.Contains(data, c.old) {
				t.Fatalf("%s: the number isn't where it is looked for", c.file)
			}
			data = bytes.ReplaceAll(data, c.old, c.other)
		}
		file := graph.CertificateFile{Data: data, Password: password}
		if c.file != "pfx" {
			file.Data, file.Key = p.read("cert.pem"), pem.EncodeToMemory(&pem.Block{Type: "ENCRYPTED PRIVATE KEY", Bytes: data})
		}
		if _, err := graph.LoadCertificate(file); mail.CodeOf(err) != c.want {
			t.Errorf("%s, %s: got %v, want %q", c.file, c.name, err, c.want)
		}
	}
}
