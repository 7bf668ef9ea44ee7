package demo

import (
	"mime"

	"github.com/emersion/go-message/charset"
)

// decode resolves encoded-words (RFC 2047), and leaves what can't be decoded.
func decode(s string) string {
	d := mime.WordDecoder{CharsetReader: charset.Reader}
	if text, err := d.DecodeHeader(s); err == nil {
		return text
	}
	return s
}
