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
		if got := b.next(longestPause); got < longest/2 || got > longest {
			t.Errorf("pause %d is %v, want %v to %v", n, got, longest/2, longest)
		}
		b.over()
	}
	b.reset()
	if got := b.next(longestPause); got < time.Second || got > 2*time.Second {
		t.Errorf("pause after a success is %v, want 1s to 2s", got)
	}
}

func TestBeatRings(t *testing.T) {
	start := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	tests := []struct {
		name      string
		after     time.Duration
		addresses string
		want      urgency
	}{
		{"on time", pulseInterval, "127.0.0.1/8", 0},
		{"late on a busy computer", pulseInterval + sleepSlack, "127.0.0.1/8", 0},
		{"slept", 8 * time.Hour, "127.0.0.1/8", ringAll},
		{"clock set back", -time.Hour, "127.0.0.1/8", 0},
		{"slept and joined a network", 8 * time.Hour, "192.0.2.7/24", ringAll},
		{"joined a network", pulseInterval, "127.0.0.1/8 192.0.2.7/24", ringNetwork},
	}
	for _, tt := range tests {
		a := beat{start, "127.0.0.1/8"}
		b := beat{start.Add(tt.after), tt.addresses}
		if got := a.rings(b); got != tt.want {
			t.Errorf("%s: rings with urgency %d, want %d", tt.name, got, tt.want)
		}
	}
}
