package mailtest

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/mail"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// A Graph is a strict stand-in for Microsoft's sign-in and the part of Microsoft
// Graph that sends mail, as they are documented: what the documentation doesn't
// allow is refused, and so is what the permissions given don't cover. It keeps what was sent.
type Graph struct {
	// Authority and Endpoint are its addresses, by HTTPS.
	Authority, Endpoint string
	// Trust holds who signed its certificate.
	Trust *Authority
	// TokenLife is how long a token is good; an hour unless it is set before use.
	TokenLife time.Duration

	mu          sync.Mutex
	registered  map[string]*registration // by tenant and client id
	mailboxes   map[string]bool
	tokens      map[string]*graphToken
	assertions  map[string]bool // jti that were used
	drafts      map[string]*graphDraft
	uploads     map[string]*graphUpload
	sent        []GraphMessage
	faults      map[string][]GraphFault
	counts      map[string]int
	number      int
	permissions []string
}

// The steps of the protocol.
const (
	GraphToken    = "token"
	GraphSendMail = "sendMail"
	GraphDraft    = "draft"   // creating one
	GraphAttach   = "attach"  // a small file
	GraphSession  = "session" // creating an upload session
	GraphRange    = "range"   // a part of a large file
	GraphSend     = "send"    // of a draft
	GraphDelete   = "delete"
)

// A GraphFault is what goes wrong once at a step.
type GraphFault struct {
	// Status is answered in place of doing what was asked, with Code in the body.
	Status int
	Code   string
	// RetryAfter is the value of that field; empty for none.
	RetryAfter string
	// Cut closes the connection in place of an answer; Done says that what was
	// asked is done nevertheless.
	Cut, Done bool
}

// A GraphMessage is one that was sent.
type GraphMessage struct {
	Mailbox string
	To      []string // who gets it: To, Cc and Bcc
	// Raw is the message as MIME, without Bcc. Large files aren't in it but in Files.
	Raw   []byte
	Files []GraphFile
}

// A GraphFile is an attachment that came apart from the message.
type GraphFile struct {
	Name, Type, ContentID string
	Inline                bool
	Data                  []byte
}

type graphDraft struct {
	mailbox string
	raw     []byte
	files   []GraphFile
}

type graphUpload struct {
	draft *graphDraft
	file  GraphFile
	size  int
}

// Limits of the documentation.
const (
	graphMaxRequest = 4 << 20
	graphMinSession = 3_000_000
	graphMaxPosted  = 3 << 20
)

// NewGraph starts a Graph with the given mailboxes. It lives as long as the test.
func NewGraph(tb testing.TB, mailboxes ...string) *Graph {
	tb.Helper()
	g := &Graph{
		Trust: NewAuthority(tb), TokenLife: time.Hour,
		registered: map[string]*registration{}, mailboxes: map[string]bool{}, tokens: map[string]*graphToken{},
		assertions: map[string]bool{}, drafts: map[string]*graphDraft{}, uploads: map[string]*graphUpload{},
		faults: map[string][]GraphFault{}, counts: map[string]int{},
		permissions: []string{"Mail.Send", "Mail.ReadWrite"},
	}
	for _, m := range mailboxes {
		g.mailboxes[strings.ToLower(m)] = true
	}
	routes := http.NewServeMux()
	routes.HandleFunc("POST /{tenant}/oauth2/v2.0/token", g.step(GraphToken, g.token))
	for _, user := range []string{"/v1.0/users/{user}", "/v1.0/me"} {
		routes.HandleFunc("POST "+user+"/sendMail", g.step(GraphSendMail, g.sendMail))
		routes.HandleFunc("POST "+user+"/messages", g.step(GraphDraft, g.createDraft))
		routes.HandleFunc("POST "+user+"/messages/{draft}/attachments", g.step(GraphAttach, g.attach))
		routes.HandleFunc("POST "+user+"/messages/{draft}/attachments/createUploadSession", g.step(GraphSession, g.createSession))
		routes.HandleFunc("POST "+user+"/messages/{draft}/send", g.step(GraphSend, g.sendDraft))
		routes.HandleFunc("DELETE "+user+"/messages/{draft}", g.step(GraphDelete, g.deleteDraft))
	}
	routes.HandleFunc("PUT /upload/{session}", g.step(GraphRange, g.putRange))
	server := httptest.NewUnstartedServer(routes)
	server.TLS = g.Trust.TLS(tb, FlawNone)
	server.StartTLS()
	tb.Cleanup(server.Close)
	g.Authority, g.Endpoint = server.URL, server.URL+"/v1.0"
	return g
}

