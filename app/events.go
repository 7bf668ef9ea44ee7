package app

import (
	"waxwing/backend/events"
	"waxwing/backend/mail"
)

// The events that the screens listen to. Each only nudges: what it is about can
// always be asked for.
const (
	eventChanged  = "changed"
	eventStatus   = "status"
	eventAccounts = "accounts"
	eventTest     = "test"
	eventVerify   = "verify"
	eventSignIn   = "signIn"
	eventOpen     = "open"
	eventRefused  = "refused"
	eventArrived  = "arrived"
	eventPolicy   = "policy"
	eventOutbox   = "outbox"
)

// ChangedEvent says that an account reached a new state.
type ChangedEvent struct {
	Account string `json:"account"`
	State   int64  `json:"state"`
}

// OpenEvent asks the screens to show a message.
type OpenEvent struct {
	Account string `json:"account"`
	Mailbox string `json:"mailbox"`
	Thread  string `json:"thread"`
	Message string `json:"message"`
}

// RefusedEvent says that a server refused a change, which was taken back.
type RefusedEvent struct {
	Operation Operation `json:"operation"`
	Problem   *Problem  `json:"problem"`
}

// OutboxEvent says that what is written or sent in an account changed.
type OutboxEvent struct {
	Account string `json:"account"`
}

// ArrivedEvent names new mail.
type ArrivedEvent struct {
	Account  string   `json:"account"`
	Messages []string `json:"messages"`
}

// Events has a field for every event, so that the bindings know their types.
type Events struct {
	Changed  ChangedEvent `json:"changed"`
	Status   Status       `json:"status"`
	Accounts struct{}     `json:"accounts"`
	Test     TestReport   `json:"test"`
	Verify   TestReport   `json:"verify"`
	SignIn   SignInPrompt `json:"signIn"`
	Open     OpenEvent    `json:"open"`
	Refused  RefusedEvent `json:"refused"`
	Arrived  ArrivedEvent `json:"arrived"`
	Policy   struct{}     `json:"policy"`
	Outbox   OutboxEvent  `json:"outbox"`
}

// forward carries an event of the engine to the screens.
func (s *shell) forward(e events.Event) {
	switch e := e.(type) {
	case events.Changed:
		s.emit(eventChanged, ChangedEvent{mail.AccountRef(e.Account).String(), int64(e.State)})
	case events.StatusChanged:
		s.emit(eventStatus, toStatus(e.Status))
	case events.AccountsChanged:
		s.emit(eventAccounts, struct{}{})
	case events.PolicyChanged:
		s.emit(eventPolicy, struct{}{})
	case events.OutboxChanged:
		s.emit(eventOutbox, OutboxEvent{mail.AccountRef(e.Account).String()})
	case events.Arrived:
		s.emit(eventArrived, ArrivedEvent{mail.AccountRef(e.Account).String(), messageRefs(e.Account, e.Messages)})
		s.pop.arrived(e)
	case events.Refused:
		o := toOperation(e.Account, e.Operation)
		s.emit(eventRefused, RefusedEvent{o, o.Problem})
	}
}
