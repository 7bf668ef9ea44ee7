package main

import (
	"context"
	"net"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"

	"waxwing/backend/mail"
	"waxwing/backend/mailtest"
)

// visitor is a stderr that opens the address printed there.
type visitor struct {
	t        *testing.T
	provider *mailtest.OpenID
	user     string
	deny     bool

	mu   sync.Mutex
	text strings.Builder
	went bool
}

var printedAddress = regexp.MustCompile(`(?m)^  (http\S+)$`)
var printedCode = regexp.MustCompile(`code there: (\S+)`)

func (v *visitor) Write(b []byte) (int, error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.text.Write(b)
	address := printedAddress.FindStringSubmatch(v.text.String())
	if v.went || address == nil {
		return len(b), nil
	}
	target := address[1]
	if strings.HasSuffix(target, "/device") {
		code := printedCode.FindStringSubmatch(v.text.String())
		if code == nil {
			return len(b), nil
		}
		target += "?user_code=" + code[1]
	}
	v.went = true
	go v.provider.Visit(v.t, target, v.user, v.deny)
	return len(b), nil
}

func TestOAuth(t *testing.T) {
	provider := mailtest.NewOpenID(t, 0)
	server := mailtest.Dovecot(t, mailtest.Options{OpenID: provider, Users: []string{"alice"}})
	server.Deliver(t, "alice", "INBOX", []byte("From: bea@example.org\r\nSubject: hello\r\nMessage-ID: <1@example.org>\r\n\r\nHello.\r\n"))
	i := newInstallation(t)
	visit := func(deny bool, args ...string) (int, string, string) {
		v := &visitor{t: t, provider: provider, user: "alice", deny: deny}
		var out strings.Builder
		args = append([]string{"--data", i.dir, "--key-file", i.keyFile, "--json"}, args...)
		status := run(context.WithoutCancel(t.Context()), args, streams{strings.NewReader(""), &out, v, noNetwork})
		return status, out.String(), v.text.String()
	}
	imap := server.IMAP()
	add := []string{
		"account", "add", "--email", "alice@" + mailtest.Domain, "--user", "alice",
		"--imap", net.JoinHostPort(imap.Host, strconv.Itoa(imap.Port)), "--imap-security", "none", "--oauth", provider.Issuer, "--client-id", mailtest.ClientID,
	}
	if status, out, complaint := visit(true, add...); status != exitFailed || !strings.Contains(out, string(mail.CodeConsentDenied)) {
		t.Fatalf("denied: %d\n%s%s", status, out, complaint)
	}
	if list := do[listJSON[accountJSON]](i, "account", "list"); list.Total != 0 {
		t.Errorf("a denied account is connected: %+v", list)
	}
	if status, out, complaint := visit(false, add...); status != exitDone || !strings.Contains(out, `"method":"oauth"`) && !strings.Contains(out, `"method": "oauth"`) {
		t.Fatalf("account add: %d\n%s%s", status, out, complaint)
	}
	if got := i.call("", "sync"); got.status != exitDone {
		t.Fatalf("sync: %s%s", got.out, got.err)
	}
	if got := i.call("", "search", "hello"); !strings.Contains(got.out, "hello") {
		t.Errorf("search: %s%s", got.out, got.err)
	}
	for _, args := range [][]string{{"account", "signin", "a1"}, {"account", "signin", "a1", "--device"}} {
		if status, out, complaint := visit(false, args...); status != exitDone {
			t.Errorf("%v: %d\n%s%s", args, status, out, complaint)
		}
	}
	if got := i.call("", "sync"); got.status != exitDone {
		t.Errorf("sync after signing in again: %s%s", got.out, got.err)
	}
	for _, args := range [][]string{
		{"account", "add", "--email", "a@example.org", "--oauth", "nobody"},
		{"account", "add", "--email", "a@example.org", "--oauth", "google", "--password-stdin"},
		{"account", "signin"},
	} {
		if got := i.call("x", args...); got.status != exitUsage {
			t.Errorf("%v: status %d, want %d\n%s", args, got.status, exitUsage, got.err)
		}
	}
	i.refused(mail.CodeNoClientID, "", "account", "add", "--email", "a@gmail.com", "--imap", "imap.gmail.com", "--oauth", "google")
}
