package store

import (
	"fmt"
	"testing"
	"time"

	"waxwing/backend/mail"
)

func TestThreads(t *testing.T) {
	anna, bob, eve := "Anna <anna@example.org>", "bob@example.org", "eve@example.net"
	for _, c := range []struct {
		name    string
		letters []letter
		want    string // the thread of each, by its first letter's number
	}{
		{"replies by References", []letter{{id: "a"}, {id: "b", refs: []string{"a"}}, {id: "c", refs: []string{"a", "b"}}}, "[0 0 0]"},
		{"strangers", []letter{{id: "a"}, {id: "b"}, {}}, "[0 1 2]"},
		{"siblings of a message that isn't here", []letter{{id: "b", refs: []string{"a"}}, {id: "c", refs: []string{"a"}}}, "[0 0]"},
		{"the answer comes first", []letter{{id: "b", refs: []string{"a"}}, {id: "a"}}, "[0 0]"},
		{"a late message links two threads", []letter{{id: "a"}, {id: "c", refs: []string{"b"}}, {id: "d", refs: []string{"c"}}, {id: "b", refs: []string{"a"}}}, "[0 0 0 0]"},
		{"and three", []letter{{id: "a"}, {id: "b"}, {id: "c"}, {id: "d", refs: []string{"a", "b", "c"}}, {id: "e", refs: []string{"b"}}}, "[0 0 0 0 0]"},
		{"subject alone is not enough", []letter{{id: "a", subject: "Lunch", from: anna, to: bob}, {id: "b", subject: "Lunch", from: bob, to: anna}}, "[0 1]"},
		{"a reply without references", []letter{{id: "a", subject: "Lunch", from: anna, to: bob}, {id: "b", subject: "Re: lunch", from: bob, to: anna}}, "[0 0]"},
		{"in German, twice, before the message", []letter{{id: "b", subject: "AW: Re: Lunch", from: bob, to: anna}, {id: "a", subject: "Lunch", from: anna, to: bob}}, "[0 0]"},
		{"from a stranger", []letter{{id: "a", subject: "Lunch", from: anna, to: bob}, {id: "b", subject: "Re: Lunch", from: eve, to: bob}}, "[0 1]"},
		{"too long ago", []letter{{id: "a", subject: "Lunch", from: anna, to: bob}, {id: "b", subject: "Re: Lunch", from: bob, to: anna, at: subjectWindow + time.Minute}}, "[0 1]"},
		{"a reply with references to elsewhere", []letter{{id: "a", subject: "Lunch", from: anna, to: bob}, {id: "b", subject: "Re: Lunch", from: bob, to: anna, refs: []string{"x"}}}, "[0 1]"},
		{"a forward is no reply", []letter{{id: "a", subject: "Lunch", from: anna, to: bob}, {id: "b", subject: "Fwd: Lunch", from: bob, to: anna}}, "[0 1]"},
		{"nothing but a prefix", []letter{{id: "a", subject: "", from: anna, to: bob}, {id: "b", subject: "Re:", from: bob, to: anna}}, "[0 1]"},
	} {
		for _, together := range []bool{true, false} {
			t.Run(fmt.Sprintf("%s/together=%v", c.name, together), func(t *testing.T) {
				b := open(t)
				inbox, _, _, _, _ := b.mailboxes()
				var list []mail.MessageID
				if together {
					list = b.put(inbox, 1, c.letters...)
				} else {
					for i, l := range c.letters {
						list = append(list, b.put(inbox, mail.UID(i+1), l)...)
					}
				}
				first := map[mail.ThreadID]int{}
				var got []int
				for i, id := range list {
					thread := b.message(id).Thread
					if _, ok := first[thread]; !ok {
						first[thread] = i
					}
					got = append(got, first[thread])
				}
				if fmt.Sprint(got) != c.want {
					t.Errorf("got %v, want %s", got, c.want)
				}
				b.sound()
			})
		}
	}
}

func TestBaseSubject(t *testing.T) {
	for _, c := range []struct {
		in, base string
		reply    bool
	}{
		{"Hello", "hello", false},
		{"Re: Hello", "hello", true},
		{"RE[2]: AW:  Antw: hello   there", "hello there", true},
		{"Re:Re:Re:", "", true},
		{"回复：你好", "你好", true},
		{"Report: numbers", "report: numbers", false},
		{"WG: Hello", "wg: hello", false},
	} {
		if base, reply := baseSubject(c.in); base != c.base || reply != c.reply {
			t.Errorf("baseSubject(%q) = %q, %v, want %q, %v", c.in, base, reply, c.base, c.reply)
		}
	}
}

func TestHostileReferencesAreBounded(t *testing.T) {
	l := letter{id: "x"}
	for i := range 100_000 {
		l.refs = append(l.refs, fmt.Sprint(i))
	}
	c := parseLetter(l.raw())
	if n := len(referenceHashes(&c)); n != maxReferences+1 {
		t.Errorf("%d references count, want %d", n, maxReferences+1)
	}
}

func TestThreadLeavesJunkAndTrashOut(t *testing.T) {
	b := open(t)
	inbox, _, trash, junk, _ := b.mailboxes()
	m := b.put(inbox, 1, letter{id: "a", at: time.Hour})
	b.put(trash, 1, letter{id: "b", refs: []string{"a"}})
	spam := b.put(junk, 1, letter{id: "s"})
	list, err := b.Thread(b.ctx, b.message(m[0]).Thread)
	b.ok(err)
	if len(list) != 1 || list[0].ID != m[0] {
		t.Errorf("thread is %+v, want the message in the inbox alone", list)
	}
	list, err = b.Thread(b.ctx, b.message(spam[0]).Thread)
	b.ok(err)
	if len(list) != 1 {
		t.Errorf("a thread in junk alone has %d messages, want 1", len(list))
	}
	_, err = b.Thread(b.ctx, 99)
	wantCode(t, err, mail.CodeNotFound)
}
