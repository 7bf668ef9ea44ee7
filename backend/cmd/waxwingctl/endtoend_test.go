package main

import (
	"bytes"
	"context"
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
	"waxwing/backend/engine"
	"waxwing/backend/mail"
	"waxwing/backend/mailtest"
	"waxwing/backend/message"
	"waxwing/backend/render"
)

// installation is a data folder of its own with a user on the shared server.
type installation struct {
	*testing.T
	dir, keyFile string
	server       *mailtest.Server
	user         string
}

func newInstallation(t *testing.T) *installation {
	t.Helper()
	server := mailtest.Shared(t)
	dir := t.TempDir()
	return &installation{
		T:       t,
		dir:     filepath.Join(dir, "data"),
		keyFile: filepath.Join(dir, "key"),
		server:  server,
		user:    server.NewUser(t),
	}
}

// call runs a command on the data folder.
func (i *installation) call(stdin string, args ...string) outcome {
	i.Helper()
	return call(i.T, stdin, append([]string{"--data", i.dir, "--key-file", i.keyFile}, args...)...)
}

// do runs a command that must succeed, with --json, and reads its document
// into one of type T. Fields that T doesn't have are errors.
func do[T any](i *installation, args ...string) (document T) {
	i.Helper()
	got := i.call(i.server.Password(i.user)+"\n", append([]string{"--json"}, args...)...)
	if got.status != exitDone {
		i.Fatalf("%q: status %d\n%s%s", args, got.status, got.out, got.err)
	}
	strict := json.NewDecoder(strings.NewReader(got.out))
	strict.DisallowUnknownFields()
	if err := strict.Decode(&document); err != nil {
		i.Fatalf("%q: %v in\n%s", args, err, got.out)
	}
	if strict.More() {
		i.Fatalf("%q printed more than one document:\n%s", args, got.out)
	}
	return document
}

// refused runs a command that must fail with the code, in words and in JSON.
func (i *installation) refused(code mail.Code, stdin string, args ...string) outcome {
	i.Helper()
	got := i.call(stdin, append([]string{"--json"}, args...)...)
	var document struct{ Error errorJSON }
	if err := json.Unmarshal([]byte(got.out), &document); err != nil {
		i.Fatalf("%q: stdout is no document: %v\n%s%s", args, err, got.out, got.err)
	}
	if got.status != exitFailed || document.Error.Code != string(code) || document.Error.Message == "" ||
		!strings.Contains(got.err, "("+string(code)+")") {
		i.Errorf("%q: status %d, document %s, stderr %q, want 1 and code %s", args, got.status, got.out, got.err, code)
	}
	return got
}

// add connects the user and returns the account's id.
func (i *installation) add() string {
	i.Helper()
	ca := filepath.Join(i.TempDir(), "ca.pem")
	if err := os.WriteFile(ca, []byte(i.server.CA), 0o600); err != nil {
		i.Fatal(err)
	}
	imap := i.server.IMAPS()
	account := do[accountJSON](i, "account", "add", "--email", i.server.Address(i.user), "--user", i.user,
		"--name", "Ann Example", "--imap", fmt.Sprintf("%s:%d", imap.Host, imap.Port), "--imap-security", "tls",
		"--ca", ca, "--password-stdin")
	want := accountJSON{
		ID: account.ID, Email: i.server.Address(i.user), Name: "Ann Example", User: i.user,
		IMAP: &serverJSON{imap.Host, imap.Port, "tls"},
	}
	if account.IMAP == nil || *account.IMAP != *want.IMAP || account.SMTP != nil || account.Email != want.Email ||
		account.Name != want.Name || account.User != want.User {
		i.Errorf("account add printed %+v, want %+v", account, want)
	}
	return account.ID
}

// marker is a word that only the test mail contains.
const marker = "zirkonkolibri"

