package engine

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"waxwing/backend/connect"
	"waxwing/backend/events"
	"waxwing/backend/mail"
	"waxwing/backend/verify"
)

// VerifyAccount proves that the account sends and receives; see package verify.
// The outcome is kept with the account, and told by AccountsChanged when it
// begins and ends; given up, it is as before. One verification runs at a time,
// others wait. report, which may be nil, is called after every step.
func (e *Engine) VerifyAccount(
	ctx context.Context, id mail.AccountID, report func(connect.Report),
) (connect.Report, mail.Verification, error) {
	a, err := e.account(id)
	if err != nil {
		return connect.Report{}, mail.Verification{}, err
	}
	who, err := a.credentials(ctx)
	if err != nil {
		return connect.Report{}, mail.Verification{}, err
	}
	info := a.current()
	if err := e.keepVerification(ctx, info, mail.Verification{State: mail.VerificationRuns}); err != nil {
		return connect.Report{}, mail.Verification{}, err
	}
	steps, outcome, err := e.verify(ctx, info, who, report)
	if err != nil || outcome.State == mail.NotVerified {
		outcome = info.Verification
	}
	if keep := e.keepVerification(context.WithoutCancel(ctx), info, outcome); err == nil {
		err = keep
	}
	return steps, outcome, err
}

// VerifyForm is VerifyAccount for what a person typed. An empty password means
// the stored one when ID names a connected account. The outcome becomes that of
// the account if it is added, or changed to this, afterwards.
func (e *Engine) VerifyForm(
	ctx context.Context, info mail.Account, password string, report func(connect.Report),
) (connect.Report, mail.Verification, error) {
	info, err := clean(info)
	if err == nil {
		err = e.allowed(info)
	}
	if err != nil {
		return connect.Report{}, mail.Verification{}, err
	}
	who := connect.Credentials{User: info.UserName(), Password: password}
	if password == "" && info.ID != 0 {
		a, err := e.account(info.ID)
		if err != nil {
			return connect.Report{}, mail.Verification{}, err
		}
		if who, err = a.credentials(ctx); err != nil {
			return connect.Report{}, mail.Verification{}, err
		}
		who.User = info.UserName()
	}
	steps, outcome, err := e.verify(ctx, info, who, report)
	if err == nil && outcome.State != mail.NotVerified {
		e.verification.remember(proof{loginOf(info), password, outcome})
	}
	return steps, outcome, err
}

// VerifySignedIn is VerifyForm with what a sign-in gave in place of a password.
func (e *Engine) VerifySignedIn(
	ctx context.Context, info mail.Account, s *SignedIn, report func(connect.Report),
) (connect.Report, mail.Verification, error) {
	info.SignIn = s.signIn
	info, err := clean(info)
	if err == nil {
		err = e.allowed(info)
	}
	if err != nil {
		return connect.Report{}, mail.Verification{}, err
	}
	who := connect.Credentials{User: info.UserName(), Tokens: s.source}
	steps, outcome, err := e.verify(ctx, info, who, report)
	if err == nil && outcome.State != mail.NotVerified {
		e.verification.remember(proof{loginOf(info), "", outcome})
	}
	return steps, outcome, err
}

// verify runs a verification when no other does. The outcome is that of nothing,
// NotVerified, for one that was given up.
func (e *Engine) verify(
	ctx context.Context, info mail.Account, who connect.Credentials, report func(connect.Report),
) (connect.Report, mail.Verification, error) {
	select {
	case e.verification.turn <- struct{}{}:
		defer func() { <-e.verification.turn }()
	case <-ctx.Done():
		return connect.Report{}, mail.Verification{}, &mail.Error{Code: mail.CodeCancelled}
	}
	n := note{Email: info.Email, MessageID: verify.NewMessageID(info.Email), At: time.Now()}
	// On disk before the message can be anywhere: whatever happens, it is hidden
	// from the lists and removed one day.
	if err := e.addNote(ctx, n); err != nil {
		return connect.Report{}, mail.Verification{}, err
	}
	e.sweep(ctx, info, who, n.MessageID)
	got := verify.Run(ctx, verify.Config{
		Email: info.Email, IMAP: info.IMAP, SMTP: info.SMTP,
		Credentials: who, Dialer: e.dialer, MessageID: n.MessageID, Report: report,
	})
	if got.Removed {
		e.dropNotes(context.WithoutCancel(ctx), func(old note) bool { return old == n })
	}
	outcome := mail.Verification{State: mail.Verified, At: time.Now(), Junk: got.Junk}
	if got.Problem != nil {
		if got.Problem.Code == mail.CodeCancelled {
			return got.Report, mail.Verification{}, nil
		}
		outcome.State, outcome.Half = mail.VerificationFailed, got.Half
		kept := *got.Problem
		kept.Err = nil // the cause is for the log, and has no form on disk
		outcome.Problem = &kept
		e.log.Info("verification failed", "account", info.ID, "half", got.Half, "problem", got.Problem.Code)
	}
	return got.Report, outcome, nil
}

