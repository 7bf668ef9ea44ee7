package app

import (
	"encoding/json"
	"time"

	"waxwing/backend/autoconfig"
	"waxwing/backend/connect"
	"waxwing/backend/engine"
	"waxwing/backend/mail"
)

// formatError is how errors leave: as the JSON text of a Problem. Wails wraps
// text in an Error of the page, and loses anything else.
func formatError(err error) any {
	text, encodeErr := json.Marshal(toProblem(err))
	if encodeErr != nil {
		return string(mail.CodeInternal)
	}
	return string(text)
}

// toProblem returns nil for nil. The cause stays here, for the log.
func toProblem(err error) *Problem {
	e := mail.AsError(err)
	if e == nil {
		return nil
	}
	args := e.Args
	if args == nil {
		args = map[string]string{}
	}
	return &Problem{Code: string(e.Code), Args: args, Server: e.Server}
}

// problemOf is toProblem for the pointers that the engine keeps, where nil must
// not become a non-nil error.
func problemOf(e *mail.Error) *Problem {
	if e == nil {
		return nil
	}
	return toProblem(e)
}

// milli is 0 for the zero time.
func milli(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMilli()
}

// localDay is when the calendar day of t, which is in UTC, begins here; 0 for the
// zero time.
func localDay(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return time.Date(t.Year(), t.Month(), t.Day(), 0, 0, 0, 0, time.Local).UnixMilli()
}

// each converts a list; the result is never nil, since the screens expect lists.
func each[A, B any](list []A, f func(A) B) []B {
	out := make([]B, len(list))
	for i, x := range list {
		out[i] = f(x)
	}
	return out
}

func toAccount(a mail.Account, s mail.Status, size int64, signature string) Account {
	return Account{
		ID: mail.AccountRef(a.ID).String(), Email: a.Email, Name: a.Name, Label: a.Label, User: a.User,
		Demo: a.Demo, Notify: a.Notify, NotifyHere: a.NotifyHere,
		IMAP: toServer(a.IMAP), SMTP: toServer(a.SMTP), SignIn: toSignIn(a.SignIn), Status: toStatus(s),
		Size: size, Verification: toOutcome(a.Verification), Signature: signature,
		Keep: string(a.Keep), KeptSince: localDay(a.Keep.Since(time.Now())),
	}
}

func toServer(s mail.Server) Server {
	return Server{Host: s.Host, Port: s.Port, Security: string(s.Security), Trusted: s.Trusted}
}

func toStatus(s mail.Status) Status {
	return Status{
		Account: mail.AccountRef(s.Account).String(), Phase: string(s.Phase), Mailbox: s.Mailbox,
		Done: s.Done, Total: s.Total, Pending: s.Pending, LastSync: milli(s.LastSync), Problem: problemOf(s.Problem),
	}
}

// apply puts what the form says over an account; what it doesn't hold stays.
func (f AccountForm) apply(a mail.Account) mail.Account {
	a.Email, a.Name, a.User, a.Notify = f.Email, f.Name, f.User, f.Notify
	a.IMAP = f.IMAP.apply(a.IMAP)
	a.SMTP = f.SMTP.apply(a.SMTP)
	a.SignIn = f.SignIn.method()
	a.Keep = mail.Keep(f.Keep)
	return a
}

func (s SignIn) method() mail.SignIn {
	return mail.SignIn{
		Method: mail.SignInMethod(s.Method), Provider: mail.ProviderID(s.Provider),
		Issuer: s.Issuer, Tenant: s.Tenant, ClientID: s.ClientID, Login: s.Login,
	}
}

func toSignIn(s mail.SignIn) SignIn {
	return SignIn{string(s.Method), string(s.Provider), s.Issuer, s.Tenant, s.ClientID, s.Login}
}

func (s Server) apply(old mail.Server) mail.Server {
	return mail.Server{Host: s.Host, Port: s.Port, Security: mail.Security(s.Security), Trusted: s.Trusted, CA: old.CA}
}

func toForm(a mail.Account) AccountForm {
	return AccountForm{
		Email: a.Email, Name: a.Name, User: a.User, Notify: true,
		IMAP: toServer(a.IMAP), SMTP: toServer(a.SMTP), SignIn: toSignIn(a.SignIn),
	}
}

func toDiscovery(a autoconfig.Answer) Discovery {
	account := a.Account()
	return Discovery{
		Email: a.Email, Provider: string(a.Provider), Name: a.Name, Source: string(a.Source), From: a.From,
		User: account.User, IMAP: toServer(account.IMAP), SMTP: toServer(account.SMTP),
		MoreIMAP: further(a.IMAP), MoreSMTP: further(a.SMTP),
		SignIn:   each(a.SignIn(), func(m mail.SignInMethod) string { return string(m) }),
		Proposed: toSignIn(a.Proposed),
		Cautions: each(a.Cautions, func(c autoconfig.Caution) Caution {
			return Caution{Code: string(c.Code), Host: c.Host}
		}),
	}
}

// further returns the servers behind the first one.
func further(list []autoconfig.Candidate) []Server {
	return each(list[min(1, len(list)):], func(c autoconfig.Candidate) Server { return toServer(c.Server) })
}

func toReport(r connect.Report) TestReport {
	return TestReport{OK: r.OK, Steps: each(r.Steps, func(s connect.Step) TestStep {
		return TestStep{
			Name: string(s.Name), State: string(s.State), Detail: s.Detail,
			Problem: problemOf(s.Problem), Certificate: toCertificate(s.Certificate),
		}
	})}
}

func toCertificate(c *connect.Certificate) *Certificate {
	if c == nil {
		return nil
	}
	return &Certificate{
		Subject: c.Subject, Issuer: c.Issuer, Names: append([]string{}, c.Names...),
		NotBefore: milli(c.NotBefore), NotAfter: milli(c.NotAfter), SHA256: c.SHA256,
	}
}

