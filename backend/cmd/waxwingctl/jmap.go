package main

import (
	"time"

	"waxwing/backend/connect"
	"waxwing/backend/mail"
)

// The documents that --json prints. Names and meanings are those of RFC 8621
// where it has them.

// listJSON is a list, with the number of all there are and the cursor of the
// next page.
type listJSON[T any] struct {
	List  []T     `json:"list"`
	Total int     `json:"total"`
	Next  *string `json:"next,omitempty"`
	// Error is set when something failed that the list nevertheless tells about.
	Error *errorJSON `json:"error,omitempty"`
}

type errorJSON struct {
	Code    string            `json:"code"`
	Message string            `json:"message"`
	Args    map[string]string `json:"args,omitempty"`
	Server  string            `json:"server,omitempty"`
}

func errorDocument(err error) *errorJSON {
	e := mail.AsError(err)
	if e == nil {
		return nil
	}
	return &errorJSON{string(e.Code), sentence(e), e.Args, e.Server}
}

type serverJSON struct {
	Host     string `json:"host"`
	Port     int    `json:"port"`
	Security string `json:"security"`
}

func serverDocument(s mail.Server) *serverJSON {
	if s.Host == "" {
		return nil
	}
	return &serverJSON{s.Host, s.Port, string(s.Security)}
}

type accountJSON struct {
	ID    string      `json:"id,omitempty"`
	Email string      `json:"email"`
	Name  string      `json:"name"`
	User  string      `json:"user"`
	IMAP  *serverJSON `json:"imap"`
	SMTP  *serverJSON `json:"smtp"`
	Demo  bool        `json:"demo"`
	// Outgoing is the server that it sends through, when that isn't SMTP.
	Outgoing string `json:"outgoing,omitempty"`
	// SignIn tells how the account signs in where that isn't by a password.
	SignIn *signInJSON `json:"signIn,omitempty"`
	// HTMLSignature is that of its own identity (RFC 8621 §6).
	HTMLSignature string `json:"htmlSignature,omitempty"`
	// Keep is how much mail is kept here, when that isn't all, and KeptSince from
	// which day on.
	Keep      string `json:"keep,omitempty"`
	KeptSince string `json:"keptSince,omitempty"`
}

// signInJSON is how an account signs in at its provider's page.
type signInJSON struct {
	Method   string `json:"method"`
	Provider string `json:"provider"`
	Issuer   string `json:"issuer,omitempty"`
	Tenant   string `json:"tenant,omitempty"`
	ClientID string `json:"clientId,omitempty"`
	Login    string `json:"login,omitempty"`
}

func accountDocument(a mail.Account) accountJSON {
	d := accountJSON{
		Email: a.Email,
		Name:  a.Name,
		User:  a.UserName(),
		IMAP:  serverDocument(a.IMAP),
		SMTP:  serverDocument(a.SMTP),
		Demo:  a.Demo,

		Outgoing: string(a.Outgoing),
	}
	if since := a.Keep.Since(time.Now()); !since.IsZero() {
		d.Keep, d.KeptSince = string(a.Keep), since.Format(time.DateOnly)
	}
	if s := a.SignIn; s.OAuth() {
		d.SignIn = &signInJSON{string(s.Method), string(s.Provider), s.Issuer, s.Tenant, s.ClientID, s.Login}
	}
	if a.ID != 0 {
		d.ID = mail.AccountRef(a.ID).String()
	}
	return d
}

// mailboxJSON is a Mailbox (RFC 8621 §2).
type mailboxJSON struct {
	ID           string  `json:"id"`
	AccountID    string  `json:"accountId"`
	Name         string  `json:"name"`
	Path         string  `json:"path"` // ours: the full name on the server
	ParentID     *string `json:"parentId"`
	Role         *string `json:"role"`
	TotalEmails  int     `json:"totalEmails"`
	UnreadEmails int     `json:"unreadEmails"`
	TotalThreads int     `json:"totalThreads"`
	IsSubscribed bool    `json:"isSubscribed"`
	Selectable   bool    `json:"selectable"` // ours: false for a mere parent
}

