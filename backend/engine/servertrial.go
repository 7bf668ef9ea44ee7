package engine

import (
	"context"
	"slices"
	"time"

	"waxwing/backend/connect"
	"waxwing/backend/graph"
	"waxwing/backend/mail"
)

// TestOutgoingServer tries a server without keeping or sending anything, calling
// report, which may be nil, after every step. An empty secret means the one that is
// kept of the server with that ID. Errors as with AddOutgoingServer.
func (e *Engine) TestOutgoingServer(
	ctx context.Context, s mail.OutgoingServer, secret mail.OutgoingSecret, report func(connect.Report),
) (connect.Report, error) {
	if report == nil {
		report = func(connect.Report) {}
	}
	var err error
	if s.Inherited {
		// As the organisation has it, not as the caller says.
		if s, err = e.OutgoingServer(ctx, s.ID); err != nil {
			return connect.Report{}, err
		}
	} else if s, err = cleanOutgoing(s); err != nil {
		return connect.Report{}, err
	} else if reason, value := e.Policy().Policy.RefusesOutgoing(s); reason != "" {
		return connect.Report{}, forbidden(e.Policy().Policy, reason, value)
	}
	if secret, err = e.outgoingSecret(ctx, s, secret); err != nil {
		return connect.Report{}, err
	}
	if s.Kind == mail.OutgoingGraph {
		return e.testGraph(ctx, s, secret, report), nil
	}
	who := connect.Credentials{User: s.Account, Password: secret.Password}
	sender := s.Sender
	if s.AsAccount {
		if who, sender, err = e.anybody(ctx); err != nil {
			return connect.Report{}, err
		}
	}
	return e.dialer.Test(ctx, sender, mail.Server{}, s.Server, who, report), nil
}

// anybody signs in as the first account.
func (e *Engine) anybody(ctx context.Context) (connect.Credentials, string, error) {
	list := e.all()
	if len(list) == 0 {
		return connect.Credentials{}, "", &mail.Error{Code: mail.CodeNoOutgoing}
	}
	who, err := list[0].credentials(ctx)
	return who, list[0].current().Email, err
}

// testGraph opens the certificate, signs in, and asks whether mail may be sent.
func (e *Engine) testGraph(ctx context.Context, s mail.OutgoingServer, secret mail.OutgoingSecret, tell func(connect.Report)) connect.Report {
	var r connect.Report
	for _, name := range []connect.StepName{connect.StepGraphCertificate, connect.StepGraphSignIn, connect.StepGraphSend} {
		r.Steps = append(r.Steps, connect.Step{Name: name, State: connect.StepWaiting})
	}
	var certificate *graph.Certificate
	var app *graph.App
	failed := false
	for i, step := range []func() (detail string, err error){
		func() (_ string, err error) {
			if certificate, err = loadCertificate(s, secret); err != nil {
				return "", err
			}
			return certificate.Leaf.Subject.String(), certificate.Valid(time.Now())
		},
		func() (string, error) {
			app = e.newApp(s, certificate)
			_, err := app.Token(ctx)
			return s.ClientID, err
		},
		func() (string, error) {
			return s.Account, e.graph.Test(ctx, graph.Mailbox{User: s.Account, Tokens: app})
		},
	} {
		at := &r.Steps[i]
		if failed {
			at.State = connect.StepSkipped
			continue
		}
		at.State = connect.StepRunning
		tell(connect.Report{Steps: slices.Clone(r.Steps)})
		detail, err := step()
		at.State, at.Detail = connect.StepOK, detail
		if err != nil {
			at.State, at.Problem, failed = connect.StepFailed, mail.AsError(err), true
		}
	}
	r.OK = !failed
	tell(connect.Report{Steps: slices.Clone(r.Steps), OK: r.OK})
	return r
}

// A GraphPlace is where Microsoft is; the zero value means where everybody finds it.
type GraphPlace struct {
	Authority string // signs in
	Endpoint  string // sends
}

func (e *Engine) newApp(s mail.OutgoingServer, c *graph.Certificate) *graph.App {
	return graph.NewApp(graph.Application{
		Tenant: s.Tenant, ClientID: s.ClientID, Certificate: c,
		Authority: e.graphPlace.Authority, Endpoint: e.graphPlace.Endpoint,
	}, e.web)
}
