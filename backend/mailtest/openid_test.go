package mailtest_test

import (
	"encoding/base64"
	"strings"
	"testing"

	"waxwing/backend/mailtest"
)

func TestOpenIDTokensOpenTheMailbox(t *testing.T) {
	t.Parallel()
	provider := mailtest.NewOpenID(t, 0)
	server := mailtest.Dovecot(t, mailtest.Options{OpenID: provider})
	token := provider.Token(t, "alice")
	for user, want := range map[string]string{"alice": "OK", "bob": "NO"} {
		c := mailtest.Connect(t, server.IMAP())
		response := base64.StdEncoding.EncodeToString([]byte("user=" + user + "\x01auth=Bearer " + token + "\x01\x01"))
		if user != "alice" {
			response += "\r\nAQ==" // to the challenge that tells of the refusal
		}
		if _, status := c.Try("AUTHENTICATE XOAUTH2 %s", response); !strings.HasPrefix(status, want) {
			t.Errorf("%s with alice's token: %s, want %s", user, status, want)
		}
		c.Close()
	}
	if n := provider.Requests(t, "POST /token"); n != 1 {
		t.Errorf("%d token requests, want 1", n)
	}
}
