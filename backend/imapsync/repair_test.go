package imapsync

import (
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/emersion/go-imap/v2"
)

const hello = "* OK ready\r\n"

func TestRepair(t *testing.T) {
	t.Parallel()
	long := "* SEARCH" + strings.Repeat(" 123456789", 20_000) + "\r\n"
	tests := []struct{ name, in, want string }{
		{"sound", "* 3 EXISTS\r\nT1 OK done\r\n", "* 3 EXISTS\r\nT1 OK done\r\n"},
		{"unknown response", "* XYZZY a b\r\nT1 OK\r\n", "T1 OK\r\n"},
		{"unknown with literal", "* XYZZY {5}\r\na\r\nbc d {2}\r\nxy\r\nT1 OK\r\n", "T1 OK\r\n"},
		{"unknown numbered", "* 12 VANISHED\r\nT1 OK\r\n", "T1 OK\r\n"},
		{"literal untouched", "* 1 FETCH (BODY[] {14}\r\n* XYZZY a b\r\nx)\r\n", "* 1 FETCH (BODY[] {14}\r\n* XYZZY a b\r\nx)\r\n"},
		{"after a literal", "* 1 FETCH (BODY[] {2}\r\nab UID 3)\r\n* BAR\r\nT1 OK\r\n", "* 1 FETCH (BODY[] {2}\r\nab UID 3)\r\nT1 OK\r\n"},
		{"braces in text", "* OK see {5}\r\n* BAR\r\nT1 OK {7}\r\nT2 OK\r\n", "* OK see {5}\r\nT1 OK {7}\r\nT2 OK\r\n"},
		{"long line", long + "* BAR\r\n" + long, long + long},
		{"bad flag", "* FLAGS (\\Seen Ju]nk $ok)\r\n", "* FLAGS (\\Seen $ok)\r\n"},
		{"wildcard", "* OK [PERMANENTFLAGS (\\Seen \\*)] x\r\n", "* OK [PERMANENTFLAGS (\\Seen \\*)] x\r\n"},
		{"bad permanent flag", "* OK [PERMANENTFLAGS (\\Seen a\"b \\*)] x\r\n", "* OK [PERMANENTFLAGS (\\Seen \\*)] x\r\n"},
		{"bad flag in fetch", "* 1 FETCH (UID 4 FLAGS (x] \\Seen {y) BODY[] {1}\r\nz)\r\n", "* 1 FETCH (UID 4 FLAGS (\\Seen) BODY[] {1}\r\nz)\r\n"},
		{"copyuid taken", "T1 OK [COPYUID 5 1 7] done\r\n", "T1 OK done\r\n"},
		{"broken copyuid taken", "T1 OK [COPYUID 5  ] done\r\n* OK [COPYUID] x\r\n", "T1 OK done\r\n* OK x\r\n"},
		{"withheld", "* CAPABILITY IMAP4rev1 MOVE idle X\r\nT1 OK [CAPABILITY IMAP4rev1 MOVE] hi\r\n", "* CAPABILITY IMAP4rev1 IDLE X\r\nT1 OK [CAPABILITY IMAP4rev1] hi\r\n"},
		{"rev2", "* CAPABILITY IMAP4rev2\r\n", "* CAPABILITY IMAP4rev1 UIDPLUS ESEARCH IDLE SASL-IR LIST-EXTENDED LIST-STATUS LITERAL- SPECIAL-USE\r\n"},
		{"bare ampersand", "* LIST () \"/\" R&D\r\n", "* LIST () \"/\" \"R&-D\"\r\n"},
		{"quoted ampersand", "* LIST (\\HasNoChildren) \"\\\\\" \"a\\\"&b\"\r\n", "* LIST (\\HasNoChildren) \"\\\\\" \"a\\\"&-b\"\r\n"},
		{"latin-1", "* LIST () NIL Entw\xfcrfe\r\n", "* LIST () NIL \"Entw&APw-rfe\"\r\n"},
		{"raw utf-8", "* LIST () \".\" \"Entwürfe\"\r\n", "* LIST () \".\" \"Entw&APw-rfe\"\r\n"},
		{"literal name", "* LIST () \"/\" {3}\r\nR&D\r\nT1 OK\r\n", "* LIST () \"/\" \"R&-D\"\r\nT1 OK\r\n"},
		{"status", "* STATUS \"R&D\" (MESSAGES 1)\r\n", "* STATUS \"R&-D\" (MESSAGES 1)\r\n"},
		{"cut off", "* 1 EXI", "* 1 EXI"},
	}
	for _, test := range tests {
		for how, wrap := range map[string]func(io.Reader) io.Reader{
			"at once":      func(r io.Reader) io.Reader { return r },
			"byte by byte": iotest.OneByteReader,
			"data and EOF": iotest.DataErrReader,
		} {
			r := newRepair(wrap(strings.NewReader(hello + test.in)))
			r.withhold = map[imap.Cap]bool{imap.CapMove: true}
			got, err := io.ReadAll(r)
			if string(got) != hello+test.want || err != nil {
				t.Errorf("%s, %s: %.300q\n got %.300q, %v\nwant %.300q", test.name, how, test.in, got, err, hello+test.want)
			}
		}
	}
}

