package app

import (
	"context"
	"embed"
	"encoding/json"
	"strconv"
	"strings"

	"waxwing/backend/notify"
)

// The catalogues of what Go says by itself: in pop-ups and in the frames of
// messages. What the screens say is in the frontend's.
//
//go:embed words/*.json
var wordFiles embed.FS

// catalogue is one file of words.
type catalogue struct {
	Open          string `json:"open"`
	NewMail       string `json:"newMail"`
	NoSubject     string `json:"noSubject"`
	UnknownAuthor string `json:"unknownAuthor"`
	Messages      plural `json:"messages"`
	Two           string `json:"two"`
	Others        plural `json:"others"`
	Quote         string `json:"quote"`
}

// plural is a sentence by number; English and German distinguish one from
// everything else (CLDR).
type plural struct {
	One   string `json:"one"`
	Other string `json:"other"`
}

func (p plural) of(n int) string {
	form := p.Other
	if n == 1 {
		form = p.One
	}
	return strings.ReplaceAll(form, "{count}", strconv.Itoa(n))
}

// loadWords reads the catalogue of a language, English where there is none.
func loadWords(language string) (catalogue, error) {
	text, err := wordFiles.ReadFile("words/" + language + ".json")
	if err != nil {
		text, err = wordFiles.ReadFile("words/en.json")
	}
	var c catalogue
	if err == nil {
		err = json.Unmarshal(text, &c)
	}
	return c, err
}

// words are those of the person's language. A catalogue that can't be read is a
// fault of the build and leaves them empty.
func (s *shell) words(ctx context.Context) catalogue {
	language := systemLocale()
	if e, _, err := s.engine(); err == nil {
		if p, err := loadPreferences(ctx, e); err == nil && p.Language != "" {
			language = p.Language
		}
	}
	c, err := loadWords(language)
	if err != nil {
		s.log.Error("catalogue unreadable", "language", language, "error", err)
	}
	return c
}

// popUpWords are the catalogue's words for package notify.
func (c catalogue) popUpWords() notify.Words {
	return notify.Words{
		Open: c.Open, NewMail: c.NewMail, NoSubject: c.NoSubject, UnknownAuthor: c.UnknownAuthor,
		Messages: c.Messages.of, Authors: c.authors,
	}
}

// authors joins names: "Ada", "Ada and Ben", "Ada, Ben and Cleo", "Ada, Ben and 3 others".
func (c catalogue) authors(first []string, more int) string {
	if more > 0 {
		return strings.ReplaceAll(c.Others.of(more), "{names}", strings.Join(first, ", "))
	}
	if len(first) < 2 {
		return strings.Join(first, "")
	}
	last := len(first) - 1
	return strings.NewReplacer("{first}", strings.Join(first[:last], ", "), "{last}", first[last]).Replace(c.Two)
}
