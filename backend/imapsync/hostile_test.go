package imapsync

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"waxwing/backend/mail"
)

const body = "BODY.PEEK[]"

// onBody misbehaves when the message's body is asked for.
func onBody(f func(proper string) (string, bool, string)) func(string, string) (string, bool, string) {
	return func(items, proper string) (string, bool, string) {
		if !strings.Contains(items, body) {
			return proper, false, ""
		}
		return f(proper)
	}
}

// TestMalformedMessage: whatever a server says about one message, the others
// arrive, and that one is there as far as it could be had.
func TestMalformedMessage(t *testing.T) {
	t.Parallel()
	replace := func(from, to string) func(string) (string, bool, string) {
		return func(proper string) (string, bool, string) { return strings.ReplaceAll(proper, from, to), false, "" }
	}
	told := false
	tests := []struct {
		name       string
		reply      func(items, proper string) (string, bool, string)
		quarantine string // part of the reason; "" when the message arrives
	}{
		{"unknown item", onBody(replace("UID 13", "UID 13 X-WEIRD (1 2)")), "can't be understood"},
		{"unknown item beside the date only", func(items, proper string) (string, bool, string) {
			if strings.Contains(items, "INTERNALDATE") {
				return strings.ReplaceAll(proper, "UID 13", "UID 13 X-WEIRD x"), false, ""
			}
			return proper, false, ""
		}, ""},
		{"bad date", onBody(replace("02-Nov-2026", "Tuesday")), ""},
		{"bad flag", onBody(replace(`\Seen`, `\Seen Ju]nk {x`)), ""},
		{"bad flag in the listing", func(_, proper string) (string, bool, string) {
			return strings.ReplaceAll(proper, `\Seen`, `\Seen Ju]nk`), false, ""
		}, ""},
		{"bad size in the listing", func(_, proper string) (string, bool, string) {
			return strings.ReplaceAll(proper, "RFC822.SIZE", "RFC822.SIZE x"), false, ""
		}, ""},
		{"size zero", func(_, proper string) (string, bool, string) {
			return strings.ReplaceAll(proper, "RFC822.SIZE ", "RFC822.SIZE 0"), false, ""
		}, ""},
		{"short literal", onBody(func(proper string) (string, bool, string) {
			return strings.Replace(proper, "{", "{9", 1), false, ""
		}), "shorter than announced"},
		{"long literal", onBody(func(proper string) (string, bool, string) {
			return strings.Replace(proper, "{1", "{", 1), false, ""
		}), "can't be understood"},
		{"hang up", onBody(func(proper string) (string, bool, string) { return proper[:60], true, "" }), "closes the connection"},
		{"bye", onBody(func(string) (string, bool, string) { return "* BYE [SERVERBUG] sorry\r\n", true, "" }), "closes the connection"},
		{"no", onBody(func(string) (string, bool, string) { return "", false, "NO some messages are broken" }), "refuses to give this message: some messages are broken"},
		{"bad", onBody(func(string) (string, bool, string) { return "", false, "BAD oops" }), "refuses to give this message: oops"},
		{"no answer", onBody(func(string) (string, bool, string) { return "", false, "" }), "lists this message but doesn't give it"},
		{"nil", onBody(func(proper string) (string, bool, string) {
			return proper[:strings.Index(proper, "BODY[]")] + "BODY[] NIL)\r\n", false, ""
		}), "gives no content"},
		{"unasked flags before", onBody(func(proper string) (string, bool, string) {
			if told {
				return proper, false, ""
			}
			told = true
			return `* 13 FETCH (UID 13 FLAGS (\Seen))` + "\r\n" + proper, false, ""
		}), ""},
		{"unknown response before", onBody(func(proper string) (string, bool, string) {
			return "* XYZZY {3}\r\nabc foo\r\n* VANISHED (EARLIER) 1:2\r\n" + proper, false, ""
		}), ""},
		{"bare line feed", onBody(replace("))\r\n", "))\n")), ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			f := newFake(t, 30)
			f.messages[12].reply = test.reply
			r := f.rig()
			r.cfg.limits.headStart = 3
			r.cfg.limits.chunkCount = 20
			r.sync()
			checkFake(r, f, 13, test.quarantine)
			// The next pass asks for nothing again.
			f.mu.Lock()
			f.commands = nil
			f.mu.Unlock()
			r.sync()
			checkFake(r, f, 13, test.quarantine)
			f.mu.Lock()
			defer f.mu.Unlock()
			if n := fetchedBodies(f.commands); n > 0 {
				t.Errorf("the next pass asks for %d bodies: %q", n, f.commands)
			}
		})
	}
}

