package engine

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"math/big"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"waxwing/backend/connect"
	"waxwing/backend/mail"
	"waxwing/backend/mailtest"
	"waxwing/backend/secrets"
)

const clientID = "11111111-2222-3333-4444-555555555555"

// keyStore is what package graph's tests open: the keys mail and reports by password.
func keyStore(t *testing.T) mail.OutgoingSecret {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("..", "graph", "testdata", "java.p12"))
	if err != nil {
		t.Fatal(err)
	}
	return mail.OutgoingSecret{Certificate: data, Password: "marker-secret"}
}

// expiredKey is a certificate whose last day was yesterday, with its key.
func expiredKey(t *testing.T) mail.OutgoingSecret {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotBefore: time.Now().AddDate(0, 0, -9), NotAfter: time.Now().AddDate(0, 0, -1)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	return mail.OutgoingSecret{
		Certificate: pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}),
		Key:         x509.MarshalPKCS1PrivateKey(key),
	}
}

func relayServer(name string) mail.OutgoingServer {
	return mail.OutgoingServer{
		Kind: mail.OutgoingSMTP, Name: name, Account: "anna", Sender: "desk@example.org",
		Server: mail.Server{Host: "relay.example.org", Port: 465, Security: mail.SecurityTLS},
	}
}

func graphServer(name string) mail.OutgoingServer {
	return mail.OutgoingServer{Kind: mail.OutgoingGraph, Name: name, Account: "desk@waxwing.test", Tenant: "waxwing.test", ClientID: clientID, Alias: "mail"}
}

func addServer(t *testing.T, e *Engine, s mail.OutgoingServer, secret mail.OutgoingSecret) mail.OutgoingID {
	t.Helper()
	id, err := e.AddOutgoingServer(t.Context(), s, secret)
	if err != nil {
		t.Fatal(err)
	}
	return id
}

func outgoingServers(t *testing.T, e *Engine) []mail.OutgoingServer {
	t.Helper()
	list, err := e.OutgoingServers(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return list
}

func TestOutgoingServersAreKept(t *testing.T) {
	dir := t.TempDir()
	e := openEngine(t, dir, nil, idle)
	spaced := relayServer(" Relay ")
	spaced.Server = mail.Server{Host: " Relay.example.org "}
	spaced.Tenant = "none of this"
	relay, cloud := relayServer("Relay"), graphServer("Cloud")
	relay.ID = addServer(t, e, spaced, mail.OutgoingSecret{Password: "marker-relay"})
	cloud.ID = addServer(t, e, cloud, keyStore(t))
	if got, want := outgoingServers(t, e), []mail.OutgoingServer{relay, cloud}; !reflect.DeepEqual(got, want) {
		t.Fatalf("got\n%+v, want\n%+v", got, want)
	}
	cloud.Name, cloud.Alias = "Reports", "reports"
	if err := e.UpdateOutgoingServer(t.Context(), cloud, mail.OutgoingSecret{}); err != nil {
		t.Fatal(err)
	}
	if err := e.Close(); err != nil {
		t.Fatal(err)
	}
	e = openEngine(t, dir, nil, idle)
	if got, want := outgoingServers(t, e), []mail.OutgoingServer{relay, cloud}; !reflect.DeepEqual(got, want) {
		t.Errorf("after a restart: got\n%+v, want\n%+v", got, want)
	}
	for id, want := range map[mail.OutgoingID]mail.OutgoingSecret{relay.ID: {Password: "marker-relay"}, cloud.ID: keyStore(t)} {
		s, err := e.OutgoingServer(t.Context(), id)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := e.outgoingSecret(t.Context(), s, mail.OutgoingSecret{}); err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("the secret of %s isn't what it was: %v", id, err)
		}
	}
	nowhere(t, dir, "marker-relay")
	if text := fmt.Sprintf("%v %+v %#v", keyStore(t), keyStore(t), keyStore(t)); strings.Contains(text, "marker-secret") {
		t.Errorf("a secret prints as %s", text)
	}
}

