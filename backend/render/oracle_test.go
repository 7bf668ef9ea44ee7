package render

import (
	"regexp"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"waxwing/backend/message"
)

// The lists below are written out a second time on purpose: the oracle must not
// believe the code that it judges.
var (
	permittedElements = wordSet(`html head body meta style div span p a b big code em font i nobr s small strike strong tt u abbr acronym bdi bdo cite del dfn
ins kbd mark q rp rt ruby samp sub sup time var picture source br wbr img hr col address article aside blockquote center figcaption figure footer
header main nav pre section h1 h2 h3 h4 h5 h6 dl dt dd ol ul li table caption colgroup thead tbody tfoot tr td th details summary`)
	permittedAttributes = wordSet(`class style id title alt abbr aria-label dir lang align valign width height border cellpadding cellspacing hspace
vspace colspan rowspan span bgcolor color bordercolor size face start value nowrap noshade reversed compact role aria-hidden scope clear media datetime href target rel src
srcset type open`)
	harmlessSource = regexp.MustCompile(`^(/part/[0-9.]+|data:image/(png|jpeg|gif|webp);base64,[A-Za-z0-9+/=%_ -]*)$`)
	harmlessLink   = regexp.MustCompile(`^(https?://[^\s"'<>]|mailto:|tel:|#m-)`)
	cssEscape      = regexp.MustCompile(`\\[0-9a-fA-F]{1,6}\s?`)
	cssURLs        = regexp.MustCompile(`(?i)url\(\s*"?([^")]*)"?\s*\)`)
	cssForbidden   = regexp.MustCompile(`(?i)@import|@font-face|@charset|@namespace|expression\s*\(|javascript:|-moz-binding|image-set|cross-fade|var\(|attr\(|src\(|element\(|position\s*:\s*(fixed|sticky)|(animation|transition|behavior)[a-z-]*\s*:|\b[0-9.]+([sdl]?vh|vmax|vmin)\b|/\*|\*/|<|</|-->`)
)

// violations renders a body and names everything in it that must not be there,
// whether a browser parses it with scripts or without.
func violations(t testing.TB, document []byte) []string {
	t.Helper()
	var found []string
	for _, scripting := range []bool{true, false} {
		root, err := html.ParseWithOptions(strings.NewReader(string(document)), html.ParseOptionEnableScripting(scripting))
		if err != nil {
			return []string{"the output can't be parsed: " + err.Error()}
		}
		styles := 0
		for n := range root.Descendants() {
			switch n.Type {
			case html.ElementNode:
				if n.Namespace != "" || !permittedElements[n.Data] {
					found = append(found, "element "+n.Namespace+" "+n.Data)
				}
				if n.Data == "style" {
					if styles++; styles > 1 && n.FirstChild != nil {
						found = append(found, cssViolations(n.FirstChild.Data)...)
					}
				}
				if n.Data != "meta" {
					found = append(found, attributeViolations(n)...)
				}
			case html.CommentNode:
				found = append(found, "comment")
			}
		}
	}
	return found
}

func attributeViolations(n *html.Node) []string {
	var found []string
	for _, a := range n.Attr {
		what := n.Data + " " + a.Key + "=" + a.Val
		ok := permittedAttributes[a.Key]
		switch a.Key {
		case "href":
			ok = n.Data == "a" && harmlessLink.MatchString(a.Val)
		case "src":
			ok = n.Data == "img" && harmlessSource.MatchString(a.Val)
		case "srcset":
			for _, c := range strings.Split(a.Val, ", ") {
				u, _, _ := strings.Cut(c, " ")
				ok = ok && harmlessSource.MatchString(u)
			}
		case "id":
			ok = strings.HasPrefix(a.Val, idPrefix)
		case "target":
			ok = a.Val == "_blank"
		case "style":
			found = append(found, cssViolations(a.Val)...)
		case "open":
			ok = n.Data == "details"
		}
		if !ok || strings.HasPrefix(a.Key, "on") {
			found = append(found, what)
		}
	}
	return found
}

// cssViolations looks at a style after decoding its escapes the simple way, in
// strings and out of them alike.
func cssViolations(style string) []string {
	var found []string
	plain := cssStrings(style)
	if m := cssForbidden.FindString(plain); m != "" {
		found = append(found, "style: "+m+" in "+style)
	}
	for _, m := range cssURLs.FindAllStringSubmatch(unescapeForTest(style), -1) {
		if !harmlessSource.MatchString(m[1]) {
			found = append(found, "style: url "+m[1]+" in "+style)
		}
	}
	return found
}

var cssString1 = regexp.MustCompile(`"[^"]*"`)

// cssStrings empties the strings of a style whose inner quotes are escaped, and
// decodes the escapes of what is left.
func cssStrings(style string) string {
	return unescapeForTest(cssString1.ReplaceAllString(style, `""`))
}

func unescapeForTest(s string) string {
	return cssEscape.ReplaceAllStringFunc(s, func(e string) string { return unescapeCSS(e) })
}

// inlineParts are what the hostile bodies refer to by cid.
var inlineParts = []message.Part{
	{Number: "2", Type: "image/png", ContentID: "logo@x"},
	{Number: "3", Type: "image/svg+xml", ContentID: "vector@x"},
	{Number: "4", Type: "image/gif", Location: "https://example.org/located.gif"},
}

func partURL(number string) string { return "/part/" + number }

// body renders HTML as the window does, without the script, and returns what
// stands between the body's tags.
func body(t testing.TB, source string, o Options) (inner string, blocked int) {
	t.Helper()
	o.PartURL = partURL
	d := Body(&message.Message{Sections: []message.Section{{HTML: true, Content: source}}, Parts: inlineParts}, o)
	for _, v := range violations(t, d.HTML) {
		t.Errorf("%.300q\nlets through %.500s\nin %.2000s", source, v, bodyOf(string(d.HTML)))
	}
	return bodyOf(string(d.HTML)), d.Blocked
}

func bodyOf(document string) string {
	_, document, _ = strings.Cut(document, "</head>")
	_, document, _ = strings.Cut(document, ">")
	document, _, _ = strings.Cut(document, "</body>")
	return document
}

// sheetOf returns the mail's own style sheet in a document.
func sheetOf(document string) string {
	_, rest, ok := strings.Cut(document, "</style><style>")
	if !ok {
		return ""
	}
	rest, _, _ = strings.Cut(rest, "</style>")
	return rest
}
