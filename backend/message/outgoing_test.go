package message

import (
	"testing"
	"time"

	"waxwing/backend/mail"
)

func TestOutgoing(t *testing.T) {
	t.Parallel()
	date := time.Date(2026, 3, 2, 9, 0, 0, 0, time.FixedZone("", 3600))
	const added = "Date: Mon, 2 Mar 2026 09:00:00 +0100\r\nMessage-ID: <new@waxwing.test>\r\n"
	const whole = "Date: Sun, 1 Mar 2026 09:00:00 +0100\r\nMessage-ID: <1@x.test>\r\nSubject: folded\r\n line\r\n\r\nBcc: is text here\r\n\r\n.\r\n"
	for _, c := range []struct{ name, raw, want string }{
		{"whole", whole, whole},
		{"nothing there", "Subject: x\n\nText", added + "Subject: x\r\n\r\nText\r\n"},
		{"bcc in any shape", "Subject: x\nBcc: a@x.test,\n\tb@x.test\nBCC : c@x.test\nresent-bcc: d@x.test\nTo: e@x.test\n\nText\n",
			added + "Subject: x\r\nTo: e@x.test\r\n\r\nText\r\n"},
		{"lone returns", "Subject: x\rBcc: a@x.test\r\r\nText\n.\rMore\n", added + "Subject: x\r\n\r\nText\r\n.\r\nMore\r\n"},
		{"no usable id", "Message-ID: \nSubject: x\n\nText\n", added + "Subject: x\r\n\r\nText\r\n"},
		{"mailbox line", "From a@x.test Mon Mar  2 09:00:00 2026\nSubject: x\n\nText\n", added + "Subject: x\r\n\r\nText\r\n"},
		{"unreadable date", "Date: yesterday\nMessage-ID: <1@x.test>\n\nText\n", "Date: yesterday\r\nMessage-ID: <1@x.test>\r\n\r\nText\r\n"},
		{"header only", "Subject: x\nBcc: a@x.test", added + "Subject: x\r\n"},
	} {
		if got := string(Outgoing([]byte(c.raw), "new@waxwing.test", date)); got != c.want {
			t.Errorf("%s:\n%q, want\n%q", c.name, got, c.want)
		}
	}
}

func TestSetFrom(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, raw, want string }{
		{"name stays", "Date: x\r\nFrom: \"Doe, Ann\"\r\n <ann@x.test>\r\nSender: bob@x.test\r\nTo: c@x.test\r\n\r\nFrom: text\r\n",
			"From: \"Doe, Ann\" <desk@y.test>\r\nDate: x\r\nTo: c@x.test\r\n\r\nFrom: text\r\n"},
		{"no name", "From: ann@x.test\r\n\r\n", "From: <desk@y.test>\r\n\r\n"},
		{"two authors, twice", "From: Ann <a@x.test>, b@x.test\r\nTo: c@x.test\r\nfrom: d@x.test\r\n\r\nText", "From: Ann <desk@y.test>\r\nTo: c@x.test\r\n\r\nText"},
		{"none", "To: c@x.test\r\n", "From: <desk@y.test>\r\nTo: c@x.test\r\n"},
	} {
		got, err := SetFrom([]byte(c.raw), "desk@y.test")
		if err != nil || string(got) != c.want {
			t.Errorf("%s: %v\n%q, want\n%q", c.name, err, got, c.want)
		}
	}
	if _, err := SetFrom([]byte("From: a@x.test\r\n\r\n"), "x\r\nBcc: y@z.test"); mail.CodeOf(err) != mail.CodeInvalid {
		t.Errorf("no address: %v", err)
	}
}
