package compose

import (
	"strings"

	"waxwing/backend/mail"
	"waxwing/backend/message"
)

// first is the identity that is used unasked.
func (o Options) first() mail.Identity {
	if len(o.Identities) == 0 {
		return mail.Identity{}
	}
	return o.Identities[0]
}

// identity finds the identity of an address; one with a tag ("ann+shop@…") is that
// of the address without, unless there is one of its own.
func (o Options) identity(email string) (mail.Identity, bool) {
	for _, address := range []string{email, untagged(email)} {
		for _, i := range o.Identities {
			if strings.EqualFold(i.Address.Email, address) {
				return i, true
			}
		}
	}
	return mail.Identity{}, false
}

// untagged cuts the tag from an address (RFC 5233).
func untagged(email string) string {
	at := strings.LastIndexByte(email, '@')
	if plus := strings.IndexByte(email, '+'); plus > 0 && plus < at {
		return email[:plus] + email[at:]
	}
	return email
}

// own reports whether an address is the person's, in this account or another.
func (o Options) own(a mail.Address) bool {
	o.Identities = append(o.Identities[:len(o.Identities):len(o.Identities)], o.Elsewhere...)
	_, own := o.identity(a.Email)
	return own
}

// addressed is the identity that the message was written by or to.
func (o Options) addressed(m *message.Message, raw []byte) mail.Identity {
	lists := [][]mail.Address{m.From, m.To, m.Cc, m.Bcc}
	for _, field := range []string{"delivered-to", "x-original-to", "envelope-to"} {
		for _, v := range message.HeaderValues(raw, field) {
			lists = append(lists, message.ParseAddresses(v))
		}
	}
	for _, list := range lists {
		for _, a := range list {
			if i, ok := o.identity(a.Email); ok {
				return i
			}
		}
	}
	return o.first()
}

// answered tells whom an answer goes to (RFC 5322 §3.6.3).
func (o Options) answered(m *message.Message, raw []byte, all bool) (to, cc []mail.Address) {
	p := people{o: o, seen: map[string]bool{}}
	sender := m.ReplyTo
	if !reachable(sender) {
		sender = m.From
	}
	switch {
	case len(m.From) > 0 && o.own(m.From[0]) && reachable(m.To, m.Cc):
		to = p.others(m.To)
		if all || len(to) == 0 {
			cc = p.others(m.Cc)
		}
	case all && m.ListID != "" && reachable(followUp(raw)):
		to = p.others(followUp(raw))
	case all:
		to = append(p.everyone(sender), p.others(m.To)...)
		cc = p.others(m.Cc)
	default:
		to = p.everyone(sender)
	}
	if len(to) == 0 && len(cc) == 0 { // only oneself
		p.seen = map[string]bool{}
		to = p.everyone(sender)
	}
	return to, cc
}

// followUp is where a member of a list wants answers to all to go.
// QUIRK: Mail-Followup-To is no standard, but mutt and its like write it for lists.
func followUp(raw []byte) []mail.Address {
	var out []mail.Address
	for _, v := range message.HeaderValues(raw, "mail-followup-to") {
		out = append(out, message.ParseAddresses(v)...)
	}
	return out
}

// reachable reports whether there is an address in the lists.
func reachable(lists ...[]mail.Address) bool {
	for _, list := range lists {
		for _, a := range list {
			if a.Email != "" {
				return true
			}
		}
	}
	return false
}

// people collects addresses, each once.
type people struct {
	o    Options
	seen map[string]bool
}

// others are the addresses that aren't one's own and haven't been collected yet.
func (p people) others(list []mail.Address) []mail.Address { return p.collect(list, false) }

// everyone is others with one's own.
func (p people) everyone(list []mail.Address) []mail.Address { return p.collect(list, true) }

func (p people) collect(list []mail.Address, own bool) []mail.Address {
	var out []mail.Address
	for _, a := range list {
		key := strings.ToLower(a.Email)
		if key == "" || p.seen[key] || !own && p.o.own(a) {
			continue
		}
		p.seen[key] = true
		out = append(out, a)
	}
	return out
}

// maxReferences bounds References: of a longer thread the first message and the
// newest stay.
const maxReferences = 50

// thread is the threading of an answer (RFC 5322 §3.6.4).
func thread(m *message.Message) (inReplyTo, references []string) {
	references = m.References
	if len(references) == 0 && len(m.InReplyTo) == 1 {
		references = m.InReplyTo
	}
	if m.MessageID != "" {
		inReplyTo = []string{m.MessageID}
		kept := make([]string, 0, len(references)+1)
		for _, id := range references {
			if id != m.MessageID {
				kept = append(kept, id)
			}
		}
		references = append(kept, m.MessageID)
	}
	if n := len(references); n > maxReferences {
		references = append(references[:1:1], references[n-maxReferences+1:]...)
	}
	return inReplyTo, references
}
