package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"waxwing/backend/engine"
	"waxwing/backend/mail"
	"waxwing/backend/mailtest"
	"waxwing/backend/secrets"
)

// newSender is an installation with alice, who sends through a proxy.
func newSender(t *testing.T) (i *installation, account string, p *mailtest.Proxy) {
	t.Helper()
	s := mailtest.Dovecot(t, mailtest.Options{Submission: true})
	dir := t.TempDir()
	i = &installation{T: t, dir: filepath.Join(dir, "data"), keyFile: filepath.Join(dir, "key"), server: s, user: "alice"}
	p = mailtest.NewProxy(t, s.PlainSubmission())
	added := do[accountJSON](i, "account", "add", "--email", s.Address("alice"), "--user", "alice",
		"--imap", fmt.Sprintf("%s:%d", s.IMAP().Host, s.IMAP().Port), "--imap-security", "none",
		"--smtp", fmt.Sprintf("%s:%d", p.Server().Host, p.Server().Port), "--smtp-security", "none", "--password-stdin")
	do[listJSON[statusJSON]](i, "sync")
	return i, added.ID, p
}

// letterFile writes a message to somebody into a file.
func letterFile(t *testing.T, to string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "letter.eml")
	text := "From: Alice <alice@waxwing.test>\nTo: " + to + "\nSubject: By hand\nMessage-ID: <hand@waxwing.test>\n\nText\n"
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestSendAndOutbox(t *testing.T) {
	t.Parallel()
	i, account, _ := newSender(t)
	sent := do[submissionJSON](i, "send", letterFile(t, "bob@waxwing.test"))
	if sent.State != "sent" || sent.MessageID != "hand@waxwing.test" || sent.Envelope.MailFrom.Email != "alice@waxwing.test" ||
		len(sent.Envelope.RcptTo) != 1 || sent.SentAt == nil || sent.Error != nil || sent.UndoStatus != "final" {
		t.Errorf("send printed %+v", sent)
	}
	i.server.Client(t, "bob").WaitMessages("INBOX", 1)
	if list := do[listJSON[submissionJSON]](i, "outbox", "list"); list.Total != 1 || list.List[0].State != "sent" {
		t.Errorf("before its copy is filed, outbox list printed %+v", list)
	}
	do[listJSON[statusJSON]](i, "sync")
	i.server.Client(t, "alice").WaitMessages("Sent", 1)
	if list := do[listJSON[submissionJSON]](i, "outbox", "list"); list.Total != 0 {
		t.Errorf("in the end outbox list printed %+v", list)
	}

	refused := i.refusedSend(mail.CodeRecipientRefused, "send", "--account", account, "--to", "nobody@waxwing.test", "--to", "bob@waxwing.test", letterFile(t, "x@waxwing.test"))
	if refused.State != "refused" || refused.Envelope.RcptTo[0].Error == nil || refused.Envelope.RcptTo[1].Error != nil || refused.UndoStatus != "pending" {
		t.Errorf("send to nobody printed %+v", refused)
	}
	again := i.refusedSend(mail.CodeRecipientRefused, "outbox", "retry", refused.ID)
	if again.ID != refused.ID || again.Attempts != 2 {
		t.Errorf("outbox retry printed %+v", again)
	}
	i.refused(mail.CodeConflict, "", "outbox", "retry", refused.ID, "--sent")
	if text := i.call("", "outbox", "list").out; !strings.Contains(text, refused.ID) || !strings.Contains(text, "doesn't take mail for nobody@waxwing.test") {
		t.Errorf("outbox list says %q", text)
	}
	if got := do[map[string]*string](i, "outbox", "cancel", refused.ID); got["draftId"] != nil {
		t.Errorf("outbox cancel printed %v", got)
	}
	i.refused(mail.CodeNotFound, "", "outbox", "cancel", refused.ID)
	i.refused(mail.CodeNotFound, "", "outbox", "retry", "a1-m1")
	i.refused(mail.CodeInvalid, "From: alice@waxwing.test\n\nto nobody\n", "send", "-")
}

// refusedSend runs a command that doesn't send, and returns what it says of the
// message.
func (i *installation) refusedSend(code mail.Code, args ...string) submissionJSON {
	i.Helper()
	got := i.call("", append([]string{"--json"}, args...)...)
	if got.status != exitFailed || !strings.Contains(got.err, "("+string(code)+")") {
		i.Errorf("%q: status %d, stderr %q, want 1 and code %s", args, got.status, got.err, code)
	}
	var document submissionJSON
	if err := json.Unmarshal([]byte(got.out), &document); err != nil {
		i.Fatalf("%q: %v in\n%s", args, err, got.out)
	}
	if document.Error == nil || document.Error.Code != string(code) {
		i.Errorf("%q printed %s, want code %s", args, got.out, code)
	}
	return document
}

