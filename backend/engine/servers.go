package engine

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
	"unicode"

	"waxwing/backend/events"
	"waxwing/backend/graph"
	"waxwing/backend/mail"
	"waxwing/backend/outbox"
)

// OutgoingServers lists the outgoing servers that mail can be sent through beside
// those of the accounts: the organisation's first, then the person's own.
func (e *Engine) OutgoingServers(ctx context.Context) ([]mail.OutgoingServer, error) {
	state := e.Policy()
	list := append([]mail.OutgoingServer{}, state.Policy.OutgoingServers(filepath.Dir(state.Path))...)
	own, err := e.app.OutgoingServers(ctx)
	return append(list, own...), err
}

// OutgoingServer returns one of them.
func (e *Engine) OutgoingServer(ctx context.Context, id mail.OutgoingID) (mail.OutgoingServer, error) {
	list, err := e.OutgoingServers(ctx)
	if err != nil {
		return mail.OutgoingServer{}, err
	}
	at := slices.IndexFunc(list, func(s mail.OutgoingServer) bool { return s.ID == id })
	if at < 0 {
		return mail.OutgoingServer{}, &mail.Error{Code: mail.CodeNotFound, Args: map[string]string{"id": string(id)}}
	}
	return list[at], nil
}

// AddOutgoingServer keeps a server of the person's own with what it is signed in to
// with. It needs no network; TestOutgoingServer tells whether it works. CodeInvalid
// names the field in Args["field"] ("name", "server.host", "sender", "tenant" …);
// CodeExists means that another one has the name; CodePolicy, that the organisation
// doesn't allow it; the codes of graph.LoadCertificate are about the certificate.
func (e *Engine) AddOutgoingServer(ctx context.Context, s mail.OutgoingServer, secret mail.OutgoingSecret) (mail.OutgoingID, error) {
	e.administration.Lock()
	defer e.administration.Unlock()
	s, err := e.admitOutgoing(s, secret)
	if err != nil {
		return "", err
	}
	s.ID = ""
	if s.ID, err = e.app.SetOutgoingServer(ctx, s); err != nil {
		return "", takenName(err, s)
	}
	if err := e.putOutgoingSecret(ctx, s.ID, secret); err != nil {
		ctx := context.WithoutCancel(ctx)
		if undo := e.app.RemoveOutgoingServer(ctx, s.ID, mail.OutgoingAccount, outgoingSecretName(s.ID)); undo != nil {
			e.log.Error("half of a server is left", "server", s.ID, "error", undo)
		}
		return "", err
	}
	e.bus.Publish(events.AccountsChanged{})
	return s.ID, nil
}

// UpdateOutgoingServer changes a server of the person's own; an empty secret means
// the one that is kept. Errors as with AddOutgoingServer; CodePolicy for one of the
// organisation's.
func (e *Engine) UpdateOutgoingServer(ctx context.Context, s mail.OutgoingServer, secret mail.OutgoingSecret) error {
	e.administration.Lock()
	defer e.administration.Unlock()
	old, err := e.ownOutgoing(ctx, s.ID)
	if err != nil {
		return err
	}
	// What belonged to another kind, or to an account that isn't signed in to any
	// more, goes.
	keep := secret.Empty() && s.Kind == old.Kind && (s.Kind == mail.OutgoingGraph || strings.TrimSpace(s.Account) != "")
	if s.Kind == mail.OutgoingGraph && s.Kind == old.Kind {
		if secret, err = e.outgoingSecret(ctx, old, secret); err != nil {
			return err
		}
	}
	if s, err = e.admitOutgoing(s, secret); err != nil {
		return err
	}
	if _, err := e.app.SetOutgoingServer(ctx, s); err != nil {
		return takenName(err, s)
	}
	if !keep {
		if err := e.putOutgoingSecret(ctx, s.ID, secret); err != nil {
			return err
		}
	}
	for _, u := range e.OutgoingUses(s.ID) {
		if a, err := e.account(u.Account); err == nil {
			a.outbox.Ring(outbox.WakePerson) // what waited may go now
		}
	}
	e.bus.Publish(events.AccountsChanged{})
	return nil
}

