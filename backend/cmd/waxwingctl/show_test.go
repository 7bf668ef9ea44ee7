package main

import (
	"strings"
	"testing"
)

// TestShowSaysWhenCut shows a document with more elements than the reader draws.
func TestShowSaysWhenCut(t *testing.T) {
	i := newInstallation(t)
	for _, cells := range []int{10, 30_000} {
		i.server.Deliver(t, i.user, "INBOX", []byte("From: a@waxwing.test\r\nSubject: table\r\nContent-Type: text/html\r\n\r\n<table><tr>\r\n"+
			strings.Repeat("<td>1</td>\r\n", cells)+"</tr></table>\r\n"))
	}
	i.add()
	do[listJSON[statusJSON]](i, "sync")
	list := do[listJSON[emailJSON]](i, "message", "list", "--mailbox", "inbox").List
	if len(list) != 2 {
		t.Fatalf("%d messages, want 2", len(list))
	}
	for n, cut := range []bool{true, false} { // the newest first
		document := do[fullEmailJSON](i, "message", "show", list[n].ID, "--html")
		if got := document.BodyValues["html"].IsTruncated; got != cut {
			t.Errorf("message %d: isTruncated is %v, want %v", n, got, cut)
		}
		if got := i.call("", "message", "show", list[n].ID, "--html"); strings.Contains(got.err, "--raw") != cut || strings.Contains(got.out, "--raw") {
			t.Errorf("message %d: stderr %q, want %v that it says what is missing", n, got.err, cut)
		}
	}
}
