package app

import (
	"crypto/rand"
	"encoding/hex"
	"mime"
	"net/http"
	"net/url"
	"strconv"

	"waxwing/backend/mail"
	"waxwing/backend/message"
	"waxwing/backend/render"
)

// The routes that the page and the frames of messages load from.
const (
	routeBody       = "/mail/body"
	routePart       = "/mail/part"
	routeAttachment = "/mail/attachment"
	routeOriginal   = "/mail/original"
	routeRemote     = "/mail/remote"
	routeDraftFile  = "/mail/draft/file"
	routeDraftQuote = "/mail/draft/quote"
)

// bodies serves what messages consist of. Every answer has a policy of its own
// that lets it do nothing; a body's document additionally runs the one script
// of ours that reports its height and clicks.
type bodies struct {
	shell  *shell
	remote *remote
	routes *http.ServeMux
}

func newBodies(s *shell) *bodies {
	b := &bodies{shell: s, remote: newRemote(s.log, s.mayFetch), routes: http.NewServeMux()}
	b.routes.HandleFunc("GET "+routeBody, b.body)
	b.routes.HandleFunc("GET "+routePart, b.part)
	b.routes.HandleFunc("GET "+routeAttachment, b.attachment)
	b.routes.HandleFunc("GET "+routeOriginal, b.original)
	b.routes.Handle("GET "+routeRemote, b.remote)
	b.routes.HandleFunc("GET "+routeDraftQuote, b.draftQuote)
	b.routes.HandleFunc("GET "+routeDraftFile, b.draftFile)
	b.routes.HandleFunc("POST "+routeDraftFile, b.attachFile)
	return b
}

func (b *bodies) ServeHTTP(w http.ResponseWriter, r *http.Request) { b.routes.ServeHTTP(w, r) }

// bodyURL is where a message's body is loaded from.
func bodyURL(ref mail.Ref) string { return routeBody + "?" + url.Values{"id": {ref.String()}}.Encode() }

// body serves a message's body as a document for a sandboxed frame. Parameters:
// id, images=1 to show remote pictures, dark=1 for dark paper.
func (b *bodies) body(w http.ResponseWriter, r *http.Request) {
	id := r.FormValue("id")
	raw, ok := b.raw(w, r, id)
	if !ok {
		return
	}
	nonce := newNonce()
	o := render.Options{
		PartURL: func(part string) string {
			return routePart + "?" + url.Values{"id": {id}, "part": {part}}.Encode()
		},
		Nonce:      nonce,
		QuoteLabel: b.shell.words(r.Context()).Quote,
		Dark:       r.FormValue("dark") == "1",
	}
	o.RemoteURL = b.pictures(r)
	doc := render.Body(message.Parse(raw), o)
	h := w.Header()
	h.Set("Content-Security-Policy", render.Policy(nonce))
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Cache-Control", "no-store")
	_, _ = w.Write(doc.HTML) // the page may have gone on
}

// part serves a picture that the body shows.
func (b *bodies) part(w http.ResponseWriter, r *http.Request) {
	raw, ok := b.raw(w, r, r.FormValue("id"))
	if !ok {
		return
	}
	p, content, err := message.PartContent(raw, r.FormValue("part"), false)
	if err != nil {
		http.NotFound(w, r)
		return
	}
	writePicture(w, r, p.Type, content)
}

// writePicture answers with a picture, and with nothing for what is none.
// Programs send pictures without saying so: such a part is what its first
// octets tell.
func writePicture(w http.ResponseWriter, r *http.Request, mediaType string, content []byte) {
	if mediaType == "application/octet-stream" {
		mediaType = http.DetectContentType(content)
	}
	if !pictureTypes[mediaType] {
		http.NotFound(w, r)
		return
	}
	h := w.Header()
	h.Set("Content-Security-Policy", harmless)
	h.Set("Content-Type", mediaType)
	h.Set("Content-Length", strconv.Itoa(len(content)))
	h.Set("Cache-Control", "private, max-age=3600")
	_, _ = w.Write(content)
}

// harmless is the policy of everything that isn't a body: it can do nothing.
const harmless = "default-src 'none'; sandbox"

// pictureTypes are the raster formats that the web views show. SVG is not among
// them: it is a document.
var pictureTypes = map[string]bool{
	"image/png": true, "image/jpeg": true, "image/gif": true, "image/webp": true, "image/bmp": true,
	"image/avif": true, "image/x-icon": true, "image/vnd.microsoft.icon": true,
}

// attachment serves an attachment to be saved: for a browser on the development
// server, where the native dialogs are out of reach, and, with inline=1, the
// thumbnails of pictures.
func (b *bodies) attachment(w http.ResponseWriter, r *http.Request) {
	raw, ok := b.raw(w, r, r.FormValue("id"))
	if !ok {
		return
	}
	part := r.FormValue("part")
	if r.FormValue("inline") == "1" {
		b.part(w, r)
		return
	}
	name, content, err := attachmentOf(raw, part)
	if err != nil {
		http.NotFound(w, r)
		return
	}
	writeFile(w, name, content)
}

// original serves a message as it came, to be saved by a browser.
func (b *bodies) original(w http.ResponseWriter, r *http.Request) {
	if raw, ok := b.raw(w, r, r.FormValue("id")); ok {
		writeFile(w, message.OriginalName(message.Content(raw).Subject), raw)
	}
}

// writeFile answers with a file to be saved.
func writeFile(w http.ResponseWriter, name string, content []byte) {
	h := w.Header()
	h.Set("Content-Security-Policy", harmless)
	h.Set("Content-Type", "application/octet-stream")
	h.Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": name}))
	h.Set("Content-Length", strconv.Itoa(len(content)))
	_, _ = w.Write(content)
}

// raw loads the message with the id, or answers that there is none.
func (b *bodies) raw(w http.ResponseWriter, r *http.Request, id string) ([]byte, bool) {
	e, _, err := b.shell.engine()
	if err != nil {
		http.Error(w, string(mail.CodeOf(err)), http.StatusServiceUnavailable)
		return nil, false
	}
	ref, err := mail.ParseRef(id, mail.RefMessage)
	if err != nil {
		http.NotFound(w, r)
		return nil, false
	}
	raw, err := e.Raw(r.Context(), ref)
	if err != nil {
		http.NotFound(w, r)
		return nil, false
	}
	return raw, true
}

// newNonce returns a number used once, for a policy (W3C CSP3 §6.7.2.3 asks for 128 bits).
func newNonce() string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // never fails
	return hex.EncodeToString(b[:])
}
