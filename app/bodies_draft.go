package app

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"waxwing/backend/engine"
	"waxwing/backend/mail"
	"waxwing/backend/message"
	"waxwing/backend/render"
)

// draftQuote serves the quote of a draft as a document for a sandboxed frame, by the
// rules of a body that is read: nothing is fetched from elsewhere. Parameters: id,
// dark=1 for dark paper.
func (b *bodies) draftQuote(w http.ResponseWriter, r *http.Request) {
	d, _, ok := b.draft(w, r)
	if !ok {
		return
	}
	id := d.Ref().String()
	nonce := newNonce()
	doc := render.Body(&message.Message{HTML: d.Quote, Parts: each(d.Files, toPart)}, render.Options{
		PartURL: func(file string) string {
			return routeDraftFile + "?" + url.Values{"id": {id}, "file": {file}}.Encode()
		},
		Nonce:      nonce,
		QuoteLabel: b.shell.words(r.Context()).Quote,
		Dark:       r.FormValue("dark") == "1",
	})
	h := w.Header()
	h.Set("Content-Security-Policy", render.Policy(nonce))
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Cache-Control", "no-store")
	_, _ = w.Write(doc.HTML) // the page may have gone on
}

// toPart lets the quote find a picture among the draft's files.
func toPart(f mail.DraftFile) message.Part {
	return message.Part{
		Number: strconv.FormatInt(int64(f.ID), 10), Type: f.Type, Name: f.Name, ContentID: f.ContentID, Size: f.Size,
	}
}

// draftFile serves a picture of a draft: of its text, or as the face of a file.
func (b *bodies) draftFile(w http.ResponseWriter, r *http.Request) {
	d, e, ok := b.draft(w, r)
	if !ok {
		return
	}
	file, content, err := e.DraftFile(r.Context(), d.Ref(), draftFileID(r.FormValue("file")))
	if err != nil {
		http.NotFound(w, r)
		return
	}
	writePicture(w, r, file.Type, content)
}

// attachFile adds the octets of a request to a draft and answers with the file, or
// with a Problem. Parameters: id, name, type, cid. Only our own page may ask: the
// content type is one that no foreign page can send without permission.
func (b *bodies) attachFile(w http.ResponseWriter, r *http.Request) {
	if r.Header.Get("Content-Type") != "application/octet-stream" {
		http.Error(w, "wrong content type", http.StatusUnsupportedMediaType)
		return
	}
	query := r.URL.Query()
	ref, err := mail.ParseRef(query.Get("id"), mail.RefDraft)
	var e *engine.Engine
	if err == nil {
		e, _, err = b.shell.engine()
	}
	var file mail.DraftFile
	if err == nil {
		file, err = e.AttachFile(r.Context(), ref, message.OneLine(query.Get("name")),
			mediaType(query.Get("type")), query.Get("cid"), r.Body)
	}
	w.Header().Set("Content-Type", "application/json")
	if err != nil {
		w.WriteHeader(http.StatusConflict)
		_ = json.NewEncoder(w).Encode(toProblem(err))
		return
	}
	_ = json.NewEncoder(w).Encode(toDraftFile(file))
}

// mediaType is what a browser says a file is, if that is a media type (RFC 6838 §4.2).
func mediaType(said string) string {
	kind, subtype, ok := strings.Cut(strings.ToLower(said), "/")
	plain := func(s string) bool {
		return s != "" && len(s) < 128 && strings.Trim(s, "abcdefghijklmnopqrstuvwxyz0123456789!#$&^_.+-") == ""
	}
	if !ok || !plain(kind) || !plain(subtype) {
		return "application/octet-stream"
	}
	return kind + "/" + subtype
}

// draft loads the draft with the id, or answers that there is none.
func (b *bodies) draft(w http.ResponseWriter, r *http.Request) (engine.AccountDraft, *engine.Engine, bool) {
	e, _, err := b.shell.engine()
	if err != nil {
		http.Error(w, string(mail.CodeOf(err)), http.StatusServiceUnavailable)
		return engine.AccountDraft{}, nil, false
	}
	ref, err := mail.ParseRef(r.FormValue("id"), mail.RefDraft)
	if err != nil {
		http.NotFound(w, r)
		return engine.AccountDraft{}, nil, false
	}
	d, err := e.OpenDraft(r.Context(), ref)
	if err != nil {
		http.NotFound(w, r)
		return engine.AccountDraft{}, nil, false
	}
	return d, e, true
}
