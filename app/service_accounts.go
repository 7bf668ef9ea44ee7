package app

import (
	"context"
	"sync"

	"waxwing/backend/connect"
	"waxwing/backend/engine"
	"waxwing/backend/mail"
	"waxwing/backend/render"
)

// Accounts connects, edits and disconnects accounts.
type Accounts struct {
	shell *shell

	mu              sync.Mutex
	cancelTest      context.CancelFunc
	cancelDiscovery context.CancelFunc
}

// List returns the connected accounts with their status, oldest first.
func (s *Accounts) List() ([]Account, error) {
	e, ctx, err := s.shell.engine()
	if err != nil {
		return nil, err
	}
	list, err := e.Accounts(ctx)
	if err != nil {
		return nil, err
	}
	identities, err := e.Identities(ctx)
	signatures := map[mail.AccountID]string{}
	for _, i := range identities {
		if i.Own {
			signatures[i.Account] = i.Signature
		}
	}
	return each(list, func(a mail.Account) Account {
		return toAccount(a, e.Status(a.ID), e.Size(ctx, a.ID), signatures[a.ID])
	}), err
}

func (s *Accounts) one(id mail.AccountID) (Account, error) {
	e, ctx, err := s.shell.engine()
	if err != nil {
		return Account{}, err
	}
	a, err := e.Account(ctx, id)
	if err != nil {
		return Account{}, err
	}
	own, err := e.OwnIdentity(ctx, id)
	return toAccount(a, e.Status(id), e.Size(ctx, id), own.Signature), err
}

// Suggest fills in how the address is reached, if that is known without asking.
func (s *Accounts) Suggest(email string) (AccountForm, error) {
	e, _, err := s.shell.engine()
	if err != nil {
		return AccountForm{}, err
	}
	a, err := e.Suggest(email)
	return toForm(a), err
}

// Discover finds out who runs the address's mail and how it is reached. A
// discovery that runs already is cancelled.
func (s *Accounts) Discover(email string) (Discovery, error) {
	e, ctx, err := s.shell.engine()
	if err != nil {
		return Discovery{}, err
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	s.mu.Lock()
	if s.cancelDiscovery != nil {
		s.cancelDiscovery()
	}
	s.cancelDiscovery = cancel
	s.mu.Unlock()
	result, err := e.Discover(ctx, email)
	if err != nil {
		return Discovery{}, err
	}
	return toDiscovery(*result.Answer), nil
}

// CancelDiscovery stops the discovery that runs, if one does.
func (s *Accounts) CancelDiscovery() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.cancelDiscovery != nil {
		s.cancelDiscovery()
	}
}

// ByProvider says how the address is reached if the provider with the id runs
// its mail; for "exchange" and "other" it has no servers.
func (s *Accounts) ByProvider(provider, email string) (Discovery, error) {
	e, _, err := s.shell.engine()
	if err != nil {
		return Discovery{}, err
	}
	answer, err := e.ByProvider(mail.ProviderID(provider), email)
	return toDiscovery(answer), err
}

// AtExchange finds out what an Exchange server offers to mail programs.
func (s *Accounts) AtExchange(server, email string) (Discovery, error) {
	e, ctx, err := s.shell.engine()
	if err != nil {
		return Discovery{}, err
	}
	answer, err := e.AtExchange(ctx, server, email)
	return toDiscovery(answer), err
}

// Test tries the servers of a form and keeps nothing. Progress is told by the
// event "test". A test that runs already is cancelled.
func (s *Accounts) Test(form AccountForm) (TestReport, error) {
	e, ctx, err := s.shell.engine()
	if err != nil {
		return TestReport{}, err
	}
	a, err := s.fromForm(form)
	if err != nil {
		return TestReport{}, err
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	s.mu.Lock()
	if s.cancelTest != nil {
		s.cancelTest()
	}
	s.cancelTest = cancel
	s.mu.Unlock()
	tell := func(r connect.Report) {
		if ctx.Err() == nil {
			s.shell.emit(eventTest, toReport(r))
		}
	}
	if form.Granted != "" {
		signedIn, err := s.shell.signing.granted(form.Granted)
		if err != nil {
			return TestReport{}, err
		}
		report, err := e.TestSignedIn(ctx, a, signedIn, tell)
		return toReport(report), err
	}
	report, err := e.TestAccount(ctx, a, form.Password, tell)
	return toReport(report), err
}

// CancelTest stops the test that runs, if one does.
func (s *Accounts) CancelTest() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.cancelTest != nil {
		s.cancelTest()
	}
}

// fromForm returns the account that a form describes: the edited one, or new.
func (s *Accounts) fromForm(form AccountForm) (mail.Account, error) {
	if form.ID == "" {
		return form.apply(mail.Account{NotifyHere: true}), nil
	}
	ref, err := mail.ParseRef(form.ID, mail.RefAccount)
	if err != nil {
		return mail.Account{}, err
	}
	e, ctx, err := s.shell.engine()
	if err != nil {
		return mail.Account{}, err
	}
	a, err := e.Account(ctx, ref.Account)
	return form.apply(a), err
}

