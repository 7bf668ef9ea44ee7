package main

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"waxwing/backend/demo"
	"waxwing/backend/mail"
	"waxwing/backend/mailtest"
	"waxwing/backend/message"
	"waxwing/backend/render"
)

func TestEndToEnd(t *testing.T) {
	i := newInstallation(t)
	truth := map[string]mailtest.Truth{}
	var corpus []mailtest.Message
	for m := range mailtest.Corpus(120, 7) {
		corpus = append(corpus, m)
		truth[m.Truth.MessageID] = m.Truth
	}
	i.server.Load(t, i.user, slices.Values(corpus))
	i.server.Deliver(t, i.user, "INBOX", markedMail(1, false))
	i.server.Deliver(t, i.user, "INBOX", markedMail(2, true))

	id := i.add()
	i.refused(mail.CodeExists, i.server.Password(i.user), "account", "add", "--email", i.server.Address(i.user),
		"--user", i.user, "--imap", fmt.Sprintf("%s:%d", i.server.IMAPS().Host, i.server.IMAPS().Port), "--password-stdin")

	synced := do[listJSON[statusJSON]](i, "sync")
	if len(synced.List) != 1 || synced.List[0].Phase != string(mail.PhaseUpToDate) || synced.List[0].LastSync == nil {
		t.Errorf("sync printed %+v, want the account up to date", synced)
	}

	boxes := mailboxesByName(i)
	inbox := boxes["INBOX"]
	if inbox.TotalEmails != 122 || inbox.Role == nil || *inbox.Role != "inbox" || inbox.AccountID != id {
		t.Errorf("mailbox list shows the inbox as %+v, want 122 messages, role inbox, account %s", inbox, id)
	}

	emails := allMessages(i, "inbox")
	if len(emails) != 122 {
		t.Fatalf("message list shows %d messages, want 122", len(emails))
	}
	for _, e := range emails {
		if want, ok := truth[e.MessageID[0]]; ok {
			checkEmail(t, e, want, inbox.ID)
		}
	}
	checkRaw(i, emails)
	checkShow(i)
	checkChanges(i, emails)

	if findings := do[listJSON[findingJSON]](i, "doctor"); findings.Total != 0 {
		t.Errorf("doctor found %+v, want nothing", findings.List)
	}
	if got := do[map[string]string](i, "account", "remove", id); got["id"] != id {
		t.Errorf("account remove printed %v, want id %s", got, id)
	}
	if list := do[listJSON[accountJSON]](i, "account", "list"); list.Total != 0 {
		t.Errorf("account list after removing shows %+v", list.List)
	}
	nothingLeft(i)
}

func mailboxesByName(i *installation) map[string]mailboxJSON {
	i.Helper()
	boxes := map[string]mailboxJSON{}
	for _, b := range do[listJSON[mailboxJSON]](i, "mailbox", "list").List {
		boxes[b.Path] = b
	}
	return boxes
}

// allMessages reads a mailbox page by page, checking the order.
func allMessages(i *installation, mailbox string) []emailJSON {
	i.Helper()
	var all []emailJSON
	args := []string{"message", "list", "--mailbox", mailbox, "--limit", "50"}
	for {
		page := do[listJSON[emailJSON]](i, args...)
		for _, e := range page.List {
			if len(all) > 0 && e.ReceivedAt > all[len(all)-1].ReceivedAt {
				i.Errorf("%s of %s comes after %s of %s", e.ID, e.ReceivedAt, all[len(all)-1].ID, all[len(all)-1].ReceivedAt)
			}
			all = append(all, e)
		}
		if page.Next == nil {
			if page.Total != len(all) {
				i.Errorf("%s: total is %d, and the pages have %d messages", mailbox, page.Total, len(all))
			}
			return all
		}
		args = append(args[:6:6], "--before", *page.Next)
	}
}

