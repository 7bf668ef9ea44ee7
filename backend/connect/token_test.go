package connect_test

import (
	"context"
	"encoding/base64"
	"strings"
	"testing"

	"waxwing/backend/connect"
	"waxwing/backend/mail"
	"waxwing/backend/mailtest"
)

// tokens gives one token until it is refused, then another.
type tokens struct {
	first, second string
	renewals      int
}

func (t *tokens) Token(context.Context) (string, error) { return t.first, nil }

func (t *tokens) Renew(_ context.Context, refused string) (string, error) {
	t.renewals++
	if refused != t.first {
		return "", &mail.Error{Code: mail.CodeInternal}
	}
	return t.second, nil
}

func failure(r connect.Report) (connect.StepName, *mail.Error) {
	for _, s := range r.Steps {
		if s.Problem != nil {
			return s.Name, s.Problem
		}
	}
	return "", nil
}

func TestTokensSignIn(t *testing.T) {
	t.Parallel()
	provider := mailtest.NewOpenID(t, 0)
	good := provider.Token(t, "alice")
	const bad = "not-a-token-that-anybody-knows"
	for _, mechanism := range []string{"xoauth2", "oauthbearer"} {
		t.Run(mechanism, func(t *testing.T) {
			server := mailtest.Dovecot(t, mailtest.Options{
				OpenID: provider, Mechanisms: "plain " + mechanism, Submission: true,
			})
			dialer := &connect.Dialer{Roots: server.Roots}
			for _, tt := range []struct {
				name, user string
				tokens     tokens
				renewals   int
				code       mail.Code
			}{
				{"accepted", "alice", tokens{good, bad, 0}, 0, ""},
				{"accepted after one renewal", "alice", tokens{bad, good, 0}, 1, ""},
				{"refused twice", "alice", tokens{bad, bad, 0}, 1, mail.CodeTokenRefused},
				{"of somebody else", "bob", tokens{good, good, 0}, 1, mail.CodeTokenRefused},
			} {
				for _, s := range [][2]mail.Server{{server.IMAPS(), {}}, {{}, server.Submission()}} {
					tokens := tt.tokens
					report := dialer.Test(t.Context(), "", s[0], s[1], connect.Credentials{User: tt.user, Tokens: &tokens}, nil)
					step, problem := failure(report)
					if tt.code == "" && !report.OK || tt.code != "" && (problem == nil || problem.Code != tt.code) {
						t.Errorf("%s: %s %v, want %q", tt.name, step, problem, tt.code)
					}
					if tokens.renewals != tt.renewals {
						t.Errorf("%s at %v: %d renewals, want %d", tt.name, s, tokens.renewals, tt.renewals)
					}
				}
			}
		})
	}
}

func TestTokensNeedAServerThatTakesThem(t *testing.T) {
	t.Parallel()
	server := mailtest.Dovecot(t, mailtest.Options{Submission: true})
	dialer := &connect.Dialer{Roots: server.Roots}
	report := dialer.Test(t.Context(), "", server.IMAPS(), server.Submission(), connect.Credentials{User: "alice", Tokens: &tokens{first: "x"}}, nil)
	refused := 0
	for _, s := range report.Steps {
		if s.Problem == nil {
			continue
		}
		refused++
		if s.Problem.Code != mail.CodeTokenUnsupported {
			t.Errorf("%s: %v, want %s", s.Name, s.Problem, mail.CodeTokenUnsupported)
		}
	}
	if refused != 2 {
		t.Errorf("%d servers refused, want both", refused)
	}
}

// TestLongTokensAreSentInTwoSteps: servers refuse an AUTH line of more than 512
// octets. The refusal quotes the token, which must not get into the report.
func TestLongTokensAreSentInTwoSteps(t *testing.T) {
	t.Parallel()
	short, long := "short-token", strings.Repeat("long-token.", 200)
	said := func(token string) string {
		return base64.StdEncoding.EncodeToString([]byte("user=a@example.org\x01auth=Bearer " + token + "\x01\x01"))
	}
	server := mailtest.NewScript(t, `
		S: 220 mail.example.org ESMTP
		C: EHLO {}
		S: 250-mail.example.org
		S: 250 AUTH LOGIN XOAUTH2
		C: AUTH XOAUTH2 `+said(short)+`
		S: 334 eyJzdGF0dXMiOiI0MDEifQ==
		C: AQ==
		S: 535 5.7.8 refused {}
		C: AUTH XOAUTH2
		S: 334 
		C: `+said(long)+`
		S: 535 5.7.8 refused `+long+`
	`)
	c := connect.Credentials{User: "a@example.org", Tokens: &tokens{first: short, second: long}}
	report := new(connect.Dialer).Test(t.Context(), "", mail.Server{}, server.Server(), c, nil)
	step, problem := failure(report)
	if step != connect.StepSMTPSignIn || problem.Code != mail.CodeTokenRefused {
		t.Fatalf("%s failed with %v, want %s with %s", step, problem, connect.StepSMTPSignIn, mail.CodeTokenRefused)
	}
	if text := problem.Error(); strings.Contains(text, "long-token") {
		t.Errorf("the token is in the report: %s", text)
	}
}

// TestSessionsSignInByTokens: what sends and verifies signs in as the test does,
// and its failures hold no token either.
func TestSessionsSignInByTokens(t *testing.T) {
	t.Parallel()
	const bad = "not-a-token-that-anybody-knows"
	provider := mailtest.NewOpenID(t, 0)
	server := mailtest.Dovecot(t, mailtest.Options{OpenID: provider, Submission: true})
	dialer := &connect.Dialer{Roots: server.Roots}
	good := connect.Credentials{User: "alice", Tokens: &tokens{first: bad, second: provider.Token(t, "alice")}}
	if s, err := dialer.IMAP(t.Context(), server.IMAPS(), good); err != nil {
		t.Error(err)
	} else {
		s.Close()
	}
	if s, err := dialer.SMTP(t.Context(), server.Submission(), good); err != nil {
		t.Error(err)
	} else {
		s.Close()
	}
	quoting := mailtest.NewScript(t, `
		S: 220 mail.example.org ESMTP
		C: EHLO {}
		S: 250-mail.example.org
		S: 250 AUTH XOAUTH2
		C: AUTH XOAUTH2 {}
		S: 535 5.7.8 `+bad+`
		C: AUTH XOAUTH2 {}
		S: 535 5.7.8 `+bad+`
	`)
	_, err := dialer.SMTP(t.Context(), quoting.Server(), connect.Credentials{User: "alice", Tokens: &tokens{first: bad, second: bad}})
	if mail.CodeOf(err) != mail.CodeTokenRefused || strings.Contains(err.Error(), bad) {
		t.Errorf("refused twice: %v", err)
	}
}
