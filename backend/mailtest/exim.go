package mailtest

import (
	"bytes"
	_ "embed"
	"errors"
	"os"
	"path/filepath"
	"text/template"

	"waxwing/backend/mail"
)

//go:embed exim.conf.tmpl
var eximConf string

var eximTemplate = template.Must(template.New("exim.conf").Parse(eximConf))

// startExim starts Exim behind Dovecot's submission service. It delivers by
// LMTP to Dovecot's users, refuses deferred@Domain for now (451) and strangers
// for good (550), and accepts and then bounces bounced@Domain.
func (s *Server) startExim() error {
	program, err := find("exim4", "exim4-daemon-light")
	if err != nil {
		return err
	}
	spool := filepath.Join(s.dir, "exim")
	for _, d := range []string{"db", "input", "msglog"} {
		if err := os.MkdirAll(filepath.Join(spool, d), 0o750); err != nil {
			return err
		}
	}
	var conf bytes.Buffer
	err = eximTemplate.Execute(&conf, struct {
		Dir, User, Group, Domain string
		MTAPort                  int
	}{s.dir, s.owner.user, s.owner.group, Domain, s.ports.MTAPort})
	if err != nil {
		return err
	}
	path := filepath.Join(s.dir, "exim.conf")
	if err := errors.Join(os.WriteFile(path, conf.Bytes(), 0o644), s.owner.own(s.dir)); err != nil {
		return err
	}
	if s.exim, err = startProcess(s.owner, program, "-C", path, "-bdf", "-q10s"); err != nil {
		return err
	}
	return s.exim.waitPort(s.ports.MTAPort)
}

// Submission is the submission server upgraded by STARTTLS (RFC 6409). It asks
// for the user's name and password. Options.Submission must be set.
func (s *Server) Submission() mail.Server {
	return local(s.ports.SubmissionPort, mail.SecuritySTARTTLS)
}

// PlainSubmission is the same without protection.
func (s *Server) PlainSubmission() mail.Server {
	return local(s.ports.SubmissionPort, mail.SecurityNone)
}

// Submissions is submission with TLS from the first byte (RFC 8314).
func (s *Server) Submissions() mail.Server { return local(s.ports.SubmissionsPort, mail.SecurityTLS) }
