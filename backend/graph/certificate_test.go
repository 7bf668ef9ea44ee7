package graph_test

import (
	"bytes"
	"crypto/rsa"
	"encoding/pem"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"waxwing/backend/graph"
	"waxwing/backend/mail"
)

const password = "marker-secret"

// An opensslPair is a key with its certificate in a folder, where the openssl
// command makes other files of them.
type opensslPair struct {
	tb     testing.TB
	folder string
}

// newPair makes key.pem and cert.pem, by the arguments for the kind of key.
func newPair(tb testing.TB, kind ...string) *opensslPair {
	tb.Helper()
	p := &opensslPair{tb, tb.TempDir()}
	if len(kind) == 0 {
		kind = []string{"rsa:2048"}
	}
	args := append([]string{"req", "-x509", "-nodes", "-keyout", "key.pem", "-out", "cert.pem", "-days", "30", "-subj", "/CN=Waxwing", "-newkey"}, kind...)
	p.openssl(args...)
	return p
}

func (p *opensslPair) openssl(args ...string) {
	p.tb.Helper()
	command := exec.Command("openssl", args...)
	command.Dir = p.folder
	if out, err := command.CombinedOutput(); err != nil {
		p.tb.Fatalf("openssl %s: %v\n%s", strings.Join(args, " "), err, out)
	}
}

func (p *opensslPair) read(name string) []byte {
	p.tb.Helper()
	data, err := os.ReadFile(filepath.Join(p.folder, name))
	if err != nil {
		p.tb.Fatal(err)
	}
	return data
}

// der is the certificate.
func (p *opensslPair) der() []byte {
	block, _ := pem.Decode(p.read("cert.pem"))
	return block.Bytes
}

// TestOpenSSL opens what the openssl command makes, of both generations, with
// and without a password.
func TestOpenSSL(t *testing.T) {
	t.Parallel()
	p := newPair(t)
	export := []string{"pkcs12", "-export", "-inkey", "key.pem", "-in", "cert.pem", "-out", "file"}
	topk8 := []string{"pkcs8", "-topk8", "-in", "key.pem", "-out", "file"}
	for _, c := range []struct {
		name     string
		command  []string
		options  string
		password string
		separate bool // the file has just the key
	}{
		{"pfx 3.x", export, "-passout pass:" + password, password, false},
		{"pfx 3.x, name", export, "-name mail -passout pass:" + password, password, false},
		{"pfx 3.x, no password", export, "-passout pass:", "", false},
		{"pfx 1.1", export, "-legacy -passout pass:" + password, password, false},
		{"pfx 1.1, no password", export, "-legacy -passout pass:", "", false},
		{"pfx 1.1, certificates by 3DES", export, "-descert -legacy -passout pass:" + password, password, false},
		{"pfx 1.1, AES", export, "-keypbe AES-128-CBC -certpbe AES-192-CBC -macalg sha1 -passout pass:" + password, password, false},
		{"pfx, nothing sealed", export, "-keypbe NONE -certpbe NONE -nomac -passout pass:", "", false},
		{"pfx, SHA-512", export, "-macalg sha512 -passout pass:" + password, password, false},
		{"key 3.x", topk8, "-passout pass:" + password, password, true},
		{"key 3.x, no password", topk8, "-nocrypt", "", true},
		{"key 3.x, scrypt", topk8, "-scrypt -passout pass:" + password, password, true},
		{"key 3.x, DER", topk8, "-outform DER -passout pass:" + password, password, true},
		{"key 3.x, DER, no password", topk8, "-outform DER -nocrypt", "", true},
		{"key 1.1", topk8, "-v2 aes-256-cbc -v2prf hmacWithSHA1 -passout pass:" + password, password, true},
		{"key 1.1, 3DES", topk8, "-v2 des3 -passout pass:" + password, password, true},
		{"key 1.0", []string{"rsa", "-in", "key.pem", "-out", "file"}, "-traditional -aes128 -passout pass:" + password, password, true},
		{"key 1.0, 3DES", []string{"rsa", "-in", "key.pem", "-out", "file"}, "-traditional -des3 -passout pass:" + password, password, true},
		{"key 1.0, no password", []string{"rsa", "-in", "key.pem", "-out", "file"}, "-traditional", "", true},
		{"key 1.0, DER", []string{"rsa", "-in", "key.pem", "-out", "file"}, "-traditional -outform DER", "", true},
	} {
		args := append([]string{}, c.command...)
		for option := range strings.SplitSeq(c.options, " ") {
			args = append(args, option)
		}
		p.openssl(args...)
		files := map[string]graph.CertificateFile{"": {Data: p.read("file"), Password: c.password}}
		if c.separate {
			files = map[string]graph.CertificateFile{
				" beside a .cer in PEM": {Data: p.read("cert.pem"), Key: p.read("file"), Password: c.password},
				" beside a .cer in DER": {Data: p.der(), Key: p.read("file"), Password: c.password},
			}
			if bytes.Contains(p.read("file"), []byte("BEGIN")) {
				files[" in one .pem"] = graph.CertificateFile{Data: append(p.read("file"), p.read("cert.pem")...), Password: c.password}
				files[" in one .pem, certificate first"] = graph.CertificateFile{Data: append(p.read("cert.pem"), p.read("file")...), Password: c.password}
			}
		}
		for how, file := range files {
			got, err := graph.LoadCertificate(file)
			if err != nil || !bytes.Equal(got.Leaf.Raw, p.der()) {
				t.Errorf("%s%s: got %v, %v", c.name, how, got, err)
			}
			if c.password == "" {
				continue
			}
			for _, wrong := range []string{"", "wrong"} {
				file.Password = wrong
				if _, err := graph.LoadCertificate(file); mail.CodeOf(err) != mail.CodeCertificatePassword || strings.Contains(err.Error(), password) {
					t.Errorf("%s%s with the password %q: got %v, want %s", c.name, how, wrong, err, mail.CodeCertificatePassword)
				}
			}
		}
	}
}

