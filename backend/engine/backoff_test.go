package engine

import (
	"testing"
	"time"
)

func TestBackoffGrowsWithinBounds(t *testing.T) {
	var b backoff
	for n := range 40 {
		longest := longestPause
		if n < 8 {
			longest = min(2*time.Second<<n, longestPause)
		}
		if got := b.next(); got < longest/2 || got > longest {
			t.Errorf("pause %d is %v, want %v to %v", n, got, longest/2, longest)
		}
	}
	b.reset()
	if got := b.next(); got < time.Second || got > 2*time.Second {
		t.Errorf("pause after a success is %v, want 1s to 2s", got)
	}
}

func TestBeatDisturbs(t *testing.T) {
	start := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	tests := []struct {
		name      string
		after     time.Duration
		addresses string
		want      bool
	}{
		{"on time", pulseInterval, "127.0.0.1/8", false},
		{"late on a busy computer", pulseInterval + sleepSlack, "127.0.0.1/8", false},
		{"slept", 8 * time.Hour, "127.0.0.1/8", true},
		{"clock set back", -time.Hour, "127.0.0.1/8", false},
		{"joined a network", pulseInterval, "127.0.0.1/8 192.0.2.7/24", true},
	}
	for _, tt := range tests {
		a := beat{start, "127.0.0.1/8"}
		b := beat{start.Add(tt.after), tt.addresses}
		if got := a.disturbs(b); got != tt.want {
			t.Errorf("%s: disturbs = %v, want %v", tt.name, got, tt.want)
		}
	}
}
