package message

import (
	"fmt"
	"os"
	"reflect"
	"strings"
	"testing"
	"time"

	"waxwing/backend/mail"
)

func TestDates(t *testing.T) {
	for _, c := range []struct{ in, want string }{
		{"Tue, 05 Mar 2024 10:11:12 +0100", "2024-03-05T10:11:12+01:00"},
		{"5 Mar 2024 10:11 GMT", "2024-03-05T10:11:00Z"},
		{"Tue,5 Mar 2024 10:11:12 +0100 (CET)", "2024-03-05T10:11:12+01:00"},
		{"Tue, 05 Mar 24 10:11:12 EST", "2024-03-05T10:11:12-05:00"},
		{"Fri, 31 Dec 99 23:59:59 PST", "1999-12-31T23:59:59-08:00"},
		{"Tue, 05 Mar 124 10:11:12 +0000", "2024-03-05T10:11:12Z"},
		{"Tue Mar  5 10:11:12 2024", "2024-03-05T10:11:12Z"},
		{"Tue Mar  5 10:11:12 CET 2024", "2024-03-05T10:11:12+01:00"},
		{"2024-03-05T10:11:12Z", "2024-03-05T10:11:12Z"},
		{"2024-03-05 10:11:12.345+01:00", "2024-03-05T10:11:12+01:00"},
		{"20240305T101112Z", "2024-03-05T00:00:00Z"},
		{"Tuesday, March 5, 2024 10:11:12 AM", "2024-03-05T10:11:12Z"},
		{"March 5th, 2024 at 10:11 PM", "2024-03-05T22:11:00Z"},
		{"3/5/2024 12:05:00 AM", "2024-03-05T00:05:00Z"},
		{"25/3/2024 12:05", "2024-03-25T12:05:00Z"},
		{"05.03.2024 10:11:12", "2024-03-05T10:11:12Z"},
		{"5-Mar-2024 10:11:12 +0100", "2024-03-05T10:11:12+01:00"},
		{"Di, 05 Mär 2024 10:11:12 +0100", "2024-03-05T10:11:12+01:00"},
		{"mar., 5 déc. 2023 10:11:12 +0100", "2023-12-05T10:11:12+01:00"},
		{"Tue, 05 Mar 2024 10:11:12 GMT+0200", "2024-03-05T10:11:12+02:00"},
		{"Tue, 05 Mar 2024 10:11:12 +9999", "2024-03-05T10:11:12Z"},
		{"Tue, 05 Mar 2024 10:11:12 \"GMT\"", "2024-03-05T10:11:12Z"},
		{"Tue, 05 Mar 2024 10.11.12 +0100", "2024-03-05T10:11:12+01:00"},
		{"Tue, 05 Mar 2024 99:99:99 +0100", "2024-03-05T00:00:00+01:00"},
		{"Tue, 05 Mar 2024 10:11:12 -0000", "2024-03-05T10:11:12Z"},
		{"Sat, 29 Jun 2024 23:59:60 +0000", "2024-06-30T00:00:00Z"},
		{"", ""}, {"yesterday", ""}, {"Tue, 45 Mar 2024", ""}, {"0000-00-00", ""}, {"10:11:12", ""}, {"5 Mar 99999999999", ""},
	} {
		got := ""
		if d := parseDate([]byte(c.in)); !d.IsZero() {
			got = d.Format(time.RFC3339)
		}
		if got != c.want {
			t.Errorf("parseDate(%q) = %s, want %s", c.in, got, c.want)
		}
	}
}

