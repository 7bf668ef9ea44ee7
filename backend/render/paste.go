package render

import (
	"maps"
	"regexp"
	"slices"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// Paste cleans HTML from the clipboard for the composer: what is left is what was
// written, with emphasis, links, lists, headings, tables and their lines, and no
// fonts, sizes, colours and distances of where it comes from. Word's and Outlook's
// lists, which are paragraphs with painted bullets, become lists. The result is safe
// as Fragment's is.
func Paste(source string) string {
	root, err := html.Parse(strings.NewReader(truncate(source, maxSentSource)))
	if err != nil { // nested too deeply
		return Fragment(source)
	}
	makeLists(root)
	tidy(root)
	var out strings.Builder
	if err := html.Render(&out, root); err != nil {
		return Fragment(source)
	}
	return strings.TrimSpace(Fragment(out.String()))
}

// pasteProperties stay in what is pasted; those of boxes only in tables.
var pasteProperties, boxProperties = wordSet("font-weight font-style text-decoration text-decoration-line text-align vertical-align white-space list-style-type direction"),
	wordSet("border border-top border-right border-bottom border-left border-collapse border-spacing border-style border-width padding padding-top padding-right padding-bottom padding-left")

// tidy cleans what is below a node.
func tidy(n *html.Node) {
	for c := n.FirstChild; c != nil; {
		next := c.NextSibling
		tidy(c)
		switch {
		case c.Type == html.CommentNode:
			n.RemoveChild(c)
		case c.Type == html.ElementNode:
			tidyElement(c)
		}
		c = next
	}
}

// tidyElement cleans an element whose content is clean.
func tidyElement(n *html.Node) {
	table := isTable(n.DataAtom)
	styles := styleOf(n)
	if n.DataAtom == atom.B && strings.HasPrefix(styles["font-weight"], "normal") {
		unwrap(n) // Google Docs wraps everything so
		return
	}
	var kept []string
	for _, name := range slices.Sorted(maps.Keys(styles)) {
		if pasteProperties[name] || table && boxProperties[name] {
			kept = append(kept, name+":"+styles[name])
		}
	}
	attributes := n.Attr[:0]
	for _, a := range n.Attr {
		switch a.Key {
		case "href", "src", "alt", "title", "dir", "lang", "colspan", "rowspan", "border", "cellpadding", "cellspacing", "align", "valign", "start", "type", "reversed":
			attributes = append(attributes, a)
		case "width", "height":
			if n.DataAtom == atom.Img {
				attributes = append(attributes, a)
			}
		}
	}
	word := strings.HasPrefix(attributeOf(n, "class"), "Mso")
	if len(kept) > 0 {
		attributes = append(attributes, html.Attribute{Key: "style", Val: strings.Join(kept, ";")})
	}
	n.Attr = attributes
	switch {
	case n.DataAtom == atom.P && word: // without distance to the next
		n.DataAtom, n.Data = atom.Div, "div"
	case n.DataAtom == atom.Span && len(kept) == 0, n.DataAtom == atom.Font, n.DataAtom == atom.A && attributeOf(n, "href") == "":
		unwrap(n)
	}
}

func isTable(a atom.Atom) bool {
	return a == atom.Table || a == atom.Td || a == atom.Th || a == atom.Tr
}

// unwrap puts the content of a node in its place.
func unwrap(n *html.Node) {
	for c := n.FirstChild; c != nil; c = n.FirstChild {
		n.RemoveChild(c)
		n.Parent.InsertBefore(c, n)
	}
	n.Parent.RemoveChild(n)
}

// styleOf are the declarations of a style attribute, names in lower case. It is
// only for choosing; what stays is checked by Fragment.
func styleOf(n *html.Node) map[string]string {
	styles := map[string]string{}
	for d := range strings.SplitSeq(attributeOf(n, "style"), ";") {
		name, value, ok := strings.Cut(d, ":")
		if name = strings.ToLower(strings.TrimSpace(name)); ok && name != "" {
			styles[name] = strings.ToLower(strings.TrimSpace(value))
		}
	}
	return styles
}

func attributeOf(n *html.Node, name string) string {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}

// wordLevel is how Word tells that a paragraph is an item of a list.
var wordLevel = regexp.MustCompile(`\blevel([1-9])\b`)

// wordLevelOf is the level of a paragraph that Word means as an item of a list, 0
// for others.
func wordLevelOf(n *html.Node) int {
	if n.Type != html.ElementNode || n.DataAtom != atom.P && n.DataAtom != atom.Div {
		return 0
	}
	if m := wordLevel.FindStringSubmatch(styleOf(n)["mso-list"]); m != nil {
		return int(m[1][0] - '0')
	}
	return 0
}

// makeLists makes lists of runs of Word's paragraphs, everywhere below a node.
func makeLists(n *html.Node) {
	for c := n.FirstChild; c != nil; {
		if wordLevelOf(c) > 0 {
			c = makeList(c)
			continue
		}
		makeLists(c)
		c = c.NextSibling
	}
}

// makeList makes a list of a run of paragraphs that begins with first, and returns
// what follows it.
func makeList(first *html.Node) (next *html.Node) {
	parent := first.Parent
	type open struct {
		level int
		list  *html.Node
	}
	var lists []open
	for c := first; c != nil; c = next {
		next = c.NextSibling
		level := wordLevelOf(c)
		if level == 0 {
			if c.Type == html.ElementNode || strings.TrimSpace(c.Data) != "" && c.Type == html.TextNode {
				return c
			}
			parent.RemoveChild(c) // white space and comments between the items
			continue
		}
		ordered := cutBullet(c)
		for len(lists) > 0 && lists[len(lists)-1].level > level {
			lists = lists[:len(lists)-1]
		}
		if len(lists) == 0 || lists[len(lists)-1].level < level {
			list := &html.Node{Type: html.ElementNode, DataAtom: atom.Ul, Data: "ul"}
			if ordered {
				list.DataAtom, list.Data = atom.Ol, "ol"
			}
			if len(lists) == 0 {
				parent.InsertBefore(list, c)
			} else {
				lists[len(lists)-1].list.LastChild.AppendChild(list)
			}
			lists = append(lists, open{level, list})
		}
		item := &html.Node{Type: html.ElementNode, DataAtom: atom.Li, Data: "li"}
		parent.RemoveChild(c)
		for child := c.FirstChild; child != nil; child = c.FirstChild {
			c.RemoveChild(child)
			item.AppendChild(child)
		}
		lists[len(lists)-1].list.AppendChild(item)
	}
	return nil
}

// wordNumber is a painted bullet that counts.
var wordNumber = regexp.MustCompile(`^\(?[0-9A-Za-z]{1,5}[.)]`)

// cutBullet removes the painted bullet of an item, and reports whether it was a
// number.
func cutBullet(item *html.Node) (ordered bool) {
	var bullets []*html.Node
	for n := range item.Descendants() {
		if n.Type == html.ElementNode && styleOf(n)["mso-list"] == "ignore" {
			bullets = append(bullets, n)
		}
	}
	for _, b := range bullets {
		var text strings.Builder
		for n := range b.Descendants() {
			if n.Type == html.TextNode {
				text.WriteString(n.Data)
			}
		}
		ordered = ordered || wordNumber.MatchString(strings.TrimSpace(text.String()))
		b.Parent.RemoveChild(b)
	}
	return ordered
}
