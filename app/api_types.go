package app

// Problem is a mail.Error as the screens see it.
type Problem struct {
	Code   string            `json:"code"`
	Args   map[string]string `json:"args"`
	Server string            `json:"server"` // the server's own words
}

// Server is where and how to connect.
type Server struct {
	Host     string `json:"host"`
	Port     int    `json:"port"`
	Security string `json:"security"` // tls, starttls or none
	Trusted  string `json:"trusted"`  // SHA-256 of an accepted certificate, hexadecimal
}

// Status is an account's line of truth.
type Status struct {
	Account  string   `json:"account"`
	Phase    string   `json:"phase"`
	Mailbox  string   `json:"mailbox"`
	Done     int      `json:"done"`
	Total    int      `json:"total"`
	Pending  int      `json:"pending"`
	LastSync int64    `json:"lastSync"`
	Problem  *Problem `json:"problem"`
}

// Account is a connected account.
type Account struct {
	ID         string `json:"id"`
	Email      string `json:"email"`
	Name       string `json:"name"`
	Label      string `json:"label"`
	User       string `json:"user"`
	Demo       bool   `json:"demo"`
	Notify     bool   `json:"notify"`
	NotifyHere bool   `json:"notifyHere"`
	IMAP       Server `json:"imap"`
	SMTP       Server `json:"smtp"`
	Status     Status `json:"status"`
	SignIn     SignIn `json:"signIn"`
	// Size is the octets that its mail takes on this computer's disk.
	Size         int64   `json:"size"`
	Verification Outcome `json:"verification"`
	// Signature is that of the account's own identity: safe HTML.
	Signature string `json:"signature"`
	Keep      string `json:"keep"`      // a mail.Keep; empty for all mail
	KeptSince int64  `json:"keptSince"` // mail before isn't kept here; 0 when all is
}

// Identity is an address that an account writes from.
type Identity struct {
	ID        string    `json:"id"` // empty for a new one
	Account   string    `json:"account"`
	Own       bool      `json:"own"` // the account's: it can't be removed, and its address not be changed here
	Name      string    `json:"name"`
	Email     string    `json:"email"`
	ReplyTo   []Address `json:"replyTo"`
	Bcc       []Address `json:"bcc"`
	Signature string    `json:"signature"` // HTML; what is returned is safe
}

// Outcome is how far it is proven that an account sends and receives.
type Outcome struct {
	State   string   `json:"state"` // awaiting, verified, failed, or empty for none of them
	At      int64    `json:"at"`
	Half    string   `json:"half"` // imap or smtp: whose Problem it is
	Junk    bool     `json:"junk"`
	Problem *Problem `json:"problem"`
}

// VerifyReport is the end of a verification.
type VerifyReport struct {
	Report  TestReport `json:"report"`
	Outcome Outcome    `json:"outcome"`
}

// AccountForm is what a person fills in to connect or edit an account. An empty
// Password keeps the stored one.
type AccountForm struct {
	ID       string `json:"id"` // of the account that is edited; empty for a new one
	Email    string `json:"email"`
	Name     string `json:"name"`
	User     string `json:"user"`
	Password string `json:"password"`
	IMAP     Server `json:"imap"`
	SMTP     Server `json:"smtp"`
	Notify   bool   `json:"notify"`
	SignIn   SignIn `json:"signIn"`
	// Signature is HTML, made safe when it is kept.
	Signature string `json:"signature"`
	Keep      string `json:"keep"` // a mail.Keep
	// Granted names what Accounts.SignIn returned, in place of a password.
	Granted string `json:"granted"`
}

// SignIn is how an account proves who it is: method is "oauth" for a sign-in at
// a provider's page, and otherwise a password.
type SignIn struct {
	Method   string `json:"method"`
	Provider string `json:"provider"` // microsoft, outlook, google, yahoo, other
	Issuer   string `json:"issuer"`   // of another provider
	Tenant   string `json:"tenant"`   // at Microsoft
	ClientID string `json:"clientId"` // of a registration of one's own
	Login    string `json:"login"`    // the address that signs in, when it isn't the account's
}

// SignInForm says who shall sign in where. ClientSecret belongs to a client ID
// of one's own, where the provider handed one out. Device asks for a code to type.
type SignInForm struct {
	Email        string `json:"email"`
	User         string `json:"user"`
	SignIn       SignIn `json:"signIn"`
	ClientSecret string `json:"clientSecret"`
	Device       bool   `json:"device"`
	Language     string `json:"language"` // of the screens
}