// TestAlias chooses among the keys of files that hold several.
func TestAlias(t *testing.T) {
	t.Parallel()
	files := map[string][]byte{}
	for _, name := range []string{"java.p12", "java-legacy.p12"} {
		data, err := os.ReadFile(filepath.Join("testdata", name))
		if err != nil {
			t.Fatal(err)
		}
		files[name] = data
	}
	p := &opensslPair{t, t.TempDir()}
	if err := os.WriteFile(filepath.Join(p.folder, "java.p12"), files["java.p12"], 0o600); err != nil {
		t.Fatal(err)
	}
	p.openssl("pkcs12", "-in", "java.p12", "-passin", "pass:"+password, "-passout", "pass:"+password, "-out", "sealed.pem")
	p.openssl("pkcs12", "-in", "java.p12", "-passin", "pass:"+password, "-nodes", "-out", "open.pem")
	files["sealed.pem"], files["open.pem"] = p.read("sealed.pem"), p.read("open.pem")
	for name, data := range files {
		for alias, want := range map[string]string{"mail": "CN=Waxwing mail", "Reports": "CN=Waxwing reports"} {
			got, err := graph.LoadCertificate(graph.CertificateFile{Data: data, Alias: alias, Password: password})
			if err != nil || got.Leaf.Subject.String() != want {
				t.Errorf("%s, %s: got %v, %v", name, alias, got, err)
			}
		}
		for alias, want := range map[string]mail.Code{
			"":          mail.CodeCertificateAlias,
			"elsewhere": mail.CodeCertificateAlias,
			"authority": mail.CodeCertificateAlias, // a certificate without a key
			"curve":     mail.CodeCertificateKind,
		} {
			_, err := graph.LoadCertificate(graph.CertificateFile{Data: data, Alias: alias, Password: password})
			if mail.CodeOf(err) != want {
				t.Errorf("%s, %q: got %v, want %s", name, alias, err, want)
				continue
			}
			if aliases := mail.AsError(err).Args["aliases"]; want == mail.CodeCertificateAlias && (!strings.Contains(aliases, "mail") || !strings.Contains(aliases, "reports")) {
				t.Errorf("%s, %q: the aliases named are %q", name, alias, aliases)
			}
		}
		if _, err := graph.LoadCertificate(graph.CertificateFile{Data: data, Alias: "mail", Password: "wrong"}); name != "open.pem" && mail.CodeOf(err) != mail.CodeCertificatePassword {
			t.Errorf("%s with a wrong password: got %v", name, err)
		}
	}
}

// TestAliasOfOne: a single key may be named, but not wrongly.
func TestAliasOfOne(t *testing.T) {
	t.Parallel()
	p := newPair(t)
	p.openssl("pkcs12", "-export", "-inkey", "key.pem", "-in", "cert.pem", "-name", "mail", "-out", "file", "-passout", "pass:")
	for alias, want := range map[string]mail.Code{"": "", "mail": "", "MAIL": "", "other": mail.CodeCertificateAlias} {
		if _, err := graph.LoadCertificate(graph.CertificateFile{Data: p.read("file"), Alias: alias}); mail.CodeOf(err) != want {
			t.Errorf("%q: got %v, want %q", alias, err, want)
		}
	}
}