// checkFake compares the inbox with a fake's messages, one of which may be
// quarantined.
func checkFake(r *rig, f *fake, culprit mail.UID, quarantine string) {
	r.t.Helper()
	local, err := r.store.Locations(r.t.Context(), r.mailbox("INBOX").ID)
	if err != nil || len(local) != len(f.messages) {
		r.t.Fatalf("%d messages, %v, want %d", len(local), err, len(f.messages))
	}
	for i, l := range local {
		m, err := r.store.Message(r.t.Context(), l.Message)
		if err != nil {
			r.t.Fatal(err)
		}
		if l.UID == culprit && quarantine != "" {
			if !strings.Contains(m.Quarantine, quarantine) {
				r.t.Errorf("UID %d: quarantine %q, want %q", l.UID, m.Quarantine, quarantine)
			}
			continue
		}
		raw, err := r.store.Raw(r.t.Context(), l.Message)
		if err != nil || m.Quarantine != "" || string(raw) != string(f.messages[i].raw) {
			r.t.Errorf("UID %d: %q, %v, quarantine %q, want %q", l.UID, raw, err, m.Quarantine, f.messages[i].raw)
		}
	}
}

// TestSeveralCulprits: more than one message is bad, each in its own way.
func TestSeveralCulprits(t *testing.T) {
	t.Parallel()
	f := newFake(t, 64)
	for _, i := range []int{0, 17, 18, 63} {
		f.messages[i].reply = onBody(func(proper string) (string, bool, string) {
			return strings.Replace(proper, "UID", "ODD 1 UID", 1), false, ""
		})
	}
	r := f.rig()
	r.sync()
	local, err := r.store.Locations(t.Context(), r.mailbox("INBOX").ID)
	if err != nil {
		t.Fatal(err)
	}
	var bad []mail.UID
	for _, l := range local {
		if m, err := r.store.Message(t.Context(), l.Message); err != nil || m.Quarantine != "" {
			bad = append(bad, l.UID)
		}
	}
	if fmt.Sprint(bad) != "[1 18 19 64]" || len(local) != 64 {
		t.Errorf("quarantined %v of %d, want 1, 18, 19, 64 of 64", bad, len(local))
	}
}

// TestNamesOnServer: mailboxes in foreign spelling are listed, opened and filled.
func TestNamesOnServer(t *testing.T) {
	t.Parallel()
	f := newFake(t, 2)
	f.mailboxes = append(f.mailboxes, `* LIST () "/" R&D`, "* LIST () \"/\" \"Entw\xfcrfe\"", `* LIST (\Noselect) "/" parent`, `* LIST () "/" {8}`+"\r\na \"b\" &c")
	r := f.rig()
	r.sync()
	for _, name := range []string{"R&D", "Entwürfe", `a "b" &c`} {
		if n := len(r.ids(name)); n != 2 {
			t.Errorf("%s holds %d messages, want 2", name, n)
		}
	}
	if m := r.mailbox("Entwürfe"); m.Role != mail.RoleDrafts {
		t.Errorf("role of %q is %q, want drafts", m.Path, m.Role)
	}
	if m := r.mailbox("parent"); m.Selectable {
		t.Error("a mere parent can be selected")
	}
	for _, want := range []string{`SELECT "R&D"`, "SELECT \"Entw\xfcrfe\"", `SELECT "a \"b\" &c"`} {
		if !hasLine(f.commands, want) {
			t.Errorf("no command %q in %q", want, f.commands)
		}
	}
}

