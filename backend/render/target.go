package render

import (
	"net"
	"net/url"
	"strings"
	"unicode"

	"golang.org/x/net/idna"
	"golang.org/x/net/publicsuffix"
)

// A Target is where a link leads, in a form that can be shown without being
// taken for something else. Before, Site and After in a row are the address.
type Target struct {
	Before string // scheme and subdomains, at most about 60 characters
	// Site is the domain that its owner registered (by the public suffix list), the
	// IP address, or the telephone number: the part that tells who is reached.
	Site  string
	After string // path and query, at most about 70 characters
	// Claimed is another site that the link's text, or a user name in its address,
	// names: who clicks may be misled. Empty when there is none.
	Claimed string
}

// Bounds of what is shown of a target and looked at in a link's text, in characters.
const (
	shownBefore = 60
	shownAfter  = 64
	shownSite   = 255
	lookedAt    = 2000
)

// InspectLink describes where a link leads and whether its text names another
// site. The address is one that Body wrote; false for what can't be opened.
func InspectLink(address, text string) (Target, bool) {
	if len(address) > maxURL {
		return Target{}, false
	}
	u, err := url.Parse(address)
	if err != nil {
		return Target{}, false
	}
	var t Target
	host := ""
	switch {
	case (u.Scheme == "http" || u.Scheme == "https") && u.Hostname() != "":
		host = asciiHost(u.Hostname())
		t = webTarget(u, host)
	case u.Scheme == "mailto" && u.Opaque != "":
		t, host = mailTarget(u)
	case u.Scheme == "tel" && u.Opaque != "":
		t = Target{Before: "tel:", Site: shorten(visible(decoded(u.Opaque)), shownAfter)}
	default:
		return Target{}, false
	}
	t.Claimed = claimed(u, text, site(host))
	return t, true
}

// webTarget shows a web address, without the user name that can pass for a host.
func webTarget(u *url.URL, host string) Target {
	registered := site(host)
	sub := strings.TrimSuffix(host, registered)
	t := Target{
		Before: u.Scheme + "://" + shorten(shownHost(sub), shownBefore-len("https://")),
		Site:   shorten(shownHost(registered), shownSite),
	}
	if port := u.Port(); port != "" {
		t.After = ":" + port
	}
	rest := u.EscapedPath()
	if u.RawQuery != "" {
		rest += "?" + u.RawQuery
	}
	if rest == "/" {
		rest = ""
	}
	if f := u.EscapedFragment(); f != "" {
		rest += "#" + f
	}
	t.After += shorten(visible(rest), shownAfter)
	return t
}

// mailTarget shows the addresses of a mailto link (RFC 6068), emphasising the
// domain of the last one.
func mailTarget(u *url.URL) (Target, string) {
	to := decoded(u.Opaque)
	at := strings.LastIndexByte(to, '@')
	if at < 0 {
		return Target{Before: "mailto:", Site: shorten(visible(to), shownAfter)}, ""
	}
	host := asciiHost(to[at+1:])
	return Target{
		Before: "mailto:" + shorten(visible(to[:at+1]), shownBefore),
		Site:   shorten(shownHost(host), shownSite),
	}, host
}

// asciiHost is a host in the form in which it is looked up (RFC 5891 §4.4), in
// lower case; what can't be looked up is encoded all the same.
func asciiHost(host string) string {
	host = strings.ToLower(strings.TrimSuffix(host, "."))
	if net.ParseIP(host) != nil {
		return host
	}
	for _, profile := range []*idna.Profile{idna.Lookup, idna.Punycode} {
		if ascii, err := profile.ToASCII(host); err == nil {
			return ascii
		}
	}
	return url.PathEscape(host)
}

// site is the part of a host that was registered: "example.co.uk" of
// "www.example.co.uk". IP addresses and names without a dot are their own.
func site(host string) string {
	if net.ParseIP(host) != nil {
		return host
	}
	if s, err := publicsuffix.EffectiveTLDPlusOne(host); err == nil {
		return s
	}
	return host
}

// shownHost writes the labels of an ASCII host in their own script where they
// can't be mistaken for others, else as they are looked up (xn--…).
func shownHost(host string) string {
	labels := strings.Split(host, ".")
	last, _ := idna.Punycode.ToUnicode(labels[len(labels)-1])
	for i, label := range labels {
		if u, err := idna.Punycode.ToUnicode(label); err == nil && unmistakable(u, last) {
			labels[i] = u
		}
	}
	return visible(strings.Join(labels, "."))
}

