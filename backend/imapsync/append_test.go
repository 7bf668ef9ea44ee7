package imapsync

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/emersion/go-imap/v2"

	"waxwing/backend/mail"
	"waxwing/backend/mailtest"
	"waxwing/backend/message"
	"waxwing/backend/store"
)

// noLiterals lets the client wait for the server's leave before it sends a message.
var noLiterals = []imap.Cap{imap.CapLiteralPlus, imap.CapLiteralMinus}

// put appends a message of one's own to a mailbox of the store.
func put(t *testing.T, s *store.Account, a mail.AppendChange, raw []byte) mail.MessageID {
	t.Helper()
	m, _, err := s.Append(t.Context(), a, store.Prepare(store.Incoming{Content: message.Content(raw)}, raw))
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// draft puts a version of a draft into the drafts, in place of an earlier one.
func (r *rig) draft(id string, replaces mail.MessageID) mail.MessageID {
	r.t.Helper()
	return put(r.t, r.store, mail.AppendChange{
		To: r.mailbox("Drafts").ID, Replaces: replaces, Keywords: []mail.Keyword{mail.KeywordDraft},
	}, bytes.TrimSuffix(letter(id, r.cfg.Account.Email, "draft "+id), []byte("\r\n"))) // so that its last line ends the command
}

// wantSubjects fails the test unless a mailbox of the server holds just these
// messages, and the store holds what the server does.
func (r *rig) wantSubjects(mailbox string, want ...string) {
	r.t.Helper()
	r.same()
	if got := subjects(r.server.Snapshot(r.t, r.user)[mailbox]); !slices.Equal(got, want) {
		r.t.Errorf("%s holds %q, want %q", mailbox, got, want)
	}
}

func subjects(stored map[mail.UID]mailtest.Stored) []string {
	var out []string
	for _, m := range stored {
		out = append(out, message.Content(m.Raw).Subject)
	}
	slices.Sort(out)
	return out
}

// appendCaps are servers that differ in how an APPEND goes.
var appendCaps = map[string][]imap.Cap{
	"all": nil, "no UIDPLUS": {imap.CapUIDPlus}, "no literals": noLiterals,
	"nothing": append([]imap.Cap{imap.CapUIDPlus, imap.CapESearch}, noLiterals...),
}

func TestAppend(t *testing.T) {
	t.Parallel()
	for name, withhold := range appendCaps {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t, withhold...)
			r.sync()
			raw := append(letter("sent", r.cfg.Account.Email, "sent"), strings.Repeat("0123456789\r\n", 30_000)...)
			sent := put(t, r.store, mail.AppendChange{To: r.mailbox("Sent").ID, Keywords: []mail.Keyword{"$answered", "$mine"}}, raw)
			first := r.draft("1", 0)
			r.sync()
			r.wantSubjects("Sent", "sent")
			r.wantSubjects("Drafts", "draft 1")
			stored := r.server.Snapshot(t, r.user)["Sent"][1]
			if !bytes.Equal(stored.Raw, raw) {
				t.Errorf("the server has %d octets, want the %d of the message", len(stored.Raw), len(raw))
			}
			if flags := strings.ToLower(fmt.Sprint(stored.Flags)); flags != `[$mine \answered \seen]` {
				t.Errorf("flags are %s", flags)
			}
			if got := r.ids("Sent"); len(got) != 1 || got[0] != sent {
				t.Errorf("messages of Sent are %v, want %v", got, sent)
			}
			second := r.draft("2", first)
			third := r.draft("3", second) // in place of one that never reaches the server
			p := r.through()
			r.sync()
			r.wantSubjects("Drafts", "draft 3")
			for _, l := range p.Lines() {
				if strings.Contains(l, "draft 2") || fetchedBodies([]string{l}) > 0 {
					t.Errorf("%q: nothing but the newest version is sent, and nothing fetched", l)
				}
			}
			r.apply(mail.Change{Messages: []mail.MessageID{third}, Destroy: &mail.DestroyChange{}})
			r.sync()
			r.wantSubjects("Drafts")
			if len(r.refused) > 0 || len(r.arrived) > 0 {
				t.Errorf("refused %+v, announced %v", r.refused, r.arrived)
			}
		})
	}
}

