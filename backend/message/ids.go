package message

import "bytes"

// maxIDs bounds References; of a longer list the first and the newest stay.
const maxIDs = 500

// parseIDs reads a list of msg-ids (RFC 5322 §3.6.4) without their brackets,
// each once, in order. Prose around them is skipped; ids without brackets count
// when there is none with.
func parseIDs(v []byte) []string {
	var ids []string
	seen := map[string]bool{}
	add := func(b []byte) {
		id := cleanID(b)
		if id != "" && !seen[id] {
			seen[id] = true
			ids = append(ids, id)
		}
	}
	for rest := v; ; {
		i := bytes.IndexByte(rest, '<')
		if i < 0 {
			break
		}
		rest = rest[i+1:]
		j := bytes.IndexAny(rest, "<>")
		if j < 0 {
			add(rest)
			break
		}
		add(rest[:j])
		rest = rest[j:]
	}
	if len(ids) == 0 {
		for _, f := range bytes.Fields(v) {
			if bytes.IndexByte(f, '@') > 0 {
				add(bytes.Trim(f, ",;"))
			}
		}
	}
	if len(ids) > maxIDs {
		ids = append(ids[:1:1], ids[len(ids)-maxIDs+1:]...)
	}
	return ids
}

// parseID reads one msg-id. An id without brackets and "@" is accepted.
func parseID(v []byte) string {
	if ids := parseIDs(v); len(ids) > 0 {
		return ids[0]
	}
	return cleanID(v)
}

// maxIDLength bounds an id (RFC 5322 §2.1.1 bounds its line).
const maxIDLength = 998

// cleanID removes the blanks that folding left in an id.
func cleanID(b []byte) string {
	b = bytes.Join(bytes.Fields(b), nil)
	if len(b) > maxIDLength {
		b = b[:maxIDLength]
	}
	return decodeText(b, "")
}

// parseListID reads the list's identifier (RFC 2919 §3) without its brackets.
func parseListID(v []byte) string {
	if i := bytes.LastIndexByte(v, '<'); i >= 0 {
		v = v[i+1:]
		if j := bytes.IndexByte(v, '>'); j >= 0 {
			v = v[:j]
		}
	}
	return cleanID(v)
}
