package mailtest

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"html"
	"io"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"testing"
	"time"
)

// ClientID is the only registration that an OpenID provider here knows: of a
// program without a secret, with a loopback redirect to the path "/".
const ClientID = "waxwing-test"

// MailScope is what its tokens must be asked for to be good for mail.
const MailScope = "mail"

// An OpenID is a running OpenID provider (oidc-provider on Node). Everybody is
// welcome: who signs in as NAME is NAME@Domain, whatever the password. Refresh
// tokens are given always and rotated with each use.
type OpenID struct {
	// Issuer is its address; the discovery document is below.
	Issuer string

	keys    string
	process *process
}

// NewOpenID starts a provider whose access tokens live that long; zero means an
// hour. It lives as long as the test.
func NewOpenID(tb testing.TB, lifetime time.Duration) *OpenID {
	tb.Helper()
	o, err := newOpenID(lifetime)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		if tb.Failed() {
			tb.Logf("the OpenID provider's log:\n%s", o.process.log())
		}
		o.close()
	})
	return o
}

func newOpenID(lifetime time.Duration) (*OpenID, error) {
	node, err := find("node", "nodejs")
	if err != nil {
		return nil, err
	}
	_, here, _, _ := runtime.Caller(0)
	program := filepath.Join(filepath.Dir(here), "openid", "provider.mjs")
	if _, err := os.Stat(filepath.Join(filepath.Dir(program), "node_modules")); err != nil {
		return nil, fmt.Errorf("mailtest: the OpenID provider isn't installed: run `make setup`, or npm ci in backend/mailtest/openid: %w", err)
	}
	o := &OpenID{}
	if o.keys, err = os.MkdirTemp("", "mailtest"); err != nil {
		return nil, err
	}
	if err := os.Chmod(o.keys, 0o755); err != nil { // Dovecot reads them as another user
		return nil, err
	}
	if lifetime == 0 {
		lifetime = time.Hour
	}
	for range startAttempts {
		if err = o.start(node, program, lifetime); err == nil {
			return o, nil
		}
		o.process.stop()
		if !strings.Contains(err.Error(), "EADDRINUSE") {
			break
		}
	}
	_ = os.RemoveAll(o.keys)
	return nil, err
}

func (o *OpenID) start(node, program string, lifetime time.Duration) error {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	port := l.Addr().(*net.TCPAddr).Port
	if err := l.Close(); err != nil {
		return err
	}
	settings, err := json.Marshal(map[string]any{
		"port": port, "keys": o.keys, "domain": Domain, "lifetime": int(lifetime / time.Second),
	})
	if err != nil {
		return err
	}
	o.Issuer = fmt.Sprintf("http://127.0.0.1:%d", port)
	if o.process, err = startProcess(owner{}, node, program, string(settings)); err != nil {
		return err
	}
	return o.process.waitLine("listening")
}

// Close stops the provider, as a service that is down. Closing it twice is allowed.
func (o *OpenID) Close() { o.process.stop() }

func (o *OpenID) close() {
	o.process.stop()
	_ = os.RemoveAll(o.keys)
}

