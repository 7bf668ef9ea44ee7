package policy

import (
	"regexp"

	"waxwing/backend/mail"
)

// The formats of texts. What is excluded from names of hosts is ASCII other than
// letters, digits, hyphen and underscore: names in other scripts are welcome.
const (
	label  = `[^\x00-,./:-@\[-^\x60{-\x7f]+`
	domain = label + `(\.` + label + `)*`
	local  = `([^\x00-\x20\x22(),:;<>@\[\]{}\x7f]|\{user\})+`
)

func looks(pattern, example string) *format {
	return &format{regexp.MustCompile("^(" + pattern + ")$"), example}
}

var (
	formatHost        = looks(domain, "mail.example.org")
	formatHostPattern = looks(`(\*\.)?`+domain, "mail.example.org or *.example.org")
	formatDomain      = looks(domain, "example.org")
	formatAddress     = looks(local+`@`+domain, "{user}@example.org")
	formatUserName    = looks(`([^\x00-\x1f{}\x7f]|\{user\}|\{address\})+`, "{user} or {address}")
	formatPersonName  = looks(`([^\x00-\x1f{}\x7f]|\{user\}|\{name\})+`, "{name}")
	formatLine        = looks(`[^\x00-\x1f\x7f]+`, "one line of text")
	formatLink        = looks(`(https://|mailto:|tel:)[^\x00-\x20\x7f]+`, "https://help.example.org")
	formatProvider    = looks(`microsoft|outlook|google|yahoo|https://[^\x00-\x20\x7f]+`, "microsoft, outlook, google, yahoo or https://login.example.org")
	formatToken       = looks(`[^\x00-\x20\x7f]+`, "one word")
	formatID          = looks(`[a-z0-9]+(-[a-z0-9]+)*`, "relay-1")
	formatSender      = looks(`[^\x00-\x20\x22(),:;<>@\[\]{}\x7f]+@`+domain, "office@example.org")
	formatTenant      = looks(`[A-Za-z0-9.-]+`, "example.org")
)

// Constructors, so that the shapes below read like the document.

func text(max int, f *format, doc string) *shape {
	return &shape{kind: kindText, max: max, format: f, doc: doc}
}

func choice(doc string, choices ...string) *shape {
	return &shape{kind: kindText, choices: choices, doc: doc}
}

func quiet(s *shape) *shape {
	s.quiet = true
	return s
}

func boolean(doc string) *shape { return &shape{kind: kindBoolean, doc: doc} }

func whole(min, max int, doc string) *shape {
	return &shape{kind: kindNumber, min: min, max: max, doc: doc}
}

func several(max int, item *shape, doc string) *shape {
	return &shape{kind: kindList, min: 1, max: max, item: item, doc: doc}
}

func object(doc string, fields ...field) *shape {
	return &shape{kind: kindObject, fields: fields, doc: doc}
}

func must(name string, s *shape) field { return field{name, true, s} }
func may(name string, s *shape) field  { return field{name, false, s} }

// The bounds of texts, in characters, and of lists.
const (
	maxLine    = 200
	maxName    = 255
	maxPEM     = 64 << 10
	maxEntries = 1000
)

// providers are the names of providers whose servers Allow.Providers can name.
var providers = []string{
	string(mail.ProviderMicrosoft), string(mail.ProviderOutlook), string(mail.ProviderGoogle),
	string(mail.ProviderYahoo), string(mail.ProviderICloud),
}