// keepVerification keeps the outcome with the account, unless that was removed
// or changed since it was info.
func (e *Engine) keepVerification(ctx context.Context, info mail.Account, v mail.Verification) error {
	e.administration.Lock()
	defer e.administration.Unlock()
	a, err := e.account(info.ID)
	if err != nil {
		return err
	}
	now := a.current()
	if loginOf(now) != loginOf(info) {
		return nil
	}
	now.Verification = v
	return e.replace(ctx, a, now)
}

// replace writes an account's settings and tells.
func (e *Engine) replace(ctx context.Context, a *account, info mail.Account) error {
	if err := e.app.UpdateAccount(ctx, info); err != nil {
		return fmt.Errorf("update account: %w", err)
	}
	a.mu.Lock()
	a.info = info
	a.mu.Unlock()
	e.bus.Publish(events.AccountsChanged{})
	return nil
}

// A note is about a message of a verification that may still be in a mailbox.
type note struct {
	Email, MessageID string
	At               time.Time
}

const settingNotes = "verification.notes"

// noteAge is when a note is forgotten: what wasn't removed by then is shown, as
// any message is.
const noteAge = 30 * 24 * time.Hour

// loadNotes reads the notes, and takes back what a crash left under way.
func (e *Engine) loadNotes(ctx context.Context) error {
	value, ok, err := e.app.Setting(ctx, settingNotes)
	if err != nil {
		return err
	}
	var notes []note
	if ok && json.Unmarshal(value, &notes) != nil {
		notes = nil // of another version; the messages are harmless
	}
	notes = slices.DeleteFunc(notes, func(n note) bool { return time.Since(n.At) > noteAge })
	e.verification.set(notes)
	for _, a := range e.all() {
		if info := a.current(); info.Verification.State == mail.VerificationRuns {
			info.Verification = mail.Verification{}
			if err := e.replace(ctx, a, info); err != nil {
				return err
			}
		}
	}
	return nil
}

func (e *Engine) addNote(ctx context.Context, n note) error {
	return e.writeNotes(ctx, append(e.verification.all(), n))
}

// dropNotes forgets notes. One that can't be forgotten costs a look at the next
// verification.
func (e *Engine) dropNotes(ctx context.Context, done func(note) bool) {
	notes := e.verification.all()
	kept := slices.DeleteFunc(slices.Clone(notes), done)
	if len(kept) == len(notes) {
		return
	}
	if err := e.writeNotes(ctx, kept); err != nil {
		e.log.Warn("notes of verifications can't be written", "error", err)
	}
}

func (e *Engine) writeNotes(ctx context.Context, notes []note) error {
	value, err := json.Marshal(notes)
	if err != nil {
		return err
	}
	if err := e.app.SetSetting(ctx, settingNotes, value); err != nil {
		return fmt.Errorf("note verification: %w", err)
	}
	e.verification.set(notes)
	return nil
}

// sweep removes messages that earlier verifications of the mailbox left behind.
func (e *Engine) sweep(ctx context.Context, info mail.Account, who connect.Credentials, except string) {
	for _, n := range e.verification.all() {
		if !strings.EqualFold(n.Email, info.Email) || n.MessageID == except {
			continue
		}
		removed, err := verify.Sweep(ctx, e.dialer, info.IMAP, who, n.MessageID)
		if err != nil {
			e.log.Info("message of an earlier verification is still there", "account", info.ID, "problem", err)
			return
		}
		if removed {
			e.dropNotes(context.WithoutCancel(ctx), func(old note) bool { return old == n })
		}
	}
}

// sweepAll sweeps every account once, until ctx ends.
func (e *Engine) sweepAll(ctx context.Context) {
	for _, a := range e.all() {
		info := a.current()
		noted := func(n note) bool { return strings.EqualFold(n.Email, info.Email) }
		if !slices.ContainsFunc(e.verification.all(), noted) {
			continue
		}
		who, err := a.credentials(ctx)
		if err != nil {
			continue // tried again at the next start, or verification
		}
		select {
		case e.verification.turn <- struct{}{}:
			e.sweep(ctx, info, who, "")
			<-e.verification.turn
		case <-ctx.Done():
			return
		}
	}
}
