package mail

// A Role is the purpose of a mailbox (RFC 8621 §2, IANA "IMAP Mailbox Name Attributes").
type Role string

// The roles that Waxwing acts on.
const (
	RoleNone    Role = ""
	RoleInbox   Role = "inbox"
	RoleDrafts  Role = "drafts"
	RoleSent    Role = "sent"
	RoleArchive Role = "archive"
	RoleJunk    Role = "junk"
	RoleTrash   Role = "trash"
	RoleAll     Role = "all"
)

// A Mailbox is a named set of messages.
type Mailbox struct {
	ID   MailboxID
	Name string // last component, decoded, for the screen
	Path string // full name as on the server, decoded to UTF-8
	// Delimiter separates the components of Path; empty when the server is flat.
	Delimiter string
	Parent    MailboxID // 0 at the top
	Role      Role
	// Selectable is false for a mere parent (\Noselect, \NonExistent).
	Selectable   bool
	Subscribed   bool
	TotalEmails  int
	UnreadEmails int
	// TotalThreads counts the threads with at least one message here.
	TotalThreads int
}