func TestRepairGreeting(t *testing.T) {
	t.Parallel()
	for _, in := range []string{"HTTP/1.1 400 Bad Request\r\n", "220 mail.test ESMTP\r\n", "\x15\x03\x01\x00\x02\x02\n"} {
		r := newRepair(strings.NewReader(in))
		if got, err := io.ReadAll(r); !errors.Is(err, errNotIMAP) || len(got) > 0 {
			t.Errorf("greeting %q: got %q, %v, want errNotIMAP", in, got, err)
		}
	}
}

func TestShortLiteral(t *testing.T) {
	t.Parallel()
	tests := []struct {
		in   string
		want bool
	}{
		{"* 1 FETCH (BODY[] {90}\r\nhello)\r\nT4 OK done\r\n", true},
		{"* 1 FETCH (BODY[] {900}\r\nhello FLAGS ())\r\n* 2 EXISTS\r\n)\r\nT12 NO sorry\r\n", true},
		{"* 1 FETCH (BODY[] {90}\r\nhello wor", false},
		{"* 1 FETCH (BODY[] {90}\r\nhello T4 OK done\r\n", false},
		{"* 1 FETCH (BODY[] {5}\r\nhello)\r\nT4 OK done\r\n", false},
	}
	for _, test := range tests {
		r := newRepair(strings.NewReader(hello + test.in))
		_, _ = io.ReadAll(r)
		if r.short != test.want {
			t.Errorf("%q: short literal %v, want %v", test.in, r.short, test.want)
		}
	}
}

func TestNames(t *testing.T) {
	t.Parallel()
	tests := []struct{ raw, proper, decoded string }{
		{"Archive", "Archive", "Archive"},
		{"R&-D", "R&-D", "R&D"},
		{"R&D", "R&-D", "R&D"},
		{"Entw&APw-rfe", "Entw&APw-rfe", "Entwürfe"},
		{"Entw\xfcrfe", "Entw&APw-rfe", "Entwürfe"},
		{"Entwürfe", "Entw&APw-rfe", "Entwürfe"},
		{"&ZeVnLIqe-", "&ZeVnLIqe-", "日本語"},
		{"&AEE-", "A", "A"},
		{"a&b&c-", "a&-b&-c-", "a&b&c-"},
		{"&2D3eCg-", "&2D3eCg-", "😊"},
	}
	for _, test := range tests {
		var n names
		if got := n.proper(test.raw); got != test.proper {
			t.Errorf("proper(%q) = %q, want %q", test.raw, got, test.proper)
		}
		if got, ok := decodeName(test.proper); got != test.decoded || !ok {
			t.Errorf("decodeName(%q) = %q, %v, want %q", test.proper, got, ok, test.decoded)
		}
		if got := encodeName(test.decoded); got != test.proper {
			t.Errorf("encodeName(%q) = %q, want %q", test.decoded, got, test.proper)
		}
		command := "T1 SELECT " + quote(test.proper) + "\r\n"
		var sent []byte
		for _, piece := range []string{command[:12], command[12:]} {
			sent = append(sent, n.restore([]byte(piece))...)
		}
		if got, want := string(sent), "T1 SELECT "+quote(test.raw)+"\r\n"; got != want {
			t.Errorf("restore(%q) = %q, want %q", command, got, want)
		}
	}
}

func FuzzRepair(f *testing.F) {
	f.Add([]byte("* LIST () \"/\" {3}\r\nR&D\r\n* 1 FETCH (FLAGS (a] b) BODY[] {5}\r\nhello)\r\nT1 OK [COPYUID 1 2 3] x\r\n"))
	f.Add([]byte("* CAPABILITY IMAP4rev2\r\n* STATUS x\r\n* LIST (\r\n* FLAGS (\r\n* LIST () \"\\\r\n+ \r\n"))
	f.Fuzz(func(t *testing.T, b []byte) {
		whole, err1 := io.ReadAll(newRepair(strings.NewReader(hello + string(b))))
		bytewise, err2 := io.ReadAll(newRepair(iotest.OneByteReader(strings.NewReader(hello + string(b)))))
		if string(whole) != string(bytewise) || (err1 == nil) != (err2 == nil) {
			t.Errorf("%q:\nat once      %q, %v\nbyte by byte %q, %v", b, whole, err1, bytewise, err2)
		}
	})
}
