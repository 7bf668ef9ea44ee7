package policy

import (
	"path/filepath"
	"reflect"
	"testing"

	"waxwing/backend/mail"
)

func TestOutgoingServers(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	got := example(t).OutgoingServers(folder)
	want := []mail.OutgoingServer{
		{
			ID: "org-relay", Kind: mail.OutgoingSMTP, Name: "Fernhill relay", Inherited: true, AsAccount: true,
			Server: mail.Server{Host: "relay.fernhill.example", Port: 587, Security: mail.SecuritySTARTTLS},
		},
		{
			ID: "org-news", Kind: mail.OutgoingGraph, Name: "Fernhill newsletter", Inherited: true,
			Account: "news@fernhill.example", Tenant: "fernhill.example", ClientID: "00000000-0000-0000-0000-000000000000",
			Alias: "news", CertificateFile: filepath.Join(folder, "fernhill-news.pem"),
		},
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got\n%+v, want\n%+v", got, want)
	}
	absolute := filepath.Join(folder, "elsewhere", "key.pem")
	p := &Policy{Outgoing: []Outgoing{{ID: "a", Type: "graph", Certificate: absolute}, {ID: "b", Type: "smtp", Host: "Smtp.Example.org", SenderAddress: "a@b.test"}}}
	got = p.OutgoingServers(folder)
	if got[0].CertificateFile != absolute || got[1].Server != (mail.Server{Host: "smtp.example.org", Port: 465, Security: mail.SecurityTLS}) || got[1].Sender != "a@b.test" || got[1].AsAccount {
		t.Errorf("got %+v", got)
	}
	if got := (*Policy)(nil).OutgoingServers(folder); got != nil {
		t.Errorf("without a policy: %+v", got)
	}
}

func TestOutgoingMistakes(t *testing.T) {
	t.Parallel()
	const smtp = `"id": "a", "name": "A", "type": "smtp"`
	for _, c := range []struct{ text, want string }{
		{`{` + smtp + `}`, `1:67: "host" is missing in this object.`},
		{`{` + smtp + `, "host": "a.test", "tenant": "b.test"}`, `1:136: "tenant" means nothing here without "type": "graph".`},
		{`{"id": "a", "name": "A", "type": "graph", "account": "a@b.test", "tenant": "b.test", "clientId": "1"}`, `1:67: "certificate" is missing in this object.`},
		{`{"id": "a", "name": "A", "type": "graph", "account": "{user}@b.test", "tenant": "b.test", "clientId": "1", "certificate": "x"}`, `1:120: "{user}@b.test" can't be used here. It should look like office@example.org.`},
		{`{"id": "A b", "name": "A", "type": "smtp", "host": "a.test"}`, `1:74: "A b" can't be used here. It should look like relay-1.`},
		{`{"id": "a", "name": "A", "type": "pigeon"}`, `1:100: "pigeon" isn't offered. Choose one of: smtp, graph.`},
		{`{` + smtp + `, "host": "a.test"}, {"id": "a", "name": "B", "type": "smtp", "host": "a.test"}`, `1:134: "a" stands in this list already, in line 1.`},
		{`{` + smtp + `, "host": "a.test"}, {"id": "b", "name": "A", "type": "smtp", "host": "a.test"}`, `1:147: "A" stands in this list already, in line 1.`},
		{`{` + smtp + `, "host": "a.test", "password": "x"}`, `1:126: "password" isn't known here. Known are: id, name, type, host, port, security, signIn, senderAddress, account, tenant, clientId, certificate, alias.`},
	} {
		p, findings := Parse([]byte(`{`+org+`, "outgoing": [`+c.text+`]}`), noFiles)
		if got := lines(findings); got != c.want || p != nil {
			t.Errorf("%s:\n got %s\nwant %s", c.text, got, c.want)
		}
	}
}

func TestRefusesOutgoing(t *testing.T) {
	t.Parallel()
	smtp := func(host string) mail.OutgoingServer {
		return mail.OutgoingServer{Kind: mail.OutgoingSMTP, Server: mail.Server{Host: host}}
	}
	graph := mail.OutgoingServer{Kind: mail.OutgoingGraph}
	limited := `{` + org + `, "allow": {"servers": ["*.example.org"]}}`
	for _, c := range []struct {
		policy string
		server mail.OutgoingServer
		want   string
	}{
		{`{` + org + `}`, smtp("anywhere.test"), ""},
		{limited, smtp("smtp.example.org"), ""},
		{limited, smtp("anywhere.test"), RefusedServer},
		{limited, graph, RefusedServer},
		{`{` + org + `, "allow": {"providers": ["microsoft"]}}`, graph, ""},
		{`{` + org + `, "allow": {"providers": ["google"]}}`, graph, RefusedServer},
	} {
		if got, _ := read(t, c.policy).RefusesOutgoing(c.server); got != c.want {
			t.Errorf("%s of %+v: %q, want %q", c.policy, c.server, got, c.want)
		}
	}
	if got, _ := (*Policy)(nil).RefusesOutgoing(graph); got != "" {
		t.Errorf("without a policy: %q", got)
	}
}
