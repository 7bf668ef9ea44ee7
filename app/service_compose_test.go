package app

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"waxwing/backend/mail"
)

// png is the smallest picture that its first octets tell to be one.
const png = "\x89PNG\r\n\x1a\n"

// answer begins an answer to a message of the sample.
func answer(t *testing.T, s *shell) Draft {
	t.Helper()
	page, err := (&Mail{s}).Threads(ThreadQuery{View: "inboxes", Limit: 1})
	if err != nil || len(page.Threads) != 1 {
		t.Fatal(err)
	}
	d, err := (&Compose{s}).Start(DraftStart{Kind: "reply", Original: page.Threads[0].Latest})
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// TestQuoteStaysOutOfThePage answers a message: its quote is shown by a sandboxed
// frame only, survives what the page saves, and goes when the page says so.
func TestQuoteStaysOutOfThePage(t *testing.T) {
	s := demoShell(t)
	c := &Compose{s}
	d := answer(t, s)
	if !d.Quoted || d.QuoteHead == "" || len(d.To) != 1 {
		t.Fatalf("the answer is %+v", d)
	}
	frame := routeDraftQuote + "?" + url.Values{"id": {d.ID}}.Encode()
	w := get(s.bodies, frame)
	policy := w.Header().Get("Content-Security-Policy")
	if w.Code != http.StatusOK || !strings.Contains(policy, "sandbox allow-scripts") || strings.Contains(policy, "allow-same-origin") {
		t.Errorf("the quote: %d, policy %q", w.Code, policy)
	}
	stored, err := s.mail.OpenDraft(t.Context(), parse(t, d.ID))
	if err != nil {
		t.Fatal(err)
	}
	d.Body, d.Subject = `<div onclick="x()">Yes<script>x()</script><img src="https://spy.example/p.png"></div>`, "Re: other"
	d, err = c.Save(d)
	if err != nil || d.Subject != "Re: other" || d.Revision != stored.Revision+1 {
		t.Fatalf("saved as %+v, %v", d, err)
	}
	for _, bad := range []string{"onclick", "script", "spy.example"} {
		if strings.Contains(d.Body, bad) {
			t.Errorf("the body holds %s: %q", bad, d.Body)
		}
	}
	after, err := s.mail.OpenDraft(t.Context(), parse(t, d.ID))
	if err != nil || after.Quote != stored.Quote || after.Quote == "" || len(after.InReplyTo) != 1 {
		t.Errorf("the stored draft lost something: %+v, %v", after.Draft, err)
	}
	d.Quoted = false
	if d, err = c.Save(d); err != nil || d.Quoted || d.QuoteHead != "" {
		t.Errorf("left out, the quote is still there: %+v, %v", d, err)
	}
}

func parse(t *testing.T, id string) mail.Ref {
	t.Helper()
	ref, err := mail.ParseRef(id, mail.RefDraft)
	if err != nil {
		t.Fatal(err)
	}
	return ref
}

// post sends octets to be attached to a draft.
func post(s *shell, query url.Values, contentType, octets string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(http.MethodPost, routeDraftFile+"?"+query.Encode(), strings.NewReader(octets))
	r.Header.Set("Content-Type", contentType)
	w := httptest.NewRecorder()
	s.bodies.ServeHTTP(w, r)
	return w
}

// TestFilesOfADraft attaches files by the route: only our own page may, a picture is
// shown, and everything else isn't.
func TestFilesOfADraft(t *testing.T) {
	s := demoShell(t)
	c := &Compose{s}
	d := answer(t, s)
	const octets = "application/octet-stream"
	attach := func(name, kind, content string) (f DraftFile) {
		t.Helper()
		w := post(s, url.Values{"id": {d.ID}, "name": {name}, "type": {kind}, "cid": {"x@y"}}, octets, content)
		if w.Code != http.StatusOK || json.Unmarshal(w.Body.Bytes(), &f) != nil {
			t.Fatalf("attaching %s: %d %s", name, w.Code, w.Body)
		}
		return f
	}
	picture := attach("a\nb.png", "image/png", png)
	page := attach("page.html", "text/html; x", "<script>x()</script>")
	if strings.Contains(picture.Name, "\n") || picture.Size != int64(len(png)) || picture.ContentID != "x@y" || page.Type != octets {
		t.Errorf("attached as %+v and %+v", picture, page)
	}
	face := func(file DraftFile) *httptest.ResponseRecorder {
		return get(s.bodies, routeDraftFile+"?"+url.Values{"id": {d.ID}, "file": {file.ID}}.Encode())
	}
	if w := face(picture); w.Code != http.StatusOK || w.Body.String() != png || !strings.Contains(w.Header().Get("Content-Security-Policy"), "sandbox") {
		t.Errorf("the picture: %d, policy %q", w.Code, w.Header().Get("Content-Security-Policy"))
	}
	if w := face(page); w.Code != http.StatusNotFound {
		t.Errorf("a page is shown: %d", w.Code)
	}
	if w := post(s, url.Values{"id": {d.ID}, "name": {"x"}}, "text/plain", "x"); w.Code != http.StatusUnsupportedMediaType {
		t.Errorf("what a foreign page can send: %d", w.Code)
	}
	w := post(s, url.Values{"id": {"a1-d99"}, "name": {"x"}}, octets, "x")
	if w.Code != http.StatusConflict || !strings.Contains(w.Body.String(), `"code":"notFound"`) {
		t.Errorf("to a draft that isn't there: %d %s", w.Code, w.Body)
	}
	if err := c.RemoveFile(d.ID, page.ID); err != nil {
		t.Fatal(err)
	}
	if d, err := c.Open(d.ID); err != nil || len(d.Files) != 1 {
		t.Errorf("one taken away, there are %+v, %v", d.Files, err)
	}
}

// TestComposeListsAreNeverNull asks for what may be empty.
func TestComposeListsAreNeverNull(t *testing.T) {
	s := demoShell(t)
	c := &Compose{s}
	drafts, err := c.Drafts()
	if err != nil {
		t.Fatal(err)
	}
	submissions, err := c.Submissions()
	if err != nil {
		t.Fatal(err)
	}
	people, err := c.Correspondents("nobody-is-called-this", 5)
	if err != nil {
		t.Fatal(err)
	}
	begun, err := c.Start(DraftStart{Kind: "new"})
	if err != nil {
		t.Fatal(err)
	}
	for _, v := range []any{drafts, submissions, people, begun} {
		if text, err := json.Marshal(v); err != nil || strings.Contains(string(text), "null") {
			t.Errorf("%s, %v", text, err)
		}
	}
}