// TestSendUnknown loses the answer to the end of a message, and says that it was sent.
func TestSendUnknown(t *testing.T) {
	t.Parallel()
	i, _, p := newSender(t)
	p.CutAtEnd(true)
	unknown := i.refusedSend(mail.CodeOutcomeUnknown, "send", letterFile(t, "bob@waxwing.test"))
	if unknown.State != "unknown" {
		t.Errorf("send printed %+v", unknown)
	}
	i.refused(mail.CodeConflict, "", "outbox", "retry", unknown.ID)
	if got := i.call("", "outbox", "retry", unknown.ID, "--sent", "--not-sent"); got.status != exitUsage {
		t.Errorf("saying both ends with %d: %s", got.status, got.err)
	}
	do[listJSON[statusJSON]](i, "sync")
	if sent := do[submissionJSON](i, "outbox", "retry", unknown.ID, "--sent"); sent.State != "sent" {
		t.Errorf("saying that it was sent printed %+v", sent)
	}
	do[listJSON[statusJSON]](i, "sync")
	for mailbox, user := range map[string]string{"Sent": "alice", "INBOX": "bob"} {
		c := i.server.Client(t, user)
		c.WaitMessages(mailbox, 1)
		if n := len(c.Fetch(mailbox)); n != 1 {
			t.Errorf("%s has %d messages in %s, want one", user, n, mailbox)
		}
	}
}

func TestSendChoosesAccount(t *testing.T) {
	t.Parallel()
	i, account, _ := newSender(t)
	second := do[accountJSON](i, "account", "add", "--email", "bob@waxwing.test", "--user", "alice",
		"--imap", fmt.Sprintf("%s:%d", i.server.IMAPS().Host, i.server.IMAPS().Port), "--imap-security", "none", "--password-stdin")
	if got := do[submissionJSON](i, "send", letterFile(t, "bob@waxwing.test")); got.AccountID != account {
		t.Errorf("sent through %s, want %s, whose address it is from", got.AccountID, account)
	}
	if got := i.refusedSend(mail.CodeNoOutgoing, "send", "--account", second.ID, letterFile(t, "bob@waxwing.test")); got.State != "queued" {
		t.Errorf("without an outgoing server it is %+v", got)
	}
	stranger := filepath.Join(t.TempDir(), "x.eml")
	if err := os.WriteFile(stranger, []byte("From: eve@waxwing.test\nTo: bob@waxwing.test\n\nText\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{{"send"}, {"send", stranger}, {"send", stranger, "--to", ""}, {"send", stranger + "x"}, {"outbox", "cancel"}, {"draft", "list", "x"}, {"outbox", "list", "x"}} {
		if got := i.call("", args...); got.status != exitUsage {
			t.Errorf("%q ends with %d: %s", args, got.status, got.err)
		}
	}
}

func TestDraftList(t *testing.T) {
	t.Parallel()
	i, _, _ := newSender(t)
	e, err := engine.Open(t.Context(), engine.Config{Dir: i.dir, Secrets: secrets.Options{KeyFile: i.keyFile}})
	if err != nil {
		t.Fatal(err)
	}
	d, err := e.Compose(t.Context(), engine.StartDraft{Kind: mail.DraftNew})
	if err == nil {
		d.Subject, d.To = "Begun", []mail.Address{{Name: "Bob", Email: "bob@waxwing.test"}}
		d, err = e.SaveDraft(t.Context(), d)
	}
	if err == nil {
		_, err = e.AttachFile(t.Context(), d.Ref(), "plan.pdf", "application/pdf", "", strings.NewReader("%PDF"))
	}
	if err != nil {
		t.Fatal(err)
	}
	if err := e.Close(); err != nil {
		t.Fatal(err)
	}
	list := do[listJSON[draftJSON]](i, "draft", "list")
	if list.Total != 1 || list.List[0].ID != d.Ref().String() || list.List[0].Subject != "Begun" || list.List[0].Kind != "new" ||
		list.List[0].To[0].Email != "bob@waxwing.test" || len(list.List[0].Attachments) != 1 || list.List[0].SavedAt == "" {
		t.Errorf("draft list printed %+v", list)
	}
	if text := i.call("", "draft", "list").out; !strings.Contains(text, "Begun") || !strings.Contains(text, "Bob <bob@waxwing.test>") {
		t.Errorf("draft list says %q", text)
	}
}
