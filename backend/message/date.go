package message

import (
	"strings"
	"time"
)

// parseDate reads a Date field (RFC 5322 §3.3, §4.3) and, beyond it, ISO 8601,
// asctime, two-digit years, slashes, missing or named zones, AM and PM, other
// orders and languages. It returns the zero time for what has no day, month and
// year. A missing or unknown zone is read as UTC.
func parseDate(v []byte) time.Time {
	const longest = 200
	if len(v) > longest {
		v = v[:longest]
	}
	p := dateParser{day: -1, month: -1, year: -1}
	for s := stripComments(string(v)); s != ""; {
		var tok string
		tok, s = cutToken(s)
		if tok != "" {
			p.token(tok)
		}
	}
	return p.time()
}

// stripComments removes parenthesised text, such as "(CET)".
func stripComments(s string) string {
	for {
		i := strings.IndexByte(s, '(')
		if i < 0 {
			return s
		}
		j := strings.IndexByte(s[i:], ')')
		if j < 0 {
			return s[:i]
		}
		s = s[:i] + " " + s[i+j+1:]
	}
}

func cutToken(s string) (tok, rest string) {
	s = strings.TrimLeft(s, " \t,;")
	if i := strings.IndexAny(s, " \t,;"); i >= 0 {
		return s[:i], s[i:]
	}
	return s, ""
}

type dateParser struct {
	day, month, year  int
	early             bool // the month came before the day
	hour, minute, sec int
	timed, afternoon  bool
	morning           bool
	zone              int // seconds east
	zoned             bool
}

// token puts one blank-separated word where it belongs.
func (p *dateParser) token(t string) {
	switch {
	case isDigit(t[0]):
		p.number(t)
	case (t[0] == '+' || t[0] == '-') && len(t) > 1 && isDigit(t[1]):
		p.offset(t)
	default:
		p.name(t)
	}
}

// number reads what begins with a digit: a date, a time, a day or a year.
func (p *dateParser) number(t string) {
	if i := strings.IndexAny(t, "Tt"); i >= 8 && i < len(t)-1 && isDigit(t[i+1]) {
		p.number(t[:i])
		p.number(t[i+1:])
		return
	}
	if i := strings.IndexByte(t, ':'); i > 0 {
		p.clock(t, ':')
		return
	}
	for _, sep := range []byte{'-', '/', '.'} {
		if strings.Count(t, string(sep)) >= 2 {
			if sep == '.' && p.year >= 0 && !p.timed {
				p.clock(t, sep)
			} else {
				p.triple(strings.SplitN(t, string(sep), 3), sep)
			}
			return
		}
	}
	n, rest := leadingInt(t)
	switch digits := len(t) - len(rest); {
	case digits == 8 && p.year < 0 && p.day < 0: // 20240305
		p.year, p.month, p.day = n/10000, n/100%100, n%100
	case digits >= 3 && p.year < 0:
		p.year = n
		if digits == 3 { // RFC 5322 §4.3
			p.year += 1900
		}
	case p.day < 0 && n >= 1 && n <= 31:
		p.day = n
	case p.year < 0 && digits == 2:
		p.year = century(n)
	}
	if len(rest) > 1 && p.month < 0 {
		p.name(strings.TrimLeft(rest, "."))
	}
}

// triple reads 2024-03-05, 5-Mar-2024, 3/5/2024, 05.03.2024.
func (p *dateParser) triple(f []string, sep byte) {
	a, _ := leadingInt(f[0])
	c, _ := leadingInt(f[2])
	if m := monthOf(f[1]); m > 0 {
		p.month = m
	} else {
		p.month, _ = leadingInt(f[1])
	}
	if len(f[0]) >= 4 {
		p.year, p.day = a, c
		return
	}
	p.day, p.year = a, c
	if len(f[2]) <= 2 {
		p.year = century(c)
	}
	// With slashes the month leads, as its American senders mean it.
	if sep == '/' && (a <= 12 || p.month > 12) && p.month <= 31 {
		if a <= 12 {
			p.month, p.day = a, p.month
		}
	} else if p.month > 12 && a <= 12 {
		p.month, p.day = a, p.month
	}
}

// clock reads 14:05, 14:05:59.123Z, 2:05:00PM, 14:05:59+0100.
func (p *dateParser) clock(t string, sep byte) {
	if p.timed {
		return
	}
	p.timed = true
	var rest string
	p.hour, rest = leadingInt(t)
	for _, field := range []*int{&p.minute, &p.sec} {
		if len(rest) > 1 && rest[0] == sep && isDigit(rest[1]) {
			*field, rest = leadingInt(rest[1:])
		}
	}
	if rest != "" && rest[0] == '.' {
		_, rest = leadingInt(rest[1:])
	}
	if len(rest) > 0 {
		p.token(rest)
	}
}

