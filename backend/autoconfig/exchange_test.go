package autoconfig

import (
	"errors"
	"net"
	"testing"

	"waxwing/backend/mail"
	"waxwing/backend/mailtest"
)

// TestAtExchange: what a server of the organisation's own offers is found whatever its
// ports are, and told where it offers nothing.
func TestAtExchange(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	own := r.authority.Names(t, "mail.harbour.test", "old.harbour.test", "out.harbour.test", "web.harbour.test")
	strange := mailtest.NewAuthority(t).Names(t, "self.harbour.test")
	r.mail("mail.harbour.test", 993, own, "* OK ready")
	r.mail("mail.harbour.test", 587, own, "220 ready")
	r.mail("mail.harbour.test", 25, own, "220 ready")
	r.mail("old.harbour.test", 143, own, "* OK ready")
	r.mail("old.harbour.test", 465, own, "220 ready")
	r.mail("self.harbour.test", 993, strange, "* OK ready")
	r.mail("self.harbour.test", 143, strange, "* OK ready")
	r.mail("out.harbour.test", 587, own, "220 ready")
	r.mail("web.harbour.test", 993, own, "HTTP/1.1 400")
	closed, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	if err := closed.Close(); err != nil {
		t.Fatal(err)
	}
	for _, port := range []int{993, 143, 587, 465, 25} {
		r.lead("owa.harbour.test", port, closed.Addr().String())
		if port != 993 {
			r.lead("web.harbour.test", port, closed.Addr().String())
		}
	}
	for _, test := range []struct {
		server, want string
		code         mail.Code
		reason       string
	}{
		{server: "mail.harbour.test", want: `autodiscover exchange "Exchange" | mail.harbour.test:993/tls(ann@harbour.test) | mail.harbour.test:587/starttls(ann@harbour.test) mail.harbour.test:25/starttls(ann@harbour.test)`},
		{server: " https://Mail.harbour.test:8443/owa/#path ", want: `autodiscover exchange "Exchange" | mail.harbour.test:993/tls(ann@harbour.test) | mail.harbour.test:587/starttls(ann@harbour.test) mail.harbour.test:25/starttls(ann@harbour.test)`},
		{server: "old.harbour.test", want: `autodiscover exchange "Exchange" | old.harbour.test:143/starttls(ann@harbour.test) | old.harbour.test:465/tls(ann@harbour.test)`},
		{server: "self.harbour.test", want: `autodiscover exchange "Exchange" | self.harbour.test:993/tls(ann@harbour.test) self.harbour.test:143/starttls(ann@harbour.test) |`},
		{server: "out.harbour.test", code: mail.CodeNoMailAccess, reason: "imap"},
		{server: "owa.harbour.test", code: mail.CodeNoMailAccess},
		{server: "web.harbour.test", code: mail.CodeNoMailAccess},
		{server: "nowhere.harbour.test", code: mail.CodeHostNotFound},
		{server: "no server", code: mail.CodeInvalid},
		{server: "", code: mail.CodeInvalid},
	} {
		answer, err := r.finder().AtExchange(t.Context(), test.server, "ann@harbour.test")
		if got := mail.CodeOf(err); got != test.code {
			t.Errorf("%q: got %v, want code %q", test.server, err, test.code)
			continue
		}
		var problem *mail.Error
		if errors.As(err, &problem) && problem.Args["reason"] != test.reason {
			t.Errorf("%q: %v, want the reason %q", test.server, err, test.reason)
		}
		if got := show(&answer); err == nil && got != test.want {
			t.Errorf("%q:\n got %s\nwant %s", test.server, got, test.want)
		}
	}
}
