package mail

import "time"

// An Identity is a From address of an account with what goes with it.
type Identity struct {
	ID      IdentityID
	Account AccountID
	// Own is set for the one that every account has: its address and header name are
	// the account's, and it goes with the account only.
	Own     bool
	Address Address // the header name and the address
	ReplyTo []Address
	Bcc     []Address // always gets a copy; empty for nobody
	// Signature is put below what is written with this identity: HTML as
	// render.Signature writes it. Empty for none.
	Signature string
}

// A DraftKind is what a draft began as.
type DraftKind string

// The kinds.
const (
	DraftNew      DraftKind = "new"
	DraftReply    DraftKind = "reply"
	DraftReplyAll DraftKind = "replyAll"
	DraftForward  DraftKind = "forward" // the original below the text
	DraftAttached DraftKind = "forwardAttached"
	DraftEditNew  DraftKind = "editAsNew"
)

// A BodyFormat is how a draft's body is written.
type BodyFormat string

// The formats.
const (
	FormatRich  BodyFormat = "rich"  // HTML, sent with a text part beside it
	FormatPlain BodyFormat = "plain" // text only
)

// A Draft is a message that a person is writing.
type Draft struct {
	ID   DraftID
	Kind DraftKind
	// Original is the message that is answered or forwarded; 0 when there is none
	// or it is gone. When the draft has been sent it gets $answered or $forwarded.
	Original   MessageID
	InReplyTo  []string // Message-IDs without angle brackets, as in Content
	References []string
	From       Address
	ReplyTo    []Address
	To         []Address
	Cc         []Address
	Bcc        []Address
	Subject    string
	Format     BodyFormat
	// Body is what the person writes, the signature included: HTML as
	// render.Fragment lets it pass in FormatRich, else text with LF line ends.
	Body string
	// Quote is the original below Body, in FormatRich only: a whole HTML document
	// or a part of one, passed by the same rules, that nobody has touched. It is
	// sent as it is, and never becomes part of the composer's own document.
	Quote string
	// QuoteHead is the line above Quote ("On 12 March Ada wrote:"), text.
	QuoteHead string
	// Receipt asks the recipients' programs for a receipt (RFC 8098).
	Receipt bool
	Files   []DraftFile
	// Revision grows with every saving; SavedAt is when that was.
	Revision int64
	SavedAt  time.Time
}

// A DraftFile is a file or inline picture of a draft. Its octets are kept apart.
type DraftFile struct {
	ID   DraftFileID
	Name string
	Type string // media type, lower case, without parameters
	Size int64  // octets
	// ContentID, without angle brackets, is by which the body shows the picture
	// ("cid:…"); empty for an attachment.
	ContentID string
}
