package oauth

import (
	"crypto/sha256"
	"encoding/base64"
	"html/template"
	"net/http"
)

// The pages that the browser ends on. They tell nothing that could be false
// later: whether it worked, the application says.
type page int

const (
	pageDone page = iota
	pageRefused
	pageStrange
)

type pageText struct{ Title, Text string }

// pageTexts are in the languages that Waxwing has; the first is for all others.
var pageTexts = map[string]map[page]pageText{
	"en": {
		pageDone:    {"You can close this tab", "Go back to Waxwing. It goes on there by itself."},
		pageRefused: {"You can close this tab", "Nothing was connected. Waxwing tells you why, and what you can do."},
		pageStrange: {"This page leads nowhere", "It belongs to no sign-in that Waxwing is waiting for. Close this tab and start again in Waxwing."},
	},
	"de": {
		pageDone:    {"Sie können diesen Tab schließen", "Zurück zu Waxwing: Dort geht es von selbst weiter."},
		pageRefused: {"Sie können diesen Tab schließen", "Es wurde nichts verbunden. Waxwing sagt Ihnen, warum, und was Sie tun können."},
		pageStrange: {"Diese Seite führt nirgendwohin", "Sie gehört zu keiner Anmeldung, auf die Waxwing wartet. Schließen Sie den Tab und beginnen Sie in Waxwing noch einmal."},
	},
}

const pageStyle = `:root{color-scheme:light dark}body{margin:0;min-height:100vh;display:grid;place-items:center;` +
	`font:16px/1.5 system-ui,sans-serif;background:light-dark(#f7f7f5,#1b1c1e);color:light-dark(#1c1d1f,#eceded)}` +
	`main{max-width:26rem;margin:1.5rem;padding:2rem;border-radius:14px;background:light-dark(#fff,#26282b);` +
	`box-shadow:0 1px 3px rgb(0 0 0/.12)}h1{margin:0 0 .5rem;font-size:1.25rem}p{margin:0}`

// pagePolicy names the style by its hash, so that nothing else is ever applied.
var pagePolicy = func() string {
	sum := sha256.Sum256([]byte(pageStyle))
	return "default-src 'none'; style-src 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) +
		"'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
}()

var pageTemplate = template.Must(template.New("page").Parse(`<!doctype html>
<html lang="{{.Language}}"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>{{.Title}} · Waxwing</title><style>{{.Style}}</style></head>
<body><main><h1>{{.Title}}</h1><p>{{.Text}}</p></main></body></html>
`))

// writePage answers with a page and closes the connection.
func writePage(w http.ResponseWriter, status int, language string, p page) {
	texts, known := pageTexts[language]
	if !known {
		language, texts = "en", pageTexts["en"]
	}
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Security-Policy", pagePolicy)
	h.Set("Cache-Control", "no-store")
	h.Set("Referrer-Policy", "no-referrer") // the address holds the code
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("X-Frame-Options", "DENY")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("Connection", "close")
	w.WriteHeader(status)
	// A browser that left needs no page.
	_ = pageTemplate.Execute(w, struct {
		pageText
		Language string
		Style    template.CSS
	}{texts[p], language, pageStyle})
}
