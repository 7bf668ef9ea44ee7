package mail

import "time"

// An Address is a name and an addr-spec. Both are decoded and free of control
// characters; either may be empty, since mail is written by anybody.
type Address struct {
	Name  string
	Email string
}

// A Keyword is a flag with JMAP's name (RFC 8621 §4.1.1): lower case, system
// flags with a dollar sign.
type Keyword string

// The keywords that Waxwing acts on. Others are kept and shown.
const (
	KeywordSeen      Keyword = "$seen"
	KeywordFlagged   Keyword = "$flagged"
	KeywordAnswered  Keyword = "$answered"
	KeywordDraft     Keyword = "$draft"
	KeywordForwarded Keyword = "$forwarded"
)

// A Message is what lists and headers show: everything but the parts.
type Message struct {
	ID        MessageID
	Thread    ThreadID
	Mailboxes []MailboxID // ascending; empty while it is on its way out
	Keywords  []Keyword   // sorted
	Content
	ReceivedAt time.Time // the server's INTERNALDATE
	Size       int64     // octets of the raw message in CRLF form
	// Quarantine is empty for a message that could be fetched and read, else
	// the reason in English; then the other fields hold what is known.
	Quarantine string
}

// Has reports whether the message has the keyword.
func (m *Message) Has(k Keyword) bool {
	for _, x := range m.Keywords {
		if x == k {
			return true
		}
	}
	return false
}

// Content is what parsing derives from a raw message. It can always be derived
// again.
type Content struct {
	MessageID  string    // RFC 5322 msg-id without angle brackets; empty when there is none
	InReplyTo  []string  // likewise
	References []string  // likewise, oldest first
	SentAt     time.Time // Date field; zero when missing or unreadable
	Subject    string
	From       []Address
	Sender     []Address
	ReplyTo    []Address
	To         []Address
	Cc         []Address
	Bcc        []Address
	ListID     string // RFC 2919, without angle brackets
	// Preview is the beginning of the text as one line, at most 256 characters (RFC 8621 §4.1.4).
	Preview string
	// Attachments are what a person would call attachments; inline pictures that
	// the HTML shows are not among them.
	Attachments []Attachment
	// Text is the readable text of the body, for the index; at most 256 KiB.
	Text string
}

// HasAttachment reports whether there is anything to show as an attachment.
func (c *Content) HasAttachment() bool { return len(c.Attachments) > 0 }

// An Attachment describes a part that can be saved.
type Attachment struct {
	Part string // part number as in RFC 9051 §6.4.5.1, "2.1"; stable for a raw message
	Name string // safe as a file name on every system; never empty
	Type string // media type, lower case, without parameters
	Size int64  // octets when decoded
}

// A ThreadSummary is one row of the list: a thread as seen in one mailbox.
type ThreadSummary struct {
	ID      ThreadID
	Latest  MessageID // the newest message of the thread in this mailbox
	Subject string
	Preview string
	// People are the senders in the mailbox's messages of the thread, oldest
	// first, each once; for the sent and drafts roles, the recipients.
	People        []Address
	Messages      []MessageID // those in this mailbox, oldest first
	Count         int         // messages of the whole conversation, as it is shown when opened
	Unread        int
	Flagged       bool
	Answered      bool
	HasAttachment bool
	Keywords      []Keyword // user keywords of any of its messages
	ReceivedAt    time.Time // of Latest
}
