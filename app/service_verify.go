package app

import (
	"context"
	"sync"

	"waxwing/backend/connect"
	"waxwing/backend/mail"
)

// Verification proves that accounts send and receive.
type Verification struct {
	shell *shell

	mu     sync.Mutex
	cancel context.CancelFunc
}

// Form verifies what a person typed. Progress is told by the event "verify". A
// verification that runs already is cancelled. The outcome becomes the
// account's when the form is saved.
func (s *Verification) Form(form AccountForm) (VerifyReport, error) {
	return s.run(func(ctx context.Context, report func(connect.Report)) (connect.Report, mail.Verification, error) {
		accounts := Accounts{shell: s.shell}
		a, err := accounts.fromForm(form)
		if err != nil {
			return connect.Report{}, mail.Verification{}, err
		}
		e, _, err := s.shell.engine()
		if err != nil {
			return connect.Report{}, mail.Verification{}, err
		}
		if form.Granted != "" {
			signedIn, err := s.shell.signing.granted(form.Granted)
			if err != nil {
				return connect.Report{}, mail.Verification{}, err
			}
			return e.VerifySignedIn(ctx, a, signedIn, report)
		}
		return e.VerifyForm(ctx, a, form.Password, report)
	})
}

// Account verifies a connected account; see Form.
func (s *Verification) Account(id string) (VerifyReport, error) {
	return s.run(func(ctx context.Context, report func(connect.Report)) (connect.Report, mail.Verification, error) {
		ref, err := mail.ParseRef(id, mail.RefAccount)
		if err != nil {
			return connect.Report{}, mail.Verification{}, err
		}
		e, _, err := s.shell.engine()
		if err != nil {
			return connect.Report{}, mail.Verification{}, err
		}
		return e.VerifyAccount(ctx, ref.Account, report)
	})
}

// Cancel stops the verification that runs, if one does. Its message is removed
// all the same.
func (s *Verification) Cancel() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.cancel != nil {
		s.cancel()
	}
}

func (s *Verification) run(
	verify func(context.Context, func(connect.Report)) (connect.Report, mail.Verification, error),
) (VerifyReport, error) {
	_, ctx, err := s.shell.engine()
	if err != nil {
		return VerifyReport{}, err
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	s.mu.Lock()
	if s.cancel != nil {
		s.cancel()
	}
	s.cancel = cancel
	s.mu.Unlock()
	report, outcome, err := verify(ctx, func(r connect.Report) {
		if ctx.Err() == nil {
			s.shell.emit(eventVerify, toReport(r))
		}
	})
	return VerifyReport{Report: toReport(report), Outcome: toOutcome(outcome)}, err
}

// toOutcome is how a verification crosses to the screens.
func toOutcome(v mail.Verification) Outcome {
	return Outcome{State: string(v.State), At: milli(v.At), Half: v.Half, Junk: v.Junk, Problem: problemOf(v.Problem)}
}
