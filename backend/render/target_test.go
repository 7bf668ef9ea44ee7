package render

import (
	"strings"
	"testing"
	"unicode/utf8"
)

func TestTargetIsShownAsItIs(t *testing.T) {
	for _, c := range []struct{ address, before, site, after string }{
		{"https://www.example.co.uk/a/b?c=d", "https://www.", "example.co.uk", "/a/b?c=d"},
		{"http://example.org/", "http://", "example.org", ""},
		{"https://bank.example.com.evil.com:8443/x", "https://bank.example.com.", "evil.com", ":8443/x"},
		{"https://bank.com@evil.com/", "https://", "evil.com", ""},
		{"https://ann:secret@evil.com/", "https://", "evil.com", ""},
		{"https://EVIL.com./", "https://", "evil.com", ""},
		{"http://192.0.2.7/bank.com", "http://", "192.0.2.7", "/bank.com"},
		{"http://[2001:db8::1]/", "http://", "2001:db8::1", ""},
		{"http://localhost:8080/x", "http://", "localhost", ":8080/x"},
		{"https://alice.github.io/", "https://", "alice.github.io", ""},
		{"https://müller.de/straße", "https://", "müller.de", "/stra%C3%9Fe"},
		{"https://xn--mller-kva.de/", "https://", "müller.de", ""},
		{"https://аррӏе.com/", "https://", "xn--80ak6aa92e.com", ""},
		{"https://пример.рф/", "https://", "пример.рф", ""},
		{"https://bаnk.com/", "https://", "xn--bnk-6cd.com", ""},
		{"https://example.org/\u202egpj.exe", "https://", "example.org", "/%E2%80%AEgpj.exe"},
		{"mailto:ann@example.org?subject=x", "mailto:ann@", "example.org", ""},
		{"mailto:ann%40bank.com%E2%80%AE@evil.com", "mailto:ann@bank.com@", "evil.com", ""},
		{"tel:+4912345", "tel:", "+4912345", ""},
	} {
		got, ok := InspectLink(c.address, "")
		if want := (Target{Before: c.before, Site: c.site, After: c.after, Claimed: got.Claimed}); !ok || got != want {
			t.Errorf("%s: got %+v, %v, want %+v", c.address, got, ok, want)
		}
	}
}

func TestTargetIsShortAndKeepsItsSite(t *testing.T) {
	long := "https://" + strings.Repeat("bank.com.", 25) + "evil.com/" + strings.Repeat("a", 3000) + "/end"
	got, ok := InspectLink(long, "")
	if !ok || got.Site != "evil.com" || !strings.HasSuffix(got.After, "/end") || !strings.Contains(got.After, "…") {
		t.Errorf("got %+v, %v", got, ok)
	}
	if utf8.RuneCountInString(got.Before) > shownBefore || utf8.RuneCountInString(got.After) > shownAfter {
		t.Errorf("too long: %+v", got)
	}
}

func TestNoTargetForWhatIsNotOpened(t *testing.T) {
	for _, address := range []string{
		"", "#top", "javascript:alert(1)", "file:///etc/passwd", "data:text/html,x", "wails://wails/", "/mail/body", "https://",
		"mailto:", "http://[", "https://a b.com/", "https://example.org/" + strings.Repeat("a", maxURL),
	} {
		if got, ok := InspectLink(address, ""); ok {
			t.Errorf("%q: got %+v", address, got)
		}
	}
}

func TestTextThatNamesAnotherSite(t *testing.T) {
	for _, c := range []struct{ text, address, want string }{
		{"https://bank.com", "https://evil.com/", "bank.com"},
		{"https://www.bank.com/login?x=1", "https://www.bank.com.evil.com/", "bank.com"},
		{"bank.com", "https://evil.com/", "bank.com"},
		{"Bank.COM.", "https://evil.com/", "bank.com"},
		{"Visit bank.com now", "https://evil.com/", "bank.com"},
		{"b\u00adank\u200b.com", "https://evil.com/", "bank.com"},
		{"ｂａｎｋ。com", "https://evil.com/", "bank.com"},
		{"http:/\\bank.com", "https://evil.com/", "bank.com"},
		{"evil.com and bank.com", "https://evil.com/", "bank.com"},
		{"bank.com", "https://bаnk.com/", "bank.com"},
		{"https://evil.com@bank.com/", "https://evil.com/", "bank.com"},
		{"ann@bank.com", "mailto:eve@evil.com", "bank.com"},
		{"bank.com", "tel:+1900", "bank.com"},
		{"alice.github.io", "https://eve.github.io/", "alice.github.io"},
		{"http://192.0.2.7/", "https://evil.com/", "192.0.2.7"},
		{"see the very long text that ends in https://bank.com", "https://evil.com/", "bank.com"},
		{"here", "https://bank.com@evil.com/", "bank.com"},

		{"https://bank.com", "https://bank.com/", ""},
		{"bank.com", "https://login.bank.com/x", ""},
		{"www.bank.co.uk", "https://bank.co.uk/", ""},
		{"müller.de", "https://xn--mller-kva.de/", ""},
		{"ann@bank.com", "mailto:ann@bank.com", ""},
		{"info", "mailto:ann@bank.com", ""},
		{"Read more", "https://evil.com/", ""},
		{"README.md", "https://example.org/", ""},
		{"report.pdf", "https://example.org/", ""},
		{"version 1.2.3", "https://example.org/", ""},
		{"e.g. this", "https://example.org/", ""},
		{"", "https://example.org/", ""},
		{"A long headline of a newspaper that mentions bank.com somewhere", "https://example.org/", ""},
	} {
		got, ok := InspectLink(c.address, c.text)
		if !ok || got.Claimed != c.want {
			t.Errorf("%q to %s: got %q, %v, want %q", c.text, c.address, got.Claimed, ok, c.want)
		}
	}
}