// RemoveOutgoingServer forgets a server of the person's own. What sends through it
// does so through the replacement from then on: another server, or
// mail.OutgoingAccount. CodeServerUsed means that one is needed: Args["used"] says
// for what. CodePolicy for one of the organisation's.
func (e *Engine) RemoveOutgoingServer(ctx context.Context, id, replacement mail.OutgoingID) error {
	e.administration.Lock()
	defer e.administration.Unlock()
	s, err := e.ownOutgoing(ctx, id)
	if err != nil {
		return err
	}
	if replacement == id {
		return invalid("replacement")
	}
	if replacement != "" && replacement != mail.OutgoingAccount {
		if _, err := e.OutgoingServer(ctx, replacement); err != nil {
			return err
		}
	}
	uses := e.OutgoingUses(id)
	err = e.app.RemoveOutgoingServer(ctx, id, replacement, outgoingSecretName(id))
	if mail.CodeOf(err) == mail.CodeServerUsed {
		var names []string
		for _, u := range uses {
			names = append(names, u.Name)
		}
		return &mail.Error{Code: mail.CodeServerUsed, Args: map[string]string{"server": s.Name, "used": few(names)}, Err: err}
	}
	if err != nil {
		return fmt.Errorf("remove server: %w", err)
	}
	for _, u := range uses {
		if a, err := e.account(u.Account); err == nil {
			a.sendThrough(replacement)
		}
	}
	// It may be in memory still where there is no keyring.
	if err := e.secrets.Delete(context.WithoutCancel(ctx), 0, outgoingSecretName(id)); err != nil {
		return fmt.Errorf("forget secret: %w", err)
	}
	e.bus.Publish(events.AccountsChanged{})
	return nil
}

// OutgoingUses lists what sends through a server.
func (e *Engine) OutgoingUses(id mail.OutgoingID) []mail.OutgoingUse {
	uses := []mail.OutgoingUse{}
	for _, a := range e.all() {
		if info := a.current(); info.Outgoing == id && id != "" {
			uses = append(uses, mail.OutgoingUse{Account: info.ID, Name: info.Email})
		}
	}
	return uses
}

// SetOutgoing lets an account send through a server: mail.OutgoingAccount, which an
// empty one stands for, too, is its own.
func (e *Engine) SetOutgoing(ctx context.Context, id mail.AccountID, through mail.OutgoingID) error {
	e.administration.Lock()
	defer e.administration.Unlock()
	a, err := e.account(id)
	if err != nil {
		return err
	}
	if through == mail.OutgoingAccount {
		through = ""
	}
	if through != "" {
		if _, err := e.OutgoingServer(ctx, through); err != nil {
			return err
		}
	}
	info := a.current()
	info.Outgoing = through
	if err := e.app.UpdateAccount(ctx, info); err != nil {
		return fmt.Errorf("update account: %w", err)
	}
	a.sendThrough(through)
	e.bus.Publish(events.AccountsChanged{})
	return nil
}

// sendThrough notes what the account sends through from now on, and tries what waits.
func (a *account) sendThrough(id mail.OutgoingID) {
	if id == mail.OutgoingAccount {
		id = ""
	}
	a.mu.Lock()
	a.info.Outgoing = id
	a.mu.Unlock()
	a.outbox.Ring(outbox.WakePerson)
}

// ownOutgoing returns a server that the person may change.
func (e *Engine) ownOutgoing(ctx context.Context, id mail.OutgoingID) (mail.OutgoingServer, error) {
	s, err := e.OutgoingServer(ctx, id)
	if err == nil && s.Inherited {
		err = forbidden(e.Policy().Policy, "setting", s.Name)
	}
	return s, err
}

// admitOutgoing returns a server of the person's own as it is kept.
func (e *Engine) admitOutgoing(s mail.OutgoingServer, secret mail.OutgoingSecret) (mail.OutgoingServer, error) {
	s, err := cleanOutgoing(s)
	if err != nil {
		return s, err
	}
	reason, value := e.Policy().Policy.RefusesOutgoing(s)
	if err := forbidden(e.Policy().Policy, reason, value); err != nil {
		return s, err
	}
	for _, o := range e.Policy().Policy.OutgoingServers("") {
		if strings.EqualFold(o.Name, s.Name) {
			return s, &mail.Error{Code: mail.CodeExists, Args: map[string]string{"account": s.Name}}
		}
	}
	if s.Kind == mail.OutgoingSMTP {
		if s.Account == "" && secret.Password != "" {
			return s, invalid("account")
		}
		return s, nil
	}
	c, err := loadCertificate(s, secret)
	if err != nil {
		return s, err
	}
	return s, c.Valid(time.Now())
}

// maxOutgoingName bounds a name, in octets.
const maxOutgoingName = 200

