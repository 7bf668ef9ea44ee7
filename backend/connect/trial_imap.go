package connect

import (
	"context"
	"crypto/tls"
	"errors"
	"strconv"
	"strings"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapclient"
	"github.com/emersion/go-sasl"

	"waxwing/backend/mail"
)

// The capabilities that make a difference to how well an account works.
var shownCapabilities = []imap.Cap{
	imap.CapIdle, imap.CapCondStore, imap.CapQResync, imap.CapMove, imap.CapUIDPlus, imap.CapSpecialUse,
	imap.CapListStatus, imap.CapESearch, imap.CapIMAP4rev2, imap.CapObjectID,
}

var imapProtocol = protocol{
	alien:  mail.CodeNotIMAP,
	greets: func(first string) bool { return strings.HasPrefix(first, "* ") },
	offersSTARTTLS: func(w *wire) (offers, known bool) {
		client := imapclient.New(w, nil)
		defer client.Close()
		if client.WaitGreeting() != nil {
			return false, false
		}
		caps, err := client.Capability().Wait()
		return caps.Has(imap.CapStartTLS), err == nil
	},
}

// An imapTrial is the test of an IMAP server.
type imapTrial struct {
	*trial
	client *imapclient.Client
}

func (t *trial) imap(ctx context.Context) {
	i := &imapTrial{trial: t}
	defer i.close()
	i.step(ctx, StepIMAPResolve, i.resolve)
	i.step(ctx, StepIMAPConnect, i.connect)
	i.step(ctx, StepIMAPTLS, i.secure)
	i.step(ctx, StepIMAPSignIn, i.signIn)
	i.step(ctx, StepIMAPCapabilities, i.capabilities)
	i.step(ctx, StepIMAPMailboxes, i.mailboxes)
}

func (i *imapTrial) close() {
	if i.client != nil {
		_ = i.client.Close() // the test is over; nothing depends on it
	}
	i.trial.close()
}

func (i *imapTrial) connect(ctx context.Context) (string, error) {
	detail, err := i.trial.connect(ctx)
	if err == nil && i.server.Security == mail.SecurityNone {
		err = i.greet(ctx)
	}
	return detail, err
}

func (i *imapTrial) secure(ctx context.Context) (string, error) {
	switch i.server.Security {
	case mail.SecurityTLS:
		version, err := i.handshake(ctx, imapProtocol)
		if err == nil {
			err = i.greet(ctx)
		}
		return version, err
	case mail.SecuritySTARTTLS:
		return i.startTLS(ctx)
	}
	return "", errSkip
}

// greet reads the greeting.
func (i *imapTrial) greet(ctx context.Context) error {
	if err := i.awaitGreeting(ctx, imapProtocol); err != nil {
		return err
	}
	defer i.conn.bound(ctx)()
	i.client = imapclient.New(i.conn, nil)
	return protocolError(i.conn.cause(ctx, i.client.WaitGreeting()), i.server)
}

// startTLS reads the greeting and upgrades the connection.
func (i *imapTrial) startTLS(ctx context.Context) (string, error) {
	if err := i.awaitGreeting(ctx, imapProtocol); err != nil {
		return "", err
	}
	defer i.conn.bound(ctx)()
	cfg, state := recordState(i.dialer.TLSConfig(i.server))
	client, err := imapclient.NewStartTLS(i.conn, &imapclient.Options{TLSConfig: cfg})
	var status *imap.Error
	switch {
	case err == nil:
		i.client = client
		return i.accepted(*state), nil
	case errors.As(err, &status) && status.Type != imap.StatusResponseTypeBye:
		return "", &mail.Error{Code: mail.CodeNoSTARTTLS, Server: status.Text, Err: err}
	}
	return "", protocolError(i.conn.cause(ctx, err), i.server)
}

// recordState returns cfg, and where the state of TLS will be found when a
// handshake with cfg has succeeded: the IMAP library doesn't tell.
func recordState(cfg *tls.Config) (*tls.Config, *tls.ConnectionState) {
	found, verify := new(tls.ConnectionState), cfg.VerifyConnection
	cfg.VerifyConnection = func(state tls.ConnectionState) error {
		*found = state
		if verify != nil {
			return verify(state)
		}
		return nil
	}
	return cfg, found
}

