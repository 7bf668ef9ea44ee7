package imapsync

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"regexp"
	"strconv"
	"sync"

	"github.com/emersion/go-imap/v2"
)

// errNotIMAP is what reading fails with when the first line is no greeting.
var errNotIMAP = errors.New("imapsync: no IMAP greeting")

// maxName bounds a mailbox name that comes as a literal.
const maxName = 4096

// A repair stands between the network and go-imap and mends what would make
// go-imap beta.8 close the connection although the rest can be understood:
//
//   - untagged responses that it doesn't know are dropped (RFC 9051 §2.2.2 wants
//     unknown ones ignored);
//   - flags that are no atoms are dropped from their lists;
//   - mailbox names in foreign spelling are respelt (see names);
//   - COPYUID is taken out and kept, since go-imap sorts the two sets and so may
//     pair them wrongly, and fails at a malformed one;
//   - capabilities are filtered.
//
// Literals pass through unread, and so do lines longer than its buffer. It
// looks at the beginning of lines only and copies nothing that it doesn't change.
type repair struct {
	br       *bufio.Reader
	names    *names
	withhold map[imap.Cap]bool
	// suspect, if set, is called when a literal looks over although more of it is
	// due.
	suspect func()

	ready   []byte // octets to hand out before reading on
	literal int64  // octets of a literal still to pass
	greeted bool
	inside  bool // the next line goes on with the response before the literal
	long    bool // inside a line longer than the buffer
	drop    bool // the response under way is dropped
	tail    []byte

	mu      sync.Mutex
	copyUID []copyUID
	bye     string
	first   string // the first line, when it was no greeting
	short   bool   // a literal was shorter than announced
}

func newRepair(src io.Reader) *repair {
	return &repair{br: bufio.NewReaderSize(src, 64<<10), names: &names{}}
}

// Read implements io.Reader.
func (r *repair) Read(p []byte) (int, error) {
	for {
		if len(r.ready) > 0 {
			n := copy(p, r.ready)
			r.ready = r.ready[n:]
			return n, nil
		}
		if r.literal > 0 {
			if n, err := r.passLiteral(p); n > 0 || err != nil {
				return n, err
			}
			continue
		}
		line, err := r.br.ReadSlice('\n')
		if err != nil && !errors.Is(err, bufio.ErrBufferFull) {
			if len(line) > 0 && !r.drop {
				r.ready = append([]byte(nil), line...)
				continue
			}
			return 0, err
		}
		if err := r.line(line, err != nil); err != nil {
			return 0, err
		}
	}
}

// passLiteral hands out, or drops, octets of a literal.
func (r *repair) passLiteral(p []byte) (int, error) {
	if r.drop {
		n, err := r.br.Discard(int(min(r.literal, 1<<20)))
		r.literal -= int64(n)
		return 0, err
	}
	n, err := r.br.Read(p[:min(int64(len(p)), r.literal)])
	r.literal -= int64(n)
	r.keepTail(p[:n])
	if r.literal > 0 && r.br.Buffered() == 0 && endsInside(r.tail) {
		if err != nil {
			r.mu.Lock()
			r.short = true
			r.mu.Unlock()
		} else if r.suspect != nil {
			r.suspect()
		}
	}
	return n, err
}

// keepTail remembers the last octets of a literal, to tell a server that
// announced too much from a network that went away.
func (r *repair) keepTail(b []byte) {
	const keep = 256
	if len(b) >= keep {
		r.tail = append(r.tail[:0], b[len(b)-keep:]...)
		return
	}
	if over := len(r.tail) + len(b) - keep; over > 0 {
		r.tail = append(r.tail[:0], r.tail[over:]...)
	}
	r.tail = append(r.tail, b...)
}

var taggedEnd = regexp.MustCompile(`\)\r?\nT[0-9]+ (?:OK|NO|BAD)[^\r\n]*\r?\n$`)

// endsInside reports whether what was taken for message text ends in the
// completion of a command.
func endsInside(tail []byte) bool { return taggedEnd.Match(tail) }

// line handles one line, or the piece of one that filled the buffer. The bytes
// are valid until the next read.
func (r *repair) line(b []byte, partial bool) error {
	goesOn := r.inside || r.long
	r.inside, r.long = false, partial
	if !r.greeted {
		r.greeted = true
		if !bytes.HasPrefix(b, []byte("* ")) {
			r.mu.Lock()
			r.first = string(bytes.TrimSpace(b[:min(len(b), 200)]))
			r.mu.Unlock()
			return errNotIMAP
		}
	}
	if !goesOn {
		r.drop = false
	}
	if partial {
		if !goesOn && !known(b) {
			r.drop = true
		}
		r.hand(b)
		return nil
	}
	takesLiteral := goesOn || mayHoldLiteral(b)
	if !goesOn {
		if !known(b) {
			r.drop, takesLiteral = true, true
		} else {
			var err error
			if b, err = r.mend(b); err != nil {
				return err
			}
		}
	}
	r.hand(b)
	if n, ok := literalAtEnd(b); ok && takesLiteral {
		r.literal, r.inside = n, true
		r.tail = r.tail[:0]
	}
	return nil
}

