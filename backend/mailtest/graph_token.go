package mailtest

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
)

// A registration is an application of a tenant.
type registration struct {
	tenant, client string
	certificates   []*x509.Certificate
}

// A graphToken is what a sign-in gave.
type graphToken struct {
	user string // whose it is; empty for an application's
	end  time.Time
}

// Register makes an application known to a tenant, with the certificates that
// it may prove itself with.
func (g *Graph) Register(tenant, client string, certificates ...*x509.Certificate) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.registered[tenant+" "+client] = &registration{tenant, client, certificates}
}

// PersonToken returns a token of a person who has signed in.
func (g *Graph) PersonToken(user string) string {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.newToken(user)
}

// Revoke makes every token so far worthless.
func (g *Graph) Revoke() {
	g.mu.Lock()
	defer g.mu.Unlock()
	clear(g.tokens)
}

func (g *Graph) newToken(user string) string {
	token := rand.Text()
	g.tokens[token] = &graphToken{user, time.Now().Add(g.TokenLife)}
	return token
}

// refuseToken is an error as the token endpoint writes it (RFC 6749 §5.2).
func refuseToken(code, description string) graphAnswer {
	return graphAnswer{status: http.StatusBadRequest, body: map[string]any{"error": code, "error_description": description}}
}

// token answers client credentials with a signed assertion
// (learn.microsoft.com/entra/identity-platform/certificate-credentials).
func (g *Graph) token(r *http.Request, body []byte) graphAnswer {
	form, err := url.ParseQuery(string(body))
	if err != nil || r.Header.Get("Content-Type") != "application/x-www-form-urlencoded" || r.Header.Get("Authorization") != "" {
		return refuseToken("invalid_request", "AADSTS900144: The request body must be a form.")
	}
	for name := range form {
		if !slices.Contains([]string{"grant_type", "scope", "client_id", "client_assertion_type", "client_assertion"}, name) || len(form[name]) != 1 {
			return refuseToken("invalid_request", "AADSTS90013: Invalid input: "+name)
		}
	}
	application := g.registered[r.PathValue("tenant")+" "+form.Get("client_id")]
	switch {
	case !slices.ContainsFunc(g.all(), func(a *registration) bool { return a.tenant == r.PathValue("tenant") }):
		return refuseToken("invalid_request", "AADSTS90002: Tenant '"+r.PathValue("tenant")+"' not found.")
	case application == nil:
		return refuseToken("unauthorized_client", "AADSTS700016: Application with identifier '"+form.Get("client_id")+"' was not found.")
	case form.Get("grant_type") != "client_credentials":
		return refuseToken("unsupported_grant_type", "AADSTS70003: The grant type isn't supported.")
	case form.Get("scope") != g.Authority+"/.default":
		return refuseToken("invalid_scope", "AADSTS1002012: The provided value for scope is not valid.")
	case form.Get("client_assertion_type") != "urn:ietf:params:oauth:client-assertion-type:jwt-bearer":
		return refuseToken("invalid_client", "AADSTS7000216: 'client_assertion_type' is required.")
	}
	if said := g.checkAssertion(application, form.Get("client_assertion"), g.Authority+r.URL.Path); said != "" {
		return refuseToken("invalid_client", said)
	}
	return graphAnswer{status: http.StatusOK, body: map[string]any{
		"token_type": "Bearer", "expires_in": int(g.TokenLife / time.Second), "access_token": g.newToken(""),
	}}
}

func (g *Graph) all() (list []*registration) {
	for _, a := range g.registered {
		list = append(list, a)
	}
	return list
}

// checkAssertion returns what is wrong with an assertion; empty for nothing.
func (g *Graph) checkAssertion(application *registration, assertion, audience string) string {
	parts := strings.Split(assertion, ".")
	if len(parts) != 3 {
		return "AADSTS50027: JWT token is invalid or malformed."
	}
	var header struct {
		Alg, Typ   string
		Thumbprint string `json:"x5t#S256"`
	}
	var claims struct {
		Aud, Iss, Sub, JTI string
		Iat, Nbf, Exp      int64
	}
	if !decodeJWT(parts[0], &header) || !decodeJWT(parts[1], &claims) || header.Alg != "PS256" || header.Typ != "JWT" {
		return "AADSTS50027: JWT token is invalid or malformed."
	}
	var certificate *x509.Certificate
	for _, c := range application.certificates {
		if sum := sha256.Sum256(c.Raw); base64.RawURLEncoding.EncodeToString(sum[:]) == header.Thumbprint {
			certificate = c
		}
	}
	if certificate == nil {
		return "AADSTS700027: The certificate used to sign the client assertion is not registered on application."
	}
	signature, err := base64.RawURLEncoding.DecodeString(parts[2])
	public, isRSA := certificate.PublicKey.(*rsa.PublicKey)
	digest := sha256.Sum256([]byte(parts[0] + "." + parts[1]))
	if err != nil || !isRSA || rsa.VerifyPSS(public, crypto.SHA256, digest[:], signature, &rsa.PSSOptions{SaltLength: rsa.PSSSaltLengthEqualsHash}) != nil {
		return "AADSTS700027: Client assertion failed signature validation."
	}
	const skew = 60
	now := time.Now().Unix()
	switch {
	case claims.Aud != audience:
		return "AADSTS700023: Client assertion audience claim does not match."
	case claims.Iss != application.client || claims.Sub != application.client:
		return "AADSTS700021: Client assertion application identifier doesn't match 'client_id' parameter."
	case claims.Nbf > now+skew || claims.Exp <= now || claims.Iat > now+skew || claims.Exp-claims.Nbf > 600:
		return "AADSTS700024: Client assertion is not within its valid time range."
	case len(claims.JTI) < 16 || g.assertions[claims.JTI]:
		return "AADSTS700025: Client assertion was used before."
	}
	g.assertions[claims.JTI] = true
	return ""
}

func decodeJWT(part string, into any) bool {
	octets, err := base64.RawURLEncoding.DecodeString(part)
	return err == nil && json.Unmarshal(octets, into) == nil
}
