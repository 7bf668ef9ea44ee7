package engine

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"strings"
	"sync"

	"waxwing/backend/connect"
	"waxwing/backend/graph"
	"waxwing/backend/mail"
	"waxwing/backend/provider"
	"waxwing/backend/submission"
)

// A courier hands messages to one outgoing server; see submission.Sender.Send.
type courier func(ctx context.Context, env submission.Envelope, raw []byte, ending func() error) submission.Result

// courier returns what an account sends through. CodeNoOutgoing means that there is
// no such server, or not any more.
func (a *account) courier(ctx context.Context, info mail.Account) (courier, error) {
	if shared(info) {
		return a.sharedCourier(ctx, info)
	}
	if info.SMTP.Host == "" {
		return nil, &mail.Error{Code: mail.CodeNoOutgoing}
	}
	who, err := a.credentials(ctx)
	return a.engine.bySMTP(info.SMTP, who), err
}

// shared reports whether an account sends through a server that isn't its own.
func shared(info mail.Account) bool {
	return info.Outgoing != "" && info.Outgoing != mail.OutgoingAccount
}

// sharedCourier is courier for a server that isn't the account's own.
func (a *account) sharedCourier(ctx context.Context, info mail.Account) (courier, error) {
	e := a.engine
	s, err := e.OutgoingServer(ctx, info.Outgoing)
	if mail.CodeOf(err) == mail.CodeNotFound {
		err = &mail.Error{Code: mail.CodeNoOutgoing, Args: map[string]string{"server": string(info.Outgoing)}, Err: err}
	}
	if err == nil && !s.Inherited {
		reason, value := e.Policy().Policy.RefusesOutgoing(s)
		err = forbidden(e.Policy().Policy, reason, value)
	}
	if err != nil {
		return nil, err
	}
	secret, err := e.outgoingSecret(ctx, s, mail.OutgoingSecret{})
	if err != nil {
		return nil, err
	}
	if s.Kind == mail.OutgoingGraph {
		return e.byGraph(s, secret)
	}
	who := connect.Credentials{User: s.Account, Password: secret.Password}
	if s.AsAccount {
		who, err = a.credentials(ctx)
	}
	return e.bySMTP(s.Server, who), err
}

func (e *Engine) bySMTP(server mail.Server, who connect.Credentials) courier {
	sender := &submission.Sender{Dialer: e.dialer}
	return func(ctx context.Context, env submission.Envelope, raw []byte, ending func() error) submission.Result {
		return sender.Send(ctx, server, who, env, raw, ending)
	}
}

func (e *Engine) byGraph(s mail.OutgoingServer, secret mail.OutgoingSecret) (courier, error) {
	tokens, err := e.apps.of(s, secret, e.newApp)
	if err != nil {
		return nil, err
	}
	mailbox := graph.Mailbox{User: s.Account, Tokens: tokens}
	return func(ctx context.Context, env submission.Envelope, raw []byte, ending func() error) submission.Result {
		return e.graph.Send(ctx, mailbox, env, raw, ending)
	}, nil
}

// microsoftSMTP is a server by which package provider knows Exchange Online.
var microsoftSMTP = mail.Server{Host: "smtp.office365.com"}

// filesSent reports whether what the account sends gets into its mailbox of sent mail
// without our doing: a provider files it in the mailbox of whoever signed in. Where
// the server is gone meanwhile it is taken not to.
func (a *account) filesSent(ctx context.Context, info mail.Account) bool {
	if !shared(info) {
		return provider.FilesSent(info.IMAP, info.SMTP)
	}
	s, err := a.engine.OutgoingServer(ctx, info.Outgoing)
	switch {
	case err != nil:
		return false
	case s.Kind == mail.OutgoingGraph:
		return provider.FilesSent(info.IMAP, microsoftSMTP) && strings.EqualFold(s.Account, info.Email)
	}
	return provider.FilesSent(info.IMAP, s.Server) && (s.AsAccount || strings.EqualFold(s.Account, info.UserName()))
}

// apps are the applications that are signed in to Graph, by server. The zero value is
// ready to use.
type apps struct {
	mu   sync.Mutex
	list map[mail.OutgoingID]application
}

// An application is signed in with what it was made of.
type application struct {
	server mail.OutgoingServer
	secret [sha256.Size]byte
	app    *graph.App
}

// of returns the application of a server; the one that it had before unless
// something changed, since it may hold a token.
func (a *apps) of(s mail.OutgoingServer, secret mail.OutgoingSecret, make func(mail.OutgoingServer, *graph.Certificate) *graph.App) (*graph.App, error) {
	text, err := json.Marshal(secret)
	if err != nil {
		return nil, err
	}
	now := application{server: s, secret: sha256.Sum256(text)}
	a.mu.Lock()
	defer a.mu.Unlock()
	if known, ok := a.list[s.ID]; ok && known.server == now.server && known.secret == now.secret {
		return known.app, nil
	}
	certificate, err := loadCertificate(s, secret)
	if err != nil {
		return nil, err
	}
	now.app = make(s, certificate)
	if a.list == nil {
		a.list = map[mail.OutgoingID]application{}
	}
	a.list[s.ID] = now
	return now.app, nil
}

// author returns the address that mail of an account is from where what it sends
// through has one of its own; empty for the person's choice. An empty server is the
// account's choice. CodeNotFound means that there is no such server.
func (e *Engine) author(ctx context.Context, id mail.AccountID, through mail.OutgoingID) (string, error) {
	a, err := e.account(id)
	if err != nil {
		return "", err
	}
	info, chosen := a.current(), through != ""
	if chosen {
		info.Outgoing = through
	}
	if !shared(info) {
		return "", nil
	}
	s, err := e.OutgoingServer(ctx, info.Outgoing)
	if !chosen && mail.CodeOf(err) == mail.CodeNotFound {
		return "", nil // the outbox says so
	}
	return s.From(), err
}
