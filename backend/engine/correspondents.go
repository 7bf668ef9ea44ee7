package engine

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"sync"
	"time"
	"unicode"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"

	"waxwing/backend/mail"
	"waxwing/backend/store"
)

// A Correspondent is somebody whom the person wrote to or heard of.
type Correspondent struct {
	mail.Address
	Written  int       // messages to them
	Received int       // messages by them
	Last     time.Time // when the last one was written
}

// What of an account's mail tells whom the person may want to write to, and how long
// that is believed.
const (
	letterThreads  = 3000
	lettersBelieve = time.Minute
	// manyRecipients is how many make a message a circular, whose recipients don't
	// know each other.
	manyRecipients = 25
)

// correspondents remember whom the person writes to.
type correspondents struct {
	mu   sync.Mutex
	at   time.Time
	list []Correspondent
}

// Correspondents lists the people whom the person most likely means by the beginning
// of a name, of one of its words, or of an address: whom they wrote to often and
// lately, before those who only wrote to them.
func (e *Engine) Correspondents(ctx context.Context, prefix string, limit int) ([]Correspondent, error) {
	everybody, err := e.everybody(ctx)
	if err != nil {
		return nil, err
	}
	wanted := strings.Fields(fold(prefix))
	found := []Correspondent{}
	for _, c := range everybody {
		if len(found) >= limit {
			break
		}
		if c.begins(wanted) {
			found = append(found, c)
		}
	}
	return found, nil
}

// begins reports whether each of the words begins one of the name's or the address's.
func (c Correspondent) begins(wanted []string) bool {
	words := strings.FieldsFunc(fold(c.Name), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
	email := fold(c.Email)
	_, domain, _ := strings.Cut(email, "@")
	words = append(words, email, domain)
	words = append(words, strings.FieldsFunc(email, func(r rune) bool { return strings.ContainsRune("@.-_+", r) })...)
	for _, w := range wanted {
		if !slices.ContainsFunc(words, func(word string) bool { return strings.HasPrefix(word, w) }) {
			return false
		}
	}
	return len(wanted) > 0
}

// fold makes alike what people type alike: case and accents that are left out.
func fold(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.Is(unicode.Mn, r) {
			return -1
		}
		return r
	}, norm.NFD.String(cases.Fold().String(s)))
}

// everybody lists all correspondents, the likeliest first.
func (e *Engine) everybody(ctx context.Context) ([]Correspondent, error) {
	e.people.mu.Lock()
	defer e.people.mu.Unlock()
	if time.Since(e.people.at) < lettersBelieve {
		return e.people.list, nil
	}
	var letters []store.Letter
	own := map[string]bool{}
	for _, a := range e.all() {
		own[strings.ToLower(a.current().Email)] = true
		db, err := a.store()
		if err != nil {
			continue // the account's status says why
		}
		more, err := db.Letters(ctx, letterThreads)
		if err != nil {
			return nil, err
		}
		letters = append(letters, more...)
	}
	identities, err := e.Identities(ctx)
	if err != nil {
		return nil, err
	}
	for _, i := range identities {
		own[strings.ToLower(i.Address.Email)] = true
	}
	e.people.list, e.people.at = rank(letters, own, time.Now()), time.Now()
	return e.people.list, nil
}

// rank counts who is written to and who writes, and sorts them by likelihood.
func rank(letters []store.Letter, own map[string]bool, now time.Time) []Correspondent {
	byEmail := map[string]*Correspondent{}
	note := func(a mail.Address, l store.Letter) *Correspondent {
		key := strings.ToLower(a.Email)
		if own[key] || !strings.Contains(key, "@") {
			return new(Correspondent)
		}
		c := byEmail[key]
		if c == nil {
			c = &Correspondent{Address: mail.Address{Email: a.Email}}
			byEmail[key] = c
		}
		// The name that was used last is the one to be called by.
		if strings.TrimSpace(a.Name) != "" && !strings.Contains(a.Name, "@") && (c.Name == "" || !l.At.Before(c.Last)) {
			c.Name = a.Name
		}
		if l.At.After(c.Last) {
			c.Last = l.At
		}
		return c
	}
	for _, l := range letters {
		mine := slices.ContainsFunc(l.From, func(a mail.Address) bool { return own[strings.ToLower(a.Email)] })
		for _, a := range l.From {
			note(a, l).Received++
		}
		if !mine && len(l.To) > manyRecipients {
			continue
		}
		for _, a := range l.To {
			c := note(a, l)
			if mine {
				c.Written++
			}
		}
	}
	list := make([]Correspondent, 0, len(byEmail))
	for _, c := range byEmail {
		list = append(list, *c)
	}
	slices.SortFunc(list, func(a, b Correspondent) int {
		return cmp.Or(
			cmp.Compare(min(b.Written, 1), min(a.Written, 1)),
			cmp.Compare(b.likelihood(now), a.likelihood(now)),
			strings.Compare(a.Email, b.Email),
		)
	})
	return list
}

// likelihood weighs how often against how long ago: a month without a word halves it.
func (c Correspondent) likelihood(now time.Time) float64 {
	months := max(0, now.Sub(c.Last).Hours()/24/30)
	return (float64(10*c.Written+min(c.Received, 20)) + 0.1) / (1 + months)
}
