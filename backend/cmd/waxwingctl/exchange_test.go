package main

import (
	"context"
	"net"
	"strconv"
	"strings"
	"testing"

	"waxwing/backend/autoconfig"
	"waxwing/backend/connect"
	"waxwing/backend/mail"
	"waxwing/backend/mailtest"
)

// exchangeAt is a finder to which every server has some ports open, whose connections lead
// to real ones on loopback.
func exchangeAt(ports map[int]int) *autoconfig.Finder {
	return &autoconfig.Finder{Dialer: &connect.Dialer{DialContext: func(ctx context.Context, network, addr string) (net.Conn, error) {
		_, text, err := net.SplitHostPort(addr)
		if err != nil {
			return nil, err
		}
		port, err := strconv.Atoi(text)
		if err != nil {
			return nil, err
		}
		// Port 1 of this computer refuses.
		return new(net.Dialer).DialContext(ctx, network, net.JoinHostPort("127.0.0.1", strconv.Itoa(max(1, ports[port]))))
	}}}
}

// TestExchange: the servers of an account on an Exchange server are looked for there.
func TestExchange(t *testing.T) {
	i := newInstallation(t)
	server := mailtest.Dovecot(t, mailtest.Options{Submission: true})
	i.finder = exchangeAt(map[int]int{993: server.IMAPS().Port, 465: server.Submissions().Port})
	add := []string{"account", "add", "--email", "ann@fernhill.example", "--user", `FERNHILL\ann`, "--exchange"}
	added := do[accountJSON](i, append(add, "https://mail.fernhill.example/owa")...)
	if added.IMAP == nil || *added.IMAP != (serverJSON{"mail.fernhill.example", 993, "tls"}) || added.User != `FERNHILL\ann` ||
		added.SMTP == nil || *added.SMTP != (serverJSON{"mail.fernhill.example", 465, "tls"}) {
		t.Errorf("connected %+v, want both servers of mail.fernhill.example", added)
	}
	i.finder = exchangeAt(nil)
	got := i.refused(mail.CodeNoMailAccess, "", append(add, "mail.fernhill.example")...)
	if !strings.Contains(got.err, "offers neither IMAP nor SMTP") {
		t.Errorf("it says %q", got.err)
	}
	if got := i.call("", append(add, "mail.fernhill.example", "--imap", "imap.fernhill.example")...); got.status != exitUsage {
		t.Errorf("with --imap: %+v, want it called wrong", got)
	}
}
