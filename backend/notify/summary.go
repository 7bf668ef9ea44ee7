package notify

import "waxwing/backend/mail"

// An Arrival is a new message that may be told of.
type Arrival struct {
	Account mail.AccountID
	// Label names the account; set it when there are several.
	Label   string
	Target  string // what a click opens
	Author  string // name, or address without one
	Subject string
	Preview string // beginning of the text
}

// Settings are what the person chose.
type Settings struct {
	Sound bool
	// Contents allows subject and preview in pop-ups; without it they name the
	// author only.
	Contents bool
	// Silent lists the accounts that don't pop up.
	Silent map[mail.AccountID]bool
}

// Words are the sentences of the person's language.
type Words struct {
	Open          string             // the action of a click
	NewMail       string             // stands for the subject when it isn't to be shown
	NoSubject     string             // stands for a missing one
	UnknownAuthor string             // likewise
	Messages      func(n int) string // "5 new messages"
	// Authors joins the names of a sum: the first few, and how many more there
	// are ("Ada, Ben and 3 others").
	Authors func(first []string, more int) string
}

const (
	// eachUpTo is how many messages get a pop-up of their own.
	eachUpTo = 3
	// namesUpTo is how many authors a sum names.
	namesUpTo = 3
	// sumID is the tag of the sum: a later one replaces it.
	sumID = "sum"
)

// Summarise says what to show for messages that came together, oldest first:
// a pop-up for each of up to three, else one that counts them, names their
// authors and opens the newest. At most one of the pop-ups sounds.
func Summarise(arrivals []Arrival, settings Settings, words Words) []Notification {
	var loud []Arrival
	for _, a := range arrivals {
		if !settings.Silent[a.Account] {
			loud = append(loud, a)
		}
	}
	if len(loud) == 0 {
		return nil
	}
	var list []Notification
	if len(loud) > eachUpTo {
		list = []Notification{sum(loud, words)}
	} else {
		for _, a := range loud {
			list = append(list, single(a, settings, words))
		}
	}
	list[0].Sound = settings.Sound
	return list
}

func single(a Arrival, settings Settings, words Words) Notification {
	body := words.NewMail
	if settings.Contents {
		body = orElse(a.Subject, words.NoSubject)
		if a.Preview != "" {
			body += "\n" + oneLine(a.Preview, maxTitle)
		}
	}
	if a.Label != "" {
		body += "\n" + a.Label
	}
	return Notification{
		ID: "message " + a.Target, Title: orElse(a.Author, words.UnknownAuthor), Body: body,
		Target: a.Target, Open: words.Open,
	}
}

func sum(arrivals []Arrival, words Words) Notification {
	var names []string
	seen := make(map[string]bool)
	for i := len(arrivals) - 1; i >= 0; i-- { // the newest first
		name := orElse(arrivals[i].Author, words.UnknownAuthor)
		if !seen[name] {
			seen[name] = true
			names = append(names, name)
		}
	}
	first := names[:min(namesUpTo, len(names))]
	return Notification{
		ID: sumID, Title: words.Messages(len(arrivals)), Body: words.Authors(first, len(names)-len(first)),
		Target: arrivals[len(arrivals)-1].Target, Open: words.Open,
	}
}

// orElse is s, or otherwise where nothing of s is to be seen.
func orElse(s, otherwise string) string {
	if !visible(s) {
		return otherwise
	}
	return s
}