func mailboxDocument(account mail.AccountID, b mail.Mailbox) mailboxJSON {
	d := mailboxJSON{
		ID:           mail.MailboxRef(account, b.ID).String(),
		AccountID:    mail.AccountRef(account).String(),
		Name:         b.Name,
		Path:         b.Path,
		TotalEmails:  b.TotalEmails,
		UnreadEmails: b.UnreadEmails,
		TotalThreads: b.TotalThreads,
		IsSubscribed: b.Subscribed,
		Selectable:   b.Selectable,
	}
	if b.Parent != 0 {
		parent := mail.MailboxRef(account, b.Parent).String()
		d.ParentID = &parent
	}
	if b.Role != mail.RoleNone {
		role := string(b.Role)
		d.Role = &role
	}
	return d
}

type addressJSON struct {
	Name  *string `json:"name"`
	Email string  `json:"email"`
}

// addressDocuments is null for a field that isn't there (RFC 8621 §4.1.2.3).
func addressDocuments(list []mail.Address) []addressJSON {
	var out []addressJSON
	for _, a := range list {
		d := addressJSON{Email: a.Email}
		if a.Name != "" {
			d.Name = &a.Name
		}
		out = append(out, d)
	}
	return out
}

// emailJSON is an Email (RFC 8621 §4) as lists show it.
type emailJSON struct {
	ID            string          `json:"id"`
	AccountID     string          `json:"accountId"`
	ThreadID      string          `json:"threadId"`
	MailboxIDs    map[string]bool `json:"mailboxIds"`
	Keywords      map[string]bool `json:"keywords"`
	Size          int64           `json:"size"`
	ReceivedAt    string          `json:"receivedAt"`
	SentAt        *string         `json:"sentAt"`
	MessageID     []string        `json:"messageId"`
	InReplyTo     []string        `json:"inReplyTo"`
	References    []string        `json:"references"`
	Sender        []addressJSON   `json:"sender"`
	From          []addressJSON   `json:"from"`
	To            []addressJSON   `json:"to"`
	Cc            []addressJSON   `json:"cc"`
	Bcc           []addressJSON   `json:"bcc"`
	ReplyTo       []addressJSON   `json:"replyTo"`
	Subject       string          `json:"subject"`
	HasAttachment bool            `json:"hasAttachment"`
	Preview       string          `json:"preview"`
	// Quarantine is ours: why the message can't be read, if so.
	Quarantine string `json:"quarantine,omitempty"`
}

func emailDocument(account mail.AccountID, m mail.Message) emailJSON {
	d := emailJSON{
		ID:            mail.MessageRef(account, m.ID).String(),
		AccountID:     mail.AccountRef(account).String(),
		ThreadID:      mail.ThreadRef(account, m.Thread).String(),
		MailboxIDs:    map[string]bool{},
		Keywords:      map[string]bool{},
		Size:          m.Size,
		ReceivedAt:    m.ReceivedAt.UTC().Format(time.RFC3339),
		InReplyTo:     m.InReplyTo,
		References:    m.References,
		Sender:        addressDocuments(m.Sender),
		From:          addressDocuments(m.From),
		To:            addressDocuments(m.To),
		Cc:            addressDocuments(m.Cc),
		Bcc:           addressDocuments(m.Bcc),
		ReplyTo:       addressDocuments(m.ReplyTo),
		Subject:       m.Subject,
		HasAttachment: m.HasAttachment(),
		Preview:       m.Preview,
		Quarantine:    m.Quarantine,
	}
	for _, id := range m.Mailboxes {
		d.MailboxIDs[mail.MailboxRef(account, id).String()] = true
	}
	for _, k := range m.Keywords {
		d.Keywords[string(k)] = true
	}
	if m.MessageID != "" {
		d.MessageID = []string{m.MessageID}
	}
	if !m.SentAt.IsZero() && m.SentAt.Year() <= 9999 { // RFC 3339 goes no further
		sent := m.SentAt.Format(time.RFC3339)
		d.SentAt = &sent
	}
	return d
}