func toMailboxes(a engine.AccountMailboxes) AccountMailboxes {
	return AccountMailboxes{
		Account: mail.AccountRef(a.Account).String(),
		Mailboxes: each(a.Mailboxes, func(b mail.Mailbox) Mailbox {
			parent := ""
			if b.Parent != 0 {
				parent = mail.MailboxRef(a.Account, b.Parent).String()
			}
			return Mailbox{
				ID: mail.MailboxRef(a.Account, b.ID).String(), Name: b.Name, Path: b.Path, Parent: parent,
				Role: string(b.Role), Selectable: b.Selectable,
				Total: b.TotalEmails, Unread: b.UnreadEmails, Threads: b.TotalThreads,
			}
		}),
	}
}

func toPage(p engine.ThreadPage) ThreadPage {
	return ThreadPage{Total: p.Total, Threads: each(p.Threads, toRow)}
}

func toRow(r engine.ThreadRow) ThreadRow {
	mailbox := ""
	if r.Mailbox != 0 {
		mailbox = mail.MailboxRef(r.Account, r.Mailbox).String()
	}
	return ThreadRow{
		ID: mail.ThreadRef(r.Account, r.ID).String(), Account: mail.AccountRef(r.Account).String(), Mailbox: mailbox,
		Messages: messageRefs(r.Account, r.Messages), Latest: mail.MessageRef(r.Account, r.Latest).String(),
		Subject: r.Subject, Preview: r.Preview, People: each(r.People, toAddress),
		Unread: r.Unread, Count: r.Count, Flagged: r.Flagged, Answered: r.Answered,
		Attachment: r.HasAttachment, Keywords: keywordStrings(r.Keywords), ReceivedAt: milli(r.ReceivedAt),
	}
}

func toMessage(account mail.AccountID, m mail.Message) Message {
	return Message{
		ID: mail.MessageRef(account, m.ID).String(), Thread: mail.ThreadRef(account, m.Thread).String(),
		Mailboxes: each(m.Mailboxes, func(b mail.MailboxID) string { return mail.MailboxRef(account, b).String() }),
		Keywords:  keywordStrings(m.Keywords), MessageID: m.MessageID, Subject: m.Subject,
		From: each(m.From, toAddress), To: each(m.To, toAddress), Cc: each(m.Cc, toAddress),
		Bcc: each(m.Bcc, toAddress), ReplyTo: each(m.ReplyTo, toAddress),
		SentAt: milli(m.SentAt), ReceivedAt: milli(m.ReceivedAt), Size: m.Size, Preview: m.Preview,
		Attachments: each(m.Attachments, func(a mail.Attachment) Attachment {
			return Attachment{Part: a.Part, Name: a.Name, Type: a.Type, Size: a.Size}
		}),
		Quarantine: m.Quarantine, ListID: m.ListID,
	}
}

func toAddress(a mail.Address) Address { return Address{Name: a.Name, Email: a.Email} }

func keywordStrings(list []mail.Keyword) []string {
	return each(list, func(k mail.Keyword) string { return string(k) })
}

func messageRefs(account mail.AccountID, list []mail.MessageID) []string {
	return each(list, func(m mail.MessageID) string { return mail.MessageRef(account, m).String() })
}

func toReceipt(r engine.Receipt) Receipt {
	return Receipt{Operations: each(r.Operations, mail.Ref.String), Count: r.Count}
}

func toOperation(account mail.AccountID, o mail.Operation) Operation {
	out := Operation{
		ID: mail.OperationRef(account, o.ID).String(), Account: mail.AccountRef(account).String(),
		Messages: len(o.Change.Messages), Subject: o.Subject, Add: []string{}, Remove: []string{}, State: string(o.State),
		CreatedAt: milli(o.CreatedAt), Attempts: o.Attempts, Problem: problemOf(o.Problem),
	}
	switch c := o.Change; {
	case c.Move != nil:
		out.Kind, out.Mailbox = "move", mail.MailboxRef(account, c.Move.To).String()
	case c.Destroy != nil:
		out.Kind = "destroy"
	case c.Append != nil:
		out.Kind, out.Mailbox = "append", mail.MailboxRef(account, c.Append.To).String()
	case c.Keywords != nil:
		out.Kind = "keywords"
		out.Add, out.Remove = keywordStrings(c.Keywords.Add), keywordStrings(c.Keywords.Remove)
	}
	return out
}

func toChanges(account mail.AccountID, c mail.Changes) Changes {
	var boxes []mail.MailboxID
	boxes = append(boxes, c.MailboxesCreated...)
	boxes = append(boxes, c.MailboxesUpdated...)
	boxes = append(boxes, c.MailboxesDestroyed...)
	return Changes{
		Old: int64(c.Old), New: int64(c.New), HasMore: c.HasMore,
		Created: messageRefs(account, c.Created), Updated: messageRefs(account, c.Updated),
		Destroyed: messageRefs(account, c.Destroyed),
		Mailboxes: each(boxes, func(b mail.MailboxID) string { return mail.MailboxRef(account, b).String() }),
		Threads:   each(c.Threads, func(t mail.ThreadID) string { return mail.ThreadRef(account, t).String() }),
	}
}

// parseRefs reads identifiers of one kind.
func parseRefs(ids []string, kind mail.RefKind) ([]mail.Ref, error) {
	refs := make([]mail.Ref, len(ids))
	for i, id := range ids {
		ref, err := mail.ParseRef(id, kind)
		if err != nil {
			return nil, err
		}
		refs[i] = ref
	}
	return refs, nil
}