func (r *repair) hand(b []byte) {
	if !r.drop {
		r.ready = b
	}
}

// mend rewrites a response line that go-imap would choke on.
func (r *repair) mend(b []byte) ([]byte, error) {
	if !bytes.HasPrefix(b, []byte("* ")) {
		if bytes.HasPrefix(b, []byte("+")) {
			return b, nil
		}
		return r.mendCodes(b), nil
	}
	kind := responseKind(b)
	switch kind {
	case "LIST", "STATUS":
		return r.mendName(b, kind)
	case "CAPABILITY":
		return r.mendCapabilities(b, len("* CAPABILITY")), nil
	case "FLAGS", "FETCH":
		return mendFlags(b), nil
	case "BYE":
		r.mu.Lock()
		r.bye = string(bytes.TrimSpace(b[len("* BYE"):]))
		r.mu.Unlock()
	}
	if kind == "OK" || kind == "NO" || kind == "PREAUTH" {
		return r.mendCodes(b), nil
	}
	return b, nil
}

// mendCodes mends the response code of a status response.
func (r *repair) mendCodes(b []byte) []byte {
	open := bytes.IndexByte(b, '[')
	if open < 0 || open > 64 {
		return b
	}
	switch code := bytes.ToUpper(b[open+1 : min(len(b), open+16)]); {
	case bytes.HasPrefix(code, []byte("CAPABILITY ")):
		return r.mendCapabilities(b, open+len("[CAPABILITY"))
	case bytes.HasPrefix(code, []byte("PERMANENTFLAGS")):
		return mendFlags(b)
	case bytes.HasPrefix(code, []byte("COPYUID")):
		end := bytes.IndexByte(b, ']')
		if end < 0 {
			return b
		}
		if c, ok := parseCopyUID(string(b[open+len("[COPYUID") : end])); ok {
			r.mu.Lock()
			r.copyUID = append(r.copyUID, c)
			r.mu.Unlock()
		}
		return append(append([]byte(nil), b[:open]...), bytes.TrimLeft(b[end+1:], " ")...)
	}
	return b
}

// mendCapabilities rewrites the list that starts at an offset: without those
// withheld, and with IMAP4rev2 spelt out. go-imap beta.8 would otherwise send
// names in UTF-8 to a server that only offers IMAP4rev2, which RFC 9051 §2.1
// (appendix A) allows after ENABLE alone.
func (r *repair) mendCapabilities(b []byte, start int) []byte {
	end := start
	for end < len(b) && b[end] != ']' && b[end] != '\r' && b[end] != '\n' {
		end++
	}
	out := append([]byte(nil), b[:start]...)
	add := func(c string) {
		if !r.withhold[imap.Cap(c)] {
			out = append(append(out, ' '), c...)
		}
	}
	for _, word := range bytes.Fields(b[start:end]) {
		switch c := string(bytes.ToUpper(word)); c {
		case "IMAP4REV1":
			out = append(out, " IMAP4rev1"...)
		case "IMAP4REV2":
			out = append(out, " IMAP4rev1"...)
			for _, implied := range rev2 {
				add(implied)
			}
		default:
			add(c)
		}
	}
	return append(out, b[end:]...)
}

// rev2 lists what IMAP4rev2 contains (RFC 9051 appendix E) and we make use of.
var rev2 = []string{"UIDPLUS", "ESEARCH", "IDLE", "SASL-IR", "LIST-EXTENDED", "LIST-STATUS", "MOVE", "LITERAL-", "SPECIAL-USE"}

var flagLists = regexp.MustCompile(`(?i)(?:\b|PERMANENT)FLAGS ?\(([^()]*)\)`)

// mendFlags drops what is no flag from the first list of flags in a line.
//
// QUIRK: keywords with "]" ("Junk]", made by old clients) are stored and shown
// by Dovecot and Cyrus, although RFC 9051 §9 (atom) has no such thing. go-imap
// beta.8 closes the connection, at each SELECT of that mailbox.
func mendFlags(b []byte) []byte {
	at := flagLists.FindSubmatchIndex(b)
	if at == nil {
		return b
	}
	var kept [][]byte
	words := bytes.Fields(b[at[2]:at[3]])
	for _, w := range words {
		if validFlag(w) {
			kept = append(kept, w)
		}
	}
	if len(kept) == len(words) {
		return b
	}
	out := append([]byte(nil), b[:at[2]]...)
	out = append(out, bytes.Join(kept, []byte(" "))...)
	return append(out, b[at[3]:]...)
}