// SignInPrompt is what the person opens to sign in; Code is to be typed there.
type SignInPrompt struct {
	URL     string `json:"url"`
	Code    string `json:"code"`
	Expires int64  `json:"expires"`
}

// Discovery is who runs an address's mail and how it is reached.
type Discovery struct {
	Email    string `json:"email"`
	Provider string `json:"provider"` // a mail.ProviderID
	Name     string `json:"name"`     // what the provider calls itself, if anybody says
	Source   string `json:"source"`   // an autoconfig.Source
	From     string `json:"from"`     // the host or domain that said so
	User     string `json:"user"`     // empty means the address
	IMAP     Server `json:"imap"`
	SMTP     Server `json:"smtp"`
	// MoreIMAP and MoreSMTP are further servers to try, the best first. The
	// cautions are about them, too.
	MoreIMAP []Server `json:"moreImap"`
	MoreSMTP []Server `json:"moreSmtp"`
	SignIn   []string `json:"signIn"` // mail.SignInMethods, the best first
	// Proposed is how to sign in here; method is empty when nothing speaks for any.
	Proposed SignIn    `json:"proposed"`
	Cautions []Caution `json:"cautions"`
}

// Caution is why a discovery must not be used unasked.
type Caution struct {
	Code string `json:"code"` // an autoconfig.CautionCode
	Host string `json:"host"`
}

// Certificate is what a server showed, for a person to inspect.
type Certificate struct {
	Subject   string   `json:"subject"`
	Issuer    string   `json:"issuer"`
	Names     []string `json:"names"`
	NotBefore int64    `json:"notBefore"`
	NotAfter  int64    `json:"notAfter"`
	SHA256    string   `json:"sha256"`
}

// TestStep is one step of a connection test.
type TestStep struct {
	Name        string       `json:"name"`
	State       string       `json:"state"`
	Detail      string       `json:"detail"`
	Problem     *Problem     `json:"problem"`
	Certificate *Certificate `json:"certificate"`
}

// TestReport is a connection test so far.
type TestReport struct {
	OK    bool       `json:"ok"`
	Steps []TestStep `json:"steps"`
}

// Mailbox is one mailbox with its counts.
type Mailbox struct {
	ID         string `json:"id"`
	Name       string `json:"name"`
	Path       string `json:"path"`
	Parent     string `json:"parent"`
	Role       string `json:"role"`
	Selectable bool   `json:"selectable"`
	Total      int    `json:"total"`
	Unread     int    `json:"unread"`
	Threads    int    `json:"threads"`
}

// AccountMailboxes are the mailboxes of one account.
type AccountMailboxes struct {
	Account   string    `json:"account"`
	Mailboxes []Mailbox `json:"mailboxes"`
}

// MailboxList is the sidebar.
type MailboxList struct {
	Accounts []AccountMailboxes `json:"accounts"`
}

// Filter narrows a list.
type Filter struct {
	Unread      bool `json:"unread"`
	Flagged     bool `json:"flagged"`
	Attachments bool `json:"attachments"`
	ToMe        bool `json:"toMe"`
}

// ThreadQuery asks for a page of a mailbox or joint view.
type ThreadQuery struct {
	View   string `json:"view"`
	Filter Filter `json:"filter"`
	Offset int    `json:"offset"`
	Limit  int    `json:"limit"`
}

// SearchQuery asks for a page of what matches. An empty Account searches all.
type SearchQuery struct {
	Query   string `json:"query"`
	Account string `json:"account"`
	Offset  int    `json:"offset"`
	Limit   int    `json:"limit"`
}

// Address is a name and an address.
type Address struct {
	Name  string `json:"name"`
	Email string `json:"email"`
}

// ThreadRow is one row of a list.
type ThreadRow struct {
	ID         string    `json:"id"`
	Account    string    `json:"account"`
	Mailbox    string    `json:"mailbox"` // empty in a view across mailboxes
	Messages   []string  `json:"messages"`
	Latest     string    `json:"latest"`
	Subject    string    `json:"subject"`
	Preview    string    `json:"preview"`
	People     []Address `json:"people"`
	Unread     int       `json:"unread"`
	Count      int       `json:"count"`
	Flagged    bool      `json:"flagged"`
	Answered   bool      `json:"answered"`
	Attachment bool      `json:"attachment"`
	Keywords   []string  `json:"keywords"`
	ReceivedAt int64     `json:"receivedAt"`
}

// ThreadPage is a page and the number of all rows.
type ThreadPage struct {
	Total   int         `json:"total"`
	Threads []ThreadRow `json:"threads"`
}

