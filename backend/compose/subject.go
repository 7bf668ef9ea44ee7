package compose

import (
	"slices"
	"strings"
)

// Prefixes that mail programs in many languages put before the subject of an
// answer and of a message that is passed on, in lower case.
var (
	replyPrefixes = []string{
		"re", "aw", "antw", "antwort", "sv", "vs", "vá", "odp", "res", "rif", "ynt", "atb", "ref", "réf", "bls", "σχετ", "回复", "答复", "返信", "ответ", "回覆",
	}
	forwardPrefixes = []string{
		"fwd", "fw", "wg", "tr", "rv", "enc", "i", "vl", "vb", "vs", "pd", "fs", "doorst", "továbbítás", "ilt", "trs", "fyi", "πρθ", "转发", "轉寄", "転送", "пересл",
	}
)

// replySubject puts "Re: " before a subject, in place of all prefixes of its kind.
func replySubject(subject string) string {
	return strings.TrimSpace("Re: " + cutPrefixes(subject, replyPrefixes))
}

// forwardSubject puts "Fwd: " before a subject, in place of all prefixes of its kind.
func forwardSubject(subject string) string {
	return strings.TrimSpace("Fwd: " + cutPrefixes(subject, forwardPrefixes))
}

// cutPrefixes cuts prefixes from a subject, also numbered ones ("Re[2]:", "Re^3:").
func cutPrefixes(subject string, prefixes []string) string {
	const longest = 24
	for {
		subject = strings.TrimSpace(subject)
		i := strings.IndexAny(subject, ":：")
		if i < 0 || i > longest {
			return subject
		}
		head := strings.ToLower(strings.TrimSpace(subject[:i]))
		head = strings.TrimRight(head, "0123456789[]()^*")
		if !slices.Contains(prefixes, head) {
			return subject
		}
		subject = strings.TrimPrefix(strings.TrimPrefix(subject[i:], ":"), "：")
	}
}
