package graph

import (
	"crypto/hmac"
	"crypto/pbkdf2"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode/utf16"

	"software.sslmate.com/src/go-pkcs12"
)

// A .pfx or .p12 file is opened by go-pkcs12, which knows what OpenSSL, Windows
// and Java have used to seal one, but reads files with one key only, and tells no
// names. So what isn't sealed, the frame, is read here as well; from a file with
// several keys the others are left out before go-pkcs12 gets it.

// pfx is the frame of RFC 7292 §4.
type pfx struct {
	Version  int
	AuthSafe contentInfo
	MacData  asn1.RawValue `asn1:"optional"`
}

type contentInfo struct {
	Type    asn1.ObjectIdentifier
	Content asn1.RawValue `asn1:"tag:0,explicit,optional"`
}

// A safeBag is a key, a certificate or something else (RFC 7292 §4.2).
type safeBag struct {
	ID         asn1.ObjectIdentifier
	Value      asn1.RawValue  `asn1:"tag:0,explicit"`
	Attributes []bagAttribute `asn1:"set,optional"`
}

type bagAttribute struct {
	ID    asn1.ObjectIdentifier
	Value asn1.RawValue `asn1:"set"`
}

var (
	oidData         = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 7, 1}
	oidKeyBag       = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 12, 10, 1, 1}
	oidSealedKeyBag = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 12, 10, 1, 2}
	oidFriendlyName = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 20}
	oidPBMAC1       = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 5, 14}
	oidPBKDF2       = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 5, 12}
	oidHMACSHA256   = asn1.ObjectIdentifier{1, 2, 840, 113549, 2, 9}
)

func isPFX(data []byte) bool {
	var p pfx
	_, err := asn1.Unmarshal(data, &p)
	return err == nil && p.AuthSafe.Type.Equal(oidData)
}

// readPFX reads the only key, or the one with the alias, and every certificate.
func readPFX(f CertificateFile) (*content, error) {
	frame, err := openFrame(f.Data)
	if err != nil {
		return nil, unreadable(err)
	}
	if err := checkWork(f.Data, 0); err != nil {
		return nil, unreadable(err)
	}
	keys := frame.keys()
	file := f.Data
	_, _, _, opened := decode(file, f.Password)
	if errors.Is(opened, pkcs12.ErrIncorrectPassword) {
		return nil, wrongPassword(opened)
	}
	alias := f.Alias // names can be sealed as well
	if len(keys) > 1 || len(keys) == 1 && f.Alias != "" {
		named := slices.DeleteFunc(slices.Clone(keys), func(k namedKey) bool { return f.Alias == "" || !strings.EqualFold(k.alias, f.Alias) })
		if len(named) != 1 {
			return nil, wrongAlias(f.Alias, keys)
		}
		alias = named[0].alias
	}
	if len(keys) > 1 {
		if file, err = frame.only(alias, f.Password); err != nil {
			return nil, unreadable(err)
		}
	}
	key, certificate, others, err := decode(file, f.Password)
	switch {
	case err == nil:
	case len(keys) == 0 && strings.Contains(err.Error(), "private key missing"):
		return &content{}, nil
	case errors.Is(err, pkcs12.ErrDecryption) || strings.Contains(err.Error(), "no MAC in data"):
		return nil, wrongPassword(err) // without a MAC the padding tells, or that none was needed
	default:
		return nil, unreadable(err)
	}
	return &content{keys: []namedKey{{alias, key}}, certificates: append([]*x509.Certificate{certificate}, others...)}, nil
}

// decode is pkcs12.DecodeChain for files of anybody.
func decode(file []byte, password string) (key any, certificate *x509.Certificate, others []*x509.Certificate, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("graph: %v", p)
		}
	}()
	return pkcs12.DecodeChain(file, password)
}

// A frame is an opened pfx: its contents, and the bags of those that aren't sealed.
type frame struct {
	pfx      pfx
	contents []contentInfo
	bags     map[int][]safeBag // by index into contents
}

func openFrame(data []byte) (*frame, error) {
	f := &frame{bags: map[int][]safeBag{}}
	if err := whole(data, &f.pfx); err != nil {
		return nil, err
	}
	var safe []byte
	if err := whole(f.pfx.AuthSafe.Content.Bytes, &safe); err != nil {
		return nil, err
	}
	if err := whole(safe, &f.contents); err != nil {
		return nil, err
	}
	for i, c := range f.contents {
		if !c.Type.Equal(oidData) {
			continue
		}
		var octets []byte
		if err := whole(c.Content.Bytes, &octets); err != nil {
			return nil, err
		}
		var bags []safeBag
		if err := whole(octets, &bags); err != nil {
			return nil, err
		}
		f.bags[i] = bags
	}
	return f, nil
}

