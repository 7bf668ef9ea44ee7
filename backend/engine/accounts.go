package engine

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"waxwing/backend/connect"
	"waxwing/backend/events"
	"waxwing/backend/mail"
	"waxwing/backend/secrets"
	"waxwing/backend/store"
)

// Accounts lists the connected accounts, oldest first.
func (e *Engine) Accounts(context.Context) ([]mail.Account, error) {
	list := []mail.Account{}
	for _, a := range e.all() {
		list = append(list, a.current())
	}
	return list, nil
}

// Account returns one account.
func (e *Engine) Account(_ context.Context, id mail.AccountID) (mail.Account, error) {
	a, err := e.account(id)
	if err != nil {
		return mail.Account{}, err
	}
	return a.current(), nil
}

// Size returns the octets that an account takes on the disk, 0 for one that
// isn't there or can't be opened.
func (e *Engine) Size(ctx context.Context, id mail.AccountID) int64 {
	db, err := e.Store(id)
	if err != nil {
		return 0
	}
	size, err := db.Size(ctx)
	if err != nil {
		return 0
	}
	return size
}

// AddAccount connects an account and, when the engine is started, begins to
// synchronise it. It needs no network. An empty password makes an account that
// waits for SetPassword. CodeInvalid names the form's field in Args["field"]
// ("email", "imap.host", "smtp.port" …); CodeExists means that the account is
// connected already; CodePolicy, that the organisation doesn't allow it. When
// anything fails nothing is left behind.
func (e *Engine) AddAccount(ctx context.Context, info mail.Account, password string) (mail.AccountID, error) {
	e.administration.Lock()
	defer e.administration.Unlock()
	return e.addAccount(ctx, info, secrets.Password, password)
}

// addAccount is AddAccount with the secret of that name; an empty one isn't stored.
func (e *Engine) addAccount(ctx context.Context, info mail.Account, name, secret string) (_ mail.AccountID, err error) {
	if info, err = clean(info); err != nil {
		return 0, err
	}
	if err := e.allowed(info); err != nil {
		return 0, err
	}
	if err := e.unknown(info); err != nil {
		return 0, err
	}
	info.Label = e.labelOf(info)
	info.CreatedAt = time.Now()
	password := ""
	if name == secrets.Password {
		password = secret
	}
	info.Verification = e.verification.of(info, password)
	above, err := e.folder.greatest()
	if err != nil {
		return 0, err
	}
	if info.ID, err = e.app.AddAccount(ctx, info, above); err != nil {
		return 0, fmt.Errorf("add account: %w", err)
	}
	a := e.newAccount(info)
	defer func() {
		if err != nil {
			err = errors.Join(err, e.erase(context.WithoutCancel(ctx), a))
		}
	}()
	if problem := a.open(ctx); problem != nil {
		return 0, problem
	}
	if secret != "" {
		if err := e.secrets.Put(ctx, info.ID, name, secret); err != nil {
			return 0, fmt.Errorf("store secret: %w", err)
		}
	}
	e.mu.Lock()
	closed := e.closed
	if !closed {
		e.accounts[info.ID] = a
	}
	e.mu.Unlock()
	if closed {
		return 0, &mail.Error{Code: mail.CodeCancelled}
	}
	a.resume()
	e.followLocked(context.WithoutCancel(ctx))
	e.bus.Publish(events.AccountsChanged{})
	return info.ID, nil
}

// unknown gives CodeExists when the same login is connected already.
func (e *Engine) unknown(info mail.Account) error {
	for _, a := range e.all() {
		if a.id != info.ID && sameLogin(a.current(), info) {
			return &mail.Error{Code: mail.CodeExists, Args: map[string]string{"account": info.Email}}
		}
	}
	return nil
}

// UpdateAccount changes an account's settings; ID says which. What the person
// can't edit (Demo, CreatedAt) stays, and so does what SetOutgoing sets.
// Synchronisation begins anew when how to reach the server, to sign in, or how much
// to keep changed. Errors as with AddAccount.
func (e *Engine) UpdateAccount(ctx context.Context, info mail.Account) error {
	e.administration.Lock()
	defer e.administration.Unlock()
	return e.updateAccount(ctx, info)
}

func (e *Engine) updateAccount(ctx context.Context, info mail.Account) error {
	a, err := e.account(info.ID)
	if err != nil {
		return err
	}
	if info, err = clean(info); err != nil {
		return err
	}
	if err := e.allowed(info); err != nil {
		return err
	}
	if err := e.unknown(info); err != nil {
		return err
	}
	old := a.current()
	info.Demo, info.CreatedAt, info.Outgoing = old.Demo, old.CreatedAt, old.Outgoing
	info.Verification = old.Verification
	if proven := e.verification.of(info, ""); loginOf(info) != loginOf(old) || proven.At.After(old.Verification.At) {
		info.Verification = proven
	}
	if err := e.app.UpdateAccount(ctx, info); err != nil {
		return fmt.Errorf("update account: %w", err)
	}
	again := info.IMAP != old.IMAP || info.UserName() != old.UserName() || info.SignIn != old.SignIn || info.Keep != old.Keep
	if again {
		a.halt()
	}
	a.mu.Lock()
	a.info = info
	if info.SignIn != old.SignIn || info.Email != old.Email {
		a.source = nil
	}
	a.mu.Unlock()
	if again {
		a.resume()
	}
	e.bus.Publish(events.AccountsChanged{})
	return nil
}

