package policy

import (
	"bytes"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"slices"
	"strings"
	"unicode/utf8"

	"waxwing/backend/mail"
)

// maxSize bounds a policy file, and a file of certificates, in octets.
const maxSize = 1 << 20

// Parse reads a policy. It returns either the policy or what is wrong with the
// text, in the order of lines. Authorities in files are read by readFile, which
// gets their path as written; it may return a finding.
func Parse(data []byte, readFile func(path string) ([]byte, *Finding)) (*Policy, []Finding) {
	if len(data) > maxSize {
		return nil, []Finding{{Code: CodeTooLarge, Args: map[string]string{"limit": digits(maxSize >> 10)}}}
	}
	// Editors of Windows mark UTF-8 this way.
	data = bytes.TrimPrefix(data, []byte("\uFEFF"))
	c := &checker{data: data}
	if at := invalidUTF8(data); at >= 0 {
		c.report(at, CodeEncoding, nil)
		return nil, c.findings
	}
	root, m := parse(data)
	if m != nil {
		c.report(m.at, m.code, m.args)
		return nil, c.findings
	}
	// Another version has other fields: what it holds can't be judged.
	if v := root.member("version"); v != nil && v.kind == kindNumber && v.text != digits(Version) {
		c.report(v.at, CodeVersion, map[string]string{"known": digits(Version), "found": brief(v.text)})
		return nil, c.findings
	}
	c.check(root, policyShape)
	if len(c.findings) > 0 {
		return nil, sorted(c.findings)
	}
	authorities := c.meaning(root, readFile)
	if len(c.findings) > 0 {
		return nil, sorted(c.findings)
	}
	p := &Policy{authorities: authorities}
	if err := json.Unmarshal(data, p); err != nil {
		// The shapes let nothing through that the types don't take: a test compares them.
		c.report(0, CodeWantObject, nil)
		return nil, c.findings
	}
	return p, nil
}

// invalidUTF8 returns the offset of the first octet that is no UTF-8, or -1. A
// zero octet is none either: it is what UTF-16 looks like.
func invalidUTF8(data []byte) int {
	for i := 0; i < len(data); {
		r, size := utf8.DecodeRune(data[i:])
		if r == utf8.RuneError && size == 1 || r == 0 {
			return i
		}
		i += size
	}
	return -1
}

func sorted(findings []Finding) []Finding {
	slices.SortStableFunc(findings, func(a, b Finding) int {
		if a.Line != b.Line {
			return a.Line - b.Line
		}
		return a.Column - b.Column
	})
	return findings
}

// meaning checks what the shapes can't: how one part refers to another. It
// returns the PEM text of all authorities.
func (c *checker) meaning(root *node, readFile func(string) ([]byte, *Finding)) string {
	servers := c.unique(root.member("servers"), "name")
	clients := c.unique(root.member("oauth"), "provider")
	for _, n := range items(root.member("servers")) {
		c.signIn(n, clients)
	}
	for _, n := range items(root.member("mailboxes")) {
		if name := n.member("servers"); name != nil && !servers[name.text] {
			c.report(name.at, CodeNoServers, map[string]string{"name": brief(name.text)})
		}
	}
	for _, n := range items(root.member("oauth")) {
		if tenant := n.member("tenant"); tenant != nil && n.member("provider").text != "microsoft" {
			c.report(tenant.at, CodeNeedless, map[string]string{"name": "tenant", "other": `"provider": "microsoft"`})
		}
	}
	c.outgoing(root.member("outgoing"))
	var authorities strings.Builder
	for _, n := range items(root.member("certificateAuthorities")) {
		authorities.WriteString(c.authority(n, readFile))
	}
	return authorities.String()
}

// items returns the entries of a list that may be absent.
func items(n *node) []*node {
	if n == nil {
		return nil
	}
	return n.items
}

// unique reports entries of a list whose key an earlier one has, and returns
// the keys.
func (c *checker) unique(list *node, key string) map[string]bool {
	seen, first := map[string]bool{}, map[string]int{}
	for _, n := range items(list) {
		k := n.member(key)
		if seen[k.text] {
			line, _ := place(c.data, first[k.text])
			c.report(k.at, CodeTwice, map[string]string{"name": brief(k.text), "line": digits(line)})
			continue
		}
		seen[k.text], first[k.text] = true, k.at
	}
	return seen
}

// signIn checks how the servers' users sign in.
func (c *checker) signIn(servers *node, clients map[string]bool) {
	how, provider := servers.member("signIn"), servers.member("provider")
	oauth := how != nil && how.text == string(mail.SignInOAuth)
	switch {
	case oauth && provider == nil:
		c.report(servers.at, CodeMissing, map[string]string{"name": "provider"})
	case oauth && !clients[provider.text]:
		c.report(provider.at, CodeNoClient, map[string]string{"name": brief(provider.text)})
	case !oauth && provider != nil:
		c.report(provider.at, CodeNeedless, map[string]string{"name": "provider", "other": `"signIn": "oauth"`})
	}
}

// authority returns the PEM text of a certificate authority.
func (c *checker) authority(n *node, readFile func(string) ([]byte, *Finding)) string {
	inline, file := n.member("pem"), n.member("file")
	if (inline == nil) == (file == nil) {
		c.report(n.at, CodeOneOf, map[string]string{"one": "pem", "other": "file"})
		return ""
	}
	if inline != nil {
		if !holdsCertificates([]byte(inline.text)) {
			c.report(inline.at, CodeCertificate, nil)
		}
		return inline.text + "\n"
	}
	content, problem := readFile(file.text)
	if problem != nil {
		c.report(file.at, problem.Code, problem.Args)
		return ""
	}
	if !holdsCertificates(content) {
		c.report(file.at, CodeCertificate, nil)
	}
	return string(content) + "\n"
}

// holdsCertificates reports whether there is a certificate and every block of
// the text is one.
func holdsCertificates(text []byte) bool {
	found := false
	for {
		block, rest := pem.Decode(text)
		if block == nil {
			return found && len(bytes.TrimSpace(rest)) == 0
		}
		if _, err := x509.ParseCertificate(block.Bytes); err != nil || block.Type != "CERTIFICATE" {
			return false
		}
		found, text = true, rest
	}
}
