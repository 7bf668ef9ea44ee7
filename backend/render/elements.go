package render

import "golang.org/x/net/html/atom"

// traits say how an element is treated.
type traits uint16

const (
	allowed    traits = 1 << iota // written under its own name
	void                          // has no content and no end tag
	formatting                    // reopened after misnesting (HTML, "formatting" elements)
	special                       // a block that inline end tags can't cross
	asDiv                         // written as div
	asSpan                        // written as span
	dropped                       // left out with its content
	foreign                       // dropped, but HTML elements break out of it
	indented                      // browsers set it in from the margin
)

// elements is the allow-list. What isn't in it is left out, its content stays.
var elements = map[atom.Atom]traits{
	atom.A: allowed | formatting, atom.B: allowed | formatting, atom.Big: allowed | formatting, atom.Code: allowed | formatting,
	atom.Em: allowed | formatting, atom.Font: allowed | formatting, atom.I: allowed | formatting, atom.Nobr: allowed | formatting,
	atom.S: allowed | formatting, atom.Small: allowed | formatting, atom.Strike: allowed | formatting, atom.Strong: allowed | formatting,
	atom.Tt: allowed | formatting, atom.U: allowed | formatting,

	atom.Abbr: allowed, atom.Acronym: allowed, atom.Bdi: allowed, atom.Bdo: allowed, atom.Cite: allowed, atom.Del: allowed, atom.Dfn: allowed,
	atom.Ins: allowed, atom.Kbd: allowed, atom.Mark: allowed, atom.Q: allowed, atom.Rp: allowed, atom.Rt: allowed, atom.Ruby: allowed,
	atom.Samp: allowed, atom.Span: allowed, atom.Sub: allowed, atom.Sup: allowed, atom.Time: allowed, atom.Var: allowed, atom.Picture: allowed,
	atom.Label: asSpan, atom.Button: asSpan, atom.Output: asSpan,

	atom.Br: allowed | void, atom.Wbr: allowed | void, atom.Img: allowed | void, atom.Hr: allowed | void | special, atom.Col: allowed | void, atom.Source: allowed | void,

	atom.Address: allowed | special, atom.Article: allowed | special, atom.Aside: allowed | special, atom.Blockquote: allowed | special | indented,
	atom.Center: allowed | special, atom.Div: allowed | special, atom.Figcaption: allowed | special, atom.Figure: allowed | special | indented,
	atom.Footer: allowed | special, atom.Header: allowed | special, atom.Main: allowed | special, atom.Nav: allowed | special,
	atom.P: allowed | special, atom.Pre: allowed | special, atom.Section: allowed | special,
	atom.H1: allowed | special, atom.H2: allowed | special, atom.H3: allowed | special, atom.H4: allowed | special, atom.H5: allowed | special, atom.H6: allowed | special,
	atom.Dl: allowed | special, atom.Dt: allowed | special, atom.Dd: allowed | special | indented,
	atom.Ol: allowed | special | indented, atom.Ul: allowed | special | indented, atom.Li: allowed | special,
	atom.Table: allowed | special, atom.Caption: allowed | special, atom.Colgroup: allowed | special, atom.Thead: allowed | special,
	atom.Tbody: allowed | special, atom.Tfoot: allowed | special, atom.Tr: allowed | special, atom.Td: allowed | special, atom.Th: allowed | special,
	atom.Details: asDiv | special, atom.Summary: asDiv | special, atom.Dir: asDiv | special, atom.Menu: asDiv | special, atom.Hgroup: asDiv | special, atom.Legend: asDiv | special, atom.Fieldset: asDiv | special, atom.Form: asDiv | special, atom.Listing: asDiv | special,

	atom.Script: dropped, atom.Noscript: dropped, atom.Title: dropped, atom.Iframe: dropped, atom.Noembed: dropped, atom.Noframes: dropped, atom.Template: dropped,
	atom.Object: dropped, atom.Applet: dropped, atom.Audio: dropped, atom.Video: dropped, atom.Canvas: dropped, atom.Select: dropped, atom.Datalist: dropped, atom.Frameset: dropped,
	atom.Svg: dropped | foreign, atom.Math: dropped | foreign,
}

// breaksOut reports whether an HTML element ends foreign content (HTML §13.2.6.5).
func breaksOut(a atom.Atom) bool {
	switch a {
	case atom.B, atom.Big, atom.Blockquote, atom.Body, atom.Br, atom.Center, atom.Code, atom.Dd, atom.Div, atom.Dl, atom.Dt, atom.Em,
		atom.H1, atom.H2, atom.H3, atom.H4, atom.H5, atom.H6, atom.Hr, atom.I, atom.Img, atom.Li, atom.Nobr, atom.Ol, atom.P, atom.Pre,
		atom.Ruby, atom.S, atom.Small, atom.Span, atom.Strong, atom.Strike, atom.Sub, atom.Sup, atom.Table, atom.Tt, atom.U, atom.Ul, atom.Var:
		return true
	}
	return false
}

// barrier reports whether looking for an open element named a must stop at b.
func barrier(a, b atom.Atom) bool {
	switch a {
	case atom.Table:
		return false
	case atom.Td, atom.Th, atom.Tr, atom.Tbody, atom.Thead, atom.Tfoot, atom.Caption, atom.Colgroup:
		return b == atom.Table
	}
	switch b {
	case atom.Table, atom.Td, atom.Th, atom.Caption:
		return true
	}
	return a == atom.Li && (b == atom.Ul || b == atom.Ol) || (a == atom.Dt || a == atom.Dd) && b == atom.Dl
}

// impliedEnds lists the open elements that a start tag closes (HTML §13.1.2.4).
func impliedEnds(a atom.Atom) []atom.Atom {
	switch a {
	case atom.P:
		return []atom.Atom{atom.P}
	case atom.A:
		return []atom.Atom{atom.A}
	case atom.Li:
		return []atom.Atom{atom.Li}
	case atom.Dt, atom.Dd:
		return []atom.Atom{atom.Dt, atom.Dd}
	case atom.Td, atom.Th:
		return []atom.Atom{atom.Td, atom.Th}
	case atom.Tr:
		return []atom.Atom{atom.Tr}
	case atom.Tbody, atom.Thead, atom.Tfoot:
		return []atom.Atom{atom.Tbody, atom.Thead, atom.Tfoot}
	}
	return nil
}