// nowhere fails if a text can be read in any file of the folder.
func nowhere(t *testing.T, dir, text string) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := os.ReadFile(path)
		if strings.Contains(string(data), text) {
			t.Errorf("%s holds %q", path, text)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestRefusedOutgoingServers(t *testing.T) {
	e := openEngine(t, t.TempDir(), nil, idle)
	addServer(t, e, relayServer("Relay"), mail.OutgoingSecret{})
	for _, c := range []struct {
		name   string
		change func(*mail.OutgoingServer, *mail.OutgoingSecret)
		graph  bool
		want   mail.Code
		field  string
	}{
		{"name taken", func(s *mail.OutgoingServer, _ *mail.OutgoingSecret) { s.Name = "RELAY" }, false, mail.CodeExists, ""},
		{"no name", func(s *mail.OutgoingServer, _ *mail.OutgoingSecret) { s.Name = " " }, false, mail.CodeInvalid, "name"},
		{"two lines", func(s *mail.OutgoingServer, _ *mail.OutgoingSecret) { s.Name = "a\nb" }, false, mail.CodeInvalid, "name"},
		{"no host", func(s *mail.OutgoingServer, _ *mail.OutgoingSecret) { s.Server.Host = "" }, false, mail.CodeInvalid, "server.host"},
		{"bad port", func(s *mail.OutgoingServer, _ *mail.OutgoingSecret) { s.Server.Port = -1 }, false, mail.CodeInvalid, "server.port"},
		{"no sender", func(s *mail.OutgoingServer, _ *mail.OutgoingSecret) { s.Sender = "" }, false, mail.CodeInvalid, "sender"},
		{"password of nobody", func(s *mail.OutgoingServer, x *mail.OutgoingSecret) { s.Account, x.Password = "", "y" }, false, mail.CodeInvalid, "account"},
		{"another kind", func(s *mail.OutgoingServer, _ *mail.OutgoingSecret) { s.Kind = "pigeon" }, false, mail.CodeInvalid, "kind"},
		{"no mailbox", func(s *mail.OutgoingServer, _ *mail.OutgoingSecret) { s.Account = "desk" }, true, mail.CodeInvalid, "account"},
		{"no tenant", func(s *mail.OutgoingServer, _ *mail.OutgoingSecret) { s.Tenant = "" }, true, mail.CodeInvalid, "tenant"},
		{"no client id", func(s *mail.OutgoingServer, _ *mail.OutgoingSecret) { s.ClientID = "a b" }, true, mail.CodeInvalid, "clientId"},
		{"no certificate", func(_ *mail.OutgoingServer, x *mail.OutgoingSecret) { x.Certificate = nil }, true, mail.CodeInvalid, "certificate"},
		{"wrong password", func(_ *mail.OutgoingServer, x *mail.OutgoingSecret) { x.Password = "wrong" }, true, mail.CodeCertificatePassword, ""},
		{"no alias", func(s *mail.OutgoingServer, _ *mail.OutgoingSecret) { s.Alias = "" }, true, mail.CodeCertificateAlias, ""},
		{"expired", func(s *mail.OutgoingServer, x *mail.OutgoingSecret) { s.Alias, *x = "", expiredKey(t) }, true, mail.CodeCertificateExpired, ""},
		{"no certificate at all", func(_ *mail.OutgoingServer, x *mail.OutgoingSecret) { x.Certificate = []byte("hello") }, true, mail.CodeCertificateUnreadable, ""},
	} {
		s, secret := relayServer("New"), mail.OutgoingSecret{}
		if c.graph {
			s, secret = graphServer("New"), keyStore(t)
		}
		c.change(&s, &secret)
		_, err := e.AddOutgoingServer(t.Context(), s, secret)
		if mail.CodeOf(err) != c.want || mail.AsError(err).Args["field"] != c.field {
			t.Errorf("%s: got %v, want %s %s", c.name, err, c.want, c.field)
		}
	}
	if n := len(outgoingServers(t, e)); n != 1 {
		t.Errorf("%d servers are there, want the first one only", n)
	}
}

// TestUpdateOutgoingServer: what a server isn't signed in to with any more goes.
func TestUpdateOutgoingServer(t *testing.T) {
	e := openEngine(t, t.TempDir(), nil, idle)
	s := relayServer("Relay")
	s.ID = addServer(t, e, s, mail.OutgoingSecret{Password: "one"})
	kept := func() mail.OutgoingSecret {
		t.Helper()
		now, err := e.OutgoingServer(t.Context(), s.ID)
		if err != nil {
			t.Fatal(err)
		}
		secret, err := e.outgoingSecret(t.Context(), now, mail.OutgoingSecret{})
		if err != nil {
			t.Fatal(err)
		}
		return secret
	}
	graph, nobody := graphServer("Relay"), s
	graph.ID, nobody.Account = s.ID, ""
	for _, c := range []struct {
		name   string
		to     mail.OutgoingServer
		secret mail.OutgoingSecret
		code   mail.Code
		want   mail.OutgoingSecret
	}{
		{"the same", s, mail.OutgoingSecret{}, "", mail.OutgoingSecret{Password: "one"}},
		{"another password", s, mail.OutgoingSecret{Password: "two"}, "", mail.OutgoingSecret{Password: "two"}},
		{"without a certificate", graph, mail.OutgoingSecret{}, mail.CodeInvalid, mail.OutgoingSecret{Password: "two"}},
		{"with one", graph, keyStore(t), "", keyStore(t)},
		{"its password again", graph, mail.OutgoingSecret{Password: "marker-secret"}, "", keyStore(t)},
		{"a wrong one", graph, mail.OutgoingSecret{Password: "wrong"}, mail.CodeCertificatePassword, keyStore(t)},
		{"back", s, mail.OutgoingSecret{}, "", mail.OutgoingSecret{}},
		{"with a password", s, mail.OutgoingSecret{Password: "three"}, "", mail.OutgoingSecret{Password: "three"}},
		{"without a sign-in", nobody, mail.OutgoingSecret{}, "", mail.OutgoingSecret{}},
	} {
		if err := e.UpdateOutgoingServer(t.Context(), c.to, c.secret); mail.CodeOf(err) != c.code {
			t.Errorf("%s: %v, want %q", c.name, err, c.code)
		}
		if got := kept(); !reflect.DeepEqual(got, c.want) {
			t.Errorf("%s: another secret is kept", c.name)
		}
	}
	s.ID = "s99"
	if err := e.UpdateOutgoingServer(t.Context(), s, mail.OutgoingSecret{}); mail.CodeOf(err) != mail.CodeNotFound {
		t.Errorf("one that isn't there: %v", err)
	}
}

func TestRemoveOutgoingServer(t *testing.T) {
	dir := t.TempDir()
	e := openEngine(t, dir, nil, idle)
	anna, bea := addAccount(t, e, "anna"), addAccount(t, e, "bea")
	one := addServer(t, e, relayServer("One"), mail.OutgoingSecret{Password: "x"})
	two := addServer(t, e, relayServer("Two"), mail.OutgoingSecret{Password: "y"})
	set := func(id mail.AccountID, through mail.OutgoingID, want mail.Code) {
		t.Helper()
		if err := e.SetOutgoing(t.Context(), id, through); mail.CodeOf(err) != want {
			t.Fatalf("%v, want %q", err, want)
		}
	}
	through := func() string {
		t.Helper()
		var text string
		list, err := e.Accounts(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for _, a := range list {
			text += "/" + string(a.Outgoing)
		}
		return text
	}
	want := func(what, want string) {
		t.Helper()
		if got := through(); got != want {
			t.Errorf("%s: accounts send through %s, want %s", what, got, want)
		}
	}
	set(anna, one, "")
	set(bea, one, "")
	set(bea, "s99", mail.CodeNotFound)
	want("chosen", "/s1/s1")
	set(bea, mail.OutgoingAccount, "")
	want("one's own", "/s1/")
	set(bea, one, "")
	if info, err := e.Account(t.Context(), anna); err != nil {
		t.Fatal(err)
	} else {
		info.Label, info.Outgoing = "Anna", ""
		if err := e.UpdateAccount(t.Context(), info); err != nil {
			t.Fatal(err)
		}
	}
	want("an edit of the account", "/s1/s1")
	if uses := e.OutgoingUses(one); len(uses) != 2 || uses[1] != (mail.OutgoingUse{Account: bea, Name: "bea@example.org"}) {
		t.Errorf("uses: %+v", uses)
	}
	for replacement, code := range map[mail.OutgoingID]mail.Code{"": mail.CodeServerUsed, one: mail.CodeInvalid, "s99": mail.CodeNotFound} {
		err := e.RemoveOutgoingServer(t.Context(), one, replacement)
		if mail.CodeOf(err) != code || code == mail.CodeServerUsed && mail.AsError(err).Args["used"] != "anna@example.org, bea@example.org" {
			t.Errorf("replaced by %q: %v, want %s", replacement, err, code)
		}
	}
	want("refused", "/s1/s1")
	if err := e.RemoveOutgoingServer(t.Context(), one, two); err != nil {
		t.Fatal(err)
	}
	want("replaced", "/s2/s2")
	if _, err := e.secrets.Get(t.Context(), 0, outgoingSecretName(one)); mail.CodeOf(err) != mail.CodeNeedsPassword {
		t.Errorf("the secret: %v", err)
	}
	if err := e.Close(); err != nil {
		t.Fatal(err)
	}
	e = openEngine(t, dir, nil, idle)
	want("after a restart", "/s2/s2")
	if err := e.RemoveOutgoingServer(t.Context(), two, mail.OutgoingAccount); err != nil {
		t.Fatal(err)
	}
	want("replaced by one's own", "//")
	if err := e.RemoveOutgoingServer(t.Context(), two, ""); mail.CodeOf(err) != mail.CodeNotFound {
		t.Errorf("twice: %v", err)
	}
}

// TestInheritedServers: what the organisation sets up is there, and nobody else's to
// change.
func TestInheritedServers(t *testing.T) {
	dir := t.TempDir()
	e := openEngine(t, dir, nil, idle)
	own := addServer(t, e, relayServer("Mine"), mail.OutgoingSecret{})
	anna := addAccount(t, e, "anna")
	policy := `{"version": 1, "organisation": {"name": "Fernhill"}, "outgoing": [
		{"id": "relay", "name": "Fernhill relay", "type": "smtp", "host": "relay.fernhill.example", "senderAddress": "office@fernhill.example"}],
		"allow": {"servers": ["*.fernhill.example"]}}`
	if err := os.WriteFile(filepath.Join(dir, "policy.json"), []byte(policy), 0o600); err != nil {
		t.Fatal(err)
	}
	e.RefreshPolicy()
	list := outgoingServers(t, e)
	if len(list) != 2 || list[0].ID != "org-relay" || !list[0].Inherited || list[0].From() != "office@fernhill.example" || list[1].ID != own {
		t.Fatalf("got %+v", list)
	}
	edited := list[0]
	edited.Sender, edited.Inherited = "me@example.org", false
	for what, err := range map[string]error{
		"update": e.UpdateOutgoingServer(t.Context(), edited, mail.OutgoingSecret{}),
		"remove": e.RemoveOutgoingServer(t.Context(), "org-relay", mail.OutgoingAccount),
	} {
		if mail.CodeOf(err) != mail.CodePolicy || mail.AsError(err).Args["organisation"] != "Fernhill" {
			t.Errorf("%s: %v", what, err)
		}
	}
	if _, err := e.AddOutgoingServer(t.Context(), relayServer("Another"), mail.OutgoingSecret{}); mail.CodeOf(err) != mail.CodePolicy {
		t.Errorf("a server elsewhere: %v", err)
	}
	allowed := relayServer("fernhill RELAY")
	allowed.Server.Host = "smtp.fernhill.example"
	if _, err := e.AddOutgoingServer(t.Context(), allowed, mail.OutgoingSecret{}); mail.CodeOf(err) != mail.CodeExists {
		t.Errorf("the organisation's name: %v", err)
	}
	if err := e.SetOutgoing(t.Context(), anna, "org-relay"); err != nil {
		t.Fatal(err)
	}
	if err := e.RemoveOutgoingServer(t.Context(), own, ""); err != nil {
		t.Errorf("an unused one: %v", err)
	}
}

// testReport is what a test of a server says, as text.
func testReport(r connect.Report) string {
	var b strings.Builder
	for _, s := range r.Steps {
		if s.State == connect.StepSkipped {
			continue
		}
		fmt.Fprintf(&b, "%s %s", s.Name, s.State)
		if s.Problem != nil {
			fmt.Fprintf(&b, " %s", s.Problem.Code)
		}
		b.WriteString("\n")
	}
	return b.String()
}

func TestTestOfGraph(t *testing.T) {
	t.Parallel()
	g := mailtest.NewGraph(t, "desk@waxwing.test")
	e := openWith(t, Config{
		Dialer: &connect.Dialer{Roots: g.Trust.Roots, Timeout: 20 * time.Second},
		Graph:  GraphPlace{Authority: g.Authority, Endpoint: g.Endpoint},
	})
	s, secret := graphServer("Cloud"), keyStore(t)
	certificate, err := loadCertificate(s, secret)
	if err != nil {
		t.Fatal(err)
	}
	g.Register("waxwing.test", clientID, certificate.Leaf)
	for _, c := range []struct {
		name   string
		change func(*mail.OutgoingServer, *mail.OutgoingSecret)
		want   string
	}{
		{"good", func(*mail.OutgoingServer, *mail.OutgoingSecret) {}, "graph.certificate ok\ngraph.signIn ok\ngraph.send ok\n"},
		{"another key", func(s *mail.OutgoingServer, _ *mail.OutgoingSecret) { s.Alias = "reports" }, "graph.certificate ok\ngraph.signIn failed certificateUnknown\n"},
		{"no such mailbox", func(s *mail.OutgoingServer, _ *mail.OutgoingSecret) { s.Account = "x@waxwing.test" }, "graph.certificate ok\ngraph.signIn ok\ngraph.send failed senderRefused\n"},
		{"wrong password", func(_ *mail.OutgoingServer, x *mail.OutgoingSecret) { x.Password = "wrong" }, "graph.certificate failed certificatePassword\n"},
	} {
		s, secret := s, secret
		c.change(&s, &secret)
		var last connect.Report
		r, err := e.TestOutgoingServer(t.Context(), s, secret, func(r connect.Report) { last = r })
		if err != nil || testReport(r) != c.want || r.OK != (c.name == "good") || !reflect.DeepEqual(last, r) {
			t.Errorf("%s: %v, OK %t,\n%swant\n%s", c.name, err, r.OK, testReport(r), c.want)
		}
	}
	s.ID = addServer(t, e, s, secret)
	if r, err := e.TestOutgoingServer(t.Context(), s, mail.OutgoingSecret{}, nil); err != nil || !r.OK {
		t.Errorf("with the secret that is kept: %v\n%s", err, testReport(r))
	}
	if len(g.Sent()) != 0 {
		t.Error("something was sent")
	}
}

// openWith opens an engine with a key file on a new folder.
func openWith(t *testing.T, c Config) *Engine {
	t.Helper()
	c.Dir = t.TempDir()
	c.Secrets = secrets.Options{KeyFile: filepath.Join(c.Dir, "key")}
	c.PolicyFile = filepath.Join(c.Dir, "policy.json")
	e, err := Open(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = e.Close() })
	return e
}

func TestTestOfSMTP(t *testing.T) {
	t.Parallel()
	d := mailtest.Dovecot(t, mailtest.Options{Submission: true})
	e := openWith(t, Config{Dialer: &connect.Dialer{Roots: d.Roots, Timeout: 20 * time.Second}})
	s := relayServer("Relay")
	s.Server, s.Account, s.Sender = d.Submissions(), "alice", d.Address("alice")
	const way = "smtp.resolve ok\nsmtp.connect ok\nsmtp.tls ok\n"
	for password, want := range map[string]string{
		d.Password("alice"): way + "smtp.signIn ok\nsmtp.capabilities ok\nsmtp.send ok\n",
		"wrong":             way + "smtp.signIn failed signIn\n",
	} {
		r, err := e.TestOutgoingServer(t.Context(), s, mail.OutgoingSecret{Password: password}, nil)
		if err != nil || testReport(r) != want {
			t.Errorf("%v\n%swant\n%s", err, testReport(r), want)
		}
	}
	s.Server.Host = ""
	if _, err := e.TestOutgoingServer(context.Background(), s, mail.OutgoingSecret{}, nil); mail.CodeOf(err) != mail.CodeInvalid {
		t.Errorf("without a host: %v", err)
	}
}
