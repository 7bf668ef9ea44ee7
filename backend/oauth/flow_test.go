package oauth_test

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"waxwing/backend/connect"
	"waxwing/backend/mail"
	"waxwing/backend/mailtest"
	"waxwing/backend/oauth"
)

func at(o *mailtest.OpenID) mail.SignIn {
	return mail.SignIn{Method: mail.SignInOAuth, Provider: mail.ProviderOther, Issuer: o.Issuer}
}

func client() *http.Client { return oauth.HTTPClient(new(connect.Dialer)) }

// person opens what a flow asks for, in the browser's goroutine.
func flow(o *mailtest.OpenID, open func(oauth.Prompt)) *oauth.Flow {
	return &oauth.Flow{
		SignIn: at(o), Client: oauth.Client{ID: mailtest.ClientID}, Email: "alice@" + mailtest.Domain,
		HTTP: client(), Open: open,
	}
}

// signIn runs a flow that a person finishes as user.
func signIn(t *testing.T, o *mailtest.OpenID, f *oauth.Flow, user string, deny bool) (g oauth.Grant, page string, err error) {
	t.Helper()
	pages := make(chan string, 1)
	f.Open = func(p oauth.Prompt) {
		address := p.URL
		if p.Code != "" {
			address += "?user_code=" + url.QueryEscape(p.Code)
		}
		go func() { pages <- o.Visit(t, address, user, deny) }()
	}
	g, err = f.Run(t.Context())
	return g, <-pages, err
}

// loginOf says that the user signs in for the account.
func loginOf(user string) func(*oauth.Flow) {
	return func(f *oauth.Flow) { f.SignIn.Login = user + "@" + mailtest.Domain }
}

func TestSignIn(t *testing.T) {
	t.Parallel()
	o := mailtest.NewOpenID(t, 0)
	for _, tt := range []struct {
		name, user string
		deny       bool
		change     func(*oauth.Flow)
		code       mail.Code
		page       string
	}{
		{"by browser", "alice", false, nil, "", "Go back to Waxwing"},
		{"in German", "alice", false, func(f *oauth.Flow) { f.Language = "de" }, "", "Sie können diesen Tab schließen"},
		{"denied", "alice", true, nil, mail.CodeConsentDenied, "Nothing was connected"},
		{"as somebody else", "bob", false, nil, mail.CodeWrongAccount, "Go back to Waxwing"},
		{"whoever it is", "bob", false, func(f *oauth.Flow) { f.Email = "" }, "", "Go back to Waxwing"},
		{"by its user name", "bob", false, func(f *oauth.Flow) { f.User = "BOB@" + mailtest.Domain }, "", "Go back to Waxwing"},
		{"for a shared mailbox", "bob", false, loginOf("bob"), "", "Go back to Waxwing"},
		{"by its user name, for a shared mailbox", "carol", false, func(f *oauth.Flow) {
			loginOf("bob")(f)
			f.User = "carol@" + mailtest.Domain
		}, mail.CodeWrongAccount, "Go back to Waxwing"},
		{"the shared mailbox itself", "alice", false, loginOf("bob"), mail.CodeWrongAccount, "Go back to Waxwing"},
		{"by device", "alice", false, func(f *oauth.Flow) { f.Device = true }, "", "successful"},
		{"denied by device", "alice", true, func(f *oauth.Flow) { f.Device = true }, mail.CodeConsentDenied, "interrupted"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			f := flow(o, nil)
			if tt.change != nil {
				tt.change(f)
			}
			g, page, err := signIn(t, o, f, tt.user, tt.deny)
			if got := mail.CodeOf(err); got != tt.code {
				t.Fatalf("Run = %v, want code %q", err, tt.code)
			}
			if !strings.Contains(page, tt.page) {
				t.Errorf("the last page isn't %q:\n%s", tt.page, page)
			}
			if err == nil && (g.Access == "" || g.Refresh == "" || !g.RenewAt.After(time.Now())) {
				t.Errorf("the grant lacks something")
			}
			if tt.code == mail.CodeWrongAccount {
				if e := mail.AsError(err); e.Args["signedIn"] != tt.user+"@"+mailtest.Domain || tt.user == e.Args["account"] {
					t.Errorf("args %v don't tell who signed in", e.Args)
				}
			}
		})
	}
}