func TestAddresses(t *testing.T) {
	for _, c := range []struct{ in, want string }{
		{"a@example.org", " <a@example.org>"},
		{"Ann <a@example.org>", "Ann <a@example.org>"},
		{"a@example.org (Ann)", "Ann <a@example.org>"},
		{"a@example.org (Ann (at work))", "Ann (at work) <a@example.org>"},
		{`"Doe, \"JD\" John" <j@example.org>`, `Doe, "JD" John <j@example.org>`},
		{"Doe, John <j@example.org>", "Doe, John <j@example.org>"},
		{"Doe, John (Sales) <j@example.org>", "Doe, John <j@example.org>"},
		{"Doe, Dr. John <j@example.org>, a@example.org", "Doe, Dr. John <j@example.org>| <a@example.org>"},
		{"a@example.org; b@example.org", " <a@example.org>| <b@example.org>"},
		{"a@example.org,,, b@example.org,", " <a@example.org>| <b@example.org>"},
		{"Team: a@example.org, Bob <b@example.org>; c@example.org", " <a@example.org>|Bob <b@example.org>| <c@example.org>"},
		{"undisclosed-recipients:;", ""},
		{"undisclosed recipients: ;", ""},
		{"<>", ""}, {"", ""}, {",", ""}, {" ; ", ""}, {"\"\" <>", ""},
		{"John O'Neil [work] <j@example.org>", "John O'Neil [work] <j@example.org>"},
		{"john @ example.org", " <john@example.org>"},
		{"\"john@example.org\" <john@example.org>", " <john@example.org>"},
		{"'Ann' <a@example.org>", "Ann <a@example.org>"},
		{"=?utf-8?Q?Doe,_J=C3=B6rg?= <j@example.org>", "Doe, Jörg <j@example.org>"},
		{"=?utf-8?B?SsO2cmc=?=<j@example.org>", "Jörg <j@example.org>"},
		{"Ann <a@example.org", "Ann <a@example.org>"},
		{"Ann a@example.org>", "Ann <a@example.org>"},
		{"<@a,@b:c@example.org>", " <c@example.org>"},
		{"mailto:a@example.org", " <a@example.org>"},
		{"MAILER-DAEMON", "MAILER-DAEMON <>"},
		{"\"a b\"@example.org", "a <b@example.org>"},
		{"用户@例え.jp", " <用户@例え.jp>"},
		{"\u202egro.elpmaxe@a\u202c <a@example.org>", "gro.elpmaxe@a <a@example.org>"},
	} {
		got := strings.Join(show(parseAddresses([]byte(c.in), "")), "|")
		if got != c.want {
			t.Errorf("parseAddresses(%q)\ngot  %s\nwant %s", c.in, got, c.want)
		}
	}
}

func TestFileNames(t *testing.T) {
	for _, c := range []struct{ in, want string }{
		{"report.pdf", "report.pdf"},
		{"../../etc/passwd", "passwd"},
		{`C:\Users\ann\report.pdf`, "report.pdf"},
		{"/etc/passwd", "passwd"},
		{"Invoice 3/2024.pdf", "Invoice 3_2024.pdf"},
		{"a:b*c?.txt", "a_b_c_.txt"},
		{"..", ""}, {"", ""}, {"...", ""}, {" . ", ""}, {"/", ""},
		{".htaccess", "htaccess"},
		{"trailing. ", "trailing"},
		{"CON", "_CON"}, {"con.txt", "_con.txt"}, {"Com1.log", "_Com1.log"}, {"lpt¹", "_lpt¹"}, {"console.txt", "console.txt"},
		{"a\x00b\x07c\nd.txt", "abc d.txt"},
		{"invoice\u202efdp.exe", "invoicefdp.exe"},
		{"zero\u200bwidth.txt", "zerowidth.txt"},
		{"many   blanks.txt", "many blanks.txt"},
		{"日本語.docx", "日本語.docx"},
		{"\xff\xfe.bin", "_.bin"},
		{strings.Repeat("x", 300) + ".pdf", strings.Repeat("x", 196) + ".pdf"},
		{strings.Repeat("é", 300), strings.Repeat("é", 100)},
		{"x." + strings.Repeat("y", 300), "x." + strings.Repeat("y", 198)},
	} {
		if got := safeFileName(c.in); got != c.want {
			t.Errorf("safeFileName(%q) = %q, want %q", c.in, got, c.want)
		}
	}
}

