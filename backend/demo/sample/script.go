package sample

import (
	"fmt"
	"strings"
	"time"
)

// entry is one message of a script. A script is a text file of entries:
//
//	=== key                 a name, unique among all scripts
//	field: value            see known; a field may be repeated where it says so
//
//	body                    markup, see markup.go; to the next entry
//
// An entry called * sets defaults for those after it in the same file; "set" is added
// to, and what the person sent stays in Sent all the same.
type entry struct {
	key    string
	fields map[string][]string
	body   string
	at     time.Time // overrides the field "at"
}

// known are the fields of an entry.
var known = map[string]string{
	"at":       `when: "-9w 09:12" (working days back), "-3d 21:05" (days back), "-25m" (minutes back)`,
	"from":     "a nickname of the cast, or Name <address>",
	"to":       "a comma-separated list of these; the person when missing",
	"cc":       "likewise",
	"bcc":      "likewise",
	"reply-to": "likewise",
	"subject":  `Re: the parent's when missing`,
	"box":      "mailbox; INBOX when missing, Sent for the person's own",
	"flags":    `"new" (unread), "flagged", "forwarded", keywords; read when missing`,
	"re":       "the key of the message that this one answers",
	"quote":    "all (when missing), none",
	"format":   "plain, flowed, alternative, html; the sender's habit when missing",
	"layout":   "a file in mail/layouts for the HTML",
	"set":      "key=value for the layout (repeatable)",
	"lang":     "language of the HTML",
	"dir":      "rtl for right to left",
	"charset":  "charset of header and text; utf-8 when missing",
	"encoding": "7bit, 8bit, quoted-printable, base64; the natural one when missing",
	"attach":   "kind, file name, arguments (repeatable); see attach.go",
	"inline":   "kind, content id, arguments (repeatable)",
	"header":   "a further header field (repeatable)",
	"zone":     "the sender's zone as +0900",
	"raw":      "broken: the body is the whole message after the usual header",
}

func (e *entry) get(field string) string {
	if values := e.fields[field]; len(values) > 0 {
		return values[len(values)-1]
	}
	return ""
}

// orElse returns the field or what stands for a missing one.
func (e *entry) orElse(field, otherwise string) string {
	if v := e.get(field); v != "" {
		return v
	}
	return otherwise
}

func (e *entry) own() bool { return e.get("from") == "mara" }

func (e *entry) box() string {
	if e.own() {
		return e.orElse("box", "Sent")
	}
	return e.orElse("box", "INBOX")
}

// parse reads a script.
func parse(text string) ([]*entry, error) {
	var list []*entry
	defaults := map[string][]string{}
	for _, chunk := range strings.Split("\n"+text, "\n=== ")[1:] {
		name, rest, _ := strings.Cut(chunk, "\n")
		head, body, _ := strings.Cut(rest, "\n\n")
		e := &entry{key: strings.TrimSpace(name), fields: map[string][]string{}}
		for _, line := range strings.Split(head, "\n") {
			if strings.TrimSpace(line) == "" {
				continue
			}
			field, value, ok := strings.Cut(line, ":")
			if _, exists := known[field]; !ok || !exists {
				return nil, fmt.Errorf("%s: unknown field in %q", e.key, line)
			}
			e.fields[field] = append(e.fields[field], strings.TrimSpace(value))
		}
		if e.key == "*" {
			defaults = e.fields
			continue
		}
		e.fields["set"] = append(append([]string(nil), defaults["set"]...), e.fields["set"]...)
		for field, values := range defaults {
			if _, given := e.fields[field]; !given && !(field == "box" && e.own()) {
				e.fields[field] = values
			}
		}
		e.body = strings.Trim(body, "\n")
		list = append(list, e)
	}
	return list, nil
}
