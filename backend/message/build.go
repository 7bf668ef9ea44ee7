package message

import (
	"crypto/rand"
	"errors"
	"strings"
	"time"

	"golang.org/x/net/idna"

	"waxwing/backend/mail"
)

// BuildOptions is what a message needs beside its draft.
type BuildOptions struct {
	MessageID string    // without angle brackets, see NewID
	Date      time.Time // when Send was pressed; its zone is told to the recipients
	// Unfinished builds what is kept among the drafts on the server: with Bcc, and
	// with recipients that are no addresses yet, as they were typed.
	Unfinished bool
}

// NewID makes a Message-ID, without angle brackets, for a message from that
// address. It tells nothing but the address's domain.
func NewID(from string) string {
	domain, err := idna.Lookup.ToASCII(from[strings.LastIndexByte(from, '@')+1:])
	if err != nil || !isDomain(domain) {
		domain = "localhost"
	}
	return strings.ToLower(rand.Text()) + "@" + domain
}

// Build writes a draft as a message in CRLF form (RFC 5322, MIME). The same draft
// and options give the same octets.
//
// Every line has at most 998 octets, and only a message that is attached as it is
// can make it other than 7-bit ASCII: no relay has a reason to change anything.
// An address whose local part isn't ASCII is the other exception; such a message
// needs SMTPUTF8 (RFC 6531). Bcc is left out. Text goes out as format=flowed
// (RFC 3676), made from the HTML where there is any.
//
// It refuses, with mail.CodeInvalid and the field's name, a draft with something
// in an address that can't be sent to, unless it is Unfinished. files gives a
// file's octets; its errors are returned as they are.
func Build(d mail.Draft, files func(mail.DraftFileID) ([]byte, error), o BuildOptions) ([]byte, error) {
	if !isID(o.MessageID) {
		return nil, &mail.Error{Code: mail.CodeInternal, Err: errors.New("no usable Message-ID")}
	}
	h, err := draftHeader(d, o)
	if err != nil {
		return nil, err
	}
	body, err := draftBody(d, files)
	if err != nil {
		return nil, err
	}
	size := len(h.out) + 64
	body.measure(&size)
	w := bodyWriter{out: make([]byte, 0, size), seed: o.MessageID}
	w.out = append(w.out, h.out...)
	w.out = append(w.out, "MIME-Version: 1.0\r\n"...)
	w.entity(body)
	return w.out, nil
}

// draftHeader writes the header fields but for those of MIME.
func draftHeader(d mail.Draft, o BuildOptions) (*headerWriter, error) {
	h := &headerWriter{lenient: o.Unfinished}
	h.field("Date", o.Date.Format("Mon, 2 Jan 2006 15:04:05 -0700"))
	h.addresses("From", "from", []mail.Address{d.From})
	h.addresses("Reply-To", "replyTo", d.ReplyTo)
	h.addresses("To", "to", d.To)
	h.addresses("Cc", "cc", d.Cc)
	bcc := &headerWriter{lenient: o.Unfinished}
	bcc.addresses("Bcc", "bcc", d.Bcc)
	if o.Unfinished {
		h.out = append(h.out, bcc.out...)
	}
	h.unstructured("Subject", d.Subject)
	h.field("Message-ID", "<"+o.MessageID+">")
	h.ids("In-Reply-To", d.InReplyTo)
	h.ids("References", d.References)
	if d.Receipt && d.From.Email != "" {
		h.addresses("Disposition-Notification-To", "from", []mail.Address{{Email: d.From.Email}})
	}
	return h, errors.Join(h.err, bcc.err)
}

// Envelope tells between whom a message of the draft goes (RFC 5321 §2.3.1): the
// sender, and each recipient once, those of Bcc included. Domains are in ASCII.
// Something that is no address fails with mail.CodeInvalid and the field's name.
func Envelope(d mail.Draft) (from string, to []string, err error) {
	h := &headerWriter{}
	from = h.address("from", d.From.Email)
	seen := map[string]bool{}
	for _, list := range []struct {
		field     string
		addresses []mail.Address
	}{{"to", d.To}, {"cc", d.Cc}, {"bcc", d.Bcc}} {
		for _, a := range list.addresses {
			email := h.address(list.field, a.Email)
			if key := strings.ToLower(email); !seen[key] {
				seen[key] = true
				to = append(to, email)
			}
		}
	}
	if h.err != nil {
		return "", nil, h.err
	}
	return from, to, nil
}
