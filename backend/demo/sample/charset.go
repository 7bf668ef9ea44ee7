package sample

import (
	"encoding/base64"
	"fmt"
	"strings"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/ianaindex"
)

// charset writes text in a charset other than UTF-8. The zero value is UTF-8.
type charset struct {
	name     string
	encoding encoding.Encoding
}

func lookup(name string) (charset, error) {
	if name == "" || strings.EqualFold(name, "utf-8") {
		return charset{}, nil
	}
	e, err := ianaindex.MIME.Encoding(name)
	if err != nil || e == nil {
		return charset{}, fmt.Errorf("charset %q: %w", name, err)
	}
	return charset{name, e}, nil
}

func (c charset) label() string {
	if c.encoding == nil {
		return "utf-8"
	}
	return c.name
}

// encode fails when the charset has no such character.
func (c charset) encode(s string) ([]byte, error) {
	if c.encoding == nil {
		return []byte(s), nil
	}
	return c.encoding.NewEncoder().Bytes([]byte(s))
}

func ascii(s string) bool {
	for i := 0; i < len(s); i++ {
		if s[i] >= 0x80 || s[i] == 0x1b {
			return false
		}
	}
	return true
}

// words encodes text for a header field as encoded-words of at most 75
// characters, each a whole one by itself (RFC 2047 §2).
func (c charset) words(s string) (string, error) {
	if ascii(s) {
		return s, nil
	}
	const room = 75 - len("=??B??=")
	var out []string
	chunk := ""
	flush := func() error {
		data, err := c.encode(chunk)
		if err != nil {
			return err
		}
		out = append(out, "=?"+c.label()+"?B?"+base64.StdEncoding.EncodeToString(data)+"?=")
		chunk = ""
		return nil
	}
	for _, r := range s {
		data, err := c.encode(chunk + string(r))
		if err != nil {
			return "", err
		}
		if base64.StdEncoding.EncodedLen(len(data))+len(c.label()) > room {
			if err := flush(); err != nil {
				return "", err
			}
		}
		chunk += string(r)
	}
	if err := flush(); err != nil {
		return "", err
	}
	return strings.Join(out, " "), nil
}