// TestAppendCut pulls the network at each step of putting a draft in place of
// another: in the end there is one, and nobody else's message went with the other.
func TestAppendCut(t *testing.T) {
	t.Parallel()
	commands := []string{`SELECT "Drafts"`, "SEARCH", "APPEND", "Text of 2.", `FLAGS.SILENT (\Deleted)`, "EXPUNGE"}
	for name, withhold := range appendCaps {
		for _, command := range commands {
			for when, cut := range map[string]func(*mailtest.Proxy, string){"before": (*mailtest.Proxy).CutBefore, "after": (*mailtest.Proxy).CutAfterLine} {
				t.Run(name+" "+when+" "+command, func(t *testing.T) {
					t.Parallel()
					r := newRig(t, withhold...)
					r.server.Client(t, r.user).Append("Drafts", letter("other", "eve@example.org", "another's"), time.Time{}, `\Deleted`)
					r.sync()
					first := r.draft("1", 0)
					r.sync()
					second := r.draft("2", first)
					p := r.through()
					cut(p, command)
					hasty := r.cfg // a server that waits for the rest of a command says nothing
					hasty.limits.patience = 5 * time.Second
					if err := Sync(t.Context(), hasty); err == nil {
						t.Errorf("Sync through a cut network succeeds: %q", p.Lines())
					}
					r.advance(time.Minute) // before which an interrupted message isn't tried again
					r.sync()
					r.wantSubjects("Drafts", "another's", "draft 2")
					if got := r.ids("Drafts"); len(got) != 2 || got[1] != second {
						t.Errorf("drafts are %v, want the same message %v as before", got, second)
					}
					if len(r.refused) > 0 {
						t.Errorf("refused: %+v", r.refused)
					}
				})
			}
		}
	}
}

// TestAppendKill kills the process at random moments of putting versions of drafts
// and copies of sent mail on the server: each is there once.
func TestAppendKill(t *testing.T) {
	t.Parallel()
	for name, withhold := range appendCaps {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			seed := rand.Uint64()
			t.Logf("seed %d", seed)
			random := rand.New(rand.NewPCG(seed, 1))
			server := mailtest.Shared(t)
			user := server.NewUser(t)
			o := order{filepath.Join(t.TempDir(), "account.db"), server.Address(user), user, server.Password(user), server.IMAP(), withhold}
			o.pass(t, 0)
			var want []string
			versions := map[int]mail.MessageID{}
			kills := 0
			for round := range 12 {
				s, err := store.OpenAccount(t.Context(), o.Path)
				if err != nil {
					t.Fatal(err)
				}
				want = want[:0]
				for i := range 4 {
					subject := fmt.Sprintf("draft %d.%d", i, round)
					versions[i] = put(t, s, mail.AppendChange{To: findMailbox(t, s, "Drafts").ID, Replaces: versions[i]},
						letter(fmt.Sprintf("d%d.%d", i, round), "me@waxwing.test", subject))
					put(t, s, mail.AppendChange{To: findMailbox(t, s, "Sent").ID},
						letter(fmt.Sprintf("s%d.%d", i, round), "me@waxwing.test", fmt.Sprintf("sent %d.%d", i, round)))
					want = append(want, subject)
				}
				if err := s.Close(); err != nil {
					t.Fatal(err)
				}
				if !o.pass(t, time.Duration(10+random.IntN(150))*time.Millisecond) {
					kills++
				}
			}
			o.pass(t, 0)
			o.pass(t, 0)
			snapshot := server.Snapshot(t, user)
			expect(t, o.Path, snapshot)
			if got := subjects(snapshot["Drafts"]); !slices.Equal(got, want) {
				t.Errorf("drafts on the server are %q, want %q", got, want)
			}
			sent := subjects(snapshot["Sent"])
			if distinct := slices.Compact(slices.Clone(sent)); len(sent) != 48 || len(distinct) != 48 {
				t.Errorf("%d messages, %d different ones, are in Sent, want each of 48 once: %q", len(sent), len(distinct), sent)
			}
			t.Logf("%d kills", kills)
		})
	}
}

// TestAppendIsThere: what another client, or the server itself, has filed is not
// appended again, whether its octets are the same or not.
func TestAppendIsThere(t *testing.T) {
	t.Parallel()
	for name, withhold := range appendCaps {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t, withhold...)
			r.sync()
			c := r.server.Client(t, r.user)
			var ids []mail.MessageID
			for _, id := range []string{"same", "other"} {
				ids = append(ids, put(t, r.store, mail.AppendChange{To: r.mailbox("Sent").ID}, letter(id, r.cfg.Account.Email, id)))
			}
			c.Append("Sent", letter("same", r.cfg.Account.Email, "same"), time.Time{}, `\Seen`)
			c.Append("Sent", letter("another", r.cfg.Account.Email, "x"), time.Time{}) // of the same size, and its Message-ID ends so
			c.Append("Sent", letter("other", r.cfg.Account.Email, "other, as the server has it"), time.Time{})
			p := r.through()
			r.sync()
			r.wantSubjects("Sent", "other, as the server has it", "same", "x")
			if hasLine(p.Lines(), "APPEND") {
				t.Errorf("something is appended: %q", p.Lines())
			}
			if got := r.ids("Sent"); len(got) != 3 || got[0] != ids[0] || got[2] != ids[1] {
				t.Errorf("messages are %v, want %v and one between them", got, ids)
			}
		})
	}
}

