package sample

import (
	"testing"
	"time"
)

var base = time.Date(2026, 11, 18, 14, 30, 0, 0, time.UTC) // a Wednesday

func TestMessagesBuild(t *testing.T) {
	list, err := Messages(base)
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range list {
		t.Log(m.Date.Format("2006-01-02 Mon 15:04"), m.Mailbox, m.Flags, m.Key, len(m.Raw))
	}
}
