package store

import (
	"encoding/json"
	"slices"

	"waxwing/backend/mail"
)

// The bits of a flags column, in the order of systemKeywords.
const (
	flagSeen = 1 << iota
	flagFlagged
	flagAnswered
	flagDraft
	flagForwarded
)

var systemKeywords = [...]mail.Keyword{
	mail.KeywordSeen, mail.KeywordFlagged, mail.KeywordAnswered, mail.KeywordDraft, mail.KeywordForwarded,
}

// keywords is a set of keywords as two columns hold it. Sets are equal when
// the values are.
type keywords struct {
	flags int64
	words string // sorted JSON array of the others, "" for none
}

func pack(list []mail.Keyword) keywords {
	var k keywords
	var words []mail.Keyword
	for _, w := range list {
		if i := slices.Index(systemKeywords[:], w); i >= 0 {
			k.flags |= 1 << i
		} else if w != "" {
			words = append(words, w)
		}
	}
	k.words = packWords(words)
	return k
}

func packWords(words []mail.Keyword) string {
	if len(words) == 0 {
		return ""
	}
	slices.Sort(words)
	return toJSON(slices.Compact(words))
}

// list returns the keywords, sorted.
func (k keywords) list() []mail.Keyword {
	var out []mail.Keyword
	for i, w := range systemKeywords {
		if k.flags&(1<<i) != 0 {
			out = append(out, w)
		}
	}
	out = append(out, unpackWords(k.words)...)
	slices.Sort(out)
	return out
}

func unpackWords(s string) []mail.Keyword {
	if s == "" {
		return nil
	}
	return fromJSON[[]mail.Keyword](s)
}

// with returns the set after a change.
func (k keywords) with(add, remove keywords) keywords {
	k.flags = (k.flags | add.flags) &^ remove.flags
	if add.words != "" || remove.words != "" {
		gone := unpackWords(remove.words)
		words := append(unpackWords(k.words), unpackWords(add.words)...)
		k.words = packWords(slices.DeleteFunc(words, func(w mail.Keyword) bool { return slices.Contains(gone, w) }))
	}
	return k
}

// minus returns what is in k and not in other.
func (k keywords) minus(other keywords) keywords { return k.with(keywords{}, other) }

// or returns what is in either.
func (k keywords) or(other keywords) keywords { return k.with(other, keywords{}) }

// toJSON is for values that can always be written as JSON: strings, numbers,
// and slices and structs of them.
func toJSON(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return string(b)
}

// fromJSON reads what toJSON wrote. A damaged column reads as the zero value;
// Check tells of it.
func fromJSON[T any](s string) T {
	var v T
	if json.Unmarshal([]byte(s), &v) != nil {
		var zero T
		return zero
	}
	return v
}
