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
// system, and wakes every supervisor. It looks at the organisation's policy, too:
// reading a small file that the system holds in memory costs less than to be told
// of changes to a folder that may not be there, behind links that may change.
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

// rings tells how urgent what happened until the next beat is: the computer slept,
// its addresses changed, or nothing (0).
func (b beat) rings(next beat) urgency {
	switch {
	case next.wall.Sub(b.wall) > pulseInterval+sleepSlack:
		return ringAll
	case next.addresses != b.addresses:
		return ringNetwork
	}
	return 0
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
		if u := last.rings(now); u > 0 {
			e.log.Info("network changed or computer resumed", "resumed", u == ringAll)
			e.ringAll(u)
		}
		last = now
		e.RefreshPolicy()
	}
}