// signIn signs in, unless the server says beforehand that passwords are in vain.
func (i *imapTrial) signIn(ctx context.Context) (string, error) {
	defer i.conn.bound(ctx)()
	caps, err := i.client.Capability().Wait()
	if err != nil {
		return "", protocolError(i.conn.cause(ctx, err), i.server)
	}
	if i.credentials.Tokens != nil && i.client.State() == imap.ConnStateNotAuthenticated {
		return i.signInByToken(ctx, func(token string) error {
			client, err := TokenClient(caps.AuthMechanisms(), i.credentials.User, token, i.server)
			if err != nil {
				return err
			}
			return i.conn.cause(ctx, i.client.Authenticate(client))
		})
	}
	err = signInIMAP(i.client, caps, i.credentials)
	if errors.Is(err, errNoPasswords) {
		return "", noPasswords(i.server, caps.Has(imap.CapStartTLS), caps.AuthMechanisms(), err)
	}
	if err != nil {
		return "", signInError(i.conn.cause(ctx, err), i.server)
	}
	return i.credentials.User, nil
}

// errNoPasswords is the cause when a server takes no password on this connection.
var errNoPasswords = errors.New("the server takes no password on this connection")

// signInIMAP signs in by SASL PLAIN (RFC 4616) where offered, since it carries
// every character, else by LOGIN, and where neither is allowed by NTLM.
func signInIMAP(client *imapclient.Client, caps imap.CapSet, c Credentials) error {
	switch {
	case client.State() == imap.ConnStateAuthenticated: // PREAUTH
		return nil
	case caps.Has(imap.AuthCap(sasl.Plain)):
		return client.Authenticate(sasl.NewPlainClient("", c.User, c.Password))
	case caps.Has(imap.CapLoginDisabled) && caps.Has(imap.AuthCap(NTLM)):
		return client.Authenticate(NTLMClient(c))
	case caps.Has(imap.CapLoginDisabled):
		return errNoPasswords
	}
	return client.Login(c.User, c.Password).Wait()
}

// noPasswords tells that s takes no password. On an unprotected connection
// STARTTLS may change that; on another one the mechanisms offered are unknown to us.
func noPasswords(s mail.Server, startTLS bool, offered []string, err error) *mail.Error {
	e := &mail.Error{Code: mail.CodeSignInDisabled, Server: strings.Join(offered, " "), Err: err}
	switch {
	case s.Security != mail.SecurityNone:
		arg(e, "reason", "methods")
	case startTLS:
		arg(e, "offer", string(mail.SecuritySTARTTLS))
	}
	return e
}

// signInError explains a failed sign-in.
func signInError(err error, s mail.Server) error {
	e := ExplainSignIn(err, s)
	if e.Code == mail.CodeInternal {
		e.Code = mail.CodeProtocol
	}
	return e
}

// capabilities asks what the server can do now that we are signed in.
func (i *imapTrial) capabilities(ctx context.Context) (string, error) {
	defer i.conn.bound(ctx)()
	caps, err := i.client.Capability().Wait()
	if err != nil {
		return "", protocolError(i.conn.cause(ctx, err), i.server)
	}
	var names []string
	for _, c := range shownCapabilities {
		if caps.Has(c) {
			names = append(names, string(c))
		}
	}
	return strings.Join(names, " "), nil
}

// mailboxes counts the mailboxes that hold messages.
func (i *imapTrial) mailboxes(ctx context.Context) (string, error) {
	defer i.conn.bound(ctx)()
	list, err := i.client.List("", "*", nil).Collect()
	if err != nil {
		return "", protocolError(i.conn.cause(ctx, err), i.server)
	}
	n := 0
	for _, mailbox := range list {
		if !hasAttr(mailbox, imap.MailboxAttrNoSelect) && !hasAttr(mailbox, imap.MailboxAttrNonExistent) {
			n++
		}
	}
	return strconv.Itoa(n), nil
}

func hasAttr(mailbox *imap.ListData, attr imap.MailboxAttr) bool {
	for _, a := range mailbox.Attrs {
		if strings.EqualFold(string(a), string(attr)) {
			return true
		}
	}
	return false
}