// checkEmail compares a listed message with what is known about it.
func checkEmail(t *testing.T, e emailJSON, want mailtest.Truth, inbox string) {
	t.Helper()
	if e.Subject != want.Subject || len(e.From) != 1 || e.From[0].Email != want.FromEmail ||
		!slices.Contains(attached(want), e.HasAttachment) || !maps.Equal(e.MailboxIDs, map[string]bool{inbox: true}) ||
		e.ThreadID == "" || e.Size == 0 {
		t.Errorf("message %s is %+v, want %+v", e.ID, e, want)
	}
	if e.SentAt == nil || !sameInstant(*e.SentAt, want.SentAt) {
		t.Errorf("message %s was sent at %v, want %v", e.ID, e.SentAt, want.SentAt)
	}
	if _, err := time.Parse("2006-01-02T15:04:05Z", e.ReceivedAt); err != nil {
		t.Errorf("receivedAt of %s is no UTCDate: %v", e.ID, err)
	}
}

// attached returns what hasAttachment may be: whether an invitation, a report or
// a forwarded message counts is for package message to say.
func attached(want mailtest.Truth) []bool {
	switch want.Kind {
	case mailtest.KindForward, mailtest.KindInvitation, mailtest.KindReport:
		return []bool{true, false}
	}
	return []bool{len(want.Attachments) > 0}
}

func sameInstant(text string, want time.Time) bool {
	got, err := time.Parse(time.RFC3339, text)
	return err == nil && got.Equal(want)
}

// checkRaw compares every raw message with the server's, octet by octet.
func checkRaw(i *installation, emails []emailJSON) {
	i.Helper()
	onServer := map[string]bool{}
	for _, stored := range i.server.Snapshot(i, i.user)["INBOX"] {
		onServer[string(stored.Raw)] = true
	}
	seen := map[string]bool{}
	for _, e := range emails {
		got := i.call("", "message", "show", e.ID, "--raw")
		if got.status != exitDone || !onServer[got.out] || int64(len(got.out)) != e.Size {
			i.Errorf("message show %s --raw: status %d, %d octets, not what the server has (size %d)", e.ID, got.status, len(got.out), e.Size)
		}
		seen[got.out] = true
	}
	if len(seen) != len(onServer) {
		i.Errorf("%d different messages shown, the server has %d", len(seen), len(onServer))
	}
}

// checkShow looks at the marked messages in every form.
func checkShow(i *installation) {
	i.Helper()
	found := do[listJSON[emailJSON]](i, "search", marker, "--limit", "10").List
	if len(found) != 2 {
		i.Fatalf("search %s found %d messages, want 2", marker, len(found))
	}
	page := found[slices.IndexFunc(found, func(e emailJSON) bool { return strings.HasSuffix(e.Subject, "2") })]
	raw := markedMail(2, true)
	html := i.call("", "message", "show", page.ID, "--html")
	if want := render.Body(message.Parse(raw), render.Options{}).HTML; html.out != string(want) {
		i.Errorf("--html printed\n%s\nwant what the reader shows:\n%s", html.out, want)
	}
	for _, bad := range []string{"tracker.example", "<script>alert"} {
		if strings.Contains(html.out, bad) {
			i.Errorf("--html printed %q:\n%s", bad, html.out)
		}
	}
	if text := i.call("", "message", "show", "--text", page.ID); !strings.Contains(text.out, "The word is "+marker) {
		i.Errorf("--text printed %q", text.out)
	}
	if whole := i.call("", "message", "show", page.ID); !strings.Contains(whole.out, "From:    Bea Sender <bea@example.org>\n") {
		i.Errorf("message show printed %q", whole.out)
	}
	full := do[fullEmailJSON](i, "message", "show", page.ID)
	if len(full.TextBody) != 1 || !strings.Contains(full.BodyValues[*full.TextBody[0].PartID].Value, marker) ||
		len(full.HTMLBody) != 1 || full.BodyValues[*full.HTMLBody[0].PartID].Value != html.out {
		i.Errorf("message show --json printed %+v", full)
	}
	if encoded := do[fullEmailJSON](i, "message", "show", page.ID, "--raw"); !bytes.Equal(encoded.Data, raw) {
		i.Errorf("message show --raw --json holds %s", base64.StdEncoding.EncodeToString(encoded.Data))
	}
	if got := i.refused(mail.CodeNotFound, "", "message", "show", "a1-m999999"); !strings.Contains(got.err, "no a1-m999999 here") {
		i.Errorf("an unknown message: %q, want its id in the sentence", got.err)
	}
	other := found[slices.IndexFunc(found, func(e emailJSON) bool { return e.ID != page.ID })].ID
	several := do[listJSON[fullEmailJSON]](i, "message", "show", "--raw", other, page.ID)
	if several.Total != 2 || len(several.List) != 2 || several.List[0].ID != other || several.List[1].ID != page.ID ||
		!bytes.Equal(several.List[1].Data, raw) {
		i.Errorf("message show --raw --json of two messages printed %+v", several)
	}
	i.refused(mail.CodeNotFound, "", "message", "show", page.ID, "a1-m999999")
	i.refused(mail.CodeNotFound, "", "message", "show", "a9-m1")
	i.refused(mail.CodeNotFound, "", "message", "show", "nonsense")
	i.refused(mail.CodeNotFound, "", "message", "list", "--mailbox", "nonsense")
}

