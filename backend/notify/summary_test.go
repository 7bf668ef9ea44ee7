package notify

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"waxwing/backend/mail"
)

var words = Words{
	Open: "Open", NewMail: "New message", NoSubject: "(no subject)", UnknownAuthor: "Unknown sender",
	Messages: func(n int) string { return fmt.Sprintf("%d new messages", n) },
	Authors: func(first []string, more int) string {
		s := strings.Join(first, ", ")
		if more > 0 {
			s += fmt.Sprintf(" and %d more", more)
		}
		return s
	},
}

func arrival(n int, author string) Arrival {
	return Arrival{Account: mail.AccountID(1 + n%2), Target: fmt.Sprintf("m%d", n), Author: author, Subject: fmt.Sprintf("Subject %d", n), Preview: "Hello\nthere"}
}

func TestSummarise(t *testing.T) {
	authors := strings.Fields("Ada Ben Ada Cleo Dora Emil")
	many := make([]Arrival, len(authors))
	for i, a := range authors {
		many[i] = arrival(i, a)
	}
	contents := Settings{Contents: true, Sound: true}
	for _, c := range []struct {
		name     string
		arrivals []Arrival
		settings Settings
		want     []string // title | body | target | sound
	}{
		{"none", nil, contents, nil},
		{"one", many[:1], contents, []string{"Ada | Subject 0\nHello there | m0 | true"}},
		{"one, hidden", many[:1], Settings{}, []string{"Ada | New message | m0 | false"}},
		{"no author, no subject", []Arrival{{Target: "m9"}}, contents, []string{"Unknown sender | (no subject) | m9 | true"}},
		{"an invisible author and subject", []Arrival{{Target: "m9", Author: "\u200b", Subject: " \u00a0\u00ad\u202e\u3164\ufe0f\u2800"}}, contents, []string{"Unknown sender | (no subject) | m9 | true"}},
		{"with account", []Arrival{{Target: "m9", Author: "Ada", Subject: "Hi", Label: "Work"}}, contents, []string{"Ada | Hi\nWork | m9 | true"}},
		{"two, one sound", many[:2], contents, []string{"Ada | Subject 0\nHello there | m0 | true", "Ben | Subject 1\nHello there | m1 | false"}},
		{"four", many[:4], contents, []string{"4 new messages | Cleo, Ada, Ben | m3 | true"}},
		{"six", many, contents, []string{"6 new messages | Emil, Dora, Cleo and 2 more | m5 | true"}},
		{"a silent account", many[:2], Settings{Contents: true, Silent: map[mail.AccountID]bool{1: true}}, []string{"Ben | Subject 1\nHello there | m1 | false"}},
		{"all silent", many, Settings{Silent: map[mail.AccountID]bool{1: true, 2: true}}, nil},
	} {
		var got []string
		ids := map[string]bool{}
		for _, n := range Summarise(c.arrivals, c.settings, words) {
			got = append(got, fmt.Sprintf("%s | %s | %s | %v", n.Title, n.Body, n.Target, n.Sound))
			if ids[n.ID] || n.ID == "" {
				t.Errorf("%s: ID %q twice or empty", c.name, n.ID)
			}
			ids[n.ID] = true
		}
		if !reflect.DeepEqual(got, c.want) {
			t.Errorf("%s:\n got %q\nwant %q", c.name, got, c.want)
		}
	}
}

// handClock is a clock that a test turns.
type handClock struct {
	now   time.Duration
	calls map[int]func()
	due   map[int]time.Duration
	next  int
}

func (c *handClock) after(d time.Duration, f func()) func() {
	id := c.next
	c.next++
	c.calls[id], c.due[id] = f, c.now+d
	return func() { delete(c.calls, id) }
}

func (c *handClock) advance(d time.Duration) {
	c.now += d
	for id, f := range c.calls {
		if c.due[id] <= c.now {
			delete(c.calls, id)
			f()
		}
	}
}

func TestGatherer(t *testing.T) {
	clock := &handClock{calls: map[int]func(){}, due: map[int]time.Duration{}}
	var flushed []int
	g := NewGatherer(2*time.Second, clock.after, func(list []Arrival) { flushed = append(flushed, len(list)) })
	steps := []struct {
		add  int
		wait time.Duration
		want string
	}{
		{0, 5 * time.Second, "[]"},
		{1, 1999 * time.Millisecond, "[]"},
		{4, time.Millisecond, "[5]"},
		{2, time.Second, "[5]"},
		{1, time.Second, "[5 3]"}, // the window doesn't grow with the second
		{0, time.Minute, "[5 3]"},
	}
	for i, s := range steps {
		g.Add(make([]Arrival, s.add)...)
		clock.advance(s.wait)
		if got := fmt.Sprint(flushed); got != s.want {
			t.Errorf("step %d: got %s, want %s", i, got, s.want)
		}
	}
	g.Add(Arrival{})
	g.Stop()
	clock.advance(time.Minute)
	if got := fmt.Sprint(flushed); got != "[5 3]" {
		t.Errorf("after Stop: got %s, want nothing more", got)
	}
}

func TestClean(t *testing.T) {
	for _, c := range []struct {
		in    string
		limit int
		want  string
	}{
		{"plain", 10, "plain"},
		{"a\x00b\x1b[1mc\r\n", 20, "ab[1mc"},
		{"abc\u202egnp.exe", 20, "abcgnp.exe"},
		{"12345678", 5, "12345…"},
		{"日本語のメール", 3, "日本語…"},
		{"bad \xff byte", 20, "bad \uFFFD byte"},
		{"  \n ", 5, ""},
	} {
		if got := clean(c.in, c.limit); got != c.want {
			t.Errorf("clean(%q, %d): got %q, want %q", c.in, c.limit, got, c.want)
		}
	}
}

func TestPlain(t *testing.T) {
	var title string
	p := NewPlain(Options{App: "Waxwing", Timeout: 50 * time.Millisecond})
	p.notify = func(t, _ string, _ any) error { title = t; return nil }
	if err := p.Show(context.Background(), Notification{Title: "--help"}); !errors.Is(err, ErrPlain) {
		t.Errorf("Show: got %v, want ErrPlain", err)
	}
	if strings.HasPrefix(title, "-") {
		t.Errorf("the title %q could be read as an option", title)
	}
	release := make(chan struct{})
	defer close(release)
	p.notify = func(string, string, any) error { <-release; return nil }
	if err := p.Show(context.Background(), Notification{}); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("silent desktop: got %v, want the deadline", err)
	}
	broken := errors.New("broken")
	p.notify = func(string, string, any) error { return broken }
	if err := p.Show(context.Background(), Notification{}); !errors.Is(err, broken) || errors.Is(err, ErrPlain) {
		t.Errorf("broken desktop: got %v, want its error alone", err)
	}
}