// offset reads +0100, -05:00, +1.
func (p *dateParser) offset(t string) {
	digits := strings.Replace(t[1:], ":", "", 1)
	n, rest := leadingInt(digits)
	if len(digits)-len(rest) <= 2 {
		n *= 100
	}
	if p.zoned || n/100 > 14 || n%100 > 59 {
		return // RFC 5322 §4.3: unknown zones count as -0000
	}
	p.zone, p.zoned = n/100*3600+n%100*60, true
	if t[0] == '-' {
		p.zone = -p.zone
	}
}

// zones are the names of RFC 5322 §4.3 and those often seen beside them.
var zones = map[string]int{
	"UT": 0, "UTC": 0, "GMT": 0, "Z": 0, "WET": 0, "EST": -5, "EDT": -4, "CST": -6, "CDT": -5, "MST": -7, "MDT": -6,
	"PST": -8, "PDT": -7, "CET": 1, "CEST": 2, "MET": 1, "MEST": 2, "MEZ": 1, "MESZ": 2, "BST": 1, "EET": 2, "EEST": 3, "WEST": 1,
	"MSK": 3, "JST": 9, "KST": 9, "HKT": 8, "SGT": 8, "AEST": 10, "AEDT": 11, "NZST": 12, "NZDT": 13, "AKST": -9, "AKDT": -8, "HST": -10,
}

// name reads a month, a zone, AM or PM; weekdays and other words are skipped.
func (p *dateParser) name(t string) {
	t = strings.Trim(t, ".\"'")
	if t == "" {
		return
	}
	upper := strings.ToUpper(t)
	switch upper {
	case "AM", "A.M":
		p.morning = true
		return
	case "PM", "P.M":
		p.afternoon = true
		return
	}
	if h, ok := zones[upper]; ok && p.timed {
		if !p.zoned {
			p.zone, p.zoned = h*3600, true
		}
		return
	}
	for _, prefix := range []string{"GMT", "UTC"} {
		if rest, ok := strings.CutPrefix(upper, prefix); ok && len(rest) > 1 && (rest[0] == '+' || rest[0] == '-') {
			p.offset(rest)
			return
		}
	}
	if i := strings.IndexByte(t, '-'); i > 0 && p.month < 0 { // "Mar-05-2024" is rare; "Sun-05" isn't a month
		if m := monthOf(t[:i]); m > 0 {
			p.month = m
			for _, f := range strings.Split(t[i+1:], "-") {
				if f != "" && isDigit(f[0]) {
					p.number(f)
				}
			}
			return
		}
	}
	// "mar., 5 déc. 2023": a month before the day may turn out to be a weekday.
	if m := monthOf(t); m > 0 && (p.month < 0 || p.early) {
		p.month, p.early = m, p.day < 0
	}
}

// months by the first three letters: English, and where they differ German,
// French, Spanish, Italian and Dutch.
var months = map[string]int{
	"jan": 1, "feb": 2, "mar": 3, "apr": 4, "may": 5, "jun": 6, "jul": 7, "aug": 8, "sep": 9, "oct": 10, "nov": 11, "dec": 12,
	"jän": 1, "mär": 3, "mrz": 3, "mai": 5, "okt": 10, "dez": 12, "fév": 2, "fev": 2, "avr": 4, "aoû": 8, "aou": 8, "déc": 12,
	"ene": 1, "abr": 4, "ago": 8, "dic": 12, "gen": 1, "mag": 5, "giu": 6, "lug": 7, "set": 9, "ott": 10, "maa": 3, "mrt": 3, "mei": 5,
}

func monthOf(s string) int {
	if len(s) < 3 || isDigit(s[0]) {
		return 0
	}
	lower := strings.ToLower(s)
	if lower == "mart" || lower == "mardi" || lower == "martes" || lower == "maandag" {
		return 0 // weekdays
	}
	r := []rune(lower)
	return months[string(r[:min(3, len(r))])]
}

// time checks the fields and puts them together.
func (p *dateParser) time() time.Time {
	if p.day < 1 || p.day > 31 || p.month < 1 || p.month > 12 || p.year < 0 {
		return time.Time{}
	}
	if p.year < 100 {
		p.year = century(p.year)
	}
	if p.year < 1900 || p.year > 9999 {
		return time.Time{}
	}
	if p.afternoon && p.hour < 12 {
		p.hour += 12
	}
	if p.morning && p.hour == 12 {
		p.hour = 0
	}
	if p.hour > 24 || p.minute > 59 || p.sec > 60 {
		p.hour, p.minute, p.sec = 0, 0, 0
	}
	loc := time.UTC
	if p.zone != 0 {
		loc = time.FixedZone("", p.zone)
	}
	return time.Date(p.year, time.Month(p.month), p.day, p.hour, p.minute, p.sec, 0, loc)
}

// century completes a two-digit year (RFC 5322 §4.3).
func century(n int) int {
	switch {
	case n < 50:
		return n + 2000
	case n < 100:
		return n + 1900
	}
	return n
}

// leadingInt reads the digits at the start of s, at most nine of them.
func leadingInt(s string) (n int, rest string) {
	i := 0
	for i < len(s) && i < 9 && isDigit(s[i]) {
		n = n*10 + int(s[i]-'0')
		i++
	}
	return n, s[i:]
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }
