package app

import (
	"context"
	"errors"
	"os"
	"time"

	"waxwing/backend/events"
	"waxwing/backend/mail"
	"waxwing/backend/notify"
)

// burst is how long mail is gathered that comes at about the same time.
const burst = 2 * time.Second

// popups tells of new mail outside of the window.
type popups struct {
	shell    *shell
	gatherer *notify.Gatherer
	notifier notify.Notifier // nil until start
}

func newPopups(s *shell) *popups {
	p := &popups{shell: s}
	p.gatherer = notify.NewGatherer(burst, nil, p.show)
	return p
}

// start gets ready to show. It comes before the engine starts.
func (p *popups) start(ctx context.Context) {
	p.notifier = newNotifier(ctx, notify.Options{
		App: "Waxwing", DesktopEntry: "waxwing", Icon: "waxwing", Activated: p.activated, Log: p.shell.log,
	})
}

// close takes nothing away: what was shown stays for the person to see.
func (p *popups) close() {
	p.gatherer.Stop()
	if p.notifier == nil {
		return
	}
	if err := p.notifier.Stop(); err != nil {
		p.shell.log.Warn("notifier didn't stop cleanly", "error", err)
	}
}

// arrived takes in new mail that deserves a pop-up.
func (p *popups) arrived(e events.Arrived) {
	engine, ctx, err := p.shell.engine()
	if err != nil {
		return
	}
	accounts, err := engine.Accounts(ctx)
	if err != nil {
		p.shell.log.Warn("no pop-up", "error", err)
		return
	}
	var arrivals []notify.Arrival
	for _, id := range e.Messages {
		ref := mail.MessageRef(e.Account, id)
		m, err := engine.Message(ctx, ref)
		if err != nil || m.Has(mail.KeywordSeen) {
			continue // gone or read meanwhile
		}
		arrivals = append(arrivals, notify.Arrival{
			Account: e.Account, Label: label(accounts, e.Account), Target: ref.String(),
			Author: author(m), Subject: m.Subject, Preview: m.Preview,
		})
	}
	p.gatherer.Add(arrivals...)
}

// label names the account when there are several.
func label(accounts []mail.Account, id mail.AccountID) string {
	if len(accounts) < 2 {
		return ""
	}
	for _, a := range accounts {
		if a.ID == id {
			if a.Label != "" {
				return a.Label
			}
			return a.Email
		}
	}
	return ""
}

// author is the first sender's name, or address without one.
func author(m mail.Message) string {
	for _, a := range m.From {
		if a.Name != "" {
			return a.Name
		}
		if a.Email != "" {
			return a.Email
		}
	}
	return ""
}

// show pops up what came within a burst, as the person wants it.
func (p *popups) show(arrivals []notify.Arrival) {
	engine, ctx, err := p.shell.engine()
	if err != nil || p.notifier == nil {
		return
	}
	preferences, err := loadPreferences(ctx, engine)
	if err != nil {
		p.shell.log.Warn("preferences unreadable", "error", err)
	}
	accounts, err := engine.Accounts(ctx)
	if err != nil {
		p.shell.log.Warn("no pop-up", "error", err)
		return
	}
	silent := map[mail.AccountID]bool{}
	for _, a := range accounts {
		silent[a.ID] = !a.Notify || !a.NotifyHere
	}
	settings := notify.Settings{Sound: preferences.Sound, Contents: true, Silent: silent}
	for _, n := range notify.Summarise(arrivals, settings, p.shell.words(ctx).popUpWords()) {
		if err := p.notifier.Show(ctx, n); err != nil && !errors.Is(err, notify.ErrPlain) {
			p.shell.log.Warn("pop-up not shown", "error", err)
		}
	}
}

// activated shows the message whose pop-up was clicked, also from a hidden
// window.
func (p *popups) activated(a notify.Activation) {
	if a.Token != "" {
		// GTK takes the right to come to the front from here (xdg-activation).
		_ = os.Setenv("XDG_ACTIVATION_TOKEN", a.Token)
		_ = os.Setenv("DESKTOP_STARTUP_ID", a.Token)
	}
	go p.shell.open(a.Target)
}

// open brings the window to the front with a message in it.
func (s *shell) open(message string) {
	engine, ctx, err := s.engine()
	if err != nil {
		return
	}
	ref, err := mail.ParseRef(message, mail.RefMessage)
	if err != nil {
		s.log.Warn("a pop-up named no message", "error", err)
		return
	}
	m, err := engine.Message(ctx, ref)
	if err != nil {
		s.show(nil) // deleted meanwhile
		return
	}
	o := &OpenEvent{
		Account: mail.AccountRef(ref.Account).String(),
		Thread:  mail.ThreadRef(ref.Account, m.Thread).String(),
		Message: ref.String(),
	}
	if len(m.Mailboxes) > 0 {
		o.Mailbox = mail.MailboxRef(ref.Account, m.Mailboxes[0]).String()
	}
	s.show(o)
}
