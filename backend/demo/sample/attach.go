package sample

import (
	"fmt"
	"mime"
	"strconv"
	"strings"
)

// file makes an attachment or an inline picture from a script's line: kind,
// file name (or content id), and what the kind needs, separated by " ; ".
//
//	pdf ; Invoice 2041.pdf ; title ; line ; line …
//	chart ; name.png ; title ; label=value ; …
//	photo ; name.jpg ; seed
//	ics ; invite.ics ; method ; uid ; organizer ; start ; end ; place ; title
//	csv ; name.csv ; row ; row …          (cells separated by |)
//	text ; name.txt ; line …
//	bytes ; name.zip ; count              (a deterministic archive-like blob)
func (b *book) file(e *entry, spec string, inline bool, c charset) (part, error) {
	args := strings.Split(b.calendar.expand(spec), " ; ")
	if len(args) < 2 {
		return part{}, fmt.Errorf("bad file %q", spec)
	}
	kind, name := args[0], args[1]
	p, err := makeFile(kind, args[2:], e)
	if err != nil {
		return part{}, fmt.Errorf("%s: %w", spec, err)
	}
	if inline {
		p.header = [][2]string{{"Content-ID", "<" + name + ">"}, {"Content-Disposition", "inline"}}
		return p, nil
	}
	if !strings.HasPrefix(p.kind, "text/calendar") {
		p.kind += ";\r\n " + parameter("name", name, c)
	}
	p.header = append(p.header, [2]string{"Content-Disposition", "attachment;\r\n " + parameter("filename", name, c)})
	return p, nil
}

// parameter writes a parameter as RFC 2231 has it, or in the old way with an
// encoded-word when the mail is in an old charset.
func parameter(name, value string, c charset) string {
	if ascii(value) {
		return fmt.Sprintf("%s=%q", name, value)
	}
	if c.encoding != nil {
		if words, err := c.words(value); err == nil {
			return fmt.Sprintf("%s=%q", name, words)
		}
	}
	_, encoded, _ := strings.Cut(mime.FormatMediaType("x/x", map[string]string{name: value}), "; ")
	return encoded
}

func makeFile(kind string, args []string, e *entry) (part, error) {
	switch kind {
	case "pdf":
		return part{kind: "application/pdf", data: pdf(args)}, nil
	case "chart":
		data, err := chart(args)
		return part{kind: "image/png", data: data}, err
	case "photo":
		if len(args) != 1 {
			return part{}, fmt.Errorf("a photo needs a seed")
		}
		data, err := photo(args[0])
		return part{kind: "image/jpeg", data: data}, err
	case "ics":
		return invitation(args)
	case "csv":
		rows := strings.ReplaceAll(strings.Join(args, "\n"), "|", ";")
		return textPart("text/csv", rows+"\n", charset{}, "")
	case "text":
		return textPart("text/plain", strings.Join(args, "\n")+"\n", charset{}, "")
	case "bytes":
		count, err := strconv.Atoi(strings.Join(args, ""))
		if err != nil {
			return part{}, err
		}
		return part{kind: "application/zip", data: blob(count)}, nil
	}
	return part{}, fmt.Errorf("%s: no such kind of file", kind)
}

// invitation is an iTIP message (RFC 5546 §3.2).
func invitation(args []string) (part, error) {
	if len(args) != 7 {
		return part{}, fmt.Errorf("an invitation needs seven arguments, has %d", len(args))
	}
	method, uid, organizer, start, end, place, title := args[0], args[1], args[2], args[3], args[4], args[5], args[6]
	o, err := who(organizer)
	if err != nil {
		return part{}, err
	}
	escape := strings.NewReplacer(",", `\,`, ";", `\;`).Replace
	lines := []string{
		"BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Northwind//Sample//EN", "METHOD:" + method,
		"BEGIN:VEVENT", "UID:" + uid + "@northwind.example", "DTSTAMP:" + start, "DTSTART:" + start, "DTEND:" + end,
		"SUMMARY:" + escape(title), "LOCATION:" + escape(place),
		fmt.Sprintf("ORGANIZER;CN=%s:mailto:%s", o.name, o.email),
		fmt.Sprintf("ATTENDEE;CN=%s;PARTSTAT=NEEDS-ACTION;RSVP=TRUE:mailto:%s", Name, Email),
		"STATUS:CONFIRMED", "SEQUENCE:0", "END:VEVENT", "END:VCALENDAR", "",
	}
	return part{kind: "text/calendar; charset=utf-8; method=" + method, data: []byte(strings.Join(lines, "\r\n"))}, nil
}

// blob is data that doesn't compress, the same at every run.
func blob(count int) []byte {
	data := make([]byte, count)
	x := uint32(2463534242)
	for i := range data {
		x ^= x << 13
		x ^= x >> 17
		x ^= x << 5
		data[i] = byte(x)
	}
	return data
}