// TestOnlyTheRightAnswerIsTaken: whoever finds the door can neither end the flow
// nor slip it a code.
func TestOnlyTheRightAnswerIsTaken(t *testing.T) {
	t.Parallel()
	o := mailtest.NewOpenID(t, 0)
	prompts := make(chan oauth.Prompt, 1)
	f := flow(o, func(p oauth.Prompt) { prompts <- p })
	result := make(chan error, 1)
	go func() {
		_, err := f.Run(t.Context())
		result <- err
	}()
	prompt := <-prompts
	page, err := url.Parse(prompt.URL)
	if err != nil {
		t.Fatal(err)
	}
	query := page.Query()
	door, state := query.Get("redirect_uri"), query.Get("state")
	if query.Get("code_challenge_method") != "S256" || len(state) < 20 || !strings.HasPrefix(door, "http://127.0.0.1:") {
		t.Errorf("unsafe request: %v", query)
	}
	for _, tt := range []struct {
		method, address, host string
		status                int
	}{
		{"GET", door + "?code=evil", "", 400},
		{"GET", door + "?code=evil&state=wrong", "", 400},
		{"GET", door + "?code=evil&state=" + state + "&state=" + state, "", 400},
		{"GET", door + "?error=access_denied&state=wrong", "", 400},
		{"GET", door + "?code=evil&state=" + state + "&iss=https://evil.example", "", 400},
		{"GET", door + "?code=evil&state=" + state, "evil.example", 421},
		{"GET", door + "other?code=evil&state=" + state, "", 404},
		{"POST", door + "?code=evil&state=" + state, "", 405},
	} {
		r, err := http.NewRequestWithContext(t.Context(), tt.method, tt.address, nil)
		if err != nil {
			t.Fatal(err)
		}
		r.Host = tt.host
		response, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		_ = response.Body.Close()
		if response.StatusCode != tt.status {
			t.Errorf("%s %s: %d, want %d", tt.method, tt.address, response.StatusCode, tt.status)
		}
		if tt.status == 400 {
			h := response.Header
			if !strings.HasPrefix(h.Get("Content-Security-Policy"), "default-src 'none'") || h.Get("Cache-Control") != "no-store" ||
				h.Get("Referrer-Policy") != "no-referrer" || h.Get("X-Content-Type-Options") != "nosniff" {
				t.Errorf("the page's headers are lax: %v", h)
			}
		}
	}
	o.Visit(t, prompt.URL, "alice", false)
	if err := <-result; err != nil {
		t.Errorf("after all that, the right answer gives %v", err)
	}
	if _, err := http.Get(door + "?code=late&state=" + state); err == nil {
		t.Error("the door is still open")
	}
}

func TestSignInEnds(t *testing.T) {
	t.Parallel()
	o := mailtest.NewOpenID(t, 0)
	nobody := flow(o, nil)
	nobody.Timeout = time.Millisecond
	if _, err := nobody.Run(t.Context()); mail.CodeOf(err) != mail.CodeSignInTimeout {
		t.Errorf("nobody comes: %v, want %s", err, mail.CodeSignInTimeout)
	}
	ctx, cancel := context.WithCancel(t.Context())
	given := flow(o, func(oauth.Prompt) { cancel() })
	if _, err := given.Run(ctx); mail.CodeOf(err) != mail.CodeCancelled {
		t.Errorf("given up: %v, want %s", err, mail.CodeCancelled)
	}
	none := flow(o, nil)
	none.Client = oauth.Client{}
	if _, err := none.Run(t.Context()); mail.CodeOf(err) != mail.CodeNoClientID {
		t.Errorf("without a client id: %v, want %s", err, mail.CodeNoClientID)
	}
	o.Close()
	if _, err := flow(o, nil).Run(t.Context()); mail.CodeOf(err) != mail.CodeRefused {
		t.Errorf("without a provider: %v, want %s", err, mail.CodeRefused)
	}
}

func TestPageAddresses(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		signIn         mail.SignIn
		page, redirect string
		scopes         []string
	}{
		{
			mail.SignIn{Provider: mail.ProviderMicrosoft}, "https://login.microsoftonline.com/common/oauth2/v2.0/authorize",
			"http://localhost:", []string{"https://outlook.office.com/IMAP.AccessAsUser.All", "https://outlook.office.com/SMTP.Send", "offline_access"},
		},
		{
			mail.SignIn{Provider: mail.ProviderMicrosoft, Tenant: "example.org"}, "https://login.microsoftonline.com/example.org/oauth2/v2.0/authorize",
			"http://localhost:", []string{"offline_access"},
		},
		{
			mail.SignIn{Provider: mail.ProviderOutlook}, "https://login.microsoftonline.com/consumers/oauth2/v2.0/authorize",
			"http://localhost:", []string{"offline_access"},
		},
		{
			mail.SignIn{Provider: mail.ProviderGoogle}, "https://accounts.google.com/o/oauth2/v2/auth",
			"http://127.0.0.1:", []string{"https://mail.google.com/"},
		},
		{
			mail.SignIn{Provider: mail.ProviderYahoo}, "https://api.login.yahoo.com/oauth2/request_auth",
			"http://127.0.0.1:", []string{"mail-w"},
		},
	} {
		ctx, cancel := context.WithCancel(t.Context())
		var got oauth.Prompt
		f := &oauth.Flow{SignIn: tt.signIn, Client: oauth.Client{ID: "id"}, Email: "a@example.org", HTTP: client(), Open: func(p oauth.Prompt) {
			got = p
			cancel()
		}}
		if _, err := f.Run(ctx); mail.CodeOf(err) != mail.CodeCancelled {
			t.Errorf("%v: %v", tt.signIn, err)
		}
		page, query, _ := strings.Cut(got.URL, "?")
		values, err := url.ParseQuery(query)
		if err != nil || page != tt.page || !strings.HasPrefix(values.Get("redirect_uri"), tt.redirect) || values.Get("login_hint") != "a@example.org" {
			t.Errorf("%v opens %s", tt.signIn, got.URL)
		}
		asked := " " + values.Get("scope") + " "
		for _, scope := range tt.scopes {
			if !strings.Contains(asked, " "+scope+" ") {
				t.Errorf("%v asks for %q, which lacks %s", tt.signIn, asked, scope)
			}
		}
	}
	bad := &oauth.Flow{SignIn: mail.SignIn{Provider: mail.ProviderMicrosoft, Tenant: "x/../y"}, Client: oauth.Client{ID: "id"}, HTTP: client()}
	if _, err := bad.Run(t.Context()); mail.CodeOf(err) != mail.CodeInvalid {
		t.Errorf("a tenant with a slash: %v", err)
	}
}
