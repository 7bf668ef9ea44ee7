package compose

import (
	"strings"
	"time"

	"waxwing/backend/mail"
	"waxwing/backend/message"
)

// A language is how the lines above a quote are written.
type language struct {
	months                          string
	date                            func(day, month, year, clock string) string
	said                            func(who, when string) string
	forward                         string
	from, sent, subject, to, copies string
}

var languages = map[string]language{
	"en": {
		months: "January February March April May June July August September October November December",
		date:   func(day, month, year, clock string) string { return day + " " + month + " " + year + " at " + clock },
		said: func(who, when string) string {
			if when == "" {
				return who + " wrote:"
			}
			return "On " + when + ", " + who + " wrote:"
		},
		forward: "Forwarded message",
		from:    "From", sent: "Date", subject: "Subject", to: "To", copies: "Cc",
	},
	"de": {
		months: "Januar Februar März April Mai Juni Juli August September Oktober November Dezember",
		date:   func(day, month, year, clock string) string { return day + ". " + month + " " + year + " um " + clock },
		said: func(who, when string) string {
			if when == "" {
				return who + " schrieb:"
			}
			return "Am " + when + " schrieb " + who + ":"
		},
		forward: "Weitergeleitete Nachricht",
		from:    "Von", sent: "Datum", subject: "Betreff", to: "An", copies: "Kopie",
	},
}

func (o Options) words() language {
	if l, ok := languages[o.Language]; ok {
		return l
	}
	return languages["en"]
}

// when writes a date, "" for none.
func (l language) when(t time.Time, zone *time.Location) string {
	if t.IsZero() {
		return ""
	}
	t = t.In(zone)
	return l.date(t.Format("2"), strings.Fields(l.months)[t.Month()-1], t.Format("2006"), t.Format("15:04"))
}

// wrote is the line above an answered message.
func (l language) wrote(m *message.Message, zone *time.Location) string {
	if len(m.From) == 0 {
		return ""
	}
	who := m.From[0].Name
	if who == "" {
		who = m.From[0].Email
	}
	return l.said(who, l.when(m.SentAt, zone))
}

// forwarded are the lines above a message that is passed on.
func (l language) forwarded(m *message.Message, zone *time.Location) string {
	const rule = "----------"
	lines := []string{rule + " " + l.forward + " " + rule}
	add := func(label, value string) {
		if value != "" {
			lines = append(lines, label+": "+value)
		}
	}
	add(l.from, named(m.From))
	add(l.sent, l.when(m.SentAt, zone))
	add(l.subject, m.Subject)
	add(l.to, named(m.To))
	add(l.copies, named(m.Cc))
	return strings.Join(lines, "\n")
}

// named writes addresses with their names.
func named(list []mail.Address) string {
	const most = 100
	var out []string
	for i, a := range list {
		if i == most {
			out = append(out, "…")
			break
		}
		switch {
		case a.Name == "":
			out = append(out, a.Email)
		case a.Email == "":
			out = append(out, a.Name)
		default:
			out = append(out, a.Name+" <"+a.Email+">")
		}
	}
	return strings.Join(out, ", ")
}
