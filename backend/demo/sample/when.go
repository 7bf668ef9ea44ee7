package sample

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// The part of today, in hours, that the scripts speak of.
const (
	dayBegins = 7
	dayEnds   = 10
)

// calendar turns the scripts' dates into instants up to base.
type calendar struct{ base time.Time }

// newCalendar fixes the zone to the one in force at base: the same instant gives
// the same mail, wherever its zone was read from and however it changes over
// the year.
func newCalendar(base time.Time) calendar {
	_, offset := base.Zone()
	return calendar{base.In(time.FixedZone("", offset))}
}

// workday returns the start (midnight) of the working day n working days after
// the current one (before it for negative n). The current one is today on a
// weekday from nine o'clock on, else the last one before.
func (c calendar) workday(n int) time.Time {
	day := midnight(c.base)
	if c.base.Hour() < 9 {
		day = day.AddDate(0, 0, -1)
	}
	for weekend(day) {
		day = day.AddDate(0, 0, -1)
	}
	step := 1
	if n < 0 {
		step, n = -1, -n
	}
	for n > 0 {
		if day = day.AddDate(0, 0, step); !weekend(day) {
			n--
		}
	}
	return day
}

func midnight(t time.Time) time.Time {
	return time.Date(t.Year(), t.Month(), t.Day(), 0, 0, 0, 0, t.Location())
}

func weekend(t time.Time) bool {
	return t.Weekday() == time.Saturday || t.Weekday() == time.Sunday
}

// instant reads the field "at" of an entry. Nothing is later than base: times
// of today are squeezed into what has passed of the morning.
func (c calendar) instant(spec string) (time.Time, error) {
	day, clock, _ := strings.Cut(spec, " ")
	if len(day) < 2 {
		return time.Time{}, fmt.Errorf("bad date %q", spec)
	}
	n, err := strconv.Atoi(day[:len(day)-1])
	if err != nil || n > 0 {
		return time.Time{}, fmt.Errorf("bad date %q", spec)
	}
	unit := day[len(day)-1]
	if unit == 'm' {
		return c.base.Add(time.Duration(n) * time.Minute).Truncate(time.Second), nil
	}
	at, err := time.Parse("15:04", clock)
	if err != nil {
		return time.Time{}, fmt.Errorf("bad date %q: %w", spec, err)
	}
	var start time.Time
	switch unit {
	case 'w':
		start = c.workday(n)
	case 'd':
		start = midnight(c.base).AddDate(0, 0, n)
	default:
		return time.Time{}, fmt.Errorf("bad date %q", spec)
	}
	// Seconds that look like a clock's, the same at every run.
	second := (at.Hour()*7 + at.Minute()*13 + -n*29) % 60
	t := time.Date(start.Year(), start.Month(), start.Day(), at.Hour(), at.Minute(), second, 0, start.Location())
	if start.Equal(midnight(c.base)) && n == 0 {
		t = c.squeeze(t, start)
	}
	return t, nil
}

// squeeze maps the morning of the day that starts at midnight onto its part
// before base, when there is not all of it yet.
func (c calendar) squeeze(t, start time.Time) time.Time {
	begin, end := start.Add(dayBegins*time.Hour), start.Add(dayEnds*time.Hour)
	if !c.base.Before(end) {
		return t
	}
	if begin.After(c.base) || t.Before(begin) {
		begin = start
	}
	share := float64(t.Sub(begin)) / float64(end.Sub(begin))
	passed := c.base.Sub(begin)
	return begin.Add(time.Duration(min(share, 1) * float64(passed))).Truncate(time.Second)
}

// placeholder is a date in a text: {date:+3w} Thursday 26 November,
// {weekday:+3w}, {short:-2w} 26 Nov, {iso:+3w} 2026-11-26, {stamp:+3w 14:00}
// 20261126T140000, {month:0d} November 2026, {number:0d} 20261126.
var placeholder = regexp.MustCompile(`\{(date|weekday|short|iso|stamp|month|number):([+-]?\d+)([wd])(?: (\d\d):(\d\d))?\}`)

// expand fills in the dates of a text.
func (c calendar) expand(text string) string {
	return placeholder.ReplaceAllStringFunc(text, func(s string) string {
		m := placeholder.FindStringSubmatch(s)
		n, _ := strconv.Atoi(m[2])
		day := midnight(c.base).AddDate(0, 0, n)
		if m[3] == "w" {
			day = c.workday(n)
		}
		hour, _ := strconv.Atoi(m[4])
		minute, _ := strconv.Atoi(m[5])
		day = time.Date(day.Year(), day.Month(), day.Day(), hour, minute, 0, 0, day.Location())
		return day.Format(map[string]string{
			"date": "Monday 2 January", "weekday": "Monday", "short": "2 Jan", "iso": "2006-01-02",
			"stamp": "20060102T150405", "month": "January 2006", "number": "20060102",
		}[m[1]])
	})
}