// checkChanges marks, moves and deletes, and looks at the server afterwards.
func checkChanges(i *installation, emails []emailJSON) {
	i.Helper()
	marked, moved, deleted, destroyed, atOnce := emails[0].ID, emails[1].ID, emails[2].ID, emails[3].ID, emails[4].ID
	raw := map[string]string{}
	for _, id := range []string{marked, moved, deleted, destroyed, atOnce} {
		raw[id] = i.call("", "message", "show", "--raw", id).out
	}
	if r := do[receiptJSON](i, "message", "mark", marked, "--read", "--flag", moved); r.Total != 2 || len(r.Operations) != 1 {
		i.Errorf("message mark printed %+v, want one operation for two messages", r)
	}
	if r := do[receiptJSON](i, "message", "mark", marked, moved, "--flag", "--read"); len(r.Operations) != 0 {
		i.Errorf("marking again printed %+v, want no operation", r)
	}
	do[receiptJSON](i, "message", "move", moved, "--to", "Archive")
	do[receiptJSON](i, "message", "delete", deleted, destroyed)
	do[receiptJSON](i, "message", "delete", destroyed)
	do[receiptJSON](i, "message", "delete", atOnce, "--for-good")
	i.refused(mail.CodeNotFound, "", "message", "move", marked, "--to", "nowhere")

	// Seen here at once, before the server knows.
	full := do[fullEmailJSON](i, "message", "show", marked)
	if !full.Keywords["$seen"] || !full.Keywords["$flagged"] {
		i.Errorf("the marked message has keywords %v", full.Keywords)
	}
	if got := mailboxesByName(i); got["INBOX"].TotalEmails != 118 || got["Archive"].TotalEmails != 1 || got["Trash"].TotalEmails != 1 {
		i.Errorf("before the sync the mailboxes are %+v", got)
	}
	if status := do[listJSON[statusJSON]](i, "sync", "--account", "a1").List[0]; status.Pending != 0 {
		i.Errorf("after the sync %d operations wait", status.Pending)
	}
	server := i.server.Snapshot(i, i.user)
	where := func(id string) (places []string) {
		for name, box := range server {
			for _, stored := range box {
				if string(stored.Raw) == raw[id] {
					places = append(places, name+" "+strings.Join(stored.Flags, " "))
				}
			}
		}
		return places
	}
	for _, tt := range []struct {
		what, id string
		want     []string
	}{
		{"marked", marked, []string{`INBOX \Flagged \Seen`}},
		{"moved", moved, []string{`Archive \Flagged \Seen`}},
		{"destroyed", destroyed, nil},
		{"at once destroyed", atOnce, nil},
	} {
		if got := where(tt.id); !slices.Equal(got, tt.want) {
			i.Errorf("the server has the %s message at %q, want %q", tt.what, got, tt.want)
		}
	}
	if got := where(deleted); len(got) != 1 || !strings.HasPrefix(got[0], "Trash") {
		i.Errorf("the server has the deleted message at %q, want Trash", got)
	}
}

// nothingLeft looks for traces of the account in every file.
func nothingLeft(i *installation) {
	i.Helper()
	err := filepath.WalkDir(i.dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		data, err := os.ReadFile(path)
		for _, trace := range []string{marker, i.server.Address(i.user), "bea@example.org"} {
			if bytes.Contains(data, []byte(trace)) {
				i.Errorf("%s holds %q after the account was removed", path, trace)
			}
		}
		if filepath.Base(filepath.Dir(path)) == "accounts" {
			i.Errorf("%s is left after the account was removed", path)
		}
		return err
	})
	if err != nil {
		i.Fatal(err)
	}
}