// whole reads all of data.
func whole(data []byte, into any) error {
	rest, err := asn1.Unmarshal(data, into)
	if err == nil && len(rest) > 0 {
		err = errors.New("graph: octets after the end")
	}
	return err
}

func (b safeBag) isKey() bool { return b.ID.Equal(oidKeyBag) || b.ID.Equal(oidSealedKeyBag) }

// alias is the friendly name (RFC 2985 §5.5.1), a BMPString.
func (b safeBag) alias() string {
	for _, a := range b.Attributes {
		var name asn1.RawValue
		if !a.ID.Equal(oidFriendlyName) || whole(a.Value.Bytes, &name) != nil || name.Tag != asn1.TagBMPString {
			continue
		}
		units := make([]uint16, len(name.Bytes)/2)
		for i := range units {
			units[i] = uint16(name.Bytes[2*i])<<8 | uint16(name.Bytes[2*i+1])
		}
		return string(utf16.Decode(units))
	}
	return ""
}

// keys lists the keys by name; they stay sealed.
func (f *frame) keys() (keys []namedKey) {
	for i := range f.contents {
		for _, b := range f.bags[i] {
			if b.isKey() {
				keys = append(keys, namedKey{alias: b.alias()})
			}
		}
	}
	return keys
}

// only returns the file without the keys of other names, with a MAC of its own
// if it had one (RFC 9579).
func (f *frame) only(alias, password string) ([]byte, error) {
	contents := slices.Clone(f.contents)
	for i, bags := range f.bags {
		kept := slices.DeleteFunc(slices.Clone(bags), func(b safeBag) bool { return b.isKey() && b.alias() != alias })
		octets, err := asn1.Marshal(kept)
		if err != nil {
			return nil, err
		}
		if contents[i].Content, err = explicit(octets); err != nil {
			return nil, err
		}
	}
	safe, err := asn1.Marshal(contents)
	if err != nil {
		return nil, err
	}
	out := pfx{Version: f.pfx.Version, AuthSafe: contentInfo{Type: oidData}}
	if out.AuthSafe.Content, err = explicit(safe); err != nil {
		return nil, err
	}
	if len(f.pfx.MacData.FullBytes) > 0 {
		if out.MacData.FullBytes, err = macOf(safe, password); err != nil {
			return nil, err
		}
	}
	return asn1.Marshal(out)
}

// explicit wraps octets as an OCTET STRING in [0].
func explicit(octets []byte) (asn1.RawValue, error) {
	inner, err := asn1.Marshal(octets)
	return asn1.RawValue{Class: asn1.ClassContextSpecific, Tag: 0, IsCompound: true, Bytes: inner}, err
}

// macOf returns a MacData by PBMAC1 with HMAC-SHA-256 (RFC 9579 §4).
func macOf(safe []byte, password string) ([]byte, error) {
	type kdf struct {
		Salt       []byte
		Iterations int
		Length     int
		PRF        pkix.AlgorithmIdentifier
	}
	type parameters struct{ KDF, MAC pkix.AlgorithmIdentifier }
	type macData struct {
		Mac struct {
			Algorithm pkix.AlgorithmIdentifier
			Digest    []byte
		}
		Salt       []byte
		Iterations int `asn1:"optional,default:1"`
	}
	// The file was checked already and doesn't leave this process.
	k := kdf{Salt: make([]byte, 16), Iterations: 1, Length: sha256.Size, PRF: pkix.AlgorithmIdentifier{Algorithm: oidHMACSHA256}}
	if _, err := rand.Read(k.Salt); err != nil {
		return nil, err
	}
	key, err := pbkdf2.Key(sha256.New, password, k.Salt, k.Iterations, k.Length)
	if err != nil {
		return nil, err
	}
	digest := hmac.New(sha256.New, key)
	digest.Write(safe)
	p := parameters{KDF: pkix.AlgorithmIdentifier{Algorithm: oidPBKDF2}, MAC: pkix.AlgorithmIdentifier{Algorithm: oidHMACSHA256}}
	if p.KDF.Parameters.FullBytes, err = asn1.Marshal(k); err != nil {
		return nil, err
	}
	m := macData{Salt: []byte{}, Iterations: 1}
	m.Mac.Algorithm.Algorithm = oidPBMAC1
	if m.Mac.Algorithm.Parameters.FullBytes, err = asn1.Marshal(p); err != nil {
		return nil, err
	}
	m.Mac.Digest = digest.Sum(nil)
	return asn1.Marshal(m)
}