// TestUnusable: servers that can't be worked with end a pass with the right
// code, in bounded time.
func TestUnusable(t *testing.T) {
	t.Parallel()
	at := func(verb, text string) func(*fake) {
		return func(f *fake) {
			f.answer = func(tag, command string) (string, bool) {
				return strings.ReplaceAll(text, "TAG", tag), strings.HasPrefix(command, verb)
			}
		}
	}
	tests := []struct {
		name   string
		change func(*fake)
		want   mail.Code
	}{
		{"not IMAP", func(f *fake) { f.greeting = "220 mail.test ESMTP" }, mail.CodeNotIMAP},
		{"garbage", func(f *fake) { f.greeting = "\x15\x03\x01" }, mail.CodeNotIMAP},
		{"bye", func(f *fake) { f.greeting = "* BYE [UNAVAILABLE] too many connections" }, mail.CodeThrottled},
		{"sign-in refused", at("LOGIN", "TAG NO [AUTHENTICATIONFAILED] no\r\n"), mail.CodeSignIn},
		{"sign-in refused without code", at("LOGIN", "TAG NO go away\r\n"), mail.CodeSignIn},
		{"too many connections", at("LOGIN", "TAG NO [LIMIT] too many\r\n"), mail.CodeThrottled},
		{"unavailable", at("LOGIN", "TAG NO [UNAVAILABLE] later\r\n"), mail.CodeThrottled},
		{"in use", at("LOGIN", "TAG NO [INUSE] later\r\n"), mail.CodeThrottled},
		{"no LOGIN", func(f *fake) { f.caps = "IMAP4rev1 LOGINDISABLED" }, mail.CodeSignInDisabled},
		{"hang up on LOGIN", at("LOGIN", ""), mail.CodeConnectionLost},
		{"bye on LIST", at("LIST", "* BYE idle too long\r\n"), mail.CodeTimeout},
		{"garbage on LIST", at("LIST", "* LIST ((((\r\n"), mail.CodeProtocol},
		{"wrong tag", at("LIST", "X9 OK\r\n"), mail.CodeProtocol},
		{"refused LIST", at("LIST", "TAG NO not now\r\n"), mail.CodeServerRefused},
		{"endless LIST", at("LIST", "* LIST () \"/\" a\r\n"), mail.CodeTimeout},
		{"silence", at("LIST", "* OK working on it\r\n"), mail.CodeTimeout},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			f := newFake(t, 3)
			test.change(f)
			r := f.rig()
			r.cfg.limits.patience = 500 * time.Millisecond
			start := time.Now()
			err := Sync(t.Context(), r.cfg)
			if took := time.Since(start); mail.CodeOf(err) != test.want || took > 15*time.Second {
				t.Errorf("Sync ends after %v with %v, want %s", took, err, test.want)
			}
		})
	}
}

// TestIncompleteSearch: messages are not forgotten because SEARCH leaves them out.
func TestIncompleteSearch(t *testing.T) {
	t.Parallel()
	f := newFake(t, 10)
	f.caps = "IMAP4rev1 CONDSTORE ESEARCH"
	f.answer = func(tag, command string) (string, bool) {
		switch {
		case strings.HasPrefix(command, "UID SEARCH RETURN"):
			return fmt.Sprintf("* ESEARCH (TAG %q) UID ALL 1:4\r\n%s OK\r\n", tag, tag), true
		case strings.HasPrefix(command, "SELECT"):
			return fmt.Sprintf("* 10 EXISTS\r\n* OK [UIDVALIDITY 1] x\r\n* OK [UIDNEXT 11] x\r\n* OK [HIGHESTMODSEQ 5] x\r\n%s OK\r\n", tag), true
		}
		return "", false
	}
	r := f.rig()
	r.sync()
	r.sync()
	checkFake(r, f, 0, "")
	if !hasLine(f.commands, "CHANGEDSINCE") {
		t.Errorf("CONDSTORE isn't used: %q", f.commands)
	}
}

// TestRefusedMailbox: a mailbox that can't be opened doesn't hold up the others.
func TestRefusedMailbox(t *testing.T) {
	t.Parallel()
	for _, answer := range []string{"NO [NOPERM] not yours", "NO [SERVERBUG] oops", "BAD what"} {
		f := newFake(t, 4)
		f.mailboxes = append(f.mailboxes, `* LIST () "/" closed`, `* LIST () "/" open`)
		f.answer = func(tag, command string) (string, bool) {
			return tag + " " + answer + "\r\n", strings.HasPrefix(command, `SELECT "closed"`)
		}
		r := f.rig()
		r.sync()
		for path, want := range map[string]int{"INBOX": 4, "closed": 0, "open": 4} {
			if got := len(r.ids(path)); got != want {
				t.Errorf("%s: %s holds %d messages, want %d", answer, path, got, want)
			}
		}
	}
}