// markedMail is a message with the marker in each of its places.
func markedMail(n int, html bool) []byte {
	body, kind := "The word is "+marker+".\r\n", "text/plain"
	if html {
		kind = "text/html"
		body = `<p>The word is <b>` + marker + `</b> <img src="https://tracker.example/x.gif"><script>alert(1)</script></p>` + "\r\n"
	}
	return fmt.Appendf(nil, "From: Bea Sender <bea@example.org>\r\nTo: Ann <ann@example.org>\r\n"+
		"Subject: %s %d\r\nMessage-ID: <%s.%d@example.org>\r\nDate: Mon, 2 Mar 2026 10:0%d:00 +0100\r\n"+
		"MIME-Version: 1.0\r\nContent-Type: %s; charset=utf-8\r\n\r\n%s", marker, n, marker, n, n, kind, body)
}

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
	marked, moved, deleted, destroyed := emails[0].ID, emails[1].ID, emails[2].ID, emails[3].ID
	raw := map[string]string{}
	for _, id := range []string{marked, moved, deleted, destroyed} {
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
	i.refused(mail.CodeNotFound, "", "message", "move", marked, "--to", "nowhere")

	// Seen here at once, before the server knows.
	full := do[fullEmailJSON](i, "message", "show", marked)
	if !full.Keywords["$seen"] || !full.Keywords["$flagged"] {
		i.Errorf("the marked message has keywords %v", full.Keywords)
	}
	if got := mailboxesByName(i); got["INBOX"].TotalEmails != 119 || got["Archive"].TotalEmails != 1 || got["Trash"].TotalEmails != 1 {
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

func TestWrongPassword(t *testing.T) {
	i := newInstallation(t)
	imap := i.server.IMAP()
	where := []string{"--email", i.server.Address(i.user), "--user", i.user, "--password-stdin",
		"--imap", fmt.Sprintf("%s:%d", imap.Host, imap.Port), "--imap-security", "none"}
	if got := i.call("not-the-password\n", append([]string{"account", "add"}, where...)...); got.status != exitDone {
		t.Fatalf("account add: %+v", got)
	}
	got := i.refused(mail.CodeSignIn, "", "sync")
	if strings.Contains(got.out+got.err, "not-the-password") {
		t.Errorf("the password was printed:\n%s%s", got.out, got.err)
	}
	i.refused(mail.CodeSignIn, "not-the-password\n", append([]string{"account", "test"}, where...)...)
	// Blanks around it belong to a password; only the newline doesn't.
	i.refused(mail.CodeSignIn, " "+i.server.Password(i.user)+"\n", append([]string{"account", "test"}, where...)...)
	for _, end := range []string{"", "\n", "\r\n"} {
		if got := i.call(i.server.Password(i.user)+end, append([]string{"account", "test"}, where...)...); got.status != exitDone {
			t.Errorf("account test with the password ended by %q: %+v", end, got)
		}
	}
}

func TestAccountTest(t *testing.T) {
	i := newInstallation(t)
	at := func(port int) string { return "127.0.0.1:" + strconv.Itoa(port) }
	base := []string{"account", "test", "--email", i.server.Address(i.user), "--user", i.user, "--password-stdin", "--imap"}
	password := i.server.Password(i.user)

	plain := do[reportJSON](i, append(base, at(i.server.IMAP().Port), "--imap-security", "none")...)
	if !plain.OK || len(plain.Steps) == 0 || plain.Error != nil {
		t.Errorf("account test printed %+v, want all well", plain)
	}
	got := i.refused(mail.CodeTLSUntrusted, password, append(base, at(i.server.IMAPS().Port))...)
	var document reportJSON
	if err := json.Unmarshal([]byte(got.out), &document); err != nil {
		t.Fatal(err)
	}
	shown := slices.ContainsFunc(document.Steps, func(s stepJSON) bool {
		return s.State == "failed" && s.Certificate != nil && len(s.Certificate.SHA256) == 64
	})
	if !shown {
		t.Errorf("an untrusted certificate isn't shown:\n%s", got.out)
	}
	i.refused(mail.CodeWrongSecurity, password, append(base, at(i.server.IMAP().Port), "--imap-security", "tls")...)
	if _, err := os.Stat(i.dir); err == nil {
		t.Errorf("account test made the data folder")
	}
}

func TestInUse(t *testing.T) {
	i := newInstallation(t)
	window, err := engine.Open(t.Context(), engine.Config{Dir: i.dir})
	if err != nil {
		t.Fatal(err)
	}
	i.refused(mail.CodeInUse, "", "account", "list")
	if err := window.Close(); err != nil {
		t.Fatal(err)
	}
	if got := i.call("", "account", "list"); got.status != exitDone {
		t.Errorf("after the window was closed: %+v", got)
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

// TestDoctorReportsDamage destroys an account's database.
func TestDoctorReportsDamage(t *testing.T) {
	i := newInstallation(t)
	i.add()
	file := filepath.Join(i.dir, "accounts", "1.db")
	if err := os.WriteFile(file, bytes.Repeat([]byte("no database "), 1000), 0o600); err != nil {
		t.Fatal(err)
	}
	got := i.refused(mail.CodeDamaged, "", "doctor")
	var document listJSON[findingJSON]
	if err := json.Unmarshal([]byte(got.out), &document); err != nil {
		t.Fatal(err)
	}
	if len(document.List) != 1 || document.List[0].Mended || document.List[0].AccountID == nil {
		t.Errorf("doctor printed %s, want one finding that isn't mended", got.out)
	}
	i.refused(mail.CodeDamaged, "", "mailbox", "list")
	for _, command := range [][]string{{"doctor"}, {"mailbox", "list"}} {
		if got := i.call("", command...); got.status != exitFailed || !strings.Contains(got.err, file) {
			t.Errorf("%s printed %+v, want a sentence that names %s", command, got, file)
		}
	}
	if got := i.call("", "doctor"); !strings.Contains(got.out, "a1: ") {
		t.Errorf("doctor printed %+v, want the finding in words", got)
	}
}

// TestDamagedApplication destroys the database of accounts and settings.
func TestDamagedApplication(t *testing.T) {
	i := newInstallation(t)
	do[listJSON[accountJSON]](i, "account", "list")
	file := filepath.Join(i.dir, "waxwing.db")
	if err := os.WriteFile(file, bytes.Repeat([]byte("no database "), 1000), 0o600); err != nil {
		t.Fatal(err)
	}
	got := i.refused(mail.CodeDamaged, "", "account", "list")
	if !strings.Contains(got.err, file) || !strings.Contains(got.err, "backup") || strings.Contains(got.err, "account's") {
		t.Errorf("stderr %q, want the file and what to do about this one", got.err)
	}
}

// TestUnwritableData names a folder that can't be made.
func TestUnwritableData(t *testing.T) {
	i := newInstallation(t)
	if err := os.WriteFile(i.dir, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	got := i.refused(mail.CodeCannotWrite, "", "account", "list")
	if !strings.Contains(got.err, i.dir+" can't be written: ") || !strings.Contains(got.err, "--data") {
		t.Errorf("stderr %q, want the folder and why", got.err)
	}
}

// TestDoctorGoesOn damages the inside of one of two accounts.
func TestDoctorGoesOn(t *testing.T) {
	i := newInstallation(t)
	for m := range mailtest.Corpus(20, 7) {
		i.server.Deliver(t, i.user, "INBOX", m.Raw)
	}
	i.add()
	do[listJSON[statusJSON]](i, "sync")
	i.user = i.server.NewUser(t)
	i.add()
	file := filepath.Join(i.dir, "accounts", "1.db")
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	for n := len(data) / 4; n < len(data); n++ {
		data[n] = 0xff
	}
	if err := os.WriteFile(file, data, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(i.dir, "accounts", "7.db"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	got := i.refused(mail.CodeDamaged, "", "doctor")
	if !strings.Contains(got.out, `"a1"`) || !strings.Contains(got.out, "7.db") {
		t.Errorf("doctor printed %s, want the damage and the file that is nobody's", got.out)
	}
}

// TestNoKeyring gives a file that is no key: nothing may be stored.
func TestNoKeyring(t *testing.T) {
	i := newInstallation(t)
	if err := os.WriteFile(i.keyFile, []byte("no key"), 0o600); err != nil {
		t.Fatal(err)
	}
	i.refused(mail.CodeInvalid, "secret", "account", "add", "--email", "ann@example.org", "--imap", "imap.example.org", "--password-stdin")
	if list := do[listJSON[accountJSON]](i, "account", "list"); list.Total != 0 {
		t.Errorf("accounts after a failure: %+v", list)
	}
}

// TestCancelled ends a sync before it began.
func TestCancelled(t *testing.T) {
	i := newInstallation(t)
	i.add()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	var out, err bytes.Buffer
	status := run(ctx, []string{"--data", i.dir, "--key-file", i.keyFile, "sync"}, streams{in: strings.NewReader(""), out: &out, err: &err})
	if status != exitFailed || !strings.Contains(err.String(), "(cancelled)") {
		t.Errorf("status %d, stderr %q, want 1 and code cancelled", status, err.String())
	}
}

// TestRefused: a change that the server refuses fails the sync that brings it,
// with its reason, and no later one.
func TestRefused(t *testing.T) {
	i := newInstallation(t)
	i.server.Deliver(t, i.user, "INBOX", markedMail(1, false))
	i.add()
	do[listJSON[statusJSON]](i, "sync")
	receipt := do[receiptJSON](i, "message", "move", allMessages(i, "inbox")[0].ID, "--to", "archive")
	other := i.server.Client(t, i.user)
	other.Do("SELECT INBOX")
	other.Do(`STORE 1 +FLAGS (\Deleted)`)
	other.Do("EXPUNGE")

	got := i.refused(mail.CodeNotFound, "", "sync")
	var document listJSON[statusJSON]
	if err := json.Unmarshal([]byte(got.out), &document); err != nil {
		t.Fatal(err)
	}
	refused := document.List[0].Refused
	if len(refused) != 1 || refused[0].ID != receipt.Operations[0] || refused[0].Error.Code != string(mail.CodeNotFound) {
		t.Errorf("refused %+v, want the move %s", refused, receipt.Operations)
	}
	if !strings.Contains(got.err, receipt.Operations[0]+" refused: ") {
		t.Errorf("stderr doesn't tell of the move:\n%s", got.err)
	}
	do[listJSON[statusJSON]](i, "sync")
}

// TestClosedMailbox: a mailbox that the server doesn't open fails the sync, which
// says which one it is and brings the others all the same.
func TestClosedMailbox(t *testing.T) {
	i := newInstallation(t)
	i.server.Deliver(t, i.user, "INBOX", markedMail(1, false))
	i.server.Client(t, i.user).Do("CREATE Attic")
	i.server.Shut(t, i.user, "Attic")
	i.add()

	got := i.refused(mail.CodeServerRefused, "", "sync")
	var document listJSON[statusJSON]
	if err := json.Unmarshal([]byte(got.out), &document); err != nil {
		t.Fatal(err)
	}
	s := document.List[0]
	if s.Phase != string(mail.PhaseUpToDate) || s.Error == nil || s.Error.Args["mailbox"] != "Attic" || s.Error.Server == "" {
		t.Errorf("status is %+v, want %s but for Attic", s, mail.PhaseUpToDate)
	}
	if !strings.Contains(got.err, i.server.Address(i.user)+": upToDate but for Attic: ") {
		t.Errorf("stderr doesn't tell of Attic:\n%s", got.err)
	}
	if n := len(allMessages(i, "inbox")); n != 1 {
		t.Errorf("%d messages in the inbox, want 1", n)
	}
}

// TestAccountPassword: a password that changed at the provider is stored anew.
func TestAccountPassword(t *testing.T) {
	i := newInstallation(t)
	id := i.add()
	i.server.SetPassword(t, i.user, "another")
	i.refused(mail.CodeSignIn, "", "sync")
	if got := i.call("another\n", "account", "password", id, "--password-stdin"); got.status != exitDone || strings.Contains(got.out+got.err, "another\n") {
		t.Fatalf("account password: %+v", got)
	}
	do[listJSON[statusJSON]](i, "sync")
	i.refused(mail.CodeNotFound, "another\n", "account", "password", "a99", "--password-stdin")
}

// TestLateDate: a date beyond the year 9999 has no form in RFC 3339.
func TestLateDate(t *testing.T) {
	late := time.Date(9999, 12, 31, 23, 59, 59, 0, time.FixedZone("", -3600)).UTC()
	if d := emailDocument(1, mail.Message{Content: mail.Content{SentAt: late}}); d.SentAt != nil {
		t.Errorf("sentAt is %s, want none", *d.SentAt)
	}
}

// TestUnusableFolder: a data folder that can't be written to is named as that.
func TestUnusableFolder(t *testing.T) {
	i := newInstallation(t)
	if err := os.MkdirAll(filepath.Join(i.dir, "lock"), 0o700); err != nil {
		t.Fatal(err)
	}
	if got := i.refused(mail.CodeInvalid, "", "account", "list"); !strings.Contains(got.err, "--data") || !strings.Contains(got.err, "lock") {
		t.Errorf("stderr doesn't tell what is wrong:\n%s", got.err)
	}
}
