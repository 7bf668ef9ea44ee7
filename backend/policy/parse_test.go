package policy

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
	"unicode/utf8"
)

// noFiles is for policies that name no files.
func noFiles(path string) ([]byte, *Finding) {
	f := about(CodeNoFile, path)
	return nil, &f
}

// lines reports all findings as text.
func lines(findings []Finding) string {
	var b strings.Builder
	for _, f := range findings {
		b.WriteString(f.String() + "\n")
	}
	return strings.TrimSuffix(b.String(), "\n")
}

// org is the least that a policy must hold.
const org = `"version": 1, "organisation": {"name": "Fernhill"}`

// TestBrokenText: each mistake of the text is told with its line, column and reason.
func TestBrokenText(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ text, want string }{
		{"", `1:1: The file is empty.`},
		{" \n\t", `1:1: The file is empty.`},
		{"\xff\xfe{\x00", `1:1: This isn't UTF-8 text. Save the file as UTF-8.`},
		{"{\n  \"version\": 1, \"x\": \"\xe9\"", `2:23: This isn't UTF-8 text. Save the file as UTF-8.`},
		{`{` + org + `} x`, `1:54: Nothing may follow after the end of the policy.`},
		{`{` + org + `}{}`, `1:53: Nothing may follow after the end of the policy.`},
		{"{\n  // who\n}", `2:3: JSON has no comments.`},
		{"{\n  \"version\": 1 # one\n}", `2:16: JSON has no comments.`},
		{"{\n  \"version\": ,\n}", `2:14: A value is missing here.`},
		{"{\n  \"version\":\n}", `3:1: A value is missing here.`},
		{"{\n  version: 1\n}", `2:3: A name in double quotes belongs here.`},
		{"{\n  \"version\" 1\n}", `2:13: A colon is missing after "version".`},
		{"{\n  \"version\": 1\n  \"organisation\": {}\n}", `3:3: A comma is missing before this.`},
		{"{\n  \"version\": 1,\n}", `2:15: This comma is one too many: nothing follows it.`},
		{"{\n  \"a\": [1,\n  ]\n}", `2:10: This comma is one too many: nothing follows it.`},
		{"{\n  \"version\": 1,\n  \"organisation\": {", `3:19: This { is never closed.`},
		{"{\n  \"version\": 1", `1:1: This { is never closed.`},
		{"[1, 2", `1:1: This [ is never closed.`},
		{"{\n  \"a\": [1}\n}", `2:10: This } should be ].`},
		{"{\n  \"a\": \"b\n}", `2:8: This text isn't closed with a double quote on its line.`},
		{`"abc`, `1:1: This text isn't closed with a double quote on its line.`},
		{"{\"a\": \"b\tc\"}", `1:9: A text can't hold a tab or another control character. Write \t.`},
		{`{"users": ["FERNHILL\nora", "FERNHILL\sales"]}`, `1:38: There is no such escape. To write a backslash, double it.`},
		{`{"a": "\u12g4"}`, `1:8: There is no such escape. To write a backslash, double it.`},
		{`{"a": 01}`, `1:7: 01 is no number.`},
		{`{"a": 1.}`, `1:7: 1. is no number.`},
		{`{"a": -}`, `1:7: - is no number.`},
		{`{"a": True}`, `1:7: True is no value. Texts stand in double quotes.`},
		{`{"a": fernhill.example}`, `1:7: fernhill.example is no value. Texts stand in double quotes.`},
		{"{\n  \"a\": 1,\n  \"b\": 2,\n  \"a\": 3\n}", `4:3: "a" was given already in line 2.`},
		{`{"a": 1, "\u0061": 2}`, `1:10: "a" was given already in line 1.`},
		{strings.Repeat("[", 17), `1:17: This is nested too deeply.`},
		{"{\r\n  \"ä😀\": 1 2}", `2:11: A comma is missing before this.`},
	} {
		p, findings := Parse([]byte(c.text), noFiles)
		if got := lines(findings); got != c.want || p != nil {
			t.Errorf("%q:\n got %s (policy %v)\nwant %s", c.text, got, p != nil, c.want)
		}
	}
}