// cleanOutgoing returns the server without what doesn't belong to its kind, or which
// field can't be used.
func cleanOutgoing(s mail.OutgoingServer) (mail.OutgoingServer, error) {
	line := func(text string) string { return strings.TrimSpace(text) }
	out := mail.OutgoingServer{ID: s.ID, Kind: s.Kind, Name: line(s.Name), Account: line(s.Account)}
	var field string
	switch s.Kind {
	case mail.OutgoingSMTP:
		out.Sender = line(s.Sender)
		switch {
		case strings.TrimSpace(s.Server.Host) == "":
			return out, invalid("server.host")
		case !plausibleAddress(out.Sender):
			return out, invalid("sender")
		}
		if out.Server, field = cleanServer(s.Server, smtpPorts); field != "" {
			return out, invalid("server." + field)
		}
	case mail.OutgoingGraph:
		out.Tenant, out.ClientID, out.Alias = line(s.Tenant), line(s.ClientID), line(s.Alias)
		if !plausibleAddress(out.Account) {
			return out, invalid("account")
		}
		for _, f := range []struct{ field, text string }{{"tenant", out.Tenant}, {"clientId", out.ClientID}} {
			if f.text == "" || strings.ContainsFunc(f.text, unicode.IsSpace) {
				return out, invalid(f.field)
			}
		}
	default:
		return out, invalid("kind")
	}
	for _, f := range []struct{ field, text string }{
		{"name", out.Name}, {"account", out.Account}, {"tenant", out.Tenant}, {"clientId", out.ClientID}, {"alias", out.Alias},
	} {
		if strings.ContainsFunc(f.text, unicode.IsControl) || len(f.text) > maxOutgoingName {
			return out, invalid(f.field)
		}
	}
	if out.Name == "" {
		return out, invalid("name")
	}
	return out, nil
}

// takenName adds the name to the refusal of one that is taken.
func takenName(err error, s mail.OutgoingServer) error {
	if mail.CodeOf(err) == mail.CodeExists {
		return &mail.Error{Code: mail.CodeExists, Args: map[string]string{"account": s.Name}, Err: err}
	}
	return fmt.Errorf("keep server: %w", err)
}

// outgoingSecretName is under which name the secret of a server lies.
func outgoingSecretName(id mail.OutgoingID) string { return "outgoing " + string(id) }

func (e *Engine) putOutgoingSecret(ctx context.Context, id mail.OutgoingID, secret mail.OutgoingSecret) error {
	text, err := json.Marshal(secret)
	if err != nil {
		return err
	}
	if err := e.secrets.Put(ctx, 0, outgoingSecretName(id), string(text)); err != nil {
		return fmt.Errorf("store secret: %w", err)
	}
	return nil
}

// outgoingSecret returns the given secret or, where it is empty, the one that is
// kept of the server, or lies in the organisation's file. A password for the
// certificate that is kept may be given alone.
func (e *Engine) outgoingSecret(ctx context.Context, s mail.OutgoingServer, given mail.OutgoingSecret) (mail.OutgoingSecret, error) {
	alone := s.Kind == mail.OutgoingGraph && len(given.Certificate) == 0
	switch {
	case s.Inherited:
		return inheritedSecret(s)
	case !given.Empty() && !alone || s.ID == "":
		return given, nil
	}
	text, err := e.secrets.Get(ctx, 0, outgoingSecretName(s.ID))
	if mail.CodeOf(err) == mail.CodeNeedsPassword {
		return given, &mail.Error{Code: mail.CodeNeedsPassword, Args: map[string]string{"account": s.Name}, Err: err}
	}
	if err != nil {
		return given, err
	}
	var kept mail.OutgoingSecret
	err = json.Unmarshal([]byte(text), &kept)
	if given.Password != "" {
		kept.Password = given.Password
	}
	return kept, err
}

// maxCertificate bounds the organisation's file, in octets.
const maxCertificate = 1 << 20

func inheritedSecret(s mail.OutgoingServer) (secret mail.OutgoingSecret, err error) {
	if s.CertificateFile == "" {
		return secret, nil
	}
	unreadable := func(err error) error {
		return &mail.Error{Code: mail.CodeCertificateUnreadable, Args: map[string]string{"path": s.CertificateFile}, Err: err}
	}
	file, err := os.Open(s.CertificateFile)
	if err != nil {
		return secret, unreadable(err)
	}
	defer func() { _ = file.Close() }()
	if secret.Certificate, err = io.ReadAll(io.LimitReader(file, maxCertificate)); err != nil {
		return secret, unreadable(err)
	}
	return secret, nil
}

// loadCertificate opens what a server of Graph is signed in to with.
func loadCertificate(s mail.OutgoingServer, secret mail.OutgoingSecret) (*graph.Certificate, error) {
	if len(secret.Certificate) == 0 {
		return nil, invalid("certificate")
	}
	return graph.LoadCertificate(graph.CertificateFile{
		Data: secret.Certificate, Key: secret.Key, Alias: s.Alias, Password: secret.Password,
	})
}
