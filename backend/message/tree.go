package message

import (
	"bytes"
	"strconv"
	"strings"
)

// Bounds that no honest message reaches. Beyond them, what is left stays
// unparsed in the last part.
const (
	maxDepth = 32
	maxParts = 10000
)

// A node is a part: an entity of MIME (RFC 2045 §2.4).
type node struct {
	header   header
	body     []byte // still encoded
	number   string // RFC 9051 §6.4.5.1; empty for a multipart at the top
	ctype    string // lower case, without parameters
	cparams  params
	disp     string
	dparams  params
	encoding transferEncoding
	cid      string // Content-ID without brackets
	location string // Content-Location
	children []*node
	tooDeep  bool // a multipart that wasn't cut, see maxDepth
}

func (n *node) multipart() bool { return len(n.children) > 0 }

// message reports whether the node holds another message.
func (n *node) message() bool { return n.ctype == "message/rfc822" || n.ctype == "message/global" }

// name is the file name as sent, decoded; empty when there is none.
func (n *node) name() string {
	if s := n.dparams.get("filename"); s != "" {
		return s
	}
	if s := n.cparams.get("name"); s != "" {
		return s
	}
	return n.dparams.get("name")
}

// charset is the declared charset.
func (n *node) charset() string { return n.cparams.get("charset") }

// A walker cuts a message into its tree.
type walker struct {
	parts    int
	problems []string
}

func (w *walker) problem(s string) {
	const most = 50
	if s != "" && len(w.problems) < most {
		w.problems = append(w.problems, s)
	}
}

// parseTree cuts raw. The root is never nil.
func parseTree(raw []byte) (*node, []string) {
	if bytes.IndexByte(raw, '\n') < 0 && bytes.IndexByte(raw, '\r') >= 0 {
		// Lines end in bare CR; same length, so offsets stay.
		raw = bytes.ReplaceAll(raw, []byte{'\r'}, []byte{'\n'})
	}
	var w walker
	h, body, repaired := parseHeader(raw, true)
	w.problem(repaired)
	n := w.entity(h, body, "text/plain", 0)
	number(n, "")
	return n, w.problems
}

// entity reads the MIME fields of an entity and cuts its body.
func (w *walker) entity(h header, body []byte, defaultType string, depth int) *node {
	n := &node{header: h, body: body, ctype: defaultType}
	w.parts++
	for _, f := range h {
		if len(f.name) < 8 || f.name[7] != '-' || f.name[0]|0x20 != 'c' {
			continue // not Content-*
		}
		v := unfold(f.value)
		switch {
		case len(v) == 0:
		case equalFold(f.name, "content-type"):
			if n.cparams == nil {
				ctype, ps := parseParams(v, "")
				n.ctype, n.cparams = mediaType(ctype, defaultType), ps
			}
		case equalFold(f.name, "content-transfer-encoding"):
			n.encoding = parseTransferEncoding(v)
		case equalFold(f.name, "content-disposition"):
			n.disp, n.dparams = parseParams(v, "")
		case equalFold(f.name, "content-id"):
			n.cid = parseID(v)
		case equalFold(f.name, "content-location"):
			n.location = decodeText(v, "")
		}
	}
	if strings.HasPrefix(n.ctype, "multipart/") {
		w.multipart(n, depth)
	}
	return n
}

// mediaType repairs a media type: one without a slash says nothing.
func mediaType(t, defaultType string) string {
	main, sub, ok := strings.Cut(t, "/")
	if ok && main != "" && sub != "" && isToken(main) && isToken(sub) {
		return t
	}
	switch t {
	case "text", "plain":
		return "text/plain"
	case "html":
		return "text/html"
	}
	if main == "text" {
		return "text/plain"
	}
	if t == "" {
		return defaultType
	}
	return "application/octet-stream"
}

// isToken reports whether s is an RFC 2045 token.
func isToken(s string) bool {
	for i := 0; i < len(s); i++ {
		if s[i] <= ' ' || s[i] >= 0x7f || strings.IndexByte(`()<>@,;:\"/[]?=`, s[i]) >= 0 {
			return false
		}
	}
	return s != ""
}

