package sample

import (
	"bytes"
	"fmt"
	"image"
	_ "image/jpeg"
	_ "image/png"
	"io"
	"net/mail"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"
	_ "time/tzdata"

	gomessage "github.com/emersion/go-message"
	_ "github.com/emersion/go-message/charset"
)

// base is a Wednesday afternoon.
var base = time.Date(2026, 11, 18, 14, 30, 0, 0, time.UTC)

func messages(t *testing.T, base time.Time) []Message {
	t.Helper()
	list, err := Messages(base)
	if err != nil {
		t.Fatal(err)
	}
	return list
}

func TestLooksLikeAMailbox(t *testing.T) {
	list := messages(t, base)
	count := map[string]int{}
	ids := map[string]string{}
	replies := map[string]int{}
	for _, m := range list {
		count[m.Mailbox]++
		for _, f := range m.Flags {
			count[f]++
		}
		h := parsed(t, m).Header
		if other := ids[h.Get("Message-Id")]; other != "" {
			t.Errorf("%s and %s have the same Message-ID", m.Key, other)
		}
		ids[h.Get("Message-Id")] = m.Key
		if refs := strings.Fields(h.Get("References")); len(refs) > 0 {
			replies[refs[0]]++
			if ids[refs[len(refs)-1]] == "" {
				t.Errorf("%s answers something later than itself", m.Key)
			}
		}
	}
	for _, want := range []struct {
		what  string
		least int
	}{
		{"INBOX", 90}, {"Sent", 25}, {"Archive", 10}, {"Drafts", 3}, {"Junk", 4}, {"Trash", 4}, {"Newsletters", 10},
		{"Projects/Harbour Lights", 8}, {"Projects/Museum Belvédère", 4}, {"Receipts", 6},
		{`\Seen`, 150}, {`\Flagged`, 5}, {`\Answered`, 15}, {`\Draft`, 3}, {"$Forwarded", 1},
	} {
		if count[want.what] < want.least {
			t.Errorf("%s: got %d messages, want at least %d", want.what, count[want.what], want.least)
		}
	}
	longest := 0
	for _, n := range replies {
		longest = max(longest, n+1)
	}
	if len(list) < 200 || longest < 30 {
		t.Errorf("got %d messages, the longest thread has %d; want 200 and 30", len(list), longest)
	}
	for _, b := range Mailboxes() {
		delete(count, b.Path)
	}
	for name := range count {
		if !strings.HasPrefix(name, `\`) && name[0] >= 'A' && name[0] <= 'Z' && strings.Contains(name, "/") {
			t.Errorf("messages in %q, which isn't listed", name)
		}
	}
}

// parsed reads a message's header; all of them have one that can be read.
func parsed(t *testing.T, m Message) *mail.Message {
	t.Helper()
	got, err := mail.ReadMessage(bytes.NewReader(m.Raw))
	if err != nil {
		t.Fatalf("%s: %v", m.Key, err)
	}
	return got
}

func TestDatesLeadUpToTheBase(t *testing.T) {
	zone := time.FixedZone("", 2*3600)
	for _, base := range []time.Time{
		base, base.In(zone),
		time.Date(2026, 11, 16, 6, 15, 0, 0, zone),   // early on a Monday
		time.Date(2026, 11, 20, 9, 5, 0, 0, zone),    // a morning
		time.Date(2026, 11, 21, 23, 59, 59, 0, zone), // a Saturday night
		time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC),
		time.Date(2028, 2, 29, 12, 0, 0, 0, time.UTC),
	} {
		newest := time.Time{}
		for _, m := range messages(t, base) {
			if m.Date.After(base) {
				t.Errorf("base %v: %s is from the future: %v", base, m.Key, m.Date)
			}
			if date, err := parsed(t, m).Header.Date(); err != nil || !date.Equal(m.Date) {
				t.Errorf("base %v: %s: Date %v (%v), want %v", base, m.Key, date, err, m.Date)
			}
			if m.Date.After(newest) {
				newest = m.Date
			}
		}
		if base.Sub(newest) > 3*24*time.Hour {
			t.Errorf("base %v: the newest is of %v", base, newest)
		}
	}
}

func TestSameBaseSameBytes(t *testing.T) {
	stockholm, err := time.LoadLocation("Europe/Stockholm")
	if err != nil {
		t.Fatal(err)
	}
	// Half of this mail was written before the clocks were put back.
	a, b := messages(t, base.In(stockholm)), messages(t, base.In(time.FixedZone("CET", 3600)))
	for i := range a {
		if a[i].Key != b[i].Key || !bytes.Equal(a[i].Raw, b[i].Raw) {
			t.Fatalf("%s differs from run to run", a[i].Key)
		}
	}
}

var address = regexp.MustCompile(`[\w.+-]+@[\w.-]+\.(\w+)`)

func TestWireForm(t *testing.T) {
	for _, m := range messages(t, base) {
		if bytes.Contains(bytes.ReplaceAll(m.Raw, []byte("\r\n"), nil), []byte("\n")) {
			t.Errorf("%s: a line without CR", m.Key)
		}
		header, _, _ := bytes.Cut(m.Raw, []byte("\r\n\r\n"))
		for _, line := range bytes.Split(header, []byte("\r\n")) {
			if len(line) > 200 || len(line) == 0 || !ascii(string(line)) {
				t.Errorf("%s: header line %q", m.Key, line)
			}
		}
		for _, found := range address.FindAllSubmatch(header, -1) {
			if string(found[1]) != "example" {
				t.Errorf("%s: %q may be somebody's", m.Key, found[0])
			}
		}
	}
}

// Everything but the broken one can be read, in its charset.
func TestPartsCanBeRead(t *testing.T) {
	kinds := map[string]int{}
	charsets := map[string]int{}
	for _, m := range messages(t, base) {
		if m.Key == "broken-1" {
			continue
		}
		e, err := gomessage.Read(bytes.NewReader(m.Raw))
		if err != nil {
			t.Fatalf("%s: %v", m.Key, err)
		}
		err = e.Walk(func(_ []int, part *gomessage.Entity, err error) error {
			if err != nil {
				return err
			}
			kind, params, err := part.Header.ContentType()
			if err != nil {
				return err
			}
			kinds[kind]++
			if strings.HasPrefix(kind, "multipart/") {
				return nil
			}
			if c := params["charset"]; c != "" {
				charsets[c]++
			}
			data, err := io.ReadAll(part.Body)
			if err != nil {
				return err
			}
			return check(kind, data)
		})
		if err != nil {
			t.Errorf("%s: %v", m.Key, err)
		}
	}
	for _, kind := range strings.Fields("text/plain text/html text/calendar text/csv application/pdf application/zip image/png image/jpeg multipart/alternative multipart/related multipart/mixed") {
		if kinds[kind] == 0 {
			t.Errorf("no %s", kind)
		}
	}
	for _, c := range strings.Fields("utf-8 us-ascii iso-8859-1 iso-8859-2 iso-8859-7 iso-8859-9 iso-8859-15 windows-1252 koi8-r iso-2022-jp gb18030 euc-kr") {
		if charsets[c] == 0 {
			t.Errorf("no text in %s", c)
		}
	}
}

// check reads a part as a program that opens it would.
func check(kind string, data []byte) error {
	switch kind {
	case "image/png", "image/jpeg":
		_, _, err := image.Decode(bytes.NewReader(data))
		return err
	case "application/pdf":
		return checkPDF(data)
	case "text/plain", "text/html":
		if bytes.ContainsRune(data, '\uFFFD') {
			return fmt.Errorf("unreadable characters in %s", kind)
		}
		if left := regexp.MustCompile(`\{(date|weekday|short|iso|stamp|month|number):|\*\*|\]\(`).Find(data); left != nil {
			return fmt.Errorf("markup left over in %s: %q", kind, left)
		}
	}
	return nil
}

// checkPDF follows the cross-reference table to every object.
func checkPDF(data []byte) error {
	tail := regexp.MustCompile(`startxref\n(\d+)\n%%EOF\n$`).FindSubmatch(data)
	if tail == nil {
		return fmt.Errorf("PDF without startxref")
	}
	at, _ := strconv.Atoi(string(tail[1]))
	if !bytes.HasPrefix(data[at:], []byte("xref\n")) {
		return fmt.Errorf("startxref points to %q", data[at:at+8])
	}
	for i, m := range regexp.MustCompile(`(\d{10}) 00000 n \n`).FindAllSubmatch(data[at:], -1) {
		offset, _ := strconv.Atoi(string(m[1]))
		if want := fmt.Sprintf("%d 0 obj\n", i+1); !bytes.HasPrefix(data[offset:], []byte(want)) {
			return fmt.Errorf("object %d is not at %d", i+1, offset)
		}
	}
	return nil
}

func TestLiveMessages(t *testing.T) {
	ids := map[string]bool{}
	for n := range 20 {
		now := base.Add(time.Duration(n) * time.Minute)
		raw, err := Live(n, base, now)
		if err != nil {
			t.Fatal(err)
		}
		m, err := mail.ReadMessage(bytes.NewReader(raw))
		if err != nil {
			t.Fatal(err)
		}
		if date, err := m.Header.Date(); err != nil || !date.Equal(now) {
			t.Errorf("live %d: Date %v (%v), want %v", n, date, err, now)
		}
		if id := m.Header.Get("Message-Id"); ids[id] {
			t.Errorf("live %d: Message-ID %s again", n, id)
		} else {
			ids[id] = true
		}
	}
}

func TestEncodedWordsAreShortAndWhole(t *testing.T) {
	for _, name := range []string{"", "iso-2022-jp", "gb18030", "koi8-r"} {
		c, err := lookup(name)
		if err != nil {
			t.Fatal(err)
		}
		text := map[string]string{"": "Ein Größenwahn 日本語 🎄🎄", "koi8-r": "Каталог старых фонарей"}[name]
		if text == "" {
			text = "日本光照明"
		}
		words, err := c.words(strings.Repeat(text, 8))
		if err != nil {
			t.Fatal(err)
		}
		for _, w := range strings.Fields(words) {
			if len(w) > 75 || !strings.HasPrefix(w, "=?") || !strings.HasSuffix(w, "?=") {
				t.Errorf("%s: encoded-word %q", name, w)
			}
		}
	}
}

func TestAnswerNames(t *testing.T) {
	raw := []byte("Message-ID: <1@x>\r\nSubject: Hi\r\nContent-Type: text/html\r\n\r\n<p>x</p>\r\n")
	for to, want := range map[string]string{
		"greta.novak@somewhere.example": "Greta Novak <greta.novak@somewhere.example>",
		"élise@somewhere.example":       "=?utf-8?B?w4lsaXNl?= <élise@somewhere.example>",
		"HELEN.brandt@lysholm.example":  "Helen Brandt <helen.brandt@lysholm.example>",
	} {
		answer, err := Answer(raw, to, base)
		if err != nil {
			t.Fatal(err)
		}
		m, err := mail.ReadMessage(bytes.NewReader(answer))
		if err != nil {
			t.Fatal(err)
		}
		if got := m.Header.Get("From"); got != want {
			t.Errorf("answer of %s: From %q, want %q", to, got, want)
		}
	}
}
