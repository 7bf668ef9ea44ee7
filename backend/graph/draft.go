package graph

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"waxwing/backend/mail"
	"waxwing/backend/submission"
)

// What learn.microsoft.com/graph/outlook-large-attachments says.
const (
	// maxPosted is the size from which on a file needs an upload session.
	maxPosted = 3_000_000
	// maxUploaded is the largest file of an upload session.
	maxUploaded = 150_000_000
	// rangeSize is how much of a file goes in one request.
	rangeSize = 3 << 20
)

// maxHeld and maxHolds bound how long and how often a message waits for Graph
// in its midst; beyond that it is given up for now.
const (
	maxHeld  = time.Minute
	maxHolds = 5
)

// sendLarge sends a message in steps. One that isn't sent leaves no draft behind
// as far as the server can be told.
func (t *transaction) sendLarge(ctx context.Context, raw []byte) error {
	skeleton, files, ok := split(raw, maxRequest/4*3)
	if !ok {
		return &mail.Error{Code: mail.CodeTooLarge, Args: map[string]string{"host": t.host(), "limit": strconv.Itoa(maxRequest / 4 * 3)}}
	}
	for _, f := range files {
		if len(f.data) > maxUploaded {
			return &mail.Error{Code: mail.CodeTooLarge, Args: map[string]string{"host": t.host(), "limit": strconv.Itoa(maxUploaded)}}
		}
	}
	var draft struct{ ID string }
	err := t.step(ctx, request{method: http.MethodPost, path: "/messages", kind: mimeType, body: encoded(skeleton)}, http.StatusCreated, &draft)
	if err != nil {
		return err
	}
	path := "/messages/" + url.PathEscape(draft.ID)
	defer func() {
		if t.result.Outcome == submission.NotSent {
			t.discard(ctx, path)
		}
	}()
	for _, f := range files {
		if err := t.attach(ctx, path, f); err != nil {
			return err
		}
	}
	return t.finish(ctx, request{method: http.MethodPost, path: path + "/send"})
}

// discardPatience bounds the attempt to take a draft away.
const discardPatience = 30 * time.Second

// discard removes a draft that won't be sent, even if the person gave up. When
// that fails it lies in Drafts: harmless, and seen there.
func (t *transaction) discard(ctx context.Context, path string) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), discardPatience)
	defer cancel()
	_, _ = t.call(ctx, request{method: http.MethodDelete, path: path})
}

// attach adds a file to a draft.
func (t *transaction) attach(ctx context.Context, draft string, f file) error {
	if len(f.data) < maxPosted {
		octets, err := json.Marshal(map[string]any{
			"@odata.type": "#microsoft.graph.fileAttachment", "name": f.name, "contentType": f.kind,
			"isInline": f.inline, "contentId": f.contentID, "contentBytes": f.data,
		})
		if err != nil {
			return t.protocol(err)
		}
		return t.step(ctx, request{method: http.MethodPost, path: draft + "/attachments", kind: "application/json", body: octets}, http.StatusCreated, nil)
	}
	item := map[string]any{"attachmentType": "file", "name": f.name, "contentType": f.kind, "size": len(f.data), "isInline": f.inline}
	if f.contentID != "" {
		item["contentId"] = f.contentID
	}
	octets, err := json.Marshal(map[string]any{"AttachmentItem": item})
	if err != nil {
		return t.protocol(err)
	}
	var session struct{ UploadURL string }
	err = t.step(ctx, request{method: http.MethodPost, path: draft + "/attachments/createUploadSession", kind: "application/json", body: octets}, http.StatusCreated, &session)
	if err != nil {
		return err
	}
	return t.upload(ctx, session.UploadURL, f.data)
}

// upload sends a file range by range, in order.
func (t *transaction) upload(ctx context.Context, address string, data []byte) error {
	if u, err := url.Parse(address); err != nil || u.Scheme != "https" {
		return t.protocol(errors.New("graph: an upload session without TLS"))
	}
	for from := 0; from < len(data); from += rangeSize {
		to := min(from+rangeSize, len(data))
		want := http.StatusOK
		if to == len(data) {
			want = http.StatusCreated
		}
		err := t.step(ctx, request{
			method: http.MethodPut, path: address, apart: true, kind: "application/octet-stream",
			body: data[from:to], bytes: fmt.Sprintf("bytes %d-%d/%d", from, to-1, len(data)),
		}, want, nil)
		if err != nil {
			return err
		}
	}
	return nil
}

// step makes a request that sends nothing yet, and reads what comes back into
// result. It holds on for a while when Graph asks for it.
func (t *transaction) step(ctx context.Context, r request, want int, result any) error {
	for held := 0; ; held++ {
		a, err := t.call(ctx, r)
		if err != nil {
			return err
		}
		if a.status == want {
			if result == nil {
				return nil
			}
			if err := json.Unmarshal(a.body, result); err != nil {
				return t.protocol(err)
			}
			return nil
		}
		refused := t.explain(a)
		if refused == nil {
			return a.unexpected(t.host())
		}
		if mail.CodeOf(refused) != mail.CodeThrottled || t.result.RetryAfter > maxHeld || held == maxHolds {
			return refused
		}
		if err := t.wait(ctx, t.result.RetryAfter); err != nil {
			return err
		}
		t.result.RetryAfter = 0
	}
}
