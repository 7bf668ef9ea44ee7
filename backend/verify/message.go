package verify

import (
	"strings"
	"time"
)

// message returns the message: plain text that says what it is, in case that
// somebody sees it.
func message(email, id string, now time.Time) []byte {
	lines := []string{
		"From: <" + email + ">",
		"To: <" + email + ">",
		"Subject: Waxwing checks this mailbox",
		"Date: " + now.Format("Mon, 2 Jan 2006 15:04:05 -0700"),
		"Message-ID: <" + id + ">",
		"Auto-Submitted: auto-generated", // RFC 3834: nobody answers it
		"MIME-Version: 1.0",
		"Content-Type: text/plain; charset=us-ascii",
		"",
		"Waxwing sent this message from your mailbox to itself, to check that sending",
		"and receiving work. It removes it again. If you see it, you can delete it.",
		"",
	}
	return []byte(strings.Join(lines, "\r\n"))
}
