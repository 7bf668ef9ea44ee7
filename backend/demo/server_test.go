package demo

import (
	"context"
	"net"
	"strconv"
	"testing"
	"time"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapclient"

	"waxwing/backend/mail"
)

// base is a Wednesday afternoon.
var base = time.Date(2026, 11, 18, 14, 30, 0, 0, time.UTC)

// start runs a server until the test ends.
func start(t *testing.T, options Options) *Server {
	t.Helper()
	if options.Base.IsZero() {
		options.Base = time.Now()
	}
	s, err := Start(context.Background(), options)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Errorf("Close: %v", err)
		}
	})
	return s
}

func address(s mail.Server) string { return net.JoinHostPort(s.Host, strconv.Itoa(s.Port)) }

// signIn connects a real client over a real socket.
func signIn(t *testing.T, s *Server, options *imapclient.Options) *imapclient.Client {
	t.Helper()
	c, err := imapclient.DialInsecure(address(s.IMAP()), options)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	if err := c.Login(s.User, s.Password).Wait(); err != nil {
		t.Fatal(err)
	}
	return c
}

func open(t *testing.T, c *imapclient.Client, name string) *imap.SelectData {
	t.Helper()
	data, err := c.Select(name, nil).Wait()
	if err != nil {
		t.Fatalf("SELECT %s: %v", name, err)
	}
	return data
}

func TestMailboxesAndRoles(t *testing.T) {
	s := start(t, Options{})
	c := signIn(t, s, nil)
	list, err := c.List("", "*", &imap.ListOptions{
		ReturnSpecialUse: true,
		ReturnStatus:     &imap.StatusOptions{NumMessages: true, NumUnseen: true, UIDValidity: true, UIDNext: true},
	}).Collect()
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]imap.MailboxAttr{
		"Drafts": imap.MailboxAttrDrafts, "Sent": imap.MailboxAttrSent, "Archive": imap.MailboxAttrArchive,
		"Junk": imap.MailboxAttrJunk, "Trash": imap.MailboxAttrTrash,
		"INBOX": "", "Projects/Museum Belvédère": "", "Projects/Harbour Lights": "",
	}
	seen := map[string]*imap.ListData{}
	for _, data := range list {
		seen[data.Mailbox] = data
		t.Log(data.Mailbox, data.Attrs, *data.Status.NumMessages, *data.Status.NumUnseen)
	}
	for name, role := range want {
		data := seen[name]
		if data == nil {
			t.Errorf("LIST: %q missing", name)
			continue
		}
		if data.Status == nil || data.Status.UIDValidity == 0 {
			t.Errorf("LIST: %q without STATUS", name)
		}
		got := imap.MailboxAttr("")
		for _, attr := range data.Attrs {
			if attr != imap.MailboxAttrHasChildren && attr != imap.MailboxAttrHasNoChildren {
				got = attr
			}
		}
		if got != role {
			t.Errorf("role of %q: got %q, want %q", name, got, role)
		}
	}
}
