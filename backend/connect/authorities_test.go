package connect

import (
	"encoding/pem"
	"io"
	"net"
	"testing"
	"time"

	"waxwing/backend/mail"
)

// TestAuthorities: authorities that come and go while the program runs are
// believed from the next connection on, besides the others.
func TestAuthorities(t *testing.T) {
	known, extra := newAuthority(t, "Known"), newAuthority(t, "Extra")
	text := ""
	d := testDialer(known, 2*time.Second)
	d.Authorities = func() string { return text }
	greet := func(conn net.Conn) { _, _ = io.WriteString(conn, "hello") }
	dial := func(by *authority) mail.Code {
		conn, err := d.Dial(t.Context(), at(listen(t, overTLS(by.leaf(t, nil), greet)), mail.SecurityTLS))
		if err == nil {
			_ = conn.Close()
		}
		return mail.CodeOf(err)
	}
	for _, c := range []struct {
		text         string
		known, extra mail.Code
	}{
		{"", "", mail.CodeTLSUntrusted},
		{string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: extra.cert.Raw})), "", ""},
		{"no certificate", "", mail.CodeTLSUntrusted},
	} {
		text = c.text
		if got := dial(known); got != c.known {
			t.Errorf("authorities %.20q: the known one gives %q, want %q", c.text, got, c.known)
		}
		if got := dial(extra); got != c.extra {
			t.Errorf("authorities %.20q: the extra one gives %q, want %q", c.text, got, c.extra)
		}
	}
}
