package autoconfig

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"net"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"golang.org/x/net/html/charset"
	"golang.org/x/net/idna"

	"waxwing/backend/mail"
)

// maxCandidates bounds the servers that are taken of one kind.
const maxCandidates = 8

var errNoConfig = errors.New("not a mail configuration")

// configXML is Mozilla's format, version 1.1: a client's configuration with one
// provider.
type configXML struct {
	XMLName   xml.Name `xml:"clientConfig"`
	Providers []struct {
		DisplayName string      `xml:"displayName"`
		ShortName   string      `xml:"displayShortName"`
		Incoming    []serverXML `xml:"incomingServer"`
		Outgoing    []serverXML `xml:"outgoingServer"`
	} `xml:"emailProvider"`
}

type serverXML struct {
	Type           string   `xml:"type,attr"`
	Hostname       string   `xml:"hostname"`
	Port           string   `xml:"port"`
	SocketType     string   `xml:"socketType"`
	Username       string   `xml:"username"`
	Authentication []string `xml:"authentication"`
}

// decode reads XML of any common charset. Entities that a document defines
// itself are refused, so none can explode.
func decode(data []byte, into any) error {
	d := xml.NewDecoder(bytes.NewReader(data))
	d.CharsetReader = charset.NewReaderLabel
	if err := d.Decode(into); err != nil {
		return fmt.Errorf("%w: %w", errNoConfig, err)
	}
	if _, err := d.Token(); err != nil && !errors.Is(err, io.EOF) {
		return fmt.Errorf("%w: %w", errNoConfig, err)
	}
	return nil
}

// readConfig returns the name and the usable servers of a configuration.
func readConfig(data []byte, email string) (name string, imap, smtp []Candidate, err error) {
	var document configXML
	if err := decode(data, &document); err != nil {
		return "", nil, nil, err
	}
	for _, p := range document.Providers {
		imap = candidates(p.Incoming, "imap", email)
		smtp = candidates(p.Outgoing, "smtp", email)
		if len(imap) > 0 {
			return displayName(p.DisplayName, p.ShortName), imap, smtp, nil
		}
	}
	return "", nil, nil, fmt.Errorf("%w: no usable IMAP server", errNoConfig)
}

// displayName returns the first text that can stand on a screen.
func displayName(names ...string) string {
	for _, name := range names {
		name = strings.Join(strings.Fields(name), " ")
		if name != "" && len(name) <= 80 && !strings.ContainsFunc(name, isUnprintable) && !strings.Contains(name, "%EMAIL") {
			return name
		}
	}
	return ""
}

func isUnprintable(r rune) bool { return !unicode.IsPrint(r) }

// candidates returns the usable servers of one kind in the document's order,
// unprotected ones only where there are no others.
func candidates(servers []serverXML, kind, email string) []Candidate {
	var protected, open []Candidate
	for _, s := range servers {
		c, ok := s.candidate(kind, email)
		switch {
		case !ok:
		case c.Security == mail.SecurityNone:
			open = append(open, c)
		default:
			protected = append(protected, c)
		}
	}
	if len(protected) == 0 {
		protected = open
	}
	return protected[:min(len(protected), maxCandidates)]
}

var socketTypes = map[string]mail.Security{
	"ssl": mail.SecurityTLS, "tls": mail.SecurityTLS, "starttls": mail.SecuritySTARTTLS, "plain": mail.SecurityNone,
}

func (s serverXML) candidate(kind, email string) (Candidate, bool) {
	if !strings.EqualFold(strings.TrimSpace(s.Type), kind) {
		return Candidate{}, false
	}
	security, known := socketTypes[strings.ToLower(strings.TrimSpace(s.SocketType))]
	host, good := cleanHost(expand(s.Hostname, email))
	port, err := strconv.Atoi(strings.TrimSpace(s.Port))
	user, form, fits := userName(s.Username, email)
	methods := signInMethods(s.Authentication)
	if !known || !good || err != nil || port < 1 || port > 65535 || !fits || len(methods) == 0 {
		return Candidate{}, false
	}
	return Candidate{mail.Server{Host: host, Port: port, Security: security}, user, form, methods}, true
}

// expand fills in the placeholders of a configuration.
func expand(text, email string) string {
	at := strings.LastIndexByte(email, '@')
	return strings.NewReplacer(
		"%EMAILADDRESS%", email, "%EMAILLOCALPART%", email[:at], "%EMAILDOMAIN%", email[at+1:],
	).Replace(strings.TrimSpace(text))
}

// userName returns the name to sign in with; an empty text means the address.
func userName(text, email string) (string, UserForm, bool) {
	user := expand(text, email)
	switch local := email[:strings.LastIndexByte(email, '@')]; {
	case user == "" || strings.EqualFold(user, email):
		return email, UserAddress, true
	case user == local:
		return user, UserLocal, true
	}
	bad := len(user) > 254 || strings.ContainsFunc(user, isUnprintable) || strings.Contains(user, "%EMAIL")
	return user, UserOther, !bad
}

// signInMethods translates the ways that we know; none named means a password.
func signInMethods(names []string) []mail.SignInMethod {
	methods := []mail.SignInMethod{}
	add := func(m mail.SignInMethod) {
		if !slices.Contains(methods, m) {
			methods = append(methods, m)
		}
	}
	for _, name := range names {
		switch strings.ToLower(strings.TrimSpace(name)) {
		case "oauth2":
			add(mail.SignInOAuth)
		case "password-cleartext", "password-encrypted", "plain", "secure", "ntlm":
			add(mail.SignInPassword)
		}
	}
	if len(names) == 0 {
		add(mail.SignInPassword)
	}
	return methods
}

// cleanHost returns a server's name or address in lower case and ASCII.
func cleanHost(name string) (string, bool) {
	name = strings.ToLower(strings.TrimSuffix(strings.TrimSpace(name), "."))
	if net.ParseIP(name) != nil {
		return name, true
	}
	ascii, err := idna.Lookup.ToASCII(name)
	if err != nil || ascii == "" || len(ascii) > 253 || strings.Contains(ascii, "..") {
		return "", false
	}
	digits := ascii[strings.LastIndexByte(ascii, '.')+1:]
	if strings.Trim(digits, "0123456789") == "" { // "256.1.1.1", "1"
		return "", false
	}
	return ascii, !strings.ContainsFunc(ascii, func(r rune) bool {
		return !strings.ContainsRune("abcdefghijklmnopqrstuvwxyz0123456789-_.", r)
	})
}