func TestUnusableCertificates(t *testing.T) {
	t.Parallel()
	p, other, curve := newPair(t), newPair(t), newPair(t, "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1")
	p.openssl("pkcs12", "-export", "-nokeys", "-in", "cert.pem", "-out", "nokeys", "-passout", "pass:")
	p.openssl("pkcs12", "-export", "-inkey", "key.pem", "-in", "cert.pem", "-out", "whole", "-passout", "pass:")
	curve.openssl("pkcs12", "-export", "-inkey", "key.pem", "-in", "cert.pem", "-out", "file", "-passout", "pass:")
	whole := p.read("whole")
	for _, c := range []struct {
		name string
		file graph.CertificateFile
		want mail.Code
	}{
		{"nothing", graph.CertificateFile{}, mail.CodeCertificateUnreadable},
		{"text", graph.CertificateFile{Data: []byte("hello")}, mail.CodeCertificateUnreadable},
		{"too large", graph.CertificateFile{Data: make([]byte, 2<<20)}, mail.CodeCertificateUnreadable},
		{"only a certificate", graph.CertificateFile{Data: p.read("cert.pem")}, mail.CodeCertificateNoKey},
		{"only a certificate in DER", graph.CertificateFile{Data: p.der()}, mail.CodeCertificateNoKey},
		{"only a certificate in a pfx", graph.CertificateFile{Data: p.read("nokeys")}, mail.CodeCertificateNoKey},
		{"only a key", graph.CertificateFile{Data: p.read("key.pem")}, mail.CodeCertificateUnreadable},
		{"another's key", graph.CertificateFile{Data: p.read("cert.pem"), Key: other.read("key.pem")}, mail.CodeCertificateNoKey},
		{"a key that is none", graph.CertificateFile{Data: p.read("cert.pem"), Key: []byte("hello")}, mail.CodeCertificateUnreadable},
		{"a pfx with half of it missing", graph.CertificateFile{Data: whole[:len(whole)/2]}, mail.CodeCertificateUnreadable},
		{"a pfx with more behind it", graph.CertificateFile{Data: append(bytes.Clone(whole), 0)}, mail.CodeCertificateUnreadable},
		{"a curve", graph.CertificateFile{Data: curve.read("file")}, mail.CodeCertificateKind},
	} {
		if _, err := graph.LoadCertificate(c.file); mail.CodeOf(err) != c.want {
			t.Errorf("%s: got %v, want %s", c.name, err, c.want)
		}
	}
}

func TestValid(t *testing.T) {
	t.Parallel()
	p := newPair(t)
	c, err := graph.LoadCertificate(graph.CertificateFile{Data: p.read("cert.pem"), Key: p.read("key.pem")})
	if err != nil {
		t.Fatal(err)
	}
	now := time.Now()
	for _, at := range []struct {
		t      time.Time
		want   mail.Code
		reason string
	}{
		{now, "", ""},
		{now.Add(31 * 24 * time.Hour), mail.CodeCertificateExpired, ""},
		{now.Add(-24 * time.Hour), mail.CodeCertificateExpired, "notYet"},
	} {
		err := c.Valid(at.t)
		if mail.CodeOf(err) != at.want || err != nil && mail.AsError(err).Args["reason"] != at.reason {
			t.Errorf("at %v: got %v, want %q", at.t, err, at.want)
		}
	}
}

// FuzzCertificate: files of strangers neither panic nor give a key without its
// certificate.
func FuzzCertificate(f *testing.F) {
	p := newPair(f)
	// Sealed with little work, so that there is time to try many.
	p.openssl("pkcs8", "-topk8", "-in", "key.pem", "-out", "sealed", "-v2", "aes-256-cbc", "-iter", "1", "-passout", "pass:"+password)
	for _, generation := range []string{"-macalg", "-legacy"} {
		args := []string{"pkcs12", "-export", "-inkey", "key.pem", "-in", "cert.pem", "-name", "mail", "-iter", "1", "-out", "file", "-passout", "pass:" + password, generation}
		if generation == "-macalg" {
			args = append(args, "sha256")
		}
		p.openssl(args...)
		f.Add(p.read("file"), "mail")
	}
	f.Add(append(p.read("sealed"), p.read("cert.pem")...), "")
	f.Fuzz(func(t *testing.T, data []byte, alias string) {
		c, err := graph.LoadCertificate(graph.CertificateFile{Data: data, Alias: alias, Password: password})
		if (err == nil) != (c != nil) {
			t.Fatalf("got %v and %v", c, err)
		}
		if err != nil && mail.CodeOf(err) == mail.CodeInternal {
			t.Fatalf("got %v", err)
		}
		if c != nil {
			if _, ok := c.Leaf.PublicKey.(*rsa.PublicKey); !ok {
				t.Fatal("a certificate that can't sign")
			}
		}
	})
}