// Permit sets the permissions of every registration, such as Mail.Send.
func (g *Graph) Permit(permissions ...string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.permissions = permissions
}

// Fail makes the next requests of a step go wrong, one after the other.
func (g *Graph) Fail(step string, faults ...GraphFault) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.faults[step] = append(g.faults[step], faults...)
}

// Count is how many requests of a step there were.
func (g *Graph) Count(step string) int {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.counts[step]
}

// Sent returns what was sent so far.
func (g *Graph) Sent() []GraphMessage {
	g.mu.Lock()
	defer g.mu.Unlock()
	return slices.Clone(g.sent)
}

// Drafts is how many drafts lie there.
func (g *Graph) Drafts() int {
	g.mu.Lock()
	defer g.mu.Unlock()
	return len(g.drafts)
}

// A graphAnswer is what a step gives back.
type graphAnswer struct {
	status int
	body   any
	header map[string]string
}

// refuse is an error as Graph writes it.
func refuse(status int, code, message string) graphAnswer {
	return graphAnswer{status: status, body: map[string]any{"error": map[string]string{"code": code, "message": message}}}
}

// step wraps a handler with counting and faults. Handlers hold the lock.
func (g *Graph) step(name string, handle func(*http.Request, []byte) graphAnswer) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(io.LimitReader(r.Body, graphMaxRequest+1))
		if err != nil {
			return // the client went away in the midst of it
		}
		g.mu.Lock()
		g.counts[name]++
		var fault GraphFault
		if queue := g.faults[name]; len(queue) > 0 {
			fault, g.faults[name] = queue[0], queue[1:]
		}
		var a graphAnswer
		switch {
		case fault.Status != 0:
			a = refuse(fault.Status, fault.Code, "a fault of the test")
			if fault.RetryAfter != "" {
				a.header = map[string]string{"Retry-After": fault.RetryAfter}
			}
		case fault.Cut && !fault.Done:
		case len(body) > graphMaxRequest:
			a = refuse(http.StatusRequestEntityTooLarge, "RequestEntityTooLarge", "The request is larger than 4 MB.")
		default:
			a = handle(r, body)
		}
		g.mu.Unlock()
		if fault.Cut {
			panic(http.ErrAbortHandler)
		}
		for name, value := range a.header {
			w.Header().Set(name, value)
		}
		if a.body != nil {
			w.Header().Set("Content-Type", "application/json")
		}
		w.WriteHeader(a.status)
		if a.body != nil {
			_ = json.NewEncoder(w).Encode(a.body)
		}
	}
}

// mailbox checks token, permission and mailbox.
func (g *Graph) mailbox(r *http.Request, permission string) (string, *graphAnswer) {
	fail := func(a graphAnswer) (string, *graphAnswer) { return "", &a }
	value, bearer := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	token := g.tokens[value]
	if !bearer || token == nil || time.Now().After(token.end) {
		return fail(refuse(http.StatusUnauthorized, "InvalidAuthenticationToken", "Access token has expired or is not yet valid."))
	}
	if !slices.Contains(g.permissions, permission) {
		return fail(refuse(http.StatusForbidden, "ErrorAccessDenied", "Access is denied. Check credentials and try again."))
	}
	user := strings.ToLower(r.PathValue("user"))
	switch {
	case user == "" && token.user == "":
		return fail(refuse(http.StatusBadRequest, "BadRequest", "/me request is only valid with delegated authentication flow."))
	case user == "":
		user = token.user
	case token.user != "" && token.user != user:
		return fail(refuse(http.StatusForbidden, "ErrorAccessDenied", "Access is denied. Check credentials and try again."))
	}
	if !g.mailboxes[user] {
		return fail(refuse(http.StatusNotFound, "ErrorInvalidUser", fmt.Sprintf("The requested user '%s' is invalid.", user)))
	}
	return user, nil
}

