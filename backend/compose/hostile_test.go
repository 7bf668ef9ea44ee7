package compose

import (
	"bytes"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"waxwing/backend/mail"
	"waxwing/backend/message"
)

// originals are the broken and hostile messages of the packages below, HTML bodies
// as the body of one.
func originals(t testing.TB) map[string][]byte {
	t.Helper()
	out := map[string][]byte{}
	for pattern, head := range map[string]string{
		"../message/testdata/mail/*.eml":    "",
		"../render/testdata/hostile/*.html": "From: =?utf-8?Q?E=0D=0ABcc:_evil@x.example?= <e@x.example>\r\nTo: \"a\\\r\n b\" <ann@example.org>, <x@y>\r\nSubject: a\r\n\tb =?utf-8?Q?=0D=0AX-Evil:_1?=\r\nMessage-ID: <a b\x00@x>\r\nReferences: <ok@x> <\xff@x>\r\nContent-Type: text/html; charset=utf-8\r\n\r\n",
	} {
		files, err := filepath.Glob(pattern)
		if err != nil || len(files) < 40 {
			t.Fatalf("%s: %d files, %v", pattern, len(files), err)
		}
		for _, f := range files {
			b, err := os.ReadFile(f)
			if err != nil {
				t.Fatal(err)
			}
			out[filepath.Base(f)] = append([]byte(head), b...)
		}
	}
	return out
}

// headerField is one that Build writes.
var headerField = regexp.MustCompile(`^(Date|From|Reply-To|To|Cc|Subject|Message-ID|In-Reply-To|References|Disposition-Notification-To|MIME-Version|Content-Type|Content-Transfer-Encoding): \S`)

// pictureID is what differs each time.
var pictureID = regexp.MustCompile(`part[0-9.]+[0-9a-f]{16}@waxwing`)

// answered answers a message in all ways, and checks that a message comes of it that
// has nothing of the original in its header but where it belongs.
func answered(t *testing.T, raw []byte) {
	for _, kind := range []mail.DraftKind{mail.DraftReply, mail.DraftReplyAll, mail.DraftForward, mail.DraftAttached, mail.DraftEditNew} {
		for _, format := range []mail.BodyFormat{mail.FormatRich, mail.FormatPlain} {
			o := options()
			o.Format = format
			l := begun("", Begin(kind, Original{Raw: raw}, o), "Hello")
			if l.draft.From.Email != "ann@example.org" && l.draft.From.Email != "box@example.org" {
				t.Errorf("%s from %v", kind, l.draft.From)
			}
			// Nobody is kept whom no server would take: the composer shows them.
			l.draft.To, l.draft.Cc, l.draft.ReplyTo = sendable(l.draft.To), sendable(l.draft.Cc), sendable(l.draft.ReplyTo)
			built, err := message.Build(l.draft, l.content, message.BuildOptions{MessageID: "1@example.org", Date: at})
			if err != nil {
				t.Fatalf("%s, %s: %v", kind, format, err)
			}
			header, _, _ := bytes.Cut(built, []byte("\r\n\r\n"))
			for line := range strings.SplitSeq(string(header), "\r\n") {
				if line[0] != ' ' && !headerField.MatchString(line) {
					t.Errorf("%s, %s: header line %q", kind, format, line)
				}
			}
			m := message.Parse(built)
			if len(m.Problems) > 0 || len(m.Bcc) > 0 || len(m.To) != len(l.draft.To) || len(m.Cc) != len(l.draft.Cc) || m.Subject != message.OneLine(l.draft.Subject) && len(m.Subject) < 4000 {
				t.Errorf("%s, %s: %q, %+v of %+v", kind, format, m.Problems, m.Content, l.draft)
			}
			kept := len(l.draft.Files)
			if got := files(m); got != kept {
				t.Errorf("%s, %s: %d files, want %d", kind, format, got, kept)
			}
			again := FromMessage(built, o)
			if l.draft.Format == mail.FormatRich && pictureID.ReplaceAllString(again.Draft.Body, "") != pictureID.ReplaceAllString(l.draft.Body, "") {
				t.Errorf("%s: body %.1000q comes back as %.1000q", kind, l.draft.Body, again.Draft.Body)
			}
			if pictureID.ReplaceAllString(again.Draft.Quote, "") != pictureID.ReplaceAllString(l.draft.Quote, "") {
				t.Errorf("%s: quote %.2000q comes back as %.2000q", kind, l.draft.Quote, again.Draft.Quote)
			}
		}
	}
}

// sendable are the addresses that can be sent to.
func sendable(list []mail.Address) []mail.Address {
	var out []mail.Address
	for _, a := range list {
		if _, _, err := message.Envelope(mail.Draft{From: mail.Address{Email: "a@x.example"}, To: []mail.Address{a}}); err == nil {
			out = append(out, a)
		}
	}
	return out
}

// files counts the parts that are files.
func files(m *message.Message) int {
	n := 0
	for _, p := range m.Parts {
		if p.Disposition != "" {
			n++
		}
	}
	return n
}

func TestHostileOriginals(t *testing.T) {
	for name, raw := range originals(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			answered(t, raw)
		})
	}
}

func FuzzAnswer(f *testing.F) {
	for _, raw := range originals(f) {
		const short = 5000
		if len(raw) < short {
			f.Add(raw)
		}
	}
	f.Fuzz(answered)
}
