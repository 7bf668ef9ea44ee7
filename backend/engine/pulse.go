package engine

import (
	"context"
	"net"
	"slices"
	"strings"
	"time"
)

// A computer that slept, or moved to another network, holds connections that
// look alive and are dead. The pulse notices both, without help from the
// system, and wakes every supervisor.
const (
	pulseInterval = 5 * time.Second
	// sleepSlack is how late a beat may be on a computer that is merely busy.
	sleepSlack = 15 * time.Second
)

// beat is what the pulse compares from one interval to the next.
type beat struct {
	wall      time.Time // without the monotonic reading, which may stand still during sleep
	addresses string
}

func takeBeat() beat {
	return beat{wall: time.Now().Round(0), addresses: localAddresses()}
}

// disturbs reports whether between two beats the computer slept or its
// addresses changed.
func (b beat) disturbs(next beat) bool {
	return next.wall.Sub(b.wall) > pulseInterval+sleepSlack || next.addresses != b.addresses
}

// localAddresses lists this computer's addresses; empty when it won't tell.
func localAddresses() string {
	addrs, err := net.InterfaceAddrs()
	if err != nil {
		return ""
	}
	list := make([]string, len(addrs))
	for i, a := range addrs {
		list[i] = a.String()
	}
	slices.Sort(list)
	return strings.Join(list, " ")
}

// pulse runs until ctx ends.
func (e *Engine) pulse(ctx context.Context) {
	ticker := time.NewTicker(pulseInterval)
	defer ticker.Stop()
	last := takeBeat()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
		now := takeBeat()
		if last.disturbs(now) {
			e.log.Info("network changed or computer resumed")
			e.WakeAll()
		}
		last = now
	}
}
