package render

import "waxwing/backend/message"

// editProperties are the properties that a fragment may set: what is written, not
// where it stands.
var editProperties = wordSet(`
background background-color color direction unicode-bidi
font font-family font-size font-style font-variant font-weight line-height letter-spacing
text-align text-decoration text-decoration-color text-decoration-line text-decoration-style text-transform white-space vertical-align
list-style-type
border border-top border-right border-bottom border-left border-collapse border-spacing border-color border-style border-width border-radius
margin margin-top margin-right margin-bottom margin-left padding padding-top padding-right padding-bottom padding-left
width max-width
`)

// Fragment makes HTML safe to stand in the application's own document, for the
// composer's editable body: the elements and attributes that Body lets pass, but no
// style sheets, no classes and identifiers except that of a signature
// (message.SignatureClass), nothing that leaves its place, and no picture from
// elsewhere, which would be fetched when shown. Pictures with cid: addresses stay;
// the caller shows them.
//
// A fragment that passed passes again unchanged.
func Fragment(source string) string {
	s := newSanitizer(&message.Message{}, Options{})
	s.use = editing
	s.html(source)
	return s.out.String()
}

// Editable is Fragment for a message's body. part gives the URL by which the
// fragment shows an inline picture ("cid:…").
func Editable(m *message.Message, part func(number string) string) string {
	s := newSanitizer(m, Options{PartURL: part})
	s.use = editing
	s.sections(m)
	return s.out.String()
}
