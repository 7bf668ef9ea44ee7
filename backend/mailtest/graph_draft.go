package mailtest

import (
	"encoding/json"
	"fmt"
	"net/http"
)

// What follows is the way of large messages
// (learn.microsoft.com/graph/outlook-large-attachments).

func (g *Graph) createDraft(r *http.Request, body []byte) graphAnswer {
	user, refused := g.mailbox(r, "Mail.ReadWrite")
	if refused != nil {
		return *refused
	}
	raw, refused := readMIME(r, body)
	if refused != nil {
		return *refused
	}
	id := g.next("draft")
	g.drafts[id] = &graphDraft{mailbox: user, raw: raw}
	return graphAnswer{status: http.StatusCreated, body: map[string]any{"id": id, "isDraft": true}}
}

// draft finds the draft of a request.
func (g *Graph) draft(r *http.Request, permission string) (*graphDraft, *graphAnswer) {
	user, refused := g.mailbox(r, permission)
	if refused != nil {
		return nil, refused
	}
	d := g.drafts[r.PathValue("draft")]
	if d == nil || d.mailbox != user {
		a := refuse(http.StatusNotFound, "ErrorItemNotFound", "The specified object was not found in the store.")
		return nil, &a
	}
	return d, nil
}

func (g *Graph) attach(r *http.Request, body []byte) graphAnswer {
	d, refused := g.draft(r, "Mail.ReadWrite")
	if refused != nil {
		return *refused
	}
	var file struct {
		Kind         string `json:"@odata.type"`
		Name         string
		ContentType  string
		ContentID    string
		IsInline     bool
		ContentBytes []byte
	}
	if r.Header.Get("Content-Type") != "application/json" || json.Unmarshal(body, &file) != nil ||
		file.Kind != "#microsoft.graph.fileAttachment" || file.Name == "" {
		return refuse(http.StatusBadRequest, "ErrorInvalidRequest", "That is no fileAttachment.")
	}
	if len(file.ContentBytes) >= graphMaxPosted {
		return refuse(http.StatusRequestEntityTooLarge, "ErrorMessageSizeExceeded", "The file is 3 MB or larger.")
	}
	d.files = append(d.files, GraphFile{Name: file.Name, Type: file.ContentType, ContentID: file.ContentID, Inline: file.IsInline, Data: file.ContentBytes})
	return graphAnswer{status: http.StatusCreated, body: map[string]any{"id": g.next("file")}}
}

func (g *Graph) createSession(r *http.Request, body []byte) graphAnswer {
	d, refused := g.draft(r, "Mail.ReadWrite")
	if refused != nil {
		return *refused
	}
	var request struct {
		AttachmentItem struct {
			AttachmentType, Name, ContentType, ContentID string
			IsInline                                     bool
			Size                                         int
		}
	}
	item := &request.AttachmentItem
	if r.Header.Get("Content-Type") != "application/json" || json.Unmarshal(body, &request) != nil || item.AttachmentType != "file" || item.Name == "" {
		return refuse(http.StatusBadRequest, "ErrorInvalidRequest", "That is no AttachmentItem.")
	}
	if item.Size < graphMinSession || item.Size > 150<<20 {
		return refuse(http.StatusBadRequest, "ErrorAttachmentSizeShouldNotBeLessThanMinimumSize", "The size is outside of what sessions are for.")
	}
	session := g.next("session")
	g.uploads[session] = &graphUpload{
		draft: d, size: item.Size,
		file: GraphFile{Name: item.Name, Type: item.ContentType, ContentID: item.ContentID, Inline: item.IsInline},
	}
	return graphAnswer{status: http.StatusCreated, body: map[string]any{
		"uploadUrl": g.uploadAddress(session), "expirationDateTime": "2099-01-01T00:00:00Z", "nextExpectedRanges": []string{"0-"},
	}}
}

// putRange takes the next part of a file. The address is the permission.
func (g *Graph) putRange(r *http.Request, body []byte) graphAnswer {
	u := g.uploads[r.PathValue("session")]
	switch {
	case u == nil || r.URL.Query().Get("authtoken") != "secret-of-the-session":
		return refuse(http.StatusUnauthorized, "InvalidToken", "There is no such session.")
	case r.Header.Get("Authorization") != "":
		return refuse(http.StatusUnauthorized, "InvalidAudience", "The address is authenticated already: send no Authorization.")
	case r.Header.Get("Content-Type") != "application/octet-stream":
		return refuse(http.StatusUnsupportedMediaType, "ErrorInvalidRequest", "The media type must be application/octet-stream.")
	}
	var from, to, size int
	if n, err := fmt.Sscanf(r.Header.Get("Content-Range"), "bytes %d-%d/%d", &from, &to, &size); n != 3 || err != nil {
		return refuse(http.StatusBadRequest, "ErrorInvalidRequest", "Content-Range can't be read.")
	}
	if size != u.size || from != len(u.file.Data) || to-from+1 != len(body) || to >= size || r.ContentLength != int64(len(body)) {
		return refuse(http.StatusRequestedRangeNotSatisfiable, "ErrorInvalidRange", "That isn't the next range.")
	}
	u.file.Data = append(u.file.Data, body...)
	if len(u.file.Data) < size {
		return graphAnswer{status: http.StatusOK, body: map[string]any{"nextExpectedRanges": []string{fmt.Sprint(len(u.file.Data))}}}
	}
	u.draft.files = append(u.draft.files, u.file)
	delete(g.uploads, r.PathValue("session"))
	return graphAnswer{status: http.StatusCreated, header: map[string]string{"Location": g.Authority + "/files/1"}}
}

func (g *Graph) sendDraft(r *http.Request, body []byte) graphAnswer {
	d, refused := g.draft(r, "Mail.Send")
	if refused != nil {
		return *refused
	}
	if len(body) > 0 || r.ContentLength != 0 {
		return refuse(http.StatusBadRequest, "ErrorInvalidRequest", "Content-Length must be 0.")
	}
	a := g.deliver(d)
	if a.status == http.StatusAccepted {
		delete(g.drafts, r.PathValue("draft"))
	}
	return a
}

func (g *Graph) deleteDraft(r *http.Request, _ []byte) graphAnswer {
	if _, refused := g.draft(r, "Mail.ReadWrite"); refused != nil {
		return *refused
	}
	delete(g.drafts, r.PathValue("draft"))
	return graphAnswer{status: http.StatusNoContent}
}
