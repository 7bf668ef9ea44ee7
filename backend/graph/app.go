package graph

import (
	"cmp"
	"context"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/url"
	"regexp"
	"time"

	"golang.org/x/oauth2"
	"golang.org/x/oauth2/clientcredentials"

	"waxwing/backend/mail"
	"waxwing/backend/oauth"
)

// Where Microsoft is, for everybody but its national clouds.
const (
	Authority = "https://login.microsoftonline.com"
	Endpoint  = "https://graph.microsoft.com/v1.0"
)

// An Application is a registration of the organisation's at Microsoft that acts
// in its own name.
type Application struct {
	Tenant      string // its id, or a domain
	ClientID    string
	Certificate *Certificate
	// Authority signs in; empty means Authority.
	Authority string
	// Endpoint is the Graph that the tokens are for; empty means Endpoint.
	Endpoint string
}

// An App gives the access tokens of an Application (RFC 6749 §4.4), which it
// proves to be by assertions (RFC 7523). It is a connect.Tokens and may be used
// by several goroutines. A token is kept until shortly before it ends.
type App struct {
	app    Application
	client *http.Client
	now    func() time.Time

	// turn holds one value: who takes it may use what follows.
	turn    chan struct{}
	token   string
	renewAt time.Time
}

// NewApp returns the tokens of a, which are asked for by client.
func NewApp(a Application, client *http.Client) *App {
	app := &App{app: a, client: client, now: time.Now, turn: make(chan struct{}, 1)}
	app.turn <- struct{}{}
	return app
}

// SetClock gives the time for tests.
func (a *App) SetClock(now func() time.Time) { a.now = now }

// earliness is how long before its end a token isn't used any more, at most.
const earliness = 5 * time.Minute

// Token returns a token that should be accepted now.
func (a *App) Token(ctx context.Context) (string, error) { return a.other(ctx, "") }

// Renew returns another token than the refused one.
func (a *App) Renew(ctx context.Context, refused string) (string, error) {
	return a.other(ctx, refused)
}

func (a *App) other(ctx context.Context, refused string) (string, error) {
	select {
	case <-a.turn:
	case <-ctx.Done():
		return "", &mail.Error{Code: mail.CodeCancelled, Err: ctx.Err()}
	}
	defer func() { a.turn <- struct{}{} }()
	if a.token != "" && a.token != refused && a.now().Before(a.renewAt) {
		return a.token, nil
	}
	begun, asked := a.now(), time.Now()
	t, err := a.ask(ctx)
	if err != nil {
		return "", err
	}
	life := t.Expiry.Sub(asked)
	a.token, a.renewAt = t.AccessToken, begun.Add(life-min(earliness, life/4))
	return a.token, nil
}

// tenantName is an id or a domain; what else there is belongs to persons.
var tenantName = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9.-]*$`)

// ask signs in.
func (a *App) ask(ctx context.Context) (*oauth2.Token, error) {
	if !tenantName.MatchString(a.app.Tenant) {
		return nil, invalid("tenant")
	}
	if a.app.ClientID == "" {
		return nil, invalid("clientId")
	}
	if err := a.app.Certificate.Valid(a.now()); err != nil {
		return nil, err
	}
	address := cmp.Or(a.app.Authority, Authority) + "/" + a.app.Tenant + "/oauth2/v2.0/token"
	assertion, err := a.assert(address)
	if err != nil {
		return nil, err
	}
	scope, err := url.Parse(cmp.Or(a.app.Endpoint, Endpoint))
	if err != nil {
		return nil, invalid("endpoint")
	}
	config := clientcredentials.Config{
		ClientID: a.app.ClientID, TokenURL: address, AuthStyle: oauth2.AuthStyleInParams,
		Scopes: []string{scope.Scheme + "://" + scope.Host + "/.default"},
		EndpointParams: url.Values{
			"client_assertion_type": {"urn:ietf:params:oauth:client-assertion-type:jwt-bearer"},
			"client_assertion":      {assertion},
		},
	}
	t, err := config.Token(context.WithValue(ctx, oauth2.HTTPClient, a.client))
	if err != nil {
		return nil, oauth.ExplainToken(ctx, err, mail.SignIn{Provider: mail.ProviderMicrosoft}, address)
	}
	return t, nil
}

// assertionLife is how long an assertion is good: at most ten minutes
// (learn.microsoft.com/entra/identity-platform/certificate-credentials).
const assertionLife = 10 * time.Minute

// assert returns a new assertion for the token endpoint (RFC 7523 §3), signed
// with PS256 (RFC 7518 §3.5).
func (a *App) assert(audience string) (string, error) {
	now := a.now()
	thumbprint := sha256.Sum256(a.app.Certificate.Leaf.Raw)
	header, err := json.Marshal(map[string]string{
		"alg": "PS256", "typ": "JWT", "x5t#S256": base64.RawURLEncoding.EncodeToString(thumbprint[:]),
	})
	if err != nil {
		return "", err
	}
	claims, err := json.Marshal(map[string]any{
		"aud": audience, "iss": a.app.ClientID, "sub": a.app.ClientID, "jti": rand.Text(),
		"iat": now.Unix(), "nbf": now.Unix(), "exp": now.Add(assertionLife).Unix(),
	})
	if err != nil {
		return "", err
	}
	signed := base64.RawURLEncoding.EncodeToString(header) + "." + base64.RawURLEncoding.EncodeToString(claims)
	digest := sha256.Sum256([]byte(signed))
	signature, err := rsa.SignPSS(rand.Reader, a.app.Certificate.key, crypto.SHA256, digest[:], &rsa.PSSOptions{SaltLength: rsa.PSSSaltLengthEqualsHash})
	if err != nil {
		return "", unreadable(err) // a key too short for it
	}
	return signed + "." + base64.RawURLEncoding.EncodeToString(signature), nil
}

func invalid(field string) *mail.Error {
	return &mail.Error{Code: mail.CodeInvalid, Args: map[string]string{"field": field}}
}