// Attachment is a part that can be saved.
type Attachment struct {
	Part string `json:"part"`
	Name string `json:"name"`
	Type string `json:"type"`
	Size int64  `json:"size"`
}

// Message is a message without its body.
type Message struct {
	ID          string       `json:"id"`
	Thread      string       `json:"thread"`
	Mailboxes   []string     `json:"mailboxes"`
	Keywords    []string     `json:"keywords"`
	MessageID   string       `json:"messageId"`
	Subject     string       `json:"subject"`
	From        []Address    `json:"from"`
	To          []Address    `json:"to"`
	Cc          []Address    `json:"cc"`
	Bcc         []Address    `json:"bcc"`
	ReplyTo     []Address    `json:"replyTo"`
	SentAt      int64        `json:"sentAt"`
	ReceivedAt  int64        `json:"receivedAt"`
	Size        int64        `json:"size"`
	Preview     string       `json:"preview"`
	Attachments []Attachment `json:"attachments"`
	Quarantine  string       `json:"quarantine"`
	ListID      string       `json:"listId"`
}

// Thread is a conversation, oldest message first.
type Thread struct {
	ID       string    `json:"id"`
	Subject  string    `json:"subject"`
	Messages []Message `json:"messages"`
}

// Body tells where the page loads a message's body from.
type Body struct {
	URL           string `json:"url"`
	BlockedRemote int    `json:"blockedRemote"`
	HasHTML       bool   `json:"hasHtml"`
	// Cut says that the message is longer than is shown, TooDeep that parts of it
	// are nested too deeply to be shown.
	Cut     bool `json:"cut"`
	TooDeep bool `json:"tooDeep"`
}

// Receipt stands for a change that can be undone.
type Receipt struct {
	Operations []string `json:"operations"`
	Count      int      `json:"count"`
}

// Operation is a change that waits for the server or that it refused.
type Operation struct {
	ID        string   `json:"id"`
	Account   string   `json:"account"`
	Kind      string   `json:"kind"` // keywords, move, destroy or append
	Messages  int      `json:"messages"`
	Subject   string   `json:"subject"` // of the first message; empty when that is gone
	Mailbox   string   `json:"mailbox"` // where a move or an append leads; empty for other kinds
	Add       []string `json:"add"`     // keywords given; none for other kinds
	Remove    []string `json:"remove"`  // keywords taken away; none for other kinds
	State     string   `json:"state"`
	CreatedAt int64    `json:"createdAt"`
	Attempts  int      `json:"attempts"`
	Problem   *Problem `json:"problem"`
}

// Changes is what happened to an account between two states.
type Changes struct {
	Old       int64    `json:"old"`
	New       int64    `json:"new"`
	HasMore   bool     `json:"hasMore"`
	Created   []string `json:"created"`
	Updated   []string `json:"updated"`
	Destroyed []string `json:"destroyed"`
	Mailboxes []string `json:"mailboxes"`
	Threads   []string `json:"threads"`
}

// Preferences are the person's settings of the application.
type Preferences struct {
	Language           string         `json:"language"` // empty for the system's
	Theme              string         `json:"theme"`
	Density            string         `json:"density"`
	Background         bool           `json:"background"` // closing the window leaves it running
	Sound              bool           `json:"sound"`
	RemoteImages       string         `json:"remoteImages"` // ask or always
	RemoteImageSenders []string       `json:"remoteImageSenders"`
	PaneWidths         map[string]int `json:"paneWidths"`
}

// Protection tells how passwords are kept on this computer.
type Protection struct {
	Method  string   `json:"method"`  // keyring, passphrase, keyFile or session
	Chosen  bool     `json:"chosen"`  // false: the keyring, since nobody said otherwise
	State   string   `json:"state"`   // kept, sessionOnly or locked
	Problem *Problem `json:"problem"` // why they aren't kept
}

// Info is what the screens need to know about where they run.
type Info struct {
	Version  string `json:"version"`
	Platform string `json:"platform"`
	DataDir  string `json:"dataDir"`
	// Native is false in a plain browser on the development server.
	Native      bool     `json:"native"`
	DemoOffered bool     `json:"demoOffered"`
	Locale      string   `json:"locale"`
	Problem     *Problem `json:"problem"` // why the engine could not start
}

// LinkTarget is where a link of a message leads. Before, Site and After in a row
// are the address, shortened; Site tells who is reached.
type LinkTarget struct {
	Before string `json:"before"`
	Site   string `json:"site"`
	After  string `json:"after"`
	// Claimed is another site that the link's text names; empty when there is none.
	Claimed string `json:"claimed"`
}