// scripts are those in which a label may be shown when the top-level domain is
// in the same one. Mixed labels and others stay in ASCII.
var scripts = []*unicode.RangeTable{
	unicode.Cyrillic, unicode.Greek, unicode.Arabic, unicode.Hebrew, unicode.Han, unicode.Hangul, unicode.Thai, unicode.Devanagari,
}

// unmistakable reports whether a label is Latin with the diacritics of European
// languages, or in the script of the top-level domain.
func unmistakable(label, top string) bool {
	if strings.Trim(label, "abcdefghijklmnopqrstuvwxyz0123456789-àáâãäåæçèéêëìíîïñòóôõöøùúûüýÿßāăąćčďđēęěğīłńňőœřśšşťţūůűźżž") == "" {
		return true
	}
	for _, script := range scripts {
		if within(label, script) && within(top, script) {
			return true
		}
	}
	return false
}

// within reports whether the letters of s are of one script.
func within(s string, script *unicode.RangeTable) bool {
	for _, r := range s {
		if r != '-' && !isDigit(byte(min(r, 0x7f))) && !unicode.In(r, script) {
			return false
		}
	}
	return s != ""
}

// fewWords is up to how many words of a link's text a bare host or mail address
// counts as what the link claims to be. In longer texts it is just mentioned; an
// address with a scheme or "www." counts in every text.
const fewWords = 6

// claimed is a site that is named by the text or by the user name in the
// address, and isn't the one reached.
func claimed(u *url.URL, text, reached string) string {
	if name := hostIn(visible(u.User.Username()), true); name != "" && site(name) != reached {
		return shorten(shownHost(site(name)), shownBefore)
	}
	words := strings.Fields(visible(truncate(text, lookedAt)))
	for _, word := range words {
		if name := hostIn(word, len(words) <= fewWords); name != "" && site(name) != reached {
			return shorten(shownHost(site(name)), shownBefore)
		}
	}
	return ""
}

// fileEndings are top-level domains that are read as the ending of a file name.
var fileEndings = map[string]bool{"md": true, "zip": true, "mov": true, "py": true, "sh": true}

// hostIn is the host that a word names, in ASCII; empty when it names none. Bare
// hosts count only if wanted.
func hostIn(word string, bare bool) string {
	word = strings.ToLower(strings.Trim(word, "()[]{}<>«»„“”‘’\"'*_|.,;:!?…→›"))
	rest, sure := word, false
	for _, scheme := range []string{"https:", "http:"} {
		if after, ok := strings.CutPrefix(rest, scheme); ok {
			rest, sure = strings.TrimLeft(after, `/\`), true
			break
		}
	}
	rest = strings.TrimPrefix(rest, "mailto:")
	if end := strings.IndexAny(rest, `/\?#`); end >= 0 {
		rest = rest[:end]
	}
	if at := strings.LastIndexByte(rest, '@'); at >= 0 {
		rest = rest[at+1:]
	}
	rest, _, _ = strings.Cut(rest, ":")
	sure = sure || strings.HasPrefix(rest, "www.")
	if !sure && !bare {
		return ""
	}
	host, err := idna.Lookup.ToASCII(strings.TrimSuffix(rest, "."))
	if err != nil || !strings.Contains(host, ".") {
		return ""
	}
	suffix, icann := publicsuffix.PublicSuffix(host)
	known := icann || strings.Contains(suffix, ".")
	if !sure && (!known || suffix == host || fileEndings[suffix]) {
		return ""
	}
	return host
}

// visible removes what takes no room or turns the writing direction.
func visible(t string) string {
	return strings.Map(func(r rune) rune {
		if r == ' ' || unicode.IsSpace(r) && r < 0x80 {
			return ' '
		}
		if unicode.In(r, unicode.Cc, unicode.Cf, unicode.Other_Default_Ignorable_Code_Point, unicode.Variation_Selector) {
			return -1
		}
		return r
	}, strings.ToValidUTF8(t, "\uFFFD"))
}

// decoded resolves percent signs where that gives text.
func decoded(t string) string {
	t, _, _ = strings.Cut(t, "?")
	if plain, err := url.PathUnescape(t); err == nil {
		return plain
	}
	return t
}

// shorten leaves out the middle of what has more than most characters.
func shorten(t string, most int) string {
	r := []rune(t)
	if len(r) <= most {
		return t
	}
	head := most / 2
	return string(r[:head]) + "…" + string(r[len(r)-(most-head-1):])
}
