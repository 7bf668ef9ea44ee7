package mail

// An OutgoingID names an OutgoingServer: "s1" for a person's own, "org-relay" for
// the one that the organisation's policy calls relay. It is never used again.
type OutgoingID string

// OutgoingAccount stands for the server that each account has by itself. In
// Account.Outgoing an empty one means the same.
const OutgoingAccount OutgoingID = "account"

// An OutgoingKind is how an OutgoingServer is spoken to.
type OutgoingKind string

// The kinds.
const (
	OutgoingSMTP  OutgoingKind = "smtp"
	OutgoingGraph OutgoingKind = "graph" // Microsoft Graph, signed in as an application
)

// An OutgoingServer is one that mail of several accounts, of rules and of schedules
// can be sent through. It holds no secret, see OutgoingSecret.
type OutgoingServer struct {
	ID   OutgoingID
	Kind OutgoingKind
	Name string // what people call it; each has another one
	// Inherited says that the organisation set it up: nobody else can change it.
	Inherited bool
	// Account is, by kind, the name to sign in with, empty for none; or the address
	// of the mailbox that sends.
	Account string

	// Of OutgoingSMTP. All mail through it is from Sender, an address.
	Server Server
	Sender string
	// AsAccount says that whoever sends signs in as to their own servers. The
	// organisation's only.
	AsAccount bool

	// Of OutgoingGraph. Alias names the key if the certificate's file has several.
	Tenant, ClientID, Alias string
	// CertificateFile is where the organisation keeps certificate and key.
	CertificateFile string
}

// From returns the address that mail through the server is from.
func (s OutgoingServer) From() string {
	if s.Kind == OutgoingGraph {
		return s.Account
	}
	return s.Sender
}

// An OutgoingSecret is what an OutgoingServer is signed in to with. It is kept
// sealed.
type OutgoingSecret struct {
	// Password is that of the account (SMTP) or of the certificate's file.
	Password string `json:"password,omitempty"`
	// Certificate is a file's octets, and Key those of the file with its private
	// key, if that is another.
	Certificate []byte `json:"certificate,omitempty"`
	Key         []byte `json:"key,omitempty"`
}

// String keeps a secret out of logs.
func (OutgoingSecret) String() string { return "mail.OutgoingSecret" }

// GoString is String.
func (OutgoingSecret) GoString() string { return "mail.OutgoingSecret" }

// Empty reports whether there is none.
func (s OutgoingSecret) Empty() bool {
	return s.Password == "" && len(s.Certificate) == 0 && len(s.Key) == 0
}

// An OutgoingUse is something that sends through an OutgoingServer.
type OutgoingUse struct {
	Account AccountID
	Name    string // the account's address
}