// TestBrokenMeaning: each mistake of what a sound text says is told, all of them
// at once.
func TestBrokenMeaning(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ text, want string }{
		{`[]`, `1:1: An object in { } belongs here.`},
		{`null`, `1:1: An object in { } belongs here.`},
		{`{}`, "1:1: \"version\" is missing in this object.\n1:1: \"organisation\" is missing in this object."},
		{`{"version": 2, "future": {}}`, `1:13: This Waxwing reads policies of version 1, not 2.`},
		{`{"version": 1.0, "organisation": {"name": "F"}}`, `1:13: This Waxwing reads policies of version 1, not 1.0.`},
		{`{"version": "1", "organisation": {"name": "F"}}`, `1:13: A number belongs here.`},
		{
			"{\n  \"version\": 1,\n  \"organization\": {\"name\": \"F\"}\n}",
			"1:1: \"organisation\" is missing in this object.\n3:3: \"organization\" isn't known here. Known are: version, organisation, servers, mailboxes, oauth, certificateAuthorities, relay, outgoing, settings, allow, remoteImages.",
		},
		{`{"version": 1, "organisation": {"name": ""}}`, `1:41: This text is empty.`},
		{`{"version": 1, "organisation": {"name": "` + strings.Repeat("x", 201) + `"}}`, `1:41: This text is longer than 200 characters.`},
		{`{"version": 1, "organisation": {"name": "a\nb"}}`, `1:41: "a` + "\uFFFD" + `b" can't be used here. It should look like one line of text.`},
		{`{"version": 1, "organisation": {"name": 5}}`, `1:41: A text in double quotes belongs here.`},
		{`{"version": 1, "organisation": {"name": null}}`, `1:41: A text in double quotes belongs here.`},
		{`{"version": 1, "organisation": {"name": "F", "helpLink": "javascript:x"}}`, `1:58: "javascript:x" can't be used here. It should look like https://help.example.org.`},
		{`{` + org + `, "servers": {}}`, `1:65: A list in [ ] belongs here.`},
		{`{` + org + `, "servers": []}`, `1:65: This list is empty.`},
		{`{` + org + `, "servers": [{"name": "a"}]}`, `1:66: "imap" is missing in this object.`},
		{`{` + org + `, "relay": {"host": "a b"}}`, `1:72: "a b" can't be used here. It should look like mail.example.org.`},
		{`{` + org + `, "relay": {"host": "smtp.example.org:25"}}`, `1:72: "smtp.example.org:25" can't be used here. It should look like mail.example.org.`},
		{`{` + org + `, "relay": {"host": "a..b"}}`, `1:72: "a..b" can't be used here. It should look like mail.example.org.`},
		{`{` + org + `, "relay": {"host": "a", "port": 0}}`, `1:85: This must be a whole number from 1 to 65535.`},
		{`{` + org + `, "relay": {"host": "a", "port": 25.5}}`, `1:85: This must be a whole number from 1 to 65535.`},
		{`{` + org + `, "relay": {"host": "a", "port": 1e99}}`, `1:85: This must be a whole number from 1 to 65535.`},
		{`{` + org + `, "relay": {"host": "a", "security": "ssl"}}`, `1:89: "ssl" isn't offered. Choose one of: tls, starttls, none.`},
		{`{` + org + `, "settings": {"sound": "yes"}}`, `1:76: true or false belongs here.`},
		{`{` + org + `, "settings": {"language": "fr"}}`, `1:79: "fr" isn't offered. Choose one of: "", en, de.`},
		{`{` + org + `, "settings": {"paneWidths": {}}}`, `1:67: "paneWidths" isn't known here. Known are: language, theme, density, background, sound.`},
		{`{` + org + `, "remoteImages": {"rule": "always"}}`, `1:79: "always" isn't offered. Choose one of: ask, never.`},
		{`{` + org + `, "remoteImages": {}}`, `1:70: "rule" is missing in this object.`},
		{`{` + org + `, "mailboxes": [{"users": ["*"], "address": "{user}"}]}`, `1:96: "{user}" can't be used here. It should look like {user}@example.org.`},
		{`{` + org + `, "mailboxes": [{"users": ["*"], "address": "{login}@a.example"}]}`, `1:96: "{login}@a.example" can't be used here. It should look like {user}@example.org.`},
		{`{` + org + `, "mailboxes": [{"users": ["*"], "address": "a@b.example", "servers": "x"}]}`, `1:122: No servers of this policy are called "x".`},
		{`{` + org + `, "mailboxes": [{"users": ["*"], "address": "a@b.example", "kind": "team"}]}`, `1:119: "team" isn't offered. Choose one of: own, shared, delegated.`},
		{
			"{" + org + ",\n\"servers\": [\n{\"name\": \"a\", \"imap\": {\"host\": \"h\"}},\n{\"name\": \"a\", \"imap\": {\"host\": \"h\"}}]}",
			`4:10: "a" stands in this list already, in line 3.`,
		},
		{`{` + org + `, "servers": [{"name": "a", "imap": {"host": "h"}, "signIn": "oauth"}]}`, `1:66: "provider" is missing in this object.`},
		{`{` + org + `, "servers": [{"name": "a", "imap": {"host": "h"}, "signIn": "oauth", "provider": "google"}]}`, `1:134: Signing in by OAuth needs a client for "google" under "oauth".`},
		{`{` + org + `, "servers": [{"name": "a", "imap": {"host": "h"}, "provider": "google"}]}`, `1:115: "provider" means nothing here without "signIn": "oauth".`},
		{`{` + org + `, "oauth": [{"provider": "google", "clientId": "c", "tenant": "t"}]}`, `1:114: "tenant" means nothing here without "provider": "microsoft".`},
		{`{` + org + `, "oauth": [{"provider": "http://login.example.org", "clientId": "c"}]}`, `1:77: "http://login.example.org" can't be used here. It should look like microsoft, outlook, google, yahoo or https://login.example.org.`},
		{`{` + org + `, "oauth": [{"provider": "google", "clientId": "c", "clientSecret": "hidden word"}]}`, `1:120: "…" can't be used here. It should look like one word.`},
		{`{` + org + `, "certificateAuthorities": [{}]}`, `1:81: Either "pem" or "file" belongs here, and only one of them.`},
		{`{` + org + `, "certificateAuthorities": [{"pem": "x", "file": "y"}]}`, `1:81: Either "pem" or "file" belongs here, and only one of them.`},
		{`{` + org + `, "certificateAuthorities": [{"pem": "x"}]}`, `1:89: This holds no certificate in PEM form.`},
		{`{` + org + `, "certificateAuthorities": [{"file": "ca.pem"}]}`, `1:90: ca.pem doesn't exist.`},
		{
			"{" + org + ",\n\"colour\": 1,\n\"relay\": {\"host\": \"\", \"port\": \"25\"},\n\"settings\": {\"theme\": \"blue\"}}",
			"2:1: \"colour\" isn't known here. Known are: version, organisation, servers, mailboxes, oauth, certificateAuthorities, relay, outgoing, settings, allow, remoteImages.\n" +
				"3:19: This text is empty.\n3:31: A number belongs here.\n4:23: \"blue\" isn't offered. Choose one of: system, light, dark.",
		},
	} {
		p, findings := Parse([]byte(c.text), noFiles)
		if got := lines(findings); got != c.want || p != nil {
			t.Errorf("%s:\n got %s (policy %v)\nwant %s", c.text, got, p != nil, c.want)
		}
	}
}

