package engine

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"waxwing/backend/demo"
	"waxwing/backend/mail"
	"waxwing/backend/secrets"
)

// AddDemo starts the sample servers and connects the sample account. As long
// as it is connected the servers are started again with it. CodeExists means
// that it is connected already.
func (e *Engine) AddDemo(ctx context.Context) (mail.AccountID, error) {
	e.administration.Lock()
	defer e.administration.Unlock()
	for _, a := range e.all() {
		if info := a.current(); info.Demo {
			return 0, &mail.Error{Code: mail.CodeExists, Args: map[string]string{"account": info.Email}}
		}
	}
	sample, err := e.startSample(ctx)
	if err != nil {
		return 0, err
	}
	id, err := e.addAccount(ctx, mail.Account{
		Email:      sample.Email,
		Name:       sample.Name,
		User:       sample.User,
		IMAP:       sample.IMAP(),
		SMTP:       sample.SMTP(),
		Demo:       true,
		Notify:     true,
		NotifyHere: true,
	}, secrets.Password, sample.Password)
	if err != nil {
		return 0, errors.Join(err, e.stopSample())
	}
	return id, nil
}

// startSample returns the running sample servers, starting them when need be.
func (e *Engine) startSample(ctx context.Context) (*demo.Server, error) {
	e.sampleMu.Lock()
	defer e.sampleMu.Unlock()
	if e.isClosed() {
		return nil, &mail.Error{Code: mail.CodeCancelled}
	}
	if e.sample != nil {
		return e.sample, nil
	}
	// The servers outlive the call that needs them first.
	sample, err := demo.Start(context.WithoutCancel(ctx), demo.Options{
		Base: e.sampleBase(ctx),
		Live: true,
		Log:  e.log,
	})
	if err != nil {
		return nil, fmt.Errorf("start sample servers: %w", err)
	}
	e.sample = sample
	if base, err := json.Marshal(sample.Base()); err == nil {
		if err := e.app.SetSetting(ctx, settingSampleBase, base); err != nil {
			e.log.Warn("the sample mail will be another one next time", "error", err)
		}
	}
	return sample, nil
}

// settingSampleBase keeps the instant that the sample mail leads up to, so
// that the servers have the same mail after a restart.
const settingSampleBase = "demo.base"

// sampleBase returns the base of the last time, zero for none.
func (e *Engine) sampleBase(ctx context.Context) (base time.Time) {
	value, ok, err := e.app.Setting(ctx, settingSampleBase)
	if err != nil || !ok || json.Unmarshal(value, &base) != nil {
		return time.Time{}
	}
	return base
}

// stopSample stops the sample servers, if they run.
func (e *Engine) stopSample() error {
	e.sampleMu.Lock()
	defer e.sampleMu.Unlock()
	if e.sample == nil {
		return nil
	}
	sample := e.sample
	e.sample = nil
	return sample.Close()
}

// connectSample makes the demo account point to where the sample servers
// listen now: their ports are others after every start.
func (a *account) connectSample(ctx context.Context) error {
	sample, err := a.engine.startSample(ctx)
	if err != nil {
		return err
	}
	info := a.current()
	if info.IMAP == sample.IMAP() && info.SMTP == sample.SMTP() {
		return nil
	}
	info.IMAP, info.SMTP = sample.IMAP(), sample.SMTP()
	if err := a.engine.app.UpdateAccount(ctx, info); err != nil {
		return fmt.Errorf("update demo account: %w", err)
	}
	a.mu.Lock()
	a.info.IMAP, a.info.SMTP = info.IMAP, info.SMTP
	a.mu.Unlock()
	return nil
}
