package engine

import (
	"errors"
	"strings"
	"testing"

	"waxwing/backend/mail"
)

func TestClean(t *testing.T) {
	good := mail.Account{
		Email: "ann@example.org",
		IMAP:  mail.Server{Host: "imap.example.org", Port: 993, Security: mail.SecurityTLS},
		SMTP:  mail.Server{Host: "smtp.example.org", Port: 587, Security: mail.SecuritySTARTTLS},
	}
	tests := []struct {
		name   string
		change func(*mail.Account)
		field  string // that is refused; empty for none
	}{
		{"good", func(*mail.Account) {}, ""},
		{"no SMTP", func(a *mail.Account) { a.SMTP = mail.Server{} }, ""},
		{"blanks around", func(a *mail.Account) { a.Email = " ann@example.org\t" }, ""},
		{"international", func(a *mail.Account) { a.Email, a.IMAP.Host = "ann@bücher.example", "imap.bücher.example" }, ""},
		{"IPv6", func(a *mail.Account) { a.IMAP.Host = "::1" }, ""},
		{"one label", func(a *mail.Account) { a.IMAP.Host = "localhost" }, ""},
		{"no address", func(a *mail.Account) { a.Email = "" }, "email"},
		{"no domain", func(a *mail.Account) { a.Email = "ann@" }, "email"},
		{"no local part", func(a *mail.Account) { a.Email = "@example.org" }, "email"},
		{"two addresses", func(a *mail.Account) { a.Email = "a@b.example,c@d.example" }, "email"},
		{"header in address", func(a *mail.Account) { a.Email = "a@b.example\r\nBcc: c" }, "email"},
		{"line break in name", func(a *mail.Account) { a.Name = "Ann\nBcc: x@y.example" }, "name"},
		{"line break in user", func(a *mail.Account) { a.User = "ann\r\nA1 LOGOUT" }, "user"},
		{"no IMAP", func(a *mail.Account) { a.IMAP.Host = " " }, "imap.host"},
		{"URL", func(a *mail.Account) { a.IMAP.Host = "https://imap.example.org" }, "imap.host"},
		{"host with blank", func(a *mail.Account) { a.SMTP.Host = "smtp example" }, "smtp.host"},
		{"not IPv6", func(a *mail.Account) { a.IMAP.Host = "::zz" }, "imap.host"},
		{"port too large", func(a *mail.Account) { a.IMAP.Port = 65536 }, "imap.port"},
		{"port negative", func(a *mail.Account) { a.SMTP.Port = -1 }, "smtp.port"},
		{"unknown protection", func(a *mail.Account) { a.IMAP.Security = "ssl" }, "imap.security"},
		{"short fingerprint", func(a *mail.Account) { a.IMAP.Trusted = "abcd" }, "imap.trusted"},
		{"no certificate", func(a *mail.Account) { a.IMAP.CA = "hello" }, "imap.ca"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			account := good
			tt.change(&account)
			_, err := clean(account)
			field := ""
			var e *mail.Error
			if errors.As(err, &e) {
				field = e.Args["field"]
			}
			if field != tt.field || (err != nil) != (tt.field != "") {
				t.Errorf("clean(%+v) refused field %q (error %v), want %q", account, field, err, tt.field)
			}
		})
	}
}

func TestCleanFillsPorts(t *testing.T) {
	tests := []struct {
		security       mail.Security
		imap, smtp     int
		wantProtection mail.Security
	}{
		{mail.SecurityTLS, 993, 465, mail.SecurityTLS},
		{mail.SecuritySTARTTLS, 143, 587, mail.SecuritySTARTTLS},
		{mail.SecurityNone, 143, 587, mail.SecurityNone},
		{"", 993, 465, mail.SecurityTLS},
	}
	for _, tt := range tests {
		got, err := clean(mail.Account{
			Email: "ann@example.org",
			IMAP:  mail.Server{Host: "IMAP.example.org ", Security: tt.security},
			SMTP:  mail.Server{Host: "smtp.example.org", Security: tt.security},
		})
		if err != nil {
			t.Fatalf("clean with protection %q: %v", tt.security, err)
		}
		want := mail.Server{Host: "imap.example.org", Port: tt.imap, Security: tt.wantProtection}
		if got.IMAP != want || got.SMTP.Port != tt.smtp {
			t.Errorf("protection %q: got IMAP %+v, SMTP port %d, want %+v and %d",
				tt.security, got.IMAP, got.SMTP.Port, want, tt.smtp)
		}
	}
}

func TestSameLogin(t *testing.T) {
	a := mail.Account{Email: "Ann@example.org", IMAP: mail.Server{Host: "imap.example.org", Port: 993}}
	other := func(change func(*mail.Account)) mail.Account {
		b := a
		b.Email = strings.ToLower(b.Email)
		change(&b)
		return b
	}
	tests := []struct {
		name string
		b    mail.Account
		want bool
	}{
		{"letter case", other(func(*mail.Account) {}), true},
		{"user name spelt out", other(func(b *mail.Account) { b.User = "ann@example.org" }), true},
		{"another user", other(func(b *mail.Account) { b.User = "shared" }), false},
		{"another host", other(func(b *mail.Account) { b.IMAP.Host = "mail.example.org" }), false},
		{"another port", other(func(b *mail.Account) { b.IMAP.Port = 143 }), false},
	}
	for _, tt := range tests {
		if got := sameLogin(a, tt.b); got != tt.want {
			t.Errorf("%s: sameLogin(%+v, %+v) = %v, want %v", tt.name, a, tt.b, got, tt.want)
		}
	}
}
