package connect

import (
	"encoding/base64"
	"errors"
	"strings"

	"waxwing/backend/mail"
)

// redact returns e without the secret, in whichever of the forms that IMAP and
// SMTP carry it in. A server may well quote a line that it didn't understand.
func redact(e *mail.Error, secret string) *mail.Error {
	if e == nil || secret == "" {
		return e
	}
	clean := *e
	clean.Server = redactText(e.Server, secret)
	if e.Args != nil {
		clean.Args = map[string]string{}
		for key, value := range e.Args {
			clean.Args[key] = redactText(value, secret)
		}
	}
	if e.Err != nil {
		if text := e.Err.Error(); redactText(text, secret) != text {
			clean.Err = errors.New(redactText(text, secret))
		}
	}
	return &clean
}

// redactText replaces the secret in text.
func redactText(text, secret string) string {
	if secret == "" {
		return text
	}
	text = strings.ReplaceAll(text, secret, redacted)
	// The base64 of a text that ends in the secret, as SASL PLAIN and LOGIN send
	// it, ends in the secret's own at one of three shifts (RFC 4648 §4).
	for shift := range 3 {
		padded := append(make([]byte, shift), secret...)
		encoded := strings.TrimRight(base64.StdEncoding.EncodeToString(padded), "=")
		// The first characters mix with what stood before.
		if tail := encoded[min(len(encoded), []int{0, 2, 3}[shift]):]; len(tail) >= minBase64 {
			text = strings.ReplaceAll(text, tail, redacted)
		}
	}
	return text
}

const (
	redacted = "•••"
	// minBase64 is the shortest encoded secret that is looked for; shorter ones
	// would be found by chance.
	minBase64 = 4
)
