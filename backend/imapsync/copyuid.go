package imapsync

import (
	"strconv"
	"strings"

	"waxwing/backend/mail"
	"waxwing/backend/store"
)

// maxCopied bounds a COPYUID set, whose ranges a server could make up.
const maxCopied = 1 << 20

// copyUID is the response code of COPY and MOVE (RFC 4315 §3): the UIDs run
// parallel, in the order in which the messages were copied.
type copyUID struct {
	validity uint32
	from, to []mail.UID
}

// parseCopyUID reads " 38505 304,319:320 3956:3958". ok is false for anything
// from which no pairs can be told.
//
// QUIRK: several servers send a COPYUID with an empty set, or sets of unequal
// length; the move itself has happened then, and only the new UIDs are unknown.
func parseCopyUID(s string) (copyUID, bool) {
	words := strings.Fields(s)
	if len(words) != 3 {
		return copyUID{}, false
	}
	validity, err := strconv.ParseUint(words[0], 10, 32)
	if err != nil || validity == 0 {
		return copyUID{}, false
	}
	from, ok1 := parseUIDs(words[1])
	to, ok2 := parseUIDs(words[2])
	if !ok1 || !ok2 || len(from) != len(to) {
		return copyUID{}, false
	}
	return copyUID{uint32(validity), from, to}, true
}

// parseUIDs reads a uid-set in its own order. A range counts upwards, whichever
// way round it is written (RFC 9051 §9, seq-range).
func parseUIDs(s string) ([]mail.UID, bool) {
	var out []mail.UID
	for _, item := range strings.Split(s, ",") {
		first, last, isRange := strings.Cut(item, ":")
		if !isRange {
			last = first
		}
		a, err1 := strconv.ParseUint(first, 10, 32)
		b, err2 := strconv.ParseUint(last, 10, 32)
		if err1 != nil || err2 != nil || a == 0 || b == 0 {
			return nil, false
		}
		a, b = min(a, b), max(a, b)
		if b-a >= maxCopied || len(out) > maxCopied {
			return nil, false
		}
		for u := a; u <= b; u++ {
			out = append(out, mail.UID(u))
		}
	}
	return out, true
}

// pairs returns where the messages asked for went.
//
// QUIRK: sets in swapped order (target before source) were seen; pairs whose
// source was not asked for are therefore left out, and with nothing left the
// new UIDs are unknown.
func (c copyUID) pairs(asked []mail.UID) []store.Moved {
	wanted := make(map[mail.UID]bool, len(asked))
	for _, u := range asked {
		wanted[u] = true
	}
	var out []store.Moved
	for i, from := range c.from {
		if wanted[from] {
			out = append(out, store.Moved{From: from, To: c.to[i]})
			wanted[from] = false
		}
	}
	return out
}

// takeCopyUID returns what the server told since the last call.
func (r *repair) takeCopyUID() []copyUID {
	r.mu.Lock()
	defer r.mu.Unlock()
	c := r.copyUID
	r.copyUID = nil
	return c
}
