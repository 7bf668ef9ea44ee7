package secrets

import (
	"crypto/cipher"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"strings"

	"golang.org/x/crypto/chacha20poly1305"
)

// version is the first byte of a sealed secret, and is sealed with it. It
// stands for: XChaCha20-Poly1305, a random nonce of 24 bytes, the ciphertext
// with its tag.
const version = 1

// keyPrefix begins the text form of a key, so that a later form can be told apart.
const keyPrefix = "waxwing1:"

var (
	errSealed = errors.New("the sealed secret can't be opened with this key")
	errKey    = errors.New("this isn't a key")
)

// A key seals secrets.
type key struct{ aead cipher.AEAD }

// newKey returns the text form of a random key.
func newKey() string {
	var raw [chacha20poly1305.KeySize]byte
	rand.Read(raw[:]) // never fails
	return keyPrefix + base64.StdEncoding.EncodeToString(raw[:])
}

// parseKey reads the text form.
func parseKey(text string) (*key, error) {
	encoded, ok := strings.CutPrefix(strings.TrimSpace(text), keyPrefix)
	if !ok {
		return nil, errKey
	}
	raw, err := base64.StdEncoding.DecodeString(encoded)
	if err != nil {
		return nil, errKey
	}
	aead, err := chacha20poly1305.NewX(raw)
	if err != nil {
		return nil, errKey
	}
	return &key{aead}, nil
}

// seal returns plain sealed, bound to its place.
func (k *key) seal(place, plain []byte) []byte {
	sealed := make([]byte, 1+k.aead.NonceSize(), 1+k.aead.NonceSize()+len(plain)+k.aead.Overhead())
	sealed[0] = version
	nonce := sealed[1:]
	rand.Read(nonce) // never fails
	return k.aead.Seal(sealed, nonce, plain, bind(place))
}

// unseal returns what was sealed at the same place.
func (k *key) unseal(place, sealed []byte) ([]byte, error) {
	if len(sealed) < 1+k.aead.NonceSize() || sealed[0] != version {
		return nil, errSealed
	}
	nonce, ciphertext := sealed[1:1+k.aead.NonceSize()], sealed[1+k.aead.NonceSize():]
	plain, err := k.aead.Open(nil, nonce, ciphertext, bind(place))
	if err != nil {
		return nil, errSealed
	}
	return plain, nil
}

// bind returns the additional data of a seal: its version and its place.
func bind(place []byte) []byte { return append([]byte{version}, place...) }
