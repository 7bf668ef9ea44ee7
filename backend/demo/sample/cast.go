package sample

import (
	"fmt"
	"net/mail"
	"strings"
)

// person is somebody who writes, with the habits of his or her mail program.
type person struct {
	name, email string
	program     string // plain, flowed, gmail, outlook, apple: decides format and quoting
	signature   string
}

// cast are those who write more than once, by nickname.
var cast = map[string]person{
	"mara":   {Name, Email, "apple", "Mara Lindqvist\nProject lead, Northwind Lighting\n+46 31 555 01 40"},
	"jonas":  {"Jonas Ek", "jonas@northwind.example", "gmail", "Jonas"},
	"priya":  {"Priya Raman", "priya@northwind.example", "apple", "Priya"},
	"tomas":  {"Tomás Oliveira", "tomas@northwind.example", "outlook", "Tomás Oliveira\nFinance | Northwind Lighting"},
	"ingrid": {"Ingrid Solberg", "ingrid@northwind.example", "outlook", "Ingrid Solberg\nManaging director, Northwind Lighting"},
	"ben":    {"Ben Whitaker", "ben@northwind.example", "flowed", "Ben"},
	"leila":  {"Leila Haddad", "leila@northwind.example", "gmail", "Leila Haddad\nMarketing, Northwind Lighting"},
	"oskar":  {"Oskar Nyman", "oskar@northwind.example", "plain", "Oskar Nyman, IT"},
	"sofia":  {"Sofia Marchetti", "sofia@northwind.example", "apple", "Sofia (on site, from my phone)"},
	"helen":  {"Helen Brandt", "helen.brandt@lysholm.example", "outlook", "Helen Brandt\nCity planning, Municipality of Lysholm"},
	"anders": {"Anders Falk", "anders.falk@port.lysholm.example", "plain", "Anders Falk\nHarbour master"},
	"greta":  {"Greta Vogel", "g.vogel@brightwell.example", "outlook", "Greta Vogel\nBrightwell Leuchten GmbH, Vertrieb"},
	"claire": {"Claire Dubois", "claire.dubois@musee-belvedere.example", "gmail", "Claire Dubois\nRégie des expositions, Musée Belvédère"},
	"pablo":  {"Pablo Núñez", "pablo@farola.example", "gmail", "Pablo Núñez\nEstudio Farola"},
	"marek":  {"Marek Wójcik", "marek.wojcik@szklo.example", "plain", "Marek Wójcik\nSzkło Artystyczne"},
	"yuki":   {"星野 由紀", "yuki@hoshino-glass.example", "plain", "星野 由紀\n星野硝子株式会社"},
	"wei":    {"李伟", "liwei@mingguang.example", "outlook", "李伟\n明光照明有限公司"},
	"dmitri": {"Дмитрий Орлов", "orlov@svet.example", "plain", "Дмитрий Орлов\nБюро \"Свет\""},
	"noor":   {"نور الحسيني", "noor@manara.example", "gmail", "نور الحسيني\nمكتب منارة للإضاءة"},
	"tamar":  {"תמר לוי", "tamar@or-studio.example", "gmail", "תמר לוי\nסטודיו אור"},
	"nikos":  {"Νίκος Παππάς", "nikos@fanari.example", "apple", "Νίκος Παππάς\nΦανάρι Μελέτες Φωτισμού"},
	"emil":   {"Emil Lindqvist", "emil.lindqvist@home.example", "gmail", "/Emil"},
}

// who finds a person by nickname or takes an address as it is written.
func who(s string) (person, error) {
	s = strings.TrimSpace(s)
	if p, ok := cast[s]; ok {
		return p, nil
	}
	a, err := mail.ParseAddress(s)
	if err != nil {
		return person{}, fmt.Errorf("nobody called %q: %w", s, err)
	}
	return person{name: a.Name, email: a.Address, program: "html"}, nil
}

// everyone reads a comma-separated list.
func everyone(list string) ([]person, error) {
	var people []person
	for _, s := range strings.Split(list, ",") {
		if strings.TrimSpace(s) == "" {
			continue
		}
		p, err := who(s)
		if err != nil {
			return nil, err
		}
		people = append(people, p)
	}
	return people, nil
}

// known by address, for answers.
func byEmail(email string) (person, bool) {
	for _, p := range cast {
		if strings.EqualFold(p.email, email) {
			return p, true
		}
	}
	return person{}, false
}

func (p person) domain() string {
	_, domain, _ := strings.Cut(p.email, "@")
	return domain
}

func (p person) firstName() string {
	first, _, _ := strings.Cut(p.name, " ")
	return first
}