// TestAppendAwaited: what the server files by itself is looked for several times
// before it is appended after all.
func TestAppendAwaited(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.sync()
	mine := func(id string) {
		put(t, r.store, mail.AppendChange{To: r.mailbox("Sent").ID, Awaited: true}, letter(id, r.cfg.Account.Email, id))
	}
	mine("filed")
	mine("forgotten")
	p := r.through()
	r.sync()
	r.server.Client(t, r.user).Append("Sent", letter("filed", r.cfg.Account.Email, "filed"), time.Time{})
	r.advance(20 * time.Second)
	r.sync()
	if n := r.pending(); n != 1 {
		t.Errorf("%d operations wait, want the forgotten one", n)
	}
	r.advance(time.Second) // too early
	r.sync()
	r.advance(time.Minute)
	r.sync()
	if hasLine(p.Lines(), "APPEND") {
		t.Errorf("it is appended too early: %q", p.Lines())
	}
	r.advance(5 * time.Minute)
	r.sync()
	r.wantSubjects("Sent", "filed", "forgotten")
	if len(r.refused) > 0 {
		t.Errorf("refused: %+v", r.refused)
	}
}

// TestAppendAwaitedWhenAsked: who asks has it looked for at once, and may ask as often
// as they like without making it be appended.
func TestAppendAwaitedWhenAsked(t *testing.T) {
	t.Parallel()
	f := newFake(t, 1)
	r := f.rig()
	l := r.run()
	l.until("first pass", upToDate)
	put(t, r.store, mail.AppendChange{To: r.mailbox("INBOX").ID, Awaited: true}, letter("awaited", "me@waxwing.test", "awaited"))
	for range 2 * r.cfg.limits.attempts {
		l.bell.Ring(WakeFull)
		l.until("a look", upToDate)
	}
	if err := l.end(); err != nil {
		t.Error(err)
	}
	work, err := r.store.NextWork(t.Context(), 1)
	if err != nil || len(work) != 1 || work[0].Attempts != 1 || hasLine(f.commands, "APPEND") {
		t.Errorf("work is %+v, %v, commands %q, want one attempt that counts and no APPEND", work, err, f.commands)
	}
}

// TestAppendRefused: a full mailbox refuses the message, before it is sent or after.
// It stays readable, what comes after it is done, and once there is room it can be
// tried again.
func TestAppendRefused(t *testing.T) {
	t.Parallel()
	server := mailtest.Dovecot(t, mailtest.Options{Quota: "300K"})
	for name, withhold := range appendCaps {
		t.Run(name, func(t *testing.T) {
			r := rigFor(t, server, server.NewUser(t), withhold...)
			r.fill(250_000, 100)
			r.sync()
			big := append(letter("big", r.cfg.Account.Email, "big"), strings.Repeat("0123456789\r\n", 10_000)...)
			sent := put(t, r.store, mail.AppendChange{To: r.mailbox("Sent").ID}, big)
			ids := r.ids("INBOX")
			r.apply(mail.Change{Messages: ids[1:], Keywords: &mail.KeywordChange{Add: []mail.Keyword{mail.KeywordFlagged}}})
			r.draft("1", 0)
			r.sync()
			if len(r.refused) != 1 || r.refused[0].Problem.Code != mail.CodeQuota || r.refused[0].Change.Append == nil {
				t.Fatalf("refused %+v, want the append because of %s", r.refused, mail.CodeQuota)
			}
			raw, err := r.store.Raw(t.Context(), sent)
			if err != nil || !bytes.Equal(raw, big) {
				t.Errorf("the message reads as %d octets, %v", len(raw), err)
			}
			if got := subjects(server.Snapshot(t, r.user)["Drafts"]); len(got) != 1 || r.pending() != 0 {
				t.Errorf("drafts are %q, %d operations wait: want what came later done", got, r.pending())
			}
			r.apply(mail.Change{Messages: ids[:1], Destroy: &mail.DestroyChange{}})
			r.sync()
			if err := r.store.RetryOperation(t.Context(), r.refused[0].ID); err != nil {
				t.Fatal(err)
			}
			r.sync()
			r.wantSubjects("Sent", "big")
		})
	}
}