// policyShape is the whole document.
var policyShape = object(
	"What an organisation sets up for the people who use Waxwing on this computer.",
	may("$schema", text(maxName, formatLine, "The address of this schema, for editors. Waxwing ignores it.")),
	must("version", whole(Version, Version, "The version of this format.")),
	must("organisation", object("Whose policy it is.",
		must("name", text(maxLine, formatLine, "What people see: \"Set by …\".")),
		may("help", text(maxLine, formatLine, "Where people find help, in one line.")),
		may("helpLink", text(maxName, formatLink, "A page, mail address (mailto:) or telephone number (tel:) for help.")),
	)),
	may("servers", several(maxEntries, serversShape, "Mail servers. Mailboxes name them, and addresses of their domains use them.")),
	may("mailboxes", several(maxEntries, mailboxShape, "Mailboxes assigned to people. Those not yet connected are offered.")),
	may("oauth", several(maxEntries, clientShape, "How Waxwing introduces itself to OAuth providers.")),
	may("certificateAuthorities", several(maxEntries, object(
		"A certificate authority, as text or as a file.",
		may("pem", text(maxPEM, nil, "Certificates in PEM form.")),
		may("file", text(maxName, formatLine, "A file of certificates in PEM form. A relative path starts at the policy's folder.")),
	), "Authorities to believe besides the system's, on every connection.")),
	may("relay", serverShape("The SMTP server for mail of accounts that can't send themselves yet.")),
	may("outgoing", several(maxEntries, outgoingShape, "Outgoing servers beside those of the accounts.")),
	may("settings", object("Settings that people see but can't change.",
		may("language", choice("Empty means the system's.", "", "en", "de")),
		may("theme", choice("Light or dark.", "system", "light", "dark")),
		may("density", choice("How much room a row of the list takes.", "comfortable", "compact")),
		may("background", boolean("Whether closing the window leaves Waxwing running.")),
		may("sound", boolean("Whether new mail makes a sound.")),
	)),
	may("allow", object("Which accounts can be connected. Servers and mailboxes of this policy always can.",
		may("domains", several(maxEntries, text(maxName, formatDomain, "A domain of addresses."), "Domains that addresses may have.")),
		may("providers", several(len(providers), choice("A provider.", providers...), "Providers whose servers may be used.")),
		may("servers", several(maxEntries, text(maxName, formatHostPattern, "A name, or *. and the domain that the name lies below."), "Servers that may be used.")),
	)),
	may("remoteImages", object("Pictures that mail fetches from the network. People can't change it.",
		must("rule", choice("ask: people are asked with every message. never: they aren't shown.", ImagesAsk, ImagesNever)),
		may("domains", several(maxEntries, text(maxName, formatDomain, "A domain, with everything below it."), "Web servers whose pictures are shown without asking, whatever the rule is.")),
	)),
)

var signInShape = choice("How people sign in: with their password, one made for the program, or on the provider's page. Without it, as the provider has it.",
	string(mail.SignInPassword), string(mail.SignInAppPassword), string(mail.SignInOAuth))

var serversShape = object("The servers of some mailboxes.",
	must("name", text(maxLine, formatLine, "What mailboxes call them.")),
	may("domains", several(maxEntries, text(maxName, formatDomain, "A domain of addresses."), "Addresses of these domains use these servers.")),
	must("imap", serverShape("The incoming server.")),
	may("smtp", serverShape("The outgoing server.")),
	may("userName", text(maxName, formatUserName, "The name to sign in with, from {user} (the login name) and {address}. Without it, the address.")),
	may("signIn", signInShape),
	may("provider", text(maxName, formatProvider, "With OAuth: the provider or issuer, as under oauth.")),
)

var mailboxShape = object("A mailbox assigned to some people.",
	must("users", several(maxEntries, text(maxName, formatLine, "A login name, where * stands for anything. With a backslash: DOMAIN\\name, as Windows has them."), "Whose mailbox it is, by login name.")),
	must("address", text(maxName, formatAddress, "Its address. {user} stands for the login name, in lower case.")),
	may("kind", choice("own: the person's. shared: of several people. delegated: of somebody whom the person acts for.",
		string(KindOwn), string(KindShared), string(KindDelegated))),
	may("displayName", text(maxLine, formatPersonName, "The name that others see. {name} stands for the person's name as the system knows it, {user} for the login name.")),
	may("label", text(maxLine, formatLine, "What the sidebar calls it. Without it, the address.")),
	may("servers", text(maxLine, formatLine, "The name of an entry under servers. Without it, that of the address's domain; else they are looked for.")),
	may("userName", text(maxName, formatUserName, "The name to sign in with, from {user} (the login name) and {address}. Without it, that of the servers.")),
)

var clientShape = object("Waxwing's registration with a provider.",
	must("provider", text(maxName, formatProvider, "microsoft, outlook, google, yahoo, or the https address of an OpenID issuer.")),
	must("clientId", text(maxName, formatToken, "The identifier that the provider gave.")),
	may("clientSecret", quiet(text(maxName, formatToken, "For providers that give one to installed programs. It is no secret there; everyone can read this file."))),
	may("tenant", text(maxName, formatTenant, "microsoft only: the tenant's domain or identifier. Without it, any.")),
)

func serverShape(doc string) *shape {
	return object(doc,
		must("host", text(maxName, formatHost, "The server's name.")),
		may("port", whole(1, 65535, "Without it, the usual one.")),
		may("security", choice("Without it, tls.", "tls", "starttls", "none")),
	)
}
