package message

import (
	"bytes"
	"time"

	"waxwing/backend/mail"
)

// Outgoing makes a finished message fit to be sent: its lines end in CRLF, it has no
// Bcc, and a Message-ID, without angle brackets here, and a Date if it had none.
// Everything else stays octet for octet.
func Outgoing(raw []byte, id string, date time.Time) []byte {
	raw, _ = skipPreamble(raw)
	content := Content(raw)
	out := make([]byte, 0, len(raw)+len(raw)/32+200)
	if content.SentAt.IsZero() && len(HeaderValues(raw, "date")) == 0 {
		out = append(out, "Date: "+date.Format("Mon, 2 Jan 2006 15:04:05 -0700")+"\r\n"...)
	}
	dropped := []string{"bcc", "resent-bcc"}
	if content.MessageID == "" {
		out = append(out, "Message-ID: <"+id+">\r\n"...)
		dropped = append(dropped, "message-id") // one that names nothing
	}
	keep := true
	for head := true; len(raw) > 0; {
		var line []byte
		line, raw = cutAnyLine(raw)
		if head && len(line) == 0 {
			head, keep = false, true
		}
		if head && (len(line) == 0 || line[0] != ' ' && line[0] != '\t') {
			keep = !named(line, dropped)
		}
		if keep {
			out = append(append(out, line...), "\r\n"...)
		}
	}
	return out
}

// named reports whether a line begins a field of one of the names, in lower case.
func named(line []byte, names []string) bool {
	name, _, ok := bytes.Cut(line, []byte(":"))
	name = bytes.TrimSpace(name)
	for _, n := range names {
		if ok && equalFold(name, n) {
			return true
		}
	}
	return false
}

// cutAnyLine cuts a line at CRLF, LF or CR, whichever comes first: servers that take
// one of them for an end where others don't could be made to see another message
// (SMTP smuggling).
func cutAnyLine(b []byte) (line, rest []byte) {
	i := bytes.IndexAny(b, "\r\n")
	if i < 0 {
		return b, nil
	}
	line, rest = b[:i], b[i+1:]
	if b[i] == '\r' && len(rest) > 0 && rest[0] == '\n' {
		rest = rest[1:]
	}
	return line, rest
}

// SetFrom gives a message that Outgoing made fit another author: the address, with
// the name that the author had. CodeInvalid means that it is none.
func SetFrom(raw []byte, address string) ([]byte, error) {
	author := mail.Address{Email: address}
	if from := Content(raw).From; len(from) > 0 {
		author.Name = from[0].Name
	}
	h := &headerWriter{}
	h.addresses("From", "from", []mail.Address{author})
	if h.err != nil {
		return nil, h.err
	}
	out, keep := h.out, true
	for len(raw) > 0 {
		line, rest := cutAnyLine(raw)
		if len(line) == 0 {
			break
		}
		if line[0] != ' ' && line[0] != '\t' {
			keep = !named(line, []string{"from", "sender"})
		}
		if keep {
			out = append(append(out, line...), "\r\n"...)
		}
		raw = rest
	}
	return append(out, raw...), nil
}