func TestParameters(t *testing.T) {
	for _, c := range []struct{ in, value, want string }{
		{`text/plain; charset=utf-8`, "text/plain", "charset=utf-8"},
		{`TEXT/Plain; CharSet="UTF-8"; Format=flowed`, "text/plain", "charset=UTF-8|format=flowed"},
		{`text/plain charset=utf-8`, "text/plain", "charset=utf-8"},
		{`text/plain; charset=utf-8 format=flowed`, "text/plain", "charset=utf-8|format=flowed"},
		{`text/plain; charset = "a b" ; x=y`, "text/plain", "charset=a b|x=y"},
		{`a/b; name="semi;colon=\"q\".txt"`, "a/b", `name=semi;colon="q".txt`},
		{`a/b; name="C:\dir\file.txt"`, "a/b", `name=C:\dir\file.txt`},
		{`a/b; name="unclosed; x=y`, "a/b", "name=unclosed; x=y"},
		{`a/b; name=one two.txt; x=y`, "a/b", "name=one two.txt|x=y"},
		{`attachment; filename*=utf-8'en'%e2%82%ac%20rates; filename="EURO"`, "attachment", "filename=€ rates"},
		{`attachment; filename*0="a"; filename*1*=%20b; filename*2=c`, "attachment", "filename=a bc"},
		{`attachment; filename*=iso-8859-1''caf%E9`, "attachment", "filename=café"},
		{`attachment; filename*=broken%E9`, "attachment", "filename=brokené"},
		{`a/b; ; ;x=y;;`, "a/b", "x=y"},
		{`a/b; novalue; x=y`, "a/b", "x=y"},
		{`a/b; x=1; x=2`, "a/b", "x=1"},
		{``, "", ""}, {`;`, "", ""}, {`;=`, "", ""},
	} {
		value, ps := parseParams([]byte(c.in), "")
		var pairs []string
		for _, p := range ps {
			pairs = append(pairs, p.name+"="+p.value)
		}
		if got := strings.Join(pairs, "|"); value != c.value || got != c.want {
			t.Errorf("parseParams(%q)\ngot  %q %q\nwant %q %q", c.in, value, got, c.value, c.want)
		}
	}
}

func TestCharsets(t *testing.T) {
	for _, c := range []struct{ label, in, want string }{
		{"", "\xc3\xa9", "é"}, {"", "\xe9", "é"}, {"us-ascii", "\xe9\x80", "é€"},
		{"utf-8", "\xc3\xa9\xff", "é\uFFFD"}, {"UTF8", "\xc3\xa9", "é"}, {"utf-8", "\xef\xbb\xbfx", "x"},
		{"iso-8859-1", "\x80", "€"}, {"ISO_8859-15", "\xa4", "€"}, {"latin1", "\xe9", "é"}, {"cp1252", "\x80", "€"}, {"x-cp1251", "\xcf", "П"}, {"win-1250", "\x8c", "Ś"},
		{"ks_c_5601-1987", "\xb0\xa1", "가"}, {"gb2312", "\xe9F", "镕"}, {"hz-gb-2312", "~{VPND~}", "中文"}, {"big5", "\xa4\xa4", "中"}, {"shift-jis", "\x87\x40", "①"}, {"iso-2022-jp", "\x1b$B7o\x1b(B", "件"},
		{"koi8-u", "\xa4", "є"}, {"tis-620", "\xa1", "ก"}, {"cp850", "\x82", "é"}, {"macintosh", "\x8e", "é"},
		{"utf-7", "+AOk-", "é"}, {"utf-16le", "\xe9\x00", "é"}, {"utf-16", "\xfe\xff\x00\xe9", "é"},
		{"x-unknown", "\xe9", "é"}, {"no-such-charset", "\xe9", "é"}, {"iso-2022-kr", "abc", "abc"}, {"\"utf-8\";", "\xc3\xa9", "é"}, {"utf-8*de", "\xc3\xa9", "é"},
	} {
		if got := toUTF8([]byte(c.in), c.label); got != c.want {
			t.Errorf("toUTF8(%q, %q) = %q, want %q", c.in, c.label, got, c.want)
		}
	}
}