// TestTwoAccounts has one whose password is wrong: the other works.
func TestTwoAccounts(t *testing.T) {
	i := newInstallation(t)
	i.server.Deliver(t, i.user, "INBOX", markedMail(1, false))
	good := i.add()
	if got := i.call("wrong", "account", "add", "--email", "other@example.org", "--user", i.server.NewUser(t), "--imap",
		"127.0.0.1:"+strconv.Itoa(i.server.IMAP().Port), "--imap-security", "none", "--password-stdin"); got.status != exitDone {
		t.Fatalf("account add: %+v", got)
	}
	got := i.refused(mail.CodeSignIn, "", "sync")
	var document listJSON[statusJSON]
	if err := json.Unmarshal([]byte(got.out), &document); err != nil {
		t.Fatal(err)
	}
	if len(document.List) != 2 || document.List[0].Error != nil || document.List[1].Error == nil {
		t.Errorf("sync printed %s, want the first account well and the second with an error", got.out)
	}
	if list := do[listJSON[emailJSON]](i, "message", "list", "--mailbox", "inbox"); len(list.List) != 1 {
		t.Errorf("the good account's inbox has %+v", list)
	}

	// With mailboxes in both, a name alone isn't enough.
	i.user = i.server.NewUser(t)
	third := i.add()
	do[listJSON[statusJSON]](i, "sync", "--account", third)
	if got := i.call("", "message", "list", "--mailbox", "inbox"); got.status != exitUsage || !strings.Contains(got.err, "--account") {
		t.Errorf("an ambiguous mailbox: %+v, want status 2 and a hint at --account", got)
	}
	if list := do[listJSON[emailJSON]](i, "message", "list", "--mailbox", "inbox", "--account", good); list.Total != 1 {
		t.Errorf("the inbox of %s has %+v", good, list)
	}
	i.refused(mail.CodeNotFound, "", "mailbox", "list", "--account", "a77")
	i.refused(mail.CodeInvalid, "", "message", "list", "--mailbox", "inbox", "--account", good, "--before", "nonsense")
}

// TestSampleServers uses the whole of waxwingctl on the sample mail.
func TestSampleServers(t *testing.T) {
	sample, err := demo.Start(t.Context(), demo.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = sample.Close() }()
	i := newInstallation(t)
	if got := i.call(sample.Password, "account", "add", "--email", sample.Email, "--password-stdin",
		"--imap", fmt.Sprintf("127.0.0.1:%d", sample.IMAP().Port), "--imap-security", "none",
		"--smtp", fmt.Sprintf("127.0.0.1:%d", sample.SMTP().Port), "--smtp-security", "none"); got.status != exitDone {
		t.Fatalf("account add: %+v", got)
	}
	do[listJSON[statusJSON]](i, "sync")
	messages := 0
	for _, b := range do[listJSON[mailboxJSON]](i, "mailbox", "list").List {
		if !b.Selectable || b.TotalEmails == 0 {
			continue
		}
		for _, e := range allMessages(i, b.ID) {
			messages++
			if e.Quarantine != "" {
				t.Errorf("%s %q is quarantined: %s", e.ID, e.Subject, e.Quarantine)
			}
		}
	}
	if messages < 100 {
		t.Errorf("%d sample messages, want at least 100", messages)
	}
	if findings := do[listJSON[findingJSON]](i, "doctor"); findings.Total != 0 {
		t.Errorf("doctor found %+v, want nothing", findings.List)
	}
}

// TestLateDate: a date beyond the year 9999 has no form in RFC 3339.
func TestLateDate(t *testing.T) {
	late := time.Date(9999, 12, 31, 23, 59, 59, 0, time.FixedZone("", -3600)).UTC()
	if d := emailDocument(1, mail.Message{Content: mail.Content{SentAt: late}}); d.SentAt != nil {
		t.Errorf("sentAt is %s, want none", *d.SentAt)
	}
}