// readMIME decodes a message.
func readMIME(r *http.Request, body []byte) ([]byte, *graphAnswer) {
	bad := func(message string) ([]byte, *graphAnswer) {
		a := refuse(http.StatusBadRequest, "ErrorMimeContentInvalidBase64String", message)
		return nil, &a
	}
	if r.Header.Get("Content-Type") != "text/plain" {
		return bad("The media type isn't that of MIME content.")
	}
	raw, err := base64.StdEncoding.Strict().DecodeString(string(body))
	if err != nil {
		return bad("Invalid base64 string for MIME content.")
	}
	if _, err := mail.ReadMessage(bytes.NewReader(raw)); err != nil {
		return bad("Invalid MIME content.")
	}
	return raw, nil
}

func (g *Graph) sendMail(r *http.Request, body []byte) graphAnswer {
	user, refused := g.mailbox(r, "Mail.Send")
	if refused != nil {
		return *refused
	}
	raw, refused := readMIME(r, body)
	if refused != nil {
		return *refused
	}
	return g.deliver(&graphDraft{mailbox: user, raw: raw})
}

// deliver takes a message on, as Exchange does: recipients come from the header.
func (g *Graph) deliver(d *graphDraft) graphAnswer {
	m, err := mail.ReadMessage(bytes.NewReader(d.raw))
	if err != nil {
		return refuse(http.StatusBadRequest, "ErrorMimeContentInvalid", err.Error())
	}
	out := GraphMessage{Mailbox: d.mailbox, Files: d.files}
	for _, field := range []string{"To", "Cc", "Bcc"} {
		if len(m.Header[field]) == 0 {
			continue
		}
		list, err := m.Header.AddressList(field)
		if err != nil || len(m.Header[field]) > 1 {
			return refuse(http.StatusBadRequest, "ErrorInvalidRecipients", "A recipient isn't valid.")
		}
		for _, a := range list {
			out.To = append(out.To, a.Address)
		}
	}
	if len(out.To) == 0 {
		return refuse(http.StatusBadRequest, "ErrorInvalidRecipients", "At least one recipient isn't valid.")
	}
	out.Raw = withoutField(d.raw, "bcc")
	g.sent = append(g.sent, out)
	return graphAnswer{status: http.StatusAccepted}
}

// withoutField leaves a header field out.
func withoutField(raw []byte, name string) []byte {
	header, body, _ := strings.Cut(string(raw), "\r\n\r\n")
	var kept []string
	drop := false
	for _, line := range strings.Split(header, "\r\n") {
		if !strings.HasPrefix(line, " ") && !strings.HasPrefix(line, "\t") {
			field, _, _ := strings.Cut(line, ":")
			drop = strings.EqualFold(field, name)
		}
		if !drop {
			kept = append(kept, line)
		}
	}
	return []byte(strings.Join(kept, "\r\n") + "\r\n\r\n" + body)
}

// next returns a new identifier, with characters that addresses must escape.
func (g *Graph) next(kind string) string {
	g.number++
	return fmt.Sprintf("%s/%d+=", kind, g.number)
}

// uploadAddress is where the ranges of a session go.
func (g *Graph) uploadAddress(session string) string {
	return g.Authority + "/upload/" + url.PathEscape(session) + "?authtoken=secret-of-the-session"
}