func TestPreviews(t *testing.T) {
	long := strings.Repeat("wörd ", 100)
	for _, c := range []struct{ in, want string }{
		{"", ""},
		{"Hi\n\nthere\n", "Hi there"},
		{"Hi\n-- \nAnn\n", "Hi"},
		{"-- \nonly a signature\n", "only a signature"},
		{"> old\nnew\n", "new"},
		{"> old\n> words\n", "old words"},
		{"Yes.\n\nAm Montag schrieb Bob:\n\n> old\n", "Yes."},
		{"Dear all:\n\nhere is the plan.\n", "Dear all: here is the plan."},
		{"=====\nTitle\n-----\ntext\n", "Title text"},
		{"Read more [https://example.org/long] now\n", "Read more now"},
		{"\u200b\u00ad\u034f\n", ""},
		{long, strings.TrimRight(string([]rune(long)[:maxPreview]), " ")},
	} {
		if got := preview(c.in); got != c.want {
			t.Errorf("preview(%q)\ngot  %q\nwant %q", c.in, got, c.want)
		}
	}
}

func TestPartContent(t *testing.T) {
	raw, err := os.ReadFile("testdata/mail/nested-rfc822.eml")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ number, name, content string }{
		{"1", "attachment-1.txt", "See below."},
		{"2.1", "attachment-2.1.txt", "Inner text"},
		{"2.2", "x.csv", "1,2"},
	} {
		p, content, err := PartContent(raw, c.number, true)
		got := fmt.Sprintf("%s %s %q %v", p.Number, p.Name, content, err)
		if want := fmt.Sprintf("%s %s %q <nil>", c.number, c.name, c.content); got != want {
			t.Errorf("PartContent(%s)\ngot  %s\nwant %s", c.number, got, want)
		}
	}
	for _, number := range []string{"", "0", "3", "2.3", "1.1", "2.", "x"} {
		if _, _, err := PartContent(raw, number, false); mail.CodeOf(err) != mail.CodeNotFound {
			t.Errorf("PartContent(%q): %v, want %s", number, err, mail.CodeNotFound)
		}
	}
	latin := []byte("Content-Type: text/plain; charset=iso-8859-1\n\n\xe9\r\n")
	_, asText, _ := PartContent(latin, "1", true)
	_, octets, _ := PartContent(latin, "1", false)
	if string(asText) != "é\n" || string(octets) != "\xe9\r\n" {
		t.Errorf("got %q as text and %q as octets", asText, octets)
	}
}

// TestPartNumbers is the example of RFC 9051 §6.4.5.1 with the leaves it names.
func TestPartNumbers(t *testing.T) {
	part := func(ctype, body string) string { return "Content-Type: " + ctype + "\n\n" + body }
	multi := func(boundary, kind string, parts ...string) string {
		s := ""
		for _, p := range parts {
			s += "--" + boundary + "\n" + p + "\n"
		}
		return part("multipart/"+kind+"; boundary="+boundary, s+"--"+boundary+"--\n")
	}
	inner4 := multi("i", "mixed", part("image/gif", "GIF"), part("message/rfc822", "Subject: x\n"+multi("k", "alternative", part("text/plain", "plain"), part("text/html", "rich"))))
	raw := []byte(multi("o", "mixed",
		part("text/plain", "text"), part("application/octet-stream", "bytes"),
		part("message/rfc822", "Subject: s\n"+multi("m", "mixed", part("text/plain", "a"), part("application/octet-stream", "b"))),
		inner4))
	var got []string
	for _, p := range Parse(raw).Parts {
		got = append(got, p.Number)
	}
	if want := []string{"1", "2", "3", "4.1", "4.2"}; !reflect.DeepEqual(got, want) {
		t.Errorf("leaves: got %v, want %v", got, want)
	}
	for number, want := range map[string]string{"3.1": "a", "3.2": "b", "4.1": "GIF", "4.2.1": "plain", "4.2.2": "rich"} {
		if _, content, err := PartContent(raw, number, false); string(content) != want {
			t.Errorf("part %s: got %q (%v), want %q", number, content, err, want)
		}
	}
}