// RemoveAccount stops the account and deletes everything of it from this
// computer; what waits for the server is lost. The server's mail is untouched.
// A synchronisation that doesn't stop in ten seconds loses its store. Once begun
// it is finished, after a crash by the next Open.
func (e *Engine) RemoveAccount(ctx context.Context, id mail.AccountID) error {
	e.administration.Lock()
	defer e.administration.Unlock()
	a, err := e.account(id)
	if err != nil {
		return err
	}
	// On disk before anything is deleted: Open goes on where this is interrupted.
	leaving := a.current()
	leaving.Removing = true
	if err := e.app.UpdateAccount(ctx, leaving); err != nil {
		return fmt.Errorf("remove account: %w", err)
	}
	ctx = context.WithoutCancel(ctx)
	a.halt()
	if !a.ended(closeTimeout) {
		e.log.Error("synchronisation didn't stop in time", "account", id)
	}
	e.mu.Lock()
	delete(e.accounts, id)
	e.mu.Unlock()
	grant := a.grantToRevoke(ctx)
	err = e.erase(ctx, a)
	e.revoke(a.current().SignIn, grant)
	if err != nil {
		e.log.Error("account wasn't removed completely", "account", id, "error", err)
	}
	if a.current().Demo {
		err = errors.Join(err, e.stopSample())
	}
	e.bus.Publish(events.AccountsChanged{})
	return err
}

// erase deletes an account's store, secrets, notes and row. The row goes last:
// after a crash in between it says what is still to be done.
func (e *Engine) erase(ctx context.Context, a *account) error {
	if err := a.close(); err != nil {
		e.log.Warn("store of a removed account didn't close", "account", a.id, "error", err)
	}
	err := errors.Join(
		store.RemoveAccountFiles(a.file),
		e.secrets.Delete(ctx, a.id, secrets.Password),
		e.secrets.Delete(ctx, a.id, secrets.OAuth),
	)
	if err != nil {
		return fmt.Errorf("remove account: %w", err)
	}
	email := a.current().Email
	e.dropNotes(ctx, func(n note) bool { return strings.EqualFold(n.Email, email) })
	return e.app.RemoveAccount(ctx, a.id)
}

// SetPassword stores a new password and tries it.
func (e *Engine) SetPassword(ctx context.Context, id mail.AccountID, password string) error {
	a, err := e.account(id)
	if err != nil {
		return err
	}
	if password == "" {
		return invalid("password")
	}
	if err := e.secrets.Put(ctx, id, secrets.Password, password); err != nil {
		return fmt.Errorf("store password: %w", err)
	}
	a.ring(ringPerson)
	info := a.current()
	return e.keepVerification(ctx, info, e.verification.of(info, password))
}

// TrustCertificate accepts the certificate with the given SHA-256 (64
// hexadecimal digits) for one server of one account, "imap" or "smtp", and
// tries again.
func (e *Engine) TrustCertificate(ctx context.Context, id mail.AccountID, server, fingerprint string) error {
	e.administration.Lock()
	defer e.administration.Unlock()
	a, err := e.account(id)
	if err != nil {
		return err
	}
	info := a.current()
	switch server {
	case "imap":
		info.IMAP.Trusted = fingerprint
	case "smtp":
		info.SMTP.Trusted = fingerprint
	default:
		return invalid("server")
	}
	return e.updateAccount(ctx, info)
}

// TestAccount is Test on the engine's network; an empty password means the
// stored one when ID names a connected account.
func (e *Engine) TestAccount(
	ctx context.Context, info mail.Account, password string, report func(connect.Report),
) (connect.Report, error) {
	if err := e.allowed(info); err != nil {
		return connect.Report{}, err
	}
	if info.SignIn.OAuth() && info.ID != 0 {
		a, err := e.account(info.ID)
		if err != nil {
			return connect.Report{}, err
		}
		return test(ctx, e.dialer, info, connect.Credentials{Tokens: a.tokens()}, report)
	}
	if password == "" && info.ID != 0 {
		stored, err := e.secrets.Get(ctx, info.ID, secrets.Password)
		if err != nil {
			return connect.Report{}, err
		}
		password = stored
	}
	return Test(ctx, e.dialer, info, password, report)
}

// Test tries an account's servers without keeping anything, calling report,
// which may be nil, after every step. CodeInvalid as with AddAccount.
func Test(
	ctx context.Context, d *connect.Dialer, info mail.Account, password string, report func(connect.Report),
) (connect.Report, error) {
	return test(ctx, d, info, connect.Credentials{Password: password}, report)
}

// test is Test with credentials, whose user is the account's.
func test(
	ctx context.Context, d *connect.Dialer, info mail.Account, who connect.Credentials, report func(connect.Report),
) (connect.Report, error) {
	info, err := clean(info)
	if err != nil {
		return connect.Report{}, err
	}
	if report == nil {
		report = func(connect.Report) {}
	}
	who.User = info.UserName()
	return d.Test(ctx, info.Email, info.IMAP, info.SMTP, who, report), nil
}
