package graph

import (
	"bytes"
	"slices"
	"strings"

	"golang.org/x/net/idna"

	"waxwing/backend/mail"
	"waxwing/backend/message"
)

// addressed returns the message with the recipients that its header doesn't name
// in a Bcc field. CodeEnvelope means that it names somebody who isn't to get it.
func addressed(raw []byte, to []string) ([]byte, error) {
	if len(to) == 0 {
		return nil, invalid("to")
	}
	c := message.Content(raw)
	named := slices.Concat(c.To, c.Cc, c.Bcc)
	for _, n := range named {
		if !slices.ContainsFunc(to, func(address string) bool { return same(address, n.Email) }) {
			return nil, &mail.Error{Code: mail.CodeEnvelope, Args: map[string]string{"address": n.Email}}
		}
	}
	var hidden []string
	for _, address := range to {
		if strings.ContainsAny(address, "<>,;:\"() \r\n\t") || !strings.Contains(address, "@") {
			return nil, &mail.Error{Code: mail.CodeInvalid, Args: map[string]string{"field": "address", "address": address}}
		}
		if !slices.ContainsFunc(named, func(n mail.Address) bool { return same(address, n.Email) }) {
			hidden = append(hidden, "<"+address+">")
		}
	}
	if len(hidden) == 0 {
		return raw, nil
	}
	// Once is all that a header may have (RFC 5322 §3.6): what is there is kept.
	for _, b := range c.Bcc {
		hidden = append(hidden, "<"+b.Email+">")
	}
	return append([]byte("Bcc: "+strings.Join(hidden, ",\r\n ")+"\r\n"), withoutBcc(raw)...), nil
}

// same compares addresses, whose domains may be written in two ways (RFC 5891).
func same(a, b string) bool {
	return strings.EqualFold(inASCII(a), inASCII(b))
}

func inASCII(address string) string {
	at := strings.LastIndexByte(address, '@')
	if domain, err := idna.Lookup.ToASCII(address[at+1:]); err == nil {
		return address[:at+1] + domain
	}
	return address
}

// withoutBcc removes the field with what continues it.
func withoutBcc(raw []byte) []byte {
	end := bytes.Index(raw, []byte("\r\n\r\n"))
	if end < 0 {
		end = len(raw)
	} else {
		end += len("\r\n")
	}
	var kept []byte
	dropping := false
	for line := range bytes.SplitAfterSeq(raw[:end], []byte("\n")) {
		continued := len(line) > 0 && (line[0] == ' ' || line[0] == '\t')
		if !continued {
			name, _, _ := bytes.Cut(line, []byte(":"))
			dropping = strings.EqualFold(strings.TrimSpace(string(name)), "bcc")
		}
		if !dropping {
			kept = append(kept, line...)
		}
	}
	return append(kept, raw[end:]...)
}