// Add connects an account; its newest mail is there soon after.
func (s *Accounts) Add(form AccountForm) (Account, error) {
	e, ctx, err := s.shell.engine()
	if err != nil {
		return Account{}, err
	}
	form.ID = ""
	a, err := s.fromForm(form)
	if err != nil {
		return Account{}, err
	}
	if _, ok := render.Signature(form.Signature); !ok { // before the account is there
		return Account{}, &mail.Error{Code: mail.CodeInvalid, Args: map[string]string{"field": "signature"}}
	}
	id, err := s.connect(ctx, e, a, form)
	if err != nil {
		return Account{}, err
	}
	if err := setSignature(ctx, e, id, form.Signature); err != nil {
		return Account{}, err
	}
	return s.one(id)
}

// connect adds an account with what the form has to sign in with.
func (s *Accounts) connect(ctx context.Context, e *engine.Engine, a mail.Account, form AccountForm) (mail.AccountID, error) {
	if form.Granted == "" {
		return e.AddAccount(ctx, a, form.Password)
	}
	signedIn, err := s.shell.signing.granted(form.Granted)
	if err != nil {
		return 0, err
	}
	return e.AddSignedIn(ctx, a, signedIn)
}

// Update changes an account's settings and, when the form has one, its password.
func (s *Accounts) Update(id string, form AccountForm) (Account, error) {
	e, ctx, err := s.shell.engine()
	if err != nil {
		return Account{}, err
	}
	form.ID = id
	a, err := s.fromForm(form)
	if err != nil {
		return Account{}, err
	}
	if err := setSignature(ctx, e, a.ID, form.Signature); err != nil {
		return Account{}, err
	}
	if err := e.UpdateAccount(ctx, a); err != nil {
		return Account{}, err
	}
	if form.Granted != "" {
		signedIn, err := s.shell.signing.granted(form.Granted)
		if err != nil {
			return Account{}, err
		}
		if err := e.Adopt(ctx, a.ID, signedIn); err != nil {
			return Account{}, err
		}
	}
	if form.Password != "" {
		if err := e.SetPassword(ctx, a.ID, form.Password); err != nil {
			return Account{}, err
		}
	}
	return s.one(a.ID)
}

// SetPassword stores a new password and tries it at once.
func (s *Accounts) SetPassword(id, password string) error {
	e, ctx, err := s.shell.engine()
	if err != nil {
		return err
	}
	ref, err := mail.ParseRef(id, mail.RefAccount)
	if err != nil {
		return err
	}
	return e.SetPassword(ctx, ref.Account, password)
}

// SetNotifications says whether the account's new mail pops up, everywhere and
// on this computer.
func (s *Accounts) SetNotifications(id string, notify, notifyHere bool) error {
	e, ctx, err := s.shell.engine()
	if err != nil {
		return err
	}
	ref, err := mail.ParseRef(id, mail.RefAccount)
	if err != nil {
		return err
	}
	a, err := e.Account(ctx, ref.Account)
	if err != nil {
		return err
	}
	a.Notify, a.NotifyHere = notify, notifyHere
	return e.UpdateAccount(ctx, a)
}

// Trust accepts the certificate with the given SHA-256 for one server, "imap"
// or "smtp", of one account.
func (s *Accounts) Trust(id, server, fingerprint string) error {
	e, ctx, err := s.shell.engine()
	if err != nil {
		return err
	}
	ref, err := mail.ParseRef(id, mail.RefAccount)
	if err != nil {
		return err
	}
	return e.TrustCertificate(ctx, ref.Account, server, fingerprint)
}

// Remove disconnects an account and deletes everything of it on this computer.
func (s *Accounts) Remove(id string) error {
	e, ctx, err := s.shell.engine()
	if err != nil {
		return err
	}
	ref, err := mail.ParseRef(id, mail.RefAccount)
	if err != nil {
		return err
	}
	return e.RemoveAccount(ctx, ref.Account)
}

// AddDemo connects the account with sample mail.
func (s *Accounts) AddDemo() (Account, error) {
	e, ctx, err := s.shell.engine()
	if err != nil {
		return Account{}, err
	}
	id, err := e.AddDemo(ctx)
	if err != nil {
		return Account{}, err
	}
	return s.one(id)
}

// SyncNow looks for news at once; an empty id means in every account.
func (s *Accounts) SyncNow(id string) error {
	e, _, err := s.shell.engine()
	if err != nil {
		return err
	}
	if id == "" {
		e.WakeAll()
		return nil
	}
	ref, err := mail.ParseRef(id, mail.RefAccount)
	if err != nil {
		return err
	}
	e.Wake(ref.Account)
	return nil
}