func validFlag(w []byte) bool {
	if string(w) == `\*` {
		return true
	}
	if w[0] == '\\' {
		w = w[1:]
	}
	return len(w) > 0 && validAtom(string(w))
}

// validAtom reports whether s is an atom (RFC 9051 §9).
func validAtom(s string) bool {
	for i := 0; i < len(s); i++ {
		if s[i] <= ' ' || s[i] >= 0x7f || bytes.IndexByte([]byte(`(){%*"\]`), s[i]) >= 0 {
			return false
		}
	}
	return s != ""
}

// mendName respells the mailbox name of a LIST or STATUS response.
func (r *repair) mendName(b []byte, kind string) ([]byte, error) {
	start := nameStart(b, kind)
	if start < 0 || start >= len(b) {
		return b, nil
	}
	var name string
	rest := start
	switch b[start] {
	case '"':
		i := start + 1
		var text []byte
		for i < len(b) && b[i] != '"' {
			if b[i] == '\\' && i+1 < len(b) {
				i++
			}
			text = append(text, b[i])
			i++
		}
		name, rest = string(text), min(i+1, len(b))
	case '{':
		n, ok := literalAtEnd(b)
		if !ok || n > maxName {
			return b, nil
		}
		head := append([]byte(nil), b[:start]...)
		text := make([]byte, n)
		if _, err := io.ReadFull(r.br, text); err != nil {
			return nil, err
		}
		tail, err := r.br.ReadSlice('\n')
		if err != nil {
			return nil, err
		}
		return append(append(head, quote(r.names.proper(string(text)))...), tail...), nil
	default:
		for rest < len(b) && b[rest] != ' ' && b[rest] != '\r' && b[rest] != '\n' {
			rest++
		}
		name = string(b[start:rest])
	}
	out := append([]byte(nil), b[:start]...)
	out = append(out, quote(r.names.proper(name))...)
	return append(out, b[rest:]...), nil
}

// nameStart returns the offset of the mailbox name, -1 when there is none.
func nameStart(b []byte, kind string) int {
	at := len("* ") + len(kind) + 1
	if kind == "STATUS" {
		return at
	}
	// LIST (attributes) delimiter name
	shut := bytes.IndexByte(b, ')')
	if shut < 0 {
		return -1
	}
	at = shut + 1
	for at < len(b) && b[at] == ' ' {
		at++
	}
	if at < len(b) && b[at] == '"' {
		at++
		if at < len(b) && b[at] == '\\' {
			at++
		}
		at += len(`/"`)
	} else {
		at += len("NIL")
	}
	for at < len(b) && b[at] == ' ' {
		at++
	}
	return at
}

// responseKind returns the name of an untagged response, in upper case.
func responseKind(b []byte) string {
	words := bytes.Fields(b[:min(len(b), 64)])
	if len(words) < 2 {
		return ""
	}
	kind := words[1]
	if kind[0] >= '0' && kind[0] <= '9' && len(words) > 2 {
		kind = words[2]
	}
	if i := bytes.IndexByte(kind, '('); i >= 0 {
		kind = kind[:i]
	}
	return string(bytes.ToUpper(kind))
}

// known reports whether go-imap can make something of a response.
func known(b []byte) bool {
	if !bytes.HasPrefix(b, []byte("* ")) {
		return true
	}
	switch responseKind(b) {
	case "OK", "NO", "BAD", "BYE", "PREAUTH", "CAPABILITY", "ENABLED", "FLAGS", "EXISTS", "RECENT",
		"LIST", "STATUS", "FETCH", "EXPUNGE", "SEARCH", "ESEARCH":
		return true
	}
	return false
}

// mayHoldLiteral reports whether braces at the end of a line announce a literal
// rather than being text.
func mayHoldLiteral(b []byte) bool {
	if !bytes.HasPrefix(b, []byte("* ")) {
		return false
	}
	switch responseKind(b) {
	case "OK", "NO", "BAD", "BYE", "PREAUTH":
		return false
	}
	return true
}

// literalAtEnd reads the announcement "{123}" at the end of a line.
func literalAtEnd(b []byte) (int64, bool) {
	b = bytes.TrimRight(b, "\r\n")
	if len(b) == 0 || b[len(b)-1] != '}' {
		return 0, false
	}
	open := bytes.LastIndexByte(b, '{')
	if open < 0 {
		return 0, false
	}
	n, err := strconv.ParseInt(string(bytes.TrimSuffix(b[open+1:len(b)-1], []byte("+"))), 10, 63)
	return n, err == nil && n >= 0
}