// multipart cuts n's body into its parts. Without any it becomes a text.
func (w *walker) multipart(n *node, depth int) {
	if depth >= maxDepth {
		w.problem("parts are nested too deeply")
		n.ctype, n.tooDeep = "application/octet-stream", true
		return
	}
	// A transfer encoding is forbidden here (RFC 2045 §6.4), yet used.
	body := n.body
	if n.encoding == base64Encoding || n.encoding == quotedPrintable {
		if boundary := n.cparams.get("boundary"); boundary == "" || !bytes.Contains(body, []byte("--"+boundary)) {
			body = n.encoding.decode(body)
			n.body, n.encoding = body, identity
			w.problem("a multipart was transfer-encoded")
		}
	}
	boundary := n.cparams.get("boundary")
	parts, closed := splitParts(body, boundary, maxParts-w.parts)
	if len(parts) == 0 {
		if guessed := guessBoundary(body); guessed != "" && guessed != boundary {
			w.problem("the boundary was guessed")
			parts, closed = splitParts(body, guessed, maxParts-w.parts)
		}
	}
	if len(parts) == 0 {
		w.problem("a multipart without parts was read as text")
		n.ctype = "text/plain"
		if closed {
			n.body = nil
		}
		return
	}
	if !closed {
		w.problem("the closing boundary is missing")
	}
	childType := "text/plain"
	if n.ctype == "multipart/digest" { // RFC 2046 §5.1.5
		childType = "message/rfc822"
	}
	n.children = make([]*node, 0, len(parts))
	for _, p := range parts {
		h, body, repaired := parseHeader(p, false)
		w.problem(repaired)
		n.children = append(n.children, w.entity(h, body, childType, depth+1))
	}
}

// splitParts cuts a multipart body at its delimiter lines (RFC 2046 §5.1.1).
// The line end before a delimiter belongs to it. It stops after limit parts,
// leaving what follows in the last.
func splitParts(body []byte, boundary string, limit int) (parts [][]byte, closed bool) {
	if boundary == "" {
		return nil, false
	}
	delimiter := []byte("--" + boundary)
	start := -1 // of the part being read
	for pos := 0; ; {
		i := bytes.Index(body[pos:], delimiter)
		if i < 0 {
			break
		}
		i += pos
		pos = i + len(delimiter)
		if i > 0 && body[i-1] != '\n' && body[i-1] != '\r' {
			continue
		}
		last, end, ok := delimiterEnd(body, pos)
		if !ok {
			continue
		}
		if start >= 0 {
			parts = append(parts, body[start:beforeLineEnd(body, start, i)])
		}
		if last {
			return parts, true
		}
		if len(parts) >= limit {
			break
		}
		start, pos = end, max(end-1, pos)
	}
	if start >= 0 && start < len(body) {
		parts = append(parts, body[start:])
	}
	return parts, false
}

// delimiterEnd looks behind "--boundary" at pos: at the closing "--", or at
// blanks up to the line's end. Anything else is a longer boundary.
func delimiterEnd(body []byte, pos int) (last bool, end int, ok bool) {
	if bytes.HasPrefix(body[pos:], []byte("--")) {
		i := pos + 2
		if i >= len(body) || body[i] == '\r' || body[i] == '\n' || body[i] == ' ' || body[i] == '\t' {
			return true, i, true
		}
		return false, 0, false
	}
	for i := pos; ; i++ {
		switch {
		case i >= len(body):
			return false, len(body), true
		case body[i] == '\n':
			return false, i + 1, true
		case body[i] == '\r' && (i+1 >= len(body) || body[i+1] != '\n'):
			return false, i + 1, true
		case body[i] != ' ' && body[i] != '\t' && body[i] != '\r':
			return false, 0, false
		}
	}
}

// beforeLineEnd returns the end of body[start:end] without one line end.
func beforeLineEnd(body []byte, start, end int) int {
	if end > start && body[end-1] == '\n' {
		end--
	}
	if end > start && body[end-1] == '\r' {
		end--
	}
	return end
}

// guessBoundary finds the first line of body that looks like a delimiter before
// a part's header.
func guessBoundary(body []byte) string {
	const lines, longest = 200, 200
	for i := 0; i < lines && len(body) > 0; i++ {
		var line []byte
		line, body = cutLine(body)
		line = bytes.TrimRight(line, " \t")
		if len(line) < 3 || len(line) > longest || !bytes.HasPrefix(line, []byte("--")) || bytes.HasSuffix(line, []byte("--")) {
			continue
		}
		next, _ := cutLine(body)
		if name, _, ok := cutField(next); ok && len(name) > 8 && equalFold(name[:8], "content-") {
			return string(line[2:])
		}
	}
	return ""
}

// number gives n and what is below it their part numbers (RFC 9051 §6.4.5.1): the
// parts of a multipart count from 1 below its own number, and a message that
// isn't a multipart is its own part 1.
func number(n *node, prefix string) {
	if !n.multipart() {
		n.number = join(prefix, 1)
		return
	}
	n.number = prefix
	numberChildren(n)
}

func numberChildren(n *node) {
	for i, c := range n.children {
		c.number = join(n.number, i+1)
		if c.multipart() {
			numberChildren(c)
		}
	}
}

func join(prefix string, i int) string {
	if prefix == "" {
		return strconv.Itoa(i)
	}
	return prefix + "." + strconv.Itoa(i)
}

// leaves calls visit for every part that isn't a multipart, in order.
func (n *node) leaves(visit func(*node)) {
	if !n.multipart() {
		visit(n)
		return
	}
	for _, c := range n.children {
		c.leaves(visit)
	}
}
