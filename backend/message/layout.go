package message

import (
	"bytes"
	"strings"
)

// A layout is which parts are shown as the body and which are attachments
// (RFC 8621 §4.1.4 has the idea; this follows what senders really build).
type layout struct {
	sections []section
	attached []*node
	// calendars are alternatives of type text/calendar, which count as
	// attachments unless the same invitation is attached as well.
	calendars []*node
	refs      map[string]bool // see references; nil until asked for
}

// A section is one run of the body.
type section struct {
	show *node // text/plain or text/html
	// text are the plain alternatives of the run; the index prefers them.
	text []*node
	// mute says that an earlier section's text already stands for this one.
	mute bool
}

// layOut decides over the tree at root.
func layOut(root *node) *layout {
	l := &layout{}
	l.walk(root, true)
	attachedCalendar := false
	for _, n := range l.attached {
		attachedCalendar = attachedCalendar || n.ctype == "text/calendar" || n.ctype == "application/ics"
	}
	if !attachedCalendar {
		l.attached = append(l.attached, l.calendars...)
	}
	return l
}

// walk lays out n; first says that no part came before it among its siblings.
func (l *layout) walk(n *node, first bool) {
	if !n.multipart() {
		switch {
		case !n.bodyText(first && len(l.sections) == 0):
			l.attached = append(l.attached, n)
		case len(bytes.TrimSpace(n.body)) > 0:
			l.sections = append(l.sections, section{show: n})
		}
		return
	}
	switch n.ctype {
	case "multipart/alternative":
		l.alternative(n)
	case "multipart/related":
		root := relatedRoot(n)
		l.walk(root, first)
		for _, c := range n.children {
			if c != root {
				l.walk(c, false)
			}
		}
	case "multipart/signed": // RFC 1847 §2.1: the second part is the signature
		l.walk(n.children[0], first)
		for _, c := range n.children[1:] {
			if !isSignature(c) {
				l.walk(c, false)
			}
		}
	case "multipart/encrypted": // RFC 1847 §2.2: the first part is control information
		for i, c := range n.children {
			if i > 0 || c.ctype != "application/pgp-encrypted" {
				l.walk(c, false)
			}
		}
	default:
		for i, c := range n.children {
			l.walk(c, first && i == 0)
		}
	}
}

// bodyText reports whether a leaf is text to show rather than a file. Text with
// a file name is a file unless it stands first.
func (n *node) bodyText(first bool) bool {
	if n.ctype != "text/plain" && n.ctype != "text/html" && n.ctype != "text/enriched" {
		return false
	}
	if n.disp == "attachment" {
		return false
	}
	return first || n.name() == ""
}

func isSignature(n *node) bool {
	switch n.ctype {
	case "application/pgp-signature", "application/pkcs7-signature", "application/x-pkcs7-signature":
		return true
	}
	return false
}

// relatedRoot is the part that the others belong to (RFC 2387 §3.2).
func relatedRoot(n *node) *node {
	if start := strings.Trim(n.cparams.get("start"), "<>"); start != "" {
		for _, c := range n.children {
			if c.cid == start {
				return c
			}
		}
	}
	for _, c := range n.children {
		if c.multipart() || c.ctype == "text/html" {
			return c
		}
	}
	return n.children[0]
}

// alternative shows the last child that holds HTML, else the last that holds
// text, and keeps the plain text of the others for the index.
func (l *layout) alternative(n *node) {
	chosen := lastChild(n, func(c *node) bool { return c.holds("text/html") })
	if chosen == nil {
		chosen = lastChild(n, func(c *node) bool { return c.holds("text/plain") || c.holds("text/enriched") })
	}
	var plain []*node
	for _, c := range n.children {
		if c == chosen {
			continue
		}
		c.leaves(func(leaf *node) {
			switch {
			case leaf.ctype == "text/plain" && leaf.disp != "attachment":
				plain = append(plain, leaf)
			case leaf.ctype == "text/calendar" && leaf.disp != "attachment":
				l.calendars = append(l.calendars, leaf)
			case leaf.ctype == "text/html", leaf.ctype == "text/enriched", leaf.ctype == "text/x-amp-html", leaf.ctype == "text/watch-html":
			default:
				l.attached = append(l.attached, leaf)
			}
		})
	}
	if chosen == nil {
		return
	}
	from := len(l.sections)
	l.walk(chosen, true)
	if len(plain) == 0 || from == len(l.sections) {
		return
	}
	l.sections[from].text = plain
	for i := from + 1; i < len(l.sections); i++ {
		l.sections[i].mute = true
	}
}

func lastChild(n *node, is func(*node) bool) *node {
	for i := len(n.children) - 1; i >= 0; i-- {
		if is(n.children[i]) {
			return n.children[i]
		}
	}
	return nil
}

// holds reports whether n is or contains a leaf of that type to show.
func (n *node) holds(ctype string) bool {
	if !n.multipart() {
		return n.ctype == ctype && n.disp != "attachment"
	}
	for _, c := range n.children {
		if c.holds(ctype) {
			return true
		}
	}
	return false
}