// TestAppendInterrupted: a message that no connection survives holds up nothing else,
// and is given up in the end, but not lost.
func TestAppendInterrupted(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.sync()
	sent := put(t, r.store, mail.AppendChange{To: r.mailbox("Sent").ID}, letter("bad", r.cfg.Account.Email, "bad"))
	r.load(3)
	p := r.through()
	for range r.cfg.limits.attempts {
		p.CutBefore("Text of bad.")
		if err := Sync(t.Context(), r.cfg); mail.CodeOf(err) != mail.CodeConnectionLost {
			t.Fatalf("got %v, want a lost connection", err)
		}
		if len(r.refused) == 0 {
			p.CutBefore("APPEND")
			r.sync() // goes on without it
			if got := len(r.ids("INBOX")); got != 3 {
				t.Fatalf("%d messages are in the inbox, want 3", got)
			}
		}
		r.advance(r.cfg.limits.retryMost)
	}
	if len(r.refused) != 1 || r.refused[0].Problem.Code != mail.CodeConnectionLost {
		t.Errorf("refused %+v, want the append", r.refused)
	}
	if _, err := r.store.Raw(t.Context(), sent); err != nil {
		t.Error(err)
	}
}

// TestAppendToRenamedAndGone: a renamed mailbox is followed; what was for one that is
// gone comes back to the inbox, where it can be tried again.
func TestAppendToRenamedAndGone(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		change  string
		at      string
		refused int
	}{
		"renamed": {"RENAME Work Posted", "Posted", 0},
		"gone":    {"DELETE Work", "INBOX", 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t)
			c := r.server.Client(t, r.user)
			c.Do("CREATE Work")
			c.Append("Work", letter("old", r.cfg.Account.Email, "old"), time.Time{})
			r.sync()
			put(t, r.store, mail.AppendChange{To: r.mailbox("Work").ID}, letter("new", r.cfg.Account.Email, "new"))
			c.Do("%s", test.change)
			r.sync()
			if len(r.refused) != test.refused {
				t.Fatalf("refused %+v, want %d", r.refused, test.refused)
			}
			for _, o := range r.refused {
				if o.Problem.Code != mail.CodeMailboxGone {
					t.Errorf("refused because of %v", o.Problem)
				}
				if err := r.store.RetryOperation(t.Context(), o.ID); err != nil {
					t.Fatal(err)
				}
			}
			r.sync()
			r.same()
			if got := subjects(r.server.Snapshot(t, r.user)[test.at]); !slices.Contains(got, "new") {
				t.Errorf("%s holds %q, want the new message", test.at, got)
			}
		})
	}
}

// TestAppendOddly: servers that answer in ways of their own to an APPEND that they
// do. The message is there once, and known by its UID.
func TestAppendOddly(t *testing.T) {
	t.Parallel()
	for name, code := range map[string]string{
		"as it should be": "[APPENDUID 1 3] ", "another UIDVALIDITY": "[APPENDUID 9 4] ", "UID 0": "[APPENDUID 1 0] ", "no UID": "", "nonsense": "[APPENDUID x] ",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newFake(t, 2)
			f.caps = "IMAP4rev1 UIDPLUS LITERAL+"
			appended := 0
			f.answer = func(tag, command string) (string, bool) {
				switch {
				case strings.HasPrefix(command, "APPEND"):
					appended++
					f.messages = append(f.messages, &fakeMessage{uid: 3, raw: letter("odd", "me@waxwing.test", "odd")})
					return tag + " OK " + code + "done\r\n", true
				case strings.Contains(command, "SEARCH HEADER"): // its search lags behind
					return "* SEARCH\r\n" + tag + " OK done\r\n", true
				}
				return "", false
			}
			r := f.rig()
			r.sync()
			m := put(t, r.store, mail.AppendChange{To: r.mailbox("INBOX").ID}, letter("odd", "me@waxwing.test", "odd"))
			if err := Sync(t.Context(), r.cfg); err != nil { // the connection doesn't survive every answer
				r.advance(time.Minute)
				r.sync()
			}
			r.sync()
			if got := r.ids("INBOX"); appended != 1 || len(got) != 3 || got[2] != m || r.pending() != 0 {
				t.Errorf("appended %d times, messages %v, %d pending, want %v as the last, once", appended, got, r.pending(), m)
			}
		})
	}
}

// TestAppendNamesOfServer: on a server that spells names in its own way, what looks
// like such a name in a message is left alone.
func TestAppendNamesOfServer(t *testing.T) {
	t.Parallel()
	raw := []byte(strings.Replace(string(letter("quoting", "me@waxwing.test", "names")), "Text of", `"R&-D" and text of`, 1))
	for _, pieces := range []int{1, 7, len(raw)} {
		n := names{}
		n.proper("R&D")
		command := fmt.Appendf(nil, "T1 APPEND \"R&-D\" {%d+}\r\n%s\r\nT2 SELECT \"R&-D\"\r\n", len(raw), raw)
		var sent []byte
		for piece := range slices.Chunk(command, pieces) {
			sent = append(sent, n.restore(piece)...)
		}
		want := fmt.Sprintf("T1 APPEND \"R&D\" {%d+}\r\n%s\r\nT2 SELECT \"R&D\"\r\n", len(raw), raw)
		if string(sent) != want {
			t.Errorf("in pieces of %d: sent %q, want %q", pieces, sent, want)
		}
	}
}