func TestTooLarge(t *testing.T) {
	t.Parallel()
	text := `{` + org + strings.Repeat(" ", maxSize) + `}`
	if _, findings := Parse([]byte(text), noFiles); lines(findings) != "The file is larger than 1024 KB." {
		t.Errorf("findings of a large file: %s", lines(findings))
	}
}

// TestMarked: Windows' editors begin UTF-8 with a mark, which moves no column.
func TestMarked(t *testing.T) {
	t.Parallel()
	if p, findings := Parse([]byte("\uFEFF{"+org+"}"), noFiles); p.Name() != "Fernhill" {
		t.Errorf("with a mark: %s", lines(findings))
	}
	if _, findings := Parse([]byte("\uFEFF{x"), noFiles); lines(findings) != "1:2: A name in double quotes belongs here." {
		t.Errorf("with a mark: %s", lines(findings))
	}
}

// FuzzParse: the parser accepts exactly what the standard library does, but for
// doubled names, depth and UTF-8; and whatever comes, a policy or findings with
// sound places are the answer.
func FuzzParse(f *testing.F) {
	for _, seed := range []string{
		"", "{}", `{` + org + `}`, `[1,-2.5e3,true,null,"\u00e9\n"]`, `{"a":{"b":[{}]}}`, `{"a":1,"a":2}`, "[1,]", `"`, "//", "\xff",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		p, findings := Parse(data, noFiles)
		if (p == nil) == (len(findings) == 0) {
			t.Fatalf("%q: policy %v with findings %v", data, p, findings)
		}
		for _, finding := range findings {
			if finding.Line < 1 || finding.Column < 1 || finding.Reason() == "" {
				t.Errorf("%q: finding %+v", data, finding)
			}
		}
		if !utf8.Valid(data) || bytes.IndexByte(data, 0) >= 0 {
			return
		}
		_, m := parse(data)
		valid := json.Valid(data)
		if m == nil && !valid {
			t.Errorf("%q was accepted", data)
		}
		if m != nil && valid && m.code != CodeDuplicate && m.code != CodeTooDeep {
			t.Errorf("%q was refused: %s", data, m.code)
		}
	})
}
