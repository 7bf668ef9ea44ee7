package connect

import (
	"slices"
	"sync"

	"waxwing/backend/mail"
)

// Credentials are what to sign in with.
type Credentials struct {
	User, Password string // at a submission server an empty user means not to sign in
	// Tokens, if not nil, are used in place of the password.
	Tokens Tokens
}

// StepName names a step of a connection test. Its words are in the message
// catalogues under "test.<name>".
type StepName string

// The steps, in their order in a Report.
const (
	StepIMAPResolve      StepName = "imap.resolve"
	StepIMAPConnect      StepName = "imap.connect"
	StepIMAPTLS          StepName = "imap.tls"
	StepIMAPSignIn       StepName = "imap.signIn"
	StepIMAPCapabilities StepName = "imap.capabilities"
	StepIMAPMailboxes    StepName = "imap.mailboxes"
	StepSMTPResolve      StepName = "smtp.resolve"
	StepSMTPConnect      StepName = "smtp.connect"
	StepSMTPTLS          StepName = "smtp.tls"
	StepSMTPSignIn       StepName = "smtp.signIn"
	StepSMTPCapabilities StepName = "smtp.capabilities"
	StepSMTPSend         StepName = "smtp.send"
)

// The steps of a test of Microsoft Graph, which packages above write.
const (
	StepGraphCertificate StepName = "graph.certificate"
	StepGraphSignIn      StepName = "graph.signIn"
	StepGraphSend        StepName = "graph.send"
)

var stepOrder = []StepName{
	StepIMAPResolve, StepIMAPConnect, StepIMAPTLS, StepIMAPSignIn, StepIMAPCapabilities, StepIMAPMailboxes,
	StepSMTPResolve, StepSMTPConnect, StepSMTPTLS, StepSMTPSignIn, StepSMTPCapabilities, StepSMTPSend,
}

// StepState is how far a step is.
type StepState = string

// The states. A step is skipped when an earlier one of its server failed, when
// there is no such server, or when it has nothing to do (TLS on a plain
// connection).
const (
	StepWaiting StepState = "waiting"
	StepRunning StepState = "running"
	StepOK      StepState = "ok"
	StepFailed  StepState = "failed"
	StepSkipped StepState = "skipped"
)

// A Step is one line of a connection test.
type Step struct {
	Name  StepName
	State StepState
	// Detail is what was found, the same in every language: addresses, the TLS
	// version, the user name, capabilities, the number of mailboxes, the address
	// that may send.
	Detail string
	// Problem is set in StepFailed.
	Problem *mail.Error
	// Certificate is the server's: of a step that failed because it was refused,
	// and of every protection that succeeded.
	Certificate *Certificate
}

// A Report is the state of a connection test.
type Report struct {
	Steps []Step
	// OK says that the test has ended, with both servers usable.
	OK bool
}

// A progress keeps a Report that two tests write to.
type progress struct {
	mu      sync.Mutex
	report  Report
	tell    func(Report)
	secrets []string // never in a report
}

func newProgress(tell func(Report), secret string) *progress {
	p := &progress{tell: tell, secrets: []string{secret}}
	for _, name := range stepOrder {
		p.report.Steps = append(p.report.Steps, Step{Name: name, State: StepWaiting})
	}
	return p
}

// hide keeps one more secret out of the report.
func (p *progress) hide(secret string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.secrets = append(p.secrets, secret)
}

// set replaces the step of the same name and tells.
func (p *progress) set(s Step) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, secret := range p.secrets {
		s.Detail = redactText(s.Detail, secret)
		s.Problem = redact(s.Problem, secret)
	}
	i := slices.IndexFunc(p.report.Steps, func(old Step) bool { return old.Name == s.Name })
	p.report.Steps[i] = s
	p.publish()
}

// suspectFirewall gives a timeout another name if no server could be reached at
// all: one silent server is down, two are held back by something in between.
func (p *progress) suspectFirewall() {
	p.mu.Lock()
	defer p.mu.Unlock()
	var silent []int
	for i, s := range p.report.Steps {
		if s.Name == StepIMAPConnect || s.Name == StepSMTPConnect {
			if s.Problem == nil || s.Problem.Code != mail.CodeTimeout {
				return
			}
			silent = append(silent, i)
		}
	}
	for _, i := range silent {
		problem := *p.report.Steps[i].Problem
		problem.Code = mail.CodeFirewall
		p.report.Steps[i].Problem = &problem
	}
}

// end marks the report as complete and returns it.
func (p *progress) end() Report {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.report.OK = !slices.ContainsFunc(p.report.Steps, func(s Step) bool { return s.State == StepFailed }) &&
		slices.ContainsFunc(p.report.Steps, func(s Step) bool { return s.State == StepOK })
	p.publish()
	return p.copy()
}

func (p *progress) publish() {
	if p.tell != nil {
		p.tell(p.copy())
	}
}

func (p *progress) copy() Report {
	return Report{Steps: slices.Clone(p.report.Steps), OK: p.report.OK}
}
