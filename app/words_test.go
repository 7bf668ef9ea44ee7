package app

import (
	"encoding/json"
	"maps"
	"slices"
	"testing"
)

func TestCataloguesHaveTheSameWords(t *testing.T) {
	read := func(language string) []string {
		text, err := wordFiles.ReadFile("words/" + language + ".json")
		if err != nil {
			t.Fatal(err)
		}
		var words map[string]any
		if err := json.Unmarshal(text, &words); err != nil {
			t.Fatal(err)
		}
		return slices.Sorted(maps.Keys(words))
	}
	if en, de := read("en"), read("de"); !slices.Equal(en, de) {
		t.Errorf("en has %v, de has %v", en, de)
	}
}

func TestWords(t *testing.T) {
	for _, c := range []struct {
		language string
		first    []string
		more     int
		authors  string
		messages string
	}{
		{"en", []string{"Ada"}, 0, "Ada", "1 new message"},
		{"en", []string{"Ada", "Ben"}, 0, "Ada and Ben", "2 new messages"},
		{"en", []string{"Ada", "Ben", "Cleo"}, 0, "Ada, Ben and Cleo", "3 new messages"},
		{"en", []string{"Ada", "Ben"}, 1, "Ada, Ben and 1 other", "3 new messages"},
		{"de", []string{"Ada", "Ben"}, 2, "Ada, Ben und 2 weitere Personen", "4 neue Nachrichten"},
		{"xx", []string{"Ada", "Ben"}, 0, "Ada and Ben", "2 new messages"},
	} {
		words, err := loadWords(c.language)
		if err != nil {
			t.Fatal(err)
		}
		w := words.popUpWords()
		if got := w.Authors(c.first, c.more); got != c.authors {
			t.Errorf("%s authors(%v, %d) = %q, want %q", c.language, c.first, c.more, got, c.authors)
		}
		if got := w.Messages(len(c.first) + c.more); got != c.messages {
			t.Errorf("%s messages = %q, want %q", c.language, got, c.messages)
		}
	}
}