// partJSON is an EmailBodyPart (RFC 8621 §4.1.4).
type partJSON struct {
	PartID *string `json:"partId"`
	Type   string  `json:"type"`
	Name   *string `json:"name"`
	Size   int64   `json:"size"`
}

func attachmentDocument(a mail.Attachment) partJSON {
	return partJSON{PartID: &a.Part, Type: a.Type, Name: &a.Name, Size: a.Size}
}

// valueJSON is an EmailBodyValue (RFC 8621 §4.1.4).
type valueJSON struct {
	Value             string `json:"value"`
	IsEncodingProblem bool   `json:"isEncodingProblem"`
	IsTruncated       bool   `json:"isTruncated"`
}

// fullEmailJSON is one message with what it says.
type fullEmailJSON struct {
	emailJSON
	BodyValues  map[string]valueJSON `json:"bodyValues,omitempty"`
	TextBody    []partJSON           `json:"textBody,omitempty"`
	HTMLBody    []partJSON           `json:"htmlBody,omitempty"`
	Attachments []partJSON           `json:"attachments"`
	// Data is the raw message (RFC 9404 §4.2).
	Data []byte `json:"data:asBase64,omitempty"`
}

type certificateJSON struct {
	Subject   string   `json:"subject"`
	Issuer    string   `json:"issuer"`
	Names     []string `json:"names"`
	NotBefore string   `json:"notBefore"`
	NotAfter  string   `json:"notAfter"`
	SHA256    string   `json:"sha256"`
}

func certificateDocument(c *connect.Certificate) *certificateJSON {
	if c == nil {
		return nil
	}
	return &certificateJSON{
		c.Subject, c.Issuer, c.Names,
		c.NotBefore.UTC().Format(time.RFC3339), c.NotAfter.UTC().Format(time.RFC3339), c.SHA256,
	}
}

type stepJSON struct {
	Name        string           `json:"name"`
	State       string           `json:"state"`
	Detail      string           `json:"detail,omitempty"`
	Error       *errorJSON       `json:"error,omitempty"`
	Certificate *certificateJSON `json:"certificate,omitempty"`
}

type reportJSON struct {
	OK    bool       `json:"ok"`
	Steps []stepJSON `json:"steps"`
	Error *errorJSON `json:"error,omitempty"` // the first step's that failed
}

type statusJSON struct {
	AccountID string  `json:"accountId"`
	Email     string  `json:"email"`
	Phase     string  `json:"phase"`
	Pending   int     `json:"pending"`
	LastSync  *string `json:"lastSync"`
	// Refused are the changes that the server has refused in this call.
	Refused []refusalJSON `json:"refused,omitempty"`
	Error   *errorJSON    `json:"error,omitempty"`
}

type refusalJSON struct {
	ID    string     `json:"id"` // the operation's
	Error *errorJSON `json:"error"`
}

func statusDocument(a mail.Account, s mail.Status) statusJSON {
	d := statusJSON{
		AccountID: mail.AccountRef(a.ID).String(),
		Email:     a.Email,
		Phase:     string(s.Phase),
		Pending:   s.Pending,
	}
	if !s.LastSync.IsZero() {
		last := s.LastSync.UTC().Format(time.RFC3339)
		d.LastSync = &last
	}
	if s.Problem != nil {
		d.Error = errorDocument(s.Problem)
	}
	return d
}

type receiptJSON struct {
	Operations []string `json:"operations"`
	Total      int      `json:"total"` // messages
}

type findingJSON struct {
	AccountID *string `json:"accountId"`
	What      string  `json:"what"`
	Mended    bool    `json:"mended"`
}