// Requests counts the requests to a path so far, such as "POST /token".
func (o *OpenID) Requests(tb testing.TB, request string) int {
	tb.Helper()
	response, err := http.Get(o.Issuer + "/mailtest/requests")
	if err != nil {
		tb.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	counts := map[string]int{}
	if err := json.NewDecoder(response.Body).Decode(&counts); err != nil {
		tb.Fatal(err)
	}
	return counts[request]
}

// Revoke takes back every consent so far: nothing granted can be renewed.
// Access tokens stay good until they end.
func (o *OpenID) Revoke(tb testing.TB) {
	tb.Helper()
	response, err := http.Get(o.Issuer + "/mailtest/revoke")
	if err != nil {
		tb.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	if response.StatusCode != http.StatusOK {
		tb.Fatalf("mailtest: revoking: %s", response.Status)
	}
}

// tell writes Dovecot's file about the provider.
func (o *OpenID) tell(path string) error {
	conf := "introspection_mode = local\n" +
		"local_validation_key_dict = fs:posix:prefix=" + o.keys + "/\n" +
		"username_attribute = preferred_username\n" +
		"issuers = " + o.Issuer + "\n" +
		"openid_configuration_url = " + o.Issuer + "/.well-known/openid-configuration\n"
	return os.WriteFile(path, []byte(conf), 0o644)
}

// Visit plays a person with a new browser who opens the address, signs in as
// user, and gives consent or, with deny, cancels. It returns the page on which
// that ends.
func (o *OpenID) Visit(tb testing.TB, address, user string, deny bool) string {
	tb.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		tb.Fatal(err)
	}
	b := &browser{tb: tb, client: http.Client{Jar: jar, Timeout: startTimeout}}
	b.open(http.NewRequest(http.MethodGet, address, nil))
	for range 8 {
		if deny {
			if m := cancelLink.FindStringSubmatch(b.page); m != nil {
				b.open(http.NewRequest(http.MethodGet, b.absolute(m[1]), nil))
				return b.page
			}
		}
		if !b.submit(user) {
			return b.page
		}
	}
	tb.Fatalf("mailtest: the sign-in doesn't end:\n%s", b.page)
	return ""
}

// Token returns an access token for a user, got without any code of Waxwing.
func (o *OpenID) Token(tb testing.TB, user string) string {
	tb.Helper()
	var code string
	back := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		code = r.URL.Query().Get("code")
	}))
	defer back.Close()
	const verifier = "0123456789-0123456789-0123456789-0123456789"
	sum := sha256.Sum256([]byte(verifier))
	o.Visit(tb, o.Issuer+"/auth?"+url.Values{
		"client_id": {ClientID}, "response_type": {"code"}, "scope": {"openid " + MailScope}, "redirect_uri": {back.URL + "/"},
		"code_challenge": {base64.RawURLEncoding.EncodeToString(sum[:])}, "code_challenge_method": {"S256"},
	}.Encode(), user, false)
	response, err := http.PostForm(o.Issuer+"/token", url.Values{
		"grant_type": {"authorization_code"}, "client_id": {ClientID}, "code": {code},
		"redirect_uri": {back.URL + "/"}, "code_verifier": {verifier},
	})
	if err != nil {
		tb.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	var token struct {
		AccessToken string `json:"access_token"`
	}
	if err := json.NewDecoder(response.Body).Decode(&token); err != nil || token.AccessToken == "" {
		tb.Fatalf("mailtest: no token for %s: %v", user, err)
	}
	return token.AccessToken
}

// A browser follows redirects, keeps cookies and fills forms.
type browser struct {
	tb     testing.TB
	client http.Client
	at     *url.URL
	page   string
}

func (b *browser) open(request *http.Request, err error) {
	b.tb.Helper()
	if err != nil {
		b.tb.Fatal(err)
	}
	response, err := b.client.Do(request)
	if err != nil {
		b.tb.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	content, err := io.ReadAll(response.Body)
	if err != nil {
		b.tb.Fatal(err)
	}
	b.at, b.page = response.Request.URL, string(content)
}

var (
	formTag    = regexp.MustCompile(`(?s)<form[^>]*\baction="([^"]*)"[^>]*>(.*?)</form>`)
	inputTag   = regexp.MustCompile(`<input[^>]*>`)
	cancelLink = regexp.MustCompile(`href="([^"]*/abort)"`)
)

// submit fills the first form of the page, if there is one, and sends it.
func (b *browser) submit(user string) bool {
	b.tb.Helper()
	form := formTag.FindStringSubmatch(b.page)
	if form == nil {
		return false
	}
	values := url.Values{}
	for _, input := range inputTag.FindAllString(form[2], -1) {
		name, value := inputAttribute(input, "name"), inputAttribute(input, "value")
		switch name {
		case "":
			continue
		case "login":
			value = user
		case "password":
			value = "anything"
		}
		values.Set(name, value)
	}
	request, err := http.NewRequest(http.MethodPost, b.absolute(form[1]), strings.NewReader(values.Encode()))
	if err == nil {
		request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	b.open(request, err)
	return true
}

func inputAttribute(tag, name string) string {
	m := regexp.MustCompile(`\b` + name + `="([^"]*)"`).FindStringSubmatch(tag)
	if m == nil {
		return ""
	}
	return html.UnescapeString(m[1])
}

func (b *browser) absolute(reference string) string {
	u, err := b.at.Parse(html.UnescapeString(reference))
	if err != nil {
		b.tb.Fatal(err)
	}
	return u.String()
}
