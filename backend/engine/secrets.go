package engine

import (
	"context"

	"waxwing/backend/mail"
	"waxwing/backend/secrets"
)

// SecretsState says how well passwords are kept on this computer, looking for
// the key first; see secrets.Keeper.State.
func (e *Engine) SecretsState(ctx context.Context) (secrets.State, *mail.Error) {
	return e.secrets.State(ctx)
}

// SecretsMethod says where the key to the passwords is and whether a person
// chose that; see secrets.Keeper.Method.
func (e *Engine) SecretsMethod(ctx context.Context) (m secrets.Method, chosen bool, err error) {
	return e.secrets.Method(ctx)
}

// ProtectSecrets keeps the passwords by another secrets.Method; see
// secrets.Keeper.Protect. Accounts that waited for the key try again.
func (e *Engine) ProtectSecrets(ctx context.Context, method, passphrase string) error {
	return e.thenTry(e.secrets.Protect(ctx, secrets.Method(method), passphrase))
}

// UnlockSecrets opens the passwords with their passphrase; see
// secrets.Keeper.Unlock. Accounts that waited for it try again.
func (e *Engine) UnlockSecrets(ctx context.Context, passphrase string) error {
	return e.thenTry(e.secrets.Unlock(ctx, passphrase))
}

// RetryKeyring looks for the keyring anew. Accounts that waited for it try again.
func (e *Engine) RetryKeyring(ctx context.Context) {
	e.secrets.Retry()
	_, problem := e.secrets.State(ctx)
	if problem == nil {
		_ = e.thenTry(nil)
	}
}

// ForgetSecrets deletes every stored password and the choice of ProtectSecrets:
// the way out for who forgot the passphrase. Accounts ask for theirs again.
func (e *Engine) ForgetSecrets(ctx context.Context) error {
	return e.thenTry(e.secrets.StartOver(ctx))
}

// thenTry wakes the accounts that can't sign in for want of the key, unless err
// says that it isn't there. Others keep waiting: repeating a wrong password locks
// people out.
func (e *Engine) thenTry(err error) error {
	if err != nil {
		return err
	}
	for _, a := range e.all() {
		switch a.problem() {
		case mail.CodeNoKeyring, mail.CodeKeyringLocked, mail.CodeNeedsPassphrase:
			a.ring(ringPerson)
		}
	}
	return nil
}

// problem returns the code of the account's problem, empty for none.
func (a *account) problem() mail.Code {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.status.Problem == nil {
		return ""
	}
	return a.status.Problem.Code
}
