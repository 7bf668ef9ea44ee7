package autoconfig

import (
	"context"
	"errors"
	"net/url"
	"strings"

	"waxwing/backend/connect"
	"waxwing/backend/mail"
)

// AtExchange finds out what the Exchange server with that name, or address of a web
// page, offers to mail programs: IMAP, and SMTP for people's own mail. A server whose
// certificate isn't trusted counts, since the person can look at it. CodeInvalid names
// the field "exchange" or "email"; CodeHostNotFound means that there is no such server,
// and CodeNoMailAccess that it offers no IMAP (Args["reason"] is imap when it does
// offer SMTP).
func (f *Finder) AtExchange(ctx context.Context, server, email string) (Answer, error) {
	q, err := f.query(email)
	if err != nil {
		return Answer{}, err
	}
	host, good := hostOf(server)
	if !good {
		return Answer{}, &mail.Error{Code: mail.CodeInvalid, Args: map[string]string{"field": "exchange"}}
	}
	ctx, stop := context.WithTimeout(ctx, q.Deadline)
	defer stop()
	at := func(port int, security mail.Security) mail.Server {
		return mail.Server{Host: host, Port: port, Security: security}
	}
	var smtp []Candidate
	var smtpErr error
	asked := make(chan struct{})
	go func() {
		defer close(asked)
		smtp, smtpErr = q.offered(ctx, smtpDialogue, at(587, mail.SecuritySTARTTLS), at(465, mail.SecurityTLS), at(25, mail.SecuritySTARTTLS))
	}()
	imap, err := q.offered(ctx, imapDialogue, at(993, mail.SecurityTLS), at(143, mail.SecuritySTARTTLS))
	<-asked
	switch {
	case err == nil:
		return *q.exchange(host, imap, smtp), nil
	case mail.CodeOf(err) == mail.CodeHostNotFound && mail.CodeOf(smtpErr) == mail.CodeHostNotFound:
		return Answer{}, mail.AsError(err)
	}
	args := map[string]string{"host": host}
	if smtpErr == nil {
		args["reason"] = "imap"
	}
	return Answer{}, &mail.Error{Code: mail.CodeNoMailAccess, Args: args, Err: errors.Join(err, smtpErr)}
}

// hostOf reads the name of a server as people copy it: from a web page's address too.
func hostOf(typed string) (string, bool) {
	typed = strings.TrimSpace(typed)
	if strings.Contains(typed, "://") {
		u, err := url.Parse(typed)
		if err != nil {
			return "", false
		}
		typed = u.Hostname()
	}
	return cleanHost(typed)
}

// offered asks servers side by side and returns those that are there, in their order;
// an error when none is.
func (q *query) offered(ctx context.Context, d dialogue, servers ...mail.Server) ([]Candidate, error) {
	answers := make([]chan error, len(servers))
	for i, s := range servers {
		answers[i] = make(chan error, 1)
		go func() { answers[i] <- q.speak(ctx, s, d) }()
	}
	var there []Candidate
	var failures []error
	for i, s := range servers {
		err := <-answers[i]
		if _, shown := connect.Certificates(err); err != nil && !shown {
			failures = append(failures, err)
			continue
		}
		there = append(there, Candidate{s, q.email, UserAddress, []mail.SignInMethod{mail.SignInPassword}})
	}
	if len(there) == 0 {
		return nil, errors.Join(failures...)
	}
	return there, nil
}
