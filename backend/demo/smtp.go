package demo

import (
	"io"
	"strings"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"

	"waxwing/backend/demo/sample"
)

// sentName is the mailbox for copies of what was sent.
const sentName = "Sent"

// maxMessageBytes bounds a submission, as a provider's limit would.
const maxMessageBytes = 50 << 20

func (s *Server) newSMTP() *smtp.Server {
	server := smtp.NewServer(smtp.BackendFunc(func(*smtp.Conn) (smtp.Session, error) {
		return &submission{server: s}, nil
	}))
	server.Domain = "localhost"
	server.AllowInsecureAuth = true // loopback
	server.EnableSMTPUTF8 = true
	server.MaxMessageBytes = maxMessageBytes
	server.MaxRecipients = 500
	server.ErrorLog = libraryLog{s.options.Log}
	return server
}

// submission is one SMTP connection (RFC 6409).
type submission struct {
	server     *Server
	signedIn   bool
	recipients []string
}

var _ smtp.AuthSession = (*submission)(nil)

func (c *submission) Reset()        { c.recipients = nil }
func (c *submission) Logout() error { return nil }

func (c *submission) AuthMechanisms() []string { return []string{sasl.Plain} }

func (c *submission) Auth(mechanism string) (sasl.Server, error) {
	if mechanism != sasl.Plain {
		return nil, smtp.ErrAuthUnknownMechanism
	}
	return sasl.NewPlainServer(func(identity, user, password string) error {
		if identity != "" && identity != user || !c.server.signIn(user, password) {
			return smtp.ErrAuthFailed
		}
		c.signedIn = true
		return nil
	}), nil
}

func (c *submission) Mail(from string, _ *smtp.MailOptions) error {
	if !c.signedIn {
		return smtp.ErrAuthRequired
	}
	if !strings.EqualFold(from, c.server.Email) {
		return &smtp.SMTPError{Code: 550, EnhancedCode: smtp.EnhancedCode{5, 7, 1},
			Message: "you may send as " + c.server.Email + " only"}
	}
	return nil
}

// Rcpt accepts everybody except nobody@…, which stands for an unknown user.
func (c *submission) Rcpt(to string, _ *smtp.RcptOptions) error {
	if strings.HasPrefix(strings.ToLower(to), "nobody@") {
		return &smtp.SMTPError{Code: 550, EnhancedCode: smtp.EnhancedCode{5, 1, 1}, Message: "no such user here"}
	}
	c.recipients = append(c.recipients, to)
	return nil
}

func (c *submission) Data(r io.Reader) error {
	raw, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	c.server.submit(raw, c.recipients)
	return nil
}

// submit files a message before it is acknowledged: a copy in Sent, unless one
// with this Message-ID is there, and one in the inbox when the person wrote to
// herself. Then a colleague may answer.
func (s *Server) submit(raw []byte, recipients []string) {
	header, _ := splitHeader(raw)
	id := headerValue(header, "Message-Id")
	now := s.options.Clock.Now()
	var others []string
	s.account.mu.Lock()
	if sent := s.account.boxes[sentName]; sent != nil && !sent.holds(id) {
		sent.add(raw, now, []imap.Flag{imap.FlagSeen})
	}
	for _, to := range recipients {
		if strings.EqualFold(to, s.Email) {
			s.account.boxes[inboxName].add(raw, now, nil)
		} else {
			others = append(others, to)
		}
	}
	s.account.mu.Unlock()
	if !s.options.Live || len(others) == 0 || id == "" || automatic(header) {
		return
	}
	s.later(s.options.Answer, func() {
		answer, err := sample.Answer(raw, others[0], s.options.Clock.Now())
		if err != nil {
			s.options.Log.Warn("demo answer not built", "error", err)
			return
		}
		s.Deliver(answer)
	})
}

// automatic tells mail from programs, which nobody answers (RFC 3834 §2).
func automatic(header []byte) bool {
	kind := headerValue(header, "Auto-Submitted")
	return kind != "" && !strings.EqualFold(kind, "no")
}

// holds reports whether a message with this Message-ID is in the mailbox.
func (b *mailbox) holds(id string) bool {
	if id == "" {
		return false
	}
	for _, m := range b.messages {
		header, _ := splitHeader(m.raw)
		if headerValue(header, "Message-Id") == id {
			return true
		}
	}
	return false
}

// headerValue returns the first field called name, unfolded, or "".
func headerValue(header []byte, name string) string {
	for _, field := range fields(header) {
		key, value, ok := strings.Cut(string(field), ":")
		if ok && strings.EqualFold(strings.TrimSpace(key), name) {
			return strings.TrimSpace(strings.NewReplacer("\r\n", "", "\n", "").Replace(value))
		}
	}
	return ""
}
