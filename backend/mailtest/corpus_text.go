package mailtest

import (
	"math/rand/v2"
	"strings"
	"unicode"
	"unicode/utf8"
)

// A person writes and receives mail.
type person struct {
	name, email string
	tongue      *tongue
}

// A tongue is a language with its vocabulary, ordered by how common words are.
type tongue struct {
	*language
	vocabulary []string
	rank       *rand.Zipf
}

// Vocabularies are as large as those of real mailboxes, for the index's sake.
const (
	alphabeticWords = 30_000
	ideographWords  = 8_000
)

func newTongue(r *rand.Rand, l *language) *tongue {
	t := &tongue{language: l, vocabulary: strings.Fields(l.words)}
	pieces := strings.Fields(l.pieces)
	size := alphabeticWords
	if l.ideas {
		size = ideographWords
	}
	for len(t.vocabulary) < size {
		var word strings.Builder
		for range 2 + r.IntN(3) {
			word.WriteString(pick(r, pieces))
		}
		t.vocabulary = append(t.vocabulary, word.String())
	}
	t.rank = rand.NewZipf(r, 1.12, 6, uint64(size-1))
	return t
}

func (t *tongue) word() string { return t.vocabulary[t.rank.Uint64()] }

// sentence returns between low and high words.
func (t *tongue) sentence(r *rand.Rand, low, high int) string {
	var b strings.Builder
	for i := range low + r.IntN(high-low+1) {
		word := t.word()
		switch {
		case t.ideas:
			if i > 0 && i%6 == 0 {
				b.WriteString("、")
			}
		case i == 0:
			first, size := utf8.DecodeRuneInString(word)
			word = string(unicode.ToUpper(first)) + word[size:]
		default:
			b.WriteByte(' ')
		}
		b.WriteString(word)
	}
	if t.ideas {
		b.WriteString("。")
	} else {
		b.WriteString(pick(r, []string{".", ".", ".", ".", "!", "?"}))
	}
	return b.String()
}

func (t *tongue) paragraph(r *rand.Rand) string {
	sentences := make([]string, 2+r.IntN(6))
	for i := range sentences {
		sentences[i] = t.sentence(r, 5, 20)
	}
	return strings.Join(sentences, " ")
}

// wrapWidth is where plain text is broken, in characters.
const wrapWidth = 74

// wrap breaks a paragraph into lines at its spaces.
func wrap(paragraph string) string {
	var b strings.Builder
	column := 0
	for i, word := range strings.Split(paragraph, " ") {
		n := utf8.RuneCountInString(word)
		if i > 0 {
			if column+1+n > wrapWidth {
				b.WriteByte('\n')
				column = 0
			} else {
				b.WriteByte(' ')
				column++
			}
		}
		b.WriteString(word)
		column += n
	}
	b.WriteByte('\n')
	return b.String()
}

// isASCII reports whether the text needs no encoding.
func isASCII(text string) bool {
	for i := range len(text) {
		if text[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}
